"""`Tuning`: what a search found."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aisle._core import ConfigError
from aisle.tuning.record import Trial, importance
from aisle.tuning.space import Candidate
from aisle.tuning.spaces import RECIPE

if TYPE_CHECKING:
    import os

    from matplotlib.figure import Figure

    from aisle.events import Events

SHOWN = 10


class Trials(dict[str, list[Any]]):
    """A table: column name -> one value a trial; ``pandas.DataFrame(trials)`` takes it.

    Columns: trial, model, value, low, high, seconds, error, and a column a parameter (None where a
    trial has no such parameter).
    """

    def __init__(self, done: list[Trial]) -> None:
        super().__init__(
            trial=[one.number for one in done],
            model=[one.candidate for one in done],
            value=[one.value for one in done],
            low=[one.low for one in done],
            high=[one.high for one in done],
            seconds=[one.seconds for one in done],
            error=[one.error for one in done],
        )
        self._done = done
        several = len({one.candidate for one in done}) > 1
        for one in done:
            for name in one.params:
                label = f"{one.candidate}.{name}" if several else name
                if label not in self:
                    self[label] = [
                        other.params.get(name) if other.candidate == one.candidate else None
                        for other in done
                    ]

    def __len__(self) -> int:
        return len(self["trial"])

    def best_first(self) -> list[int]:
        """Places of the trials, the best first, failed ones last."""
        value = self["value"]
        return sorted(range(len(self)), key=lambda at: (math.isnan(value[at]), -value[at], at))

    def __str__(self) -> str:
        lines = [f"  {'trial':>5}  {'value':>7}  {'seconds':>7}  parameters"]
        for at in self.best_first():
            told = self["error"][at] or self.params_in_words(at)
            place, value, took = (self[name][at] for name in ("trial", "value", "seconds"))
            lines.append(f"  {place:>5}  {value:>7.4f}  {took:>7.2f}  {self['model'][at]}: {told}")
        return "\n".join(lines)

    def params_in_words(self, at: int) -> str:
        """The parameters of one trial: "k=100, similarity=vec"."""
        return ", ".join(
            f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={value}"
            for name, value in self._done[at].params.items()
        )

    def _repr_html_(self) -> str:
        cells = [name for name in self if name not in ("low", "high", "error")]
        head = "".join(f"<th>{html.escape(name)}</th>" for name in cells)
        rows = ""
        for at in self.best_first():
            shown = (html.escape(_shown(self[name][at])) for name in cells)
            rows += f"<tr>{''.join(f'<td>{cell}</td>' for cell in shown)}</tr>"
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


class Tuning:
    """What :func:`aisle.tune` found.

    Attributes
    ----------
    metric
        What was searched for: "MRR@20".
    best
        The best model, not fitted; for a recipe its :class:`aisle.Strategy`.
    best_name, best_params, best_value
        Whose it is, its parameters, its metric on the held-out sessions (flattered: it was chosen).
    default_value
        The best of the defaults there; nan where the space has none of them.
    trials : Trials
        All of them, a table.
    validation
        The held-out sessions: "from", "sessions", "events", "train_events".
    seconds
        Of all trials.
    interrupted
        Whether Ctrl-C ended it before the budget did.
    notes
        Doubts about the input, as an evaluation warns of them.
    """

    def __init__(
        self,
        metric: str,
        candidates: Mapping[str, Candidate],
        done: list[Trial],
        validation: dict[str, Any],
        *,
        interrupted: bool = False,
    ) -> None:
        self.metric, self.validation, self.interrupted = metric, validation, interrupted
        self._candidates, self._done = dict(candidates), done
        well = [one for one in done if not one.error]
        self._best = max(well, key=lambda one: (one.value, -one.number))
        self.best_name, self.best_value = self._best.candidate, self._best.value
        self.best_params = dict(self._best.params)
        self.interval = (self._best.low, self._best.high)
        starts = [one.value for one in well if self._is_default(one)]
        self.default_value = max(starts, default=math.nan)
        self.trials = Trials(done)
        self.seconds = sum(one.seconds for one in done)
        self.notes = self._best.notes

    def _is_default(self, one: Trial) -> bool:
        start = self._candidates[one.candidate].start
        return len(start) == len(one.params) and all(
            one.params[name] == value for name, value in start.items()
        )

    @property
    def best(self) -> Any:
        """The best model, not fitted; for a recipe its strategy."""
        made = self._made()
        return made.strategy if self.best_name == RECIPE else made

    @property
    def scorer(self) -> str | None:
        """For a recipe: what :func:`aisle.fit` takes as ``scorer=``; None for a model."""
        return str(self._made().scorer) if self.best_name == RECIPE else None

    def _made(self) -> Any:
        return self._candidates[self.best_name].make(self.best_params)

    def fit(self, events: Events, **options: Any) -> Any:
        """The best, fitted: a model, or a bundle (``options`` are those of `aisle.fit`)."""
        if self.best_name != RECIPE:
            return self.best.fit(events, **options)
        from aisle.fitting import fit

        made = self._made()
        return fit(events, strategy=made.strategy, scorer=made.scorer, **options)

    def importance(self) -> dict[str, float]:
        """How much each parameter of the best model decided, shares of 1, the largest first.

        PED-ANOVA over that model's trials; parameters with one value are left out. It says little
        below some twenty trials, and is empty below two.
        """
        own = [one for one in self._done if one.candidate == self.best_name and not one.error]
        return importance(own, self._candidates[self.best_name]) if len(own) > 1 else {}

    def plot(self) -> Figure:
        """Best so far, and what decided, as a matplotlib figure (extra `plot`)."""
        from aisle.tuning.plots import plot_tuning

        return plot_tuning(self)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the best into a file.

        A recipe becomes a strategy file, ``.yaml`` or ``.json``, for ``aisle.fit(events,
        strategy=path)`` and ``Engine(bundle, strategy=path)``; a model becomes JSON with its name
        and parameters, which :func:`aisle.models.from_json` makes an unfitted model of.

        Raises
        ------
        ConfigError
            For a model that is not of `aisle.models`, another ending, or parameters that JSON
            cannot say.
        DataError
            When the folder is not there, or the file is write-protected.
        """
        from aisle.aside import write_aside

        target = check_ending(path, self.best_name == RECIPE)
        return write_aside(target, self._text(target.suffix))

    def _text(self, suffix: str) -> str:
        if self.best_name != RECIPE:
            from aisle.models import all_models

            if self.best_name not in all_models():
                raise ConfigError(f"{self.best_name} is no model of aisle.models: save it yourself")
            # What it was judged by stands beside: a reader sees where the numbers come from.
            plain = {"model": self.best_name, "params": self.best.get_params()}
            found = {"metric": self.metric, "value": self.best_value, "held_out": self.validation}
            return json.dumps(plain | {"tuned": found}, indent=2, allow_nan=False) + "\n"
        plain = self.best.to_dict()
        if suffix == ".json":
            return json.dumps(plain, indent=2) + "\n"
        import yaml

        told = f"# {self.metric} {self.best_value:.4f} on {self.validation['sessions']:,} sessions "
        told += f"from {self.validation['from']}\n"
        if self.scorer != "auto":
            told += f"# to be fitted with scorer={self.scorer!r}\n"
        return told + str(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "metric": self.metric,
            "model": self.best_name,
            "params": self.best_params,
            "value": self.best_value,
            "interval": list(self.interval),
            "default_value": None if math.isnan(self.default_value) else self.default_value,
            "seconds": self.seconds,
            "interrupted": self.interrupted,
            "validation": dict(self.validation),
            "importance": self.importance(),
            "trials": [
                {
                    "trial": one.number,
                    "model": one.candidate,
                    "params": one.params,
                    "value": None if one.error else one.value,
                    "seconds": one.seconds,
                    "error": one.error,
                }
                for one in self._done
            ],
            "notes": list(self.notes),
        }

    def __repr__(self) -> str:
        return (
            f"Tuning({self.metric}={self.best_value:.4f}, {self.best_name}, "
            f"trials={len(self.trials)})"
        )

    def __str__(self) -> str:
        held = self.validation
        low, high = self.interval
        known = not math.isnan(self.default_value)
        first = f"; the defaults have {self.default_value:.4f}" if known else ""
        value = f"{self.best_value:.4f} ({low:.4f} to {high:.4f})"
        lines = [
            f"{self.best_name}: {self.metric} {value}{first}",
            f"{self.trials.params_in_words(self._best.number)}",
            f"judged by {held['sessions']:,} sessions from {held['from']}, fitted on the "
            f"{held['train_events']:,} events before",
            f"{len(self.trials)} trials in {self.seconds:.0f} s"
            + (", interrupted" if self.interrupted else ""),
            "",
            *str(self.trials).splitlines()[: SHOWN + 1],
        ]
        if len(self.trials) > SHOWN:
            lines.append(f"  … {len(self.trials) - SHOWN} more in .trials")
        if decided := self.importance():
            shares = ", ".join(f"{name} {share:.0%}" for name, share in decided.items())
            lines += ["", f"  what decided: {shares}"]
        lines += [f"  NOTE  {note}" for note in self.notes]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        head = html.escape("\n".join(str(self).splitlines()[:4])).replace("\n", "<br>")
        notes = "".join(f"<p><b>Note</b> {html.escape(note)}</p>" for note in self.notes)
        return f"<p>{head}</p>{self.trials._repr_html_()}{notes}"


def check_ending(path: str | os.PathLike[str], is_recipe: bool) -> Path:
    """Refuse a file whose ending is none of what it would hold."""
    target = Path(path)
    endings = (".yaml", ".yml", ".json") if is_recipe else (".json",)
    if target.suffix not in endings:
        what = "a strategy file" if is_recipe else "the parameters of a model"
        raise ConfigError(f"{target}: {what} must end in {' or '.join(endings)}")
    return target


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else "" if value is None else str(value)
