"""`Items`: the shop's catalogue as typed columns, and `read_items`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from aisle._core import ArrowColumns, ConfigError, DataError, Dictionary, LabelSets
from aisle.events import files, items_labels, sources
from aisle.events.columns import NONE
from aisle.events.layouts import near
from aisle.events.sources import Part, quote
from aisle.events.tables import open_table
from aisle.notebook import facts_table

if TYPE_CHECKING:
    from aisle.events.table import Events

Array = np.ndarray[Any, Any]
Kind = Literal["category", "number", "flag", "time", "labels"]
_ID_NAMES = ("item", "id")


@dataclass(frozen=True)
class Attribute:
    """One attribute of all items.

    Attributes
    ----------
    name : str
    kind : {"category", "number", "flag", "time", "labels"}
    values : ndarray, shape (items,)
        category: uint32 positions in `words` (0xffffffff: none); number: float64 (NaN: none);
        flag: bool; time: int64 microseconds UTC; labels: uint32 numbers in `sets`.
    valid : ndarray of bool, shape (items,)
        False where the item has no value.
    words : Dictionary or None
        The texts of a category, or of single labels.
    sets : LabelSets or None
        The distinct sets of labels.
    """

    name: str
    kind: Kind
    values: Array
    valid: Array
    words: Dictionary | None = None
    sets: LabelSets | None = None

    def to_numpy(self) -> Array:
        """Return the values for people: numbers, or objects with None where there is none."""
        if self.kind == "number":
            return self.values
        if self.words is not None and self.sets is not None:
            return self.sets.lists(self.words, self.values)
        if self.words is not None:
            return self.words.names(self.values).astype(object)
        if self.kind == "time":
            times = self.values.astype("datetime64[us]")
            times[~self.valid] = np.datetime64("NaT")
            return times
        if self.valid.all():
            return self.values
        flags = self.values.astype(object)
        flags[~self.valid] = None
        return flags


class Items:
    """The shop's items: their ids and typed attributes.

    Attributes
    ----------
    attributes : dict of str to Attribute

    Examples
    --------
    >>> import aisle
    >>> items = aisle.read_items({"sku": ["a", "b"], "price": [9.5, None], "sale": [True, False]},
    ...                          id="sku")
    >>> items
    Items(2 items: price number, sale flag)
    >>> items["price"]
    array([9.5, nan])
    """

    def __init__(self, ids: Dictionary, attributes: dict[str, Attribute]) -> None:
        self._ids = ids
        self.attributes = attributes

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, name: str) -> Array:
        """Return an attribute's values, one an item, in the order of `ids`."""
        if name not in self.attributes:
            raise DataError(
                f"items have no attribute {name!r}; {near(name, list(self.attributes))}"
            )
        return self.attributes[name].to_numpy()

    @property
    def ids(self) -> Array:
        """The shop's item ids, shape (items,): int64, or str and int objects."""
        return self._ids.names()

    @property
    def columns(self) -> list[str]:
        """The names of the attributes."""
        return list(self.attributes)

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame, one row an item, `id` first."""
        import pandas as pd

        return pd.DataFrame({"id": self.ids, **{name: self[name] for name in self.attributes}})

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        """Return the items as an Arrow C stream, for pyarrow, polars and DuckDB."""
        from aisle.events.items_export import stream

        return stream(self)

    def __repr__(self) -> str:
        kinds = ", ".join(f"{one.name} {one.kind}" for one in self.attributes.values())
        return f"Items({len(self):,} items: {kinds or 'no attributes'})"

    def _repr_html_(self) -> str:
        kinds = {
            one.name: f"{one.kind}, {one.valid.mean() if len(self) else 0:.0%} known"
            for one in self.attributes.values()
        }
        return facts_table(f"{len(self):,} aisle items", kinds)


def read_items(
    source: Any,
    id: str | None = None,  # noqa: A002 - the word users know
    *,
    columns: Sequence[str] | None = None,
    labels: Sequence[str] = (),
    separator: str = "|",
    on_error: Literal["raise", "skip"] = "raise",
) -> Items:
    """Read the shop's items.

    Parameters
    ----------
    source : path, or table
        CSV, TSV, JSON lines or Parquet, plain, .gz or .zst; or a pandas, polars, pyarrow or DuckDB
        table, or a dict of columns.
    id : str, optional
        The column of item ids; left out, it is ``item`` or ``id``.
    columns : sequence of str, optional
        The columns to take as attributes; all of them by default.
    labels : sequence of str
        The columns of texts such as ``"red|summer"`` that hold several labels. A column of lists
        holds labels without being named here.
    separator : str
        What stands between the labels of such a text.
    on_error : {"raise", "skip"}
        Raise at rows without an id, at an id that comes twice and at what is no label; or leave
        rows without an id out, let the last row of an id win, and a list that is none be missing.

    Returns
    -------
    Items

    Raises
    ------
    DataError
        If the source cannot be read: names file, row, column and value.

    Examples
    --------
    >>> import aisle
    >>> aisle.read_items({"item": [1, 2], "brand": ["a", None]})["brand"]
    array(['a', None], dtype=object)
    >>> items = aisle.read_items({"item": [1, 2], "tags": ["red|new", None]}, labels=["tags"])
    >>> items["tags"].tolist()
    [['red', 'new'], None]
    """
    if on_error not in ("raise", "skip"):
        raise ConfigError(f"on_error is {on_error!r}; it is 'raise' or 'skip'")
    cut = items_labels.separators(labels, separator, id)
    skip = on_error == "skip"
    con = sources.connect() if files.is_path(source) else sources.connect_cheaply()
    source, lists = items_labels.take_lists(source, id)
    part = _opened(con, source, [id] if id is not None else list(_ID_NAMES), skip=skip)
    id = _id_column(part, id)  # noqa: A001
    wanted = [name for name in (columns or part.types) if name != id]
    for name in [*wanted, *cut]:
        if name not in part.types:
            raise DataError(f"{part.name}: no column {name!r}; {near(name, list(part.types))}")
    try:
        chosen = {n: _typed(con, part, n, cut.get(n)) for n in wanted if n not in lists}
        expressions = [quote(id), *(f"{sql} AS {quote(n)}" for n, (_, sql) in chosen.items())]
        query = f"SELECT {', '.join(expressions)} FROM {part.relation}"
        table = ArrowColumns.read(con.sql(query).__arrow_c_stream__())
    except sources.engine_errors(DataError) as error:
        raise sources.explain(error, part) from None
    ids, rows = _ids(part, table, id, skip=skip)
    attributes = {}
    for name in wanted:
        if name in lists or chosen[name][0] == "labels":
            column = lists.get(name, table)
            attributes[name] = _labels(part, column, name, rows, skip=skip)
        else:
            attributes[name] = _attribute(table, name, chosen[name][0], rows)
    return Items(ids, attributes)


def _id_column(part: Part, id: str | None) -> str:  # noqa: A002
    """Return the column of ids: the one that was named, else one of the usual names."""
    found = next((name for name in ([id] if id else _ID_NAMES) if name in part.types), None)
    if found is not None:
        return found
    told = repr(id) if id else " or ".join(map(repr, _ID_NAMES))
    raise DataError(
        f"{part.name}: no column {told}; {near(id or 'item', list(part.types))};"
        ' name the column of item ids by id="…"'
    )


def _opened(con: Any, source: Any, ids: list[str], *, skip: bool) -> Part:
    if not files.is_path(source):
        return open_table(con, source, "items")
    (path,) = files.expand([source])[:1]
    kind = files.kind_of(path)
    if kind == "json":
        return sources.open_json(con, path, skip=skip)
    if kind == "parquet":
        return sources.open_parquet(con, path)
    return sources.open_csv(con, path, None, [[name] for name in ids], skip=skip, short_lines=False)


def _typed(con: Any, part: Part, name: str, separator: str | None) -> tuple[Kind, str]:
    """Return the kind of an attribute and the SQL of its values."""
    column = quote(name)
    natural = part.natural.get(name, part.types[name]).upper()
    listed = items_labels.sql(column, natural, separator, is_json=name in part.natural)
    if listed is not None:
        return "labels", listed
    if natural == "VARCHAR" and part.is_text:
        return _seen(con, part, column)
    if sources.is_integer(natural) or natural.startswith(("DOUBLE", "FLOAT", "DECIMAL")):
        return "number", f"TRY_CAST({column} AS DOUBLE)"
    if natural == "BOOLEAN":
        return "flag", f"TRY_CAST({column} AS BOOLEAN)"
    if natural.startswith(("TIMESTAMP", "DATE")):
        return "time", f"epoch_us(CAST({column} AS TIMESTAMPTZ))"
    return "category", f"CAST({column} AS VARCHAR)"


def _seen(con: Any, part: Part, column: str) -> tuple[Kind, str]:
    """Judge a column of texts by its values: "007" is a category, "7" and "7.5" are numbers."""
    coded = f"regexp_matches({column}, '^[+-]?0[0-9]')"
    query = (
        f"SELECT count({column}), count(TRY_CAST({column} AS DOUBLE)),"
        f" count(CASE WHEN lower({column}) IN ('true', 'false') THEN 1 END),"
        f" count(TRY_CAST({column} AS TIMESTAMPTZ)), count(CASE WHEN {coded} THEN 1 END)"
        f" FROM {part.relation}"
    )
    known, numbers, flags, times, codes = con.sql(query).fetchall()[0]
    if known and flags == known:
        return "flag", f"TRY_CAST({column} AS BOOLEAN)"
    if known and numbers == known and not codes:
        return "number", f"TRY_CAST({column} AS DOUBLE)"
    if known and times == known:
        return "time", f"epoch_us(TRY_CAST({column} AS TIMESTAMPTZ))"
    return "category", column


def _ids(part: Part, table: ArrowColumns, id: str, *, skip: bool) -> tuple[Dictionary, Array]:  # noqa: A002
    """Return the ids and, for each, the row it comes from: the last one."""
    ids = Dictionary()
    try:
        numbers, _ = table.encode(0, ids, skip=skip)
    except DataError as error:
        raise DataError(f"{part.name}: {error}") from None
    known = numbers != NONE
    if not skip and not known.all():
        row = int(np.argmin(known)) + 1
        raise DataError(f'{part.name}, row {row}: column "{id}" holds nothing; on_error="skip"')
    if not skip and len(ids) < len(numbers):
        _, first, back = np.unique(numbers, return_index=True, return_inverse=True)
        row = int(np.argmax(first[back.reshape(-1)] != np.arange(len(numbers))))
        earlier = int(first[back.reshape(-1)][row])
        raise DataError(
            f"{part.name}: item {ids.name(int(numbers[row]))!r} is in row {earlier + 1} and again"
            f' in row {row + 1}; with on_error="skip" the last one wins'
        )
    rows = np.zeros(len(ids), np.int64)
    rows[numbers[known]] = np.flatnonzero(known)
    if part.is_text or id in part.integer_columns:
        ids.integer_ids = ids.all_integers()
    return ids, rows


def _labels(
    part: Part, column: ArrowColumns | Array, name: str, rows: Array, *, skip: bool
) -> Attribute:
    words, sets = Dictionary(), LabelSets()
    try:
        codes = items_labels.encode(column, name, words, sets, skip=skip)[rows]
    except DataError as error:
        raise DataError(f"{part.name}: {error}") from None
    return Attribute(name, "labels", codes, codes != NONE, words, sets)


def _attribute(table: ArrowColumns, name: str, kind: Kind, rows: Array) -> Attribute:
    place = table.names.index(name, 1)
    if kind == "category":
        words = Dictionary()
        codes, _ = table.encode(place, words, skip=True)
        codes = codes[rows]
        return Attribute(name, kind, codes, codes != NONE, words)
    if kind == "number":
        numbers = table.reals(place)[rows]
        return Attribute(name, kind, numbers, ~np.isnan(numbers))
    whole = table.integers(place)[rows]
    valid = table.validity(place)[rows]
    return Attribute(name, kind, whole.astype(bool) if kind == "flag" else whole, valid)


def latest(events: Events) -> Items | None:
    """Return the last known value of each item column of a log, or None if it has none."""
    if not events._attributes:
        return None
    order = np.argsort(events.time, kind="stable")
    order = order[events.item[order] != NONE]
    attributes = {}
    for name, values in events._attributes.items():
        words = events._words.get(name)
        known = values != NONE if words is not None else ~np.isnan(values.astype(np.float64))
        rows = order[known[order]]  # oldest first: the last assignment of an item stays
        blank = NONE if words is not None else np.nan
        column = np.full(
            len(events._items), blank, values.dtype if words is not None else np.float64
        )
        column[events.item[rows]] = values[rows]
        valid = column != NONE if words is not None else ~np.isnan(column)
        kind: Kind = "category" if words is not None else "number"
        attributes[name] = Attribute(name, kind, column, valid, words)
    return Items(events._items, attributes)
