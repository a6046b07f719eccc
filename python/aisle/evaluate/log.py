"""A log as the evaluation needs it: codes in arrays, in the order in which things happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from aisle._core import ConfigError

NO_ITEM: Final = 0xFFFFFFFF
GAP_US: Final = 30 * 60 * 1_000_000
TYPES: Final = (
    "view", "cart", "remove_from_cart", "purchase", "refund",
    "search", "impression", "click", "like", "dislike", "own",
)  # fmt: skip
VIEWS: Final = (0, 7)  # view, click
INTEREST: Final = (0, 1, 3, 7, 8)  # what says that a visitor turned to an item

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Log:
    """Events in rows; the rows are those of the source, in its order.

    Attributes
    ----------
    visitor, session, item : int64[rows]
        Codes; item -1: the event has none.
    time : int64[rows]
        Microseconds UTC.
    type : uint8[rows]
    value : float64[rows]
    visitors, items
        Ids of the codes.
    sessions
        Ids of the sessions, where the log has its own.
    """

    visitor: Ints
    session: Ints
    item: Ints
    time: Ints
    type: npt.NDArray[np.uint8]
    value: npt.NDArray[np.float64]
    visitors: Sequence[Any]
    items: Sequence[Any]
    sessions: Sequence[Any] | None = None

    def __len__(self) -> int:
        return len(self.time)

    def by_session(self, rows: Ints) -> Ints:
        """`rows` ordered by session, then time, then place in the log."""
        order: Ints = rows[np.lexsort((rows, self.time[rows], self.session[rows]))]
        return order

    def targets(self) -> npt.NDArray[np.bool_]:
        """Rows worth predicting: views and clicks; in a log without any, all signs of interest."""
        there = self.item >= 0
        views: npt.NDArray[np.bool_] = there & np.isin(self.type, VIEWS)
        return views if views.any() else there & np.isin(self.type, INTEREST)


def as_log(events: Any) -> Log:
    """Take `aisle.Events`, or a mapping of columns: item, time, and session or visitor."""
    if isinstance(events, Mapping):
        return _from_columns(events)
    if not all(hasattr(events, name) for name in ("item", "time", "visitor", "type")):
        raise ConfigError(
            f"expected aisle.Events or a dict of columns, got {type(events).__name__}; "
            "aisle.read_events(…) or aisle.Events.from_columns(…) makes one"
        )
    return _from_events(events)


def _from_events(events: Any) -> Log:
    item = np.asarray(events.item).astype(np.int64)
    visitor = np.asarray(events.visitor).astype(np.int64)
    time = np.asarray(events.time).astype(np.int64)
    value = np.full(len(time), np.nan) if events.value is None else np.asarray(events.value)
    return Log(
        visitor=visitor,
        session=_by_gap(visitor, time)
        if events.session is None
        else events.session.astype(np.int64),
        item=np.where(item == NO_ITEM, -1, item),
        time=time,
        type=np.asarray(events.type).astype(np.uint8),
        value=value.astype(np.float64),
        visitors=np.asarray(events.visitors).tolist(),
        items=np.asarray(events.items).tolist(),
        sessions=None if events.session is None else np.asarray(events.sessions).tolist(),
    )


def _from_columns(columns: Mapping[str, Any]) -> Log:
    if "item" not in columns or "time" not in columns:
        missing = [name for name in ("item", "time") if name not in columns]
        raise ConfigError(f"the log has no column {missing[0]!r}; it has {', '.join(columns)}")
    time = np.asarray(columns["time"]).astype(np.int64)
    owner = columns.get("visitor", columns.get("session"))
    if owner is None:
        raise ConfigError("the log has neither 'visitor' nor 'session': whose events are these?")
    items, item = np.unique(np.asarray(columns["item"]), return_inverse=True)
    visitors, visitor = np.unique(np.asarray(owner), return_inverse=True)
    sessions = None
    if "session" in columns:
        sessions, session = np.unique(np.asarray(columns["session"]), return_inverse=True)
        session = session.astype(np.int64)
    else:
        session = _by_gap(visitor, time)
    kinds = np.asarray(columns.get("type", np.zeros(len(time), np.uint8)))
    if kinds.dtype.kind in "UO":
        kinds = np.array([TYPES.index(name) for name in kinds.tolist()], np.uint8)
    return Log(
        visitor=visitor.astype(np.int64),
        session=session,
        item=item.astype(np.int64),
        time=time,
        type=kinds.astype(np.uint8),
        value=np.asarray(columns.get("value", np.full(len(time), np.nan)), np.float64),
        visitors=visitors.tolist(),
        items=items.tolist(),
        sessions=None if sessions is None else sessions.tolist(),
    )


def _by_gap(visitor: npt.NDArray[np.integer[Any]], time: Ints) -> Ints:
    """A pause of more than 30 minutes begins a new session."""
    order = np.lexsort((np.arange(len(time)), time, visitor))
    new = np.ones(len(time), bool)
    new[1:] = (np.diff(visitor[order]) != 0) | (np.diff(time[order]) > GAP_US)
    session = np.empty(len(time), np.int64)
    session[order] = np.cumsum(new) - 1
    return session
