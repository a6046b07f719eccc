"""Lists that were shown: impressions that nobody could click, clicks on what nobody was shown."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aisle.events.types import EVENT_TYPES
from aisle.hygiene.finding import Finding, Level, level_of
from aisle.hygiene.shop_log import Ints, ShopLog


def lists(log: ShopLog) -> Iterator[Finding]:
    """How impressions and clicks fit together."""
    shown = np.flatnonzero((log.events.type == EVENT_TYPES["impression"]) & log.has_item)
    clicked = np.flatnonzero((log.events.type == EVENT_TYPES["click"]) & log.has_item)
    if not len(shown):
        if len(clicked):
            yield Finding(
                "no_impressions", Level.NOTE,
                f"{len(clicked):,} clicks, and no impression: rates cannot be learned",
                len(clicked), len(log), "events", "events of type click, none of type impression",
                "send what was shown; slate.items and slate.id are all that is needed",
            )  # fmt: skip
        return
    by, keys = _keys(log, np.concatenate([shown, clicked]))
    of_shown, of_clicked = keys[: len(shown)], keys[len(shown) :]
    lonely = clicked[~np.isin(of_clicked, of_shown)]
    if len(lonely):
        yield log.finding(
            "clicks_without_impressions",
            lonely,
            hurts=0.05,
            of=len(clicked),
            title=f"{len(lonely):,} of {len(clicked):,} clicks are on items that were not shown",
            why=f"no impression of the same {by}",
            way_out="send the impressions of every placement, and list_id with both",
        )
    idle = ~np.isin(of_shown, of_clicked)
    lists_of = _lists(log, shown)
    hit = np.unique(lists_of[~idle])
    none = shown[~np.isin(lists_of, hit)]
    total = len(np.unique(lists_of))
    if total > len(hit):
        share = 1 - len(hit) / total
        yield Finding(
            "impressions_without_clicks",
            level_of(share, hurts=0.998, blocks=1.0 if not len(clicked) else 2.0),
            f"{total - len(hit):,} of {total:,} lists got no click",
            total - len(hit),
            total,
            "lists",
            f"no click on any impression of the list, joined by {by}",
            "some 90 to 99 % is usual; all of them means that clicks are not sent"
            if share < 0.998
            else "clicks are not sent, or carry another list_id",
            log.shown(none),
            none,
            details={"impressions": len(shown), "clicks": len(clicked)},
        )


def _keys(log: ShopLog, rows: Ints) -> tuple[str, Ints]:
    """Return what joins both, and a number of it for each row."""
    item = log.events.item[rows].astype(np.int64)
    found = log.codes("list_id")
    if found is not None:
        codes = found[0][rows].astype(np.int64)
        return "list_id and item", codes * (len(log.item_counts) + 1) + item
    visitor = log.events.visitor[rows].astype(np.int64)
    return "visitor and item", visitor * (len(log.item_counts) + 1) + item


def _lists(log: ShopLog, rows: Ints) -> Ints:
    found = log.codes("list_id")
    if found is not None:
        return found[0][rows].astype(np.int64)
    both = np.stack([log.events.visitor[rows].astype(np.int64), log.events.time[rows]])
    return np.unique(both, axis=1, return_inverse=True)[1].reshape(-1).astype(np.int64)
