"""The parts of a strategy beside its rules: sources, what must not come back, diversity."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from aisle.strategy.part import Part, number_as


class Source(Part):
    """How one candidate source takes part."""

    quota: Annotated[int, Field(ge=0, le=1000)] = 100
    """The most candidates it may bring."""
    weight: Annotated[float, Field(ge=0, le=100)] = 1.0
    """Its say in the scorer: times what the scorer's weights say of it."""


OneSource = Annotated[Source | None, number_as("quota", Source | None, int)]


class Sources(Part):
    """The candidate sources that take part; one that is not named is off."""

    knn: OneSource = None
    """Sessions like this one."""
    co_visitation: OneSource = None
    """Seen in one session with what was seen."""
    rules: OneSource = None
    """Often the next step."""
    cart: OneSource = None
    """Put into one cart."""
    purchase: OneSource = None
    """Bought together."""
    vectors: OneSource = None
    """Near in vector space."""
    trending: OneSource = None
    """Looked at by many now."""
    trending_alike: OneSource = None
    """Looked at by many now, of the kind of the session's last item."""
    history: OneSource = None
    """The visitor's own: recently viewed."""
    buy_again: OneSource = None
    """The visitor's own: bought before."""


class Exclude(Part):
    """What must not come back."""

    anchor: bool = True
    """The item that the page is about."""
    bought: bool = True
    """What the visitor bought, as far as the kept events reach."""
    in_cart: bool = True
    """What is in the cart."""
    seen: bool = False
    """Anything of the running session."""
    unavailable: bool = True
    """Out of stock, not yet or no longer available."""
    return_below: Annotated[float, Field(ge=0, le=1)] = 0.005
    """Session items to which this shop's visitors come back more rarely than this."""


class Diversity(Part):
    """How a slate becomes more than twenty times the same thing."""

    method: Literal["mmr", "dpp", "xquad", "calibrated"] = "mmr"
    """MMR (Carbonell and Goldstein 1998), a determinantal point process (Chen et al. 2018), xQuAD
    (Santos et al. 2010), or a list calibrated to the visitor's interests (Steck 2018)."""
    strength: Annotated[float, Field(ge=0, le=1)] = 0.0
    """0: relevance alone; 1: nothing but difference."""
    on: str | None = None
    """What difference is: "vectors", or a column; default: vectors where there are any for MMR and
    DPP, else the category."""
    pool: Annotated[int, Field(ge=1, le=10_000)] = 100
    """The best so many candidates that it chooses from."""


MaybeNumber = Annotated[Diversity, number_as("strength", Diversity)]
