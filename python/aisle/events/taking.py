"""Takes the rows of one part in, all at once or some at a time: encodes, screens and keeps them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np

from aisle._core import ArrowColumns, ArrowStream, DataError, Dictionary
from aisle.events import columns as col
from aisle.events import sources
from aisle.events.bind import OTHER, RECORD, Bound
from aisle.events.quarantine import Rejected
from aisle.events.screen import Piece, Reading, count_rejects, note_bad_ids, screened
from aisle.events.sources import Part

Array = np.ndarray[Any, Any]
_ALL: Final = 1 << 62
_MANY: Final = 1_000_000
"""Rows left out that are written down before the part is at its end: their lines are not known."""


class Taking:
    """One file or table on its way in."""

    def __init__(self, reading: Reading, part: Part, bound: Bound) -> None:
        self.reading, self.part, self.bound = reading, part, bound
        self.rows = 0
        self.rejected = Rejected()
        self._stream: ArrowStream | None = None

    def tell_unmapped(self) -> None:
        """Report the columns that have no place."""
        unmapped = self.reading.report.unmapped
        unmapped.extend(name for name in self.bound.unmapped if name not in unmapped)

    def take_all(self) -> None:
        """Take every row in."""
        self.tell_unmapped()
        self.take(_ALL)
        self.end()

    def take(self, rows: int) -> int:
        """Take up to `rows` rows in and return how many there were; 0 at the end."""
        table = self._read(rows)
        piece = Piece(self.part, self.bound, table, self.rows, self.rejected)
        arrays = _encoded(self.reading, piece)
        keep = screened(self.reading, piece, arrays)
        self.rows += len(table)
        self.reading.rows += len(table)
        self.reading.report.rows += len(table)
        kept = {
            name: array if keep is None else array[keep]
            for name, array in arrays.items()
            if not name.startswith("bad ") and name != OTHER
        }
        self.reading.parts.append(kept)
        if len(self.rejected.rows) >= _MANY:
            self.write_down()
        return len(table)

    def end(self) -> None:
        """Count the lines that were no rows, and write down what was left out."""
        reading = self.reading
        self._stream = None
        count_rejects(reading, self.part, self.rejected)
        self.write_down()

    def write_down(self) -> None:
        """Write the rows that were left out so far into the quarantine."""
        if self.reading.quarantine is not None:
            look = self.reading.look
            self.reading.quarantine.write(look, self.part, self.bound, self.rejected, self.rows)
            self.rejected = Rejected()

    def _read(self, rows: int) -> ArrowColumns:
        reading, before = self.reading, self.reading.rows

        def on_rows(so_far: int) -> None:
            if reading.tell is not None:
                reading.tell(f"reading {self.part.name}: {before + so_far:,} rows")

        try:
            if self._stream is None:
                if self.part.rejects:
                    for name in ("reject_errors", "reject_scans"):
                        reading.con.execute(f"DROP TABLE IF EXISTS {name}")
                selected = reading.con.sql(self.bound.select)
                self._stream = ArrowStream(selected.__arrow_c_stream__())
            return self._stream.read(rows, on_rows)
        except sources.engine_errors(DataError) as error:
            raise sources.explain(error, self.part) from None


def _encoded(reading: Reading, piece: Piece) -> dict[str, Array]:
    """Return the arrays of a piece: ids as numbers, times as microseconds, types as numbers."""
    part, bound, table = piece.part, piece.bound, piece.table
    arrays: dict[str, Array] = {}
    if OTHER in bound.names:
        arrays[OTHER] = _left_out(reading, table, bound.names.index(OTHER))
    if bound.has_session and reading.sessions is None:
        reading.sessions = reading.visitors if bound.session_is_visitor else Dictionary()
    dictionaries = {"visitor": reading.visitors, "item": reading.items}
    if reading.sessions is not None and "session" in bound.names:
        dictionaries["session"] = reading.sessions
    ids = [(place, name) for place, name in enumerate(bound.names) if name in dictionaries]

    def encode(place: int, name: str) -> tuple[Array, list[tuple[int, str]]]:
        try:
            return table.encode(place, dictionaries[name], skip=reading.skip)
        except DataError as error:
            raise DataError(f"{part.name}: {error}") from None

    with ThreadPoolExecutor(2) as pool:
        encoded = list(pool.map(lambda column: encode(*column), ids))
    for (place, name), (numbers, bad) in zip(ids, encoded, strict=True):
        arrays[name] = numbers
        if bad:
            note_bad_ids(reading, piece, arrays, name, bad)
        text = table.kind(place) == "text"
        as_text = text and not (part.is_text or bound.sources[name] in part.integer_columns)
        reading.ids_are_text[name] = reading.ids_are_text.get(name, False) or as_text
    for place, name in enumerate(bound.names):
        if name not in dictionaries and name not in (OTHER, RECORD):
            arrays |= _plain(reading, table, place, name)
    if bound.session_is_visitor:
        arrays["session"] = arrays["visitor"]
    return arrays


def _left_out(reading: Reading, table: ArrowColumns, place: int) -> Array:
    """Count the events that have no canonical type, and return the mask of their rows."""
    names = Dictionary()
    codes, _ = table.encode(place, names, skip=True)
    mask = table.validity(place)
    counts = np.bincount(codes[codes != col.NONE], minlength=len(names))
    for number, rows in enumerate(counts.tolist()):
        reading.report.leave_out(str(names.name(number)), rows)
    if long := int((mask & (codes == col.NONE)).sum()):
        reading.report.leave_out("(a name over 4096 bytes)", long)
    return mask


def _plain(reading: Reading, table: ArrowColumns, place: int, name: str) -> dict[str, Array]:
    """Return a column that holds no ids, and what is bad in it."""
    if name == "time":
        return {name: table.integers(place), "bad time": ~table.validity(place)}
    if name == "type":
        numbers = table.integers(place).astype(np.uint8)
        return {name: numbers, "bad type": ~table.validity(place)}
    if name == "value":
        return {name: table.reals(place).astype(np.float32)}
    if name.startswith("bad "):
        return {name: table.integers(place).astype(bool)}
    if name.startswith(" "):
        if table.kind(place) not in ("text", "null"):
            return {name: table.reals(place)}
        words = reading.words.setdefault(name[1:], Dictionary())
        return {name: table.encode(place, words, skip=True)[0]}
    return {name: col.of_arrow(table, place)}
