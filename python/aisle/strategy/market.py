"""`Market`: a country, a currency or a store, with its own prices, stock and rules."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from aisle.strategy.part import Expression, Part
from aisle.strategy.rule import Rule

MOST_MARKETS = 500
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^@]+$")]


class Market(Part):
    """Where requests with ``market=`` are made: what the shop's columns mean there, and its rules.

    Notes
    -----
    Wherever the engine reads a column by a name of ``columns`` it reads the market's own: in
    expressions and objectives, for what can be bought, in the scorer, for offers and looks, in the
    attributes of a slate. What was learned is shared by all markets.

    Examples
    --------
    >>> Market(currency="CHF", columns={"price": "price_ch", "stock": "stock_ch"}).currency
    'CHF'
    """

    currency: Annotated[str, Field(min_length=1, max_length=16)] | None = None
    """Of its prices; default: the shop's own. Offers are made where the currency is theirs."""
    columns: dict[Annotated[str, Field(min_length=1)], str] = Field(default_factory=dict)
    """What a column's name means here: {"price": "price_ch"}."""
    filter: Expression | None = None
    """Only items for which this is true, in every placement."""
    rules: Annotated[list[Rule], Field(max_length=1000)] = Field(default_factory=list)
    """Of every placement, beside its own."""

    def names(self, market: str) -> list[str]:
        """What the trace calls each rule."""
        return [
            rule.name or f"{rule.action} {at} of {market}" for at, rule in enumerate(self.rules, 1)
        ]


Markets = Annotated[dict[Name, Market], Field(max_length=MOST_MARKETS)]
