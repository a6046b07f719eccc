"""Input that would bend the numbers: the warning says by how much; good input warns of nothing."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aisle
from aisle import evaluate

sys.path.insert(0, str(Path(__file__).parent))
from models_for_tests import Scores, log

Doubt = evaluate.EvaluationWarning


def test_good_input_warns_of_nothing_and_has_no_notes() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report = evaluate.next_item(Scores({"a": 3, "b": 2, "c": 1}), log("abca"), k=2)
    assert report.notes == ()
    assert "NOTE" not in str(report)


def test_a_warning_points_at_the_call() -> None:
    with pytest.warns(Doubt) as caught:
        evaluate.next_item(Scores({"a": 1, "b": 2}), log("ab"), k=9)
    assert caught[0].filename == __file__


def test_a_k_above_the_catalogue_makes_every_target_a_hit() -> None:
    with pytest.warns(Doubt, match=r"k=9 is more than the 2 items.*HR@9"):
        report = evaluate.next_item(Scores({"a": 1, "b": 2}), log("ab"), k=(1, 9))
    assert report["HR@9"] == 1.0
    assert "k=9 is more" in str(report)
    assert report.to_dict()["notes"] == list(report.notes)


def test_sessions_shared_with_training_are_told_with_their_part_of_the_figure() -> None:
    train = {"session": [1, 1, 2, 2], "item": list("abba"), "time": [0, 1, 2, 3]}
    test = {"session": [2, 2, 3, 3], "item": list("bacb"), "time": [2, 3, 8, 9]}
    model = Scores({"a": 3, "b": 2, "c": 1})
    with pytest.warns(Doubt) as caught:
        evaluate.next_item(model, test, k=1, train=train)
    (told,) = (str(one.message) for one in caught)
    assert "1 of 2 test sessions are in the training log too" in told
    assert "HR@1 is 1.0000 on them and 0.0000 on the others" in told


def test_training_events_from_after_the_targets_are_told_where_times_are_dates() -> None:
    model = Scores({"a": 3, "b": 2, "c": 1})
    for start, said in ((10**15, True), (0, False)):
        train = {"session": [1, 1, 4, 4], "item": list("abba"), "time": [0, 1, 6, 7]}
        test = {"session": [2, 2, 3, 3], "item": list("bacb"), "time": [2, 3, 8, 9]}
        for log_ in (train, test):
            log_["time"] = [start + n for n in log_["time"]]
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            evaluate.next_item(model, test, k=1, train=train)
        told = [str(one.message) for one in caught]
        assert any("2 of 4 training events are later than half" in one for one in told) == said


def test_without_session_ids_shared_events_are_found() -> None:
    train = {"visitor": list("vvww"), "item": list("abba"), "time": [0, 1, 2, 3]}
    test = {"visitor": list("wwxx"), "item": list("bacb"), "time": [2, 3, 8, 9]}
    with pytest.warns(Doubt, match="1 of 2 test sessions hold events that are in the training"):
        evaluate.next_item(Scores({"a": 3, "b": 2, "c": 1}), test, k=1, train=train)


def test_a_later_test_with_sessions_of_its_own_is_no_leak() -> None:
    train = {"session": [1, 1], "item": list("ab"), "time": [0, 1]}
    test = {"session": [2, 2], "item": list("ba"), "time": [2, 3]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        evaluate.next_item(Scores({"a": 2, "b": 1, "c": 0}), test, k=1, train=train)


def test_scores_that_are_all_one_are_told_with_both_figures() -> None:
    model = Scores(dict.fromkeys("abcdefghij", 1.0))
    with pytest.warns(Doubt, match=r"60% of the targets.*0\.0000 with ties against.*0\.6000"):
        evaluate.next_item(model, log(*["abcdef"] * 5), k=3)
    with pytest.warns(Doubt, match="goes by 'standard'"):
        report = evaluate.next_item(model, log(*["abcdef"] * 5), k=3, ties="standard")
    assert report["HR@3"] == 1.0


def test_scores_that_are_nan_are_counted() -> None:
    class Broken:
        items_ = ("a", "b", "c")

        def recommend(self, session: Sequence[Any], k: int) -> Any:
            return ["b", "a", "c"][:k], [0.5, np.nan, np.nan][:k]

    with pytest.warns(Doubt, match=r"3 of 3 answers hold scores that are nan.*2 targets have no"):
        report = evaluate.next_item(Broken(), log("abac"), k=2)
    assert report.ranks.tolist() == [1, 0, 0]


def test_vectors_with_nan_and_items_without_a_price_are_told() -> None:
    model = Scores({"a": 3, "b": 2, "c": 1})
    vectors = {"a": [1.0, np.nan], "b": [0.0, 1.0], "c": [1.0, 0.0]}
    with pytest.warns(Doubt, match=r"1 of 3 vectors hold nan.*item 'a'"):
        report = evaluate.next_item(model, log("abca"), k=2, vectors=vectors)
    assert np.isnan(report["diversity@2"])  # of a and b only b has one
    items = aisle.read_items({"item": ["a", "b"], "price": [1.0, 2.0]})
    with pytest.warns(Doubt, match=r"1 of the model's 3 items have no 'price'"):
        report = evaluate.next_item(model, log("abca"), k=2, items=items)
    assert report["revenue@2"] == pytest.approx((2 + 1) / 2)


def test_a_model_that_is_not_fitted_says_what_to_do() -> None:
    events = aisle.Events.from_columns(visitor="v", item=["a", "b"], time=[1, 2], time_unit="s")
    with pytest.raises(ValueError, match=r"Popularity is not fitted.*fit\(events\)"):
        evaluate.next_item(aisle.models.Popularity(), events, k=1)


def test_a_score_too_few_is_an_error() -> None:
    class Short:
        items_ = ("a", "b", "c")

        def recommend(self, session: Sequence[Any], k: int) -> Any:
            return ["a", "b"], [1.0]

    with pytest.raises(ValueError, match="2 items and 1 scores"):
        evaluate.next_item(Short(), log("ab"), k=1)
