"""A log as the rules read it: sorted by visitor once, everything else derived and kept."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from aisle.events.columns import NONE
from aisle.events.times import utc
from aisle.events.types import EVENT_TYPES, TYPE_NAMES
from aisle.hygiene.finding import MAX_EXAMPLES, Finding, Level, level_of
from aisle.hygiene.limits import Limits

if TYPE_CHECKING:
    from aisle.events import Events, Items

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Array = np.ndarray[Any, Any]
SECOND = 1_000_000
_ONE_AT_A_TIME = tuple(EVENT_TYPES[name] for name in ("view", "click", "search"))


class ShopLog:
    """Events beside the catalogue, with what several rules need.

    Attributes
    ----------
    events : Events
    items : Items or None
        The catalogue that was given.
    now : int
        The clock that future events are judged by, microseconds.
    """

    def __init__(self, events: Events, items: Items | None, limits: Limits, now: int) -> None:
        self.events, self.items, self.limits, self.now = events, items, limits, now

    def __len__(self) -> int:
        return len(self.events)

    @cached_property
    def order(self) -> Ints:
        """Rows by visitor, then time, then place in the log."""
        return np.lexsort((self.events.time, self.events.visitor))

    @cached_property
    def visitor_in_order(self) -> Array:
        """The visitor of each row of `order`."""
        return self.events.visitor[self.order]

    @cached_property
    def time_in_order(self) -> Ints:
        """The time of each row of `order`."""
        found: Ints = self.events.time[self.order]
        return found

    @cached_property
    def is_first(self) -> Flags:
        """Where in `order` a visitor begins."""
        first = np.ones(len(self), bool)
        first[1:] = self.visitor_in_order[1:] != self.visitor_in_order[:-1]
        return first

    @cached_property
    def starts(self) -> Ints:
        """Places in `order` where visitors begin, ascending."""
        return np.flatnonzero(self.is_first)

    @cached_property
    def visitor_counts(self) -> Ints:
        """Events of each visitor number."""
        return np.bincount(self.events.visitor, minlength=len(self.events._visitors))

    @cached_property
    def item_counts(self) -> Ints:
        """Events of each item number."""
        known = self.events.item[self.has_item]
        return np.bincount(known, minlength=len(self.events._items))

    @cached_property
    def has_item(self) -> Flags:
        """Events that are about an item."""
        found: Flags = self.events.item != NONE
        return found

    @cached_property
    def pause(self) -> Ints:
        """Microseconds since the visitor's event before, in `order`; -1 at a visitor's first."""
        pause = np.full(len(self), -1, np.int64)
        pause[1:] = np.diff(self.time_in_order)
        pause[self.is_first] = -1
        return pause

    @cached_property
    def is_act(self) -> Flags:
        """Where in `order` somebody did something: the lines of one order are one act."""
        kinds = self.events.type[self.order]
        same = np.r_[False, kinds[1:] == kinds[:-1]] if len(self) else np.zeros(0, bool)
        goes_on = same & (self.pause >= 0) & (self.pause <= SECOND)
        found: Flags = np.isin(kinds, _ONE_AT_A_TIME) | ~goes_on
        return found

    def finding(
        self,
        rule: str,
        rows: Ints,
        *,
        title: str,
        why: str,
        way_out: str = "",
        level: Level | None = None,
        hurts: float = 2.0,
        blocks: float = 2.0,
        of: int | None = None,
        examples: Sequence[str] | None = None,
        is_default: bool = False,
        details: dict[str, Any] | None = None,
    ) -> Finding:
        """Return what was found of some events of this log, which `clean` can leave out.

        Its level is `level`, or that of their share `of` so many, the whole log without: see
        `level_of`. The first few rows are its examples where there are no others.
        """
        of = len(self) if of is None else of
        return Finding(
            rule=rule,
            level=level or level_of(len(rows) / max(of, 1), hurts=hurts, blocks=blocks),
            title=title,
            count=len(rows),
            of=of,
            unit="events",
            why=why,
            way_out=way_out,
            examples=self.shown(rows) if examples is None else examples,
            rows=rows,
            is_default=is_default,
            details=details or {},
        )

    @property
    def has_sessions(self) -> bool:
        """Whether the log tells sessions that are not just visitors."""
        return self.events.session is not None

    @cached_property
    def session(self) -> Ints:
        """The session of each row: the shop's own, else by pauses."""
        if self.events.session is not None:
            return self.events.session.astype(np.int64)
        gap = int(self.limits.session_gap * SECOND)
        begins = self.is_first | (self.pause > gap)
        session = np.empty(len(self), np.int64)
        session[self.order] = np.cumsum(begins) - 1
        return session

    @cached_property
    def session_counts(self) -> Ints:
        """Events of each session number."""
        return np.bincount(self.session) if len(self) else np.zeros(0, np.int64)

    @cached_property
    def is_only_an_order(self) -> bool:
        """Whether times tell what came first and nothing more: equal steps for most visitors."""
        pause, gap = self.pause, int(self.limits.session_gap * SECOND)
        both = (pause[1:] > 0) & (pause[:-1] > 0) & (pause[1:] <= gap) & (pause[:-1] <= gap)
        owner = self.visitor_in_order[1:][both]
        equal = pause[1:][both] == pause[:-1][both]
        pairs = np.bincount(owner, minlength=len(self.visitor_counts))
        same = np.bincount(owner[equal], minlength=len(self.visitor_counts))
        judged = pairs > 0
        even = judged & (same > 0.5 * pairs)
        return bool(judged.sum() >= 20 and even.sum() > 0.5 * judged.sum())

    def codes(self, name: str) -> tuple[Array, Array] | None:
        """Return (number of each row, the values) of a further column or an item attribute."""
        if name in self.events._attributes and name in self.events._words:
            words = self.events._words[name]
            return self.events._attributes[name], words.names()
        column = self.events.extra.get(name, self.events._attributes.get(name))
        return None if column is None else _codes(column)

    def rows_of_visitors(self, chosen: Flags) -> Ints:
        """Return the rows of visitors, ascending; `chosen` has a flag for each visitor number."""
        return np.flatnonzero(chosen[self.events.visitor])

    def rows_of_sessions(self, chosen: Flags) -> Ints:
        """Return the rows of sessions, ascending."""
        return np.flatnonzero(chosen[self.session])

    def shown(self, rows: Array) -> list[str]:
        """Return the first few rows as text: their number, time, visitor, type and item."""
        found = []
        for row in rows[:MAX_EXAMPLES].tolist():
            item = self.events.item[row]
            about = "" if item == NONE else f" {self.events._items.name(int(item))}"
            visitor = self.events._visitors.name(int(self.events.visitor[row]))
            found.append(
                f"row {row + 1}: {utc(int(self.events.time[row]))} {visitor}"
                f" {TYPE_NAMES[self.events.type[row]]}{about}"
            )
        return found

    def visitors_shown(self, numbers: Array) -> list[str]:
        """Return the first few visitors with how many events they have."""
        name, counts = self.events._visitors.name, self.visitor_counts
        return [f"{name(n)}: {int(counts[n]):,} events" for n in numbers[:MAX_EXAMPLES].tolist()]


def _codes(column: Array) -> tuple[Array, Array]:
    if column.dtype != object:
        missing = np.isnan(column) if column.dtype.kind == "f" else np.zeros(len(column), bool)
        missing = np.isnat(column) if column.dtype.kind == "M" else missing
        values, inverse = np.unique(column[~missing], return_inverse=True)
        codes = np.full(len(column), NONE, np.uint32)
        codes[~missing] = inverse.reshape(-1)
        return codes, values
    known: dict[str, int] = {}
    numbers = [
        NONE if value is None or value != value else known.setdefault(str(value), len(known))
        for value in column.tolist()
    ]
    return np.array(numbers, np.uint32), np.array(list(known), object)
