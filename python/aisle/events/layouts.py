"""What a format is made of: layouts of columns, and SQL where a column must be computed.

A layout maps canonical columns to a source column (a plain string) or to an SQL expression over
source columns (`Sql`). Tables and files with the same columns are read in the same way.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from aisle.events.types import ALIASES, EVENT_TYPES

NEEDED: Final = frozenset(("time", "visitor", "item", "type"))
"""Canonical columns without which a record is no event."""
CORE: Final = ("time", "visitor", "session", "type", "item", "value")
CANONICAL: Final = (
    *CORE, "quantity", "price", "query", "list_id", "position", "event_id", "consent",
    "user_agent", "anonymous", "cancelled",
)  # fmt: skip
"""Canonical columns; any other name is context."""
NUMBERS: Final = ("value", "quantity", "price", "position", "consent")
"""Canonical columns that hold numbers."""
ELEMENT: Final = "element"
PLACE: Final = "place"
"""What `Layout.each` adds to a record: one element of the list, and its place from 1 on."""
KIND: Final = "kind"
"""What `Layout.events` adds to a record: the name that the system gives the event."""


@dataclass(frozen=True)
class Sql:
    """An expression over the source columns `uses`; ``{name}`` stands for the quoted column."""

    text: str
    uses: tuple[str, ...]

    def over(self, columns: Mapping[str, str]) -> str:
        """Return the SQL with the columns put in."""
        return re.sub(r"\{(.+?)\}", lambda found: columns[found[1]], self.text)


def sql(text: str) -> Sql:
    """Return an expression whose source columns are those that it names in braces."""
    return Sql(text, tuple(dict.fromkeys(re.findall(r"\{(.+?)\}", text))))


@dataclass(frozen=True)
class Layout:
    """One arrangement of columns.

    Attributes
    ----------
    columns : mapping of str to str or Sql
        Canonical name -> where it comes from.
    time_unit : {"s", "ms", "us"}, optional
        The unit of a numeric time column; None for texts and timestamps.
    type : str
        The type of every event where `columns` has no "type".
    optional : frozenset of str
        Canonical columns that may be missing.
    header : tuple of str, optional
        Names for files without a header line.
    attributes : mapping of str to str or Sql
        Attribute -> where it comes from: what the log tells about its items.
    may : tuple of str
        Source columns that a record may lack: they are read as nothing.
    nested : tuple of str
        Source columns that hold lists or records. Whatever they came as (text, Arrow's lists,
        Python's), expressions see JSON.
    inside : str
        The one source column that holds a list of the records themselves.
    each : Sql, optional
        A list of JSON: the record becomes a row for each element, which expressions call
        ``{element}`` and its place ``{place}``; a record without elements is one row.
    events : mapping of str to str
        The system's name of an event -> the canonical type. Where it is given, events of another
        name are left out and counted by it. Case, blanks, hyphens and underscores do not matter.
    """

    columns: Mapping[str, str | Sql]
    time_unit: str | None = None
    type: str = "view"
    optional: frozenset[str] = frozenset()
    header: tuple[str, ...] | None = None
    attributes: Mapping[str, str | Sql] = field(default_factory=lambda: MappingProxyType({}))
    may: tuple[str, ...] = ()
    nested: tuple[str, ...] = ()
    inside: str = ""
    each: Sql | None = None
    events: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def needs(self, renamed: Mapping[str, str]) -> set[str]:
        """Return the source columns without which the layout cannot be read."""
        if self.inside:
            return {self.inside}
        chosen = {**self.columns, **renamed}
        wanted = [chosen[name] for name in chosen if name not in self.lacking() or name in renamed]
        if self.each is not None:
            wanted.append(self.each)
        return {name for source in wanted for name in uses(source)} - self.filled()

    def lacking(self) -> frozenset[str]:
        """Return the canonical columns that may be missing: of records all but the core."""
        records = self.columns.keys() - NEEDED if self.may else frozenset[str]()
        return self.optional | records

    def filled(self) -> set[str]:
        """Return the columns that are there in any case."""
        return {*self.may, *self.own()}

    def own(self) -> set[str]:
        """Return the columns that are made of the others."""
        elements = {ELEMENT, PLACE} if self.each is not None else set()
        return elements | {KIND} if self.events else elements

    def listed(self) -> tuple[str, ...]:
        """Return the source columns that hold lists or records."""
        return (*self.nested, self.inside) if self.inside else self.nested

    def knows(self) -> list[str]:
        """Return every source column that the layout would use."""
        sources = [*self.columns.values(), *self.attributes.values()]
        if self.each is not None:
            sources.append(self.each)
        return list(dict.fromkeys(name for source in sources for name in uses(source)))


@dataclass(frozen=True)
class Format:
    """A kind of log: its layouts, of which the first that fits is taken."""

    name: str
    about: str
    layouts: tuple[Layout, ...]
    sort: bool = False
    """Sort stably by session and time (numeric session ids by number)."""
    lines: bool = False
    """Each line is one session of item ids, not a row of columns."""
    short_lines: bool = False
    """Lines that lack their last columns are read, the missing ones as nothing."""
    keep_rest: bool = False
    """Columns without a place are kept as context."""


def uses(source: str | Sql) -> tuple[str, ...]:
    """Return the source columns of one mapping."""
    return source.uses if isinstance(source, Sql) else (source,)


def spelled(layout: Layout, spell: Callable[[str], str]) -> Layout:
    """Return the layout of a source that spells its columns in another way."""

    def column(name: str) -> str:
        return name if name in (ELEMENT, PLACE, KIND) else spell(name)

    def other(source: str | Sql) -> str | Sql:
        if isinstance(source, str):
            return column(source)
        return sql(re.sub(r"\{(.+?)\}", lambda found: f"{{{column(found[1])}}}", source.text))

    each = None if layout.each is None else other(layout.each)
    return replace(
        layout,
        columns={name: other(source) for name, source in layout.columns.items()},
        attributes={name: other(source) for name, source in layout.attributes.items()},
        may=tuple(map(column, layout.may)),
        nested=tuple(map(column, layout.nested)),
        each=each if isinstance(each, Sql) else None,
    )


def near(name: str, known: list[str]) -> str:
    """Return a hint that lists the names nearest to `name`, or all of them if none is near.

    Examples
    --------
    >>> near("serenad", ["aisle", "serenade"])
    "did you mean 'serenade'?"
    """
    lowered = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(name.lower(), list(lowered), n=3, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(repr(lowered[hit]) for hit in close)}?"
    shown = ", ".join(repr(candidate) for candidate in known[:30])
    return f"there are {shown}" + (" ..." if len(known) > 30 else "")


def type_sql(column: str, more: Mapping[str, str]) -> str:
    """Return SQL that turns an event type's name, alias or number into its number, else NULL."""
    numbers = {**EVENT_TYPES, **{alias: EVENT_TYPES[name] for alias, name in ALIASES.items()}}
    numbers |= {name.strip().lower(): EVENT_TYPES[kind] for name, kind in more.items()}
    cases = " ".join(f"WHEN {literal(name)} THEN {value}" for name, value in numbers.items())
    cases += "".join(f" WHEN '{value}' THEN {value}" for value in EVENT_TYPES.values())
    return f"CAST(CASE lower(trim(CAST({column} AS VARCHAR))) {cases} END AS INTEGER)"


def event_sql(column: str, events: Mapping[str, str]) -> str:
    """Return SQL of an event's number by the names of a system, NULL where it has none."""
    numbers = {plain_name(name): EVENT_TYPES[kind] for name, kind in events.items()}
    cases = " ".join(f"WHEN {literal(name)} THEN {value}" for name, value in numbers.items())
    return f"CAST(CASE regexp_replace(lower({column}), '[-_ ]', '', 'g') {cases} END AS INTEGER)"


def plain_name(name: str) -> str:
    """Return an event's name without case, blanks, hyphens and underscores.

    Examples
    --------
    >>> plain_name("Add to-Cart") == plain_name("add_to_cart")
    True
    """
    return re.sub("[-_ ]", "", name.strip().lower())


def literal(text: str) -> str:
    """Return an SQL string."""
    return "'" + text.replace("'", "''") + "'"
