"""Damaged files: whatever the bytes, the reader gives events or an error of its own.

AISLE_FUZZ_SECONDS=60 runs each case for that long instead of a fixed number of files.
"""

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest

import aisle
from aisle.events import read_events, read_items

ROWS = 40
FILES = 25
QUERY = f"""
    SELECT 1600000000 + 7 * i AS "Time", i // 5 AS "SessionId", 'item-' || (i * 7 % 11) AS "ItemId",
           i / 4 AS price, 'ünï' || i AS note
    FROM range({ROWS}) r(i)
"""
COPY = {
    "tsv": "CSV, HEADER, DELIMITER '\t'",
    "csv": "CSV, HEADER",
    "csv.gz": "CSV, HEADER",
    "csv.zst": "CSV, HEADER",
    "jsonl": "JSON",
    "parquet": "PARQUET",
}
NASTY = (b"\x00", b"\xff", b'"', b"\n", b"\t", b",", b"-", b"nan", b"1e999", b"{", b"9" * 40, b"\r")


def damaged(content: bytes, rng: random.Random) -> bytes:
    """Some flips, cuts, insertions and repetitions."""
    raw = bytearray(content)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(raw) + 1)
        kind = rng.randrange(6)
        if kind == 0 and raw:
            raw[min(at, len(raw) - 1)] ^= 1 << rng.randrange(8)
        elif kind == 1:
            raw[at:at] = rng.choice(NASTY)
        elif kind == 2:
            del raw[at : at + rng.randint(1, 30)]
        elif kind == 3:
            raw[at:at] = raw[at : at + rng.randint(1, 200)]
        elif kind == 4:
            raw[at : at + 4] = rng.randbytes(4)
        elif rng.random() < 0.2:
            del raw[at:]
    return bytes(raw)


def rounds(seed: str) -> Iterator[random.Random]:
    seconds = float(os.environ.get("AISLE_FUZZ_SECONDS", "0"))
    rng = random.Random(seed if not seconds else None)
    end = time.monotonic() + seconds
    done = 0
    while time.monotonic() < end or (not seconds and done < FILES):
        done += 1
        yield rng


@pytest.mark.parametrize("suffix", COPY)
def test_a_damaged_log_gives_events_or_an_error_of_aisle(suffix: str, tmp_path: Path) -> None:
    whole = tmp_path / f"whole.{suffix}"
    duckdb.connect().execute(f"COPY ({QUERY}) TO '{whole}' (FORMAT {COPY[suffix]})")
    content = whole.read_bytes()
    assert len(read_events(whole, format="serenade")) == ROWS
    path = tmp_path / f"log.{suffix}"
    outcomes = set()
    for rng in rounds(suffix):
        path.write_bytes(damaged(content, rng))
        for on_error in ("raise", "skip"):
            message = ""
            try:
                events = read_events(path, format="serenade", on_error=on_error)
            except aisle.AisleError as error:
                message = str(error)
            if message:
                assert path.name in message
                assert len(message) < 1_500
                outcomes.add("error")
                continue
            outcomes.add("events")
            assert events.item.max(initial=0) <= len(events.items)
            assert (events.time >= 0).all()
            assert len(events) + events.report.rows_skipped == events.report.rows
            assert len(repr(events)) < 300
    assert "error" in outcomes


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_a_damaged_catalogue_gives_items_or_an_error_of_aisle(suffix: str, tmp_path: Path) -> None:
    whole = tmp_path / f"whole.{suffix}"
    query = QUERY.replace("'item-' || (i * 7 % 11)", "i")
    duckdb.connect().execute(f"COPY ({query}) TO '{whole}' (FORMAT {COPY[suffix]})")
    content = whole.read_bytes()
    path = tmp_path / f"items.{suffix}"
    for rng in rounds(suffix + "items"):
        path.write_bytes(damaged(content, rng))
        for on_error in ("raise", "skip"):
            message = ""
            try:
                items = read_items(path, id="ItemId", on_error=on_error)
            except aisle.AisleError as error:
                message = str(error)
            if message:
                assert path.name in message
                continue
            assert all(len(items[name]) == len(items) for name in items.columns)


def test_hostile_arrow_arrays_are_refused() -> None:
    """Indices outside the dictionary and capsules that were read before."""
    pa = pytest.importorskip("pyarrow")
    bad = pa.DictionaryArray.from_arrays(
        pa.array(np.array([0, 7], np.int8)), pa.array(["a", "b"]), safe=False
    )
    with pytest.raises(aisle.DataError, match="outside its dictionary"):
        aisle.events.Events.from_columns(visitor=bad, item=[1, 2], time="2024-05-01")
    stream = pa.table({"x": [1]}).__arrow_c_stream__()
    aisle._core.ArrowColumns.read(stream)
    with pytest.raises(aisle.DataError, match="read before"):
        aisle._core.ArrowColumns.read(stream)


def test_types_that_are_no_ids_are_named() -> None:
    pa = pytest.importorskip("pyarrow")
    with pytest.raises(aisle.DataError, match="item"):
        aisle.events.Events.from_columns(visitor=[1], item=pa.array([[1]]), time="2024-05-01")
