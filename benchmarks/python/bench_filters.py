"""A filter of four clauses over a catalogue, beside NumPy, polars and DuckDB in the same run.

    python benchmarks/python/bench_filters.py             1,000,000 items; some minutes
    python benchmarks/python/bench_filters.py --quick     a hundredth of it, no file

Everyone finds the same items, on one thread. Four steps: `compile` turns the text into what runs;
`cold` is the first answer to a text, compiling it included; `cached` asks again; `change` sets one
item's price and asks again. Contenders take turns; of each step the median of the rounds' medians,
their spread, the 99th percentile of all calls, and the processor's time a call, for machines that
are shared.

aisle, core      C++ alone (benchmarks/cpp/bench_rules.cpp, built in build/bench-cpp): text to
                 bitmap, as an engine does it for a request; the same catalogue, from a file
aisle, Python    `engine.recommend` for twenty items with that filter: a whole request; `change`
                 with `update_items` of one row, and `price` with a cell written straight
NumPy            four masks; or from the most selective clause on, only the rows left (brands as
                 uint8 codes, a table of the wanted ones). `change`: whoever keeps the mask may
                 judge that one row again by hand
polars           an expression over a frame with the brand as an Enum, to row numbers
DuckDB           a prepared SELECT of row numbers from a table in memory, the brand as an ENUM

The last three keep nothing from one question to the next: their cached is their cold. What is
added to a request by a change is the row `marginal`: the request after it less one without.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ["POLARS_MAX_THREADS"] = "1"  # polars reads it when it is imported

import common
import numpy as np
from filter_peers import (
    BRANDS,
    MOST,
    Columns,
    Contender,
    Step,
    Work,
    brand_names,
    of_duckdb,
    of_numpy,
    of_polars,
)

import aisle
from aisle import _core

NOW = 1_772_409_600_000_000
TEXT = "price < {most} and brand in ['brand7', 'brand11', 'brand150'] and sale and rating >= 3.5"
MANY = 1_000  # rows of one update_items: what a row costs beside the call
GOALS = {"compile": 50.0, "cold": 4_000.0, "cached": 1.0, "change": 1.0}  # microseconds, the core's
BUILD = common.ROOT / "build" / "bench-cpp"


def make_columns(items: int, rng: np.random.Generator) -> Columns:
    """Prices, brands as codes, sale and rating of every item."""
    return {
        "price": np.round(rng.lognormal(3.0, 0.8, items), 2),
        "brand": rng.integers(0, BRANDS, items).astype(np.uint8),
        "sale": rng.random(items) < 0.3,
        "rating": np.round(rng.uniform(1, 5, items), 1),
    }


def ours(columns: Columns, calls: int) -> Contender:
    """An engine whose requests bring the filter."""
    items = len(columns["price"])
    names = [f"i{n}" for n in range(items)]
    log = aisle.Events.from_columns(
        visitor=["v"] * 1000,
        item=names[:1000],
        time=NOW - 10**9 + np.arange(1000) * 10**6,
    )
    table = {"id": names, **columns, "brand": brand_names(columns)}
    engine = aisle.Engine(aisle.fit(log, items=aisle.read_items(table, id="id")))
    catalog = engine.catalog()
    nothing = _core.GivenValues({})
    every = _core.Expression(catalog, TEXT.format(most=MOST))
    found = np.flatnonzero(every.matches(NOW, None, nothing, nothing, None, 0))
    where = TEXT.format(most=MOST)

    def ask(text: str = where) -> aisle.Slate:
        return engine.recommend(k=20, session=["i3", "i5"], where=text, time=NOW)

    def update(turn: int) -> None:
        one = {"id": [f"i{1000 + turn * 7919 % (items - 1000)}"], "price": [1.0 + turn % 7]}
        engine.update_items(one)

    def update_many(turn: int) -> None:
        rows = (turn * 7919 + np.arange(MANY)) % items
        engine.update_items({"id": [names[row] for row in rows], "price": 1.0 + rows % 7})

    def cell(turn: int) -> None:
        catalog.set_cells(1000 + turn * 7919 % (items - 1000), {"price": 1.0 + turn % 7})

    def asked_after(change: Work, turn: int) -> None:
        change(turn)
        ask()

    ask("sale")  # the scratch memory of a request, once
    who = f"aisle {aisle.__version__}, Python"
    few = 10 * calls
    steps = [
        Step(who, "compile", lambda t: _core.Expression(catalog, _text(t)), few),
        Step(who, "cold", lambda t: ask(_text(t)), calls),
        Step(who, "cached", lambda _: ask(), few),
        Step(who, "change", lambda t: asked_after(update, t), calls),
        Step(who, "price", lambda t: asked_after(cell, t), few),
        Step(who, "update_items alone", update, calls),
        Step(who, f"update_items, {MANY:,} rows", update_many, calls),
        Step(who, "set_cells alone", cell, few),
    ]
    return Contender(steps, found.astype(np.int64))


def _text(turn: int) -> str:
    return TEXT.format(most=19 + turn % 100_000 / 100_000)


def core_rows(columns: Columns, rounds: int) -> tuple[list[dict[str, Any]], int | None]:
    """C++ alone, over the same catalogue; nothing, with a message, where it can't be built."""
    configure = ["cmake", "-S", str(common.ROOT), "-B", str(BUILD), "-DCMAKE_BUILD_TYPE=Release"]
    configure += ["-DAISLE_PYTHON=OFF", "-DAISLE_BENCHMARKS=ON"]
    build = ["cmake", "--build", str(BUILD), "--parallel", "1", "--target", "bench_rules"]
    for command in (configure, build):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
            print(f"no C++ rows: {lines[-1]}", file=sys.stderr)
            return [], None
    ids = _core.Dictionary()
    numbers = ids.encode([f"i{n}" for n in range(len(columns["price"]))])
    catalog = _core.Catalog(ids)
    kinds = {"price": "number", "brand": "category", "sale": "flag", "rating": "number"}
    for name, kind in kinds.items():
        catalog.add_column(name, kind)
        values = brand_names(columns) if name == "brand" else columns[name]
        catalog.update(numbers, name, values)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalogue.aisle"
        catalog.to_bundle().save(str(path))
        command = [str(BUILD / "benchmarks" / "cpp" / "bench_rules"), "--benchmark_format=json"]
        command += [f"--benchmark_repetitions={rounds}", "--benchmark_min_time=0.2"]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True,
            env=os.environ | {"AISLE_BENCH_CATALOG": str(path)},
        )  # fmt: skip
    runs = [run for run in json.loads(done.stdout)["benchmarks"] if run["run_type"] == "iteration"]
    rows = []
    for step in GOALS:
        mine = [run for run in runs if run["name"] == step]
        single = [run for run in runs if run["name"] == f"{step}_singly"] or mine
        # What takes a fraction of a microsecond is timed in bulk, or the clock would be half of it.
        walls = sorted(run["real_time"] if single is not mine else run["p50_us"] for run in mine)
        cpus = sorted(run["cpu_time"] for run in mine)
        row = {
            "contender": f"aisle {aisle.__version__}, core", "step": step,
            "median_us": float(np.median(walls)), "spread_us": [walls[0], walls[-1]],
            "p99_us": float(np.median([run["p99_us"] for run in single])),
            "cpu_us": float(np.median(cpus)), "goal_us": GOALS[step],
            "reached": bool(np.median(cpus) <= GOALS[step]),
        }  # fmt: skip
        rows.append(row | ({"in_bulk": True} if single is not mine else {}))
    found = {int(run["found"]) for run in runs if "found" in run}
    return rows, found.pop()


def marginal(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a change adds to a request, through Python."""
    of = {row["step"]: row for row in rows if row["contender"].endswith("Python")}
    return [
        {
            "contender": of[step]["contender"],
            "step": f"marginal, {how}",
            "median_us": of[step]["median_us"] - of["cached"]["median_us"],
            "cpu_us": of[step]["cpu_us"] - of["cached"]["cpu_us"],
            "less_the_call_us": of[step]["median_us"]
            - of["cached"]["median_us"]
            - of[f"{how} alone"]["median_us"],
        }
        for step, how in (("change", "update_items"), ("price", "set_cells"))
    ]


def show(rows: list[dict[str, Any]]) -> str:
    def number(value: float | None) -> str:
        return "" if value is None else f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"

    lines = []
    for row in rows:
        low, high = row.get("spread_us", (None, None))
        goal = "" if "goal_us" not in row else f"≤ {number(row['goal_us'])}"
        reached = {None: "", True: "reached", False: "MISSED"}[row.get("reached")]
        lines.append([
            f"{row['contender']}: {row['step']}", number(row["median_us"]),
            "" if low is None else f"{number(low)}–{number(high)}", number(row.get("p99_us")),
            number(row["cpu_us"]), f"{goal} {reached}".strip(),
        ])  # fmt: skip
    return common.markdown(["microseconds", "median", "spread", "p99", "processor", "goal"], lines)


def main() -> None:
    """Measure, print the table, write benchmarks/results/filters.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a hundredth of the items, no file")
    parser.add_argument("--json", type=Path, help="where to write the result")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=40, help="cold questions a round")
    parser.add_argument("--no-cpp", action="store_true", help="nothing that must be built")
    args = parser.parse_args()
    items = 10_000 if args.quick else 1_000_000
    setting = common.machine()
    columns = make_columns(items, np.random.default_rng(7))
    core, count = ([], None) if args.no_cpp else core_rows(columns, args.rounds)
    contenders = [make(columns, args.calls) for make in (ours, of_numpy, of_polars, of_duckdb)]
    found = contenders[0].found
    if not all(np.array_equal(found, other.found) for other in contenders[1:]):
        raise SystemExit("they find different items")
    if count not in (None, len(found)):
        raise SystemExit(f"C++ finds {count} items, the others {len(found)}")
    for _ in range(args.rounds):
        for contender in contenders:
            for step in contender.steps:
                step.run()
    measured = [step.result for contender in contenders for step in contender.steps]
    rows = core + measured + marginal(measured)
    print(f"{items:,} items, {len(found):,} pass: {TEXT.format(most=MOST)}\n")
    print(show(rows))
    if args.json or not args.quick:
        result = {
            "machine": setting,
            "items": items,
            "found": len(found),
            "filter": TEXT.format(most=MOST),
            "rounds": args.rounds,
            "rows": rows,
        }
        print(f"\nwritten to {common.save('filters', result, args.json)}")


if __name__ == "__main__":
    main()
