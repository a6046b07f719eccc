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
    assert aisle.load(tmp_path / "shop.aisle").strategies.default == recipe


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
        ({"sources": {"knn": 1001}}, "sources.knn: must be less than or equal to 1000, got 1001"),
        ({"sources": {"knn": -1}}, "knn.*-1"),
        ({"sources": {"knn": True}}, "knn.*True"),
        ({"weights": {"knn.plase": 1.0}}, "'knn.plase'.*'knn.place'"),
        ({"weights": {"knn.place": float("nan")}}, "knn.place: must be a finite number, got nan"),
        ({"exclude": {"bougth": True}}, "'bougth'.*'bought'"),
        ({"diversity": 1.5}, "diversity: must be less than or equal to 1, got 1.5"),
        ({"diversity": {"pool": 0}}, "diversity.pool: must be greater than or equal to 1, got 0"),
        ({"at_most": {"brand": 0}}, "at_most.brand: must be greater than or equal to 1, got 0"),
    ],
)
def test_a_bad_recipe_is_refused_by_name(recipe: dict[str, Any], words: str) -> None:
    with pytest.raises(aisle.AisleError, match=words):
        aisle.Strategy(**recipe)


def test_each_placement_has_its_own_strategy() -> None:
    placements = {
        "default": aisle.Strategy(),
        "trends": aisle.Strategy.only("trending"),
        "mixed": aisle.Strategy(at_most={"category": 1}),
    }
    shop = engine(strategy=placements)
    shop.observe("v", "i3", time=NOW)
    trends = shop.recommend("v", k=6, placement="trends", time=NOW)
    assert {name for one in trends for name in one.sources} <= {"trending"}
    mixed = shop.recommend("v", k=6, placement="mixed", time=NOW)
    assert len({int(str(item)[1:]) // 10 for item in mixed.items}) == 6
    plain = shop.recommend("v", k=6, time=NOW)
    assert plain.items == shop.recommend("v", k=6, placement="default", time=NOW).items
    with pytest.raises(aisle.AisleError, match=r"'mixd'.*'mixed'"):
        shop.recommend("v", placement="mixd")


def test_a_new_strategy_goes_live_and_the_learned_stays() -> None:
    shop = engine()
    for visitor in range(6):
        shop.observe(f"w{visitor}", "i3", time=NOW + visitor)
        shop.observe(f"w{visitor}", "brand-new", time=NOW + visitor + 1)
    shop.swap(strategy=aisle.Strategy(at_most={"category": 1}))
    shop.observe("v", "i3", time=NOW + 100)
    slate = shop.recommend("v", k=8, time=NOW + 100)
    assert "brand-new" in slate.items
    assert slate.trace["kept_out"]["capped"] > 0
    with pytest.raises(aisle.ConfigError, match="diversity"):
        shop.swap(strategy=aisle.Strategy(diversity=7))


def test_a_source_with_weight_zero_says_nothing() -> None:
    quiet = aisle.Strategy(sources={"trending": {"quota": 30, "weight": 0.0}, "knn": 50})
    loud = aisle.Strategy(sources={"trending": {"quota": 30, "weight": 50.0}, "knn": 50})
    shop = engine(strategy={"default": quiet, "loud": loud})
    shop.observe("v", "i3", time=NOW)
    first = shop.recommend("v", k=1, time=NOW)[0]
    assert "knn" in first.sources
    assert "trending" in shop.recommend("v", k=1, placement="loud", time=NOW)[0].sources


def test_an_unknown_field_is_named_with_the_nearest() -> None:
    with pytest.raises(aisle.ConfigError, match=r"'diversty'.*'diversity'"):
        aisle.Strategy.from_dict({"diversty": 1})
