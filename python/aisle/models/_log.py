"""A log on its way into the core: sessions, and items in a model's own numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from aisle import _core

if TYPE_CHECKING:
    from aisle.events import Events

Codes = npt.NDArray[np.uint32]
NONE = 0xFFFFFFFF
IDLE_GAP = 30 * 60 * 1_000_000


def sessions_in_order(events: Events, *, idle_gap: int = IDLE_GAP) -> tuple[Codes, Codes]:
    """Session number of each row, and the rank that settles which of two sessions is newer.

    Without session ids, visits are cut at pauses longer than ``idle_gap`` microseconds. Of two
    sessions that ended at one time the one with the greater id is the newer.
    """
    if events.session is not None and events._sessions is not None:
        names = events._sessions.names()
        order = np.argsort(names if names.dtype.kind == "i" else names.astype(str), kind="stable")
        rank = np.empty(len(order), dtype=np.uint32)
        rank[order] = np.arange(len(order), dtype=np.uint32)
        return np.ascontiguousarray(events.session, dtype=np.uint32), rank
    order = np.lexsort((events.time, events.visitor))
    visitor, time = events.visitor[order], events.time[order]
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (visitor[1:] != visitor[:-1]) | (np.diff(time) > idle_gap)
    codes = np.empty(len(order), dtype=np.uint32)
    codes[order] = np.cumsum(begins) - 1
    return codes, np.arange(int(begins.sum()), dtype=np.uint32)


def renumber(events: Events, items: _core.Dictionary, *, add: bool = False) -> Codes:
    """The items of a log in the numbers of another dictionary; unknown: added, or 0xffffffff."""
    if len(events._items) == 0:
        return np.full(len(events), NONE, dtype=np.uint32)
    mine = events._items.translate(items, add=add)
    return np.where(events.item == NONE, NONE, mine[np.minimum(events.item, len(mine) - 1)]).astype(
        np.uint32
    )


def grown(items: _core.Dictionary, events: Events) -> tuple[_core.Dictionary, Codes]:
    """A copy of a model's items with those of a log beside them, and the log's in its numbers."""
    copy, _ = items.subset(np.arange(len(items), dtype=np.uint32))
    return copy, renumber(events, copy, add=True)
