"""What `aisle strategy diff` says of a strategy beside itself: nothing moves."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

import aisle
from aisle.evaluate.strategies import compare_strategies


@cache
def shop() -> tuple[aisle.Bundle, aisle.Events]:
    made = aisle.simulate.Shop(items=60, visitors=200, days=3, seed=1)
    return aisle.fit(made.events(), items=made.items()), made.events()


@pytest.mark.parametrize(
    "strategy",
    [
        {"rotation": {"rate": 0.5, "time": "2h"}},
        {"fatigue": 0.3},
        {"explore": {"policy": "thompson", "slots": 2}},
        {"filter": "price < 0", "minimum": 3, "fallback": ["rest"]},
    ],
)
def test_a_strategy_beside_itself_moves_nothing(strategy: dict[str, Any]) -> None:
    bundle, log = shop()
    file = aisle.Strategies(placements={"here": strategy, "rest": {}})  # type: ignore[dict-item]
    diff = compare_strategies(bundle, log, file, file, placement="here", max_requests=150)
    assert diff.changed == 0
    assert diff.overlap == 1
