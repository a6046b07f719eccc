"""One person on several devices, what they said outright, and that both can be taken back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aisle

sys.path.insert(0, str(Path(__file__).parent))
from shops import MINUTE, NOW, bundle  # type: ignore[import-not-found]

SHOP = bundle()
DEVICES, USERS = ("d1", "d2"), ("ann", "bob")


def engine(**options: Any) -> aisle.Engine:
    """An engine that learns nothing of all visitors: what it answers is of the one who asks."""
    off = dict.fromkeys(("learn_trending", "learn_co_visitation", "learn_sessions"), False)
    return aisle.Engine(SHOP, **{**off, **options})


def items(shop: aisle.Engine, visitor: Any, time: int = NOW + MINUTE, **more: Any) -> list[Any]:
    slate = shop.recommend(visitor, 60, time=time, **more)
    return [one.item for one in slate]


def test_a_user_has_the_events_of_all_devices() -> None:
    shop, alone = engine(), engine()
    for which in (shop, alone):
        which.observe("phone", "i1", "purchase", time=NOW)
    assert "i1" in items(shop, "laptop")
    shop.identify("phone", "ann", time=NOW)
    shop.identify("laptop", "ann", time=NOW)
    assert "i1" not in items(shop, "laptop")  # it was bought, on the phone
    assert "i1" not in items(shop, "ann")
    assert items(shop, "laptop") == items(shop, "phone") == items(alone, "phone")


def test_a_link_is_taken_back() -> None:
    shop = engine()
    before = items(shop, "laptop")
    shop.observe("phone", "i1", "purchase", time=NOW)
    shop.identify("phone", "ann", time=NOW)
    shop.identify("laptop", "ann", time=NOW)
    assert items(shop, "laptop") != before
    assert shop.separate("phone", "ann") == 1
    assert items(shop, "laptop") == before
    assert "i1" not in items(shop, "phone")
    assert shop.separate("phone", "ann") == 0


def test_a_shared_device_is_divided_by_time() -> None:
    shop = engine()
    shop.observe("tablet", "i1", "purchase", time=NOW - 40 * MINUTE)
    shop.identify("tablet", "ann", time=NOW - 30 * MINUTE)
    shop.identify("tablet", "bob", time=NOW - 20 * MINUTE)
    shop.observe("tablet", "i2", "purchase", time=NOW - 10 * MINUTE)
    assert "i1" not in items(shop, "ann")
    assert "i2" in items(shop, "ann")
    assert "i1" in items(shop, "bob")
    assert "i2" not in items(shop, "bob")
    shop.identify("tablet", None, time=NOW - 5 * MINUTE)
    assert {"i1", "i2"} <= set(items(shop, "tablet"))
    assert list(shop.person("tablet", time=NOW)) == ["tablet"]


def test_who_cannot_be() -> None:
    shop = engine()
    with pytest.raises(aisle.ConfigError, match="linked to itself"):
        shop.identify("ann", "ann")
    for bad in ("", 2.5, None, True):
        with pytest.raises(aisle.DataError, match="str or an int"):
            shop.identify(bad, "ann")  # type: ignore[arg-type]
    assert shop.person(7) == {"7": [(None, None)]}


EVENTS = st.lists(
    st.tuples(
        st.sampled_from((*DEVICES, *USERS)),
        st.sampled_from([f"i{n}" for n in range(1, 9)]),
        st.sampled_from(("view", "cart", "purchase", "like", "dislike", "own")),
        st.integers(-50, 0),
    ),
    max_size=14,
    unique_by=lambda event: event[3],  # at one time it is the order of arrival that counts
)
LINKS = st.lists(
    st.tuples(st.sampled_from(DEVICES), st.sampled_from((*USERS, None)), st.integers(-50, 0)),
    max_size=4,
    unique_by=lambda link: (link[0], link[2]),
)


@settings(max_examples=30)
@given(EVENTS, LINKS, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(
    events: list[Any], links: list[Any], draw: Any
) -> None:
    told: list[Any] = [*events, *links]
    answers = []
    for _ in range(2):
        shop = engine()
        for one in told:
            if len(one) == 4:
                visitor, item, kind, minute = one
                shop.observe(visitor, item, kind, NOW + minute * MINUTE)
            else:
                device, user, minute = one
                shop.identify(device, user, time=NOW + minute * MINUTE)
        answers.append([items(shop, who) for who in (*DEVICES, *USERS)])
        draw.shuffle(told)
    assert answers[0] == answers[1]


def test_dislikes_and_what_is_owned_outlive_fifty_events_and_the_session() -> None:
    shop = engine()
    shop.observe("v", "i1", "dislike", time=NOW - 50 * MINUTE)
    shop.observe("v", "i2", "own", time=NOW - 50 * MINUTE)
    for n in range(70):
        shop.observe("v", f"i{3 + n % 3}", time=NOW - 49 * MINUTE + n * 20_000_000)
    assert not {"i1", "i2"} & set(items(shop, "v"))
    later = NOW + 60 * 24 * 60 * MINUTE  # sessions are gone after thirty days
    assert not {"i1", "i2"} & set(items(shop, "v", later))
    shop.observe("v", "i1", "like", time=NOW)
    assert "i1" in items(shop, "v")
    shop.forget("v")
    assert {"i1", "i2"} <= set(items(shop, "v", later))


def test_likes_count_at_once_and_outlive_the_session() -> None:
    shop = engine()
    nobody = items(shop, "v", NOW + 90 * 24 * 60 * MINUTE)
    shop.observe("v", "i1", "like", time=NOW)
    assert items(shop, "v", NOW) != nobody


@pytest.mark.parametrize(
    ("rating", "kind"), [(5, "like"), (3.4, "like"), (3, "view"), (2, "dislike")]
)
def test_ratings(rating: float, kind: str) -> None:
    shop = engine()
    assert shop.rate("v", "i1", rating, time=NOW) == "accepted"
    assert shop.hygiene()["types"] == {kind: 1}
    for bad in (0, 6, float("nan")):
        with pytest.raises(aisle.ConfigError, match="scale goes from 1 to 5"):
            shop.rate("v", "i1", bad)


@pytest.fixture
def shop() -> aisle.Engine:
    made = engine()
    made.update_items({"item": ["i1", "i2", "i3"], "brand": ["acme", "zen", None]})
    return made


def test_hidden_values_are_never_shown(shop: aisle.Engine) -> None:
    shop.hide("v", brand="acme")
    assert "i1" not in items(shop, "v")
    assert "i1" in items(shop, "w")
    assert items(shop, "v", where={"brand": "acme"}) == []
    assert items(shop, "v", where="brand == 'zen'") == ["i2"]
    shop.hide("v", brand=["zen"])
    assert shop.said("v") == {"hidden": {"brand": ["acme", "zen"]}}
    assert not {"i1", "i2"} & set(items(shop, "v"))
    assert not {"i1", "i2"} & {one.item for one in shop.recommend_many(["v"], 60)[0]}
    shop.identify("v", "ann", time=NOW)
    shop.identify("phone", "ann", time=NOW)
    assert not {"i1", "i2"} & set(items(shop, "phone"))
    shop.hide("v", brand=None)
    assert "i1" in items(shop, "v")
    assert shop.said("v") == {}


def test_answers_are_in_the_context(shop: aisle.Engine) -> None:
    shop.swap(strategy=aisle.Strategy(filter="brand == context.taste"))
    shop.remember("v", taste="zen")
    assert items(shop, "v") == ["i2"]
    assert items(shop, "v", context={"taste": "acme"}) == ["i1"]
    shop.remember("v", taste=None)
    assert items(shop, "v") == []


def test_what_cannot_be_said(shop: aisle.Engine) -> None:
    with pytest.raises(aisle.ConfigError, match="brand"):
        shop.hide("v", brnd="x")
    with pytest.raises(aisle.ConfigError, match="texts are hidden"):
        shop.hide("v", brand=[3])
    with pytest.raises(aisle.ConfigError):
        shop.remember("v", taste=object())
    assert shop.said("v") == {}


def test_all_of_it_lasts_and_is_erased(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"

    def opened() -> aisle.Engine:
        made = engine(state=path, durability="sync")
        made.update_items({"item": ["i1", "i2", "i3"], "brand": ["acme", "zen", None]})
        return made

    with opened() as shop:
        shop.observe("phone-of-ann", "i5", "own", time=NOW)
        shop.identify("phone-of-ann", "account-ann", time=NOW)
        shop.identify("laptop-of-ann", "account-ann", time=NOW)
        shop.identify("phone-of-bob", "account-bob", time=NOW)
        shop.separate("phone-of-bob", "account-bob")
        shop.hide("account-ann", brand="acme")
        shop.remember("laptop-of-ann", skin="very-dry")
        before = items(shop, "laptop-of-ann")
    with opened() as shop:
        assert items(shop, "laptop-of-ann") == before
        assert not {"i1", "i5"} & set(before)
        assert shop.said("laptop-of-ann") == {"answers": {"skin": "very-dry"}}
        assert list(shop.person("phone-of-bob")) == ["phone-of-bob"]
        shop.prune("2030-01-01")  # the events go, what was said stays
    with opened() as shop:
        assert "i1" not in items(shop, "phone-of-ann")
        assert shop.forget("account-ann")
        assert list(shop.person("laptop-of-ann")) == ["laptop-of-ann"]
        assert shop.said("account-ann") == {}
        data = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        for name in (b"-ann", b"very-dry", b"acme"):
            assert name not in data
    with opened() as shop:
        assert {"i1", "i5"} <= set(items(shop, "laptop-of-ann"))


def test_a_state_of_an_older_aisle_is_opened(tmp_path: Path) -> None:
    import sqlite3
    from contextlib import closing

    path = tmp_path / "shop.db"
    with engine(state=path) as shop:
        shop.observe("v", "i1", "purchase", time=NOW)
    with closing(sqlite3.connect(path)) as old:
        old.executescript("DROP TABLE links; DROP TABLE told; PRAGMA user_version = 1")
    with engine(state=path) as shop:
        assert "i1" not in items(shop, "v")
        shop.identify("v", "ann", time=NOW)
    with engine(state=path) as shop:
        assert set(shop.person("v", time=NOW)) == {"v", "ann"}
