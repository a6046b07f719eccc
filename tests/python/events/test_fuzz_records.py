"""Records of any shape: whatever the JSON, the reader gives events or an error of its own."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import aisle
from aisle.events import read_batches, read_events

ITEMS = [{"item_id": "a", "price": 1, "quantity": 2, "index": 1}]
SHOP = "com_snowplowanalytics_snowplow_ecommerce"
SAMPLES: dict[str, dict[str, Any]] = {
    "ga4": {
        "event_timestamp": 1772445600000000, "event_name": "purchase", "user_pseudo_id": "v",
        "items": ITEMS, "ecommerce": {"transaction_id": "t", "purchase_revenue": 2},
        "event_params": [{"key": "ga_session_id", "value": {"int_value": 7}}],
    },
    "google-retail": {
        "eventType": "search", "visitorId": "v", "eventTime": "2026-03-02T10:00:00Z",
        "productDetails": [{"product": {"id": "p"}, "quantity": 1}], "offset": 10,
        "purchaseTransaction": {"id": "o", "revenue": 1}, "userInfo": {"userId": "u"},
    },
    "personalize": {
        "USER_ID": "u", "ITEM_ID": "i", "TIMESTAMP": 1772445600, "EVENT_TYPE": "View",
        "EVENT_VALUE": 1.5, "IMPRESSION": "i|j",
    },
    "recombee": {
        "method": "POST", "path": "/purchases/",
        "params": {"userId": "u", "itemId": "i", "timestamp": 1772445600, "amount": 2, "price": 3},
    },
    "algolia-insights": {
        "eventType": "conversion", "eventSubtype": "purchase", "userToken": "u",
        "timestamp": 1772445600000, "objectIDs": ["a", "b"], "positions": [1, 2],
        "objectData": [{"price": 1, "quantity": 2}, {"price": 1}],
    },
    "metarank": {
        "event": "ranking", "id": "r", "timestamp": "1772445600000", "user": "u", "session": "s",
        "items": [{"id": "a"}, {"id": "b"}], "fields": [{"name": "query", "value": "q"}],
    },
    "gorse": {
        "FeedbackType": "read", "UserId": "u", "ItemId": "i", "Timestamp": "2026-03-02T10:00:00Z",
        "Value": 1,
    },
    "snowplow": {
        "collector_tstamp": "2026-03-02T10:00:00Z", "domain_userid": "v", "event": "unstruct",
        "event_name": "snowplow_ecommerce_action", "event_id": "e", "se_action": "cart",
        f"contexts_{SHOP}_product_1": [{"id": "a", "price": 1, "position": 1}],
        f"unstruct_event_{SHOP}_snowplow_ecommerce_action_1": {"type": "list_view", "name": "n"},
        "contexts": {"data": [{"schema": "iglu:x/y", "data": {}}]},
    },
}  # fmt: skip

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from(
        ["", "0", "1e400", "[", "{}", "null", "view", "purchase", "a|b||c", "\u0000"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "price", "data", "key", "value", "type"]), inner)
    ),
    max_leaves=6,
)


@st.composite
def changed(draw: st.DrawFn, value: Any) -> Any:
    """The value with some of its parts replaced, at any depth."""
    if draw(st.integers(0, 5)) == 0:
        return draw(ANYTHING)
    if isinstance(value, dict):
        return {key: draw(changed(inner)) for key, inner in value.items()}
    if isinstance(value, list):
        return [draw(changed(inner)) for inner in value * draw(st.integers(0, 2))]
    return value


def check(source: Any, kind: str, folder: Path) -> None:
    for on_error in ("raise", "skip"):
        bad = folder / "bad.jsonl" if on_error == "skip" else None
        try:
            events = read_events(source, format=kind, on_error=on_error, quarantine=bad)  # type: ignore[arg-type]
        except aisle.AisleError:
            continue
        report = events.report
        left_out = report.rows_skipped + sum(report.unmapped_events.values())
        assert len(events) + left_out == report.rows
        assert events.item.max(initial=0) < max(len(events.items), 1) or (events.type == 5).any()
        if bad is not None:
            assert len(bad.read_text().splitlines()) == report.rows_skipped
            # Mixed units are found among the rows of one batch: what the whole log leaves out for
            # that alone may stand in a batch of its own.
            mixed = sum(one.rows for one in report.skipped if "mixed units" in one.reason)
            batches = read_batches(source, format=kind, on_error="skip", rows=2)
            assert 0 <= sum(map(len, batches)) - len(events) <= mixed


@pytest.mark.parametrize("kind", SAMPLES)
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_records_of_any_shape_give_events_or_an_error_of_aisle(
    kind: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    record = st.just(SAMPLES[kind]).flatmap(changed) | ANYTHING
    records = [SAMPLES[kind], *data.draw(st.lists(record, max_size=4))]
    folder = tmp_path_factory.mktemp("fuzz")
    path = folder / "log.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in records))
    check(path, kind, folder)
    rows = [one for one in records if isinstance(one, dict)]
    table = {name: [row.get(name) for row in rows] for name in SAMPLES[kind]}
    check(table, kind, folder)


def test_the_samples_are_read_whole(tmp_path: Path) -> None:
    for kind, sample in SAMPLES.items():
        path = tmp_path / f"{kind}.jsonl"
        path.write_text(json.dumps(sample) + "\n")
        assert len(read_events(path, format=kind)) >= 1
