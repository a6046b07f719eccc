"""`tune`: try, look, try nearby; until the budget is spent."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aisle._core import AisleError, ConfigError, DataError
from aisle.models._base import check_events
from aisle.models._checks import check_count, check_threads
from aisle.tuning.objective import (
    Objective,
    Score,
    Validation,
    check_metric,
    of_models,
    of_recipes,
)
from aisle.tuning.progress import Line
from aisle.tuning.record import Record, Trial, fingerprint, quiet
from aisle.tuning.result import Tuning
from aisle.tuning.space import Candidate
from aisle.tuning.spaces import RECIPE, read_space

if TYPE_CHECKING:
    import os

    from aisle.events import Events

MAX_SESSIONS = 5_000  # as session-rec judges its trials


def tune(
    events: Events,
    space: Any = None,
    *,
    metric: str = "MRR@20",
    budget: int | float | str = 25,
    split: Any = 0.8,
    max_sessions: int = MAX_SESSIONS,
    items: Any = None,
    storage: str | os.PathLike[str] | None = None,
    seed: int = 0,
    threads: int = 2,
    progress: bool = False,
) -> Tuning:
    """Search the parameters of models, or of the engine's recipe, for this shop.

    The log is split by time: trials learn from what lies before, and are judged by the newest
    sessions. The defaults are the first trial of each model; then ten are drawn at random, then
    the tree-structured Parzen estimator of optuna (extra ``tune``) proposes.

    Parameters
    ----------
    events
        What tuning may see. Keep the test set out of it.
    space
        A model's name, class or instance, whose other parameters then stay; ``"recipe"`` or a
        :class:`aisle.Strategy`, whose rules and filters then stay; a list of models; or a dict such
        as ``{"STAN": {"k": (50, 1500), "idf_weighting": [None, 1.0]}, "VSKNN": None}``: a tuple is
        a range, a list has choices, ``Range(50, 1500, log=True)`` a range by factors, None the
        model's own space. Default: VSKNN, STAN and VSTAN.
    metric
        HR, MRR or NDCG at a cut: ``"MRR@20"``.
    budget
        Trials as a whole number, or time: seconds as a float, ``"90s"``, ``"10m"``, ``"1h"``. Over
        by one trial at most. With a storage, what is in it counts.
    split
        Share of the events to learn from, as a float, or the moment at which the held-out sessions
        begin.
    max_sessions
        Judge by the newest so many sessions at most; what lies before them is learned from.
    items
        For recipes: as in :func:`aisle.fit`.
    storage
        An SQLite file for the trials (optuna's, its dashboard reads it): the same call goes on
        where it was. None: memory.
    seed
        The same seed gives the same trials, whether or not they were interrupted.
    threads
        That rank, and that fit where a model has threads.
    progress
        Show trials and the best so far on stderr.

    Returns
    -------
    Tuning
        Ctrl-C gives what was done until then.

    Raises
    ------
    ConfigError
        For an empty space, a name or value that there is not, or a storage of another search.
    DataError
        When too few sessions are held out, or every trial failed.
    ImportError
        Without optuna.

    Notes
    -----
    Bergstra et al., *Algorithms for hyper-parameter optimization*, NeurIPS 2011; Watanabe et al.,
    *PED-ANOVA*, IJCAI 2023. A best of many trials is flattered by having been chosen: its value on
    sessions that no trial saw is lower.

    Examples
    --------
    >>> import aisle
    >>> shop = aisle.simulate.Shop(items=100, visitors=200, days=7, seed=0)
    >>> found = aisle.tune(shop.events(), {"SKNN": {"k": (10, 200)}}, budget=3, threads=1)
    >>> len(found.trials), found.best_name
    (3, 'SKNN')
    """
    check_events(events)
    check_metric(metric)
    limit = Budget.of(budget)
    check_count("max_sessions", max_sessions)
    threads, candidates = check_threads(threads), read_space(space)
    _check_seed(seed)
    with quiet() as optuna:
        parts = Validation.of(events, split, max_sessions)
        about = {
            "log": fingerprint(events),
            "metric": metric,
            "held-out part": f"from {parts.at}",
            "space": _in_words(candidates),
        }
        by_replay = RECIPE in candidates
        judge = (
            of_recipes(parts, metric, items, seed)
            if by_replay
            else of_models(parts, metric, threads)
        )
        record = Record(optuna, None if storage is None else Path(storage), about, candidates, seed)
        try:
            line = Line(metric, str(limit), show=progress)
            interrupted = _search(record, judge, limit, candidates, line)
            done = record.done()
        finally:
            record.close()
    if interrupted and not done:
        raise KeyboardInterrupt
    if all(one.error for one in done):
        raise DataError(f"every trial failed; the first: {done[0].error}")
    return Tuning(metric, candidates, done, parts.to_dict(), interrupted=interrupted)


@dataclass(frozen=True)
class Budget:
    """Trials, or seconds."""

    trials: float = math.inf
    seconds: float = math.inf

    @classmethod
    def of(cls, said: Any) -> Budget:
        """A whole number is trials, a float seconds, a text a span such as "10m"."""
        wrong = ConfigError(
            'budget is a number of trials (25), seconds (90.0), or "90s", "10m", "1h"; '
            f"got {said!r}"
        )
        if isinstance(said, str):
            span = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh])", said.strip())
            if not span:
                raise wrong
            said = float(span[1]) * {"s": 1, "m": 60, "h": 3600}[span[2]]
        if isinstance(said, bool) or not isinstance(said, int | float) or not 0 < said < math.inf:
            raise wrong
        return cls(trials=said) if isinstance(said, int) else cls(seconds=said)

    def is_spent(self, done: list[Trial]) -> bool:
        """Whether these trials used it up."""
        return len(done) >= self.trials or sum(one.seconds for one in done) >= self.seconds

    def __str__(self) -> str:
        return f"{self.trials}" if self.seconds == math.inf else f"{self.seconds:g} s"


def _search(
    record: Record,
    judge: Objective,
    limit: Budget,
    candidates: Mapping[str, Candidate],
    line: Line,
) -> bool:
    """Try until the budget is spent, or all there is; whether it was interrupted."""
    all_there_is = sum(one.size for one in candidates.values())
    known: dict[str, tuple[Score | None, str]] = {}
    handle = None
    try:
        while True:
            done = record.done()
            known |= {
                _key(t.candidate, t.params): (
                    None if t.error else Score(t.value, t.low, t.high, t.notes), t.error
                ) for t in done
            }  # fmt: skip
            if limit.is_spent(done) or len(known) >= all_there_is:
                return False
            begun = time.perf_counter()
            handle, one, params = record.ask(done)
            key = _key(one.name, params)
            # What was tried already is not tried again: the answer would be the same.
            score, error = known[key] if key in known else _try(judge, one, params)
            record.tell(handle, one, params, score, time.perf_counter() - begun, error)
            handle = None
            _show(line, record.done())
    except KeyboardInterrupt:
        if handle is not None:
            record.drop(handle)
        return True
    finally:
        line.end()


def _try(judge: Objective, one: Candidate, params: dict[str, Any]) -> tuple[Score | None, str]:
    """A trial's score, or why there is none: a value that a model refuses ends no search."""
    try:
        score = judge(one.make(params))
    except AisleError as error:
        return None, str(error)
    if math.isnan(score.value):
        return None, "nothing was ranked"
    return score, ""


def _show(line: Line, done: list[Trial]) -> None:
    values = [one.value for one in done if not one.error]
    if values:
        line.tell(len(done), sum(one.seconds for one in done), max(values), values[0])


def _check_seed(seed: object) -> None:
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ConfigError(f"seed must be a whole number from 0, got {seed!r}")


def _key(name: str, params: Mapping[str, Any]) -> str:
    return json.dumps([name, dict(params)], sort_keys=True)


def _in_words(candidates: Mapping[str, Candidate]) -> str:
    return json.dumps({name: one.to_dict() for name, one in candidates.items()}, sort_keys=True)
