"""Google Analytics 4 and Snowplow: nested records from files and tables of every kind."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aisle
from aisle.events import Events, read_batches, read_events

START = 1772445600_000_000


def param(key: str, **value: Any) -> dict[str, Any]:
    kinds: dict[str, Any] = {"string_value": None, "int_value": None, "double_value": None}
    return {"key": key, "value": {**kinds, **value}}


def ga4(second: int, name: str, items: Any = (), **more: Any) -> dict[str, Any]:
    """A row of the export, as small as it can be."""
    return {
        "event_date": "20260302",
        "event_timestamp": START + 1_000_000 * second,
        "event_name": name,
        "event_params": [
            param("ga_session_id", int_value=1772445000),
            param("page_title", string_value="Shop"),
            *more.pop("params", ()),
        ],
        "user_id": more.pop("user_id", None),
        "user_pseudo_id": more.pop("visitor", "111.222"),
        "ecommerce": {"transaction_id": more.pop("order", None), "purchase_revenue": None},
        "items": None if items is None else list(items),
    }


def item(name: str, **more: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "item_name": "Shoe " + name, "item_brand": "acme", "price": None, "quantity": None,
        "item_list_id": None, "item_list_index": None,
    }  # fmt: skip
    return {"item_id": name, **fields, **more}


GA4 = [
    ga4(0, "page_view", []),
    ga4(1, "view_item_list", [item("a", item_list_id="home"), item("b", item_list_id="home")]),
    ga4(2, "select_item", [item("b", item_list_id="home", item_list_index="2")]),
    ga4(3, "view_item", [item("b", price=20.0)], user_id="ann"),
    ga4(4, "add_to_cart", [item("b", price=20.0, quantity=2)]),
    ga4(5, "begin_checkout", [item("b", price=20.0, quantity=2), item("a", price=5.0)]),
    ga4(6, "purchase", [item("b", price=20.0, quantity=2), item("a", price=5.0)], order="T-1"),
    ga4(7, "view_search_results", [], params=[param("search_term", string_value="boots")]),
    ga4(8, "view_item", None),
    ga4(9, "page_view", [], visitor="333.444"),
]


def as_jsonl(records: list[dict[str, Any]], path: Path) -> Any:
    (path / "events.jsonl").write_text("".join(json.dumps(row) + "\n" for row in records))
    return path / "events.jsonl"


def as_strings(records: list[dict[str, Any]], path: Path) -> Any:
    """BigQuery writes its 64-bit integers as strings."""
    return as_jsonl(
        [{**row, "event_timestamp": str(row["event_timestamp"])} for row in records], path
    )


def as_pyarrow(records: list[dict[str, Any]], path: Path) -> Any:
    return pytest.importorskip("pyarrow").Table.from_pylist(records)


def as_parquet(records: list[dict[str, Any]], path: Path) -> Any:
    pytest.importorskip("pyarrow.parquet").write_table(
        as_pyarrow(records, path), path / "e.parquet"
    )
    return path / "e.parquet"


def as_polars(records: list[dict[str, Any]], path: Path) -> Any:
    return pytest.importorskip("polars").from_arrow(as_pyarrow(records, path))


def as_pandas(records: list[dict[str, Any]], path: Path) -> Any:
    return pytest.importorskip("pandas").DataFrame(records)


def as_pandas_of_parquet(records: list[dict[str, Any]], path: Path) -> Any:
    return pytest.importorskip("pandas").read_parquet(as_parquet(records, path))


def as_dict(records: list[dict[str, Any]], path: Path) -> Any:
    return {name: [row[name] for row in records] for name in records[0]}


WAYS = [
    as_jsonl, as_strings, as_pyarrow, as_parquet, as_polars, as_pandas, as_pandas_of_parquet,
    as_dict,
]  # fmt: skip


def rows(events: Events, *names: str) -> list[tuple[Any, ...]]:
    table = events.to_numpy()
    columns = [
        [None if value != value else value for value in table[name].tolist()] for name in names
    ]
    return list(zip(*columns, strict=True))


def check_ga4(events: Events) -> None:
    assert rows(events, "type", "item", "price", "quantity", "value") == [
        ("impression", "a", None, None, None),
        ("impression", "b", None, None, None),
        ("click", "b", None, None, None),
        ("view", "b", 20, None, None),
        ("cart", "b", 20, 2, None),
        ("purchase", "b", 20, 2, 40),
        ("purchase", "a", 5, None, 5),
        ("search", None, None, None, None),
    ]
    assert rows(events, "list_id", "position", "order_id", "query", "user_id")[:4] == [
        ("home", 1, None, None, None),
        ("home", 2, None, None, None),
        ("home", 2, None, None, None),
        (None, None, None, None, "ann"),
    ]
    assert rows(events, "order_id", "query")[-2:] == [("T-1", None), (None, "boots")]
    assert set(events.to_numpy()["session"]) == {"111.222-1772445000"}
    assert events.visitors.tolist() == ["111.222"]  # those of events left out are forgotten
    assert (events.time - START).tolist() == [n * 1_000_000 for n in (1, 1, 2, 3, 4, 6, 6, 7)]
    assert events.report.unmapped_events == {"page_view": 2, "begin_checkout": 1}
    assert events.report.skipped[0].reason == "item: the item is missing"
    assert events.report.rows_skipped == 1
    assert "row 9" in events.report.skipped[0].examples[0]
    assert len(events) + 1 + 3 == events.report.rows
    items = events.item_table()
    assert items is not None
    assert dict(zip(items.ids.tolist(), items["name"].tolist(), strict=True))["b"] == "Shoe b"


@pytest.mark.parametrize("way", WAYS)
def test_ga4_comes_from_files_and_tables_alike(way: Callable[..., Any], tmp_path: Path) -> None:
    source = way(GA4, tmp_path)
    check_ga4(read_events(source, format="ga4", on_error="skip"))
    with pytest.raises(aisle.DataError, match=r"row 9.*the item is missing"):
        read_events(source, format="ga4")


def test_ga4_comes_from_a_duckdb_relation(tmp_path: Path) -> None:
    import duckdb

    connection = duckdb.connect()
    check_ga4(
        read_events(
            connection.read_parquet(str(as_parquet(GA4, tmp_path))), format="ga4", on_error="skip"
        )
    )


def test_ga4_in_parquet_as_bigquery_wraps_its_lists(tmp_path: Path) -> None:
    def wrapped(values: Any) -> Any:
        return None if values is None else {"list": [{"element": value} for value in values]}

    rows = [
        {**row, "items": wrapped(row["items"]), "event_params": wrapped(row["event_params"])}
        for row in GA4
    ]
    check_ga4(read_events(as_parquet(rows, tmp_path), format="ga4", on_error="skip"))


def test_ga4_comes_in_batches_from_a_stream_that_comes_once(tmp_path: Path) -> None:
    table = as_pyarrow(GA4, tmp_path)
    reader = table.to_reader(max_chunksize=3)
    bad = tmp_path / "bad.jsonl"
    batches = list(read_batches(reader, format="ga4", rows=4, on_error="skip", quarantine=bad))
    names = ("type", "item", "price", "quantity", "value")
    whole = read_events(table, format="ga4", on_error="skip")
    assert [row for batch in batches for row in rows(batch, *names)] == rows(whole, *names)
    (entry,) = map(json.loads, bad.read_text().splitlines())
    assert (entry["row"], entry["cells"]["event_name"]) == (9, "view_item")


def test_many_records_keep_their_order_and_their_places(tmp_path: Path) -> None:
    """More than one thread reads them."""
    import duckdb

    path = tmp_path / "many.parquet"
    duckdb.connect().execute(
        "COPY (SELECT 1772445600000000 + i AS event_timestamp, 'view_item_list' AS event_name,"
        " 'v' || i AS user_pseudo_id,"
        " [{'item_id': CASE WHEN i <> 399999 OR k < 2 THEN i || '-' || k END} FOR k IN range(3)]"
        f" AS items FROM range(400000) r(i)) TO '{path}' (FORMAT PARQUET, ROW_GROUP_SIZE 20000)"
    )
    events = read_events(path, format="ga4", on_error="skip")
    assert len(events) == 1_199_999
    assert (events.item == np.arange(len(events))).all()
    assert (events.extra["position"][:6] == [1, 2, 3, 1, 2, 3]).all()
    assert "row 400000," in events.report.skipped[0].examples[0]


def test_an_event_of_ga4_that_is_no_record_is_counted(tmp_path: Path) -> None:
    broken = {**ga4(3, "view_item"), "items": {"item_id": "x"}}
    lost = {**ga4(4, "view_item", [item("a")]), "user_pseudo_id": ""}
    unnamed = {**ga4(5, "view_item", [item("a")]), "event_name": None}
    path = as_jsonl([GA4[3], broken, lost, unnamed], tmp_path)
    path.write_text(path.read_text() + '{"event_name": "view\n')
    report = read_events(path, format="ga4", on_error="skip").report
    assert {reason.reason: reason.rows for reason in report.skipped} == {
        "item: the item is missing": 1,
        "visitor: the visitor is missing": 1,
        "type: the name of the event is missing": 1,
        "record: the line is no JSON object with a field": 1,
    }


# --- Snowplow -------------------------------------------------------------------------------------

SHOP = "com_snowplowanalytics_snowplow_ecommerce"
ACTION = f"unstruct_event_{SHOP}_snowplow_ecommerce_action_1"
PRODUCT = f"contexts_{SHOP}_product_1"
SALE = f"contexts_{SHOP}_transaction_1"


def snow(second: int, event: str, name: str, **more: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "event_id": f"e{second}", "event": event, "event_name": name, "domain_userid": "d-1",
        "domain_sessionid": "s-1", "user_id": None, "useragent": "Firefox",
        "collector_tstamp": f"2026-03-02T10:00:{second:02}.500Z",
        "se_category": None, "se_action": None, "se_label": None,
        "ti_orderid": None, "ti_sku": None, "ti_price": None, "ti_quantity": None,
        ACTION: None, PRODUCT: None, SALE: None,
    }  # fmt: skip
    return {**fields, **more}


def shop(second: int, kind: str, *products: dict[str, Any], **more: Any) -> dict[str, Any]:
    action = {"type": kind, "name": more.pop("list", None)}
    own = {ACTION: action, PRODUCT: list(products) or None}
    return snow(second, "unstruct", "snowplow_ecommerce_action", **own, **more)


def product(name: str, **more: Any) -> dict[str, Any]:
    fields = {"name": "Shoe", "category": "shoes", "price": 10.0, "currency": "EUR"}
    return {"id": name, **fields, "quantity": None, "position": None, **more}


SNOWPLOW = [
    snow(0, "page_view", "page_view"),
    shop(1, "list_view", product("a"), product("b"), list="home"),
    shop(2, "list_click", product("b", position=2), list="home"),
    shop(3, "product_view", product("b")),
    shop(4, "add_to_cart", product("b", quantity=2)),
    shop(5, "checkout_step", product("b")),
    shop(6, "transaction", product("b", quantity=2), **{SALE: [{"transaction_id": "T-1"}]}),
    snow(7, "struct", "event", se_category="shop", se_action="Add to Basket", se_label="c"),
    snow(8, "transaction", "transaction"),
    snow(8, "transaction_item", "transaction_item", ti_orderid="T-2", ti_sku="c", ti_price=4.5,
         ti_quantity=2),
    snow(9, "unstruct", "link_click"),
]  # fmt: skip

SNOWED = [
    ("impression", "a", 1, "home", "e1", None, None),
    ("impression", "b", 2, "home", "e1-2", None, None),
    ("click", "b", 2, "home", "e2", None, None),
    ("view", "b", None, None, "e3", None, None),
    ("cart", "b", None, None, "e4", None, None),
    ("purchase", "b", None, None, "e6", 20, "T-1"),
    ("cart", "c", None, None, "e7", None, None),
    ("purchase", "c", None, None, "e8", 9, "T-2"),
]


def check_snowplow(events: Events) -> None:
    names = ("type", "item", "position", "list_id", "event_id", "value", "order_id")
    assert rows(events, *names) == SNOWED
    assert rows(events, "visitor", "session", "user_agent")[0] == ("d-1", "s-1", "Firefox")
    assert events.report.unmapped_events == {
        "page_view": 1, "checkout_step": 1, "order total": 1, "link_click": 1,
    }  # fmt: skip
    assert events.time[0] == START + 1_500_000


@pytest.mark.parametrize("way", [as_jsonl, as_parquet, as_polars, as_pandas, as_dict])
def test_snowplow_comes_from_files_and_tables(way: Callable[..., Any], tmp_path: Path) -> None:
    check_snowplow(read_events(way(SNOWPLOW, tmp_path), format="snowplow"))


def test_snowplow_in_the_spelling_of_snowflake(tmp_path: Path) -> None:
    loud = [{name.upper(): value for name, value in row.items()} for row in SNOWPLOW]
    check_snowplow(read_events(as_jsonl(loud, tmp_path), format="snowplow"))


def test_snowplow_tables_unloaded_with_a_header(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text(
        "event_id,event,event_name,collector_tstamp,domain_userid,se_action,se_label\n"
        "e1,struct,event,2026-03-02 10:00:00,d-1,add-to-cart,sku\n"
    )
    assert rows(read_events(path, format="snowplow"), "type", "item") == [("cart", "sku")]
    path.write_text("when,who\n1,2\n")
    with pytest.raises(aisle.DataError, match="'when', 'who'"):
        read_events(path, format="snowplow")


def test_columns_of_records_can_have_other_names() -> None:
    table = {"event_timestamp": [START], "event_name": ["view_item"], "account": [7],
             "items": [[{"item_id": "a"}]]}  # fmt: skip
    events = read_events(table, format="ga4", columns={"visitor": "account"})
    assert events.visitors.tolist() == [7]


def test_snowplow_times_may_be_timestamps(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    when = dt.datetime(2026, 3, 2, 10, 0, 1, 500_000, tzinfo=dt.UTC)
    table = pyarrow.Table.from_pylist([{**SNOWPLOW[3], "collector_tstamp": when}])
    assert read_events(table, format="snowplow").time.tolist() == [START + 1_500_000]


def enriched(**cells: Any) -> str:
    from aisle.events.trackers import _ENRICHED

    assert len(_ENRICHED) == 131
    return "\t".join(str(cells.get(name, "")) for name in _ENRICHED) + "\n"


def described(schema: str, data: Any) -> dict[str, Any]:
    return {"schema": f"iglu:com.snowplowanalytics.snowplow.ecommerce/{schema}/1-0-0", "data": data}


def test_snowplow_enriched_lines_have_no_header(tmp_path: Path) -> None:
    contexts = {
        "schema": "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0",
        "data": [
            described("cart/jsonschema", {"total_value": 1}),
            described("product/jsonschema", product("b", quantity=2)),
            described("transaction/jsonschema", {"transaction_id": "T-1"}),
        ],
    }
    action = described("snowplow_ecommerce_action/jsonschema", {"type": "transaction"})
    outer = {"schema": "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0"}
    common = {
        "domain_userid": "d-1", "domain_sessionid": "s-1", "event_id": "e6", "event": "unstruct",
        "event_name": "snowplow_ecommerce_action", "collector_tstamp": "2026-03-02 10:00:06.500",
    }  # fmt: skip
    search = {
        "schema": "iglu:com.snowplowanalytics.snowplow/site_search/jsonschema/1-0-0",
        "data": {"terms": ["red", "shoes"]},
    }
    path = tmp_path / "enriched.tsv"
    path.write_text(
        enriched(
            **common,
            contexts=json.dumps(contexts),
            unstruct_event=json.dumps({**outer, "data": action}),
        )
        + enriched(
            **{**common, "event_name": "site_search", "event_id": "e7"},
            unstruct_event=json.dumps({**outer, "data": search}),
        )
    )
    events = read_events(path, format="snowplow")
    assert rows(events, "type", "item", "value", "order_id", "event_id", "query") == [
        ("purchase", "b", 20, "T-1", "e6", None),
        ("search", None, None, None, "e7", "red shoes"),
    ]
    assert events.time[0] == START + 6_500_000
