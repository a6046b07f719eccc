"""A clean log of people, to plant one defect after the other in."""

from __future__ import annotations

from typing import Any

import numpy as np

import aisle
from aisle.hygiene.report import CLEANABLE

DAY = 86_400_000_000
START = 1_714_521_600_000_000  # 2024-05-01
NOW = "2024-06-01"


def people(visitors: int = 120, seed: int = 0) -> dict[str, list[Any]]:
    """Columns of a log: four sessions a visitor on different days, four or five views each."""
    rng = np.random.default_rng(seed)
    columns: dict[str, list[Any]] = {"visitor": [], "item": [], "time": [], "type": []}
    for visitor in range(visitors):
        for day in rng.choice(14, 4, replace=False):
            at = START + int(day) * DAY + int(rng.integers(8 * 3600, 20 * 3600)) * 1_000_000
            for _ in range(int(rng.integers(4, 6))):
                at += int(rng.exponential(60e6)) + 2_000_000
                columns["visitor"].append(f"v{visitor}")
                columns["item"].append(f"i{int(rng.zipf(1.4)) % 150:03d}")
                columns["time"].append(at)
                columns["type"].append("view")
    order = np.argsort(columns["time"], kind="stable")
    return {name: [values[at] for at in order] for name, values in columns.items()}


def events(columns: dict[str, list[Any]], **more: Any) -> aisle.Events:
    """Events of such columns."""
    return aisle.Events.from_columns(**columns, **more)


def check(log: aisle.Events, items: Any = None, **options: Any) -> aisle.hygiene.CheckReport:
    """Check a log with the clock of these tests, without effects.

    What `clean` can leave out must be known by name also where it found nothing.
    """
    report = aisle.check(log, items, **{"measure": False, "now": NOW, **options})
    unnamed = {one.rule for one in report.findings if one.rows is not None} - CLEANABLE
    assert not unnamed, f"aisle.hygiene.report.CLEANABLE lacks {sorted(unnamed)}"
    return report


def add(columns: dict[str, list[Any]], **rows: Any) -> dict[str, list[Any]]:
    """Return the columns with rows at their end; what is one value is so in each."""
    many = max(len(v) for v in rows.values() if isinstance(v, list))
    filled = {"type": "view", **rows}
    return {
        name: values + (v if isinstance(v := filled[name], list) else [v] * many)
        for name, values in columns.items()
    }
