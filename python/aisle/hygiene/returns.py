"""Purchases taken back: cancellations, refunds, and refunds of nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aisle.events.types import EVENT_TYPES
from aisle.hygiene.finding import Finding, Level, level_of
from aisle.hygiene.shop_log import ShopLog


def returns(log: ShopLog) -> Iterator[Finding]:
    """Cancellations and refunds, and those without a purchase before them."""
    flag = log.events.extra.get("cancelled")
    cancelled = np.zeros(0, np.int64) if flag is None else np.flatnonzero(np.asarray(flag) == 1)
    if len(cancelled):
        yield Finding(
            "cancellations",
            level_of(len(cancelled) / len(log), hurts=0.1),
            f"{len(cancelled):,} events are cancelled orders",
            len(cancelled),
            len(log),
            "events",
            "the source marks them as cancelled",
            "taken in as refunds: they teach nobody that an item is liked",
            log.shown(cancelled),
            cancelled,
        )
    is_refund = log.events.type == EVENT_TYPES["refund"]
    rows = np.flatnonzero(is_refund)
    if not len(rows):
        return
    bought = int((log.events.type == EVENT_TYPES["purchase"]).sum())
    yield Finding(
        "refunds",
        level_of(len(rows) / max(bought, 1), hurts=0.3),
        f"{len(rows):,} refunds beside {bought:,} purchases",
        len(rows),
        len(log),
        "events",
        "events of type refund",
        "",
        log.shown(rows),
        rows,
        details={"purchases": bought},
    )
    lonely = _without_purchase(log)
    if len(lonely):
        yield Finding(
            "refunds_without_purchase",
            Level.NOTE,
            f"{len(lonely):,} refunds have no purchase of that visitor and item before them",
            len(lonely),
            len(rows),
            "events",
            "no purchase of the same item by the same visitor at an earlier time of this log",
            "bought before the log begins, or under another id",
            log.shown(lonely),
            lonely,
        )


def _without_purchase(log: ShopLog) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the rows of refunds of what this log never saw the visitor buy before."""
    kinds = (EVENT_TYPES["purchase"], EVENT_TYPES["refund"])
    rows = np.flatnonzero(np.isin(log.events.type, kinds) & log.has_item)
    visitor, item = log.events.visitor[rows], log.events.item[rows]
    order = np.lexsort((rows, log.events.time[rows], item, visitor))
    rows = rows[order]
    visitor, item = visitor[order], item[order]
    is_new = np.r_[True, (visitor[1:] != visitor[:-1]) | (item[1:] != item[:-1])]
    bought = np.cumsum(log.events.type[rows] == EVENT_TYPES["purchase"])
    group = np.cumsum(is_new) - 1
    before = (bought - (log.events.type[rows] == EVENT_TYPES["purchase"]))[is_new][group]
    lonely = (log.events.type[rows] == EVENT_TYPES["refund"]) & (bought - before == 0)
    return np.sort(rows[lonely])
