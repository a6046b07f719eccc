"""Metrics of lists: the values of ranx and RecTools, and obvious loops."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.evaluate import metrics, targets

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
import list_case  # noqa: E402

GOLDEN = json.loads((HERE / "lists_golden.json").read_text())


@pytest.mark.parametrize("peer", sorted(GOLDEN))
def test_metrics_are_those_that_peers_gave(peer: str) -> None:
    ours, theirs = list_case.by_aisle(list_case.case()), GOLDEN[peer]["values"]
    assert len(theirs) >= 24
    assert {name: ours[name] for name in theirs} == pytest.approx(theirs, abs=1e-12)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("peer", ["ranx", "rectools"])
def test_metrics_are_those_that_an_installed_peer_gives(peer: str) -> None:
    pytest.importorskip(peer, reason=f"{peer} is not installed; see the group peers")
    data = list_case.case()
    theirs = {"ranx": list_case.by_ranx, "rectools": list_case.by_rectools}[peer](data)
    ours = list_case.by_aisle(data)
    assert {name: ours[name] for name in theirs} == pytest.approx(theirs, abs=1e-9)


@given(st.lists(st.integers(0, 12), min_size=1, max_size=30))
def test_with_one_target_they_are_the_metrics_of_its_rank(ranks: list[int]) -> None:
    lists = np.tile(np.arange(10), (len(ranks), 1))
    wanted = np.array([rank - 1 if 1 <= rank <= 10 else 99 for rank in ranks])
    stands = targets.found(lists, wanted, np.arange(len(ranks) + 1))
    inside = np.array([rank if rank <= 10 else 0 for rank in ranks])
    one = np.ones(len(ranks), np.int64)
    for name, value in metrics.per_event(inside, (3, 10)).items():
        np.testing.assert_allclose(targets.per_list(stands, one, (3, 10))[name], value, atol=1e-15)
    found = targets.per_list(stands, one, (10,))
    np.testing.assert_array_equal(found["MAP@10"], found["MRR@10"])


@given(st.data())
def test_relevant_is_what_a_set_says(data: st.DataObject) -> None:
    row = st.lists(st.integers(-1, 6), min_size=3, max_size=3)
    lists = data.draw(st.lists(row, min_size=1, max_size=6))
    wanted = [data.draw(st.sets(st.integers(0, 7), max_size=4)) for _ in lists]
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in wanted])])
    flat = np.array([item for one in wanted for item in sorted(one)], np.int64)
    expected = [[item in one for item in row] for row, one in zip(lists, wanted, strict=True)]
    assert targets.relevant(np.array(lists), flat, offsets).tolist() == expected


@given(
    st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4]), min_size=1, max_size=8),
    st.sampled_from(["conservative", "standard"]),
    st.booleans(),
)
def test_places_are_what_counting_gives(scores: list[float], rule: str, whole: bool) -> None:
    scores = sorted(scores, reverse=True)
    expected = []
    for one in scores:
        better, equal = sum(x > one for x in scores), sum(x == one for x in scores)
        if rule == "standard":
            expected.append(better + 1)
        else:
            over = not whole and len(scores) > 1 and equal > 1 and one == scores[-1]
            expected.append(len(scores) + 1 if over else better + equal)
    assert targets.places(np.array([scores]), rule, whole=whole)[0].tolist() == expected


def test_two_targets_of_one_score_count_together() -> None:
    """Conservative: both stand at place 2, so precision there is 2/2."""
    at = targets.places(np.array([[0.5, 0.5, 0.1]]), "conservative")
    stands = targets.found(np.array([[4, 7, 9]]), np.array([4, 7]), np.array([0, 2]), at)
    assert stands.tolist() == [[2.0, 2.0, math.inf]]
    assert targets.average_precision(stands, np.array([2]), 3).tolist() == [1.0]
    assert targets.reciprocal_rank(stands, 3).tolist() == [0.5]
    assert targets.recall(stands, np.array([2]), 1).tolist() == [0.0]


def test_nothing_to_rank_gives_nothing() -> None:
    stands = targets.found(np.empty((0, 5), int), np.empty(0, int), np.zeros(1, int))
    values: dict[str, Any] = targets.per_list(stands, np.empty(0, int), (5,))
    assert all(len(value) == 0 for value in values.values())
