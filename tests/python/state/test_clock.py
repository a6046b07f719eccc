"""The system's clock is set back under a running engine, and before one that opens its state.

The clock of the machine stays as it is: libfaketime (`apt-get install faketime`) tells a child
process another time, which it reads from a file at each call.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
pytestmark = pytest.mark.skipif(
    not LIBRARIES, reason="libfaketime is not there: apt-get install faketime"
)
CHILD = textwrap.dedent(
    """
    import json, os, sys, time
    import aisle

    state, clock, steps = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    log = aisle.Events.from_columns(visitor=["a", "a"], item=["tea", "pot"],
                                    time=["2024-05-01 10:00", "2024-05-01 10:01"])
    engine = aisle.Engine(aisle.fit(log), state=state, durability="sync")
    told = []
    for step in steps:
        if isinstance(step, str):
            with open(clock + ".new", "w") as file:
                file.write(step)
            os.replace(clock + ".new", clock)
        else:
            told.append([engine.observe(*step), time.time()])
    seen = engine.hygiene()
    print(json.dumps({"told": told, "hygiene": seen}), flush=True)
    os._exit(0)  # no close: what observe() returned for is on disk
    """
)


class Shop:
    """Processes that open one state, one after the other, under one clock."""

    def __init__(self, folder: Path) -> None:
        self.state, self.clock = folder / "shop.db", folder / "clock"
        self.set("+0")

    def set(self, offset: str) -> None:
        self.clock.write_text(offset)

    def run(self, *steps: Any) -> dict[str, Any]:
        """Observe (visitor, item), or set the clock by a text; return what the process saw."""
        child = subprocess.run(
            [sys.executable, "-c", CHILD, str(self.state), str(self.clock), json.dumps(steps)],
            env={
                **os.environ,
                "LD_PRELOAD": str(LIBRARIES[0]),
                "FAKETIME_TIMESTAMP_FILE": str(self.clock),
                "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            },
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert child.returncode == 0, child.stderr
        seen: dict[str, Any] = json.loads(child.stdout)
        return seen

    def times(self) -> list[int]:
        """The times of all events that are kept, in the order in which they came."""
        with closing(sqlite3.connect(self.state)) as database:
            return [row[0] for row in database.execute("SELECT time FROM events ORDER BY seq")]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def outcomes(seen: dict[str, Any]) -> list[str]:
    return [outcome for outcome, _ in seen["told"]]


def test_a_clock_set_back_between_events(shop: Shop) -> None:
    before, back, after = [("v", "tea"), ("v", "pot")], [("v", "cup"), ("w", "tea")], [("v", "jar")]
    seen = shop.run(*before, "-3600", *back, "+0", *after)
    walls = [wall for _, wall in seen["told"]]
    assert walls[2] < walls[1] - 3000, "the clock of the process did jump"
    assert outcomes(seen) == ["accepted"] * 5
    times = shop.times()
    assert len(times) == 5
    assert times == sorted(times)
    assert len(set(times)) == 5
    assert seen["hygiene"]["sessions"] == 2
    assert seen["hygiene"]["one_event_sessions"] == 1


@pytest.mark.parametrize("back", ["-3600", "-80000"])
def test_a_state_that_is_opened_under_a_clock_set_back(shop: Shop, back: str) -> None:
    shop.run(("v", "tea"), ("v", "pot"), ("w", "tea"))
    shop.set(back)
    seen = shop.run(("v", "cup"), ("w", "pot"), ("x", "tea"))
    assert outcomes(seen) == ["accepted"] * 3
    shop.set("+0")
    again = shop.run(("v", "jar"))
    assert outcomes(again) == ["accepted"]
    times = shop.times()
    assert len(times) == 7
    assert times == sorted(times)
    assert again["hygiene"]["sessions"] == 3


def test_a_clock_that_was_days_ahead_holds_nobody_up(shop: Shop) -> None:
    shop.set("+400000")
    shop.run(("v", "tea"))
    shop.set("+0")
    seen = shop.run(("w", "tea"), ("v", "pot"))
    assert outcomes(seen) == ["accepted", "late"], "v's own newest event lies days ahead"
    assert seen["hygiene"]["late"] == 1
    times = shop.times()
    assert len(times) == 2
    assert times[1] < times[0]
