"""Fits a format to the columns that a file or table has, and writes its SELECT."""

from __future__ import annotations

from dataclasses import dataclass, field

from aisle._core import ConfigError, DataError
from aisle.events.layouts import NUMBERS, Format, Layout, Sql, near, type_sql, uses
from aisle.events.sources import Part, is_integer, quote
from aisle.events.times import MICROS
from aisle.events.types import EVENT_TYPES

_IDS = ("visitor", "item", "session")


@dataclass
class Bound:
    """A SELECT over one part, and what its columns are."""

    select: str = ""
    names: list[str] = field(default_factory=list)
    """Canonical name of each selected column; attributes of items begin with a blank."""
    sources: dict[str, str] = field(default_factory=dict)
    """Canonical name -> the source column where it is one."""
    raw: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Canonical name -> the source columns to show when a row is bad."""
    unmapped: list[str] = field(default_factory=list)
    time_unit: str | None = None
    time_hint: str = "not a time"
    has_session: bool = False
    session_is_visitor: bool = False


def bind(part: Part, known: Format, time_unit: str | None, renamed: dict[str, str]) -> Bound:
    """Return the SELECT that reads `part` as `known`.

    Raises
    ------
    DataError
        If columns are missing: it names them, and the nearest that are there.
    """
    layout = _layout(part, known, renamed)
    chosen = {**layout.columns, **renamed}
    present = {
        name: source
        for name, source in chosen.items()
        if all(column in part.types for column in uses(source))
    }
    missing = [
        name
        for name in chosen
        if name not in present and name not in layout.optional - set(renamed)
    ]
    if missing:
        raise _lacks(part, known, chosen, missing)
    bound = Bound()
    bound.has_session = "session" in present
    bound.session_is_visitor = present.get("session") == present["visitor"]
    expressions: list[str] = []

    def add(name: str, expression: str, source: str | Sql) -> None:
        shown = source if isinstance(source, str) else name
        expressions.append(f"{expression} AS {quote(shown) if name in _IDS else quote(name)}")
        bound.names.append(name)
        bound.raw[name] = uses(source)
        bound.sources[name] = source if isinstance(source, str) else ""

    for name, source in present.items():
        if name == "session" and bound.session_is_visitor:
            bound.sources[name] = bound.sources["visitor"]
            continue
        add(name, _expression(part, name, source, layout, time_unit, bound), source)
        if name in NUMBERS and isinstance(source, str) and not _is_number(part.types[source]):
            bad = f"({_text(source)} IS NOT NULL AND {_real(source)} IS NULL)"
            add(f"bad {name}", bad, source)
    if "type" not in present and layout.type != "view":
        add("type", str(EVENT_TYPES[layout.type]), Sql("", ()))
    for name, source in layout.attributes.items():
        if all(column in part.types for column in uses(source)):
            add(f" {name}", _sql(source), source)
    used = {column for source in bound.raw.values() for column in source}
    rest = [column for column in part.types if column not in used]
    if known.keep_rest:
        for column in rest:
            name = f"_{column}" if column.startswith(("bad ", " ")) else column
            if name not in bound.names:
                add(name, _as_is(column, part.types[column].upper()), column)
    else:
        bound.unmapped = rest
    bound.select = f"SELECT {', '.join(expressions)} FROM {part.relation}"
    return bound


def _layout(part: Part, known: Format, renamed: dict[str, str]) -> Layout:
    """Return the first layout whose columns are all there, else the one that comes nearest."""
    for name, column in renamed.items():
        if not isinstance(column, str):
            raise ConfigError(f"columns[{name!r}] is {column!r}; it is the name of a column")

    def lacking(layout: Layout) -> int:
        needed = {
            column
            for name, source in {**layout.columns, **renamed}.items()
            if name not in layout.optional
            for column in uses(source)
        }
        return len(needed - set(part.types))

    return min(known.layouts, key=lacking)  # the first of equals


def _lacks(
    part: Part, known: Format, chosen: dict[str, str | Sql], missing: list[str]
) -> DataError:
    absent = dict.fromkeys(
        column for name in missing for column in uses(chosen[name]) if column not in part.types
    )
    hints = [hint for name in absent if (hint := near(name, list(part.types))).startswith("did")]
    wanted, there = ", ".join(map(repr, absent)), ", ".join(map(repr, list(part.types)[:30]))
    return DataError(
        f"{part.name}: format {known.name!r} needs the column{'s' * (len(absent) > 1)} {wanted};"
        f" there are {there}; {' '.join([*hints, 'name another by'])}"
        ' columns={"' + missing[0] + '": "..."}'
    )


def _text(column: str) -> str:
    return f"nullif(trim(CAST({quote(column)} AS VARCHAR)), '')"


def _real(column: str) -> str:
    return f"TRY_CAST({quote(column)} AS DOUBLE)"


def _is_number(kind: str) -> bool:
    return is_integer(kind) or kind.upper().startswith(("DOUBLE", "FLOAT", "DECIMAL", "BOOLEAN"))


def _sql(source: str | Sql) -> str:
    if isinstance(source, str):
        return quote(source)
    return source.over({column: quote(column) for column in source.uses})


def _expression(
    part: Part, name: str, source: str | Sql, layout: Layout, unit: str | None, bound: Bound
) -> str:
    """Return the SQL of one canonical column."""
    if name == "time":
        if isinstance(source, Sql):
            return _sql(source)
        return _time(part, source, unit or layout.time_unit, bound)
    if name == "type":
        return type_sql(_sql(source))
    if isinstance(source, Sql):
        return _sql(source)
    kind = part.types[source].upper()
    if name in _IDS:
        return _id(source, kind)
    if name in NUMBERS:
        return _real(source)
    return _as_is(source, kind)


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


def _time(part: Part, column: str, unit: str | None, bound: Bound) -> str:
    """Return the SQL of microseconds; numbers need a unit."""
    kind = part.types[column].upper()
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
