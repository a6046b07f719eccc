"""Objectives beside relevance: the formula of docs/strategies.md, item by item."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

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
ALL: dict[str, Any] = {"revenue": 0.3, "margin": 0.2, "stock": 0.1, "returns": 0.2}


def sparse(values: Any, every: int) -> list[float | None]:
    return [None if n % every == 0 else float(v) for n, v in enumerate(values)]


def columns() -> dict[str, list[float | None]]:
    n = np.arange(COUNT)
    return {
        "price": sparse(1 + n * 7 % 50, 11),
        "margin": sparse(n * 13 % 31 - 6, 7),
        "stock": sparse(1 + n * 5 % 23, 9),
        "return_rate": sparse((n % 8) / 8, 5),
    }


COLUMNS = columns()


@pytest.fixture(scope="module")
def bundle() -> aisle.Bundle:
    ids = [f"i{n}" for n in range(COUNT)]
    return aisle.fit(log(), items=aisle.read_items({"id": ids, **COLUMNS}, id="id"))


def pool(bundle: aisle.Bundle, objectives: dict[str, Any], session: list[str]) -> dict[str, float]:
    """Every candidate with its score: a slate as long as there are items, without its fallback."""
    made = aisle.Engine(bundle, strategy=Strategy(objectives=objectives))
    slate = made.recommend(session=session, k=COUNT, time=NOW)
    return {str(one.item): one.score for one in slate if one.sources}


def expected(plain: dict[str, float], objectives: dict[str, Any]) -> dict[str, float]:
    """U = e^(score - best) * worth, straight from the page."""
    rows = {name: int(name[1:]) for name in plain}

    def term(column: str, whole: float | None = None) -> dict[str, float]:
        known = [v for n in rows.values() if (v := COLUMNS[column][n]) is not None]
        largest = whole or max((abs(v) for v in known), default=0.0)
        if not known or largest == 0:
            return dict.fromkeys(rows, 0.0)
        mean = sum(known) / len(known)
        cells = {name: COLUMNS[column][n] for name, n in rows.items()}
        return {name: (mean if v is None else v) / largest for name, v in cells.items()}

    terms = [
        (objectives.get("revenue", 0), term("price")),
        (objectives.get("margin", 0), term("margin")),
        (objectives.get("stock", 0), term("stock")),
        (-objectives.get("returns", 0), term("return_rate", 1.0)),
    ]
    relevance = objectives.get("relevance", 1.0)
    worth = {name: relevance + sum(w * t[name] for w, t in terms) for name in plain}
    nothing = 1e-7  # terms that cancel: what rounding leaves is no worth
    found = {name: plain[name] + math.log(w) for name, w in worth.items() if w > nothing}
    lost = {name: plain[name] for name, w in worth.items() if not w > nothing}
    if not found:
        return plain
    below = min(found.values()) - 1
    return found | {name: below + s - max(lost.values()) for name, s in lost.items()}


def test_terms_that_cancel_are_worth_nothing(bundle: aisle.Bundle) -> None:
    objectives = {"relevance": 0.1, "revenue": 0.5, "returns": 0.5}  # i52: .1 + .5 * .3 - .5 * .5
    found, wanted = pool(bundle, objectives, []), expected(pool(bundle, {}, []), objectives)
    assert found == pytest.approx(wanted, rel=1e-4, abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_scores_are_those_of_the_formula(bundle: aisle.Bundle, data: st.DataObject) -> None:
    weights = st.sampled_from([0.0, 0.1, 0.5, 3.0])
    names = ("relevance", "revenue", "margin", "stock", "returns")
    objectives = {name: data.draw(weights) for name in names}
    if not any(objectives.values()):
        objectives["relevance"] = 1.0
    start = data.draw(st.integers(0, 5)) * 10
    session = [f"i{start + n}" for n in data.draw(st.lists(st.integers(0, 9), max_size=3))]
    plain = pool(bundle, {}, session)
    found = pool(bundle, objectives, session)
    is_on = any(objectives[name] for name in names[1:])  # relevance alone changes nothing
    wanted = expected(plain, objectives) if is_on else plain
    assert set(found) == set(wanted)
    for name, score in wanted.items():
        assert found[name] == pytest.approx(score, rel=1e-4, abs=1e-4), name


def test_revenue_brings_dearer_slates(bundle: aisle.Bundle) -> None:
    def mean_price(objectives: dict[str, Any]) -> float:
        made = aisle.Engine(bundle, strategy=Strategy(objectives=objectives))
        slate = made.recommend(session=["i3", "i4"], k=5, time=NOW)
        prices = [COLUMNS["price"][int(str(item)[1:])] for item in slate.items]
        return float(np.mean([p for p in prices if p is not None]))

    assert mean_price({"revenue": 20}) > mean_price({})


def test_a_column_may_be_named(bundle: aisle.Bundle) -> None:
    by_name = pool(bundle, {"margin": {"weight": 0.7, "column": "price"}}, ["i3"])
    assert by_name == pytest.approx(pool(bundle, {"revenue": 0.7}, ["i3"]))


@pytest.mark.parametrize(
    ("objectives", "words"),
    [
        ({"margin": 0.2}, "'default': objectives.margin: the catalogue has no column.*margin"),
        ({"returns": 1}, "objectives.returns: .*return_rate.*another column: {weight"),
        ({"stock": {"weight": 1, "column": "lager"}}, "objectives.stock: .*lager"),
        ({"stock": {"weight": 1, "column": "title"}}, "objectives.stock: .*title.*needs a number"),
    ],
)
def test_a_column_that_is_not_there_is_an_error_when_the_strategy_goes_live(
    objectives: dict[str, Any], words: str
) -> None:
    shop = engine()
    with pytest.raises(aisle.AisleError, match=words):
        shop.swap(strategy=Strategy(objectives=objectives))
    assert len(shop.recommend("v", k=3, time=NOW)) == 3


@pytest.mark.parametrize(
    ("objectives", "words"),
    [
        ({"revenue": -1}, "objectives.revenue.*: must be greater than or equal to 0, got -1"),
        ({"revenue": True}, "objectives.revenue.*True"),
        ({"revnue": 1}, "'revnue'.*'revenue'"),
        ({"margin": {"weigth": 1}}, "'weigth'.*'weight'"),
        ({"relevance": 0}, "at least one weight above 0"),
        ({"stock": float("nan")}, "finite"),
    ],
)
def test_bad_objectives_are_refused_by_name(objectives: dict[str, Any], words: str) -> None:
    with pytest.raises(aisle.ConfigError, match=words):
        Strategy(objectives=objectives)


def test_objectives_are_plain_values_and_words() -> None:
    recipe = Strategy(objectives={**ALL, "stock": {"weight": 0.1, "column": "lager"}})
    assert Strategy.from_dict(recipe.to_dict()) == recipe
    assert Strategy().to_dict() == {}
    line = "odds times what an item is worth: relevance 1, price 0.3, margin 0.2, lager 0.1, "
    assert f"{line}return rate -0.2" in describe(recipe)
