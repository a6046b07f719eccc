"""Where a log lies: files (plain, .gz, .zst) and tables as relations of one DuckDB connection."""

from __future__ import annotations

import csv
import glob
import mmap
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aisle._core import DataError
from aisle.events.layouts import near

_COMPRESSED: Final = (".gz", ".zst")
_SNIFF_DELIMITERS: Final = ("\t", ";", ",", "|")
_HEADER_BYTES: Final = 1 << 18
_ZSTD_MAGIC: Final = 0xFD2FB528


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
    keep: list[Any] = field(default_factory=list)


def quote(name: str) -> str:
    """Return an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def is_path(source: object) -> bool:
    """Whether a source is a path or a glob."""
    return isinstance(source, (str, os.PathLike))


def expand(source: Any) -> list[Path]:
    """Return the files of a path, a glob or several of them, in order.

    Raises
    ------
    DataError
        If one is missing, empty or a folder.
    """
    entries: Iterable[Any] = [source] if is_path(source) else source
    files: list[Path] = []
    for entry in entries:
        path = Path(os.fspath(entry)).expanduser()
        if not glob.has_magic(str(path)) or _exists(path):
            files.append(path)
            continue
        found = [Path(hit) for hit in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207
        if not found:
            raise DataError(f"{str(path)[:200]}: no file matches")
        files.extend(hit for hit in found if not hit.is_dir())
    for path in files:
        check_file(path)
    if not files:
        raise DataError("no files were given")
    return files


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long, or a null byte: said by check_file
        return False


def check_file(path: Path) -> None:
    """Raise DataError if a file is missing, a folder, unreadable, empty or a cut .zst."""
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise DataError(f"{path} is a folder; give files or a glob such as {path / '*.csv'}")
        if size == 0:
            raise DataError(f"{path} is empty")
        if path.suffix == ".zst":
            _check_zstd(path)
    except FileNotFoundError:
        beside = path.parent if path.parent.is_dir() else None
        names = sorted(hit.name for hit in beside.iterdir())[:200] if beside else []
        hint = near(path.name, names) if names else f"there is no folder {path.parent}"
        hint = hint if hint.startswith(("did", "there is no")) else "check the path"
        raise DataError(f"{path} does not exist; {hint}") from None
    except (OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{str(path)[:200]!r} cannot be read: {str(error)[:200]}") from None


def _check_zstd(path: Path) -> None:
    """Walk the block headers of every frame: a truncated file would be read as a short one."""
    cut = DataError(f"{path} is truncated: its last zstd frame is not complete; fetch it again")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = 0
        while at < len(data):
            if at + 8 > len(data):
                raise cut
            magic = int.from_bytes(data[at : at + 4], "little")
            if magic & 0xFFFFFFF0 == 0x184D2A50:  # a skippable frame
                at += 8 + int.from_bytes(data[at + 4 : at + 8], "little")
                if at > len(data):
                    raise cut
                continue
            if magic != _ZSTD_MAGIC:
                raise DataError(f"{path} is no zstd file (at byte {at}); rename or fetch it again")
            flags = data[at + 4]
            single = flags >> 5 & 1
            at += 5 + (1 - single) + (0, 1, 2, 4)[flags & 3] + (single, 2, 4, 8)[flags >> 6]
            last = 0
            while not last:
                if at + 3 > len(data):
                    raise cut
                block = int.from_bytes(data[at : at + 3], "little")
                last = block & 1
                at += 3 + (1 if block >> 1 & 3 == 1 else block >> 3)
            at += 4 * (flags >> 2 & 1)
            if at > len(data):
                raise cut


def kind_of(path: Path) -> str:
    """Return "csv", "json" or "parquet" by the suffix under a compression's."""
    name = path.name.lower()
    for suffix in _COMPRESSED:
        name = name.removesuffix(suffix)
    suffix = Path(name).suffix
    if suffix in (".jsonl", ".ndjson", ".json"):
        return "json"
    return "parquet" if suffix in (".parquet", ".pq") else "csv"


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


def engine_errors(*more: type[Exception]) -> tuple[type[Exception], ...]:
    """Return what DuckDB raises at bad data; its binding adds two for names that are no UTF-8."""
    import duckdb

    return (duckdb.Error, RuntimeError, UnicodeError, *more)


def explain(error: BaseException, name: str) -> DataError:
    """Return the DataError that a DuckDB error means, with the file's name."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told: list[str] = []
    for line in lines:
        if line.startswith(("Possible", "* ", "file =", "LINE", "delimiter", "This type")):
            break
        told.append(line if len(line) <= 160 else line[:160] + "...")
    text = "; ".join(told[:4]).replace("CSV Error on Line", "line")
    for prefix in ("Invalid Input Error: ", "Conversion Error: ", "IO Error: "):
        text = text.replace(prefix, "")
    return DataError(f'{name} cannot be read: {text}; on_error="skip" leaves bad rows out')


def open_csv(
    con: Any,
    path: Path,
    header: dict[int, tuple[str, ...]] | None,
    needs: list[list[str]],
    *,
    skip: bool,
    short_lines: bool,
) -> Part:
    """Return a delimited file as text columns; `header` names them by their number, if given."""
    first = _first_line(con, path)
    names, delimiter = _columns_of(first, header, needs)
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
    )


def _first_line(con: Any, path: Path) -> str:
    # A small buffer, so that only the beginning is unpacked; later lines are judged later.
    small = f", max_line_size={_HEADER_BYTES}, buffer_size={_HEADER_BYTES}, ignore_errors=true)"
    lines = lines_of(path).replace(", max_line_size=16777216)", small)
    try:
        rows = con.sql(f"SELECT line FROM {lines} WHERE line IS NOT NULL LIMIT 1").fetchall()
    except engine_errors() as error:
        raise explain(error, str(path)) from None
    if not rows or not rows[0][0].strip("\ufeff\r\n\t "):
        raise DataError(f"{path} is empty")
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
    options = ", ignore_errors=true, format='newline_delimited'" if skip else ""
    options += ", maximum_object_size=67108864"
    try:
        found = con.sql(
            f"SELECT * FROM read_json({escaped(path)}, sample_size=200000{options}) LIMIT 0"
        )
        types = dict(zip(found.columns, map(str, found.types), strict=True))
    except engine_errors() as error:
        raise explain(error, str(path)) from None
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in types)
    return Part(
        path.name,
        f"read_json({escaped(path)}, columns={{{columns}}}{options})",
        dict.fromkeys(types, "VARCHAR"),
        integer_columns=integers(types),
        natural=types,
    )


def open_parquet(con: Any, path: Path) -> Part:
    """Return a Parquet file with its own types."""
    if path.suffix in _COMPRESSED:
        raise DataError(f"{path}: Parquet is compressed inside; unpack the file around it")
    relation = f"read_parquet({escaped(path)})"
    try:
        found = con.sql(f"SELECT * FROM {relation} LIMIT 0")
    except engine_errors() as error:
        raise explain(error, str(path)) from None
    types = dict(zip(found.columns, map(str, found.types), strict=True))
    return Part(path.name, relation, types, integer_columns=integers(types))


def open_table(con: Any, table: Any, what: str = "events") -> Part:
    """Return a pandas, polars, pyarrow or DuckDB table, or a dict of columns, as a relation."""
    kind = type(table).__module__.partition(".")[0]
    name = f"the {kind} table" if kind != "builtins" else "the table"
    if isinstance(table, dict):
        from aisle.events.columns import as_arrays

        table = as_arrays(table)
    try:
        if hasattr(table, "__arrow_c_stream__") and kind not in ("pandas", "polars", "pyarrow"):
            # Of any library: read once, for a stream may not come again or in another order.
            con.register("aisle_stream", _Stream(table))
            con.execute("CREATE TEMP TABLE aisle_source AS SELECT * FROM aisle_stream")
        else:
            con.register("aisle_source", table)
        found = con.sql("SELECT * FROM aisle_source LIMIT 0")
        types = dict(zip(found.columns, map(str, found.types), strict=True))
    except engine_errors(TypeError, ValueError) as error:
        shown = type(table).__name__
        raise DataError(
            f"cannot read events from a {shown}: give a path, several paths, or a pandas, polars,"
            f" pyarrow or DuckDB table ({str(error).splitlines()[0][:200]})"
        ) from None
    return Part(name, "aisle_source", types, integer_columns=integers(types), keep=[table])


class _Stream:
    """Offers a table's Arrow stream and nothing else, so that DuckDB reads it as such."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        return self._table.__arrow_c_stream__()


def is_integer(kind: str) -> bool:
    """Whether a DuckDB type is an integer."""
    return kind.upper().lstrip("U") in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")


def integers(types: dict[str, str]) -> frozenset[str]:
    """Return the columns whose type is an integer."""
    return frozenset(name for name, kind in types.items() if is_integer(kind))
