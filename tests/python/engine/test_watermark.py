"""Behind a watermark what is learned of all visitors does not depend on the order of arrival."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aisle

sys.path.insert(0, str(Path(__file__).parent))
from shops import MINUTE, NOW, bundle  # type: ignore[import-not-found]

SHOP = bundle()
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(("v", "w", "x")),
        st.sampled_from([f"i{n}" for n in (1, 12, 23, 34, 45)]),
        st.sampled_from(("view", "cart", "purchase")),
        st.integers(-55 * 60, 0),
    ),
    min_size=2,
    max_size=25,
    unique_by=lambda event: (event[0], event[3]),
)


def learned(events: list[Any], **options: Any) -> list[Any]:
    """What an engine answers to everybody after a log, and after an hour without one."""
    shop = aisle.Engine(SHOP, **options)
    for visitor, item, kind, second in events:
        assert shop.observe(visitor, item, kind, NOW + second * 1_000_000) in (
            "accepted",
            "reordered",
        )
    shop.observe("later", "i59", time=NOW + 90 * MINUTE)
    at = NOW + 91 * MINUTE
    asked = [shop.recommend(session=[f"i{n}"], k=15, time=at) for n in (1, 12, 23, 34, 45)]
    asked += [shop.recommend(who, k=15, time=at) for who in ("v", "w", "stranger")]
    return [[(one.item, one.score) for one in slate] for slate in asked]


@settings(max_examples=40)
@given(EVENTS, st.randoms(use_true_random=False))
def test_the_order_of_arrival_within_it_does_not_matter(events: list[Any], draw: Any) -> None:
    first = learned(events, watermark=3600)
    draw.shuffle(events)
    assert learned(events, watermark=3600) == first


def test_events_in_order_are_learned_as_without_it() -> None:
    events = [("v" if n % 2 else "w", f"i{n % 50}", "view", n * 20 - 3000) for n in range(150)]
    assert learned(events, watermark=3600) == learned(events)


def test_a_late_event_is_learned_from() -> None:
    late = [("v", "i1", "view", -60), ("v", "i45", "view", -120)]
    alone = late[:1]
    of_everybody = slice(0, 5)  # what is asked with a session of its own
    assert learned(late)[of_everybody] == learned(alone)[of_everybody]
    behind = learned(late, watermark=3600)[of_everybody]
    assert behind != learned(alone, watermark=3600)[of_everybody]


def test_what_waits_is_counted_and_forgotten() -> None:
    shop = aisle.Engine(SHOP, watermark=600)
    assert "waiting_to_learn" not in aisle.Engine(SHOP).stats()
    for n in range(5):
        shop.observe("v", f"i{n}", time=NOW + n)
    shop.observe("w", "i1", time=NOW)
    assert shop.stats()["waiting_to_learn"] == 6
    shop.forget("v")
    assert shop.stats()["waiting_to_learn"] == 1
    shop.observe("w", "i2", time=NOW + 11 * MINUTE)
    assert shop.stats()["waiting_to_learn"] == 1


def test_a_swap_goes_on_with_what_waits() -> None:
    shop = aisle.Engine(SHOP, watermark=600)
    for n in range(5):
        shop.observe("v", f"i{n}", time=NOW + n)
    shop.swap(bundle(seed=1))
    shop.observe("v", "i9", time=NOW + 20 * MINUTE)
    assert shop.stats()["waiting_to_learn"] == 1


def test_below_zero_is_none() -> None:
    with pytest.raises(aisle.ConfigError, match="watermark"):
        aisle.Engine(SHOP, watermark=-1)
