"""What cannot be read is said in words of the shop's files, with what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

import aisle
from aisle.events.sources import Part, explain

LEAKS = ("register()", "replacement scan", "Invalid Input Error", "object is not")


def said(source: Any) -> str:
    with pytest.raises(aisle.DataError) as caught:
        aisle.read_events(source)
    assert not any(leak in str(caught.value) for leak in LEAKS)
    return str(caught.value)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (None, "None: give a path"),
        ([{"item": 1}, {"item": 2}], "give columns"),
        (17, "'int': give a path"),
        ({}, "without columns"),
        ({"visitor": 5, "item": [1], "time": ["2024-05-01"]}, '"visitor" is 5'),
        ({"visitor": [1, 2], "item": [1]}, "differ in length"),
    ],
)
def test_a_source_that_is_no_table_says_what_to_give(source: Any, words: str) -> None:
    assert words in said(source)


def test_a_connection_is_no_table_but_has_some() -> None:
    connection = duckdb.connect()
    assert "con.table" in said(connection)
    relation = connection.sql("SELECT 'v' AS visitor, 'i' AS item, TIMESTAMP '2024-05-01' AS time")
    assert len(aisle.read_events(relation)) == 1


def test_text_that_is_no_utf8_is_named_with_its_column(tmp_path: Path) -> None:
    path = tmp_path / "clicks.csv"
    path.write_bytes(b"time;visitor;item\n2024-05-01;a;b\n2024-05-01;b;caf\xe9;\n")
    message = said(path)
    for word in ("clicks.csv", "line 3", '"item"', r"caf\xe9", "iconv"):
        assert word in message
    path.write_bytes(b"time,visitor,item,caf\xe9\n2024-05-01,a,b,c\n")
    assert "line 1" in said(path)
    (lines := tmp_path / "clicks.jsonl").write_bytes(
        b'{"time": "2024-05-01", "visitor": "a", "item": "b"}\n'
        b'{"time": "2024-05-01", "visitor": "caf\xe9", "item": "b"}\n'
    )
    assert "clicks.jsonl, line 2" in said(lines)


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_named(coding: str, tmp_path: Path) -> None:
    path = tmp_path / "clicks.csv"
    path.write_text("time,visitor,item\n2024-05-01,a,b\n", encoding=coding)
    assert "UTF-16" in said(path)
    assert "iconv" in said(path)


def test_an_empty_source_says_so(tmp_path: Path) -> None:
    path = tmp_path / "clicks.csv"
    path.write_text("")
    assert "neither a header nor a row" in said(path)
    path.write_text("time,visitor,item\n")
    events = aisle.read_events(path)
    assert len(events) == 0
    assert "not one row" in str(events.report)
    assert "not one row" in events.report._repr_html_()


def test_an_interrupted_read_is_no_bad_file() -> None:
    part = Part("clicks.csv", "", {}, path=Path("clicks.csv"))
    for error in (RuntimeError("Query interrupted"), duckdb.InterruptException("INTERRUPT Error")):
        assert isinstance(explain(error, part), KeyboardInterrupt)
    assert isinstance(explain(RuntimeError("anything else"), part), aisle.DataError)


def test_a_value_that_is_no_number_is_named() -> None:
    for bad, shown in (("cheap", "'cheap'"), (float("inf"), "inf")):
        with pytest.raises(aisle.DataError, match=f"value, row 2: {shown}"):
            aisle.Events.from_columns(
                visitor="v", item="i", time=["2024-05-01"] * 2, value=[1.0, bad]
            )
