"""Columns of any library give the same events; ids and times survive the way in and out."""

import datetime as dt
import math
from collections.abc import Callable
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
from aisle._core import Dictionary
from aisle.events import Events, read_events
from aisle.events.times import from_numbers, implausible, micros_of


def from_duckdb(values: list[Any]) -> Any:
    return duckdb.connect().sql("SELECT unnest(?) AS x", params=[list(values)])


COLUMNS: dict[str, Callable[[list[Any]], Any]] = {
    "list": list,
    "tuple": tuple,
    "numpy": np.array,
    "numpy objects": lambda values: np.array(values, dtype=object),
    "pandas": pd.Series,
    "pandas categorical": lambda values: pd.Series(values).astype("category"),
    "polars": pl.Series,
    "pyarrow array": pa.array,
    "pyarrow chunks": lambda values: pa.chunked_array([values[:1], values[1:]]),
    "pyarrow dictionary": lambda values: pa.array(values).dictionary_encode(),
    "duckdb": from_duckdb,
}
INTEGERS = (pa.int8, pa.uint8, pa.int16, pa.uint16, pa.int32, pa.uint32, pa.int64, pa.uint64)
ARROW_IDS = [make() for make in (*INTEGERS, pa.string, pa.large_string, pa.string_view)]
TABLES: dict[str, Callable[[dict[str, list[Any]]], Any]] = {
    "dict": dict,
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "pyarrow": pa.table,
    "duckdb": lambda columns: duckdb.connect().from_arrow(pa.table(columns)),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_columns_of_every_library_give_the_same_events(kind: str) -> None:
    make = COLUMNS[kind]
    events = Events.from_columns(
        visitor=make(["ann", "bob", "ann"]),
        item=make([30, 10, 30]),
        time=make([3, 1, 2]),
        time_unit="us",
        type=make(["view", "addtocart", "purchase"]),
        session=make(["s2", "s1", "s2"]),
        value=make([1.5, 2.0, 2.5]),
        quantity=make([1, 2, 3]),
    )
    assert events.visitors.tolist() == ["ann", "bob"]
    assert events.items.tolist() == [30, 10]
    assert events.item.tolist() == [0, 1, 0]
    assert events.time.tolist() == [3, 1, 2]
    assert events.type.tolist() == [0, 1, 3]
    assert events.sessions is not None
    assert events.sessions.tolist() == ["s2", "s1"]
    assert events.value is not None
    assert events.value.tolist() == [1.5, 2.0, 2.5]
    assert events.extra["quantity"].tolist() == [1, 2, 3]


@pytest.mark.parametrize("kind", TABLES)
def test_tables_of_every_library_give_the_same_events(kind: str) -> None:
    columns: dict[str, list[Any]] = {
        "time": [dt.datetime(2024, 5, 1, 8), dt.datetime(2024, 5, 1, 9)],
        "visitor": [7, 7],
        "item": ["x", "y"],
        "type": ["cart", "purchase"],
        "price": [1.5, None],
    }
    events = read_events(TABLES[kind](columns))
    assert events.time.tolist() == [micros_of(when) for when in columns["time"]]
    assert events.visitors.tolist() == [7]
    assert events.items.tolist() == ["x", "y"]
    assert events.type.tolist() == [1, 3]
    assert events.extra["price"][0] == 1.5
    assert math.isnan(events.extra["price"][1])


@pytest.mark.parametrize("type_", ARROW_IDS, ids=str)
@pytest.mark.parametrize("coded", [False, True], ids=["plain", "dictionary"])
@pytest.mark.parametrize("start", [0, 3])
def test_arrow_ids_of_every_type_with_nulls_and_offsets(
    type_: Any, coded: bool, start: int
) -> None:
    values = [101, None, 7, 101, 0, None, 7, 9]
    text = pa.types.is_string(type_) or pa.types.is_large_string(type_) or "view" in str(type_)
    given_ids = [v if v is None else str(v) for v in values] if text else values
    array = pa.array(given_ids, type_)
    if coded:
        if "view" in str(type_):
            pytest.skip("pyarrow does not encode string views")
        array = array.dictionary_encode()
    dictionary = Dictionary()
    numbers = aisle.events.columns.ids(array[start:], dictionary, "item")
    assert dictionary.names(numbers).tolist() == given_ids[start:]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York"])
def test_arrow_timestamps_of_every_unit_and_zone(unit: str, zone: str | None) -> None:
    scale = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}[unit]
    array = pa.array([1_600_000_000 * scale, 5 * scale], pa.timestamp(unit, zone))
    events = Events.from_columns(visitor=[1, 1], item=[1, 1], time=array)
    assert events.time.tolist() == [1_600_000_000_000_000, 5_000_000]
    if zone is None:
        numpy = np.array([1_600_000_000 * scale, 5 * scale], f"datetime64[{unit}]")
        assert (
            Events.from_columns(visitor=1, item=1, time=numpy).time.tolist() == events.time.tolist()
        )


def test_dates_and_zoned_pandas_times_are_read() -> None:
    days = pa.array([dt.date(2024, 5, 1)], pa.date32())
    assert Events.from_columns(visitor=1, item=1, time=days).time.tolist() == [
        micros_of("2024-05-01")
    ]
    zoned = pd.Series(pd.to_datetime(["2024-05-01 02:00+02:00"]))
    assert Events.from_columns(visitor=1, item=1, time=zoned).time.tolist() == [
        micros_of("2024-05-01")
    ]


def test_a_scalar_stands_for_all_rows() -> None:
    events = Events.from_columns(visitor="v", item=["a", "b"], time="2024-05-01", type="like")
    assert events.visitor.tolist() == [0, 0]
    assert events.type.tolist() == [8, 8]


def test_integers_and_texts_name_the_same_item() -> None:
    events = Events.from_columns(visitor=[42, "42", 42], item=["x"] * 3, time="2024-05-01")
    assert len(events.visitors) == 1


def test_a_million_repeated_ids_take_the_fast_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Integers are written out once each, however often they come."""
    rows = 1_000_000
    array = pa.array(np.arange(rows) % 1_000 + 10**12)
    dictionary = Dictionary()
    numbers = aisle.events.columns.ids(array, dictionary, "item")
    assert len(dictionary) == 1_000
    assert (numbers == np.arange(rows) % 1_000).all()


shop_id = st.one_of(st.text(min_size=1, max_size=30), st.integers(-(2**63), 2**63 - 1)).filter(
    lambda value: str(value).isprintable() or isinstance(value, str)
)


@given(st.lists(shop_id.filter(lambda v: not isinstance(v, str) or "\ud800" not in v), min_size=1))
def test_ids_come_back_as_they_went_in(values: list[str | int]) -> None:
    dictionary = Dictionary()
    numbers = dictionary.encode(values)
    assert [str(name) for name in dictionary.names(numbers)] == [str(value) for value in values]
    if all(isinstance(value, int) for value in values):
        assert dictionary.names(numbers).tolist() == values
    assert len(dictionary) == len({str(value) for value in values})
    assert all(
        dictionary.find(value) == number for value, number in zip(values, numbers, strict=True)
    )


@given(st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(2199, 1, 1)))
def test_iso_texts_and_datetimes_are_one_time(when: dt.datetime) -> None:
    micros = micros_of(when)
    assert micros_of(when.isoformat()) == micros == micros_of(when.isoformat() + "+00:00")
    assert micros_of(np.datetime64(when)) == micros
    east = when.replace(tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30)))
    assert micros_of(east) == micros - 19_800_000_000


@given(st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(2199, 1, 1)))
def test_the_reader_and_python_agree_on_texts(when: dt.datetime) -> None:
    table = {"time": [when.isoformat()], "visitor": [1], "item": [1]}
    assert read_events(table).time.tolist() == [micros_of(when)]


@given(st.lists(st.floats(0, 4e9), min_size=1), st.sampled_from(["s", "ms", "us"]))
def test_numbers_are_scaled_by_their_unit(values: list[float], unit: str) -> None:
    scale = {"s": 1_000_000, "ms": 1_000, "us": 1}[unit]
    micros, valid = from_numbers(np.array(values), unit)
    assert valid.all()
    assert micros.tolist() == [round(value * scale) for value in values]


@given(st.integers(2, 50), st.data())
def test_one_row_in_another_unit_is_found(rows: int, data: st.DataObject) -> None:
    """Whichever row of a log in milliseconds holds seconds (or the reverse) is the one named."""
    odd = data.draw(st.integers(0, rows))
    seconds = 1_600_000_000 + np.arange(rows + 1)
    for unit, most, other in (("ms", 1_000, 1), ("s", 1, 1_000)):
        column = seconds * most
        column[odd] = seconds[odd] * other
        micros, valid = from_numbers(column, unit)
        ((mask, reason),) = implausible(micros, valid, unit)
        assert np.flatnonzero(mask).tolist() == [odd]
        assert "mixed unit" in reason
