"""Figures of reports; matplotlib is the extra `plot` and is imported when a figure is asked for."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from aisle.evaluate.report import Report
    from aisle.evaluate.streaming import ReplayReport

COLOURS = ("#2a6fdb", "#d9622b", "#2b9a66", "#8a5cd1", "#b58a00", "#6b7280")


def new_figure(width: float, height: float) -> Figure:
    """An empty figure that belongs to nobody, so that notebooks show it once.

    Raises
    ------
    ImportError
        Without matplotlib; says what to install.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            "plots need matplotlib, which is an extra: pip install 'aisle[plot]'"
        ) from error
    if "IPython" in sys.modules:
        import matplotlib.pyplot  # noqa: F401  tells the notebook how to show figures
    return Figure(figsize=(width, height), layout="constrained")


def plot_report(report: Report) -> Figure:
    """One panel a slice, and the latencies."""
    panels = [*report.slices, "latency"]
    figure = new_figure(3.6 * len(panels), 3.4)
    axes = np.atleast_1d(np.asarray(figure.subplots(1, len(panels)), dtype=object))
    for axis, (title, rows) in zip(axes, report.slices.items(), strict=False):
        _bars(axis, title, rows, report.k[-1])
    _latency(axes[-1], {"": report.latencies})
    figure.suptitle(f"{report.model[:80]}  ({report.n_events:,} targets)", fontsize=10)
    return figure


def plot_replay(report: ReplayReport) -> Figure:
    """Quality over time beside the latencies of recommend and observe."""
    figure = new_figure(11, 3.6)
    over_time, latency = figure.subplots(1, 2, width_ratios=[2, 1])
    _over_time(over_time, {"HR": report.over_time, "MRR": report.over_time}, report.k[-1])
    _latency(latency, {"recommend": report.latencies, "observe": report.observe_latencies})
    figure.suptitle(f"{report.model[:80]}  ({report.events:,} events)", fontsize=10)
    return figure


def plot_comparison(reports: Mapping[str, Report]) -> Figure:
    """HR and MRR with their intervals, HR against latency; below, over time where that is known."""
    k = min(report.k[-1] for report in reports.values())
    moving = {name: r.over_time for name, r in reports.items() if len(r.over_time.get("time", ()))}
    top = max(2.4, 0.8 + 0.4 * len(reports))
    figure = new_figure(12, top + 0.4 + (2.8 if moving else 0))
    ratios = [top, 2.8] if moving else [1.0]
    grid = figure.add_gridspec(len(ratios), 3, height_ratios=ratios)
    for column, metric in enumerate((f"HR@{k}", f"MRR@{k}")):
        _intervals(figure.add_subplot(grid[0, column]), reports, metric, names=column == 0)
    _against_latency(figure.add_subplot(grid[0, 2]), reports, f"HR@{k}")
    if moving:
        axis = figure.add_subplot(grid[1, :])
        for colour, (name, line) in zip(COLOURS * 9, moving.items(), strict=False):
            axis.plot(_days(line["time"]), line["HR"], color=colour, label=name)
        _finish_time(axis, f"HR@{k}, moving window")
    return figure


def _intervals(axis: Axes, reports: Mapping[str, Report], metric: str, *, names: bool) -> None:
    """One line a report, the first on top."""
    last = len(reports) - 1
    for row, (colour, report) in enumerate(zip(COLOURS * 9, reports.values(), strict=False)):
        low, high = report.ci[metric]
        axis.plot([low, high], [last - row, last - row], color=colour, linewidth=2)
        axis.plot([report[metric]], [last - row], "o", color=colour)
    ticks = list(reversed(list(reports)))
    axis.set_yticks(range(len(reports)), ticks if names else [""] * len(ticks))
    axis.set_ylim(-0.6, len(reports) - 0.4)
    axis.set_title(f"{metric}, 95 % interval", fontsize=9)
    _plain(axis)


def _against_latency(axis: Axes, reports: Mapping[str, Report], metric: str) -> None:
    """A dot at p50 and a line to p99; better is up and to the left."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    highest = max(report[metric] for report in reports.values())
    for colour, (name, report) in zip(COLOURS * 9, reports.items(), strict=False):
        slow, value = report.latency["p99"], report[metric]
        axis.plot([report.latency["p50"], slow], [value, value], color=colour, linewidth=1.5)
        axis.plot([report.latency["p50"]], [value], "o", color=colour)
        above = (other[metric] - value for other in reports.values())
        crowded = any(0 < gap < 0.08 * highest for gap in above)  # by the one above: name it below
        axis.annotate(
            name, (report.latency["p50"], value), xytext=(4, -11 if crowded else 5),
            textcoords="offset points", fontsize=8, color=colour,
        )  # fmt: skip
    axis.set_xscale("log")
    axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.margins(x=0.15, y=0.25)
    axis.set_xlabel("microseconds, p50 to p99", fontsize=8)
    axis.set_title(f"{metric} against latency", fontsize=9)
    _plain(axis)


def _bars(axis: Axes, title: str, rows: Mapping[str, Mapping[str, float]], k: int) -> None:
    place = np.arange(len(rows))
    names = [name for name in next(iter(rows.values()), {}) if name != "events"]
    for shift, (name, colour) in enumerate(zip(names, COLOURS, strict=False)):
        heights = [row[name] for row in rows.values()]
        axis.bar(place + 0.4 * shift - 0.2, heights, 0.38, color=colour, label=f"{name}@{k}")
    axis.set_xticks(place, [name.replace(" and more", "+") for name in rows], fontsize=8)
    axis.set_ylim(0, 1.25 * axis.get_ylim()[1])
    axis.set_title(title, fontsize=9)
    axis.legend(fontsize=8, frameon=False, ncols=2)
    _plain(axis)


def _latency(axis: Axes, series: Mapping[str, Any]) -> None:
    for colour, (name, values) in zip(COLOURS, series.items(), strict=False):
        positive = values[values > 0]
        if len(positive):
            low, high = np.percentile(positive, [0.1, 99.9])
            edges = np.geomspace(low * 0.9, max(high, low) * 1.1, 40)
            axis.hist(positive, edges.tolist(), color=colour, alpha=0.7, label=name or None)
    axis.set_xscale("log")
    axis.set_xlabel("microseconds", fontsize=8)
    axis.set_title("latency", fontsize=9)
    if any(series):
        axis.legend(fontsize=8, frameon=False)
    _plain(axis)


def _over_time(axis: Axes, series: Mapping[str, Mapping[str, Any]], k: int) -> None:
    for colour, (name, line) in zip(COLOURS, series.items(), strict=False):
        axis.plot(_days(line["time"]), line[name], color=colour, label=f"{name}@{k}")
    _finish_time(axis, "moving window")


def _finish_time(axis: Axes, title: str) -> None:
    axis.set_ylim(0, 1.2 * axis.get_ylim()[1])
    axis.set_title(title, fontsize=9)
    axis.legend(fontsize=8, frameon=False, loc="upper left", ncols=8)
    axis.tick_params(axis="x", labelrotation=20)
    _plain(axis)


def _days(time: Any) -> Any:
    return np.asarray(time, np.int64).astype("datetime64[us]")


def _plain(axis: Axes) -> None:
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(axis="y", alpha=0.25)
    axis.tick_params(labelsize=8)
