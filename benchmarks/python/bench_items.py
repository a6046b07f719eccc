"""Item models on user sequences: the last event of each visitor is the target.

    python benchmarks/python/bench_items.py [--models ItemKNN EASE]

Amazon Beauty as S3-Rec has it (5-core, 22,363 visitors, 12,101 items): fit on all but the last item
of each visitor, rank all items that the visitor has not had, ties against us. The literature's
protocol, not an honest one: training holds what others did later (docs/evaluation.md).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import common
import numpy as np

import aisle

M = aisle.models
K = 10
COLUMNS = {"HR@10": 4, "NDCG@10": 4, "fit_s": 1, "query_us": 0}
MODELS: dict[str, Callable[[int], Any]] = {
    "Popularity": lambda threads: M.Popularity(),
    "ItemKNN cosine": lambda threads: M.ItemKNN(threads=threads),
    "ItemKNN cosine, plain": lambda threads: M.ItemKNN(shrink=0, step_decay=1, threads=threads),
    "ItemKNN jaccard": lambda threads: M.ItemKNN(similarity="jaccard", threads=threads),
    "ItemKNN llr": lambda threads: M.ItemKNN(similarity="llr", threads=threads),
    "SLIM": lambda threads: M.SLIM(threads=threads),
    "SLIM, no decay": lambda threads: M.SLIM(step_decay=1, threads=threads),
    "EASE": lambda threads: M.EASE(threads=threads),
    "Item2Vec": lambda threads: M.Item2Vec(threads=threads),
    "CoVisitation": lambda threads: M.CoVisitation(),
    "CoVisitationMatrix": lambda threads: M.CoVisitationMatrix(window=None, by="visitor"),
    "ALS": lambda threads: M.ALS(threads=threads),
    "BPR": lambda threads: M.BPR(threads=1),
}


def sequences(path: Path) -> list[list[int]]:
    """One visitor a line: the visitor, then the items in order."""
    text = subprocess.run(["zstd", "-dc", str(path)], capture_output=True, check=True).stdout
    return [[int(x) for x in line.split()[1:]] for line in text.decode().splitlines()]


def last_out(users: list[list[int]]) -> tuple[aisle.Events, list[list[int]], list[int]]:
    """The log without each visitor's last item; histories; targets."""
    histories, targets = [user[:-1] for user in users], [user[-1] for user in users]
    visitor = np.repeat(np.arange(len(users)), [len(h) for h in histories])
    place = np.concatenate([np.arange(len(h)) for h in histories])
    events = aisle.Events.from_columns(
        visitor=visitor,
        session=visitor,
        item=[item for history in histories for item in history],
        time=1_500_000_000 + place,
        time_unit="s",
    )
    return events, histories, targets


def metrics(ranks: np.ndarray[Any, Any], k: int = K) -> dict[str, float]:
    """HR@k and NDCG@k of conservative ranks, 0: not found."""
    hit = (ranks > 0) & (ranks <= k)
    gain = np.where(hit, 1 / np.log2(1 + np.maximum(ranks, 1)), 0.0)
    return {f"HR@{k}": float(hit.mean()), f"NDCG@{k}": float(gain.mean())}


def measure(model: Any, parts: tuple[Any, ...], threads: int) -> dict[str, Any]:
    """One model: quality, fit, query."""
    events, histories, targets = parts
    begin = time.perf_counter()
    model.fit(events)
    fit = time.perf_counter() - begin
    offsets, codes = model._encode(histories)
    wanted = model._items.lookup(targets)
    begin = time.perf_counter()
    ranks = model._fitted().rank_batch(offsets, codes, wanted, K, threads, exclude_seen=True)[0]
    query = (time.perf_counter() - begin) / len(targets) * 1e6 * threads
    return {**metrics(ranks), "fit_s": fit, "query_us": query}


def main() -> None:
    """Measure the models on Amazon Beauty."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--output", type=Path, help="JSON file; default: results/items.json")
    options = parser.parse_args()
    data = common.data_folder()
    if data is None:
        sys.exit("the public logs are not here: set AISLE_DATA to their folder")
    parts = last_out(sequences(data / "amazon_beauty" / "Beauty.txt.zst"))
    rows = {}
    for name in options.models:
        print(f"{name} …", file=sys.stderr, flush=True)
        rows[name] = measure(MODELS[name](options.threads), parts, options.threads)
    cells = [
        [name, *(f"{r[key]:.{digits}f}" for key, digits in COLUMNS.items())]
        for name, r in rows.items()
    ]
    print(common.markdown(["Amazon Beauty", *COLUMNS], cells))
    result = {"machine": common.machine(), "amazon_beauty": rows}
    print(f"written to {common.save('items', result, options.output)}")


if __name__ == "__main__":
    main()
