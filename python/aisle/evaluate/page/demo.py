"""`demo_page`: what `aisle demo` found, for a person."""

from __future__ import annotations

import datetime
import html
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aisle.evaluate.page import svg
from aisle.evaluate.page.document import Section, facts, html_page, table
from aisle.evaluate.report import Report

SHOWN = 8  # places of a slate that are printed
VERBS = {
    "view": "looked at",
    "click": "clicked",
    "cart": "put into the cart",
    "purchase": "bought",
    "like": "liked",
}


def demo_page(result: Mapping[str, Any], path: str | os.PathLike[str]) -> Path:
    """Write the page of a demo run: one HTML file that needs no other.

    Parameters
    ----------
    result
        Every key may be missing:

        - ``title``, ``subtitle`` : str.
        - ``facts`` : list of (name, value as text): what stands at the top.
        - ``reports`` : dict of name -> `Report` or `ReplayReport`, the engine first. Makes the
          table of methods, the lines over time, the latencies and the slices of the first.
        - ``methods`` : list of dicts, a row each, the engine first, in place of the table that
          `reports` makes; the first column is the name.
        - ``over_time`` : dict of name -> (times in microseconds UTC, values), in place of that of
          `reports`.
        - ``latency`` : dict of name -> array of microseconds, likewise.
        - ``popularity`` : int[items], events of each item in the log.
        - ``sessions`` : list of dicts: ``visitor``, and ``steps``, a list of dicts:
          ``item`` (name), ``type`` ("view", …), ``time`` (microseconds UTC), ``recommended``
          (names, best first), ``next`` (name of what came next, or None), ``place`` (of the next
          in the slate, from 1; 0 or missing: not in it).
        - ``notes`` : list of str, at the end.
    path
        Written aside and then renamed.

    Returns
    -------
    Path
        The file.

    Examples
    --------
    >>> import tempfile
    >>> page = demo_page({"title": "Demo"}, Path(tempfile.mkdtemp()) / "demo.html")
    >>> "<h1>Demo</h1>" in page.read_text()
    True
    """
    reports: Mapping[str, Report] = result.get("reports", {})
    parts = [
        _head(result),
        _methods(result, reports),
        _plots(result, reports),
        _sessions(result.get("sessions", [])),
        _notes(result.get("notes", [])),
    ]
    return html_page(
        [part for part in parts if part is not None],
        path,
        title=str(result.get("title", "aisle demo")),
        subtitle=str(result.get("subtitle", "")),
    )


def _head(result: Mapping[str, Any]) -> Section | None:
    pairs = [(str(name), str(value)) for name, value in result.get("facts", [])]
    return Section("", facts(pairs)) if pairs else None


def _methods(result: Mapping[str, Any], reports: Mapping[str, Report]) -> Section | None:
    rows = result.get("methods") or [_method(name, report) for name, report in reports.items()]
    if not rows:
        return None
    best = {}
    for name in dict.fromkeys(key for row in rows for key in row):
        values = [row[name] for row in rows if isinstance(row.get(name), float)]
        if name.split("@")[0] in ("HR", "MRR", "NDCG") and values:
            best[name] = max(values)
    text = "All methods met the same events in the same order. ★ marks the best of a column."
    return Section("How good the recommendations are", table(rows, best=best), text)


def _method(name: str, report: Report) -> dict[str, Any]:
    row: dict[str, Any] = {"": name}
    row |= {metric: value for metric, value in report.items() if not metric.startswith("NDCG")}
    row |= {f"recommend {p}, µs": _rounded(report.latency[p]) for p in ("p50", "p99")}
    observe = getattr(report, "observe_us", None)
    if observe:
        row |= {f"observe {p}, µs": _rounded(observe[p]) for p in ("p50", "p99")}
        row["events/s"] = round(speed) if (speed := _speed(report)) else None
    return row


def _rounded(value: float) -> str:
    return "–" if value != value else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def _speed(report: Report) -> float:
    speed = float(getattr(report, "events_per_s", 0.0))
    return speed if speed == speed else 0.0


def _plots(result: Mapping[str, Any], reports: Mapping[str, Report]) -> Section | None:
    plots = []
    first = next(iter(reports.values()), None)
    k = first.k[-1] if first else 20
    moving = result.get("over_time") or {
        name: (report.over_time["time"], report.over_time["HR"])
        for name, report in reports.items()
        if len(report.over_time.get("time", ()))
    }
    if moving:
        note = "Share of clicks that were among the recommendations, moving window."
        plots.append(svg.line_plot(f"HR@{k} over time", moving, note=note))
    latency = result.get("latency") or _latencies(first)
    if latency:
        plots.append(svg.histogram("Latency", latency, unit="microseconds", note="Share of calls."))
    if "popularity" in result:
        note = "Events of each item in the log: few items get most of them."
        plots.append(svg.rank_plot("Popularity", result["popularity"], note=note))
    for title, rows in first.slices.items() if first else ():
        columns = [name for name in next(iter(rows.values()), {}) if name != "events"]
        bars = {
            f"{name}@{k}": {label: row[name] for label, row in rows.items()} for name in columns
        }
        plots.append(svg.bar_plot(f"By {title}", bars, note=_ABOUT.get(title, "")))
    return Section("In pictures", f'<div class="grid">{"".join(plots)}</div>') if plots else None


_ABOUT = {
    "clicks known": "How many events of the session the engine had seen.",
    "seen before": "Targets that were in the session before, and new ones.",
    "popularity tenth": "Tenths of the items; 10 is the most popular.",
}


def _latencies(report: Report | None) -> dict[str, Any]:
    if report is None:
        return {}
    found = {
        "recommend": report.latencies,
        "observe": getattr(report, "observe_latencies", np.empty(0)),
    }
    return {name: values for name, values in found.items() if len(values)}


def _sessions(sessions: Sequence[Mapping[str, Any]]) -> Section | None:
    if not sessions:
        return None
    cards = "".join(
        f'<article class="card"><h3>Visitor {html.escape(str(session.get("visitor", "")))}</h3>'
        f'<ol class="steps">{"".join(map(_step, session.get("steps", [])))}</ol></article>'
        for session in sessions
    )
    text = "After each click: what was recommended at that moment, and what the visitor did next."
    return Section("Sessions to read", f'<div class="grid">{cards}</div>', text)


def _step(step: Mapping[str, Any]) -> str:
    verb = VERBS.get(str(step.get("type", "view")), str(step.get("type")))
    when = ""
    if step.get("time") is not None:
        moment = datetime.datetime.fromtimestamp(int(step["time"]) / 1e6, datetime.UTC)
        when = f'<span class="soft">{moment:%H:%M}</span> '
    line = f"{when}{html.escape(verb)} <b>{html.escape(str(step.get('item')))}</b>"
    names, place = [str(name) for name in step.get("recommended", [])], int(step.get("place") or 0)
    slate = "".join(
        f'<li class="hit">✓ {html.escape(name)}</li>'
        if n == place
        else f"<li>{html.escape(name)}</li>"
        for n, name in enumerate(names[:SHOWN], 1)
    )
    shown = f'<ol class="slate">{slate}</ol>' if slate else ""
    return f"<li>{line}{shown}{_verdict(step.get('next'), place, names)}</li>"


def _verdict(following: Any, place: int, names: Sequence[str]) -> str:
    if following is None or not names:
        return ""
    name = html.escape(str(following))
    if not place:
        return f'<p class="verdict">next: {name}, which was not recommended</p>'
    return f'<p class="verdict hit">✓ next: {name}, recommended at place {place}</p>'


def _notes(notes: Sequence[str]) -> Section | None:
    if not notes:
        return None
    return Section("Notes", "".join(f"<p>{html.escape(str(note))}</p>" for note in notes))
