"""The dearer first among near equals, against the definition in docs/strategies.md."""

from __future__ import annotations

import math
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aisle
from aisle.strategy import Strategy
from aisle.strategy.describe import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
from shops import NOW, engine, log  # type: ignore[import-not-found]

COUNT = 60
PRICES = [None if n % 9 == 0 else float(n * 7 % 20) for n in range(COUNT)]


@cache
def bundle() -> aisle.Bundle:
    ids = [f"i{n}" for n in range(COUNT)]
    return aisle.fit(log(), items=aisle.read_items({"id": ids, "price": PRICES}, id="id"))


def ranked(tolerance: float, session: list[str], **options: float) -> list[tuple[str, float]]:
    made = aisle.Engine(bundle(), strategy=Strategy(price_reranking=tolerance, **options))
    slate = made.recommend(session=session, k=COUNT, time=NOW)
    return [(str(one.item), one.score) for one in slate if one.sources]


def naive(plain: list[tuple[str, float]], tolerance: float) -> list[str]:
    def key(name: str) -> float:
        price = PRICES[int(name[1:])]
        return -math.inf if price is None else price

    bands: list[list[str]] = []
    first = math.inf
    for name, score in plain:
        near = tolerance == 1 or 1 - math.exp(score - first) < tolerance
        if not bands or not near:
            bands.append([])
            first = score
        bands[-1].append(name)
    return [name for band in bands for name in sorted(band, key=key, reverse=True)]


@settings(max_examples=40, deadline=None)
@given(
    tolerance=st.sampled_from([0.01, 0.1, 0.3, 0.7, 1.0]),
    numbers=st.lists(st.integers(0, COUNT - 1), max_size=4),
)
def test_it_is_what_the_page_says(tolerance: float, numbers: list[int]) -> None:
    session = [f"i{n}" for n in numbers]
    plain = ranked(0.0, session)
    found = ranked(tolerance, session)
    assert [name for name, _ in found] == naive(plain, tolerance)
    assert [score for _, score in found] == [score for _, score in plain]


def test_the_slate_is_dearer() -> None:
    def mean_price(tolerance: float) -> float:
        names = [name for name, _ in ranked(tolerance, ["i3"])[:6]]
        return float(np.mean([PRICES[int(name[1:])] or 0.0 for name in names]))

    assert mean_price(0.8) > mean_price(0.0)


def test_diversity_goes_on_with_the_new_order() -> None:
    plain = [name for name, _ in ranked(1.0, ["i3"])]
    assert [name for name, _ in ranked(1.0, ["i3"], diversity=1e-6)][:5] == plain[:5]


def test_it_needs_a_price() -> None:
    shop = engine()
    bare = aisle.fit(log())
    with pytest.raises(aisle.UnknownNameError, match=r"'default': price_reranking: .*'price'"):
        aisle.Engine(bare, strategy=Strategy(price_reranking=0.1))
    shop.swap(strategy=Strategy(price_reranking=0.1))


@pytest.mark.parametrize("value", [-0.1, 1.1, True, float("nan"), "high"])
def test_a_tolerance_outside_its_range_is_refused(value: object) -> None:
    with pytest.raises(aisle.ConfigError, match="price_reranking"):
        Strategy(price_reranking=value)


def test_it_has_words() -> None:
    line = "the dearer first where odds differ by less than 10%"
    assert line in describe(Strategy(price_reranking=0.1))
