"""Reports: what an evaluation found, as numbers, table, plot, JSON and HTML."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from aisle._core import ConfigError
from aisle.evaluate import metrics
from aisle.evaluate.slices import Slices

if TYPE_CHECKING:
    from matplotlib.figure import Figure


Floats = npt.NDArray[np.float64]


def percentiles(values: npt.NDArray[Any]) -> dict[str, float]:
    """p50, p90 and p99; nan of none."""
    if not len(values):
        return dict.fromkeys(("p50", "p90", "p99"), math.nan)
    found = np.percentile(values, [50, 90, 99])
    return {"p50": float(found[0]), "p90": float(found[1]), "p99": float(found[2])}


@dataclass(frozen=True, eq=False, repr=False)
class Report(Mapping[str, float]):
    """What an evaluation found; ``report["HR@20"]`` is a metric, ``report["novelty@20"]`` too.

    Iterating gives the names of `metrics` alone.

    Attributes
    ----------
    model
        What was evaluated.
    metrics
        "HR@20" -> value.
    ci
        "HR@20" -> 95 % interval, sessions drawn with replacement.
    latency
        p50, p90 and p99 of one recommendation, microseconds.
    coverage
        Share of the catalogue that was among the first k (the largest) of any list.
    popularity_bias
        Mean popularity of what was recommended over that of all items; nan when not known.
    n_events, n_sessions
        Targets, and sessions they are in.
    dropped
        What was not evaluated, and why.
    slices
        The metrics by position in the session, by popularity of the target (tenths of the items,
        10 the most popular), and for targets seen before in the session or not.
    protocol
        What was chosen, in words: targets, candidates, ties, repeats, request time, …
    beyond
        What the lists are like: coverage, gini, novelty, popularity, serendipity, diversity,
        calibration, revenue; the intervals of those that have one stand in `ci`.
    notes
        Doubts about the input, as they were warned of.
    over_time
        Moving windows over the targets: "time" (microseconds UTC of the last target in the window),
        "HR" and "MRR" at the largest k, "events" of the window.
    parts
        Reports that this one is the mean of, or goes with: windows, validation.
    ranks : [n_events]
        Rank of each target, 0 when not ranked.
    sessions, rows : int64[n_events]
        Session of each target and its row in the test log: by these, reports are paired.
    per_event
        With several targets: the metrics of each event.
    latencies : float64[n_events]
        Microseconds.
    """

    model: str
    k: tuple[int, ...]
    metrics: dict[str, float]
    ci: dict[str, tuple[float, float]]
    latency: dict[str, float]
    coverage: float
    popularity_bias: float
    n_events: int
    n_sessions: int
    dropped: dict[str, int]
    slices: Slices = field(default_factory=dict)
    ranks: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    latencies: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    protocol: dict[str, str] = field(default_factory=dict)
    beyond: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    sessions: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    rows: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    per_event: dict[str, Floats] = field(default_factory=dict)
    over_time: dict[str, npt.NDArray[Any]] = field(default_factory=dict)
    parts: dict[str, Report] = field(default_factory=dict)

    def __getitem__(self, name: str) -> float:
        known = self.metrics | self.beyond
        if name in known:
            return known[name]
        from aisle._core import UnknownNameError
        from aisle.names import unknown

        raise UnknownNameError(unknown("metric", name, known))

    def each(self, metric: str) -> Floats:
        """A metric of each target (`sessions` and `rows` say which): float64[n_events]."""
        if metric in self.per_event:
            return self.per_event[metric]
        name, _, cut = metric.partition("@")
        if metric in self.metrics and name in metrics.PER_EVENT and cut.isdigit():
            return metrics.PER_EVENT[name](self.ranks, int(cut))
        from aisle._core import UnknownNameError
        from aisle.names import unknown

        kept = self.per_event or [name for name in self.metrics if name.count(" ") == 0]
        raise UnknownNameError(unknown("metric of single targets", metric, kept))

    def __iter__(self) -> Iterator[str]:
        return iter(self.metrics)

    def __len__(self) -> int:
        return len(self.metrics)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value:.4f}" for name, value in self.metrics.items())
        return f"{type(self).__name__}({self.model}: {shown}, events={self.n_events:,})"

    def __str__(self) -> str:
        wide = max(10, *(len(name) + 2 for name in [*self.metrics, *self._listed()]))
        lines = [
            f"{self.model}: {self.n_events:,} targets in {self.n_sessions:,} sessions",
            "",
            f"  {'metric':<{wide}}{'value':>8}   95 % interval",
        ]
        for name, value in (self.metrics | self._listed()).items():
            low, high = self.ci.get(name, (math.nan, math.nan))
            known = "" if math.isnan(low) else f"   {low:.4f} to {high:.4f}"
            lines.append(f"  {name:<{wide}}{value:>8.4f}{known}")
        lines += ["", *(f"  {name:<18}{text}" for name, text in self.facts())]
        for title, rows in self.slices.items():
            names = [name for name in next(iter(rows.values()), {}) if name != "events"]
            head = "".join(f"{name:>9}" for name in names)
            lines += ["", f"  {title}", f"  {'':<14}{'events':>10}{head}"]
            for name, row in rows.items():
                cells = "".join(f"{row[column]:>9.4f}" for column in names)
                lines.append(f"  {name:<14}{row['events']:>10,.0f}{cells}")
        for name, part in self.parts.items():
            shown = "  ".join(f"{metric} {value:.4f}" for metric, value in part.metrics.items())
            lines.append(f"\n  {name}: {part.n_events:,} targets  {shown}")
        lines += ["", *(f"  {name:<18}{text}" for name, text in self.protocol.items())]
        lines += [f"\n  NOTE  {note}" for note in self.notes]
        return "\n".join(lines).rstrip()

    def _listed(self) -> dict[str, float]:
        """What lists are like at the largest k, for the table; coverage stands below it."""
        return {
            name: value
            for name, value in self.beyond.items()
            if name.endswith(f"@{self.k[-1]}") and not name.startswith("coverage")
        }

    def facts(self) -> list[tuple[str, str]]:
        """What stands below the metrics: name and text."""
        found = [(f"coverage@{self.k[-1]}", f"{self.coverage:.3f} of the items")]
        if not math.isnan(self.popularity_bias):
            found.append(("popularity bias", f"{self.popularity_bias:.1f} times an item's mean"))
        found.append(("latency", microseconds(self.latency)))
        found += [("left out", f"{count:,} {why}") for why, count in self.dropped.items() if count]
        return found

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{name}</th><td>{value:.4f}</td>"
            f"<td>{self.ci[name][0]:.4f} to {self.ci[name][1]:.4f}</td></tr>"
            for name, value in self.metrics.items()
        )
        facts = " · ".join(f"{name} {html.escape(text)}" for name, text in self.facts())
        chosen = " · ".join(
            f"{html.escape(name)}: {html.escape(text)}" for name, text in self.protocol.items()
        )
        doubts = "".join(f"<p><b>Note</b> {html.escape(note)}</p>" for note in self.notes)
        return (
            f"<table><caption style='text-align:left'><b>{html.escape(self.model)}</b>: "
            f"{self.n_events:,} targets in {self.n_sessions:,} sessions</caption>"
            "<thead><tr><th></th><th>value</th><th>95 % interval</th></tr></thead>"
            f"<tbody>{rows}</tbody></table><p>{facts}</p><p><small>{chosen}</small></p>{doubts}"
        )

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values, ready for JSON; what is not known is None."""
        found = {
            "model": self.model,
            "metrics": dict(self.metrics),
            "ci": {name: list(pair) for name, pair in self.ci.items()},
            "latency_us": dict(self.latency),
            "coverage": self.coverage,
            "popularity_bias": self.popularity_bias,
            "events": self.n_events,
            "sessions": self.n_sessions,
            "dropped": dict(self.dropped),
            "slices": self.slices,
            "protocol": dict(self.protocol),
            "beyond": dict(self.beyond),
            "notes": list(self.notes),
            "parts": {name: part.to_dict() for name, part in self.parts.items()},
        }
        plain: dict[str, Any] = _plain(found)
        return plain

    def to_json(self, indent: int | None = 2) -> str:
        """`to_dict` as JSON."""
        if isinstance(indent, str):
            raise ConfigError(
                f"indent is {indent!r}: this gives the text, Path(…).write_text(report.to_json()) "
                "writes it"
            )
        return json.dumps(
            _plain(self.to_dict()), indent=indent, allow_nan=False, ensure_ascii=False
        )

    def plot(self) -> Figure:
        """The slices and the latencies as a matplotlib figure (extra `plot`)."""
        from aisle.evaluate.plots import plot_report

        return plot_report(self)


def microseconds(latency: Mapping[str, float]) -> str:
    """Say percentiles in words: ``p50 12 µs, p90 30 µs, p99 41 µs``."""
    return ", ".join(
        f"{name} {value:,.3g} µs" if value < 1e3 else f"{name} {value:,.0f} µs"
        for name, value in latency.items()
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
