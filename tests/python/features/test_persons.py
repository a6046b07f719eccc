"""Features and profiles of a person on several devices: told, taken back, divided, exported."""

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
from feature_reference import value_of  # type: ignore[import-not-found]
from feature_shop import EVERY, MINUTE, SHOP, START, Seen

ITEMS = list("abcd")
GAP = 30 * MINUTE
BEFORE = [Seen("p", item, "view", START - MINUTE) for item in ITEMS]  # the bundle's own log
BUNDLE = aisle.fit(
    shops.events(BEFORE), shops.items(), features=EVERY, scorer="fixed", vector_dim=0
)
Link = tuple[str, str | None, int]  # device, user, time; w has events of its own, ann has none
links = st.lists(
    st.tuples(st.sampled_from("uv"), st.sampled_from(("w", "ann", None)), shops.moments),
    max_size=5,
    unique_by=lambda link: (link[0], link[2]),
)
PERSONAL = [
    n for n, f in enumerate(EVERY)
    if getattr(f, "of", "visitor").startswith("visitor") and f.kind != "context"
]  # fmt: skip
SUMS = [n for n in PERSONAL if EVERY.features[n].kind not in ("sessions", "session_count")]


def told(known: list[Link]) -> dict[str, Any]:
    return {
        "visitor": [device for device, _, _ in known],
        "user": [user for _, user, _ in known],
        "time": np.array([time for _, _, time in known], dtype=np.int64),
    }


def played(log: list[Seen], known: list[Link], **options: Any) -> aisle.Engine:
    """An engine that was told all of it in the order of time, logins first."""
    engine = aisle.Engine(BUNDLE, **options)
    rest = [*log]
    for device, user, time in sorted(known, key=lambda link: link[2]):
        for event in sorted(rest, key=lambda e: e.time):
            if event.time < time:
                see(engine, event)
                rest.remove(event)
        engine.identify(device, user, time)
    for event in sorted(rest, key=lambda e: e.time):
        see(engine, event)
    return engine


def see(engine: aisle.Engine, event: Seen) -> str:
    return engine.observe(event.visitor, event.item, event.type, event.time)


def rows(engine: aisle.Engine, time: int, visitors: Any = ("u", "v", "w", "ann")) -> np.ndarray:
    return np.concatenate([engine.features(v, ITEMS, time=time)[1] for v in visitors])


# --- the definition -------------------------------------------------------------------------------


def owner(visitor: str, time: int, known: list[Link]) -> Any:
    """Whose an event of that device and time is, and the stretch that it is counted in."""
    own = sorted((since, user) for device, user, since in known if device == visitor)
    number = max(0, sum(since <= time for since, _ in own) - 1)
    user = own[number][1] if own else visitor
    return (visitor, number) if user is None else user, (visitor, number)


def row(log: list[Seen], known: list[Link], visitor: str, item: str, now: int) -> list[float]:
    known = [link for link in known if link[2] < now]
    past = [e for e in sorted(dict.fromkeys(log), key=lambda one: one.time) if e.time < now]
    person = owner(visitor, now, known)[0]
    mine: dict[Any, list[Seen]] = {}
    for e in past:
        whose, stretch = owner(e.visitor, e.time, known)
        if whose == person:
            mine.setdefault(stretch, []).append(e)

    def named(events: list[Seen], name: str) -> list[Seen]:
        return [Seen(name, e.item, e.type, e.time) for e in events]

    found = []
    for feature in EVERY:
        if feature.kind in ("session_count", "sessions"):
            parts = [named(events, "me") for events in mine.values()]
        else:
            own = [e for events in mine.values() for e in events]
            parts = [[*named(own, "me"), *named([e for e in past if e not in own], "else")]]
        values = [value_of(feature, part, "me", item, now, SHOP, GAP) for part in parts]
        found.append(float(sum(values)))
    return found


@given(shops.logs, links, shops.questions)
def test_the_table_counts_what_the_person_did(log, known, questions):
    got = table(shops.events(log), shops.items(), EVERY, shops.asked(questions), told(known))
    wanted = [row(log, known, *question) for question in questions]
    np.testing.assert_allclose(got.matrix, wanted, rtol=2e-5, atol=1e-6)


@settings(deadline=None, max_examples=40)
@given(shops.logs, links, st.randoms(use_true_random=False))
def test_training_and_serving_agree_to_the_last_bit(log, known, random):
    asked = sorted({(e.visitor, e.item, e.time) for e in log}, key=lambda one: one[2])
    random.shuffle(known)
    engine, served = aisle.Engine(BUNDLE), []
    for now in sorted({e.time for e in log} | {link[2] for link in known}):
        served += [engine.features(v, [i], time=now)[1][0] for v, i, time in asked if time == now]
        for device, user, time in known:
            if time == now:
                engine.identify(device, user, time)
        for event in log:
            if event.time == now:
                see(engine, event)
    exported = table(
        shops.events([*BEFORE, *log]), shops.items(), EVERY, shops.asked(asked), told(known)
    )
    np.testing.assert_array_equal(exported.matrix, np.array(served))


@given(shops.logs, links, links, shops.questions)
def test_a_row_knows_no_login_of_its_time_or_later(log, known, later, questions):
    end = max(time for _, _, time in questions)
    known = [link for link in known if link[2] < end]
    future = [(device, user, end + time - START) for device, user, time in later]
    asked = shops.asked(questions)
    before = table(shops.events(log), shops.items(), EVERY, asked, told(known))
    after = table(shops.events(log), shops.items(), EVERY, asked, told([*known, *future]))
    np.testing.assert_array_equal(before.matrix, after.matrix)


# --- taken back, divided, erased ------------------------------------------------------------------

END = START + 250 * MINUTE


@settings(deadline=None, max_examples=25)
@given(shops.logs, links)
def test_separate_takes_everything_back(log, known):
    linked, alone = played(log, known), played(log, [])
    for device, user, _ in known:
        if user is not None:
            linked.separate(device, user)
    # A logout stays, and divides: whoever it left without a name has what came since.
    devices = [d for d in "uvw" if not any(link[0] == d and link[1] is None for link in known)]
    got, wanted = rows(linked, END, [*devices, "ann"]), rows(alone, END, [*devices, "ann"])
    np.testing.assert_allclose(got[:, SUMS], wanted[:, SUMS], rtol=1e-5, atol=1e-6)


def test_a_first_login_is_taken_back_to_the_last_bit() -> None:
    log = [Seen("uvw"[n % 3], ITEMS[n % 4], "view", START + 7 * n * MINUTE) for n in range(30)]
    linked = played(log, [("u", "ann", START + 50 * MINUTE), ("v", "ann", START + 90 * MINUTE)])
    assert not np.array_equal(rows(linked, END), rows(played(log, []), END), equal_nan=True)
    assert linked.separate("u", "ann") == linked.separate("v", "ann") == 1
    np.testing.assert_array_equal(rows(linked, END), rows(played(log, []), END))


VIEWS = EVERY.names.index("events_visitor_1d")


def views(engine: aisle.Engine, visitor: str, time: int = END) -> float:
    return float(engine.features(visitor, time=time)[1][0, VIEWS])


def test_a_shared_device_is_divided() -> None:
    log = [Seen("u", ITEMS[n % 4], "view", START + n * MINUTE) for n in range(10)]
    shared: list[Link] = [("u", "ann", START + 2 * MINUTE), ("u", "bob", START + 6 * MINUTE)]
    engine = played(log, [*shared, ("u", None, START + 9 * MINUTE)])
    assert [views(engine, who) for who in ("ann", "bob", "u")] == [6.0, 3.0, 1.0]
    assert engine.separate("u", "bob") == 1
    assert [views(engine, who) for who in ("ann", "bob", "u")] == [9.0, 0.0, 1.0]
    late = Seen("u", "a", "cart", START + 4 * MINUTE)
    assert see(engine, late) == "reordered"
    assert [views(engine, who) for who in ("ann", "bob", "u")] == [10.0, 0.0, 1.0]


def test_what_was_counted_across_a_login_that_was_told_late_is_nobodys(tmp_path: Path) -> None:
    log = [Seen("u", ITEMS[n % 4], "view", START + n * MINUTE) for n in range(10)]
    state = {"state": tmp_path / "shop.db"}
    with played(log, [("u", "ann", START)], **state) as engine:
        engine.identify("u", "bob", START + 6 * MINUTE)
        assert (views(engine, "ann"), views(engine, "bob")) == (0.0, 0.0)
        see(engine, Seen("u", "a", "view", START + 11 * MINUTE))
        assert (views(engine, "ann"), views(engine, "bob")) == (0.0, 1.0)
    with aisle.Engine(BUNDLE, **state) as again:  # counts anew, by what it knows now
        assert (views(again, "ann"), views(again, "bob")) == (6.0, 5.0)


def test_a_state_brings_persons_back(tmp_path: Path) -> None:
    log = [Seen("uvw"[n % 3], ITEMS[n % 4], "view", START + 7 * n * MINUTE) for n in range(30)]
    known: list[Link] = [(d, u, START + n * 20 * MINUTE) for n, (d, u) in enumerate(
        [("u", "ann"), ("v", "ann"), ("u", "w"), ("u", None), ("v", "w")]
    )]  # fmt: skip
    with played(log, known, state=tmp_path / "shop.db") as engine:
        wanted = rows(engine, END)
    with aisle.Engine(BUNDLE, state=tmp_path / "shop.db") as again:
        np.testing.assert_array_equal(rows(again, END), wanted)
        again.swap(BUNDLE)
        np.testing.assert_array_equal(rows(again, END)[:, PERSONAL], wanted[:, PERSONAL])


def test_forget_erases_all_stretches() -> None:
    log = [Seen("u", ITEMS[n % 4], "view", START + n * MINUTE) for n in range(10)]
    engine = played(log, [("u", "ann", START), ("u", "bob", START + 5 * MINUTE)])
    assert engine.stats()["feature_visitors"] == 2
    assert engine.forget("ann")  # the device goes whole
    assert engine.stats()["feature_visitors"] == 0
    engine.identify("u", "ann", START)
    engine.identify("u", "bob", START + 5 * MINUTE)
    assert [views(engine, who) for who in ("ann", "bob", "u")] == [0.0, 0.0, 0.0]


def test_the_profile_is_the_persons() -> None:
    log = [Seen("u", "a", "view", START), Seen("v", "c", "view", START + MINUTE)]
    engine = played(log, [("u", "ann", START + 2 * MINUTE), ("v", "ann", START + 2 * MINUTE)])
    now = START + 3 * MINUTE
    one_device = played(
        [Seen("u", e.item, e.type, e.time) for e in log], []
    ).profile("u", time=now)  # fmt: skip
    for who in ("u", "v", "ann"):
        profile = engine.profile(who, time=now)
        assert profile.intent == one_device.intent == {"brand": {"x": 0.5, "y": 0.5}}
        assert profile.session_events == 2
        assert profile.durable["brand"] == pytest.approx(one_device.durable["brand"])
        assert profile.price_range == pytest.approx(one_device.price_range)
    engine.separate("v", "ann")
    assert engine.profile("u", time=now).intent == {"brand": {"x": 1.0}}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"visitor": ["u"], "time": [START]}, "links needs the columns visitor, user and time"),
        ("u", "links is a mapping with the columns visitor, user and time, got 'u'"),
        (told([("u", "u", START)]), "row 0 of the links: 'u' is linked to itself"),
        (told([("u", "v", START), ("v", "w", START)]), "'v' is an account with devices"),
        ({"visitor": ["u"], "user": ["v", "w"], "time": [START]}, "length|rows"),
    ],
)
def test_links_that_are_none_are_refused(wrong: Any, message: str) -> None:
    with pytest.raises((aisle.ConfigError, aisle.DataError), match=message):
        table(shops.events(BEFORE), shops.items(), EVERY, links=wrong)


# --- a session without a visitor ------------------------------------------------------------------


@pytest.mark.parametrize("session", [[], ["a"], ["d", "c", "a"], ["a", "nobody knows it"]])
def test_a_session_is_somebody_new_who_viewed_its_items_just_now(session: list[str]) -> None:
    engine = aisle.Engine(BUNDLE)
    asked = [*ITEMS, "nobody knows it", "nor this"]
    names, matrix = engine.features(session=session, items=asked, time=START)
    assert names == EVERY.names
    seen = aisle.Events.from_columns(
        visitor=["new"] * len(session), item=session, time=[START] * len(session)
    )
    engine.observe_many(seen, learn=False)
    np.testing.assert_array_equal(matrix, engine.features("new", asked, time=START)[1])
    assert matrix[0, names.index("events_session")] == len(session)
    assert engine.features(session=tuple(session), time=START)[1].shape == (1, len(EVERY))


def test_a_session_leaves_no_trace_and_finds_no_visitor() -> None:
    engine = aisle.Engine(BUNDLE)
    see(engine, Seen("u", "a", "view", START))
    engine.features(session=["a", "a"], items=["a"], time=START)
    assert engine.stats()["feature_visitors"] == 1
    assert engine.features(session=[], time=START)[1][0, VIEWS] == 0.0
    assert engine.features(session=["a", "a"], time=START)[1][0, VIEWS] == 2.0


def test_who_is_asked_about() -> None:
    engine = aisle.Engine(BUNDLE)
    for nobody in ({}, {"visitor": None}, {"visitor": "u", "session": ["a"]}):
        with pytest.raises(aisle.ConfigError, match="a visitor or session"):
            engine.features(**nobody)
    with pytest.raises(aisle.ConfigError, match="got the text 'abc'"):
        engine.features(session="abc")
    with pytest.raises(aisle.ConfigError, match="sequence of item ids"):
        engine.features(session=7)  # type: ignore[arg-type]
    with pytest.raises(aisle.DataError, match="an item needs an id, got None"):
        engine.features(session=[None])  # type: ignore[list-item]
    bare = aisle.fit(shops.events(BEFORE), scorer="fixed", vector_dim=0)
    with pytest.raises(aisle.ConfigError, match="fit it with them"):
        aisle.Engine(bare).features(session=["a"])


def test_a_pseudonymous_engine_unites_devices_too() -> None:
    views_of = FeatureSet([Count("view", of="visitor", window="1d")])
    bundle = aisle.fit(shops.events(BEFORE), features=views_of, scorer="fixed", vector_dim=0)
    engine = aisle.Engine(bundle, visitor_key=b"0123456789abcdef0123456789abcdef")
    for device in ("phone", "laptop"):
        engine.observe(device, "a", time=START)
        engine.identify(device, "ann", START)
    assert engine.features("ann", time=START)[1].tolist() == [[2.0]]
    assert engine.features(session=["a"], time=START)[1].tolist() == [[1.0]]
