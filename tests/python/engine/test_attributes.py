"""`recommend(attributes=[…])`: what of the catalogue comes along with a slate."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import aisle

sys.path.insert(0, str(Path(__file__).parent))
from shops import NOW, engine, log  # type: ignore[import-not-found]

SINCE = np.datetime64("2026-03-01T12:30:00", "us")
NAMES = ["title", "price", "sale", "category", "since", "tags"]


@pytest.fixture(scope="module")
def shop() -> aisle.Engine:
    count = 60
    numbers = range(count)
    made = aisle.Engine(
        aisle.fit(
            log(),
            items=aisle.read_items(
                {
                    "id": [f"i{n}" for n in numbers],
                    "title": [None if n % 4 == 0 else f"Thing {n}" for n in numbers],
                    "price": [None if n % 5 == 0 else n + 0.5 for n in numbers],
                    "sale": [None if n % 3 == 0 else n % 2 == 0 for n in numbers],
                    "category": [None if n % 7 == 0 else f"c{n // 10}" for n in numbers],
                    "since": np.array(
                        ["NaT" if n % 6 == 0 else SINCE + np.timedelta64(n, "h") for n in numbers],
                        dtype="M8[us]",
                    ),
                    "tags": [None if n % 8 == 0 else [f"t{n % 3}", "all"] for n in numbers],
                }
            ),
        )
    )
    made.observe("v", "i3", time=NOW)
    made.observe("v", "a new one", time=NOW + 1)
    return made


def wanted(item: str) -> dict[str, Any]:
    if item == "a new one":
        return dict.fromkeys(NAMES)
    n = int(item[1:])
    return {
        "title": None if n % 4 == 0 else f"Thing {n}",
        "price": None if n % 5 == 0 else n + 0.5,
        "sale": None if n % 3 == 0 else n % 2 == 0,
        "category": None if n % 7 == 0 else f"c{n // 10}",
        "since": None if n % 6 == 0 else SINCE + np.timedelta64(n, "h"),
        "tags": None if n % 8 == 0 else {f"t{n % 3}", "all"},
    }


def test_each_kind_comes_as_itself(shop: aisle.Engine) -> None:
    slate = shop.recommend("v", k=61, time=NOW + 1, attributes=NAMES)
    assert len(slate) == 61
    assert "a new one" in slate.items
    for one in slate:
        found = dict(one.attributes)
        assert list(found) == NAMES
        if found["tags"] is not None:
            assert isinstance(found["tags"], list)
            found["tags"] = set(found["tags"])
        assert found == wanted(str(one.item))
        kinds = {name: type(value) for name, value in one.attributes.items() if value is not None}
        every = dict(zip(NAMES, (str, float, bool, str, np.datetime64, list), strict=True))
        assert kinds == {name: every[name] for name in kinds}


def test_plain_values_and_tables(shop: aisle.Engine) -> None:
    slate = shop.recommend("v", k=20, time=NOW + 1, attributes=["since", "price"])
    plain = json.loads(json.dumps(slate.to_dict()))["items"]
    for one, told in zip(slate, plain, strict=True):
        assert told["attributes"]["price"] == one.attributes["price"]
        since = one.attributes["since"]
        assert told["attributes"]["since"] == (None if since is None else f"{since}Z")
    table = slate.to_pandas()
    assert isinstance(table, pd.DataFrame)
    assert list(table) == ["place", "item", "score", "since", "price"]
    assert table["item"].tolist() == slate.items
    assert table["price"].dtype == np.float64
    bare = shop.recommend("v", k=3, time=NOW + 1)
    assert bare[0].attributes == {}
    assert "attributes" not in bare[0].to_dict()
    assert list(bare.to_pandas()) == ["place", "item", "score"]
    empty = shop.recommend("v", k=3, time=NOW + 1, where="price < 0", attributes=["price"])
    assert (len(empty), len(empty.to_pandas())) == (0, 0)


def test_a_slate_keeps_what_it_was_told() -> None:
    shop = engine()
    slate = shop.recommend(session=["i3"], k=5, attributes=["price"])
    before = [one.attributes for one in slate]
    shop.update_items({"id": [str(item) for item in slate.items], "price": [999.0] * 5})
    assert [one.attributes for one in slate] == before
    again = shop.recommend(session=["i3"], k=5, attributes=["price"])
    assert {one.attributes["price"] for one in again} == {999.0}
    slate[0].attributes["price"] = 1.0
    assert slate[0].attributes == before[0]


@pytest.mark.parametrize(
    ("attributes", "problem"),
    [
        (["prise"], "unknown attribute 'prise' of the catalogue; did you mean 'price'"),
        (["title", "nothing like it"], "unknown attribute 'nothing like it'"),
        ("title", 'attributes must be a list of names, like ["title"]'),
        (5, "attributes must be a list of names"),
        ([5], "attributes must be names, got 5"),
        (["title", "title"], "attributes name 'title' twice"),
    ],
)
def test_what_there_is_not_is_an_error(shop: aisle.Engine, attributes: Any, problem: str) -> None:
    with pytest.raises(aisle.ConfigError) as caught:
        shop.recommend("v", attributes=attributes)
    assert problem in str(caught.value)
