"""Which rows are no events: the reader stops at the first, or leaves them out and counts them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from aisle._core import ArrowColumns, DataError, Dictionary
from aisle.events import columns as col
from aisle.events.bind import OTHER, RECORD, Bound
from aisle.events.layouts import Format
from aisle.events.quarantine import Quarantine, Rejected, cells_of
from aisle.events.records import ROW
from aisle.events.report import ReadReport
from aisle.events.sources import Part
from aisle.events.times import implausible
from aisle.events.types import NO_ITEM_NEEDED

Array = np.ndarray[Any, Any]


@dataclass
class Reading:
    """What grows while the parts of a source are read."""

    con: Any
    look: Any
    """A connection for looking rows up while `con` streams."""
    format: Format
    skip: bool
    tell: Callable[[str], None] | None
    report: ReadReport
    quarantine: Quarantine | None = None
    visitors: Dictionary = field(default_factory=Dictionary)
    items: Dictionary = field(default_factory=Dictionary)
    sessions: Dictionary | None = None
    words: dict[str, Dictionary] = field(default_factory=dict)
    """Attribute of items -> its texts."""
    parts: list[dict[str, Array]] = field(default_factory=list)
    ids_are_text: dict[str, bool] = field(default_factory=dict)
    rows: int = 0
    """Rows of all parts so far."""

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Put the quarantine in its place at the end, or leave nothing of it."""
        try:
            yield
        except BaseException:
            if self.quarantine is not None:
                self.quarantine.discard()
            raise
        if self.quarantine is not None:
            self.quarantine.finish()

    def fresh(self) -> None:
        """Forget the rows that were handed out."""
        self.report = ReadReport(source=self.report.source, format=self.report.format)
        self.visitors, self.items, self.sessions = Dictionary(), Dictionary(), None
        self.words, self.parts, self.ids_are_text = {}, [], {}


@dataclass
class Piece:
    """Some rows of a part on their way in."""

    part: Part
    bound: Bound
    table: ArrowColumns
    first: int
    """The row of the part that is the piece's first."""
    rejected: Rejected
    """Of the whole part."""

    def shown(self, look: Any, name: str, row: int) -> str:
        """Return "file, row 7, column "Time": value 'x'" with what the source holds there."""
        raw = self.bound.raw.get(name, ())
        cells = self.cells(look, row)
        number = int(cells[ROW]) if cells else self.first + row + 1
        where = f"{self.part.name}, row {number}"
        if not raw:
            return f"{where}, {name}"
        told = [f'column "{column}": {_cell(cells, column)}' for column in raw if column in cells]
        return f"{where}, {', '.join(told or raw)}"

    def cells(self, look: Any, row: int) -> dict[str, Any]:
        """Return the record that a row came from, as texts."""
        if not self.part.once:
            return cells_of(look, self.part, self.bound, self.first + row)
        held = self.table.texts(self.bound.names.index(RECORD))[row]
        found: dict[str, Any] = json.loads(held or "{}")
        return found

    def reject(self, rows: Array, name: str, reason: str) -> None:
        """Keep the places of rows that are left out, for the quarantine."""
        for row in rows.tolist():
            self.rejected.rows.append((self.first + row, name, reason))
            if self.part.once:
                self.rejected.cells[self.first + row] = self.cells(None, row)


def _cell(cells: dict[str, Any], column: str) -> str:
    cell = cells[column]
    return "nothing" if cell is None else repr(cell[:40])


def count_rejects(reading: Reading, part: Part, rejected: Rejected) -> None:
    """Report the lines that the CSV reader left out."""
    if not part.rejects:
        return
    found = reading.con.sql(
        "SELECT error_type, count(DISTINCT line), min(line), arg_min(error_message, line)"
        f" FROM {part.rejects} GROUP BY error_type ORDER BY min(line)"
    ).fetchall()
    for kind, rows, line, message in found:
        words = str(message).split("\n")[0][:120]
        reason = str(kind).lower().replace("_", " ")
        reading.report.skip(reason, rows, [f"{part.name}, line {line}: {words}"])
        reading.report.rows += rows
    if reading.quarantine is not None:
        lines = reading.con.sql(
            f"SELECT line, error_type, min(column_name), min(csv_line) FROM {part.rejects}"
            " GROUP BY line, error_type ORDER BY line, error_type"
        ).fetchall()
        for line, kind, column, text in lines:
            reason = str(kind).lower().replace("_", " ")
            rejected.lines.append((line, str(column or ""), reason, str(text or "").strip("\r\n")))


def note_bad_ids(
    reading: Reading,
    piece: Piece,
    arrays: dict[str, Array],
    name: str,
    bad: list[tuple[int, str]],
) -> None:
    """Count ids that are empty, too long or no UTF-8, and mark their rows to be left out."""
    rows = arrays.setdefault("bad id", np.zeros(len(arrays[name]), bool))
    other = arrays.get(OTHER)
    for row, reason in bad:
        if not rows[row] and (other is None or not other[row]):
            rows[row] = True
            told = reason.split(" (value ")[0].split("; ")[0]
            kind = "an id is too long" if "bytes long" in told else told
            where = f"{piece.part.name}, row {piece.first + row + 1}: {told}"
            reading.report.skip(f"{name}: {kind}", 1, [where])
            if reading.quarantine is not None:
                piece.reject(np.array([row]), name, f"{name}: {kind}")


def _problems(bound: Bound, arrays: dict[str, Array]) -> list[tuple[str, Array, str]]:
    """Return [(column, mask of rows, reason)] of all that can be wrong with a row."""
    types = arrays.get("type")
    needs_item = True if types is None else ~np.isin(types, NO_ITEM_NEEDED)
    problems: list[tuple[str, Array, str]] = []
    if "bad record" in arrays:
        problems.append(("record", arrays["bad record"], "the line is no JSON object with a field"))
    if "time" in arrays:
        valid = ~arrays["bad time"]
        problems.append(("time", ~valid, bound.time_hint))
        unit = bound.time_unit
        problems += [("time", mask, why) for mask, why in implausible(arrays["time"], valid, unit)]
    if "bad type" in arrays:
        problems.append(("type", arrays["bad type"], bound.type_hint))
    problems.append(("visitor", arrays["visitor"] == col.NONE, "the visitor is missing"))
    problems.append(("item", (arrays["item"] == col.NONE) & needs_item, "the item is missing"))
    for name, array in arrays.items():
        if name.startswith("bad ") and name not in ("bad time", "bad type", "bad id", "bad record"):
            problems.append((name[4:], array, "not a number"))
    return problems


def screened(reading: Reading, piece: Piece, arrays: dict[str, Array]) -> Array | None:
    """Return the mask of rows to keep, or None for all; raise at bad rows unless skipping."""
    keep = ~arrays["bad id"] if "bad id" in arrays else np.ones(len(piece.table), bool)
    if OTHER in arrays:
        keep &= ~arrays[OTHER]
    for name, mask, reason in _problems(piece.bound, arrays):
        mask = mask & keep
        if not mask.any():
            continue
        rows = np.flatnonzero(mask)
        shown = [piece.shown(reading.look, name, int(row)) for row in rows[:3]]
        if not reading.skip:
            more = f" ({len(rows):,} rows like this)" if len(rows) > 1 else ""
            raise DataError(
                f'{shown[0]}: {reason}{more}; on_error="skip" leaves such rows out and counts them'
            )
        reading.report.skip(f"{name}: {reason}", len(rows), shown)
        if reading.quarantine is not None:
            piece.reject(rows, name, f"{name}: {reason}")
        keep &= ~mask
    return None if keep.all() else keep
