"""Who agreed to be learned from: the ``consent`` column of a log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from aisle._core import DataError

if TYPE_CHECKING:
    from aisle.events import Events


def consent_of(events: Events) -> npt.NDArray[np.uint8] | None:
    """1 where the log's ``consent`` column says yes; None where it has no such column.

    No answer is no consent.
    """
    given = events.extra.get("consent")
    if given is None:
        return None
    try:
        return np.asarray(np.asarray(given).astype(np.float64) > 0, dtype=np.uint8)
    except (TypeError, ValueError):
        raise DataError("the column consent must hold booleans or 0 and 1") from None
