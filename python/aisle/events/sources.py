"""Where a log lies: files (plain, .gz, .zst) and tables as relations of one DuckDB connection."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from aisle._core import DataError
from aisle.events.files import (
    COMPRESSED,
    EMPTY,
    NO_UTF8,
    UTF16,
    check_header,
    first_bytes,
    first_undecodable,
)
from aisle.events.layouts import literal

_SNIFF_DELIMITERS: Final = ("\t", ";", ",", "|")
_HEADER_BYTES: Final = 1 << 18


@dataclass
class Part:
    """One file or table: a relation, its columns and what a person calls it."""

    name: str
    relation: str
    types: dict[str, str]
    is_text: bool = False
    """Everything is text (CSV): whether ids are integers is seen from their values."""
    integer_columns: frozenset[str] = frozenset()
    """Columns that hold integers although they are read as text (JSON)."""
    natural: dict[str, str] = field(default_factory=dict)
    """The types behind columns that are read as text (JSON)."""
    rejects: str | None = None
    path: Path | None = None
    delimiter: str = ""
    header: bool = False
    """The first line names the columns."""
    once: bool = False
    """The rows come once, and cannot be looked up again."""
    holes: bool = False
    """A line that is no record comes as a row of nothing (JSON)."""
    keep: list[Any] = field(default_factory=list)


def quote(name: str) -> str:
    """Return an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def escaped(path: Path) -> str:
    """Return the SQL string of a path, its glob characters taken literally."""
    return literal("".join(f"[{c}]" if c in "*?[" else c for c in str(path)))


def lines_of(path: Path) -> str:
    """Return a relation with one column, `line`."""
    return (
        f"read_csv({escaped(path)}, columns={{'line': 'VARCHAR'}}, header=false, delim='\x01',"
        " quote='', escape='', auto_detect=false, max_line_size=16777216)"
    )


def connect() -> Any:
    """Return a DuckDB connection of its own, times in UTC and rows in their order."""
    import duckdb

    con = duckdb.connect(":memory:")
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET preserve_insertion_order = true")
    return con


def connect_cheaply() -> Any:
    """Return a connection to a database that this process keeps, for tables that are in memory.

    Making a database takes tens of milliseconds, most of what telling one price would take. What
    such a connection registers or makes is temporary, and so its own.
    """
    con = _kept_database(os.getpid()).cursor()
    con.execute("SET TimeZone = 'UTC'")
    return con


@cache
def _kept_database(_process: int) -> Any:
    return connect()


def engine_errors(*more: type[Exception]) -> tuple[type[Exception], ...]:
    """Return what DuckDB raises at bad data; its binding adds two for names that are no UTF-8."""
    import duckdb

    return (duckdb.Error, RuntimeError, UnicodeError, *more)


def explain(error: BaseException, part: Part | Path) -> BaseException:
    """Return what a DuckDB error means, with the file's name: a DataError, or Ctrl-C."""
    path = part if isinstance(part, Path) else part.path
    name = str(path) if isinstance(part, Path) else part.name
    text = told(error)
    if "Query interrupted" in text or "INTERRUPT" in text:
        return KeyboardInterrupt(f"reading {name} was interrupted")
    if path is not None and ("Invalid unicode" in text or "invalid UTF-8" in text):
        return _no_utf8(path, part if isinstance(part, Part) else None)
    if path is not None and path.suffix in (".parquet", ".pq"):
        return DataError(f"{name} cannot be read: {text}; fetch it again")
    return DataError(f'{name} cannot be read: {text}; on_error="skip" leaves bad rows out')


def told(error: BaseException) -> str:
    """Return the first lines of a DuckDB error, without its advice on its own options."""
    lines: list[str] = []
    for line in (line.strip() for line in str(error).splitlines()):
        if line.startswith(("Possible", "* ", "file =", "LINE", "delimiter", "This type")):
            break
        if line:
            lines.append(line if len(line) <= 160 else line[:160] + "...")
    text = "; ".join(lines[:4]).replace("CSV Error on Line", "line")
    for prefix in ("Invalid Input Error: ", "Conversion Error: ", "IO Error: "):
        text = text.replace(prefix, "")
    return text


def _no_utf8(path: Path, part: Part | None) -> DataError:
    number, line = first_undecodable(path)
    where, shown = f"{path.name}, line {number}" if number else path.name, line[:40]
    if part is not None and part.delimiter and number:
        cells = next(csv.reader([line.decode("latin-1")], delimiter=part.delimiter), [])
        for name, cell in zip(part.types, cells, strict=False):
            if not cell.isascii() and _is_broken(cell.encode("latin-1")):
                where, shown = f'{where}, column "{name}"', cell.encode("latin-1")[:40]
                break
    return DataError(f"{where}: {shown!r} {NO_UTF8}")


def _is_broken(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return True
    return False


def open_csv(
    con: Any,
    path: Path,
    header: dict[int, tuple[str, ...]] | None,
    needs: list[list[str]],
    *,
    required: Sequence[set[str]] = (),
    skip: bool,
    short_lines: bool,
) -> Part:
    """Return a delimited file as text columns.

    `header` names them by their number where files come without one; the first line is one all
    the same if it has what is required.
    """
    if header is None:
        check_header(path)
    first = _first_line(con, path)
    names, delimiter = _columns_of(first, None, needs)
    if any(names_needed <= set(names) for names_needed in required):
        header = None
    if header is not None:
        named, split = _columns_of(first, header, needs)
        if len(named) in header:
            names, delimiter = named, split
        else:
            header = None  # no file of this kind: the error shows its own names
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    options = (
        f"columns={{{columns}}}, delim={literal(delimiter)}, quote='\"', escape='\"',"
        f" header={'false' if header else 'true'}, auto_detect=false, max_line_size=16777216"
    )
    if short_lines:
        options += ", null_padding=true"
    if skip:
        options += ", ignore_errors=true, store_rejects=true"
    return Part(
        path.name,
        f"read_csv({escaped(path)}, {options})",
        dict.fromkeys(names, "VARCHAR"),
        is_text=True,
        rejects="reject_errors" if skip else None,
        path=path,
        delimiter=delimiter,
        header=not header,
    )


def _first_line(con: Any, path: Path) -> str:
    # A small buffer, so that only the beginning is unpacked; later lines are judged later.
    small = f", max_line_size={_HEADER_BYTES}, buffer_size={_HEADER_BYTES}, ignore_errors=true)"
    lines = lines_of(path).replace(", max_line_size=16777216)", small)
    try:
        rows = con.sql(f"SELECT line FROM {lines} WHERE line IS NOT NULL LIMIT 1").fetchall()
    except engine_errors() as error:
        raise explain(error, path) from None
    if not rows or not rows[0][0].strip("\ufeff\r\n\t "):
        raise DataError(f"{path} {EMPTY}")
    if "\0" in rows[0][0]:
        raise DataError(f"{path} {UTF16}")
    return str(rows[0][0]).lstrip("\ufeff").rstrip("\r\n")


def _columns_of(
    first: str, header: dict[int, tuple[str, ...]] | None, needs: list[list[str]]
) -> tuple[list[str], str]:
    """Return the column names and the delimiter that the first line shows."""
    best: tuple[int, list[str], str] = (-1, [first], ",")
    for delimiter in _SNIFF_DELIMITERS:
        names = next(csv.reader([first], delimiter=delimiter), [])
        if header is not None:
            names = list(header.get(len(names), ())) or [f"column{i}" for i in range(len(names))]
        score = 1000 * max(sum(name in names for name in need) for need in needs) + len(names)
        if score > best[0]:
            best = (score, names, delimiter)
    unique: dict[str, None] = {}
    for place, name in enumerate(best[1]):
        plain = name.strip() or f"column{place}"
        while plain.lower() in (known.lower() for known in unique):
            plain += "_"
        unique[plain] = None
    return list(unique), best[2]


def open_json(con: Any, path: Path, *, skip: bool) -> Part:
    """Return a JSON file, a record a line or one array, as text columns."""
    lines = skip and not _is_one_value(con, path)
    options = ", ignore_errors=true, format='newline_delimited'" if lines else ""
    options += ", maximum_object_size=67108864"
    try:
        found = con.sql(
            f"SELECT * FROM read_json({escaped(path)}, sample_size=200000,"
            f" map_inference_threshold=-1{options}) LIMIT 0"
        )
        types = dict(zip(found.columns, map(str, found.types), strict=True))
        if lines and types == {"json": "JSON"}:  # among the records are lines that are none
            types = _fields(con, path) or types
    except engine_errors() as error:
        raise explain(error, path) from None
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in types)
    return Part(
        path.name,
        f"read_json({escaped(path)}, columns={{{columns}}}{options})",
        dict.fromkeys(types, "VARCHAR"),
        integer_columns=integers(types),
        natural=types,
        path=path,
        holes=lines,
    )


def _fields(con: Any, path: Path) -> dict[str, str]:
    """Return the fields of the lines that are records, and their types."""
    found = con.sql(
        "SELECT json_group_structure(json) FROM (SELECT json FROM"
        f" read_json_objects({escaped(path)}, format='newline_delimited', ignore_errors=true,"
        " maximum_object_size=67108864) WHERE json_type(json) = 'OBJECT' LIMIT 200000)"
    ).fetchall()
    fields = json.loads(found[0][0] or "{}")
    return {name: kind if isinstance(kind, str) else "JSON" for name, kind in fields.items()}


def _is_one_value(con: Any, path: Path) -> bool:
    """Whether a JSON file is an array, or an object over several lines."""
    if path.suffix != ".zst":
        first = first_bytes(path).strip(b"\xef\xbb\xbf \t\r\n")
        return first.startswith(b"[") or first == b"{"
    try:
        line = _first_line(con, path).strip()
    except DataError:  # longer than what is looked at
        return False
    return line.startswith("[") or line == "{"


def open_parquet(con: Any, path: Path) -> Part:
    """Return a Parquet file with its own types."""
    if path.suffix in COMPRESSED:
        raise DataError(f"{path}: Parquet is compressed inside; unpack the file around it")
    relation = f"read_parquet({escaped(path)})"
    try:
        found = con.sql(f"SELECT * FROM {relation} LIMIT 0")
    except engine_errors() as error:
        raise explain(error, path) from None
    types = dict(zip(found.columns, map(str, found.types), strict=True))
    return Part(path.name, relation, types, integer_columns=integers(types), path=path)


def is_integer(kind: str) -> bool:
    """Whether a DuckDB type is an integer."""
    return kind.upper().lstrip("U") in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")


def integers(types: dict[str, str]) -> frozenset[str]:
    """Return the columns whose type is an integer."""
    return frozenset(name for name, kind in types.items() if is_integer(kind))
