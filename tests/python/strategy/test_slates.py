"""Whatever the rules: the promises of docs/strategies.md about a slate hold."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aisle
from aisle.strategy import Rule, Strategy

ITEMS = 120
NEW = 6  # told of after the fit
NOW = 1_772_409_600_000_000
BRANDS = ("b0", "b1", "b2", "b3")
TAGS = ("new", "red", "warm")
IDS = [f"i{n}" for n in range(ITEMS + NEW)]

Shop = dict[str, dict[str, Any]]


def attributes() -> Shop:
    """Every item's price, brand, sale and stock; some have no brand, some are sold out."""
    return {
        name: {
            "price": float(n % 40),
            "brand": None if n % 11 == 0 else BRANDS[n % 4],
            "sale": n % 3 == 0,
            "stock": 0.0 if n % 13 == 0 else 5.0,
            "tags": None if n % 7 == 0 else [tag for bit, tag in enumerate(TAGS) if n >> bit & 1],
        }
        for n, name in enumerate(IDS)
    }


SHOP = attributes()


@cache
def engine() -> aisle.Engine:
    """An engine of all but the new items, which come later."""
    rng = np.random.default_rng(3)
    views = 3000
    session = np.arange(views) // 4
    start = rng.integers(0, ITEMS, views // 4)
    item = (np.repeat(start, 4) + rng.integers(0, 8, views)) % ITEMS
    log = aisle.Events.from_columns(
        visitor=[f"v{n}" for n in session],
        session=session,
        item=[IDS[n] for n in item],
        time=NOW - 86_400_000_000 + np.arange(views) * 10_000_000,
    )
    columns = {
        name: [SHOP[one][name] for one in IDS[:ITEMS]]
        for name in ("price", "brand", "sale", "stock", "tags")
    }
    made = aisle.Engine(aisle.fit(log, items=aisle.read_items({"id": IDS[:ITEMS], **columns})))
    for one in IDS[ITEMS:]:
        made.update_items({"id": [one], **{name: [value] for name, value in SHOP[one].items()}})
    return made


# Conditions, with what each means of an item; None is unknown.
CONDITIONS = {
    "price < 12": lambda one: one["price"] < 12,
    "price >= 30": lambda one: one["price"] >= 30,
    'brand == "b1"': lambda one: None if one["brand"] is None else one["brand"] == "b1",
    'brand in ["b0", "b3"]': lambda one: None if one["brand"] is None else one["brand"] in "b0 b3",
    "sale": lambda one: one["sale"],
    'sale and context.device == "phone"': lambda one: one["sale"],
    "price < $most": lambda one: one["price"] < 20,
}
CONTEXT = {"context": {"device": "phone"}, "params": {"most": 20}}

conditions = st.sampled_from(list(CONDITIONS))
ids = st.sampled_from(IDS)
rules = st.one_of(
    st.builds(lambda e: {"include": e}, conditions),
    st.builds(lambda e: {"exclude": e}, conditions),
    st.builds(lambda x: {"hide": x}, st.lists(ids, max_size=5)),
    st.builds(lambda e, f: {"boost": f, "where": e}, conditions, st.sampled_from([0.01, 2.0, 900])),
    st.builds(lambda e: {"boost": e}, st.sampled_from(["price", "1 / price", "price - 20"])),
    st.builds(lambda e, f: {"add": f, "where": e}, conditions, st.sampled_from([-2.0, 0.5, 3.0])),
    st.builds(lambda e: {"bury": 50.0, "where": e}, conditions),
    st.builds(lambda i, s: {"pin": i, "slot": s}, ids, st.integers(1, 14)),
    st.builds(lambda e, n: {"at_most": n, "where": e}, conditions, st.integers(0, 4)),
    st.builds(lambda n: {"at_most": n, "per": "brand"}, st.integers(1, 4)),
    st.builds(lambda n: {"at_most": n, "per": "tags"}, st.integers(1, 4)),
    st.builds(lambda e, n: {"at_least": n, "where": e}, conditions, st.integers(0, 4)),
    st.builds(lambda e: {"at_least": "50%", "where": e}, conditions),
)


@st.composite
def recipes(draw: st.DrawFn) -> Strategy:
    chosen, pinned = [], set()
    for rule in draw(st.lists(rules, max_size=6)):
        if rule.get("slot") not in pinned:
            chosen.append(rule)
        pinned |= {rule["slot"]} if "slot" in rule else set()
    return Strategy(
        rules=chosen,
        filter=draw(st.none() | conditions),
        diversity=draw(st.sampled_from([0.0, 0.4])),
        boosts=draw(st.sampled_from(["multiply", "max"])),
        exclude={"return_below": draw(st.sampled_from([0.0, 1.0]))},
        sources=draw(st.none() | st.just({"trending": 10}) | st.just({"knn": 30, "rules": 5})),
    )


def holds(text: str, item: str) -> bool:
    return CONDITIONS[text](SHOP[item]) is True


def is_allowed(recipe: Strategy, item: str, anchor: str) -> bool:
    """What docs/strategies.md says of steps 2 to 4, item by item."""
    if item == anchor or SHOP[item]["stock"] == 0:
        return False
    if recipe.filter and not holds(recipe.filter, item):
        return False
    for rule in recipe.rules:
        if rule.include and not holds(rule.include, item):
            return False
        if rule.exclude and holds(rule.exclude, item):
            return False
        if item in (rule.hide or []):
            return False
    return True


def about(rule: Rule, items: list[str]) -> list[str]:
    return [one for one in items if rule.where is None or holds(rule.where, one)]


def slots(amount: int | str | None, k: int) -> int:
    return -(-k * int(amount[:-1]) // 100) if isinstance(amount, str) else int(amount or 0)


def pins(recipe: Strategy, k: int, allowed: list[str]) -> dict[int, str]:
    """By slot: an item once, the first rule that names it."""
    found: dict[int, str] = {}
    for rule in recipe.rules:
        if rule.slot and rule.slot <= k and rule.pin in allowed and rule.pin not in found.values():
            found[rule.slot] = str(rule.pin)
    return found


def groups(rule: Rule, items: list[str]) -> list[list[str]]:
    """The items of an at_most, by what is counted together."""
    mine = about(rule, items)
    if rule.per is None:
        return [mine]
    if rule.per == "tags":  # an item counts for each of its labels
        return [[one for one in mine if tag in (SHOP[one]["tags"] or ())] for tag in TAGS]
    return [[one for one in mine if SHOP[one]["brand"] == brand] for brand in BRANDS]


@settings(max_examples=120, deadline=None)
@given(
    recipe=recipes(),
    k=st.integers(1, 15),
    session=st.lists(st.sampled_from(IDS[:ITEMS]), max_size=4),
    anchor=ids,
)
def test_a_slate_keeps_its_promises(
    recipe: Strategy, k: int, session: list[str], anchor: str
) -> None:
    shop = engine()
    shop.swap(strategy=recipe)
    answer = shop.recommend(k=k, session=session, item=anchor, time=NOW, **CONTEXT)
    slate = [str(one) for one in answer.items]
    allowed = [one for one in IDS if is_allowed(recipe, one, anchor)]
    assert len(slate) <= k
    assert len(set(slate)) == len(slate)
    assert set(slate) <= set(allowed)

    pinned = pins(recipe, k, allowed)
    for slot, item in pinned.items():
        assert item in slate
        assert slate.index(item) == min(slot, len(slate)) - 1 or len(slate) < k
    for rule in recipe.rules:
        if rule.at_most is None:
            continue
        for group in groups(rule, slate):
            forced = sum(one in pinned.values() for one in group)
            assert len(group) <= max(slots(rule.at_most, k), forced)

    limits = [rule for rule in recipe.rules if rule.at_most is not None]
    if not limits:
        assert len(slate) == min(k, len(allowed))
        wishes = [rule for rule in recipe.rules if rule.at_least is not None]
        if len(wishes) == 1 and recipe.exclude.return_below == 0.0:
            free = k - sum(one not in about(wishes[0], [one]) for one in pinned.values())
            there = len(about(wishes[0], allowed))
            wanted = min(slots(wishes[0].at_least, k), free, there)
            assert len(about(wishes[0], slate)) >= wanted
    elif len(slate) < k:  # every allowed item that is left out would break a limit
        for one in set(allowed) - set(slate):
            assert any(
                one in group and len(group) > slots(rule.at_most, k)
                for rule in limits
                for group in groups(rule, [*slate, one])
            )


def test_a_pin_is_stronger_than_the_visitors_habit_but_not_than_what_was_asked_for() -> None:
    shop = engine()
    seen = ["i5", "i6"]
    for exclude, comes in (({"return_below": 1.0}, True), ({"seen": True}, False)):
        shop.swap(strategy=Strategy(rules=[Rule(pin="i5", slot=2)], exclude=exclude))
        slate = shop.recommend(k=8, session=seen, time=NOW)
        assert (slate.items[1] == "i5") is comes
        assert "i6" not in slate.items
    assert slate.why_not("i5") == "the visitor has seen it, or disliked it"


def test_a_limit_per_label_counts_every_label_of_an_item() -> None:
    shop = engine()
    for recipe in (Strategy(at_most={"tags": 2}), Strategy(rules=[Rule(at_most=2, per="tags")])):
        shop.swap(strategy=recipe)
        slate = shop.recommend(k=12, session=["i3"], time=NOW).items
        assert len(slate) == 12, "items without a label have no limit"
        for tag in TAGS:
            assert sum(tag in (SHOP[str(one)]["tags"] or ()) for one in slate) == 2, tag


def test_the_same_request_gets_the_same_slate() -> None:
    shop = engine()
    shop.swap(strategy=Strategy(rules=[Rule(boost="price")], diversity=0.3))
    first = shop.recommend(k=12, session=["i3", "i5"], time=NOW).items
    assert all(shop.recommend(k=12, session=["i3", "i5"], time=NOW).items == first for _ in "abc")


def test_a_price_change_is_seen_by_the_next_request() -> None:
    shop = engine()
    shop.swap(strategy=Strategy(filter="price == 39.5"))
    assert shop.recommend(k=5, session=[], time=NOW).items == []
    shop.update_items({"id": ["i7"], "price": [39.5]})
    try:
        assert shop.recommend(k=5, session=[], time=NOW).items == ["i7"]
    finally:
        shop.update_items({"id": ["i7"], "price": [SHOP["i7"]["price"]]})
    assert shop.recommend(k=5, session=[], time=NOW).items == []


def test_a_missing_parameter_is_named() -> None:
    shop = engine()
    shop.swap(strategy=Strategy(filter="price < $most"))
    with pytest.raises(aisle.ConfigError, match="most"):
        shop.recommend(k=5, session=[], time=NOW)
