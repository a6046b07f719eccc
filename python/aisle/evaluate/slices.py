"""Parts of the targets: by clicks known, by what was seen before, by popularity, by segment."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from aisle.evaluate import metrics

if TYPE_CHECKING:
    from aisle.evaluate.protocol import RankedLike

Slices = dict[str, dict[str, dict[str, float]]]
Floats = npt.NDArray[np.float64]
POSITIONS = (1, 2, 3, 4, 5, 10, 20, 10**9)
COLD = 5  # an item with fewer training events is cold


def slices(
    ranked: RankedLike,
    ranks: npt.NDArray[Any],
    k: int,
    *,
    values: Mapping[str, Floats] | None = None,
    labels: Mapping[str, npt.NDArray[Any]] | None = None,
) -> Slices:
    """HR and MRR at k of parts of the targets.

    Parameters
    ----------
    values
        Column -> float64[n], in the place of HR and MRR of `ranks`.
    labels
        Further slices: title -> name of each target's part, [n].
    """
    columns = values or {
        "HR": metrics.hits(ranks, k),
        "MRR": metrics.reciprocal_ranks(ranks, k),
    }

    def part(mask: npt.NDArray[np.bool_]) -> dict[str, float]:
        return {
            "events": int(mask.sum()),
            **{name: metrics.mean(value[mask]) for name, value in columns.items()},
        }

    positions, repeats = np.asarray(ranked.positions), np.asarray(ranked.repeats, bool)
    by_position = {}
    for low, high in itertools.pairwise(POSITIONS):
        mask = (positions >= low) & (positions < high)
        if mask.any():
            by_position[_between(low, high)] = part(mask)
    found = {
        "clicks known": by_position,
        "seen before": {"repeat": part(repeats), "explore": part(~repeats)},
    }
    if ranked.popularity is not None and len(ranked.popularity):
        of_target = _of(tenths(np.asarray(ranked.popularity)), ranked.targets, 0)
        by_popularity = {f"{n}": part(of_target == n) for n in range(1, 11)}
        found["popularity tenth"] = {
            name: row for name, row in by_popularity.items() if row["events"]
        }
    for title, names in (labels or {}).items():
        distinct, number = np.unique(names, return_inverse=True)
        found[title] = {str(name): part(number == n) for n, name in enumerate(distinct)}
    return {title: rows for title, rows in found.items() if rows or title == "clicks known"}


def tenths(counts: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Tenth of each item by count, 1 the least and 10 the most popular; ties by place."""
    tenth = np.empty(len(counts), np.int64)
    tenth[np.argsort(counts, kind="stable")] = (
        np.arange(len(counts)) * 10 // max(len(counts), 1) + 1
    )
    return tenth


def warmth(popularity: npt.NDArray[Any], targets: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Whether each target is new to the model, cold (fewer than 5 training events) or warm."""
    count = _of(np.asarray(popularity), targets, 0)
    return np.where(count == 0, "new", np.where(count < COLD, f"cold, under {COLD}", "warm"))


def _of(values: npt.NDArray[Any], targets: Any, otherwise: float) -> npt.NDArray[Any]:
    """The value of each target's item; another where the model does not know it."""
    items = np.asarray(targets).astype(np.int64)
    there = (items >= 0) & (items < len(values))
    return np.where(there, values[np.where(there, items, 0)], otherwise)


def _between(low: int, high: int) -> str:
    if high == low + 1:
        return f"{low}"
    return f"{low}–{high - 1}" if high < 10**9 else f"{low} and more"
