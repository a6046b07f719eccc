"""`Explanation`: why an item of a slate stands where it does, number by number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from aisle._core import ConfigError
from aisle.notebook import facts_table

Id = str | int

MOST = 10_000  # places of a slate that is explained: each is some hundred bytes

FALLBACKS = {
    "kept_for": "fills a slot that is kept for its group",
    "trending_alike": "fills the slate: looked at by many now, of the same kind",
    "trending": "fills the slate: looked at by many now",
    "popular": "fills the slate: popular here",
    "new": "fills the slate: new here",
    "seen": "fills the slate: seen in this session",
    "sold_out": "fills the slate: asked for by the request's filter, and sold out",
}


@dataclass(frozen=True)
class Feature:
    """One term of the scorer's sum.

    Attributes
    ----------
    name
        ``"knn.place"``, ``"return_rate"``; all of them: ``aisle.strategy.FEATURES``.
    value
        The item's.
    weight
        The strategy's.
    part
        What it adds to the score: value times weight, and the steps of trees that ask it.
    """

    name: str
    value: float
    weight: float
    part: float


@dataclass(frozen=True)
class RuleEffect:
    """What one boost, bury or add did to the item.

    Attributes
    ----------
    rule
        Its name.
    factor
        Times the item's odds of being chosen; 1.0 does nothing.
    added
        To its relevance; 0.0 does nothing.
    counts
        False where another boost is larger, and only the largest counts (``boosts: max``).
    """

    rule: str
    factor: float
    added: float
    counts: bool

    def __str__(self) -> str:
        amount = f"{self.added:+g}" if self.added else f"x {self.factor:.3g}"
        return f"{self.rule} ({amount}{'' if self.counts else ', a larger one counts'})"


@dataclass(frozen=True)
class Limit:
    """A limit under which the item falls.

    Attributes
    ----------
    rule
        Its name; None: the strategy's own ``at_most``.
    column, value
        Where each value of a column is counted apart: the column, and the item's value.
    slots
        The most there may be, or with ``at_least`` the fewest.
    taken
        How many the slate has; None with ``at_least``.
    at_least
        Slots are kept for such items.
    """

    rule: str | None
    column: str | None
    value: str | None
    slots: int
    taken: int | None
    at_least: bool

    def __str__(self) -> str:
        kept = "at least" if self.at_least else "at most"
        of = f" of {self.column} {self.value!r}" if self.column else ""
        by = f" (rule {self.rule!r})" if self.rule else ""
        return f"{kept} {self.slots}{of}{by}"


@dataclass(frozen=True)
class Named:
    """An item that an explanation names: its id, and its title where the catalogue has one."""

    item: Id
    title: str | None

    def __str__(self) -> str:
        return str(self.item) if self.title is None else self.title


@dataclass(frozen=True)
class Explanation:
    """Why an item of a slate stands where it does.

    Attributes
    ----------
    item : Named
        Which one.
    place
        In the slate, from 1.
    sources
        ``{"knn": (place, share of the best score)}``: what brought it. Empty for an item that is
        no candidate.
    features
        The terms of the scorer's sum; those that are zero are left out. Their parts sum to `score`.
    score
        What the scorer said; None for an item that is no candidate.
    boosted
        And after the rules, fatigue and a list of the caller's; what the candidates are ranked by
        before diversity.
    rules
        The boosts, buries and additions that changed it.
    pin
        The rule that gave it its slot, or None.
    limits
        Every limit under which it falls.
    place_by_score, place_before_diversity, place_after_diversity
        Among the candidates, from 1; None for an item that is no candidate. Where no rule
        boosts, the first two are equal; where nothing is diversified, the last two.
    fallback
        The step of the fallback chain that brought it (``"kept_for"``, ``"trending_alike"``,
        ``"trending"``, ``"popular"``, ``"new"``, ``"seen"``, ``"sold_out"``), or None.
    links
        By source, the item of the session that contributed most to this one.
    group
        The value by which ``trending_alike`` knows its like: its category, else its brand.
    in_session
        The session holds the item itself.

    Examples
    --------
    >>> import aisle
    >>> log = aisle.Events.from_columns(visitor=["a", "a", "b", "b"],
    ...                                 item=["tea", "pot", "tea", "cup"],
    ...                                 time=["2024-05-01 10:00", "2024-05-01 10:01"] * 2)
    >>> engine = aisle.Engine(aisle.fit(log))
    >>> told = engine.recommend(session=["tea"], k=2, explain=True)[0].explanation
    >>> told.place, str(told.links["co_visitation"]), told.fallback
    (1, 'tea', None)
    >>> abs(sum(one.part for one in told.features) - told.score) < 1e-5
    True
    """

    item: Named
    place: int
    sources: dict[str, tuple[int, float]]
    features: tuple[Feature, ...]
    score: float | None
    boosted: float | None
    rules: tuple[RuleEffect, ...]
    pin: str | None
    limits: tuple[Limit, ...]
    place_by_score: int | None
    place_before_diversity: int | None
    place_after_diversity: int | None
    fallback: str | None
    links: dict[str, Named] = field(default_factory=dict)
    group: str | None = None
    in_session: bool = False

    @staticmethod
    def of(told: Mapping[str, Any], place: int, sources: dict[str, Any]) -> Explanation:
        """What the core told of the item in that place."""
        candidate = told["is_candidate"]
        scored, boosted, *places = told["standing"] if candidate else (None,) * 5
        return Explanation(
            item=Named(*told["named"]),
            place=place,
            sources=sources,
            features=tuple(Feature(*one) for one in told["features"]),
            score=scored,
            boosted=boosted,
            rules=effects_of(told["effects"]),
            pin=told["pin"] or None,
            limits=tuple(limit_of(one) for one in told["limits"]),
            place_by_score=places[0],
            place_before_diversity=places[1],
            place_after_diversity=places[2],
            fallback=None if told["fallback"] == "none" else told["fallback"],
            links={name: Named(*one) for name, one in told["links"].items()},
            group=told["group"] or None,
            in_session=told["in_session"],
        )

    def share_of(self, source: str) -> float:
        """What a source contributes to the score: the parts of its place, share and root share."""
        return sum(one.part for one in self.features if one.name.startswith(f"{source}."))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        told = asdict(self)
        told["features"] = [asdict(one) for one in self.features]
        told["rules"], told["limits"] = list(told["rules"]), list(told["limits"])
        told["sources"] = {
            name: {"place": int(place), "share": float(share)}
            for name, (place, share) in self.sources.items()
        }
        return told

    def facts(self) -> dict[str, str]:
        """The same in words, for people: a line for each thing that had a say."""
        facts = {}
        if self.fallback is not None:
            facts["why"] = FALLBACKS[self.fallback]
        if self.pin is not None:
            facts["pinned by"] = self.pin
        if self.sources:
            facts["sources"] = ", ".join(
                f"{name} (place {place})" for name, (place, _) in sorted(self.sources.items())
            )
        if self.score is not None and self.boosted is not None:
            parts = sorted(self.features, key=lambda one: -abs(one.part))
            facts["score"] = f"{self.score:.3f} = " + " ".join(
                f"{one.part:+.3f} {one.name}" for one in parts
            )
            if self.rules:
                facts["rules"] = f"{self.boosted:.3f} after {', '.join(map(str, self.rules))}"
            facts["places"] = (
                f"{self.place_by_score} by score, {self.place_before_diversity} after the rules, "
                f"{self.place_after_diversity} after diversity"
            )
        if self.limits:
            facts["limits"] = "; ".join(map(str, self.limits))
        return facts

    def _repr_html_(self) -> str:
        return facts_table(f"{self.item}, place {self.place}", self.facts())


def check_explained(explain: bool, k: int) -> None:
    """Refuse an explanation of a list that nobody reads."""
    if explain and k > MOST:
        raise ConfigError(f"explain=True takes a k of up to {MOST:,}, got {k:,}")


def effects_of(told: list[tuple[str, float, float, bool]]) -> tuple[RuleEffect, ...]:
    """Boosts as the core tells of them."""
    return tuple(
        RuleEffect(rule, float(f"{factor:.6g}"), float(f"{added:.6g}"), counts)  # they were float32
        for rule, factor, added, counts in told
    )


def limit_of(told: tuple[str, str, str, int, int, bool]) -> Limit:
    """A limit as the core tells of it."""
    rule, column, value, slots, taken, at_least = told
    return Limit(
        rule=rule or None,
        column=column or None,
        value=value if column else None,
        slots=slots,
        taken=None if at_least else taken,
        at_least=at_least,
    )
