"""The parts of a strategy that say what the shop gains: objectives beside relevance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from aisle.strategy.part import Part

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


def _as_objective(value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return {"weight": float(value)} if number else value


OneObjective = Annotated[
    Objective, BeforeValidator(_as_objective, json_schema_input_type=float | Objective)
]


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


def set_values(core: _core.Strategy, strategy: Strategy) -> None:
    """Writes these parts to the strategy that the core runs."""
    core.set_objective("relevance", strategy.objectives.relevance, "")
    for aim in AIMS:
        one: Objective = getattr(strategy.objectives, aim)
        core.set_objective(aim, one.weight, one.column or "")
    core.price_reranking = strategy.price_reranking


def order_in_words(strategy: Strategy) -> list[str]:
    """What these parts do to the order of the candidates, a line each."""
    lines = _objectives(strategy.objectives)
    if strategy.price_reranking:
        lines.append(
            f"the dearer first where odds differ by less than {strategy.price_reranking:.0%}"
        )
    return lines


def _objectives(objectives: Objectives) -> list[str]:
    parts = [f"relevance {objectives.relevance:g}"]
    for aim, words in AIMS.items():
        one: Objective = getattr(objectives, aim)
        if one.weight:
            sign = "-" if aim == "returns" else ""
            parts.append(f"{one.column or words} {sign}{one.weight:g}")
    return [f"odds times what an item is worth: {', '.join(parts)}"] if len(parts) > 1 else []
