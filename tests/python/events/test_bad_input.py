"""Bad input: one clear error that names the file, the row, the column and the way out."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aisle
from aisle.events import Events, read_events

HEADER = "SessionId\tItemId\tTime\n"


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def said(source: Any, kind: str = "serenade", **options: Any) -> str:
    with pytest.raises(aisle.DataError) as caught:
        read_events(source, format=kind, **options)
    return str(caught.value)


# Lines after the header -> what the message must say, and how many of the rows remain.
BAD_ROWS = {
    "a word as time": ("1\ta\t10\n1\tb\tsoon\n", ["row 2", '"Time"', "'soon'", "time_unit='s'"], 1),
    "no time": ("1\ta\t\n2\tb\t1\n", ["row 1", '"Time"', "nothing"], 1),
    "NaN": ("1\ta\t10\n1\tb\tnan\n", ["row 2", "'nan'"], 1),
    "infinity": ("1\ta\tinf\n1\tb\t3\n", ["row 1", "'inf'"], 1),
    "a negative time": ("1\ta\t-5\n1\tb\t3\n", ["row 1", "'-5'", "before 1970"], 1),
    "seconds and ms": ("1\ta\t1592337718\n1\tb\t1592337719000\n", ["row 2", "mixed unit"], 1),
    "a missing item": ("1\ta\t10\n1\t\t11\n", ["row 2", '"ItemId"', "item is missing"], 1),
    "a missing session": ("\ta\t10\n1\ta\t11\n", ["row 1", "visitor is missing"], 1),
    "a 10 MB id": ("1\ta\t1\n1\t" + "x" * 10_000_000 + "\t2\n", ["row 2", "ItemId", "4096"], 1),
    "a long id": ("1\t" + "y" * 4097 + "\t2\n2\ta\t1\n", ["row 1", "ItemId", "4097 bytes"], 1),
    "a short line": ("1\ta\t10\n1\n2\tb\t3\n", ["line", "3"], 2),
    "a long line": ("1\ta\t10\n1\tb\t3\t4\n2\tb\t3\n", ["line", "3"], 2),
}


@pytest.mark.parametrize("what", BAD_ROWS)
def test_a_bad_row_is_named_or_skipped_and_counted(what: str, tmp_path: Path) -> None:
    lines, words, left = BAD_ROWS[what]
    path = written(tmp_path / "log.tsv", HEADER + lines)
    message = said(path)
    assert all(word in message for word in ["log.tsv", "skip", *words]), message
    assert len(message) < 600
    events = read_events(path, format="serenade", on_error="skip")
    assert len(events) == left
    assert events.report.rows_skipped == events.report.rows - left > 0
    assert all(reason.examples for reason in events.report.skipped)
    assert len(events.items) == len(np.unique(events.item))  # skipped ids are forgotten


def test_milliseconds_among_which_there_are_seconds(tmp_path: Path) -> None:
    path = written(
        tmp_path / "g.csv",
        "user_id,session_id,click_article_id,click_timestamp\n"
        "1,1,1,1592337718000\n1,1,1,1592337719000\n2,3,4,1592337718\n",
    )
    assert "row 3" in said(path, "globo")
    assert "mixed units" in said(path, "globo")


def test_invalid_utf8_names_its_line(tmp_path: Path) -> None:
    path = written(tmp_path / "log.tsv", HEADER.encode() + b"1\ta\t1\n1\t\xff\xfe\t2\n3\tc\t4\n")
    message = said(path)
    assert "log.tsv" in message
    assert "3" in message
    assert len(read_events(path, format="serenade", on_error="skip")) == 2


def test_a_missing_column_is_named_with_those_there_are(tmp_path: Path) -> None:
    path = written(tmp_path / "x.csv", "sessionid,b\n1,2\n")
    message = said(path)
    assert all(word in message for word in ("x.csv", "'ItemId'", "'Time'", "'sessionid'"))
    assert "did you mean 'sessionid'" in message


def test_an_empty_file_is_empty(tmp_path: Path) -> None:
    for name, content in (
        ("e.csv", b""),
        ("n.csv", b"\n\n"),
        ("e.csv.gz", gzip.compress(b"")),
    ):
        message = said(written(tmp_path / name, content))
        assert name in message
        assert "empty" in message


def test_a_header_alone_is_a_log_without_events(tmp_path: Path) -> None:
    events = read_events(written(tmp_path / "h.tsv", HEADER), format="serenade")
    assert len(events) == 0
    assert "0 events" in repr(events)


def test_a_cut_zst_is_never_read_as_a_short_one(data: Path, tmp_path: Path) -> None:
    whole = (data / "bol_serenade_toy/test.txt.zst").read_bytes()
    for size in (3, 5, 9, 900, len(whole) // 2, len(whole) - 5, len(whole) - 1):
        message = said(written(tmp_path / "t.zst", whole[:size]))
        assert "t.zst" in message
        assert "zstd" in message
    assert len(read_events(written(tmp_path / "w.zst", whole), format="serenade")) == 1_233


def test_a_cut_gz_is_an_error(tmp_path: Path) -> None:
    packed = gzip.compress((HEADER + "1\ta\t1\n" * 9_999).encode())
    for size in (15, len(packed) // 2, len(packed) - 4):
        assert "log.tsv.gz" in said(written(tmp_path / "log.tsv.gz", packed[:size]))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    written(tmp_path / "clicks.csv", HEADER)
    message = said(tmp_path / "click.csv")
    assert "click.csv" in message
    assert "did you mean 'clicks.csv'" in message
    assert "no file matches" in said(tmp_path / "*.parquet")
    assert "folder" in said(tmp_path)
    assert "cannot be read" in said("x" * 5_000)
    assert "cannot be read" in said("a\0b")
    assert "no files" in said([])


@pytest.mark.parametrize("source", [17, None, object(), [1, 2]])
def test_a_source_of_no_known_kind(source: Any) -> None:
    assert "give a path" in said(source) or "column" in said(source)


def test_numbers_need_a_unit(tmp_path: Path) -> None:
    path = written(tmp_path / "c.csv", "time,visitor,item\n1577836800,1,2\n")
    assert "time_unit" in said(path, "aisle")
    assert "time_unit" in said({"time": [1577836800], "visitor": [1], "item": [2]}, "aisle")
    assert read_events(path, time_unit="s").time.tolist() == [1577836800000000]
    with pytest.raises(aisle.ConfigError, match="'d'"):
        read_events(path, time_unit="d")  # type: ignore[arg-type]


def test_a_suspicious_unit_is_noted(tmp_path: Path) -> None:
    path = written(tmp_path / "c.csv", "time,visitor,item\n1577836800,1,2\n")
    assert "before 1971" in str(read_events(path, time_unit="ms").report)


def test_wrong_types_of_columns(tmp_path: Path) -> None:
    path = written(tmp_path / "p.csv", "time,visitor,item,price\n2024-01-01,1,2,cheap\n")
    message = said(path, "aisle")
    assert all(word in message for word in ("p.csv", "row 1", '"price"', "'cheap'", "number"))
    path = written(tmp_path / "t.csv", "time,visitor,item,type\n2024-01-01,1,2,vue\n")
    assert "remove_from_cart" in said(path, "aisle")


def test_unknown_options_are_named(tmp_path: Path) -> None:
    path = written(tmp_path / "h.tsv", HEADER)
    for options in ({"on_error": "x"}, {"order": "x"}, {"columns": {"time": 7}}):
        with pytest.raises(aisle.ConfigError):
            read_events(path, format="serenade", **options)  # type: ignore[arg-type]


BAD_COLUMNS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a missing visitor": ({"visitor": ["a", None]}, ["visitor", "row 2", "missing"]),
    "a missing item": ({"item": [None, 1]}, ["item", "row 1", "missing"]),
    "an empty id": ({"item": ["", "x"]}, ["item", "row 1", "empty"]),
    "a long id": ({"item": ["x", "y" * 5_000]}, ["item", "row 2", "5000 bytes"]),
    "a surrogate": ({"visitor": ["a", "\ud800"]}, ["visitor", "UTF-8"]),
    "bad bytes": ({"visitor": np.array([b"a", b"\xff"])}, ["visitor", "row 2", "UTF-8"]),
    "a list as id": ({"item": [[1], 2]}, ["item", "str or an int"]),
    "a fraction as id": ({"item": [1.5, 2.0]}, ["item", "row 1", "1.5"]),
    "a bool as id": ({"item": [True, False]}, ["item"]),
    "a word as time": ({"time": ["2024-01-01", "soon"]}, ["time", "row 2", "'soon'"]),
    "NaN as time": ({"time": [1.0, float("nan")]}, ["time", "row 2", "missing"]),
    "a negative time": ({"time": [1, -1]}, ["time", "row 2", "before 1970"]),
    "mixed units": ({"time": [1_592_337_718_000_000, 1_592_337_718_000]}, ["row 2", "mixed"]),
    "nanoseconds": ({"time": [1_592_337_718_000_000_000] * 2}, ["row 1", "2200", "time_unit"]),
    "lengths": ({"time": ["2024-05-01"] * 3}, ["length"]),
    "an unknown type": ({"type": ["view", "vue"]}, ["type", "row 2", "'vue'", "purchase"]),
    "a word as value": ({"value": ["cheap", 2]}, ["value"]),
    "two dimensions": ({"item": np.zeros((2, 2))}, ["dimensions"]),
}


@pytest.mark.parametrize("what", BAD_COLUMNS)
def test_a_bad_column_is_named(what: str) -> None:
    good = {"visitor": ["a", "b"], "item": [1, 2], "time": ["2024-05-01", "2024-05-02"]}
    columns, words = BAD_COLUMNS[what]
    with pytest.raises(aisle.AisleError) as caught:
        Events.from_columns(**{**good, **columns})
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_an_unknown_single_type_lists_the_names() -> None:
    with pytest.raises(aisle.ConfigError, match="remove_from_cart"):
        Events.from_columns(visitor=["a"], item=["x"], time="2024-05-01", type="vue")
