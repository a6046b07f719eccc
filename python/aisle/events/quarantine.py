"""The rows that were left out, each with its place and its reason, in a file of JSON lines."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from aisle._core import DataError
from aisle.events import sources
from aisle.events.bind import Bound
from aisle.events.files import kind_of
from aisle.events.layouts import ELEMENT
from aisle.events.records import ROW, cell_sql
from aisle.events.sources import Part, quote

Array = np.ndarray[Any, Any]
_RAW_LINE = 1 << 16
_LINE_ENDS = {code: f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029)}
"""Characters that some readers take for the end of a line."""


@dataclass
class Rejected:
    """Rows of one part that were left out."""

    rows: list[tuple[int, str, str]] = field(default_factory=list)
    """(row of the SELECT from 0 on, canonical column, reason)."""
    cells: dict[int, dict[str, Any]] = field(default_factory=dict)
    """What the row held, where it cannot be looked up later."""
    lines: list[tuple[int, str, str, str]] = field(default_factory=list)
    """(number, column, reason, text) of the lines that are no rows at all."""


class Quarantine:
    """A file beside its final name until it is whole.

    Parameters
    ----------
    path : str or path
        Where the rows go: one JSON object a line, with file, row, line where it is known, column,
        reason, and the cells of the source; `raw` instead, where the line is no row at all.

    Raises
    ------
    DataError
        If nothing can be written there.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(os.fspath(path)).expanduser()
        try:
            handle, aside = tempfile.mkstemp(prefix=self.path.name + ".", dir=self.path.parent)
        except (OSError, ValueError) as error:
            raise DataError(f"quarantine {str(path)[:200]!r} cannot be written: {error}") from None
        self._aside = Path(aside)
        self._file: IO[str] = os.fdopen(handle, "w", encoding="utf-8")

    def write(self, con: Any, part: Part, bound: Bound, rejected: Rejected, rows: int) -> None:
        """Write what was left out of one part of `rows` rows."""
        rejected.rows.sort(key=lambda row: row[0])
        wanted = np.array([row for row, _, _ in rejected.rows], np.int64)
        found = rejected.cells if part.once else _looked_up(con, part, bound, wanted)
        numbers = [_number(found.get(row), row) for row in wanted.tolist()]
        if ELEMENT in bound.front.types:
            rows = -1  # of records, as many as there are
        lines = _lines(con, part, rejected, rows, numbers) if bound.front.lines else {}
        for (row, name, reason), number in zip(rejected.rows, numbers, strict=True):
            entry: dict[str, Any] = {"file": part.name, "row": number}
            if number in lines:
                entry["line"] = lines[number][0]
            entry |= {"column": ", ".join(bound.raw.get(name, ())) or name, "reason": reason}
            cells = {key: cell for key, cell in found.get(row, {}).items() if key != ROW}
            if any(cell is not None for cell in cells.values()) or number not in lines:
                entry["cells"] = cells
            else:
                entry["raw"] = lines[number][1]
            self._put(entry)
        for line, column, reason, text in rejected.lines:
            where = {"file": part.name, "line": line, "column": column, "reason": reason}
            self._put({**where, "raw": text[:_RAW_LINE]})

    def _put(self, entry: dict[str, Any]) -> None:
        self._file.write(json.dumps(entry, ensure_ascii=False).translate(_LINE_ENDS) + "\n")

    def finish(self) -> None:
        """Put the file in its place."""
        with self._file as file:
            file.flush()
            os.fsync(file.fileno())
        self._aside.chmod(0o644)
        self._aside.replace(self.path)

    def __del__(self) -> None:
        if hasattr(self, "_aside"):  # batches that nobody asked for
            self.discard()

    def discard(self) -> None:
        """Leave nothing behind, unless it is finished."""
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            self._aside.unlink()


def cells_of(con: Any, part: Part, bound: Bound, row: int) -> dict[str, Any]:
    """Return the record behind one row of the SELECT, with its number; empty if it is gone."""
    return {} if part.once else _looked_up(con, part, bound, np.array([row], np.int64)).get(row, {})


def _looked_up(con: Any, part: Part, bound: Bound, rows: Array) -> dict[int, dict[str, Any]]:
    """Return the records behind some rows of the SELECT, by row."""
    if not len(rows):
        return {}
    types, columns = bound.front.types, [ROW, *bound.front.raw]
    cells = ", ".join(f"{cell_sql(name, types[name])} AS {quote(name)}" for name in columns)
    if len(rows) == 1:
        query = f"SELECT {int(rows[0])}, {cells} FROM {bound.front.numbered}"
        query += f" LIMIT 1 OFFSET {int(rows[0])}"
    else:
        at = '" at"'
        numbered = f"SELECT row_number() OVER () - 1 AS {at}, * FROM {bound.front.numbered}"
        con.register("aisle_rejected", {"row": rows})
        query = f"SELECT {at}, {cells} FROM ({numbered}) WHERE {at} IN (FROM aisle_rejected)"
    try:
        found = con.sql(query).fetchall()
    except sources.engine_errors():
        return {}
    return {row: dict(zip(columns, held, strict=True)) for row, *held in found}


def _number(cells: dict[str, Any] | None, row: int) -> int:
    """Return the number of the record that a row came from."""
    return row + 1 if not cells else int(cells[ROW])


def _lines(
    con: Any, part: Part, rejected: Rejected, rows: int, numbers: list[int]
) -> dict[int, tuple[int, str]]:
    """Return row -> its line and text, of files whose lines are their rows one by one."""
    if not numbers or part.path is None or kind_of(part.path) == "parquet":
        return {}
    no_rows = sorted({line for line, *_ in rejected.lines})
    numbered = (
        f"SELECT row_number() OVER () AS line, line AS text FROM {sources.lines_of(part.path)}"
    )
    data = (
        f"SELECT row_number() OVER () AS row, line, text FROM ({numbered})"
        f" WHERE trim(text) <> '' AND line > {int(part.header)}"
        f" AND line NOT IN (FROM aisle_no_rows)"
    )
    try:
        con.register("aisle_no_rows", {"line": np.array(no_rows or [0], np.int64)})
        con.register("aisle_rejected", {"row": np.array(sorted(set(numbers)), np.int64)})
        if rows < 0:
            rows = con.sql(f"SELECT count(*) FROM {part.relation}").fetchall()[0][0]
        if con.sql(f"SELECT count(*) FROM ({data})").fetchall()[0][0] != rows:
            return {}  # some cells hold line breaks
        wanted = f"SELECT row, line, text FROM ({data}) WHERE row IN (FROM aisle_rejected)"
        return {row: (line, text[:_RAW_LINE]) for row, line, text in con.sql(wanted).fetchall()}
    except sources.engine_errors():
        return {}
