"""From a ranking pass to a report: metrics with their intervals, slices, what lists are like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from aisle._core import ConfigError
from aisle.evaluate import metrics, targets
from aisle.evaluate.beside import Beside
from aisle.evaluate.choices import Choices
from aisle.evaluate.protocol import Ranked
from aisle.evaluate.questions import Questions
from aisle.evaluate.report import Report, percentiles
from aisle.evaluate.slices import slices

Floats = npt.NDArray[np.float64]


def report_of(
    ranked: Ranked,
    asked: Questions,
    choices: Choices,
    *,
    model: str,
    items: int,
    protocol: Mapping[str, str],
    beside: Beside | None = None,
    labels: Mapping[str, npt.NDArray[Any]] | None = None,
    notes: list[str] | None = None,
) -> Report:
    """Measure a ranking pass; the parameters are what `next_item` found out."""
    beside = beside or Beside()
    ranks, sessions = np.asarray(ranked.ranks), np.asarray(ranked.sessions)
    values = values_of(ranked, ranks, choices.k)
    each, whole = beside.measure(ranked, asked, items, choices.k)
    lists = {name: metrics.mean(value) for name, value in each.items()} | whole
    sampled = {} if choices.negatives is None else _sampled(ranks, choices, items)
    k = choices.k[-1]
    times = asked.log.time[asked.rows[asked.at]]
    return Report(
        model=model,
        k=choices.k,
        metrics={name: metrics.mean(value) for name, value in (values | sampled).items()},
        ci=metrics.bootstrap_ci(values | sampled | each, sessions),
        latency=percentiles(np.asarray(ranked.latency_us, np.float64)),
        coverage=metrics.coverage(ranked.listed),
        popularity_bias=float("nan")
        if ranked.popularity is None
        else metrics.popularity_bias(ranked.listed, ranked.popularity),
        n_events=len(ranks),
        n_sessions=len(np.unique(sessions)),
        dropped=asked.dropped,
        slices=slices(ranked, ranks, k, values=_columns(values, k), labels=labels),
        ranks=ranks,
        latencies=np.asarray(ranked.latency_us, np.float64),
        protocol={**protocol, **choices.words(items), **beside.words},
        beyond=dict(sorted(lists.items(), key=lambda pair: pair[0].rpartition("@")[0])),
        notes=tuple(notes or ()),
        sessions=sessions,
        rows=asked.rows[asked.at],
        per_event={} if ranked.found is None else values,
        over_time=metrics.moving_windows(times, ranks, k, values=_columns(values, k)),
    )


def values_of(ranked: Ranked, ranks: npt.NDArray[Any], k: tuple[int, ...]) -> dict[str, Floats]:
    """Each metric of each event, for one target or for several."""
    if ranked.found is None or ranked.relevant is None:
        return metrics.per_event(ranks, k)
    return targets.per_list(ranked.found, ranked.relevant, k)


def _columns(values: Mapping[str, Floats], k: int) -> dict[str, Floats]:
    """What slices and lines over time show."""
    names = ("HR", "Recall") if f"Recall@{k}" in values else ("HR", "MRR")
    return {name: values[f"{name}@{k}"] for name in names}


def _sampled(ranks: npt.NDArray[Any], choices: Choices, items: int) -> dict[str, Floats]:
    """The metrics among n uniform negatives, drawn from the ranks among all items.

    Of n negatives drawn without replacement from the items - 1 that are not the target, as many
    stand before it as a hypergeometric draw says: no score is needed (Krichene and Rendle, 2020).
    """
    n = choices.negatives or 0
    if n > items - 1:
        raise ConfigError(f"negatives={n} is more than the {items - 1:,} items beside the target")
    before = np.clip(np.ceil(ranks).astype(np.int64) - 1, 0, items - 1)
    rng = np.random.default_rng(choices.seed)
    drawn = rng.hypergeometric(before, items - 1 - before, n) if len(before) else before
    placed = np.where(ranks > 0, drawn + 1, 0)
    return {
        f"{name} ({n} sampled)": value
        for name, value in metrics.per_event(placed, choices.k).items()
    }
