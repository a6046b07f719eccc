"""Replay: a log once more, event by event, as the engine would have met it."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from aisle._core import ConfigError
from aisle.evaluate import metrics
from aisle.evaluate.choices import cuts
from aisle.evaluate.log import TYPES, Log, as_log
from aisle.evaluate.progress import Progress
from aisle.evaluate.protocol import Ranked
from aisle.evaluate.questions import seen_before
from aisle.evaluate.ranking import name_of
from aisle.evaluate.report import Report, microseconds, percentiles
from aisle.evaluate.slices import slices
from aisle.events.times import named

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Ints = npt.NDArray[np.int64]
CHUNK = 4096
NOT_ASKED = -1


@dataclass(frozen=True, eq=False, repr=False)
class ReplayReport(Report):
    """What a replay found: a `Report`, and how it went over time.

    Attributes
    ----------
    events
        Events observed.
    learn
        Whether the engine learned while it served.
    events_per_s
        Events a second of engine time, recommending and observing.
    recommend_us, observe_us
        p50, p90 and p99 in microseconds.
    peak_rss_mb
        Most memory this process has held so far, in MB.
    """

    events: int = 0
    learn: bool = True
    events_per_s: float = float("nan")
    recommend_us: dict[str, float] = field(default_factory=dict)
    observe_us: dict[str, float] = field(default_factory=dict)
    peak_rss_mb: float = float("nan")
    observe_latencies: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    def facts(self) -> list[tuple[str, str]]:
        """What stands below the metrics: name and text."""
        found = [(name, text) for name, text in super().facts() if name == "left out"]
        learning = "learning while it serves" if self.learn else "learning nothing while it serves"
        return [
            ("events", f"{self.events:,}, {learning}"),
            ("recommend", microseconds(self.recommend_us)),
            ("observe", microseconds(self.observe_us)),
            ("speed", f"{self.events_per_s:,.0f} events/s"),
            ("memory", f"{self.peak_rss_mb:,.0f} MB at most"),
            *found,
        ]

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values, ready for JSON; what is not known is None."""
        found = super().to_dict()
        del found["coverage"], found["popularity_bias"]
        found |= {
            "targets": self.n_events,
            "events": self.events,
            "learn": self.learn,
            "events_per_s": self.events_per_s,
            "recommend_us": dict(self.recommend_us),
            "observe_us": dict(self.observe_us),
            "peak_rss_mb": self.peak_rss_mb,
            "over_time": {name: column.tolist() for name, column in self.over_time.items()},
        }
        return found

    def plot(self) -> Figure:
        """Quality over time and latencies as a matplotlib figure (extra `plot`)."""
        from aisle.evaluate.plots import plot_replay

        return plot_replay(self)


def replay(
    engine: Any,
    log: Any,
    *,
    k: int | Sequence[int] = 20,
    learn: bool = True,
    max_events: int | None = None,
    progress: bool = False,
) -> ReplayReport:
    """Play a log to an engine, event by event in time order, and score what it recommends.

    Each event is observed; then, where the visitor's session goes on, the engine recommends at
    once, at the time of the event, as the page that is opened would. The slate is scored against
    what the visitor turns to next in that session, by its place in the slate. So a
    recommendation knows everything up to the click that asked for it and nothing that came later.

    Targets are views and clicks; in a log without any, all events that show interest. Events
    without an item are left out.

    Parameters
    ----------
    engine : aisle.Engine
        It is changed by what it observes. Any object with its `recommend` and `observe` will do.
    log : aisle.Events
        Events the engine has not seen.
    k
        Cut or cuts.
    learn
        Off: nothing is observed, and each request brings its session itself, so that the engine
        knows what it was fitted on and no more. The difference is what learning is worth.
    max_events
        Stop after so many events.
    progress
        Show how far it is, on stderr.

    Returns
    -------
    ReplayReport

    Raises
    ------
    ConfigError
        When an option is outside its domain.
    """
    where = cuts(k)
    if max_events is not None and max_events < 1:
        raise ConfigError(f"max_events must be positive or None, got {max_events}")
    table = as_log(log)
    there = table.item >= 0
    rows = np.flatnonzero(there)
    rows = rows[np.argsort(table.time[rows], kind="stable")][:max_events]
    following = followers(table, rows)
    native = hasattr(engine, "_replay") and not isinstance(log, Mapping)
    play = (
        _Native(engine, log, where[-1], learn) if native else _Loop(engine, table, where[-1], learn)
    )
    ranks = np.full(len(rows), NOT_ASKED, np.int64)
    asked_ns, observed_ns = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    with Progress(len(rows), "replay", show=progress) as bar:
        for at in range(0, len(rows), CHUNK):
            part = slice(at, at + CHUNK)
            ranks[part], asked_ns[part], observed_ns[part] = play(rows[part], following[part])
            bar.advance(len(rows[part]))
    return _report(
        table, rows, following, ranks, asked_ns, observed_ns,
        k=where, learn=learn, model=name_of(engine), skipped=int((~there).sum()),
    )  # fmt: skip


def followers(log: Log, rows: Ints) -> Ints:
    """Row of the target that each event is asked for; -1 where nothing is asked.

    An event is asked for the next event of its session when that is worth predicting: once for each
    target, after the event right before it.
    """
    place = np.lexsort((np.arange(len(rows)), log.session[rows]))
    ordered = rows[place]
    after = np.full(len(rows), -1, np.int64)
    if len(rows) > 1:
        goes_on = (np.diff(log.session[ordered]) == 0) & log.targets()[ordered[1:]]
        after[place[:-1]] = np.where(goes_on, ordered[1:], -1)
    return after


class _Native:
    """The loop inside the engine (`aisle.evaluate.protocol.Replays`)."""

    def __init__(self, engine: Any, log: Any, k: int, learn: bool) -> None:
        self._engine, self._log, self._k, self._learn = engine, log, k, learn

    def __call__(self, rows: Ints, following: Ints) -> tuple[Any, Any, Any]:
        found: tuple[Any, Any, Any] = self._engine._replay(
            self._log, rows, following, k=self._k, learn=self._learn
        )
        return found


class _Loop:
    """The loop in Python, for any engine."""

    def __init__(self, engine: Any, log: Log, k: int, learn: bool) -> None:
        self._engine, self._log, self._k, self._learn = engine, log, k, learn
        self._when = named if hasattr(engine, "_replay") else int  # others take microseconds alone
        self._sessions: dict[int, list[Any]] = {}

    def __call__(self, rows: Ints, following: Ints) -> tuple[Ints, Ints, Ints]:
        ranks = np.full(len(rows), NOT_ASKED, np.int64)
        asked_ns, observed_ns = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
        for n, (row, target) in enumerate(zip(rows.tolist(), following.tolist(), strict=True)):
            clock = time.perf_counter_ns()
            self._observe(row)
            observed_ns[n] = time.perf_counter_ns() - clock
            if target >= 0:
                clock = time.perf_counter_ns()
                slate = self._recommend(row)
                asked_ns[n] = time.perf_counter_ns() - clock
                ranks[n] = _place(slate, self._log.items[self._log.item[target]], self._k)
        return ranks, asked_ns, observed_ns

    def _observe(self, row: int) -> None:
        log = self._log
        item = log.items[log.item[row]]
        if not self._learn:
            self._sessions.setdefault(int(log.session[row]), []).append(item)
            return
        self._engine.observe(
            log.visitors[log.visitor[row]],
            item,
            type=TYPES[log.type[row]],
            time=self._when(int(log.time[row])),
            value=None if np.isnan(log.value[row]) else float(log.value[row]),
            session=int(log.session[row]),
        )

    def _recommend(self, row: int) -> Any:
        log = self._log
        when = self._when(int(log.time[row]))
        if not self._learn:
            session = self._sessions[int(log.session[row])]
            return self._engine.recommend(session=session, k=self._k, time=when)
        return self._engine.recommend(log.visitors[log.visitor[row]], k=self._k, time=when)


def _place(slate: Any, target: Any, k: int) -> int:
    wanted = str(target)
    for place, item in enumerate(list(slate.items)[:k], 1):
        if str(item) == wanted:
            return place
    return 0


def _report(
    log: Log,
    rows: Ints,
    following: Ints,
    ranks: Ints,
    asked_ns: Ints,
    observed_ns: Ints,
    *,
    k: tuple[int, ...],
    learn: bool,
    model: str,
    skipped: int,
) -> ReplayReport:
    asked = np.flatnonzero(following >= 0)
    targets, found = following[asked], ranks[asked]
    sessions = log.session[targets]
    ranked = Ranked(
        ranks=found,
        sessions=sessions,
        positions=_known(log, rows)[asked],
        targets=log.item[targets],
        repeats=_repeats(log, rows, targets),
        latency_us=(asked_ns[asked] / 1e3).astype(np.float32),
        listed=np.empty(0, np.int64),
        popularity=np.bincount(log.item[rows], minlength=len(log.items)).astype(np.float64),
        dropped_rows=skipped,
        dropped_sessions=0,
    )
    values = metrics.per_event(found, k)
    seconds = float(asked_ns.sum() + observed_ns.sum()) / 1e9
    recommend_us = percentiles(asked_ns[asked] / 1e3)
    return ReplayReport(
        model=model,
        k=k,
        metrics={name: metrics.mean(value) for name, value in values.items()},
        ci=metrics.bootstrap_ci(values, sessions),
        latency=recommend_us,
        coverage=float("nan"),
        popularity_bias=float("nan"),
        n_events=len(asked),
        n_sessions=len(np.unique(sessions)),
        dropped={"events without an item": skipped},
        slices=slices(ranked, found, k[-1]),
        ranks=found,
        latencies=asked_ns[asked] / 1e3,
        protocol=words(learn),
        sessions=sessions,
        rows=targets,
        events=len(rows),
        learn=learn,
        events_per_s=len(rows) / seconds if seconds else float("nan"),
        recommend_us=recommend_us,
        observe_us=percentiles(observed_ns / 1e3),
        peak_rss_mb=_peak_rss_mb(),
        over_time=metrics.moving_windows(log.time[targets], found, k[-1]),
        observe_latencies=observed_ns / 1e3,
    )


def words(learn: bool) -> dict[str, str]:
    """What a replay chooses, for the report."""
    return {
        "protocol": "replay: each event is observed, and asks for the next one of its session",
        "updates": "with every event" if learn else "none: the engine learns nothing",
        "candidates": "all items the engine may show",
        "negatives": "none: all items are ranked",
        "ties": "by the place in the slate, as a visitor sees it",
        "repeats": "kept",
        "request time": "the time of the event before the target",
        "intervals": "95 %, whole sessions drawn 1,000 times",
    }


def _known(log: Log, rows: Ints) -> Ints:
    """How many events of the session have been observed with each of `rows`, from 1."""
    place = np.lexsort((np.arange(len(rows)), log.session[rows]))
    session = log.session[rows][place]
    new = np.ones(len(rows), bool)
    new[1:] = np.diff(session) != 0
    count = np.arange(len(rows)) - np.maximum.accumulate(np.where(new, np.arange(len(rows)), 0)) + 1
    known = np.empty(len(rows), np.int64)
    known[place] = count
    return known


def _repeats(log: Log, rows: Ints, targets: Ints) -> npt.NDArray[np.bool_]:
    """Whether each target's item was met before in its session."""
    ordered = log.by_session(rows)
    again = np.zeros(len(log), bool)
    again[ordered] = seen_before(log.session[ordered], log.item[ordered])
    return again[targets]


def _peak_rss_mb() -> float:
    try:
        import resource
    except ImportError:  # not on Windows
        return float("nan")
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
