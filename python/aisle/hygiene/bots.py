"""Machines among the visitors: by their user agent, or by what no person does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from aisle.hygiene.finding import Finding, Level, level_of
from aisle.hygiene.shop_log import SECOND, Flags, Ints, ShopLog


def bots(log: ShopLog) -> Iterator[Finding]:
    """One verdict for each visitor, with its reasons: any of them is enough."""
    reasons: dict[str, Flags] = {}
    if not log.is_only_an_order:
        reasons |= _by_time(log)
    reasons["sweep"] = _sweeps(log)
    by_agent, judged = _by_agent(log)
    visitors = np.zeros(len(log.visitor_counts), bool)
    for flags in reasons.values():
        visitors |= flags
    marked = visitors[log.events.visitor]
    if by_agent is not None:
        marked |= by_agent
    rows = np.flatnonzero(marked)
    if judged:
        yield Finding(
            "user_agents_not_judged", Level.NOTE, judged, 0, len(log), "events",
            "the column user_agent is there, the list of crawlers is not",
            "pip install 'aisle[bots]'",
        )  # fmt: skip
    if not len(rows):
        return
    numbers = np.unique(log.events.visitor[rows]).astype(np.int64)
    details: dict[str, Any] = {
        "events": len(rows),
        "visitors": {name: int(flags.sum()) for name, flags in reasons.items() if flags.any()},
    }
    if by_agent is not None:
        details["user_agent_events"] = int(by_agent.sum())
    limits = log.limits
    yield Finding(
        rule="bots",
        level=level_of(len(rows) / len(log), hurts=0.001, blocks=0.5),
        title=f"{len(numbers):,} visitors with {len(rows):,} events behave like machines",
        count=len(numbers),
        of=len(log.visitor_counts),
        unit="visitors",
        why=(
            f"any of: a crawler's user agent; {limits.bot_burst} events in"
            f" {limits.bot_burst_seconds:g} s; a median pause below {limits.bot_dwell:g} s; pauses"
            f" equal to {limits.bot_regularity:.0%}; {limits.bot_sweep:.0%} of the catalogue, or"
            f" items in the order of their ids; {limits.bot_hours:g} h without a pause of one"
        ),
        way_out="leave them out of training and of experiments",
        examples=_told(log, numbers, reasons, by_agent),
        rows=rows,
        is_default=True,
        details=details,
    )


def _by_time(log: ShopLog) -> dict[str, Flags]:
    """Bursts, no dwell, metronomes, and no sleep."""
    limits, count = log.limits, len(log.visitor_counts)
    acts = log.is_act
    owner, pause, time = log.visitor_in_order[acts], log.pause[acts], log.time_in_order[acts]
    found: dict[str, Flags] = {}
    burst, reach = np.zeros(count, bool), limits.bot_burst - 1
    if len(owner) > reach:
        same = owner[reach:] == owner[: len(owner) - reach]
        lasted = time[reach:] - time[: len(owner) - reach]
        hit = same & (lasted < limits.bot_burst_seconds * SECOND)
        burst[owner[reach:][hit]] = True
    found["burst"] = burst
    many = np.bincount(owner, minlength=count) >= limits.bot_events
    gap = int(limits.session_gap * SECOND)
    chosen = many[owner] & (pause >= 0) & (pause <= gap)
    who, steps = owner[chosen].astype(np.int64), pause[chosen].astype(np.float64) / SECOND
    steps_of = np.bincount(who, minlength=count)
    enough = steps_of >= limits.bot_events - 1
    quick = np.bincount(who[steps < limits.bot_dwell], minlength=count)
    found["no_dwell"] = enough & (quick > 0.5 * steps_of)
    total = np.maximum(steps_of, 1)
    mean = np.bincount(who, steps, count) / total
    square = np.bincount(who, steps * steps, count) / total
    deviation = np.sqrt(np.maximum(square - mean * mean, 0.0))
    found["regular"] = enough & (mean > 0.05) & (deviation < limits.bot_regularity * mean)
    found["no_sleep"] = _sleepless(log)
    return found


def _sleepless(log: ShopLog) -> Flags:
    """Visitors who go on for a day without a pause of one hour."""
    hour = 3600 * SECOND
    begins = log.is_first | (log.pause > hour)
    starts = np.flatnonzero(begins)
    ends = np.r_[starts[1:], len(log)] - 1
    lasting = log.time_in_order[ends] - log.time_in_order[starts]
    found = np.zeros(len(log.visitor_counts), bool)
    found[log.visitor_in_order[starts[lasting >= log.limits.bot_hours * hour]]] = True
    return found


def _sweeps(log: ShopLog) -> Flags:
    """Visitors who walk through the catalogue: a large share of it, or by the items' ids."""
    limits, count = log.limits, len(log.visitor_counts)
    many = log.visitor_counts >= max(3 * limits.bot_events, 60)
    found = np.zeros(count, bool)
    chosen = many[log.visitor_in_order] & log.has_item[log.order] & log.is_act
    if not chosen.any():
        return found
    owner = log.visitor_in_order[chosen].astype(np.int64)
    item = log.events.item[log.order[chosen]].astype(np.int64)
    pairs = np.unique(owner * len(log.item_counts) + item) // len(log.item_counts)
    distinct = np.bincount(pairs, minlength=count)
    events = np.maximum(np.bincount(owner, minlength=count), 1)
    if len(log.item_counts) < 500:  # a small shop is seen whole by its customers
        return found
    found |= (distinct > limits.bot_sweep * len(log.item_counts)) & (distinct > 0.9 * events)
    rank = _rank_of_ids(log)[item]
    step = np.r_[False, (np.abs(np.diff(rank)) == 1) & (owner[1:] == owner[:-1])]
    in_order = np.bincount(owner[step], minlength=count)
    found |= (in_order > 0.5 * events) & (distinct > 0.8 * events)
    return found


def _rank_of_ids(log: ShopLog) -> Ints:
    names = log.events.items
    names = names if names.dtype != object else names.astype(str)
    rank = np.empty(len(names), np.int64)
    rank[np.argsort(names, kind="stable")] = np.arange(len(names))
    return rank


def _by_agent(log: ShopLog) -> tuple[Flags | None, str]:
    """Return which events a crawler's user agent sent, or why that cannot be told."""
    found = log.codes("user_agent")
    if found is None:
        return None, ""
    try:
        from crawlerdetect import CrawlerDetect
    except ImportError:
        return None, "user agents are not judged: the list of crawlers is not installed"
    codes, agents = found
    judge = CrawlerDetect()
    verdict = np.zeros(len(agents) + 1, bool)  # the last: no user agent
    for number, agent in enumerate(agents.tolist()):
        verdict[number] = _is_crawler(str(agent), judge)
    return verdict[np.minimum(codes, len(agents))], ""


def _is_crawler(agent: str, judge: Any) -> bool:
    text = agent.strip()
    if not text or text == "-":
        return False  # told nothing: what the visitor does decides
    return bool(judge.isCrawler(text))


def _told(
    log: ShopLog, numbers: Ints, reasons: dict[str, Flags], by_agent: Flags | None
) -> list[str]:
    """Return the busiest machines with what gave them away."""
    busiest = numbers[np.argsort(-log.visitor_counts[numbers], kind="stable")][:3]
    shown = []
    for number, text in zip(busiest.tolist(), log.visitors_shown(busiest), strict=True):
        why = [name for name, flags in reasons.items() if flags[number]]
        if by_agent is not None and by_agent[log.events.visitor == number].any():
            why.insert(0, "user agent")
        shown.append(f"{text} ({', '.join(why)})")
    return shown
