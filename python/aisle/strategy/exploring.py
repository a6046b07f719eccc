"""The parts of a strategy that look at what was shown: exploration, fatigue, rotation."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from aisle import _core
from aisle.strategy.part import UNITS, Expression, Part, Span, number_as

OVERS = ("items", "sources", "strategies")
POLICIES = {
    "epsilon_greedy": ("EPSILON_GREEDY", {"epsilon", "prior_mean"}),
    "softmax": ("SOFTMAX", {"temperature", "prior_mean"}),
    "ucb": ("UCB1", {"alpha"}),
    "thompson": ("THOMPSON_BETA", {"prior"}),
    "thompson_gaussian": ("THOMPSON_GAUSSIAN", {"prior_mean", "prior_deviation", "noise"}),
    "lin_ucb": ("LIN_UCB", {"alpha", "ridge", "context"}),
    "lin_ts": ("LIN_TS", {"alpha", "ridge", "context"}),
}
Outcome = Literal["view", "cart", "purchase", "refund", "search", "click", "like", "dislike"]


def _default_rewards() -> dict[Outcome, float]:
    return {"click": 1.0, "cart": 1.0, "purchase": 1.0}


class Explore(Part):
    """Places of a slate that are there to learn, by a bandit that says how probable each was.

    Examples
    --------
    >>> Explore(policy="thompson", slots=2, item_age="30d").item_age
    2592000.0
    """

    policy: Literal[
        "thompson", "thompson_gaussian", "epsilon_greedy", "softmax", "ucb", "lin_ucb", "lin_ts"
    ] = "thompson"
    """How it chooses: docs/exploration.md says where each comes from."""
    over: Literal["items", "sources", "strategies"] = "items"
    """What it chooses: an item, the source whose best candidate comes, or the whole strategy."""
    slots: (
        Annotated[int, Field(ge=1, le=100)]
        | Annotated[list[Annotated[int, Field(ge=1, le=1000)]], Field(min_length=1)]
    ) = 1
    """How many places, spread over the slate; or which, from 1."""
    pool: Annotated[int, Field(ge=1, le=1000)] = 20
    """Over items: it chooses among the best so many candidates."""
    fresh: Annotated[int, Field(ge=0, le=1000)] = 0
    """And among so many of the newest items that nobody has looked at yet."""
    item_age: Span | None = None
    """Over items: only those that are known for less than this."""
    among: list[str] = Field(default_factory=list)
    """Over strategies: the placements whose strategies it chooses from."""
    context: list[Expression] = Field(default_factory=list)
    """Of lin_ucb and lin_ts: numbers of the request, as expressions."""
    rewards: dict[Outcome, Annotated[float, Field(ge=-1e6, le=1e6)]] = Field(
        default_factory=_default_rewards
    )
    """What an outcome is worth; the best of a place counts. Thompson takes 0 to 1."""
    horizon: Span = 1800.0
    """What was not told of by then was ignored."""
    counts: Literal["seen", "shown"] = "seen"
    """A place counts as ignored when it was seen without an outcome, or from when it is shown."""
    prior: Annotated[
        list[Annotated[float, Field(gt=0, le=1e6)]], Field(min_length=2, max_length=2)
    ] = Field(default_factory=lambda: [1.0, 19.0])
    """Of thompson: successes and failures that a new arm is thought to have had."""
    epsilon: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Of epsilon_greedy: the share of choices that any arm may have."""
    temperature: Annotated[float, Field(ge=1e-6, le=1e6)] = 0.1
    """Of softmax, in the unit of the rewards: small is greedy."""
    alpha: Annotated[float, Field(ge=0, le=1e6)] = 1.0
    """Of ucb, lin_ucb, lin_ts: how far above its mean an arm may be believed to be."""
    ridge: Annotated[float, Field(ge=1e-6, le=1e6)] = 1.0
    """Of lin_ucb, lin_ts: the weight of believing that nothing matters."""
    prior_mean: Annotated[float, Field(ge=-1e6, le=1e6)] = 0.0
    """Of softmax, epsilon_greedy, thompson_gaussian: an unknown arm's."""
    prior_deviation: Annotated[float, Field(ge=1e-6, le=1e6)] = 1.0
    """Of thompson_gaussian."""
    noise: Annotated[float, Field(ge=1e-6, le=1e6)] = 1.0
    """Of thompson_gaussian: the standard deviation of one reward."""
    half_life: Annotated[float, Field(ge=1, le=1e15)] | None = None
    """After so many updates a reward counts half; default: never."""
    max_arms: Annotated[int, Field(ge=1, le=100_000_000)] = 100_000
    """Beyond, the arms that were used least are forgotten."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        own = {name for _, names in POLICIES.values() for name in names}
        for name in sorted((own & self.model_fields_set) - POLICIES[self.policy][1]):
            raise ValueError(f"{name} does not belong to the policy {self.policy}")
        if (self.over == "strategies") != bool(self.among):
            raise ValueError("over: strategies and among: [placements] go together")
        for name in sorted(self.model_fields_set & {"pool", "fresh", "item_age"}):
            if self.over != "items":
                raise ValueError(f"{name} belongs to over: items")
        if self.over == "strategies" and "slots" in self.model_fields_set:
            raise ValueError("over: strategies chooses the whole slate: it takes no slots")
        if not any(self.rewards.values()):
            raise ValueError("rewards must have one that is not 0")
        if self.policy == "thompson" and not all(0 <= r <= 1 for r in self.rewards.values()):
            raise ValueError(
                "rewards must be within 0 and 1 for thompson; thompson_gaussian takes any"
            )
        return self

    def to_core(self) -> _core.ExploreOptions:
        """What the core takes."""
        core = _core.ExploreOptions(OVERS.index(self.over))
        policy, fields = POLICIES[self.policy]
        options: dict[str, float] = {
            name: getattr(self, name) for name in fields - {"prior", "context"}
        }
        if self.policy == "thompson":
            options["prior_successes"], options["prior_failures"] = self.prior
        if "context" in fields:
            options["dim"] = len(self.context) + 1  # the first is always 1
        options["max_arms"] = self.max_arms
        options["half_life"] = self.half_life or 0.0
        core.set_bandit(_core.BanditPolicy[policy], options)
        for name, reward in self.rewards.items():
            core.set_reward(name, reward)
        core.slots = self.slots if isinstance(self.slots, int) else 0
        core.places = [] if isinstance(self.slots, int) else self.slots
        core.pool, core.fresh = self.pool, self.fresh
        core.max_age = (self.item_age or 0.0) / UNITS["d"]
        core.among, core.context = self.among, self.context
        core.horizon = round(self.horizon * 1e6)
        core.counts_shown = self.counts == "shown"
        return core

    def in_words(self) -> str:
        """One line for `aisle strategy explain`."""
        if self.over == "strategies":
            return f"the strategy of {' or '.join(self.among)}, chosen by {self.policy}"
        where = (
            f"{self.slots} of the places"
            if isinstance(self.slots, int)
            else f"places {', '.join(map(str, self.slots))}"
        )
        what = {"items": "an item among the best", "sources": "a source, whose best item comes"}
        return f"{where} to learn: {what[self.over]}, chosen by {self.policy}"


class Fatigue(Part):
    """What was shown and not touched sinks."""

    strength: Annotated[float, Field(ge=0, le=1)] = 0.0
    """The share of its odds that an item loses with each showing."""
    after: Annotated[int, Field(ge=0, le=1000)] = 0
    """So many showings are free."""
    within: Span = 604_800.0
    """Older showings are forgotten."""

    def in_words(self) -> str:
        """One line for `aisle strategy explain`."""
        free = f" after {self.after} free ones" if self.after else ""
        return (
            f"what was shown and not touched loses {self.strength:.0%} of its odds with each "
            f"showing{free}, for {self.within / UNITS['d']:g} days"
        )


class Rotation(Part):
    """What was just shown makes room for others, touched or not."""

    rate: Annotated[float, Field(ge=0, le=1)] = 0.0
    """The share of its odds that an item loses when it was shown."""
    time: Span = 7200.0
    """It gets them back evenly over this time."""

    def in_words(self) -> str:
        """One line for `aisle strategy explain`."""
        return (
            f"what was just shown loses {self.rate:.0%} of its odds, and gets them back within "
            f"{self.time / UNITS['h']:g} hours"
        )


MaybeFatigue = Annotated[Fatigue, number_as("strength", Fatigue)]
MaybeRotation = Annotated[Rotation, number_as("rate", Rotation)]
