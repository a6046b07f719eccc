"""Complete the look: the best set, as brute force finds it, and what every part keeps to."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aisle
from aisle import _core
from aisle.strategy import Strategy

sys.path.insert(0, str(Path(__file__).parent))
from shops import NOW, engine, log  # type: ignore[import-not-found]

FREE = 0xFFFFFFFF


@st.composite
def problems(draw: st.DrawFn) -> dict[str, Any]:
    n = draw(st.integers(0, 7))
    fits = st.integers(-8, 8)
    pairs = np.zeros((n, n), np.float32)
    for a, b in itertools.combinations(range(n), 2):
        pairs[a, b] = pairs[b, a] = draw(fits)
    return {
        "alone": np.array([draw(fits) for _ in range(n)], np.float32),
        "pairs": pairs.ravel(),
        "groups": np.array([draw(st.sampled_from([0, 1, 2, 3, FREE])) for _ in range(n)], "uint32"),
        "prices": np.array([draw(st.integers(0, 9)) for _ in range(n)], np.float64),
        "budget": float(draw(st.integers(0, 30))),
        "parts": draw(st.integers(1, 4)),
    }


def brute(problem: dict[str, Any]) -> tuple[int, float]:
    """The most parts that fit, and the greatest sum of so many."""
    n = len(problem["alone"])
    pairs = problem["pairs"].reshape(n, n)
    for size in range(problem["parts"], 0, -1):
        sums = []
        for chosen in itertools.combinations(range(n), size):
            groups = [g for g in problem["groups"][list(chosen)] if g != FREE]
            if len(set(groups)) < len(groups):
                continue
            if problem["prices"][list(chosen)].sum() > problem["budget"]:
                continue
            both = sum(pairs[a, b] for a, b in itertools.combinations(chosen, 2))
            sums.append(float(problem["alone"][list(chosen)].sum() + both))
        if sums:
            return size, max(sums)
    return 0, 0.0


@settings(max_examples=300, deadline=None)
@given(problems())
def test_the_beam_finds_what_brute_force_finds(problem: dict[str, Any]) -> None:
    found = _core.best_set(**problem, width=256)
    n = len(problem["alone"])
    pairs = problem["pairs"].reshape(n, n)
    both = sum(pairs[a, b] for a, b in itertools.combinations(found, 2))
    total = float(problem["alone"][found].sum() + both) if found else 0.0
    assert (len(found), total) == brute(problem)
    assert len(set(found)) == len(found)
    assert problem["prices"][found].sum() <= problem["budget"]


ITEMS = 40


@pytest.fixture(scope="module")
def shop() -> aisle.Engine:
    number = np.arange(60)
    table = {
        "id": [f"i{n}" for n in number],
        "price": [None if n % 13 == 5 else 1.0 + n % 17 for n in number],
        "category": [None if n % 11 == 7 else f"c{n % 5}" for n in number],
        "sale": number % 2 == 0,
    }
    return aisle.Engine(aisle.fit(log(), items=aisle.read_items(table, id="id")))


def category(item: str | int) -> int:
    return int(str(item)[1:]) % 5


def test_a_look_has_one_of_each_and_not_the_item_s_own(shop: aisle.Engine) -> None:
    look = shop.complete("i3", k=4, time=NOW)
    assert len(look) == 4
    kinds = [category(item) for item in [*look, "i3"]]
    assert len(set(kinds)) == 5
    assert "i3" not in look.items
    assert len(look.fits) == 4


@pytest.mark.parametrize("budget", [0.5, 4, 9, 30])
def test_a_look_is_within_its_budget(shop: aisle.Engine, budget: float) -> None:
    look = shop.complete("i3", k=4, budget=budget, time=NOW)
    assert look.price is not None
    assert look.price <= budget
    assert look.price == sum(1.0 + int(str(item)[1:]) % 17 for item in look)


def test_where_nothing_fits_the_look_is_empty(shop: aisle.Engine) -> None:
    look = shop.complete("i3", budget=0, time=NOW)
    assert (look.items, look.price, len(look)) == ([], 0.0, 0)
    assert shop.complete("i3", where="false", time=NOW).items == []
    one = shop.complete("i3", k=3, where="id == 'i1'", time=NOW)
    assert one.items == ["i1"]


def test_filters_and_rules_of_the_placement_hold_for_every_part() -> None:
    made = engine(
        strategy=Strategy(filter="sale", rules=[{"hide": ["i2", "i4"]}], exclude={"seen": True})
    )
    look = made.complete("i3", k=4, per=None, time=NOW)
    assert len(look) == 4
    assert all(int(str(item)[1:]) % 2 == 0 for item in look)
    assert not {"i2", "i4"} & set(look.items)


def test_what_the_visitor_has_is_no_part(shop: aisle.Engine) -> None:
    first = shop.complete("i3", k=2, time=NOW).items
    for item in first:
        shop.observe("buyer", item, "purchase", time=NOW)
    assert not set(first) & set(shop.complete("i3", k=2, visitor="buyer", time=NOW).items)
    assert shop.complete("i3", k=2, time=NOW).items == first


def test_parts_fit_better_than_chance(shop: aisle.Engine) -> None:
    look = shop.complete("i3", k=3, time=NOW)
    assert all(fit > 0 for fit in look.fits)
    assert {int(str(item)[1:]) // 10 for item in look} == {0}, "those it is looked at with"
    assert look.to_dict()["items"] == look.items


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"item": "nothing"}, "no item 'nothing'"),
        ({"k": 0}, "k must be a whole number from 1 to 12, got 0"),
        ({"k": True}, "k must be"),
        ({"budget": -1}, "budget must be a number from 0, got -1"),
        ({"budget": float("nan")}, "budget must be"),
        ({"budget": "much"}, "budget must be"),
        ({"per": "kind"}, "kind"),
        ({"per": "price"}, "per: 'price' is a number"),
        ({"placement": "nowhere"}, "nowhere"),
        ({"where": "prise < 3"}, "prise"),
    ],
)
def test_bad_input_is_refused_by_name(
    shop: aisle.Engine, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(aisle.AisleError, match=words):
        shop.complete(**{"item": "i3", "time": NOW, **options})


def test_a_budget_needs_a_price() -> None:
    bare = aisle.Engine(aisle.fit(log()))
    with pytest.raises(aisle.UnknownNameError, match="budget: the catalogue has no column 'price'"):
        bare.complete("i3", budget=5, per=None, time=NOW)
    assert bare.complete("i3", per=None, time=NOW).price is None
