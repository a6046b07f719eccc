"""What the shop said of its items outlives a swap."""

from __future__ import annotations

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
        assert engine.recommend(session=["tea"], k=5, where={"brand": "z"}).items == ["new"]
        catalog = engine.catalog()
        pot, new, tea = catalog.items.lookup(["pot", "new", "tea"])
        assert catalog.column("price")[[pot, new, tea]].tolist() == [21.5, 1.0, 3.0]
        assert catalog.column("sale")[[pot, new]].tolist() == [1, 2]
