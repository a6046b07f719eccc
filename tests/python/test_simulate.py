"""The simulated shop: what it promises about size, order, truth and repeatability."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.simulate import Shop
from aisle.simulate.walk import _without_overlap

VIEW, CART, PURCHASE = 0, 1, 3


@pytest.fixture(scope="module")
def shop() -> Shop:
    return Shop(items=600, visitors=3_000, days=14, seed=3)


@pytest.fixture(scope="module")
def log(shop: Shop) -> dict[str, np.ndarray]:
    return shop.columns()


def test_the_same_seed_gives_the_same_shop_and_another_seed_another() -> None:
    one, same, other = (Shop(items=100, visitors=200, days=3, seed=seed) for seed in (5, 5, 6))
    for name, column in one.columns().items():
        np.testing.assert_array_equal(column, same.columns()[name])
    np.testing.assert_array_equal(one.vectors(8), same.vectors(8))
    assert not np.array_equal(one.columns()["time"][:50], other.columns()["time"][:50])


def test_reading_one_thing_does_not_change_another() -> None:
    quiet, asked = (Shop(items=100, visitors=200, days=3, seed=5) for _ in range(2))
    asked.vectors(4), asked.items(), asked.taste(1), asked.next_item([1001], 1)
    np.testing.assert_array_equal(quiet.columns()["item"], asked.columns()["item"])


def test_the_log_is_sorted_by_time_and_of_the_asked_size(
    shop: Shop, log: dict[str, np.ndarray]
) -> None:
    assert (np.diff(log["time"]) >= 0).all()
    assert log["time"][0] >= shop.start
    people = len(np.unique(log["session"][~np.isin(log["visitor"], list(shop.bots))]))
    assert 0.98 * 6_000 < people <= 6_000
    assert set(np.unique(log["type"])) == {VIEW, CART, PURCHASE}
    assert set(np.unique(log["item"])) <= set(shop.items()["id"])


def test_prices_are_positive_and_values_are_the_price(
    shop: Shop, log: dict[str, np.ndarray]
) -> None:
    items = shop.items()
    assert (items["price"] > 0).all()
    assert (items["stock"] >= 0).all()
    price = dict(zip(items["id"].tolist(), items["price"].astype(np.float32), strict=True))
    paid = log["type"] != VIEW
    assert [price[item] for item in log["item"][paid].tolist()] == log["value"][paid].tolist()
    assert np.isnan(log["value"][~paid]).all()


def test_titles_read_like_a_shop(shop: Shop) -> None:
    items = shop.items()
    assert all(title.count(",") == 2 and title[0].isupper() for title in items["title"])
    assert len(np.unique(items["title"])) > 300
    assert {"id", "title", "category", "brand", "price", "stock", "available_from"} == set(items)


def test_nobody_sees_an_item_before_it_is_there(shop: Shop, log: dict[str, np.ndarray]) -> None:
    items = shop.items()
    there = items["available_from"].astype(np.int64)[np.searchsorted(items["id"], log["item"])]
    assert (there <= log["time"]).all()
    new = items["available_from"].astype(np.int64) > shop.start
    assert 0.05 < new.mean() < 0.2


def test_nothing_out_of_stock_is_put_into_a_cart(shop: Shop, log: dict[str, np.ndarray]) -> None:
    outs = shop.stock_outs
    assert len(outs["item"]) > 5
    views = log["type"] == VIEW
    seen = 0
    for item, start, end in zip(outs["item"], outs["start"], outs["end"], strict=True):
        within = (log["item"] == item) & (log["time"] >= start) & (log["time"] < end)
        seen += int((within & views).sum())
        # a cart may follow its view by a dwell time of at most 25 minutes
        assert not (within & (log["type"] == CART) & (log["time"] > start + 1_500_000_000)).any()
    assert seen > 0


def test_a_purchase_follows_its_cart_and_a_cart_its_view(log: dict[str, np.ndarray]) -> None:
    step = {VIEW: VIEW, CART: VIEW, PURCHASE: CART}
    done: set[tuple[int, int, int]] = set()
    for session, item, kind in zip(
        log["session"].tolist(), log["item"].tolist(), log["type"].tolist(), strict=True
    ):
        assert kind == VIEW or (session, item, step[kind]) in done
        done.add((session, item, kind))


def test_a_session_has_one_visitor_and_no_gap_of_half_an_hour(log: dict[str, np.ndarray]) -> None:
    order = np.lexsort((log["time"], log["session"]))
    session, visitor, time = (log[name][order] for name in ("session", "visitor", "time"))
    same = session[1:] == session[:-1]
    assert (visitor[1:] == visitor[:-1])[same].all()
    assert (np.diff(time)[same] <= 1_800_000_000).all()


def test_sessions_of_one_visitor_are_half_an_hour_apart(log: dict[str, np.ndarray]) -> None:
    order = np.lexsort((log["time"], log["visitor"]))
    session, visitor, time = (log[name][order] for name in ("session", "visitor", "time"))
    new = (session[1:] != session[:-1]) & (visitor[1:] == visitor[:-1])
    assert new.any()
    assert (np.diff(time)[new] > 1_800_000_000).all()


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 10_000_000), st.integers(0, 5_000_000)),
        max_size=30,
    )
)
def test_pushing_sessions_back_is_what_a_loop_would_do(rows: list[tuple[int, int, int]]) -> None:
    rows = sorted(rows)
    free: dict[int, int] = {}
    expected = []
    for visitor, begin, duration in rows:
        expected.append(max(begin, free.get(visitor, begin)))
        free[visitor] = expected[-1] + duration + 2_400_000
    columns = np.array(rows, np.int64).reshape(-1, 3).T
    assert _without_overlap(*columns).tolist() == expected


def test_bots_are_marked_and_behave_as_named(shop: Shop, log: dict[str, np.ndarray]) -> None:
    assert set(shop.bots.values()) == {"fast", "regular", "sweep"}
    for visitor, kind in shop.bots.items():
        mine = np.flatnonzero(log["visitor"] == visitor)
        one = mine[log["session"][mine] == log["session"][mine[0]]]
        gaps = np.diff(log["time"][one])
        assert len(one) >= 50
        assert (log["type"][mine] == VIEW).all()
        if kind == "fast":
            assert np.median(gaps) < 1_000_000
        if kind == "regular":
            assert (gaps == gaps[0]).all()
        if kind == "sweep":
            assert (np.diff(log["item"][one]) > 0).mean() > 0.9


def test_a_shop_without_bots_has_none() -> None:
    plain = Shop(items=50, visitors=100, days=2, bots=0)
    assert plain.bots == {}
    assert len(plain.columns()["time"]) > 0


def test_few_items_get_most_views(log: dict[str, np.ndarray]) -> None:
    views = np.sort(np.unique(log["item"], return_counts=True)[1])[::-1]
    assert views[: len(views) // 10].sum() > 0.3 * views.sum()


def test_nights_are_quiet(log: dict[str, np.ndarray]) -> None:
    hour = log["time"] // 3_600_000_000 % 24
    assert (hour == 3).sum() * 4 < (hour == 20).sum()


def test_taste_and_next_item_are_distributions(shop: Shop) -> None:
    ids = shop.items()["id"]
    for chance in (
        shop.taste(7),
        shop.next_item([], 7),
        shop.next_item(ids[:1], 7),
        shop.next_item(ids[:9], 7),
    ):
        assert chance.shape == (600,)
        assert (chance >= 0).all()
        assert chance.sum() == pytest.approx(1.0)
    assert shop.affinity(7).max() > 0.3
    assert np.corrcoef(shop.affinity(7), shop.taste(7))[0, 1] > 0.5


def test_the_truth_is_calibrated_against_the_log(shop: Shop, log: dict[str, np.ndarray]) -> None:
    """Where the truth says p, it happens with frequency p: mean p(target) = mean of sum p²."""
    views = (log["type"] == VIEW) & ~np.isin(log["visitor"], list(shop.bots))
    order = np.lexsort((log["time"][views], log["session"][views]))
    session, visitor, item, time = (
        log[n][views][order] for n in ("session", "visitor", "item", "time")
    )
    begins = np.flatnonzero(np.r_[True, session[1:] != session[:-1]])
    found, expected = [], []
    for begin, end in list(zip(begins, np.r_[begins[1:], len(session)], strict=True))[:900]:
        for at in range(begin + 1, end):
            chance = shop.next_item(item[begin:at], int(visitor[at]), int(time[at]))
            found.append(chance[item[at] - 1000])
            expected.append((chance**2).sum())
    assert len(found) > 1_500
    error = 4 * np.std(np.subtract(found, expected)) / np.sqrt(len(found))
    assert abs(np.mean(found) - np.mean(expected)) < error


def test_vectors_of_one_style_lie_close(shop: Shop) -> None:
    vectors, style = shop.vectors(dim=32), shop.clusters
    assert vectors.shape == (600, 32)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, rtol=1e-5)
    near = (vectors @ vectors.T)[style[:, None] == style]
    assert near.mean() > 0.4


@pytest.mark.parametrize(
    ("name", "value"),
    [("items", 0), ("visitors", -1), ("days", 0), ("bots", 1.5), ("sessions_per_day", -1)],
)
def test_a_wrong_option_is_named_with_its_value(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=rf"{name}.*{value}"):
        Shop(**{name: value})


@settings(max_examples=15, deadline=None)
@given(
    st.integers(1, 60), st.integers(1, 40), st.integers(1, 5), st.integers(0, 30), st.integers(0, 9)
)
def test_any_small_shop_works(items: int, visitors: int, days: int, daily: int, seed: int) -> None:
    small = Shop(items=items, visitors=visitors, days=days, sessions_per_day=daily, seed=seed)
    columns = small.columns()
    assert {len(column) for column in columns.values()} == {len(columns["time"])}
    assert (np.diff(columns["time"]) >= 0).all()
    assert len(small.items()["id"]) == items
    assert small.taste(0).sum() == pytest.approx(1.0)


def test_the_log_becomes_events(shop: Shop, log: dict[str, np.ndarray]) -> None:
    events = shop.events()
    assert len(events) == len(log["time"])
    np.testing.assert_array_equal(events.time, log["time"])
    np.testing.assert_array_equal(events.type, log["type"])
    np.testing.assert_array_equal(events.items[events.item], log["item"])
    np.testing.assert_array_equal(events.visitors[events.visitor], log["visitor"])
