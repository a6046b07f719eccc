"""Item vectors from sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from aisle import _core
from aisle._core import Measure
from aisle.models._base import check_number, check_threads
from aisle.models._groups import check_count, groups_of
from aisle.models._tables import FactorsModel

if TYPE_CHECKING:
    from aisle.events import Events


class Item2Vec(FactorsModel):
    """Item2vec by factorisation: items near one another in sessions get like vectors.

    There is no stochastic training here: the vectors are a randomised SVD of the shifted positive
    pointwise mutual information, which skip-gram with negative sampling factorises implicitly.

    Parameters
    ----------
    dim
        Length of the vectors.
    window
        Steps within a session that still make a pair; None: the whole session.
    negatives
        Negative samples that the shift stands for: log(negatives) is taken off.
    smoothing
        Power of the context's frequency; 0.75 as in word2vec.
    by
        ``"session"`` or ``"visitor"``: what is a sentence.
    longest
        Newest events of it that count; None: all.
    last_items, step_decay
        The session's last distinct items whose vectors are averaged; the j-th newest weighs
        step_decay^j.
    seed
        Of the random projection.
    threads
        Of the fit; they don't change the result.

    Notes
    -----
    Barkan, Koenigstein, *Item2vec*, 2016. Levy, Goldberg, *Neural word embedding as implicit matrix
    factorization*, NIPS 2014. Halko, Martinsson, Tropp, *Finding structure with randomness*, 2011.
    Scores are cosines with the mean vector of the session, times its length.

    Examples
    --------
    >>> import aisle
    >>> log = aisle.Events.from_columns(visitor=["a", "a", "b", "b", "c", "c"],
    ...                                 item=["x", "y", "x", "y", "z", "w"],
    ...                                 time=[1, 2, 3, 4, 5, 6], time_unit="s")
    >>> model = aisle.models.Item2Vec(dim=2).fit(log)
    >>> model.vectors_.shape
    (4, 2)
    """

    def __init__(
        self,
        *,
        dim: int = 128,
        window: int | None = 3,
        negatives: float = 5.0,
        smoothing: float = 0.75,
        by: str = "session",
        longest: int | None = 500,
        last_items: int | None = None,
        step_decay: float = 0.5,
        seed: int = 1,
        threads: int = 1,
    ) -> None:
        self.dim = dim
        self.window = window
        self.negatives = negatives
        self.smoothing = smoothing
        self.by = by
        self.longest = longest
        self.last_items = last_items
        self.step_decay = step_decay
        self.seed = seed
        self.threads = threads

    def _fit(self, events: Events) -> _core.SessionModel:
        threads = check_threads(self.threads)
        groups = groups_of(events, self.by)
        offsets, columns, counts = _core.pair_rows(
            groups.offsets,
            groups.items,
            len(events._items),
            measure=Measure.COUNT,
            neighbours=0,
            once=False,
            distance=check_count("window", self.window, none_is=0),
            longest=check_count("longest", self.longest, none_is=0),
            threads=threads,
        )
        self.vectors_ = _core.item_vectors(
            offsets,
            columns,
            counts,
            dim=min(check_count("dim", self.dim), len(events._items)),
            shift=check_number("negatives", self.negatives, low=1.0),
            smoothing=check_number("smoothing", self.smoothing, low_is_out=True),
            threads=threads,
            seed=check_count("seed", self.seed, low=0),
        )
        return self._of_factors(np.ascontiguousarray(self.vectors_, dtype=np.float32))

    def _of_factors(
        self,
        rows: npt.NDArray[np.float32],
        inputs: npt.NDArray[np.float32] | None = None,
        bias: npt.NDArray[np.float32] | None = None,
    ) -> _core.ItemFactorsModel:
        self.vectors_ = rows
        return _core.ItemFactorsModel(
            rows,
            inputs=inputs,
            bias=bias,
            last_items=check_count("last_items", self.last_items, none_is=0),
            step_decay=check_number("step_decay", self.step_decay),
        )
