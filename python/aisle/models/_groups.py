"""A log in groups: what one visitor, one session or one basket has in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from aisle._core import ConfigError, DataError
from aisle.events.types import EVENT_TYPES
from aisle.models._base import NONE, Codes, sessions_in_order
from aisle.names import unknown

if TYPE_CHECKING:
    from aisle.events import Events

Ints = npt.NDArray[np.int64]
PURCHASE = EVENT_TYPES["purchase"]
# "The visitor turned to this item", as the core has it.
INTEREST = tuple(EVENT_TYPES[name] for name in ("view", "cart", "purchase", "click", "like"))
UNITS = ("visitor", "session", "basket")


@dataclass(frozen=True)
class Groups:
    """Events group by group, oldest first: group g is rows ``offsets[g]`` to ``offsets[g + 1]``."""

    offsets: Ints
    items: Codes
    times: Ints
    types: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def pairs(self) -> tuple[Ints, Ints]:
        """Group and item of each row."""
        group = np.repeat(np.arange(len(self)), np.diff(self.offsets))
        return group, self.items.astype(np.int64)


def offsets_of(sorted_keys: Ints) -> Ints:
    """Where each run of equal keys begins, and the end of the last."""
    if len(sorted_keys) == 0:
        return np.zeros(1, dtype=np.int64)
    starts = np.flatnonzero(np.r_[True, sorted_keys[1:] != sorted_keys[:-1]])
    ends: Ints = np.r_[starts, len(sorted_keys)].astype(np.int64)
    return ends


def groups_of(events: Events, by: str, types: tuple[int, ...] = INTEREST) -> Groups:
    """The events of these types, in groups.

    Raises
    ------
    ConfigError
        When ``by`` is none of visitor, session, basket.
    DataError
        When the log has no such event.
    """
    if by not in UNITS:
        raise ConfigError(unknown("by", by, UNITS))
    if by == "basket":
        baskets = baskets_of(events)
        rows, key = baskets.rows, baskets.basket
    else:
        key = (events.visitor if by == "visitor" else sessions_in_order(events)[0]).astype(np.int64)
        rows = np.flatnonzero((events.item != NONE) & np.isin(events.type, types))
        if len(rows) == 0:
            raise DataError("the log has no events that show interest in an item")
        rows = rows[np.lexsort((events.time[rows], key[rows]))]
        key = key[rows]
    return Groups(
        offsets=offsets_of(key),
        items=np.ascontiguousarray(events.item[rows], dtype=np.uint32),
        times=np.ascontiguousarray(events.time[rows], dtype=np.int64),
        types=np.ascontiguousarray(events.type[rows], dtype=np.uint8),
    )


@dataclass(frozen=True)
class Baskets:
    """Rows of a log visitor by visitor, basket by basket, oldest first."""

    rows: Ints
    basket: Ints
    visitor: Ints
    time: Ints


def baskets_of(events: Events) -> Baskets:
    """Which rows are bought together.

    The rows of type purchase; in a log without any, all that show interest. Of one visitor, those
    of one session or order id are one basket; without ids, those of one time. A basket's time is
    that of its first row.
    """
    known = events.item != NONE
    rows = np.flatnonzero(known & (events.type == PURCHASE))
    if len(rows) == 0:
        rows = np.flatnonzero(known & np.isin(events.type, INTEREST))
    if len(rows) == 0:
        raise DataError("the log has no purchases: a basket is made of events of type purchase")
    visitor = events.visitor[rows].astype(np.int64)
    time = events.time[rows]
    told = time if events.session is None else events.session[rows].astype(np.int64)
    order = np.lexsort((time, told, visitor))
    rows, visitor, time, told = rows[order], visitor[order], time[order], told[order]
    begins = np.r_[True, (visitor[1:] != visitor[:-1]) | (told[1:] != told[:-1])]
    number = np.cumsum(begins) - 1
    begun = time[begins][number]
    order = np.lexsort((time, number, begun, visitor))
    rows, visitor, begun, number = rows[order], visitor[order], begun[order], number[order]
    fresh = np.r_[True, number[1:] != number[:-1]]
    return Baskets(rows=rows, basket=np.cumsum(fresh) - 1, visitor=visitor, time=begun)


def check_count(name: str, value: object, *, none_is: int | None = None, low: int = 1) -> int:
    """The value as an integer of at least ``low``; ``none_is`` for None where that is allowed."""
    if value is None and none_is is not None:
        return none_is
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < low:
        kind = "a positive integer" if low == 1 else f"an integer of at least {low}"
        raise ConfigError(
            f"{name} must be {kind}{' or None' if none_is is not None else ''}, got {value!r}"
        )
    return int(value)
