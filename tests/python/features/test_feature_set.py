"""Names, JSON and messages of a feature set."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import aisle
from aisle.features import (
    Affinity,
    Context,
    Count,
    Decayed,
    FeatureSet,
    PriceAffinity,
    ProfileOptions,
    Rate,
    Recency,
    SessionCount,
    Sessions,
    spans,
)

sys.path.insert(0, str(Path(__file__).parent))
import feature_shop as shops  # type: ignore[import-not-found]


@pytest.mark.parametrize(
    ("feature", "name"),
    [
        (Count("view", of="item", window="7d"), "views_item_7d"),
        (Count(("cart", "purchase"), of="visitor", window=timedelta(hours=1)),
         "carts_or_buys_visitor_1h"),
        (Count(None, window=90), "events_item_90s"),
        (Decayed("purchase", of="category", half_life="2w"), "buys_category_decayed_14d"),
        (Rate("click", per="impression", of="brand", window="28d"), "ctr_brand_28d"),
        (Rate("purchase", per="view", half_life="7d"), "buys_per_view_item_decayed_7d"),
        (Affinity("brand"), "affinity_brand_28d"),
        (PriceAffinity(half_life="12h"), "price_affinity_12h"),
        (Recency("search", of="visitor"), "since_search_visitor"),
        (SessionCount("view"), "views_session"),
        (Sessions(), "sessions_visitor"),
        (Context("weekday", utc_offset=-3.5), "weekday_utc-3.5"),
        (Context("hour", name="clock"), "clock"),
    ],
)  # fmt: skip
def test_names_are_made_of_what_a_feature_is(feature, name):
    assert feature.name == name


def test_a_set_goes_to_json_and_back():
    again = FeatureSet.from_json(shops.EVERY.to_json())
    assert again == shops.EVERY
    assert again.names == shops.EVERY.names
    assert hash(again) == hash(shops.EVERY)
    assert FeatureSet.from_dict(shops.EVERY.to_dict()) != FeatureSet([Sessions()])


def test_the_default_looks_at_the_columns_there_are():
    plain = FeatureSet.default()
    assert "affinity_brand_28d" not in plain.names
    assert plain.profile is None
    rich = FeatureSet.default(shops.items())
    assert {"affinity_brand_28d", "price_affinity_28d"} <= set(rich.names)
    assert rich.profile == ProfileOptions(["brand"])
    assert len(set(rich.names)) == len(rich) == len(list(rich))
    assert repr(rich).startswith("FeatureSet(2")
    assert "views_item_7d" in rich._repr_html_()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Count("vue"), "types: unknown event type 'vue'; did you mean 'view'"),
        (lambda: Count([]), "types must name an event type"),
        (lambda: Count("view", window="7 days"), 'window must be a span like "7d"'),
        (lambda: Count("view", of="visitor_item"), "of must be item, visitor or the name of"),
        (lambda: Rate(), "one of them; got neither"),
        (lambda: Rate(window="7d", half_life="7d"), "one of them; got both"),
        (lambda: Rate(window="7d", prior_mean="x"), "prior_mean must be a number, got 'x'"),
        (lambda: Affinity(""), "column must be the name of a column, got ''"),
        (lambda: Context("minute"), "unknown part of the context 'minute'"),
        (lambda: Context("hour", utc_offset=30), "utc_offset must be hours within 18 of UTC"),
        (lambda: ProfileOptions("brand"), "columns must be a list of names, got 'brand'"),
        (lambda: FeatureSet([]), "features must be at least one, got none"),
        (lambda: FeatureSet(["views"]), "a feature is a Count, Rate, …; got 'views'"),
        (lambda: FeatureSet([Count("view"), Count("view")]), 'feature "views_item_7d": name must'),
        (lambda: FeatureSet([Count("view", window="5s")]), "window must be between a minute"),
        (lambda: FeatureSet([Rate(window="7d", prior_weight=-1.0)]), "prior_weight must be within"),
        (lambda: FeatureSet([PriceAffinity(spread=0.0)]), "spread must be within"),
        (lambda: FeatureSet([Sessions()], max_items=0), "max_items must be between 1 and 4096"),
        (lambda: FeatureSet([Sessions()], max_items=1.5), "max_items must be a whole number"),
        (lambda: FeatureSet([Sessions()], memory_limit=5), "memory_limit must be at least a MiB"),
        (lambda: FeatureSet.from_json("{"), "a feature set is JSON"),
        (lambda: FeatureSet.from_json("[]"), "a feature set is a JSON object"),
        (lambda: FeatureSet.from_dict({"gap": 1}), "unknown field 'gap' of a feature set"),
        (lambda: FeatureSet.from_dict({"features": [{"kind": "cout"}]}), "did you mean 'count'"),
        (lambda: FeatureSet.from_dict({"features": [{"kind": "count", "windw": 1}]}),
         "unknown field 'windw' of feature count; did you mean 'window'"),
    ],
)  # fmt: skip
def test_what_does_not_hold_is_named(make, message):
    with pytest.raises(aisle.ConfigError, match=message):
        make()


@given(st.integers(1, 4 * 10**15 - 1))
def test_spans_are_read_back_to_the_microsecond(micros: int) -> None:
    text = spans.shown(micros)
    assert spans.span("window", text) == pytest.approx(micros, abs=1)


def test_every_type_of_event_has_a_name() -> None:
    assert set(spans.PLURALS) == set(spans.TYPE_NAMES)
