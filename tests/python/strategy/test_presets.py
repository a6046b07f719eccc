"""Ready recipes: what each lets through, and which column it asks for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import aisle
from aisle.strategy import Strategy

START = 1_700_000_000_000_000
DAY = 86_400_000_000
NOW = START + 2 * DAY
COUNT = 60


def events() -> aisle.Events:
    rng = np.random.default_rng(2)
    session = np.repeat(np.arange(500), 4)
    first = np.repeat(rng.integers(0, 6, 500) * 10, 4)
    item = first + (rng.random(len(session)) ** 2 * 10).astype(int)
    return aisle.Events.from_columns(
        visitor=[f"v{s}" for s in session],
        session=session,
        item=[f"i{n}" for n in item],
        type=["purchase" if n % 4 == 3 else "view" for n in range(len(session))],
        time=START + np.arange(len(session)) * 60_000_000,
    )


def table(*without: str) -> aisle.Items:
    n = np.arange(COUNT)
    columns: dict[str, Any] = {
        "id": [f"i{k}" for k in n],
        "price": 10.0 + n % 10,
        "list_price": 10.0 + n % 10 + (n % 3 == 0) * 5,
        "category": [f"c{k // 10}" for k in n],
        "available_from": (START - n * DAY).astype("datetime64[us]"),
    }
    return aisle.read_items({k: v for k, v in columns.items() if k not in without}, id="id")


@pytest.fixture(scope="module")
def shop() -> aisle.Engine:
    return aisle.Engine(aisle.fit(events(), items=table()))


def numbers(shop: aisle.Engine, strategy: Strategy, **asked: Any) -> list[int]:
    shop.swap(strategy=strategy)
    slate = shop.recommend(**{"session": ["i3"], "k": 6, "time": NOW, **asked})
    return [int(str(item)[1:]) for item in slate.items]


def test_up_sell_is_dearer_and_of_the_same_kind(shop: aisle.Engine) -> None:
    found = numbers(shop, Strategy.up_sell(reach=1.3), item="i23", k=30)
    assert found
    assert {n // 10 for n in found} == {2}
    assert all(13 < 10 + n % 10 <= 13 * 1.3 for n in found)
    assert len(numbers(shop, Strategy.up_sell())) == 6, "without an anchor there is no bound"


def test_up_sell_reaches_as_far_as_the_visitor_looked(shop: aisle.Engine) -> None:
    for item in ("i9", "i18", "i19", "i38"):  # the dearest of their kinds: 18 and 19
        shop.observe("rich", item, time=NOW)
    near = numbers(shop, Strategy.up_sell(reach=1.1), item="i23", k=30)
    far = numbers(shop, Strategy.up_sell(reach=1.1), item="i23", k=30, session=None, visitor="rich")
    assert {10 + n % 10 for n in near} == {14}
    assert {10 + n % 10 for n in far} == {14, 15, 16, 17, 18, 19}


def test_on_sale_and_new_arrivals(shop: aisle.Engine) -> None:
    assert all(n % 3 == 0 for n in numbers(shop, Strategy.on_sale(), k=20))
    fresh = numbers(shop, Strategy.new_arrivals(within="7d"), k=20)
    assert fresh
    assert all(n <= 5 for n in fresh)


def test_complements_are_of_another_kind_and_substitutes_of_the_same(shop: aisle.Engine) -> None:
    assert all(n // 10 != 2 for n in numbers(shop, Strategy.complements(), item="i23", k=20))
    assert all(n // 10 == 2 for n in numbers(shop, Strategy.substitutes(), item="i23", k=20))


def test_bestsellers_are_the_same_for_all(shop: aisle.Engine) -> None:
    log = events()
    counts = np.bincount(log.item)
    best = [int(log.items[n][1:]) for n in np.argsort(-counts, kind="stable")]
    one = numbers(shop, Strategy.bestsellers(), session=["i55"], k=5)
    other = numbers(shop, Strategy.bestsellers(), session=["i3"], k=5)
    assert one == other
    assert set(one) <= set(best[:8])


def test_other_fields_come_to_a_preset() -> None:
    both = Strategy.on_sale(filter="price < 50", rules=[{"hide": ["a"]}], minimum=3)
    assert both.filter == "(price < list_price) and (price < 50)"
    assert both.minimum == 3
    assert len(Strategy.up_sell(rules=[{"hide": ["a"]}]).rules) == 3
    assert Strategy.from_dict(both.to_dict()) == both


@pytest.mark.parametrize(
    ("preset", "lacks"),
    [
        (Strategy.up_sell(), "price"),
        (Strategy.up_sell(), "category"),
        (Strategy.on_sale(), "list_price"),
        (Strategy.new_arrivals(), "available_from"),
        (Strategy.complements(), "category"),
        (Strategy.substitutes(), "category"),
    ],
)
def test_a_column_that_is_not_there_is_named(preset: Strategy, lacks: str) -> None:
    bundle = aisle.fit(events(), items=table(lacks))
    with pytest.raises(aisle.AisleError, match=lacks):
        aisle.Engine(bundle, strategy=preset)
