"""Metrics of lists with several targets each: the remaining items of a session, a whole basket.

Lists are item numbers, int[n, k], best first, -1 where there is none. `found` turns them into the
places at which targets stand, float[n, k], inf where an item is no target; the metrics read that.
With one target in each list they are those of `aisle.evaluate.metrics` for its rank.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]


def relevant(lists: Ints, targets: Ints, offsets: Ints) -> npt.NDArray[np.bool_]:
    """Whether each listed item is a target of its list.

    Parameters
    ----------
    lists : int[n, k]
        Item numbers; below 0 where there is none.
    targets : int[offsets[-1]]
        Targets of list i are ``targets[offsets[i]:offsets[i + 1]]``.
    offsets : int[n + 1]

    Returns
    -------
    bool[n, k]
    """
    if not lists.size or not len(targets):
        return np.zeros(lists.shape, bool)
    owner = np.repeat(np.arange(len(lists), dtype=np.int64), np.diff(offsets))
    wide = int(max(lists.max(), targets.max())) + 2
    wanted = distinct(owner * wide + np.asarray(targets, np.int64) + 1)
    asked = np.arange(len(lists), dtype=np.int64)[:, None] * wide + lists.astype(np.int64) + 1
    at = np.minimum(np.searchsorted(wanted, asked.ravel()), len(wanted) - 1).reshape(lists.shape)
    inside: npt.NDArray[np.bool_] = (wanted[at] == asked) & (lists >= 0)
    return inside


def distinct(values: Ints) -> npt.NDArray[np.int64]:
    """The values once each, in order; by sorting, several times as fast as `np.unique` here."""
    ordered = np.sort(np.asarray(values, np.int64))
    new = np.ones(len(ordered), bool)
    new[1:] = ordered[1:] != ordered[:-1]
    once: npt.NDArray[np.int64] = ordered[new]
    return once


def places(scores: Floats, rule: str, *, whole: bool = False) -> Floats:
    """Place of each listed item under a rule for ties.

    Parameters
    ----------
    scores : float[n, k]
        Descending; nan where there is no item. A list should be one longer than the largest cut: a
        tie that reaches its end may go on, and then counts as beyond it under "conservative".
    rule
        "conservative": the last place of those with this score; "standard": the first.
    whole
        The lists hold all items there are: no tie goes on beyond their end.

    Examples
    --------
    >>> places(np.array([[0.9, 0.5, 0.5, 0.1]]), "conservative").tolist()
    [[1.0, 3.0, 3.0, 4.0]]
    """
    n, width = scores.shape
    column = np.broadcast_to(np.arange(width), (n, width))
    same = np.zeros((n, width), bool)
    if width:
        same[:, 1:] = scores[:, 1:] == scores[:, :-1]
    if rule == "standard":
        first = np.maximum.accumulate(np.where(same, 0, column), axis=1)
        return first + 1.0
    ends = np.ones((n, width), bool)
    ends[:, :-1] = ~same[:, 1:]
    last = np.minimum.accumulate(np.where(ends, column, width)[:, ::-1], axis=1)[:, ::-1]
    over = (last == width - 1) & same[:, -1:]
    return last + 1.0 if whole else np.where(over, width + 1, last + 1.0)


def found(lists: Ints, targets: Ints, offsets: Ints, at: Floats | None = None) -> Floats:
    """Place of each listed target, inf for what is none.

    Parameters
    ----------
    lists, targets, offsets
        As in `relevant`.
    at : float[n, k], optional
        The place of each listed item (`places`); left out: 1, 2, …

    Returns
    -------
    float[n, k]

    Examples
    --------
    >>> found(np.array([[7, 8, 9]]), np.array([9, 7]), np.array([0, 2])).tolist()
    [[1.0, inf, 3.0]]
    """
    where = np.arange(1.0, lists.shape[1] + 1)[None, :] if at is None else at
    stands: Floats = np.where(relevant(lists, targets, offsets), where, np.inf)
    return stands


def hit(stands: Floats, k: int) -> Floats:
    """1 where any target is among the first k (HR, PHR of baskets); float[n]."""
    return np.asarray((stands <= k).any(axis=1), np.float64)


def reciprocal_rank(stands: Floats, k: int) -> Floats:
    """1 / place of the first target within k, else 0; float[n]."""
    best = np.asarray(stands.min(axis=1, initial=np.inf))
    return np.asarray(np.where(best <= k, 1.0 / best, 0.0))


def recall(stands: Floats, relevant: Ints, k: int) -> Floats:
    """Targets among the first k over all targets, |T| and not min(|T|, k); float[n]."""
    share: Floats = (stands <= k).sum(axis=1) / np.maximum(relevant, 1)
    return share


def precision(stands: Floats, k: int) -> Floats:
    """Targets among the first k, over k; float[n]."""
    share: Floats = (stands <= k).sum(axis=1) / float(k)
    return share


def average_precision(stands: Floats, relevant: Ints, k: int) -> Floats:
    """Sum of the precision at each target within k, over |T| (trec, ranx, RecTools); float[n].

    Equal places, which the conservative rule gives to equal scores, count together.
    """
    ordered = np.sort(stands, axis=1)
    total, seen = np.zeros(len(ordered)), np.zeros(len(ordered))
    for column in reversed(range(ordered.shape[1])):
        here = ordered[:, column]
        last = np.ones(len(here), bool)
        if column + 1 < ordered.shape[1]:
            last = ordered[:, column + 1] != here
        seen = np.where(last, column + 1.0, seen)
        total += np.where(here <= k, seen / here, 0.0)
    value: Floats = total / np.maximum(relevant, 1)
    return value


def ndcg(stands: Floats, relevant: Ints, k: int) -> Floats:
    """Sum of 1 / log2(1 + place) within k over the best possible, min(|T|, k) on top; float[n].

    That is RecTools' NDCG with ``divide_by_achievable=True`` and ranx' ndcg.
    """
    gained = np.where(stands <= k, 1.0 / np.log2(1.0 + stands), 0.0).sum(axis=1)
    best = np.concatenate([[1.0], np.cumsum(1.0 / np.log2(np.arange(2.0, k + 2.0)))])
    possible = best[np.minimum(relevant, k)]
    value: Floats = gained / np.where(np.asarray(relevant) > 0, possible, 1.0)
    return value


def per_list(stands: Floats, relevant: Ints, k: tuple[int, ...]) -> dict[str, Floats]:
    """Each metric at each k: "Recall@20" -> float64[n]."""
    values = {}
    for cut in k:
        values[f"HR@{cut}"] = hit(stands, cut)
        values[f"MRR@{cut}"] = reciprocal_rank(stands, cut)
        values[f"NDCG@{cut}"] = ndcg(stands, relevant, cut)
        values[f"Recall@{cut}"] = recall(stands, relevant, cut)
        values[f"Precision@{cut}"] = precision(stands, cut)
        values[f"MAP@{cut}"] = average_precision(stands, relevant, cut)
    return values
