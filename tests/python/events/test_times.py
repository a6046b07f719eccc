"""Numbers are never taken for another unit than the one that was named."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import aisle
from aisle.events.times import micros_of

SECONDS = 1_772_445_600  # 2026-03-02 10:00


def times(column: Any, **options: Any) -> list[int]:
    events = aisle.Events.from_columns(visitor="v", item="i", time=column, **options)
    found: list[int] = events.time.tolist()
    return found


@pytest.mark.parametrize(("scale", "unit"), [(1, "s"), (1_000, "ms")])
def test_numbers_without_a_unit_must_look_like_microseconds(scale: int, unit: str) -> None:
    with pytest.raises(aisle.DataError) as caught:
        times([SECONDS * scale])
    for word in ("row 1", str(SECONDS * scale), "1970-01", "2026-03-02", f'time_unit="{unit}"'):
        assert word in str(caught.value)
    assert times([SECONDS * scale], time_unit=unit) == [SECONDS * 1_000_000]
    assert times([SECONDS * 1_000_000]) == [SECONDS * 1_000_000]


def test_an_order_is_a_time_where_the_unit_is_named() -> None:
    with pytest.raises(aisle.DataError, match=r'row 1: 7 .*time_unit="s", "ms", or "us"'):
        times([7, 8])
    assert times([7, 8], time_unit="us") == [7, 8]


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_seconds_among_milliseconds_are_found_whichever_are_more(rows: int) -> None:
    few_seconds = [SECONDS * 1_000] * rows + [SECONDS]
    with pytest.raises(aisle.DataError, match=f"row {rows + 1}: .*smaller than most: mixed units"):
        times(few_seconds, time_unit="ms")
    with pytest.raises(aisle.DataError, match="mixed units"):
        times([SECONDS] * rows + [SECONDS * 1_000], time_unit="ms")


def test_the_minority_of_mixed_units_is_left_out() -> None:
    table = {"user_id": [1] * 4, "session_id": [1] * 4, "click_article_id": [1, 2, 3, 4]}
    table["click_timestamp"] = [SECONDS, SECONDS, SECONDS, SECONDS * 1_000]
    events = aisle.read_events(table, format="globo", on_error="skip")
    assert events.items.tolist() == [1, 2, 3]
    assert "greater than most" in str(events.report)


def test_pandas_says_not_a_time() -> None:
    with pytest.raises(aisle.DataError, match="NaT is not a time"):
        micros_of(pd.NaT)
