"""What the shop said of its items outlives a swap."""

from __future__ import annotations

import pytest

import aisle


def shop() -> tuple[aisle.Events, dict[str, list[object]]]:
    log = aisle.Events.from_columns(
        visitor=["a", "a", "b", "b", "c", "c"],
        item=["tea", "pot", "tea", "cup", "pot", "cup"],
        time=["2026-03-01 10:00", "2026-03-01 10:01"] * 3,
    )
    items: dict[str, list[object]] = {
        "id": ["tea", "pot", "cup"],
        "stock": [5, 5, 5],
        "price": [3.0, 20.0, 5.0],
        "brand": ["x", "x", "y"],
        "sale": [True, False, None],
        "available_until": [None, None, None],
    }
    return log, items


def test_stock_price_and_brand_go_on_after_a_swap() -> None:
    log, items = shop()
    bundle = aisle.fit(log, items=items)
    engine = aisle.Engine(bundle)
    engine.update_items(
        {"id": ["pot", "new"], "stock": [0, 3], "price": [21.5, 1.0], "brand": ["z", "z"],
         "sale": [True, None]}
    )  # fmt: skip
    for _ in range(2):
        engine.swap(bundle)
        assert "pot" not in engine.recommend(session=["tea"], k=5).items
        # Who filters asks for those items: what is sold out stands behind the others.
        found = engine.recommend(session=["tea"], k=5, where={"brand": "z"}).items
        assert found == ["new", "pot"]
        assert engine.recommend(session=["tea"], k=1, where={"brand": "z"}).items == ["new"]
        catalog = engine.catalog()
        pot, new, tea = catalog.items.lookup(["pot", "new", "tea"])
        assert catalog.column("price")[[pot, new, tea]].tolist() == [21.5, 1.0, 3.0]
        assert catalog.column("sale")[[pot, new]].tolist() == [1, 2]


def test_an_update_that_does_not_hold_writes_nothing() -> None:
    log, items = shop()
    engine = aisle.Engine(aisle.fit(log, items=items))
    for bad in ({"sale": [7]}, {"size": ["XL"]}, {"available_until": ["soon"]}):
        engine.update_items({"id": ["tea"], "size": [42.0]})
        with pytest.raises((aisle.ConfigError, aisle.DataError)):
            engine.update_items({"id": ["pot"], "price": [0.5], "stock": [0], **bad})
        assert engine.catalog().column("price").tolist()[:3] == [3.0, 20.0, 5.0]
        assert "pot" in engine.recommend(session=["tea"], k=5).items


def test_a_swap_to_a_column_of_another_kind_is_refused_whole() -> None:
    log, items = shop()
    engine = aisle.Engine(aisle.fit(log, items=items))
    engine.update_items({"id": ["tea"], "size": [42.0], "price": [9.0]})
    serving = engine.bundle
    with pytest.raises(aisle.ConfigError, match="size"):
        engine.swap(aisle.fit(log, items={**items, "size": ["L", "M", "S"]}))
    assert engine.bundle is serving
    for _ in range(2):
        tea = engine.catalog().items.find("tea")
        assert engine.catalog().column("size")[tea] == 42.0
        assert engine.catalog().column("price")[tea] == 9.0
        engine.swap(serving)
