"""Filters for `bench_filters.py`: what a measurement is, and NumPy, polars and DuckDB."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

BRANDS = 200
WANTED = ("brand7", "brand11", "brand150")
CODES = tuple(int(name.removeprefix("brand")) for name in WANTED)
MOST = 20.0

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


def brand_names(columns: Columns) -> npt.NDArray[Any]:
    """The brand of every item as a text."""
    return np.array([f"brand{n}" for n in range(BRANDS)])[columns["brand"]]


@dataclass
class Contender:
    """Its steps, and what it finds, as row numbers: asked before anything is changed."""

    steps: list[Step]
    found: Rows


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
