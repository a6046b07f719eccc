"""The parts of a strategy that say what the shop gains: objectives beside relevance, offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from aisle.strategy.part import (
    UNITS,
    Expression,
    Moment,
    Part,
    Span,
    number_as,
    span_in_words,
    window_of,
)

if TYPE_CHECKING:
    from aisle import _core
    from aisle.strategy.model import Strategy

AIMS = {
    "revenue": "price",
    "margin": "margin",
    "stock": "stock to clear",
    "returns": "return rate",
}
Weight = Annotated[float, Field(ge=0, le=1000)]


class Objective(Part):
    """How much one objective counts, and the column it is read from."""

    weight: Weight = 0.0
    """0: not at all. Relevance has 1 unless it says otherwise."""
    column: Annotated[str, Field(min_length=1)] | None = None
    """A column of numbers; default: that of the objective's own name."""


OneObjective = Annotated[Objective, number_as("weight", Objective)]


class Objectives(Part):
    """What a slate is for, mixed by weights: docs/strategies.md has the formula.

    Examples
    --------
    >>> Objectives(revenue=0.3, margin={"weight": 0.2, "column": "profit"}).margin.column
    'profit'
    """

    relevance: Weight = 1.0
    """What suits the visitor."""
    revenue: OneObjective = Objective()
    """Expected revenue: relevance times price."""
    margin: OneObjective = Objective()
    """Expected margin; default column: ``margin``, else ``price - cost``."""
    stock: OneObjective = Objective()
    """Stock to clear."""
    returns: OneObjective = Objective()
    """Risk of a return, which counts against an item; default column: ``return_rate``, 0 to 1."""

    @model_validator(mode="after")
    def _has_a_weight(self) -> Self:
        if self.relevance == 0 and not any(getattr(self, aim).weight for aim in AIMS):
            raise ValueError("objectives need at least one weight above 0, for example revenue: 1")
        return self


class Offer(Part):
    """A discount out of a budget: docs/strategies.md says when it is made and when it comes back.

    Examples
    --------
    >>> Offer(name="clear", discount=0.2, budget=500, where="stock > 50", hold="2h").hold
    7200.0
    """

    name: Annotated[str, Field(min_length=1, max_length=200)]
    """Its budget is kept by this name, whatever strategy is live."""
    discount: Annotated[float, Field(gt=0, le=0.9)]
    """Share of the catalogue's price."""
    budget: Annotated[float, Field(ge=0, le=1e12)]
    """The most that all its discounts together may cost, in the catalogue's currency."""
    currency: Annotated[str, Field(min_length=1, max_length=16)] | None = None
    """Of its budget: it is made in markets of that currency; default: where none is named."""
    where: Expression | None = None
    """The items it is for; default: all that have a price."""
    when: Expression | None = None
    """A condition on the request."""
    from_: Annotated[Moment | None, Field(alias="from")] = None
    """Made from then on; without a zone: UTC."""
    until: Moment | None = None
    """Made before then; what was made holds for its time."""
    at_most: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Items of one slate; default: no limit."""
    hold: Annotated[Span, Field(ge=1)] = 1800.0
    """What was shown and not redeemed goes back to the budget after this; at most 30 days."""
    round_to: Annotated[float, Field(gt=0, le=1e6)] | None = None
    """Prices with the discount are rounded to a multiple of this: 0.01, 0.05; default: not."""

    @model_validator(mode="after")
    def _holds_a_while(self) -> Self:
        if self.hold > 30 * UNITS["d"]:
            raise ValueError(f"hold is at most 30d, got {span_in_words(self.hold)}")
        return self


def check_names(offers: list[Offer]) -> list[Offer]:
    """Each name once: a budget belongs to a name."""
    names = [offer.name for offer in offers]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two offers are named {name!r}; their budgets go by the name")
    return offers


Offers = Annotated[list[Offer], Field(max_length=100), AfterValidator(check_names)]


def set_values(core: _core.Strategy, strategy: Strategy, currency: str | None) -> None:
    """Writes these parts to the strategy that the core runs, and the offers in that currency."""
    core.set_objective("relevance", strategy.objectives.relevance, "")
    for aim in AIMS:
        one: Objective = getattr(strategy.objectives, aim)
        core.set_objective(aim, one.weight, one.column or "")
    core.set_relation(strategy.relation)
    core.price_reranking = strategy.price_reranking
    offers = [offer for offer in strategy.offers if offer.currency == currency]
    for at, offer in enumerate(offers):
        hold, most = round(offer.hold * 1_000_000), offer.at_most or 0
        core.add_offer(offer.name, offer.discount, offer.budget, hold, most, offer.round_to or 0.0)
        core.add_rule(
            f"offer {offer.name}", "offer", offer.when or "",
            *window_of(offer.from_, offer.until),
            offer.where or "", "", 1.0, [], "", at, 0.0,
        )  # fmt: skip


def relation_in_words(strategy: Strategy) -> list[str]:
    """What is kept out for being on the wrong side, a line or none."""
    if strategy.relation == "any":
        return []
    other = "substitutes" if strategy.relation == "complements" else "complements"
    return [f"no {other} of the anchor, or of the last item seen"]


def order_in_words(strategy: Strategy) -> tuple[list[str], list[str]]:
    """What objectives do to the order of the candidates, then prices: lines."""
    share = strategy.price_reranking
    dearer = [f"the dearer first where odds differ by less than {share:.0%}"] if share else []
    return _objectives(strategy.objectives), dearer


def offers_in_words(strategy: Strategy) -> list[str]:
    """What the slate's items may cost less, a line each."""
    return [_offer(offer) for offer in strategy.offers]


def _offer(offer: Offer) -> str:
    count = f"at most {offer.at_most} items" if offer.at_most else "items"
    words = f"{count} with {offer.where}" if offer.where else count
    money = f"{offer.budget:,g}{f' {offer.currency}' if offer.currency else ''}"
    parts = [f"{words}: {offer.discount:.0%} off, {money} in all"]
    parts += [f"held for {span_in_words(offer.hold)}"]
    parts += [f"while {offer.when}"] if offer.when else []
    parts += [f"from {offer.from_:%Y-%m-%d %H:%M}"] if offer.from_ else []
    parts += [f"until {offer.until:%Y-%m-%d %H:%M}"] if offer.until else []
    return f"{', '.join(parts)} (offer {offer.name})"


def _objectives(objectives: Objectives) -> list[str]:
    parts = [f"relevance {objectives.relevance:g}"]
    for aim, words in AIMS.items():
        one: Objective = getattr(objectives, aim)
        if one.weight:
            sign = "-" if aim == "returns" else ""
            parts.append(f"{one.column or words} {sign}{one.weight:g}")
    return [f"odds times what an item is worth: {', '.join(parts)}"] if len(parts) > 1 else []
