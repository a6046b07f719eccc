"""The relation in front of a SELECT: records that hold lists become a row for each element."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aisle.events.layouts import ELEMENT, KIND, PLACE, Layout, Sql, literal, uses
from aisle.events.sources import Part, quote

ROW = " row"
"""The column with the number of the record, from 1 on, that a row came from."""
FILE = "file name"
"""The column of `Layout.may` that is no column of the source: what the file is called."""


@dataclass(frozen=True)
class Front:
    """What a SELECT reads from: a relation and the types of its columns."""

    relation: str
    numbered: str
    """The same rows in the same order, each with the number of its record."""
    types: dict[str, str]
    lines: bool
    """Each record is one of the source, not one of a list inside it."""
    raw: tuple[str, ...]
    """The columns of the record as it came in."""


def in_front(part: Part, layout: Layout, event: str | Sql | None, known: str) -> Front:
    """Return the rows of a part as the expressions of a layout expect them.

    Parameters
    ----------
    part : Part
        A file or table.
    layout : Layout
        The layout that it is read as.
    event : str or Sql, optional
        Where the name of an event comes from.
    known : str
        SQL that is true for the name of an event that has a canonical type. Events of other kinds
        stay one row, whatever they list, so that each is counted once.
    """
    types, source = dict(part.types), part.relation
    if own := [name for name in types if name in layout.own()]:
        source = f"(SELECT * EXCLUDE ({', '.join(map(quote, own))}) FROM {source})"
        types = {name: kind for name, kind in types.items() if name not in own}
    if layout.inside:
        source, types = _unpacked(source, types, layout)
    record = _record(types, layout, part.name if part.path is not None else None)
    absent = [name for name in layout.may if name not in types]
    raw = tuple(name for name in types if name not in absent)
    types |= dict.fromkeys(absent, "VARCHAR")
    types |= {**dict.fromkeys(layout.nested, "JSON"), ROW: "BIGINT"}
    if layout.events:
        types[KIND] = "VARCHAR"
    if layout.each is not None:
        types |= {ELEMENT: "JSON", PLACE: "BIGINT"}

    def rows(columns: str) -> str:
        plain = f"(SELECT {columns} FROM {source})" if columns != "*" else source
        late = layout.each is not None and event is not None and ELEMENT in uses(event)
        if not late:
            plain = _named(plain, layout, event)
        if layout.each is not None:
            elements = over(layout.each)
            if layout.events and event is not None and not late:
                elements = f"CASE WHEN {known} THEN {elements} END"
            plain = _each(plain, elements)
        return _named(plain, layout, event) if late else plain

    numbered = rows(f'row_number() OVER () AS "{ROW}", {record}')
    return Front(rows(record), numbered, types, not layout.inside, raw)


def _named(source: str, layout: Layout, event: str | Sql | None) -> str:
    """Return the rows with the names of their events, where a layout knows such."""
    if not layout.events:
        return source
    name = "NULL" if event is None else over(event)
    text = f"nullif(trim(CAST({name} AS VARCHAR)), '')"
    return f"(SELECT *, {text} AS {quote(KIND)} FROM {source})"


def over(source: str | Sql) -> str:
    """Return the SQL of a column or an expression."""
    if isinstance(source, str):
        return quote(source)
    return source.over({column: quote(column) for column in source.uses})


def _unpacked(source: str, types: dict[str, str], layout: Layout) -> tuple[str, dict[str, str]]:
    """Return one row for each record of a list of records, its fields as texts."""
    known = dict.fromkeys((*layout.knows(), *layout.may))
    names = [name for name in known if name not in layout.own()]
    fields = ", ".join(
        f"json_extract_string(record, '$.\"{name}\"') AS {quote(name)}" for name in names
    )
    held = as_json(layout.inside, types[layout.inside])
    unnested = f"SELECT unnest(TRY_CAST({held} AS JSON[])) AS record FROM {source}"
    return f"(SELECT {fields} FROM ({unnested}))", dict.fromkeys(names, "VARCHAR")


def _record(types: dict[str, str], layout: Layout, file: str | None) -> str:
    """Return the select list of a record: nested columns as JSON, absent ones as nothing."""
    named = "NULL" if file is None else literal(file)
    replaced = [
        f"{as_json(name, types[name])} AS {quote(name)}" for name in layout.nested if name in types
    ]
    added = [
        f"{named if name == FILE else 'NULL'}::{'JSON' if name in layout.nested else 'VARCHAR'}"
        f" AS {quote(name)}"
        for name in layout.may
        if name not in types
    ]
    star = f"* REPLACE ({', '.join(replaced)})" if replaced else "*"
    return ", ".join([star, *added])


def as_json(column: str, kind: str) -> str:
    """Return SQL of a column that holds lists or records as JSON; what is none is nothing."""
    if kind.upper() == "JSON":
        return quote(column)
    if kind.upper() == "VARCHAR":
        return f"TRY_CAST({quote(column)} AS JSON)"
    if wrapped := re.match(
        r'STRUCT\("?list"? STRUCT\("?(\w+)"? ', kind
    ):  # as BigQuery writes lists
        return f"to_json([held.{quote(wrapped[1])} FOR held IN {quote(column)}.list])"
    return f"to_json({quote(column)})"


def cell_sql(column: str, kind: str) -> str:
    """Return SQL of a cell as a person may see it: nested ones as JSON, else text."""
    if kind.endswith("]") or kind.upper().startswith(("STRUCT", "MAP", "JSON", "UNION")):
        return f"CAST(to_json({quote(column)}) AS VARCHAR)"
    return f"CAST({quote(column)} AS VARCHAR)"


def _each(source: str, elements: str) -> str:
    listed = f'SELECT *, {elements} AS " elements" FROM {source}'
    some, count = 'len(" elements") > 0', 'greatest(len(" elements"), 1)'
    return (
        f'(SELECT * EXCLUDE (" elements"),'
        f' unnest(CASE WHEN {some} THEN " elements" ELSE [NULL::JSON] END) AS {quote(ELEMENT)},'
        f" unnest(range(1, 1 + coalesce({count}, 1))) AS {quote(PLACE)}"
        f" FROM ({listed}))"
    )
