"""What measuring costs: our metrics beside those of ranx and RecTools, on the same lists.

    python benchmarks/python/bench_evaluation.py [--lists 20000] [--queries 500000]

The peers are the dependency group `peers`, in an environment of its own; one that is not installed
is left out. Measured are, best of three in one run:

metrics   HR, MRR, NDCG, recall, precision and MAP at 1, 5 and 10 of lists of 10 with 1 to 6 targets
          each, from arrays (ours), ranx' Qrels and Run, RecTools' tables. What it takes to
          build these from arrays is timed apart; ranx is compiled before the clock starts
next_item everything `next_item` does beside ranking, k = (10, 20): questions, metrics, slices,
          intervals, lists; the ranks come out of a table at once

The values are compared too: the largest difference between ours and theirs.
"""

from __future__ import annotations

import argparse
import importlib
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import common
import numpy as np

import aisle
from aisle.evaluate import targets

K = (1, 5, 10)
DEPTH, ITEMS = 10, 20_000
NAMES = {
    "HR": ("hit_rate", "HitRate"),
    "MRR": ("mrr", "MRR"),
    "NDCG": ("ndcg", "NDCG"),
    "Recall": ("recall", "Recall"),
    "Precision": ("precision", "Precision"),
    "MAP": ("map", "MAP"),
}


def case(lists: int) -> dict[str, Any]:
    """Lists and targets that they hit now and then."""
    rng = np.random.default_rng(0)
    # Steps of 1 to 1,500 from a random item: ten different items a list.
    rows = rng.integers(0, ITEMS, (lists, 1)) + np.cumsum(rng.integers(1, 1_500, (lists, DEPTH)), 1)
    rows %= ITEMS
    sizes = rng.integers(1, 7, lists)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    owner = np.repeat(np.arange(lists), sizes)
    hit = rng.random(len(owner)) < 0.4
    wanted = np.where(
        hit, rows[owner, rng.integers(0, DEPTH, len(owner))], rng.integers(0, ITEMS, len(owner))
    )
    pairs = np.unique(owner * ITEMS + wanted)
    owner, wanted = pairs // ITEMS, pairs % ITEMS
    offsets = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=lists))])
    return {"lists": rows, "owner": owner, "targets": wanted, "offsets": offsets}


def best_of(work: Callable[[], Any], times: int = 3) -> tuple[float, Any]:
    """Seconds of the fastest run, and what it gave."""
    taken, found = [], None
    for _ in range(times):
        clock = time.perf_counter()
        found = work()
        taken.append(time.perf_counter() - clock)
    return min(taken), found


def ours(data: dict[str, Any]) -> dict[str, float]:
    stands = targets.found(data["lists"], data["targets"], data["offsets"])
    values = targets.per_list(stands, np.diff(data["offsets"]), K)
    return {name: float(value.mean()) for name, value in values.items()}


def ranx(data: dict[str, Any]) -> tuple[float, float, dict[str, float]]:
    """Seconds to build, seconds to measure, values."""
    from ranx import Qrels, Run, evaluate

    offsets, scores = data["offsets"], [float(DEPTH - n) for n in range(DEPTH)]

    def build() -> tuple[Any, Any]:
        wanted, lists = data["targets"].astype(str).tolist(), data["lists"].astype(str).tolist()
        qrels = {
            str(n): dict.fromkeys(wanted[offsets[n] : offsets[n + 1]], 1) for n in range(len(lists))
        }
        run = {str(n): dict(zip(row, scores, strict=True)) for n, row in enumerate(lists)}
        return Qrels(qrels), Run(run)

    asked = {f"{name}@{k}": f"{theirs}@{k}" for name, (theirs, _) in NAMES.items() for k in K}
    built, (qrels, run) = best_of(build, 1)
    evaluate(qrels, run, list(asked.values()))  # compiles
    taken, found = best_of(lambda: evaluate(qrels, run, list(asked.values())))
    return built, taken, {name: float(found[theirs]) for name, theirs in asked.items()}


def rectools(data: dict[str, Any]) -> tuple[float, float, dict[str, float]]:
    """Seconds to build, seconds to measure, values."""
    import pandas as pd
    from rectools import metrics

    def build() -> tuple[Any, Any]:
        n = len(data["lists"])
        reco = pd.DataFrame(
            {
                "user_id": np.repeat(np.arange(n), DEPTH),
                "item_id": data["lists"].ravel(),
                "rank": np.tile(np.arange(1, DEPTH + 1), n),
            }
        )
        return reco, pd.DataFrame({"user_id": data["owner"], "item_id": data["targets"]})

    built, (reco, wanted) = best_of(build, 1)
    asked = {
        f"{name}@{k}": getattr(metrics, theirs)(
            k, **({"divide_by_achievable": True} if name == "NDCG" else {})
        )
        for name, (_, theirs) in NAMES.items()
        for k in K
    }
    taken, found = best_of(lambda: metrics.calc_metrics(asked, reco, wanted))
    return built, taken, {name: float(value) for name, value in found.items()}


class Table:
    """Ranks and lists out of a table: what is left is the evaluation's own time."""

    def __init__(self, events: aisle.Events) -> None:
        base = aisle.models.Popularity().fit(events)
        self.n_items_, self._items = base.n_items_, base._items
        self._popularity, self._numbers_of = base._popularity, base._numbers_of
        rng = np.random.default_rng(0)
        self._lists = rng.integers(0, base.n_items_, (1_000_000, 20), dtype=np.uint32)
        self._ranks = rng.integers(0, 100, 1_000_000, dtype=np.uint32)

    def _rank_queries(self, offsets: Any, items: Any, wanted: Any, *, k: int, **_: Any) -> Any:
        n = len(wanted)
        return self._ranks[:n], np.zeros(n, int), np.ones(n), self._lists[:n, :k], None


def beside_ranking(queries: int) -> float:
    """Seconds of `next_item` for so many queries."""
    sessions, length = queries // 4, 5
    item = np.random.default_rng(1).zipf(1.3, sessions * length) % 50_000
    owner = np.repeat(np.arange(sessions), length)
    events = aisle.Events.from_columns(
        visitor=owner, session=owner, item=item, time=10**15 + 10**6 * np.arange(len(owner))
    )
    model = Table(events)
    return best_of(lambda: aisle.evaluate.next_item(model, events, k=(10, 20)))[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lists", type=int, default=20_000)
    parser.add_argument("--queries", type=int, default=500_000)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    data = case(args.lists)
    mine, values = best_of(lambda: ours(data))
    rows: list[list[Any]] = [["aisle", "", f"{mine * 1e3:.1f}", "1", ""]]
    result: dict[str, Any] = {"machine": common.machine(), "lists": args.lists, "aisle_s": mine}
    for peer, measure in (("ranx", ranx), ("rectools", rectools)):
        try:
            importlib.import_module(peer)
        except ImportError:
            rows.append([peer, "not installed", "", "", ""])
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            built, taken, theirs = measure(data)
        worst = max(abs(values[name] - theirs[name]) for name in theirs)
        rows.append(
            [
                f"{peer} {common.version(peer)}", f"{built * 1e3:.0f}", f"{taken * 1e3:.1f}",
                f"{taken / mine:.1f}", f"{worst:.0e}",
            ]
        )  # fmt: skip
        result[peer] = {"build_s": built, "measure_s": taken, "largest_difference": worst}
    result["next_item_s"] = beside_ranking(args.queries)
    print(
        common.markdown(["18 metrics", "build, ms", "measure, ms", "times ours", "differs"], rows)
    )
    print(f"\nnext_item beside ranking, {args.queries:,} x 20: {result['next_item_s']:.1f} s")
    if args.json:
        common.save("evaluation", result, args.json)


if __name__ == "__main__":
    main()
