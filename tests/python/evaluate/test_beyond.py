"""What lists are like: numbers by hand, and obvious loops."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.evaluate import beyond

LISTS = np.array([[0, 1, 2], [2, 3, -1], [-1, -1, -1]])


def test_gini_is_0_for_equal_shares_and_grows_with_inequality() -> None:
    assert beyond.gini(np.array([3, 3, 3, 3])) == pytest.approx(0)
    assert beyond.gini(np.array([0, 0, 0, 9])) == pytest.approx(0.75)
    assert beyond.gini(np.array([1, 3])) == pytest.approx(0.25)
    assert math.isnan(beyond.gini(np.zeros(3)))


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12).filter(any))
def test_gini_is_the_mean_absolute_difference(listed: list[int]) -> None:
    n, total = len(listed), sum(listed)
    differences = sum(abs(a - b) for a in listed for b in listed)
    assert beyond.gini(np.array(listed)) == pytest.approx(differences / (2 * n * total))


def test_exposure_popularity_and_novelty_by_hand() -> None:
    counts = np.array([8, 4, 2, 0])
    assert beyond.exposure(LISTS, 4).tolist() == [1, 1, 2, 1]
    np.testing.assert_allclose(beyond.popularity(LISTS, counts), [14 / 3, 1, math.nan])
    np.testing.assert_allclose(
        beyond.novelty(LISTS, counts, 8), [(0 + 1 + 2) / 3, (2 + 3) / 2, math.nan]
    )


def test_serendipity_is_what_popularity_would_not_have_shown() -> None:
    counts, hits = np.array([8, 4, 4, 0]), np.array([[True, True, False]])
    value = beyond.serendipity(np.array([[3, 0, 1]]), hits, counts, items=4)
    # Item 3 has no count: all of p(1) = 1 is its own; item 0 is the most popular: nothing is.
    assert value.tolist() == [pytest.approx((1 + 0) / 3)]


@given(st.lists(st.lists(st.integers(-1, 5), min_size=4, max_size=4), min_size=1, max_size=5))
def test_diversity_is_the_mean_over_pairs(rows: list[list[int]]) -> None:
    label = np.array([0, 0, 1, 2, 1, -1])
    vectors = np.where(label[:, None] >= 0, np.eye(3)[label], 0.0)
    expected = []
    for row in rows:
        kept = [label[item] for item in row if item >= 0 and label[item] >= 0]
        pairs = list(itertools.combinations(kept, 2))
        expected.append(sum(a != b for a, b in pairs) / len(pairs) if pairs else math.nan)
    np.testing.assert_allclose(beyond.label_diversity(np.array(rows), label), expected)
    np.testing.assert_allclose(beyond.diversity(np.array(rows), vectors), expected, atol=1e-12)


def test_a_vector_with_nan_is_left_out_and_does_not_spread() -> None:
    vectors = np.array([[1.0, 0], [0, 1], [np.nan, 1]])
    assert beyond.diversity(np.array([[0, 1, 2], [0, 2, -1]]), vectors)[0] == pytest.approx(1.0)
    assert math.isnan(beyond.diversity(np.array([[0, 2, -1]]), vectors)[0])


def test_calibration_is_the_divergence_of_labels() -> None:
    labels = np.array([[1.0, 0], [0, 1], [1, 1]])
    history, begin, end = np.array([0, 1, 0, -1, 0]), np.array([0, 2]), np.array([2, 5])
    alike, apart = beyond.calibration(np.array([[0, 1], [1, 1]]), begin, end, history, labels)
    assert alike == pytest.approx(0, abs=1e-12)
    assert apart == pytest.approx(math.log(1 / 0.01))
    half = beyond.calibration(np.array([[2, 2]]), begin[1:], end[1:], history, labels)[0]
    assert half == pytest.approx(math.log(1 / (0.99 * 0.5 + 0.01)))


def test_calibration_is_the_same_in_one_chunk_and_in_many(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    history, labels = rng.integers(-1, 20, 500), rng.random((20, 6))
    begin = np.repeat(np.arange(0, 500, 10), 5)
    end = begin + np.tile(np.arange(1, 6), 50)
    lists = rng.integers(-1, 20, (250, 5))
    whole = beyond.calibration(lists, begin, end, history, labels)
    monkeypatch.setattr(beyond, "CELLS", 60)
    np.testing.assert_allclose(beyond.calibration(lists, begin, end, history, labels), whole)
    np.testing.assert_allclose(
        beyond.diversity(lists, labels), beyond.diversity(lists, labels * 7.0)
    )
