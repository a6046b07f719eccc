"""Sessions of a log: rows without one get one."""

from __future__ import annotations

from typing import Any

import numpy as np

from aisle._core import Dictionary
from aisle.events.columns import NONE

Array = np.ndarray[Any, Any]


def fill_sessions(
    session: Array, sessions: Dictionary, visitor: Array, visitors: Dictionary
) -> Array:
    """Return the sessions with each hole filled by one session of its visitor."""
    holes = session == NONE
    if not holes.any():
        return session
    session = session.copy()
    distinct, inverse = np.unique(visitor[holes], return_inverse=True)
    names = [f"visitor-{visitors.name(int(number))}" for number in distinct]
    integer_ids = sessions.integer_ids
    session[holes] = sessions.encode(names)[inverse.reshape(-1)]
    sessions.integer_ids = integer_ids
    return session
