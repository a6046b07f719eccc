"""The numbers behind the rules, against other libraries' and against obvious references."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import aisle
from aisle.hygiene import ks, psi

sys.path.insert(0, str(Path(__file__).parent))
from hygiene_logs import check, events  # type: ignore[import-not-found]

NUMBERS = st.lists(st.integers(-20, 20), min_size=1, max_size=40)
ROWS = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.sampled_from("xy"),
        st.integers(0, 3),
        st.sampled_from([1.0, 2.0, None]),
    ),
    min_size=1,
    max_size=30,
)  # fmt: skip


def test_psi_is_that_of_other_libraries() -> None:
    assert psi([100, 200, 400, 200, 100], [120, 180, 350, 230, 120]) == pytest.approx(0.0202695005)
    assert psi([5, 5], [1, 1]) == 0
    assert psi([100, 0], [50, 50]) > 0.25


def test_ks_is_that_of_scipy() -> None:
    x = [i * 7919 % 1000 / 1000 for i in range(1, 201)]
    y = [(i * 104729 % 1000 / 1000) ** 0.8 for i in range(1, 301)]
    statistic, p = ks(x, y)
    assert statistic == pytest.approx(0.0916666667)
    assert p == pytest.approx(0.2547653349, abs=0.01)  # scipy's is exact, this one asymptotic
    assert all(np.isnan(ks([], [1])))


@given(NUMBERS, NUMBERS)
def test_ks_is_the_largest_distance(a: list[int], b: list[int]) -> None:
    def below(values: list[int], x: int) -> float:
        return sum(v <= x for v in values) / len(values)

    assert ks(a, b)[0] == pytest.approx(max(abs(below(a, x) - below(b, x)) for x in [*a, *b]))
    assert 0 <= ks(a, b)[1] <= 1


@given(ROWS)
def test_copies_are_the_rows_that_were_there_before(
    rows: list[tuple[str, str, int, float | None]],
) -> None:
    visitor, item, time, price = map(list, zip(*rows, strict=True))
    start = 1_714_521_600_000_000
    log = events({"visitor": visitor, "item": item, "time": [start + t for t in time]},
                 price=[np.nan if p is None else p for p in price])  # fmt: skip
    seen: set[object] = set()
    expected = []
    for number, row in enumerate(rows):
        if row in seen:
            expected.append(number)
        seen.add(row)
    report = check(log)
    found = report["exact_duplicates"].rows if "exact_duplicates" in report else np.zeros(0)
    assert found is not None
    assert found.tolist() == expected


@pytest.mark.parametrize(("lateness", "late"), [(0.5, 212), (60, 198), (300, 169), (900, 41)])
def test_late_events_are_those_that_another_engine_counts(
    golden: Path, lateness: float, late: int
) -> None:
    with (golden / "events_golden.csv").open() as file:
        rows = list(csv.DictReader(file))
    first = {row["event_id"]: row for row in reversed(rows)}  # the first of each key stays
    kept = [row for row in rows if first[row["event_id"]] is row]
    names = {"buy": "purchase", "view": "view", "click": "click", "cart": "cart"}
    log = aisle.Events.from_columns(
        visitor=[row["user"] for row in kept],
        item=[row["item"] for row in kept],
        time=[int(row["ts"]) for row in kept],
        type=[names[row["type"]] for row in kept],
        time_unit="s",
    )
    limits = aisle.hygiene.Limits(lateness=lateness)
    assert check(log, limits=limits)["late"].count == late


def test_copies_of_keys_are_those_that_another_engine_counts(golden: Path) -> None:
    with (golden / "events_golden.csv").open() as file:
        rows = list(csv.DictReader(file))
    log = aisle.Events.from_columns(
        visitor=[row["user"] for row in rows], item=[row["item"] for row in rows],
        time=[int(row["ts"]) for row in rows], time_unit="s",
        event_id=[row["event_id"] for row in rows], arrival=[int(row["arrival"]) for row in rows],
    )  # fmt: skip
    report = check(log)
    copies = report["exact_duplicates"].count if "exact_duplicates" in report else 0
    assert copies + report["repeated_event_ids"].count == 2473 - 2410
