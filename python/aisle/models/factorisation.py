"""Matrix factorisation by the library ``implicit``, served by the core."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from aisle import _core
from aisle.models._base import check_number, check_threads
from aisle.models._groups import check_count, groups_of
from aisle.models._tables import FactorsModel

if TYPE_CHECKING:
    from aisle.events import Events

Floats = npt.NDArray[np.float32]


@contextmanager
def _implicit() -> Iterator[Any]:
    """The library, while the threads of BLAS don't fight its own."""
    try:
        import implicit
        import threadpoolctl
    except ImportError as missing:
        raise ImportError(
            "ALS and BPR need implicit, which is an extra: pip install 'aisle[mf]'"
        ) from missing
    with threadpoolctl.threadpool_limits(1, "blas"):
        yield implicit


def _matrix(events: Events, by: str) -> Any:
    """A 0/1 matrix of visitors (or sessions) and items, for implicit."""
    import scipy.sparse

    groups = groups_of(events, by)
    items = len(events._items)
    group, item = groups.pairs()
    cells = np.unique(group * items + item)
    ones = np.ones(len(cells), dtype=np.float32)
    return scipy.sparse.csr_matrix(
        (ones, (cells // items, cells % items)), shape=(len(groups), items), dtype=np.float32
    )


class ALS(FactorsModel):
    """Implicit ALS: vectors of visitors and items by weighted least squares. Extra ``mf``.

    Parameters
    ----------
    factors
        Length of the vectors.
    alpha
        Confidence in what a visitor chose, beside 1 in what not.
    regularization
        Of the vectors' lengths.
    iterations
        Rounds of visitors, then items.
    by
        ``"visitor"`` or ``"session"``: the rows of the matrix.
    seed
        Of the first vectors. The result is the same for any number of threads.
    threads
        Of the fit.

    Raises
    ------
    ImportError
        At fit, without the library implicit; the message names the extra.

    Notes
    -----
    Hu, Koren, Volinsky, *Collaborative filtering for implicit feedback datasets*, ICDM 2008. A
    session gets the vector that the same least squares give a visitor with its items: nobody has to
    be known. Each item counts once.
    """

    def __init__(
        self,
        *,
        factors: int = 64,
        alpha: float = 40.0,
        regularization: float = 0.01,
        iterations: int = 15,
        by: str = "visitor",
        seed: int = 1,
        threads: int = 1,
    ) -> None:
        self.factors = factors
        self.alpha = alpha
        self.regularization = regularization
        self.iterations = iterations
        self.by = by
        self.seed = seed
        self.threads = threads

    def _fit(self, events: Events) -> _core.SessionModel:
        options = {
            "factors": check_count("factors", self.factors),
            "alpha": check_number("alpha", self.alpha, low_is_out=True),
            "regularization": check_number("regularization", self.regularization, low_is_out=True),
            "iterations": check_count("iterations", self.iterations),
            "random_state": check_count("seed", self.seed, low=0),
            "num_threads": check_threads(self.threads),
        }
        with _implicit() as implicit:
            als = implicit.cpu.als.AlternatingLeastSquares(**options)
            als.fit(_matrix(events, self.by), show_progress=False)
            vectors = np.ascontiguousarray(als.item_factors, dtype=np.float32)
        return self._of_factors(vectors)

    def _of_factors(
        self,
        rows: npt.NDArray[np.float32],
        inputs: npt.NDArray[np.float32] | None = None,
        bias: npt.NDArray[np.float32] | None = None,
    ) -> _core.ItemFactorsModel:
        return _core.ItemFactorsModel(
            rows,
            inputs=inputs,
            bias=bias,
            confidence=check_number("alpha", self.alpha, low_is_out=True),
            regularization=check_number("regularization", self.regularization, low_is_out=True),
        )


class BPR(FactorsModel):
    """BPR: vectors of visitors and items by which chosen items stand above others. Extra ``mf``.

    Parameters
    ----------
    factors
        Length of the vectors.
    learning_rate, regularization, iterations
        Of the stochastic descent.
    by
        ``"visitor"`` or ``"session"``: the rows of the matrix.
    seed
        Of the first vectors and the samples.
    threads
        Of the fit. With more than one the threads write over each other (Hogwild), and two fits
        differ.

    Raises
    ------
    ImportError
        At fit, without the library implicit; the message names the extra.

    Notes
    -----
    Rendle, Freudenthaler, Gantner, Schmidt-Thieme, *BPR: Bayesian personalized ranking from
    implicit feedback*, UAI 2009. Sessions have no vector there; here they get the mean of their
    items' vectors, brought to the visitors' by the linear map that fits the training visitors best.
    """

    _kept = ("rows", "inputs", "bias")

    def __init__(
        self,
        *,
        factors: int = 64,
        learning_rate: float = 0.05,
        regularization: float = 0.01,
        iterations: int = 100,
        by: str = "visitor",
        seed: int = 1,
        threads: int = 1,
    ) -> None:
        self.factors = factors
        self.learning_rate = learning_rate
        self.regularization = regularization
        self.iterations = iterations
        self.by = by
        self.seed = seed
        self.threads = threads

    def _fit(self, events: Events) -> _core.SessionModel:
        options = {
            "factors": check_count("factors", self.factors),
            "learning_rate": check_number("learning_rate", self.learning_rate, low_is_out=True),
            "regularization": check_number("regularization", self.regularization),
            "iterations": check_count("iterations", self.iterations),
            "random_state": check_count("seed", self.seed, low=0),
            "num_threads": check_threads(self.threads),
        }
        with _implicit() as implicit:
            matrix = _matrix(events, self.by)
            bpr = implicit.cpu.bpr.BayesianPersonalizedRanking(**options)
            bpr.fit(matrix, show_progress=False)
        # The last column of implicit's item factors is the bias, that of its visitors is 1.
        seen = np.asarray(matrix.sum(axis=0)).ravel() > 0
        vectors = np.where(seen[:, None], bpr.item_factors[:, :-1], 0).astype(np.float32)
        bias = np.where(seen, bpr.item_factors[:, -1], 0).astype(np.float32)
        inputs = vectors @ visitors_from_items(matrix, vectors, bpr.user_factors[:, :-1])
        return self._of_factors(np.ascontiguousarray(vectors), np.ascontiguousarray(inputs), bias)

    def _of_factors(
        self,
        rows: npt.NDArray[np.float32],
        inputs: npt.NDArray[np.float32] | None = None,
        bias: npt.NDArray[np.float32] | None = None,
    ) -> _core.ItemFactorsModel:
        return _core.ItemFactorsModel(rows, inputs=inputs, bias=bias)


def visitors_from_items(matrix: Any, vectors: Floats, visitors: Floats) -> Floats:
    """The map W for which (mean of a visitor's items) W comes nearest to the visitor's vector."""
    counts = np.maximum(np.asarray(matrix.sum(axis=1)).ravel(), 1)
    means = (matrix @ vectors) / counts[:, None]
    means = means.astype(np.float64)
    square = means.T @ means
    ridge = 1e-6 * max(float(np.trace(square)), 1e-12) * np.eye(square.shape[0])
    solved: Floats = np.linalg.solve(square + ridge, means.T @ visitors).astype(np.float32)
    return solved
