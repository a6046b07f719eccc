"""A small shop for the engine's tests: groups of ten items that are looked at together."""

from __future__ import annotations

from typing import Any

import numpy as np

import aisle

START = 1_700_000_000_000_000  # microseconds
NOW = START + 86_400_000_000
MINUTE = 60_000_000


def log(
    sessions: int = 400, items: int = 60, seed: int = 0, *, integers: bool = False
) -> aisle.Events:
    rng = np.random.default_rng(seed)
    lengths = rng.integers(2, 8, sessions)
    session = np.repeat(np.arange(sessions), lengths)
    group = np.repeat(rng.integers(0, items // 10, sessions), lengths)
    item = group * 10 + rng.integers(0, 10, len(session))
    return aisle.Events.from_columns(
        visitor=[f"p{s}" for s in session],
        session=session,
        item=item if integers else [f"i{n}" for n in item],
        time=START + np.arange(len(session)) * 10_000_000,
    )


def items(count: int = 60) -> aisle.Items:
    number = np.arange(count)
    return aisle.read_items(
        {
            "id": [f"i{n}" for n in number],
            "price": 1.0 + number,
            "category": [f"c{n // 10}" for n in number],
            "title": [f"Thing {n}" for n in number],
            "sale": number % 2 == 0,
            "stock": np.full(count, 5.0),
        },
        id="id",
    )


def bundle(seed: int = 0, **options: Any) -> aisle.Bundle:
    return aisle.fit(log(seed=seed), items=items(), **options)


def engine(**options: Any) -> aisle.Engine:
    return aisle.Engine(bundle(), **options)
