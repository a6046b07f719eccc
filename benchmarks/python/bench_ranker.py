"""Trees on top of the weighted sum: what they bring in hits, and what they cost at the request.

    python benchmarks/python/bench_ranker.py [--sets bol globo] [--targets 8000] [--speed]

Speed: 500 trees of 15 leaves over 200 candidates and 30 features, the core beside LightGBM's own
`predict` on the same rows in the same run (one thread), and the largest difference of two scores.

Quality: for each public log `aisle.fit(train, scorer="trees")`, nothing tuned, then the replay of
`bench_quality.py`: "trees" beside "default" (the same without trees), learning while it serves and
frozen. "goal" is the best learned ranker of the project's earlier experiments, made in Python with
eight sources and without learning on line. Intervals are 95 %, over sessions.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from typing import Any

import bench_quality as quality
import common
import numpy as np

import aisle
from aisle.trees import Trees

GOAL = {
    "yoochoose_100k": (0.701, 0.402),
    "bol": (0.693, 0.392),
    "yoochoose1_64": (0.722, 0.323),
    "diginetica": (0.533, 0.203),
    "globo": (0.584, 0.233),
}
CANDIDATES, ROUNDS, COLUMNS = 200, 500, 30


def timed(work: Any, rounds: int) -> list[float]:
    """Microseconds of each round."""
    found = []
    for _ in range(rounds):
        begin = time.perf_counter_ns()
        work()
        found.append((time.perf_counter_ns() - begin) / 1e3)
    return found


def speed() -> dict[str, Any]:
    """Both evaluators on the same rows."""
    import lightgbm

    rng = np.random.default_rng(0)
    x = rng.random((20_000, COLUMNS), dtype=np.float32)
    y = (x[:, :8].sum(1) + rng.normal(size=len(x)) > 4.5).astype(np.int32)
    options = {"objective": "lambdarank", "num_leaves": 15, "verbose": -1, "num_threads": 1}
    data = lightgbm.Dataset(x, label=y, group=[20] * (len(x) // 20))
    booster = lightgbm.train(options, data, ROUNDS)
    trees = Trees.from_lightgbm(booster)
    rows = np.ascontiguousarray(x[:CANDIDATES])
    ours = timed(lambda: trees.score(rows), 2000)
    theirs = timed(lambda: booster.predict(rows, raw_score=True, num_threads=1), 50)
    worst = float(np.abs(trees.score(x) - booster.predict(x, raw_score=True)).max())
    return {
        "us": statistics.median(ours),
        "us_best": min(ours),
        "us_p99": float(np.percentile(ours, 99)),
        "lightgbm_us": statistics.median(theirs),
        "ratio": statistics.median(theirs) / statistics.median(ours),
        "largest_difference": worst,
    }


def measure(name: str, data: Any, targets: int) -> dict[str, Any]:
    """Default and trees on one log."""
    train, test = quality.SETS[name](data)
    test = quality.first_sessions(quality.known_in(train, test), targets)
    rows: dict[str, Any] = {}
    for label, scorer in (("default", "auto"), ("trees", "trees")):
        begin = time.perf_counter()
        bundle = aisle.fit(train, scorer=scorer)
        took = time.perf_counter() - begin
        for learn in (True, False):
            row = quality.replayed(bundle, test, None, learn)
            rows[label if learn else f"{label}, frozen"] = row | {
                "fit_s": took,
                "scorer": bundle.manifest["scorer"],
            }
    rows["goal"] = {"HR@20": GOAL[name][0], "MRR@20": GOAL[name][1]}
    return rows


def table(sets: dict[str, dict[str, Any]]) -> str:
    """HR@20 / MRR@20 by method and set."""
    cells = []
    for row in ("trees", "trees, frozen", "default", "default, frozen", "goal"):
        values = [f"{one[row]['HR@20']:.4f} / {one[row]['MRR@20']:.4f}" for one in sets.values()]
        cells.append([row, *values])
    for label, key in (("fit, s: default", "default"), ("fit, s: trees", "trees")):
        cells.append([label, *(f"{one[key]['fit_s']:.1f}" for one in sets.values())])
    for label, key in (("µs p50 / p99: default", "default"), ("µs p50 / p99: trees", "trees")):
        us = [one[key]["recommend_us"] for one in sets.values()]
        cells.append([label, *(f"{one['p50']:.0f} / {one['p99']:.0f}" for one in us)])
    return common.markdown(["HR@20 / MRR@20", *sets], cells)


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sets", nargs="+", default=list(GOAL), choices=list(GOAL))
    parser.add_argument("--targets", type=int, default=8000)
    parser.add_argument("--speed", action="store_true", help="the speed alone, no logs")
    options = parser.parse_args()
    result: dict[str, Any] = {"machine": common.machine(), "speed": speed(), "sets": {}}
    found = result["speed"]
    print(
        f"{CANDIDATES} candidates x {ROUNDS} trees x {COLUMNS} features: "
        f"{found['us']:.1f} µs (best {found['us_best']:.1f}, p99 {found['us_p99']:.1f}), LightGBM "
        f"{found['lightgbm_us']:.0f} µs, {found['ratio']:.0f} times as long; "
        f"largest difference {found['largest_difference']:.1e}"
    )
    if options.speed:
        return
    data = common.data_folder()
    if data is None:
        sys.exit("the public logs are not here: set AISLE_DATA to their folder")
    for name in options.sets:
        print(f"{name} …", file=sys.stderr, flush=True)
        result["sets"][name] = measure(name, data, options.targets)
    print(table(result["sets"]))
    print(f"written to {common.save('ranker', result, None)}")


if __name__ == "__main__":
    main()
