"""Linear models of whole histories: EASE and SLIM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from aisle import _core
from aisle._core import ConfigError, Measure
from aisle.models._base import check_number, check_threads
from aisle.models._groups import Groups, check_count, groups_of
from aisle.models._tables import RowsModel

if TYPE_CHECKING:
    from aisle.events import Events

# Above so many items the inverse is taken in single precision: half the memory and time.
DOUBLE_UP_TO = 4096
COPIES = 4  # of the matrix of all pairs that are in memory at once: G, LU, the unit matrix, P


class EASE(RowsModel):
    """EASE: the item-to-item weights of a linear autoencoder, in closed form.

    Parameters
    ----------
    l2
        Strength of the ridge; more for sparse data. The paper's lambda.
    neighbours
        Largest weights (of either sign) that are kept for each item; None: all. On Amazon Beauty
        rows of 100 rank as well as whole ones, and a query takes a twentieth of the time.
    by
        ``"visitor"`` or ``"session"``: what has items in common.
    longest
        Newest events of a visitor that count; None: all.
    last_items, step_decay
        The session's last distinct items that vote (None: all); the j-th newest weighs
        step_decay^j.
    max_memory
        Gigabytes that the fit may take. It needs four matrices of all pairs of items: 16 bytes a
        pair (32 up to 4,096 items), 2.3 GB for 12,000 items, 40 GB for 50,000.
    threads
        Of the counting; the inverse takes NumPy's.

    Raises
    ------
    ConfigError
        At fit: when the catalogue needs more memory; the message says how much.

    Notes
    -----
    Steck, *Embarrassingly shallow autoencoders for sparse data*, WWW 2019: with
    P = (X'X + l2 I)^-1, B = I - P / diag(P). Scores are sums of weights of the session's items;
    only positive ones are recommended.

    Examples
    --------
    >>> import aisle
    >>> log = aisle.Events.from_columns(visitor=["a", "a", "b", "b", "c"],
    ...                                 item=["x", "y", "x", "y", "z"],
    ...                                 time=[1, 2, 3, 4, 5], time_unit="s")
    >>> aisle.models.EASE(l2=1.0).fit(log).recommend(["x"], k=2)[0].tolist()
    ['y']
    """

    def __init__(
        self,
        *,
        l2: float = 50.0,
        neighbours: int | None = 200,
        by: str = "visitor",
        longest: int | None = 500,
        last_items: int | None = None,
        step_decay: float = 0.8,
        max_memory: float = 8.0,
        threads: int = 1,
    ) -> None:
        self.l2 = l2
        self.neighbours = neighbours
        self.by = by
        self.longest = longest
        self.last_items = last_items
        self.step_decay = step_decay
        self.max_memory = max_memory
        self.threads = threads

    def _fit(self, events: Events) -> _core.SessionModel:
        l2 = check_number("l2", self.l2, low_is_out=True)
        neighbours = check_count("neighbours", self.neighbours, none_is=0)
        items = len(events._items)
        dtype = np.float64 if items <= DOUBLE_UP_TO else np.float32
        needed = COPIES * np.dtype(dtype).itemsize * items**2 / 1e9
        allowed = check_number("max_memory", self.max_memory, low_is_out=True, unit="number of GB")
        if needed > allowed:
            raise ConfigError(
                f"EASE over {items:,} items takes {needed:.1f} GB and max_memory is {allowed:g}: "
                "raise it, keep fewer items, or use SLIM or ItemKNN, which grow with the pairs met"
            )
        groups = groups_of(events, self.by)
        weights = ease_weights(
            gram_of(groups, items, self.longest, self.threads).astype(dtype, copy=False), l2
        )
        return self._of_rows(largest(weights, neighbours))


def gram_of(groups: Groups, items: int, longest: int | None, threads: int) -> npt.NDArray[Any]:
    """X'X of the 0/1 matrix of groups and items: float32[items, items]."""
    newest = check_count("longest", longest, none_is=0)
    offsets, columns, counts = _core.pair_rows(
        groups.offsets,
        groups.items,
        items,
        measure=Measure.COUNT,
        neighbours=0,
        longest=newest,
        threads=check_threads(threads),
    )
    gram = np.zeros((items, items), dtype=np.float32)
    for item in range(items):
        row = slice(int(offsets[item]), int(offsets[item + 1]))
        gram[item, columns[row]] = counts[row]
    np.fill_diagonal(gram, _core.group_counts(groups.offsets, groups.items, items, newest))
    return gram


def ease_weights(gram: npt.NDArray[Any], l2: float) -> npt.NDArray[Any]:
    """B of the paper, from G = X'X, which is overwritten."""
    gram[np.diag_indices_from(gram)] += l2
    inverse = np.linalg.inv(gram)
    weights: npt.NDArray[Any] = np.divide(inverse, -np.diag(inverse).copy(), out=inverse)
    np.fill_diagonal(weights, 0.0)
    return weights


def largest(
    weights: npt.NDArray[Any], neighbours: int
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint32], npt.NDArray[np.float32]]:
    """The largest weights of each row, whatever their sign, as sparse rows; 0 keeps all."""
    columns, values, offsets = [], [], [0]
    for row in weights:
        there = np.flatnonzero(row)
        if neighbours and len(there) > neighbours:
            best = np.argpartition(-np.abs(row[there]), neighbours - 1)[:neighbours]
            there = np.sort(there[best])
        columns.append(there.astype(np.uint32))
        values.append(row[there].astype(np.float32))
        offsets.append(offsets[-1] + len(there))
    return np.array(offsets, dtype=np.uint64), np.concatenate(columns), np.concatenate(values)


class SLIM(RowsModel):
    """SLIM: for each item the few weights of other items that best rebuild its column.

    Parameters
    ----------
    l1, l2
        Of the elastic net, in visitors: a weight stays 0 where less than ``l1`` visitors (beyond
        what other weights explain) speak for it.
    neighbours
        Nearest items by cosine that may get a weight.
    by
        ``"visitor"`` or ``"session"``: what has items in common.
    longest
        Newest events of a visitor that count; None: all.
    last_items, step_decay
        The session's last distinct items that vote (None: all); the j-th newest weighs
        step_decay^j.
    threads
        Of the fit; they don't change the result.

    Notes
    -----
    Ning, Karypis, *SLIM: Sparse linear methods for top-n recommender systems*, ICDM 2011, with
    their feature selection (fsSLIM): minimises |a_j - A w|^2 / 2 + l2 |w|^2 / 2 + l1 |w| over w of
    at least 0, by coordinate descent. Memory grows with the pairs of items that were met.

    Examples
    --------
    >>> import aisle
    >>> log = aisle.Events.from_columns(visitor=["a", "a", "b", "b", "c"],
    ...                                 item=["x", "y", "x", "y", "z"],
    ...                                 time=[1, 2, 3, 4, 5], time_unit="s")
    >>> items, scores = aisle.models.SLIM(l1=0.0, l2=2.0).fit(log).recommend(["x"], k=2)
    >>> items.tolist(), scores.tolist()
    (['y'], [0.5])
    """

    def __init__(
        self,
        *,
        l1: float = 0.5,
        l2: float = 10.0,
        neighbours: int = 100,
        by: str = "visitor",
        longest: int | None = 500,
        last_items: int | None = None,
        step_decay: float = 0.8,
        threads: int = 1,
    ) -> None:
        self.l1 = l1
        self.l2 = l2
        self.neighbours = neighbours
        self.by = by
        self.longest = longest
        self.last_items = last_items
        self.step_decay = step_decay
        self.threads = threads

    def _fit(self, events: Events) -> _core.SessionModel:
        l1, l2 = check_number("l1", self.l1), check_number("l2", self.l2)
        neighbours = check_count("neighbours", self.neighbours)
        newest = check_count("longest", self.longest, none_is=0)
        threads = check_threads(self.threads)
        groups = groups_of(events, self.by)
        items = len(events._items)
        pairs = _core.pair_rows(
            groups.offsets,
            groups.items,
            items,
            measure=Measure.COUNT,
            neighbours=0,
            longest=newest,
            threads=threads,
        )
        counts = _core.group_counts(groups.offsets, groups.items, items, newest)
        rows = _core.fit_slim(*pairs, counts, l1=l1, l2=l2, neighbours=neighbours, threads=threads)
        return self._of_rows(rows)
