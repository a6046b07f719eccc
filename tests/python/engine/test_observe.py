"""What `observe` and `observe_many` take in, and what they say became of it."""

from __future__ import annotations

import datetime as dt
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aisle

sys.path.insert(0, str(Path(__file__).parent))
from shops import MINUTE, NOW, engine, log  # type: ignore[import-not-found]


def test_an_event_has_one_of_the_outcomes() -> None:
    shop = engine()
    assert shop.observe("v", "i1", time=NOW) == "accepted"
    assert shop.observe("v", "i1", time=NOW) == "duplicate"
    assert shop.observe("v", "i2", time=NOW - MINUTE) == "reordered"
    assert shop.observe("v", "i3", time=NOW - 120 * MINUTE) == "late"
    far = int(time.time() * 1e6) + 60 * MINUTE
    assert shop.observe("v", "i4", time=far) == "future"
    assert shop.observe("v", "i5", time=NOW + 1, consent=False) == "no_consent"
    stats = shop.stats()
    for outcome in ("accepted", "duplicate", "reordered", "late", "future", "no_consent"):
        assert stats[outcome] == 1, outcome
    assert stats["events"] == 2
    assert stats["visitors"] == 1


def test_a_full_catalogue_takes_no_new_items() -> None:
    shop = engine(max_items=61)
    assert shop.observe("v", "new-1") == "accepted"
    assert shop.observe("v", "new-2") == "item_limit"


def test_an_event_id_comes_once() -> None:
    shop = engine()
    assert shop.observe("v", "i1", time=NOW, event_id="e1") == "accepted"
    assert shop.observe("w", "i2", time=NOW, event_id="e1") == "duplicate"
    assert shop.observe("w", "i2", time=NOW, event_id="e2") == "accepted"


@pytest.mark.parametrize(
    "when",
    [
        NOW,
        np.int64(NOW),
        np.datetime64(NOW, "us"),
        dt.datetime.fromtimestamp(NOW / 1e6, dt.UTC),
        dt.datetime.fromtimestamp(NOW / 1e6, dt.timezone(dt.timedelta(hours=5))),
        dt.datetime.fromtimestamp(NOW / 1e6, dt.UTC).isoformat(),
        "2023-11-15T22:13:20Z",
    ],
    ids=lambda when: type(when).__name__,
)
def test_a_time_may_be_written_in_many_ways(when: Any) -> None:
    shop = engine()
    assert shop.observe("v", "i1", time=NOW) == "accepted"
    assert shop.observe("v", "i1", time=when) == "duplicate"


@pytest.mark.parametrize(
    "when", [1.5, "yesterday", True, 2**70, -(2**63), np.datetime64("NaT"), [NOW], object()]
)
def test_what_is_no_time_is_refused(when: Any) -> None:
    shop = engine()
    with pytest.raises(aisle.DataError, match="time"):
        shop.observe("v", "i1", time=when)
    with pytest.raises(aisle.DataError, match="time"):
        shop.recommend("v", time=when)
    assert shop.stats()["visitors"] == 0


def test_the_shops_sessions_are_followed() -> None:
    shop = engine(strategy=aisle.Strategy(exclude={"seen": True}))
    shop.observe("v", "i1", time=NOW, session="s1")
    shop.observe("v", "i2", time=NOW + 1, session="s2")
    items = shop.recommend("v", k=60, time=NOW + 1).items
    assert "i1" in items
    assert "i2" not in items


def test_ids_are_text_or_integers_of_the_same_name() -> None:
    shop = aisle.Engine(aisle.fit(log(integers=True)))
    assert shop.observe(7, 42, time=NOW) == "accepted"
    assert shop.observe("7", "42", time=NOW) == "duplicate"
    assert shop.observe(np.int64(7), np.uint8(42), time=NOW) == "duplicate"
    assert all(isinstance(item, int) for item in shop.recommend(7, time=NOW).items)
    assert shop.recommend(7, time=NOW).items == shop.recommend("7", time=NOW).items
    shop.observe(7, "not-a-number", time=NOW + 1)
    assert "not-a-number" in shop.recommend(7, k=60, time=NOW + 1).items


@pytest.mark.parametrize("bad", ["", "x" * 4097, "\ud800", None, float("nan")])
def test_an_id_that_is_none_is_refused(bad: Any) -> None:
    shop = engine()
    with pytest.raises(aisle.DataError):
        shop.observe(bad, "i1")
    with pytest.raises(aisle.DataError):
        shop.observe("v", bad)
    assert shop.stats()["visitors"] == 0


@pytest.mark.parametrize("bad", [True, 1.5, b"bytes", ["i1"], object()])
def test_an_id_of_another_type_is_refused(bad: Any) -> None:
    shop = engine()
    with pytest.raises(aisle.DataError, match="str or an int"):
        shop.observe(bad, "i1")
    with pytest.raises(aisle.DataError, match="str or an int"):
        shop.observe("v", bad)


def test_an_unknown_type_is_named_with_the_nearest() -> None:
    with pytest.raises(aisle.ConfigError, match=r"'purchse'.*did you mean 'purchase'"):
        engine().observe("v", "i1", type="purchse")


def random_log(rows: int = 2000, **more: Any) -> aisle.Events:
    rng = np.random.default_rng(5)
    return aisle.Events.from_columns(
        visitor=[f"v{n}" for n in rng.integers(0, 40, rows)],
        item=[f"i{n}" for n in rng.integers(0, 70, rows)],
        time=NOW + np.arange(rows) * MINUTE // 4 - rng.integers(0, 80, rows) * MINUTE,
        type=rng.choice(["view", "cart", "purchase", "remove_from_cart"], rows),
        value=rng.random(rows),
        **more,
    )


def test_many_events_are_the_same_as_one_by_one() -> None:
    events = random_log()
    many, single = engine(), engine()
    counts = many.observe_many(events)
    seen: dict[str, int] = {}
    columns = events.to_numpy()
    names = aisle.events.types.TYPE_NAMES if hasattr(aisle.events, "types") else None
    kinds = columns["type"]
    for row in range(len(events)):
        kind = kinds[row] if isinstance(kinds[row], str) else names[int(kinds[row])]
        outcome = single.observe(
            columns["visitor"][row],
            columns["item"][row],
            str(kind),
            time=int(events.time[row]),
            value=float(events.value[row]),
        )
        seen[outcome] = seen.get(outcome, 0) + 1
    assert counts == seen
    assert sum(counts.values()) == len(events)
    end = int(events.time.max())
    for v in range(40):
        a, b = (shop.recommend(f"v{v}", k=30, time=end) for shop in (many, single))
        assert a.items == b.items
        np.testing.assert_array_equal(a.scores, b.scores)


def test_rows_without_consent_leave_nothing() -> None:
    consent = np.arange(2000) % 2
    for given in (consent, consent.astype(bool), np.where(consent, 1.0, np.nan)):
        events = random_log(consent=given)
        shop = engine()
        counts = shop.observe_many(events)
        assert counts["no_consent"] == 1000
        assert shop.stats()["no_consent"] == 1000
        other = engine()
        other.observe_many(random_log()._take(np.flatnonzero(consent)))
        end = int(events.time.max())
        for v in range(10):
            mine, theirs = (s.recommend(f"v{v}", time=end).items for s in (shop, other))
            assert mine == theirs


def test_fit_learns_nothing_from_rows_without_consent() -> None:
    rows = 2000
    consent = np.arange(rows) % 2 == 0
    with_column = aisle.fit(random_log(rows, consent=consent), scorer="fixed")
    without_rows = aisle.fit(random_log(rows)._take(np.flatnonzero(consent)), scorer="fixed")
    a, b = aisle.Engine(with_column), aisle.Engine(without_rows)
    assert a.recommend("nobody", time=NOW).items == b.recommend("nobody", time=NOW).items


def test_observe_many_wants_events() -> None:
    with pytest.raises(aisle.DataError, match="Events"):
        engine().observe_many([("v", "i1")])  # type: ignore[arg-type]


def longest_pause_while(call: threading.Thread) -> float:
    """Longest time this thread stood still between the start and the end of ``call``."""
    longest, last = 0.0, time.perf_counter()
    call.start()
    while call.is_alive():
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    return max(longest, time.perf_counter() - last)


def test_observe_many_releases_the_gil() -> None:
    rows = 400_000
    rng = np.random.default_rng(0)
    events = aisle.Events.from_columns(
        visitor=rng.integers(0, 20_000, rows),
        item=rng.integers(0, 1_000, rows),
        time=NOW + np.arange(rows) * 1000,
    )
    shop = engine()
    begin = time.perf_counter()
    pause = longest_pause_while(threading.Thread(target=shop.observe_many, args=(events,)))
    took = time.perf_counter() - begin
    assert pause < 0.5 * took, f"stood still for {pause:.3f} s of {took:.3f} s"


def test_an_event_id_of_a_log_comes_once() -> None:
    events = aisle.Events.from_columns(
        visitor=["a", "b", "c", "d"],
        item=["i1", "i2", "i3", "i4"],
        time=NOW + np.arange(4),
        event_id=["e1", "e1", None, "e2"],
    )
    shop = engine()
    shop.observe("z", "i9", time=NOW, event_id="e2")
    assert shop.observe_many(events) == {"accepted": 2, "duplicate": 2}
    assert shop.observe_many(events) == {"duplicate": 4}
    assert shop.stats()["visitors"] == 3
    assert shop.observe("y", "i9", time=NOW, event_id="e1") == "duplicate"


def test_a_replay_takes_a_repeated_event_id_once() -> None:
    columns = {"visitor": ["a"] * 6, "item": [f"i{n}" for n in range(6)]}
    columns["time"] = [NOW + n * MINUTE for n in range(6)]
    counts = []
    for ids in (["e1"] * 6, [f"e{n}" for n in range(6)]):
        shop = engine()
        aisle.evaluate.replay(shop, aisle.Events.from_columns(**columns, event_id=ids))
        counts.append(shop.stats()["accepted"])
    assert counts == [1, 6]


def test_a_replay_learns_nothing_from_rows_without_consent() -> None:
    events = aisle.Events.from_columns(
        visitor=["a", "a", "b", "b"],
        item=["i1", "secret", "i1", "i2"],
        time=NOW + np.arange(4) * MINUTE,
        consent=[False, False, True, True],
        value=[None, None, 2.5, None],
    )
    shop = engine()
    aisle.evaluate.replay(shop, events)
    assert shop.stats()["no_consent"] == 2
    assert shop.stats()["accepted"] == 2
    assert shop.catalog().items.find("secret") is None
