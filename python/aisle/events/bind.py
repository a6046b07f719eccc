"""Fits a format to the columns that a file or table has, and writes its SELECT."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from aisle._core import ConfigError, DataError
from aisle.events.layouts import (
    CANONICAL,
    KIND,
    NEEDED,
    NUMBERS,
    Format,
    Layout,
    Sql,
    event_sql,
    literal,
    near,
    type_sql,
    uses,
)
from aisle.events.records import ROW, Front, cell_sql, in_front, over
from aisle.events.sources import Part, is_integer, quote
from aisle.events.times import MICROS
from aisle.events.types import EVENT_TYPES, TYPE_NAMES

_IDS = ("visitor", "item", "session")
RECORD = " record"
"""The columns of the source as JSON, where they cannot be looked up again."""


@dataclass
class Bound:
    """A SELECT over one part, and what its columns are."""

    select: str
    front: Front
    names: list[str] = field(default_factory=list)
    """Canonical name of each selected column; attributes of items begin with a blank."""
    sources: dict[str, str] = field(default_factory=dict)
    """Canonical name -> the source column where it is one."""
    raw: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Canonical name -> the source columns to show when a row is bad."""
    unmapped: list[str] = field(default_factory=list)
    time_unit: str | None = None
    time_hint: str = "not a time"
    type_hint: str = f"no event type; there are {', '.join(TYPE_NAMES)}"
    has_session: bool = False
    session_is_visitor: bool = False


@dataclass(frozen=True)
class Asked:
    """What a caller says about the columns of a source."""

    time_unit: str | None = None
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Canonical name -> the name that the source gives the column."""
    types: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The source's name of an event -> the canonical type."""

    def __post_init__(self) -> None:
        for name, column in self.columns.items():
            if not isinstance(column, str):
                raise ConfigError(f"columns[{name!r}] is {column!r}; it is the name of a column")
            if name not in CANONICAL and (hint := near(name, list(CANONICAL))).startswith("did"):
                raise ConfigError(f"columns names {name!r}, which is no canonical column: {hint}")
        for name, kind in self.types.items():
            if kind not in EVENT_TYPES:
                raise ConfigError(
                    f"types[{name!r}] is {kind!r}; event types are {', '.join(TYPE_NAMES)}"
                )


def bind(part: Part, known: Format, asked: Asked) -> Bound:
    """Return the SELECT that reads `part` as `known`.

    Raises
    ------
    DataError
        If columns are missing: it names them, and the nearest that are there.
    """
    layout = _layout(part, known, asked.columns)
    chosen = {**layout.columns, **asked.columns}
    optional = layout.lacking() - set(asked.columns)
    there = layout.filled() | set(layout.knows() if layout.inside else part.types)
    missing = [
        name
        for name, source in chosen.items()
        if name not in optional and not there.issuperset(uses(source))
    ]
    if missing:
        raise _lacks(part, known, chosen, missing, there)
    events = {**layout.events, **asked.types} if layout.events else {}
    if not there.issuperset(uses(chosen.get("type", KIND))):  # optional, and not there: all views
        events = {}
    layout = replace(layout, events=events)
    known_kind = f"({event_sql(quote(KIND), events)}) IS NOT NULL" if events else ""
    front = in_front(part, layout, chosen.get("type"), known_kind)
    present = {
        name: source
        for name, source in chosen.items()
        if set(uses(source)) <= set(front.types)
        and (name in NEEDED or not _is_void(source, part, layout))
    }
    bound = Bound("", front, has_session="session" in present)
    bound.session_is_visitor = present.get("session") == present["visitor"]
    columns = _Columns(part, layout, asked, bound)
    if part.holes and not layout.inside:
        cells = ", ".join(f"CAST({quote(name)} AS VARCHAR)" for name in front.raw)
        columns.select("bad record", f"coalesce({cells}, NULL) IS NULL", Sql("", ()))
    for name, source in present.items():
        columns.add(name, source)
    if "type" not in present and layout.type != "view":
        columns.select("type", str(EVENT_TYPES[layout.type]), Sql("", ()))
    for name, source in layout.attributes.items():
        if set(uses(source)) <= set(front.types) and not _is_void(source, part, layout):
            columns.select(f" {name}", over(source), source)
    used = {column for source in bound.raw.values() for column in source}
    used.update(layout.nested, (layout.inside,), layout.each.uses if layout.each else ())
    rest = [column for column in part.types if column not in used]
    if known.keep_rest:
        columns.keep(rest)
    else:
        bound.unmapped = rest
    source = front.relation
    if part.once:
        columns.carry()
        source = front.numbered
    bound.select = f"SELECT {', '.join(columns.expressions)} FROM {source}"
    return bound


class _Columns:
    """The expressions of a SELECT while it is put together."""

    def __init__(self, part: Part, layout: Layout, asked: Asked, bound: Bound) -> None:
        self.part, self.layout, self.asked, self.bound = part, layout, asked, bound
        self.types = bound.front.types
        self.expressions: list[str] = []

    def select(self, name: str, expression: str, source: str | Sql) -> None:
        """Add one expression under its canonical name."""
        shown = source if isinstance(source, str) else name
        alias = quote(shown) if name in _IDS else quote(name)
        self.expressions.append(f"{expression} AS {alias}")
        self.bound.names.append(name)
        self.bound.raw[name] = uses(source)
        self.bound.sources[name] = source if isinstance(source, str) else ""

    def add(self, name: str, source: str | Sql) -> None:
        """Add one canonical column, and what tells that it is bad."""
        bound = self.bound
        if name == "session" and bound.session_is_visitor:
            bound.sources[name] = bound.sources["visitor"]
            return
        if name == "type":
            self._add_type(source)
            return
        self.select(name, self._expression(name, source), source)
        if name in NUMBERS and isinstance(source, str) and not _is_number(self.types[source]):
            bad = f"({_text(source)} IS NOT NULL AND {_real(source)} IS NULL)"
            self.select(f"bad {name}", bad, source)

    def keep(self, rest: list[str]) -> None:
        """Add the columns that have no place, as they are."""
        for column in rest:
            name = f"_{column}" if column.startswith(("bad ", " ", OTHER)) else column
            if name not in self.bound.names:
                self.select(name, _as_is(column, self.types[column].upper()), column)

    def carry(self) -> None:
        """Add the row as it came in, for messages and the quarantine."""
        cells = ", ".join(
            f"{literal(name)}: {cell_sql(name, self.types[name])}"
            for name in (ROW, *self.bound.front.raw)
        )
        self.expressions.append(f"to_json({{{cells}}}) AS {quote(RECORD)}")
        self.bound.names.append(RECORD)

    def _add_type(self, source: str | Sql) -> None:
        if not self.layout.events:
            self.select("type", type_sql(over(source), self.asked.types), source)
            return
        number = event_sql(quote(KIND), self.layout.events)
        self.select("type", number, source)
        self.select(OTHER, f"CASE WHEN {number} IS NULL THEN {quote(KIND)} END", source)
        self.bound.type_hint = "the name of the event is missing"

    def _expression(self, name: str, source: str | Sql) -> str:
        """Return the SQL of one canonical column."""
        if isinstance(source, Sql):
            return over(source)
        if name == "time":
            unit = self.asked.time_unit or self.layout.time_unit
            return _time(self.part, self.types, source, unit, self.bound)
        kind = self.types[source].upper()
        if name in _IDS:
            return _id(source, kind)
        if name in NUMBERS:
            return _real(source)
        return _as_is(source, kind)


OTHER = "other event"
"""The column with the names of events that have no canonical type."""


def _is_void(source: str | Sql, part: Part, layout: Layout) -> bool:
    """Whether all that a column is made of is absent: a column of nothing is left out."""
    if layout.inside or not uses(source):
        return False
    return not any(name in part.types or name not in layout.may for name in uses(source))


def _layout(part: Part, known: Format, renamed: Mapping[str, str]) -> Layout:
    """Return the first layout whose columns are all there, else the one that comes nearest."""

    def lacking(layout: Layout) -> tuple[bool, int]:
        lacks = len(layout.needs(renamed) - set(part.types))
        return bool(lacks and layout.inside), lacks

    return min(known.layouts, key=lacking)  # the first of equals


def _lacks(
    part: Part,
    known: Format,
    chosen: dict[str, str | Sql],
    missing: list[str],
    there: set[str],
) -> DataError:
    absent = dict.fromkeys(
        column for name in missing for column in uses(chosen[name]) if column not in there
    )
    hints = [hint for name in absent if (hint := near(name, list(part.types))).startswith("did")]
    wanted, shown = ", ".join(map(repr, absent)), ", ".join(map(repr, list(part.types)[:30]))
    return DataError(
        f"{part.name}: format {known.name!r} needs the column{'s' * (len(absent) > 1)} {wanted};"
        f" there are {shown}; {' '.join([*hints, 'name another by'])}"
        ' columns={"' + missing[0] + '": "..."}'
    )


def _text(column: str) -> str:
    return f"nullif(trim(CAST({quote(column)} AS VARCHAR)), '')"


def _real(column: str) -> str:
    return f"TRY_CAST({quote(column)} AS DOUBLE)"


def _is_number(kind: str) -> bool:
    return is_integer(kind) or kind.upper().startswith(("DOUBLE", "FLOAT", "DECIMAL", "BOOLEAN"))


def _as_is(column: str, kind: str) -> str:
    """Return the SQL of a column that is only kept; lists, enums and the like become texts."""
    simple = ("VARCHAR", "TIMESTAMP", "DATE", "BOOLEAN", "DOUBLE", "FLOAT")
    if kind.startswith("DECIMAL") or kind.endswith("HUGEINT"):
        return _real(column)
    if is_integer(kind) or (kind.startswith(simple) and not kind.endswith("]")):
        return quote(column)
    return f"CAST({quote(column)} AS VARCHAR)"


def _id(column: str, kind: str) -> str:
    """Ids stay texts and integers; whole floating-point numbers lose their ".0"."""
    name = quote(column)
    if kind == "VARCHAR" or (is_integer(kind) and not kind.endswith("HUGEINT")):
        return name
    if kind in ("DOUBLE", "FLOAT"):
        whole = f"isfinite({name}) AND {name} = floor({name}) AND abs({name}) < 9e15"
        return f"CASE WHEN {whole} THEN CAST({name} AS BIGINT) END"
    return f"CAST({name} AS VARCHAR)"


def _time(part: Part, types: dict[str, str], column: str, unit: str | None, bound: Bound) -> str:
    """Return the SQL of microseconds; numbers need a unit."""
    kind = types[column].upper()
    name = quote(column)
    if kind.startswith(("TIMESTAMP", "DATE")):
        zoned = "WITH TIME ZONE" in kind or kind == "TIMESTAMPTZ"
        return f"epoch_us({name})" if zoned else f"epoch_us(CAST({name} AS TIMESTAMP))"
    if unit is not None:
        bound.time_unit = unit
        bound.time_hint = f"not a number of time_unit={unit!r}"
        return f"TRY_CAST(round({_real(column)} * {MICROS[unit]}) AS BIGINT)"
    if kind == "VARCHAR":
        bound.time_hint = (
            'not a time such as 2014-04-07T12:00:00Z; for numbers name their unit: time_unit="s"'
        )
        return f"epoch_us(TRY_CAST({name} AS TIMESTAMPTZ))"
    if _is_number(kind):
        raise DataError(
            f'{part.name}: column "{column}" holds numbers ({kind}): name their unit,'
            ' time_unit="s", "ms" or "us"'
        )
    raise DataError(f'{part.name}: column "{column}" holds {kind}, not times')
