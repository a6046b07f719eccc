"""Item models against short references, and what they promise beyond the contract of all models."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aisle
from aisle import _core

M = aisle.models
quick = settings(max_examples=60, deadline=None)
baskets = st.lists(
    st.lists(st.integers(0, 6), min_size=1, max_size=7), min_size=1, max_size=14
).filter(lambda log: len({item for group in log for item in group}) > 1)


def events_of(groups: list[list[int]], **columns: Any) -> aisle.Events:
    """A visitor a group, a second an event."""
    visitor = [g for g, group in enumerate(groups) for _ in group]
    return aisle.Events.from_columns(
        visitor=visitor,
        session=visitor,
        item=[item for group in groups for item in group],
        time=np.arange(len(visitor)) + 1_500_000_000,
        time_unit="s",
        **columns,
    )


def matrix_of(groups: list[list[int]]) -> tuple[list[int], np.ndarray[Any, Any]]:
    """Items in order, and the 0/1 matrix of groups and items."""
    items = sorted({item for group in groups for item in group})
    return items, np.array([[float(item in group) for item in items] for group in groups])


def table_of(model: aisle.models.Model, items: list[int]) -> np.ndarray[Any, Any]:
    """Score of each item (column) for the session of one item (row)."""
    table = np.zeros((len(items), len(items)))
    for row, x in enumerate(items):
        for y, score in zip(*model.recommend([x], k=100), strict=True):
            table[row, items.index(y)] = score
    return table


def xlogx(x: float) -> float:
    return x * np.log(x) if x > 0 else 0.0


def strength(measure: str, X: np.ndarray[Any, Any], x: int, y: int, smoothing: float) -> float:
    n, (n_x, n_y), co = len(X), (X[:, x].sum(), X[:, y].sum()), X[:, x] @ X[:, y]
    if measure == "cosine":
        return co / np.sqrt(n_x * n_y)
    if measure == "jaccard":
        return co / (n_x + n_y - co)
    given_x = (co + smoothing * n_y / n) / (n_x + smoothing)
    if measure == "conditional":
        return given_x
    if measure == "lift":
        return given_x / (n_y / n)
    if measure == "amazon":
        p = n_y / X.sum()
        sizes = X.sum(axis=1)[X[:, x] > 0] - 1
        expected = sum(1 - (1 - p) ** size for size in sizes)
        return (co - expected) / np.sqrt(expected + smoothing) if expected + smoothing else 0.0
    cells = [co, n_x - co, n_y - co, n - n_x - n_y + co]
    if cells[0] * cells[3] <= cells[1] * cells[2]:
        return 0.0
    margins = [n_x, n - n_x, n_y, n - n_y]
    return 2 * (sum(map(xlogx, cells)) - sum(map(xlogx, margins)) + xlogx(n))


@quick
@given(baskets, st.sampled_from(["cosine", "jaccard", "llr"]), st.sampled_from([0.0, 2.5]))
def test_item_knn_is_its_definition(groups: list[list[int]], kind: str, shrink: float) -> None:
    items, X = matrix_of(groups)
    got = table_of(M.ItemKNN(similarity=kind, shrink=shrink).fit(events_of(groups)), items)
    for x in range(len(items)):
        for y in range(len(items)):
            co = X[:, x] @ X[:, y]
            want = 0.0
            if x != y and co:
                want = max(0.0, strength(kind, X, x, y, 0.0)) * co / (co + shrink)
            assert got[x, y] == pytest.approx(want, rel=1e-5, abs=1e-9)


@quick
@given(
    baskets,
    st.sampled_from(["lift", "llr", "conditional", "cosine", "amazon"]),
    st.sampled_from([0.5, 3.0]),
    st.integers(1, 2),
)
def test_bought_together_is_its_definition(
    groups: list[list[int]], kind: str, smoothing: float, least: int
) -> None:
    groups = [sorted(set(group)) for group in groups]
    items, X = matrix_of(groups)
    model = M.BoughtTogether(measure=kind, smoothing=smoothing, min_count=least)
    got = table_of(model.fit(events_of(groups, type="purchase")), items)
    for x in range(len(items)):
        for y in range(len(items)):
            want = 0.0
            if x != y and X[:, x] @ X[:, y] >= least:
                want = max(0.0, strength(kind, X, x, y, smoothing))
            assert got[x, y] == pytest.approx(want, rel=1e-5, abs=1e-7)


def test_item_knn_sums_its_rows_and_newer_items_weigh_more() -> None:
    groups = [[0, 2], [0, 2], [1, 2], [1, 3], [0, 3]]
    one = dict(zip(*M.ItemKNN().fit(events_of(groups)).recommend([0], k=9), strict=True))
    two = dict(zip(*M.ItemKNN().fit(events_of(groups)).recommend([1], k=9), strict=True))
    faded = M.ItemKNN(step_decay=0.5).fit(events_of(groups))
    both = dict(zip(*faded.recommend([0, 1, 0, 1], k=9), strict=True))
    for item in (2, 3):
        assert both[item] == pytest.approx(0.5 * one[item] + two[item], rel=1e-6)
    last = M.ItemKNN(last_items=1).fit(events_of(groups))
    assert dict(zip(*last.recommend([0, 1], k=9), strict=True)) == pytest.approx(two)


@quick
@given(baskets, st.sampled_from([0.5, 10.0]))
def test_ease_is_its_closed_form(groups: list[list[int]], l2: float) -> None:
    items, X = matrix_of(groups)
    inverse = np.linalg.inv(X.T @ X + l2 * np.eye(len(items)))
    want = inverse / -np.diag(inverse)
    np.fill_diagonal(want, 0.0)
    got = table_of(M.EASE(l2=l2, neighbours=None).fit(events_of(groups)), items)
    np.testing.assert_allclose(got, np.maximum(want, 0), rtol=1e-5, atol=1e-6)


def test_ease_says_how_much_memory_it_would_take() -> None:
    groups = [[x, x + 1] for x in range(2000)]
    with pytest.raises(
        aisle.ConfigError, match=r"2,001 items takes 0\.1 GB and max_memory is 0\.1"
    ):
        M.EASE(max_memory=0.1).fit(events_of(groups))


def slim_column(X: np.ndarray[Any, Any], j: int, l1: float, l2: float) -> np.ndarray[Any, Any]:
    """Plain projected gradient: slow and sure."""
    A, target = X.copy(), X[:, j]
    A[:, j] = 0.0
    w = np.zeros(X.shape[1])
    step = 1 / (np.linalg.norm(A.T @ A, 2) + l2)
    for _ in range(1500):
        w = np.maximum(0, w - step * (A.T @ (A @ w - target) + l2 * w + l1))
    w[j] = 0.0
    return w


@settings(max_examples=15, deadline=None)
@given(baskets, st.sampled_from([0.0, 0.7]), st.sampled_from([1.0, 5.0]))
def test_slim_is_the_minimum_of_its_objective(
    groups: list[list[int]], l1: float, l2: float
) -> None:
    items, X = matrix_of(groups)
    got = table_of(M.SLIM(l1=l1, l2=l2, neighbours=50).fit(events_of(groups)), items)
    want = np.stack([slim_column(X, j, l1, l2) for j in range(len(items))], axis=1)
    np.testing.assert_allclose(got, want, atol=2e-3)


def otto(
    sessions: list[list[tuple[int, int, str]]], hours: float, weights: dict[str, float]
) -> dict[tuple[int, int], float]:
    """Pairs (x, y) of each session, once for each type of y."""
    found: dict[tuple[int, int], float] = {}
    for session in sessions:
        once = {
            (x, y, kind)
            for at, x, _ in session
            for then, y, kind in session
            if x != y and abs(at - then) <= hours * 3600
        }
        for x, y, kind in once:
            found[x, y] = found.get((x, y), 0.0) + weights[kind]
    return found


kinds = st.sampled_from(["view", "cart", "purchase"])
acts = st.lists(st.tuples(st.integers(0, 200_000), st.integers(0, 4), kinds), min_size=1)


@quick
@given(st.lists(acts, min_size=1, max_size=6))
def test_the_carts_orders_matrix_is_its_recipe(
    sessions: list[list[tuple[int, int, str]]],
) -> None:
    sessions = [sorted(session)[-30:] for session in sessions]
    rows = [(g, *act) for g, session in enumerate(sessions) for act in session]
    group, at, item, kind = (list(column) for column in zip(*rows, strict=True))
    log = aisle.Events.from_columns(
        visitor=group, session=group, item=item, type=kind,
        time=np.array(at) + 1_500_000_000, time_unit="s",
    )  # fmt: skip
    want = otto(sessions, 24, {"view": 1, "cart": 6, "purchase": 3})
    items = sorted(set(item))
    model = M.CoVisitationMatrix.otto("carts_orders", neighbours=99).fit(log)
    got = table_of(model, items)
    for x, a in enumerate(items):
        for y, b in enumerate(items):
            assert got[x, y] == pytest.approx(want.get((a, b), 0.0))


def test_the_clicks_matrix_weighs_by_time_and_buy2buy_takes_bought_things_alone() -> None:
    log = aisle.Events.from_columns(
        visitor=["a", "a", "b", "b", "c", "c", "c"],
        session=["a", "a", "b", "b", "c", "c", "c"],
        item=["x", "y", "x", "z", "x", "q", "r"],
        type=["view"] * 4 + ["cart", "purchase", "view"],
        time=np.array([0, 0, 100, 100, 50, 50, 50]) + 1_500_000_000,
        time_unit="s",
    )
    clicks = M.CoVisitationMatrix.otto("clicks").fit(log)
    scores = dict(zip(*clicks.recommend(["x"], k=9), strict=True))
    assert scores == pytest.approx({"z": 4.0, "q": 2.5, "r": 2.5, "y": 1.0})
    assert M.CoVisitationMatrix.otto("buy2buy").fit(log).recommend(["x"])[0].tolist() == ["q"]
    with pytest.raises(aisle.ConfigError, match="did you mean 'carts_orders'"):
        M.CoVisitationMatrix.otto("cart_orders")


def test_item2vec_puts_items_of_one_session_together() -> None:
    groups = [[0, 1, 2], [1, 2, 0], [3, 4, 5], [5, 4, 3]] * 5
    items, _ = M.Item2Vec(dim=4, negatives=1).fit(events_of(groups)).recommend([0], k=3)
    assert set(items) == {0, 1, 2}


# --- the library implicit ------------------------------------------------------------------------

GOLDEN = [[0, 1], [0, 1, 2], [1, 2], [3, 4], [3, 4, 0], [2, 4], [0]]


COSINES = [
    [0.0, 0.57735027, 0.28867513, 0.35355339, 0.28867513],
    [0.57735027, 0.0, 0.66666667, 0.0, 0.0],
    [0.28867513, 0.0, 0.33333333, 0.81649658, 0.0],
]


def test_cosine_is_that_of_implicit() -> None:
    """Of implicit 0.7.3, CosineRecommender(K=20), the rows of items 0, 1 and 4 of GOLDEN."""
    got = table_of(M.ItemKNN(shrink=0).fit(events_of(GOLDEN)), [0, 1, 2, 3, 4])
    np.testing.assert_allclose(got[[0, 1, 4]], COSINES, atol=1e-6)


def test_als_gives_a_session_the_vector_that_implicit_gives_a_visitor() -> None:
    implicit = pytest.importorskip("implicit")
    scipy_sparse = pytest.importorskip("scipy.sparse")
    model = M.ALS(factors=3, alpha=5.0, regularization=0.1, iterations=5).fit(events_of(GOLDEN))
    vectors, _, _ = model._core.parts()
    peer = implicit.cpu.als.AlternatingLeastSquares(factors=3, alpha=5.0, regularization=0.1)
    peer.item_factors = vectors
    session = scipy_sparse.csr_matrix(np.array([[1, 0, 0, 1, 0]], dtype=np.float32))
    want = vectors @ peer.recalculate_user(0, session)
    got = dict(zip(*model.recommend([0, 3], k=5), strict=True))
    np.testing.assert_allclose([got[item] for item in range(5)], want, atol=1e-5)


@pytest.mark.parametrize("kind", [M.ALS, M.BPR])
def test_factors_are_the_same_every_time_and_know_who_goes_with_whom(kind: Any) -> None:
    groups = [[0, 1, 2], [1, 2, 0], [0, 2], [3, 4, 5], [5, 4], [3, 5]] * 6
    first, again = (kind(factors=4).fit(events_of(groups)) for _ in range(2))
    for one, other in zip(first._core.parts(), again._core.parts(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert first.recommend([0], k=2, exclude_seen=True)[0].tolist() in ([1, 2], [2, 1])


@pytest.mark.parametrize("kind", [M.ALS, M.BPR])
def test_without_implicit_the_extra_is_named(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "implicit", None)
    with pytest.raises(ImportError, match=r"aisle\[mf\]"):
        kind().fit(events_of(GOLDEN))


# --- what the core refuses ------------------------------------------------------------------------


def test_rows_and_factors_come_back_and_make_the_same_model() -> None:
    model = M.ItemKNN().fit(events_of(GOLDEN))
    again = _core.ItemRowsModel(*model._core.parts(), step_decay=0.8)
    session = np.array([0, 3], dtype=np.uint32)
    for one, other in zip(
        model._core.recommend(session, 5), again.recommend(session, 5), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    rows = np.eye(3, dtype=np.float32)
    bias = np.array([0, 2, 0], dtype=np.float32)
    factors = _core.ItemFactorsModel(rows, inputs=2 * rows, bias=bias)
    assert factors.recommend(session[:1], 5)[0].tolist() == [0, 1, 2]
    assert factors.recommend(session[:1], 5)[1].tolist() == [2.0, 2.0, 0.0]
    for one, other in zip(factors.parts(), (rows, 2 * rows, bias), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("offsets", "items", "weights", "named"),
    [
        ([0, 2, 1], [0], [1.0], "offsets"),
        ([0, 1, 2], [0], [1.0], "offsets"),
        ([0, 0, 1], [2], [1.0], r"items\[0\] is 2, of 2"),
        ([0, 0, 1], [1], [np.nan], r"weights\[0\] is nan"),
        ([0, 0, 1], [1], [], "weights has 0"),
    ],
)
def test_bad_rows_are_named(offsets: Any, items: Any, weights: Any, named: str) -> None:
    with pytest.raises(aisle.DataError, match=named):
        _core.ItemRowsModel(
            np.array(offsets, np.uint64), np.array(items, np.uint32), np.array(weights, np.float32)
        )


def test_bad_factors_are_named() -> None:
    rows = np.ones((2, 2), dtype=np.float32)
    with pytest.raises(aisle.DataError, match=r"rows\[3\] is nan"):
        _core.ItemFactorsModel(np.array([[1, 2], [3, np.nan]], dtype=np.float32))
    with pytest.raises(aisle.DataError, match="inputs has 2 entries, not 4"):
        _core.ItemFactorsModel(rows, inputs=np.ones((1, 2), dtype=np.float32))
    with pytest.raises(aisle.DataError, match="bias has 3 entries, not 2"):
        _core.ItemFactorsModel(rows, bias=np.ones(3, dtype=np.float32))
    with pytest.raises(aisle.ConfigError, match="regularization"):
        _core.ItemFactorsModel(rows, confidence=1.0, regularization=0.0)
