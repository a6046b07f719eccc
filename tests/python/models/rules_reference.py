"""STAN, V-STAN, rules and the context tree as one would write them down, on small logs.

A log is a list of sessions, oldest first; a session a list of clicks (item, type, second).
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent))
from reference import Scores, last_place, nearest, newest_sharing  # type: ignore[import-not-found]


class Click(NamedTuple):
    """One event."""

    item: str
    type: str
    second: float


Log = list[list[Click]]
DAY = 86_400.0


def items(session: list[Click]) -> list[str]:
    return [click.item for click in session]


def half(seconds: float, half_life: float | None) -> float:
    return 1.0 if half_life is None else 0.5 ** (seconds / half_life)


def vstan(
    log: Log,
    session: list[Click],
    *,
    k: int,
    m: int,
    similarity: str,
    spw: float | None,
    snh: float | None,
    inh: float | None,
    ipw: float | None,
    idf: float | None,
    types: dict[str, float],
    half_life: float | None,
) -> Scores:
    names = [items(one) for one in log]
    query = items(session)
    n, mine = len(query), set(query)
    weight = {}
    for x in mine:
        steps = n - last_place(query, x)
        most = max(
            types.get(c.type, 1.0) * half(session[-1].second - c.second, half_life)
            for c in session
            if c.item == x
        )
        weight[x] = most * (math.exp(-steps / spw) if spw else 1.0)
    norm = math.sqrt(sum(w * w for w in weight.values()))
    newest = log[-1][-1].second
    similar = {}
    for z in newest_sharing(names, query, m):
        shared = sum(weight[x] for x in mine & set(names[z]))
        near = shared / len(mine)
        if similarity == "cosine":
            near = shared / (norm * math.sqrt(len(set(names[z])))) if norm > 0 else 0.0
        age = newest - log[z][-1].second
        similar[z] = near * (math.exp(-age / (snh * DAY)) if snh else 1.0)
    rows: dict[str, int] = {}
    for item in (item for one in names for item in one):
        rows[item] = rows.get(item, 0) + 1
    scores: Scores = {}
    for z, value in nearest(similar, k):
        place = max(last_place(query, x) for x in mine & set(names[z]))
        anchor = max(last_place(names[z], x) for x in mine & set(names[z]))
        for item in set(names[z]):
            vote = value * max(types.get(c.type, 1.0) for c in log[z] if c.item == item)
            vote *= math.exp(-abs(last_place(names[z], item) - anchor) / inh) if inh else 1.0
            vote *= 1 + (idf or 0.0) * math.log(len(log) / rows[item])
            vote *= math.exp((place - n) / ipw) if ipw else 1.0
            scores[item] = scores.get(item, 0.0) + vote
    return scores


PHI = {
    None: lambda i: 1.0,
    "same": lambda i: 1.0,
    "div": lambda i: 1 / i,
    "linear": lambda i: max(0.0, 1 - 0.1 * i),
    "log": lambda i: 1 / math.log10(i + 1.7),
    "quadratic": lambda i: 1 / i**2,
}


def pruned(rule: dict[str, float], most: int | None) -> dict[str, float]:
    """The strongest; of equal ones the first that came in."""
    kept = sorted(rule.items(), key=lambda one: -one[1])[:most]
    return {item: weight for item, weight in kept if weight > 0}


def sequential_rules(
    log: Log,
    session: list[Click],
    *,
    steps: int,
    weighting: str | None,
    pruning: int | None,
    sample_size: int | None,
    last_items: int,
    step_decay: float,
    per_session: bool,
    types: dict[str, float],
    half_life: float | None,
) -> Scores:
    scores: Scores = {}
    known = {click.item for one in log for click in one}
    asked: list[str] = []
    for click in reversed(session):
        used = types.get(click.type, 1.0) * half(session[-1].second - click.second, half_life)
        if click.item not in known or click.item in asked or len(asked) == last_items:
            continue
        if used == 0:
            continue
        of_item = [one for one in log if click.item in items(one)]
        rule: dict[str, float] = {}
        for one in of_item[-(sample_size or len(of_item)) :]:
            for b, later in enumerate(one):
                for i in range(1, min(steps, b) + 1):
                    if one[b - i].item != click.item:
                        continue
                    pair = PHI[weighting](i) * types.get(later.type, 1.0)
                    pair *= half(later.second - one[b - i].second, half_life)
                    if pair > 0:
                        rule[later.item] = rule.get(later.item, 0.0) + pair
        share = used * step_decay ** len(asked) / (len(of_item) if per_session else 1)
        for item, weight in pruned(rule, pruning).items():
            scores[item] = scores.get(item, 0.0) + share * weight
        asked.append(click.item)
    return scores


def association_rules(
    log: Log, session: list[Click], *, pruning: int | None, types: dict[str, float]
) -> Scores:
    known = {click.item for one in log for click in one}
    rules: dict[str, dict[str, float]] = {}
    for one in log:
        for b, later in enumerate(one):
            for earlier in one[:b]:
                for of, other in ((earlier, later), (later, earlier)):
                    rule = rules.setdefault(of.item, {})
                    weight = types.get(other.type, 1.0)
                    if weight > 0:
                        rule[other.item] = rule.get(other.item, 0.0) + weight
    for click in reversed(session):
        if click.item in known and types.get(click.type, 1.0) > 0:
            share = types.get(click.type, 1.0)
            rule = pruned(rules.get(click.item, {}), pruning)
            return {item: share * weight for item, weight in rule.items()}
    return {}


def context_tree(log: Log, query: list[str], *, depth: int, types: dict[str, float]) -> Scores:
    """Contexts by the items of the session's end, the newest first."""
    counts: dict[tuple[str, ...], dict[str, float]] = {(): {}}
    stop: dict[tuple[str, ...], float] = {(): 1.0}

    def contexts(before: list[str]) -> list[tuple[str, ...]]:
        ends = [tuple(before[::-1][:k]) for k in range(min(depth, len(before)) + 1)]
        return [end for at, end in enumerate(ends) if all(e in counts for e in ends[: at + 1])]

    def steps(path: list[tuple[str, ...]], item: str, seen: int) -> list[tuple[float, float]]:
        """Of each context: what it says itself, and the mixture so far."""
        found, likely = [], 1 / seen
        for context in path:
            known = counts[context]
            own = (known.get(item, 0.0) + likely) / (sum(known.values()) + 1)
            likely = stop[context] * own + (1 - stop[context]) * likely
            found.append((own, likely))
        return found

    for session in log:
        names = items(session)
        for at, click in enumerate(session):
            path = contexts(names[:at])
            if len(path) <= min(at, depth):
                path.append(tuple(names[:at][::-1][: len(path)]))
                counts[path[-1]], stop[path[-1]] = {}, 2.0 ** -len(path[-1])
            weight = types.get(click.type, 1.0)
            if weight > 0:
                seen = len(counts[()].keys() | {click.item})
                said = steps(path, click.item, seen)
                for context, (own, likely) in zip(path, said, strict=True):
                    stop[context] *= own / likely
                    counts[context][click.item] = counts[context].get(click.item, 0.0) + weight
    return {item: steps(contexts(query), item, len(counts[()]))[-1][1] for item in counts[()]}
