"""Ranking metrics from an array of ranks: 1 is the best place, 0 means not ranked.

One target an event, so HR@k is recall@k, MRR@k is 1/rank within k, and NDCG@k is 1/log2(1 + rank).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from aisle._core import ConfigError

Ints = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]
BLOCKS = 10_000


def conservative_ranks(
    scores: npt.NDArray[np.floating[Any]], targets: Ints
) -> npt.NDArray[np.int64]:
    """Rank of each target among all items, ties counted against it.

    Parameters
    ----------
    scores : float[events, items]
        nan where the model has no score.
    targets : int[events]
        Column of each event's target.

    Returns
    -------
    int64[events]
        How many items score at least as much as the target, itself included; 0 without a score.

    Examples
    --------
    >>> scores = np.array([[0.5, 0.9, 0.5], [0.1, np.nan, 0.3]])
    >>> conservative_ranks(scores, np.array([0, 1])).tolist()
    [3, 0]
    """
    own = np.take_along_axis(scores, np.asarray(targets)[:, None], axis=1)
    ranks: npt.NDArray[np.int64] = (scores >= own).sum(axis=1, dtype=np.int64)
    return ranks


def rank_in_list(scores: npt.NDArray[np.floating[Any]], place: int) -> int:
    """Conservative rank of the item at `place` of one list, best first; nan scores come last.

    Examples
    --------
    >>> rank_in_list(np.array([0.9, 0.5, 0.5, 0.1]), 1)
    3
    """
    return max(int((scores >= scores[place]).sum()), 0)


def hits(ranks: Ints, k: int) -> Floats:
    """1 where the target is among the first k, else 0; float64[events]."""
    return ((ranks > 0) & (ranks <= k)).astype(np.float64)


def reciprocal_ranks(ranks: Ints, k: int) -> Floats:
    """1 / rank where the target is among the first k, else 0; float64[events]."""
    return hits(ranks, k) / np.maximum(ranks, 1)


def gains(ranks: Ints, k: int) -> Floats:
    """1 / log2(1 + rank) where the target is among the first k, else 0; float64[events]."""
    return hits(ranks, k) / np.log2(1.0 + np.maximum(ranks, 1))


PER_EVENT = {"HR": hits, "MRR": reciprocal_ranks, "NDCG": gains}


def per_event(ranks: Ints, k: tuple[int, ...]) -> dict[str, Floats]:
    """Each metric at each k: "HR@20" -> float64[events]."""
    return {f"{name}@{cut}": value(ranks, cut) for cut in k for name, value in PER_EVENT.items()}


def summary(ranks: Ints, k: tuple[int, ...]) -> dict[str, float]:
    """Mean of each metric at each k; nan without events.

    Examples
    --------
    >>> summary(np.array([1, 2, 0, 30]), (20,))["MRR@20"]
    0.375
    """
    return {name: mean(value) for name, value in per_event(ranks, k).items()}


def mean(values: Floats) -> float:
    """Mean of the values that are not nan; nan of none, without a warning."""
    known = values[~np.isnan(values)] if np.isnan(values).any() else values
    return float(known.mean()) if len(known) else float("nan")


def coverage(listed: npt.NDArray[Any]) -> float:
    """Share of the items that were recommended at all.

    Parameters
    ----------
    listed : int or bool[items]
        How often, or whether, each item was in a list.

    Examples
    --------
    >>> coverage(np.array([3, 0, 1, 0]))
    0.5
    """
    return mean((np.asarray(listed) > 0).astype(np.float64))


def popularity_bias(listed: Ints, counts: npt.NDArray[Any]) -> float:
    """Mean popularity of what is recommended over the mean popularity of all items (1: no bias).

    Parameters
    ----------
    listed : int[items]
        How often each item was in a list.
    counts : [items]
        How often each item was seen when the model was fitted.

    Examples
    --------
    >>> popularity_bias(np.array([2, 0]), np.array([3, 1]))
    1.5
    """
    shown, total = float(np.sum(listed)), float(np.sum(counts))
    if not shown or not total:
        return float("nan")
    return float(np.dot(listed, counts)) / shown / (total / len(counts))


def moving_windows(
    time: npt.NDArray[np.int64],
    ranks: Ints,
    k: int,
    windows: int = 100,
    *,
    values: Mapping[str, Floats] | None = None,
) -> dict[str, npt.NDArray[Any]]:
    """HR and MRR at k over windows of a tenth of the targets, overlapping, in time order.

    `values` has other columns than these two, float64[targets] by name.

    Examples
    --------
    >>> line = moving_windows(np.arange(20), np.array([1, 0] * 10), 20, windows=4)
    >>> line["HR"].tolist(), line["events"].tolist()
    ([0.5, 0.5, 0.5, 0.5], [2, 2, 2, 2])
    """
    order = np.argsort(time, kind="stable")
    width = max(len(order) // 10, 1)
    ends = np.unique(np.linspace(width, len(order), windows).round().astype(np.int64))
    ends = ends[(ends >= width) & (ends <= len(order))]
    found: dict[str, npt.NDArray[Any]] = {"time": time[order][ends - 1]}
    columns = values or {"HR": hits(ranks, k), "MRR": reciprocal_ranks(ranks, k)}
    for name, value in columns.items():
        total = np.concatenate([[0.0], np.cumsum(value[order])])
        found[name] = (total[ends] - total[ends - width]) / width
    found["events"] = np.full(len(ends), width)
    return found


def bootstrap_ci(
    values: dict[str, Floats],
    sessions: Ints,
    *,
    level: float = 0.95,
    samples: int = 1_000,
    seed: int | np.random.Generator = 0,
) -> dict[str, tuple[float, float]]:
    """Percentile interval of each mean, sessions drawn with replacement.

    Events of one session are alike, so whole sessions are drawn. More than 10,000 sessions are
    first thrown together at random into 10,000 blocks, which leaves the variance as it is.

    Parameters
    ----------
    values
        Name -> float64[events]; nan where an event has no value.
    sessions : int[events]
        Session of each event.

    Returns
    -------
    dict
        Name -> (low, high); (nan, nan) without events.
    """
    means = bootstrap_means(values, sessions, samples=samples, seed=seed)
    return interval_of(means, level)


def interval_of(means: Mapping[str, Floats], level: float = 0.95) -> dict[str, tuple[float, float]]:
    """Percentile interval of drawn means: name -> (low, high)."""
    if not 0 < level < 1:
        raise ConfigError(f"level must lie between 0 and 1, got {level}")
    tail = (1 - level) / 2
    found = {}
    for name, drawn in means.items():
        known = drawn[~np.isnan(drawn)]  # nan: nothing with a value was drawn
        low, high = np.quantile(known, [tail, 1 - tail]) if len(known) else (np.nan, np.nan)
        found[name] = (float(low), float(high))
    return found


def bootstrap_means(
    values: Mapping[str, Floats],
    sessions: Ints,
    *,
    samples: int = 1_000,
    seed: int | np.random.Generator = 0,
) -> dict[str, Floats]:
    """Means of samples of whole sessions, as in `bootstrap_ci`: name -> float64[samples]."""
    if not len(sessions) or not values:
        return {name: np.full(samples, np.nan) for name in values}
    rng = np.random.default_rng(seed)
    group = np.unique(sessions, return_inverse=True)[1]
    units = int(group.max()) + 1
    if units > BLOCKS:
        group = rng.permutation(np.arange(units) % BLOCKS)[group]
        units = BLOCKS
    sums = np.stack([_sums(group, column, units) for column in values.values()], axis=1)
    counts = np.stack([_counts(group, column, units) for column in values.values()], axis=1)
    drawn = np.empty((samples, 2, len(values)))
    for row in range(samples):
        times = np.bincount(rng.integers(units, size=units), minlength=units)
        drawn[row] = times @ sums, times @ counts
    with np.errstate(invalid="ignore"):
        means = drawn[:, 0] / drawn[:, 1]
    return {name: means[:, n] for n, name in enumerate(values)}


def _sums(group: Ints, column: Floats, units: int) -> Floats:
    return np.bincount(group, np.nan_to_num(column), minlength=units).astype(np.float64)


def _counts(group: Ints, column: Floats, units: int) -> Floats:
    return np.bincount(group, ~np.isnan(column), minlength=units).astype(np.float64)
