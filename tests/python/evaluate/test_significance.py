"""Paired tests: right on made-up differences, by session, aligned by the row of the target."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import aisle
from aisle import evaluate
from aisle.evaluate.significance import holm, permutation_p

sys.path.insert(0, str(Path(__file__).parent))
from models_for_tests import Scores, log


@given(st.lists(st.integers(-3, 3), min_size=2, max_size=8))
def test_the_p_value_is_near_that_of_all_swaps(sums: list[int]) -> None:
    values, sessions = np.array(sums, np.float64), np.arange(len(sums))
    signs = itertools.product([1, -1], repeat=len(sums))
    drawn = [abs(sum(s * v for s, v in zip(sign, sums, strict=True))) for sign in signs]
    exact = np.mean([one >= abs(sum(sums)) for one in drawn])
    assert permutation_p(values, sessions) == pytest.approx(exact, abs=0.025)


def test_sessions_are_swapped_and_not_events() -> None:
    rng = np.random.default_rng(0)
    of_session = rng.normal(0.15, 1, 60)
    many, sessions = np.repeat(of_session, 100), np.repeat(np.arange(60), 100)
    by_session = permutation_p(many, sessions)
    assert by_session == pytest.approx(permutation_p(of_session, np.arange(60)), abs=0.02)
    assert permutation_p(many, np.arange(6_000)) < 0.01 < by_session


def test_a_p_value_is_uniform_when_nothing_differs() -> None:
    rng = np.random.default_rng(1)
    found = [permutation_p(rng.normal(0, 1, 50), np.arange(50), seed=n) for n in range(150)]
    assert 0.4 < np.mean(found) < 0.6
    assert np.mean(np.array(found) < 0.1) < 0.2


def test_many_sessions_in_blocks_tell_the_same() -> None:
    rng = np.random.default_rng(2)
    assert permutation_p(rng.normal(0.1, 1, 20_000), np.arange(20_000)) < 0.001
    # z = 1.5 gives .134.
    values = rng.normal(0, 1, 20_000)
    values += 1.5 * values.std() / np.sqrt(20_000) - values.mean()
    assert permutation_p(values, np.arange(20_000)) == pytest.approx(0.134, abs=0.03)


def test_no_difference_is_a_p_of_1() -> None:
    assert permutation_p(np.zeros(9), np.arange(9)) == 1.0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holm_only_raises_and_keeps_the_order(p: list[float]) -> None:
    adjusted = holm(p)
    assert all(b >= a and b <= 1 for a, b in zip(p, adjusted, strict=True))
    assert min(adjusted) == pytest.approx(min(1.0, min(p) * len(p)))
    order = np.argsort(p, kind="stable")
    assert np.all(np.diff(np.array(adjusted)[order]) >= 0)


def models() -> dict[str, evaluate.Report]:
    words = ["abcabc", "cabcab", "bcabca"] * 12
    return {
        name: evaluate.next_item(Scores(scores), log(*words), k=1)
        for name, scores in {
            "a": {"a": 3.0, "b": 2.0, "c": 1.0},
            "b": {"a": 2.0, "b": 3.0, "c": 1.0},
            "same": {"a": 3.0, "b": 2.0, "c": 1.0},
        }.items()
    }


def test_a_comparison_tests_every_pair_or_each_against_a_baseline() -> None:
    both = evaluate.compare(models())
    found = both.test("HR@1")
    assert [(one.a, one.b) for one in found] == [("a", "b"), ("a", "same"), ("b", "same")]
    assert found[1].difference == 0.0
    assert found[1].p_value == 1.0
    assert all(one.p_adjusted >= one.p_value for one in found)
    assert found[0].ci[0] <= found[0].difference <= found[0].ci[1]
    against = both.test("HR@1", baseline="a")
    assert [(one.a, one.b) for one in against] == [("b", "a"), ("same", "a")]
    assert against[0].difference == pytest.approx(-found[0].difference)
    assert "after Holm" in str(found[0])
    with pytest.raises(ValueError, match="no report 'z'"):
        both.test("HR@1", baseline="z")


def test_reports_with_other_targets_are_paired_on_those_that_both_have() -> None:
    words = ["abcx", "axbc"] * 10
    wide = evaluate.next_item(Scores({"a": 4, "b": 3, "c": 2, "x": 1}), log(*words), k=1)
    small = evaluate.next_item(Scores({"a": 3, "b": 2, "c": 1}), log(*words), k=1)
    (found,) = evaluate.paired_tests({"wide": wide, "small": small}, "HR@1")
    assert found.events == small.n_events == 40
    assert found.left_out == wide.n_events - 40 == 20
    assert "not the same targets" in str(evaluate.compare({"wide": wide, "small": small}))


def test_reports_of_other_logs_are_refused() -> None:
    model = Scores({"a": 2, "b": 1})
    reports = {
        "one": evaluate.next_item(model, log("ab", "abab"), k=1),
        "two": evaluate.next_item(model, log("abab", "ab"), k=1),
    }
    with pytest.raises(ValueError, match="not reports of one test log"):
        evaluate.paired_tests(reports, "HR@1")
    with pytest.raises(KeyError, match="HR@1"):
        reports["one"].each("HR@2")


def test_models_are_compared_on_a_test_log_and_choices_that_differ_are_said() -> None:
    log_ = aisle.simulate.Shop(items=80, visitors=2_000, days=5, seed=5).events()
    train, test, *_ = evaluate.time_split(log_, share=0.8)
    fitted = {
        "popular": aisle.models.Popularity().fit(train),
        "pairs": aisle.models.CoVisitation().fit(train),
    }
    both = evaluate.compare(fitted, test, k=10)
    assert both.best("HR@10") == "pairs"
    (found,) = both.test("HR@10")
    assert found.p_value < 0.01
    assert found.ci[1] < 0
    assert "not the same" not in str(both)
    other = evaluate.next_item(fitted["pairs"], test, k=10, ties="standard")
    assert "not the same ties" in str(evaluate.compare({"a": both["pairs"], "b": other}))
    with pytest.raises(ValueError, match="give compare a test log"):
        evaluate.compare(fitted)
    pytest.importorskip("matplotlib", reason="the extra plot is not installed")
    assert len(both.plot().axes) == 4
