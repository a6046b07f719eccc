"""Spans of time and event types, as features name them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from aisle._core import ConfigError
from aisle.events.types import TYPE_NAMES
from aisle.names import unknown

Span = str | float | timedelta
"""``"7d"``, ``"30m"``, seconds, or a timedelta."""
Types = str | Sequence[str] | None
"""One event type, several, or None: all."""

UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
INTEREST = ("view", "cart", "purchase", "click", "like")
PLURALS = {
    "view": "views",
    "cart": "carts",
    "remove_from_cart": "removals",
    "purchase": "buys",
    "refund": "refunds",
    "search": "searches",
    "impression": "impressions",
    "click": "clicks",
    "like": "likes",
    "dislike": "dislikes",
    "own": "owned",
}


def span(field: str, value: Any) -> int:
    """Microseconds of a span.

    Raises
    ------
    ConfigError
        For what is none; names the field and the value.

    Examples
    --------
    >>> span("window", "7d"), span("window", 90)
    (604800000000, 90000000)
    """
    seconds: float | None = None
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
    elif isinstance(value, str) and (found := re.fullmatch(r"(\d+(?:\.\d+)?)([wdhms])", value)):
        seconds = float(found[1]) * UNITS[found[2]]
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        seconds = float(value)
    if seconds is None or not math.isfinite(seconds) or not 0 < seconds < 4e9:
        raise ConfigError(
            f'{field} must be a span like "7d", "12h" or "30m", or seconds, got {value!r}'
        )
    return round(seconds * 1e6)


def shown(micros: int) -> str:
    """A span as people write it.

    Examples
    --------
    >>> shown(604_800_000_000), shown(90_000_000)
    ('7d', '90s')
    """
    for unit in "dhms":
        count, rest = divmod(micros, UNITS[unit] * 1_000_000)
        if count and not rest:
            return f"{count}{unit}"
    whole, rest = divmod(micros, 1_000_000)  # exact: it is read back
    return f"{whole}.{rest:06d}".rstrip("0") + "s"


def types_of(field: str, value: Types) -> tuple[str, ...]:
    """The event types of an argument, in the order of their numbers.

    Raises
    ------
    ConfigError
        For an event type that there is not, or none at all.
    """
    if value is None:
        return TYPE_NAMES
    given = (value,) if isinstance(value, str) else tuple(value)
    for one in given:
        if one not in TYPE_NAMES:
            raise ConfigError(f"{field}: {unknown('event type', one, TYPE_NAMES)}")
    if not given:
        raise ConfigError(f"{field} must name an event type, got {value!r}")
    return tuple(name for name in TYPE_NAMES if name in given)


def mask(types: Sequence[str]) -> int:
    """Event types as bits."""
    return sum(1 << TYPE_NAMES.index(name) for name in types)


def plural(types: Sequence[str]) -> str:
    """What a feature's name calls events of these types.

    Examples
    --------
    >>> plural(["view"]), plural(["cart", "purchase"]), plural(INTEREST)
    ('views', 'carts_or_buys', 'interest')
    """
    if tuple(types) == TYPE_NAMES:
        return "events"
    if set(types) == set(INTEREST):
        return "interest"
    return "_or_".join(PLURALS[name] for name in types)


def single(types: Sequence[str]) -> str:
    """What the name of a recency calls one event of these types."""
    if tuple(types) == TYPE_NAMES or set(types) == set(INTEREST):
        return plural(types).removesuffix("s")
    return "_or_".join("search" if name == "search" else PLURALS[name][:-1] for name in types)
