"""Vector search: ours against faiss-cpu and hnswlib, same data, one thread, recall beside time.

    python benchmarks/python/bench_vectors.py --items 100000 --output results/vectors.json

Peers run in processes of their own (faiss-cpu brings its own OpenMP and BLAS), by default with this
Python; --peers names one that has faiss-cpu and hnswlib. Each peer gets the smallest effort that
reaches the target recall@20, found on the same queries. Three figures a row:

single  one call from Python with one query: p50 and p99 over all queries, microseconds
batch   all queries in one call, microseconds a query
inside  p50 and p99 inside the core, without Python (ours only)
page    the same with a filter as a category page has, and its own recall@20 (ours only): of a third
        of the item groups, six items in ten

Every figure is the median of the rounds; spread is the range of the rounds' single p50.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Items = npt.NDArray[Any]
Row = dict[str, Any]
Single = Callable[[Floats], object]
Batch = Callable[[Floats], Items]

K = 20


@dataclass(frozen=True)
class Data:
    """What all contenders get: vectors of length 1, and the K best items of each query."""

    rows: Floats
    queries: Floats
    truth: Items
    page: Bools  # what a filter lets through
    page_truth: Items  # the best of that


def unit(rows: Floats) -> Floats:
    """Rows of length 1."""
    return np.ascontiguousarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def shop_vectors(items: int, dim: int, rng: np.random.Generator) -> tuple[Floats, Floats, Items]:
    """Items around the centres of Zipf-sized groups, groups around departments.

    Returns the rows, and for the queries: the probability of an item and its group.
    """
    groups = max(items // 100, 2)
    departments = unit(rng.normal(size=(max(groups // 30, 2), dim)).astype(np.float32))
    home = rng.integers(0, len(departments), groups)
    centres = unit(departments[home] + 1.2 * unit(rng.normal(size=(groups, dim)).astype("f4")))
    weight = 1 / np.arange(1, groups + 1) ** 0.6
    group = rng.choice(groups, items, p=weight / weight.sum())
    noise = rng.normal(size=(items, dim)).astype(np.float32) * (0.9 / np.sqrt(dim))
    popularity = 1 / (rng.permutation(items) + 10.0)
    return unit(centres[group] + noise), (popularity / popularity.sum()).astype("f4"), group


def session_queries(
    count: int, rows: Floats, popularity: Floats, group: Items, rng: np.random.Generator
) -> Floats:
    """Recency-weighted means of sessions: four items, three of them of the first one's group."""
    weights = popularity.astype(np.float64)
    first = rng.choice(len(rows), count, p=weights / weights.sum())
    order = np.argsort(group, kind="stable")
    start = np.searchsorted(group[order], group[first])
    stop = np.searchsorted(group[order], group[first], side="right")
    queries = rows[first].copy()
    for weight in (0.7, 0.5):
        queries += weight * rows[order[rng.integers(start, stop)]]
    queries += 0.35 * rows[rng.integers(0, len(rows), count)]
    return unit(queries)


def make_data(name: str, items: int, dim: int, queries: int, seed: int) -> Data:
    """A data set by its name."""
    rng = np.random.default_rng(seed)
    if name == "normal":
        rows = unit(rng.normal(size=(items, dim)).astype(np.float32))
        asked = unit(rng.normal(size=(queries, dim)).astype(np.float32))
        group = rng.integers(0, 300, items)
    else:
        rows, popularity, group = shop_vectors(items, dim, rng)
        asked = session_queries(queries, rows, popularity, group, rng)
    has_group = rng.random(group.max() + 1) < 1 / 3
    page = has_group[group] & (rng.random(items) < 0.6)
    everything = np.ones(items, np.bool_)
    return Data(rows, asked, exact(rows, asked, everything), page, exact(rows, asked, page))


def exact(rows: Floats, queries: Floats, allowed: Bools) -> Items:
    """The allowed items of the K largest inner products of every query."""
    parts = []
    for begin in range(0, len(queries), 100):
        scores = np.where(allowed, queries[begin : begin + 100] @ rows.T, -2.0)
        parts.append(np.argpartition(-scores, K - 1, axis=1)[:, :K])
    return np.concatenate(parts)


def recall(found: Items, truth: Items) -> float:
    """Share of the true items that were found."""
    hits = sum(len(set(f) & set(t)) for f, t in zip(found.tolist(), truth.tolist(), strict=True))
    return hits / truth.size


def measure(single: Single, batch: Batch, data: Data, rounds: int) -> Row:
    """Times of one contender whose effort is set."""
    found = batch(data.queries)
    ones = [query.reshape(1, -1).copy() for query in data.queries]
    p50s, p99s, batches = [], [], []
    for _ in range(rounds):
        times = np.empty(len(ones))
        for i, query in enumerate(ones):
            begin = time.perf_counter_ns()
            single(query)
            times[i] = time.perf_counter_ns() - begin
        p50s.append(float(np.percentile(times, 50)) / 1e3)
        p99s.append(float(np.percentile(times, 99)) / 1e3)
        begin = time.perf_counter_ns()
        batch(data.queries)
        batches.append((time.perf_counter_ns() - begin) / 1e3 / len(ones))
    return {
        "recall": recall(found, data.truth),
        "single_p50_us": statistics.median(p50s),
        "single_p99_us": statistics.median(p99s),
        "spread_us": [min(p50s), max(p50s)],
        "batch_us": statistics.median(batches),
    }


def smallest(
    efforts: list[int], choose: Callable[[int], None], batch: Batch, data: Data, target: float
) -> int:
    """The first effort that reaches the target recall; it stays chosen."""
    for effort in efforts:
        choose(effort)
        if recall(batch(data.queries), data.truth) >= target:
            return effort
    return efforts[-1]


EFFORTS = [*range(1, 20), *range(20, 60, 4), *range(60, 200, 10), *range(200, 2001, 50)]


def inside(answers: list[tuple[Any, ...]], prefix: str) -> Row:
    """p50 and p99 of the core's own times over the rounds of search_batch()."""
    times = [np.percentile(nanoseconds, (50, 99)) / 1e3 for _, _, nanoseconds in answers]
    p50, p99 = np.median(times, axis=0)
    return {f"{prefix}_p50_us": float(p50), f"{prefix}_p99_us": float(p99)}


def run_ours(data: Data, target: float, rounds: int) -> list[Row]:
    """Our three kinds, as they tune themselves."""
    from aisle._core import VectorIndex, VectorKind

    results = []
    ids = np.arange(len(data.rows), dtype=np.uint32)
    for kind in (VectorKind.EXACT, VectorKind.IVF, VectorKind.HNSW):
        begin = time.perf_counter()
        index = VectorIndex(ids, data.rows, kind=kind, target_recall=target)
        took = time.perf_counter() - begin

        def single(query: Floats, index: VectorIndex = index) -> object:
            return index.search(query, K)

        def batch(queries: Floats, index: VectorIndex = index) -> Items:
            return index.search_batch(queries, K)[0]

        row = measure(single, batch, data, rounds)
        row |= inside([index.search_batch(data.queries, K) for _ in range(rounds)], "inside")
        filtered = [index.search_batch(data.queries, K, data.page) for _ in range(rounds)]
        row |= inside(filtered, "page") | {"page_recall": recall(filtered[0][0], data.page_truth)}
        results.append({"name": f"aisle {kind.name.lower()}", "effort": index.effort} | row)
        results[-1] |= {"build_s": took, "recall_at_build": index.recall}
    return results


def run_faiss(data: Data, target: float, rounds: int) -> list[Row]:
    """faiss-cpu: flat, IVF with our number of lists and with sqrt(n), HNSW32."""
    import faiss  # type: ignore[import-not-found,unused-ignore]

    faiss.omp_set_num_threads(2)
    rows = data.rows
    dim = rows.shape[1]
    root = len(rows) ** 0.5
    results = []
    for name in ("flat", "ivf", "ivf-fine", "hnsw"):
        begin = time.perf_counter()
        index: Any
        if name == "flat":
            index = faiss.IndexFlatIP(dim)
        elif name == "hnsw":
            index = faiss.IndexHNSWFlat(dim, 16, faiss.METRIC_INNER_PRODUCT)
            index.hnsw.efConstruction = 100
        else:
            lists = int(root if name == "ivf" else 1.6 * root)
            index = faiss.index_factory(dim, f"IVF{lists},Flat", faiss.METRIC_INNER_PRODUCT)
        index.train(rows)
        index.add(rows)
        took = time.perf_counter() - begin
        faiss.omp_set_num_threads(1)

        def batch(queries: Floats, index: Any = index) -> Items:
            return np.asarray(index.search(queries, K)[1])

        def choose(effort: int, index: Any = index, name: str = name) -> None:
            if name == "hnsw":
                index.hnsw.efSearch = max(effort, K)
            elif name != "flat":
                index.nprobe = effort

        effort = smallest(EFFORTS, choose, batch, data, target)

        def single(query: Floats, index: Any = index) -> object:
            return index.search(query, K)

        row = measure(single, batch, data, rounds)
        version = f"faiss-cpu {faiss.__version__} {name}"
        results.append({"name": version, "effort": effort, "build_s": took} | row)
        faiss.omp_set_num_threads(2)
    return results


def run_hnswlib(data: Data, target: float, rounds: int) -> list[Row]:
    """The graph of hnswlib with M=16, as ours."""
    from importlib.metadata import version

    import hnswlib  # type: ignore[import-untyped,import-not-found,unused-ignore]

    begin = time.perf_counter()
    index = hnswlib.Index(space="ip", dim=data.rows.shape[1])
    index.init_index(max_elements=len(data.rows), ef_construction=100, M=16)
    index.add_items(data.rows, num_threads=2)
    took = time.perf_counter() - begin
    index.set_num_threads(1)

    def batch(queries: Floats) -> Items:
        return np.asarray(index.knn_query(queries, k=K)[0])

    effort = smallest(EFFORTS[K - 1 :], index.set_ef, batch, data, target)
    row = measure(lambda q: index.knn_query(q, k=K), batch, data, rounds)
    name = f"hnswlib {version('hnswlib')}"
    return [{"name": name, "effort": effort, "build_s": took} | row]


RUNNERS = {"ours": run_ours, "faiss": run_faiss, "hnswlib": run_hnswlib}


def run_apart(python: str, runner: str, data: Path, target: float, rounds: int) -> list[Row]:
    """One runner in a process of its own; nothing where its package is missing."""
    command = [python, __file__, "--worker", runner, "--data", str(data)]
    command += ["--target", str(target), "--rounds", str(rounds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(f"{runner}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return []
    rows: list[Row] = json.loads(done.stdout)
    return rows


def table(rows: list[Row]) -> str:
    """The rows as text, one line each."""
    head = f"{'':24} {'effort':>6} {'recall':>7} {'single p50':>10} {'p99':>7} {'spread':>13}"
    head += f" {'batch':>7} {'build s':>8} {'inside p50':>10} {'p99':>7}"
    lines = [f"{head} {'page p50':>9} {'p99':>7} {'recall':>7}"]
    for row in rows:
        low, high = row["spread_us"]
        line = (
            f"{row['name']:24} {row['effort']:6d} {row['recall']:7.4f} "
            f"{row['single_p50_us']:10.1f} {row['single_p99_us']:7.1f} {low:6.1f}-{high:6.1f} "
            f"{row['batch_us']:7.1f} {row['build_s']:8.2f}"
        )
        if "page_recall" in row:
            line += (
                f" {row['inside_p50_us']:10.1f} {row['inside_p99_us']:7.1f}"
                f" {row['page_p50_us']:9.1f} {row['page_p99_us']:7.1f} {row['page_recall']:7.4f}"
            )
        lines.append(line)
    return "\n".join(lines)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--queries", type=int, default=2000)
    parser.add_argument("--target", type=float, default=0.975)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--sets", nargs="+", default=["shop", "normal"], choices=["shop", "normal"])
    parser.add_argument("--peers", default=sys.executable, help="a Python with the peers")
    parser.add_argument("--output", type=Path, help="write the result as JSON")
    parser.add_argument("--worker", choices=RUNNERS, help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Run all contenders on all sets."""
    options = arguments()
    if options.worker:
        data = Data(**np.load(options.data))
        print(json.dumps(RUNNERS[options.worker](data, options.target, options.rounds)))
        return
    import common  # needs aisle, which a Python with the peers may not have

    result: Row = {"machine": common.machine(), "sets": {}}
    for name in options.sets:
        data = make_data(name, options.items, options.dim, options.queries, options.seed)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "data.npz"
            np.savez(path, **vars(data))
            figures = []
            for runner in RUNNERS:
                print(f"{name}: {runner} ...", file=sys.stderr)
                python = sys.executable if runner == "ours" else options.peers
                figures += run_apart(python, runner, path, options.target, options.rounds)
        result["sets"][name] = figures
        print(f"\n{name}: {options.items} x {options.dim}, recall@{K}, microseconds, one thread")
        print(table(figures))
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
