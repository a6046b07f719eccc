"""A filter of four clauses over a catalogue, beside NumPy, polars and DuckDB in the same run.

    python benchmarks/python/bench_filters.py             1,000,000 items; about a minute
    python benchmarks/python/bench_filters.py --quick     a hundredth of it

Everyone finds the same items, one thread each. `compile` turns the text into what runs; `cold` is
the first answer to it, the text included; `warm` asks again; `change` sets one item's price and
asks again. Ours is a whole request for twenty items with that filter, in Python, by an engine; the
others give a mask or row numbers, which is less than a slate. They keep nothing from one question
to the next, so their warm is their cold. NumPy has brands as codes, which is its best case.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import common
import duckdb
import numpy as np
import numpy.typing as npt

import aisle
from aisle import _core

os.environ["POLARS_MAX_THREADS"] = "1"  # polars reads it when it is imported

BRANDS = 200
WANTED = ("brand7", "brand11", "brand150")
NOW = 1_772_409_600_000_000
TEXT = "price < {most} and brand in ['brand7', 'brand11', 'brand150'] and sale and rating >= 3.5"

Columns = dict[str, npt.NDArray[Any]]


@dataclass
class Row:
    """Microseconds, medians; None where there is no such step."""

    contender: str
    compile: float | None
    cold: float
    warm: float
    change: float


def median_us(work: Callable[[int], object], repeats: int) -> float:
    """The median time of work(0), work(1), ..."""
    times = []
    for turn in range(repeats):
        begin = time.perf_counter_ns()
        work(turn)
        times.append((time.perf_counter_ns() - begin) / 1e3)
    return float(np.median(times))


def make_columns(items: int, rng: np.random.Generator) -> Columns:
    """Prices, brands as codes, sale and rating of every item."""
    return {
        "price": np.round(rng.lognormal(3.0, 0.8, items), 2),
        "brand": rng.integers(0, BRANDS, items).astype(np.int32),
        "sale": rng.random(items) < 0.3,
        "rating": np.round(rng.uniform(1, 5, items), 1),
    }


def brand_names(columns: Columns) -> npt.NDArray[Any]:
    """The brand of every item as a text."""
    return np.array([f"brand{n}" for n in range(BRANDS)])[columns["brand"]]


def ours(columns: Columns, repeats: int) -> tuple[Row, int]:
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

    def ask(text: str) -> aisle.Slate:
        return engine.recommend(k=20, session=["i3", "i5"], where=text, time=NOW)

    def change(turn: int) -> None:
        catalog.set_cells(1000 + turn, {"price": 1.0 + turn % 7})
        ask(TEXT.format(most=20))

    every = _core.Expression(catalog, TEXT.format(most=20))
    found = int((every.evaluate(NOW, None, nothing, nothing, None, 0) == 1).sum())
    ask("sale")  # the scratch memory of a request, once
    row = Row(
        contender=f"aisle {aisle.__version__} (a request for 20)",
        compile=median_us(
            lambda turn: _core.Expression(catalog, TEXT.format(most=turn)), 10 * repeats
        ),
        cold=median_us(lambda turn: ask(TEXT.format(most=19 + turn / 1000)), repeats),
        warm=median_us(lambda _: ask(TEXT.format(most=20)), 10 * repeats),
        change=median_us(change, 10 * repeats),
    )
    engine.close()
    return row, found


def numpy_row(columns: Columns, repeats: int) -> tuple[Row, int]:
    """Masks over whole columns; the clause that lets fewest through has no way to spare others."""
    price, brand = columns["price"].copy(), columns["brand"]
    codes = np.array([int(name.removeprefix("brand")) for name in WANTED], dtype=np.int32)

    def ask(most: float = 20.0) -> npt.NDArray[np.bool_]:
        mask = price < most
        mask &= np.isin(brand, codes)
        mask &= columns["sale"]
        mask &= columns["rating"] >= 3.5
        return mask

    def change(turn: int) -> None:
        price[1000 + turn] = 1.0 + turn % 7
        ask()

    found = int(ask().sum())
    warm = median_us(lambda _: ask(), repeats)
    return Row(f"NumPy {np.__version__}", None, warm, warm, median_us(change, repeats)), found


def polars_row(columns: Columns, repeats: int) -> tuple[Row, int]:
    """An expression over a frame with the brand as an Enum."""
    import polars as pl

    brands = pl.Enum([f"brand{n}" for n in range(BRANDS)])
    frame = pl.DataFrame({**columns, "brand": brand_names(columns)}).with_columns(
        pl.col("brand").cast(brands)
    )

    def ask(most: float = 20.0) -> Any:
        condition = (
            (pl.col("price") < most)
            & pl.col("brand").is_in(list(WANTED))
            & pl.col("sale")
            & (pl.col("rating") >= 3.5)
        )
        return frame.select(condition.alias("keep")).to_series()

    def change(turn: int) -> None:
        frame[1000 + turn, "price"] = 1.0 + turn % 7
        ask()

    found = int(ask().sum())
    warm = median_us(lambda _: ask(), repeats)
    row = Row(f"polars {pl.__version__}", None, warm, warm, median_us(change, repeats))
    return row, found


def duckdb_row(columns: Columns, repeats: int) -> tuple[Row, int]:
    """A table in memory and one SELECT of row numbers, one thread."""
    import polars as pl

    base = duckdb.connect(config={"threads": 1})
    frame = pl.DataFrame(
        {"item": np.arange(len(columns["price"])), **columns, "brand": brand_names(columns)}
    )
    base.register("frame", frame)
    base.execute("CREATE TABLE items AS SELECT * FROM frame")
    wanted = ", ".join(f"'{name}'" for name in WANTED)
    clauses = f"price < ? AND brand IN ({wanted}) AND sale AND rating >= 3.5"
    select = f"SELECT item FROM items WHERE {clauses}"

    def ask(most: float = 20.0) -> npt.NDArray[Any]:
        return base.execute(select, [most]).fetchnumpy()["item"]

    def change(turn: int) -> None:
        base.execute("UPDATE items SET price = ? WHERE item = ?", [1.0 + turn % 7, 1000 + turn])
        ask()

    found = len(ask())
    compiled = median_us(lambda _: base.execute(f"EXPLAIN {select}", [20.0]).fetchall(), repeats)
    warm = median_us(lambda _: ask(), repeats)
    row = Row(f"DuckDB {duckdb.__version__}", compiled, warm, warm, median_us(change, repeats))
    base.close()
    return row, found


def main() -> None:
    """Measure, print the table, write benchmarks/results/filters.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a hundredth of the items, no file")
    parser.add_argument("--json", type=Path, help="where to write the result")
    parser.add_argument("--repeats", type=int, default=15)
    args = parser.parse_args()
    items = 10_000 if args.quick else 1_000_000
    setting = common.machine()
    columns = make_columns(items, np.random.default_rng(7))
    rows, found = [], set()
    for contender in (ours, numpy_row, polars_row, duckdb_row):
        row, count = contender(columns, args.repeats)
        rows.append(row)
        found.add(count)
    if len(found) != 1:
        raise SystemExit(f"they find different numbers of items: {sorted(found)}")
    share = found.pop() / items
    print(f"{items:,} items, {share:.2%} pass: {TEXT.format(most=20)}\n")
    head = ["microseconds", "compile", "cold", "warm", "change"]
    cells = [
        [row.contender, *("" if x is None else f"{x:,.1f}" for x in list(asdict(row).values())[1:])]
        for row in rows
    ]
    print(common.markdown(head, cells))
    if args.json or not args.quick:
        result = {
            "items": items,
            "filter": TEXT.format(most=20),
            "share": share,
            "machine": setting,
            "rows": [asdict(row) for row in rows],
        }
        print(f"\n{common.save('filters', json.loads(json.dumps(result, default=str)), args.json)}")


if __name__ == "__main__":
    main()
