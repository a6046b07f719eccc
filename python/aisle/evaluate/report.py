"""Reports: what an evaluation found, as numbers, table, plot, JSON and HTML."""

from __future__ import annotations

import html
import itertools
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from aisle.evaluate import metrics

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from aisle.evaluate.protocol import RankedLike

Slices = dict[str, dict[str, dict[str, float]]]
POSITIONS = (1, 2, 3, 4, 5, 10, 20, 10**9)


def percentiles(values: npt.NDArray[Any]) -> dict[str, float]:
    """p50, p90 and p99; nan of none."""
    if not len(values):
        return dict.fromkeys(("p50", "p90", "p99"), math.nan)
    found = np.percentile(values, [50, 90, 99])
    return {"p50": float(found[0]), "p90": float(found[1]), "p99": float(found[2])}


@dataclass(frozen=True, eq=False, repr=False)
class Report(Mapping[str, float]):
    """What an evaluation found; ``report["HR@20"]`` is a metric.

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
    ranks : int64[n_events]
        Rank of each target, 0 when not ranked.
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

    @classmethod
    def of_ranked(cls, ranked: RankedLike, *, k: tuple[int, ...], model: str) -> Report:
        """Measure a ranking pass."""
        ranks = np.asarray(ranked.ranks).astype(np.int64)
        sessions = np.asarray(ranked.sessions)
        values = metrics.per_event(ranks, k)
        listed = np.asarray(ranked.listed)
        counts = ranked.popularity is not None and listed.dtype != np.bool_
        latencies = np.asarray(ranked.latency_us, np.float64)
        return cls(
            model=model,
            k=k,
            metrics={name: metrics.mean(value) for name, value in values.items()},
            ci=metrics.bootstrap_ci(values, sessions),
            latency=percentiles(latencies),
            coverage=metrics.coverage(listed),
            popularity_bias=metrics.popularity_bias(listed, ranked.popularity)
            if counts
            else math.nan,
            n_events=len(ranks),
            n_sessions=len(np.unique(sessions)),
            dropped={
                "events with an item the model never saw": ranked.dropped_rows,
                "sessions shorter than two": ranked.dropped_sessions,
            },
            slices=slices(ranked, ranks, k[-1]),
            ranks=ranks,
            latencies=latencies,
        )

    def __getitem__(self, name: str) -> float:
        try:
            return self.metrics[name]
        except KeyError:
            from aisle._core import UnknownNameError
            from aisle.names import unknown

            raise UnknownNameError(unknown("metric", name, self.metrics)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.metrics)

    def __len__(self) -> int:
        return len(self.metrics)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value:.4f}" for name, value in self.metrics.items())
        return f"{type(self).__name__}({self.model}: {shown}, events={self.n_events:,})"

    def __str__(self) -> str:
        lines = [
            f"{self.model}: {self.n_events:,} targets in {self.n_sessions:,} sessions",
            "",
            f"  {'metric':<10}{'value':>8}   {'95 % interval':<16}",
        ]
        for name, value in self.metrics.items():
            low, high = self.ci.get(name, (math.nan, math.nan))
            lines.append(f"  {name:<10}{value:>8.4f}   {low:.4f} to {high:.4f}")
        lines += ["", *(f"  {name:<18}{text}" for name, text in self.facts())]
        for title, rows in self.slices.items():
            lines += ["", f"  {title}", f"  {'':<14}{'events':>10}{'HR':>9}{'MRR':>9}"]
            for name, row in rows.items():
                lines.append(
                    f"  {name:<14}{row['events']:>10,.0f}{row['HR']:>9.4f}{row['MRR']:>9.4f}"
                )
        return "\n".join(lines)

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
        return (
            f"<table><caption style='text-align:left'><b>{html.escape(self.model)}</b>: "
            f"{self.n_events:,} targets in {self.n_sessions:,} sessions</caption>"
            "<thead><tr><th></th><th>value</th><th>95 % interval</th></tr></thead>"
            f"<tbody>{rows}</tbody></table><p>{facts}</p>"
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
        }
        plain: dict[str, Any] = _plain(found)
        return plain

    def to_json(self, indent: int | None = 2) -> str:
        """`to_dict` as JSON."""
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


def slices(ranked: RankedLike, ranks: npt.NDArray[np.int64], k: int) -> Slices:
    """HR and MRR at k of parts of the targets."""
    hit, reciprocal = metrics.hits(ranks, k), metrics.reciprocal_ranks(ranks, k)

    def part(mask: npt.NDArray[np.bool_]) -> dict[str, float]:
        return {
            "events": int(mask.sum()),
            "HR": metrics.mean(hit[mask]),
            "MRR": metrics.mean(reciprocal[mask]),
        }

    positions, repeats = np.asarray(ranked.positions), np.asarray(ranked.repeats, bool)
    by_position = {}
    for low, high in itertools.pairwise(POSITIONS):
        mask = (positions >= low) & (positions < high)
        name = (
            f"{low}"
            if high == low + 1
            else f"{low}–{high - 1}"
            if high < 10**9
            else f"{low} and more"
        )
        if mask.any():
            by_position[name] = part(mask)
    found = {
        "clicks known": by_position,
        "seen before": {"repeat": part(repeats), "explore": part(~repeats)},
    }
    if ranked.popularity is not None and len(ranked.popularity):
        tenth = tenths(np.asarray(ranked.popularity))
        targets = np.asarray(ranked.targets).astype(np.int64)
        there = (targets >= 0) & (targets < len(tenth))
        of_target = np.where(there, tenth[np.where(there, targets, 0)], 0)
        by_popularity = {f"{n}": part(of_target == n) for n in range(1, 11)}
        found["popularity tenth"] = {
            name: row for name, row in by_popularity.items() if row["events"]
        }
    return found


def tenths(counts: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Tenth of each item by count, 1 the least and 10 the most popular; ties by place."""
    tenth = np.empty(len(counts), np.int64)
    tenth[np.argsort(counts, kind="stable")] = (
        np.arange(len(counts)) * 10 // max(len(counts), 1) + 1
    )
    return tenth


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
