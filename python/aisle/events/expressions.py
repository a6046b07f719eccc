"""Expressions that several formats share: SQL over columns and over JSON."""

from __future__ import annotations

from typing import Final

from aisle.events.layouts import Sql, sql
from aisle.events.types import ALIASES, EVENT_TYPES


def number(column: str) -> Sql:
    """A whole number from a text or number column."""
    return sql(f"TRY_CAST({{{column}}} AS BIGINT)")


def real(column: str) -> Sql:
    """A number from a text or number column."""
    return sql(f"TRY_CAST({{{column}}} AS DOUBLE)")


def at(json: str, *paths: str) -> str:
    """SQL of the first text at one of the paths of a JSON; empty ones are nothing."""
    found = ", ".join(f"nullif(json_extract_string({json}, '$.{path}'), '')" for path in paths)
    return f"coalesce({found})" if len(paths) > 1 else found


def real_at(json: str, *paths: str) -> str:
    """SQL of the number at one of the paths of a JSON."""
    return f"TRY_CAST({at(json, *paths)} AS DOUBLE)"


def text(column: str) -> str:
    """SQL of a column as text; empty ones are nothing."""
    return f"nullif(trim(CAST({{{column}}} AS VARCHAR)), '')"


def first(*texts: str) -> str:
    """SQL of the first that is there."""
    return f"coalesce({', '.join(texts)})"


def listed(json: str) -> str:
    """SQL of the elements of a JSON list; nothing where it is none."""
    return f"TRY_CAST({json} AS JSON[])"


def clock(when: str, scale: int) -> str:
    """SQL of microseconds: of a number of `scale` microseconds each, or of an ISO text."""
    micros = f"TRY_CAST(round(TRY_CAST({when} AS DOUBLE) * {scale}) AS BIGINT)"
    return f"coalesce({micros}, epoch_us(TRY_CAST({when} AS TIMESTAMPTZ)))"


def revenue(sold: str, price: str, quantity: str) -> str:
    """SQL of price times quantity (one, where it is missing) of what was sold or given back."""
    return f"CASE WHEN {sold} THEN {price} * coalesce({quantity}, 1) END"


def own_id(event_id: str) -> str:
    """SQL of an id for each row of an event: the second has -2 behind it, and so on."""
    return f"{event_id} || CASE WHEN {{place}} > 1 THEN '-' || {{place}} ELSE '' END"


def rated(rating: str, *, like: float = 4, dislike: float = 2, top: float = 5) -> str:
    """SQL of the type of a rating from 1 to 5: 4 and more likes, 2 and less dislikes.

    What lies outside the scale (0, -1 for "seen, not rated", a scale up to 10) is a view.
    """
    stars = f"TRY_CAST({rating} AS DOUBLE)"
    return (
        f"CASE WHEN {stars} BETWEEN {like} AND {top} THEN 'like'"
        f" WHEN {stars} > 0 AND {stars} <= {dislike} THEN 'dislike' ELSE 'view' END"
    )


USUAL: Final[dict[str, str]] = {
    **{name: name for name in EVENT_TYPES},
    **ALIASES,
    "watch": "view",
    "read": "view",
    "product_view": "view",
    "detail_view": "view",
    "view_item": "view",
    "add_to_basket": "cart",
    "remove_from_basket": "remove_from_cart",
    "checkout_complete": "purchase",
    "favorite": "like",
    "favourite": "like",
    "star": "like",
    "love": "like",
    "thumbs_up": "like",
    "bookmark": "like",
    "wishlist": "like",
    "add_to_wishlist": "like",
    "add_to_favorites": "like",
    "thumbs_down": "dislike",
    "skip": "dislike",
    "hide": "dislike",
}
"""What shops call their events where a system leaves the names to them."""
