"""What was shown matters to the next request: pages, fatigue, rotation, what a caller excludes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import aisle

sys.path.insert(0, str(Path(__file__).parent))
from shops import MINUTE, NOW, bundle, engine  # type: ignore[import-not-found]

DAY = 24 * 60 * MINUTE


def asked(engine: aisle.Engine, k: int = 6, time: int = NOW, **options: object) -> aisle.Slate:
    return engine.recommend("v", k, time=time, **options)  # type: ignore[arg-type]


def test_pages_neither_repeat_nor_skip() -> None:
    shop = engine()
    shop.observe("v", "i3", time=NOW)
    whole = asked(shop, 60).items
    pages, after = [], None
    while True:
        slate = asked(shop, 7, after=after)
        if not slate.items:
            break
        pages += slate.items
        after = slate.id
    assert pages == whole
    assert slate.trace["kept_out"]["shown"] == len(whole)


def test_a_click_between_two_pages_neither_repeats_nor_skips() -> None:
    shop = engine()
    shop.observe("v", "i3", time=NOW)
    first = asked(shop, 10)
    shop.observe("v", "i25", time=NOW + MINUTE)
    second = asked(shop, 50, NOW + MINUTE, after=first.id)
    assert not set(first.items) & set(second.items)
    assert set(first.items) | set(second.items) >= {f"i{n}" for n in range(60)} - {"i3", "i25"}
    assert second.items[0].startswith("i2"), "the newest click leads the second page"


def test_pages_of_a_session_that_the_caller_brings() -> None:
    shop = engine()
    first = shop.recommend(session=["i3"], k=5)
    second = shop.recommend(session=["i3"], k=5, after=first.id)
    assert not set(first.items) & set(second.items)


def test_a_page_after_a_slate_that_is_not_kept_says_so() -> None:
    shop = engine()
    slate = asked(shop)
    with pytest.raises(aisle.ConfigError, match="after names a slate of this visitor"):
        shop.recommend("somebody else", 6, after=slate.id, time=NOW)
    with pytest.raises(aisle.ConfigError, match="of another engine"):
        asked(engine(), after=slate.id)
    few = aisle.Engine(bundle(), slates=0)
    slate = asked(few)
    with pytest.raises(aisle.ConfigError, match="more slates"):
        asked(few, after=slate.id)


def test_pages_go_on_through_a_swap_and_end_with_forget() -> None:
    shop = engine()
    first = asked(shop)
    shop.swap(bundle(seed=5))
    assert not set(first.items) & set(asked(shop, after=first.id).items)
    shop.forget("v")
    with pytest.raises(aisle.ConfigError, match="not kept"):
        asked(shop, after=first.id)


def test_what_the_caller_excludes_stays_away() -> None:
    shop = engine()
    first = asked(shop).items
    slate = asked(shop, exclude=first)
    assert not set(first) & set(slate.items)
    assert slate.why_not(first[0]) == "this request excludes it"
    with pytest.raises(aisle.ConfigError, match="exclude is a list"):
        asked(shop, exclude="i3")


def test_what_was_shown_and_not_touched_sinks() -> None:
    strategy = aisle.Strategy(fatigue={"strength": 0.9, "within": "1d"})  # type: ignore[arg-type]
    shop = engine(strategy=strategy)
    shop.observe("v", "i3", time=NOW)
    plain = asked(shop).items
    tired = asked(shop, time=NOW + MINUTE)
    assert tired.items != plain
    later = asked(shop, time=NOW + 2 * DAY).items
    assert later == asked(engine(), time=NOW + 2 * DAY).items or later != tired.items


def test_what_was_touched_does_not_sink() -> None:
    strategy = aisle.Strategy(fatigue=1.0, exclude={"return_below": 0.0})  # type: ignore[arg-type]
    shop = engine(strategy=strategy)
    shop.observe("v", "i3", time=NOW)
    shown = asked(shop, 3).items
    shop.observe("v", shown[2], time=NOW + MINUTE)
    again = asked(shop, 60, NOW + 2 * MINUTE).items
    assert again.index(shown[2]) < again.index(shown[0])
    assert again.index(shown[2]) < again.index(shown[1])


def test_free_showings_cost_nothing() -> None:
    strategy = aisle.Strategy(fatigue={"strength": 1.0, "after": 2})  # type: ignore[arg-type]
    shop = engine(strategy=strategy)
    shop.observe("v", "i3", time=NOW)
    first, second, third, fourth = (asked(shop, 5, NOW + n * MINUTE).items for n in range(4))
    assert set(first) == set(second) == set(third)
    assert set(fourth) != set(first)


def test_rotation_makes_room_and_comes_back() -> None:
    shop = engine(strategy=aisle.Strategy(rotation={"rate": 1.0, "time": "2h"}))  # type: ignore[arg-type]
    shop.observe("v", "i3", time=NOW)
    first = asked(shop, 5).items
    assert not set(first) & set(asked(shop, 4, NOW + MINUTE).items)
    assert set(asked(shop, 5, NOW + 5 * 60 * MINUTE).items) & set(first)


def test_nobody_is_tired_of_what_others_were_shown() -> None:
    shop = engine(strategy=aisle.Strategy(fatigue=1.0))  # type: ignore[arg-type]
    assert asked(shop).items == shop.recommend("w", 6, time=NOW).items


def test_a_fallback_placement_answers_for_an_empty_slate() -> None:
    strategies = {
        "sale": aisle.Strategy(filter="price < 0", fallback=["cheap", "all"]),
        "cheap": aisle.Strategy(filter="price < 3", minimum=5),
        "all": aisle.Strategy(),
    }
    shop = engine(strategy=strategies)
    slate = asked(shop, placement="sale")
    assert slate.placement == "all"
    assert len(slate) == 6
    assert asked(shop, placement="all").placement == "all"


@pytest.mark.parametrize(
    ("strategies", "problem"),
    [
        ({"a": {"fallback": ["b"]}, "b": {"fallback": ["a"]}}, "circular fallback: a -> b -> a"),
        ({"a": {"fallback": ["a"]}}, "circular fallback"),
        ({"home": {"fallback": ["hom"]}}, "did you mean 'home'"),
        ({"home": {"fatigue": 2}}, "fatigue"),
        ({"home": {"rotation": {"rate": 0.5, "time": "soon"}}}, "is no span of time"),
    ],
)
def test_bad_chains_and_spans_are_refused(strategies: object, problem: str) -> None:
    with pytest.raises(aisle.ConfigError, match=problem):
        aisle.Strategies(placements=strategies)  # type: ignore[arg-type]


def test_a_list_of_the_callers_comes_back_in_the_visitors_order() -> None:
    shop = engine()
    shop.observe("v", "i3", time=NOW)
    found = ["i50", "i51", "i4", "i52", "i9", "unknown"]
    slate = shop.rerank(found, visitor="v", time=NOW, trust=0.0)
    assert set(slate.items) == set(found) - {"unknown"}
    assert set(slate.items[:2]) == {"i4", "i9"}
    same = shop.rerank(found, visitor="v", time=NOW, trust=1000.0)
    assert same.items == found[:-1]
    scored = shop.rerank(found, [1, 5, 2, 4, 3, 9], visitor="v", time=NOW, trust=1000.0)
    assert scored.items == ["i51", "i52", "i9", "i4", "i50"]


def test_rules_hold_for_a_list_of_the_callers() -> None:
    rules = [
        aisle.Rule(exclude="price > 40"),
        aisle.Rule(pin="i9", slot=1, when="context.query == 'lamp'"),
        aisle.Rule(pin="i20", slot=1),
    ]
    shop = engine(strategy=aisle.Strategy(rules=rules))
    slate = shop.rerank(["i1", "i50", "i9", "i2"], query="lamp", time=NOW)
    assert slate.items == ["i9", "i1", "i2"]
    assert "i20" not in shop.rerank(["i1", "i2"], time=NOW).items
    shop.update_items({"id": ["i1"], "stock": [0]})
    assert shop.rerank(["i1", "i2"], time=NOW).items == ["i2"]
    assert shop.rerank(["i1", "i2", "i2"], time=NOW, where="price < 4", k=1).items == ["i2"]


@pytest.mark.parametrize(
    ("given", "options", "problem"),
    [
        ([], {}, "empty list"),
        (["i1"], {"scores": [1, 2]}, "1 items have 2 scores"),
        (["i1"], {"scores": [-1]}, "not negative"),
        (["i1"], {"trust": -1}, "trust"),
        (["i1"], {"placement": "hom"}, "placement"),
        (["i1"], {"visitor": "v", "session": ["i2"]}, "one of them"),
    ],
)
def test_lists_that_do_not_hold_are_refused(
    given: list[str], options: dict[str, object], problem: str
) -> None:
    with pytest.raises(aisle.ConfigError, match=problem):
        engine().rerank(given, **options)  # type: ignore[arg-type]


def test_a_page_has_no_item_twice_and_the_best_first() -> None:
    strategies = {
        "cheap": aisle.Strategy(filter="price < 12"),
        "for_you": aisle.Strategy(),
        "none": aisle.Strategy(filter="price < 0"),
        "many": aisle.Strategy(filter="price < 7", minimum=5),
    }
    shop = engine(strategy=strategies)
    shop.observe("v", "i3", time=NOW)
    widgets: dict[str, int | aisle.Widget] = {"cheap": 6, "none": 5, "for_you": 6, "many": 5}
    page = shop.recommend_page("v", widgets, time=NOW)
    shown = [item for slate in page.values() for item in slate.items]
    assert len(shown) == len(set(shown))
    assert page.left_out == [name for name in widgets if name not in page]
    assert "none" in page.left_out
    values = list(page.expected.values())
    assert values == sorted(values, reverse=True)
    assert page.to_dict()["placements"][0]["placement"] == next(iter(page))
    assert "expected" in page._repr_html_()
    shop.outcome(next(iter(page.values())).id, shown[0])


def test_a_widget_that_is_worth_more_comes_first() -> None:
    strategies = {"a": aisle.Strategy(), "b": aisle.Strategy()}
    shop = engine(strategy=strategies)
    shop.observe("v", "i3", time=NOW)
    assert list(shop.recommend_page("v", {"a": 3, "b": 3}, time=NOW)) == ["a", "b"]
    dear = {"a": aisle.Widget(k=3), "b": aisle.Widget(k=3, value=3.0)}
    assert list(shop.recommend_page("v", dear, time=NOW)) == ["b", "a"]
    with pytest.raises(aisle.ConfigError, match="at least one placement"):
        shop.recommend_page("v", {})
    with pytest.raises(aisle.ConfigError, match="positive"):
        aisle.Widget(value=0)


def test_segments_instead_of_items() -> None:
    shop = engine()
    shop.observe("v", "i13", time=NOW)
    segments = shop.recommend_segments("category", "v", 3, time=NOW)
    assert segments[0].value == "c1"
    assert 0 < sum(one.share for one in segments) <= 1 + 1e-9
    assert len(segments) == 3
    none = shop.recommend_segments("category", "v", 9, time=NOW, where="category == 'c2'")
    assert [one.value for one in none] == ["c2"]
    with pytest.raises(aisle.UnknownNameError, match="category"):
        shop.recommend_segments("categry", "v")
    with pytest.raises(aisle.ConfigError, match="values to recommend"):
        shop.recommend_segments("price", "v")


def test_the_audience_of_an_item() -> None:
    shop = engine()
    shop.observe("near", "i13", time=NOW)
    shop.observe("far", "i43", time=NOW)
    shop.observe("has", "i15", "purchase", time=NOW)
    found = shop.audience("i15", ["far", "has", "near", "nobody"], time=NOW)
    assert found[0][0] == "near"
    assert "has" not in [who for who, _ in found]
    assert all(0 < chance < 1 for _, chance in found)
    assert shop.audience("no such item", ["near"]) == []


def test_the_last_page_is_as_short_as_what_is_left() -> None:
    strategies = {
        "few": aisle.Strategy(filter="price < 12", minimum=3, fallback=["all"]),
        "all": aisle.Strategy(),
    }
    shop = engine(strategy=strategies)
    first = asked(shop, 10, placement="few")
    second = asked(shop, 10, placement="few", after=first.id)
    assert len(second) == 1
    assert len(asked(shop, 10, placement="few", after=second.id)) == 0


def test_a_chosen_strategy_without_items_falls_back() -> None:
    explore = {"over": "strategies", "among": ["a", "none"], "policy": "epsilon_greedy"}
    strategies = {
        "home": aisle.Strategy(explore=explore, minimum=1, fallback=["b"]),  # type: ignore[arg-type]
        "a": aisle.Strategy(),
        "none": aisle.Strategy(filter="price < 0"),
        "b": aisle.Strategy(),
    }
    shop = engine(strategy=strategies)
    slates = [asked(shop, placement="home") for _ in range(40)]
    assert all(len(slate) == 6 for slate in slates)
    assert {(slate.chosen, slate.placement) for slate in slates} == {("a", "a"), ("none", "b")}
    assert asked(shop, placement="a").chosen is None


@pytest.mark.parametrize("wrong", [3, ["x"], b"x"])
def test_a_slate_is_named_by_its_id(wrong: object) -> None:
    shop = engine()
    with pytest.raises(aisle.ConfigError, match="named by its id"):
        shop.outcome(wrong, "i3")
    with pytest.raises(aisle.ConfigError, match="named by its id"):
        asked(shop, after=wrong)


def test_dicts_and_sets_where_people_have_them() -> None:
    shop = engine()
    assert shop.rerank(["i1", "i50"], where={"price": (0, 10)}, time=NOW).items == ["i1"]
    found = shop.recommend_segments("category", "v", where={"category": "c2"}, time=NOW)
    assert [one.value for one in found] == ["c2"]
    first = asked(shop).items
    assert not set(first) & set(asked(shop, exclude=set(first)).items)
    with pytest.raises(aisle.ConfigError, match="exclude is a list"):
        asked(shop, exclude=5)


@pytest.mark.parametrize(
    ("ask", "problem"),
    [
        (lambda shop: shop.recommend_page("v", ["home"]), "dict of placements"),
        (lambda shop: shop.recommend("v", context=["a"]), "dicts of names"),
        (lambda shop: shop.rerank("abc"), "items is a list of ids"),
        (lambda shop: shop.audience("i3", "abc"), "visitors is a list of ids"),
    ],
)
def test_slips_of_the_pen_are_told(ask: Callable[[aisle.Engine], object], problem: str) -> None:
    with pytest.raises(aisle.ConfigError, match=problem):
        ask(engine())
