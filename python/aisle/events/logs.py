"""Logs of shops, and the public ones of research: their columns are the canonical ones renamed."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from aisle.events.expressions import number, rated, real
from aisle.events.layouts import CORE, Format, Layout, Sql, sql

_SESSION_LOG = Layout(
    {"time": "Time", "visitor": "SessionId", "session": "SessionId", "item": "ItemId"},
    time_unit="s",
)

_REVENUE = "CASE WHEN {0} THEN TRY_CAST({1} AS DOUBLE) END"


def _receipt(quantity: str, paid: str) -> dict[str, str | Sql]:
    """What the line of a receipt tells: a negative one gives goods back."""
    count, money = f"TRY_CAST({{{quantity}}} AS DOUBLE)", f"TRY_CAST({{{paid}}} AS DOUBLE)"
    returned = f"({count} < 0 OR {money} < 0)"
    return {
        "type": sql(f"CASE WHEN {returned} THEN 'refund' ELSE 'purchase' END"),
        "quantity": quantity,
        "value": sql(f"abs({money})"),
        "price": sql(f"CASE WHEN {count} <> 0 THEN abs({money} / {count}) END"),
    }


def _sum(*columns: str) -> Sql:
    return sql(" + ".join(f"coalesce(TRY_CAST({{{name}}} AS DOUBLE), 0)" for name in columns))


_FURTHER = (
    "quantity",
    "price",
    "query",
    "list_id",
    "position",
    "event_id",
    "consent",
    "user_agent",
)

LOGS: Final[tuple[Format, ...]] = (
    Format(
        "aisle",
        "the canonical columns; any other column is kept as context",
        (
            Layout(
                {name: name for name in (*CORE, *_FURTHER)},
                optional=frozenset(("session", "type", "value", *_FURTHER)),
            ),
        ),
        keep_rest=True,
    ),
    Format(
        "serenade", "SessionId ItemId Time (s), sorted by session and time", (_SESSION_LOG,), True
    ),
    Format("session-rec", "the same columns as serenade", (_SESSION_LOG,), True),
    Format(
        "sequences",
        "one session a line: item ids in order, separated by blanks",
        (Layout({"visitor": "session", "session": "session", "item": "item"}),),
        lines=True,
    ),
    Format(
        "globo",
        "Globo.com clicks on news articles",
        (
            Layout(
                {
                    "time": "click_timestamp",
                    "visitor": "user_id",
                    "session": "session_id",
                    "item": "click_article_id",
                    "environment": number("click_environment"),
                    "device": number("click_deviceGroup"),
                    "os": number("click_os"),
                    "country": number("click_country"),
                    "region": number("click_region"),
                    "referrer": number("click_referrer_type"),
                },
                time_unit="ms",
                optional=frozenset(
                    ("environment", "device", "os", "country", "region", "referrer")
                ),
            ),
        ),
    ),
    Format(
        "retailrocket",
        "RetailRocket: events.csv as published, or the session log made from it",
        (
            Layout(
                {
                    "time": "timestamp",
                    "visitor": "visitorid",
                    "type": "event",
                    "item": "itemid",
                    "order_id": "transactionid",
                },
                time_unit="ms",
                optional=frozenset(("order_id",)),
            ),
            Layout(
                {
                    "time": "timestamp",
                    "visitor": "user_id",
                    "session": "session_id",
                    "item": "item_id",
                },
                time_unit="s",
            ),
        ),
    ),
    Format(
        "yoochoose",
        "RecSys Challenge 2015: yoochoose-clicks.dat or yoochoose-buys.dat, without a header",
        (
            Layout(
                {
                    "time": "timestamp",
                    "visitor": "session_id",
                    "session": "session_id",
                    "item": "item_id",
                    "price": "price",
                    "quantity": "quantity",
                    "value": Sql(
                        "TRY_CAST({price} AS DOUBLE) * TRY_CAST({quantity} AS DOUBLE)",
                        ("price", "quantity"),
                    ),
                },
                type="purchase",
                header=("session_id", "timestamp", "item_id", "price", "quantity"),
            ),
            Layout(
                {
                    "time": "timestamp",
                    "visitor": "session_id",
                    "session": "session_id",
                    "item": "item_id",
                    "category": "category",
                },
                header=("session_id", "timestamp", "item_id", "category"),
                optional=frozenset(("category",)),
            ),
        ),
    ),
    Format(
        "diginetica",
        "CIKM Cup 2016: train-item-views.csv or train-purchases.csv",
        tuple(
            Layout(
                {
                    "time": Sql(
                        "epoch_us(TRY_CAST({eventdate} AS TIMESTAMP))"
                        " + 1000::BIGINT * TRY_CAST({timeframe} AS INTEGER)",
                        ("eventdate", "timeframe"),
                    ),
                    "visitor": Sql(
                        f"coalesce(nullif(CAST({{{user}}} AS VARCHAR), 'NA'),"
                        f" 'session-' || CAST({{{session}}} AS VARCHAR))",
                        (user, session),
                    ),
                    "session": session,
                    "item": item,
                    "anonymous": Sql(f"nullif(CAST({{{user}}} AS VARCHAR), 'NA') IS NULL", (user,)),
                    **order,
                },
                type=kind,
            )
            for user, session, item in (
                ("user_id", "session_id", "item_id"),
                ("userId", "sessionId", "itemId"),
            )
            for kind, order in (("purchase", {"order_id": "ordernumber"}), ("view", {}))
        ),
    ),
    Format(
        "rees46",
        "REES46 multi-category shop: view, cart, remove_from_cart and purchase",
        (
            Layout(
                {
                    "time": "event_time",
                    "visitor": "user_id",
                    "session": "user_session",
                    "type": "event_type",
                    "item": "product_id",
                    "price": "price",
                    "value": Sql(
                        _REVENUE.format("{event_type} = 'purchase'", "{price}"),
                        ("event_type", "price"),
                    ),
                },
                optional=frozenset(("price", "value")),
                attributes=MappingProxyType(
                    {
                        "brand": "brand",
                        "category": "category_code",
                        "category_id": "category_id",
                        "price": Sql("TRY_CAST({price} AS DOUBLE)", ("price",)),
                    }
                ),
            ),
        ),
        short_lines=True,
    ),
    Format(
        "uci-online-retail",
        "UCI Online Retail: purchases; cancelled invoices and negative quantities are refunds",
        (
            Layout(
                {
                    "time": "InvoiceDate",
                    "visitor": Sql(
                        "coalesce(regexp_replace(CAST({CustomerID} AS VARCHAR), '\\.0$', ''),"
                        " 'invoice-' || CAST({InvoiceNo} AS VARCHAR))",
                        ("CustomerID", "InvoiceNo"),
                    ),
                    "session": "InvoiceNo",
                    "type": Sql(
                        "CASE WHEN CAST({InvoiceNo} AS VARCHAR) LIKE 'C%'"
                        " OR TRY_CAST({Quantity} AS DOUBLE) < 0 THEN 'refund' ELSE 'purchase' END",
                        ("InvoiceNo", "Quantity"),
                    ),
                    "item": "StockCode",
                    "quantity": "Quantity",
                    "price": "UnitPrice",
                    "value": Sql(
                        "abs(TRY_CAST({Quantity} AS DOUBLE) * TRY_CAST({UnitPrice} AS DOUBLE))",
                        ("Quantity", "UnitPrice"),
                    ),
                    "country": "Country",
                    "anonymous": sql("{CustomerID} IS NULL"),
                    "cancelled": sql("CAST({InvoiceNo} AS VARCHAR) LIKE 'C%'"),
                },
                optional=frozenset(("country",)),
                attributes=MappingProxyType(
                    {
                        "description": "Description",
                        "price": Sql("TRY_CAST({UnitPrice} AS DOUBLE)", ("UnitPrice",)),
                    }
                ),
            ),
        ),
    ),
    Format(
        "uci-eshop",
        "UCI clothing e-shop: the day and the order of the clicks, one second apart",
        (
            Layout(
                {
                    "time": Sql(
                        "epoch_us(TRY_CAST(TRY_CAST(concat_ws('-', {year}, {month}, {day}) AS DATE)"
                        " AS TIMESTAMP)) + 1000000::BIGINT * TRY_CAST({order} AS INTEGER)",
                        ("year", "month", "day", "order"),
                    ),
                    "visitor": "session ID",
                    "session": "session ID",
                    "item": "page 2 (clothing model)",
                    "price": "price",
                    "position": "location",
                    "page": number("page"),
                    "country": number("country"),
                },
                optional=frozenset(("price", "position", "page", "country")),
                attributes=MappingProxyType(
                    {
                        "category": "page 1 (main category)",
                        "colour": "colour",
                        "photography": "model photography",
                        "price": Sql("TRY_CAST({price} AS DOUBLE)", ("price",)),
                    }
                ),
            ),
        ),
    ),
    Format(
        "dunnhumby",
        "dunnhumby Complete Journey: the lines of receipts, with dates or with days",
        (
            Layout(
                {
                    "time": "transaction_timestamp",
                    "visitor": "household_id",
                    "session": number("basket_id"),  # one is published as 4.0128e+10
                    "item": "product_id",
                    **_receipt("quantity", "sales_value"),
                    "store": "store_id",
                    "discount": _sum("retail_disc", "coupon_disc", "coupon_match_disc"),
                },
                optional=frozenset(("store", "discount")),
            ),
            Layout(
                {
                    "time": sql(
                        "epoch_us(TIMESTAMP '2000-01-01') + 60000000::BIGINT *"
                        " (1440 * (TRY_CAST({DAY} AS INTEGER) - 1)"
                        " + 60 * (TRY_CAST({TRANS_TIME} AS INTEGER) // 100)"
                        " + TRY_CAST({TRANS_TIME} AS INTEGER) % 100)"
                    ),
                    "visitor": "household_key",
                    "session": "BASKET_ID",
                    "item": "PRODUCT_ID",
                    **_receipt("QUANTITY", "SALES_VALUE"),
                    "store": "STORE_ID",
                    "discount": _sum("RETAIL_DISC", "COUPON_DISC", "COUPON_MATCH_DISC"),
                },
                optional=frozenset(("store", "discount")),
            ),
        ),
    ),
    Format(
        "recbole",
        "RecBole's atomic files: .inter, tab-separated, with typed names such as user_id:token",
        tuple(
            Layout(
                {
                    **time,
                    **visitor,
                    "session": "session_id:token",
                    "item": "item_id:token",
                    "type": sql(rated("{rating:float}")),
                    "rating": real("rating:float"),
                    "label": real("label:float"),
                },
                time_unit="s",
                optional=frozenset(("session", "type", "rating", "label")),
            )
            for time in ({"time": "timestamp:float"}, {})
            for visitor in (
                {"visitor": "user_id:token"},
                {"visitor": "visitor_id:token"},
                {"visitor": "session_id:token"},
            )
        ),
    ),
)
