"""Attributes of items on their way into a catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from aisle import _core
from aisle._core import Dictionary

if TYPE_CHECKING:
    from aisle.events import Items


def as_items(table: Any, *, id: str | None = None) -> Items:  # noqa: A002
    """An :class:`aisle.Items`, made of a table or a file where it is none."""
    from aisle.events import Items, read_items

    if isinstance(table, Items):
        return table
    if id is None:
        names = list(table) if isinstance(table, Mapping) else list(getattr(table, "columns", []))
        id = next((name for name in ("item", "id") if name in names), "item")  # noqa: A001
    return read_items(table, id=id)


def carry_over(
    before: _core.Catalog, after: _core.Catalog, name: str, numbers: npt.NDArray[np.uint32]
) -> npt.NDArray[np.uint32]:
    """Copy a column's cells to the same items of another catalogue; returns their numbers."""
    kind = before.columns()[name]
    after.add_column(name, kind)
    there = after.items.encode(before.items.names(numbers).tolist())
    words = before.values(name)
    if words is not None:
        after.update(there, name, before.codes(name)[numbers], words)
    else:
        after.update(there, name, before.column(name)[numbers])
    return there


def add_items(catalog: _core.Catalog, items: Any) -> npt.NDArray[np.uint32]:
    """Write the attributes of an :class:`aisle.Items` into a catalogue; new ids are added.

    Returns
    -------
    ndarray of uint32
        The items' numbers in the catalogue.
    """
    ids: Dictionary = items._ids
    numbers = ids.translate(catalog.items, add=True)
    for name, attribute in items.attributes.items():
        kinds = catalog.kinds(name)
        kind = attribute.kind if attribute.kind in kinds else kinds[0]
        catalog.add_column(name, kind)
        if attribute.words is not None:
            catalog.update(numbers, name, attribute.values, attribute.words)
        else:
            catalog.update(numbers, name, attribute.to_numpy())
    return numbers
