"""Offers: discounts out of declared budgets, and never a dearer price."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aisle
from aisle.strategy import Offer, Strategy
from aisle.strategy.describe import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
from shops import MINUTE, NOW, engine  # type: ignore[import-not-found]

SPRING = {"name": "spring", "discount": 0.25, "budget": 20.0}


def shop(*offers: dict[str, Any], **options: Any) -> aisle.Engine:
    return engine(strategy=Strategy(offers=list(offers), **options))


def price(item: str | int) -> float:
    return 1.0 + int(str(item)[1:])


def test_an_item_carries_its_offer() -> None:
    made = shop(SPRING)
    slate = made.recommend(session=["i3"], k=4, time=NOW)
    for one in slate:
        assert one.offer is not None
        assert one.offer.name == "spring"
        assert one.offer.before == price(one.item)
        assert one.offer.price == pytest.approx(0.75 * price(one.item), abs=1e-6)
        assert one.to_dict()["offer"]["price"] == one.offer.price
    cost = sum(one.offer.before - one.offer.price for one in slate if one.offer)
    told = made.offers(time=NOW)["spring"]
    assert told["reserved"] == pytest.approx(cost)
    assert told["left"] == pytest.approx(20 - cost)
    assert (told["shown"], told["live"]) == (4, True)


def test_the_budget_ends_and_comes_back_after_the_hold() -> None:
    made = shop({**SPRING, "budget": 3.0, "where": "id == 'i9'", "hold": "30m"})
    ask: dict[str, Any] = {"session": ["i3"], "k": 60}
    carried = [one.offer is not None for one in made.recommend(**ask, time=NOW)]
    assert sum(carried) == 1
    assert not any(one.offer for one in made.recommend(**ask, time=NOW + 29 * MINUTE))
    assert any(one.offer for one in made.recommend(**ask, time=NOW + 30 * MINUTE))


def test_what_is_redeemed_is_spent() -> None:
    made = shop({**SPRING, "budget": 3.0, "where": "id == 'i9'"})
    slate = made.recommend(session=["i3"], k=60, time=NOW)
    assert not made.redeem(slate.id, "i8", time=NOW)
    assert not made.redeem("another", "i9", time=NOW)
    assert made.redeem(slate.id, "i9", time=NOW)
    later = made.recommend(session=["i3"], k=60, time=NOW + 600 * MINUTE)
    assert not any(one.offer for one in later)
    told = made.offers(time=NOW)["spring"]
    assert (told["spent"], told["reserved"], told["redeemed"]) == (2.5, 0.0, 1)


def test_a_purchase_that_is_told_of_a_slate_redeems() -> None:
    made = shop({**SPRING, "where": "id == 'i9'"})
    slate = made.recommend(session=["i3"], k=60)
    assert made.outcome(slate.id, "i9", "click") == "noted"
    assert made.offers()["spring"]["redeemed"] == 0
    made.outcome(slate.id, "i9", "purchase")
    made.outcome(slate.id, "i9", "purchase")
    assert made.offers()["spring"]["redeemed"] == 1


def test_where_when_and_at_most() -> None:
    made = shop(
        {**SPRING, "where": "sale", "at_most": 2},
        {"name": "app", "discount": 0.5, "budget": 1000, "when": 'context.app == "yes"'},
        {"name": "over", "discount": 0.5, "budget": 1000, "until": "2001-01-01"},
    )
    plain = made.recommend(session=["i3"], k=12, time=NOW)
    carried = {one.item: one.offer.name for one in plain if one.offer}
    assert set(carried.values()) == {"spring"}
    assert len(carried) == 2
    assert all(int(str(item)[1:]) % 2 == 0 for item in carried)
    inside = made.recommend(session=["i3"], k=12, time=NOW, context={"app": "yes"})
    names = [one.offer.name for one in inside if one.offer]
    assert names.count("spring") == 2
    assert names.count("app") == 10


def test_asking_why_and_playing_back_reserve_nothing() -> None:
    made = shop(SPRING)
    slate = made.recommend(session=["i3"], k=1, time=NOW)
    before = made.offers(time=NOW)
    slate.why_not("i40")
    assert made.offers(time=NOW) == before


@settings(max_examples=30, deadline=None)
@given(
    budget=st.floats(0, 30),
    discount=st.floats(0.001, 0.9),
    steps=st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=8),
)
def test_no_budget_is_overspent_and_no_price_is_dearer(
    budget: float, discount: float, steps: list[tuple[int, bool]]
) -> None:
    made = cached()
    name = f"o{next(NUMBERS)}"
    made.swap(strategy=Strategy(offers=[{"name": name, "discount": discount, "budget": budget}]))
    now = NOW
    for minutes, redeems in steps:
        now += minutes * MINUTE
        slate = made.recommend(session=["i3"], k=5, time=now)
        for one in slate:
            if one.offer:
                assert 0 < one.offer.price <= one.offer.before == price(one.item)
        if redeems:
            made.redeem(slate.id, slate.items[0], time=now)
        told = made.offers(time=now)[name]
        assert told["spent"] + told["reserved"] <= budget + 1e-6


NUMBERS = iter(range(10**9))
ENGINES: list[aisle.Engine] = []


def cached() -> aisle.Engine:
    if not ENGINES:
        ENGINES.append(engine())
    return ENGINES[0]


def test_threads_do_not_overspend() -> None:
    made = shop({**SPRING, "budget": 50.0})

    def work() -> None:
        for _ in range(50):
            slate = made.recommend(session=["i3"], k=3, time=NOW)
            made.redeem(slate.id, slate.items[0], time=NOW)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = made.offers(time=NOW)["spring"]
    assert told["spent"] + told["reserved"] <= 50
    assert told["spent"] > 0


def test_accounts_survive_a_swap_by_name() -> None:
    made = shop(SPRING)
    slate = made.recommend(session=["i3"], k=1, time=NOW)
    made.swap(strategy=Strategy())
    assert not made.offers(time=NOW)["spring"]["live"]
    assert not made.recommend(session=["i3"], k=1, time=NOW)[0].offer
    assert made.redeem(slate.id, slate.items[0], time=NOW)
    made.swap(strategy=Strategy(offers=[{**SPRING, "budget": 30}]))
    told = made.offers(time=NOW)["spring"]
    assert told["left"] == pytest.approx(30 - told["spent"])
    assert told["spent"] > 0


def test_saved_and_restored_as_plain_values() -> None:
    made = shop(SPRING)
    slate = made.recommend(session=["i3"], k=2, time=NOW)
    made.redeem(slate.id, slate.items[0], time=NOW)
    state = json.loads(json.dumps(made.save_offers(time=NOW)))
    other = shop(SPRING)
    other.restore_offers(state)
    assert other.offers(time=NOW) == made.offers(time=NOW)
    assert not other.redeem(slate.id, slate.items[0], time=NOW)
    assert other.redeem(slate.id, slate.items[1], time=NOW)


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"offers": {}, "holds": [{"slate": "s"}]},
        {"offers": {"a": {"budget": -1, "spent": 0, "shown": 0, "redeemed": 0}}, "holds": []},
        {"offers": [], "holds": []},
        {
            "offers": {},
            "holds": [{"slate": "s", "item": "i", "offer": "x", "amount": 1, "expires": 1}],
        },
    ],
)
def test_a_state_that_does_not_hold_is_refused_whole(state: Any) -> None:
    made = shop(SPRING)
    before = made.offers(time=NOW)
    with pytest.raises(aisle.DataError):
        made.restore_offers(state)
    assert made.offers(time=NOW) == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"discount": 0.95}, "discount: must be less than or equal to 0.9, got 0.95"),
        ({"discount": 0.0}, "discount: must be greater than 0"),
        ({"discount": -0.1}, "discount"),
        ({"budget": -1.0}, "budget: must be greater than or equal to 0"),
        ({"budget": float("inf")}, "budget.*finite"),
        ({"hold": "soon"}, "hold"),
        ({"hold": "31d"}, "hold is at most 30d, got 31d"),
        ({"at_most": 0}, "at_most"),
        ({"name": ""}, "name"),
        ({"nam": "x"}, "'nam'.*'name'"),
    ],
)
def test_a_bad_offer_is_refused_by_name(change: dict[str, Any], words: str) -> None:
    with pytest.raises(aisle.ConfigError, match=words):
        Offer(**{**SPRING, **change})


def test_names_and_budgets_belong_together() -> None:
    with pytest.raises(aisle.ConfigError, match="two offers are named 'spring'"):
        Strategy(offers=[SPRING, SPRING])
    both = {"a": Strategy(offers=[SPRING]), "b": Strategy(offers=[{**SPRING, "budget": 1.0}])}
    made = engine()
    with pytest.raises(aisle.ConfigError, match="offer 'spring' has two budgets"):
        made.swap(strategy=both)
    with pytest.raises(aisle.ExpressionError, match="rule 'offer spring', where:1:1: unknown"):
        made.swap(strategy=Strategy(offers=[{**SPRING, "where": "prise < 3"}]))
    assert made.offers() == {}


def test_offers_are_plain_values_and_words() -> None:
    recipe = Strategy(offers=[{**SPRING, "where": "sale", "at_most": 2, "until": "2030-01-01"}])
    assert Strategy.from_dict(recipe.to_dict()) == recipe
    line = "at most 2 items with sale: 25% off, 20 in all, held for 30m, until 2030-01-01 00:00"
    assert f"{line} (offer spring)" in describe(recipe)


@pytest.mark.parametrize(("step", "wanted"), [(0.01, 7.47), (0.05, 7.45), (0.5, 7.5), (5.0, 5.0)])
def test_prices_are_rounded_where_the_offer_says_so(step: float, wanted: float) -> None:
    made = shop({"name": "round", "discount": 0.17, "budget": 100.0, "round_to": step})
    slate = made.recommend(session=["i3"], k=60, time=NOW, where="id == 'i8'")
    (one,) = [one for one in slate if one.item == "i8"]
    assert one.offer is not None
    assert one.offer.price == pytest.approx(wanted, abs=1e-6)  # of 9: 7.47
    assert made.offers(time=NOW)["round"]["reserved"] == pytest.approx(9 - wanted, abs=1e-6)


def test_a_price_that_rounding_would_raise_stays() -> None:
    made = shop({"name": "round", "discount": 0.01, "budget": 100.0, "round_to": 1.0})
    slate = made.recommend(session=["i3"], k=4, time=NOW)
    assert [one.offer for one in slate] == [None] * 4
    away = shop({"name": "away", "discount": 0.1, "budget": 100.0, "round_to": 5.0})
    asked = away.recommend(session=["i3"], k=4, where="price <= 2", time=NOW)
    assert [one.offer for one in asked] == [None] * len(asked), "1 and 2 would be 0"
    (six,) = away.recommend(session=["i3"], k=1, where="id == 'i5'", time=NOW)
    assert six.offer is not None
    assert (six.offer.price, six.offer.discount) == (5.0, pytest.approx(1 / 6))


def test_a_page_makes_the_offers_of_what_stands_on_it() -> None:
    recipe = Strategy(offers=[SPRING])
    made = engine(strategy={"home": recipe, "more": recipe})
    page = made.recommend_page("v", {"home": 3, "more": 3}, time=NOW)
    held = [one for slate in page.values() for one in slate if one.offer is not None]
    told = made.offers(time=NOW)["spring"]
    assert held
    assert told["shown"] == len(held), "drafts of the page set nothing aside"
    cost = sum(one.offer.before - one.offer.price for one in held if one.offer)
    assert told["reserved"] == pytest.approx(cost)
    slate = next(slate for slate in page.values() if slate[0].offer is not None)
    assert made.redeem(slate.id, slate[0].item, time=NOW)


def test_a_refused_request_sets_nothing_aside() -> None:
    made = shop(SPRING)
    for ask in (
        lambda: made.recommend(session=["i3"], k=4, time=NOW, attributes=["nope"]),
        lambda: made.recommend_page("v", {"default": 4}, time=NOW, attributes=["nope"]),
        lambda: made.rerank(["i3"], time=NOW, attributes=["nope"]),
    ):
        with pytest.raises(aisle.ConfigError, match="unknown attribute 'nope'"):
            ask()
    assert made.offers(time=NOW)["spring"]["shown"] == 0
