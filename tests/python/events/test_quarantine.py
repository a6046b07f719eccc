"""Rows that were left out: each in the quarantine, with its place, its reason and its cells."""

import gc
import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import aisle
from aisle.events import read_batches, read_events

LOG = (
    "time,visitor,item,price\n"
    "2024-05-01,ann,a,1\n"
    "soon,ann,b,2\n"
    "\n"
    "2024-05-01,bob\n"
    "2024-05-01,bob,,3\n"
    "2024-05-01,,c,4\n"
    "2024-05-01,bob,c,cheap\n"
    "2024-05-01,eve,c,5,6\n"
    "2024-05-01,eve,d,6\n"
)


def entries(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def check_counts(report: Any, found: list[dict[str, Any]]) -> None:
    """As many rows in the quarantine as the report counts, reason by reason."""
    expected = Counter({reason.reason: reason.rows for reason in report.skipped})
    assert Counter(entry["reason"] for entry in found) == expected


@pytest.mark.parametrize("name", ["log.csv", "log.csv.gz"])
def test_each_row_has_its_line_its_reason_and_its_cells(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(LOG.encode()) if name.endswith("gz") else LOG.encode())
    bad = tmp_path / "bad.jsonl"
    events = read_events(path, on_error="skip", quarantine=bad)
    found = entries(bad)
    assert len(events) == 2
    check_counts(events.report, found)
    assert {entry["file"] for entry in found} == {name}
    by_line = {entry["line"]: entry for entry in found}
    assert sorted(by_line) == [3, 5, 6, 7, 8, 9]
    assert by_line[3]["cells"] == {"time": "soon", "visitor": "ann", "item": "b", "price": "2"}
    assert (by_line[3]["row"], by_line[3]["column"]) == (2, "time")
    assert by_line[6]["cells"]["item"] is None
    assert by_line[8]["reason"] == "price: not a number"
    assert by_line[5]["raw"] == "2024-05-01,bob"
    assert by_line[9]["raw"] == "2024-05-01,eve,c,5,6"
    assert "row" not in by_line[9]
    assert not list(tmp_path.glob("bad.jsonl.*"))


def test_a_line_that_cannot_be_known_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text('time,visitor,item\n2024-05-01,"an\nn",a\nsoon,ann,b\n')
    read_events(path, on_error="skip", quarantine=tmp_path / "bad.jsonl")
    (entry,) = entries(tmp_path / "bad.jsonl")
    assert entry["row"] == 2
    assert "line" not in entry
    assert entry["cells"]["item"] == "b"


def test_json_lines_keep_what_is_no_record(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    good = '{"time": "2024-05-01", "visitor": "v", "item": "i"}\n'
    path.write_text(good + '\n{"time": "2024\n' + good.replace('"i"', "null") + "[1, 2]\n" + good)
    events = read_events(path, on_error="skip", quarantine=tmp_path / "bad.jsonl")
    found = entries(tmp_path / "bad.jsonl")
    check_counts(events.report, found)
    assert len(events) == 2
    told = [(entry["row"], entry["line"], entry.get("raw")) for entry in found]
    assert told == [(2, 3, '{"time": "2024'), (3, 4, None), (4, 5, "[1, 2]")]
    assert found[1]["cells"] == {"time": "2024-05-01", "visitor": "v", "item": None}


def test_a_nested_record_comes_whole(tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    record = {"eventType": "click", "userToken": "u", "timestamp": 1772445600000}
    bad = {**record, "objectIDs": ["a", None, "b", ""]}
    path.write_text(json.dumps({**record, "objectIDs": ["x"]}) + "\n" + json.dumps(bad) + "\n")
    events = read_events(
        path, format="algolia-insights", on_error="skip", quarantine=tmp_path / "q"
    )
    found = entries(tmp_path / "q")
    assert events.to_numpy()["item"].tolist() == ["x", "a", "b"]
    assert [(entry["row"], entry["line"], entry["reason"]) for entry in found] == [
        (2, 2, "item: the item is missing")
    ] * 2
    assert json.loads(found[0]["cells"]["objectIDs"]) == bad["objectIDs"]


def test_batches_of_many_files_fill_one_quarantine(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(LOG)
    bad = tmp_path / "bad.jsonl"
    batches = list(read_batches(tmp_path / "*.csv", on_error="skip", quarantine=bad, rows=3))
    assert sum(map(len, batches)) == 4
    found = entries(bad)
    assert [entry["file"] for entry in found] == ["a.csv"] * 6 + ["b.csv"] * 6
    counted: Counter[str] = Counter()
    for batch in batches:
        counted.update({reason.reason: reason.rows for reason in batch.report.skipped})
    assert Counter(entry["reason"] for entry in found) == counted
    assert [entry.get("row") for entry in found[:6]] == [2, 3, 4, 5, None, None]


def test_who_stops_early_has_what_was_left_out_so_far(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(LOG)
    bad = tmp_path / "bad.jsonl"
    batches = read_batches(tmp_path / "a.csv", on_error="skip", quarantine=bad, rows=2)
    assert len(next(batches)) == 1
    assert not bad.exists()
    batches.close()  # type: ignore[attr-defined]
    assert [entry["row"] for entry in entries(bad)] == [2]


def test_batches_that_nobody_asks_for_leave_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(LOG)
    batches = read_batches(tmp_path / "a.csv", on_error="skip", quarantine=tmp_path / "bad.jsonl")
    del batches
    gc.collect()
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_reading_that_fails_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(LOG)
    (tmp_path / "b.csv").write_text("time,visitor,item\n2024-05-01,v,i\n")
    bad = tmp_path / "bad.jsonl"
    bad.write_text("what was there\n")
    packed = gzip.compress(LOG.encode() * 999)
    (tmp_path / "c.csv.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(aisle.DataError, match=r"c\.csv\.gz"):
        read_events([tmp_path / "a.csv", tmp_path / "c.csv.gz"], on_error="skip", quarantine=bad)
    assert bad.read_text() == "what was there\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a.csv", "b.csv", "bad.jsonl", "c.csv.gz",
    ]  # fmt: skip
    read_events(tmp_path / "b.csv", on_error="skip", quarantine=bad)
    assert bad.read_text() == ""


def test_a_quarantine_that_cannot_be_is_refused(tmp_path: Path) -> None:
    table = {"time": ["2024-05-01"], "visitor": [1], "item": [1]}
    with pytest.raises(aisle.ConfigError, match='on_error="skip"'):
        read_events(table, quarantine=tmp_path / "bad.jsonl")
    with pytest.raises(aisle.DataError, match="nowhere"):
        read_events(table, on_error="skip", quarantine=tmp_path / "nowhere" / "bad.jsonl")


@pytest.mark.parametrize("library", ["dict", "pandas", "polars", "pyarrow", "parquet"])
def test_rows_of_tables_are_kept_too(library: str, tmp_path: Path) -> None:
    columns = {"time": ["2024-05-01"] * 3, "visitor": ["a", None, "c"], "item": [1, 2, 3]}
    if library == "parquet":
        source: Any = tmp_path / "t.parquet"
        pytest.importorskip("polars").DataFrame(columns).write_parquet(source)
    elif library == "dict":
        source = columns
    elif library == "pyarrow":
        source = pytest.importorskip("pyarrow").table(columns)
    else:
        source = pytest.importorskip(library).DataFrame(columns)
    read_events(source, on_error="skip", quarantine=tmp_path / "q")
    (entry,) = entries(tmp_path / "q")
    assert (entry["row"], entry["column"], entry["cells"]["item"]) == (2, "visitor", "2")
    assert "line" not in entry


def test_many_rows_are_written_down_on_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aisle.events.taking._MANY", 2)
    (tmp_path / "a.csv").write_text(LOG)
    bad = tmp_path / "bad.jsonl"
    batches = read_batches(tmp_path / "a.csv", on_error="skip", quarantine=bad, rows=3)
    assert sum(map(len, batches)) == 2
    assert [entry.get("row") for entry in entries(bad)] == [2, 3, 4, 5, None, None]
    assert [entry.get("line") for entry in entries(bad)] == [None] * 4 + [5, 9]
