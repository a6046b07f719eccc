"""Metrics from ranks: golden numbers by hand, ranks against an obvious reference."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.evaluate import metrics

RANKS = np.array([1, 2, 4, 0, 21, 20])


def test_the_metrics_are_those_counted_by_hand() -> None:
    found = metrics.summary(RANKS, (1, 3, 20))
    assert found["HR@1"] == pytest.approx(1 / 6)
    assert found["HR@3"] == pytest.approx(2 / 6)
    assert found["HR@20"] == pytest.approx(4 / 6)
    assert found["MRR@3"] == pytest.approx((1 + 1 / 2) / 6)
    assert found["MRR@20"] == pytest.approx((1 + 1 / 2 + 1 / 4 + 1 / 20) / 6)
    assert found["NDCG@3"] == pytest.approx((1 + 1 / math.log2(3)) / 6)
    assert found["NDCG@20"] == pytest.approx(
        (1 + 1 / math.log2(3) + 1 / math.log2(5) + 1 / math.log2(21)) / 6
    )


def test_no_events_give_nan_and_no_warning() -> None:
    assert all(math.isnan(value) for value in metrics.summary(np.array([], int), (20,)).values())


def test_a_tie_counts_against_the_target() -> None:
    scores = np.array([[0.3, 0.3, 0.3, 0.9], [0.0, 0.0, 0.0, 0.0]])
    assert metrics.conservative_ranks(scores, np.array([0, 2])).tolist() == [4, 4]


def test_an_item_without_a_score_has_no_rank() -> None:
    scores = np.array([[np.nan, 0.2, np.nan]])
    assert metrics.conservative_ranks(scores, np.array([0])).tolist() == [0]
    assert metrics.conservative_ranks(scores, np.array([1])).tolist() == [1]


@given(st.data())
def test_ranks_are_what_counting_gives(data: st.DataObject) -> None:
    score = st.sampled_from([0.0, 0.1, 0.2, 0.5, 1.0, math.nan, -math.inf])
    rows = data.draw(st.lists(st.lists(score, min_size=4, max_size=4), min_size=1, max_size=6))
    targets = data.draw(st.lists(st.integers(0, 3), min_size=len(rows), max_size=len(rows)))
    expected = []
    for row, target in zip(rows, targets, strict=True):
        better = [s for s in row if s > row[target]]
        equal = [s for s in row if s == row[target]]
        expected.append(len(better) + len(equal) if equal else 0)
    assert metrics.conservative_ranks(np.array(rows), np.array(targets)).tolist() == expected


@given(st.lists(st.integers(0, 50), min_size=1, max_size=40), st.integers(1, 30))
def test_metrics_are_what_a_loop_gives(ranks: list[int], k: int) -> None:
    found = metrics.summary(np.array(ranks), (k,))
    inside = [rank for rank in ranks if 1 <= rank <= k]
    assert found[f"HR@{k}"] == pytest.approx(len(inside) / len(ranks))
    assert found[f"MRR@{k}"] == pytest.approx(sum(1 / rank for rank in inside) / len(ranks))
    assert found[f"NDCG@{k}"] == pytest.approx(
        sum(1 / math.log2(rank + 1) for rank in inside) / len(ranks)
    )


def test_coverage_and_popularity_bias_by_hand() -> None:
    listed, counts = np.array([4, 1, 0, 0]), np.array([10, 5, 4, 1])
    assert metrics.coverage(listed) == 0.5
    assert metrics.coverage(listed > 0) == 0.5
    assert metrics.popularity_bias(listed, counts) == pytest.approx((45 / 5) / 5)
    assert math.isnan(metrics.popularity_bias(np.zeros(4), counts))


def test_the_interval_draws_sessions_and_not_events() -> None:
    rng = np.random.default_rng(1)
    session_mean = rng.random(200)
    sessions = np.repeat(np.arange(200), 50)
    values = {"alike": session_mean[sessions]}
    low, high = metrics.bootstrap_ci(values, sessions)["alike"]
    standard_error = session_mean.std() / np.sqrt(200)
    assert high - low == pytest.approx(2 * 1.96 * standard_error, rel=0.12)
    assert low < session_mean.mean() < high
    naive = metrics.bootstrap_ci(values, np.arange(len(sessions)))["alike"]
    assert (high - low) > 5 * (naive[1] - naive[0])


def test_many_sessions_in_blocks_give_the_same_width() -> None:
    values = {"x": np.random.default_rng(2).random(60_000)}
    low, high = metrics.bootstrap_ci(values, np.arange(60_000))["x"]
    assert high - low == pytest.approx(2 * 1.96 * values["x"].std() / np.sqrt(60_000), rel=0.12)


def test_intervals_repeat_for_a_seed() -> None:
    values, sessions = {"x": np.arange(20.0)}, np.arange(20) // 2
    assert metrics.bootstrap_ci(values, sessions) == metrics.bootstrap_ci(values, sessions)
    assert metrics.bootstrap_ci(values, sessions, seed=1) != metrics.bootstrap_ci(values, sessions)


def test_intervals_of_nothing_are_nan_and_a_wrong_level_is_named() -> None:
    low, high = metrics.bootstrap_ci({"x": np.empty(0)}, np.empty(0, int))["x"]
    assert math.isnan(low)
    assert math.isnan(high)
    with pytest.raises(ValueError, match=r"level.*1\.5"):
        metrics.bootstrap_ci({"x": np.ones(1)}, np.zeros(1, int), level=1.5)
