"""The log beside the catalogue: unknown items, what they lack, and what nobody ever saw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from aisle.events.columns import NONE
from aisle.hygiene.finding import Finding, Level, level_of
from aisle.hygiene.shop_log import Array, Flags, ShopLog

if TYPE_CHECKING:
    from aisle.events import Items

TITLES = ("title", "name", "description", "product")
_PLACES = ("category", "brand")


def catalogue(log: ShopLog) -> Iterator[Finding]:
    """What the catalogue and the log do not know of each other."""
    if len(log):
        yield from _density(log)
    told = log.items if log.items is not None else log.events.item_table()
    if log.items is not None:
        yield from _unknown(log, log.items)
    if told is None:
        if log.items is None:
            yield Finding(
                "no_catalogue", Level.NOTE, "no catalogue was given: prices and titles unknown",
                0, len(log.item_counts), "items", "items=None, and the log tells no attributes",
                "give items=, a table with one row an item",
            )  # fmt: skip
        return
    yield from _lacking(told)
    if log.items is None:
        yield from _changed(log)


def known_items(log: ShopLog, items: Items) -> Flags:
    """Return which item numbers of the log the catalogue has."""
    found: Flags = log.events._items.translate(items._ids) != NONE
    return found


def _unknown(log: ShopLog, items: Items) -> Iterator[Finding]:
    missing = ~known_items(log, items)
    count = int(missing.sum())
    if not count:
        return
    rows = np.flatnonzero(log.has_item & missing[np.where(log.has_item, log.events.item, 0)])
    numbers = np.flatnonzero(missing)
    numbers = numbers[np.argsort(-log.item_counts[numbers], kind="stable")]
    yield log.finding(
        "unknown_items",
        rows,
        hurts=0.05,
        blocks=0.5,
        examples=[
            f"{log.events._items.name(int(n))}: {int(log.item_counts[n]):,} events"
            for n in numbers[:3]
        ],
        title=f"{len(rows):,} events are on {count:,} items that the catalogue lacks",
        why="the item's id is not in items",
        way_out=(
            "clean(['unknown_items']) sets them aside, rejoin() brings them back"
            " when the catalogue has the items;"
            " if nearly all are unknown, log and catalogue use different ids"
        ),
        details={"items": count},
    )


def _lacking(items: Items) -> Iterator[Finding]:
    """Prices and titles that are missing, as shops are held to: 95 % and 95 %."""
    total = len(items)
    names = items.ids
    for label, columns in (("prices", ("price",)), ("titles", TITLES)):
        column = next((name for name in columns if name in items.columns), None)
        if column is None:
            continue
        values = items[column]
        lacks = _is_missing(values)
        if label == "prices":
            lacks |= _is_no_price(np.where(lacks, 1, values))
        count = int(lacks.sum())
        if count:
            yield Finding(
                f"missing_{label}",
                level_of(count / total, hurts=0.05),
                f"{count:,} of {total:,} items have no {column}",
                count,
                total,
                "items",
                f"{column} is missing{' or 0' if label == 'prices' else ' or empty'}"
                "; 95 % of a catalogue should have one",
                "keep the price of what is sold out; a strategy's filter on a missing cell is never"
                " true"
                if label == "prices"
                else "explanations and pages show the id instead",
                [str(name) for name in names[lacks][:3].tolist()],
            )
        if label == "titles" and values.dtype == object:
            texts = [v for v in values.tolist() if isinstance(v, str) and v.strip()]
            short = sum(len(text.split()) < 2 for text in texts)
            if texts and short > 0.2 * len(texts):
                yield Finding(
                    "short_titles", Level.NOTE, f"{short:,} titles are a single word", short,
                    len(texts), "items", "80 % of the titles should have two words or more",
                )  # fmt: skip


def _is_no_price(values: Array) -> Flags:
    """Texts that are no numbers, and what is 0 or less."""
    reals = np.empty(len(values))
    for row, value in enumerate(values.tolist()):
        try:
            reals[row] = float(value)
        except (TypeError, ValueError):
            reals[row] = -1.0
    return ~(reals > 0)


def _is_missing(values: Array) -> Flags:
    if values.dtype.kind == "f":
        return np.isnan(values)
    if values.dtype != object:
        return np.zeros(len(values), bool)
    return np.array([v is None or v != v or not str(v).strip() for v in values.tolist()], bool)


def _density(log: ShopLog) -> Iterator[Finding]:
    """How much of the catalogue the log has ever seen, and how often."""
    counts = log.item_counts
    catalogue = len(counts)
    never = 0
    if log.items is not None:
        seen = log.items._ids.translate(log.events._items) != NONE
        never = int((~seen).sum())
        catalogue = len(log.items)
    if never:
        yield Finding(
            "never_seen",
            level_of(never / catalogue, hurts=0.8),
            f"{never:,} of {catalogue:,} items of the catalogue were never seen",
            never,
            catalogue,
            "items",
            "no event of this log is on them",
            "they are recommended by their attributes and by exploration, or not at all",
            [str(n) for n in log.items.ids[~seen][:3].tolist()] if log.items is not None else (),
        )
    few = int(((counts > 0) & (counts < 5)).sum())
    if few:
        total = int((counts > 0).sum())
        ordered = np.sort(counts)[::-1]
        head = int(ordered[: max(len(ordered) // 100, 1)].sum())
        yield Finding(
            "cold_items",
            level_of(few / total, hurts=0.9),
            f"{few:,} of {total:,} items have fewer than five events",
            few,
            total,
            "items",
            "what goes with an item cannot be told from less than five events",
            "attributes (items=) let them be found by likeness",
            details={
                "events_an_item": float(counts.sum() / max(total, 1)),
                "share_of_the_top_percent": head / max(int(counts.sum()), 1),
            },
        )


def _changed(log: ShopLog) -> Iterator[Finding]:
    """Items whose category or brand is told differently: ids used again, or a dirty export."""
    for name in (*_PLACES, *TITLES):
        found = log.codes(name)
        if found is None or name not in log.events._attributes:
            continue
        codes, names = found
        chosen = log.has_item & (codes < len(names))
        item = log.events.item[chosen].astype(np.int64)
        pairs = np.unique(item * len(names) + codes[chosen].astype(np.int64))
        several = np.bincount(pairs // max(len(names), 1), minlength=len(log.item_counts))
        numbers = np.flatnonzero(several > 1)
        if not len(numbers):
            continue
        first = numbers[np.argsort(-several[numbers], kind="stable")][:3]
        shown = []
        for number in first.tolist():
            of_item = pairs[pairs // len(names) == number] % len(names)
            texts = ", ".join(repr(str(names[code]))[:40] for code in of_item[:3].tolist())
            shown.append(f"{log.events._items.name(number)}: {texts}")
        yield Finding(
            f"changing_{name}",
            level_of(len(numbers) / len(log.item_counts), hurts=0.5),
            f"{len(numbers):,} items are told with more than one {name}",
            len(numbers),
            len(log.item_counts),
            "items",
            f"different values of {name} for one item id in this log",
            "the latest one is taken; if they name different things, ids are used again",
            shown,
        )
