"""What a strategy adds to a request: six rules, a DPP over 200 candidates, exploration.

    python benchmarks/python/bench_strategy.py            100,000 items, 64-d vectors; five minutes
    python benchmarks/python/bench_strategy.py --quick    a twentieth of it, no file

The shop of `aisle.bench`. After a click every placement is asked for twenty items, in an order that
is drawn anew each time, so that no one always finds the caches warm. All have the same four sources
with quotas that bring more than 200 candidates; `plain` has nothing else, `rules` six rules that
hold for each request, `dpp` the DPP by vectors, `explore` one place to learn (over items, the best
20, by epsilon-greedy; `thompson` by Thompson sampling), `exposure` shares of brands and of the long
tail over all slates, `full` the first three. Of slates with such a
place every fifth is told a click on its first item, outside of the time. What is added is the
difference of the medians; the processor's time is that of the thread.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import common
import numpy as np

import aisle
from aisle import bench

K = 20
GOAL = 120.0  # microseconds that `full` may add
SOURCES = {"knn": 200, "co_visitation": 100, "vectors": 60, "trending": 60}
DPP = {"method": "dpp", "strength": 0.2, "pool": 200}


def rules(pinned: str) -> list[dict[str, Any]]:
    return [
        {"exclude": "stock < 1"},
        {"boost": 1.3, "where": "price < 30 and stock > 10"},
        {"bury": 2.0, "where": "stock < 5"},
        {"add": 0.1, "where": "age(available_from) < 30d"},
        {"at_most": 4, "per": "brand"},
        {"pin": pinned, "slot": 3},
    ]


def placements(pinned: str) -> dict[str, aisle.Strategy]:
    rule, greedy = {"rules": rules(pinned)}, {"explore": {"policy": "epsilon_greedy"}}
    thompson = {"explore": {"policy": "thompson"}}
    dpp = {"diversity": DPP}
    parts: dict[str, dict[str, Any]] = {
        "plain": {},
        "rules": rule,
        "dpp": dpp,
        "rules, dpp": rule | dpp,
        "explore": greedy,
        "thompson": thompson,
        "exposure": {
            "exposure": [{"per": "brand", "at_most": 0.1}, {"tail": 0.2, "at_least": 0.2}]
        },
        "full, thompson": rule | dpp | thompson,
        "full": rule | dpp | greedy,
    }
    return {n: aisle.Strategy.from_dict({"sources": SOURCES} | p) for n, p in parts.items()}


def one_round(
    engine: aisle.Engine, world: bench.World, names: list[str], count: int
) -> tuple[dict[str, Any], dict[str, float]]:
    """Microseconds of each request, of the wall and of the thread, and the pools' mean sizes."""
    wall = {name: np.empty(count) for name in names}
    cpu = {name: np.empty(count) for name in names}
    pool = dict.fromkeys(names, 0)
    who, what = world.texts(world.live_now(count))
    for at in range(count):
        engine.observe(who[at], what[at])
        for name in world.rng.permutation(names).tolist():
            thread, begin = time.thread_time_ns(), time.perf_counter_ns()
            slate = engine.recommend(who[at], K, placement=name)
            wall[name][at] = (time.perf_counter_ns() - begin) / 1e3
            cpu[name][at] = (time.thread_time_ns() - thread) / 1e3
            pool[name] += slate.trace["candidates"]
            if at % 5 == 0 and engine.strategies[name].explore is not None:
                engine.outcome(slate.id, slate.items[0])
    return {"wall": wall, "cpu": cpu}, {name: n / count for name, n in pool.items()}


def summary(rounds: list[dict[str, Any]], pools: dict[str, float]) -> list[dict[str, Any]]:
    rows = []
    for name in rounds[0]["wall"]:
        p50 = [float(np.median(one["wall"][name])) for one in rounds]
        added = [float(np.median(r["wall"][name]) - np.median(r["wall"]["plain"])) for r in rounds]
        cpu = [float(np.median(one["cpu"][name])) for one in rounds]
        more = [float(np.median(r["cpu"][name]) - np.median(r["cpu"]["plain"])) for r in rounds]
        row = {
            "placement": name, "candidates": round(pools[name], 1),
            "p50_us": float(np.median(p50)), "spread_us": [min(p50), max(p50)],
            "p99_us": float(np.percentile(np.concatenate([r["wall"][name] for r in rounds]), 99)),
            "cpu_us": float(np.median(cpu)),
            "added_us": float(np.median(added)), "added_spread_us": [min(added), max(added)],
            "added_cpu_us": float(np.median(more)),
        }  # fmt: skip
        rows.append(row)
        if name.startswith("full"):
            rows[-1] |= {"goal_us": GOAL, "reached": row["added_us"] <= GOAL}
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    lines = []
    for row in rows:
        (low, high), (least, most) = row["spread_us"], row["added_spread_us"]
        verdict = {None: "", True: f"≤ {GOAL:.0f} reached", False: f"≤ {GOAL:.0f} MISSED"}
        lines.append([
            row["placement"], f"{row['candidates']:.0f}", f"{row['p50_us']:.0f}",
            f"{low:.0f}–{high:.0f}", f"{row['p99_us']:.0f}", f"{row['cpu_us']:.0f}",
            f"{row['added_us']:.0f}", f"{least:.0f}–{most:.0f}", f"{row['added_cpu_us']:.0f}",
            verdict[row.get("reached")],
        ])  # fmt: skip
    head = ["µs", "candidates", "p50", "spread", "p99", "processor", "added p50", "spread",
            "added processor", "goal"]  # fmt: skip
    return common.markdown(head, lines)


def main() -> None:
    """Measure, print, and write results/strategy.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a twentieth of the size, no file")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--output", type=Path, help="JSON file; default: results/strategy.json")
    options = parser.parse_args()
    sizes = bench.Sizes(items=100_000, events=1_000_000, sessions=100_000, requests=1_000)
    if options.quick:
        sizes = bench.Sizes(items=5_000, events=50_000, sessions=5_000, requests=100)
    setting = common.machine()
    world = bench.World(sizes, lambda text: print(f"{text} …", file=sys.stderr, flush=True))
    made = placements(str(world.past.items[0]))
    engine = aisle.Engine(world.bundle, strategy=made)
    engine.observe_many(world.live)
    names = list(made)
    one_round(engine, world, names, sizes.requests // 5)  # bitmaps and scratch memory, once
    done = [one_round(engine, world, names, sizes.requests) for _ in range(options.rounds)]
    rows = summary([one[0] for one in done], done[-1][1])
    print(table(rows))
    if options.quick:
        return
    result = {"machine": setting, "sizes": vars(sizes), "sources": SOURCES, "rows": rows}
    result["strategies"] = {name: strategy.to_dict() for name, strategy in made.items()}
    print(f"written to {common.save('strategy', result, options.output)}")


if __name__ == "__main__":
    main()
