"""k-anonymity of pairs: against a count of ten obvious lines, in models, bundles and engines."""

from __future__ import annotations

import csv
from collections import Counter
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aisle

START = 1_700_000_000_000_000
MINUTE = 60_000_000
ITEMS = [f"i{n}" for n in range(8)]
Session = tuple[int, list[str]]  # visitor, items
logs = st.lists(
    st.tuples(st.integers(0, 5), st.lists(st.sampled_from(ITEMS), min_size=1, max_size=8)),
    min_size=1,
    max_size=25,
)
quick = settings(max_examples=60, deadline=None)


def events_of(log: list[Session]) -> aisle.Events:
    rows = [(v, f"s{z:03}", item) for z, (v, items) in enumerate(log) for item in items]
    return aisle.Events.from_columns(
        visitor=[v for v, _, _ in rows], session=[z for _, z, _ in rows],
        item=[item for _, _, item in rows],
        time=[START + at * 1_000_000 for at in range(len(rows))],
    )  # fmt: skip


def met(log: list[Session], k: int) -> set[frozenset[str]]:
    """The pairs that k visitors met in a session of theirs."""
    visitors: dict[frozenset[str], set[int]] = {}
    for visitor, items in log:
        for a, b in combinations(set(items), 2):
            visitors.setdefault(frozenset((a, b)), set()).add(visitor)
    return {pair for pair, who in visitors.items() if len(who) >= k}


def cut(log: list[Session], k: int) -> list[list[str]]:
    """Sessions, cut before an item that k visitors never met with one before it."""
    pairs, parts = met(log, k), []
    for _, items in log:
        parts.append([items[0]])
        for item in items[1:]:
            if all(other == item or frozenset((other, item)) in pairs for other in parts[-1]):
                parts[-1].append(item)
            else:
                parts.append([item])
    return parts


def pairs_of(model: aisle.models.CoVisitation, items: list[Any]) -> set[frozenset[Any]]:
    return {
        frozenset((item, other))
        for item in items
        for other in model.recommend([item], k=1000)[0].tolist()
    }


def pairs_in(bundle: aisle.Bundle) -> set[frozenset[str]]:
    names = bundle._catalog().items.names()
    offsets, others = bundle.array("pairs.view.offsets"), bundle.array("pairs.view.items")
    rows = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets.astype(np.int64)))
    return {frozenset((names[a], names[b])) for a, b in zip(rows, others, strict=True)}


def sessions_in(bundle: aisle.Bundle) -> list[list[str]]:
    names = bundle._catalog().items.names()[bundle.array("sessions.items")].tolist()
    offsets = bundle.array("sessions.offsets").tolist()
    return [names[a:b] for a, b in pairwise(offsets)]


@quick
@given(logs, st.integers(1, 4))
def test_a_model_counts_the_pairs_that_k_visitors_made(log: list[Session], k: int) -> None:
    model = aisle.models.CoVisitation(k_anonymity=k).fit(events_of(log))
    known = sorted({item for _, items in log for item in items})
    assert pairs_of(model, known) == met(log, k)


@quick
@given(logs, st.integers(2, 4))
def test_a_bundle_holds_no_pair_below_k(log: list[Session], k: int) -> None:
    bundle = aisle.fit(events_of(log), k_anonymity=k)
    assert pairs_in(bundle) == met(log, k)
    assert sorted(sessions_in(bundle)) == sorted(cut(log, k))
    for items in sessions_in(bundle):
        assert {frozenset(pair) for pair in combinations(set(items), 2)} <= met(log, k)
    assert bundle.manifest["k_anonymity"] == k
    assert bundle.array("pairs.k_anonymity").tolist() == [k]


@pytest.mark.parametrize(("k", "pairs"), [(None, 1200), (1, 1200), (3, 960), (5, 435)])
def test_golden_pairs(golden: Path, k: int | None, pairs: int) -> None:
    with (golden / "events_golden.csv").open() as file:
        rows = {row["event_id"]: row for row in reversed(list(csv.DictReader(file)))}.values()
    log = aisle.Events.from_columns(
        visitor=[row["user"] for row in rows], item=[row["item"] for row in rows],
        time=[int(row["ts"]) for row in rows], time_unit="s",
    )  # fmt: skip
    model = aisle.models.CoVisitation(neighbours=256, k_anonymity=k).fit(log)
    assert len(pairs_of(model, log.items.tolist())) == pairs


def test_carts_and_purchases_are_counted_by_themselves() -> None:
    """Many look at two items; what one visitor bought with another is of nobody else's concern."""
    rows = [
        (v, item, kind)
        for v in range(40)
        for item in ("a", "b", "c")
        for kind in (("view", "purchase") if item != "c" or v == 7 else ("view",))
    ]
    log = aisle.Events.from_columns(
        visitor=[v for v, _, _ in rows], item=[i for _, i, _ in rows],
        type=[t for _, _, t in rows], time=[START + at * 1_000_000 for at in range(len(rows))],
    )  # fmt: skip
    items = aisle.fit(log, k_anonymity=2)._catalog().items.names().tolist()
    assert len(pairs_in(aisle.fit(log, k_anonymity=2))) == 3
    bought = [
        aisle.fit(log, k_anonymity=k).array("pairs.purchase.items").tolist() for k in (None, 2)
    ]
    assert items.index("c") in bought[0]
    assert sorted(bought[1]) == sorted([items.index("a"), items.index("b")])


@quick
@given(logs)
def test_off_is_off(log: list[Session]) -> None:
    events = events_of(log)
    without, one = aisle.fit(events), aisle.fit(events, k_anonymity=1)
    assert without.manifest == one.manifest
    assert "k_anonymity" not in one.manifest
    for name in ("pairs.view.items", "pairs.view.forward", "sessions.items", "sessions.offsets"):
        assert without.array(name).tolist() == one.array(name).tolist()


def shop_log() -> list[Session]:
    """i0 to i3 go together for many; so do i4 to i6; nobody had one of each."""
    rng = np.random.default_rng(3)
    groups = [ITEMS[:4], ITEMS[4:7]]
    return [(v, rng.permutation(groups[v % 2]).tolist()) for v in range(60)]


def sources(engine: aisle.Engine, item: str, session: list[str], time: int) -> set[str]:
    slate = engine.recommend(session=session, k=8, time=time, explain=True)
    (found,) = [one.explanation for one in slate if one.item == item]
    assert found is not None
    return set(found.sources)


@pytest.mark.parametrize("k", [1, 3])
def test_what_one_visitor_does_live_links_no_items(k: int) -> None:
    engine = aisle.Engine(aisle.fit(events_of(shop_log()), k_anonymity=k))
    now = START + 3600_000_000
    for again in range(20):
        for step, item in enumerate(["i0", "i5", "i7", "new"]):
            engine.observe("spy", item, time=now + (again * 60 + step) * MINUTE)
    later = now + 24 * 60 * MINUTE
    for item in ("i5", "i7", "new"):
        linked = sources(engine, item, ["i0"], later) & {"knn", "co_visitation", "rules"}
        assert bool(linked) == (k == 1), (item, linked)
    assert sources(engine, "i1", ["i0"], later) & {"knn", "co_visitation"}


def test_live_events_add_to_pairs_of_the_bundle() -> None:
    recipe = aisle.Strategy(sources={"co_visitation": 20})
    engine = aisle.Engine(aisle.fit(events_of(shop_log()), k_anonymity=3), strategy=recipe)
    now = START + 3600_000_000

    def best() -> Counter[str]:
        slate = engine.recommend(session=["i0"], k=8, time=now + 1, explain=True)
        return Counter(
            {one.item: one.explanation.sources.get("co_visitation", (0, 0.0))[1] for one in slate}
        )

    for other in ("i1", "i2", "i3"):
        for n in range(300):
            engine.observe(f"{other}-{n}", "i0", time=now)
            engine.observe(f"{other}-{n}", other, time=now + 1)
        assert best().most_common(1)[0][0] in ("i1", "i2", "i3")[: int(other[1])]
    assert best()["i3"] > 0.3


def test_the_visitor_of_a_session_is_that_of_its_first_event() -> None:
    """A login within a session makes no second visitor of it."""
    log = aisle.Events.from_columns(
        visitor=["a", "b", "b", "a"], session=["s", "s", "t", "t"], item=["x", "y", "x", "y"],
        time=[START + n for n in (2, 1, 3, 4)],
    )  # fmt: skip
    model = aisle.models.CoVisitation(k_anonymity=2).fit(log)
    assert pairs_of(model, ["x", "y"]) == set()


@pytest.mark.parametrize("wrong", [0, -1, 2.5, True, "5", 10**7])
def test_a_wrong_k_is_told(wrong: Any) -> None:
    events = events_of(shop_log())
    with pytest.raises(aisle.ConfigError, match="k_anonymity must be a whole number of visitors"):
        aisle.fit(events, k_anonymity=wrong)
    with pytest.raises(aisle.ConfigError, match="k_anonymity"):
        aisle.models.CoVisitation(k_anonymity=wrong).fit(events)
