"""A shop of a few items, and every kind of feature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

import aisle
from aisle.features import (
    Affinity,
    Context,
    Count,
    Decayed,
    FeatureSet,
    PriceAffinity,
    ProfileOptions,
    Rate,
    Recency,
    SessionCount,
    Sessions,
)

START = 1_700_000_000_000_000
MINUTE = 60_000_000
TYPES = ("view", "cart", "purchase", "impression", "click")
SHOP: dict[str, dict[str, Any]] = {
    "a": {"brand": "x", "price": 10.0},
    "b": {"brand": "x", "price": 25.0},
    "c": {"brand": "y", "price": 4.0},
    "d": {"brand": None, "price": None},
}
EVERY = FeatureSet(
    [
        Count("view", of="item", window="2h"),
        Count(("cart", "purchase"), of="brand", window="30m"),
        Count(None, of="visitor", window="1d"),
        Decayed("view", of="item", half_life="1h"),
        Decayed("view", of="visitor", half_life="20m"),
        Rate("click", per="impression", of="item", window="3h"),
        Rate("cart", per="view", of="brand", half_life="2h", prior_mean=0.1, prior_weight=2.0),
        Rate("purchase", per="view", of="visitor", window="1d", prior_weight=0.0),
        Affinity("brand", half_life="2h", prior_mean=0.25),
        PriceAffinity(half_life="3h"),
        Recency("view", of="item"),
        Recency("cart", of="brand"),
        Recency(None, of="visitor"),
        Recency(("view", "click"), of="visitor_item"),
        SessionCount(),
        SessionCount("view"),
        Sessions(),
        Context("hour", utc_offset=5.5),
        Context("weekday", utc_offset=-7),
    ],
    profile=ProfileOptions(["brand"]),
)


def items() -> aisle.Items:
    return aisle.read_items(
        {
            "id": list(SHOP),
            "brand": [SHOP[i]["brand"] for i in SHOP],
            "price": [np.nan if SHOP[i]["price"] is None else SHOP[i]["price"] for i in SHOP],
        },
        id="id",
    )


def events(log: list[Seen]) -> aisle.Events:
    has_sessions = bool(log) and log[0].session is not None
    return aisle.Events.from_columns(
        visitor=[e.visitor for e in log],
        item=[e.item for e in log],
        type=[e.type for e in log],
        time=np.array([e.time for e in log], dtype=np.int64),
        session=[e.session for e in log] if has_sessions else None,
    )


def asked(rows: list[tuple[str, str, int]]) -> dict[str, Any]:
    visitor, item, time = zip(*rows, strict=True)
    return {"visitor": list(visitor), "item": list(item), "time": np.array(time, dtype=np.int64)}


@dataclass(frozen=True)
class Seen:
    """One event of the log."""

    visitor: str
    item: str
    type: str
    time: int
    session: str | None = None


moments = st.integers(0, 400).map(lambda minutes: START + minutes * MINUTE // 2)
seen = st.builds(
    Seen, st.sampled_from("uvw"), st.sampled_from("abcd"), st.sampled_from(TYPES), moments
)
logs = st.lists(seen, min_size=1, max_size=40)
questions = st.lists(
    st.tuples(st.sampled_from("uvwz"), st.sampled_from("abcde"), moments), min_size=1, max_size=8
)


def with_sessions(log: list[Seen]) -> list[Seen]:
    """Each visitor's events in sessions of one hour of the clock each."""
    return [
        Seen(e.visitor, e.item, e.type, e.time, f"{e.visitor}{e.time // (60 * MINUTE)}")
        for e in log
    ]
