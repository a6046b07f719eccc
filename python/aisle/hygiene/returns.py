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
        yield log.finding(
            "cancellations",
            cancelled,
            hurts=0.1,
            title=f"{len(cancelled):,} events are cancelled orders",
            why="the source marks them as cancelled",
            way_out="taken in as refunds: they teach nobody that an item is liked",
        )
    is_refund = log.events.type == EVENT_TYPES["refund"]
    rows = np.flatnonzero(is_refund)
    if not len(rows):
        return
    bought = int((log.events.type == EVENT_TYPES["purchase"]).sum())
    yield log.finding(
        "refunds",
        rows,
        level=level_of(len(rows) / max(bought, 1), hurts=0.3),
        title=f"{len(rows):,} refunds beside {bought:,} purchases",
        why="events of type refund",
        way_out="",
        details={"purchases": bought},
    )
    lonely = _without_purchase(log)
    if len(lonely):
        yield log.finding(
            "refunds_without_purchase",
            lonely,
            level=Level.NOTE,
            of=len(rows),
            title=f"{len(lonely):,} refunds have no purchase of that visitor and item before them",
            why="no purchase of the same item by the same visitor at an earlier time of this log",
            way_out="bought before the log begins, or under another id",
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
