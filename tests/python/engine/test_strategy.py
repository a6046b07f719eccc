"""`Strategy`: recipes as data."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

import aisle

sys.path.insert(0, str(Path(__file__).parent))
from shops import NOW, bundle, engine  # type: ignore[import-not-found]


def test_one_source_alone_brings_all_there_is() -> None:
    shop = engine(strategy=aisle.Strategy.only("trending"))
    slate = shop.recommend("v", k=10, time=NOW)
    for one in slate:
        assert set(one.sources) == {"trending"}


def test_a_strategy_survives_its_bundle(tmp_path: Path) -> None:
    recipe = aisle.Strategy(
        sources={"knn": 50, "trending": 20},
        weights={"knn.place": 1.0, "trending.share": 0.5},
        exclude={"seen": True},
        diversity=0.25,
        at_most={"category": 2},
    )
    assert aisle.Strategy.from_dict(recipe.to_dict()) == recipe
    bundle(strategy=recipe).save(tmp_path / "shop.aisle")
    assert aisle.load(tmp_path / "shop.aisle").strategy == recipe


def test_at_most_caps_a_slate() -> None:
    shop = engine(strategy=aisle.Strategy(at_most={"category": 1}))
    shop.observe("v", "i3", time=NOW)
    slate = shop.recommend("v", k=6, time=NOW)
    assert len({int(str(item)[1:]) // 10 for item in slate.items}) == 6
    assert slate.trace["kept_out"]["capped"] > 0


def test_buy_again_brings_back_what_was_bought() -> None:
    shop = engine(strategy=aisle.Strategy(exclude={"bought": False}))
    shop.observe("v", "i3", "cart", time=NOW)
    shop.observe("v", "i3", "purchase", time=NOW + 1)
    shop.observe("v", "i55", time=NOW + 7_200_000_000)
    slate = shop.recommend("v", k=60, time=NOW + 7_200_000_000)
    bought = slate[slate.items.index("i3")]
    assert "buy_again" in bought.sources


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        ({"sources": {"knnn": 5}}, "'knnn'.*'knn'"),
        ({"sources": {"knn": 1001}}, "knn must be at most 1000, got 1001"),
        ({"sources": {"knn": -1}}, "knn.*-1"),
        ({"sources": {"knn": True}}, "knn.*True"),
        ({"weights": {"knn.plase": 1.0}}, "'knn.plase'.*'knn.place'"),
        ({"weights": {"knn.place": float("nan")}}, "knn.place must be finite"),
        ({"exclude": {"bougth": True}}, "'bougth'.*'bought'"),
        ({"diversity": 1.5}, "diversity must be between 0 and 1"),
        ({"diversity_pool": 0}, "diversity_pool must be at least 1, got 0"),
        ({"at_most": {"brand": 0}}, "brand must be at least 1, got 0"),
    ],
)
def test_a_bad_recipe_is_refused_by_name(recipe: dict[str, Any], words: str) -> None:
    with pytest.raises(aisle.AisleError, match=words):
        aisle.Strategy(**recipe)


def test_an_unknown_field_is_named_with_the_nearest() -> None:
    with pytest.raises(aisle.ConfigError, match=r"'diversty'.*'diversity'"):
        aisle.Strategy.from_dict({"diversty": 1})
