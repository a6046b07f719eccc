"""`Profile`: what a visitor likes, blended of what lasts and of what the session says."""

from __future__ import annotations

import math
from typing import Any

from aisle._core import ConfigError
from aisle.events.times import utc
from aisle.names import unknown
from aisle.notebook import facts_table


class Profile:
    """What a visitor likes, at one moment; :meth:`Engine.profile` makes it.

    Attributes
    ----------
    visitor : str or int
    time : int
        Microseconds UTC.
    durable : dict of str to dict of str to float
        By column: each value's share of the visitor's decayed events, best first.
    intent : dict of str to dict of str to float
        The same from the events of the running session.
    intent_weight : float
        How far the session is believed, 0 to 1: n / (n + intent_events) · 2^(-pause /
        intent_half_life).
    session_events : int
        n: the session's events that show what the visitor likes.
    price_range : tuple of float, or None
        Low, typical and high price of what the visitor turned to: the mean of the logs, and one
        standard deviation to each side; None where nothing had a price.
    """

    def __init__(self, visitor: str | int, told: dict[str, Any]) -> None:
        self.visitor = visitor
        self.time: int = told["time"]
        self.durable: dict[str, dict[str, float]] = told["durable"]
        self.intent: dict[str, dict[str, float]] = told["intent"]
        self.intent_weight: float = told["intent_weight"]
        self.session_events: int = told["session_events"]
        weight, mean, deviation = told["price"]
        self.price_range: tuple[float, float, float] | None = None
        if weight > 0:
            low, high = math.exp(mean - deviation), math.exp(mean + deviation)
            self.price_range = (low, math.exp(mean), high)

    @property
    def columns(self) -> list[str]:
        """The columns that the profile knows."""
        return list(self.durable)

    def affinity(self, column: str) -> list[tuple[str, float]]:
        """The values of a column with their weights, best first; equals by their names.

        A weight is intent_weight · intent + (1 - intent_weight) · durable; where the session says
        nothing of the column, what lasts decides alone.

        Raises
        ------
        ConfigError
            For a column that the profile does not have.
        """
        if column not in self.durable:
            raise ConfigError(unknown("column", column, self.durable, of="the profile"))
        durable, intent = self.durable[column], self.intent[column]
        share = self.intent_weight if intent else 0.0
        blended = {
            value: share * intent.get(value, 0.0) + (1.0 - share) * durable.get(value, 0.0)
            for value in {**durable, **intent}
        }
        return sorted(blended.items(), key=lambda one: (-one[1], one[0]))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "visitor": self.visitor,
            "time": self.time,
            "affinity": {column: dict(self.affinity(column)) for column in self.columns},
            "durable": self.durable,
            "intent": self.intent,
            "intent_weight": self.intent_weight,
            "session_events": self.session_events,
            "price_range": self.price_range,
        }

    def _facts(self) -> dict[str, object]:
        facts: dict[str, object] = {"at": utc(self.time)}
        for column in self.columns:
            best = [f"{value} {weight:.0%}" for value, weight in self.affinity(column)[:5]]
            facts[column] = ", ".join(best) or "nothing yet"
        if self.price_range is not None:
            low, typical, high = (f"{price:,.2f}" for price in self.price_range)
            facts["price"] = f"{typical} ({low} to {high})"
        facts["weight of the session"] = f"{self.intent_weight:.0%} of {self.session_events} events"
        return facts

    def __repr__(self) -> str:
        best = [
            f"{column}: {self.affinity(column)[0][0]}"
            for column in self.columns
            if self.affinity(column)
        ]
        said = ", ".join([*best, f"session {self.intent_weight:.0%}"])
        return f"Profile({self.visitor!r}, {said})"

    def _repr_html_(self) -> str:
        return facts_table(f"Profile of {self.visitor}", self._facts())
