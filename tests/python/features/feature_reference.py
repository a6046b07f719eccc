"""Features by their definition: each from the list of events before its time, nothing kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from aisle.features import FeatureSet
from aisle.features.spans import span

DAY = 86_400_000_000


def value_of(
    feature: Any,
    past: Sequence[Any],
    visitor: str,
    item: str,
    now: int,
    shop: dict[str, dict[str, Any]],
    gap: int,
) -> float:
    """One feature from the events before `now`, in order of time."""

    def attribute(of: str, column: str) -> Any:
        return shop.get(of, {}).get(column)

    def mine(types: Sequence[str], of: str) -> list[Any]:
        chosen = [e for e in past if e.type in types]
        if of == "item":
            return [e for e in chosen if e.item == item]
        if of == "visitor":
            return [e for e in chosen if e.visitor == visitor]
        if of == "visitor_item":
            return [e for e in chosen if (e.visitor, e.item) == (visitor, item)]
        return [e for e in chosen if attribute(e.item, of) == attribute(item, of)]

    def amount(types: Sequence[str], of: str) -> float:
        events = mine(types, of)
        if getattr(feature, "window", None):
            width = span("window", feature.window) // 16
            return sum(1.0 for e in events if e.time // width > now // width - 16)
        half_life = span("half_life", feature.half_life)
        return sum(2.0 ** ((e.time - now) / half_life) for e in events)

    of = getattr(feature, "of", "visitor")
    if of not in ("item", "visitor", "visitor_item") and attribute(item, of) is None:
        return math.nan
    match feature.kind:
        case "count" | "decayed":
            return amount(feature.types, of)
        case "rate":
            a, m = feature.prior_weight, feature.prior_mean
            below = amount(feature.per, of) + a
            return (amount(feature.types, of) + a * m) / below if below else math.nan
        case "affinity":
            if attribute(item, feature.column) is None:
                return math.nan
            half_life = span("half_life", feature.half_life)
            own = all_of = 0.0
            for e in mine(feature.types, "visitor"):
                value = attribute(e.item, feature.column)
                weight = 2.0 ** ((e.time - now) / half_life) if value is not None else 0.0
                all_of += weight
                own += weight if value == attribute(item, feature.column) else 0.0
            a, m = feature.prior_weight, feature.prior_mean
            return (own + a * m) / (all_of + a) if all_of + a else math.nan
        case "price_affinity":
            half_life = span("half_life", feature.half_life)
            pairs = [
                (2.0 ** ((e.time - now) / half_life), math.log(attribute(e.item, "price")))
                for e in mine(feature.types, "visitor")
                if attribute(e.item, "price")
            ]
            total = sum(w for w, _ in pairs)
            if not total or not attribute(item, "price"):
                return math.nan
            mean = sum(w * x for w, x in pairs) / total
            scatter = sum(w * (x - mean) ** 2 for w, x in pairs)
            doubt = feature.prior_weight * feature.spread**2
            deviation = math.sqrt((doubt + scatter) / (feature.prior_weight + total))
            return (math.log(attribute(item, "price")) - mean) / deviation
        case "recency":
            events = mine(feature.types, of)
            return (now - max(e.time for e in events)) / 1e6 if events else math.nan
        case "session_count" | "sessions":
            sessions: list[list[Any]] = []
            for e in (e for e in past if e.visitor == visitor):
                is_other = not sessions or (
                    sessions[-1][-1].session != e.session
                    if e.session is not None
                    else e.time - sessions[-1][-1].time > gap
                )
                sessions += [[]] if is_other else []
                sessions[-1].append(e)
            if feature.kind == "sessions":
                return float(len(sessions))
            if not sessions or now - sessions[-1][-1].time > gap:
                return 0.0
            return float(sum(e.type in feature.types for e in sessions[-1]))
        case "context":
            local = now + round(feature.utc_offset * 3600e6)
            return float(local % DAY // 3_600_000_000 if feature.part == "hour"
                         else (local // DAY + 3) % 7)  # fmt: skip
    raise AssertionError(feature)


def row(
    features: FeatureSet,
    log: Sequence[Any],
    visitor: str,
    item: str,
    now: int,
    shop: dict[str, dict[str, Any]],
) -> list[float]:
    """All features of one moment: only what lies before it is looked at."""
    past: list[Any] = []
    for e in sorted(log, key=lambda one: one.time):
        if e.time < now and e not in past:
            past.append(e)
    gap = span("session_gap", features.session_gap)
    return [value_of(f, past, visitor, item, now, shop, gap) for f in features]
