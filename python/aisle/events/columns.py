"""One column of any kind (list, NumPy, pandas, polars, pyarrow, DuckDB, scalar) as an array."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np

from aisle._core import ArrowColumns, ConfigError, DataError, Dictionary, arrow_stream
from aisle.events.times import (
    EARLIEST,
    from_numbers,
    implausible,
    micros_of,
    not_microseconds,
    utc,
)
from aisle.events.types import TYPE_NAMES, number_of

NONE = 0xFFFFFFFF
"""The number of a missing id."""

INTEGERS = {
    "int8": "c",
    "uint8": "C",
    "int16": "s",
    "uint16": "S",
    "int32": "i",
    "uint32": "I",
    "int64": "l",
    "uint64": "L",
}
"""NumPy's name of an integer type -> Arrow's."""

Array = np.ndarray[Any, Any]


def is_scalar(column: object) -> bool:
    """Whether `column` is one value for all rows."""
    return column is None or isinstance(
        column, (str, bytes, int, float, bool, np.generic, dt.datetime, dt.date)
    )


def arrow_of(column: Any, name: str) -> ArrowColumns | None:
    """Return an Arrow column read where it lies, or None if the object offers no Arrow."""
    if isinstance(column, ArrowColumns):
        return column
    if hasattr(column, "__arrow_c_stream__"):
        try:
            stream = column.__arrow_c_stream__()
        except (ImportError, NotImplementedError):  # pandas without pyarrow
            return None
        table = ArrowColumns.read(stream)
    elif hasattr(column, "__arrow_c_array__"):
        table = ArrowColumns.of(*column.__arrow_c_array__())
    else:
        return None
    if len(table.names) != 1:
        raise DataError(f"{name} has {len(table.names)} columns; give one column")
    return table


def opened(column: Any, name: str) -> Any:
    """Return a column that knows its length: an Arrow column, an array, or a scalar as it is."""
    if is_scalar(column):
        return column
    arrow = arrow_of(column, name)
    return plain(column) if arrow is None else arrow


def plain(column: Any) -> Array:
    """Return a NumPy array of a list, a pandas Series or anything array-like."""
    if hasattr(column, "to_numpy"):
        column = column.to_numpy()
    array = np.asarray(column if hasattr(column, "__array__") else _as_objects(column))
    if array.ndim != 1:
        raise DataError(f"a column has {array.ndim} dimensions; give one value a row")
    return array


def _as_objects(column: Any) -> Array:
    values = list(column)
    array = np.empty(len(values), dtype=object)
    for row, value in enumerate(values):  # at once, lists of one length would be taken for a matrix
        array[row] = value
    return array


def as_arrays(table: Mapping[str, Any]) -> dict[str, Array]:
    """Return a dict of columns as NumPy arrays, lists given their natural type."""
    for name, column in table.items():
        if is_scalar(column):
            raise DataError(f'column "{name}" is {column!r}; give one value a row')
    arrays = {name: natural(plain(column)) for name, column in table.items()}
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise DataError(f"columns differ in length: {lengths}")
    return arrays


def natural(array: Array) -> Array:
    """Return an array of Python numbers as numbers; anything else as it is."""
    if array.dtype == object and len(array) and {type(v) for v in array} <= {int, float, bool}:
        return np.array(array.tolist())
    return array


def ids(column: Any, dictionary: Dictionary, name: str) -> Array:
    """Return the numbers of a column of ids, new ones inserted; NONE where it is null.

    Raises
    ------
    DataError
        If a value is no id: names the column, the row and the value.
    """
    arrow = arrow_of(column, name)
    if arrow is not None and arrow.kind(0) != "real":
        return _named(name, lambda: arrow.encode(0, dictionary)[0])
    array = plain(column) if arrow is None else arrow.reals(0)
    if array.dtype == object and float in {type(value) for value in array}:
        array = natural(array)
    if array.dtype.kind in "iu":
        return _named(name, lambda: _integer_ids(array, dictionary))
    if array.dtype.kind == "f":
        whole = np.isnan(array) | (array == np.floor(array)) & (np.abs(array) < 2**53)
        if not whole.all():
            row = int(np.argmin(whole))
            raise DataError(f"{name}, row {row + 1}: {array[row]!r} is no id; ids are str or int")
        missing = np.isnan(array)
        numbers = _integer_ids(np.where(missing, 0, array)[~missing].astype(np.int64), dictionary)
        full = np.full(len(array), NONE, np.uint32)
        full[~missing] = numbers
        return full
    if array.dtype.kind not in "OUST":
        raise DataError(f"{name} holds {array.dtype}; ids are str or int: convert it first")
    values = array.tolist()
    if array.dtype.kind == "S":
        values = [_decoded(value, row, name) for row, value in enumerate(values)]
    values = [None if _is_missing(value) else value for value in values]
    return _named(name, lambda: dictionary.encode(values))


def _is_missing(value: object) -> bool:
    return type(value).__name__ in ("NAType", "NaTType")


def _decoded(value: bytes, row: int, name: str) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise DataError(f"{name}, row {row + 1}: {value[:24]!r} is not valid UTF-8") from None


def _named(name: str, encode: Any) -> Array:
    try:
        numbers: Array = encode()
    except DataError as error:
        raise DataError(f"{name}: {error}") from None
    except TypeError as error:
        raise DataError(f"{name}: {error}") from None
    return numbers


def _integer_ids(array: Array, dictionary: Dictionary) -> Array:
    """Lend the array to the core as an Arrow column: each distinct integer is written once."""
    array = np.ascontiguousarray(array)
    if array.dtype.name not in INTEGERS:  # of the other byte order
        array = array.astype(np.int64)
    column = ("id", INTEGERS[array.dtype.name], len(array), 0, [None, array], None)
    return ArrowColumns.read(arrow_stream(len(array), [column])).encode(0, dictionary)[0]


def times(column: Any, unit: str, name: str = "time") -> tuple[Array, Array, bool]:
    """Return (microseconds, valid, numeric) of a column of times; numbers are in `unit`."""
    arrow = arrow_of(column, name)
    if arrow is not None:
        kind = arrow.kind(0)
        if kind == "timestamp":
            return arrow.integers(0), arrow.validity(0), False
        if kind in ("integer", "real"):
            values = arrow.integers(0) if kind == "integer" else arrow.reals(0)
            micros, valid = from_numbers(values, unit)
            return micros, valid & arrow.validity(0), True
        if kind == "text":
            return *_parsed(arrow.texts(0), name), False
        raise DataError(f"{name} holds neither times nor numbers (Arrow {arrow.format(0)!r})")
    array = plain(column)
    if array.dtype.kind == "M":
        valid = ~np.isnat(array)
        micros = array.astype("datetime64[us]").astype(np.int64)
        return np.where(valid, micros, 0), valid, False
    if array.dtype.kind in "iuf":
        return *from_numbers(array, unit), True
    if array.dtype == object and len(array):
        first = next((value for value in array if value is not None), None)
        if isinstance(first, (int, float)) and not isinstance(first, bool):
            try:
                return *from_numbers(np.array(array, dtype=np.float64), unit), True
            except (TypeError, ValueError):
                pass
    return *_parsed(array.tolist(), name), False


def _parsed(values: list[Any], name: str) -> tuple[Array, Array]:
    micros = np.zeros(len(values), np.int64)
    valid = np.ones(len(values), bool)
    for row, value in enumerate(values):
        if value is None or value != value or _is_missing(value):
            valid[row] = False
            continue
        try:
            micros[row] = micros_of(value)
        except (DataError, OverflowError) as error:
            raise DataError(f"{name}, row {row + 1}: {error}") from None
    return micros, valid


def checked_times(column: Any, unit: str | None) -> Array:
    """Return microseconds of a column whose every row must be a plausible time.

    Without a unit numbers are microseconds, and must look like it.
    """
    micros, valid, numeric = times(column, unit or "us")
    found = [(~valid, "the time is missing")] if not valid.all() else []
    found += implausible(micros, valid, (unit or "us") if numeric else None)
    for mask, reason in found:
        row = int(np.argmax(mask))
        shown = f" ({utc(int(micros[row]))})" if valid[row] else ""
        raise DataError(
            f"time, row {row + 1}: {reason}{shown}; numbers are read in time_unit={unit or 'us'!r}"
        )
    if numeric and unit is None and (micros < EARLIEST).any():
        row = int(np.argmax(micros < EARLIEST))
        raise DataError(f"time, row {row + 1}: {not_microseconds(int(micros[row]))}")
    return micros


def types(column: Any, rows: int) -> Array:
    """Return event type numbers of names, aliases or numbers.

    Raises
    ------
    ConfigError, DataError
        If one is unknown; it lists the names there are.
    """
    if is_scalar(column):
        number = number_of(column)
        if number is None:
            raise ConfigError(f"type is {column!r}; event types are {', '.join(TYPE_NAMES)}")
        return np.full(rows, number, np.uint8)
    words = Dictionary()
    codes = ids(column, words, "type")
    numbers = np.array([_type_number(word) for word in words.names().tolist()], np.int64)
    if (codes == NONE).any():
        raise DataError(f"type, row {int(np.argmax(codes == NONE)) + 1}: the type is missing")
    chosen = numbers[codes] if len(codes) else np.zeros(0, np.int64)
    if (chosen < 0).any():
        row = int(np.argmax(chosen < 0))
        word = words.name(int(codes[row]))
        raise DataError(
            f"type, row {row + 1}: {word!r} is no event type; there are {', '.join(TYPE_NAMES)}"
        )
    return chosen.astype(np.uint8)


def _type_number(word: object) -> int:
    number = number_of(word)
    return -1 if number is None else number


def numbers(column: Any, name: str) -> Array:
    """Return a column of numbers as float64, NaN where there is none."""
    arrow = arrow_of(column, name)
    if arrow is not None:
        return arrow.reals(0)
    array = plain(column)
    try:
        if array.dtype == object:
            array = np.array([np.nan if v is None or _is_missing(v) else v for v in array], object)
        reals = array.astype(np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{name}{_first_no_number(array)}; give numbers") from None
    if np.isinf(reals).any():
        raise DataError(f"{name}, row {int(np.argmax(np.isinf(reals))) + 1}: inf; give numbers")
    return reals


def _first_no_number(array: Array) -> str:
    """Return ", row 3: 'x' is no number" for the first value that is none."""
    for row, value in enumerate(array.tolist()):
        try:
            float(value)
        except (TypeError, ValueError):
            return f", row {row + 1}: {value!r} is no number"
    return f": {array.dtype} holds no numbers"


def anything(column: Any, name: str) -> Array:
    """Return a column of a further kind: numbers, booleans, times, or objects (str and None)."""
    arrow = arrow_of(column, name)
    return natural(plain(column)) if arrow is None else of_arrow(arrow, 0)


def of_arrow(table: ArrowColumns, column: int) -> Array:
    """Return an Arrow column as an array; text as objects, nulls as None, NaN or NaT."""
    kind = table.kind(column)
    valid = table.validity(column) if kind != "real" else np.ones(0, bool)
    if kind == "real":
        return table.reals(column)
    if kind == "timestamp":
        micros = table.integers(column).astype("datetime64[us]")
        micros[~valid] = np.datetime64("NaT")
        return micros
    if kind == "integer":
        return table.integers(column) if valid.all() else table.reals(column)
    if kind == "boolean":
        values = table.integers(column).astype(bool)
        if valid.all():
            return values
        holes = values.astype(object)
        holes[~valid] = None
        return holes
    if kind == "null":
        return np.full(len(table), None, dtype=object)
    if kind == "text":
        words = Dictionary()
        codes, bad = table.encode(column, words, skip=True)
        if bad:  # empty or very long texts are no ids, but fine here
            return _as_objects(table.texts(column))
        return words.names(codes)
    raise DataError(
        f'column "{table.names[column]}" holds a type that aisle does not read'
        f" (Arrow format {table.format(column)!r}); cast it first"
    )
