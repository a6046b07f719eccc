"""`Events`: a log in columns, ids as dense numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from aisle._core import DataError, Dictionary
from aisle.events import columns as col
from aisle.events.report import ReadReport
from aisle.events.sessions import fill_sessions
from aisle.events.times import check_unit, micros_of, utc
from aisle.events.types import NO_ITEM_NEEDED, TYPE_NAMES
from aisle.notebook import facts_table

if TYPE_CHECKING:
    from aisle.events.items import Items

Array = np.ndarray[Any, Any]


class Events:
    """A log of events in columns.

    Made by `aisle.read_events` or `Events.from_columns`; rows keep the order they came in unless
    the format says otherwise. The arrays are the table: do not write into them.

    Attributes
    ----------
    time : ndarray of int64, shape (n,)
        Microseconds UTC.
    visitor, item, session : ndarray of uint32, shape (n,)
        Positions in `visitors`, `items` and `sessions`; 0xffffffff where there is none (items of
        searches only). `session` is None where the log has no sessions.
    type : ndarray of uint8, shape (n,)
        Event types by their fixed numbers (view 0, cart 1, remove_from_cart 2, purchase 3, ...).
    value : ndarray of float32, shape (n,), or None
        Value of the event in the shop's currency; NaN where there is none.
    extra : dict of str to ndarray, shape (n,)
        Further columns: quantity, price, event_id, ... and context.
    report : ReadReport
        What the reader found.

    Examples
    --------
    >>> import aisle
    >>> events = aisle.Events.from_columns(
    ...     visitor=["ann", "bob", "ann"], item=[7, 8, 8],
    ...     time=["2024-05-01", "2024-05-02", "2024-05-03"])
    >>> events
    Events(3 events, 2 visitors, 2 items, 2024-05-01 00:00:00 to 2024-05-03 00:00:00)
    >>> before, after = events.split(at="2024-05-03")
    >>> len(before), after.items
    (2, array([8]))
    """

    def __init__(
        self,
        *,
        time: Array,
        visitor: Array,
        visitors: Dictionary,
        item: Array,
        items: Dictionary,
        type: Array,  # noqa: A002 - the column's name
        session: Array | None = None,
        sessions: Dictionary | None = None,
        value: Array | None = None,
        extra: dict[str, Array] | None = None,
        report: ReadReport | None = None,
        attributes: dict[str, Array] | None = None,
        words: dict[str, Dictionary] | None = None,
    ) -> None:
        self.time, self.type = time, type
        self.visitor, self._visitors = visitor, visitors
        self.item, self._items = item, items
        self.session, self._sessions = session, sessions
        self.value = value
        self.extra = extra or {}
        self.report = report or ReadReport(rows=len(time))
        self._attributes, self._words = attributes or {}, words or {}
        lengths = {name: len(array) for name, array in self._columns().items()}
        if len(set(lengths.values())) > 1:
            raise DataError(f"columns differ in length: {lengths}")

    @classmethod
    def from_columns(
        cls,
        *,
        visitor: Any,
        item: Any,
        time: Any,
        type: Any = "view",  # noqa: A002
        session: Any = None,
        value: Any = None,
        time_unit: str | None = None,
        **extra: Any,
    ) -> Events:
        """Make events from columns.

        Parameters
        ----------
        visitor, item, session : column of str or int
            Ids; a list, a NumPy array, or a pandas, polars, pyarrow or DuckDB column. `session`
            may be left out.
        time : column of times
            ISO texts, datetimes, timestamps of any library, or numbers.
        type : str or column, default "view"
            The event types by name, alias or number.
        value : float or column, optional
            Value of each event.
        time_unit : {"us", "ms", "s"}, optional
            The unit of numeric times. Left out they are microseconds, none before 1990: seconds
            that nobody named would pass for the first hour of 1970.
        **extra : column
            Further columns, kept as they are.

        Raises
        ------
        DataError
            If a column cannot be read: names column, row and value.
        ConfigError
            If `type` or `time_unit` is unknown.

        Examples
        --------
        >>> import aisle
        >>> len(aisle.Events.from_columns(visitor=["a"], item=["x"], time=["2024-05-01"]))
        1
        """
        check_unit(time_unit)
        visitor, item = col.opened(visitor, "visitor"), col.opened(item, "item")
        time, type = col.opened(time, "time"), col.opened(type, "type")  # noqa: A001
        rows = _rows_of(visitor, item, time, type)
        micros = col.checked_times(_full(time, rows), time_unit)
        visitors, items = Dictionary(), Dictionary()
        visitor_of = col.ids(_full(visitor, rows), visitors, "visitor")
        item_of = col.ids(_full(item, rows), items, "item")
        types = col.types(type, rows)
        _need("visitor", visitor_of == col.NONE)
        _need("item", (item_of == col.NONE) & ~np.isin(types, NO_ITEM_NEEDED))
        session_of, sessions = None, None
        if session is not None:
            sessions = Dictionary()
            session_of = col.ids(_full(session, rows), sessions, "session")
            session_of = fill_sessions(session_of, sessions, visitor_of, visitors)
        worth = None if value is None else col.numbers(_full(value, rows), "value")
        return cls(
            time=micros,
            visitor=visitor_of,
            visitors=visitors,
            item=item_of,
            items=items,
            type=types,
            session=session_of,
            sessions=sessions,
            value=None if worth is None else worth.astype(np.float32),
            extra={name: col.anything(_full(of, rows), name) for name, of in extra.items()},
        )

    def _columns(self) -> dict[str, Array]:
        core = {"time": self.time, "visitor": self.visitor, "item": self.item, "type": self.type}
        if self.session is not None:
            core["session"] = self.session
        if self.value is not None:
            core["value"] = self.value
        return {**core, **self.extra, **{f" {k}": v for k, v in self._attributes.items()}}

    def __len__(self) -> int:
        return len(self.time)

    @property
    def visitors(self) -> Array:
        """The shop's visitor ids by number, shape (visitors,): int64, or str and int objects."""
        return self._visitors.names()

    @property
    def items(self) -> Array:
        """The shop's item ids by number, shape (items,): int64, or str and int objects."""
        return self._items.names()

    @property
    def sessions(self) -> Array | None:
        """The session ids by number, or None where the log has no sessions."""
        return None if self._sessions is None else self._sessions.names()

    def _take(self, rows: Array) -> Events:
        """Return some rows (a mask or positions), with only the ids that occur in them."""
        visitors, visitor = self._visitors.subset(self.visitor[rows])
        items, item = self._items.subset(self.item[rows])
        sessions, session = None, None
        if self.session is not None and self._sessions is not None:
            if self._sessions is self._visitors and self.session is self.visitor:
                sessions, session = visitors, visitor
            else:
                sessions, session = self._sessions.subset(self.session[rows])
        return Events(
            time=self.time[rows],
            visitor=visitor,
            visitors=visitors,
            item=item,
            items=items,
            type=self.type[rows],
            session=session,
            sessions=sessions,
            value=None if self.value is None else self.value[rows],
            extra={name: array[rows] for name, array in self.extra.items()},
            report=self.report,
            attributes={name: array[rows] for name, array in self._attributes.items()},
            words=self._words,
        )

    def split(self, at: object) -> tuple[Events, Events]:
        """Return the events before a time, and those from it on.

        Parameters
        ----------
        at : str, datetime or int
            ISO text or time (UTC where no zone is given), or microseconds.

        Returns
        -------
        before, after : Events
            Each with its own ids: an item that occurs only later is unknown to `before`.

        Raises
        ------
        DataError
            If `at` is not a time.

        Examples
        --------
        >>> import aisle
        >>> events = aisle.Events.from_columns(visitor=[1, 2], item=["x", "y"],
        ...                                    time=["2024-05-01", "2024-05-02"])
        >>> [len(part) for part in events.split(at="2024-05-02")]
        [1, 1]
        """
        early = self.time < micros_of(at)
        return self._take(early), self._take(~early)

    def item_table(self) -> Items | None:
        """Return what the log itself tells about its items, the latest value of each, or None.

        Returns
        -------
        Items or None
            None where the format has no item columns.
        """
        from aisle.events.items import latest

        return latest(self)

    def to_numpy(self) -> dict[str, Array]:
        """Return the columns with the shop's own ids.

        Returns
        -------
        dict of str to ndarray, shape (n,)
            `time` as datetime64[us], ids as int64 or objects, `type` as str.
        """
        table: dict[str, Array] = {
            "time": self.time.astype("datetime64[us]"),
            "visitor": self._visitors.names(self.visitor),
            "item": self._items.names(self.item),
            "type": np.array(TYPE_NAMES)[self.type],
        }
        if self.session is not None and self._sessions is not None:
            table["session"] = self._sessions.names(self.session)
        if self.value is not None:
            table["value"] = self.value
        return {**table, **self.extra}

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame, `time` in UTC and `type` as a categorical."""
        import pandas as pd

        table: dict[str, Any] = self.to_numpy()
        table["time"] = pd.to_datetime(self.time, unit="us", utc=True)
        table["type"] = pd.Categorical.from_codes(self.type.astype(np.int8), list(TYPE_NAMES))
        return pd.DataFrame(table)

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        """Return the columns as an Arrow C stream: for DuckDB, polars, pyarrow and pandas."""
        from aisle.events.export import stream

        return stream(self)

    def describe(self) -> dict[str, Any]:
        """Return the counts a person asks for first.

        Returns
        -------
        dict
            events, visitors, items, sessions, first and last time, events of each type.

        Examples
        --------
        >>> import aisle
        >>> aisle.Events.from_columns(visitor=[1], item=["x"], time=["2024-05-01"]
        ...                           ).describe()["types"]
        {'view': 1}
        """
        counts = np.bincount(self.type, minlength=len(TYPE_NAMES))
        return {
            "events": len(self),
            "visitors": len(self._visitors),
            "items": len(self._items),
            "sessions": None if self._sessions is None else len(self._sessions),
            "first": utc(int(self.time.min())) if len(self) else None,
            "last": utc(int(self.time.max())) if len(self) else None,
            "types": {TYPE_NAMES[i]: int(n) for i, n in enumerate(counts) if n},
        }

    def __repr__(self) -> str:
        seen = self.describe()
        counts = ", ".join(f"{seen[what]:,} {what}" for what in ("events", "visitors", "items"))
        if seen["sessions"] is not None:
            counts += f", {seen['sessions']:,} sessions"
        span = f", {seen['first']} to {seen['last']}" if len(self) else ""
        return f"Events({counts}{span})"

    def _repr_html_(self) -> str:
        seen = self.describe()
        types = ", ".join(f"{name} {count:,}" for name, count in seen.pop("types").items())
        rows = {**{k: v for k, v in seen.items() if v is not None}, "types": types}
        rows["columns"] = ", ".join(name for name in self._columns() if name[0] != " ")
        return facts_table("aisle events", rows)


def _rows_of(*columns: Any) -> int:
    """Return the number of rows of the first column that is no scalar."""
    return next((len(column) for column in columns if not col.is_scalar(column)), 1)


def _full(column: Any, rows: int) -> Any:
    """Return a scalar as a column."""
    return [column] * rows if col.is_scalar(column) else column


def _need(name: str, missing: Array) -> None:
    if missing.any():
        raise DataError(
            f"{name}, row {int(np.argmax(missing)) + 1}: the {name} is missing; leave such rows out"
        )
