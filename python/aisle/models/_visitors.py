"""Whose sessions they are, for k-anonymity of what is learned from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aisle._core import ConfigError
from aisle.models._base import Codes

if TYPE_CHECKING:
    from aisle.events import Events


def check_k_anonymity(k: object) -> int:
    """The least number of visitors of a pair; 1 for None."""
    if k is None:
        return 1
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or not 1 <= k <= 1_000_000:
        raise ConfigError(
            "k_anonymity must be a whole number of visitors from 1 to 1,000,000, or None; "
            f"got {k!r}"
        )
    return int(k)


def owners_of(events: Events, session: Codes, sessions: int) -> Codes:
    """Visitor of each session, of its first event: uint32[sessions]; of none where that is 0."""
    owner = np.zeros(sessions, dtype=np.uint32)
    if sessions:
        newest_first = np.argsort(events.time, kind="stable")[::-1]
        owner[session[newest_first]] = events.visitor[newest_first]
    return owner
