"""The counters of a stream, beside a check of the same log and beside short references."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aisle

sys.path.insert(0, str(Path(__file__).parent))
from hygiene_logs import START, check, events, people  # type: ignore[import-not-found]

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
KINDS = ("view", "cart", "impression", "click", "purchase")


@pytest.fixture(scope="module")
def bundle() -> aisle.Bundle:
    return aisle.fit(events(people(visitors=20)))


Step = tuple[int, str, str, int]  # visitor, item, type, seconds since the last step
steps = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["i001", "i002", "i003"]),
        st.sampled_from(KINDS),
        st.sampled_from([0, 1, 2, 40, 1800, 1801, 4000]),
    ),
    max_size=60,
)


def timed(stream: list[Step]) -> list[tuple[str, str, str, int]]:
    """Rows of a log in the order of time, none of them twice."""
    at, rows = START, []
    for visitor, item, kind, pause in stream:
        at += pause * SECOND
        rows.append((f"v{visitor}", item, kind, at))
    return list(dict.fromkeys(rows))


def expected(rows: list[tuple[str, str, str, int]], limit: int) -> dict[str, int]:
    """Count sessions and lists over whole histories."""
    counts: Counter[str] = Counter()
    history: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    lengths: dict[str, list[tuple[int, int]]] = defaultdict(list)  # events, acts a session
    for visitor, item, kind, time in rows:
        before = history[visitor]
        if not before or time - before[-1][2] > 30 * MINUTE:
            lengths[visitor].append((1, 1))
        else:
            n, acts = lengths[visitor][-1]
            is_line = kind not in ("view", "click") and before[-1][1] == kind
            is_line = is_line and time - before[-1][2] <= SECOND
            lengths[visitor][-1] = (n + 1, acts + (not is_line))
        if kind == "click":
            of_item = [k for i, k, _ in before if i == item and k in ("click", "impression")]
            counts["lonely"] += "impression" not in of_item
            counts["clicked"] += of_item[-1:] == ["impression"]
        counts["impressions"] += kind == "impression"
        before.append((item, kind, time))
    sessions = [one for of in lengths.values() for one in of]
    counts["sessions"] = len(sessions)
    counts["single"] = sum(n == 1 for n, _ in sessions)
    counts["huge"] = sum(acts >= limit for _, acts in sessions)
    return counts


@settings(max_examples=60, deadline=None)
@given(stream=steps, limit=st.integers(2, 12), max_events=st.sampled_from([64, 1024]))
def test_sessions_and_lists_are_those_of_whole_histories(
    bundle: aisle.Bundle, stream: list[Step], limit: int, max_events: int
) -> None:
    limits = aisle.hygiene.Limits(session_events=limit)
    engine = aisle.Engine(bundle, hygiene=limits, max_events=max_events)
    rows = timed(stream)
    for visitor, item, kind, time in rows:
        assert engine.observe(visitor, item, kind, time) == "accepted"
    seen, wanted = engine.hygiene(), expected(rows, limit)
    assert seen["sessions"] == wanted["sessions"]
    assert seen["one_event_sessions"] == wanted["single"]
    assert seen["huge_sessions"] == wanted["huge"]
    assert seen["clicks"]["without_impressions"] == wanted["lonely"]
    assert seen["impressions"]["without_clicks"] == wanted["impressions"] - wanted["clicked"]


def count_of(report: aisle.hygiene.CheckReport, rule: str) -> int:
    return report[rule].count if rule in report else 0


def test_the_stream_and_the_check_of_its_log_agree(bundle: aisle.Bundle) -> None:
    columns = people(visitors=60, seed=3)
    columns["type"] = [
        "impression" if row % 3 == 0 else "click" if row % 7 == 0 else "view"
        for row in range(len(columns["type"]))
    ]
    limits = aisle.hygiene.Limits(session_events=5)
    report = check(events(columns), limits=limits)
    engine = aisle.Engine(bundle, hygiene=limits, max_events=1024)
    engine.observe_many(events(columns))
    seen = engine.hygiene()
    assert seen["one_event_sessions"] == count_of(report, "one_event_sessions")
    assert seen["huge_sessions"] == count_of(report, "huge_sessions") > 0
    # The check sees the impressions that come after the click, too.
    assert seen["clicks"]["without_impressions"] >= count_of(report, "clicks_without_impressions")
    assert seen["clicks"]["count"] == columns["type"].count("click")


def test_a_thousand_events_count_though_fifty_are_kept(bundle: aisle.Bundle) -> None:
    engine = aisle.Engine(bundle, hygiene=aisle.hygiene.Limits(session_events=1000))
    for second in range(1000):
        assert engine.hygiene()["huge_sessions"] == 0
        engine.observe("crawler", f"i{second % 90:03d}", time=START + second * 20 * SECOND)
    assert engine.hygiene()["huge_sessions"] == 1
    engine.observe("crawler", "i001", time=START + 1000 * 20 * SECOND)
    assert engine.hygiene()["huge_sessions"] == 1


def test_a_late_second_event_makes_a_session_of_two(bundle: aisle.Bundle) -> None:
    engine = aisle.Engine(bundle)
    engine.observe("v", "i001", time=START + MINUTE)
    assert engine.hygiene()["one_event_sessions"] == 1
    assert engine.observe("v", "i002", time=START) == "reordered"
    assert engine.hygiene()["one_event_sessions"] == 0


def test_own_slates_count_as_shown(bundle: aisle.Bundle) -> None:
    engine = aisle.Engine(bundle)
    slate = engine.recommend("v", k=2, time=START)
    engine.recommend("w", k=2, time=START)
    engine.observe("v", slate.items[1], "click", START + SECOND)
    engine.observe("w", "never shown", "click", START + SECOND)
    assert engine.hygiene()["clicks"] == {"count": 2, "without_impressions": 1, "share": 0.5}
    for kind in ("impression", "click", "purchase"):
        engine.outcome(slate.id, slate.items[1], kind)
    engine.outcome(slate.id, "never shown", "click")
    seen = engine.hygiene()
    assert seen["slates"] == {"count": 2, "without_clicks": 1, "share": 0.5}
    assert seen["outcomes"] == {"count": 4, "without_slates": 1, "share": 0.25}
    assert seen["impressions"] == {"count": 0, "without_clicks": 0, "share": 0.0}


def test_a_forgotten_visitor_was_shown_nothing(bundle: aisle.Bundle) -> None:
    engine = aisle.Engine(bundle)
    slate = engine.recommend("v", k=1, time=START)
    engine.observe("v", "told", "impression", START)
    engine.forget("v")
    engine.observe("v", slate.items[0], "click", START + SECOND)
    engine.observe("v", "told", "click", START + SECOND)
    assert engine.hygiene()["clicks"]["without_impressions"] == 2


@pytest.mark.parametrize(
    ("limits", "rule", "pause"),
    [
        ({"bot_burst": 11, "bot_burst_seconds": 60}, "burst", 4 * SECOND),
        ({"bot_dwell": 6}, "no_dwell", 4 * SECOND),
        ({"bot_regularity": 2}, "regular", 4 * SECOND),
    ],
)
def test_machines_are_where_the_shop_draws_the_line(
    bundle: aisle.Bundle, limits: dict[str, Any], rule: str, pause: int
) -> None:
    times = [START + step * pause + step % 3 * SECOND for step in range(11)]

    def told(engine: aisle.Engine) -> int:
        for time in times:
            engine.observe("v", "i001", time=time)
        found: int = engine.hygiene()["bots"][rule]
        return found

    assert told(aisle.Engine(bundle)) == 0
    assert told(aisle.Engine(bundle, hygiene=aisle.hygiene.Limits(**limits))) == 1


def test_limits_that_are_none(bundle: aisle.Bundle) -> None:
    with pytest.raises(aisle.ConfigError, match=r"hygiene is \{'bot_burst': 3\}; it is aisle"):
        aisle.Engine(bundle, hygiene={"bot_burst": 3})  # type: ignore[arg-type]
