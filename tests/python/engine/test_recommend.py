"""What `recommend` answers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aisle

sys.path.insert(0, str(Path(__file__).parent))
from shops import NOW, bundle, engine  # type: ignore[import-not-found]


def group(item: str | int) -> int:
    return int(str(item)[1:]) // 10


def test_the_next_slate_knows_the_last_click() -> None:
    shop = engine()
    shop.observe("v", "i3", time=NOW)
    assert {group(item) for item in shop.recommend("v", k=5, time=NOW).items} == {0}
    shop.observe("v", "i55", time=NOW + 1)
    assert group(shop.recommend("v", time=NOW + 1).items[0]) == 5


def test_a_new_item_is_recommended_after_a_few_sessions_with_it() -> None:
    shop = engine()
    for n in range(6):
        shop.observe(f"n{n}", "i3", time=NOW)
        shop.observe(f"n{n}", "brand-new", time=NOW + 1)
    shop.observe("w", "i3", time=NOW)
    assert "brand-new" in shop.recommend("w", k=10, time=NOW).items


def test_a_brought_session_is_answered_like_the_visitors_own() -> None:
    shop = engine(learn_trending=False, learn_co_visitation=False, learn_sessions=False)
    session = ["i3", "i14", "unknown", "i3", "i22"]
    for step, item in enumerate(session):
        shop.observe("v", item, time=NOW + step)
    own, brought = (
        shop.recommend("v", k=20, time=NOW),
        shop.recommend(session=session, k=20, time=NOW),
    )
    assert own.items == brought.items
    np.testing.assert_array_equal(own.scores, brought.scores)


def test_many_visitors_get_the_slates_they_would_get_alone() -> None:
    shop = engine()
    for n in range(10):
        shop.observe(f"v{n}", f"i{6 * n}", time=NOW)
    visitors = [f"v{n}" for n in range(12)]
    together = shop.recommend_many(visitors, k=7, time=NOW)
    assert [s.items for s in together] == [shop.recommend(v, k=7, time=NOW).items for v in visitors]


def test_k_may_be_as_large_as_anybody_likes() -> None:
    shop = engine()
    assert len(shop.recommend("v", k=1_000_000, time=NOW)) == 60
    assert len(shop.recommend("v", k=1, time=NOW)) == 1


@pytest.mark.parametrize("k", [0, -3, 1_000_001, True, 2.0, "7", None])
def test_a_k_that_cannot_be_meant_is_refused(k: Any) -> None:
    with pytest.raises(aisle.ConfigError, match="k must be"):
        engine().recommend("v", k=k)


def test_needs_a_visitor_or_a_session() -> None:
    shop = engine()
    with pytest.raises(aisle.ConfigError, match="visitor or session"):
        shop.recommend()
    with pytest.raises(aisle.ConfigError, match="visitor or session"):
        shop.recommend("v", session=["i1"])
    with pytest.raises(aisle.ConfigError, match="session"):
        shop.recommend(session="i1")
    with pytest.raises(aisle.DataError, match="str or an int"):
        shop.recommend(1.5)  # type: ignore[arg-type]


def test_unknown_everything_is_answered() -> None:
    shop = engine()
    assert len(shop.recommend("nobody", item="unknown-item", time=NOW)) == 12
    assert len(shop.recommend(session=[], time=NOW)) == 12
    assert len(shop.recommend(session=["what", "is", "this"], time=NOW)) == 12


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"category": "c1"}, range(10, 20)),
        ({"category": ["c1", "c3", "no such"]}, [*range(10, 20), *range(30, 40)]),
        ({"price": (None, 5)}, range(5)),
        ({"price": (58, None)}, range(57, 60)),
        ({"price": (10, 12)}, range(9, 12)),
        ({"price": 7}, [6]),
        ({"sale": True}, range(0, 60, 2)),
        ({"sale": False, "category": "c5"}, range(51, 60, 2)),
        ({"category": "c0", "price": (3, 4), "sale": True}, [2]),
        ({"price": None}, []),
        ({"category": "no such"}, []),
    ],
)
def test_a_filter_lets_through_what_holds(where: dict[str, Any], expected: Any) -> None:
    slate = engine().recommend("v", k=60, where=where, time=NOW)
    assert sorted(slate.items) == sorted(f"i{n}" for n in expected)


def test_a_filter_on_nothing_known_names_the_nearest() -> None:
    with pytest.raises(aisle.ConfigError, match=r"'prise'.*did you mean 'price'"):
        engine().recommend("v", where={"prise": 3})
    with pytest.raises(aisle.ConfigError, match="sale is a flag"):
        engine().recommend("v", where={"sale": "yes"})


@pytest.mark.parametrize(
    "where", [{"price": (float("nan"), 5)}, {"price": ("a", "b")}, {"price": ["a"]}, [("a", 1)]]
)
def test_a_filter_that_makes_no_sense_is_refused(where: Any) -> None:
    with pytest.raises(aisle.ConfigError):
        engine().recommend("v", where=where)


def test_updated_items_are_seen_by_the_next_request() -> None:
    shop = engine()
    shop.observe("v", "i3", time=NOW)
    cheap = {"price": (None, 0.5)}
    assert len(shop.recommend("v", where=cheap, time=NOW)) == 0
    assert shop.update_items({"id": ["i7", "fresh"], "price": [0.25, 0.5]}) == 2
    assert sorted(shop.recommend("v", where=cheap, time=NOW).items) == ["fresh", "i7"]
    first = shop.recommend("v", time=NOW).items[0]
    shop.update_items({"id": [first], "stock": [0.0]})
    assert first not in shop.recommend("v", k=61, time=NOW).items


def test_a_visitor_is_forgotten() -> None:
    shop = engine()
    nobody = shop.recommend("nobody", k=30, time=NOW).items
    shop.observe("v", "i3", time=NOW)
    shop.observe(7, "i3", time=NOW)
    assert shop.recommend("v", k=30, time=NOW).items != nobody
    assert shop.forget("v") is True
    assert shop.forget("v") is False
    assert shop.forget("7") is True
    assert shop.forget("never-seen") is False
    assert (
        shop.recommend("v", k=30, time=NOW).items == shop.recommend("nobody", k=30, time=NOW).items
    )
    assert shop.stats()["visitors"] == 0


def test_a_swap_keeps_sessions() -> None:
    shop = engine()
    shop.observe("v", "i3", time=NOW)
    shop.observe("v", "only-live", time=NOW + 1)
    other = bundle(seed=9)
    shop.swap(other)
    assert shop.bundle is other
    assert shop.observe("v", "i3", time=NOW) == "duplicate"
    assert "only-live" in shop.recommend("v", k=61, time=NOW + 1).items
    brought = shop.recommend(session=["i3", "only-live"], k=20, time=NOW + 1)
    assert shop.recommend("v", k=20, time=NOW + 1).items == brought.items


def test_a_bad_swap_leaves_the_old_bundle_serving() -> None:
    shop = engine()
    old = shop.bundle
    before = shop.recommend("v", time=NOW).items
    with pytest.raises((AttributeError, TypeError, aisle.ConfigError)):
        shop.swap("no bundle")  # type: ignore[arg-type]
    assert shop.bundle is old
    assert shop.recommend("v", time=NOW).items == before


def test_a_saved_bundle_gives_the_same_slates(tmp_path: Path) -> None:
    made = bundle()
    made.save(tmp_path / "shop.aisle")
    a, b = aisle.Engine(made), aisle.Engine(aisle.load(tmp_path / "shop.aisle"))
    for n in range(30):
        for shop in (a, b):
            shop.observe(f"v{n % 4}", f"i{n * 7 % 60}", time=NOW + n)
    for v in range(6):
        x, y = (shop.recommend(f"v{v}", k=30, time=NOW + 30) for shop in (a, b))
        assert x.items == y.items
        np.testing.assert_array_equal(x.scores, y.scores)


def test_fit_gives_the_same_bundle_for_the_same_seed() -> None:
    one, two = bundle(seed=1), bundle(seed=1)
    assert one.names() == two.names()
    for name in one.names():
        np.testing.assert_array_equal(one.array(name), two.array(name), err_msg=name)


def test_a_slate_explains_itself() -> None:
    shop = engine()
    shop.observe("v", "i3", time=NOW)
    slate = shop.recommend("v", k=12, time=NOW)
    first = slate[0]
    assert first.item == slate.items[0] == slate[-12].item
    assert first.place == 1
    assert first.reasons
    assert "knn" in first.sources
    assert [one.item for one in slate] == slate.items
    assert (np.diff(slate.scores) <= 0).all()
    assert slate.id != shop.recommend("v", time=NOW).id
    assert slate.trace["candidates"] > 12
    assert f"Thing {first.item[1:]}" in slate._repr_html_()  # type: ignore[index]
    with pytest.raises(IndexError, match="no place 12"):
        slate[12]


def test_the_engine_counts_what_it_does() -> None:
    with engine() as shop:
        shop.observe("v", "i3", time=NOW)
        shop.recommend("v", time=NOW)
        stats = shop.stats()
        assert (stats["events"], stats["requests"], stats["visitors"], stats["items"]) == (
            1,
            1,
            1,
            60,
        )
        assert stats["memory_bytes"] > stats["session_bytes"] > 0
        assert repr(shop) == "Engine(60 items, 1 visitors, 1 events, 1 requests)"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_events", 3),
        ("max_events", 2.5),
        ("max_events", True),
        ("shards", 3),
        ("idle_gap", 0),
        ("idle_gap", "long"),
        ("idle_gap", float("nan")),
        ("time_to_live", 1),
        ("max_lateness", -1),
        ("max_future", float("inf")),
        ("memory_limit", -5),
        ("memory_limit", 10),
        ("live_sessions", 1000),
        ("max_items", "many"),
    ],
)
def test_a_bad_option_is_named(name: str, value: Any) -> None:
    with pytest.raises(aisle.ConfigError, match=name):
        aisle.Engine(bundle(scorer="fixed"), **{name: value})


def test_an_unknown_option_is_named_with_the_nearest() -> None:
    with pytest.raises(aisle.ConfigError, match=r"'max_event'.*did you mean 'max_events'"):
        engine(max_event=10)
    with pytest.raises(aisle.ConfigError, match="Bundle"):
        aisle.Engine("shop.aisle")  # type: ignore[arg-type]


def test_fit_refuses_what_it_cannot_learn_from() -> None:
    searches = aisle.Events.from_columns(
        visitor="v", item=[None, None], time="2024-05-01", type="search"
    )
    with pytest.raises(aisle.DataError, match="no events with items"):
        aisle.fit(searches)
    with pytest.raises(aisle.ConfigError, match="scorer"):
        bundle(scorer="magic")
    with pytest.raises(aisle.ConfigError, match="vector_dim"):
        bundle(vector_dim=5000)
    with pytest.raises(aisle.ConfigError, match="60 items"):
        bundle(vectors=np.ones((3, 8), dtype=np.float32))
