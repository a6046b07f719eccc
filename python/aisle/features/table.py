"""`table`: features of the past as they were known then, for training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from aisle import _core
from aisle._core import DataError, Dictionary
from aisle.attributes import as_items, catalog_of
from aisle.consent import consent_of
from aisle.events.columns import ids
from aisle.features.feature_set import FeatureSet
from aisle.models._base import check_events, renumber
from aisle.notebook import facts_table

if TYPE_CHECKING:
    from aisle.events import Events

Array = npt.NDArray[Any]


class FeatureTable:
    """Rows of features beside the visitor, item and time they are of.

    Attributes
    ----------
    names : list of str
        The features, as the set names them.
    matrix : ndarray of float32, shape (rows, features)
        NaN where a row has no such value.
    visitor, item : ndarray, shape (rows,)
        The shop's ids; an item of None: a row without one.
    time : ndarray of int64, shape (rows,)
        Microseconds UTC.
    """

    def __init__(
        self, names: list[str], matrix: npt.NDArray[np.float32], visitor: Array, item: Array,
        time: npt.NDArray[np.int64],
    ) -> None:  # fmt: skip
        self.names, self.matrix = names, matrix
        self.visitor, self.item, self.time = visitor, item, time

    def __len__(self) -> int:
        return len(self.time)

    def __getitem__(self, name: str) -> npt.NDArray[np.float32]:
        """One feature's column."""
        from aisle._core import UnknownNameError
        from aisle.names import unknown

        if name not in self.names:
            raise UnknownNameError(unknown("feature", name, self.names))
        return self.matrix[:, self.names.index(name)]

    def to_dict(self) -> dict[str, Array]:
        """All columns: visitor, item, time as ``datetime64[us]``, then the features."""
        columns: dict[str, Array] = {
            "visitor": self.visitor, "item": self.item, "time": self.time.astype("datetime64[us]")
        }  # fmt: skip
        return {**columns, **{name: self[name] for name in self.names}}

    def to_pandas(self) -> Any:
        """A pandas DataFrame; ``time`` in UTC."""
        import pandas as pd

        columns: dict[str, Any] = self.to_dict()
        columns["time"] = pd.to_datetime(self.time, unit="us", utc=True)
        return pd.DataFrame(columns)

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        """The columns as an Arrow C stream: for polars, DuckDB, pyarrow and pandas."""
        from aisle.events.export import column

        columns = [column(name, values) for name, values in self.to_dict().items()]
        return _core.arrow_stream(len(self), columns)

    def __repr__(self) -> str:
        return f"FeatureTable({len(self):,} rows, {len(self.names)} features)"

    def _repr_html_(self) -> str:
        known = np.isfinite(self.matrix).mean(axis=0) if len(self) else np.ones(len(self.names))
        shares = {name: f"{share:.0%} known" for name, share in zip(self.names, known, strict=True)}
        return facts_table(repr(self), shares)


def table(
    events: Events,
    items: Any = None,
    features: FeatureSet | None = None,
    rows: Any = None,
    links: Any = None,
) -> FeatureTable:
    """The features of past moments, each from what was known just before it.

    The log is played back in order of time by the code that serves: no value knows the future, and
    an engine that had seen the same events would have answered the same. Events at a row's very
    instant are not counted in it. An event that comes twice counts once, one without an item or
    without consent not at all.

    Parameters
    ----------
    events
        The log, in any order of rows; the arrays must not change during the call.
    items
        Attributes of items, as in :func:`aisle.fit`. They are taken as they are now: a price that
        changed since is the new one.
    features
        Default: :meth:`FeatureSet.default`.
    rows
        What is asked: :class:`aisle.Events`, or a mapping with the columns visitor, item and time.
        None: a row for each event of the log.
    links
        Logins, as :meth:`aisle.Engine.identify` was told of them: a mapping with the columns
        visitor (the device), user (None: logged out) and time. A row knows those told before its
        time, and has the counts of its person on all devices. None: each visitor is a person.

    Raises
    ------
    ConfigError
        For a column that the items do not have, or that holds no categories; for links that the
        engine would refuse.
    DataError
        For rows without visitor, item or time, links without visitor, user or time.

    Examples
    --------
    >>> import aisle
    >>> from aisle.features import Count, FeatureSet, table
    >>> log = aisle.Events.from_columns(visitor=["a", "b", "a"], item=["tea", "tea", "pot"],
    ...                                 time=["2024-05-01 10:00", "2024-05-01 10:01", "2024-05-02"])
    >>> asked = {"visitor": ["a", "a"], "item": ["tea", "tea"],
    ...          "time": ["2024-05-01 10:01", "2024-05-01 18:00"]}
    >>> table(log, features=FeatureSet([Count("view", window="1d")]), rows=asked).matrix.tolist()
    [[1.0], [2.0]]

    The counts of a person are those of all their devices:

    >>> mine = FeatureSet([Count("view", of="visitor", window="1d")])
    >>> login = {"visitor": ["a", "b"], "user": ["ann", "ann"], "time": ["2024-05-01 11:00"] * 2}
    >>> table(log, features=mine, rows=asked, links=login).matrix.tolist()
    [[1.0], [2.0]]
    """
    check_events(events)
    known = events.item_table() if items is None else as_items(items)
    chosen = FeatureSet.default(known) if features is None else features
    catalog = catalog_of(events, known)
    chosen._check_columns(catalog)
    asked = events if rows is None else _rows_of(rows)
    row_item = renumber(asked, catalog.items, add=True)
    visitors = Dictionary()
    visitor = events._visitors.translate(visitors, add=True)[events.visitor]
    _, item, time, type_, session, event_id, consent = log_columns(events, catalog)
    row_visitor = asked._visitors.translate(visitors, add=True)[asked.visitor]
    told = _links_of(links)
    device = told._visitors.translate(visitors, add=True)[told.visitor]
    matrix = _core.feature_table(
        chosen._core,
        catalog,
        np.ascontiguousarray(visitor, dtype=np.uint32),
        item,
        time,
        type_,
        session,
        event_id,
        consent,
        np.ascontiguousarray(row_visitor, dtype=np.uint32),
        row_item,
        np.ascontiguousarray(asked.time, dtype=np.int64),
        visitors,
        np.ascontiguousarray(device, dtype=np.uint32),
        renumber(told, visitors, add=True),
        np.ascontiguousarray(told.time, dtype=np.int64),
    )
    return FeatureTable(
        chosen.names,
        matrix,
        asked._visitors.names(asked.visitor),
        asked._items.names(asked.item),
        asked.time,
    )


def log_columns(events: Events, catalog: _core.Catalog) -> tuple[Any, Any, Any, Any, Any, Any, Any]:
    """A log as the core's features take it, its items in the catalogue's numbers."""
    event_id = events.extra.get("event_id")
    return (
        np.ascontiguousarray(events.visitor, dtype=np.uint32),
        renumber(events, catalog.items, add=True),
        np.ascontiguousarray(events.time, dtype=np.int64),
        np.ascontiguousarray(events.type, dtype=np.uint8),
        None if events.session is None else np.ascontiguousarray(events.session, dtype=np.uint32),
        None if event_id is None else ids(event_id, Dictionary(), "event_id"),
        consent_of(events),
    )


def _rows_of(rows: Any) -> Events:
    from aisle.events import Events

    return rows if isinstance(rows, Events) else _moments("rows", rows, "item")


def _links_of(links: Any) -> Events:
    """Links as a log: the user in place of the item."""
    if links is None:
        links = {"visitor": [], "user": [], "time": []}
    return _moments("links", links, "user")


def _moments(what: str, given: Any, second: str) -> Events:
    from aisle.events import Events

    names = ("visitor", second, "time")
    try:
        visitor, item, time = (given[name] for name in names)
    except KeyError as error:
        raise DataError(
            f"{what} needs the columns {', '.join(names[:2])} and time; {error} is missing"
        ) from None
    except (IndexError, TypeError):
        raise DataError(
            f"{what} is a mapping with the columns {', '.join(names[:2])} and time, got {given!r}"
        ) from None
    return Events.from_columns(visitor=visitor, item=item, time=time, type="search")
