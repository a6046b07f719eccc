"""What services take in and give back, in the shape that each has it."""

import json
from pathlib import Path
from typing import Any

import pytest

import aisle
from aisle.events import Events, read_events


def lines(path: Path, *records: object) -> Path:
    """A file of JSON lines."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def rows(events: Events, *names: str) -> list[tuple[Any, ...]]:
    """The chosen columns, row by row; NaN is None."""
    table = events.to_numpy()
    columns = [
        [None if value != value else value for value in table[name].tolist()] for name in names
    ]
    return list(zip(*columns, strict=True))


GOOGLE = [
    {
        "eventType": "search",
        "visitorId": "v1",
        "eventTime": "2026-03-02T10:00:00.5Z",
        "searchQuery": "red shoes",
        "attributionToken": "tok",
        "sessionId": "s1",
        "productDetails": [{"product": {"id": "p1"}}, {"product": {"id": "p2"}}],
        "userInfo": {"userId": "ann", "userAgent": "Firefox"},
    },
    {
        "eventType": "detail-page-view",
        "visitorId": "v1",
        "eventTime": "2026-03-02T10:00:09Z",
        "attributionToken": "tok",
        "sessionId": "s1",
        "productDetails": [{"product": {"name": "projects/1/locations/global/products/p2"}}],
    },
    {
        "eventType": "purchase-complete",
        "visitorId": "v1",
        "eventTime": "2026-03-02T10:03:00Z",
        "productDetails": [{"product": {"id": "p2"}, "quantity": 2}],
        "purchaseTransaction": {"id": "o-7", "revenue": 39.9, "currencyCode": "EUR"},
    },
    {"eventType": "home-page-view", "visitorId": "v1", "eventTime": "2026-03-02T10:04:00Z"},
    {
        "eventType": "shopping-cart-page-view",
        "visitorId": "v1",
        "eventTime": "2026-03-02T10:04:00Z",
        "productDetails": [{"product": {"id": "p2"}}, {"product": {"id": "p3"}}],
    },
]


def snake(value: Any) -> Any:
    if isinstance(value, list):
        return [snake(element) for element in value]
    if not isinstance(value, dict):
        return value
    return {
        "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key): snake(
            inner
        )
        for key, inner in value.items()
    }


@pytest.mark.parametrize("spelling", [lambda events: events, snake])
def test_google_retail_searches_show_lists(spelling: Any, tmp_path: Path) -> None:
    path = lines(tmp_path / "userEvents.jsonl", *spelling(GOOGLE))
    events = read_events(path, format="google-retail")
    assert rows(events, "type", "item", "position", "query", "list_id", "value") == [
        ("search", None, None, "red shoes", "tok", None),
        ("impression", "p1", 1, "red shoes", "tok", None),
        ("impression", "p2", 2, "red shoes", "tok", None),
        ("view", "p2", None, None, "tok", None),
        ("purchase", "p2", None, None, None, pytest.approx(39.9)),
    ]
    assert rows(events, "session", "user_id", "user_agent", "order_id", "quantity")[0] == (
        "s1", "ann", "Firefox", None, None,
    )  # fmt: skip
    assert rows(events, "order_id", "quantity")[-1] == ("o-7", 2)
    assert events.report.unmapped_events == {"home-page-view": 1, "shopping-cart-page-view": 1}
    assert events.time[0] == 1772445600_500_000


def test_personalize_rows_bring_their_lists(tmp_path: Path) -> None:
    path = tmp_path / "interactions.csv"
    path.write_text(
        "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE,IMPRESSION,RECOMMENDATION_ID\n"
        "u1,73,1772445600,View,,73|70|17,r-1\n"
        "u1,73,1772445660,Purchase,19.5,,\n"
        "u2,17,1772445661,PlayedTrailer,,,\n"
    )
    events = read_events(path, format="personalize")
    assert rows(events, "visitor", "type", "item", "list_id", "event_value") == [
        ("u1", "impression", 73, "r-1", None),
        ("u1", "impression", 70, "r-1", None),
        ("u1", "impression", 17, "r-1", None),
        ("u1", "view", 73, "r-1", None),
        ("u1", "purchase", 73, None, 19.5),
    ]
    assert events.report.unmapped_events == {"PlayedTrailer": 1}
    assert "PlayedTrailer 1" in str(events.report)
    named = read_events(path, format="personalize", types={"played trailer": "click"})
    assert named.report.unmapped_events == {}
    assert named.describe()["types"]["click"] == 1


def test_personalize_without_types_is_all_views() -> None:
    table = {"USER_ID": [1, 1], "ITEM_ID": [5, 6], "TIMESTAMP": [1772445600, 1772445601]}
    events = read_events(table, format="personalize")
    assert rows(events, "visitor", "item", "type") == [(1, 5, "view"), (1, 6, "view")]


RECOMBEE = [
    {
        "method": "POST",
        "path": "/detailviews/",
        "params": {"userId": "u", "itemId": "i", "timestamp": 1772445600.5, "recommId": "r"},
    },
    {
        "method": "POST",
        "path": "/purchases/",
        "params": {
            "userId": "u",
            "itemId": "i",
            "timestamp": "2026-03-02T10:00:01Z",
            "amount": 2,
            "price": 30,
            "cascadeCreate": True,
        },
    },
    {
        "method": "DELETE",
        "path": "/cartadditions/",
        "params": {"userId": "u", "itemId": "i", "timestamp": 1772445602},
    },
    {
        "method": "POST",
        "path": "/ratings/",
        "params": {"userId": "u", "itemId": "j", "timestamp": 1772445603, "rating": -0.5},
    },
    {"method": "PUT", "path": "/items/i", "params": {}},
    {
        "method": "POST",
        "path": "/bookmarks/",
        "params": {"userId": "u", "itemId": "j", "timestamp": 1772445604},
    },
]


def test_recombee_batches_of_requests(tmp_path: Path) -> None:
    batch = tmp_path / "batch.json"
    batch.write_text(json.dumps({"requests": RECOMBEE}, indent=1))
    one_a_line = lines(tmp_path / "requests.jsonl", *RECOMBEE)
    for path in (batch, one_a_line):
        events = read_events(path, format="recombee")
        assert rows(events, "type", "item", "value", "price", "quantity") == [
            ("view", "i", None, None, None),
            ("purchase", "i", 30, 15, 2),
            ("remove_from_cart", "i", None, None, None),
            ("dislike", "j", None, None, None),
            ("like", "j", None, None, None),
        ]
        assert (events.time - events.time[0]).tolist() == [
            0,
            500_000,
            1_500_000,
            2_500_000,
            3_500_000,
        ]
        assert events.report.unmapped_events == {"PUT items": 1}
    long = tmp_path / "long.json"
    long.write_text(json.dumps({"requests": RECOMBEE * 2_000}))
    assert len(read_events(batch, format="recombee", on_error="skip")) == 5
    assert len(read_events(long, format="recombee", on_error="skip")) == 10_000


def test_recombee_listings_are_named_by_their_file(tmp_path: Path) -> None:
    listing = [{"userId": "u", "itemId": "i", "timestamp": 1772445600.0, "amount": 1, "price": 5}]
    for name, kind in (("purchases.json", "purchase"), ("cart_additions.json", "cart")):
        (tmp_path / name).write_text(json.dumps(listing))
        if kind == "cart":
            (tmp_path / name).rename(tmp_path / "cartadditions.json")
            name = "cartadditions.json"
        events = read_events(tmp_path / name, format="recombee")
        assert rows(events, "type", "price") == [(kind, 5)]
    (tmp_path / "all.json").write_text(
        json.dumps([{"userId": "u", "itemId": "i", "timestamp": 1772445600, "rating": 0.75}])
    )
    assert rows(read_events(tmp_path / "all.json", format="recombee"), "type") == [("like",)]
    (tmp_path / "list.json").write_text(json.dumps(listing))
    with pytest.raises(aisle.DataError, match="name of the event is missing"):
        read_events(tmp_path / "list.json", format="recombee")


ALGOLIA = [
    {
        "eventType": "view",
        "eventName": "Products Seen",
        "index": "products",
        "userToken": "anonymous-1",
        "timestamp": 1772445600123,
        "objectIDs": ["a", "b"],
    },
    {
        "eventType": "click",
        "eventName": "Product Clicked",
        "index": "products",
        "userToken": "anonymous-1",
        "authenticatedUserToken": "ann",
        "timestamp": 1772445601000,
        "objectIDs": ["b"],
        "positions": [7],
        "queryID": "q-1",
    },
    {
        "eventType": "conversion",
        "eventSubtype": "purchase",
        "userToken": "anonymous-1",
        "timestamp": 1772445602000,
        "objectIDs": ["a", "b"],
        "objectData": [{"price": "12.5", "quantity": 2}, {"price": 5, "queryID": "q-2"}],
        "currency": "EUR",
        "value": 30,
    },
    {
        "eventType": "conversion",
        "eventSubtype": "addToCart",
        "userToken": "anonymous-1",
        "timestamp": 1772445602000,
        "objectIDs": ["a"],
    },
    {
        "eventType": "view",
        "userToken": "anonymous-1",
        "timestamp": 1772445602000,
        "filters": ["brand:acme"],
    },
]


def test_algolia_insights_have_a_row_for_each_object(tmp_path: Path) -> None:
    body = tmp_path / "body.json"
    body.write_text(json.dumps({"events": ALGOLIA}))
    for path in (lines(tmp_path / "events.jsonl", *ALGOLIA), body):
        events = read_events(path, format="algolia-insights")
        assert rows(events, "type", "item", "position", "list_id", "value", "price") == [
            ("impression", "a", 1, None, None, None),
            ("impression", "b", 2, None, None, None),
            ("click", "b", 7, "q-1", None, None),
            ("purchase", "a", None, None, 25, 12.5),
            ("purchase", "b", None, "q-2", 5, 5),
            ("cart", "a", None, None, None, None),
        ]
        assert events.report.unmapped_events == {"view of filters": 1}
        assert rows(events, "user_id")[2] == ("ann",)


METARANK = [
    {
        "event": "item",
        "id": "e0",
        "item": "p1",
        "timestamp": "1772445600000",
        "fields": [{"name": "price", "value": 10}],
    },
    {
        "event": "ranking",
        "id": "e1",
        "timestamp": "1772445600000",
        "user": "u",
        "session": "s",
        "fields": [{"name": "query", "value": "jeans"}],
        "items": [{"id": "p3", "relevancy": 2.0}, {"id": "p1", "relevancy": 1.0}],
    },
    {
        "event": "interaction",
        "id": "e2",
        "ranking": "e1",
        "timestamp": "2026-03-02T10:00:05Z",
        "user": "u",
        "session": "s",
        "type": "click",
        "item": "p1",
    },
    {
        "event": "interaction",
        "id": "e3",
        "timestamp": 1772445606000,
        "session": "s",
        "type": "share",
        "item": "p1",
    },
]


def test_metarank_rankings_are_impressions_in_their_order(tmp_path: Path) -> None:
    events = read_events(lines(tmp_path / "events.jsonl", *METARANK), format="metarank")
    assert rows(events, "type", "item", "position", "list_id", "event_id", "query") == [
        ("impression", "p3", 1, "e1", "e1", "jeans"),
        ("impression", "p1", 2, "e1", "e1-2", "jeans"),
        ("click", "p1", None, "e1", "e2", None),
    ]
    assert events.time.tolist() == [1772445600000000] * 2 + [1772445605000000]
    assert events.report.unmapped_events == {"item": 1, "share": 1}


def test_gorse_feedback_of_the_api_and_of_the_tables(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "feedback.jsonl",
        {"FeedbackType": "read", "UserId": "u", "ItemId": "i", "Timestamp": "2026-03-02T10:00:00Z"},
        {
            "FeedbackType": "star",
            "UserId": "u",
            "ItemId": "i",
            "Timestamp": "2026-03-02T10:00:01Z",
            "Value": 4,
            "Comment": "nice",
        },
        {"FeedbackType": "fork", "UserId": "u", "ItemId": "i", "Timestamp": "2026-03-02T10:00:02Z"},
    )
    events = read_events(path, format="gorse")
    assert rows(events, "type", "rating", "comment") == [
        ("view", None, None),
        ("like", 4, "nice"),
    ]
    assert events.report.unmapped_events == {"fork": 1}
    table = tmp_path / "feedback.csv"
    table.write_text(
        "feedback_type,user_id,item_id,value,time_stamp\nlike,7,8,1,2026-03-02 10:00:00\n"
    )
    assert rows(read_events(table, format="gorse"), "visitor", "item", "type") == [(7, 8, "like")]


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("google-retail", "'visitorId'"),
        ("personalize", "'USER_ID'"),
        ("recombee", "'method', 'path'"),
        ("algolia-insights", "'eventType'"),
        ("metarank", "'event'"),
        ("gorse", "'FeedbackType'"),
        ("ga4", "'event_name'"),
        ("snowplow", "'collector_tstamp'"),
        ("dunnhumby", "'household_id'"),
        ("recbole", "'item_id:token'"),
    ],
)
def test_a_wrong_guess_names_the_columns_that_are_missing(kind: str, word: str) -> None:
    with pytest.raises(aisle.DataError) as caught:
        read_events({"clicked_by": [1], "thing": [2]}, format=kind)
    assert word in str(caught.value)
    assert "'thing'" in str(caught.value)
