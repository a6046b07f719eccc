"""What a trial is judged by: the newest sessions of the log, which no trial learns from."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from aisle._core import ConfigError, DataError
from aisle.evaluate import EvaluationWarning, metrics, next_item, replay, time_split
from aisle.evaluate.log import as_log
from aisle.events.times import utc
from aisle.names import unknown
from aisle.tuning.recipes import Recipe

LEAST_SESSIONS = 20


class Score(NamedTuple):
    """A trial's value, its 95 % interval, and doubts about the input."""

    value: float
    low: float
    high: float
    notes: tuple[str, ...] = ()


Objective = Callable[[Any], Score]


def check_metric(metric: str) -> int:
    """The cut of a metric such as "MRR@20".

    Raises
    ------
    ConfigError
        For one that reports of single targets do not have.
    """
    name, at, cut = str(metric).partition("@")
    if name not in metrics.PER_EVENT or not at or not cut.isdigit() or int(cut) < 1:
        raise ConfigError(unknown("metric", metric, [f"{one}@20" for one in metrics.PER_EVENT]))
    return int(cut)


@dataclass(frozen=True)
class Validation:
    """The log in two: what trials learn from, and what they are asked.

    Attributes
    ----------
    train, held_out : aisle.Events
    at
        The moment between them, microseconds UTC.
    sessions
        Held-out sessions of at least two events.
    """

    train: Any
    held_out: Any
    at: int
    sessions: int

    @classmethod
    def of(cls, events: Any, split: Any, max_sessions: int) -> Validation:
        """The newest sessions by share of the events or from a moment on, so many at most."""
        is_share = isinstance(split, float)
        if is_share and not 0 < split < 1:
            raise ConfigError(
                f"split is the share of the events to learn from, between 0 and 1, or a moment; "
                f"got {split!r}"
            )
        parts = time_split(events, share=split) if is_share else time_split(events, at=split)
        begun = _begun(parts.test)
        if len(begun) > max_sessions:
            parts = time_split(events, at=int(begun[-max_sessions]))
            begun = _begun(parts.test)
        if len(begun) < LEAST_SESSIONS or not len(parts.train):
            raise DataError(
                f"{len(begun):,} sessions of two events or more begin after {utc(parts.at)}, and "
                f"{len(parts.train):,} events lie before: tuning needs {LEAST_SESSIONS} sessions "
                "and events before them; give a longer log, or another split="
            )
        return cls(parts.train, parts.test, parts.at, len(begun))

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "from": utc(self.at),
            "sessions": self.sessions,
            "events": len(self.held_out),
            "train_events": len(self.train),
        }


def _begun(events: Any) -> Any:
    """When each session with something to predict began, in order."""
    log = as_log(events)
    there = log.item >= 0
    session, place, count = np.unique(log.session[there], return_inverse=True, return_counts=True)
    first = np.full(len(session), np.iinfo(np.int64).max)
    np.minimum.at(first, place, log.time[there])
    return np.sort(first[count >= 2])


def of_models(parts: Validation, metric: str, threads: int) -> Objective:
    """Fit a model on what lies before, rank what came next in the held-out sessions."""
    cut = check_metric(metric)

    def judge(model: Any) -> Score:
        if "threads" in model.get_params():
            model.set_params(threads=threads)
        model.fit(parts.train)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", EvaluationWarning)  # they are notes of the result
            report = next_item(model, parts.held_out, k=cut, threads=threads)
        return Score(report[metric], *report.ci[metric], report.notes)

    return judge


def of_recipes(parts: Validation, metric: str, items: Any, seed: int) -> Objective:
    """Fit a bundle on what lies before, play the held-out sessions to an engine with it."""
    from aisle.engine import Engine
    from aisle.fitting import fit

    cut = check_metric(metric)
    kept: dict[str, Any] = {}  # the newest bundle: what only serving sees is tried without a fit

    def judge(recipe: Recipe) -> Score:
        plain = recipe.strategy.to_dict()
        learned = [plain.get("sources"), plain.get("weights"), recipe.scorer]
        key = json.dumps(learned, sort_keys=True)
        if key not in kept:
            kept.clear()
            kept[key] = fit(
                parts.train, items, strategy=recipe.strategy, scorer=recipe.scorer, seed=seed
            )
        with Engine(kept[key], strategy=recipe.strategy) as engine:
            report = replay(engine, parts.held_out, k=cut)
        return Score(report[metric], *report.ci[metric], report.notes)

    return judge
