"""replay: no leak, the right targets, both loops alike, a report over time."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle import evaluate
from aisle.evaluate.log import TYPES, as_log
from aisle.evaluate.metrics import moving_windows
from aisle.evaluate.streaming import followers

MINUTE = 60_000_000


class Follows:
    """Recommends what most often followed the visitor's last item; learns from what it observes."""

    def __init__(self) -> None:
        self.last: dict[Any, Any] = {}
        self.after: dict[Any, Counter[Any]] = defaultdict(Counter)
        self.seen: list[tuple[Any, ...]] = []
        self.requests: list[tuple[Any, int, int]] = []

    def observe(
        self,
        visitor: Any,
        item: Any,
        *,
        type: str,  # noqa: A002
        time: int,
        value: float,
        session: Any,
    ) -> None:
        if visitor in self.last:
            self.after[self.last[visitor]][item] += 1
        self.last[visitor] = item
        self.seen.append((visitor, item, type, time))

    def recommend(
        self, visitor: Any = None, *, k: int, time: int, session: Any = None
    ) -> SimpleNamespace:
        self.requests.append((visitor, time, len(self.seen)))
        last = session[-1] if session is not None else self.last.get(visitor)
        return SimpleNamespace(items=[item for item, _ in self.after[last].most_common(k)])


class Inside(Follows):
    """The same with a loop of its own, as the core has one."""

    def _replay(self, events: Any, rows: Any, following: Any, *, k: int, learn: bool) -> Any:
        log, ranks = as_log(events), []
        for row, target in zip(rows.tolist(), following.tolist(), strict=True):
            visitor = log.visitors[log.visitor[row]]
            self.observe(visitor, log.items[log.item[row]], type=TYPES[log.type[row]],
                         time=int(log.time[row]), value=0.0, session=None)  # fmt: skip
            ranks.append(-1)
            if target >= 0:
                items = self.recommend(visitor, k=k, time=int(log.time[row])).items
                wanted = log.items[log.item[target]]
                ranks[-1] = items.index(wanted) + 1 if wanted in items else 0
        return np.array(ranks, np.int32), np.full(len(rows), 9), np.full(len(rows), 7)


def as_events(columns: dict[str, Any]) -> Any:
    """Columns behind the attributes that `aisle.Events` has."""
    log = as_log(columns)
    return SimpleNamespace(**{name: getattr(log, name) for name in log.__dataclass_fields__})


def clicks(*rows: tuple[str, str, int]) -> dict[str, Any]:
    visitor, item, time = zip(*rows, strict=True)
    return {"visitor": list(visitor), "item": list(item), "time": [t * MINUTE for t in time]}


LOG = clicks(
    ("u", "a", 0), ("v", "a", 1), ("u", "b", 2), ("v", "b", 3), ("u", "c", 4),
    ("w", "a", 5), ("w", "b", 50),
)  # fmt: skip


def test_each_click_that_has_a_next_one_in_its_session_asks_once() -> None:
    engine = Follows()
    report = evaluate.replay(engine, LOG, k=5)
    assert [(visitor, time // MINUTE) for visitor, time, _ in engine.requests] == [
        ("u", 0),
        ("v", 1),
        ("u", 2),
    ]
    assert report.events == 7
    assert report.n_events == 3
    assert report.ranks.tolist() == [0, 0, 0]


def test_what_was_learned_a_moment_ago_is_in_the_next_slate() -> None:
    log = clicks(("u", "a", 0), ("u", "b", 1), ("v", "a", 2), ("v", "b", 3))
    report = evaluate.replay(Follows(), log, k=5)
    assert report.ranks.tolist() == [0, 1]
    assert (report["HR@5"], report["MRR@5"]) == (0.5, 0.5)


rows_of_a_log = st.lists(
    st.tuples(st.sampled_from("uvw"), st.sampled_from("abcd"), st.integers(0, 90)),
    min_size=1,
    max_size=30,
)


@given(rows_of_a_log)
def test_a_request_knows_all_before_it_and_nothing_after(rows: list[tuple[str, str, int]]) -> None:
    engine = Follows()
    evaluate.replay(engine, clicks(*rows), k=3)
    ordered = [(v, i, "view", t * MINUTE) for v, i, t in sorted(rows, key=lambda row: row[2])]
    assert engine.seen == ordered
    for visitor, time, known in engine.requests:
        assert engine.seen[known - 1][0] == visitor  # asked right after the visitor's own event
        assert engine.seen[known - 1][3] == time  # at its time
        assert all(event[3] <= time for event in engine.seen[:known])
        later = [event for event in ordered[known:] if event[0] == visitor]
        assert later  # what is asked for has not been observed
        assert later[0][3] - time <= 30 * MINUTE


@given(rows_of_a_log)
def test_the_loop_inside_the_engine_and_the_one_in_python_agree(
    rows: list[tuple[str, str, int]],
) -> None:
    table = as_events(clicks(*rows))
    outside = evaluate.replay(Follows(), table, k=(1, 3))
    inside = evaluate.replay(Inside(), table, k=(1, 3))
    np.testing.assert_array_equal(outside.ranks, inside.ranks)
    assert outside.n_events == inside.n_events
    assert json.dumps(outside.slices) == json.dumps(inside.slices)


def test_the_loop_inside_the_engine_is_used_when_there_is_one() -> None:
    report = evaluate.replay(Inside(), as_events(LOG), k=3)
    assert report.recommend_us["p50"] == pytest.approx(0.009)
    assert report.observe_us["p99"] == pytest.approx(0.007)


@given(rows_of_a_log)
def test_followers_are_what_a_loop_finds(rows: list[tuple[str, str, int]]) -> None:
    log = as_log(clicks(*rows))
    order = np.argsort(log.time, kind="stable")
    expected = {}
    for place, row in enumerate(order):
        later = [other for other in order[place + 1 :] if log.session[other] == log.session[row]]
        expected[int(row)] = int(later[0]) if later else -1
    assert dict(zip(order.tolist(), followers(log, order).tolist(), strict=True)) == expected


def test_a_cart_is_observed_but_no_target_and_asks_for_the_view_after_it() -> None:
    columns = clicks(("u", "a", 0), ("u", "a", 1), ("u", "b", 2)) | {
        "type": ["view", "cart", "view"]
    }
    engine = Follows()
    report = evaluate.replay(engine, columns, k=3)
    assert [event[2] for event in engine.seen] == ["view", "cart", "view"]
    assert [time // MINUTE for _, time, _ in engine.requests] == [1]
    assert report.n_events == 1


def test_without_learning_nothing_is_observed_and_the_session_is_brought_along() -> None:
    engine = Follows()
    engine.after["a"]["b"] = 1
    report = evaluate.replay(engine, LOG, k=3, learn=False)
    assert engine.seen == []
    assert report.ranks.tolist() == [1, 1, 0]
    assert not report.learn


def test_repeats_and_known_clicks_are_counted_within_the_session() -> None:
    log = clicks(("u", "a", 0), ("u", "a", 1), ("u", "b", 2), ("v", "a", 2), ("v", "b", 3))
    report = evaluate.replay(Follows(), log, k=3)
    assert report.slices["seen before"]["repeat"]["events"] == 1
    assert {name: row["events"] for name, row in report.slices["clicks known"].items()} == {
        "1": 2,
        "2": 1,
    }


def test_a_limit_stops_after_so_many_events() -> None:
    engine = Follows()
    assert evaluate.replay(engine, LOG, k=3, max_events=2).events == len(engine.seen) == 2


def test_a_log_of_nothing_is_a_report_of_nothing() -> None:
    report = evaluate.replay(Follows(), {"visitor": [], "item": [], "time": []}, k=3)
    assert (report.events, report.n_events) == (0, 0)
    assert json.loads(report.to_json())["metrics"]["HR@3"] is None
    assert "0 targets" in str(report)


def test_the_report_says_speed_memory_and_quality_over_time() -> None:
    report = evaluate.replay(Follows(), LOG, k=(1, 5))
    data = json.loads(report.to_json())
    assert {
        "events_per_s",
        "recommend_us",
        "observe_us",
        "peak_rss_mb",
        "latency_us",
        "metrics",
    } <= set(data)
    assert data["events"] == 7
    assert data["peak_rss_mb"] > 10
    assert "events/s" in str(report)
    assert set(data["over_time"]) == {"time", "HR", "MRR", "events"}


def test_moving_windows_follow_the_quality() -> None:
    ranks = np.r_[np.zeros(500, int), np.ones(500, int)]
    line = moving_windows(np.arange(1000), ranks, 20)
    assert line["HR"][0] == 0
    assert line["HR"][-1] == 1
    assert (np.diff(line["HR"]) >= 0).all()
    assert line["time"][-1] == 999


def test_reports_side_by_side_mark_the_best() -> None:
    better = Follows()
    better.after["a"]["b"] = 1
    both = evaluate.compare(
        {"cold": evaluate.replay(Follows(), LOG, k=3), "warm": evaluate.replay(better, LOG, k=3)}
    )
    assert both.best("HR@3") == "warm"
    line = next(line for line in str(both).splitlines() if line.startswith("warm"))
    assert "*" in line
    assert set(both) == {"cold", "warm"}
    assert "<table" in both._repr_html_()
    assert json.dumps(both.to_dict())
    with pytest.raises(ValueError, match="at least one"):
        evaluate.compare({})


def test_replays_and_comparisons_draw_themselves() -> None:
    pytest.importorskip("matplotlib", reason="the extra plot is not installed")
    report = evaluate.replay(Follows(), LOG, k=3)
    assert len(report.plot().axes) == 2
    assert len(evaluate.compare({"one": report, "two": report}).plot().axes) == 4
