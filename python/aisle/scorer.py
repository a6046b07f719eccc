"""The scorer's weights, learned on the newest sessions of the shop's own log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from aisle import _core
from aisle.models._base import NONE
from aisle.strategy import Strategies
from aisle.strategy.core import placements_of

if TYPE_CHECKING:
    from aisle.bundle import Bundle
    from aisle.fitting import _Learner
    from aisle.strategy import Strategy
    from aisle.trees import Trees

HELD_OUT = 0.12  # of the sessions, the newest
MOST_SESSIONS = 6000
FEWEST_GROUPS = 300  # answers found in pools, below which weights would be noise
MOST_QUESTIONS = 8000  # the newest of them; more change the weights in the third digit
OTHERS = 30  # candidates beside each answer
OTHERS_OF_TREES = 100
L2 = 1e-3
TARGET_TYPES = (0, 7)  # view, click

Floats = npt.NDArray[np.float64]


class Learned(NamedTuple):
    """What was learned: None where the log is too small or nothing was gained."""

    weights: npt.NDArray[np.float32] | None
    trees: Trees | None
    how: dict[str, Any]


def learn_scorer(
    learner: _Learner, strategy: Strategy, *, seed: int, with_trees: bool = False
) -> Learned:
    """Fit on the older sessions, replay the newest, and learn which candidates were clicked next.

    The model is a conditional logit over each pool (McFadden 1974; ListNet's top-one loss): the
    probability of the candidate that was clicked, given the pool. Learned weights are kept only
    where they rank unseen questions better than the built-in ones, and trees that correct their
    sum (LambdaMART) only where these rank them better still.
    """
    held = newest_sessions(learner)
    if held is None:
        return Learned(None, None, {"kind": "fixed", "why": "fewer sessions than learning needs"})
    learner.tell("older sessions", 0.0)
    bundle = learner.bundle(~held, Strategies.of(strategy), None, {"kind": "fixed"})
    learner.tell("replay", 0.5)
    others = OTHERS_OF_TREES if with_trees else OTHERS
    features, is_target, begin, asked = pools(
        bundle, learner, held, strategy, others=others, seed=seed
    )
    groups = len(begin) - 1
    if groups < FEWEST_GROUPS:
        why = f"only {groups} answers were found in pools"
        return Learned(None, None, {"kind": "fixed", "why": why})
    learner.tell("scorer", 0.8)
    x = features.astype(np.float64)
    cut = int(groups * 0.75)
    first = fit_logit(x[: begin[cut]], is_target[: begin[cut]], begin[: cut + 1])
    built_in = np.asarray(_core.Strategy().weights, dtype=np.float64)
    rest = slice(begin[cut], None)
    learned = mean_reciprocal_rank(x[rest] @ first, is_target[rest], begin[cut:] - begin[cut])
    fixed = mean_reciprocal_rank(x[rest] @ built_in, is_target[rest], begin[cut:] - begin[cut])
    how: dict[str, Any] = {
        "questions": int(asked),
        "in_pool": groups,
        "mrr_learned": round(learned, 4),
        "mrr_fixed": round(fixed, 4),
    }
    weights = None
    if learned > fixed:
        weights = fit_logit(x, is_target, begin).astype(np.float32)
        how = {"kind": "learned", **how}
    else:
        how = {"kind": "fixed", "why": "learned weights were not better", **how}
    if not with_trees:
        return Learned(weights, None, how)
    from aisle.ranker import CandidateRows, correct

    learner.tell("trees", 0.9)
    rows_of = CandidateRows(features, is_target, begin)
    # The sum that they correct is the better of the two.
    known, all_known = (built_in, built_in) if weights is None else (first, weights)
    trees, scaled, gained = correct(rows_of, known, all_known, cut=cut, seed=seed)
    return Learned(weights if trees is None else scaled, trees, {**how, **gained})


def pools(
    bundle: Bundle,
    learner: _Learner,
    chosen: npt.NDArray[np.bool_],
    strategy: Strategy,
    *,
    others: int,
    seed: int,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8], npt.NDArray[np.uint32], int]:
    """Replay the chosen rows through an engine of the bundle, and keep each request's candidates.

    Returns
    -------
    features, is_target, begin, asked
        As in :class:`aisle.ranker.CandidateRows`.
    """
    from aisle.borders import columns_of

    engine = _core.Engine(
        bundle._core, placements_of(Strategies.of(strategy)), _core.EngineOptions()
    )
    rows, following = questions(learner, chosen)
    return engine.collect_training(*columns_of(learner.events), rows, following, others, seed)


def newest_sessions(learner: _Learner) -> npt.NDArray[np.bool_] | None:
    """Rows of the newest sessions; None where there are too few to spare."""
    events = learner.events
    end = np.full(len(learner.rank), np.iinfo(np.int64).min)
    np.maximum.at(end, learner.session, events.time)
    length = np.bincount(learner.session, minlength=len(end))
    useful = np.flatnonzero(length >= 2)
    count = min(int(HELD_OUT * len(useful)), MOST_SESSIONS)
    if count < 100:
        return None
    chosen = np.zeros(len(end), dtype=bool)
    chosen[useful[np.argsort(end[useful], kind="stable")[-count:]]] = True
    held: npt.NDArray[np.bool_] = chosen[learner.session]
    return held


def questions(
    learner: _Learner, held: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows in the order they happened, and for each the row of the session's next view, or -1."""
    events = learner.events
    rows = np.flatnonzero(held & (events.item != NONE)).astype(np.int64)
    rows = rows[np.argsort(events.time[rows], kind="stable")]
    targets = np.isin(events.type, TARGET_TYPES)
    if not targets.any():
        targets = np.ones(len(events), dtype=bool)
    by_session = np.lexsort((np.arange(len(rows)), learner.session[rows]))
    following = np.full(len(rows), -1, dtype=np.int64)
    next_row = rows[by_session[1:]]
    same = learner.session[rows[by_session[:-1]]] == learner.session[next_row]
    asked = same & targets[next_row]
    following[by_session[:-1][asked]] = next_row[asked]
    following[np.flatnonzero(following >= 0)[:-MOST_QUESTIONS]] = -1
    return rows, following


def fit_logit(x: Floats, is_target: npt.NDArray[np.uint8], begin: npt.NDArray[np.uint32]) -> Floats:
    """Weights of the conditional logit by Newton's method, L2 on standardised features."""
    scale = x.std(axis=0)
    live = scale > 1e-9
    z = x[:, live] / scale[live]
    starts = begin[:-1].astype(np.int64)
    sizes = begin[1:].astype(np.int64) - starts
    groups = len(sizes)
    chosen = is_target.astype(bool)
    answers = z[chosen].sum(axis=0)

    def loss_of(w: Floats, scores: Floats) -> float:
        top = np.maximum.reduceat(scores, starts)
        total = np.add.reduceat(np.exp(scores - np.repeat(top, sizes)), starts)
        return float((np.log(total) + top - scores[chosen]).mean() + 0.5 * L2 * (w @ w))

    w = np.zeros(z.shape[1])
    scores = z @ w
    loss = loss_of(w, scores)
    for _ in range(20):
        p = _probabilities(scores, starts, sizes)
        weighted = z * p[:, None]
        mean = np.add.reduceat(weighted, starts, axis=0)
        gradient = (mean.sum(axis=0) - answers) / groups + L2 * w
        hessian = (z.T @ weighted - mean.T @ mean) / groups + L2 * np.eye(len(w))
        step = np.linalg.solve(hessian, gradient)
        slope = float(gradient @ step)
        if slope < 1e-6:
            break
        # Newton's step may overshoot far from the optimum: halved until the loss falls enough.
        size, along = 1.0, z @ step
        while (found_loss := loss_of(w - size * step, scores - size * along)) > (
            loss - 0.1 * size * slope
        ) and size > 1e-3:
            size *= 0.5
        w, scores, loss = w - size * step, scores - size * along, found_loss
    found = np.zeros(x.shape[1])
    found[live] = w / scale[live]
    return found


def _probabilities(
    scores: Floats, starts: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]
) -> Floats:
    """Softmax inside each group."""
    e = np.exp(scores - np.repeat(np.maximum.reduceat(scores, starts), sizes))
    return np.asarray(e / np.repeat(np.add.reduceat(e, starts), sizes))


def temperature(
    scores: Floats, is_target: npt.NDArray[np.uint8], begin: npt.NDArray[np.uint32]
) -> float:
    """The factor that makes e^score over its group's sum the likeliest chance of the answer."""
    starts = begin[:-1].astype(np.int64)
    sizes = begin[1:].astype(np.int64) - starts
    answers = scores[is_target.astype(bool)]
    factor = 1.0
    for _ in range(50):
        p = _probabilities(factor * scores, starts, sizes)
        mean = np.add.reduceat(p * scores, starts)
        slope = float((mean - answers).sum())
        curve = float((np.add.reduceat(p * scores**2, starts) - mean**2).sum())
        if curve < 1e-12:
            break
        step = slope / curve
        # Newton's step may leave the positive numbers: at most half of the way to zero.
        factor -= min(step, factor / 2)
        if abs(step) < 1e-9:
            break
    return factor


def mean_reciprocal_rank(
    scores: Floats, is_target: npt.NDArray[np.uint8], begin: npt.NDArray[np.uint32]
) -> float:
    """Of the answers among their groups, conservative ties."""
    starts = begin[:-1].astype(np.int64)
    sizes = begin[1:].astype(np.int64) - starts
    answer = np.repeat(scores[is_target.astype(bool)], sizes)
    rank = np.add.reduceat((scores >= answer).astype(np.int64), starts)
    return float((1.0 / rank).mean())
