"""`Slate`: the ordered answer to one request."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from aisle import _core
from aisle._core import ConfigError
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


KEPT_OUT = {
    "anchor": "the page is about it",
    "bought": "the visitor bought it",
    "in_cart": "it is in the cart",
    "seen": "the visitor has seen it, or disliked it",
    "not_returned_to": "the session has seen it, and visitors of this shop rarely come back",
    "unavailable": "it can't be bought now: out of stock, not yet or no longer available",
    "relation": "it is a substitute where complements are wanted, or the other way round",
    "filtered": "a filter does not let it through: that of the request or of the strategy",
    "capped": "other items took the slots of its group",
    "pinned": "a rule pins it to a slot",
    "shown": "it stands on a page before this one",
    "excluded": "this request excludes it",
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
    offer
        A lower price out of an offer's budget; None: the catalogue's.
    """

    item: str | int
    score: float
    place: int
    sources: dict[str, tuple[int, float]]
    propensity: float = 1.0
    is_explored: bool = False
    offer: Offered | None = None

    @property
    def reasons(self) -> list[str]:
        """Why it is here, in words, the strongest source first."""
        if not self.sources:
            return ["fills the slate: popular here"]
        by_rank = sorted(self.sources.items(), key=lambda one: one[1][0])
        return [f"{WORDS[name]} (place {rank})" for name, (rank, _) in by_rank]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        sources = {
            name: {"place": int(rank), "share": float(share)}
            for name, (rank, share) in self.sources.items()
        }
        told: dict[str, Any] = {"item": self.item, "score": self.score, "place": self.place}
        if self.is_explored:
            told["propensity"] = self.propensity
        if self.offer is not None:
            told["offer"] = self.offer.to_dict()
        return {**told, "reasons": self.reasons, "sources": sources}

    def _repr_html_(self) -> str:
        return facts_table(
            f"{self.item}, place {self.place}",
            {"score": f"{self.score:.3f}", "why": "; ".join(self.reasons)},
        )


class Slate:
    """The answer to one request: items, best first.

    Attributes
    ----------
    id : str
        Joins what happens later to this list: ``engine.outcome(slate.id, item, "click")``.
    """

    __slots__ = ("__dict__", "_answer", "_judge", "_titles", "id")

    def __init__(
        self,
        answer: _core.Answer,
        id: str,  # noqa: A002
        titles: Any = None,
        judge: Callable[[str | int], tuple[str, str, str, int]] | None = None,
    ) -> None:
        self._answer = answer
        self._titles = titles
        self._judge = judge
        self.id = id

    @cached_property
    def items(self) -> list[str | int]:
        """The shop's ids, best first."""
        return self._answer.items

    @cached_property
    def scores(self) -> npt.NDArray[np.float32]:
        """What the places were ranked by; falls along the list unless diversity reordered it."""
        return self._answer.scores

    @property
    def placement(self) -> str:
        """Whose strategy made it: the one asked for, one chosen among several, or a fallback."""
        return self._answer.placement

    @property
    def propensity(self) -> float:
        """How probable that strategy was: 1 unless it was chosen among several."""
        return self._answer.propensity

    @property
    def trace(self) -> dict[str, Any]:
        """How the slate came about: candidates looked at, and what kept items out of it."""
        return {
            "candidates": self._answer.pool_size,
            "kept_out": self._answer.dropped,
            "from_fallback": sum(self._answer.is_fallback(i) for i in range(len(self))),
        }

    def why_not(self, item: str | int) -> str:
        """Why an item is not here, in words: the first step that kept it out, or its place.

        The request is asked again, at its own time: what was observed since counts.

        Examples
        --------
        >>> import aisle
        >>> log = aisle.Events.from_columns(visitor=["a", "a"], item=["tea", "pot"],
        ...                                 time=["2024-05-01 10:00", "2024-05-01 10:01"])
        >>> engine = aisle.Engine(aisle.fit(log))
        >>> engine.recommend("v", k=1, where="id != 'tea'").why_not("tea")
        'a filter does not let it through: that of the request or of the strategy'
        >>> engine.recommend("v", k=1).why_not("kettle")
        'the shop has no such item'
        """
        for place, there in enumerate(self.items, 1):
            if str(there) == str(item):
                return f"it is here, in place {place}"
        if self._judge is None:
            raise ConfigError("a slate that was made without its engine can't ask again")
        outcome, reason, rule, place = self._judge(item)
        if outcome == "kept_out" and rule:
            return f"the rule {rule!r} does not let it through"
        if outcome == "kept_out":
            return KEPT_OUT[reason]
        if outcome == "ranked":
            return f"it is a candidate in place {place}, before diversity and limits"
        return {
            "unknown": "the shop has no such item",
            "not_found": "no source brought it: it has little to do with this session",
        }[outcome]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON: the id, the places with their reasons, the trace."""
        return {"id": self.id, "items": [one.to_dict() for one in self], "trace": self.trace}

    def __len__(self) -> int:
        return len(self._answer)

    @overload
    def __getitem__(self, place: int) -> SlateItem: ...
    @overload
    def __getitem__(self, place: slice) -> list[SlateItem]: ...
    def __getitem__(self, place: int | slice) -> SlateItem | list[SlateItem]:
        size = len(self)
        if isinstance(place, slice):
            return [self[at] for at in range(*place.indices(size))]
        at = place + size if place < 0 else place
        if not 0 <= at < size:
            raise IndexError(f"the slate has {size} places, there is no place {place}")
        is_explored, propensity = self._answer.explored(at)
        made = self._answer.offers.get(at)
        return SlateItem(
            self.items[at],
            float(self.scores[at]),
            at + 1,
            self._answer.sources(at),
            propensity,
            is_explored,
            None if made is None else Offered(*made),
        )

    def __iter__(self) -> Iterator[SlateItem]:
        return (self[at] for at in range(len(self)))

    def __repr__(self) -> str:
        shown = ", ".join(repr(item) for item in self.items[:6])
        more = ", …" if len(self) > 6 else ""
        return f"Slate({len(self)} items: {shown}{more})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{one.place}</td><td>{html.escape(str(one.item))}</td>"
            f"<td>{html.escape(self._title(one.item))}</td><td>{one.score:.3f}</td>"
            f"<td style='text-align:left'>{html.escape('; '.join(one.reasons[:2]))}</td></tr>"
            for one in self
        )
        head = "<tr><th></th><th>item</th><th>title</th><th>score</th><th>why</th></tr>"
        return f"<table>{head}{rows}</table>"

    def _title(self, item: str | int) -> str:
        return "" if self._titles is None else str(self._titles(item) or "")
