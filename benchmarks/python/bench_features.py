"""What features cost: events taken in with and without them, and the rows of a request.

    python benchmarks/python/bench_features.py            a million events; some minutes
    python benchmarks/python/bench_features.py --quick    a twentieth of it, no file

A shop of `aisle.simulate.Shop`; the older half of the log is fitted, the newer half taken in by
`observe_many` in an engine with `FeatureSet.default(items)` and in one without, in turns, each time
a fresh engine: the ratio is of two runs beside each other. A request asks for the features of 200
candidates of one visitor, from Python, ids as text. `table` is the export of a row for each event.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import common
import numpy as np

import aisle
from aisle.features import FeatureSet, table

CANDIDATES = 200


def halves(count: int) -> tuple[aisle.Events, aisle.Events, Any]:
    """The older and the newer half of a simulated log, and the items."""
    visitors, log = count // 20, aisle.Events.from_columns(visitor=[], item=[], time=[])
    while len(log) < count:
        visitors *= 2
        shop = aisle.simulate.Shop(items=20_000, visitors=visitors, days=28, seed=1)
        log = shop.events()
    middle = count // 2
    return log._take(np.arange(middle)), log._take(np.arange(middle, count)), shop.items()


def observing(bundle: aisle.Bundle, log: aisle.Events) -> tuple[float, aisle.Engine]:
    """Nanoseconds an event, and the engine that saw them."""
    engine = aisle.Engine(bundle)
    begin = time.perf_counter()
    engine.observe_many(log)
    return (time.perf_counter() - begin) / len(log) * 1e9, engine


def reading(engine: aisle.Engine, log: aisle.Events, requests: int) -> list[float]:
    """Microseconds of each request."""
    rng = np.random.default_rng(1)
    items = [str(item) for item in log.items]
    visitors = [str(visitor) for visitor in log.visitors]
    now, took = int(log.time.max()), []
    for _ in range(requests):
        visitor = visitors[rng.integers(len(visitors))]
        chosen = [items[i] for i in rng.integers(0, len(items), CANDIDATES)]
        begin = time.perf_counter()
        engine.features(visitor, chosen, time=now)
        took.append((time.perf_counter() - begin) * 1e6)
    return took


def main() -> None:
    """Measure, print, and write results/features.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a twentieth of the size, no file")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--output", type=Path, help="JSON file; default: results/features.json")
    options = parser.parse_args()
    setting = common.machine()
    count = 50_000 if options.quick else 1_000_000
    print("simulating a shop …", file=sys.stderr)
    past, live, items = halves(count)
    features = FeatureSet.default(items)
    plain = aisle.fit(past, items, scorer="fixed", vector_dim=0)
    rich = aisle.fit(past, items, scorer="fixed", vector_dim=0, features=features)
    without, with_them, ratios = [], [], []
    for _ in range(options.rounds):
        bare, _engine = observing(plain, live)
        full, engine = observing(rich, live)
        without.append(bare)
        with_them.append(full)
        ratios.append(full / bare)
    reading(engine, live, 200)  # scratch memory, once
    took = reading(engine, live, 500 if options.quick else 5_000)
    begin = time.perf_counter()
    rows = table(live, items, features)
    exported = len(rows) / (time.perf_counter() - begin)
    stats = engine.stats()
    found = {
        "observe_many without features: ns an event": statistics.median(without),
        "observe_many with features: ns an event": statistics.median(with_them),
        "with over without": statistics.median(ratios),
        f"features of {CANDIDATES} items, p50: µs": float(np.percentile(took, 50)),
        f"features of {CANDIDATES} items, p99: µs": float(np.percentile(took, 99)),
        "bytes of features a visitor and item": stats["feature_bytes"]
        / (stats["feature_visitors"] + stats["items"]),
        "table: rows/s": exported,
    }
    head = (f"{len(features)} features, {count // 2:,} events", "median")
    print(common.markdown(head, [[name, f"{value:,.2f}"] for name, value in found.items()]))
    if options.quick:
        return
    result = {"machine": setting, "events": count // 2, "features": features.names, "rows": found,
              "spread of the ratio": [min(ratios), max(ratios)]}  # fmt: skip
    print(f"written to {common.save('features', result, options.output)}")


if __name__ == "__main__":
    main()
