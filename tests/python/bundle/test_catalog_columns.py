"""The catalogue's columns as Python sees them, alone and through a bundle."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle._core import (
    Bundle,
    BundleError,
    Catalog,
    ConfigError,
    DataError,
    Dictionary,
    UnknownNameError,
    make_bundle,
)

NAT = np.datetime64("NaT")
US = 1_000_000


def shop(count: int = 4) -> Catalog:
    items = Dictionary()
    items.encode([f"sku-{i}" for i in range(count)])
    return Catalog(items)


def rows(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.uint32)


def test_a_column_is_null_until_it_is_set() -> None:
    catalog = shop()
    for kind in ("category", "number", "flag", "text", "time"):
        catalog.add_column(f"a {kind}", kind)
    assert catalog.column("a category").tolist() == [None] * 4
    assert catalog.column("a text").tolist() == [None] * 4
    assert np.isnan(catalog.column("a number")).all()
    assert catalog.column("a flag").tolist() == [2] * 4
    assert np.isnat(catalog.column("a time")).all()
    assert next(iter(catalog.columns().items())) == ("a category", "category")


def test_values_of_every_kind_come_back() -> None:
    catalog = shop()
    catalog.add_column("brand", "category")
    catalog.update(rows(2, 0, 1), "brand", ["b", "a", None])
    assert catalog.column("brand").tolist() == ["a", None, "b", None]
    assert catalog.codes("brand").tolist() == [1, 0xFFFFFFFF, 0, 0xFFFFFFFF]
    assert catalog.values("brand").names().tolist() == ["b", "a"]
    catalog.add_column("price", "number")
    catalog.update(rows(0, 1, 2), "price", [9.5, None, 3])
    assert catalog.column("price")[[0, 2]].tolist() == [9.5, 3]
    assert np.isnan(catalog.column("price")[[1, 3]]).all()
    catalog.add_column("sale", "flag")
    catalog.update(rows(0, 1, 2), "sale", np.array([True, None, False], object))
    assert catalog.column("sale").tolist() == [1, 2, 0, 2]
    catalog.add_column("available_from", "time")
    catalog.update(rows(0, 1), "available_from", np.array(["1970-01-01T00:00:01", NAT], "M8[s]"))
    catalog.update(rows(2), "available_from", [5])
    assert catalog.column("available_from").view("i8")[[0, 2]].tolist() == [US, 5]
    assert np.isnat(catalog.column("available_from")[1])
    assert catalog.values("price") is None


def test_categories_may_be_numbers_of_the_shop() -> None:
    catalog = shop()
    catalog.add_column("category", "category")
    catalog.update(rows(0, 1), "category", np.array([42, 7]))
    catalog.update(rows(2, 3), "category", np.array([42.0, np.nan]))
    assert catalog.column("category").tolist() == ["42", "7", "42", None]


def test_words_of_another_dictionary_are_translated() -> None:
    catalog = shop()
    catalog.add_column("brand", "category")
    catalog.update(rows(0), "brand", ["b"])
    words = Dictionary()
    codes = words.encode(["a", "b", None, "a"])
    catalog.update(rows(0, 1, 2, 3), "brand", codes, words)
    assert catalog.column("brand").tolist() == ["a", "b", None, "a"]
    assert catalog.values("brand").names().tolist() == ["b", "a"]
    with pytest.raises(DataError, match='column "brand", row 1: there is no word number 9'):
        catalog.update(rows(0), "brand", rows(9), words)


def test_a_catalogue_grows() -> None:
    catalog = shop()
    catalog.add_column("price", "number")
    number = catalog.items.insert("new")
    assert len(catalog) == 5
    catalog.update(rows(number), "price", [2.0])
    assert catalog.column("price")[4] == 2.0


@pytest.mark.parametrize(
    ("column", "items", "values", "because"),
    [
        ("price", [0], ["x"], "cannot come from"),
        ("price", [0], np.array(["2020-01-01"], "M8[D]"), "cannot come from datetime64"),
        ("price", [0, 1], [1.0], "gets 1 values for 2 items"),
        ("price", [0, 4], [1.0, 2.0], "row 2: there is no item number 4 among 4"),
        ("sale", [0], [3], "row 1: a flag is true, false or missing, not 3"),
        ("available_from", [0], [1.5], "is a time, its values cannot come from float64"),
        ("brand", [0, 1], ["a", b"b"], "row 2: a value is a str, an int or None"),
        ("brand", [0], [True], "row 1: a value is a str, an int or None"),
        ("brand", [0], ["x" * 5000], "row 1: an id is 5000 bytes long"),
    ],
)
def test_values_that_do_not_fit_are_refused_and_nothing_is_written(
    column: str, items: list[int], values: object, because: str
) -> None:
    catalog = shop()
    for name, kind in [
        ("price", "number"),
        ("sale", "flag"),
        ("available_from", "time"),
        ("brand", "category"),
    ]:
        catalog.add_column(name, kind)
    with pytest.raises(DataError, match=because):
        catalog.update(rows(*items), column, values)
    assert (
        catalog.column(column)[0] in (None, 2)
        or np.isnan(catalog.column(column).astype("f8")[0])
        or np.isnat(catalog.column(column)[0])
    )


def test_names_and_kinds_are_checked() -> None:
    catalog = shop()
    with pytest.raises(ConfigError, match='"price" must be a number, not a category'):
        catalog.add_column("price", "category")
    with pytest.raises(ConfigError, match="none of category, number, flag, text, time, labels"):
        catalog.add_column("size", "string")
    catalog.add_column("size", "category")
    with pytest.raises(ConfigError, match="is a category, not a number"):
        catalog.add_column("size", "number")
    with pytest.raises(UnknownNameError, match='no column "sise"; it has size'):
        catalog.column("sise")
    assert Catalog.kinds("price") == ["number"]
    assert Catalog.kinds("stock") == ["number", "flag"]
    assert len(Catalog.kinds("colour")) == 6


cells = st.none() | st.floats(allow_nan=False)
times = st.none() | st.integers(-100, 100)


@given(st.lists(st.tuples(cells, times, times), min_size=1, max_size=20), st.integers(-100, 100))
@settings(max_examples=50, deadline=None)
def test_availability_follows_its_rule(
    items: list[tuple[float | None, int | None, int | None]], now: int
) -> None:
    catalog = shop(len(items))
    everything = np.arange(len(items), dtype=np.uint32)
    kinds = {"stock": "number", "available_from": "time", "available_until": "time"}
    for place, (name, kind) in enumerate(kinds.items()):
        catalog.add_column(name, kind)
        known = [i for i, item in enumerate(items) if item[place] is not None]
        catalog.update(
            everything[known], name, [items[i][place] for i in known] or np.zeros(0, "i8")
        )
    wanted = [
        (stock is None or stock > 0)
        and (start is None or start <= now)
        and (end is None or end > now)
        for stock, start, end in items
    ]
    assert catalog.available(now).tolist() == wanted


def full_shop() -> Catalog:
    catalog = shop(100)
    everything = np.arange(100, dtype=np.uint32)
    catalog.add_column("title", "text")
    catalog.update(everything, "title", [f"Größe {i}" if i % 3 else None for i in range(100)])
    catalog.add_column("price", "number")
    catalog.update(everything[::2], "price", np.arange(50) / 4)
    catalog.add_column("stock", "flag")
    catalog.update(everything[::5], "stock", np.arange(20) % 2 == 0)
    return catalog


def test_a_catalogue_lasts_in_a_bundle(tmp_path: Path) -> None:
    before = full_shop()
    path = tmp_path / "shop.aisle"
    part = before.to_bundle()
    make_bundle("{}", {name: part.array(name) for name in part.names()}).save(path)
    after = Catalog.from_bundle(Bundle.open(path))
    assert after.columns() == before.columns()
    assert after.items.names().tolist() == before.items.names().tolist()
    for name in before.columns():
        np.testing.assert_array_equal(after.column(name), before.column(name))
    assert after.items.insert("one more") == 100
    assert after.items.find("sku-99") == 99


def test_a_bundle_without_a_catalogue_says_so() -> None:
    with pytest.raises(BundleError, match=r'there is no tensor "catalog\.items\.text"'):
        Catalog.from_bundle(make_bundle("{}", {}))
