"""next_item: which targets are asked, what is dropped, how ties and lists become ranks."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle import ConfigError, evaluate

sys.path.insert(0, str(Path(__file__).parent))
from models_for_tests import Scores, log

# Small catalogues: that a cut is above them is said, and tested in test_doubts.py.
pytestmark = pytest.mark.filterwarnings("ignore:k=")


def test_each_click_but_the_last_is_a_question() -> None:
    model = Scores({"a": 3, "b": 2, "c": 1})
    report = evaluate.next_item(model, log("abca", "cb"), k=2)
    assert model.asked == [["a"], ["a", "b"], ["a", "b", "c"], ["c"]]
    assert report.ranks.tolist() == [2, 3, 1, 2]
    assert report["HR@2"] == 0.75
    assert report["MRR@2"] == pytest.approx((1 / 2 + 0 + 1 + 1 / 2) / 4)
    assert (report.n_events, report.n_sessions) == (4, 2)


def test_the_order_is_time_and_not_the_place_in_the_log() -> None:
    model = Scores({"a": 1, "b": 2, "c": 3})
    columns = {"session": [1, 1, 1], "item": ["c", "a", "b"], "time": [30, 10, 20]}
    with pytest.warns(evaluate.EvaluationWarning, match=r"backwards at 1 of 3.*2 of 2 targets"):
        evaluate.next_item(model, columns, k=1)
    assert model.asked == [["a"], ["a", "b"]]


def test_repeats_are_kept_and_reported_apart() -> None:
    report = evaluate.next_item(Scores({"a": 2, "b": 1}), log("aab"), k=1)
    assert report.slices["seen before"]["repeat"] == {"events": 1, "HR": 1.0, "MRR": 1.0}
    assert report.slices["seen before"]["explore"]["HR"] == 0.0


def test_unknown_items_are_dropped_then_short_sessions_and_both_are_counted() -> None:
    model = Scores({"a": 2, "b": 1})
    report = evaluate.next_item(model, log("axb", "ax", "xy", "b"), k=1)
    assert model.asked == [["a"]]
    assert report.n_events == 1
    assert list(report.dropped.values()) == [4, 3]
    assert "left out" in str(report)


def test_unknown_items_are_misses_when_asked_for() -> None:
    model = Scores({"a": 2, "b": 1})
    report = evaluate.next_item(model, log("axb"), k=2, unknown="miss")
    assert model.asked == [["a"], ["a", "x"]]
    assert report.ranks.tolist() == [0, 2]
    assert list(report.dropped.values()) == [0, 0]


def test_a_tie_over_the_end_of_the_list_is_a_miss() -> None:
    model = Scores({"a": 5, "b": 1, "c": 1, "d": 1})
    assert evaluate.next_item(model, log("ab"), k=2)["HR@2"] == 0.0
    assert evaluate.next_item(model, log("ab"), k=4)["MRR@4"] == 0.25


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from([1.0, 2.0, 3.0]), min_size=2),
    st.integers(1, 9),
    st.data(),
)
def test_hits_and_reciprocal_ranks_are_those_of_the_full_ranking(
    scores: dict[str, float], k: int, data: st.DataObject
) -> None:
    target = data.draw(st.sampled_from(sorted(scores)))
    report = evaluate.next_item(Scores(scores), log(f"{sorted(scores)[0]}{target}"), k=k)
    rank = sum(score >= scores[target] for score in scores.values())
    assert report[f"HR@{k}"] == (1.0 if rank <= k else 0.0)
    assert report[f"MRR@{k}"] == (pytest.approx(1 / rank) if rank <= k else 0.0)


def test_integers_and_their_strings_are_one_id() -> None:
    model = Scores({"1": 2, "2": 1})
    report = evaluate.next_item(model, {"session": [1, 1], "item": [1, 2], "time": [0, 1]}, k=2)
    assert report.ranks.tolist() == [2]


def test_a_model_without_scores_is_ranked_by_place() -> None:
    class Plain:
        def recommend(self, session: Sequence[Any], k: int) -> list[str]:
            return ["b", "a"][:k]

    report = evaluate.next_item(Plain(), log("ab", "ba"), k=2)
    assert report.ranks.tolist() == [1, 2]
    assert report.model == "Plain"


def test_carts_are_no_targets_where_there_are_views_and_purchases_are_where_there_are_none() -> (
    None
):
    model = Scores({"a": 2, "b": 1})
    columns = {"session": [1, 1, 1], "item": ["a", "a", "b"], "time": [0, 1, 2]}
    assert (
        evaluate.next_item(model, columns | {"type": ["view", "cart", "view"]}, k=1).n_events == 1
    )
    assert evaluate.next_item(model, columns | {"type": ["purchase"] * 3}, k=1).n_events == 2


def test_without_sessions_a_visitor_is_cut_at_half_an_hour() -> None:
    model = Scores({"a": 2, "b": 1})
    minute = 60_000_000
    columns = {
        "visitor": ["v"] * 4,
        "item": list("abab"),
        "time": [0, minute, 40 * minute, 70 * minute],
    }
    evaluate.next_item(model, columns, k=1)
    assert model.asked == [["a"], ["a"]]


def test_coverage_counts_what_was_recommended() -> None:
    assert (
        evaluate.next_item(Scores({"a": 3, "b": 2, "c": 1, "d": 0}), log("ab"), k=1).coverage
        == 0.25
    )


def test_a_limit_stops_after_so_many_targets() -> None:
    model = Scores({"a": 2, "b": 1})
    assert evaluate.next_item(model, log("abab", "ab"), k=1, max_events=2).n_events == 2
    assert len(model.asked) == 2


def test_nothing_to_evaluate_is_a_report_of_nothing() -> None:
    with pytest.warns(evaluate.EvaluationWarning, match="nothing to ask"):
        report = evaluate.next_item(Scores({"a": 1}), log("a", "a"), k=1)
    assert report.n_events == 0
    assert math.isnan(report["HR@1"])
    assert json.loads(report.to_json())["metrics"]["HR@1"] is None
    assert "0 targets" in str(report)


class Says:
    """Answers whatever it was given."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def recommend(self, session: Sequence[Any], k: int) -> Any:
        return self.answer


@pytest.mark.parametrize(
    ("answer", "told"),
    [([("a", 0.5), ("b", 0.1)], "pairs"), (None, "NoneType"), ({"a": 0.5}, "dict")],
)
def test_an_answer_of_another_shape_is_refused(answer: Any, told: str) -> None:
    with pytest.raises(ConfigError, match=f"gave {told}"):
        evaluate.next_item(Says(answer), log("ab", "ba"), k=1)


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(ConfigError, match="Says is a class"):
        evaluate.next_item(Says, log("ab"), k=1)
    with pytest.raises(ConfigError, match="got function"):
        evaluate.next_item(lambda session, k: [], log("ab"), k=1)


def test_json_is_a_text_and_no_file() -> None:
    report = evaluate.next_item(Scores({"a": 2, "b": 1}), log("ab", "ba"), k=1)
    with pytest.raises(ConfigError, match="write_text"):
        report.to_json("report.json")  # type: ignore[arg-type]


def test_a_report_is_a_mapping_a_table_json_and_html() -> None:
    report = evaluate.next_item(
        Scores({"a": 3, "b": 2, "c": 1}), log("abca", "cb", "cca"), k=(1, 2)
    )
    assert set(report) == {f"{name}@{k}" for name in ("HR", "MRR", "NDCG") for k in (1, 2)}
    assert dict(report) == report.metrics
    assert all(low <= report[name] <= high for name, (low, high) in report.ci.items())
    assert {"p50", "p90", "p99"} == set(report.latency)
    data = json.loads(report.to_json())
    assert data["events"] == report.n_events == 6
    assert data["metrics"]["HR@2"] == report["HR@2"]
    assert "HR@2" in str(report)
    assert "<table" in report._repr_html_()
    assert "events=6" in repr(report)


def test_an_unknown_metric_names_its_neighbours() -> None:
    report = evaluate.next_item(Scores({"a": 1, "b": 2}), log("ab"), k=20)
    with pytest.raises(KeyError, match="HR@20"):
        report["HR@2"]
    assert "Recall@20" not in report


def test_positions_and_popularity_are_slices_of_all_targets() -> None:
    model = Scores({"a": 3, "b": 2, "c": 1})
    model.counts_ = np.array([9, 5, 1])  # type: ignore[attr-defined]
    report = evaluate.next_item(model, log("abcabcabcabc", "cb"), k=2)
    for rows in report.slices.values():
        assert sum(row["events"] for row in rows.values()) == report.n_events
    assert set(report.slices) == {"clicks known", "seen before", "popularity tenth"}


@pytest.mark.parametrize("k", [0, -3, True, "20", 2.5, (), (5, 0), 10**7, None])
def test_a_wrong_k_is_refused_by_name(k: Any) -> None:
    with pytest.raises(ValueError, match="k must be an integer"):
        evaluate.next_item(Scores({"a": 1, "b": 1}), log("ab"), k=k)


def test_other_wrong_options_are_named() -> None:
    with pytest.raises(ValueError, match=r"unknown.*'keep'"):
        evaluate.next_item(Scores({"a": 1}), log("ab"), unknown="keep")
    with pytest.raises(ValueError, match="max_events"):
        evaluate.next_item(Scores({"a": 1}), log("ab"), max_events=0)
    with pytest.raises(ValueError, match="'item'"):
        evaluate.next_item(Scores({"a": 1}), {"session": [1], "time": [0]})
    with pytest.raises(ValueError, match="read_events"):
        evaluate.next_item(Scores({"a": 1}), "log.csv")


def test_a_report_draws_itself() -> None:
    pytest.importorskip("matplotlib", reason="the extra plot is not installed")
    report = evaluate.next_item(
        Scores({"a": 3, "b": 2, "c": 1}), log("abca", "cb", "cca"), k=(1, 2)
    )
    assert len(report.plot().axes) == 3


def test_events_and_a_dict_of_their_columns_are_one_log() -> None:
    from aisle.events import Events

    columns = {"session": [1, 1, 1, 2, 2], "item": list("abcab"), "time": [0, 1, 2, 3, 4]}
    events = Events.from_columns(visitor=columns["session"], time_unit="us", **columns)
    reports = [
        evaluate.next_item(Scores({"a": 3, "b": 2, "c": 1}), log) for log in (columns, events)
    ]
    np.testing.assert_array_equal(reports[0].ranks, reports[1].ranks)


def test_a_model_of_the_core_and_the_same_asked_one_by_one_agree() -> None:
    from aisle.models import CoVisitation
    from aisle.simulate import Shop

    before, after = (events := Shop(items=120, visitors=400, days=6, seed=1).events()).split(
        at=int(np.quantile(events.time, 0.7))
    )
    model = CoVisitation().fit(before)

    class Asked:
        items_ = before.items.tolist()

        def recommend(self, session: Sequence[Any], k: int) -> Any:
            return model.recommend(session, k)

    whole = evaluate.next_item(model, after, k=(5, 20))
    asked = evaluate.next_item(Asked(), after, k=(5, 20))
    assert whole.n_events == asked.n_events > 300
    assert dict(whole) == pytest.approx(dict(asked))
    assert whole.coverage == pytest.approx(asked.coverage)
    for title in ("clicks known", "seen before"):
        for name, row in whole.slices[title].items():
            assert row == pytest.approx(asked.slices[title][name])
