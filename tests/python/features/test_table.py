"""The exported table against features by their definition, and against the future."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import aisle
from aisle.features import Count, FeatureSet, Rate, table

sys.path.insert(0, str(Path(__file__).parent))
import feature_shop as shops  # type: ignore[import-not-found]
from feature_reference import row  # type: ignore[import-not-found]
from feature_shop import EVERY, MINUTE, SHOP, START, Seen


def close(got: object, wanted: object) -> None:
    np.testing.assert_allclose(got, wanted, rtol=2e-5, atol=1e-6)


@given(shops.logs, shops.questions, st.booleans())
def test_the_table_is_what_the_definition_says(log, questions, has_sessions):
    if has_sessions:
        log = shops.with_sessions(log)
    got = table(shops.events(log), shops.items(), EVERY, rows=shops.asked(questions))
    close(got.matrix, [row(EVERY, log, *question, SHOP) for question in questions])


@given(shops.logs, shops.logs, shops.questions)
def test_no_value_knows_the_future(log, later, questions):
    end = max(time for _, _, time in questions)
    future = [Seen(e.visitor, e.item, e.type, e.time - START + end) for e in later]
    asked = shops.asked(questions)
    before = table(shops.events(log), shops.items(), EVERY, rows=asked)
    past = [e for e in log if e.time < end]
    after = table(shops.events([*past, *future]), shops.items(), EVERY, rows=asked)
    np.testing.assert_array_equal(before.matrix, after.matrix)


@given(shops.logs, shops.questions, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(log, questions, random):
    # Times apart from each other: at one instant the order of rows is the order of events.
    log = [Seen(e.visitor, e.item, e.type, e.time + n) for n, e in enumerate(log)]
    asked = shops.asked(questions)
    in_order = table(shops.events(log), shops.items(), EVERY, rows=asked)
    shuffled = list(log)
    random.shuffle(shuffled)
    again = table(shops.events(shuffled), shops.items(), EVERY, rows=asked)
    np.testing.assert_array_equal(in_order.matrix, again.matrix)


VIEWS = FeatureSet([Count("view", window="1d")])


def log(**columns: object) -> aisle.Events:
    base = {
        "visitor": ["u", "v", "u"],
        "item": ["a", "a", "b"],
        "time": START + MINUTE * np.arange(3),
    }
    return aisle.Events.from_columns(**{**base, **columns})


def test_without_rows_each_event_is_asked_for_before_it_happens():
    got = table(log(), features=VIEWS)
    assert got["views_item_1d"].tolist() == [0.0, 1.0, 0.0]
    assert got.visitor.tolist() == ["u", "v", "u"]
    assert repr(got) == "FeatureTable(3 rows, 1 features)"


def test_events_of_the_same_instant_are_not_counted():
    got = table(log(time=[START] * 3), features=VIEWS)
    assert got.matrix.tolist() == [[0.0], [0.0], [0.0]]


def test_what_repeats_counts_once_and_what_has_no_consent_not_at_all():
    asked = shops.asked([("u", "a", START + 60 * MINUTE)])
    twice = log(visitor=["u"] * 3, item=["a"] * 3, time=[START] * 3)
    assert table(twice, features=VIEWS, rows=asked).matrix.item() == 1.0
    by_id = log(item=["a"] * 3, event_id=["e", "e", "f"])
    assert table(by_id, features=VIEWS, rows=asked).matrix.item() == 2.0
    agreed = log(item=["a"] * 3, consent=[True, False, True])
    assert table(agreed, features=VIEWS, rows=asked).matrix.item() == 2.0


def test_the_table_goes_to_pandas_and_arrow():
    import pyarrow

    got = table(log(), features=VIEWS)
    frame = got.to_pandas()
    assert list(frame.columns) == ["visitor", "item", "time", "views_item_1d"]
    arrow = pyarrow.table(got)
    assert arrow.column("views_item_1d").to_pylist() == [0.0, 1.0, 0.0]
    assert "known" in got._repr_html_()


def test_rows_may_be_a_frame():
    import pandas

    asked = pandas.DataFrame(shops.asked([("u", "a", START + MINUTE)]))
    assert table(log(), features=VIEWS, rows=asked).matrix.item() == 1.0


def test_what_does_not_hold_is_named():
    brand = FeatureSet([Count("view", of="brand", window="1d")])
    with pytest.raises(aisle.ConfigError, match="unknown column 'brand'"):
        table(log(), features=brand)
    by_price = FeatureSet([Rate("click", of="price", window="1d")])
    with pytest.raises(aisle.ConfigError, match="column 'price' is number"):
        table(log(), shops.items(), by_price)
    with pytest.raises(aisle.DataError, match="'time' is missing"):
        table(log(), features=VIEWS, rows={"visitor": ["u"], "item": ["a"]})
    with pytest.raises(KeyError, match="did you mean 'views_item_1d'"):
        table(log(), features=VIEWS)["views_item_7d"]
