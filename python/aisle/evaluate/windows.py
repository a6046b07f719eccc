"""Sliding windows: refit, test on the days after, move on."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from aisle._core import ConfigError
from aisle.evaluate import doubts, metrics
from aisle.evaluate.fitting import clone, options_of, take
from aisle.evaluate.holdout import _spans
from aisle.evaluate.log import Log, as_log
from aisle.evaluate.ranking import rank
from aisle.evaluate.report import Report, percentiles
from aisle.events.times import micros_of, utc

DAY_US: Final = 86_400_000_000
Flags = npt.NDArray[np.bool_]


def sliding(
    model: Any,
    events: Any,
    *,
    train_days: float | None = None,
    test_days: float = 1,
    step_days: float | None = None,
    windows: int | None = None,
    until: Any = None,
    k: Any = (10, 20),
    progress: bool = False,
    **options: Any,
) -> Report:
    """Fit on some days, test on the next, move on: what a shop that refits would have seen.

    A session belongs to the window in which it began. The metrics are means over the windows,
    each counting equally; `Report.parts` has the windows, the oldest first.

    Parameters
    ----------
    model
        Cloned and fitted for each window.
    events : aisle.Events
        The whole log.
    train_days
        Days to fit on; None: all before the test, a growing window.
    test_days, step_days
        Days of a test, and from one test to the next (as many; 1 and 1 are daily refits).
    windows
        The newest so many; None: all whose training days are in the log. Windows without a target
        are left out.
    until
        When the newest window ends, a time as in ``events.split``; None: at the midnight (UTC)
        nearest to the newest event.
    k, options
        As in `next_item`.

    Returns
    -------
    Report

    Examples
    --------
    >>> import aisle
    >>> log = aisle.simulate.Shop(items=50, visitors=200, days=4, seed=1).events()
    >>> report = sliding(aisle.models.Popularity(), log, train_days=2, k=10)
    >>> len(report.parts)
    2
    """
    step = test_days if step_days is None else step_days
    for name, days in (("train_days", train_days), ("test_days", test_days), ("step_days", step)):
        if days is not None and not 0 < days < 1e5:
            raise ConfigError(f"{name} must be a positive number of days, got {days!r}")
    if windows is not None and windows < 1:
        raise ConfigError(f"windows must be positive or None, got {windows!r}")
    choices, told = options_of(k, options)
    log = as_log(events)
    began, _ = _spans(log)
    parts: dict[str, Report] = {}
    rows = []
    for start in _starts(log, train_days, test_days, step, until):
        of_train, of_test = _window(began[log.session], start, train_days, test_days)
        if not of_train.any() or not of_test.any():
            continue
        once = clone(model).fit(take(events, of_train))
        words = {
            "protocol": "one window of a sliding evaluation: after every click, the next",
            "model": f"a clone, fitted on {int(of_train.sum()):,} events",
        }
        part = rank(once, take(events, of_test), choices, told, words, progress=progress)
        if part.n_events:
            parts[utc(start)] = part
            rows.append(np.flatnonzero(of_test)[part.rows])
        if len(parts) == windows:
            break
    if not parts:
        raise ConfigError(
            f"no window fits: the log has {(log.time.max() - log.time.min()) / DAY_US:.1f} days, "
            f"train_days={train_days} and test_days={test_days} want more"
            if len(log)
            else "the log has no events"
        )
    words = {
        "protocol": f"sliding: {len(parts)} windows, fitted on "
        + ("all before" if train_days is None else f"{train_days:g} days")
        + f", tested on {test_days:g}, moved by {step:g}; the mean over windows",
        "model": "a clone, fitted for each window",
    }
    parts = dict(reversed(parts.items()))
    whole = _mean(parts, np.concatenate(rows[::-1]), words)
    doubts.warn(list(whole.notes))
    return whole


def _starts(
    log: Log, train_days: float | None, test_days: float, step: float, until: Any
) -> list[int]:
    """When each test begins, the newest first."""
    if not len(log):
        return []
    first, last = int(log.time.min()), int(log.time.max())
    end = (last + DAY_US // 2) // DAY_US * DAY_US if until is None else int(micros_of(until))
    start = end - round(test_days * DAY_US)
    earliest = first // DAY_US * DAY_US + round(
        (test_days if train_days is None else train_days) * DAY_US
    )
    found = []
    while start >= earliest:
        found.append(start)
        start -= round(step * DAY_US)
    return found


def _window(
    began: npt.NDArray[np.int64], start: int, train_days: float | None, test_days: float
) -> tuple[Flags, Flags]:
    oldest = -np.inf if train_days is None else start - train_days * DAY_US
    train = (began < start) & (began >= oldest)
    return train, (began >= start) & (began < start + test_days * DAY_US)


def _mean(parts: dict[str, Report], rows: npt.NDArray[np.int64], words: dict[str, str]) -> Report:
    """The mean of the windows; each event weighs so that its window counts as one."""
    each = list(parts.values())
    first, events = each[0], sum(part.n_events for part in each)
    sessions, taken = [], 0
    for part in each:
        sessions.append(np.unique(part.sessions, return_inverse=True)[1] + taken)
        taken += part.n_sessions
    weight = np.concatenate(
        [np.full(part.n_events, events / len(each) / part.n_events) for part in each]
    )
    values = {
        name: np.concatenate([part.each(name) for part in each]) * weight
        for name in first.metrics
        if "sampled" not in name
    }
    # Sessions are drawn within each window, so that each counts as one in every draw.
    draws = [
        metrics.bootstrap_means({name: part.each(name) for name in values}, part.sessions, seed=n)
        for n, part in enumerate(each)
    ]
    drawn = {name: np.mean([draw[name] for draw in draws], axis=0) for name in values}
    owner = np.concatenate(sessions)
    latencies = np.concatenate([part.latencies for part in each])
    return Report(
        model=first.model,
        k=first.k,
        metrics={name: float(np.mean([part[name] for part in each])) for name in first.metrics},
        ci=metrics.interval_of(drawn),
        latency=percentiles(latencies),
        coverage=float(np.mean([part.coverage for part in each])),
        popularity_bias=float(np.mean([part.popularity_bias for part in each])),
        n_events=events,
        n_sessions=taken,
        dropped={why: sum(part.dropped[why] for part in each) for why in first.dropped},
        ranks=np.concatenate([part.ranks for part in each]),
        latencies=latencies,
        protocol={**first.protocol, "candidates": "all items of each window's model", **words},
        beyond={name: float(np.mean([part[name] for part in each])) for name in first.beyond},
        notes=tuple(f"{name}: {note}" for name, part in parts.items() for note in part.notes),
        sessions=owner,
        rows=rows,
        per_event=values,
        parts=parts,
    )
