"""The choices of next_item: what each does to targets, ranks and lists, and that it is said."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aisle
from aisle import evaluate

sys.path.insert(0, str(Path(__file__).parent))
from models_for_tests import Scores, log

pytestmark = pytest.mark.filterwarnings("ignore:k=")


def shop() -> tuple[Any, Any]:
    events = aisle.simulate.Shop(items=120, visitors=400, days=6, seed=1).events()
    before, after, *_ = evaluate.time_split(events, share=0.7)
    return before, after


class Asked:
    """A model of the core, asked one session at a time."""

    def __init__(self, model: Any, ids: list[Any]) -> None:
        self.model, self.items_ = model, ids
        self.counts_ = model._popularity

    def recommend(self, session: Sequence[Any], k: int) -> Any:
        return self.model.recommend(session, k)


@pytest.mark.parametrize(("ties", "rank"), [("conservative", 3), ("standard", 2), ("mean", 2.5)])
def test_ties_put_the_target_where_the_rule_says(ties: str, rank: float) -> None:
    model = Scores({"a": 3, "b": 2, "c": 2, "d": 1})
    report = evaluate.next_item(model, log("ac"), k=4, ties=ties)
    assert report.ranks.tolist() == [rank]
    assert report["MRR@4"] == pytest.approx(1 / rank)
    assert ties in report.protocol["ties"]


def test_the_mean_rule_sees_a_tie_beyond_the_end_of_the_list() -> None:
    model = Scores({"a": 3, **dict.fromkeys("bcdefghij", 2.0)})
    report = evaluate.next_item(model, log("ab"), k=2, ties="mean")
    assert report.ranks.tolist() == [6.0]


@pytest.mark.parametrize("ties", ["conservative", "standard", "mean"])
@pytest.mark.parametrize("repeats", ["keep", "drop", "drop_any"])
@pytest.mark.parametrize("exclude_seen", [False, True])
def test_the_core_and_the_same_model_asked_one_by_one_agree(
    ties: str, repeats: str, exclude_seen: bool
) -> None:
    before, after = shop()
    model = aisle.models.CoVisitation().fit(before)
    chosen = {"ties": ties, "repeats": repeats, "exclude_seen": exclude_seen, "max_events": 150}
    whole = evaluate.next_item(model, after, k=(5, 20), **chosen)
    single = evaluate.next_item(Asked(model, before.items.tolist()), after, k=(5, 20), **chosen)
    assert dict(whole) == pytest.approx(dict(single))
    assert whole.beyond == pytest.approx(single.beyond)
    for title, rows in whole.slices.items():
        for name, row in rows.items():
            assert row == pytest.approx(single.slices[title][name], nan_ok=True)


@pytest.mark.filterwarnings("ignore:scores are tied")
def test_several_targets_agree_between_the_core_and_one_by_one() -> None:
    before, after = shop()
    model = aisle.models.VSKNN(k=50).fit(before)
    whole = evaluate.next_item(model, after, k=(5, 20), targets="all", max_events=200)
    single = evaluate.next_item(
        Asked(model, before.items.tolist()), after, k=(5, 20), targets="all", max_events=200
    )
    assert dict(whole) == pytest.approx(dict(single))
    assert {"Recall@20", "Precision@5", "MAP@20"} < set(whole)


def test_all_targets_are_what_follows_in_the_session_each_item_once() -> None:
    model = Scores({"a": 4, "b": 3, "c": 2, "d": 1})
    report = evaluate.next_item(model, log("dcbb"), k=3, targets="all")
    # After d: c and b, of the first three; after c: b; after b: b.
    assert report.each("Recall@3").tolist() == [1.0, 1.0, 1.0]
    assert report["Precision@3"] == pytest.approx((2 + 1 + 1) / 9)
    assert report.each("MAP@3").tolist() == pytest.approx([(1 / 2 + 2 / 3) / 2, 1 / 2, 1 / 2])
    assert "Recall" in report.slices["seen before"]["repeat"]


@pytest.mark.parametrize(
    ("repeats", "asked", "dropped"),
    [
        ("keep", [["a"], ["a", "a"], ["a", "a", "b"]], None),
        ("drop", [["a"], ["a", "b"]], 1),
        ("drop_any", [["a"]], 2),
    ],
)
def test_repeats_are_dropped_as_said(
    repeats: str, asked: list[list[str]], dropped: int | None
) -> None:
    model = Scores({"a": 2, "b": 1})
    report = evaluate.next_item(model, log("aaba"), k=1, repeats=repeats)
    assert model.asked == asked
    assert report.dropped.get("repeated clicks") == dropped


def test_seen_items_are_left_out_and_a_seen_target_is_a_miss() -> None:
    model = Scores({"a": 3, "b": 2, "c": 1})
    report = evaluate.next_item(model, log("aba"), k=1, exclude_seen=True)
    assert report.ranks.tolist() == [1, 0]
    assert report.protocol["seen items"] == "not recommended"


class Clock:
    """Ranks as the core does, and remembers what it was asked with."""

    def __init__(self, events: Any) -> None:
        base = aisle.models.Popularity().fit(events)
        self.n_items_, self._items = base.n_items_, base._items
        self._popularity, self._numbers_of = base._popularity, base._numbers_of
        self.asked: list[dict[str, Any]] = []

    def _rank_queries(self, offsets: Any, items: Any, targets: Any, **asked: Any) -> Any:
        self.asked.append({"offsets": offsets, "items": items, **asked})
        n = len(targets)
        return np.ones(n, int), np.zeros(n, int), np.ones(n), np.zeros((n, asked["k"]), int), None


@pytest.mark.parametrize(
    ("request_time", "expected"),
    [("last", [1, 5_000_001]), ("target", [5_000_000, 9_000_000]), (2.5, [2_500_000, 7_500_000])],
)
def test_the_request_time_is_the_one_that_was_chosen(
    request_time: Any, expected: list[int]
) -> None:
    events = aisle.Events.from_columns(
        visitor="v", item=list("xyx"), time=[10**15, 10**15 + 5_000_000, 10**15 + 9_000_000]
    )
    model = Clock(events)
    evaluate.next_item(model, events, k=1, request_time=request_time)
    (asked,) = model.asked
    assert (asked["request"] - 10**15).tolist() == expected
    assert (asked["times"] - 10**15).tolist() == [0, 0, 5_000_000]
    assert asked["types"].tolist() == [0, 0, 0]


def test_long_prefixes_go_to_the_model_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = shop()
    model = aisle.models.CoVisitation().fit(before)
    whole = evaluate.next_item(model, after, k=5)
    monkeypatch.setattr(evaluate.questions, "PREFIX_ROWS", 7)
    np.testing.assert_array_equal(evaluate.next_item(model, after, k=5).ranks, whole.ranks)


def test_sampled_negatives_have_names_of_their_own_and_are_too_kind() -> None:
    before, after = shop()
    model = aisle.models.Popularity().fit(before)
    report = evaluate.next_item(model, after, k=10, negatives=20)
    assert report["HR@10 (20 sampled)"] > report["HR@10"] + 0.2
    assert report["HR@10"] == evaluate.next_item(model, after, k=10)["HR@10"]
    assert "SAMPLED" in str(report)
    assert "SAMPLED" in report.protocol["negatives"]
    # Among all the others, the sampled rank is the rank.
    others = model.n_items_ - 1
    many = evaluate.next_item(model, after, k=10, negatives=others)
    assert many[f"HR@10 ({others} sampled)"] == pytest.approx(report["HR@10"])


def test_attributes_vectors_segments_and_training_log_fill_the_report() -> None:
    before, after = shop()
    model = aisle.models.CoVisitation().fit(before)
    ids = before.items.tolist()
    table = {"item": ids, "style": ["s" if n % 2 else "t" for n in range(len(ids))]}
    table["price"] = [float(n) for n in range(len(ids))]
    rng = np.random.default_rng(1)
    segments = {visitor: "even" if n % 2 else "odd" for n, visitor in enumerate(after.visitors)}
    report = evaluate.next_item(
        model, after, k=10, train=before, segments=segments,
        items=aisle.read_items(table), vectors=(ids, rng.random((len(ids), 3))),
    )  # fmt: skip
    assert set(report.beyond) == {
        f"{name}@10"
        for name in (
            "coverage", "gini", "popularity", "novelty", "serendipity", "diversity",
            "label diversity", "calibration", "revenue", "revenue-weighted HR",
        )
    }  # fmt: skip
    assert all(np.isfinite(value) for value in report.beyond.values())
    assert 0 < report["revenue@10"] < len(ids)
    assert 0.3 < report["label diversity@10"] < 0.7
    assert set(report.slices["segment"]) == {"even", "odd"}
    assert sum(row["events"] for row in report.slices["training events"].values()) == len(
        report.ranks
    )
    json.loads(report.to_json())


def test_revenue_weighs_the_hits() -> None:
    items = aisle.read_items({"item": ["a", "b"], "price": [1.0, 9.0]})
    model = Scores({"a": 2, "b": 1})
    report = evaluate.next_item(model, log("bab"), k=1, items=items)
    assert report.each("HR@1").tolist() == [1.0, 0.0]
    assert report["revenue@1"] == pytest.approx(0.5)
    assert report["revenue-weighted HR@1"] == pytest.approx(0.1)


def test_everything_that_was_chosen_is_said() -> None:
    report = evaluate.next_item(Scores({"a": 2, "b": 1}), log("ab"), k=1)
    said = str(report)
    assert set(report.protocol) >= {
        "protocol", "targets", "candidates", "negatives", "ties", "repeats", "seen items",
        "unknown items", "request time", "intervals",
    }  # fmt: skip
    assert all(text in said for text in report.protocol.values())
    assert json.loads(report.to_json())["protocol"] == report.protocol


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("ties", "best", "ties.*'best'"),
        ("repeats", False, "repeats.*False"),
        ("targets", "last", "targets.*'last'"),
        ("request_time", "now", "request_time.*'now'"),
        ("request_time", -1, "request_time.*-1"),
        ("negatives", 0, "negatives.*0"),
        ("negatives", 50, "negatives=50 is more than the 1 items"),
        ("segments", ["x"], "segments= wants"),
        ("vectors", (["a"], np.ones((2, 2))), "vectors= wants one row"),
    ],
)
def test_a_wrong_choice_is_named(option: str, value: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        evaluate.next_item(Scores({"a": 2, "b": 1}), log("ab"), k=1, **{option: value})


def test_choices_that_do_not_go_together_are_refused() -> None:
    for wrong in ({"ties": "mean"}, {"negatives": 3}):
        with pytest.raises(ValueError, match="one target"):
            evaluate.next_item(Scores({"a": 1}), log("aa"), targets="all", **wrong)
    table = aisle.read_items({"item": ["a"], "style": ["x"]})
    with pytest.raises(KeyError, match="style"):
        evaluate.next_item(Scores({"a": 1}), log("aa"), k=1, items=table, label="stile")
