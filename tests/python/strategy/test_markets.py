"""Markets: what price, stock and other columns mean in a country, and its own rules."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aisle
from aisle import cli
from aisle.strategy import Strategies, Strategy

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
from shops import NOW, log  # type: ignore[import-not-found]

COUNT = 60
CH: dict[str, Any] = {
    "currency": "CHF",
    "columns": {"price": "price_ch", "stock": "stock_ch", "title": "title_ch"},
}


@pytest.fixture(scope="module")
def bundle() -> aisle.Bundle:
    number = np.arange(COUNT)
    table = {
        "id": [f"i{n}" for n in number],
        "price": 1.0 + number,
        "price_ch": np.where(number < 40, 100.0 - number, np.nan),
        "stock": np.full(COUNT, 5.0),
        "stock_ch": (number % 3).astype(float),
        "category": [f"c{n // 10}" for n in number],
        "title": [f"Thing {n}" for n in number],
        "title_ch": [f"Ding {n}" for n in number],
    }
    return aisle.fit(log(), items=aisle.read_items(table, id="id"))


def shop(bundle: aisle.Bundle, placements: dict[str, Any], **markets: Any) -> aisle.Engine:
    strategies = Strategies(placements=placements, markets=markets or {"ch": CH})
    return aisle.Engine(bundle, strategy=strategies)


def numbers(slate: aisle.Slate) -> list[int]:
    return [int(str(item)[1:]) for item in slate.items]


def test_everything_reads_the_markets_columns(bundle: aisle.Bundle) -> None:
    engine = shop(bundle, {"default": {"filter": "price > 80"}})
    slate = engine.recommend(
        "v", k=COUNT, market="ch", time=NOW, explain=True, attributes=["price", "title"]
    )
    assert sorted(numbers(slate)) == [n for n in range(20) if n % 3 > 0]  # dear there, and in stock
    assert [one.attributes["price"] for one in slate] == [100.0 - n for n in numbers(slate)]
    assert [one.attributes["title"] for one in slate] == [f"Ding {n}" for n in numbers(slate)]
    assert slate[0].explanation is not None
    assert slate[0].explanation.item.title == slate[0].attributes["title"]
    assert (slate.market, slate.currency, slate.placement) == ("ch", "CHF", "default@ch")
    assert slate.to_dict()["currency"] == "CHF"
    assert "can't be bought now" in slate.why_not("i3")
    plain = engine.recommend("v", k=COUNT, time=NOW)
    assert (plain.market, plain.currency, plain.items) == (None, None, [])


def test_a_filter_of_the_request_reads_them_too(bundle: aisle.Bundle) -> None:
    engine = shop(bundle, {"default": {"exclude": {"unavailable": False}}})
    asked: dict[str, Any] = {"k": COUNT, "where": "price <= 62", "time": NOW}
    for _ in range(2):  # the second time out of the cache, each market its own
        assert sorted(numbers(engine.recommend("v", **asked, market="ch"))) == [38, 39]
        assert numbers(engine.recommend("v", **asked)) != []
        assert len(engine.recommend("v", **asked)) == COUNT
    assert engine.recommend("v", market="ch", k=3, where={"price": (99, None)}).items != []


def test_changed_cells_are_seen(bundle: aisle.Bundle) -> None:
    engine = shop(bundle, {"default": {"filter": "price > 99.5"}})
    assert engine.recommend("v", market="ch", k=5, time=NOW).items == []  # i0 has no stock there
    engine.update_items({"id": ["i0", "i5"], "stock_ch": [4.0, 1.0], "price_ch": [120.0, 130.0]})
    assert set(engine.recommend("v", market="ch", k=5, time=NOW).items) == {"i0", "i5"}


def test_objectives_and_near_prices(bundle: aisle.Bundle) -> None:
    recipe = {"objectives": {"relevance": 0, "revenue": 1}, "filter": "price is not null"}
    engine = shop(bundle, {"default": recipe})
    assert numbers(engine.recommend("v", k=1, market="ch", time=NOW)) == [1]
    assert numbers(engine.recommend("v", k=1, time=NOW)) == [59]
    engine.swap(strategy=Strategies(placements={"default": {"price_reranking": 1.0}},
                                    markets={"ch": CH}))  # fmt: skip
    slate = engine.recommend("v", k=5, market="ch", time=NOW, attributes=["price"])
    prices = [one.attributes["price"] for one in slate]
    assert prices == sorted(prices, reverse=True)


def test_the_scorer_compares_the_markets_prices(bundle: aisle.Bundle) -> None:
    weights = {"price_distance": 10.0, "trending.place": 0.01}
    engine = shop(bundle, {"default": {"weights": weights, "exclude": {"unavailable": False}}})
    seen = ["i39", "i38"]  # dear at home, the cheapest there
    there = engine.recommend(session=seen, k=3, market="ch", time=NOW, explain=True)
    here = engine.recommend(session=seen, k=3, time=NOW, explain=True)
    for slate, price in ((there, lambda n: 100.0 - n), (here, lambda n: 1.0 + n)):
        mean = np.mean([np.log(price(n)) for n in (39, 38)])
        for one in slate:
            number = int(str(one.item)[1:])
            told = one.explanation
            assert told is not None
            found = {part.name: part.value for part in told.features}
            if number < 40 or slate is here:
                expected = -min(3.0, abs(np.log(price(number)) - mean))
                assert found.get("price_distance", 0.0) == pytest.approx(expected, abs=1e-5)


def test_rules_filters_and_placements_of_its_own(bundle: aisle.Bundle) -> None:
    market = {**CH, "filter": "price < 90", "rules": [{"name": "no tens", "exclude": "price > 80"}]}
    engine = shop(
        bundle, {"default": {}, "home": {}, "home@ch": {"rules": [{"pin": "i25", "slot": 2}]}},
        ch=market,
    )  # fmt: skip
    slate = engine.recommend("v", k=10, placement="home", market="ch", time=NOW)
    assert slate.items[1] == "i25"
    assert all(20 <= n < 40 for n in numbers(slate))
    assert slate.placement == "home@ch"
    assert slate.why_not("i14") == "the rule 'no tens' does not let it through"
    assert "filter of ch" in slate.why_not("i1")
    by_name = engine.recommend("v", k=10, placement="home@ch", time=NOW)
    assert by_name.items == slate.items
    assert engine.recommend("v", k=10, placement="default", market="ch").items[1] != "i25"
    assert engine.recommend("v", k=10, placement="home", time=NOW).placement == "home"


def test_fallbacks_and_choices_stay_in_the_market(bundle: aisle.Bundle) -> None:
    engine = shop(
        bundle,
        {
            "default": {"filter": "price > 1000", "fallback": ["more"]},
            "more": {},
            "tried": {"explore": {"over": "strategies", "among": ["more", "default"]}},
        },
    )
    slate = engine.recommend("v", k=5, market="ch", time=NOW)
    assert slate.placement == "more@ch"
    assert all(n % 3 for n in numbers(slate))
    tried = [engine.recommend("v", k=5, placement="tried", market="ch").chosen for _ in range(20)]
    assert set(tried) <= {"more@ch", "default@ch"}
    assert engine.recommend("v", k=5, placement="tried").chosen in ("more", "default")


def test_offers_are_made_in_their_currency(bundle: aisle.Bundle) -> None:
    offers = [
        {"name": "francs", "discount": 0.1, "budget": 50.0, "currency": "CHF"},
        {"name": "own", "discount": 0.2, "budget": 50.0},
    ]
    engine = shop(bundle, {"default": {"offers": offers}})
    there = engine.recommend("v", k=2, market="ch", time=NOW)
    here = engine.recommend("w", k=2, time=NOW)
    for one, number in zip(there, numbers(there), strict=True):
        assert one.offer is not None
        assert (one.offer.name, one.offer.before) == ("francs", 100.0 - number)
    assert {one.offer.name for one in here if one.offer} == {"own"}
    assert engine.redeem(there.id, there.items[0], time=NOW)
    assert engine.offers(time=NOW)["francs"]["redeemed"] == 1


def test_pages_lists_segments_audiences_and_looks(bundle: aisle.Bundle) -> None:
    engine = shop(bundle, {"default": {"filter": "price is not null"}, "more": {}})
    page = engine.recommend_page(
        "v", {"default": 3, "more": 3}, market="ch", time=NOW, attributes=["price"]
    )
    for slate in page.values():
        assert slate.market == "ch"
        assert all(one.attributes["price"] == 100.0 - n
                   for one, n in zip(slate, numbers(slate), strict=True) if n < 40)  # fmt: skip
    ranked = engine.rerank(
        ["i1", "i3", "i50"], market="ch", time=NOW, explain=True, attributes=["title"]
    )
    assert ranked.items == ["i1"]  # i3 is out of stock there, i50 has no price
    assert ranked[0].explanation is not None
    assert ranked[0].attributes == {"title": "Ding 1"}
    assert {one.value for one in engine.recommend_segments("category", "v", 9, market="ch")} <= {
        "c0", "c1", "c2", "c3",
    }  # fmt: skip
    engine.observe("x", "i1", time=NOW)
    assert engine.audience("i3", ["x"], market="ch", time=NOW) == []
    assert engine.audience("i3", ["x"], time=NOW) != []
    look = engine.complete("i1", 2, per=None, market="ch", budget=1000, time=NOW)
    assert look.price == sum(100.0 - int(str(item)[1:]) for item in look)
    many = engine.recommend_many(["v", "w"], 3, market="ch", placement="more", time=NOW)
    assert [slate.placement for slate in many] == ["more@ch", "more@ch"]


def test_bandits_learn_apart(bundle: aisle.Bundle) -> None:
    engine = shop(
        bundle, {"default": {"explore": {"policy": "epsilon_greedy", "epsilon": 1.0, "slots": [1]}}}
    )
    there = engine.recommend("v", k=3, market="ch")
    assert engine.outcome(there.id, there.items[0]) == "learned"
    assert {name for name, _ in engine.save_arms()} == {"default", "default@ch"}


def test_a_bundle_keeps_its_markets(bundle: aisle.Bundle, tmp_path: Path) -> None:
    strategies = Strategies(placements={"default": {}}, markets={"ch": CH})
    items = aisle.read_items({"id": ["i1"], "price_ch": [1.0], "stock_ch": [2.0],
                              "title_ch": ["a"], "price": [2.0]})  # fmt: skip
    aisle.fit(log(), items=items, strategy=strategies).save(tmp_path / "shop.aisle")
    with aisle.Engine(aisle.load(tmp_path / "shop.aisle")) as engine:
        assert engine.recommend("v", k=1, market="ch").currency == "CHF"


WRONG = [
    ({"market": "cx"}, "unknown market 'cx' of this strategy; did you mean 'ch'?"),
    ({"market": "ch", "placement": "hom"}, "unknown placement 'hom'; did you mean 'home'?"),
    ({"market": "ch", "placement": "home@de"}, "placement 'home@de' is of the market 'de', not"),
    ({"placement": "own@de", "market": "ch"}, "is of the market 'de', not 'ch'"),
    ({"placement": "own", "market": "ch"}, "unknown placement 'own'"),
]


@pytest.mark.parametrize(("asked", "words"), WRONG)
def test_what_is_not_there_is_said(bundle: aisle.Bundle, asked: Any, words: str) -> None:
    engine = shop(bundle, {"default": {}, "home": {}, "own@de": {}}, ch=CH, de={})
    with pytest.raises(aisle.ConfigError, match=words):
        engine.recommend("v", **asked)


BAD: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"default": {}}, {"columns": {"id": "title"}}, "columns.id: the id is no column"),
    ({"default": {}}, {"columns": {"prise": "price_ch"}}, "has no column .prise"),
    ({"default": {}}, {"columns": {"price": "pric_ch"}}, "has no column .pric_ch"),
    ({"default": {}}, {"columns": {"price": "title"}}, "columns.price: .title. is"),
    ({"default": {}}, {"filter": "pricey < 3"}, "unknown attribute 'pricey'"),
    ({"default": {}}, {"rules": [{"exclude": "prize > 3"}]}, "unknown attribute 'prize'"),
]


@pytest.mark.parametrize(("placements", "market", "words"), BAD)
def test_a_market_that_does_not_hold_is_refused_whole(
    bundle: aisle.Bundle, placements: dict[str, Any], market: dict[str, Any], words: str
) -> None:
    engine = shop(bundle, {"default": {"filter": "price < 10"}})
    before = engine.recommend("v", k=3, time=NOW).items
    with pytest.raises((aisle.AisleError), match=words):
        engine.swap(strategy=Strategies(placements=placements, markets={"x": market}))
    assert engine.recommend("v", k=3, time=NOW).items == before


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"markets": {"a@b": {}}}, "markets"),
        ({"markets": {"": {}}}, "markets"),
        ({"markets": {"ch": {"curency": "CHF"}}}, "did you mean 'currency'"),
        (
            {"placements": {"default": {}, "home@cch": {}}, "markets": {"ch": {}}},
            "home@cch: unknown market 'cch'; did you mean 'ch'",
        ),
        (
            {"placements": {"a": {}, "a@ch": {}, "a@ch@ch": {}}, "markets": {"ch": {}}},
            "a placement of a market is named",
        ),
        (
            {
                "placements": {
                    "a": {
                        "offers": [{"name": "x", "discount": 0.1, "budget": 1, "currency": "CFH"}]
                    }
                },
                "markets": {"ch": {"currency": "CHF"}},
            },
            "unknown currency 'CFH' of the markets; did you mean 'CHF'",
        ),
        (
            {
                "placements": {"a": {}, "b@ch": {"fallback": ["b"]}, "b": {"fallback": ["a"]}},
                "markets": {"ch": {}},
            },
            "circular fallback",
        ),
        ({"placements": {"home@ch": {}}, "markets": {"ch": {}}}, "name one for the shop"),
        (
            {"placements": {"a": {"fallback": ["b@ch"]}, "b@ch": {}}, "markets": {"ch": {}}},
            "'b@ch' is of another market",
        ),
    ],
)
def test_a_file_of_markets_is_checked(said: dict[str, Any], words: str) -> None:
    with pytest.raises(aisle.ConfigError, match=words):
        Strategies(**{"placements": {"default": {}}, **said})


FILE = """\
placements:
  default:
    rules: [{name: first, pin: i1, slot: 1}]
markets:
  ch:
    columns: {price: price_ch}
    rules:
      - {name: other, pin: i2, slot: 1}
"""


def test_check_finds_what_only_the_market_breaks(
    bundle: aisle.Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved, path = tmp_path / "shop.aisle", tmp_path / "shop.yaml"
    bundle.save(saved)

    def check(text: str) -> tuple[int, str]:
        path.write_text(text, encoding="utf-8")
        code = cli.main(["strategy", "check", str(path), "--bundle", str(saved)])
        told = capsys.readouterr()
        return code, told.out + told.err

    code, said = check(FILE)
    assert code != 0
    assert "shop.yaml:8:32: markets.ch.rules[0].slot: two pins on slot 1 at one time" in said
    code, said = check(FILE.replace("price_ch", "price_cx").replace("slot: 1}\n", "slot: 2}\n"))
    assert "shop.yaml:6:15: markets.ch.columns.price: unknown attribute 'price_cx'" in said
    assert "did you mean 'price_ch'" in said
    code, said = check(FILE.replace("pin: i2, slot: 1", "exclude: price < 1000 or price is null"))
    assert "shop.yaml:5:3: markets.ch: the filter and the rules of the market let none" in said
    code, said = check(FILE.replace("pin: i2, slot: 1", "exclude: prise < 3"))
    assert "shop.yaml:8:32: markets.ch.rules[0].exclude: unknown attribute 'prise'" in said
    code, said = check(FILE.replace("pin: i2, slot: 1", "hide: [i2, gone, lost]"))
    assert code == 0
    assert "note: " in said
    assert "markets.ch.rules[0].hide: the shop has no item 'gone', 'lost'" in said


def test_explain_and_diff_know_markets(
    bundle: aisle.Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(FILE.replace("slot: 1}\n", "slot: 2}\n"), encoding="utf-8")
    assert cli.main(["strategy", "explain", str(path)]) == 0
    said = capsys.readouterr().out
    assert "@ch:" in said
    assert "price means price_ch" in said
    both = [
        Strategies(placements={"default": recipe}, markets={"ch": CH})
        for recipe in ({}, {"filter": "price > 90"})
    ]
    diff = aisle.evaluate.compare_strategies(bundle, log(), *both, market="ch", max_requests=50)
    assert diff.measures["price"][1] > 90


def test_names_with_an_at_are_names_where_there_are_no_markets(bundle: aisle.Bundle) -> None:
    engine = aisle.Engine(bundle, strategy={"default@x": Strategy(), "default": Strategy()})
    assert engine.recommend("v", k=1).placement == "default"
    assert engine.recommend("v", k=1, placement="default@x").placement == "default@x"


def test_why_not_survives_the_end_of_a_market(bundle: aisle.Bundle) -> None:
    engine = shop(bundle, {"default": {}})
    slate = engine.recommend("v", k=1, market="ch", time=NOW)
    engine.swap(strategy=Strategy())
    with pytest.raises(aisle.AisleError, match="unknown market 'ch'"):
        slate.why_not("i1" if slate.items != ["i1"] else "i2")


@pytest.mark.parametrize("asked", [{"placement": 5}, {"market": ["ch"]}, {"placement": ["a"]}])
def test_a_name_that_is_no_text(bundle: aisle.Bundle, asked: Any) -> None:
    engine = shop(bundle, {"default": {}})
    with pytest.raises(aisle.ConfigError, match="is named by a text"):
        engine.recommend("v", **asked)


def test_an_empty_filter_is_no_filter_that_was_meant(bundle: aisle.Bundle) -> None:
    engine = shop(bundle, {"default": {}})
    with pytest.raises(aisle.AisleError, match="where is an empty text"):
        engine.recommend("v", where="")
    engine.recommend("v", market="ch", where="price > 98", time=NOW)
    with pytest.raises(aisle.AisleError):  # no text is taken for a market and a text
        engine.recommend("v", where="price\x00price_ch\x00price > 98", time=NOW)


def test_a_file_as_one_reads_it_is_taken(bundle: aisle.Bundle) -> None:
    engine = aisle.Engine(bundle)
    engine.swap(strategy={"placements": {"default": {}}, "markets": {"ch": CH}})  # type: ignore[dict-item]
    assert engine.recommend("v", k=1, market="ch").currency == "CHF"


def test_the_schema_takes_what_the_docs_write() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    written = {
        "placements": {
            "default": {"exposure": [{"tail": "20%", "at_least": 0.3}], "rotation": 0.5},
            "home": {"rules": [{"at_most": "25%", "per": "brand"}], "fatigue": {"within": "7d"}},
        },
        "markets": {"de": {"currency": "EUR", "columns": {"price": "price_de"}}},
    }
    jsonschema.validate(written, Strategies.model_json_schema())
    Strategies(**written)
