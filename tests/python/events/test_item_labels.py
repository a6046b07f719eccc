"""Labels of items out of every kind of table, and back into every library."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aisle
from aisle import Items, read_items
from aisle._core import Catalog, Dictionary
from aisle.attributes import add_items

IDS = list("abcde")
TAGS = [["red", "new"], None, [], ["new", "red", "red", ""], ["größe"]]
WANTED = [["red", "new"], None, [], ["red", "new"], ["größe"]]
MAKERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "dict": dict,
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "pyarrow": pa.table,
}


def jsonl(path: Path, tags: list[Any]) -> Path:
    lines = [json.dumps({"id": i, "tags": t}) for i, t in zip("abcde", tags, strict=False)]
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_lists_of_every_library_are_labels(make: Callable[[dict[str, Any]], Any]) -> None:
    items = read_items(make({"id": IDS, "tags": TAGS, "price": [1.0, 2.0, 3.0, 4.0, 5.0]}))
    assert repr(items) == "Items(5 items: tags labels, price number)"
    assert items["tags"].tolist() == WANTED
    assert items.attributes["tags"].valid.tolist() == [True, False, True, True, True]
    numbers = read_items(make({"id": ["a", "b", "c"], "sizes": [[40, 42], None, [38]]}))
    assert numbers["sizes"].tolist() == [["40", "42"], None, ["38"]]


def test_python_and_numpy_lists_of_every_kind_are_labels() -> None:
    for values in (
        pd.Series(TAGS, dtype=pd.ArrowDtype(pa.list_(pa.string()))),
        [None if tags is None else np.array(tags, dtype=str) for tags in TAGS],
        [pd.NA if tags is None else tuple(tags) for tags in TAGS],
        [float("nan") if tags is None else tags for tags in TAGS],
    ):
        assert read_items(pd.DataFrame({"id": IDS, "tags": values}))["tags"].tolist() == WANTED
    of_one_length = read_items({"id": ["a", "b"], "sizes": [[38.5, 39.0], [39.0, 38.5]]})
    assert of_one_length["sizes"].tolist() == [["38.5", "39"], ["38.5", "39"]]


def test_lists_of_other_types_are_read_as_texts() -> None:
    table = pl.DataFrame(
        {"id": ["a"], "tags": [["x", "y"]], "codes": [[7, 8]]},
        schema={"id": pl.String, "tags": pl.List(pl.Categorical), "codes": pl.Array(pl.Int64, 2)},
    )
    items = read_items(table)
    assert items["tags"].tolist() == [["x", "y"]]
    assert items["codes"].tolist() == [["7", "8"]]


def test_files_of_lists_are_labels(tmp_path: Path) -> None:
    assert read_items(jsonl(tmp_path / "t.jsonl", TAGS))["tags"].tolist() == WANTED
    mixed = read_items(jsonl(tmp_path / "m.jsonl", [[40, "42"], None, ["38"]]))
    assert mixed["tags"].tolist() == [["40", "42"], None, ["38"]]
    pq.write_table(pa.table({"id": IDS, "tags": TAGS}), tmp_path / "t.parquet")
    assert read_items(tmp_path / "t.parquet")["tags"].tolist() == WANTED


def test_texts_are_cut_at_a_separator(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,tags,shops\na,red|new,1;22\nb,,3\nc,|,\nd, new| red ||,22;1\ne,größe,3\n")
    items = read_items(path, labels=["tags"])
    assert items["tags"].tolist() == WANTED
    assert items.attributes["shops"].kind == "category"
    shops = read_items(path, labels=["shops"], separator=";")["shops"].tolist()
    assert shops == [["1", "22"], ["3"], None, ["1", "22"], ["3"]]
    table = {"id": ["a", "b"], "tags": ["red|new", None], "one": [7, 8]}
    for make in MAKERS.values():
        both = read_items(make(table), labels=["tags", "one"])
        assert both["tags"].tolist() == [["red", "new"], None]
        assert both["one"].tolist() == [["7"], ["8"]]
    lines = jsonl(tmp_path / "t.jsonl", ["red|new", ["x"], None])
    assert read_items(lines, labels="tags")["tags"].tolist() == [["red", "new"], ["x"], None]


@pytest.mark.parametrize(
    ("bad", "because"),
    [
        ([["a"]], "list"),
        ([None], "missing|null"),
        ([str(i) for i in range(1025)], "an item has 1025 labels; at most 1024 are allowed"),
        (["x" * 5000], "an id is 5000 bytes long"),
    ],
)
def test_what_is_no_label_is_named_with_row_and_column(
    bad: list[Any], because: str, tmp_path: Path
) -> None:
    """A list of lists is an error of a typed column as a whole, and named as that."""
    path = jsonl(tmp_path / "t.jsonl", [["a"], bad])
    for source in (
        path,
        *(make({"id": ["a", "b"], "tags": [["a"], bad]}) for make in (dict, pd.DataFrame)),
    ):
        reason = because if source is not path else because.replace("list", "null")
        with pytest.raises(aisle.DataError, match=reason) as error:
            read_items(source)
        assert "row 2" in str(error.value)
        assert 'column "tags"' in str(error.value)
    for make in (pl.DataFrame, pa.table):
        same = [[["a"]], bad] if because == "list" else [["a"], bad]
        with pytest.raises(aisle.DataError, match=because) as error:
            read_items(make({"id": ["a", "b"], "tags": same}))
        assert 'column "tags"' in str(error.value)
        assert "row 2" in str(error.value) or because == "list"


def test_nan_is_no_label(tmp_path: Path) -> None:
    nan = float("nan")
    path = jsonl(tmp_path / "t.jsonl", [[1.5], [nan]])
    for source in (
        path,
        *(make({"id": ["a", "b"], "tags": [[1.5], [nan]]}) for make in MAKERS.values()),
    ):
        with pytest.raises(
            aisle.DataError, match=r"row 2.*(missing|null)|row 2: a label is missing"
        ):
            read_items(source)


def test_skip_leaves_out_what_is_no_label(tmp_path: Path) -> None:
    for source in (
        {"id": ["a", "b"], "tags": [["a"], [None]]},
        pa.table({"id": ["a", "b"], "tags": [["a"], [None]]}),
        jsonl(tmp_path / "t.jsonl", [["a"], [None]]),
    ):
        assert read_items(source, on_error="skip")["tags"].tolist() == [["a"], None]


def test_options_that_do_not_fit_are_named() -> None:
    table = {"id": ["a"], "tags": ["x|y"]}
    with pytest.raises(aisle.DataError, match="no column 'tagz'; did you mean 'tags'"):
        read_items(table, labels=["tagz"])
    with pytest.raises(aisle.ConfigError, match="separator is ''"):
        read_items(table, labels=["tags"], separator="")
    with pytest.raises(aisle.ConfigError, match="labels has 'id', the column of ids"):
        read_items(table, id="id", labels=["id"])
    with pytest.raises(aisle.DataError, match='column "id" holds lists'):
        read_items({"id": [["a"]], "tags": ["x"]}, id="id")


cells = {
    "tags": st.none() | st.lists(st.text("abcü", max_size=3), max_size=4),
    "brand": st.none() | st.sampled_from(["x", "ü"]),
    "price": st.none() | st.floats(allow_nan=False, allow_infinity=False),
    "sale": st.none() | st.booleans(),
}


@given(st.lists(st.fixed_dictionaries(cells), min_size=1, max_size=8))
@settings(max_examples=40, deadline=None)
def test_items_survive_the_round_trip_through_arrow(rows: list[dict[str, Any]]) -> None:
    table = {name: [row[name] for row in rows] for name in cells}
    ids = [f"i{n}" for n in range(len(rows))]
    types = [pa.list_(pa.string()), pa.string(), pa.float64(), pa.bool_()]
    typed = {n: pa.array(v, t) for (n, v), t in zip(table.items(), types, strict=True)}
    items = read_items(pa.table({"id": ids, **typed}))
    for again in (pa.table(items), pl.DataFrame(items), items, items.to_pandas()):
        back = read_items(again)
        assert back.ids.tolist() == ids
        for at, row in enumerate(rows):
            labels = back["tags"][at] if "labels" in back.attributes["tags"].kind else None
            assert set(labels or ()) == {tag for tag in row["tags"] or () if tag}
    arrow = pa.table(items)
    assert arrow["price"].to_pylist() == table["price"]
    assert arrow["sale"].to_pylist() == table["sale"]
    assert arrow["brand"].to_pylist() == table["brand"]
    assert [tags is None for tags in arrow["tags"].to_pylist()] == [
        tags is None for tags in table["tags"]
    ]


def catalog_of(items: Items) -> Catalog:
    catalog = Catalog(Dictionary())
    add_items(catalog, items)
    return catalog


def test_labels_go_into_a_catalogue_and_into_the_table_of_a_notebook() -> None:
    items = read_items({"id": IDS, "tags": TAGS})
    assert catalog_of(items).column("tags").tolist() == WANTED
    assert "labels" in items._repr_html_()
    assert items.to_pandas()["tags"].tolist() == WANTED
    assert items.columns == ["tags"]


def test_a_role_of_one_value_refuses_lists() -> None:
    with pytest.raises(
        aisle.ConfigError, match='"category" must be a category, not a set of labels'
    ):
        catalog_of(read_items({"id": ["a"], "category": [["x", "y"]]}))
