"""A log whose time is only an order is played back like any other."""

from __future__ import annotations

import aisle


def test_a_log_of_an_order_alone_is_replayed_and_compared() -> None:
    rows = 60
    log = aisle.Events.from_columns(
        visitor=[n // 6 for n in range(rows)],
        item=[f"i{n * 7 % 11}" for n in range(rows)],
        time=list(range(rows)),
        time_unit="us",
    )
    bundle = aisle.fit(log, scorer="fixed")
    for learn in (True, False):
        report = aisle.evaluate.replay(aisle.Engine(bundle), log, k=5, learn=learn)
        assert len(report.ranks) > 0
    calm = aisle.Strategy(diversity=0.3)
    diff = aisle.evaluate.compare_strategies(bundle, log, aisle.Strategy(), calm, k=5)
    assert diff.to_dict()
