"""Logs larger than memory: batches are the whole log, cut; and no more than one is held."""

import gc
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aisle
from aisle.events import Events, read_batches, read_events


def whole(events: Events) -> dict[str, list[Any]]:
    """The columns with the shop's ids, as lists; NaN is None."""
    return {
        name: [None if value != value else value for value in column.tolist()]
        for name, column in events.to_numpy().items()
    }


def together(batches: Iterator[Events]) -> dict[str, list[Any]]:
    parts = [whole(batch) for batch in batches]
    return {name: [value for part in parts for value in part[name]] for name in parts[0]}


def clicks(path: Path, first: int, rows: int) -> Path:
    lines = [
        f"2024-05-01T10:00:{n % 60:02},v{n % 7},{n % 5},{n}\n" for n in range(first, first + rows)
    ]
    path.write_text("time,visitor,item,price\n" + "".join(lines))
    return path


@settings(max_examples=40)
@given(st.integers(1, 60), st.lists(st.integers(0, 30), min_size=1, max_size=4))
def test_batches_are_the_log_cut_anywhere(
    tmp_path_factory: pytest.TempPathFactory, rows: int, sizes: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("log")
    starts = np.cumsum([0, *sizes]).tolist()
    files = [
        clicks(folder / f"{n}.csv", start, size)
        for n, (start, size) in enumerate(zip(starts, sizes, strict=False))
    ]
    batches = list(read_batches(files, rows=rows))
    assert [len(batch) for batch in batches[:-1]] == [rows] * (len(batches) - 1)
    assert sum(map(len, batches)) == sum(sizes)
    if batches:
        assert together(iter(batches)) == whole(read_events(files))


def test_batches_of_real_clicks_are_the_log(data: Path) -> None:
    path = data / "bol_serenade_toy/test.txt.zst"
    cut = together(read_batches(path, format="serenade", order="file", rows=100))
    assert cut == whole(read_events(path, format="serenade", order="file"))


def test_formats_that_sort_the_whole_log_say_so() -> None:
    table = {"SessionId": [2, 1], "ItemId": [7, 8], "Time": [10.0, 11.5]}
    with pytest.raises(aisle.ConfigError, match='order="file"'):
        read_batches(table, format="serenade")
    assert together(read_batches(table, format="serenade", order="file"))["session"] == [2, 1]


def test_the_order_of_sequences_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "train.txt"
    path.write_text("1 2 3\n4 5\n6\n")
    cut = together(read_batches(path, format="sequences", rows=2))
    assert cut == whole(read_events(path, format="sequences"))


def test_a_record_may_be_cut_between_its_items(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    record = {"eventType": "click", "userToken": "u", "timestamp": 1772445600000}
    path.write_text(
        "".join(json.dumps({**record, "objectIDs": list("abc")[: n + 1]}) + "\n" for n in range(3))
    )
    cut = together(read_batches(path, format="algolia-insights", rows=4))
    assert cut == whole(read_events(path, format="algolia-insights"))
    assert "".join(cut["item"]) == "aababc"


def test_each_batch_stands_alone(tmp_path: Path) -> None:
    batches = list(read_batches(clicks(tmp_path / "c.csv", 0, 10), rows=4))
    assert [batch.report.rows for batch in batches] == [4, 4, 2]
    assert batches[0].items.tolist() == [0, 1, 2, 3]
    assert batches[1].items.tolist() == [4, 0, 1, 2]
    assert all(batch.item.max() < len(batch.items) for batch in batches)


def test_an_engine_takes_batches_in(tmp_path: Path) -> None:
    path = clicks(tmp_path / "c.csv", 0, 50)
    engine = aisle.Engine(aisle.fit(read_events(path)))
    for batch in read_batches(path, rows=20):
        assert sum(engine.observe_many(batch).values()) == len(batch)


def test_wrong_files_and_options_stop_before_the_first_batch(tmp_path: Path) -> None:
    good = clicks(tmp_path / "a.csv", 0, 5)
    (tmp_path / "b.csv").write_text("when,who\n1,2\n")
    with pytest.raises(aisle.DataError, match=r"b\.csv"):
        read_batches([good, tmp_path / "b.csv"], quarantine=tmp_path / "q.jsonl", on_error="skip")
    assert not list(tmp_path.glob("q.jsonl*"))
    for rows in (0, -1, 2.5, True, "many"):
        with pytest.raises(aisle.ConfigError, match="rows is"):
            read_batches(good, rows=rows)  # type: ignore[arg-type]
    assert list(read_batches(clicks(tmp_path / "h.csv", 0, 0))) == []


def test_a_bad_row_is_named_in_the_batch_it_is_in(tmp_path: Path) -> None:
    path = clicks(tmp_path / "c.csv", 0, 20)
    path.write_text(path.read_text().replace("v6,3,13\n", "v6,,13\n"))
    batches = read_batches(path, rows=5)
    assert [len(next(batches)) for _ in range(2)] == [5, 5]
    with pytest.raises(aisle.DataError, match=r'row 14, column "item": nothing'):
        next(batches)


class Producer:
    """An Arrow stream of any length that counts the rows that were asked of it."""

    def __init__(self, batches: int, rows: int) -> None:
        self.arrow = pytest.importorskip("pyarrow")
        self.left, self.rows, self.made = batches, rows, 0
        self.schema = self.arrow.schema(
            [("time", self.arrow.timestamp("us")), ("visitor", "int64"), ("item", "int64")]
        )

    def batches(self) -> Iterator[Any]:
        while self.left:
            self.left -= 1
            first, self.made = self.made, self.made + self.rows
            numbers = np.arange(first, self.made)
            times = self.arrow.array(1_714_557_600_000_000 + numbers, self.arrow.timestamp("us"))
            yield self.arrow.record_batch([times, numbers % 1000, numbers % 77], schema=self.schema)

    def reader(self) -> Any:
        return self.arrow.RecordBatchReader.from_batches(self.schema, self.batches())


def test_a_stream_is_pulled_as_far_as_it_is_read_and_let_go() -> None:
    """What is held is bounded by the batch: by what Arrow has allocated, not by a clock."""
    producer = Producer(batches=40, rows=50_000)
    held, seen, ahead = [], 0, []
    for batch in read_batches(producer.reader(), rows=50_000):
        seen += len(batch)
        ahead.append(producer.made - seen)
        gc.collect()
        held.append(producer.arrow.total_allocated_bytes())
    assert seen == 40 * 50_000
    assert max(ahead) < 1_500_000, "DuckDB hands out a million rows at a time at most"
    assert max(held) < 0.5 * seen * 24, "the stream was held whole"


def test_the_memory_of_a_batch_does_not_grow_with_the_log(tmp_path: Path) -> None:
    """Two million more rows of one file change what the process holds by less than they are."""
    duckdb = pytest.importorskip("duckdb")
    path = tmp_path / "long.parquet"
    query = 'SELECT 1714557600 + i AS "Time", i % 999 AS "SessionId", i % 77 AS "ItemId"'
    duckdb.connect().execute(
        f"COPY ({query} FROM range(6000000) r(i)) TO '{path}' (FORMAT PARQUET)"
    )

    def resident() -> int:
        with Path("/proc/self/statm").open() as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    if not Path("/proc/self/statm").exists():
        pytest.skip("this system does not tell what a process holds")
    seen = []
    for batch in read_batches(path, format="serenade", order="file", rows=250_000):
        assert len(batch) == 250_000
        seen.append(resident())
    assert len(seen) == 24
    assert max(seen[12:]) - max(seen[:12]) < 3_000_000 * 3 * 8, "half of the rows are still held"


def test_a_stream_that_comes_once_names_its_bad_rows(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    table = arrow.table({"time": ["2024-05-01", "soon", "2024-05-01"], "visitor": [1, 2, None],
                         "item": [1, 2, 3]})  # fmt: skip

    def stream() -> Any:
        return arrow.RecordBatchReader.from_batches(table.schema, iter(table.to_batches()))

    with pytest.raises(aisle.DataError, match=r"row 2, column \"time\": 'soon'"):
        list(read_batches(stream()))
    path = tmp_path / "bad.jsonl"
    batches = list(read_batches(stream(), on_error="skip", quarantine=path, rows=2))
    assert [len(batch) for batch in batches] == [1, 0]
    bad = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(row["row"], row["column"], row["cells"]["item"]) for row in bad] == [
        (2, "time", "2"), (3, "visitor", "3"),
    ]  # fmt: skip
    assert len(read_events(stream(), on_error="skip")) == 1


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "duckdb"])
def test_tables_of_every_library_come_in_batches(library: str, tmp_path: Path) -> None:
    import duckdb

    connection = duckdb.connect()
    relation = connection.sql(
        "SELECT TIMESTAMP '2024-05-01' AS time, i % 7 AS visitor, i AS item FROM range(10) r(i)"
    )
    table = {
        "pandas": relation.df, "polars": relation.pl, "pyarrow": relation.to_arrow_table,
        "duckdb": lambda: relation,
    }[library]()  # fmt: skip
    assert together(read_batches(table, rows=3))["item"] == list(range(10))
