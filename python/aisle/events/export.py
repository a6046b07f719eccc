"""`Events` as an Arrow C stream: buffers handed over as they lie, ids dictionary-encoded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from aisle._core import DataError, Dictionary, arrow_stream, utf8
from aisle.events.columns import INTEGERS, NONE
from aisle.events.types import EVENT_TYPES

if TYPE_CHECKING:
    from aisle.events.table import Events

Array = np.ndarray[Any, Any]
Column = tuple[str, str, int, int, list[Array | None], Any]
"""Name, format, rows, nulls, buffers, and the column of the dictionary or of the lists' items."""
_FORMATS = {**INTEGERS, "float32": "f", "float64": "g"}


def stream(events: Events) -> Any:
    """Return the PyCapsule of an Arrow C stream with the columns of `events`."""
    types = Dictionary()
    types.encode(list(EVENT_TYPES))
    columns = [
        ("time", "tsu:UTC", len(events), 0, [None, events.time], None),
        ids("visitor", events.visitor, events._visitors),
        ids("item", events.item, events._items),
        ids("type", events.type.astype(np.uint32), types),
    ]
    if events.session is not None and events._sessions is not None:
        columns.append(ids("session", events.session, events._sessions))
    if events.value is not None:
        columns.append(column("value", events.value))
    columns += [column(name, array) for name, array in events.extra.items()]
    return arrow_stream(len(events), columns)


def ids(name: str, numbers: Array, dictionary: Dictionary) -> Column:
    """Return a column of ids: int64 where all are integers, else dictionary-encoded text."""
    rows, missing = len(numbers), numbers == NONE
    holes = int(missing.sum())
    validity = bits(~missing) if holes else None
    names = dictionary.names() if dictionary.integer_ids else None
    if names is not None and names.dtype == np.int64:
        values = names[np.where(missing, 0, numbers)] if len(names) else np.zeros(rows, np.int64)
        return name, "l", rows, holes, [validity, values], None
    offsets, text = utf8(dictionary)
    words = ("", "U", len(dictionary), 0, [None, offsets, text], None)
    if not holes:
        return name, "I", rows, 0, [None, numbers], words
    return name, "I", rows, holes, [validity, np.where(missing, 0, numbers)], words


def column(name: str, values: Array) -> Column:
    """Return a column of numbers, booleans, times or texts (None: null).

    Raises
    ------
    DataError
        If it holds anything else.
    """
    rows = len(values)
    values = np.ascontiguousarray(values)
    if values.dtype.name in _FORMATS:
        return name, _FORMATS[values.dtype.name], rows, 0, [None, values], None
    if values.dtype.kind == "M":
        missing = np.isnat(values)
        micros = values.astype("datetime64[us]").astype(np.int64)
        holes = int(missing.sum())
        validity = bits(~missing) if holes else None
        return name, "tsu:UTC", rows, holes, [validity, micros], None
    if values.dtype.kind == "b":
        return name, "b", rows, 0, [None, bits(values)], None
    if values.dtype.kind in "OU":
        return _texts(name, values)
    raise DataError(f"column {name!r} holds {values.dtype}, which Arrow output does not take")


def _texts(name: str, values: Array) -> Column:
    missing = np.array([value is None or value != value for value in values], bool)
    parts = [
        b"" if hole else str(value).encode()
        for value, hole in zip(values.tolist(), missing, strict=True)
    ]
    offsets = np.zeros(len(parts) + 1, np.int64)
    np.cumsum([len(part) for part in parts], out=offsets[1:])
    text = np.frombuffer(b"".join(parts), np.uint8)
    holes = int(missing.sum())
    validity = bits(~missing) if holes else None
    return name, "U", len(parts), holes, [validity, offsets, text], None


def bits(valid: Array) -> Array:
    """Return booleans as Arrow has them: eight a byte, the first one lowest."""
    return np.packbits(valid, bitorder="little")
