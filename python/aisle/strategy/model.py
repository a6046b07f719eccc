"""`Strategy`: how the slates of one placement are made."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from aisle import _core
from aisle.names import unknown
from aisle.strategy.exploring import Explore, Fatigue, MaybeFatigue, MaybeRotation, Rotation
from aisle.strategy.exposure import Exposure
from aisle.strategy.part import Expression, Part
from aisle.strategy.parts import Diversity, Exclude, MaybeNumber, Sources
from aisle.strategy.presets import Presets
from aisle.strategy.problems import PlacedError
from aisle.strategy.rule import Rule
from aisle.strategy.value import Objectives, Offers

SOURCES: tuple[str, ...] = tuple(_core.source_names())
FEATURES: tuple[str, ...] = tuple(_core.feature_names())
MOST_RULES = 1000


class Strategy(Presets, Part):
    """How the slates of one placement are made.

    Notes
    -----
    The order in which all of it applies stands in docs/strategies.md. Fusion of the sources:
    Cormack et al., SIGIR 2009, with the weights of a conditional logit.

    Examples
    --------
    >>> recipe = Strategy(sources={"knn": 50, "trending": 50}, at_most={"brand": 2}, diversity=0.3)
    >>> recipe.diversity.strength
    0.3
    >>> Strategy.only("trending").to_dict()
    {'sources': {'trending': {}}, 'weights': {'trending.place': 1.0}}
    """

    sources: Sources | None = None
    """The candidate sources; default: all of them, as many as the default recipe says."""
    weights: dict[str, float] | None = None
    """The scorer's weights by feature; default: those that fit learned, or the built-in ones."""
    exclude: Exclude = Exclude()
    """What must not come back."""
    relation: Literal["complements", "substitutes", "any"] = "any"
    """To the anchor, else the last item seen; what is on the other side is kept out."""
    filter: Expression | None = None
    """Only items for which this is true."""
    rules: Annotated[list[Rule], Field(max_length=MOST_RULES)] = Field(default_factory=list)
    """What merchandisers say, in any order."""
    boosts: Literal["multiply", "max"] = "multiply"
    """Several boosts on one item: their product, or the one farthest from 1."""
    objectives: Objectives = Objectives()
    """What the slate is for beside relevance: revenue, margin, stock, returns."""
    price_reranking: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Among candidates whose odds differ by less than this share the dearer first; 0: off."""
    offers: Offers = Field(default_factory=list)
    """Discounts out of budgets, the first that fits an item."""
    diversity: MaybeNumber = Diversity()
    """Difference between the items of a slate; a number is the strength of MMR."""
    novelty: Annotated[float, Field(ge=0, le=1)] = 0.0
    """0: relevance alone; 1: the rarest first."""
    at_most: dict[str, Annotated[int, Field(ge=1, le=1000)]] = Field(default_factory=dict)
    """At most n items of one value of a column: {"brand": 2}."""
    minimum: Annotated[int, Field(ge=0, le=1000)] = 0
    """A slate that would have fewer items is left empty."""
    fallback: list[str] = Field(default_factory=list)
    """Placements that answer instead, in turn, when the slate would be empty."""
    fatigue: MaybeFatigue = Fatigue()
    """What was shown and not touched sinks; a number is the strength."""
    rotation: MaybeRotation = Rotation()
    """What was just shown makes room; a number is the rate."""
    exposure: Annotated[list[Exposure], Field(max_length=20)] = Field(default_factory=list)
    """Shares of what is shown over many slates: suppliers, the long tail."""
    explore: Explore | None = None
    """Places that are there to learn."""
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0
    """Of all that is drawn: the same seed and calls give the same slates."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for name in self.weights or {}:
            if name not in FEATURES:
                raise PlacedError(("weights", name), unknown("feature", name, FEATURES))
        called = [one.called for one in self.exposure]
        for name in called:
            if called.count(name) > 1:
                raise ValueError(f"two exposures are called {name!r}; give one another name")
        taken: dict[int, str] = {}
        twice = []
        for rule in self.rules:
            if rule.slot is None or not rule.enabled or rule.when or rule.from_ or rule.until:
                continue
            if rule.slot in taken:
                twice.append(f"two pins on slot {rule.slot}: {taken[rule.slot]!r} and {rule.pin!r}")
            taken.setdefault(rule.slot, str(rule.pin))
        if twice:
            way_out = "give one of them another slot, a condition or a window"
            raise ValueError(f"{', '.join(twice)}; {way_out}")
        return self

    @classmethod
    def only(cls, source: str, *, quota: int = 100) -> Self:
        """One source alone, in its own order."""
        return cls(sources={source: quota}, weights={f"{source}.place": 1.0})

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Self:
        """The strategy of plain values, as ``to_dict`` makes them.

        Raises
        ------
        ConfigError
            For a field there is not, or a value outside its domain.
        """
        return cls(**plain)

    @property
    def names(self) -> list[str]:
        """What the trace calls each rule."""
        return [rule.name or f"{rule.action} {at}" for at, rule in enumerate(self.rules, 1)]
