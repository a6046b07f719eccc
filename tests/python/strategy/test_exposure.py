"""Exposure: a group's share of what is shown, over many slates."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aisle
from aisle import cli
from aisle.strategy import Strategies, Strategy
from aisle.strategy.describe import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
from shops import MINUTE, NOW, engine, items, log  # type: ignore[import-not-found]

WEIGHTS = 1 / np.log2(2 + np.arange(1000))


def serve(made: aisle.Engine, requests: int, k: int = 6, **asked: Any) -> list[aisle.Slate]:
    """Sessions of one view each, every group of the shop alike."""
    return [
        made.recommend(session=[f"i{at % 60}"], k=k, time=NOW + at * MINUTE, **asked)
        for at in range(requests)
    ]


def share(slates: list[aisle.Slate], belongs: Any) -> float:
    got = total = 0.0
    for slate in slates:
        here = WEIGHTS[: len(slate)]
        total += here.sum()
        got += here[[belongs(int(str(item)[1:])) for item in slate.items]].sum()
    return got / total


def in_c0(number: int) -> bool:
    return number // 10 == 0


def test_a_floor_and_a_cap_hold_over_many_slates() -> None:
    plain = share(serve(engine(), 600), in_c0)
    assert 0.1 < plain < 0.25
    for goal, wanted in (({"at_least": "40%"}, 0.4), ({"at_most": 0.05}, 0.05)):
        made = engine(strategy=Strategy(exposure=[{"where": "category == 'c0'", **goal}]))
        slates = serve(made, 1500)
        found = share(slates, in_c0)
        assert found == pytest.approx(wanted, abs=0.02)
        (told,) = made.exposure()
        assert told.share == pytest.approx(found, abs=1e-6)
        assert (told.name, told.value) == ("exposure of category == 'c0'", None)


def test_each_value_of_a_column_has_its_own() -> None:
    made = engine(
        strategy=Strategy(exposure=[{"name": "even", "per": "category", "at_most": "20%"}]),
    )
    slates = [
        made.recommend(session=["i1"], k=6, time=NOW + at * MINUTE) for at in range(1000)
    ]  # everybody looks at c0
    assert share(slates, in_c0) == pytest.approx(0.2, abs=0.03)
    told = made.exposure()
    assert {one.name for one in told} == {"even"}
    assert sum(one.share for one in told) == pytest.approx(1.0, abs=1e-6)
    plain = [engine().recommend(session=["i1"], k=6, time=NOW)]
    assert share(plain, in_c0) > 0.5


def test_the_long_tail() -> None:
    bundle = aisle.fit(log(), items=items())
    counts = np.asarray(bundle.array("sessions.item_rows"))
    ids = aisle.Engine(bundle).catalog().items
    names = ids.names(np.argsort(-counts, kind="stable")[:12].astype(np.uint32))
    popular = {str(one) for one in names}

    def is_tail(number: int) -> bool:
        return f"i{number}" not in popular

    before = share(serve(aisle.Engine(bundle), 400), is_tail)
    made = aisle.Engine(bundle, strategy=Strategy(exposure=[{"tail": "20%", "at_least": "85%"}]))
    after = share(serve(made, 1500), is_tail)
    assert before < 0.82
    assert after == pytest.approx(0.85, abs=0.03)


def test_it_goes_on_through_swaps_and_starts_anew_for_another_goal() -> None:
    recipe = Strategy(exposure=[{"per": "category", "at_most": 0.2}])
    made = engine(strategy=recipe)
    serve(made, 50)
    before = made.exposure()
    made.swap(strategy=Strategy(exposure=recipe.exposure, novelty=0.1))
    assert made.exposure() == before
    made.swap(aisle.fit(log(seed=3), items=items()))  # other codes, the same names
    after = {one.value: one.share for one in made.exposure()}
    assert after == pytest.approx({one.value: one.share for one in before})
    made.swap(strategy=Strategy(exposure=[{"per": "category", "at_most": 0.3}]))
    assert made.exposure() == []


def test_the_explanation_names_it() -> None:
    made = engine(strategy=Strategy(exposure=[{"where": "category == 'c0'", "at_most": 0.01}]))
    serve(made, 100)
    slate = made.recommend(session=["i1"], k=20, time=NOW + 200 * MINUTE, explain=True)
    told = [one.explanation for one in slate if str(one.item) in {f"i{n}" for n in range(10)}]
    effects = [effect for one in told if one for effect in one.rules]
    assert effects
    assert {effect.rule for effect in effects} == {"exposure of category == 'c0'"}
    assert all(effect.factor < 1 for effect in effects)
    for one in slate:
        assert one.explanation is not None
        factor = np.prod([effect.factor for effect in one.explanation.rules])
        assert one.explanation.boosted == pytest.approx(
            one.explanation.score + np.log(factor), abs=1e-4
        )


def test_the_other_steps_are_named_too() -> None:
    made = engine(strategy=Strategy(fatigue=0.5, objectives={"revenue": 0.5}))
    for at in range(3):
        made.recommend("v", k=5, time=NOW + at * MINUTE)
    slate = made.recommend("v", k=30, time=NOW + 9 * MINUTE, explain=True)
    named = {effect.rule for one in slate if one.explanation for effect in one.explanation.rules}
    assert named == {"fatigue", "objectives"}
    ranked = made.rerank(slate.items, visitor="w", explain=True, trust=0.5, time=NOW)
    effects = (
        [effect.rule for effect in ranked[1].explanation.rules] if ranked[1].explanation else []
    )
    assert "caller's list" in effects


def test_one_placement_does_not_count_for_another() -> None:
    recipe = Strategy(exposure=[{"per": "category", "at_most": 0.2}])
    made = engine(strategy={"default": recipe, "cart": recipe})
    serve(made, 5)
    assert made.exposure() != []
    assert made.exposure(placement="cart") == []
    with pytest.raises(aisle.ConfigError, match="did you mean 'cart'"):
        made.exposure(placement="card")


BAD: list[tuple[dict[str, Any], str]] = [
    ({"per": "category"}, "needs at_least or at_most"),
    ({"at_most": 0.2}, "one of per"),
    ({"per": "category", "where": "sale", "at_most": 0.2}, "one of per"),
    ({"per": "category", "at_least": 0.3, "at_most": 0.2}, "is above at_most"),
    ({"per": "category", "at_most": "a third"}, "is no share"),
    ({"per": "category", "at_most": 1.5}, "at_most"),
    ({"tail": 0, "at_least": 0.2}, "tail"),
    ({"per": "category", "at_most": 0.2, "lag": 0}, "lag"),
]


@pytest.mark.parametrize(("said", "words"), BAD)
def test_what_makes_no_sense_is_refused(said: dict[str, Any], words: str) -> None:
    with pytest.raises(aisle.ConfigError, match=words):
        Strategy(exposure=[said])


LIVE: list[tuple[dict[str, Any], str]] = [
    ({"per": "supplier"}, "exposure of supplier: the catalogue has no column .supplier"),
    ({"per": "price"}, "exposure of price: 'price' is a number"),
    ({"where": "context.device == 'tv'"}, ": where must be about the item alone"),
    ({"where": "prize > 3"}, "unknown attribute 'prize'"),
]


@pytest.mark.parametrize(("said", "words"), LIVE)
def test_what_does_not_fit_the_shop_is_refused(said: dict[str, Any], words: str) -> None:
    made = engine()
    with pytest.raises(aisle.AisleError, match=words):
        made.swap(strategy=Strategy(exposure=[{"at_most": 0.5, **said}]))


def test_check_and_explain_know_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = Strategy(
        exposure=[
            {"per": "category", "at_most": "30%"},
            {"where": "sale", "at_least": 0.1, "at_most": 0.5},
            {"tail": 0.2, "at_least": 0.2},
        ]
    )
    assert describe(recipe)[2:] == [
        "over many slates each category: at most 30% of what is shown",
        "over many slates items with sale: at least 10% and at most 50% of what is shown",
        "over many slates items beyond the most popular 20%: at least 20% of what is shown",
    ]
    assert Strategy.from_dict(recipe.to_dict()) == recipe
    path = tmp_path / "shop.yaml"
    path.write_text("exposure: [{where: price <, at_most: 10%}]\n", encoding="utf-8")
    assert cli.main(["strategy", "check", str(path)]) != 0
    assert "shop.yaml:1:27: exposure[0].where: the expression ends too" in capsys.readouterr().err
    assert Strategies(placements={"default": recipe}).default.exposure[2].tail == 0.2


def test_what_is_owed_makes_nothing_more_probable() -> None:
    owed_much = Strategy(exposure=[{"where": "category == 'c5'", "at_least": 0.9}])
    made = engine(strategy={"default": owed_much, "plain": Strategy()})
    session = ["i1", "i2"]
    for at in range(200):
        made.recommend(session=session, k=4, time=NOW + at * MINUTE, where="category != 'c5'")
    later = NOW + 300 * MINUTE
    assert made.recommend(session=session, k=1, time=later)[0].item in {
        f"i{n}" for n in range(50, 60)
    }
    owed, plain = (
        {one.value: one.share for one in made.recommend_segments(
            "category", session=session, k=9, placement=name, time=later)}
        for name in ("default", "plain")
    )  # fmt: skip
    assert owed == pytest.approx(plain)
    page = made.recommend_page(None, {"default": 4, "plain": 4}, session=session, time=later)
    assert page.expected["default"] < page.expected["plain"]


def test_labels_lift_an_item_no_further_than_one() -> None:
    number = np.arange(60)
    table = {
        "id": [f"i{n}" for n in number],
        "tags": [["a", "b", "c", "d"] if n > 50 else ["e"] for n in number],
    }
    bundle = aisle.fit(log(), items=aisle.read_items(table, id="id"))
    made = aisle.Engine(bundle, strategy=Strategy(exposure=[{"per": "tags", "at_least": 0.2}]))
    for at in range(1500):
        made.recommend(session=["i1"], k=4, time=NOW + at * MINUTE, where="'e' in tags")
    slate = made.recommend(session=["i1", "i52"], k=60, time=NOW + 2000 * MINUTE, explain=True)
    factors = [
        effect.factor for one in slate if one.explanation for effect in one.explanation.rules
    ]
    assert max(factors) <= np.exp(10) * 1.001


def test_two_of_one_name_are_refused() -> None:
    with pytest.raises(aisle.ConfigError, match="two exposures are called"):
        Strategy(exposure=[{"per": "brand", "at_most": 0.1}, {"per": "brand", "at_least": 0.01}])


def test_check_finds_floors_that_cant_be_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = engine()
    made.bundle.save(tmp_path / "shop.aisle")
    path = tmp_path / "shop.yaml"
    for text, words in [
        ("exposure: [{per: category, at_least: 50%}]", "6 values with at least 50% each"),
        ("exposure: [{where: price > 1000, at_least: 5%}]", "of items that there are none of"),
        ("offers: [{name: a, discount: .1, budget: 1, where: prize > 1}]", "1:52: offers[0].where"),
    ]:
        path.write_text(text + "\n", encoding="utf-8")
        code = cli.main(["strategy", "check", str(path), "--bundle", str(tmp_path / "shop.aisle")])
        said = capsys.readouterr().err
        assert code != 0
        assert words in said
