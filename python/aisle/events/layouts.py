"""What a format is made of: layouts of columns, and SQL where a column must be computed.

A layout maps canonical columns to a source column (a plain string) or to an SQL expression over
source columns (`Sql`). Tables and files with the same columns are read in the same way.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from aisle.events.types import ALIASES, EVENT_TYPES

CORE: Final = ("time", "visitor", "session", "type", "item", "value")
NUMBERS: Final = ("value", "quantity", "price", "position", "consent")
"""Canonical columns that hold numbers."""


@dataclass(frozen=True)
class Sql:
    """An expression over the source columns `uses`; ``{name}`` stands for the quoted column."""

    text: str
    uses: tuple[str, ...]

    def over(self, columns: Mapping[str, str]) -> str:
        """Return the SQL with the columns put in."""
        return self.text.format_map(columns)


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
    none_texts : tuple of str
        Texts that stand for "nothing" in id columns.
    """

    columns: Mapping[str, str | Sql]
    time_unit: str | None = None
    type: str = "view"
    optional: frozenset[str] = frozenset()
    header: tuple[str, ...] | None = None
    attributes: Mapping[str, str | Sql] = field(default_factory=lambda: MappingProxyType({}))
    none_texts: tuple[str, ...] = ()

    def needs(self) -> list[str]:
        """Return the source columns without which the layout cannot be read."""
        wanted = [source for name, source in self.columns.items() if name not in self.optional]
        return list(dict.fromkeys(name for source in wanted for name in uses(source)))

    def knows(self) -> list[str]:
        """Return every source column that the layout would use."""
        sources = [*self.columns.values(), *self.attributes.values()]
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


def number(column: str) -> Sql:
    """A whole number from a text or number column."""
    return Sql(f"TRY_CAST({{{column}}} AS BIGINT)", (column,))


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


def type_sql(column: str) -> str:
    """Return SQL that turns an event type's name, alias or number into its number, else NULL."""
    numbers = {**EVENT_TYPES, **{alias: EVENT_TYPES[name] for alias, name in ALIASES.items()}}
    cases = " ".join(f"WHEN '{name}' THEN {value}" for name, value in numbers.items())
    cases += "".join(f" WHEN '{value}' THEN {value}" for value in EVENT_TYPES.values())
    return f"CAST(CASE lower(trim(CAST({column} AS VARCHAR))) {cases} END AS INTEGER)"
