"""What privacy costs: hits without the pairs of few, and the time that pseudonyms take.

    python benchmarks/python/bench_privacy.py    two minutes

k-anonymity: `aisle.fit` with each k on the older part of a log, the newer part replayed (observe,
recommend 20 items, look where the visitor's next item stands). uci_eshop_clickstream, split at 15
July 2008, whose sessions are its visitors; and a simulated shop of 20,000 items, where rare items
are many, split at four fifths. Pairs are those that were looked at. Pseudonyms: `observe` and
`recommend` with and without a key, the best of seven rounds, in microseconds.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import common

import aisle

REQUESTS = 10_000


def eshop(data: Path) -> tuple[aisle.Events, aisle.Events]:
    path = data / "uci_eshop_clickstream" / "e-shop clothing 2008.csv.zst"
    return aisle.read_events(path, format="uci-eshop").split(at="2008-07-15")


def simulated() -> tuple[aisle.Events, aisle.Events]:
    shop = aisle.simulate.Shop(items=20_000, visitors=60_000, days=20, seed=1)
    return shop.events().split(at="2026-03-18")


def hits(train: aisle.Events, test: aisle.Events) -> list[dict[str, Any]]:
    rows = []
    for k in (None, 2, 3, 5, 10):
        bundle = aisle.fit(train, k_anonymity=k)
        report = aisle.evaluate.replay(aisle.Engine(bundle), test, k=20, max_events=REQUESTS)
        rows.append(
            {
                "k": k or 1,
                "pairs": len(bundle.array("pairs.view.items")),
                "sessions": len(bundle.array("sessions.offsets")) - 1,
                "hr": report.metrics["HR@20"],
                "mrr": report.metrics["MRR@20"],
            }
        )
        print(rows[-1], flush=True)
    return rows


def best(work: Callable[[], object], calls: int) -> float:
    rounds = []
    for _ in range(7):
        begin = time.perf_counter()
        for _ in range(calls):
            work()
        rounds.append((time.perf_counter() - begin) / calls * 1e6)
    return round(min(rounds), 2)


def pseudonyms(log: aisle.Events) -> dict[str, Any]:
    bundle, told = aisle.fit(log, scorer="fixed"), {}
    for name, key in (("none", None), ("key", bytes(range(32)))):
        engine, number = aisle.Engine(bundle, visitor_key=key), itertools.count()
        item = log.items[0]
        told[name] = {
            "observe": best(
                lambda e=engine, n=number, i=item: e.observe(next(n) % 1000, i), 20_000
            ),
            "recommend": best(lambda e=engine: e.recommend(5, k=12), 2_000),
        }
    return told


def main() -> None:
    data = common.data_folder()
    logs = {} if data is None else {"eshop": eshop(data)}
    logs["simulated"] = simulated()
    found = {name: hits(train, test) for name, (train, test) in logs.items()}
    timed = pseudonyms(logs["simulated"][0])
    head = ("k", "pairs", "sessions", "HR@20", "MRR@20")
    for name, rows in found.items():
        cells = [[f"{v:.4f}" if n in ("hr", "mrr") else v for n, v in r.items()] for r in rows]
        print(f"\n{name}\n{common.markdown(head, cells)}")
    print(timed)
    common.save("privacy", {"machine": common.machine(), "hits": found, "microseconds": timed})


if __name__ == "__main__":
    main()
