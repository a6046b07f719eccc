"""`recommend(explain=True)` and `slate.why_not`: what they say is what happened."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aisle
from aisle.strategy import Rule, Strategy

sys.path.insert(0, str(Path(__file__).parent))
import shops  # type: ignore[import-not-found]
from shops import MINUTE, NOW

NEAR = {"knn": 100, "co_visitation": 100}  # sources that bring what the session's groups hold


def engine(**fields: Any) -> aisle.Engine:
    made = shops.engine(strategy=Strategy(**fields))
    made.observe("v", "i3", time=NOW)
    made.observe("v", "i14", time=NOW + MINUTE)
    return made


def ask(shop: aisle.Engine, k: int = 8, **more: Any) -> aisle.Slate:
    return shop.recommend("v", k=k, time=NOW + MINUTE, explain=True, **more)


def told(slate: aisle.Slate, place: int) -> aisle.Explanation:
    explanation = slate[place - 1].explanation
    assert explanation is not None
    return explanation


def test_without_it_there_is_none() -> None:
    shop = engine()
    plain = shop.recommend("v", k=8, time=NOW + MINUTE)
    assert plain[0].explanation is None
    assert "explanation" not in plain[0].to_dict()
    assert plain.items == ask(shop).items


def test_the_parts_sum_to_the_score() -> None:
    slate = ask(engine(), k=20)
    for one in slate:
        explanation = one.explanation
        assert explanation is not None
        if explanation.fallback:
            assert explanation.score is None
            continue
        assert explanation.score == pytest.approx(
            sum(feature.part for feature in explanation.features), abs=1e-5
        )
        assert explanation.boosted == explanation.score == pytest.approx(one.score)
        assert explanation.place_by_score == explanation.place_after_diversity == one.place
        assert explanation.sources == one.sources
        assert sum(map(explanation.share_of, one.sources)) <= explanation.score + 2


def test_rules_pins_and_limits_are_named() -> None:
    shop = engine(
        at_most={"category": 4},
        rules=[
            Rule(name="push", boost=3, where="sale"),
            Rule(name="sink", bury=2, where="id == 'i4'"),
            Rule(name="ours", pin="i50", slot=2),
            Rule(name="cheap", at_least=1, where="price < 4"),
        ],
    )
    slate = ask(shop, k=6)
    assert (slate.items[1], told(slate, 2).pin) == ("i50", "ours")
    assert slate[1].reasons == ["pinned by the rule 'ours'"]
    for one in slate:
        explanation = one.explanation
        assert explanation is not None
        names = [effect.rule for effect in explanation.rules]
        number = int(str(one.item)[1:])
        if explanation.score is not None:
            assert ("push" in names) == (number % 2 == 0)
            assert ("sink" in names) == (number == 4)
        limits = {limit.rule: limit for limit in explanation.limits}
        assert (limits[None].column, limits[None].slots) == ("category", 4)
        assert ("cheap" in limits) == (number < 3)
    assert told(slate, 1).to_dict()["limits"]


def test_plain_values_and_tables() -> None:
    slate = ask(engine(diversity=0.5, rules=[Rule(name="<b>", boost=2)], sources=NEAR), k=30)
    plain = json.loads(json.dumps(slate.to_dict()))
    first = plain["items"][0]["explanation"]
    assert first["item"] == {"item": slate.items[0], "title": f"Thing {str(slate.items[0])[1:]}"}
    assert sum(one["part"] for one in first["features"]) == pytest.approx(first["score"], abs=1e-5)
    assert plain["items"][-1]["explanation"]["fallback"] in (
        "trending_alike",
        "trending",
        "popular",
    )
    for one in slate:
        assert "<b>" not in one._repr_html_()
        assert one.explanation is not None
        assert one.explanation._repr_html_().startswith("<table>")
    assert "&lt;b&gt; (x 2)" in slate[0]._repr_html_()


@pytest.mark.parametrize(
    ("fields", "item", "more", "words"),
    [
        ({}, "no", {}, "the shop has no such item"),
        ({}, "i14", {"item": "i14"}, "the page is about it"),
        ({}, "i5", {"where": "price > 20"}, "the request's filter does not let it through"),
        ({"filter": "price > 20"}, "i5", {}, "the strategy's filter does not let it through"),
        (
            {"rules": [Rule(name="no", hide=["i5"])]},
            "i5",
            {},
            "the rule 'no' does not let it through",
        ),
        ({"exclude": {"seen": True}}, "i3", {}, "the visitor has seen it, or disliked it"),
        (
            {"filter": "price < 6", "minimum": 8},
            "i0",
            {},
            "the slate would have been shorter than the strategy's minimum, and was left empty",
        ),
        (
            {"sources": NEAR},
            "i59",
            {},
            "no source brought it: it has little to do with this session",
        ),
    ],
)
def test_why_not_names_the_step(
    fields: dict[str, Any], item: str, more: Mapping[str, Any], words: str
) -> None:
    assert ask(engine(**fields), **more).why_not(item) == words


def test_why_not_names_the_limit() -> None:
    own = ask(engine(at_most={"category": 2}), k=6)
    kept = [item for item in map(str, own.items) if item[1:].isdigit() and int(item[1:]) < 10]
    other = next(f"i{n}" for n in range(10) if f"i{n}" not in kept)
    assert own.why_not(other) == (
        "the strategy allows at most 2 of category 'c0', and others took those slots"
    )
    shop = engine(rules=[Rule(name="few", at_most=1, where="category == 'c0'")])
    slate = ask(shop, k=12)
    due = [item for item in ask(engine(), k=12).items if item in [f"i{n}" for n in range(10)]]
    assert slate.why_not(next(item for item in due if item not in slate.items)) == (
        "the rule 'few' allows at most 1 of its items, and others took those slots"
    )


def test_why_not_names_what_moved_it_behind_the_end() -> None:
    order = ask(engine(), k=12).items
    assert ask(engine(), k=4).why_not(order[6]) == (
        "it is a candidate in place 7, and 4 were asked for"
    )
    sunk = engine(rules=[Rule(name="down", bury=1000, where=f"id == '{order[1]}'")])
    words = ask(sunk, k=4).why_not(order[1])
    assert words.startswith("down (x 0.001) took it from place 2 to place ")
    assert words.endswith(", and 4 were asked for")
    pinned = engine(rules=[Rule(name="ours", pin="i50", slot=1)])
    assert ask(pinned, k=4).why_not(order[3]) == (
        "it is a candidate in place 4, and 4 were asked for, 1 of them pinned"
    )
    kept = engine(rules=[Rule(name="dear", at_least=3, where="price > 30")])
    assert (
        ask(kept, k=4)
        .why_not(order[2])
        .startswith(
            "the rule 'dear' keeps 3 slots for other items, and it is a candidate in place 3"
        )
    )


def test_why_not_names_diversity() -> None:
    shop = engine(diversity={"method": "mmr", "strength": 0.9, "on": "category"})
    slate = ask(shop, k=6)
    plain = ask(engine(), k=6).items
    gone = [item for item in plain if item not in slate.items]
    assert gone
    assert all(slate.why_not(one).startswith("diversity took it from place ") for one in gone)


def test_what_happens_later_changes_no_explanation() -> None:
    shop = engine()
    slate = ask(shop, k=4)
    plain = shop.recommend("v", k=4, time=NOW + MINUTE)
    after = ask(shop, k=5).items[4]
    before, words = slate.to_dict(), slate.why_not(after)
    shop.observe("v", after, "purchase", time=NOW + MINUTE + 1)
    assert plain.why_not(after) == "the visitor bought it"
    shop.swap(strategy=Strategy(filter="price < 0"))
    assert slate.why_not(after) == words
    shop.swap(aisle.fit(shops.log(integers=True)), strategy=aisle.Strategy())
    assert slate.why_not(after) == words
    assert slate.to_dict() == before
    assert plain.why_not("i40") == "no source brought it: it has little to do with this session"


def test_a_request_without_a_time_keeps_the_time_it_had() -> None:
    shop = shops.engine(strategy=Strategy(sources=NEAR))
    slate = shop.recommend(session=["i3"], k=4, explain=True)
    assert slate.why_not("i59").startswith("no source brought it")


def test_a_list_that_nobody_reads_is_not_explained() -> None:
    shop = engine()
    assert len(shop.recommend("v", k=10_000, time=NOW, explain=True)) == 60
    with pytest.raises(aisle.ConfigError, match="takes a k of up to 10,000, got 10,001"):
        shop.recommend("v", k=10_001, explain=True)


def test_explanations_hold_while_others_observe_and_swap() -> None:
    shop = engine()
    other = shops.bundle(seed=1)
    is_over = threading.Event()
    wrong: list[str] = []

    def ask_on() -> None:
        while not is_over.is_set():
            slate = shop.recommend("v", k=8, explain=True, where="price > 1")
            for one in slate:
                explanation = one.explanation
                assert explanation is not None
                if str(explanation.item.item) != str(one.item):
                    wrong.append(f"{one.item} is not {explanation.item}")
                parts = sum(feature.part for feature in explanation.features)
                if explanation.score is not None and abs(parts - explanation.score) > 1e-5:
                    wrong.append(f"{one.item}: {parts} is not {explanation.score}")
            if "asked again" in slate.why_not("i5"):
                wrong.append(slate.why_not("i5"))

    threads = [threading.Thread(target=ask_on) for _ in range(2)]
    for thread in threads:
        thread.start()
    for n in range(30):
        shop.observe("v", f"i{n}")
        if n % 5 == 0:
            shop.swap(other if n % 10 else shop.bundle)
        shop.swap(strategy=Strategy(at_most={"category": 2 + n % 3}))
        time.sleep(0.01)
    is_over.set()
    for thread in threads:
        thread.join()
    assert wrong == []


FIELDS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "diversity": st.sampled_from([0.0, 0.3, 0.9]),
        "novelty": st.sampled_from([0.0, 0.5]),
        "at_most": st.sampled_from([{}, {"category": 2}]),
        "filter": st.sampled_from([None, "price < 30", "price < 4"]),
        "exclude": st.sampled_from([{}, {"seen": True}]),
        "rules": st.lists(
            st.sampled_from(
                [
                    Rule(name="push", boost=4, where="sale"),
                    Rule(name="sink", bury=50, where="price < 6"),
                    Rule(name="ours", pin="i50", slot=2),
                    Rule(name="few", at_most=2, where="sale"),
                    Rule(name="dear", at_least=2, where="price > 40"),
                    Rule(name="hidden", hide=["i5"]),
                ]
            ),
            unique_by=lambda rule: rule.name,
            max_size=4,
        ),
        "minimum": st.sampled_from([0, 5]),
    },
)
SHOP = shops.bundle()


@settings(max_examples=60, deadline=None)
@given(FIELDS, st.integers(1, 70), st.booleans())
def test_every_item_has_its_reason(fields: dict[str, Any], k: int, with_filter: bool) -> None:
    shop = aisle.Engine(SHOP, strategy=Strategy(**fields))
    shop.observe("v", "i3", time=NOW)
    shop.observe("v", "i14", time=NOW + MINUTE)
    slate = ask(shop, k=k, where="price > 2" if with_filter else None)
    assert (
        slate.items
        == shop.recommend(
            "v", k=k, time=NOW + MINUTE, where="price > 2" if with_filter else None
        ).items
    )
    for one in slate:
        explanation = one.explanation
        assert explanation is not None
        assert one.reasons
        assert explanation.facts()
        assert (explanation.score is None) == bool(explanation.pin or explanation.fallback) or (
            explanation.fallback is not None
        )
    for n in range(60):
        words = slate.why_not(f"i{n}")
        assert words
        assert words.startswith("it is here") == (f"i{n}" in slate.items)
        assert "asked again" not in words


def test_a_page_explains_each_slate() -> None:
    made = shops.engine(strategy={"home": aisle.Strategy(diversity=0.3), "more": aisle.Strategy()})
    made.observe("v", "i3", time=NOW)
    page = made.recommend_page("v", {"home": 4, "more": 4}, time=NOW, explain=True)
    for name, slate in page.items():
        alone = [one.explanation for one in slate]
        assert all(told is not None and told.place == at for at, told in enumerate(alone, 1)), name
        assert slate.sentences()
        assert slate.why_not("nothing") == "the shop has no such item"


def test_why_not_asks_the_strategy_that_answered() -> None:
    made = shops.engine(
        strategy={
            "tried": aisle.Strategy(explore={"over": "strategies", "among": ["a", "b"]}),
            "a": aisle.Strategy(rules=[{"name": "in a", "hide": ["i1"]}]),
            "b": aisle.Strategy(rules=[{"name": "in b", "hide": ["i1"]}]),
            "empty": aisle.Strategy(filter="price > 1e6", fallback=["a"]),
        }
    )
    for _ in range(8):
        slate = made.recommend("v", k=5, placement="tried", time=NOW)
        assert slate.why_not("i1") == f"the rule 'in {slate.chosen}' does not let it through"
    fallen = made.recommend("v", k=5, placement="empty", time=NOW)
    assert fallen.why_not("i1") == "the rule 'in a' does not let it through"
