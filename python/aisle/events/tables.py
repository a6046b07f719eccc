"""Tables of any library as relations of a DuckDB connection."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import numpy as np

from aisle._core import DataError
from aisle.events.columns import as_arrays
from aisle.events.sources import Part, engine_errors, integers, told


def open_table(
    con: Any,
    table: Any,
    what: str = "events",
    *,
    nested: Collection[str] = (),
    once: bool = False,
) -> Part:
    """Return a pandas, polars, pyarrow or DuckDB table, or a dict of columns, as a relation.

    Python's lists and dicts in the columns `nested` come as JSON. A stream of another library is
    copied, so that its rows can be looked up; with `once` it is left to be read through.
    """
    kind = type(table).__module__.partition(".")[0].removeprefix("_")
    name = f"the {kind} table" if kind != "builtins" else "the table"
    refused = _no_table(table, kind)
    if refused:
        raise DataError(f"cannot read {what} from {refused}")
    if isinstance(table, dict):
        table = as_arrays(table)
    table = _without_objects(table, kind, nested)
    comes_once = _comes_once(table, kind)
    try:
        if comes_once:
            table = Stream(table)
        if comes_once and not once:
            # Read once, for a stream may not come again or in another order.
            con.register("aisle_stream", table)
            con.execute("CREATE TEMP TABLE aisle_source AS SELECT * FROM aisle_stream")
        else:
            con.register("aisle_source", table)
        found = con.sql("SELECT * FROM aisle_source LIMIT 0")
        types = dict(zip(found.columns, map(str, found.types), strict=True))
    except engine_errors(TypeError, ValueError) as error:
        text = told(error)
        raise DataError(f"{name} cannot be read: {text[:200]}; convert such columns") from None
    part = Part(name, "aisle_source", types, integer_columns=integers(types), keep=[table])
    part.once = comes_once and once
    return part


def _comes_once(table: Any, kind: str) -> bool:
    """Whether a table is a stream, whose rows may not come again."""
    if kind == "pyarrow":
        return type(table).__name__ == "RecordBatchReader"
    return hasattr(table, "__arrow_c_stream__") and kind not in ("pandas", "polars")


def _without_objects(table: Any, kind: str, nested: Collection[str]) -> Any:
    """Return the table with Python's lists and dicts written as JSON."""
    if not nested or (kind != "pandas" and not isinstance(table, dict)):
        return table
    written = {
        name: _as_json_texts(table[name])
        for name in nested
        if name in table and table[name].dtype == object
    }
    if not written:
        return table
    return {**table, **written} if isinstance(table, dict) else table.assign(**written)


def _as_json_texts(column: Any) -> Any:
    def plain(value: Any) -> Any:
        return value.tolist() if hasattr(value, "tolist") else str(value)

    texts = np.empty(len(column), object)
    for row, value in enumerate(column):
        is_nested = isinstance(value, (list, tuple, dict, np.ndarray))
        texts[row] = json.dumps(value, default=plain) if is_nested else value
    return texts


def _no_table(table: Any, kind: str) -> str:
    """Return why an object is no table and what to give instead, or "" if it may be one."""
    if isinstance(table, dict):
        return "" if table else "a dict without columns"
    if table is None:
        return "None: give a path, or a table"
    if isinstance(table, (list, tuple)) and table and all(isinstance(row, dict) for row in table):
        return 'a list of rows: give columns, {"item": [...], ...}, or pandas.DataFrame(rows)'
    if type(table).__name__ == "DuckDBPyConnection":
        return 'a DuckDB connection: give a relation of it, con.table("...") or con.sql("SELECT")'
    if hasattr(table, "__arrow_c_stream__") or kind in ("pandas", "polars", "pyarrow", "duckdb"):
        return ""
    ways = "a path, several paths, a pandas, polars, pyarrow or DuckDB table, or a dict of columns"
    return f"{type(table).__name__!r}: give {ways}"


class Stream:
    """Offers a table's Arrow stream and nothing else, so that DuckDB reads it as such.

    DuckDB asks twice, for the schema and for the rows, and reads the first stream's schema alone.
    """

    def __init__(self, table: Any) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        return self._table.__arrow_c_stream__()
