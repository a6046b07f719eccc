"""The logs that `read_events` knows by name: each is a mapping, and so one SELECT."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from aisle._core import UnknownNameError
from aisle.events.layouts import CORE, Format, Layout, Sql, near, number

_SESSION_LOG = Layout(
    {"time": "Time", "visitor": "SessionId", "session": "SessionId", "item": "ItemId"},
    time_unit="s",
)

_REVENUE = "CASE WHEN {0} THEN TRY_CAST({1} AS DOUBLE) END"

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

_ALL: Final[tuple[Format, ...]] = (
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
)

FORMATS: Final[Mapping[str, Format]] = MappingProxyType({known.name: known for known in _ALL})
"""Name -> format."""


def format_named(name: str) -> Format:
    """Return the format of that name.

    Raises
    ------
    UnknownNameError
        If there is none; it lists the nearest names.
    """
    known = FORMATS.get(name)
    if known is None:
        raise UnknownNameError(f"there is no format {name!r}: {near(str(name), list(FORMATS))}")
    return known
