"""Whether there is enough to learn from, for each kind of model."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aisle.events.types import EVENT_TYPES
from aisle.hygiene.finding import Finding, Level
from aisle.hygiene.shop_log import SECOND, Ints, ShopLog

_DAY = 86_400 * SECOND
_INTEREST = tuple(EVENT_TYPES[name] for name in ("view", "cart", "purchase", "click", "like"))

# Kind of model -> what it needs. The minima are those that hosted services refuse to train below.
NEEDS: dict[str, dict[str, int]] = {
    "trending": {"events": 1_000, "items": 25},
    "session kNN, co-visitation": {"sessions of two": 1_000, "events": 1_000},
    "bought together": {"purchases": 1_000, "orders of two items": 500},
    "buy it again": {"purchases": 1_000, "repeated purchases": 25, "days": 60},
    "collaborative filtering": {"visitors with two events": 1_000, "events": 50_000},
    "sequence model": {"events": 50_000, "sessions of five": 1_000},
    "ranker": {"impressions": 10_000, "clicks": 500},
    "bandits, off-policy evaluation": {"impressions": 1_000, "clicks": 50},
}
"""Kind of model -> measure -> the least of it."""


def enough(log: ShopLog) -> Iterator[Finding]:
    """What this log can train, and what each other kind of model lacks."""
    has = _has(log)
    lacks = {
        kind: {name: need for name, need in needs.items() if has[name] < need}
        for kind, needs in NEEDS.items()
    }
    told = [kind for kind, missing in lacks.items() if missing]
    details = {
        kind: {name: {"has": has[name], "needs": need} for name, need in needs.items()}
        for kind, needs in NEEDS.items()
    }
    hard = has["events"] < 1_000 or has["visitors with two events"] < 25
    level = Level.BLOCKS if hard else Level.HURTS if lacks[_SESSIONS] else Level.NOTE
    yield Finding(
        "enough_data",
        level,
        f"too little for {', '.join(told)}" if told else "enough for every kind of model",
        len(told),
        len(NEEDS),
        "kinds of model",
        "1,000 events and 25 visitors with two are the least; each kind of model has its own",
        "collect longer, or send the types of events that are missing" if told else "",
        [
            f"{kind}: " + ", ".join(f"{has[n]:,} {n} of {need:,}" for n, need in missing.items())
            for kind, missing in lacks.items()
            if missing
        ],
        details=details,
    )


_SESSIONS = "session kNN, co-visitation"


def _has(log: ShopLog) -> dict[str, int]:
    kinds = log.events.type
    interest = np.isin(kinds, _INTEREST) & log.has_item
    of_session = np.bincount(log.session[interest]) if interest.any() else np.zeros(1, np.int64)
    of_visitor = np.bincount(log.events.visitor[interest]) if interest.any() else of_session
    bought = np.flatnonzero((kinds == EVENT_TYPES["purchase"]) & log.has_item)
    time = log.events.time
    return {
        "events": int(interest.sum()),
        "items": int((log.item_counts > 0).sum()),
        "days": int((int(time.max()) - int(time.min())) // _DAY) if len(log) else 0,
        "sessions of two": int((of_session >= 2).sum()),
        "sessions of five": int((of_session >= 5).sum()),
        "visitors with two events": int((of_visitor >= 2).sum()),
        "purchases": len(bought),
        "orders of two items": _baskets(log, bought),
        "repeated purchases": _again(log, bought),
        "impressions": int((kinds == EVENT_TYPES["impression"]).sum()),
        "clicks": int((kinds == EVENT_TYPES["click"]).sum()),
    }


def _baskets(log: ShopLog, bought: Ints) -> int:
    """Sessions in which two different items were bought."""
    if not len(bought):
        return 0
    wide = len(log.item_counts) + 1
    pairs = np.unique(log.session[bought] * wide + log.events.item[bought].astype(np.int64))
    return int((np.bincount(pairs // wide) >= 2).sum())


def _again(log: ShopLog, bought: Ints) -> int:
    """Visitors who bought one item on two days."""
    if not len(bought):
        return 0
    columns = [log.events.visitor[bought], log.events.item[bought], log.events.time[bought] // _DAY]
    days = np.unique(np.stack([column.astype(np.int64) for column in columns]), axis=1)
    same = (days[0, 1:] == days[0, :-1]) & (days[1, 1:] == days[1, :-1])
    return len(np.unique(days[0, 1:][same]))
