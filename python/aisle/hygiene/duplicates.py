"""Events that are there more than once: exact copies, keys used again, the same at one instant."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aisle.hygiene.finding import Finding, Level, Rows
from aisle.hygiene.shop_log import Array, ShopLog

_ODD = np.uint64(0x9E3779B97F4A7C15)


def duplicates(log: ShopLog) -> Iterator[Finding]:
    """Exact copies, idempotency keys used twice, and one visitor's same act at one instant."""
    copies = _repeats(_columns(log))
    if len(copies):
        yield log.finding(
            "exact_duplicates",
            copies,
            hurts=0.001,
            blocks=0.5,
            title=f"{len(copies):,} events are exact copies of an earlier row",
            why="every column equals that of an earlier row",
            way_out="leave them out; send an event_id, and the engine counts each once",
            is_default=True,
        )
    keys = log.codes("event_id")
    if keys is not None:
        codes, names = keys
        again = _later(codes.astype(np.uint64))
        again = again[codes[again] < len(names)]
        again = np.setdiff1d(again, copies, assume_unique=True)
        if len(again):
            yield log.finding(
                "repeated_event_ids",
                again,
                hurts=0.001,
                blocks=0.5,
                title=f"{len(again):,} events carry an event_id that was used before",
                why="event_id is an idempotency key: an event with a known one is a repetition",
                way_out="leave them out, or make keys that are unique",
                is_default=True,
            )
        copies = np.union1d(copies, again)
    same = np.setdiff1d(_repeats(_core_columns(log)), copies, assume_unique=True)
    if len(same) and not log.is_only_an_order:
        yield log.finding(
            "same_instant",
            same,
            level=Level.NOTE,
            title=f"{len(same):,} events repeat visitor, item, type and time of another",
            why="same visitor, item, type and time, other columns differ; the engine counts one",
            way_out="quantities of one order may be told in lines; else leave them out",
        )


def _core_columns(log: ShopLog) -> list[Array]:
    return [log.events.time, log.events.visitor, log.events.item, log.events.type]


def _columns(log: ShopLog) -> list[Array]:
    events = log.events
    columns = [*_core_columns(log), *events._attributes.values()]
    if events.session is not None and events.session is not events.visitor:
        columns.append(events.session)
    if events.value is not None:
        columns.append(events.value)
    for name, column in events.extra.items():
        found = log.codes(name) if column.dtype == object else None
        columns.append(column if found is None else found[0])
    return columns


def _repeats(columns: list[Array]) -> Rows:
    """Return the rows that equal an earlier one in all columns, ascending."""
    mixed = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        mixed ^= _as_numbers(column)
        mixed *= _ODD
        mixed ^= mixed >> np.uint64(29)
    order = np.argsort(mixed, kind="stable")
    equal = mixed[order][1:] == mixed[order][:-1]
    later, earlier = order[1:][equal], order[:-1][equal]
    for column in columns:  # two rows may have one hash and yet differ
        numbers = _as_numbers(column)
        same = numbers[later] == numbers[earlier]
        later, earlier = later[same], earlier[same]
    return np.sort(later)


def _later(codes: Array) -> Rows:
    order = np.argsort(codes, kind="stable")
    return np.sort(order[1:][codes[order][1:] == codes[order][:-1]])


def _as_numbers(column: Array) -> Array:
    """Return the bits of a column; every NaN is the same."""
    if column.dtype.kind == "f":
        reals = column.astype(np.float64) + 0.0  # -0.0 is 0.0
        return np.where(np.isnan(reals), np.float64(-1.7e308), reals).view(np.uint64)
    if column.dtype.kind == "M":
        return column.astype("datetime64[us]").view(np.uint64)
    return column.astype(np.int64).view(np.uint64)
