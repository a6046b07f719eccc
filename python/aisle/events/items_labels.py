"""Columns of labels for `Items`: lists of any library, and texts that are cut at a separator."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from aisle._core import ArrowColumns, ConfigError, DataError, Dictionary, LabelSets
from aisle.events.columns import NONE, as_arrays
from aisle.events.layouts import literal
from aisle.events.sources import is_integer

Array = np.ndarray[Any, Any]
_LISTS = (list, tuple, set, frozenset, np.ndarray)


def separators(labels: Sequence[str], separator: Any, id: str | None) -> dict[str, str]:  # noqa: A002
    """Return the separator of each column of texts that hold several labels."""
    names = [labels] if isinstance(labels, str) else labels
    if id is not None and id in names:
        raise ConfigError(f"labels has {id!r}, the column of ids: an item has one id")
    if not isinstance(separator, str) or not separator:
        raise ConfigError(f"separator is {separator!r}; it is a text such as '|' or ', '")
    return dict.fromkeys(names, separator)


def sql(column: str, kind: str, separator: str | None, *, is_json: bool) -> str | None:
    """Return the SQL of a column's labels as lists; None where it holds none.

    Parameters
    ----------
    column : str
        Its name in SQL.
    kind : str
        Its DuckDB type: ``VARCHAR[]`` and ``INTEGER[3]`` are lists.
    separator : str or None
        What stands between labels in a text; None where texts are no labels.
    is_json : bool
        Lists are JSON texts.
    """
    if kind.endswith("]"):
        return _of_json(column, f"[{column}]") if is_json else _of_list(column, kind)
    if separator is None:
        return None
    if kind in ("DOUBLE", "FLOAT"):
        return f"CASE WHEN {column} IS NOT NULL THEN [{column}] END"
    parts = f"string_split(CAST({column} AS VARCHAR), {literal(separator)})"
    cut = f"[trim(part) FOR part IN {parts}]"
    return _of_json(column, cut) if is_json else f"CASE WHEN {column} IS NOT NULL THEN {cut} END"


def _of_list(column: str, kind: str) -> str:
    """Return a list as it is where the core reads it or says why it does not; others as texts."""
    item, _, size = kind.removesuffix("]").rpartition("[")
    if item.endswith("]") or item.startswith(("STRUCT", "MAP")):
        return column
    read = (is_integer(item) and "HUGE" not in item) or item in (
        "VARCHAR",
        "DOUBLE",
        "FLOAT",
        "BOOLEAN",
    )
    if read and not size:
        return column
    return f"CAST({column} AS {item if read else 'VARCHAR'}[])"


def _of_json(column: str, otherwise: str) -> str:
    """Return the SQL of the labels in a JSON text, with null for all but texts and numbers."""
    value = f"TRY_CAST({column} AS JSON)"
    text = "json_extract_string(part, '$')"
    labels = (
        "[CASE WHEN json_type(part) IN ('ARRAY', 'OBJECT', 'BOOLEAN')"
        f" OR (json_type(part) = 'DOUBLE' AND NOT isfinite(TRY_CAST({text} AS DOUBLE)))"
        f" THEN NULL ELSE {text} END FOR part IN json_extract({value}, '$[*]')]"
    )
    return (
        f"CASE WHEN json_type({value}) = 'ARRAY' THEN {labels}"
        f" WHEN {column} IS NOT NULL THEN {otherwise} END"
    )


def take_lists(table: Any, id: str | None) -> tuple[Any, dict[str, Array]]:  # noqa: A002
    """Take the columns of Python lists out of a dict of columns or a pandas table.

    Returns
    -------
    table : dict, DataFrame or object
        With something else in their place; any other table as it is.
    lists : dict of str to ndarray of object

    Raises
    ------
    DataError
        If that of the ids is one of them.
    """
    if isinstance(table, dict):
        arrays = as_arrays(table)
        lists = {name: array for name, array in arrays.items() if _holds_lists(array)}
        table = {**arrays, **{name: np.zeros(len(lists[name]), bool) for name in lists}}
    elif type(table).__module__.partition(".")[0] == "pandas" and hasattr(table, "isetitem"):
        table = table.copy(deep=False)
        lists = {}
        for place, (name, dtype) in enumerate(table.dtypes.items()):
            array = table.iloc[:, place].to_numpy() if dtype.kind == "O" else np.zeros(0)
            if _holds_lists(array):
                lists[str(name)] = array
                table.isetitem(place, False)
    else:
        return table, {}
    if id in lists:
        raise DataError(f'column "{id}" holds lists; an id is a text or an integer')
    return table, lists


def _holds_lists(array: Array) -> bool:
    return array.dtype == object and any(isinstance(value, _LISTS) for value in array)


def encode(
    column: ArrowColumns | Array, name: str, words: Dictionary, sets: LabelSets, *, skip: bool
) -> Array:
    """Return the set of each row, of Python lists or out of a table; with `skip` NONE of a bad one.

    Raises
    ------
    DataError
        For a row that is no list of labels: names the row and the value.
    """
    if isinstance(column, ArrowColumns):
        return column.encode_sets(column.names.index(name, 1), words, sets, skip=skip)[0]
    rows = [None if type(value).__name__ == "NAType" else value for value in column]
    codes = np.full(len(rows), NONE, np.uint32)
    for row, value in enumerate(rows) if skip else ():
        with contextlib.suppress(DataError):
            codes[row] = sets.encode([value], words)[0]
    try:
        return codes if skip else sets.encode(rows, words)
    except DataError as error:
        raise DataError(f'column "{name}", {error}') from None
