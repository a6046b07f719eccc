"""What lasts of a visitor beside the running session, and how far each of the two is believed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aisle._core import ConfigError, FeatureDefinition
from aisle.features import spans
from aisle.features._base import finite, texts
from aisle.features.spans import INTEREST, Span, Types


@dataclass(frozen=True)
class ProfileOptions:
    """What :meth:`Engine.profile` is made of.

    The session's weight is n / (n + ``intent_events``) · 2^(-pause / ``intent_half_life``), with n
    the session's events and the pause since the last of them; what lasts has the rest.

    Parameters
    ----------
    columns
        Columns of categories: brand, category.
    types
        The event types that show what a visitor likes.
    half_life
        Of what lasts: weeks.
    intent_events
        So many events of a session weigh as much as all the past.
    intent_half_life
        After such a pause the session weighs half.
    """

    columns: Sequence[str] = ()
    types: Types = INTEREST
    half_life: Span = "28d"
    intent_events: float = 3.0
    intent_half_life: Span = "30m"

    def __post_init__(self) -> None:
        set_to = object.__setattr__
        if isinstance(self.columns, str) or not all(isinstance(c, str) for c in self.columns):
            raise ConfigError(f"columns must be a list of names, got {self.columns!r}")
        set_to(self, "columns", tuple(self.columns))
        set_to(self, "types", spans.types_of("types", self.types))
        set_to(self, "intent_events", finite("intent_events", self.intent_events))
        for name in ("half_life", "intent_half_life"):
            set_to(self, name, spans.shown(spans.span(name, getattr(self, name))))

    def _add_to(self, definition: FeatureDefinition) -> None:
        definition.set_profile(
            columns=list(self.columns),
            types=spans.mask(texts(self.types)),
            half_life=spans.span("half_life", self.half_life),
            intent_events=self.intent_events,
            intent_half_life=spans.span("intent_half_life", self.intent_half_life),
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        told = dataclasses.asdict(self)
        return {k: list(v) if isinstance(v, tuple) else v for k, v in told.items()}
