"""Prices, quantities and currencies that cannot all be meant."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aisle.events.types import EVENT_TYPES
from aisle.hygiene.finding import Finding, Level, level_of
from aisle.hygiene.shop_log import Array, Flags, Ints, ShopLog

_CURRENCY = ("currency", "currency_code")


def prices(log: ShopLog) -> Iterator[Finding]:
    """Outliers beside an item's own price, prices of nothing, mixed currencies, quantities."""
    price = _numbers(log, "price")
    if price is not None:
        known = np.isfinite(price)
        yield from _worthless(log, price, known)
        yield from _outliers(log, price, known & (price > 0))
    for name in _CURRENCY:
        found = log.codes(name)
        if found is not None and len(found[1]) > 1:
            codes, names = found
            counts = np.bincount(codes[codes < len(names)], minlength=len(names))
            most = int(np.argmax(counts))
            rows = np.flatnonzero((codes != most) & (codes < len(names)))
            yield log.finding(
                "currencies",
                rows,
                hurts=0.001,
                title=f"{len(names)} currencies: {len(rows):,} events are not in {names[most]}",
                why=f"the column {name} has several values",
                way_out="convert prices and values to one currency; aisle never converts",
                details={str(n): int(c) for n, c in zip(names, counts, strict=True)},
            )
    yield from _quantities(log)


def _numbers(log: ShopLog, name: str) -> Array | None:
    column = log.events.extra.get(name)
    if column is None or column.dtype.kind not in "iuf":
        return None
    return column.astype(np.float64)


def _worthless(log: ShopLog, price: Array, known: Flags) -> Iterator[Finding]:
    rows = np.flatnonzero(known & (price <= 0))
    if len(rows):
        below = int((price[rows] < 0).sum())
        yield log.finding(
            "worthless_prices",
            rows,
            hurts=0.001,
            title=(
                f"{len(rows):,} events have a price of 0 or less"
                + (f", {below:,} of them below 0" if below else "")
            ),
            why="price <= 0",
            way_out=(
                "samples, corrections or missing prices: leave them out of what is learned of value"
            ),
            details={"negative": below},
        )


def _outliers(log: ShopLog, price: Array, usable: Flags) -> Iterator[Finding]:
    """Prices far from the item's own median; many by a factor of 100 are cents among units."""
    chosen = np.flatnonzero(usable & log.has_item)
    if not len(chosen):
        return
    item, worth = log.events.item[chosen], np.log(price[chosen])
    median, sizes = _medians(log, item, worth)
    ratio = worth - median[item]
    rows = chosen[(sizes[item] >= 5) & (np.abs(ratio) > np.log(log.limits.price_factor))]
    if not len(rows):
        return
    of_rows = np.log(price[rows]) - median[log.events.item[rows]]
    hundredfold = int((np.abs(np.abs(of_rows) - np.log(100.0)) < 0.02).sum())
    yield log.finding(
        "price_outliers",
        rows,
        level=level_of(len(rows) / len(log), hurts=0.001),
        of=int(usable.sum()),
        examples=[
            f"{text}, price {price[row]:g}"
            for text, row in zip(log.shown(rows), rows, strict=False)
        ],
        title=(
            f"{len(rows):,} prices are {log.limits.price_factor:g} times off the item's own median"
            + (f"; {hundredfold:,} by 100: cents?" if hundredfold > 0.5 * len(rows) else "")
        ),
        why=(
            f"price / median price of the item above {log.limits.price_factor:g} or"
            " below its inverse,"
            " items with five prices or more"
        ),
        way_out="check currency and unit of these rows",
        details={"by_100": hundredfold},
    )


def _medians(log: ShopLog, item: Array, values: Array) -> tuple[Array, Ints]:
    """Return the median and the number of values of each item number."""
    order = np.lexsort((values, item))
    items, starts, sizes = np.unique(item[order], return_index=True, return_counts=True)
    median, counts = np.full(len(log.item_counts), np.nan), np.zeros(len(log.item_counts), np.int64)
    median[items], counts[items] = values[order][starts + sizes // 2], sizes
    return median, counts


def _quantities(log: ShopLog) -> Iterator[Finding]:
    quantity = _numbers(log, "quantity")
    if quantity is None:
        return
    below = np.flatnonzero(quantity < 0)
    if len(below):
        told = log.events.type[below] == EVENT_TYPES["refund"]
        yield log.finding(
            "negative_quantities",
            below,
            level=level_of(float((~told).sum()) / len(log), hurts=1e-9),
            title=f"{len(below):,} quantities are below 0, {int(told.sum()):,} of them of refunds",
            why="quantity < 0",
            way_out="a refund says so by its type; its quantity is what came back",
            details={"not_refunds": int((~told).sum())},
        )
    chosen = np.flatnonzero((quantity > 0) & log.has_item)
    if len(chosen) < 100:
        return
    median, sizes = _medians(log, log.events.item[chosen], quantity[chosen])
    usual = np.where(sizes >= 5, median, np.nanmedian(quantity[chosen]))
    of_item = usual[np.where(log.has_item, log.events.item, 0)]
    rows: Ints = np.flatnonzero(log.has_item & (np.abs(quantity) > np.maximum(1000, 100 * of_item)))
    if len(rows):
        yield log.finding(
            "huge_quantities",
            rows,
            level=Level.HURTS,
            examples=[
                f"{t}, quantity {quantity[r]:g}"
                for t, r in zip(log.shown(rows), rows, strict=False)
            ],
            title=f"{len(rows):,} quantities are a hundred times those of their item",
            why="above 1,000 and a hundred times the item's median (that of all, below five rows)",
            way_out=(
                "typing errors and their corrections: leave them out of what is learned of value"
            ),
        )
