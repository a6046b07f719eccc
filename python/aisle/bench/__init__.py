"""The rows of the benchmark table: what this build does on this machine, on a simulated shop.

`aisle bench` runs them small; ``benchmarks/python/bench_engine.py`` at full size, beside others.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from aisle._core import ConfigError
from aisle.bench.measures import BENCHMARKS
from aisle.bench.rows import Row, table
from aisle.bench.world import FULL, Sizes, World
from aisle.names import unknown

__all__ = ["BENCHMARKS", "FULL", "Row", "Sizes", "World", "run", "table"]


def run(
    only: Sequence[str] = (),
    quiet: bool = True,
    sizes: Sizes | None = None,
    world: World | None = None,
) -> list[Row]:
    """Measure.

    Parameters
    ----------
    only
        Names in `BENCHMARKS`; empty: all.
    quiet
        Say nothing on stderr.
    sizes
        Of the simulated shop; ignored where ``world`` is one that is there already.

    Raises
    ------
    ConfigError
        For a name there is not.
    """
    for name in only:
        if name not in BENCHMARKS:
            raise ConfigError(unknown("benchmark", name, BENCHMARKS))

    def say(text: str) -> None:
        if not quiet:
            print(f"{text} …", file=sys.stderr, flush=True)  # noqa: T201

    world = world or World(sizes or Sizes(), say)
    rows = []
    for name in only or BENCHMARKS:
        say(f"measuring {name}")
        rows += BENCHMARKS[name](world)
    return rows
