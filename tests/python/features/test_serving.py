"""Features at the request: the same numbers as in the training table, and gone when they should."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aisle
from aisle.features import Count, FeatureSet, table

sys.path.insert(0, str(Path(__file__).parent))
import feature_shop as shops  # type: ignore[import-not-found]
from feature_shop import EVERY, MINUTE, START, Seen

ITEMS = list("abcd")
BEFORE = [Seen("p", item, "view", START - MINUTE) for item in ITEMS]  # the bundle's own log


def fitted(
    log: list[Seen] | None = None, features: FeatureSet = EVERY, **options: Any
) -> aisle.Bundle:
    options = {"scorer": "fixed", "vector_dim": 0, **options}
    return aisle.fit(shops.events(log or BEFORE), shops.items(), features=features, **options)


def see(engine: aisle.Engine, event: Seen) -> str:
    return engine.observe(event.visitor, event.item, event.type, event.time, session=event.session)


def rows(engine: aisle.Engine, time: int, visitors: str = "uvw") -> np.ndarray:
    return np.concatenate([engine.features(v, ITEMS, time=time)[1] for v in visitors])


@pytest.mark.parametrize("has_sessions", [False, True])
def test_training_and_serving_agree_to_the_last_bit(has_sessions: bool) -> None:
    rng = np.random.default_rng(1)
    minutes = np.sort(rng.integers(0, 3000, 600))
    log = [
        Seen("uvw"[rng.integers(3)], "abcd"[rng.integers(4)], shops.TYPES[rng.integers(5)],
             START + int(minute) * MINUTE)
        for minute in minutes
    ]  # fmt: skip
    log = shops.with_sessions(log) if has_sessions else log
    past = [e for e in log if e.time < START + 1500 * MINUTE]
    rest = [e for e in log if e.time >= START + 1500 * MINUTE]
    engine = aisle.Engine(fitted(past))
    engine.observe_many(shops.events(past), learn=False)  # a bundle holds no visitors
    served = []
    for n, event in enumerate(rest):
        if n == 0 or event.time != rest[n - 1].time:
            waiting = [e for e in rest if e.time == event.time]
            served += [
                engine.features(e.visitor, [e.item], time=e.time)[1][0]
                for e in waiting
            ]  # fmt: skip
        see(engine, event)
    exported = table(shops.events(log), shops.items(), EVERY, rows=shops.events(rest))
    np.testing.assert_array_equal(exported.matrix, np.array(served))


@settings(deadline=None, max_examples=25)
@given(shops.logs, st.randoms(use_true_random=False))
def test_late_events_count_where_they_belong(log, random):
    log = [e for e in dict.fromkeys(log) if e.time < START + 25 * MINUTE]  # no pause ends a session
    end = START + 30 * MINUTE
    in_order, late = aisle.Engine(fitted()), aisle.Engine(fitted())
    for event in sorted(log, key=lambda e: e.time):
        see(in_order, event)
    random.shuffle(log)
    for event in log:
        assert see(late, event) in ("accepted", "reordered")
    np.testing.assert_allclose(rows(late, end), rows(in_order, end), rtol=1e-5, atol=1e-6)


LOG = [
    Seen("u", "a", "view", START),
    Seen("u", "a", "cart", START + MINUTE),
    Seen("v", "b", "view", START + 2 * MINUTE),
]
END = START + 5 * MINUTE


def served(**options: Any) -> aisle.Engine:
    engine = aisle.Engine(fitted(), **options)
    for event in LOG:
        see(engine, event)
    return engine


def test_names_and_shapes() -> None:
    engine = served()
    names, matrix = engine.features("u", ["a", "an item nobody knows"], time=END)
    assert names == EVERY.names
    assert matrix.shape == (2, len(EVERY))
    assert matrix.dtype == np.float32
    assert matrix[:, names.index("views_item_2h")].tolist() == [2.0, 0.0]
    no_item = engine.features("u", time=END)[1]
    assert no_item.shape == (1, len(EVERY))
    assert np.isnan(no_item[0, names.index("views_item_2h")])
    assert no_item[0, names.index("events_visitor_1d")] == 2.0
    assert engine.features("u", [], time=END)[1].shape == (0, len(EVERY))
    assert {"feature_visitors", "feature_bytes"} <= set(engine.stats())
    with pytest.raises(aisle.ConfigError, match="items is a list of ids, got 'a'"):
        engine.features("u", "a")


def test_what_is_refused_leaves_nothing() -> None:
    engine = served()
    before = rows(engine, END)
    assert engine.observe("u", "a", time=END, consent=False) == "no_consent"
    assert engine.observe("u", "a", time=START) == "duplicate"
    assert engine.observe("u", "a", time=START - 120 * MINUTE) == "late"
    np.testing.assert_array_equal(rows(engine, END), before)


def test_forget_erases_the_visitor_and_keeps_the_sums() -> None:
    engine, without = served(), aisle.Engine(fitted())
    assert engine.forget("u")
    names, matrix = engine.features("u", ["a"], time=END)
    assert matrix[0, names.index("views_item_2h")] == 2.0
    np.testing.assert_array_equal(
        engine.features("u", time=END)[1], without.features("u", time=END)[1]
    )
    assert engine.stats()["feature_visitors"] == 1


def test_a_state_brings_them_back(tmp_path: Path) -> None:
    with served(state=tmp_path / "shop.db") as engine:
        wanted = rows(engine, END)
    with aisle.Engine(fitted(), state=tmp_path / "shop.db") as again:
        np.testing.assert_array_equal(rows(again, END), wanted)
    with aisle.Engine(fitted(LOG), state=tmp_path / "shop.db") as newer:  # counted in the bundle
        names = newer.features("u", time=END)[0]
        got = rows(newer, END)
        assert got[0, names.index("views_item_2h")] == 1.0
        assert got[0, names.index("events_visitor_1d")] == 2.0


def test_swap_goes_on_where_the_definitions_agree() -> None:
    engine = served()
    before = rows(engine, END)
    other_numbers = [Seen("q", item, "impression", START - 9 * MINUTE) for item in "dcba"]
    engine.swap(fitted([*other_numbers, *BEFORE]))
    got = rows(engine, END)
    by_visitor = [n for n, one in enumerate(EVERY) if getattr(one, "of", "visitor") == "visitor"]
    np.testing.assert_array_equal(got[:, by_visitor], before[:, by_visitor])
    names = EVERY.names
    assert got[0, names.index("views_item_2h")] == before[0, names.index("views_item_2h")]
    assert see(engine, Seen("u", "a", "view", END)) == "accepted"
    assert engine.features("u", ["a"], time=END)[1][0, names.index("views_item_2h")] == 3.0
    engine.swap(fitted(features=FeatureSet([Count("view", of="visitor", window="1d")])))
    assert engine.features("u", time=END)[1].tolist() == [[0.0]]


def test_a_bundle_keeps_the_definition_and_no_visitor(tmp_path: Path) -> None:
    named = Seen("visitor-with-a-name", "a", "view", START + MINUTE)
    bundle = fitted([*LOG, named])
    bundle.save(tmp_path / "shop.aisle")
    loaded = aisle.load(tmp_path / "shop.aisle")
    assert loaded.features == EVERY
    np.testing.assert_array_equal(rows(aisle.Engine(loaded), END), rows(aisle.Engine(bundle), END))
    assert aisle.Engine(loaded).stats()["feature_visitors"] == 0
    assert b"visitor-with-a-name" not in (tmp_path / "shop.aisle").read_bytes()


def test_without_features_the_engine_says_what_to_fit_with() -> None:
    bundle = fitted(features=None)
    assert bundle.features is None
    engine = aisle.Engine(bundle)
    with pytest.raises(aisle.ConfigError, match="fit it with them"):
        engine.features("u", ["a"])
    assert "feature_bytes" not in engine.stats()
    with pytest.raises(aisle.ConfigError, match="unknown column 'colour'"):
        fitted(features=FeatureSet([Count("view", of="colour", window="1d")]))
