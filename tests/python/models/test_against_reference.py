"""Each C++ model against a short obvious reference, under Hypothesis."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aisle

sys.path.insert(0, str(Path(__file__).parent))
import reference as ref  # type: ignore[import-not-found]

ITEMS = [f"i{n}" for n in range(9)]
sessions = st.lists(st.sampled_from(ITEMS), min_size=1, max_size=14)
logs = st.lists(sessions, min_size=1, max_size=25)
queries = st.lists(st.sampled_from([*ITEMS, "unknown", "never seen"]), min_size=1, max_size=14)
counts = st.integers(1, 12)
weightings = st.sampled_from([None, "same", "div", "linear", "log", "quadratic"])
quick = settings(max_examples=150, deadline=None)


def events_of(log: list[list[str]]) -> aisle.Events:
    """Sessions that follow one another, a second a click."""
    start = np.datetime64("2024-05-01")
    rows = [(f"s{z:04d}", item) for z, session in enumerate(log) for item in session]
    return aisle.Events.from_columns(
        visitor=[z for z, _ in rows],
        session=[z for z, _ in rows],
        item=[item for _, item in rows],
        time=[start + np.timedelta64(i, "s") for i in range(len(rows))],
    )


def each_its_own(log: list[list[str]], query: list[str]) -> list[str]:
    """Unknown items by another name each: which of them is a repeat the core cannot know."""
    known = {item for session in log for item in session}
    return [x if x in known else f"{x} at {place}" for place, x in enumerate(query)]


def assert_same(model: aisle.models.Model, session: list[str], want: ref.Scores) -> None:
    """The same positive scores, best first."""
    items, scores = model.recommend(session, k=100)
    want = {item: score for item, score in want.items() if score > 1e-12}
    got = {i: s for i, s in zip(items.tolist(), scores.tolist(), strict=True) if s > 1e-12}
    assert got == pytest.approx(want, rel=1e-7, abs=1e-12)
    assert (np.diff(scores) <= 0).all()


@quick
@given(logs, queries, counts, counts, st.sampled_from(["cosine", "jaccard"]))
def test_sknn_is_its_definition(
    log: list[list[str]], query: list[str], k: int, more: int, similarity: str
) -> None:
    m = k + more
    model = aisle.models.SKNN(k=k, sample_size=m, similarity=similarity).fit(events_of(log))
    assert_same(
        model, query, ref.sknn(log, each_its_own(log, query), k=k, m=m, similarity=similarity)
    )


@quick
@given(
    logs,
    queries,
    counts,
    counts,
    st.sampled_from(["vec", "cosine"]),
    weightings,
    weightings,
    st.sampled_from([None, 0, 1, 5]),
)
def test_vsknn_is_its_definition(
    log: list[list[str]],
    query: list[str],
    k: int,
    more: int,
    similarity: str,
    weighting: str | None,
    weighting_score: str | None,
    idf: float | None,
) -> None:
    m = k + more
    model = aisle.models.VSKNN(
        k=k,
        sample_size=m,
        similarity=similarity,
        weighting=weighting,
        weighting_score=weighting_score,
        idf_weighting=idf,
    ).fit(events_of(log))
    want = ref.vsknn(
        log,
        each_its_own(log, query),
        k=k,
        m=m,
        similarity=similarity,
        weighting=weighting,
        weighting_score=weighting_score,
        idf=idf,
    )
    assert_same(model, query, want)


short = st.lists(st.lists(st.sampled_from(ITEMS), min_size=3, max_size=3, unique=True), min_size=1)


@quick
@given(short, queries, counts, counts, st.integers(1, 5), st.sampled_from([None, 1, 2.5]))
def test_vmisknn_is_its_definition(
    log: list[list[str]], query: list[str], k: int, more: int, max_items: int, idf: float | None
) -> None:
    m = k + more
    model = aisle.models.VMISKNN(k=k, sample_size=m, max_items=max_items, idf_weighting=idf)
    want = ref.vmis(log, each_its_own(log, query), k=k, m=m, max_items=max_items, idf=idf)
    assert_same(model.fit(events_of(log)), query, want)


@given(logs)
def test_vmisknn_counts_repeats_in_a_session_once(log: list[list[str]]) -> None:
    once = [list(dict.fromkeys(session)) for session in log]
    model = aisle.models.VMISKNN(max_items=3)
    # The rows that a repeat loses must not move a session behind another: all of one end.
    items, scores = model.fit(events_of(log)).recommend([ITEMS[0], ITEMS[1]], k=9)
    again, same = model.fit(events_of(once)).recommend([ITEMS[0], ITEMS[1]], k=9)
    assert dict(zip(items, scores, strict=True)) == pytest.approx(
        dict(zip(again, same, strict=True)), rel=1e-7
    )


@quick
@given(
    logs,
    queries,
    st.integers(1, 10),
    st.integers(1, 9),
    st.sampled_from([0.0, 0.7, 1.0]),
    st.sampled_from([0.0, 0.5]),
    st.sampled_from([0.0, 0.5, 1.0]),
    st.sampled_from([0.0, 0.2]),
)
def test_co_visitation_is_its_definition(
    log: list[list[str]],
    query: list[str],
    distance: int,
    last_items: int,
    step_decay: float,
    backward: float,
    item_power: float,
    popularity_power: float,
) -> None:
    options = {
        "distance": distance,
        "last_items": last_items,
        "step_decay": step_decay,
        "backward": backward,
        "item_power": item_power,
        "popularity_power": popularity_power,
    }
    model = aisle.models.CoVisitation(**options).fit(events_of(log))
    items, scores = model.recommend(query, k=100)
    want = {i: s for i, s in ref.co_visitation(log, query, **options).items() if s > 1e-9}
    got = {i: s for i, s in zip(items, scores, strict=True) if s > 1e-9}
    assert got == pytest.approx(want, rel=1e-5)  # the table holds 32-bit floats


@quick
@given(
    st.lists(st.tuples(st.sampled_from(ITEMS), st.integers(0, 10**6)), min_size=1, max_size=60),
    st.sampled_from([None, 60.0, 86_400.0]),
)
def test_popularity_is_its_definition(rows: list[tuple[str, int]], half_life: float | None) -> None:
    start = np.datetime64("2024-05-01")
    events = aisle.Events.from_columns(
        visitor="v",
        item=[item for item, _ in rows],
        time=[start + np.timedelta64(seconds, "s") for _, seconds in rows],
    )
    model = aisle.models.Popularity(half_life=half_life).fit(events)
    items, scores = model.recommend([], k=100)
    want = ref.popularity(rows, half_life)
    got = dict(zip(items.tolist(), scores.tolist(), strict=True))
    for item, score in want.items():
        if score > 1e-250:
            assert got[item] == pytest.approx(score, rel=1e-9)
    assert (np.diff(scores) <= 0).all()
