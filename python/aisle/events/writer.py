"""`write_events`: a log in the canonical columns as a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from aisle._core import ConfigError, DataError
from aisle.aside import beside
from aisle.events import sources, tables
from aisle.events.files import kind_of
from aisle.events.layouts import literal

if TYPE_CHECKING:
    from aisle.events.table import Events

_HOW = {"parquet": "FORMAT parquet, COMPRESSION zstd", "csv": "HEADER", "json": "FORMAT json"}
_PACKED = {".gz": ", COMPRESSION gzip", ".zst": ", COMPRESSION zstd"}


def write_events(events: Events, path: str | os.PathLike[str]) -> Path:
    """Write a log in the canonical columns; `read_events` reads it back.

    Parameters
    ----------
    events : Events
    path : path
        ``.parquet``, ``.csv``, ``.tsv`` or ``.jsonl``; the texts also with ``.gz`` or ``.zst``.

    Returns
    -------
    Path
        The file: written aside, brought to disk, then renamed, so that there never is half of it.

    Raises
    ------
    ConfigError
        If the suffix is none of these.
    DataError
        If it cannot be written: names the file and says why.

    Examples
    --------
    >>> import aisle, tempfile
    >>> log = aisle.Events.from_columns(visitor=["a"], item=["x"], time=["2024-05-01"])
    >>> path = aisle.write_events(log, tempfile.mkdtemp() + "/log.parquet")
    >>> aisle.read_events(path).describe()["events"]
    1
    """
    target = Path(path)
    suffixes = target.suffixes
    packed = suffixes[-1] if suffixes and suffixes[-1] in _PACKED else ""
    suffix = suffixes[-2] if packed and len(suffixes) > 1 else target.suffix
    if suffix not in (".parquet", ".pq", ".csv", ".tsv", ".jsonl", ".ndjson", ".json") or (
        packed and suffix in (".parquet", ".pq")
    ):
        raise ConfigError(f"{target.name}: a log is written as .parquet, .csv, .tsv or .jsonl")
    how = _HOW[kind_of(target)] + _PACKED.get(packed, "")
    how += ", DELIMITER '\t'" if suffix == ".tsv" else ""
    try:
        with beside(target) as aside:
            con = sources.connect()
            con.register("aisle_source", tables.Stream(events))
            con.execute(f"COPY (SELECT * FROM aisle_source) TO {literal(str(aside))} ({how})")
            con.close()
    except sources.engine_errors(OSError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{target} cannot be written: {str(error)[:200]}") from None
    return target
