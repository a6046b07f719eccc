"""What lasts, what the session says, and the weight between them by time."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest

import aisle
from aisle.features import FeatureSet, ProfileOptions, Sessions

sys.path.insert(0, str(Path(__file__).parent))
import feature_shop as shops  # type: ignore[import-not-found]
from feature_shop import MINUTE, START

DAY = 1440 * MINUTE
OPTIONS = ProfileOptions(["brand"], half_life="7d", intent_events=2.0, intent_half_life="10m")
SET = FeatureSet([Sessions()], profile=OPTIONS)


def engine(features: FeatureSet | None = SET) -> aisle.Engine:
    log = aisle.Events.from_columns(visitor=["p", "p"], item=["a", "c"], time=[START - DAY] * 2)
    bundle = aisle.fit(log, shops.items(), features=features, scorer="fixed", vector_dim=0)
    made = aisle.Engine(bundle)
    for n in range(3):
        made.observe("u", "a", time=START + n * MINUTE)  # brand x
    made.observe("u", "c", "impression", time=START + 3 * MINUTE)  # shows nothing
    made.observe("u", "c", time=START + 7 * DAY)  # brand y, in a session of its own
    made.observe("u", "d", time=START + 7 * DAY)  # without a brand
    return made


def test_what_lasts_fades_and_the_session_counts_alike() -> None:
    profile = engine().profile("u", time=START + 7 * DAY)
    faded = sum(2.0 ** (-(7 * DAY - n * MINUTE) / (7 * DAY)) for n in range(3))
    assert profile.durable["brand"]["x"] == pytest.approx(faded / (faded + 1.0))
    assert list(profile.durable["brand"]) == ["x", "y"]
    assert profile.intent == {"brand": {"y": 1.0}}
    assert profile.session_events == 2


def test_the_weight_grows_with_the_session_and_shrinks_with_the_pause() -> None:
    made = engine()
    at_once = made.profile("u", time=START + 7 * DAY)
    assert at_once.intent_weight == pytest.approx(2 / (2 + 2))
    later = made.profile("u", time=START + 7 * DAY + 20 * MINUTE)
    assert later.intent_weight == pytest.approx(2 / (2 + 2) / 4)
    made.observe("u", "c", time=START + 7 * DAY + MINUTE)
    more = made.profile("u", time=START + 7 * DAY + MINUTE)
    assert more.intent_weight == pytest.approx(3 / (3 + 2))
    assert made.profile("u", time=START + 30 * DAY).intent_weight < 1e-9


def test_affinity_is_the_blend_best_first() -> None:
    made = engine()
    profile = made.profile("u", time=START + 7 * DAY)
    weight, durable = profile.intent_weight, profile.durable["brand"]
    wanted = {"y": weight + (1 - weight) * durable["y"], "x": (1 - weight) * durable["x"]}
    assert [value for value, _ in profile.affinity("brand")] == ["y", "x"]
    assert dict(profile.affinity("brand")) == pytest.approx(wanted)
    assert sum(wanted.values()) == pytest.approx(1.0)
    later = made.profile("u", time=START + 8 * DAY)
    assert [value for value, _ in later.affinity("brand")] == ["x", "y"], "what lasts is back"


def test_the_price_range_is_of_what_was_turned_to() -> None:
    made = engine()
    low, typical, high = made.profile("u", time=START + 7 * DAY).price_range
    assert 4.0 <= low < typical < high
    assert math.sqrt(low * high) == pytest.approx(typical)
    made.observe("one", "b", time=START)
    assert made.profile("one", time=START).price_range == pytest.approx((25.0, 25.0, 25.0))
    assert made.profile("nobody", time=START).price_range is None


def test_a_stranger_likes_nothing_and_who_is_forgotten_is_one() -> None:
    made = engine()
    assert made.forget("u")
    for who in ("u", "nobody"):
        profile = made.profile(who, time=START + 7 * DAY)
        assert profile.affinity("brand") == []
        assert profile.intent_weight == 0.0
        assert repr(profile) == f"Profile({who!r}, session 0%)"
        assert "nothing yet" in profile._repr_html_()


def test_it_shows_itself_and_goes_to_json() -> None:
    import json

    profile = engine().profile("u", time=START + 7 * DAY)
    assert repr(profile) == "Profile('u', brand: y, session 50%)"
    assert "y 7" in profile._repr_html_() or "y 6" in profile._repr_html_()
    assert json.loads(json.dumps(profile.to_dict()))["affinity"]["brand"]["y"] > 0.5
    with pytest.raises(aisle.ConfigError, match="unknown column 'brend' of the profile"):
        profile.affinity("brend")


def test_without_a_profile_the_engine_says_what_to_fit_with() -> None:
    with pytest.raises(aisle.ConfigError, match="have no profile: fit it with FeatureSet"):
        engine(FeatureSet([Sessions()])).profile("u")
    with pytest.raises(aisle.ConfigError, match="the bundle has no features"):
        engine(None).profile("u")


def test_the_profile_outlives_a_swap() -> None:
    made = engine()
    before = made.profile("u", time=START + 7 * DAY).to_dict()
    log = aisle.Events.from_columns(visitor=["p"] * 3, item=list("dca"), time=[START - DAY] * 3)
    made.swap(aisle.fit(log, shops.items(), features=SET, scorer="fixed", vector_dim=0))
    assert made.profile("u", time=START + 7 * DAY).to_dict() == before
