"""Columns of labels, and single cells, as Python sees them: alone and through a bundle."""

from pathlib import Path
from typing import Any

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
    LabelSets,
    UnknownNameError,
    make_bundle,
)
from aisle.attributes import set_cells

NONE = 0xFFFFFFFF


def shop(count: int = 4) -> Catalog:
    items = Dictionary()
    items.encode([f"sku-{i}" for i in range(count)])
    catalog = Catalog(items)
    for kind in ("category", "number", "flag", "text", "time", "labels"):
        catalog.add_column(f"a {kind}", kind)
    return catalog


def rows(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.uint32)


def through_a_file(catalog: Catalog, path: Path) -> Catalog:
    part = catalog.to_bundle()
    make_bundle("{}", {name: part.array(name) for name in part.names()}).save(path)
    return Catalog.from_bundle(Bundle.open(path))


def test_an_item_has_a_set_of_labels() -> None:
    catalog = shop()
    values = [["red", "new"], [], None, ("new", 42, 42.0, "red", "")]
    catalog.update(rows(3, 1, 2, 0), "a labels", values)
    assert catalog.column("a labels").tolist() == [["red", "new", "42"], [], None, ["red", "new"]]
    assert catalog.codes("a labels").tolist() == [2, 1, NONE, 0]
    values_of, sets = catalog.values("a labels"), catalog.sets("a labels")
    assert values_of is not None
    assert sets is not None
    assert values_of.names().tolist() == ["red", "new", "42"]
    assert len(sets) == 3
    assert [part.tolist() for part in sets.blob()] == [[0, 2, 2, 5], [0, 1, 0, 1, 2]]
    assert catalog.sets("a category") is None
    catalog.update(rows(0), "a labels", [None])
    assert catalog.column("a labels")[0] is None


def test_sets_of_python_have_one_order_in_every_process() -> None:
    catalog = shop()
    catalog.update(rows(0), "a labels", [{"b", "c", "a", 1}])
    assert catalog.column("a labels")[0] == ["1", "a", "b", "c"]


@pytest.mark.parametrize(
    ("value", "because"),
    [
        ("red", "row 2: labels are a list of str or int, or None, not <class 'str'>"),
        ({"red": 1}, "row 2: labels are a list of str or int, or None, not <class 'dict'>"),
        ([["red"]], "row 2: a label is a str or an int, not <class 'list'>"),
        ([None], "row 2: a label is missing"),
        ([float("nan")], "row 2: a label is missing"),
        ([True], "row 2: a label is a str or an int, not <class 'bool'>"),
        ([b"red"], "row 2: a label is a str or an int, not <class 'bytes'>"),
        (["\ud800"], "row 2: an id is not valid UTF-8"),
        (["x" * 5000], "row 2: an id is 5000 bytes long"),
        (list(range(1025)), "row 2: an item has 1025 labels; at most 1024 are allowed"),
    ],
)
def test_what_is_no_label_is_named_and_nothing_is_written(value: Any, because: str) -> None:
    catalog = shop()
    with pytest.raises(DataError, match=f'column "a labels", {because}'):
        catalog.update(rows(0, 1), "a labels", [["good"], value])
    assert catalog.column("a labels").tolist() == [None] * 4


def test_codes_of_labels_come_with_their_sets() -> None:
    catalog = shop()
    words, sets = Dictionary(), LabelSets()
    codes = sets.encode([["a", "b"], None, ["b"]], words)
    catalog.update(rows(0, 1, 2), "a labels", codes, words, sets)
    assert catalog.column("a labels").tolist() == [["a", "b"], None, ["b"], None]
    with pytest.raises(DataError, match='column "a labels" takes codes only with their sets'):
        catalog.update(rows(0), "a labels", codes[:1], words)
    with pytest.raises(DataError, match="row 1: there is no set number 7"):
        catalog.update(rows(0), "a labels", rows(7), words, sets)
    with pytest.raises(DataError, match="labels that have no word"):
        catalog.update(rows(0), "a labels", rows(0), Dictionary(), sets)


def test_a_role_of_one_value_takes_no_labels() -> None:
    catalog = shop()
    with pytest.raises(ConfigError, match='"brand" must be a category, not a set of labels'):
        catalog.add_column("brand", "labels")
    with pytest.raises(ConfigError, match='"a labels" is a set of labels, not a category'):
        catalog.add_column("a labels", "category")


labels = st.lists(st.sampled_from([*"abcdefgh", "größe", "sold out", 7, 42]), max_size=6)
written = st.lists(st.tuples(st.integers(0, 9), st.none() | labels), max_size=30)


@given(written, written)
@settings(max_examples=60, deadline=None)
def test_labels_are_those_that_were_written_last(
    tmp_path_factory: pytest.TempPathFactory, first: Any, second: Any
) -> None:
    """Against a dict of sets, before and after a bundle that is read by memory map."""
    catalog, wanted = shop(10), {}
    for batch in (first, second):
        for item, value in batch:
            catalog.update(rows(item), "a labels", [value])
            wanted[item] = value
        for at in range(10):
            held = catalog.column("a labels")[at]
            told = wanted.get(at)
            assert (held is None) == (told is None)
            assert set(held or ()) == {str(label) for label in told or ()}
            assert len(set(held or ())) == len(held or ())
        catalog = through_a_file(catalog, tmp_path_factory.mktemp("shop") / "shop.aisle")


def test_only_sets_that_items_have_are_saved(tmp_path: Path) -> None:
    catalog = shop()
    for number in range(100):
        catalog.update(rows(0, 1), "a labels", [[f"tag {number}"], ["all"]])
    assert len(catalog.sets("a labels") or ()) == 101
    again = through_a_file(catalog, tmp_path / "shop.aisle")
    assert len(again.sets("a labels") or ()) == 2
    assert again.column("a labels").tolist() == [["tag 99"], ["all"], None, None]


def test_a_bundle_whose_sets_do_not_hold_is_refused() -> None:
    catalog = shop()
    catalog.update(rows(0, 1), "a labels", [["a", "b"], ["b"]])
    part = catalog.to_bundle()
    arrays = {name: part.array(name) for name in part.names()}
    for name, values, because in [
        ("catalog.sets.a labels.labels", np.array([1, 0, 1], np.uint32), "not in ascending order"),
        ("catalog.sets.a labels.labels", np.array([0, 9, 1], np.uint32), "label number 9 of 2"),
        ("catalog.sets.a labels.offsets", np.array([0, 4], np.uint64), "do not fit"),
        ("catalog.cells.a labels", np.array([0, 2, 0, 0], np.uint32), "item number 1 has 2"),
    ]:
        with pytest.raises(BundleError, match=because):
            Catalog.from_bundle(make_bundle("{}", {**arrays, name: values}))


def test_one_item_is_written_without_a_table() -> None:
    catalog = shop()
    told = {
        "a category": "x", "a number": 9.5, "a flag": True, "a text": "A title",
        "a time": "2026-03-01T10:00:00Z", "a labels": ["red", 42],
    }  # fmt: skip
    set_cells(catalog, 2, told)
    assert catalog.column("a category")[2] == "x"
    assert catalog.column("a number")[2] == 9.5
    assert catalog.column("a flag")[2] == 1
    assert catalog.column("a text")[2] == "A title"
    assert catalog.column("a time")[2] == np.datetime64("2026-03-01T10:00:00", "us")
    assert catalog.column("a labels")[2] == ["red", "42"]
    set_cells(catalog, 2, {"a number": np.float32(2), "a flag": np.bool_(False)})
    assert catalog.column("a number")[2] == 2.0
    assert catalog.column("a flag")[2] == 0
    set_cells(catalog, 2, dict.fromkeys(told))
    assert catalog.column("a category")[2] is None
    assert np.isnan(catalog.column("a number")[2])
    assert catalog.column("a flag")[2] == 2
    assert np.isnat(catalog.column("a time")[2])
    assert catalog.column("a labels")[2] is None


@pytest.mark.parametrize(
    ("name", "value", "because"),
    [
        ("a number", "9,50", "\"a number\" is a number, it cannot be '9,50': give a float"),
        ("a number", [1], "it cannot be [1]: give a float, an int or None"),
        ("a flag", 2, '"a flag" is a flag, it cannot be 2: give True, False or None'),
        ("a flag", "yes", "it cannot be 'yes'"),
        ("a category", 1.5j, "it cannot be 1.5j: a value is a str, an int or None"),
        ("a labels", "red", "\"a labels\" is a set of labels, it cannot be 'red': labels are"),
        ("a labels", [None], "it cannot be [None]: a label is missing"),
        ("a time", "soon", "\"a time\" is a time: 'soon' is not a time"),
        ("a time", 2**70, '"a time" is a time, it cannot be 11805916207'),
    ],
)
def test_a_value_that_does_not_fit_is_named_and_nothing_is_written(
    name: str, value: object, because: str
) -> None:
    catalog = shop()
    before = {name: catalog.column(name).tolist() for name in catalog.columns()}
    good = {"a number": 1.0, "a labels": ["x"]}
    with pytest.raises(DataError) as error:
        set_cells(catalog, 0, {**good, name: value})
    assert because in str(error.value)
    after = {name: catalog.column(name).tolist() for name in catalog.columns()}
    assert str(after) == str(before)


def test_names_and_numbers_that_there_are_not_are_named() -> None:
    catalog = shop()
    with pytest.raises(ConfigError, match=r"unknown attribute 'a numbr'.*did you mean 'a number'"):
        set_cells(catalog, 0, {"a numbr": 1})
    with pytest.raises(UnknownNameError, match='no column "a numbr"'):
        catalog.set_cells(0, {"a numbr": 1})
    with pytest.raises(DataError, match="there is no item number 4 among 4"):
        set_cells(catalog, 4, {"a number": 1})
