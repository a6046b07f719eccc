"""Visitors under a key: the core and the state hold pseudonyms alone, whatever brings an id in."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import aisle
from aisle import _core
from aisle.keyed import KeyedEngine
from aisle.privacy import pseudonym
from aisle.privacy.pseudonyms import Pseudonyms

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
from shops import MINUTE, NOW, bundle, items  # type: ignore[import-not-found]

KEY = bytes(range(32))
SECRET = "secret-visitor-4711"


@pytest.fixture(scope="module")
def shop() -> aisle.Bundle:
    made: aisle.Bundle = bundle()
    return made


def holds(folder: Path, text: str) -> list[str]:
    return [f.name for f in folder.rglob("*") if f.is_file() and text.encode() in f.read_bytes()]


def test_it_is_hmac_sha256() -> None:
    assert pseudonym("user-1", KEY).startswith("c49dc017978a22e1")
    assert pseudonym("user-2", KEY.hex()).startswith("2912efe847ba52f7")
    assert len(pseudonym("user-1", KEY)) == 32
    assert pseudonym(42, KEY) == pseudonym("42", KEY) == pseudonym(np.int64(42), KEY)  # type: ignore[arg-type]
    assert pseudonym("user-1", KEY) != pseudonym("user-1", KEY[::-1])


@given(st.lists(st.text(min_size=1, max_size=8), max_size=20), st.data())
def test_a_column_is_its_cells(names: list[str], data: st.DataObject) -> None:
    known = _core.Dictionary()
    codes = known.encode(names)
    rows = data.draw(st.lists(st.integers(0, max(0, len(names) - 1)), max_size=30))
    chosen = codes[rows] if names and rows else np.array([], dtype=np.uint32)
    mine, hidden = Pseudonyms(KEY).column(chosen, known)
    want = [pseudonym(names[row], KEY) for row in rows] if names else []
    assert hidden.names(mine).tolist() == want


@pytest.mark.parametrize("durability", ["none", "async", "sync"])
def test_no_byte_of_an_id_reaches_a_file(
    shop: aisle.Bundle, tmp_path: Path, durability: Any
) -> None:
    engine = aisle.Engine(shop, state=tmp_path / "s.db", durability=durability, visitor_key=KEY)
    name = pseudonym(SECRET, KEY)
    engine.observe(SECRET, "i3", time=NOW)
    engine.observe(SECRET, "i4", "cart", NOW + MINUTE, 9.0, f"{SECRET}-e", f"{SECRET}-s")
    engine.observe(
        visitor=SECRET, item="i5", time=NOW, event_id=f"{SECRET}-f", session=f"{SECRET}-t"
    )
    log = aisle.Events.from_columns(
        visitor=[SECRET, "other"], item=["i6", "i7"], time=[NOW + 2 * MINUTE] * 2,
        session=[f"{SECRET}-u", "o"], event_id=[f"{SECRET}-g", "h"],
    )  # fmt: skip
    assert engine.observe_many(log) == {"accepted": 2}
    engine.identify(SECRET, f"{SECRET}-account")
    engine.identify(f"{SECRET}-phone", f"{SECRET}-account")
    engine.rate(SECRET, "i8", 5)
    engine.hide(SECRET, category="c5")
    engine.remember(SECRET, skin="dry")
    engine.recommend(SECRET, k=5)
    engine.flush()
    backup = tmp_path / "backup.db"
    engine.backup(backup)
    assert holds(tmp_path, name)  # what is written is the pseudonym
    assert holds(tmp_path, SECRET) == []
    assert engine.forget(SECRET)
    backup.unlink()
    assert holds(tmp_path, name) == holds(tmp_path, SECRET) == []
    engine.close()
    assert holds(tmp_path, SECRET) == []


def test_answers_are_those_of_an_engine_without_a_key(shop: aisle.Bundle) -> None:
    plain, keyed = aisle.Engine(shop), aisle.Engine(shop, visitor_key=KEY)
    for engine in (plain, keyed):
        assert engine.observe(42, "i3", time=NOW) == "accepted"
        assert engine.observe("42", "i4", "cart", NOW + 1, event_id="e") == "accepted"
        assert engine.observe("other", "i9", event_id="e") == "duplicate"
        log = aisle.Events.from_columns(visitor=[42, 43], item=["i6", "i7"], time=[NOW + 2] * 2)
        engine.observe_many(log)
        engine.identify("phone", "42", NOW)
        engine.hide("42", category="c5")
        engine.remember(42, skin="dry")
        assert engine.said("42") == {"hidden": {"category": ["c5"]}, "answers": {"skin": "dry"}}
        assert engine.stats()["visitors"] == 2
    assert set(keyed.person(42)) == {pseudonym(one, KEY) for one in plain.person(42)}

    def asked(engine: aisle.Engine) -> list[Any]:
        now = NOW + MINUTE
        slate = engine.recommend("phone", k=8, time=now, explain=True)
        return [
            slate.items,
            slate.why_not("i4"),
            engine.recommend(42, k=8, time=now).items,
            [one.items for one in engine.recommend_many([42, 43], k=4, time=now)],
            engine.recommend_page(42, {"default": 4}, time=now)["default"].items,
            engine.rerank(["i1", "i4", "i5"], visitor=42, time=now).items,
            engine.recommend_segments("category", 42, time=now),
            engine.audience("i5", [43, 42, "nobody"], time=now),
            engine.complete("i1", visitor=42, time=now).items,
            engine.recommend(session=["i1"], k=4, time=now).items,
        ]

    assert asked(keyed) == asked(plain)
    for engine in (plain, keyed):
        assert engine.separate("phone", "42") == 1
        assert engine.forget(42)
        assert not engine.forget("42")
        assert engine.said(42) == {}
        with pytest.raises(aisle.DataError, match="an id must be a str or an int"):
            engine.forget(None)


def test_every_method_that_names_a_visitor_is_known_here() -> None:
    named = {
        name
        for name, method in inspect.getmembers(aisle.Engine, inspect.isfunction)
        if not name.startswith("_")
        and {"visitor", "visitors", "user"} & set(inspect.signature(method).parameters)
    }
    through_asked = {
        "recommend", "recommend_page", "rerank", "recommend_segments", "complete"
    }  # fmt: skip
    through_others = {"recommend_many", "rate", "audience", "features", "profile"}
    for name in ("recommend", "observe", "affinities", "read_features", "read_profile"):
        assert hasattr(KeyedEngine, name)
    hidden = {name for name in vars(KeyedEngine) if not name.startswith("_")}
    missed = named - through_asked - through_others - hidden
    assert not missed, f"does KeyedEngine hide what these are given? {missed}"


def test_features_are_those_of_an_engine_without_a_key() -> None:
    from aisle.features import FeatureSet

    goods = items()
    fitted = bundle(features=FeatureSet.default(goods))
    told = []
    for engine in (aisle.Engine(fitted), aisle.Engine(fitted, visitor_key=KEY)):
        engine.observe(SECRET, "i3", time=NOW)
        names, matrix = engine.features(SECRET, ["i3", "i4"], time=NOW + MINUTE)
        profile = engine.profile(SECRET, time=NOW + MINUTE)
        assert profile.visitor == SECRET
        told.append((names, np.nan_to_num(matrix).tolist(), profile.affinity("category")))
    assert told[0] == told[1]
    assert told[0][2]


def test_replay_is_that_of_an_engine_without_a_key(shop: aisle.Bundle) -> None:
    log = aisle.simulate.Shop(items=50, visitors=40, days=2, seed=1).events()
    ranks = [
        aisle.evaluate.replay(engine, log, k=5)
        for engine in (aisle.Engine(shop), aisle.Engine(shop, visitor_key=KEY))
    ]
    assert ranks[0].metrics == ranks[1].metrics


def test_another_key_is_told(shop: aisle.Bundle, tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with aisle.Engine(shop, state=path, visitor_key=KEY) as engine:
        engine.observe(SECRET, "i1", time=NOW)
    with pytest.raises(aisle.ConfigError, match=r"s\.db: .* under another key; open it with"):
        aisle.Engine(shop, state=path, visitor_key=KEY[::-1])
    with pytest.raises(aisle.ConfigError, match=r"under a key; open it with that visitor_key=…"):
        aisle.Engine(shop, state=path)
    with aisle.Engine(shop, state=path, visitor_key=KEY.hex()) as engine:
        assert engine.stats()["events"] == 1
        assert engine.forget(SECRET)
    assert KEY not in path.read_bytes()
    assert holds(tmp_path, KEY.hex()) == []


def test_a_state_of_raw_ids_is_not_taken_over(shop: aisle.Bundle, tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with aisle.Engine(shop, state=path) as engine:
        engine.identify("phone", "ann")
    with pytest.raises(aisle.ConfigError, match="under their own ids; open it without visitor_key"):
        aisle.Engine(shop, state=path, visitor_key=KEY)
    aisle.Engine(shop, state=path).close()  # and it is free again


def test_a_read_state_joins_by_pseudonym(shop: aisle.Bundle, tmp_path: Path) -> None:
    with aisle.Engine(shop, state=tmp_path / "s.db", visitor_key=KEY) as engine:
        engine.observe(7, "i1", time=NOW)
    log = aisle.read_state(tmp_path / "s.db")
    assert log.visitors.tolist() == [pseudonym(7, KEY)]


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (b"short", "visitor_key has 5 bytes and must have at least 16"),
        ("ab" * 15, "has 15 bytes"),
        ("not hex at all, sorry", "21 letters that are not hexadecimal"),
        (7, "must be bytes or hexadecimal digits, got int"),
    ],
)
def test_a_wrong_key_is_told_and_not_shown(shop: aisle.Bundle, key: Any, told: str) -> None:
    with pytest.raises(aisle.ConfigError, match=told) as caught:
        aisle.Engine(shop, visitor_key=key)
    assert str(key) not in str(caught.value) or isinstance(key, int)
    assert "secrets.token_bytes(32)" in str(caught.value)


def test_what_is_no_id_is_refused_as_ever(shop: aisle.Bundle) -> None:
    plain, keyed = aisle.Engine(shop), aisle.Engine(shop, visitor_key=KEY)
    for wrong in (None, float("nan"), 1.5, b"raw", True, "\ud800", ["a"]):
        told = []
        for engine in (plain, keyed):
            with pytest.raises(Exception, match=r".") as caught:
                engine.observe(wrong, "i1")  # type: ignore[arg-type]
            told.append((caught.type, str(caught.value)))
        assert told[0] == told[1]
    for engine in (plain, keyed):
        with pytest.raises(aisle.ConfigError, match="did you mean 'visitor'"):
            engine.observe(visitr="a", item="i1")  # type: ignore[call-arg]
        with pytest.raises(aisle.ConfigError, match="linked to itself"):
            engine.identify("a", "a")
    assert keyed.stats()["events"] == 0
    for nobody in (None, "", 1.5):
        with pytest.raises(aisle.DataError, match="an id must be a str or an int"):
            pseudonym(nobody, KEY)  # type: ignore[arg-type]


def test_without_a_key_the_fast_paths_are_the_cores(shop: aisle.Bundle) -> None:
    engine = aisle.Engine(shop)
    assert type(engine) is aisle.Engine
    assert type(engine).observe is _core.Engine.observe
    assert "observe" not in vars(engine)
    keyed = aisle.Engine(shop, visitor_key=KEY)
    assert isinstance(keyed, aisle.Engine)
    assert repr(keyed) == repr(engine)
    public = [[name for name in dir(one) if name[0] != "_"] for one in (engine, keyed)]
    assert public[0] == public[1]
    for name in ("observe", "forget", "identify", "recommend"):
        assert inspect.getdoc(getattr(keyed, name)) == inspect.getdoc(getattr(engine, name))
    keyed.close()
    with pytest.raises(aisle.ConfigError, match="this engine is closed"):
        keyed.observe("v", "i2")


def test_a_class_of_ones_own_says_what_it_derives_from(shop: aisle.Bundle) -> None:
    class Mine(aisle.Engine):
        pass

    class Hidden(KeyedEngine):
        pass

    with pytest.raises(aisle.ConfigError, match=r"derive it from aisle\.keyed\.KeyedEngine"):
        Mine(shop, visitor_key=KEY)
    engine = Hidden(shop, visitor_key=KEY)
    engine.observe(SECRET, "i1")
    assert type(engine) is Hidden
    with pytest.raises(aisle.ConfigError, match="needs a visitor_key"):
        Hidden(shop)
