"""Events as recommendation and search services take them in, and give them back."""

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
    real,
    real_at,
    text,
)
from aisle.events.layouts import Format, Layout, Sql, spelled, sql


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


# --- Google's retail API: user events ---------------------------------------------------------

_SHOWN = "({eventType} IN ('search', 'category-page-view') AND {element} IS NOT NULL)"
_SALE = "{purchaseTransaction}"
_GOOGLE_ID = first(
    at("{element}", "product.id", "id"),
    "regexp_extract(" + at("{element}", "product.name") + ", '[^/]+$')",
)
_GOOGLE_COUNT = real_at("{element}", "quantity", "quantity.value")
_GOOGLE_PRICE = real_at(
    "{element}", "product.priceInfo.price", "product.price_info.price", "priceInfo.price", "price"
)
_GOOGLE_EVENTS: Final = MappingProxyType(
    {
        "detail-page-view": "view",
        "add-to-cart": "cart",
        "remove-from-cart": "remove_from_cart",
        "purchase-complete": "purchase",
        "search": "search",
        "impression": "impression",
    }
)
_GOOGLE_LISTED = ", ".join(f"'{name}'" for name in (*_GOOGLE_EVENTS, "category-page-view"))

_GOOGLE = Layout(
    {
        "time": sql(clock("CAST({eventTime} AS VARCHAR)", 1)),
        "visitor": "visitorId",
        "session": sql(text("sessionId")),
        "type": sql(f"CASE WHEN {_SHOWN} THEN 'impression' ELSE {{eventType}} END"),
        "item": sql(_GOOGLE_ID),
        "value": sql(
            "CASE WHEN {eventType} = 'purchase-complete' THEN coalesce("
            f"{_GOOGLE_PRICE} * coalesce({_GOOGLE_COUNT}, 1),"
            " CASE WHEN json_array_length({productDetails}) = 1"
            f" THEN {real_at(_SALE, 'revenue')} END) END"
        ),
        "price": sql(_GOOGLE_PRICE),
        "quantity": sql(_GOOGLE_COUNT),
        "query": sql(text("searchQuery")),
        "list_id": sql(text("attributionToken")),
        "position": sql(
            f"CASE WHEN {_SHOWN} THEN coalesce(TRY_CAST({text('offset')} AS BIGINT), 0) + {{place}}"
            " - CASE WHEN {eventType} = 'search' THEN 1 ELSE 0 END END"
        ),
        "order_id": sql(at(_SALE, "id")),
        "user_id": sql(at("{userInfo}", "userId", "user_id")),
        "user_agent": sql(at("{userInfo}", "userAgent", "user_agent")),
    },
    may=(
        "sessionId", "productDetails", "purchaseTransaction", "attributionToken", "searchQuery",
        "userInfo", "offset",
    ),
    nested=("productDetails", "purchaseTransaction", "userInfo"),
    each=sql(
        "CASE WHEN {eventType} = 'search' THEN list_concat([NULL::JSON],"
        f" coalesce({listed('{productDetails}')}, [])) WHEN {{eventType}} IN ({_GOOGLE_LISTED})"
        f" THEN {listed('{productDetails}')} END"
    ),
    events=_GOOGLE_EVENTS,
)  # fmt: skip

# --- Amazon Personalize -----------------------------------------------------------------------

_PERSONALIZE = Layout(
    {
        "time": "TIMESTAMP",
        "visitor": "USER_ID",
        "session": "SESSION_ID",
        "item": "ITEM_ID",
        "type": "EVENT_TYPE",
        "event_value": real("EVENT_VALUE"),
        "list_id": "RECOMMENDATION_ID",
        "event_id": "EVENT_ID",
    },
    time_unit="s",
    optional=frozenset(("session", "type", "event_value", "list_id", "event_id")),
    events=MappingProxyType(USUAL),
)
_SHOWN_ITEMS = "to_json(string_split(nullif(trim({IMPRESSION}), ''), '|'))"
_PERSONALIZE_WITH_LISTS = replace(
    _PERSONALIZE,
    columns={
        **_PERSONALIZE.columns,
        "item": sql(f"coalesce(json_extract_string({{element}}, '$'), {text('ITEM_ID')})"),
        "type": sql(
            "CASE WHEN {element} IS NOT NULL THEN 'impression'"
            f" ELSE coalesce({text('EVENT_TYPE')}, 'view') END"
        ),
        "event_value": sql(
            "CASE WHEN {element} IS NULL THEN TRY_CAST({EVENT_VALUE} AS DOUBLE) END"
        ),
        "event_id": sql(own_id(text("EVENT_ID"))),
    },
    may=("EVENT_TYPE", "EVENT_VALUE", "EVENT_ID"),
    each=sql(f"list_concat(coalesce({listed(_SHOWN_ITEMS)}, []), [NULL::JSON])"),
)

# --- Recombee ---------------------------------------------------------------------------------

_RECOMBEE_EVENTS: Final = MappingProxyType(
    {
        "detailviews": "view",
        "purchases": "purchase",
        "cartadditions": "cart",
        "bookmarks": "like",
        "DELETE cartadditions": "remove_from_cart",
        "DELETE purchases": "refund",
        "like": "like",
        "dislike": "dislike",
        "view": "view",
    }
)


def _recombee(kind: str, field: dict[str, str]) -> dict[str, str | Sql]:
    """The columns of one interaction; `field` has the SQL of each of its parameters."""
    rating = f"TRY_CAST({field['rating']} AS DOUBLE)"
    judged = f"WHEN {rating} > 0 THEN 'like' WHEN {rating} < 0 THEN 'dislike' ELSE 'view'"
    kind = f"CASE {kind} WHEN 'ratings' THEN CASE {judged} END ELSE {kind} END"
    count = f"TRY_CAST({field['amount']} AS DOUBLE)"
    paid = f"TRY_CAST({field['price']} AS DOUBLE)"
    return {
        "time": sql(clock(field["timestamp"], 1_000_000)),
        "visitor": sql(field["userId"]),
        "session": sql(field["sessionId"]),
        "item": sql(field["itemId"]),
        "type": sql(kind),
        "value": sql(f"CASE WHEN {{kind}} IN ('purchases', 'DELETE purchases') THEN {paid} END"),
        "price": sql(f"{paid} / CASE WHEN {count} > 0 THEN {count} ELSE 1 END"),
        "quantity": sql(count),
        "list_id": sql(field["recommId"]),
        "rating": sql(rating),
        "duration": sql(f"TRY_CAST({field['duration']} AS DOUBLE)"),
    }


_PARAMETERS: Final = (
    "userId", "itemId", "timestamp", "sessionId", "amount", "price", "rating", "recommId",
    "duration",
)  # fmt: skip
_PATH = "regexp_extract(CAST({path} AS VARCHAR), '^/?([a-z]+)', 1)"
_REQUESTS = Layout(
    _recombee(
        f"regexp_replace({{method}} || ' ' || {_PATH}, "
        "'^POST (detailviews|purchases|ratings|cartadditions|bookmarks)$', '\\1')",
        {name: at("{params}", name) for name in _PARAMETERS},
    ),
    may=("params",),
    nested=("params",),
    events=_RECOMBEE_EVENTS,
)
_LISTED_KIND = (
    f"coalesce(regexp_extract(lower({text('type')}), '(detailview|purchase|rating|cartaddition|"
    "bookmark)', 1) || 's', nullif(regexp_extract(lower({file name}),"
    " '(detail_?view|purchase|rating|cart_?addition|bookmark)', 1) || 's', 's'),"
    " CASE WHEN {rating} IS NOT NULL THEN 'ratings' END)"
)

# --- Algolia Insights -------------------------------------------------------------------------

_OBJECT = listed("{objectData}") + "[{place}]"
_ALGOLIA_PRICE, _ALGOLIA_COUNT = real_at(_OBJECT, "price"), real_at(_OBJECT, "quantity")
_OBJECTS = "json_array_length({objectIDs})"
_ALGOLIA = Layout(
    {
        "time": sql(clock("CAST({timestamp} AS VARCHAR)", 1000)),
        "visitor": sql(first(text("userToken"), text("authenticatedUserToken"))),
        "type": sql(
            f"CASE WHEN {_OBJECTS} IS NULL AND {{filters}} IS NOT NULL"
            " THEN {eventType} || ' of filters'"
            f" WHEN {{eventType}} = 'view' AND {_OBJECTS} > 1 THEN 'view of several'"
            " WHEN {eventType} = 'conversion' THEN coalesce({eventSubtype}, 'conversion')"
            " ELSE {eventType} END"
        ),
        "item": sql("nullif(json_extract_string({element}, '$'), '')"),
        "value": sql(
            "CASE WHEN {eventSubtype} = 'purchase' THEN coalesce("
            f"{_ALGOLIA_PRICE} * coalesce({_ALGOLIA_COUNT}, 1),"
            f" CASE WHEN {_OBJECTS} = 1 THEN TRY_CAST({text('value')} AS DOUBLE) END) END"
        ),
        "price": sql(_ALGOLIA_PRICE),
        "quantity": sql(_ALGOLIA_COUNT),
        "list_id": sql(first(at(_OBJECT, "queryID"), text("queryID"))),
        "position": sql(
            f"coalesce(TRY_CAST({listed('{positions}')}[{{place}}] AS BIGINT),"
            f" CASE WHEN {{eventType}} = 'view' AND {_OBJECTS} > 1 THEN {{place}} END)"
        ),
        "user_id": sql(text("authenticatedUserToken")),
    },
    may=(
        "userToken", "authenticatedUserToken", "eventSubtype", "objectIDs", "objectData",
        "positions", "queryID", "filters", "value",
    ),
    nested=("objectIDs", "objectData", "positions", "filters"),
    each=sql(listed("{objectIDs}")),
    events=MappingProxyType(
        {
            "view": "view",
            "view of several": "impression",
            "click": "click",
            "addToCart": "cart",
            "purchase": "purchase",
        }
    ),
)  # fmt: skip

# --- Metarank and Gorse -----------------------------------------------------------------------

_RANKING = "{event} = 'ranking'"
_METARANK = Layout(
    {
        "time": sql(clock("CAST({timestamp} AS VARCHAR)", 1000)),
        "visitor": sql(first(text("user"), text("session"))),
        "session": sql(text("session")),
        "type": sql("CASE {event} WHEN 'interaction' THEN {type} ELSE {event} END"),
        "item": sql(f"CASE WHEN {_RANKING} THEN {at('{element}', 'id')} ELSE {text('item')} END"),
        "query": sql(
            f"[{at('f', 'value')} FOR f IN {listed('{fields}')}"
            " IF json_extract_string(f, '$.name') = 'query'][1]"
        ),
        "list_id": sql(f"CASE WHEN {_RANKING} THEN {text('id')} ELSE {text('ranking')} END"),
        "position": sql(f"CASE WHEN {_RANKING} THEN {{place}} END"),
        "event_id": sql(own_id(text("id"))),
    },
    may=("id", "user", "session", "type", "item", "items", "ranking", "fields"),
    nested=("items", "fields"),
    each=sql(f"CASE WHEN {_RANKING} THEN {listed('{items}')} END"),
    events=MappingProxyType({**USUAL, "ranking": "impression"}),
)
_GORSE = Layout(
    {
        "time": "Timestamp",
        "visitor": "UserId",
        "item": "ItemId",
        "type": "FeedbackType",
        "rating": real("Value"),
        "comment": "Comment",
    },
    optional=frozenset(("rating", "comment")),
    events=MappingProxyType(USUAL),
)
_GORSE_SQL = {"Timestamp": "time_stamp"}


def _gorse_table(name: str) -> str:
    return _GORSE_SQL.get(name, _snake(name).removeprefix("_"))


SERVICES: Final = (
    Format(
        "google-retail",
        "Google's retail API: userEvents, a row for each product, in both spellings",
        (_GOOGLE, spelled(_GOOGLE, _snake)),
    ),
    Format(
        "personalize",
        "Amazon Personalize: item interactions, and the impressions that they list",
        (_PERSONALIZE_WITH_LISTS, _PERSONALIZE),
    ),
    Format(
        "recombee",
        "Recombee: the requests of a batch, or the interactions that the API lists",
        (
            replace(_REQUESTS, inside="requests"),
            _REQUESTS,
            Layout(
                _recombee(_LISTED_KIND, {name: text(name) for name in _PARAMETERS}),
                may=("type", "file name", *_PARAMETERS[3:]),
                events=_RECOMBEE_EVENTS,
            ),
        ),
    ),
    Format(
        "algolia-insights",
        "Algolia Insights: events with objectIDs, a row for each, or the body of a request",
        (replace(_ALGOLIA, inside="events"), _ALGOLIA),
    ),
    Format(
        "metarank",
        "Metarank: rankings as impressions in their order, and interactions",
        (_METARANK,),
    ),
    Format(
        "gorse",
        "Gorse: feedback, as its API has it or as its tables do",
        (_GORSE, spelled(_GORSE, _gorse_table)),
    ),
)
