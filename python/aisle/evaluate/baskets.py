"""Next basket: what a visitor buys together the next time, repeats and new items apart."""

from __future__ import annotations

import dataclasses
import itertools
import time
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from aisle._core import ConfigError
from aisle.evaluate import doubts, metrics, targets
from aisle.evaluate.asking import OneByOne
from aisle.evaluate.choices import Choices
from aisle.evaluate.fitting import fitted, options_of
from aisle.evaluate.log import Ints, Log, as_log
from aisle.evaluate.measure import report_of
from aisle.evaluate.progress import Progress
from aisle.evaluate.protocol import Ranked
from aisle.evaluate.questions import Questions, runs
from aisle.evaluate.ranking import name_of
from aisle.evaluate.report import Report
from aisle.evaluate.slices import Slices

PURCHASE: Final = 3
DAY_US: Final = 86_400_000_000
Floats = npt.NDArray[np.float64]


def baskets(
    model: Any,
    events: Any,
    *,
    k: Any = (10, 20),
    basket: str | None = None,
    at_least: int = 2,
    fit: bool | None = None,
    progress: bool = False,
    **options: Any,
) -> Report:
    """Hold the newest basket of each visitor out, fit on the rest, rank all items for it.

    Recall is over all items of the basket, NDCG's ideal has min(|basket|, k) of them on top, HR is
    the share of visitors with any hit (PHR). ``report.slices["repeat and explore"]`` has recall and
    HR on items that the visitor had bought before and on new ones, each over the visitors who have
    such targets (Li et al., "A Next Basket Recommendation Reality Check", TOIS 2023).

    Parameters
    ----------
    model
        With ``recommend_basket(baskets, k)``, asked with the visitor's baskets, oldest first; or
        with ``recommend(session, k)``, asked with their items one after the other. One that is not
        fitted, or has seen the held-out baskets, is cloned and fitted on the rest.
    events : aisle.Events
        Purchases; of a log without any, all events that show interest.
    k
        Cut or cuts.
    basket
        What makes one: "session", "day" (UTC) or "time" (the same instant). None: "session" where
        a visitor has several, else "day".
    at_least
        Visitors with fewer baskets are left out.
    fit
        As in `last_out`.
    **options
        Those of `next_item` that fit: ties, unknown, exclude_seen, items, label, vectors, …

    Returns
    -------
    Report
    """
    choices, told = options_of(k, {"targets": "all", **options})
    _check(choices, at_least)
    log = as_log(events)
    code, kind = _basket_codes(log, basket)
    newest = _newest(log, code, at_least)
    if not newest.any():
        raise ConfigError(f"no visitor has {at_least} baskets; a basket is a {kind} here")
    source, learned = fitted(model, events, ~newest, fit)
    asker = _Asker(source, log, told.ids)
    asked = _questions(log, asker.mine, newest, choices)
    ranked = asker.rank_baskets(asked, code, choices, progress=progress)
    beside, train = told.read(asker.ids)
    words = {
        "protocol": f"next basket: the newest {kind} of each visitor with {at_least} or more",
        "model": learned,
        "asked by": "recommend_basket(baskets)" if asker.by_basket else "recommend(all items)",
    }
    notes = beside.doubts + doubts.of_input(asked, choices, asker.items, train, ranked)
    report = report_of(
        ranked, asked, choices,
        model=name_of(source), items=asker.items, protocol=words, beside=beside, notes=notes,
    )  # fmt: skip
    protocol = {**report.protocol, "targets": "all items of the basket"}
    del protocol["request time"], protocol["repeats"]
    parts, beyond = _repeat_and_explore(asked, ranked, choices)
    report = dataclasses.replace(
        report, protocol=protocol, slices=parts, beyond=report.beyond | beyond
    )
    doubts.warn(list(report.notes))
    return report


class _Asker(OneByOne):
    """Asks for baskets where the model can, else with all items one after the other."""

    def __init__(self, model: Any, log: Log, items: Any) -> None:
        if items is None and not hasattr(model, "items_") and hasattr(model, "_items"):
            items = model._items.names().tolist()[: getattr(model, "n_items_", None)]
        super().__init__(model, log, items)
        if self.popularity is None and getattr(model, "_popularity", None) is not None:
            self.popularity = np.asarray(model._popularity)
        self.by_basket = hasattr(model, "recommend_basket")

    def rank_baskets(
        self, asked: Questions, code: Ints, choices: Choices, *, progress: bool
    ) -> Ranked:
        n, depth = len(asked), choices.k[-1] + 1
        wide = min(depth, max(self.items, 1))
        lists, scores = np.full((n, wide), -1, np.int32), np.full((n, wide), np.nan)
        taken, nans = np.zeros(n, np.float32), 0
        ids = [asked.log.items[i] for i in asked.log.item[asked.rows].tolist()]
        of_row = code[asked.rows]
        with Progress(n, "next basket", show=progress) as bar:
            for at in range(n):
                first, last = int(asked.begin[at]), int(asked.at[at])
                cut = np.flatnonzero(np.diff(of_row[first:last])) + 1
                edges = [first, *(cut + first).tolist(), last]
                history = [ids[a:b] for a, b in itertools.pairwise(edges)]
                flat = ids[first:last]
                without = set(map(str, flat)) if choices.exclude_seen else set()
                clock = time.perf_counter_ns()
                if self.by_basket:
                    answer = self._model.recommend_basket(history, depth + len(without))
                else:
                    answer = self._model.recommend(flat, depth + len(without))
                taken[at] = (time.perf_counter_ns() - clock) / 1e3
                codes, values = self._read(answer, without)
                nans += values is not None and bool(np.isnan(values).any())
                size = min(len(codes), wide)
                lists[at, :size] = codes[:size]
                scores[at, :size] = -np.arange(size) if values is None else values[:size]
                bar.advance(1)
        zeros = np.zeros(n, np.int64)
        ranked = self.ranked(asked, choices, zeros, zeros, taken, lists, scores, nans)
        best = np.zeros(n) if ranked.found is None else ranked.found.min(axis=1, initial=np.inf)
        ranked.ranks = np.where(np.isfinite(best), best, 0).astype(np.int64)
        ranked.ties = None
        return ranked


def _check(choices: Choices, at_least: int) -> None:
    if choices.targets != "all" or choices.repeats != "keep" or choices.max_events is not None:
        raise ConfigError(
            "baskets has no targets=, repeats= or max_events=: a basket is one target"
        )
    if isinstance(at_least, bool) or at_least < 2:
        raise ConfigError(f"at_least must be 2 baskets or more, got {at_least!r}")


def _basket_codes(log: Log, basket: str | None) -> tuple[Ints, str]:
    """A number for the basket of each row, and what a basket is."""
    if basket not in (None, "session", "day", "time"):
        raise ConfigError(f'basket must be "session", "day", "time" or None, got {basket!r}')
    if basket is None:
        several = log.sessions is not None and len(np.unique(log.session)) > len(
            np.unique(log.visitor)
        )
        basket = "session" if several else "day"
    if basket == "session":
        return log.session, "session"
    keys = log.time // DAY_US if basket == "day" else log.time
    return np.unique(keys, return_inverse=True)[1].astype(np.int64), basket


def _bought(log: Log) -> npt.NDArray[np.bool_]:
    there = log.item >= 0
    purchases: npt.NDArray[np.bool_] = there & (log.type == PURCHASE)
    return purchases if purchases.any() else there & log.targets()


def _newest(log: Log, code: Ints, at_least: int) -> npt.NDArray[np.bool_]:
    """Rows of the newest basket of each visitor with enough of them, and of all he did after."""
    rows = np.flatnonzero(_bought(log))
    newest = np.zeros(len(log), bool)
    if not len(rows):
        return newest
    order = rows[np.lexsort((rows, code[rows], log.time[rows], log.visitor[rows]))]
    begin, length = runs(log.visitor[order])
    last = order[begin + length - 1]
    pairs = np.unique(np.stack([log.visitor[rows], code[rows]]), axis=1)
    count = np.bincount(pairs[0], minlength=int(log.visitor.max()) + 1)
    final = np.full(len(count), -1, np.int64)
    final[log.visitor[last]] = code[last]
    since = np.full(len(count), np.iinfo(np.int64).max)
    inside = rows[code[rows] == final[log.visitor[rows]]]
    np.minimum.at(since, log.visitor[inside], log.time[inside])
    enough = count[log.visitor] >= at_least
    own = code == final[log.visitor]
    newest[:] = enough & (own | (log.time > since[log.visitor]))
    return newest


def _questions(log: Log, mine: Ints, newest: npt.NDArray[np.bool_], choices: Choices) -> Questions:
    rows = np.flatnonzero(_bought(log))
    rows = rows[np.lexsort((rows, log.time[rows], newest[rows], log.visitor[rows]))]
    visitors = len(np.unique(log.visitor[rows]))
    known = mine[rows] >= 0
    dropped = 0
    if choices.unknown == "drop":
        dropped, rows = int((~known).sum()), rows[known]
    begin, length = runs(log.visitor[rows])
    late = np.add.reduceat(newest[rows].astype(np.int64), begin) if len(begin) else begin
    good = (late > 0) & (late < length)
    begin, end = begin[good], (begin + length)[good]
    at = end - late[good]
    by_visitor = dataclasses.replace(log, session=log.visitor, sessions=log.visitors)
    return Questions(
        log=by_visitor,
        rows=rows,
        item=mine[rows],
        begin=begin,
        at=at,
        end=end,
        repeats=np.zeros(len(at), bool),
        dropped={
            "events with an item the model never saw": dropped,
            "sessions shorter than two": 0,
            "visitors with too few baskets": visitors - len(at),
        },
    )


def _repeat_and_explore(
    asked: Questions, ranked: Ranked, choices: Choices
) -> tuple[Slices, dict[str, float]]:
    """Recall and HR on what the visitor had bought and on what is new; what lists hold of each."""
    offsets, wanted = asked.remaining()
    wide = int(max(asked.item.max(initial=0), wanted.max(initial=0))) + 2
    history_offsets, places = asked.known(slice(0, len(asked)))
    owner = np.repeat(np.arange(len(asked)), np.diff(history_offsets))
    had = np.unique(owner * wide + asked.item[places] + 1)
    of_target = np.repeat(np.arange(len(asked)), np.diff(offsets))
    again = np.isin(of_target * wide + wanted + 1, had)
    lists, k = ranked.lists, choices.k[-1]
    rows = {}
    if lists is None or ranked.found is None:
        return {}, {}
    for name, mask in (("repeat", again), ("explore", ~again)):
        count = np.bincount(of_target[mask], minlength=len(asked))
        part = np.concatenate([[0], np.cumsum(count)])
        inside = targets.relevant(lists, wanted[mask], part)
        found = np.where(inside, ranked.found[:, : lists.shape[1]], np.inf)
        has = count > 0
        rows[name] = {
            "events": int(has.sum()),
            "HR": metrics.mean(targets.hit(found, k)[has]),
            "Recall": metrics.mean(targets.recall(found, count, k)[has]),
        }
    codes = np.arange(len(asked))[:, None] * wide + lists + 1
    bought = np.isin(codes, had) & (lists >= 0)
    share = bought.sum(axis=1) / np.maximum((lists >= 0).sum(axis=1), 1)
    return {"repeat and explore": rows}, {f"repeat share@{k}": metrics.mean(share)}
