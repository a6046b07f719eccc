"""Opens the files or the table of a source, and binds them to a format."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aisle._core import ConfigError
from aisle.aside import check_target
from aisle.events import files, sources
from aisle.events.bind import Asked, Bound, bind
from aisle.events.formats import format_named
from aisle.events.layouts import literal
from aisle.events.quarantine import Quarantine
from aisle.events.report import ReadReport
from aisle.events.screen import Reading
from aisle.events.sources import Part
from aisle.events.tables import open_table
from aisle.events.times import check_unit

__all__ = ["Asked", "begun"]


def begun(
    source: Any,
    format: str,  # noqa: A002 - the word users know
    asked: Asked,
    *,
    on_error: str,
    order: str,
    quarantine: str | os.PathLike[str] | None,
    progress: bool,
    in_batches: bool = False,
) -> tuple[Reading, list[tuple[Part, Bound]]]:
    """Check the options, open every part of the source and bind it; nothing is read yet."""
    known = format_named(format)
    check_unit(asked.time_unit)
    for name, value, allowed in (
        ("on_error", on_error, ("raise", "skip")),
        ("order", order, ("format", "file")),
    ):
        if value not in allowed:
            raise ConfigError(f"{name} is {value!r}; it is {' or '.join(map(repr, allowed))}")
    if quarantine is not None and on_error != "skip":
        raise ConfigError('quarantine takes the rows that are left out: say on_error="skip"')
    if in_batches and known.sort and order == "format":
        raise ConfigError(
            f"format {format!r} sorts the whole log by session and time, which batches cannot:"
            ' say order="file" to take the rows as they lie, or use read_events'
        )
    con = sources.connect()
    reading = Reading(
        con=con,
        look=con,
        format=known,
        skip=on_error == "skip",
        tell=_teller(progress),
        report=ReadReport(format=format),
    )
    parts = _parts(reading, source, in_batches)
    bound = [(part, bind(part, known, asked)) for part in parts]
    if quarantine is not None:
        check_target(Path(os.fspath(quarantine)), [part.path for part in parts if part.path])
        reading.quarantine = Quarantine(quarantine)
    return reading, bound


def _teller(progress: bool) -> Callable[[str], None] | None:
    if not progress:
        return None

    def tell(text: str) -> None:
        sys.stderr.write(f"\r{text:<70}")
        sys.stderr.flush()

    return tell


def _parts(reading: Reading, source: Any, in_batches: bool) -> list[Part]:
    """Return the files or the table of a source, opened."""
    several = isinstance(source, (list, tuple)) and all(map(files.is_path, source))
    if in_batches:
        reading.look = reading.con.cursor()
    if not (files.is_path(source) or several):
        nested = {name for layout in reading.format.layouts for name in layout.listed()}
        part = open_table(reading.con, source, nested=nested, once=in_batches)
        if in_batches and not part.once:
            reading.look.register("aisle_source", part.keep[0])
        reading.report.source = part.name
        return [part]
    paths = files.expand(source)
    reading.report.source = ", ".join(map(str, paths[:5])) + (" ..." if len(paths) > 5 else "")
    return [_opened(reading, path) for path in paths]


def _opened(reading: Reading, path: Path) -> Part:
    kind = files.kind_of(path)
    if reading.format.lines:
        split = "string_split_regex(trim(line), '\\s+')"
        stem = literal(path.name.split(".")[0] + "-")
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
        required=[layout.needs({}) for layout in layouts],
        skip=reading.skip,
        short_lines=reading.format.short_lines,
    )
