"""The measurements: each takes the world and returns rows."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

import aisle
from aisle._core import VectorIndex
from aisle.bench.rows import Row
from aisle.bench.world import World, names

K = 20


def _spread(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)


def _timed(call: Callable[[int], object], count: int) -> npt.NDArray[np.float64]:
    """Microseconds of each of `count` calls."""
    took = np.empty(count)
    for at in range(count):
        begin = time.perf_counter_ns()
        call(at)
        took[at] = time.perf_counter_ns() - begin
    return took / 1e3


def _latency(name: str, rounds: list[npt.NDArray[np.float64]], target: float | None) -> Row:
    p50 = [float(np.percentile(took, 50)) for took in rounds]
    p99 = [float(np.percentile(took, 99)) for took in rounds]
    return Row(name, "µs", median(p50), _spread(p50), median(p50), median(p99), target)


def _mean(name: str, rounds: list[npt.NDArray[np.float64]], target: float | None) -> Row:
    """The mean, which counts where calls come by the million.

    Without the slowest in a thousand: the system's scheduler made those.
    """
    row = _latency(name, rounds, target)
    means = [float(np.sort(took)[: int(len(took) * 0.999)].mean()) for took in rounds]
    return replace(row, value=median(means), spread=_spread(means))


def observe_many(world: World) -> list[Row]:
    """A log with string ids, all visitors live: into the sessions alone, and learning."""
    rows = []
    for name, learn in (("observe_many, sessions alone", False), ("observe_many, learning", True)):
        engine = aisle.Engine(world.bundle)
        rates = []
        for again in range(min(world.sizes.repeats, 4) + 1):
            log = world.live_again(hours=6 * again)
            begin = time.perf_counter()
            engine.observe_many(log, learn=learn)
            rates.append(len(log) / (time.perf_counter() - begin))
        first, rest = rates[0], rates[1:]
        compared = {"ns an event": 1e9 / median(rest), "first time, every visitor new": first}
        target = None if learn else 2e6
        rows.append(
            Row(name, "events/s", median(rest), _spread(rest), None, None, target, True, compared)
        )
    return rows


def observe(world: World) -> list[Row]:
    """One event a call: inside the core (two looks at the clock included), and from Python."""
    engine, count = world.engine, world.sizes.requests * 4
    took: dict[bool, list[npt.NDArray[np.float64]]] = {False: [], True: []}
    outside = []
    for _ in range(world.sizes.repeats):
        for learn in (False, True):
            log = world.live_now(count)
            nothing = np.full(count, -1, np.int64)
            found = engine._replay(log, np.arange(count), nothing, k=K, learn=learn)
            took[learn].append(found[2] / 1e3)
        log = world.live_now(count)
        visitors, items = world.texts(log)
        outside.append(_timed(lambda at: engine.observe(visitors[at], items[at]), count))  # noqa: B023
    core = [float(np.median(one)) for one in took[True]]
    over = [float(np.median(one)) - core[n] for n, one in enumerate(outside)]
    return [
        _mean("observe in C++, sessions alone", took[False], 0.15),
        _mean("observe in C++, learning", took[True], 2.5),
        _mean("engine.observe from Python", outside, None),
        Row("engine.observe over the C++ cost", "µs", median(over), _spread(over), target=2.0),
    ]


def recommend(world: World) -> list[Row]:
    """Whole requests from Python, each after the click that asks for it.

    Four sources, one of 32 filters, MMR, k = 20.
    """
    engine, count = world.engine, world.sizes.requests
    rounds: list[npt.NDArray[np.float64]] = []
    bare: list[npt.NDArray[np.float64]] = []
    for filtered in (True, False) * world.sizes.repeats:
        log = world.live_now(count)
        who, what = world.texts(log)
        pages = world.filters(count)
        took = np.empty(count)
        for at in range(count):
            engine.observe(who[at], what[at])
            where = pages[at] if filtered else None
            begin = time.perf_counter_ns()
            engine.recommend(who[at], K, where=where)
            took[at] = time.perf_counter_ns() - begin
        (rounds if filtered else bare).append(took / 1e3)
    row = _latency("recommend p50", rounds, 150.0)
    assert row.p99 is not None
    tail = [float(np.percentile(took, 99)) for took in rounds]
    p99 = Row("recommend p99", "µs", row.p99, _spread(tail), row.p50, row.p99, 500.0)
    return [row, p99, _latency("recommend without a filter", bare, None)]


def sources(world: World) -> list[Row]:
    """V-SKNN and VMIS-kNN alone, inside the core."""
    rows = []
    for name, model in (("V-SKNN", aisle.models.VSKNN()), ("VMIS-kNN", aisle.models.VMISKNN())):
        model.fit(world.past)
        reports = [
            aisle.evaluate.next_item(model, world.questions, k=K, max_events=world.sizes.requests)
            for _ in range(world.sizes.repeats)
        ]
        row = _latency(f"{name} alone", [report.latencies for report in reports], 60.0)
        rows.append(replace(row, compared={"HR@20": reports[0]["HR@20"]}))
    return rows


def vectors(world: World) -> list[Row]:
    """The vector source alone, inside the core, at its recall."""
    rows = world.vectors
    index = VectorIndex(np.arange(len(rows), dtype=np.uint32), rows)
    at = world.live.item[world.rng.integers(0, len(world.live), (world.sizes.requests, 3))]
    live_names = world.live.items.astype(str)
    number = {str(name): n for n, name in enumerate(world.past.items)}
    mine = np.array([number.get(name, 0) for name in live_names.tolist()])[at]
    mixed = rows[mine[:, 0]] + 0.7 * rows[mine[:, 1]] * 0.3 + 0.5 * rows[mine[:, 2]] * 0.3
    queries = np.ascontiguousarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True), np.float32)
    few = queries[:500]
    truth = np.argpartition(-(few @ rows.T), K - 1, axis=1)[:, :K]
    found = index.search_batch(few, K)[0]
    hits = sum(len(set(a) & set(b)) for a, b in zip(found.tolist(), truth.tolist(), strict=True))
    rounds = [index.search_batch(queries, K)[2] / 1e3 for _ in range(world.sizes.repeats)]
    row = _latency("vector source alone", rounds, 50.0)
    return [replace(row, compared={"recall@20": hits / truth.size})]


def threads(world: World) -> list[Row]:
    """Requests a second of two threads over those of one."""
    engine, count = world.engine, world.sizes.requests
    ratios = []
    for _ in range(world.sizes.repeats):
        rates = []
        for workers in (1, 2):
            lists = [world.visitors(count) for _ in range(workers)]

            def ask(visitors: list[str]) -> None:
                for visitor in visitors:
                    engine.recommend(visitor, K)

            jobs = [threading.Thread(target=ask, args=(mine,)) for mine in lists]
            begin = time.perf_counter()
            for job in jobs:
                job.start()
            for job in jobs:
                job.join()
            rates.append(workers * count / (time.perf_counter() - begin))
        ratios.append(rates[1] / rates[0])
    name = "two threads over one"
    return [Row(name, "times", median(ratios), _spread(ratios), None, None, 1.8, True)]


def opening(world: World) -> list[Row]:
    """From a file to an engine that can answer."""
    took = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shop.aisle"
        world.bundle.save(path)
        for _ in range(world.sizes.repeats + 1):
            begin = time.perf_counter()
            engine = aisle.Engine(aisle.load(path))
            took.append((time.perf_counter() - begin) * 1e3)
            engine.close()
        size = path.stat().st_size / 1e6
    compared = {"MB": size}
    return [Row("opening a bundle", "ms", median(took[1:]), _spread(took[1:]), None, None, 50.0,
                False, compared)]  # fmt: skip


def memory(world: World) -> list[Row]:
    """Bytes of a live session of ten events."""
    sessions = min(world.sizes.sessions, 200_000)
    columns: dict[str, Any] = {
        "visitor": np.tile(names("visitor", np.arange(sessions)), 10),
        "item": world.live.items[world.rng.integers(0, len(world.live.items), 10 * sessions)],
        "time": time.time_ns() // 1000 - 10**9 + np.repeat(np.arange(10), sessions) * 1_000_000,
    }
    engine = aisle.Engine(world.bundle)
    engine.observe_many(aisle.Events.from_columns(**columns), learn=False)
    stats = engine.stats()
    value = stats["session_bytes"] / stats["visitors"]
    return [Row("a live session of ten events", "bytes", value, (value, value), target=300.0)]


BENCHMARKS: dict[str, Callable[[World], list[Row]]] = {
    "observe_many": observe_many,
    "observe": observe,
    "recommend": recommend,
    "sources": sources,
    "vectors": vectors,
    "threads": threads,
    "opening": opening,
    "memory": memory,
}
