"""What a benchmark answers: rows, and the table of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes
    ----------
    name, unit, value
        What was measured: the median of the repeats.
    spread
        Smallest and largest of the repeats.
    p50, p99
        Of single calls, where there are such; the medians of the repeats.
    target, more_is_better
        What it should reach.
    compared : dict
        Other figures of the same run, by name.
    """

    name: str
    unit: str
    value: float
    spread: tuple[float, float]
    p50: float | None = None
    p99: float | None = None
    target: float | None = None
    more_is_better: bool = False
    compared: dict[str, float] = field(default_factory=dict)

    @property
    def passes(self) -> bool | None:
        """Whether the target is reached; None without one."""
        if self.target is None:
            return None
        return self.value >= self.target if self.more_is_better else self.value <= self.target

    @property
    def data(self) -> dict[str, Any]:
        """The row as plain values, ready for JSON."""
        return {
            "name": self.name,
            "unit": self.unit,
            "value": self.value,
            "p50": self.p50,
            "p99": self.p99,
            "spread": list(self.spread),
            "target": self.target,
            "passes": self.passes,
            "compared": self.compared,
        }


def table(rows: Sequence[Row]) -> str:
    """The rows as text."""
    cells = [("", "median", "spread", "p99", "target", "", "in the same run")]
    for row in rows:
        low, high = row.spread
        reached = {None: "", True: "reached", False: "MISSED"}[row.passes]
        sign = ">=" if row.more_is_better else "<="
        cells.append(
            (
                row.name,
                f"{_short(row.value)} {row.unit}",
                f"{_short(low)}-{_short(high)}",
                "" if row.p99 is None else _short(row.p99),
                "" if row.target is None else f"{sign} {_short(row.target)}",
                reached,
                ", ".join(f"{name} {_short(value)}" for name, value in row.compared.items()),
            )
        )
    widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


def _short(value: float) -> str:
    """Three digits that count; whole numbers from 100 on."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
