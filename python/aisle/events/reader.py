"""`read_events`: a log of any known format, in files or a table, as `Events`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import numpy as np

from aisle._core import ArrowColumns, ConfigError, DataError, Dictionary
from aisle.events import columns as col
from aisle.events import files, sources
from aisle.events.assemble import assembled
from aisle.events.bind import Bound, bind
from aisle.events.formats import format_named
from aisle.events.report import ReadReport
from aisle.events.screen import Reading, count_rejects, note_bad_ids, screened
from aisle.events.sources import Part
from aisle.events.table import Events
from aisle.events.times import check_unit

Array = np.ndarray[Any, Any]


def read_events(
    source: Any,
    format: str = "aisle",  # noqa: A002 - the word users know
    *,
    time_unit: Literal["s", "ms", "us"] | None = None,
    on_error: Literal["raise", "skip"] = "raise",
    order: Literal["format", "file"] = "format",
    columns: Mapping[str, str] | None = None,
    progress: bool = False,
) -> Events:
    """Read a log of events.

    Parameters
    ----------
    source : path, glob, list of paths, or table
        CSV, TSV, JSON lines or Parquet, plain, .gz or .zst; or a pandas, polars, pyarrow or
        DuckDB table, or a dict of columns.
    format : str
        One of `aisle.events.FORMATS`; "aisle" has the canonical columns time, visitor, session?,
        type?, item, value?, quantity?, price?, ...
    time_unit : {"s", "ms", "us"}, optional
        The unit of numeric times where the format does not fix it. It is never guessed.
    on_error : {"raise", "skip"}
        Stop at the first bad row, or leave bad rows out and count them in `Events.report`.
    order : {"format", "file"}
        "file" keeps the rows as they lie, also where the format sorts them.
    columns : mapping of str to str, optional
        Canonical name -> the name the source gives the column.
    progress : bool
        Show the rows read on stderr.

    Returns
    -------
    Events

    Raises
    ------
    UnknownNameError
        If there is no such format.
    ConfigError
        If an option is outside its domain.
    DataError
        If the source cannot be read: names file, row, column and value, and the way out.

    Examples
    --------
    >>> import aisle
    >>> table = {"SessionId": [1, 1, 2], "ItemId": [7, 8, 7], "Time": [10.0, 11.5, 3.0]}
    >>> aisle.read_events(table, format="serenade").item
    array([0, 1, 0], dtype=uint32)
    """
    known = format_named(format)
    check_unit(time_unit)
    for name, value, allowed in (
        ("on_error", on_error, ("raise", "skip")),
        ("order", order, ("format", "file")),
    ):
        if value not in allowed:
            raise ConfigError(f"{name} is {value!r}; it is {' or '.join(map(repr, allowed))}")
    reading = Reading(
        con=sources.connect(),
        format=known,
        skip=on_error == "skip",
        tell=_teller(progress),
        report=ReadReport(format=format),
    )
    for part in _parts(reading, source):
        _read_part(reading, part, bind(part, known, time_unit, dict(columns or {})))
    if reading.tell is not None:
        sys.stderr.write("\n")
    return assembled(reading, sort=known.sort and order == "format")


def _teller(progress: bool) -> Callable[[str], None] | None:
    if not progress:
        return None

    def tell(text: str) -> None:
        sys.stderr.write(f"\r{text:<70}")
        sys.stderr.flush()

    return tell


def _parts(reading: Reading, source: Any) -> list[Part]:
    """Return the files or the table of a source, opened."""
    several = isinstance(source, (list, tuple)) and all(map(files.is_path, source))
    if not (files.is_path(source) or several):
        part = sources.open_table(reading.con, source)
        reading.report.source = part.name
        return [part]
    paths = files.expand(source)
    reading.report.source = ", ".join(map(str, paths[:5])) + (" ..." if len(paths) > 5 else "")
    return [_opened(reading, path) for path in paths]


def _opened(reading: Reading, path: Path) -> Part:
    kind = files.kind_of(path)
    if reading.format.lines:
        split = "string_split_regex(trim(line), '\\s+')"
        stem = sources.literal(path.name.split(".")[0] + "-")
        relation = (
            f"(SELECT session, item FROM (SELECT {stem} || n AS session, unnest({split}) AS item"
            f" FROM (SELECT row_number() OVER () AS n, line FROM {sources.lines_of(path)}))"
            " WHERE item <> '')"
        )
        types = dict.fromkeys(("session", "item"), "VARCHAR")
        return Part(path.name, relation, types, is_text=True, path=path)
    if kind == "json":
        return sources.open_json(reading.con, path, skip=reading.skip)
    if kind == "parquet":
        return sources.open_parquet(reading.con, path)
    layouts = reading.format.layouts
    headers = {len(layout.header): layout.header for layout in layouts if layout.header}
    return sources.open_csv(
        reading.con,
        path,
        headers or None,
        [layout.knows() for layout in layouts],
        skip=reading.skip,
        short_lines=reading.format.short_lines,
    )


def _read_part(reading: Reading, part: Part, bound: Bound) -> None:
    """Read one file or table, screen its rows, and keep its columns."""

    def on_rows(rows: int) -> None:
        if reading.tell is not None:
            reading.tell(f"reading {part.name}: {reading.rows + rows:,} rows")

    if part.rejects:
        for name in ("reject_errors", "reject_scans"):
            reading.con.execute(f"DROP TABLE IF EXISTS {name}")
    try:
        selected = reading.con.sql(bound.select)
        table = ArrowColumns.read(selected.__arrow_c_stream__(), on_rows)
    except sources.engine_errors(DataError) as error:
        raise sources.explain(error, part) from None
    count_rejects(reading, part)
    for name in bound.unmapped:
        if name not in reading.report.unmapped:
            reading.report.unmapped.append(name)
    arrays = _encoded(reading, part, bound, table)
    keep = screened(reading, part, bound, arrays)
    reading.rows += len(table)
    reading.report.rows += len(table)
    arrays = {name: array for name, array in arrays.items() if not name.startswith("bad ")}
    reading.parts.append(
        arrays if keep is None else {name: array[keep] for name, array in arrays.items()}
    )


def _encoded(reading: Reading, part: Part, bound: Bound, table: ArrowColumns) -> dict[str, Array]:
    """Return the arrays of a part: ids as numbers, times as microseconds, types as numbers."""
    arrays: dict[str, Array] = {}
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
            note_bad_ids(reading, part, arrays, name, bad)
        text = table.kind(place) == "text"
        as_text = text and not (part.is_text or bound.sources[name] in part.integer_columns)
        reading.ids_are_text[name] = reading.ids_are_text.get(name, False) or as_text
    for place, name in enumerate(bound.names):
        if name not in dictionaries:
            arrays |= _plain(reading, table, place, name)
    if bound.session_is_visitor:
        arrays["session"] = arrays["visitor"]
    return arrays


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
