"""`read_batches`: a log larger than memory, some of its rows at a time."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from aisle._core import ConfigError
from aisle.events.assemble import assembled
from aisle.events.opening import Asked, begun
from aisle.events.screen import Reading
from aisle.events.table import Events
from aisle.events.taking import Taking


def read_batches(
    source: Any,
    format: str = "aisle",  # noqa: A002 - the word users know
    *,
    rows: int = 1_000_000,
    time_unit: Literal["s", "ms", "us"] | None = None,
    on_error: Literal["raise", "skip"] = "raise",
    order: Literal["format", "file"] = "format",
    columns: Mapping[str, str] | None = None,
    types: Mapping[str, str] | None = None,
    quarantine: str | os.PathLike[str] | None = None,
    progress: bool = False,
) -> Iterator[Events]:
    """Read a log that is larger than memory, some of its rows at a time.

    The files are opened and their columns found at the call; the rows come as they are asked for,
    in their order through all files. Memory is that of one batch and of what DuckDB reads ahead,
    however long the log is. The batches together are what `read_events` gives.

    Parameters
    ----------
    source : path, glob, list of paths, or table
        As of `read_events`. Arrow streams of any length (a DuckDB relation, a
        ``pyarrow.RecordBatchReader``) are read through once, without a copy.
    format : str
        One of `aisle.events.FORMATS`.
    rows : int
        Rows of the source in a batch; the last has what is left.
    time_unit, on_error, columns, types, progress
        As of `read_events`.
    order : {"format", "file"}
        Formats that are sorted as a whole (serenade, session-rec) need "file" here.
    quarantine : path, optional
        As of `read_events`: one file for all batches, in its place at the end of the last, or with
        what was left out so far where the caller stops before.

    Returns
    -------
    iterator of Events
        Each stands alone: its own ids, items and report, good for `Engine.observe_many`. Where
        ids are texts of a file, they are integers in the batches in which all are written as one.

    Raises
    ------
    UnknownNameError, ConfigError, DataError
        As of `read_events`: for options and files at the call, for rows at the batch they are in.

    Examples
    --------
    >>> import aisle
    >>> table = {"visitor": [1, 2, 3], "item": [7, 8, 7], "time": ["2024-05-01"] * 3}
    >>> [len(batch) for batch in aisle.read_batches(table, rows=2)]
    [2, 1]
    """
    if isinstance(rows, bool) or not hasattr(rows, "__index__") or rows < 1:
        raise ConfigError(f"rows is {rows!r}; it is the number of rows in a batch, 1 or more")
    asked = Asked(time_unit, dict(columns or {}), dict(types or {}))
    reading, bound = begun(
        source, format, asked, on_error=on_error, order=order, quarantine=quarantine,
        progress=progress, in_batches=True,
    )  # fmt: skip
    return _batches(reading, [Taking(reading, part, what) for part, what in bound], int(rows))


def _batches(reading: Reading, takings: list[Taking], rows: int) -> Iterator[Events]:
    pending = first = 0
    with reading.kept():
        for taking in takings:
            taking.tell_unmapped()
            try:
                while taken := taking.take(rows - pending):
                    pending += taken
                    if pending < rows:
                        continue
                    batch = assembled(reading, sort=False, first=first)
                    first, pending = first + pending, 0
                    reading.fresh()
                    taking.tell_unmapped()
                    yield batch
                    del batch  # it is the caller's alone
            except GeneratorExit:  # the caller has had enough
                taking.write_down()
                return
            taking.end()
        if pending or reading.report.rows:
            yield assembled(reading, sort=False, first=first)
    if reading.tell is not None:
        sys.stderr.write("\n")
