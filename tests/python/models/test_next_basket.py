"""TIFU-KNN and UP-CF against short references, and how a log tells its baskets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aisle
from aisle.models._groups import baskets_of

M = aisle.models
quick = settings(max_examples=80, deadline=None)
ITEMS = 6
basket = st.lists(st.integers(0, ITEMS - 1), min_size=1, max_size=4)
history = st.lists(basket, min_size=1, max_size=9)
shops = st.lists(history, min_size=1, max_size=8)
Vector = np.ndarray[Any, Any]


def events_of(users: list[list[list[int]]]) -> aisle.Events:
    rows = [
        (user, place, item)
        for user, baskets in enumerate(users)
        for place, items in enumerate(baskets)
        for item in items
    ]
    visitor, place, item = (list(column) for column in zip(*rows, strict=True))
    return aisle.Events.from_columns(
        visitor=visitor, item=item, type="purchase",
        time=np.array(place) + 1_500_000_000, time_unit="s",
    )  # fmt: skip


def binary(items: list[int]) -> Vector:
    return np.array([float(i in items) for i in range(ITEMS)])


def tifu_vector(baskets: list[list[int]], m: int, r_b: float, r_g: float, variant: str) -> Vector:
    n = len(baskets)
    groups = min(m, n)
    sizes = [n // groups + (g >= groups - n % groups) for g in range(groups)]
    total, at = np.zeros(ITEMS), 0
    for g, size in enumerate(sizes):
        group = np.zeros(ITEMS)
        for place in range(size):
            fade = size - 1 - place if variant == "paper" else n - 1 - at
            group += r_b**fade * binary(baskets[at])
            at += 1
        fade = groups - 1 - g if variant == "paper" else m - 1 - g
        total += r_g**fade * group / size
    return total / groups


@quick
@given(
    shops,
    history,
    st.integers(1, 6),
    st.integers(1, 4),
    st.sampled_from([0.5, 0.9]),
    st.sampled_from([0.7, 1.0]),
    st.sampled_from([0.0, 0.3, 1.0]),
    st.sampled_from(["paper", "code"]),
)
def test_tifu_knn_is_its_definition(
    users: list[list[list[int]]],
    query: list[list[int]],
    neighbours: int,
    m: int,
    r_b: float,
    r_g: float,
    alpha: float,
    variant: str,
) -> None:
    model = M.TIFUKNN(
        neighbours=neighbours, within_decay=r_b, group_decay=r_g, groups=m, alpha=alpha,
        variant=variant,
    ).fit(events_of(users))  # fmt: skip
    known = {item for user in users for items in user for item in items}
    seen = [[item for item in items if item in known] for items in query]
    mine = tifu_vector(seen, m, r_b, r_g, variant)
    others = np.stack([tifu_vector(user, m, r_b, r_g, variant) for user in users])
    away = ((others - mine) ** 2).sum(axis=1)
    order = np.argsort(away, kind="stable")
    cut = len(order) > neighbours
    if cut and away[order[neighbours]] - away[order[neighbours - 1]] < 1e-6:
        return  # as near as one another: which of them is a matter of rounding
    nearest = others[order[:neighbours]].mean(axis=0)
    want = alpha * mine + (1 - alpha) * nearest if mine.any() else np.zeros(ITEMS)
    got = dict(zip(*model.recommend_basket(query, k=99), strict=True))
    for item in range(ITEMS):
        assert got.get(item, 0.0) == pytest.approx(want[item], rel=1e-5, abs=1e-7)


@quick
@given(
    shops,
    history,
    st.integers(1, 4),
    st.sampled_from([0.25, 0.5, 1.0]),
    st.sampled_from([0.0, 1.0, 5.0]),
)
def test_up_cf_is_its_definition(
    users: list[list[list[int]]],
    query: list[list[int]],
    recency: int,
    asymmetry: float,
    locality: float,
) -> None:
    def shares(baskets: list[list[int]]) -> Vector:
        newest = baskets[-recency:]
        return np.mean([binary(items) for items in newest], axis=0)

    known = {item for user in users for items in user for item in items}
    seen = [[item for item in items if item in known] for items in query]
    mine = {item for items in seen for item in items}
    want = shares(seen)
    for user in users:
        theirs = {item for items in user for item in items}
        if mine & theirs:
            similarity = len(mine & theirs) / (
                len(mine) ** asymmetry * len(theirs) ** (1 - asymmetry)
            )
            want = want + similarity**locality * shares(user)
    model = M.UPCF(recency=recency, asymmetry=asymmetry, locality=locality, neighbours=None)
    got = dict(zip(*model.fit(events_of(users)).recommend_basket(query, k=99), strict=True))
    for item in range(ITEMS):
        assert got.get(item, 0.0) == pytest.approx(want[item], rel=1e-5, abs=1e-7)


def shop() -> list[list[list[int]]]:
    rng = np.random.default_rng(1)
    return [
        [rng.integers(0, ITEMS, 3).tolist() for _ in range(rng.integers(2, 9))] for _ in range(80)
    ]


@pytest.mark.parametrize("kind", [M.TIFUKNN, M.UPCF])
def test_a_batch_is_the_same_answers_one_by_one_on_any_threads(kind: Any) -> None:
    users = shop()
    model = kind().fit(events_of(users))
    queries = [*users, [], [["nothing"]], [[0], [], ["nothing", 1]]]
    one = model.recommend_basket_batch(queries, k=4)
    three = model.recommend_basket_batch(queries, k=4, threads=3)
    assert one[0].tolist() == three[0].tolist()
    np.testing.assert_array_equal(one[1], three[1])
    for row, query in enumerate(queries):
        items, scores = model.recommend_basket(query, k=4)
        padding = [None] * (4 - len(items))
        assert one[0][row].tolist() == [*items.tolist(), *padding]
        np.testing.assert_array_equal(one[1][row], [*scores, *[np.nan] * len(padding)])
    fresh = model.recommend_basket([[0], [1]], k=9, exclude_seen=True)[0]
    assert set(fresh) == set(range(2, ITEMS))


@pytest.mark.parametrize("kind", [M.TIFUKNN, M.UPCF])
def test_a_fitted_model_comes_back_from_its_arrays(kind: Any) -> None:
    model = kind().fit(events_of(shop()))
    again = aisle._core.NextBasketModel(*model._core.parts(), ITEMS, model._options())
    session = np.array([0, 3], dtype=np.uint32)
    for one, other in zip(
        model._core.recommend(session, 5), again.recommend(session, 5), strict=True
    ):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"alpha": 1.5}, "alpha"),
        ({"groups": 0}, "groups"),
        ({"within_decay": -1}, "within_decay"),
        ({"variant": "papr"}, "did you mean 'paper'"),
    ],
)
def test_a_bad_parameter_is_named(params: dict[str, Any], named: str) -> None:
    with pytest.raises(aisle.ConfigError, match=named):
        M.TIFUKNN(**params).fit(events_of(shop()))


def test_a_text_is_no_basket() -> None:
    model = M.UPCF().fit(events_of(shop()))
    with pytest.raises(aisle.ConfigError, match="a basket is a sequence of item ids, got 'milk'"):
        model.recommend_basket(["milk"])
    with pytest.raises(aisle.ConfigError, match="a history is a sequence of baskets"):
        model.recommend_basket("milk")


def test_bad_arrays_are_named() -> None:
    options = aisle._core.BasketOptions()
    good = (np.array([0, 1], np.uint64), np.array([0], np.uint32), np.array([1], np.float32))
    for place, bad, named in (
        (0, np.array([0, 2], np.uint64), "offsets"),
        (1, np.array([9], np.uint32), r"items\[0\] is 9, of 3"),
        (2, np.array([-1], np.float32), r"weights\[0\]"),
    ):
        arrays = list(good)
        arrays[place] = bad
        with pytest.raises(aisle.DataError, match=named):
            aisle._core.NextBasketModel(*arrays, 3, options)


def told(**columns: Any) -> list[list[str]]:
    """The baskets of a log, as sets of items in order."""
    log = aisle.Events.from_columns(**columns)
    found = baskets_of(log)
    names = log.items[log.item[found.rows]]
    return [sorted(names[found.basket == number]) for number in range(int(found.basket.max()) + 1)]


def test_a_basket_is_one_order_or_one_time_of_one_visitor() -> None:
    times = [20, 20, 10, 20, 30]
    items = ["a", "b", "c", "d", "e"]
    who = ["v", "v", "v", "w", "v"]
    seconds = {"time": [1_500_000_000 + t for t in times], "time_unit": "s"}
    by_time = told(visitor=who, item=items, type="purchase", **seconds)
    assert by_time == [["c"], ["a", "b"], ["e"], ["d"]]
    by_order = told(visitor=who, item=items, type="purchase", session=[1, 2, 1, 3, 2], **seconds)
    assert by_order == [["a", "c"], ["b", "e"], ["d"]]
    kinds = ["view", "purchase", "purchase", "view", "purchase"]
    assert told(visitor=who, item=items, type=kinds, **seconds) == [["c"], ["b"], ["e"]]


def test_a_log_of_searches_has_no_baskets() -> None:
    log = aisle.Events.from_columns(visitor="v", item=["a"], type="impression", time=["2024-01-01"])
    with pytest.raises(aisle.DataError, match="no purchases"):
        M.TIFUKNN().fit(log)
