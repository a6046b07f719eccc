"""From a simulated shop to a replay: what the parts are worth together."""

from __future__ import annotations

import functools

import pytest

import aisle


@functools.cache
def report_of(source: str | None) -> aisle.evaluate.Report:
    shop = aisle.simulate.Shop(items=400, visitors=2_500, days=14, seed=4)
    past, rest = shop.events().split(at=shop.start + 12 * 86_400_000_000)
    strategy = None if source is None else aisle.Strategy.only(source)
    engine = aisle.Engine(aisle.fit(past, strategy=strategy))
    return aisle.evaluate.replay(engine, rest, k=20)


SOURCES = ("knn", "co_visitation", "rules", "vectors", "trending", "history")


@pytest.mark.parametrize("source", SOURCES)
def test_the_whole_engine_beats_each_source_alone(source: str) -> None:
    whole, alone = report_of(None), report_of(source)
    assert whole.n_events == alone.n_events > 1000
    assert whole["HR@20"] >= alone["HR@20"]
    assert whole["MRR@20"] >= alone["MRR@20"]
