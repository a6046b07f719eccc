"""`Items` as an Arrow C stream: ids and categories dictionary-encoded, labels as lists of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from aisle._core import Dictionary, LabelSets, arrow_stream
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
    starts, labels = sets.blob()
    missing = codes == NONE
    chosen = np.where(missing, 0, codes) if len(sets) else np.zeros(len(codes), np.uint32)
    sizes = np.diff(starts)[chosen] if len(sets) else np.zeros(len(codes), np.int64)
    sizes[missing] = 0
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    begins = starts[chosen] if len(codes) else offsets[:0]
    places = np.repeat(begins - offsets[:-1], sizes) + np.arange(offsets[-1])
    holes = int(missing.sum())
    validity = export.bits(~missing) if holes else None
    items = export.ids("item", labels[places], words)
    return name, "+L", len(codes), holes, [validity, offsets], items
