"""Buy again: the formulas one pair at a time, point in time, and what the table says."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aisle

M = aisle.models
START = np.datetime64("2024-01-01")
NOW = START + np.timedelta64(200, "D")
buys = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 200)), min_size=1, max_size=40
)
Row = tuple[int, int, int]


def log_of(rows: list[Row]) -> aisle.Events:
    """Of (visitor, item, day)."""
    return aisle.Events.from_columns(
        visitor=[v for v, _, _ in rows],
        item=[i for _, i, _ in rows],
        time=[START + np.timedelta64(d, "D") for _, _, d in rows],
        type="purchase",
    )


def drawn(own: list[float], everyone: list[float], prior: float) -> tuple[float, float]:
    """Mean and variance of an item's values with `prior` values of everyone's."""
    mean = (sum(own) + prior * np.mean(everyone)) / (len(own) + prior)
    spread = sum((x - mean) ** 2 for x in own) + prior * np.var(everyone)
    return float(mean), float(spread / (len(own) + prior))


def reference(rows: list[Row], visitor: int, item: int, model: str, window: float) -> float:
    """Chance that a visitor buys an item in the window after day 200."""
    prior = 5.0
    days = {(v, i): sorted({d for u, j, d in rows if (u, j) == (v, i)}) for v, i, _ in rows}
    buyers = [d for (_, i), d in days.items() if i == item]
    everyone = list(days.values())
    overall = np.mean([len(d) > 1 for d in everyone])
    repeat = (sum(len(d) > 1 for d in buyers) + prior * overall) / (len(buyers) + prior)
    if model == "rcp":
        return float(repeat)
    all_gaps = [float(g) for d in everyone for g in np.log(np.diff(d))]
    own_gaps = [float(g) for d in buyers for g in np.log(np.diff(d))]
    mu, var = drawn(own_gaps, all_gaps, prior) if all_gaps else (math.log(30), 1.0)
    mine = days[visitor, item]
    since, whole, n = 200 - mine[-1], 200 - mine[0], len(mine)
    if model == "atd":

        def passed(t: float) -> float:
            z = (math.log(max(t, 1e-9)) - mu) / math.sqrt(max(var, 0.01))
            return 0.5 * (1 + math.erf(z / math.sqrt(2)))

        return float(repeat * (passed(since + window) - passed(since)))

    def rate(d: list[int]) -> float:
        return (len(d) - 1) / max(200 - d[0], 30.0)

    mean, spread = drawn([rate(d) for d in buyers], [rate(d) for d in everyone], prior)
    mean, spread = max(mean, 1e-6), max(spread, 1e-12)
    shape = min(mean**2 / spread, 100.0)
    time = float(whole)
    usual = (mine[-1] - mine[0] + math.exp(mu)) / n
    if model == "mpg" and since < 2 * usual:
        time = mine[-1] - mine[0] + 2 * abs(usual - since)
    return float(1 - math.exp(-window * (n - 1 + shape) / (time + shape / mean)))


@settings(max_examples=60, deadline=None)
@given(buys, st.sampled_from(["mpg", "pg", "atd", "rcp"]), st.sampled_from([7.0, 30.0]))
def test_probabilities_are_their_definition(rows: list[Row], model: str, window: float) -> None:
    table = M.BuyAgain(model=model, window=window).fit(log_of(rows)).due(at=NOW)
    assert len(table["item"]) == len({(v, i) for v, i, _ in rows})
    for v, i, chance in zip(table["visitor"], table["item"], table["probability"], strict=True):
        want = reference(rows, int(v), int(i), model, window)
        assert chance == pytest.approx(want, rel=1e-6, abs=1e-6)
        assert 0 <= chance <= 1


MILK: list[Row] = [(0, 0, d) for d in (0, 10, 20, 30)] + [(1, 0, 0), (1, 0, 10), (0, 1, 5)]


def test_the_table_says_what_is_due_and_when() -> None:
    model = M.BuyAgain(prior=0).fit(log_of(MILK))
    at = START + np.timedelta64(35, "D")
    table = model.due(0, at=at)
    assert table["item"].tolist() == [0, 1]
    assert table["purchases"].tolist() == [4, 1]
    assert (
        table["last_purchase"].tolist()[0]
        == (START + np.timedelta64(30, "D")).astype("datetime64[us]").tolist()
    )
    assert table["days"][0] == pytest.approx(5, abs=1e-6)
    assert table["due"][0] - table["last_purchase"][0] == np.timedelta64(10, "D")
    late = model.due(1, at=at)
    assert late["days"].tolist() == [pytest.approx(-15, abs=1e-6)]  # the 20th, 15 days ago
    items, scores = model.recommend(0, k=1, at=at)
    assert items.tolist() == [0]
    assert scores.tolist() == table["probability"][:1].tolist()
    everybody = model.due(at=at)
    assert everybody["visitor"].tolist() == [0, 0, 1]


@settings(max_examples=30, deadline=None)
@given(buys, st.integers(0, 200), st.sampled_from(["mpg", "pg", "atd", "rcp"]))
def test_nothing_after_the_asked_time_is_looked_at(rows: list[Row], day: int, kind: str) -> None:
    at = START + np.timedelta64(day, "D")
    rows = [(9, 9, 0), *rows]  # the first day has a purchase
    whole = M.BuyAgain(model=kind).fit(log_of(rows)).due(at=at)
    past = M.BuyAgain(model=kind).fit(log_of([row for row in rows if row[2] <= day])).due(at=at)

    def by_pair(table: dict[str, Any]) -> dict[Any, float]:
        pairs = zip(table["visitor"].tolist(), table["item"].tolist(), strict=True)
        return dict(zip(pairs, table["probability"].tolist(), strict=True))

    assert by_pair(whole) == pytest.approx(by_pair(past))


def test_mpg_is_lowest_right_after_a_purchase_and_pg_is_not() -> None:
    rows = [(v, 0, d) for v in range(5) for d in range(0, 101, 20)]
    rows += [(v, 0, 0) for v in range(5, 25)]  # who never came back: a prior that says little

    def chance(kind: str, day: int) -> float:
        model = M.BuyAgain(model=kind, window=3).fit(log_of(rows))
        return float(model.due(0, at=START + np.timedelta64(day, "D"))["probability"][0])

    assert chance("mpg", 101) < chance("mpg", 110) < chance("mpg", 120)
    assert chance("mpg", 120) > chance("mpg", 135)
    assert chance("pg", 101) > chance("pg", 120)


def test_what_nobody_buys_twice_is_never_due() -> None:
    rows = [(v, 0, d) for v in range(4) for d in (0, 30)] + [(v, 1, 0) for v in range(4)]
    every = M.BuyAgain(prior=0).fit(log_of(rows)).due(0, at=NOW)["item"].tolist()
    some = M.BuyAgain(prior=0, min_repeat_rate=0.5).fit(log_of(rows)).due(0, at=NOW)["item"]
    assert (sorted(every), some.tolist()) == ([0, 1], [0])


def test_a_basket_counts_an_item_once() -> None:
    log = aisle.Events.from_columns(
        visitor="v", item="x", type="purchase", session=[1, 1, 2],
        time=["2024-01-01", "2024-01-01", "2024-02-01"],
    )  # fmt: skip
    assert M.BuyAgain().fit(log).due("v")["purchases"].tolist() == [2]


def test_unknown_visitors_and_early_times_have_nothing_due() -> None:
    model = M.BuyAgain().fit(log_of(MILK))
    assert len(model.due("nobody")["item"]) == 0
    assert len(model.due(0, at="2023-01-01")["item"]) == 0
    assert model.recommend("nobody", k=3)[0].tolist() == []


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"model": "mpgg"}, "did you mean 'mpg'"),
        ({"window": 0}, "window must be a number of days above 0, got 0"),
        ({"min_repeat_rate": 2}, "min_repeat_rate must be a share of at most 1, got 2"),
        ({"prior": -1}, "prior"),
    ],
)
def test_a_bad_parameter_is_named(params: dict[str, Any], named: str) -> None:
    with pytest.raises(aisle.ConfigError, match=named):
        M.BuyAgain(**params).fit(log_of(MILK))


def test_asks_to_be_fitted_and_has_the_manners_of_the_others() -> None:
    model = M.BuyAgain(window=7)
    with pytest.raises(aisle.ConfigError, match="not fitted"):
        model.due("v")
    assert model.set_params(window=9).get_params()["window"] == 9
    with pytest.raises(aisle.ConfigError, match="BuyAgain"):
        model.set_params(windw=9)
    assert repr(model).startswith("BuyAgain(model='pg', window=9")
    with pytest.raises(aisle.DataError, match="no purchases"):
        model.fit(
            aisle.Events.from_columns(
                visitor="v", item=["a"], type="impression", time=["2024-01-01"]
            )
        )
