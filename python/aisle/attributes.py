"""Attributes of items on their way into a catalogue."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from aisle import _core
from aisle._core import ConfigError, DataError, Dictionary, LabelSets, UnknownNameError
from aisle.events.times import micros_of
from aisle.names import unknown

if TYPE_CHECKING:
    from aisle.events import Attribute, Events, Items


def as_items(table: Any, *, id: str | None = None) -> Items:  # noqa: A002
    """An :class:`aisle.Items`, made of a table or a file where it is none."""
    from aisle.events import Items, read_items

    if isinstance(table, Items):
        return table
    return read_items(table, id=id)


def catalog_of(events: Events, items: Items | None) -> _core.Catalog:
    """A catalogue of the log's items with the attributes of `items`."""
    numbers = Dictionary()
    events._items.translate(numbers, add=True)
    numbers.integer_ids = events._items.integer_ids
    catalog = _core.Catalog(numbers)
    if items is not None:
        add_items(catalog, items)
    return catalog


def add_items(catalog: _core.Catalog, items: Any) -> npt.NDArray[np.uint32]:
    """Write the attributes of an :class:`aisle.Items` into a catalogue; new ids are added.

    Returns
    -------
    ndarray of uint32
        The items' numbers in the catalogue.
    """
    chosen = [_as_told(catalog, one, items._ids) for one in items.attributes.values()]
    numbers: npt.NDArray[np.uint32] = items._ids.translate(catalog.items, add=True)
    for name, kind, values, words, sets in chosen:
        catalog.add_column(name, kind)
        if words is not None:
            catalog.update(numbers, name, values, words, sets)
        else:
            catalog.update(numbers, name, values)
    return numbers


def set_cells(catalog: _core.Catalog, number: int, cells: Mapping[str, Any]) -> None:
    """Write some attributes of one item: all of them or, at an error, none; None is null.

    Raises
    ------
    ConfigError
        For an attribute there is not.
    DataError
        For a value that the attribute's kind does not take.
    """
    try:
        catalog.set_cells(number, dict(cells))
        return
    except (DataError, UnknownNameError):  # and nothing was written
        kinds = catalog.columns()
    for name in cells:
        if name not in kinds:
            raise ConfigError(unknown("attribute", name, kinds, of="the catalogue"))
    times = {name: _micros(name, cells[name]) for name in cells if kinds[name] == "time"}
    catalog.set_cells(number, {**cells, **times})


def check_names(names: Any) -> list[str]:
    """The names of attributes that a request asks for.

    Raises
    ------
    ConfigError
        For what is no list of texts, or names one twice.
    """
    if isinstance(names, (str, bytes)) or not isinstance(names, Iterable):
        raise ConfigError(f'attributes must be a list of names, like ["title"], got {names!r}')
    wanted = list(names)
    for name in wanted:
        if not isinstance(name, str):
            raise ConfigError(f"attributes must be names, got {name!r}")
        if wanted.count(name) > 1:
            raise ConfigError(f"attributes name {name!r} twice")
    return wanted


def cells_of(
    answer: _core.Answer, names: Sequence[str], catalog: _core.Catalog
) -> list[dict[str, Any]]:
    """Each item's values of these attributes; `catalog` is for messages.

    Raises
    ------
    ConfigError
        For an attribute there is not.
    """
    try:
        return answer.attributes(names)
    except UnknownNameError:
        kinds = catalog.columns()
        for name in names:
            if name not in kinds:
                problem = unknown("attribute", name, kinds, of="the catalogue")
                raise ConfigError(problem) from None
        raise


def plain(value: Any) -> Any:
    """An attribute's value as JSON has it: a time as its ISO text."""
    return f"{value}Z" if isinstance(value, np.datetime64) else value


def _micros(name: str, value: Any) -> int | None:
    if value is None or value != value:  # NaT is not itself
        return None
    try:
        return micros_of(value)
    except DataError as error:
        raise DataError(f'attribute "{name}" is a time: {error}') from None


def _as_told(
    catalog: _core.Catalog, attribute: Attribute, ids: Dictionary
) -> tuple[str, str, Any, Dictionary | None, LabelSets | None]:
    """Name, kind, values, words and sets of a column, in a kind that its name may have."""
    kinds = catalog.kinds(attribute.name)
    kind = attribute.kind if attribute.kind in (*kinds, "labels") else kinds[0]
    if attribute.words is None:
        return attribute.name, kind, attribute.to_numpy(), None, None
    if kind not in ("number", "time"):
        return attribute.name, kind, attribute.values, attribute.words, attribute.sets
    return attribute.name, kind, _read_words(attribute, attribute.words, kind, ids), None, None


def _read_words(attribute: Attribute, words: Dictionary, kind: str, ids: Dictionary) -> Any:
    """The numbers or times that the texts of a column say; "5" is one, "many" is an error."""
    read = _number if kind == "number" else micros_of
    blank = np.nan if kind == "number" else np.iinfo(np.int64).min
    values = np.full(len(attribute.values), blank, np.float64 if kind == "number" else np.int64)
    for code, text in enumerate(words.names().tolist()):
        rows = np.flatnonzero(attribute.values == code)
        if not len(rows):
            continue
        try:
            values[rows] = read(str(text))
        except ValueError:
            raise DataError(
                f'column "{attribute.name}", row {rows[0] + 1} (item {ids.name(int(rows[0]))!r}): '
                f"{text!r} is no {kind}; leave it empty where it is not known"
            ) from None
    return values if kind == "number" else values.view("datetime64[us]")


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number) or "_" in text:
        raise ValueError(text)
    return number
