"""Held-out protocols: the last item of each visitor, all that comes after a moment."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from aisle._core import ConfigError
from aisle.evaluate import doubts
from aisle.evaluate.fitting import fitted, options_of, take
from aisle.evaluate.log import Ints, Log, as_log
from aisle.evaluate.questions import runs
from aisle.evaluate.ranking import rank
from aisle.evaluate.report import Report
from aisle.events.times import micros_of, utc

Flags = npt.NDArray[np.bool_]


def last_out(
    model: Any,
    events: Any,
    *,
    k: Any = (10, 20),
    by: str = "visitor",
    validation: bool = False,
    fit: bool | None = None,
    progress: bool = False,
    **options: Any,
) -> Report:
    """Hold the last item of each visitor out, fit on the rest, rank the item among all.

    The model still learns from what others did after a target ("leave one out" leaks the future):
    its numbers are up to three times those of a split by time, and compare with others of this
    protocol only.

    Parameters
    ----------
    model
        As in `next_item`. One that is not fitted, or that has seen the held-out events, is cloned
        and fitted on the rest.
    events : aisle.Events
        The whole log.
    k
        Cut or cuts.
    by
        "visitor" or "session": whose last item it is, and what is known before it.
    validation
        Hold the last but one out too, of who has three: ``report.parts["validation"]``. The test
        knows it as the newest click, the fit does not.
    fit
        True: always fit a clone; False: take the model as it is; None: decide.
    **options
        Those of `next_item`: ties, repeats, exclude_seen, request_time, unknown, items, …

    Returns
    -------
    Report

    Examples
    --------
    >>> import aisle
    >>> log = aisle.Events.from_columns(visitor=[1, 1, 2, 2, 2], item=list("abbab"),
    ...                                 time=[1, 2, 3, 4, 5], time_unit="s")
    >>> last_out(aisle.models.Popularity(), log, k=1).n_events
    2
    """
    choices, told = options_of(k, options)
    log = _by(as_log(events), by)
    place, size = _place_from_end(log)
    test = (place == 0) & (size >= 2)
    held = test
    if validation:
        test, held = (place == 0) & (size >= 3), (place <= 1) & (size >= 3)
    if not test.any():
        raise ConfigError(f"no {by} has {3 if validation else 2} events worth predicting")
    asked_of, learned = fitted(model, events, ~held, fit)
    words = {
        "protocol": f"last out: the last item of each {by}, all before it known",
        "model": learned,
        "leak": "the model knows what others did later; not comparable with a split by time",
    }
    report = rank(asked_of, events, choices, told, words, log=log, asked=test, progress=progress)
    if validation:
        words["protocol"] = f"last out: the last but one item of each {by}"
        known = place >= 1
        part = rank(
            asked_of, take(events, known), choices, told, words,
            log=_some(log, known), asked=((place == 1) & (size >= 3))[known], progress=progress,
        )  # fmt: skip
        report = dataclasses.replace(report, parts={"validation": part})
    if "among them" in learned:
        note = (
            f"the model was {learned.partition(': ')[2]}: every metric is too high; take fit=True"
        )
        report = dataclasses.replace(report, notes=(*report.notes, note))
    doubts.warn(list(report.notes))
    return report


class TimeSplit(NamedTuple):
    """A log before and after a moment.

    Attributes
    ----------
    train, test : Events
    at
        The moment, microseconds UTC.
    straddling
        Sessions that were going on then.
    """

    train: Any
    test: Any
    at: int
    straddling: int


def time_split(
    events: Any, *, at: Any = None, share: float | None = None, straddle: str = "start"
) -> TimeSplit:
    """Split a log at one moment for all.

    Parameters
    ----------
    events : aisle.Events
    at
        The moment, a time as in ``events.split``.
    share
        Or the share of the events before it.
    straddle
        Sessions that go on then: "start": to the side on which they began; "cut": each event by its
        time; "drop": to neither.

    Examples
    --------
    >>> import aisle
    >>> log = aisle.Events.from_columns(visitor=[1, 1, 2], item=list("aba"), time=[1, 9, 8],
    ...                                 session=[1, 1, 2], time_unit="s")
    >>> [len(part) for part in time_split(log, at=5_000_000)[:2]]
    [2, 1]
    """
    log = as_log(events)
    moment = _moment(log, at, share)
    early = log.time < moment
    began, ended = _spans(log)
    over = (began < moment) & (ended >= moment)
    if straddle not in ("start", "cut", "drop"):
        raise ConfigError(f'straddle must be "start", "cut" or "drop", got {straddle!r}')
    if straddle == "start":
        early = began[log.session] < moment
    kept = ~over[log.session] if straddle == "drop" else np.ones(len(log), bool)
    train, test = take(events, early & kept), take(events, ~early & kept)
    return TimeSplit(train, test, moment, int(over.sum()))


def global_split(
    model: Any,
    events: Any,
    *,
    at: Any = None,
    share: float | None = None,
    k: Any = (10, 20),
    by: str = "visitor",
    holdout: str = "successive",
    fit: bool | None = None,
    progress: bool = False,
    **options: Any,
) -> Report:
    """Fit on what came before one moment, ask for what came after it.

    Parameters
    ----------
    model, events, k, fit
        As in `last_out`.
    at, share
        The moment, or the share of the events before it (.9 where neither is given).
    by
        "visitor" or "session": what a question knows, from before the moment too.
    holdout
        "successive": every event after the moment is a target, with all before it known; "last":
        each visitor's last one only (Gusak et al., "Time to Split", RecSys 2025).
    **options
        Those of `next_item`.
    """
    choices, told = options_of(k, options)
    if holdout not in ("successive", "last"):
        raise ConfigError(f'holdout must be "successive" or "last", got {holdout!r}')
    log = _by(as_log(events), by)
    moment = _moment(log, at, 0.9 if at is None and share is None else share)
    late = log.time >= moment
    asked = late if holdout == "successive" else late & (_place_from_end(log)[0] == 0)
    source, learned = fitted(model, events, ~late, fit)
    which = "every event" if holdout == "successive" else f"the last event of each {by}"
    words = {
        "protocol": f"global time split at {utc(moment)}: {which} after it, the {by}'s past known",
        "model": learned,
    }
    report = rank(source, events, choices, told, words, log=log, asked=asked, progress=progress)
    doubts.warn(list(report.notes))
    return report


def _by(log: Log, by: str) -> Log:
    """The log with visitors in the place of sessions, when those belong together."""
    if by not in ("visitor", "session"):
        raise ConfigError(f'by must be "visitor" or "session", got {by!r}')
    if by == "session":
        return log
    return dataclasses.replace(log, session=log.visitor, sessions=log.visitors)


def _some(log: Log, rows: Flags) -> Log:
    columns = ("visitor", "session", "item", "time", "type", "value")
    return dataclasses.replace(log, **{name: getattr(log, name)[rows] for name in columns})


def _place_from_end(log: Log) -> tuple[Ints, Ints]:
    """Of each row: how many targets of its session follow, and how many there are.

    A row that is no target has the place of the target before it: it came after that.
    """
    target = log.targets()
    order = log.by_session(np.arange(len(log)))
    session = log.session[order]
    begin, length = runs(session)
    number = np.repeat(np.arange(len(begin)), length)
    running = np.cumsum(target[order])
    before = (running[begin] - target[order][begin]) if len(begin) else running
    rank_in: Ints = running - before[number]  # targets up to and with this row
    total = np.bincount(number, target[order], minlength=len(begin)).astype(np.int64)
    place, size = np.empty(len(log), np.int64), np.empty(len(log), np.int64)
    place[order] = total[number] - rank_in
    size[order] = total[number]
    return place, size


def _spans(log: Log) -> tuple[Ints, Ints]:
    """First and last time of each session."""
    sessions = int(log.session.max(initial=-1)) + 1
    began = np.full(sessions, np.iinfo(np.int64).max)
    ended = np.full(sessions, np.iinfo(np.int64).min)
    np.minimum.at(began, log.session, log.time)
    np.maximum.at(ended, log.session, log.time)
    return began, ended


def _moment(log: Log, at: Any, share: float | None) -> int:
    if (at is None) == (share is None):
        raise ConfigError("say when to split: at= a time, or share= of the events before it")
    if share is None:
        return int(micros_of(at))
    if not 0 < share < 1:
        raise ConfigError(f"share must lie between 0 and 1, got {share!r}")
    if not len(log):
        raise ConfigError("the log has no events to split")
    return int(np.quantile(log.time, share, method="higher"))
