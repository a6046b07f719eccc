"""`Items` as an Arrow C stream: ids and categories dictionary-encoded, labels as lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from aisle._core import Dictionary, LabelSets, arrow_stream, utf8
from aisle.events import export
from aisle.events.columns import NONE

if TYPE_CHECKING:
    from aisle.events.items import Attribute, Items

Array = np.ndarray[Any, Any]


def stream(items: Items) -> Any:
    """Return the PyCapsule of an Arrow C stream: `id` first, then the attributes."""
    rows = len(items)
    columns = [export.ids("id", np.arange(rows, dtype=np.uint32), items._ids)]
    columns += [_column(attribute) for attribute in items.attributes.values()]
    return arrow_stream(rows, columns)


def _column(attribute: Attribute) -> export.Column:
    name, values, valid = attribute.name, attribute.values, attribute.valid
    if attribute.words is not None and attribute.sets is not None:
        return _lists(name, values, attribute.words, attribute.sets)
    if attribute.words is not None:
        return export.ids(name, values, attribute.words)
    formats = {"number": "g", "flag": "b", "time": "tsu:UTC"}
    buffer = export.bits(values) if attribute.kind == "flag" else np.ascontiguousarray(values)
    holes = int((~valid).sum())
    validity = export.bits(valid) if holes else None
    return name, formats[attribute.kind], len(values), holes, [validity, buffer], None


def _lists(name: str, codes: Array, words: Dictionary, sets: LabelSets) -> export.Column:
    missing = codes == NONE
    offsets, labels = _gathered(*sets.blob(), codes, missing)
    text_offsets, text = _gathered(*utf8(words), labels, np.zeros(len(labels), bool))
    holes = int(missing.sum())
    validity = export.bits(~missing) if holes else None
    # Texts as they are: DuckDB reads no batch of empty lists over a dictionary.
    items = ("item", "U", len(labels), 0, [None, text_offsets, text], None)
    return name, "+L", len(codes), holes, [validity, offsets], items


def _gathered(offsets: Array, values: Array, chosen: Array, missing: Array) -> tuple[Array, Array]:
    """Return (offsets, values) of runs, `values[offsets[i]:offsets[i + 1]]` for each i chosen."""
    places = np.where(missing, 0, chosen)
    sizes = np.zeros(len(chosen), np.int64)
    begins = np.zeros(len(chosen), np.int64)
    if len(offsets) > 1:
        sizes = np.where(missing, 0, np.diff(offsets)[places])
        begins = offsets[places]
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    return ends, values[np.repeat(begins - ends[:-1], sizes) + np.arange(ends[-1])]
