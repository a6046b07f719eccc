"""A ranker that learns: candidates with their features, and LightGBM's trees over them.

Extra ``rank``. The trees correct the weighted sum of the scorer; the core scores with both.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from aisle._core import ConfigError, DataError
from aisle.trees import Trees

if TYPE_CHECKING:
    from aisle.bundle import Bundle
    from aisle.events import Events

Floats = npt.NDArray[np.float64]
OBJECTIVES = ("lambdarank", "binary")
MOST_ROUNDS = 300
PATIENCE = 30


@dataclass
class CandidateRows:
    """Candidates of many requests, one after the other, with what the engine knew of them then.

    Attributes
    ----------
    features : float32[rows, features]
        As the scorer reads them; the columns are ``aisle.strategy.FEATURES``.
    is_target : uint8[rows]
        1 for the item that the visitor turned to next.
    begin : uint32[requests + 1]
        First row of each request.
    asked : int
        Requests; those whose answer was not among the candidates have no rows.
    position : uint32[rows] or None
        Where each candidate was shown, from 0, for logs of slates: training then learns how much
        of a click was the place's (Unbiased LambdaMART, Hu et al., WWW 2019).
    weight : float32[requests] or None
        What each request counts: a margin, a revenue. None: all alike.
    """

    features: npt.NDArray[np.float32]
    is_target: npt.NDArray[np.uint8]
    begin: npt.NDArray[np.uint32]
    asked: int = 0
    position: npt.NDArray[np.uint32] | None = None
    weight: npt.NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.begin) - 1

    def check(self) -> None:
        """Refuse what cannot be trained on.

        Raises
        ------
        DataError
            For columns of different lengths, features that are infinite, requests without rows or
            without exactly one target; names the request.
        """
        rows = len(self.features)
        if self.features.ndim != 2 or len(self.is_target) != rows:
            raise DataError(
                f"features have the shape {self.features.shape}, and there are "
                f"{len(self.is_target):,} targets: one row each is expected"
            )
        starts = self.begin.astype(np.int64)
        if len(starts) < 2 or starts[0] != 0 or starts[-1] != rows or (np.diff(starts) < 1).any():
            raise DataError(f"begin must rise from 0 to the number of rows, {rows:,}")
        if np.isinf(self.features).any():
            row, column = np.argwhere(np.isinf(self.features))[0].tolist()
            raise DataError(
                f"feature {column} of row {row:,} is infinite: NaN says that there is none"
            )
        targets = np.add.reduceat(self.is_target.astype(np.int64), starts[:-1])
        if (targets != 1).any():
            request = int(np.flatnonzero(targets != 1)[0])
            raise DataError(f"request {request:,} has {targets[request]} targets: one is expected")
        for name, values, expected in (
            ("position", self.position, rows),
            ("weight", self.weight, len(self)),
        ):
            if values is not None and len(values) != expected:
                raise DataError(f"{name} has {len(values):,} entries, not {expected:,}")

    def part(self, first: int, last: int) -> CandidateRows:
        """Requests ``first`` to ``last``, without the last."""
        rows = slice(int(self.begin[first]), int(self.begin[last]))
        return CandidateRows(
            self.features[rows],
            self.is_target[rows],
            self.begin[first : last + 1] - self.begin[first],
            last - first,
            None if self.position is None else self.position[rows],
            None if self.weight is None else self.weight[first:last],
        )


def candidates(
    bundle: Bundle, events: Events, *, others: int = 100, seed: int = 0
) -> CandidateRows:
    """Replay a log through an engine of the bundle and keep the pool at each request.

    Every candidate has the features of its moment: the path is that of serving.

    Parameters
    ----------
    bundle
        Fitted on what happened before ``events``.
    events
        The log; the next view or click of the session is the target.
    others
        Candidates beside the target that are kept, drawn evenly with ``seed``.

    Raises
    ------
    DataError
        When no target was among the candidates.
    """
    from aisle.fitting import _Learner
    from aisle.scorer import pools
    from aisle.strategy import Strategy

    learner = _Learner(events, None, None, 0, lambda step, share: None, 1)
    everything = np.ones(len(events), dtype=bool)
    found = CandidateRows(*pools(bundle, learner, everything, Strategy(), others=others, seed=seed))
    if len(found) == 0:
        raise DataError(
            f"none of {found.asked:,} answers was among the candidates: is the log of this shop?"
        )
    return found


def train(
    rows: CandidateRows,
    *,
    valid: CandidateRows | None = None,
    base: Floats | None = None,
    valid_base: Floats | None = None,
    objective: str = "lambdarank",
    rounds: int = 100,
    leaves: int = 15,
    learning_rate: float = 0.05,
    min_rows: int = 50,
    seed: int = 0,
    threads: int | None = None,
) -> Trees:
    """Grow trees that rank the targets first.

    Parameters
    ----------
    rows
        What to learn from.
    valid, valid_base
        Later requests: growing stops when NDCG@20 on them has not improved for 30 rounds.
    base
        float64[rows], scores that the trees are added to; None: 0.
    objective
        ``"lambdarank"`` (LambdaMART, Burges 2010) or ``"binary"`` (log-loss of each row).
    rounds, leaves, learning_rate, min_rows
        Trees at most, leaves of each, shrinkage, rows of a leaf at least.
    threads
        None: half of the cores; LightGBM waits for the last of them after every leaf.

    Raises
    ------
    ImportError
        Without LightGBM; the extra ``rank`` has it.
    DataError, ConfigError
        For rows that cannot be trained on, and options outside their domain.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x = rng.random((4000, 3), dtype=np.float32)
    >>> y = np.zeros(4000, np.uint8)
    >>> y[np.arange(400) * 10 + x[:, 1].reshape(400, 10).argmax(1)] = 1
    >>> rows = CandidateRows(x, y, np.arange(0, 4001, 10, dtype=np.uint32))
    >>> trees = train(rows, rounds=20)
    >>> trees, bool(trees.score(x)[y == 1].mean() > trees.score(x)[y == 0].mean())
    (Trees(20 trees, 300 leaves, 'lambdarank'), True)
    """
    try:
        import lightgbm
    except ImportError as error:
        raise ImportError(
            "LightGBM is not installed: pip install 'aisle[rank]' brings it"
        ) from error
    if objective not in OBJECTIVES:
        raise ConfigError(f"objective must be one of {', '.join(OBJECTIVES)}, got {objective!r}")
    if not 2 <= leaves <= 128:
        raise ConfigError(f"leaves must be between 2 and 128, got {leaves}")
    if rounds < 1:
        raise ConfigError(f"rounds must be at least 1, got {rounds}")
    if not isinstance(rows, CandidateRows):
        raise DataError(f"rows must be CandidateRows, got {type(rows).__name__}")
    rows.check()
    options = {
        "objective": objective,
        "num_leaves": leaves,
        "learning_rate": learning_rate,
        "min_data_in_leaf": min_rows,
        "lambdarank_truncation_level": 20,
        "metric": "ndcg",
        "eval_at": [20],
        "max_bin": 255,
        "num_threads": threads or max(1, (os.cpu_count() or 1) // 2),
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "verbose": -1,
    }
    data = _dataset(lightgbm, rows, base)
    stop: list[Any] = []
    watched: list[Any] = []
    if valid is not None:
        valid.check()
        watched = [_dataset(lightgbm, valid, valid_base, data)]
        stop = [lightgbm.early_stopping(PATIENCE, verbose=False)]
    booster = lightgbm.train(options, data, rounds, valid_sets=watched, callbacks=stop)
    text = booster.model_to_string(num_iteration=booster.best_iteration or None)
    return Trees._read(text, "the trained model")


def _dataset(lightgbm: Any, rows: CandidateRows, base: Floats | None, reference: Any = None) -> Any:
    sizes = np.diff(rows.begin.astype(np.int64)).astype(np.int64)
    return lightgbm.Dataset(
        rows.features,
        label=rows.is_target,
        group=sizes,
        init_score=base,
        position=rows.position,
        feature_name=_names(rows.features.shape[1]),
        weight=None if rows.weight is None else np.repeat(rows.weight, sizes),
        reference=reference,
    )


def _names(columns: int) -> list[str] | str:
    """The scorer's features by name; columns of one's own have none."""
    from aisle.strategy import FEATURES

    return list(FEATURES) if columns == len(FEATURES) else "auto"


def correct(
    rows: CandidateRows,
    first: Floats,
    weights: npt.NDArray[np.floating[Any]],
    *,
    cut: int,
    seed: int,
) -> tuple[Trees | None, npt.NDArray[np.float32], dict[str, Any]]:
    """Trees on top of a weighted sum, where they rank later requests better than the sum alone.

    Parameters
    ----------
    rows
        In order of time.
    first
        Weights that know only the requests before ``cut``.
    weights
        Weights that know all.

    Returns
    -------
    trees, weights, how
        None where nothing was gained. Both are scaled so that e^score over the pool's sum is the
        probability of a candidate; ``how`` goes into the manifest.
    """
    from aisle.scorer import mean_reciprocal_rank, temperature

    older, newer = rows.part(0, cut), rows.part(cut, len(rows))
    sum_older = older.features.astype(np.float64) @ first
    sum_newer = newer.features.astype(np.float64) @ first
    trees = train(
        older, valid=newer, base=sum_older, valid_base=sum_newer, rounds=MOST_ROUNDS, seed=seed
    )
    both = sum_newer + trees.score(newer.features)
    before = mean_reciprocal_rank(sum_newer, newer.is_target, newer.begin)
    after = mean_reciprocal_rank(both, newer.is_target, newer.begin)
    how = {"trees": len(trees), "mrr_trees": round(after, 4)}
    if after <= before:
        return (
            None,
            np.asarray(weights, np.float32),
            {**how, "trees": 0, "why_no_trees": "they did not rank better"},
        )
    scale = temperature(both, newer.is_target, newer.begin)
    base = rows.features.astype(np.float64) @ weights.astype(np.float64)
    final = train(rows, base=base, rounds=len(trees), seed=seed)
    scaled = (weights * scale).astype(np.float32)
    return final.scaled(scale), scaled, {**how, "kind": "trees", "scale": round(scale, 4)}
