"""STAN, V-STAN, rules and context trees, typed and timed, against short obvious references."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aisle

sys.path.insert(0, str(Path(__file__).parent))
import rules_reference as ref  # type: ignore[import-not-found]

ITEMS = [f"i{n}" for n in range(7)]
TYPES = ["view", "cart", "purchase"]
START = np.datetime64("2024-05-01")
rows = st.tuples(st.sampled_from(ITEMS), st.sampled_from(TYPES), st.integers(1, 90))
logs = st.lists(st.lists(rows, min_size=1, max_size=9), min_size=1, max_size=14)
asked = st.tuples(
    st.sampled_from([*ITEMS, "never seen"]), st.sampled_from(TYPES), st.integers(1, 90)
)
queries = st.lists(asked, min_size=1, max_size=8)
lambdas = st.sampled_from([None, 0.4525, 2.0])
weights = st.sampled_from([{}, {"cart": 3.0}, {"cart": 2.0, "purchase": 0.0}])
half_lives = st.sampled_from([None, 20.0])
many = settings(max_examples=200)


def clicks_of(sessions: list[list[tuple[str, str, int]]]) -> ref.Log:
    """Sessions one after the other; a row's number is the seconds since the one before."""
    now, log = 0, []
    for session in sessions:
        log.append([])
        for item, kind, pause in session:
            now += pause
            log[-1].append(ref.Click(item, kind, float(now)))
    return log


def events_of(log: ref.Log) -> aisle.Events:
    flat = [(z, click) for z, session in enumerate(log) for click in session]
    return aisle.Events.from_columns(
        visitor=[z for z, _ in flat],
        session=[z for z, _ in flat],
        item=[click.item for _, click in flat],
        type=[click.type for _, click in flat],
        time=[START + np.timedelta64(int(click.second), "s") for _, click in flat],
    )


def question(session: list[ref.Click], *, typed: bool, timed: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"session": ref.items(session)}
    if typed:
        found["types"] = [click.type for click in session]
    if timed:
        found["times"] = [START + np.timedelta64(int(c.second), "s") for c in session]
    return found


def known_once(log: ref.Log, session: list[ref.Click]) -> list[ref.Click]:
    """Unknown items by a name each: which of them is a repeat the core cannot know."""
    known = {click.item for one in log for click in one}
    return [
        c if c.item in known else c._replace(item=f"unknown {at}") for at, c in enumerate(session)
    ]


def assert_same(found: tuple[Any, Any], want: ref.Scores) -> None:
    want = {item: score for item, score in want.items() if score > 1e-12}
    got = {i: s for i, s in zip(*found, strict=True) if s > 1e-12}
    assert got == pytest.approx(want, rel=1e-6, abs=1e-12)
    assert (np.diff(found[1]) <= 0).all()


@many
@given(
    log=logs.map(clicks_of),
    query=queries,
    k=st.integers(1, 8),
    similarity=st.sampled_from(["cosine", "vec"]),
    spw=lambdas,
    inh=lambdas,
    ipw=lambdas,
    snh=st.sampled_from([None, 0.001, 0.01]),
    idf=st.sampled_from([None, 1.0]),
    types=weights,
    half_life=half_lives,
)
def test_vstan_is_its_definition(
    log: ref.Log,
    query: list[tuple[str, str, int]],
    k: int,
    similarity: str,
    spw: float | None,
    inh: float | None,
    ipw: float | None,
    snh: float | None,
    idf: float | None,
    types: dict[str, float],
    half_life: float | None,
) -> None:
    session = clicks_of([query])[0]
    m = k + 3
    model = aisle.models.VSTAN(
        k=k, sample_size=m, similarity=similarity, lambda_spw=spw, lambda_snh=snh, lambda_inh=inh,
        lambda_ipw=ipw, lambda_idf=idf, type_weights=types, step_half_life=half_life,
    ).fit(events_of(log))  # fmt: skip
    want = ref.vstan(
        log, known_once(log, session), k=k, m=m, similarity=similarity, spw=spw, snh=snh, inh=inh,
        ipw=ipw, idf=idf, types=types, half_life=half_life,
    )  # fmt: skip
    assert_same(model.recommend(**question(session, typed=True, timed=True), k=100), want)


@many
@given(
    log=logs.map(clicks_of), query=queries, spw=lambdas, inh=lambdas, idf=st.sampled_from([0, 1])
)
def test_stan_is_vstan_without_its_two_factors(
    log: ref.Log,
    query: list[tuple[str, str, int]],
    spw: float | None,
    inh: float | None,
    idf: float,
) -> None:
    session = clicks_of([query])[0]
    model = aisle.models.STAN(
        k=5, sample_size=9, lambda_spw=spw, lambda_snh=0.01, lambda_inh=inh, idf_weighting=idf
    ).fit(events_of(log))
    want = ref.vstan(
        log, known_once(log, session), k=5, m=9, similarity="cosine", spw=spw, snh=0.01, inh=inh,
        ipw=None, idf=idf, types={}, half_life=None,
    )  # fmt: skip
    assert_same(model.recommend(ref.items(session), k=100), want)


@given(log=logs.map(clicks_of), query=queries, days=st.floats(0, 3))
def test_a_request_later_on_has_stans_scores_all_smaller_alike(
    log: ref.Log, query: list[tuple[str, str, int]], days: float
) -> None:
    model = aisle.models.STAN(lambda_snh=2.0).fit(events_of(log))
    session = ref.items(clicks_of([query])[0])
    newest = START + np.timedelta64(int(log[-1][-1].second), "s")
    later = newest + np.timedelta64(int(days * 86_400e6), "us")
    items, scores = model.recommend(session, k=50)
    then, told = model.recommend(session, k=50, now=later)
    np.testing.assert_allclose(told, scores * np.exp(-days / 2.0), rtol=1e-6)
    assert dict(zip(items, scores, strict=True)).keys() == set(then)


@many
@given(
    log=logs.map(clicks_of),
    query=queries,
    steps=st.integers(1, 9),
    weighting=st.sampled_from(list(ref.PHI)),
    pruning=st.sampled_from([None, 1, 3]),
    sample_size=st.sampled_from([None, 1, 3]),
    last_items=st.integers(1, 3),
    per_session=st.booleans(),
    types=weights,
    half_life=half_lives,
)
def test_sequential_rules_are_their_definition(
    log: ref.Log,
    query: list[tuple[str, str, int]],
    steps: int,
    weighting: str | None,
    pruning: int | None,
    sample_size: int | None,
    last_items: int,
    per_session: bool,
    types: dict[str, float],
    half_life: float | None,
) -> None:
    session = clicks_of([query])[0]
    options: dict[str, Any] = {
        "steps": steps, "weighting": weighting, "pruning": pruning, "sample_size": sample_size,
        "last_items": last_items, "step_decay": 0.5, "per_session": per_session,
    }  # fmt: skip
    model = aisle.models.SequentialRules(**options, type_weights=types, step_half_life=half_life)
    want = ref.sequential_rules(log, session, **options, types=types, half_life=half_life)
    found = model.fit(events_of(log)).recommend(**question(session, typed=True, timed=True), k=99)
    assert_same(found, want)


@many
@given(log=logs.map(clicks_of), query=queries, pruning=st.sampled_from([None, 2]), types=weights)
def test_association_rules_are_their_definition(
    log: ref.Log,
    query: list[tuple[str, str, int]],
    pruning: int | None,
    types: dict[str, float],
) -> None:
    session = clicks_of([query])[0]
    model = aisle.models.AssociationRules(pruning=pruning, type_weights=types).fit(events_of(log))
    want = ref.association_rules(log, session, pruning=pruning, types=types)
    assert_same(model.recommend(**question(session, typed=True, timed=False), k=99), want)


@given(log=logs.map(clicks_of), query=queries)
def test_markov_is_sequential_rules_of_one_step(
    log: ref.Log, query: list[tuple[str, str, int]]
) -> None:
    session = clicks_of([query])[0]
    want = ref.sequential_rules(
        log, session, steps=1, weighting="same", pruning=20, sample_size=None, last_items=1,
        step_decay=0.5, per_session=False, types={}, half_life=None,
    )  # fmt: skip
    assert_same(aisle.models.Markov().fit(events_of(log)).recommend(ref.items(session)), want)


@many
@given(
    log=logs.map(clicks_of),
    query=st.lists(st.sampled_from([*ITEMS, "never seen"]), max_size=6),
    depth=st.integers(1, 4),
    types=weights,
)
def test_context_tree_is_its_definition(
    log: ref.Log, query: list[str], depth: int, types: dict[str, float]
) -> None:
    model = aisle.models.ContextTree(depth=depth, popular=None, type_weights=types)
    want = ref.context_tree(log, query, depth=depth, types=types)
    found = model.fit(events_of(log)).recommend(query, k=99)
    assert_same(found, want)
    if want:
        assert sum(found[1]) == pytest.approx(1.0)


def test_a_cart_counts_more_than_a_view() -> None:
    log = clicks_of(
        [[("i0", "view", 1), ("i1", "view", 1)], [("i0", "view", 1), ("i2", "cart", 1)]]
    )
    for kind in (aisle.models.VSKNN, aisle.models.STAN, aisle.models.SequentialRules):
        alike = kind(type_weights={"cart": 0.5}).fit(events_of(log)).recommend(["i0"])[0].tolist()
        typed = kind(type_weights={"cart": 3.0}).fit(events_of(log)).recommend(["i0"])[0].tolist()
        assert alike.index("i1") < alike.index("i2")
        assert typed.index("i2") < typed.index("i1")


def test_what_was_looked_at_long_ago_counts_less_where_times_are_told() -> None:
    log = clicks_of(
        [[("i0", "view", 1), ("i1", "view", 1)], [("i2", "view", 1), ("i3", "view", 1)]]
    )
    model = aisle.models.VSKNN(weighting="same", weighting_score="same", step_half_life=60.0)
    model.fit(events_of(log))
    minutes = [START, START + np.timedelta64(5, "m")]
    first, _ = model.recommend(["i0", "i2"], times=minutes)
    assert first[0] in ("i2", "i3")
    by_order = dict(zip(*model.recommend(["i0", "i2"]), strict=True))
    assert by_order["i1"] == by_order["i3"]
