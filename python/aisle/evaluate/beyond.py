"""What lists are like beside being right: known or novel, alike or diverse, dear or cheap.

Lists are item numbers, int[n, k], best first, -1 where there is none; the functions look at all
columns, so give ``lists[:, :k]``. Those that say float[n] give a value for each list, nan for an
empty one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]
CELLS = 4_000_000  # of a temporary array: 32 MB


def exposure(lists: Ints, items: int) -> npt.NDArray[np.int64]:
    """How often each item was listed; int64[items]."""
    shown = lists[lists >= 0]
    return np.bincount(shown.astype(np.int64), minlength=items)


def gini(listed: Ints) -> float:
    """Gini index of exposure: 0 when all items are listed equally often, near 1 when one takes all.

    G = sum over items in rising order of (2 i - n - 1) x_i, over n sum x. Items that were never
    listed count. After Shani and Gunawardana, Recommender Systems Handbook, 2011.

    Examples
    --------
    >>> gini(np.array([5, 5])), gini(np.array([0, 0, 0, 8]))
    (0.0, 0.75)
    """
    ordered = np.sort(np.asarray(listed, np.float64))
    n, total = len(ordered), float(np.sum(listed))
    if not total:
        return float("nan")
    return float(np.dot(2 * np.arange(1, n + 1) - n - 1, ordered) / (n * total))


def mean_of(lists: Ints, values: Floats) -> Floats:
    """Mean of a value of the listed items; float[n].

    Examples
    --------
    >>> mean_of(np.array([[0, 1], [1, -1]]), np.array([2.0, 4.0])).tolist()
    [3.0, 4.0]
    """
    there = lists >= 0
    total = np.zeros(len(lists))
    for column in range(lists.shape[1]):
        at = lists[:, column]
        total += np.where(there[:, column], values[np.maximum(at, 0)], 0.0)
    size = there.sum(axis=1)
    return np.where(size > 0, total / np.maximum(size, 1), np.nan)


def popularity(lists: Ints, counts: npt.NDArray[Any]) -> Floats:
    """Mean training count of the listed items (ARP; RecTools' AvgRecPopularity); float[n]."""
    return mean_of(lists, np.asarray(counts, np.float64))


def novelty(lists: Ints, counts: npt.NDArray[Any], total: float) -> Floats:
    """Mean of -log2(count / total) of the listed items, in bits; float[n].

    With the visitors that turned to each item, of `total` visitors, this is MIUF (Zhou et al., PNAS
    2010; RecTools'). An item nobody turned to counts as if one had.

    Examples
    --------
    >>> novelty(np.array([[0, 1]]), np.array([4, 1]), total=4).tolist()
    [1.0]
    """
    return mean_of(lists, -np.log2(np.maximum(np.asarray(counts, np.float64), 1.0) / total))


def serendipity(
    lists: Ints, hits: npt.NDArray[np.bool_], counts: npt.NDArray[Any], items: int
) -> Floats:
    """Targets that popularity would not have put there; float[n].

    (1 / k) sum of max(p - p_pop, 0) over the hits, p = (items + 1 - place) / items and p_pop the
    same of the item's rank by popularity, equal counts sharing a rank; 0 for an item without any.
    RecTools' Serendipity.

    Parameters
    ----------
    lists : int[n, k]
    hits : bool[n, k]
        Which of them are targets.
    counts : [items of the model]
        Training count of each item.
    items
        Size of the catalogue.
    """
    counts = np.asarray(counts)
    levels = np.unique(counts)[::-1]
    rank = len(levels) - np.searchsorted(levels[::-1], counts)
    usual = np.where(counts > 0, (items + 1 - rank) / items, 0.0)
    total = np.zeros(len(lists))
    for column in range(lists.shape[1]):
        place = (items - column) / items
        gain = np.maximum(place - usual[np.maximum(lists[:, column], 0)], 0.0)
        total += np.where(hits[:, column], gain, 0.0)
    size = (lists >= 0).sum(axis=1)
    return np.where(size > 0, total / np.maximum(size, 1), np.nan)


def diversity(lists: Ints, vectors: npt.NDArray[np.floating[Any]]) -> Floats:
    """Mean of 1 - cosine over the pairs of a list (intra-list distance); float[n].

    After Ziegler et al., WWW 2005. With one label an item, a column each, this is the share of
    pairs with different labels (RecTools' Hamming distance over two, for one-hot features). Items
    without a vector (all 0 or nan) are left out; nan for lists with fewer than two others.

    Parameters
    ----------
    lists : int[n, k]
    vectors : float[items, d]

    Examples
    --------
    >>> diversity(np.array([[0, 1, 2]]), np.array([[1.0, 0], [0, 1], [0, 2]])).round(3).tolist()
    [0.667]
    """
    unit = unit_rows(vectors)
    has: npt.NDArray[np.bool_] = np.asarray(unit.any(axis=1))
    values = np.empty(len(lists))
    for part in _chunks(len(lists), unit.shape[1]):
        chunk = lists[part]
        total, size = np.zeros((len(chunk), unit.shape[1])), np.zeros(len(chunk))
        for column in range(lists.shape[1]):
            at = np.maximum(chunk[:, column], 0)
            there = (chunk[:, column] >= 0) & has[at]
            total += np.where(there[:, None], unit[at], 0.0)
            size += there
        alike = np.einsum("ij,ij->i", total, total) - size  # over ordered pairs
        pairs = size * (size - 1)
        values[part] = np.where(pairs > 0, 1.0 - alike / np.maximum(pairs, 1.0), np.nan)
    return values


def label_diversity(lists: Ints, label: Ints) -> Floats:
    """Share of the pairs of a list whose labels differ; float[n].

    `diversity` for one label an item, without the vectors.

    Parameters
    ----------
    lists : int[n, k]
    label : int[items]
        -1 for an item without one: left out.
    """
    own = np.sort(np.where(lists >= 0, np.asarray(label)[np.maximum(lists, 0)], -1), axis=1)
    size = (own >= 0).sum(axis=1).astype(np.float64)
    same, run = np.zeros(len(own)), np.zeros(len(own))
    for column in range(1, own.shape[1]):
        equal = (own[:, column] == own[:, column - 1]) & (own[:, column] >= 0)
        run = np.where(equal, run + 1, 0)
        same += run
    pairs = size * (size - 1) / 2
    return np.where(pairs > 0, 1.0 - same / np.maximum(pairs, 1.0), np.nan)


def calibration(
    lists: Ints,
    begin: Ints,
    end: Ints,
    history: Ints,
    labels: npt.NDArray[np.floating[Any]],
    alpha: float = 0.01,
) -> Floats:
    """KL(p || q') of the labels of the history and of the list; 0 is calibrated; float[n].

    p is the mean label distribution of the items before the request, q that of the list,
    q' = (1 - alpha) q + alpha p. Steck, "Calibrated Recommendations", RecSys 2018. nan where either
    has no item with a label.

    Parameters
    ----------
    lists : int[n, k]
    begin, end : int[n]
        The history of list i is ``history[begin[i]:end[i]]``.
    history : int[rows]
        Item numbers; below 0: unknown.
    labels : float[items, labels]
        How much of each label an item has; rows are brought to a sum of 1, rows of 0 left out.
    """
    weight = np.asarray(labels, np.float64)
    total = weight.sum(axis=1, keepdims=True)
    share = weight / np.where(total > 0, total, 1.0)
    values = np.empty(len(lists))
    for part in _chunks(len(lists), share.shape[1]):
        chunk, wide = lists[part], share.shape[1]
        if not len(chunk):
            continue
        first = int(begin[part].min())
        inside = history[first : int(end[part].max())]
        rows = np.where((inside >= 0)[:, None], share[np.maximum(inside, 0)], 0.0)
        running = np.concatenate([np.zeros((1, wide)), np.cumsum(rows, axis=0)])
        wanted = running[end[part] - first] - running[begin[part] - first]
        given = np.zeros((len(chunk), wide))
        for column in range(chunk.shape[1]):
            at = chunk[:, column]
            given += np.where((at >= 0)[:, None], share[np.maximum(at, 0)], 0.0)
        values[part] = divergence(wanted, given, alpha)
    return values


def divergence(wanted: Floats, given: Floats, alpha: float = 0.01) -> Floats:
    """KL(p || (1 - alpha) q + alpha p) of rows of weights, brought to a sum of 1 each; float[n]."""
    sums = wanted.sum(axis=1), given.sum(axis=1)
    p = np.maximum(wanted, 0.0) / np.where(sums[0] > 1e-12, sums[0], 1.0)[:, None]
    q = given / np.where(sums[1] > 0, sums[1], 1.0)[:, None]
    ratio = np.where(p > 1e-12, p / np.maximum((1 - alpha) * q + alpha * p, 1e-300), 1.0)
    distance = (p * np.log(ratio)).sum(axis=1)
    value: Floats = np.where((sums[0] > 1e-12) & (sums[1] > 0), distance, np.nan)
    return value


def unit_rows(vectors: npt.NDArray[np.floating[Any]]) -> Floats:
    """The rows with length 1; those that are 0 or hold nan become 0."""
    rows = np.nan_to_num(np.asarray(vectors, np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    rows[~np.isfinite(np.asarray(vectors, np.float64)).all(axis=1)] = 0.0
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Floats = rows / np.where(length > 0, length, 1.0)
    return unit


def _chunks(rows: int, wide: int) -> Iterator[slice]:
    step = max(1, CELLS // max(wide, 1))
    return (slice(at, min(at + step, rows)) for at in range(0, rows, step))
