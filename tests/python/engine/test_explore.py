"""Strategies that learn by trying: what is explored, how probably, and what outcomes teach."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aisle
from aisle.strategy import Explore

sys.path.insert(0, str(Path(__file__).parent))
from shops import MINUTE, NOW, bundle, engine  # type: ignore[import-not-found]

POLICIES = [
    "thompson",
    "thompson_gaussian",
    "epsilon_greedy",
    "softmax",
    "ucb",
    "lin_ucb",
    "lin_ts",
]


def exploring(seed: int = 1, **options: Any) -> aisle.Engine:
    return engine(strategy=aisle.Strategy(explore=Explore(**options), seed=seed))


def explored(slate: aisle.Slate) -> list[aisle.SlateItem]:
    return [one for one in slate if one.is_explored]


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_explores_the_places_asked_for(policy: str) -> None:
    shop = exploring(policy=policy, slots=2, pool=20)
    slate = shop.recommend("v", 9, time=NOW)
    assert [one.place for one in explored(slate)] == [4, 7]
    assert len(set(slate.items)) == 9
    assert all(0 < one.propensity <= 1 for one in slate)
    assert all(one.propensity == 1 for one in slate if not one.is_explored)
    assert explored(slate)[0].to_dict()["propensity"] == explored(slate)[0].propensity


def test_the_same_seed_and_calls_give_the_same_slates() -> None:
    def run(seed: int) -> list[list[str | int]]:
        shop = exploring(seed, slots=3, pool=30)
        slates = []
        for n in range(20):
            slate = shop.recommend(f"v{n % 4}", 9, time=NOW + n * MINUTE)
            shop.outcome(slate.id, slate.items[n % 9], "click")
            slates.append(slate.items)
        return slates

    assert run(1) == run(1)
    assert run(1) != run(2)


@pytest.mark.parametrize("over", ["items", "sources"])
def test_propensities_are_how_often_items_come(over: str) -> None:
    shop = exploring(policy="softmax", over=over, slots=[1], temperature=0.5)
    shop.observe("v", "i3", time=NOW)
    for n in range(40):  # something to tell the arms apart
        slate = shop.recommend("v", 5, time=NOW)
        shop.outcome(slate.id, slate.items[0], "click" if n % 3 else "impression")
    chance: dict[str | int, float] = {}
    counts: Counter[str | int] = Counter()
    draws = 3000
    for _ in range(draws):
        first = shop.recommend("v", 5, time=NOW)[0]
        chance[first.item] = first.propensity
        counts[first.item] += 1
    assert sum(chance.values()) == pytest.approx(1.0, abs=0.02)
    frequent = [item for item, p in chance.items() if p * draws >= 5]
    expected = np.array([chance[item] for item in frequent])
    observed = np.array([counts[item] for item in frequent])
    expected *= observed.sum() / expected.sum()
    statistic = float(((observed - expected) ** 2 / expected).sum())
    freedom = len(frequent) - 1
    assert statistic < freedom + 5 * np.sqrt(2 * freedom), "five deviations of chi-square"


def test_arms_that_pay_are_found() -> None:
    shop = exploring(policy="thompson", slots=[1], pool=10, prior=[1.0, 1.0])
    good: str | int | None = None
    for _ in range(300):
        slate = shop.recommend("v", 5, time=NOW)
        good = good or slate.items[0]
        shop.outcome(slate.id, slate.items[0], "click" if slate.items[0] == good else "impression")
    firsts = [shop.recommend("v", 5, time=NOW).items[0] for _ in range(50)]
    assert firsts.count(good) > 40


def test_sources_and_strategies_are_arms_too() -> None:
    shop = exploring(over="sources", policy="epsilon_greedy", slots=[2], epsilon=1.0)
    shop.observe("v", "i3", time=NOW)
    slate = shop.recommend("v", 5, time=NOW)
    assert explored(slate)[0].place == 2
    assert explored(slate)[0].sources

    strategies = {
        "home": aisle.Strategy(
            explore=Explore(over="strategies", policy="epsilon_greedy", among=["cheap", "dear"])
        ),
        "cheap": aisle.Strategy(filter="price < 20"),
        "dear": aisle.Strategy(filter="price >= 20"),
    }
    shop = engine(strategy=strategies)
    seen: Counter[str] = Counter()
    for _ in range(200):
        slate = shop.recommend("v", 4, placement="home", time=NOW)
        seen[slate.placement] += 1
        if slate.placement == "dear":
            assert shop.outcome(slate.id, slate.items[0], "purchase") == "learned"
        else:
            shop.outcome(slate.id, slate.items[0], "impression")
    assert seen["dear"] > 150
    assert slate.propensity == pytest.approx(0.95) or slate.placement == "cheap"


def test_context_tells_visitors_apart() -> None:
    shop = exploring(
        policy="lin_ucb", slots=[1], pool=6, context=["if(context.device == 'phone', 1, 0)"]
    )
    wanted: dict[str, str | int] = {}
    for n in range(600):
        device = "phone" if n % 2 else "desk"
        slate = shop.recommend("v", 6, time=NOW, context={"device": device})
        wanted.setdefault(device, sorted(map(str, slate.items))[n % 2])
        hit = slate.items[0] == wanted[device]
        shop.outcome(slate.id, slate.items[0], "click" if hit else "impression")
    for device, item in wanted.items():
        firsts = [
            shop.recommend("v", 6, time=NOW, context={"device": device}).items[0] for _ in range(20)
        ]
        assert firsts.count(item) > 15


def test_young_items_are_explored_and_new_ones_join() -> None:
    shop = exploring(slots=[1], fresh=5, pool=1, item_age="1h")
    for n in range(3):
        shop.observe("someone", f"new{n}", time=NOW)
    found = {shop.recommend("v", 3, time=NOW).items[0] for _ in range(60)}
    assert found <= {"new0", "new1", "new2"}
    assert len(found) > 1


def test_the_cascade_and_delayed_outcomes() -> None:
    shop = exploring(slots=[1, 2, 3], pool=20)
    slate = shop.recommend("v", 5, time=NOW)
    assert shop.outcome(slate.id, slate.items[1], "click") == "learned"
    assert shop.count_arms()["default"] == (2, 2), (
        "the first was seen and ignored, the third unseen"
    )
    assert shop.outcome(slate.id, slate.items[1], "click") == "learned", "a repeat adds nothing"
    assert shop.count_arms()["default"][1] == 2
    ignored = shop.recommend("w", 5, time=NOW)
    shop.settle(NOW + 29 * MINUTE)
    assert shop.count_arms()["default"][1] == 2
    shop.settle(NOW + 31 * MINUTE)
    assert shop.count_arms()["default"][1] == 5, "nothing was told of the other slate"
    assert shop.outcome(ignored.id, ignored.items[0], "purchase") == "learned"


def test_shown_may_count_at_once() -> None:
    shop = exploring(slots=[1, 2], counts="shown")
    slate = shop.recommend("v", 5, time=NOW)
    assert shop.count_arms()["default"][1] == 2
    shop.outcome(slate.id, slate.items[0], "click")
    assert shop.count_arms()["default"][1] == 2


def test_what_becomes_of_an_outcome() -> None:
    shop = engine()
    slate = shop.recommend("v", 5, time=NOW)
    assert shop.outcome(slate.id, slate.items[0]) == "noted"
    assert shop.outcome(slate.id, "i-none") == "not_in_slate"
    assert shop.outcome("someone-1f", slate.items[0]) == "unknown_slate"
    shop.forget("v")
    assert shop.outcome(slate.id, slate.items[0]) == "not_in_slate"
    with pytest.raises(aisle.ConfigError, match="click"):
        shop.outcome(slate.id, slate.items[0], "clik")


def test_what_was_learned_is_saved_and_restored(tmp_path: Path) -> None:
    path = tmp_path / "learned.json"
    shop = exploring(slots=[1], pool=10)
    for _ in range(50):
        slate = shop.recommend("v", 5, time=NOW)
        shop.outcome(slate.id, slate.items[0])
    shop.save_learned(path)
    twin = exploring(slots=[1], pool=10)
    twin.restore_learned(path)
    assert twin.count_arms() == shop.count_arms()
    other = exploring(slots=[1], policy="ucb")
    with pytest.raises(aisle.ConfigError, match="other options"):
        other.restore_learned(path)
    with pytest.raises(aisle.ConfigError, match="explores now"):
        engine().restore_learned(path)
    path.write_text(path.read_text().replace('"version": 1', '"version": 2'))
    with pytest.raises(aisle.BundleError, match=r"learned\.json"):
        twin.restore_learned(path)
    path.write_text("[]")
    with pytest.raises(aisle.BundleError, match=r"learned\.json"):
        twin.restore_learned(path)


def test_arms_outlive_swaps() -> None:
    shop = exploring(slots=[1], pool=10)
    slate = shop.recommend("v", 5, time=NOW)
    shop.outcome(slate.id, slate.items[0])
    before = shop.count_arms()
    shop.swap(bundle(seed=3))
    shop.swap(strategy=aisle.Strategy(explore=Explore(slots=[2], pool=10), seed=9))
    assert shop.count_arms() == before
    assert shop.outcome(slate.id, slate.items[0], "purchase") == "learned"
    shop.swap(strategy=aisle.Strategy(explore=Explore(policy="ucb")))
    assert shop.count_arms()["default"] == (0, 0)


def test_limits_and_filters_hold_for_what_is_explored() -> None:
    strategy = aisle.Strategy(
        explore=Explore(slots=6, pool=60), at_most={"category": 2}, filter="price > 10"
    )
    shop = engine(strategy=strategy)
    for n in range(50):
        items = shop.recommend(f"v{n}", 8, time=NOW).items
        groups = Counter(int(str(item)[1:]) // 10 for item in items)
        assert max(groups.values()) <= 2
        assert all(int(str(item)[1:]) >= 10 for item in items)
        assert len(set(items)) == len(items)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"policy": "thompsn"}, "policy"),
        ({"policy": "ucb", "epsilon": 0.1}, "epsilon does not belong to the policy ucb"),
        ({"over": "strategies"}, "go together"),
        ({"over": "sources", "pool": 9}, "belongs to over: items"),
        ({"rewards": {"click": 5}}, "within 0 and 1"),
        ({"rewards": {"clik": 1}}, "clik"),
        ({"rewards": {"click": 0}}, "not 0"),
        ({"slots": 0}, "slots"),
        ({"item_age": "3w"}, "no span of time"),
    ],
)
def test_what_does_not_hold_is_refused(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(aisle.ConfigError, match=problem):
        Explore(**options)


def test_names_are_checked_when_the_strategy_goes_live() -> None:
    context = ["price"]
    with pytest.raises(aisle.ConfigError, match="asks for the item"):
        exploring(policy="lin_ts", context=context)
    with pytest.raises(aisle.ExpressionError, match=r"explore\.context\[0\]"):
        exploring(policy="lin_ts", context=["contxt.store"])
    with pytest.raises(aisle.ConfigError, match="unknown placement 'b'"):
        aisle.Strategies(placements={"a": {"explore": {"over": "strategies", "among": ["b"]}}})  # type: ignore[arg-type]
