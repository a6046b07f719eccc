"""`SlateItem`: one place of a slate, and why its item is there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aisle._core import ConfigError
from aisle.attributes import plain
from aisle.explanation import FALLBACKS, Explanation
from aisle.notebook import facts_table
from aisle.offers import Offered

WORDS = {
    "knn": "in sessions like this one",
    "co_visitation": "looked at together with what was seen",
    "rules": "often the next step from here",
    "cart": "put into one cart with it",
    "purchase": "bought together with it",
    "vectors": "similar to what was seen",
    "trending": "looked at by many now",
    "trending_alike": "looked at by many now, of the same kind",
    "history": "seen by this visitor before",
    "buy_again": "bought by this visitor before",
}


@dataclass(frozen=True)
class SlateItem:
    """One place of a slate.

    Attributes
    ----------
    item
        The shop's id.
    score
        What it was ranked by.
    place
        From 1.
    sources
        What each source thought of it: ``{"knn": (rank, share of the best score)}``. Empty for a
        place that the fallback chain filled.
    propensity
        How probable this item was in this place, given the places above it: 1 unless it was
        explored.
    is_explored
        Whether it is there to learn.
    explanation
        Where the request had ``explain=True``: features, rules, limits and places.
    attributes
        Those that the request asked for, as the catalogue had them then: str, float, bool,
        datetime64, list of labels; None for null.
    offer
        A lower price out of an offer's budget; None: the catalogue's.
    """

    item: str | int
    score: float
    place: int
    sources: dict[str, tuple[int, float]]
    propensity: float = 1.0
    is_explored: bool = False
    explanation: Explanation | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    offer: Offered | None = None

    @property
    def reasons(self) -> list[str]:
        """Why it is here, in words, the strongest source first."""
        known = self.explanation
        if known is not None and known.pin is not None:
            return [f"pinned by the rule {known.pin!r}"]
        if known is not None and known.fallback is not None:
            return [FALLBACKS[known.fallback]]
        if not self.sources:
            return ["fills the slate: popular here"]
        by_rank = sorted(self.sources.items(), key=lambda one: one[1][0])
        return [f"{WORDS[name]} (place {rank})" for name, (rank, _) in by_rank]

    @property
    def sentence(self) -> str:
        """Why it is here, in a sentence for a shopper, in English.

        Other languages and texts: :meth:`Slate.sentences`.

        Raises
        ------
        ConfigError
            Without ``explain=True`` in the request.
        """
        from aisle.sentences import Sentences

        return Sentences().sentence(told(self.explanation))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        sources = {
            name: {"place": int(rank), "share": float(share)}
            for name, (rank, share) in self.sources.items()
        }
        out: dict[str, Any] = {"item": self.item, "score": self.score, "place": self.place}
        if self.is_explored:
            out["propensity"] = self.propensity
        if self.offer is not None:
            out["offer"] = self.offer.to_dict()
        out.update(reasons=self.reasons, sources=sources)
        if self.explanation is not None:
            out["explanation"] = self.explanation.to_dict()
        if self.attributes:
            out["attributes"] = {name: plain(value) for name, value in self.attributes.items()}
        return out

    def _repr_html_(self) -> str:
        return facts_table(
            f"{self.item}, place {self.place}",
            {"score": f"{self.score:.3f}", "why": "; ".join(self.reasons)}
            if self.explanation is None
            else self.explanation.facts(),
        )


def told(explanation: Explanation | None) -> Explanation:
    """The explanation of an item whose request asked for one."""
    if explanation is None:
        raise ConfigError("sentences need the reasons: engine.recommend(..., explain=True)")
    return explanation
