"""Events as trackers write them: Google Analytics 4 and Snowplow."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Final

from aisle.events.expressions import (
    USUAL,
    at,
    clock,
    first,
    listed,
    own_id,
    real_at,
    revenue,
    text,
)
from aisle.events.layouts import Format, Layout, spelled, sql

_SHOP: Final = "com_snowplowanalytics_snowplow_ecommerce"


def _param(name: str) -> str:
    """SQL of an event parameter of GA4, whatever its kind."""
    value = at("p", *(f"value.{kind}_value" for kind in ("string", "int", "double", "float")))
    params = listed("{event_params}")
    return f"[{value} FOR p IN {params} IF json_extract_string(p, '$.key') = '{name}'][1]"


def _set(value: str) -> str:
    """GA4 writes "(not set)" for what was not sent."""
    return f"nullif({value}, '(not set)')"


_GA4_VISITOR = first(text("user_pseudo_id"), text("user_id"))
_GA4_SESSION = f"regexp_replace({_param('ga_session_id')}, '\\.0$', '')"  # pandas' own numbers
_GA4_PRICE = real_at("{element}", "price")
_GA4_COUNT = real_at("{element}", "quantity")
_GA4_TOTAL = f"{_GA4_PRICE} * coalesce({_GA4_COUNT}, 1)"
_GA4_ORDER = real_at("{ecommerce}", "purchase_revenue")
_GA4_SOLD = first(
    real_at("{element}", "item_revenue"),
    _GA4_TOTAL,
    f"CASE WHEN json_array_length({{items}}) = 1 THEN {_GA4_ORDER} END",
)
_GA4_BACK = first(real_at("{element}", "item_refund"), _GA4_TOTAL)

_GA4 = Layout(
    {
        "time": "event_timestamp",
        "visitor": sql(_GA4_VISITOR),
        "session": sql(f"{_GA4_VISITOR} || '-' || {_GA4_SESSION}"),
        "type": "event_name",
        "item": sql(first(_set(at("{element}", "item_id")), _set(at("{element}", "item_name")))),
        "value": sql(
            f"CASE {{event_name}} WHEN 'purchase' THEN {_GA4_SOLD}"
            f" WHEN 'refund' THEN {_GA4_BACK} END"
        ),
        "price": sql(_GA4_PRICE),
        "quantity": sql(_GA4_COUNT),
        "query": sql(_param("search_term")),
        "list_id": sql(
            first(
                _set(at("{element}", "item_list_id", "item_list_name")),
                _param("item_list_id"),
                _param("item_list_name"),
            )
        ),
        "position": sql(
            f"coalesce({real_at('{element}', 'item_list_index', 'index')},"
            " CASE WHEN {event_name} = 'view_item_list' THEN {place} END)"
        ),
        "order_id": sql(first(_set(at("{ecommerce}", "transaction_id")), _param("transaction_id"))),
        "user_id": sql(text("user_id")),
        "device": sql(at("{device}", "category")),
        "country": sql(at("{geo}", "country")),
    },
    time_unit="us",
    may=("user_id", "items", "event_params", "ecommerce", "device", "geo"),
    nested=("items", "event_params", "ecommerce", "device", "geo"),
    each=sql(
        "CASE WHEN {event_name} NOT IN ('search', 'view_search_results')"
        f" THEN {listed('{items}')} END"
    ),
    attributes=MappingProxyType(
        {
            "name": sql(_set(at("{element}", "item_name"))),
            "brand": sql(_set(at("{element}", "item_brand"))),
            "category": sql(_set(at("{element}", "item_category"))),
            "price": sql(_GA4_PRICE),
        }
    ),
    events=MappingProxyType(
        {
            "view_item": "view",
            "view_item_list": "impression",
            "select_item": "click",
            "add_to_cart": "cart",
            "remove_from_cart": "remove_from_cart",
            "add_to_wishlist": "like",
            "purchase": "purchase",
            "refund": "refund",
            "search": "search",
            "view_search_results": "search",
        }
    ),
)


def _versions(name: str) -> list[str]:
    """The columns that loaders make of one schema: one of the model, or one of each version."""
    return [f"{name}_{version}" for version in ("1", "1_0_0", "1_0_1", "1_0_2")]


_ACTIONS = _versions(f"unstruct_event_{_SHOP}_snowplow_ecommerce_action")
_PRODUCTS = _versions(f"contexts_{_SHOP}_product")
_SALES = [
    name for kind in ("transaction", "refund") for name in _versions(f"contexts_{_SHOP}_{kind}")
]
_SEARCHES = _versions("unstruct_event_com_snowplowanalytics_snowplow_site_search")


def _context(schema: str) -> str:
    """SQL of the list of a kind of context in the enriched event itself."""
    described = listed("json_extract({contexts}, '$.data')")
    return (
        f"[json_extract(c, '$.data') FOR c IN {described}"
        f" IF json_extract_string(c, '$.schema') LIKE 'iglu:{schema}/%']"
    )


def _event(schema: str) -> str:
    """SQL of what a self-describing event says, in the enriched event itself."""
    return (
        "CASE WHEN json_extract_string({unstruct_event}, '$.data.schema')"
        f" LIKE 'iglu:{schema}/%' THEN json_extract({{unstruct_event}}, '$.data.data') END"
    )


_SCHEMAS = "com.snowplowanalytics.snowplow"
_ACTION = first(
    *(f"{{{name}}}" for name in _ACTIONS),
    _event(f"{_SCHEMAS}.ecommerce/snowplow_ecommerce_action"),
)
_SALE = first(
    *(f"json_extract({{{name}}}, '$[0]')" for name in _SALES),
    *(f"{_context(f'{_SCHEMAS}.ecommerce/{kind}')}[1]" for kind in ("transaction", "refund")),
)
_TERMS = listed(
    "json_extract("
    + first(*(f"{{{name}}}" for name in _SEARCHES), _event(f"{_SCHEMAS}/site_search"))
    + ", '$.terms')"
)
_KIND = (
    f"coalesce({at(_ACTION, 'type')}, CASE {text('event')} WHEN 'struct' THEN {text('se_action')}"
    f" WHEN 'transaction' THEN 'order total' WHEN 'transaction_item' THEN 'transaction_item' END,"
    f" {text('event_name')}, {text('event')})"
)
_IS_LINE = f"{text('event')} = 'transaction_item'"
_SNOWPLOW_PRICE = (
    f"CASE WHEN {_IS_LINE} THEN TRY_CAST({text('ti_price')} AS DOUBLE)"
    f" ELSE {real_at('{element}', 'price')} END"
)
_SNOWPLOW_COUNT = (
    f"CASE WHEN {_IS_LINE} THEN TRY_CAST({text('ti_quantity')} AS DOUBLE)"
    f" ELSE {real_at('{element}', 'quantity')} END"
)

_SNOWPLOW = Layout(
    {
        "time": sql(clock(first(text("derived_tstamp"), text("collector_tstamp")), 1)),
        "visitor": sql(first(text("domain_userid"), text("network_userid"), text("user_id"))),
        "session": sql(text("domain_sessionid")),
        "type": sql(_KIND),
        "item": sql(
            f"CASE {text('event')} WHEN 'struct' THEN {text('se_label')}"
            f" WHEN 'transaction_item' THEN {text('ti_sku')} ELSE {at('{element}', 'id')} END"
        ),
        "value": sql(
            revenue(
                "{kind} IN ('transaction', 'transaction_item', 'refund')",
                f"({_SNOWPLOW_PRICE})",
                f"({_SNOWPLOW_COUNT})",
            )
        ),
        "price": sql(_SNOWPLOW_PRICE),
        "quantity": sql(_SNOWPLOW_COUNT),
        "query": sql(
            f"array_to_string([json_extract_string(term, '$') FOR term IN {_TERMS}], ' ')"
        ),
        "list_id": sql(at(_ACTION, "name")),
        "position": sql(
            f"coalesce({real_at('{element}', 'position')},"
            " CASE WHEN {kind} = 'list_view' THEN {place} END)"
        ),
        "order_id": sql(first(at(_SALE, "transaction_id"), text("ti_orderid"))),
        "event_id": sql(own_id(text("event_id"))),
        "user_id": sql(text("user_id")),
        "user_agent": sql(text("useragent")),
    },
    may=(
        "event", "event_id", "event_name", "user_id", "network_userid", "domain_sessionid",
        "derived_tstamp", "useragent", "contexts", "unstruct_event", "se_action", "se_label",
        "ti_orderid", "ti_sku", "ti_price", "ti_quantity",
        *_ACTIONS, *_PRODUCTS, *_SALES, *_SEARCHES,
    ),
    nested=("contexts", "unstruct_event", *_ACTIONS, *_PRODUCTS, *_SALES, *_SEARCHES),
    each=sql(
        first(
            *(listed(f"{{{name}}}") for name in _PRODUCTS),
            _context(f"{_SCHEMAS}.ecommerce/product"),
        )
    ),
    attributes=MappingProxyType(
        {
            "name": sql(at("{element}", "name")),
            "brand": sql(at("{element}", "brand")),
            "category": sql(at("{element}", "category")),
            "price": sql(real_at("{element}", "price")),
        }
    ),
    events=MappingProxyType(
        {
            **{name: kind for name, kind in USUAL.items() if "page" not in name},
            "product_view": "view",
            "list_view": "impression",
            "list_click": "click",
            "transaction": "purchase",
            "transaction_item": "purchase",
            "site_search": "search",
        }
    ),
)  # fmt: skip

_COLUMNS: Final = """
app_id platform etl_tstamp collector_tstamp dvce_created_tstamp event event_id txn_id
name_tracker v_tracker v_collector v_etl user_id user_ipaddress user_fingerprint domain_userid
domain_sessionidx network_userid geo_country geo_region geo_city geo_zipcode geo_latitude
geo_longitude geo_region_name ip_isp ip_organization ip_domain ip_netspeed page_url page_title
page_referrer page_urlscheme page_urlhost page_urlport page_urlpath page_urlquery
page_urlfragment refr_urlscheme refr_urlhost refr_urlport refr_urlpath refr_urlquery
refr_urlfragment refr_medium refr_source refr_term mkt_medium mkt_source mkt_term mkt_content
mkt_campaign contexts se_category se_action se_label se_property se_value unstruct_event
tr_orderid tr_affiliation tr_total tr_tax tr_shipping tr_city tr_state tr_country ti_orderid
ti_sku ti_name ti_category ti_price ti_quantity pp_xoffset_min pp_xoffset_max pp_yoffset_min
pp_yoffset_max useragent br_name br_family br_version br_type br_renderengine br_lang
br_features_pdf br_features_flash br_features_java br_features_director br_features_quicktime
br_features_realplayer br_features_windowsmedia br_features_gears br_features_silverlight
br_cookies br_colordepth br_viewwidth br_viewheight os_name os_family os_manufacturer
os_timezone dvce_type dvce_ismobile dvce_screenwidth dvce_screenheight doc_charset doc_width
doc_height tr_currency tr_total_base tr_tax_base tr_shipping_base ti_currency ti_price_base
base_currency geo_timezone mkt_clickid mkt_network etl_tags dvce_sent_tstamp
refr_domain_userid refr_dvce_tstamp derived_contexts domain_sessionid derived_tstamp
event_vendor event_name event_format event_version event_fingerprint true_tstamp
"""
_ENRICHED: Final = tuple(_COLUMNS.split())
"""The columns of an enriched event, in the order of its lines without a header."""

TRACKERS: Final = (
    Format("ga4", "Google Analytics 4: rows of the BigQuery export, a row for each item", (_GA4,)),
    Format(
        "snowplow",
        "Snowplow enriched events: JSON, TSV, or as a warehouse holds them; its e-commerce schemas",
        (replace(_SNOWPLOW, header=_ENRICHED), spelled(_SNOWPLOW, str.upper)),
    ),
)
