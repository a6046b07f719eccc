"""Models that learn on answer as those that were fitted on both logs."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aisle

ITEMS = [f"i{n}" for n in range(8)]
TYPES = ["view", "cart", "purchase"]
rows = st.tuples(st.sampled_from(ITEMS), st.sampled_from(TYPES))
logs = st.lists(st.lists(rows, min_size=1, max_size=9), min_size=1, max_size=14)
queries = st.lists(st.sampled_from([*ITEMS, "unknown"]), min_size=0, max_size=6)
Log = list[list[tuple[str, str]]]
CARTS = {"cart": 3.0, "purchase": 0.0}

LEARNING: dict[str, Any] = {
    "Popularity": lambda: aisle.models.Popularity(),
    "Popularity, fading and typed": lambda: aisle.models.Popularity(
        half_life=30.0, type_weights=CARTS
    ),
    "CoVisitation": lambda: aisle.models.CoVisitation(neighbours=3, sample_size=4),
    "CoVisitation, fading and typed": lambda: aisle.models.CoVisitation(
        half_life=0.001, type_weights=CARTS
    ),
    "SKNN": lambda: aisle.models.SKNN(k=3, sample_size=5),
    "VSKNN": lambda: aisle.models.VSKNN(k=3, sample_size=5, idf_weighting=2),
    "VSKNN, typed and timed": lambda: aisle.models.VSKNN(type_weights=CARTS, step_half_life=2.0),
    "STAN": lambda: aisle.models.STAN(k=3, sample_size=5, lambda_snh=0.001, lambda_inh=2.0),
    "VSTAN": lambda: aisle.models.VSTAN(k=3, sample_size=5),
    "VMISKNN": lambda: aisle.models.VMISKNN(k=3, sample_size=5),
    "SequentialRules": lambda: aisle.models.SequentialRules(steps=3, pruning=2),
    "SequentialRules, newest": lambda: aisle.models.SequentialRules(
        pruning=None, sample_size=3, last_items=3, per_session=True, type_weights=CARTS
    ),
    "SequentialRules, timed": lambda: aisle.models.SequentialRules(step_half_life=2.0),
    "AssociationRules": lambda: aisle.models.AssociationRules(pruning=3, type_weights=CARTS),
    "Markov": lambda: aisle.models.Markov(),
    "ContextTree": lambda: aisle.models.ContextTree(depth=3, popular=4, type_weights=CARTS),
}


def events_of(log: Log, *, after: Log | None = None) -> aisle.Events:
    """Sessions that follow one another, a second a click; numbered on from the log before."""
    before = after or []
    first = sum(len(session) for session in before)
    rows = [(len(before) + z, *row) for z, session in enumerate(log) for row in session]
    return aisle.Events.from_columns(
        visitor=[z for z, _, _ in rows],
        session=[z for z, _, _ in rows],
        item=[item for _, item, _ in rows],
        type=[kind for _, _, kind in rows],
        time=[
            np.datetime64("2024-05-01") + np.timedelta64(first + i, "s") for i in range(len(rows))
        ],
    )


def assert_alike(one: aisle.models.Model, other: aisle.models.Model, query: list[str]) -> None:
    mine, theirs = one.recommend(query, k=20), other.recommend(query, k=20)
    np.testing.assert_allclose(mine[1], theirs[1], rtol=1e-9)
    got = dict(zip(*mine, strict=True))
    assert got == pytest.approx(dict(zip(*theirs, strict=True)), rel=1e-9)


@pytest.mark.parametrize("name", LEARNING)
@settings(max_examples=60)
@given(first=logs, second=logs, query=queries)
def test_learns_what_one_would_learn_of_both_logs(
    name: str, first: Log, second: Log, query: list[str]
) -> None:
    model = LEARNING[name]().fit(events_of(first)).update(events_of(second, after=first))
    both = LEARNING[name]().fit(events_of(first + second))
    assert_alike(model, both, query)
    assert (model.n_items_, model.n_events_) == (both.n_items_, both.n_events_)
    np.testing.assert_array_equal(model._popularity, both._popularity)


@pytest.mark.parametrize("name", LEARNING)
@given(parts=st.lists(logs, min_size=2, max_size=4), query=queries)
@settings(max_examples=15)
def test_learns_on_as_often_as_one_likes(name: str, parts: list[Log], query: list[str]) -> None:
    so_far: Log = parts[0]
    model = LEARNING[name]().fit(events_of(so_far))
    for part in parts[1:]:
        model.update(events_of(part, after=so_far))
        so_far = so_far + part
    assert_alike(model, LEARNING[name]().fit(events_of(so_far)), query)


FIRST: Log = [[("i0", "view"), ("i1", "view")], [("i1", "view"), ("i2", "cart")]]
NEWS: Log = [[("i0", "view"), ("new", "view")], [("i0", "view"), ("new", "cart")]]


@pytest.mark.parametrize("name", LEARNING)
def test_a_new_item_is_recommended_from_then_on(name: str) -> None:
    first = events_of(FIRST)
    model = LEARNING[name]().fit(first)
    assert "new" not in model.recommend(["i0"])[0]
    model.update(events_of(NEWS, after=FIRST))
    assert "new" in model.recommend(["i0"])[0]
    assert first.items.tolist() == ["i0", "i1", "i2"], "the log's own items are left alone"


def test_a_session_that_goes_on_counts_as_two() -> None:
    whole = aisle.models.SKNN().fit(events_of([[("i0", "view"), ("i1", "view")]]))
    assert "i1" in whole.recommend(["i0"])[0]
    halves = aisle.models.SKNN().fit(events_of([[("i0", "view")]]))
    halves.update(events_of([[("i1", "view")]]))  # the same session id
    assert "i1" not in halves.recommend(["i0"])[0]


def test_learning_nothing_changes_nothing() -> None:
    model = aisle.models.Markov().fit(events_of(FIRST))
    before = model.recommend(["i0"])
    nothing = events_of(NEWS)._take(np.zeros(0, dtype=np.int64))
    assert model.update(nothing) is model
    np.testing.assert_array_equal(before[1], model.recommend(["i0"])[1])


def test_a_model_that_is_not_fitted_does_not_learn_on() -> None:
    with pytest.raises(aisle.ConfigError, match="not fitted"):
        aisle.models.STAN().update(events_of(FIRST))
    with pytest.raises(aisle.DataError, match=r"expected aisle\.Events"):
        aisle.models.STAN().fit(events_of(FIRST)).update([["i0", "i1"]])  # type: ignore[arg-type]


def test_k_anonymity_keeps_no_sessions_to_learn_on() -> None:
    model = aisle.models.CoVisitation(k_anonymity=2).fit(events_of(FIRST))
    assert not any(name.startswith("sessions") for name in model._state())
    with pytest.raises(aisle.ConfigError, match="fit again on all events"):
        model.update(events_of(NEWS, after=FIRST))


def test_requests_beside_an_update_answer_of_before_or_of_after() -> None:
    model = aisle.models.SequentialRules().fit(events_of(FIRST))
    before = model.recommend(["i0"])[0].tolist()
    seen: list[list[Any]] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            seen.append(model.recommend(["i0"])[0].tolist())

    asking = threading.Thread(target=ask)
    asking.start()
    model.update(events_of(NEWS, after=FIRST))
    done.set()
    asking.join()
    after = model.recommend(["i0"])[0].tolist()
    assert before != after
    assert all(answer in (before, after) for answer in seen)
