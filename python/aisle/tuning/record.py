"""The trials so far: in memory or in a file, asked for and told one by one (optuna)."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from aisle._core import ConfigError, DataError
from aisle.evaluate.log import as_log
from aisle.tuning.objective import Score
from aisle.tuning.space import Candidate, Choice, Range

STUDY = "aisle.tune"
NOT_RANDOM_AFTER = 10  # trials; then the sampler learns from them


@dataclass(frozen=True)
class Trial:
    """One set of parameters, tried.

    Attributes
    ----------
    number
        From 0, in the order of time.
    candidate
        Whose parameters they are.
    params
        By name.
    value, low, high
        The metric and its 95 % interval; nan where the trial failed.
    seconds
        What it took.
    error
        Why it failed; empty: it did not.
    """

    number: int
    candidate: str
    params: dict[str, Any]
    value: float
    low: float
    high: float
    seconds: float
    error: str = ""
    notes: tuple[str, ...] = ()
    frozen: Any = field(default=None, repr=False, compare=False)


@contextmanager
def quiet() -> Iterator[Any]:
    """Optuna, without a log line for each trial and without its remarks on what is new in it."""
    try:
        import optuna
    except ImportError as error:
        raise ImportError(
            "tuning needs optuna, which is an extra: pip install 'aisle[tune]'"
        ) from error
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"optuna\..*")
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield optuna
    finally:
        optuna.logging.set_verbosity(level)


class Record:
    """Trials of one search; the same search finds those of before in its file.

    Every trial has a sampler of its own, seeded by the number of those that are done: a search that
    was interrupted goes on as if it had not been.
    """

    def __init__(
        self,
        optuna: Any,
        storage: str | Path | None,
        about: Mapping[str, str],
        candidates: Mapping[str, Candidate],
        seed: int,
    ) -> None:
        self._optuna, self._candidates, self._seed = optuna, candidates, seed
        # Asked and told in memory; the file gets each trial whole, in one transaction.
        self._study = optuna.create_study(direction="maximize")
        self._store = None if storage is None else _open(optuna, Path(storage))
        self._kept = None
        if self._store is None:
            return
        try:
            self._kept = optuna.create_study(
                study_name=STUDY, storage=self._store, direction="maximize", load_if_exists=True
            )
            self._claim(self._kept, about, storage)
            self._study.add_trials(self._kept.get_trials(deepcopy=False))
        except BaseException:
            self.close()
            raise

    def _claim(self, kept: Any, about: Mapping[str, str], storage: Any) -> None:
        """Write what is searched into a new file; refuse one of another search."""
        before = kept.user_attrs
        for name, value in about.items():
            if name not in before:
                kept.set_user_attr(name, value)
            elif before[name] != value:
                was, now = before[name], value
                told = f"was {was}, is {now}" if len(was + now) < 200 else "is another now"
                raise ConfigError(
                    f"{storage} holds trials of another search: its {name} {told}; "
                    "name another storage=, or take the file away to begin anew"
                )

    def done(self) -> list[Trial]:
        """What was tried to its end, well or not; interrupted trials are not among it."""
        found: list[Trial] = []
        for one in self._study.get_trials(deepcopy=False):
            told = one.user_attrs
            if one.state.is_finished() and "params" in told:
                value, low, high = (
                    float("nan") if x is None else x for x in told.get("score", [None] * 3)
                )
                found.append(
                    Trial(
                        len(found), told["candidate"], self._params_of(told), value, low, high,
                        told["seconds"], told["error"], tuple(told["notes"]), one,
                    )
                )  # fmt: skip
        return found

    def _params_of(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters of a trial from their text: choices as they were given."""
        domains = self._candidates[told["candidate"]].domains
        found = {}
        for name, value in json.loads(told["params"]).items():
            domain = domains[name]
            found[name] = domain.like(value) if isinstance(domain, Choice) else value
        return found

    def ask(self, done: list[Trial]) -> tuple[Any, Candidate, dict[str, Any]]:
        """The next trial: its handle, whose parameters, and which."""
        number = len(done)
        seed = int(np.random.SeedSequence([self._seed, number]).generate_state(1)[0])
        samplers = self._optuna.samplers
        self._study.sampler = samplers.TPESampler(seed=seed, n_startup_trials=NOT_RANDOM_AFTER)
        starts = list(self._candidates.values())
        if number < len(starts):  # the defaults first: whatever is found is held against them
            self._study.enqueue_trial(self._labels(starts[number]))
        handle = self._study.ask()
        names = list(self._candidates)
        name = names[0] if len(names) == 1 else handle.suggest_categorical("model", names)
        one = self._candidates[name]
        return handle, one, {at: self._suggest(handle, one, at) for at in one.domains}

    def tell(
        self, handle: Any, one: Candidate, params: Mapping[str, Any], score: Score | None,
        seconds: float, error: str = "",
    ) -> None:  # fmt: skip
        """Keep what a trial came to."""
        handle.set_user_attr("candidate", one.name)
        handle.set_user_attr("seconds", seconds)
        handle.set_user_attr("error", error)
        handle.set_user_attr("notes", list(score.notes) if score else [])
        if score is not None:
            plain = [float(x) if np.isfinite(x) else None for x in score[:3]]
            handle.set_user_attr("score", plain)
        handle.set_user_attr("params", json.dumps(dict(params)))
        fail = self._optuna.trial.TrialState.FAIL
        value, state = (None, fail) if score is None else (score.value, None)
        frozen = self._study.tell(handle, value, state=state)
        if self._kept is not None:
            self._kept.add_trial(frozen)

    def drop(self, handle: Any) -> None:
        """An interrupted trial: as if it had not begun."""
        fail = self._optuna.trial.TrialState.FAIL
        self._study.tell(handle, state=fail, skip_if_finished=True)

    def close(self) -> None:
        """Let the file go."""
        if self._store is not None:
            self._store.remove_session()
            self._store.engine.dispose()
            self._store = None

    def _suggest(self, handle: Any, one: Candidate, name: str) -> Any:
        domain, label = one.domains[name], f"{one.name}.{name}"
        if isinstance(domain, Range):
            suggest = handle.suggest_int if domain.whole else handle.suggest_float
            return suggest(label, domain.low, domain.high, log=domain.log)
        if len(domain.values) == 1:
            return domain.values[0]
        chosen = handle.suggest_categorical(label, domain.labels)
        return domain.values[domain.labels.index(chosen)]

    def _labels(self, one: Candidate) -> dict[str, Any]:
        """The defaults as the store has them."""
        found: dict[str, Any] = {} if len(self._candidates) == 1 else {"model": one.name}
        for name, value in one.start.items():
            domain = one.domains[name]
            if isinstance(domain, Range):
                found[f"{one.name}.{name}"] = int(value) if domain.whole else float(value)
            elif len(domain.values) > 1:
                found[f"{one.name}.{name}"] = domain.label_of(value)
        return found


def fingerprint(events: Any) -> str:
    """What tells one log from another: its events, in its order."""
    log, sha = as_log(events), hashlib.sha256()
    for column in (log.time, log.type, log.item, log.session, log.visitor):
        sha.update(np.ascontiguousarray(column).tobytes())
    sha.update("\n".join(map(str, log.items)).encode())
    return f"{len(log):,} events, {sha.hexdigest()[:16]}"


def importance(trials: list[Trial], candidate: Candidate) -> dict[str, float]:
    """By parameter, its share of what tells good trials from the others (PED-ANOVA)."""
    with quiet() as optuna:
        study = optuna.create_study(direction="maximize")
        study.add_trials([one.frozen for one in trials])
        names = {f"{candidate.name}.{name}": name for name in candidate.domains}
        tried = set.intersection(*(set(one.frozen.params) for one in trials)) & set(names)
        if not tried:
            return {}
        evaluator = optuna.importance.PedAnovaImportanceEvaluator()
        found = optuna.importance.get_param_importances(
            study, evaluator=evaluator, params=[name for name in names if name in tried]
        )
    return {names[name]: float(share) for name, share in sorted(found.items(), key=lambda x: -x[1])}


def _open(optuna: Any, path: Path) -> Any:
    """The file as optuna's SQLite store."""
    from sqlalchemy.engine import URL
    from sqlalchemy.exc import SQLAlchemyError

    if not path.parent.is_dir():
        raise DataError(f"{path}: there is no folder {path.parent}; make it first")
    url = URL.create("sqlite", database=str(path.resolve()))
    try:
        return optuna.storages.RDBStorage(url.render_as_string())
    except (SQLAlchemyError, RuntimeError) as error:
        raise DataError(
            f"{path} holds no trials ({str(error).splitlines()[0]}): name another storage="
        ) from None
