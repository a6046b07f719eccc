"""The main job from end to end: read a log, fit on its first part, replay the rest live, report."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

import aisle
from aisle.events.times import named
from aisle.events.types import TYPE_NAMES

if TYPE_CHECKING:
    from aisle.evaluate.streaming import ReplayReport
    from aisle.events import Events, Items

NO_ITEM = 0xFFFFFFFF
NAMES = ("title", "name", "description", "product")  # attributes that a person would read
FITTED_SHARE = 0.8  # of the events; the rest is replayed
# The sources that a table of methods names, by the names that a strategy gives them.
SINGLES = {
    "session kNN": "knn",
    "co-visitation": "co_visitation",
    "rules": "rules",
    "vectors": "vectors",
    "trending": "trending",
}


@dataclass(frozen=True)
class Demo:
    """What a demo run found: for machines, for people, and as a page."""

    data: dict[str, Any]
    text: str
    page: Path


def run(
    paths: Sequence[str] | None = None,
    *,
    format: str = "aisle",  # noqa: A002 - the name that read_events gives it
    page: str | Path = "aisle-demo.html",
    max_events: int = 50_000,
    k: int = 20,
    quiet: bool = False,
) -> Demo:
    """Run the main job on a log, or on a simulated shop.

    Parameters
    ----------
    paths
        Files of one log; None simulates a shop.
    format
        How to read them.
    page
        The HTML page to write.
    max_events
        Replay so many events of the last part at most.
    k
        Length of the lists.
    quiet
        Show no progress on stderr.

    Returns
    -------
    Demo
    """
    tell = _Teller(quiet)
    with tell("reading the log" if paths else "simulating a shop"):
        events, items, source = _log(paths, format)
    past, live = _parts(events)
    with tell("checking"):
        checked = aisle.check(events, items, measure=False)
    with tell(f"fitting on the first {len(past):,} events"):
        bundle = aisle.fit(past, items=items, progress=tell.show)
    reports = _replays(bundle, past, live, k, max_events, tell)
    sessions = _sessions(bundle, live, _titles(items), k=5)
    facts = [*_facts(source, events, past, live), ("check", checked.summary())]
    problems = [f"{one.level}: {one.title}" for one in checked.findings if one.level != "note"]
    result = {
        "title": "aisle demo",
        "subtitle": source,
        "facts": facts,
        "reports": reports,
        "popularity": np.bincount(events.item[events.item != NO_ITEM]),
        "sessions": sessions,
        "notes": [*([str(events.report)] if events.report.rows_skipped else []), *problems],
    }
    with tell("writing the page"):
        written = aisle.evaluate.demo_page(result, page)
    data = {
        "source": source,
        "log": events.describe(),
        "check": checked.to_dict(),
        "fitted_events": len(past),
        "replayed_events": min(len(live), max_events),
        "methods": {name: _method(report) for name, report in reports.items()},
        "page": str(written),
    }
    shown = [*facts, *(("", problem) for problem in problems)]
    return Demo(data, _text(shown, reports, sessions, k, written), Path(written))


# --- the log --------------------------------------------------------------------------------------


def _log(paths: Sequence[str] | None, format: str) -> tuple[Events, Items | None, str]:  # noqa: A002
    if not paths:
        shop = aisle.simulate.Shop(items=4_000, visitors=15_000, days=21, seed=1)
        items = aisle.read_items(shop.items(), id="id")
        return shop.events(), items, "a simulated shop"
    events = aisle.read_events(paths[0] if len(paths) == 1 else list(paths), format=format)
    if len(events) < 100:
        raise aisle.DataError(f"{paths[0]}: {len(events)} events are too few for a demo: take 100")
    return events, events.item_table(), ", ".join(Path(path).name for path in paths)


def _parts(events: Events) -> tuple[Events, Events]:
    """The first 80 % of the events by time, and the rest."""
    times = np.sort(events.time)
    cut = int(times[int(len(times) * FITTED_SHARE)])
    past, live = events.split(at=cut)
    if not len(past) or not len(live):
        raise aisle.DataError("all events of this log carry the same time: nothing can be replayed")
    return past, live


def _titles(items: Items | None) -> dict[str, str]:
    """Names that a person reads, by item id: a title, or brand and kind beside the id."""
    if items is None:
        return {}
    ids = [str(item) for item in items.ids.tolist()]
    title = next((name for name in NAMES if name in items.columns), None)
    if title is not None:
        return {i: str(t) for i, t in zip(ids, items[title].tolist(), strict=True) if t}
    parts = [items[name].tolist() for name in ("brand", "category") if name in items.columns]
    labels = {}
    for item, *known in zip(ids, *parts, strict=True):
        words = [str(word).rsplit(".", 1)[-1].replace("_", " ") for word in known if word]
        labels[item] = f"{' '.join(words)} ({item})" if words else item
    return labels


# --- the replay -----------------------------------------------------------------------------------


class _Popular:
    """The same list for everybody: what every recommender must beat."""

    def __init__(self, past: Events) -> None:
        counts = np.bincount(past.item[past.item != NO_ITEM], minlength=len(past.items))
        self.items = past.items[np.argsort(-counts, kind="stable")][:100].tolist()

    def recommend(self, visitor: object, *, k: int, time: int) -> _Popular:
        """Answer with itself: `items` is what is asked for."""
        return self

    def observe(self, visitor: object, item: object, **event: object) -> None:
        """Learn nothing."""


def _replays(
    bundle: aisle.Bundle, past: Events, live: Events, k: int, max_events: int, tell: _Teller
) -> dict[str, ReplayReport]:
    """The whole engine, the engine without learning, each source alone, and popularity."""

    def play(name: str, engine: Any, *, learn: bool = True) -> ReplayReport:
        with tell(f"replaying: {name}"):
            return aisle.evaluate.replay(
                engine, live, k=k, learn=learn, max_events=max_events, progress=tell.show
            )

    reports = {"engine": play("engine", aisle.Engine(bundle))}
    reports["engine, learning nothing"] = play(
        "without learning", aisle.Engine(bundle), learn=False
    )
    for name, source in SINGLES.items():
        alone = aisle.Strategy.only(source)
        reports[name] = play(name, aisle.Engine(bundle, strategy=alone))
    reports["popularity"] = play("popularity", _Popular(past))
    return reports


def _sessions(
    bundle: aisle.Bundle, live: Events, titles: dict[str, str], k: int, wanted: int = 3
) -> list[dict[str, Any]]:
    """A few sessions of the replayed part, step by step, as a person would read them."""
    engine = aisle.Engine(bundle)
    names, times = live.items.tolist(), live.time.tolist()
    found: list[dict[str, Any]] = []
    for rows in _telling_sessions(live, wanted * 10):
        visitor = f"demo-{len(found)}"
        steps = []
        for row, following in zip(rows, [*rows[1:], None], strict=True):
            item = names[live.item[row]]
            kind = TYPE_NAMES[live.type[row]]
            when = named(times[row])
            engine.observe(visitor, item, type=kind, time=when)
            slate = [str(i) for i in engine.recommend(visitor, k=k, time=when).items]
            then = None if following is None else str(names[live.item[following]])
            steps.append(
                {
                    "item": titles.get(str(item), str(item)),
                    "type": kind,
                    "time": times[row],
                    "recommended": [titles.get(i, i) for i in slate],
                    "next": None if then is None else titles.get(then, then),
                    "place": slate.index(then) + 1 if then in slate else 0,
                }
            )
        found.append({"visitor": visitor, "steps": steps})
    # Not the best ones: those of the middle, which show what a visitor usually sees.
    found.sort(key=lambda one: sum(step["place"] > 0 for step in one["steps"]))
    middle = max(len(found) // 2 - wanted // 2, 0)
    return found[middle : middle + wanted]


def _telling_sessions(live: Events, wanted: int) -> list[list[int]]:
    """Rows of sessions with four to eight events on three items or more."""
    from aisle.evaluate.log import as_log

    codes = as_log(live).session
    order = np.lexsort((np.arange(len(codes)), live.time, codes))
    order = order[live.item[order] != NO_ITEM]
    cuts = np.flatnonzero(np.diff(codes[order])) + 1
    runs: list[npt.NDArray[np.intp]] = [
        run for run in np.split(order, cuts) if 4 <= len(run) <= 8 and len({*live.item[run]}) >= 3
    ]
    step = max(len(runs) // wanted, 1)
    return [run.tolist() for run in runs[::step][:wanted]]


# --- what a person reads --------------------------------------------------------------------------


def _facts(source: str, events: Events, past: Events, live: Events) -> list[tuple[str, str]]:
    seen = events.describe()
    types = ", ".join(f"{name} {count:,}" for name, count in seen["types"].items())
    facts = [
        ("log", source),
        ("events", f"{seen['events']:,} ({types})"),
        ("visitors, items", f"{seen['visitors']:,}, {seen['items']:,}"),
        ("time", f"{seen['first']} to {seen['last']}"),
        ("fitted on, replayed", f"{len(past):,}, {len(live):,} events"),
    ]
    if events.report.rows_skipped:
        facts.append(("left out", f"{events.report.rows_skipped:,} rows that could not be read"))
    return facts


def _method(report: ReplayReport) -> dict[str, Any]:
    return {
        "metrics": dict(report.metrics),
        "recommend_us": report.recommend_us,
        "observe_us": report.observe_us,
        "events_per_s": report.events_per_s,
        "peak_rss_mb": report.peak_rss_mb,
    }


def _text(
    facts: list[tuple[str, str]],
    reports: dict[str, ReplayReport],
    sessions: list[dict[str, Any]],
    k: int,
    page: Path,
) -> str:
    lines = [f"{name:<20} {value}" for name, value in facts]
    lines += ["", f"{'':<26}{f'HR@{k}':>8}{f'MRR@{k}':>8}   recommend p50, p99    observe p50, p99"]
    for name, report in reports.items():
        ask, take = report.recommend_us, report.observe_us
        lines.append(
            f"{name:<26}{report[f'HR@{k}']:>8.4f}{report[f'MRR@{k}']:>8.4f}"
            f"{ask['p50']:>10,.0f} {ask['p99']:>7,.0f} µs"
            f"{take['p50']:>12,.1f} {take['p99']:>6,.1f} µs"
        )
    engine = reports["engine"]
    lines.append(f"\n{engine.events_per_s:,.0f} events/s, {engine.peak_rss_mb:,.0f} MB at most")
    for number, session in enumerate(sessions, 1):
        lines += ["", f"session {number}"]
        for step in session["steps"]:
            lines.append(f"  {step['type']:<9} {step['item']}")
            for place, name in enumerate(step["recommended"], 1):
                if place <= 3 or place == step["place"]:
                    hit = "   <- came next" if place == step["place"] else ""
                    lines.append(f"{'':13}{place}. {name}{hit}")
    return "\n".join([*lines, "", f"the page: {page}"])


class _Teller:
    """Says on stderr what is going on and how long it took, unless quiet."""

    def __init__(self, quiet: bool) -> None:
        self.show = not quiet and sys.stderr.isatty()
        self._quiet = quiet

    def __call__(self, what: str) -> _Teller:
        self._what, self._begun = what, time.perf_counter()
        return self

    def __enter__(self) -> None:
        if self.show:
            self._say(f"{self._what} …\r")

    def __exit__(self, *raised: object) -> None:
        if not self._quiet and raised[0] is None:
            self._say(f"{self._what}: {time.perf_counter() - self._begun:.1f} s\n")

    def _say(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
