"""Counts that may leave the shop: bounded exactly, with noise of the scale that epsilon asks."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aisle
from aisle.privacy import noisy_counts
from aisle.privacy.counts import bounded_counts, laplace

pytest.importorskip("opendp")

IDS = ["tea", "pot", "cup", "jug", "tin"]
KINDS = ["drink", None, "dish", "dish", "box"]
CATALOGUE = aisle.read_items({"id": IDS, "kind": KINDS, "price": [1.0, 2.0, 3.0, 4.0, 5.0]})
rows = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.sampled_from([*IDS[:4], "not in the catalogue"]),
        st.integers(0, 9),
        st.sampled_from(["view", "purchase"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=40,
)


def events_of(table: list[tuple[int, str, int, str, bool]]) -> aisle.Events:
    visitor, item, time, kind, consent = zip(*table, strict=True)
    return aisle.Events.from_columns(
        visitor=visitor, item=item, time=time, time_unit="s", type=kind, consent=consent
    )


@settings(max_examples=150, deadline=None)
@given(rows, st.integers(1, 5), st.sampled_from(["item", "kind"]), st.booleans())
def test_bounding_is_exact(
    table: list[tuple[int, str, int, str, bool]], bound: int, by: str, bought: bool
) -> None:
    keys, counts = bounded_counts(
        events_of(table), CATALOGUE, by, bound=bound, types=["purchase"] if bought else None
    )
    left = dict.fromkeys(range(5), bound)
    want = dict.fromkeys(keys, 0)
    for visitor, item, _, kind, consent in sorted(table, key=lambda row: row[2]):
        key = item if by == "item" else KINDS[IDS.index(item)] if item in IDS else None
        if key in want and consent and (kind == "purchase" or not bought) and left[visitor]:
            want[key] += 1
            left[visitor] -= 1
    assert dict(zip(keys, counts.tolist(), strict=True)) == want
    assert counts.sum() <= 5 * bound


@settings(max_examples=20, deadline=None)
@given(rows)
def test_keys_are_the_catalogues(table: list[tuple[int, str, int, str, bool]]) -> None:
    events = events_of(table)
    assert noisy_counts(events, CATALOGUE).keys == IDS
    assert noisy_counts(events, CATALOGUE, "kind").keys == ["drink", "dish", "box"]


def test_epsilon_of_a_scale() -> None:
    noise, scale = laplace(0.5, 1)
    assert scale == 2.0
    assert noise.map(1) == 0.5  # type: ignore[attr-defined]
    noise, scale = laplace(1.0, 10)
    assert scale == 10.0
    assert noise.map(10) == pytest.approx(1.0)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("epsilon", "bound"), [(0.5, 1), (2.0, 1), (1.0, 5)])
def test_noise_has_the_scale(epsilon: float, bound: int) -> None:
    """Of 50,000 draws; ten standard errors on either side, which chance does not leave."""
    count = 50_000
    catalogue = aisle.read_items({"id": list(range(count))})
    log = aisle.Events.from_columns(visitor=["a"], item=[0], time=[1], time_unit="s")
    told = noisy_counts(log, catalogue, epsilon=epsilon, bound=bound)
    assert told.scale == bound / epsilon
    noise = told.counts - np.eye(1, count, 0, dtype=np.int64)[0]
    p = np.exp(-1 / told.scale)  # discrete Laplace: P(x) = (1 - p) / (1 + p) * p^|x|
    mean_size, variance = 2 * p / (1 - p**2), 2 * p / (1 - p) ** 2
    error = np.sqrt(variance / count)
    assert abs(noise.mean()) < 10 * error
    assert abs(np.abs(noise).mean() - mean_size) < 10 * error
    share = (1 - p) / (1 + p)
    assert abs((noise == 0).mean() - share) < 10 * np.sqrt(share / count)


def test_an_answer_is_a_table() -> None:
    log = events_of([(1, "tea", 1, "view", True)])
    told = noisy_counts(log, CATALOGUE, epsilon=100.0)
    assert list(told.to_dict()) == IDS
    assert len(told) == 5
    assert told.counts.dtype == np.int64
    assert (told.by, told.epsilon, told.bound, told.scale) == ("item", 100.0, 1, 0.01)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"epsilon": 0}, "epsilon must be a number above 0, got 0"),
        ({"epsilon": float("nan")}, "epsilon must be"),
        ({"epsilon": 1e-12}, "give a larger epsilon"),
        ({"bound": 0}, "bound must be a whole number from 1"),
        ({"bound": 1.5}, "bound must be"),
        ({"by": "kimd"}, "unknown column 'kimd'.*did you mean 'kind'"),
        ({"by": "price"}, "by='price' counts values of a column of texts; this one is number"),
        ({"types": ["buy"]}, "unknown event type 'buy'"),
    ],
)
def test_wrong_arguments(given: dict[str, Any], told: str) -> None:
    with pytest.raises(aisle.ConfigError, match=told):
        noisy_counts(events_of([(1, "tea", 1, "view", True)]), CATALOGUE, **given)


def test_without_opendp_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opendp.prelude", None)
    with pytest.raises(aisle.ConfigError, match=r"pip install 'aisle\[privacy\]'"):
        noisy_counts(events_of([(1, "tea", 1, "view", True)]), CATALOGUE)
