"""Events and items as tables: split, show, hand out."""

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import aisle
from aisle.events import Events, read_events, read_items


def log() -> Events:
    return Events.from_columns(
        visitor=["ann", "bob", "ann", "cy"],
        item=[30, 10, 20, 10],
        time=["2024-05-01", "2024-05-02", "2024-05-03", "2024-05-04"],
        type=["view", "cart", "purchase", "view"],
        session=["s1", "s2", "s1", None],
        value=[None, 2.0, 3.5, None],
        note=["x", None, "", "ünï"],
        gift=[True, False, True, False],
        seen=np.array(["2024-01-01", "NaT", "2024-01-03", "2024-01-04"], "datetime64[us]"),
    )


def test_split_gives_each_part_its_own_ids() -> None:
    before, after = log().split(at="2024-05-03")
    assert (len(before), len(after)) == (2, 2)
    assert before.items.tolist() == [30, 10]
    assert after.items.tolist() == [20, 10]
    assert after.item.tolist() == [0, 1]
    assert after.visitors.tolist() == ["ann", "cy"]
    assert after.extra["note"].tolist() == ["", "ünï"]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 99)), min_size=1))
def test_split_loses_and_moves_nothing(rows: list[tuple[int, int, int]]) -> None:
    visitor, item, time = zip(*rows, strict=True)
    events = Events.from_columns(visitor=visitor, item=item, time=time, time_unit="us")
    for at in (0, 50, 100):
        before, after = events.split(at=at)
        for part, kept in ((before, lambda t, at=at: t < at), (after, lambda t, at=at: t >= at)):
            table = part.to_numpy()
            got = zip(table["visitor"], table["item"], part.time, strict=True)
            assert [tuple(map(int, row)) for row in got] == [row for row in rows if kept(row[2])]
            assert set(part.items.tolist()) == {row[1] for row in rows if kept(row[2])}


def test_split_wants_a_time() -> None:
    with pytest.raises(aisle.DataError, match="soon"):
        log().split(at="soon")


def test_repr_tells_counts_and_span() -> None:
    shown = repr(log())
    assert shown == (
        "Events(4 events, 3 visitors, 3 items, 3 sessions,"
        " 2024-05-01 00:00:00 to 2024-05-04 00:00:00)"
    )
    page = log()._repr_html_()
    assert "purchase 1" in page
    assert "<table>" in page


def test_describe_counts_types() -> None:
    seen = log().describe()
    assert seen["types"] == {"view": 2, "cart": 1, "purchase": 1}
    assert seen["first"] == "2024-05-01 00:00:00"


def test_a_hole_among_sessions_becomes_a_session_of_its_visitor() -> None:
    sessions = log().sessions
    assert sessions is not None
    assert sessions.tolist() == ["s1", "s2", "visitor-cy"]


def test_pandas_gets_ids_times_and_names() -> None:
    frame = log().to_pandas()
    assert frame["item"].tolist() == [30, 10, 20, 10]
    assert str(frame["time"].dt.tz) == "UTC"
    assert frame["type"].tolist() == ["view", "cart", "purchase", "view"]
    assert frame["value"].isna().tolist() == [True, False, False, True]


def expected() -> dict[str, list[Any]]:
    return {
        "visitor": ["ann", "bob", "ann", "cy"],
        "item": [30, 10, 20, 10],
        "type": ["view", "cart", "purchase", "view"],
        "session": ["s1", "s2", "s1", "visitor-cy"],
        "note": ["x", None, "", "ünï"],
        "gift": [True, False, True, False],
    }


def test_arrow_stream_is_read_by_pyarrow_polars_and_duckdb() -> None:
    events = log()
    arrow = pa.table(events)
    arrow.validate(full=True)
    polars = pl.DataFrame(events)
    assert str(arrow.schema.field("time").type) == "timestamp[us, tz=UTC]"
    assert arrow["seen"].null_count == 1
    for name, values in expected().items():
        assert arrow[name].to_pylist() == values
        assert polars[name].to_list() == values
    names = ", ".join(expected())
    rows = duckdb.sql(f"SELECT {names} FROM arrow").fetchall()
    assert rows == list(zip(*expected().values(), strict=True))


def test_an_arrow_column_outlives_its_events() -> None:
    arrow = pa.table(log())
    column = arrow["visitor"].combine_chunks()
    del arrow
    assert column.to_pylist() == ["ann", "bob", "ann", "cy"]


def test_events_survive_the_round_trip_through_every_library() -> None:
    events = log()
    for table in (events, pa.table(events), pl.DataFrame(events), events.to_pandas()):
        again = read_events(table)
        assert (again.time == events.time).all()
        assert (again.item == events.item).all()
        assert again.items.tolist() == events.items.tolist()
        assert again.visitors.tolist() == events.visitors.tolist()
        assert (again.type == events.type).all()


def test_a_search_without_an_item_is_null_outside() -> None:
    events = Events.from_columns(
        visitor=["a", "a"], item=[None, 5], time="2024-05-01", type=["search", "view"]
    )
    assert events.to_numpy()["item"].tolist() == [None, 5]
    assert pa.table(events)["item"].to_pylist() == [None, 5]


def test_items_are_typed(tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_text(
        "product_id,price,code,sale,since,name\n"
        '1,9.5,007,true,2024-01-01,"Ring, gold"\n'
        "2,,010,false,,\n"
        "3,7,1,,2024-01-03 10:00:00,Ünï\n"
    )
    items = read_items(path, id="product_id")
    kinds = {one.name: one.kind for one in items.attributes.values()}
    assert kinds == {
        "price": "number",
        "code": "category",
        "sale": "flag",
        "since": "time",
        "name": "category",
    }
    assert items.ids.tolist() == [1, 2, 3]
    assert items["code"].tolist() == ["007", "010", "1"]
    assert items["name"].tolist() == ["Ring, gold", None, "Ünï"]
    assert items["sale"].tolist() == [True, False, None]
    assert np.isnan(items["price"]).tolist() == [False, True, False]
    assert items.attributes["since"].valid.tolist() == [True, False, True]
    assert items.to_pandas().shape == (3, 6)
    assert "price number" in repr(items)
    assert "<table>" in items._repr_html_()


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table, dict])
def test_items_of_every_library_keep_their_types(make: Any) -> None:
    table = make({"id": ["a", "b"], "stock": [1, 2], "on": [True, False], "zip": ["1", "2"]})
    items = read_items(table, id="id")
    assert [one.kind for one in items.attributes.values()] == ["number", "flag", "category"]
    assert items["zip"].tolist() == ["1", "2"]


def test_an_item_that_comes_twice_is_named_with_both_rows(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("id,price\n7,1\n8,2\n7,3\n")
    with pytest.raises(aisle.DataError, match=r"p\.csv: item '?7'? is in row 1 and again in row 3"):
        read_items(path, id="id")
    assert read_items(path, id="id", on_error="skip")["price"].tolist() == [3.0, 2.0]


def test_items_without_an_id_and_unknown_columns_are_named(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("product_id,price\n1,1\n,2\n")
    with pytest.raises(aisle.DataError, match="did you mean 'product_id'"):
        read_items(path, id="productid")
    with pytest.raises(aisle.DataError, match=r"row 2.*product_id"):
        read_items(path, id="product_id")
    assert len(read_items(path, id="product_id", on_error="skip")) == 1
    with pytest.raises(aisle.DataError, match="prise"):
        read_items(path, id="product_id", columns=["prise"], on_error="skip")


def test_item_table_has_the_latest_value() -> None:
    table = {
        "event_time": ["2024-01-02", "2024-01-01", "2024-01-03"],
        "event_type": ["view"] * 3,
        "product_id": [1, 1, 1],
        "category_code": ["new", "old", None],
        "brand": [None, None, None],
        "category_id": [5, 5, 5],
        "price": [2.0, 1.0, 3.0],
        "user_id": [1, 1, 1],
        "user_session": ["s", "s", "s"],
    }
    items = read_events(table, format="rees46").item_table()
    assert items is not None
    assert items["category"].tolist() == ["new"]
    assert items["price"].tolist() == [3.0]
    assert items["brand"].tolist() == [None]
    assert log().item_table() is None
