"""What a newcomer tries in the first hour: wrong arguments, slices, a look at the objects."""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import aisle

sys.path.insert(0, str(Path(__file__).parent))
from shops import NOW, bundle, engine, log  # type: ignore[import-not-found]

SECONDS = NOW // 1_000_000


def test_a_closed_engine_refuses_work() -> None:
    with engine() as shop:
        shop.observe("v", "i1")
    calls = [
        lambda: shop.observe("v", "i1"),
        lambda: shop.recommend("v"),
        lambda: shop.recommend_many(["v"]),
        lambda: shop.observe_many(log()),
        lambda: shop.forget("v"),
        lambda: shop.update_items({"item": ["i1"], "stock": [1]}),
        lambda: shop.swap(bundle()),
        lambda: aisle.evaluate.replay(shop, log()),
    ]
    for call in calls:
        with pytest.raises(aisle.ConfigError, match="closed"):
            call()
    assert "60 items" in repr(shop)
    assert shop.stats()["accepted"] == 1


@pytest.mark.parametrize("table", [pd.DataFrame({"item": [1]}), None, [("v", "i1")]])
def test_a_table_is_no_log_yet(table: Any) -> None:
    for call in (aisle.fit, aisle.models.SKNN().fit, engine().observe_many):
        with pytest.raises(aisle.DataError, match="read_events"):
            call(table)


def test_a_path_is_no_bundle_yet() -> None:
    with pytest.raises(aisle.ConfigError, match=r"aisle\.load\(path\)"):
        engine().swap("shop.aisle")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"price": 3}, ["unknown argument 'price' of observe", "value", "event_id"]),
        ({"kind": "view"}, ["unknown argument 'kind'"]),
        ({"visitor": "w"}, ["visitor twice"]),
        ({"type": 3}, ["type must be a str, got 3"]),
        ({"consent": "no"}, ["consent must be a bool, got 'no'"]),
        ({"value": "cheap"}, ["value", "'cheap'", "leave it out"]),
        ({"value": float("nan")}, ["value", "nan"]),
        ({"value": -float("inf")}, ["value", "-inf"]),
        ({"time": pd.NaT}, ["NaT is not a time"]),
        ({"time": SECONDS}, [str(SECONDS), "1970-01", "2023-11-15", "1_000_000"]),
        ({"time": np.int64(SECONDS * 1000)}, ["1970-01", "2023-11-15", "1_000"]),
        ({"time": 7}, ["7", "microseconds since 1970"]),
    ],
)
def test_a_wrong_argument_of_observe_is_named(options: dict[str, Any], words: list[str]) -> None:
    shop = engine()
    with pytest.raises(aisle.AisleError) as caught:
        shop.observe("v", "i1", **options)
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert shop.stats()["visitors"] == 0


def test_too_few_and_too_many_arguments_are_counted() -> None:
    shop = engine()
    with pytest.raises(aisle.ConfigError, match="a visitor and an item"):
        shop.observe("v")
    with pytest.raises(aisle.ConfigError, match="at most 8"):
        shop.observe("v", "i1", "view", None, None, None, None, True, 9)


@pytest.mark.parametrize("value", [None, 5, 2.5, np.float32(1.5), np.int64(3)])
def test_a_value_is_any_finite_number(value: Any) -> None:
    assert engine().observe("v", "i1", value=value) == "accepted"


def test_recommend_takes_no_seconds_for_microseconds() -> None:
    with pytest.raises(aisle.DataError, match="2023-11-15"):
        engine().recommend("v", time=SECONDS)


def test_what_comes_from_the_core_can_be_looked_up() -> None:
    names = list(inspect.signature(aisle.Engine.observe).parameters)
    assert names == [
        *("self", "visitor", "item", "type", "time", "value", "event_id", "session", "consent")
    ]
    assert "duplicate" in (inspect.getdoc(aisle.Engine.observe) or "")
    assert list(inspect.signature(engine().forget).parameters) == ["visitor"]
    assert "Erase" in (inspect.getdoc(aisle.Engine.forget) or "")


def test_completion_shows_what_is_for_everyone() -> None:
    shown = set(dir(engine()))
    assert {"observe", "recommend", "forget", "stats", "swap", "catalog", "bundle"} <= shown
    assert not {"answer", "observe_columns", "collect_training", "forget_filters"} & shown


def test_a_slate_is_cut_like_a_list_and_told_as_json() -> None:
    slate = engine().recommend("v", k=5)
    assert [one.item for one in slate[:3]] == slate.items[:3]
    assert [one.place for one in slate[::-2]] == [5, 3, 1]
    assert slate[7:] == []
    told = json.loads(json.dumps(slate.to_dict()))
    assert told["id"] == slate.id
    assert [one["item"] for one in told["items"]] == slate.items
    assert all(one["reasons"] for one in told["items"])
    assert told["trace"]["candidates"] >= 0


def test_objects_show_themselves_in_a_notebook() -> None:
    shop = engine()
    for shown in (shop, shop.recommend("v")[0], shop.bundle, log(), log().report):
        assert shown._repr_html_().startswith("<table>")


def test_an_unknown_name_is_a_sentence_without_quotes() -> None:
    with pytest.raises(aisle.UnknownNameError) as caught:
        aisle.read_events("clicks.csv", format="serenad")
    assert str(caught.value).startswith("there is no format")
    assert isinstance(caught.value, KeyError)


def test_filters_say_what_they_lack() -> None:
    bare = aisle.Engine(aisle.fit(log(), scorer="fixed"))
    with pytest.raises(aisle.ConfigError, match=r"no attributes: give them to fit"):
        bare.recommend("v", where={"price": 5})
    with pytest.raises(aisle.ConfigError, match="lower bound comes first"):
        engine().recommend("v", where={"price": (40, 5)})
    assert len(engine().recommend("v", k=3, where={"price": (5, 40)})) == 3


@pytest.mark.parametrize("bad", [b"i1", 1.5, [1]])
def test_an_id_of_another_type_is_bad_data_everywhere(bad: Any) -> None:
    shop = engine()
    for call in (
        lambda: shop.forget(bad),
        lambda: shop.recommend(bad),
        lambda: shop.recommend(session=[bad]),
        lambda: shop.recommend("v", item=bad),
        lambda: shop.observe("v", "i1", session=bad),
        lambda: shop.observe("v", "i1", event_id=bad),
    ):
        with pytest.raises(aisle.DataError, match="str or an int"):
            call()
