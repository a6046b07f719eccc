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
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ["POLARS_MAX_THREADS"] = "1"  # polars reads it when it is imported

import common
import duckdb
import numpy as np
import numpy.typing as npt

import aisle
from aisle import _core

BRANDS = 200
WANTED = ("brand7", "brand11", "brand150")
CODES = tuple(int(name.removeprefix("brand")) for name in WANTED)
NOW = 1_772_409_600_000_000
TEXT = "price < {most} and brand in ['brand7', 'brand11', 'brand150'] and sale and rating >= 3.5"
MOST = 20.0
MANY = 1_000  # rows of one update_items: what a row costs beside the call
GOALS = {"compile": 50.0, "cold": 4_000.0, "cached": 1.0, "change": 1.0}  # microseconds, the core's
BUILD = common.ROOT / "build" / "bench-cpp"

Columns = dict[str, npt.NDArray[Any]]
Rows = npt.NDArray[np.int64]
Work = Callable[[int], object]


@dataclass
class Step:
    """One thing that is measured: rounds of wall times in microseconds, and the processor's."""

    contender: str
    name: str
    work: Work
    calls: int
    rounds: list[npt.NDArray[np.float64]] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    turn: int = 0

    def run(self) -> None:
        took = np.empty(self.calls)
        gc.collect()
        gc.disable()
        cpu = time.process_time_ns()
        for at in range(self.calls):
            self.turn += 1
            begin = time.perf_counter_ns()
            self.work(self.turn)
            took[at] = time.perf_counter_ns() - begin
        self.cpu.append((time.process_time_ns() - cpu) / 1e3 / self.calls)
        gc.enable()
        self.rounds.append(took / 1e3)

    @property
    def result(self) -> dict[str, Any]:
        medians = [float(np.median(one)) for one in self.rounds]
        return {
            "contender": self.contender,
            "step": self.name,
            "median_us": float(np.median(medians)),
            "spread_us": [min(medians), max(medians)],
            "p99_us": float(np.percentile(np.concatenate(self.rounds), 99)),
            "cpu_us": float(np.median(self.cpu)),
            "calls": sum(map(len, self.rounds)),
        }


def make_columns(items: int, rng: np.random.Generator) -> Columns:
    """Prices, brands as codes, sale and rating of every item."""
    return {
        "price": np.round(rng.lognormal(3.0, 0.8, items), 2),
        "brand": rng.integers(0, BRANDS, items).astype(np.uint8),
        "sale": rng.random(items) < 0.3,
        "rating": np.round(rng.uniform(1, 5, items), 1),
    }


def brand_names(columns: Columns) -> npt.NDArray[Any]:
    """The brand of every item as a text."""
    return np.array([f"brand{n}" for n in range(BRANDS)])[columns["brand"]]


@dataclass
class Contender:
    """Its steps, and what it finds, as row numbers: asked before anything is changed."""

    steps: list[Step]
    found: Rows


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


def of_numpy(columns: Columns, calls: int) -> Contender:
    """Both ways, so that the better can be taken."""
    price, brand, sale, rating = (columns[n].copy() for n in ("price", "brand", "sale", "rating"))
    wanted = np.zeros(256, bool)
    wanted[list(CODES)] = True

    def masks(most: float = MOST) -> Rows:
        mask = price < most
        mask &= wanted[brand]
        mask &= sale
        mask &= rating >= 3.5
        return np.flatnonzero(mask)

    def narrowing(most: float = MOST) -> Rows:
        rows = np.flatnonzero(wanted[brand])
        rows = rows[sale[rows]]
        rows = rows[price[rows] < most]
        return rows[rating[rows] >= 3.5]

    def change(turn: int, ask: Callable[[], Rows]) -> None:
        price[1000 + turn % 1000] = 1.0 + turn % 7
        ask()

    kept = np.zeros(len(price), bool)
    kept[masks()] = True

    def by_hand(turn: int) -> None:
        row = 1000 + turn % 1000
        price[row] = 1.0 + turn % 7
        kept[row] = price[row] < MOST and wanted[brand[row]] and sale[row] and rating[row] >= 3.5

    who = f"NumPy {np.__version__}"
    steps = []
    for name, ask in (("masks", masks), ("narrowing", narrowing)):
        title = f"{who}, {name}"
        steps.append(Step(title, "cold", lambda _, ask=ask: ask(), calls))
        steps.append(Step(title, "change", lambda t, ask=ask: change(t, ask), calls))
    steps.append(Step(f"{who}, a kept mask by hand", "change", by_hand, 10 * calls))
    found = masks()
    if not np.array_equal(found, narrowing()):
        raise SystemExit("NumPy's two ways find different items")
    return Contender(steps, found)


def of_polars(columns: Columns, calls: int) -> Contender:
    """Eager, and through the lazy optimiser."""
    import polars as pl

    brands = pl.Enum([f"brand{n}" for n in range(BRANDS)])
    frame = pl.DataFrame(
        {"item": np.arange(len(columns["price"])), **columns, "brand": brand_names(columns)}
    ).with_columns(pl.col("brand").cast(brands))

    def condition(most: float) -> Any:
        few = pl.col("brand").is_in(pl.Series(WANTED, dtype=brands).implode())
        return few & pl.col("sale") & (pl.col("price") < most) & (pl.col("rating") >= 3.5)

    def eager(most: float = MOST) -> Rows:
        return frame.filter(condition(most))["item"].to_numpy()

    def lazy(most: float = MOST) -> Rows:
        return frame.lazy().filter(condition(most)).select("item").collect()["item"].to_numpy()

    def change(turn: int, ask: Callable[[], Rows]) -> None:
        frame[1000 + turn % 1000, "price"] = 1.0 + turn % 7
        ask()

    who = f"polars {pl.__version__}"
    steps = []
    for name, ask in (("eager", eager), ("lazy", lazy)):
        title = f"{who}, {name}"
        steps.append(Step(title, "cold", lambda _, ask=ask: ask(), calls))
        steps.append(Step(title, "change", lambda t, ask=ask: change(t, ask), calls))
    found = eager()
    if not np.array_equal(found, lazy()):
        raise SystemExit("polars' two ways find different items")
    return Contender(steps, found)


def of_duckdb(columns: Columns, calls: int) -> Contender:
    """Prepared once; the brand as an ENUM and as text."""
    import polars as pl

    base = duckdb.connect(config={"threads": 1})
    frame = pl.DataFrame(
        {"item": np.arange(len(columns["price"])), **columns, "brand": brand_names(columns)}
    )
    base.register("frame", frame)
    base.execute("CREATE TYPE brands AS ENUM (SELECT DISTINCT brand FROM frame)")
    base.execute("CREATE TABLE items AS SELECT * REPLACE (brand::brands AS brand) FROM frame")
    wanted = ", ".join(f"'{name}'" for name in WANTED)
    clauses = f"price < ? AND brand IN ({wanted}) AND sale AND rating >= 3.5"
    select = f"SELECT item FROM items WHERE {clauses}"
    base.execute(f"PREPARE filter AS {select}")

    def ask(_: int = 0) -> Rows:
        return base.execute(f"EXECUTE filter({MOST})").fetchnumpy()["item"]

    def change(turn: int) -> None:
        base.execute(
            "UPDATE items SET price = ? WHERE item = ?", [1.0 + turn % 7, 1000 + turn % 1000]
        )
        ask()

    who = f"DuckDB {duckdb.__version__}"
    steps = [
        Step(who, "compile", lambda _: base.execute(f"PREPARE other AS {select}"), 10 * calls),
        Step(who, "cold", ask, calls),
        Step(who, "change", change, calls),
    ]
    return Contender(steps, np.sort(ask()))


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
