"""Input that would bend the numbers: each doubt says what it does, or would have done, to them."""

from __future__ import annotations

import warnings
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from aisle.evaluate import metrics
from aisle.evaluate.choices import Choices
from aisle.evaluate.log import Log
from aisle.evaluate.protocol import Ranked
from aisle.evaluate.questions import Questions, runs

LEAST_TARGETS: Final = 20  # fewer say nothing about ties
FIRST_DATE_US: Final = 631_152_000_000_000  # 1990; below, times are numbers of events
TELLING: Final = 0.05  # of HR, that the rule for ties decides


class EvaluationWarning(UserWarning):
    """The numbers of a report do not mean what they seem to; the message says why."""


def warn(doubts: list[str]) -> None:
    """One warning for each doubt, at the line of the caller's caller."""
    for doubt in doubts:
        warnings.warn(doubt, EvaluationWarning, stacklevel=3)


def of_input(
    asked: Questions, choices: Choices, items: int, train: Log | None, ranked: Ranked
) -> list[str]:
    """All doubts about one ranking pass."""
    found = [
        _nothing(asked),
        _too_deep(choices, items),
        _backwards(asked),
        _nan(ranked),
        _tied(ranked, choices),
    ]
    if train is not None:
        found += [_shared(asked, train, ranked, choices), _before(asked.log, train)]
    return [doubt for doubt in found if doubt]


def _nothing(asked: Questions) -> str:
    if len(asked):
        return ""
    return (
        "there is nothing to ask: no session of the test has two events whose items the model "
        "knows, so that every metric is nan"
    )


def _too_deep(choices: Choices, items: int) -> str:
    over = [cut for cut in choices.k if cut > items > 0]
    if not over:
        return ""
    return (
        f"k={over[0]} is more than the {items:,} items of the model: every target it scores is "
        f"a hit, so that HR@{over[0]} says nothing about its order; take a smaller k"
    )


def _backwards(asked: Questions) -> str:
    """Events that stand in the log before earlier ones of their session."""
    log = asked.log
    order = np.argsort(log.session, kind="stable")  # by session, in the log's own order
    order = order[log.item[order] >= 0]
    back = (np.diff(log.session[order]) == 0) & (np.diff(log.time[order]) < 0)
    if not back.any() or not len(asked):
        return ""
    rows = np.sort(asked.rows)
    as_told = rows[np.argsort(log.session[rows], kind="stable")]
    # As many targets as those that another order of the same rows would have asked for.
    changed = int((log.item[as_told] != log.item[asked.rows])[_targets(asked)].sum())
    if not changed:
        return ""
    return (
        f"times go backwards at {int(back.sum()):,} of {len(order):,} events of their sessions; "
        f"events were sorted by time: in the log's own order {changed:,} of {len(asked):,} targets "
        "would be other items"
    )


def _targets(asked: Questions) -> npt.NDArray[np.int64]:
    begin, _ = runs(asked.log.session[asked.rows])
    inside = np.ones(len(asked.rows), bool)
    inside[begin] = False
    return np.flatnonzero(inside)


def _nan(ranked: Ranked) -> str:
    if not ranked.nan_scores:
        return ""
    missed = int((np.asarray(ranked.ranks) == 0).sum())
    return (
        f"{ranked.nan_scores:,} of {len(ranked.ranks):,} answers hold scores that are nan; nan is "
        f"no score: a target with it is a miss ({missed:,} targets have no rank), and sorting it "
        "first would have made it a hit"
    )


def _tied(ranked: Ranked, choices: Choices) -> str:
    """Where the rule for ties, and not the model, decides what is a hit."""
    if ranked.ties is None or len(ranked.ranks) < LEAST_TARGETS:
        return ""
    ranks, ties = np.asarray(ranked.ranks, np.float64), np.asarray(ranked.ties)
    back = {"conservative": 0.0, "standard": 1.0, "mean": 0.5}[choices.ties]
    conservative = np.where(ranks > 0, ranks + back * ties, 0)
    k = choices.k[-1]
    low = metrics.mean(metrics.hits(conservative.astype(np.int64), k))
    high = metrics.mean(metrics.hits(np.where(ranks > 0, conservative - ties, 0).astype(int), k))
    if high - low <= TELLING:
        return ""
    tied = float((ties >= k).mean())
    return (
        f"scores are tied: {tied:.0%} of the targets share theirs with {k} items or more, and "
        f"HR@{k} is {low:.4f} with ties against the target and {high:.4f} with ties in its favour; "
        f"this report goes by {choices.ties!r}"
    )


def _shared(asked: Questions, train: Log, ranked: Ranked, choices: Choices) -> str:
    """Sessions of the test that are in the training log too, and what they do to HR."""
    log = asked.log
    if log.sessions is not None and train.sessions is not None:
        known = set(map(str, train.sessions))
        shared = np.array([str(name) in known for name in log.sessions], bool)
        both, what = shared[log.session], "are in the training log too"
    else:
        both = _same_events(log, train)
        what = "hold events that are in the training log too, to the microsecond"
        shared = np.bincount(log.session[both], minlength=int(log.session.max(initial=0)) + 1) > 0
        both = shared[log.session]
    if not both.any():
        return ""
    k = choices.k[-1]
    hit = metrics.hits(np.asarray(ranked.ranks).astype(np.int64), k)
    of_shared = both[asked.rows[asked.at]]
    sessions = len(np.unique(log.session))
    return (
        f"{len(np.unique(log.session[both])):,} of {sessions:,} test sessions {what}: the model "
        f"has seen their answers. HR@{k} is {_said(hit[of_shared])} on them and "
        f"{_said(hit[~of_shared])} on the others; split by time, and keep sessions whole"
    )


def _same_events(log: Log, train: Log) -> npt.NDArray[np.bool_]:
    """Rows of the test with visitor, item and time of a row of the training log."""

    def keys(one: Log) -> list[tuple[str, str, int]]:
        visitors, items = [str(v) for v in one.visitors], [str(i) for i in one.items]
        rows = zip(one.visitor.tolist(), one.item.tolist(), one.time.tolist(), strict=True)
        return [(visitors[v], items[i] if i >= 0 else "", t) for v, i, t in rows]

    known = set(keys(train))
    return np.array([key in known for key in keys(log)], bool)


def _before(log: Log, train: Log) -> str:
    """Training events from after half of the test: the model knows its future.

    Sessions that were going on when a log was split end soon after: a hundredth of the training
    events may be so late. Times that only number the events of a file say nothing.
    """
    if not len(log) or not len(train) or log.time.max() < FIRST_DATE_US:
        return ""
    late = int((train.time >= np.median(log.time)).sum())
    if late <= len(train) // 100:
        return ""
    return (
        f"{late:,} of {len(train):,} training events are later than half of the test: the model "
        "has learned from what came after the targets, which lifts every metric (measured "
        "elsewhere: HR@10 of .50 in place of .18 at worst); split by time"
    )


def _said(hits: npt.NDArray[Any]) -> str:
    return f"{float(hits.mean()):.4f}" if len(hits) else "not known"
