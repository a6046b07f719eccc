"""The figure of a search: best so far, and which parameters decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aisle.evaluate.plots import COLOURS, _plain, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from aisle.tuning.result import Tuning


def plot_tuning(tuning: Tuning) -> Figure:
    """Two panels: each trial with the best so far, and a bar a parameter."""
    figure = new_figure(11, 3.6)
    trials, shares = figure.subplots(1, 2, width_ratios=[3, 2])
    _so_far(trials, tuning)
    _importance(shares, tuning)
    figure.suptitle(
        f"{tuning.best_name}: {tuning.metric} {tuning.best_value:.4f} "
        f"after {len(tuning.trials)} trial{'s' if len(tuning.trials) > 1 else ''}",
        fontsize=10,
    )
    return figure


def _so_far(axis: Axes, tuning: Tuning) -> None:
    from matplotlib.ticker import MaxNLocator

    values = np.array(tuning.trials["value"], np.float64)
    models = np.array(tuning.trials["model"])
    names = list(dict.fromkeys(models.tolist()))
    for colour, name in zip(COLOURS * 9, names, strict=False):
        own = np.flatnonzero(models == name)
        axis.plot(own, values[own], "o", color=colour, markersize=4, label=name)
    best = np.fmax.accumulate(values)
    at = np.arange(len(best))
    axis.step(at, best, where="post", color="#374151", linewidth=1.5, label="best so far")
    if np.isfinite(tuning.default_value):
        axis.axhline(tuning.default_value, color="#9ca3af", linestyle="--", label="defaults")
    axis.set_xlabel("trial", fontsize=8)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axis.set_title(f"{tuning.metric} on the held-out sessions", fontsize=9)
    axis.margins(y=0.15)
    axis.set_xlim(-0.5, max(len(best), 2) - 0.5)
    # Below the axes: no corner is free of trials.
    axis.legend(fontsize=8, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=6)
    _plain(axis)


def _importance(axis: Axes, tuning: Tuning) -> None:
    shares = tuning.importance()
    axis.set_title(f"what decided, {tuning.best_name}", fontsize=9)
    _plain(axis)
    axis.grid(visible=False)
    if not shares:
        axis.text(
            0.5, 0.5, "too few trials to say", ha="center", fontsize=8, transform=axis.transAxes
        )
        axis.set_axis_off()
        return
    names = list(reversed(shares))
    axis.barh(range(len(names)), [shares[name] for name in names], 0.6, color=COLOURS[0])
    axis.set_yticks(range(len(names)), names)
    for at, name in enumerate(names):
        axis.annotate(
            f"{shares[name]:.0%}", (shares[name], at), xytext=(3, 0),
            textcoords="offset points", va="center", fontsize=8,
        )  # fmt: skip
    axis.set_xlim(0, 1.15 * max(shares.values()))
    axis.xaxis.set_visible(False)
