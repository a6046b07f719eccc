"""Plots as inline SVG, coloured by the page's own variables so that they follow light and dark."""

from __future__ import annotations

import datetime
import html
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

WIDTH, HEIGHT = 440, 250
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 12, 34
COLOURS = tuple(f"var(--s{n})" for n in range(1, 7))

Numbers = npt.NDArray[np.float64]


def line_plot(title: str, series: Mapping[str, tuple[Any, Any]], *, note: str = "") -> str:
    """Values over time: name -> (times in microseconds UTC, values); the first stands out."""
    lines = {name: _clean(x, y) for name, (x, y) in series.items()}
    lines = {name: (x, y) for name, (x, y) in lines.items() if len(x)}
    if not lines:
        return _figure(title, _empty(), [], note)
    low = min(float(x.min()) for x, _ in lines.values())
    high = max(float(x.max()) for x, _ in lines.values())
    top = _ceiling(max(float(y.max()) for _, y in lines.values()))
    parts = [_y_axis(top), _time_axis(low, high)]
    for n, (x, y) in reversed(list(enumerate(lines.values()))):
        points = " ".join(
            f"{_x(a, low, high):.1f},{_y(b, top):.1f}" for a, b in zip(x, y, strict=True)
        )
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{COLOURS[n % 6]}" '
            f'stroke-width="{2.5 if n == 0 else 1.5}" stroke-linejoin="round"/>'
        )
    return _figure(title, parts, list(lines), note)


def histogram(title: str, series: Mapping[str, Any], *, unit: str, note: str = "") -> str:
    """Distributions on a logarithmic axis; each drawn as the share of its own values."""
    found = {name: np.asarray(values, np.float64) for name, values in series.items()}
    found = {name: values[values > 0] for name, values in found.items() if (values > 0).any()}
    if not found:
        return _figure(title, _empty(), [], note)
    low = math.log10(min(float(np.percentile(values, 0.1)) for values in found.values())) - 0.05
    high = math.log10(max(float(np.percentile(values, 99.9)) for values in found.values())) + 0.05
    edges = np.linspace(low, high, 49)
    shares = {
        name: np.histogram(np.clip(np.log10(v), low, high), edges)[0] / len(v)
        for name, v in found.items()
    }
    top = _ceiling(max(float(share.max()) for share in shares.values()))
    parts = [_y_axis(top, "%"), _log_axis(low, high, unit)]
    for n, share in enumerate(shares.values()):
        steps = [f"{_x(edges[0], low, high):.1f},{_y(0, top):.1f}"]
        for at, height in enumerate(share):
            for edge in (edges[at], edges[at + 1]):
                steps.append(f"{_x(edge, low, high):.1f},{_y(height, top):.1f}")
        steps.append(f"{_x(edges[-1], low, high):.1f},{_y(0, top):.1f}")
        parts.append(
            f'<polygon points="{" ".join(steps)}" fill="{COLOURS[n % 6]}" fill-opacity=".25" '
            f'stroke="{COLOURS[n % 6]}" stroke-width="1.5"/>'
        )
    return _figure(title, parts, list(shares), note)


def bar_plot(title: str, series: Mapping[str, Mapping[str, float]], *, note: str = "") -> str:
    """Groups of bars: series -> label -> value."""
    labels = list(dict.fromkeys(label for bars in series.values() for label in bars))
    values = [value for bars in series.values() for value in bars.values() if math.isfinite(value)]
    if not values:
        return _figure(title, _empty(), [], note)
    top = _ceiling(max(values))
    parts = [_y_axis(top)]
    room = (WIDTH - LEFT - RIGHT) / len(labels)
    wide = min(room * 0.8 / len(series), 26)
    for place, label in enumerate(labels):
        middle = LEFT + room * (place + 0.5)
        shown = html.escape(label.replace(" and more", "+"))
        parts.append(
            f'<text x="{middle:.1f}" y="{HEIGHT - 14}" text-anchor="middle">{shown}</text>'
        )
        for n, (name, bars) in enumerate(series.items()):
            value = bars.get(label, math.nan)
            if math.isfinite(value):
                left = middle + wide * (n - len(series) / 2) + 1
                tip = html.escape(f"{name}, {label}: {value:.4g}")
                parts.append(
                    f'<rect x="{left:.1f}" y="{_y(value, top):.1f}" width="{wide - 2:.1f}" rx="2" '
                    f'height="{_y(0, top) - _y(value, top):.1f}" fill="{COLOURS[n % 6]}">'
                    f"<title>{tip}</title></rect>"
                )
    return _figure(title, parts, list(series), note)


def rank_plot(title: str, counts: Any, *, note: str = "") -> str:
    """Counts of items, the most popular first, both axes logarithmic: the long tail."""
    sorted_counts = np.sort(np.asarray(counts, np.float64))[::-1]
    sorted_counts = sorted_counts[sorted_counts > 0]
    if not len(sorted_counts):
        return _figure(title, _empty(), [], note)
    at = np.unique(np.geomspace(1, len(sorted_counts), 200).astype(np.int64))
    height = np.log10(sorted_counts[at - 1])
    top, right = max(float(height.max()), 0.1), max(math.log10(len(sorted_counts)), 0.1)
    parts = [_log_axis(0, right, "items, most popular first")]
    for power in range(int(top) + 1):
        y = _y(power, top)
        parts.append(
            f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_short(10**power)}</text>'
        )
    points = " ".join(
        f"{_x(math.log10(a), 0, right):.1f},{_y(b, top):.1f}"
        for a, b in zip(at, height, strict=True)
    )
    parts.append(
        f'<polyline points="{points}" fill="none" stroke="{COLOURS[0]}" stroke-width="2.5"/>'
    )
    return _figure(title, parts, [], note)


def _clean(x: Any, y: Any) -> tuple[Numbers, Numbers]:
    a, b = np.asarray(x, np.float64), np.asarray(y, np.float64)
    there = np.isfinite(a) & np.isfinite(b)
    return a[there], b[there]


def _x(value: float, low: float, high: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (value - low) / max(high - low, 1e-12)


def _y(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / max(top, 1e-12)


def _ceiling(value: float) -> float:
    """The next round number: 1, 2, 2.5, 5 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value * 0.999)


def _y_axis(top: float, unit: str = "") -> str:
    parts = []
    for part in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = _y(part * top, top)
        text = f"{100 * part * top:.3g} %" if unit == "%" else f"{part * top:.3g}"
        parts.append(
            f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{text}</text>'
        )
    return "".join(parts)


def _time_axis(low: float, high: float) -> str:
    days = (high - low) / 86_400e6
    style = "%b %-d" if days >= 3 else "%a %H:%M"
    parts = []
    for n, anchor in enumerate(("start", "middle", "middle", "end")):
        at = low + (high - low) * n / 3
        when = datetime.datetime.fromtimestamp(at / 1e6, datetime.UTC)
        text = f"{when:{style}}" if days >= 0.1 else f"{when:%H:%M:%S}"
        parts.append(
            f'<text x="{_x(at, low, high):.1f}" y="{HEIGHT - 14}" '
            f'text-anchor="{anchor}">{text}</text>'
        )
    return "".join(parts)


def _log_axis(low: float, high: float, unit: str) -> str:
    marks = [p + math.log10(m) for p in range(-3, 10) for m in ((1, 3) if high - low < 3 else (1,))]
    parts = [
        f'<text x="{_x(at, low, high):.1f}" y="{HEIGHT - 18}" '
        f'text-anchor="middle">{_short(10**at)}</text>'
        for at in marks
        if low <= at <= high
    ]
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(
        f'<text x="{middle}" y="{HEIGHT - 3}" text-anchor="middle">{html.escape(unit)}</text>'
    )
    return "".join(parts)


def _short(value: float) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size * 0.999:
            return f"{value / size:.3g}{letter}"
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def _empty() -> list[str]:
    return [f'<text x="{WIDTH / 2}" y="{HEIGHT / 2}" text-anchor="middle">nothing to show</text>']


def _figure(title: str, parts: Sequence[str], names: Sequence[str], note: str) -> str:
    legend = "".join(
        f'<li><i style="background:{COLOURS[n % 6]}"></i>{html.escape(name)}</li>'
        for n, name in enumerate(names)
    )
    return (
        f'<figure class="card"><h3>{html.escape(title)}</h3>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{html.escape(title)}">'
        f"{''.join(parts)}</svg>"
        + (f'<ul class="legend">{legend}</ul>' if len(names) > 1 else "")
        + (f"<figcaption>{html.escape(note)}</figcaption>" if note else "")
        + "</figure>"
    )
