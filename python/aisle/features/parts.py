"""The kinds of features, each a small frozen description with a name that stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from aisle._core import ConfigError
from aisle.features import spans
from aisle.features._base import Feature, check_of, finite, place, texts
from aisle.features.spans import INTEREST, Span, Types
from aisle.names import unknown

PARTS = ("hour", "weekday")


@dataclass(frozen=True)
class Count(Feature):
    """Events within a window before the request.

    The window moves in sixteenths: an event older than it never counts, and all that are younger
    than 15/16 of it do.

    Parameters
    ----------
    types
        An event type, or several.
    of
        ``"item"``, ``"visitor"``, or a column of categories: all items of the item's value.
    window
        ``"7d"``, ``"12h"``, seconds or a timedelta; at least a minute.

    Examples
    --------
    >>> Count("view", of="item", window="7d").name
    'views_item_7d'
    """

    kind: ClassVar[str] = "count"
    types: Types = "view"
    of: str = "item"
    window: Span = "7d"

    def _check(self) -> None:
        self._set_types("types")
        check_of(self.of)
        self._set_span("window")

    def _own_name(self) -> str:
        return f"{spans.plural(texts(self.types))}_{self.of}_{self.window}"

    def _core(self) -> dict[str, Any]:
        window = spans.span("window", self.window)
        return {**place(self.of), "types": spans.mask(texts(self.types)), "window": window}


@dataclass(frozen=True)
class Decayed(Feature):
    """Events, each worth half as much after every half-life: the sum of 2^(-age / half-life).

    Examples
    --------
    >>> Decayed("cart", of="brand", half_life="3d").name
    'carts_brand_decayed_3d'
    """

    kind: ClassVar[str] = "decayed"
    types: Types = "view"
    of: str = "item"
    half_life: Span = "7d"

    def _check(self) -> None:
        self._set_types("types")
        check_of(self.of)
        self._set_span("half_life")

    def _own_name(self) -> str:
        return f"{spans.plural(texts(self.types))}_{self.of}_decayed_{self.half_life}"

    def _core(self) -> dict[str, Any]:
        half_life = spans.span("half_life", self.half_life)
        types = spans.mask(texts(self.types))
        return {**place(self.of), "types": types, "half_life": half_life}


@dataclass(frozen=True)
class Rate(Feature):
    """Events for each other event, drawn to a prior where there are few: (n + a·m) / (d + a).

    Parameters
    ----------
    types, per
        What is counted (n), and for each of what (d): clicks per impression are the CTR.
    of
        As in :class:`Count`.
    window, half_life
        One of the two: a window, or decay.
    prior_mean, prior_weight
        m, and how many events it weighs (a); without weight a rate of nothing is NaN.

    Examples
    --------
    >>> Rate("click", per="impression", of="brand", window="28d").name
    'ctr_brand_28d'
    >>> Rate("cart", per="view", half_life="7d").name
    'carts_per_view_item_decayed_7d'
    """

    kind: ClassVar[str] = "rate"
    types: Types = "click"
    per: Types = "impression"
    of: str = "item"
    window: Span | None = None
    half_life: Span | None = None
    prior_mean: float = 0.05
    prior_weight: float = 20.0

    def _check(self) -> None:
        self._set_types("types")
        self._set_types("per")
        check_of(self.of)
        if (self.window is None) == (self.half_life is None):
            got = "neither" if self.window is None else "both"
            raise ConfigError(f"a rate needs window=… or half_life=…, one of them; got {got}")
        self._set_span("window" if self.half_life is None else "half_life")
        self._set("prior_mean", finite("prior_mean", self.prior_mean))
        self._set("prior_weight", finite("prior_weight", self.prior_weight))

    def _own_name(self) -> str:
        types, per = texts(self.types), texts(self.per)
        what = f"{spans.plural(types)}_per_{spans.single(per)}"
        if (types, per) == (("click",), ("impression",)):
            what = "ctr"
        span = self.window if self.half_life is None else f"decayed_{self.half_life}"
        return f"{what}_{self.of}_{span}"

    def _core(self) -> dict[str, Any]:
        span = "window" if self.half_life is None else "half_life"
        return {
            **place(self.of),
            "types": spans.mask(texts(self.types)),
            "per": spans.mask(texts(self.per)),
            span: spans.span(span, getattr(self, span)),
            "prior_mean": self.prior_mean,
            "prior_weight": self.prior_weight,
        }


@dataclass(frozen=True)
class Affinity(Feature):
    """The share of the visitor's decayed events that are of the item's value of a column.

    (n + a·m) / (d + a), with n the visitor's events of that value and d those of any value.

    Examples
    --------
    >>> Affinity("brand").name
    'affinity_brand_28d'
    """

    kind: ClassVar[str] = "affinity"
    column: str = "brand"
    types: Types = INTEREST
    half_life: Span = "28d"
    prior_mean: float = 0.0
    prior_weight: float = 1.0

    def _check(self) -> None:
        if not self.column:
            raise ConfigError(f"column must be the name of a column, got {self.column!r}")
        self._set_types("types")
        self._set_span("half_life")
        self._set("prior_mean", finite("prior_mean", self.prior_mean))
        self._set("prior_weight", finite("prior_weight", self.prior_weight))

    def _own_name(self) -> str:
        return f"affinity_{self.column}_{self.half_life}"

    def _core(self) -> dict[str, Any]:
        return {
            "column": self.column,
            "types": spans.mask(texts(self.types)),
            "half_life": spans.span("half_life", self.half_life),
            "prior_mean": self.prior_mean,
            "prior_weight": self.prior_weight,
        }


@dataclass(frozen=True)
class PriceAffinity(Feature):
    """How far the item's price lies from those of what the visitor turned to.

    (log price - mean) / deviation, both of the logs of the prices of the visitor's decayed events;
    the variance is drawn to ``spread``² with the weight of ``prior_weight`` events. NaN without a
    price, or before the first event on an item with one.

    Examples
    --------
    >>> PriceAffinity().name
    'price_affinity_28d'
    """

    kind: ClassVar[str] = "price_affinity"
    types: Types = INTEREST
    half_life: Span = "28d"
    spread: float = 0.5
    prior_weight: float = 1.0

    def _check(self) -> None:
        self._set_types("types")
        self._set_span("half_life")
        self._set("spread", finite("spread", self.spread))
        self._set("prior_weight", finite("prior_weight", self.prior_weight))

    def _own_name(self) -> str:
        return f"price_affinity_{self.half_life}"

    def _core(self) -> dict[str, Any]:
        return {
            "types": spans.mask(texts(self.types)),
            "half_life": spans.span("half_life", self.half_life),
            "prior_mean": self.spread,
            "prior_weight": self.prior_weight,
        }


@dataclass(frozen=True)
class Recency(Feature):
    """Seconds since the last event; NaN where there was none.

    Parameters
    ----------
    of
        ``"item"``, ``"visitor"``, ``"visitor_item"`` (the visitor's last with this item, of the
        newest ``max_items`` items), or a column.

    Examples
    --------
    >>> Recency("view", of="visitor_item").name
    'since_view_visitor_item'
    """

    kind: ClassVar[str] = "recency"
    types: Types = "view"
    of: str = "item"

    def _check(self) -> None:
        self._set_types("types")
        check_of(self.of, pairs=True)

    def _own_name(self) -> str:
        return f"since_{spans.single(texts(self.types))}_{self.of}"

    def _core(self) -> dict[str, Any]:
        return {**place(self.of), "types": spans.mask(texts(self.types))}


@dataclass(frozen=True)
class SessionCount(Feature):
    """Events of the visitor's running session; 0 when it is over.

    Examples
    --------
    >>> SessionCount().name, SessionCount("cart").name
    ('events_session', 'carts_session')
    """

    kind: ClassVar[str] = "session_count"
    types: Types = None

    def _check(self) -> None:
        self._set_types("types")

    def _own_name(self) -> str:
        return f"{spans.plural(texts(self.types))}_session"

    def _core(self) -> dict[str, Any]:
        return {"types": spans.mask(texts(self.types))}


@dataclass(frozen=True)
class Sessions(Feature):
    """Sessions that the visitor began, the running one included."""

    kind: ClassVar[str] = "sessions"

    def _own_name(self) -> str:
        return "sessions_visitor"


@dataclass(frozen=True)
class Context(Feature):
    """The hour of the day (0 to 23) or the weekday (Monday 0 to Sunday 6) of the request.

    Parameters
    ----------
    part
        ``"hour"`` or ``"weekday"``.
    utc_offset
        Hours east of UTC: 5.5 for Mumbai.

    Examples
    --------
    >>> Context("hour", utc_offset=2).name
    'hour_utc+2'
    """

    kind: ClassVar[str] = "context"
    part: str = "hour"
    utc_offset: float = 0.0

    def _check(self) -> None:
        if self.part not in PARTS:
            raise ConfigError(unknown("part of the context", self.part, PARTS))
        self._set("utc_offset", finite("utc_offset", self.utc_offset))
        if not -18 <= self.utc_offset <= 18 or not (self.utc_offset * 60).is_integer():
            raise ConfigError(
                f"utc_offset must be hours within 18 of UTC, by the minute, got {self.utc_offset!r}"
            )

    def _own_name(self) -> str:
        return self.part + (f"_utc{self.utc_offset:+g}" if self.utc_offset else "")

    def _core_kind(self) -> str:
        return self.part

    def _core(self) -> dict[str, Any]:
        return {"utc_offset": round(self.utc_offset * 60)}


KINDS: dict[str, type[Feature]] = {
    "count": Count,
    "decayed": Decayed,
    "rate": Rate,
    "affinity": Affinity,
    "price_affinity": PriceAffinity,
    "recency": Recency,
    "session_count": SessionCount,
    "sessions": Sessions,
    "context": Context,
}
