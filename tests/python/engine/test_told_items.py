"""What a shop says of its items means the same as text and as numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import aisle


def log() -> aisle.Events:
    return aisle.Events.from_columns(
        visitor=["a", "a", "b", "b"],
        item=["tea", "pot", "tea", "cup"],
        time=["2026-03-01 10:00", "2026-03-01 10:01"] * 2,
    )


def shop(**columns: list[Any]) -> aisle.Engine:
    return aisle.Engine(aisle.fit(log(), items={"item": ["tea", "pot"], **columns}))


def shown(engine: aisle.Engine, **options: Any) -> set[str | int]:
    return set(engine.recommend("v", k=3, **options).items)


@pytest.mark.parametrize("stock", [["5", "0"], [5, 0], ["5.0", " 0"], [5.0, "0"]])
def test_text_stock_is_stock(stock: list[Any]) -> None:
    engine = shop(stock=stock)
    assert shown(engine) == {"tea", "cup"}
    assert engine.update_items({"item": ["pot"], "stock": ["3"]}) == 1
    assert shown(engine) == {"tea", "pot", "cup"}


def test_a_text_price_is_compared_as_a_number() -> None:
    engine = shop(price=["4", "40"])
    assert shown(engine, where={"price": (None, 5)}) == {"tea"}


def test_a_text_time_is_a_time() -> None:
    engine = shop(available_until=["2026-03-01 12:00", None])
    assert shown(engine, time="2026-03-01 11:00") == {"tea", "pot", "cup"}
    assert shown(engine, time="2026-03-01 13:00") == {"pot", "cup"}


@pytest.mark.parametrize(
    ("column", "bad", "kind"),
    [("stock", "many", "number"), ("price", "nan", "number"), ("available_from", "soon", "time")],
)
def test_what_is_no_number_is_named_and_nothing_is_taken_over(
    column: str, bad: str, kind: str
) -> None:
    engine = shop(brand=["x", "y"])
    before = engine.stats()["items"]
    with pytest.raises(aisle.DataError) as caught:
        engine.update_items({"item": ["pot", "new"], "brand": ["z", "z"], column: [None, bad]})
    for word in (f'"{column}"', "row 2", "'new'", f"'{bad}'", f"no {kind}"):
        assert word in str(caught.value)
    assert engine.stats()["items"] == before
    assert shown(engine, where={"brand": "y"}) == {"pot"}


@pytest.mark.parametrize("name", ["item", "id"])
def test_the_usual_names_of_the_id_are_found(name: str, tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text(f"brand;{name}\nx;1\ny;2\n")
    for source in (path, {"brand": ["x", "y"], name: [1, 2]}):
        items = aisle.read_items(source)
        assert items.ids.tolist() == [1, 2]
        assert items.columns == ["brand"]


def test_another_name_of_the_id_must_be_said() -> None:
    table = {"sku": [1], "brand": ["x"]}
    with pytest.raises(aisle.DataError, match=r"no column 'item' or 'id'.*'sku'.*id=\"…\""):
        aisle.read_items(table)
    with pytest.raises(aisle.DataError, match=r"no column 'skv'.*did you mean 'sku'.*id=\"…\""):
        aisle.read_items(table, id="skv")
    assert aisle.read_items(table, id="sku").ids.tolist() == [1]
