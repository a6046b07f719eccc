"""What every feature has: a name that stays, checks, JSON, and its form in the core."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar

from aisle._core import ConfigError, FeatureDefinition
from aisle.features import spans
from aisle.features.spans import INTEREST, Types

_PLACES = {"item": 0, "visitor": 2, "visitor_item": 3}
_VALUE = 1


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One column of a feature matrix; subclasses say what is in it.

    Attributes
    ----------
    name : str
        As given, or made of what the feature is: ``views_item_7d``, ``ctr_brand_28d``.
    """

    kind: ClassVar[str] = ""
    name: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise ConfigError(f"name must be a text, got {self.name!r}")
        self._check()
        if not self.name:
            object.__setattr__(self, "name", self._own_name())

    def _check(self) -> None:
        """Brings arguments into their one form; refuses what is none."""

    def _own_name(self) -> str:
        return self.kind

    def _core_kind(self) -> str:
        return self.kind

    def _core(self) -> dict[str, Any]:
        return {}

    def _add_to(self, definition: FeatureDefinition) -> None:
        given: dict[str, Any] = {
            "of": 0, "column": "", "types": spans.mask(INTEREST), "per": 0, "window": 0,
            "half_life": 0, "prior_mean": 0.0, "prior_weight": 0.0, "utc_offset": 0,
        }  # fmt: skip
        definition.add(name=self.name, kind=self._core_kind(), **{**given, **self._core()})

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def _set_types(self, name: str) -> None:
        self._set(name, spans.types_of(name, getattr(self, name)))

    def _set_span(self, name: str) -> None:
        self._set(name, spans.shown(spans.span(name, getattr(self, name))))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; :meth:`FeatureSet.from_dict` reads them back."""
        told = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        plain = {k: list(v) if isinstance(v, tuple) else v for k, v in told.items()}
        return {"kind": self.kind, **plain}


def place(of: str) -> dict[str, Any]:
    """Whose events: an item's, a visitor's, or those of a column's values."""
    if of in _PLACES:
        return {"of": _PLACES[of], "column": ""}
    return {"of": _VALUE, "column": of}


def check_of(of: object, *, pairs: bool = False) -> None:
    """Refuses what names no one whose events are counted."""
    if not isinstance(of, str) or not of or (of == "visitor_item" and not pairs):
        known = "item, visitor" + (", visitor_item" if pairs else "")
        raise ConfigError(f"of must be {known} or the name of a column, got {of!r}")


def finite(name: str, value: object) -> float:
    """A number as a float; refuses anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ConfigError(f"{name} must be a number, got {value!r}")
    return float(value)


def texts(types: Types) -> tuple[str, ...]:
    """Types after ``_check``: a tuple of names."""
    assert isinstance(types, tuple)
    return types
