"""Complements apart from substitutes, on a simulated shop whose truth is known."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

import aisle
from aisle.strategy import Strategy
from aisle.strategy.describe import describe

KINDS = 8  # kinds of main things, each with a kind of accessory
EACH = 6
START = 1_700_000_000_000_000
NOW = START + 40 * 86_400_000_000


def name(kind: int, accessory: bool, n: int) -> str:
    return f"{'a' if accessory else 'm'}{kind}-{n}"


def sessions(count: int, rng: np.random.Generator) -> list[tuple[int, str, str]]:
    """A visitor compares things of one kind and may buy one, with an accessory of its own.

    What is compared is hardly ever bought together; what goes together is. Who buys looks at it
    first. Some wander.
    """
    rows: list[tuple[int, str, str]] = []
    for session in range(count):
        kind = int(rng.integers(KINDS))
        compared = rng.choice(EACH, size=int(rng.integers(2, 5)), replace=False)
        rows += [(session, name(kind, False, int(n)), "view") for n in compared]
        if rng.random() < 0.15:
            rows.append((session, name(int(rng.integers(KINDS)), False, 0), "view"))
        if rng.random() < 0.5:
            bought = [name(kind, False, int(rng.choice(compared)))]
            bought.append(name(kind, True, int(rng.integers(EACH))))
            if rng.random() < 0.05:
                bought.append(name(kind, False, int(rng.integers(EACH))))
            rows += [(session, one, what) for one in bought for what in ("view", "purchase")]
    return rows


@cache
def bundle(count: int = 6000) -> aisle.Bundle:
    rows = sessions(count, np.random.default_rng(5))
    log = aisle.Events.from_columns(
        visitor=[f"v{s}" for s, _, _ in rows],
        session=[s for s, _, _ in rows],
        item=[item for _, item, _ in rows],
        type=[kind for _, _, kind in rows],
        time=START + np.arange(len(rows)) * 10_000_000,
    )
    ids = [name(k, a, n) for k in range(KINDS) for a in (False, True) for n in range(EACH)]
    items = {
        "id": ids,
        "category": [one.split("-")[0] for one in ids],
        "price": [50.0 + 5 * int(one[-1]) if one[0] == "m" else 5.0 for one in ids],
    }
    return aisle.fit(log, items=aisle.read_items(items, id="id"))


def slate(relation: str, item: str, k: int = 5, **options: Any) -> aisle.Slate:
    made = aisle.Engine(bundle(), strategy=Strategy(relation=relation, **options))
    return made.recommend(session=["m0-0"], item=item, k=k, time=NOW)


def test_each_side_is_kept_from_the_other() -> None:
    everything = 2 * KINDS * EACH
    for kind in range(KINDS):
        item = name(kind, False, 1)
        others = {name(kind, False, n) for n in range(EACH)} - {item}
        accessories = {name(kind, True, n) for n in range(EACH)}
        complements = slate("complements", item, k=everything)
        substitutes = slate("substitutes", item, k=everything)
        assert not others & set(map(str, complements.items))
        assert len(accessories & set(map(str, substitutes.items))) <= 1
        assert accessories <= set(map(str, complements.items))
        assert others <= set(map(str, substitutes.items))
        assert complements.trace["kept_out"]["relation"] >= len(others)


def test_any_keeps_nothing_out() -> None:
    assert "relation" not in slate("any", "m1-1").trace["kept_out"]


def test_why_not_says_so() -> None:
    words = "a substitute where complements are wanted"
    assert words in slate("complements", "m1-1").why_not("m1-2")


def test_a_pin_does_not_bring_it_back() -> None:
    pinned = slate("complements", "m1-1", rules=[{"pin": "m1-2", "slot": 1}])
    assert "m1-2" not in pinned.items


def test_without_an_anchor_the_last_item_counts() -> None:
    made = aisle.Engine(bundle(), strategy=Strategy(relation="complements"))
    kept = made.recommend(session=["m2-1", "m3-1"], k=50, time=NOW)
    assert "m3-2" not in kept.items
    assert "m2-2" in kept.items


def test_thin_counts_decide_nothing() -> None:
    made = aisle.Engine(bundle(20), strategy=Strategy(relation="complements"))
    answer = made.recommend(session=["m1-1"], k=5, time=NOW)
    assert "relation" not in answer.trace["kept_out"]
    nobody = made.recommend("nobody", k=5, time=NOW)
    assert len(nobody) == 5


def test_a_relation_that_there_is_not() -> None:
    with pytest.raises(aisle.ConfigError, match="relation: must be 'complements', 'substitutes'"):
        Strategy(relation="complement")
    line = "no substitutes of the anchor, or of the last item seen"
    assert line in describe(Strategy(relation="complements"))
