"""`FeatureSet`: one list of features for training and for serving."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from aisle._core import Catalog, ConfigError, FeatureDefinition
from aisle.attributes import as_items
from aisle.features import spans
from aisle.features._base import Feature
from aisle.features.parts import (
    KINDS,
    Affinity,
    Context,
    Count,
    Decayed,
    PriceAffinity,
    Rate,
    Recency,
    SessionCount,
    Sessions,
)
from aisle.features.profile import ProfileOptions
from aisle.features.spans import Span
from aisle.names import unknown
from aisle.notebook import facts_table

Made = TypeVar("Made")
COMMON = ("brand", "category")  # what the default set looks for among the items' columns


class FeatureSet:
    """One definition of features, for training and for serving.

    Parameters
    ----------
    features
        :class:`Count`, :class:`Decayed`, :class:`Rate`, :class:`Affinity`, :class:`PriceAffinity`,
        :class:`Recency`, :class:`SessionCount`, :class:`Sessions`, :class:`Context`; the columns of
        a matrix, in this order.
    profile
        What :meth:`Engine.profile` is made of; None: no profile.
    session_gap
        A longer pause begins a new session, where events carry no session id.
    time_to_live
        A visitor idle for longer begins anew.
    memory_limit
        Bytes of visitors in an engine; the idlest go first.
    max_values, max_items
        Of how many values of a column and of how many items a visitor's own events are kept.

    Raises
    ------
    ConfigError
        For a field outside its domain, or a name that comes twice.

    Examples
    --------
    >>> from aisle.features import Count, FeatureSet, Rate
    >>> shop = FeatureSet([Count("view", window="7d"), Rate("cart", per="view", window="7d")])
    >>> shop.names
    ['views_item_7d', 'carts_per_view_item_7d']
    >>> FeatureSet.from_json(shop.to_json()) == shop
    True
    """

    def __init__(
        self,
        features: Sequence[Feature],
        *,
        profile: ProfileOptions | None = None,
        session_gap: Span = "30m",
        time_to_live: Span = "180d",
        memory_limit: int = 1 << 30,
        max_values: int = 64,
        max_items: int = 64,
    ) -> None:
        for one in features:
            if not isinstance(one, Feature):
                raise ConfigError(f"a feature is a Count, Rate, …; got {one!r}")
        self.features = tuple(features)
        self.profile = profile
        self.session_gap = spans.shown(spans.span("session_gap", session_gap))
        self.time_to_live = spans.shown(spans.span("time_to_live", time_to_live))
        self.memory_limit = _whole("memory_limit", memory_limit)
        self.max_values = _whole("max_values", max_values)
        self.max_items = _whole("max_items", max_items)
        self._core = self._definition()

    @classmethod
    def default(cls, items: Any = None) -> FeatureSet:
        """A set that suits most shops, for the columns that its items have.

        Parameters
        ----------
        items
            An :class:`aisle.Items` or what :func:`aisle.read_items` takes: with a brand or category
            there are features of them, with a price its affinity. None: items and visitors alone.
        """
        columns = {} if items is None else as_items(items).attributes
        values = [name for name in COMMON if name in columns]
        features: list[Feature] = [
            Count("view", window="1d"),
            Count("view", window="7d"),
            Count("cart", window="7d"),
            Count("purchase", window="28d"),
            Decayed("view", half_life="1d"),
            Rate("click", per="impression", half_life="28d"),
            Rate("cart", per="view", half_life="28d"),
            Rate("purchase", per="view", half_life="28d", prior_mean=0.02),
            Recency("view", of="item"),
            Recency("view", of="visitor_item"),
        ]
        for name in values:
            features += [
                Decayed("view", of=name, half_life="7d"),
                Rate("purchase", per="view", of=name, half_life="28d", prior_mean=0.02),
                Affinity(name),
            ]
        if "price" in columns:
            features.append(PriceAffinity())
        features += [
            Decayed("view", of="visitor", half_life="28d"),
            Decayed("purchase", of="visitor", half_life="28d"),
            Recency(spans.INTEREST, of="visitor"),
            SessionCount(),
            SessionCount("cart"),
            Sessions(),
            Context("hour"),
            Context("weekday"),
        ]
        return cls(features, profile=ProfileOptions(values) if values else None)

    @property
    def names(self) -> list[str]:
        """The features' names, in the order of a matrix' columns."""
        return [one.name for one in self.features]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "features": [one.to_dict() for one in self.features],
            "profile": None if self.profile is None else self.profile.to_dict(),
            **{name: getattr(self, name) for name in _OPTIONS},
        }

    def to_json(self) -> str:
        """The same as a text."""
        return json.dumps(self.to_dict(), indent=1)

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> FeatureSet:
        """What :meth:`to_dict` gave.

        Raises
        ------
        ConfigError
            For a kind, field or value that there is not.
        """
        rest = {name: value for name, value in told.items() if name not in ("features", "profile")}
        for name in rest:
            if name not in _OPTIONS:
                raise ConfigError(unknown("field", name, _OPTIONS, of="a feature set"))
        profile = told.get("profile")
        return cls(
            [_feature_of(one) for one in told.get("features", ())],
            profile=None if profile is None else _made(ProfileOptions, profile, "profile"),
            **rest,
        )

    @classmethod
    def from_json(cls, text: str) -> FeatureSet:
        """What :meth:`to_json` gave."""
        try:
            told = json.loads(text)
        except ValueError as error:
            raise ConfigError(f"a feature set is JSON: {error}") from None
        if not isinstance(told, dict):
            raise ConfigError(f"a feature set is a JSON object, got {text[:40]!r}")
        return cls.from_dict(told)

    def _definition(self) -> FeatureDefinition:
        core = FeatureDefinition()
        for one in self.features:
            one._add_to(core)
        if self.profile is not None:
            self.profile._add_to(core)
        core.session_gap = spans.span("session_gap", self.session_gap)
        core.time_to_live = spans.span("time_to_live", self.time_to_live)
        core.memory_limit, core.max_values = self.memory_limit, self.max_values
        core.max_items = self.max_items
        core.validate()
        return core

    def _check_columns(self, catalog: Catalog) -> None:
        """Refuses columns that the items do not have, or that hold no categories."""
        kinds = catalog.columns()
        for name in self._core.columns():
            if name not in kinds:
                raise ConfigError(unknown("column", name, kinds, of="the items"))
            if kinds[name] not in ("category", "text"):
                raise ConfigError(
                    f"column {name!r} is {kinds[name]}; features count by the values of a category"
                )

    def __len__(self) -> int:
        return len(self.features)

    def __iter__(self) -> Iterator[Feature]:
        return iter(self.features)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FeatureSet) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash(self.features)

    def __repr__(self) -> str:
        shown = ", ".join(self.names[:4]) + (", …" if len(self) > 4 else "")
        return f"FeatureSet({len(self)} features: {shown})"

    def _repr_html_(self) -> str:
        return facts_table("FeatureSet", {one.name: type(one).__name__ for one in self.features})


_OPTIONS = ("session_gap", "time_to_live", "memory_limit", "max_values", "max_items")


def _whole(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 62:
        raise ConfigError(f"{name} must be a whole number, got {value!r}")
    return value


def _feature_of(told: Mapping[str, Any]) -> Feature:
    fields = dict(told)
    kind = fields.pop("kind", None)
    if kind not in KINDS:
        raise ConfigError(unknown("kind of a feature", kind, KINDS))
    return _made(KINDS[kind], fields, f"feature {kind}")


def _made(cls: type[Made], fields: Mapping[str, Any], of: str) -> Made:
    known = cls.__dataclass_fields__  # type: ignore[attr-defined]
    for name in fields:
        if name not in known:
            raise ConfigError(unknown("field", name, known, of=of))
    return cls(**fields)
