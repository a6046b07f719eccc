"""`read_events`: a log of any known format, in files or a table, as `Events`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any, Literal

from aisle.events.assemble import assembled
from aisle.events.opening import Asked, begun
from aisle.events.table import Events
from aisle.events.taking import Taking


def read_events(
    source: Any,
    format: str = "aisle",  # noqa: A002 - the word users know
    *,
    time_unit: Literal["s", "ms", "us"] | None = None,
    on_error: Literal["raise", "skip"] = "raise",
    order: Literal["format", "file"] = "format",
    columns: Mapping[str, str] | None = None,
    types: Mapping[str, str] | None = None,
    quarantine: str | os.PathLike[str] | None = None,
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
    types : mapping of str to str, optional
        The source's name of an event -> the canonical type, beside those that the format knows:
        ``{"add_to_registry": "like"}``. Events that have no canonical type are left out and
        counted by name in `Events.report.unmapped_events`.
    quarantine : path, optional
        With ``on_error="skip"``: a file for the rows that were left out, one JSON object a line
        with file, row, line where it is known, column, reason and cells. It is in its place when
        the reading is done, and not at all if that failed.
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

    See Also
    --------
    read_batches : The same for logs larger than memory.

    Examples
    --------
    >>> import aisle
    >>> table = {"SessionId": [1, 1, 2], "ItemId": [7, 8, 7], "Time": [10.0, 11.5, 3.0]}
    >>> aisle.read_events(table, format="serenade").item
    array([0, 1, 0], dtype=uint32)
    """
    asked = Asked(time_unit, dict(columns or {}), dict(types or {}))
    reading, bound = begun(
        source, format, asked, on_error=on_error, order=order, quarantine=quarantine,
        progress=progress,
    )  # fmt: skip
    with reading.kept():
        for part, what in bound:
            Taking(reading, part, what).take_all()
    if reading.tell is not None:
        sys.stderr.write("\n")
    return assembled(reading, sort=reading.format.sort and order == "format")
