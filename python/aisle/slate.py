"""`Slate`: the ordered answer to one request."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from aisle import _core
from aisle._core import ConfigError, UnknownNameError
from aisle.attributes import plain
from aisle.explanation import FALLBACKS, Explanation
from aisle.notebook import facts_table
from aisle.offers import Offered
from aisle.verdicts import in_words

if TYPE_CHECKING:
    from aisle.sentences import Sentences

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
        told = self.explanation
        if told is not None and told.pin is not None:
            return [f"pinned by the rule {told.pin!r}"]
        if told is not None and told.fallback is not None:
            return [FALLBACKS[told.fallback]]
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

        return Sentences().sentence(_told(self.explanation))

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
        told.update(reasons=self.reasons, sources=sources)
        if self.explanation is not None:
            told["explanation"] = self.explanation.to_dict()
        if self.attributes:
            told["attributes"] = {name: plain(value) for name, value in self.attributes.items()}
        return told

    def _repr_html_(self) -> str:
        return facts_table(
            f"{self.item}, place {self.place}",
            {"score": f"{self.score:.3f}", "why": "; ".join(self.reasons)}
            if self.explanation is None
            else self.explanation.facts(),
        )


class Slate:
    """The answer to one request: items, best first.

    Attributes
    ----------
    id : str
        Joins what happens later to this list: ``engine.outcome(slate.id, item, "click")``.
    """

    __slots__ = ("__dict__", "_answer", "_attributes", "_is_explained", "_judge", "id")

    def __init__(
        self,
        answer: _core.Answer,
        id: str,  # noqa: A002
        judge: Callable[[str | int], dict[str, Any]] | None = None,
        *,
        attributes: list[dict[str, Any]] | None = None,
    ) -> None:
        self._answer = answer
        self._judge = judge
        self._is_explained = answer.is_explained
        self._attributes = attributes
        self.id = id

    @cached_property
    def items(self) -> list[str | int]:
        """The shop's ids, best first."""
        return self._answer.items

    @cached_property
    def scores(self) -> npt.NDArray[np.float32]:
        """What the places were ranked by; falls along the list unless diversity reordered it."""
        return self._answer.scores

    @cached_property
    def _explanations(self) -> list[Explanation]:
        told = self._answer.explanations()
        return [
            Explanation.of(one, at + 1, self._answer.sources(at)) for at, one in enumerate(told)
        ]

    @property
    def placement(self) -> str:
        """Whose strategy made it: the one asked for, one chosen among several, or a fallback."""
        return self._answer.placement

    @property
    def chosen(self) -> str | None:
        """The placement that was chosen among several, which may have fallen back on another."""
        return self._answer.chosen or None

    @property
    def propensity(self) -> float:
        """How probable it was that :attr:`chosen` is; 1 where nothing was chosen."""
        return self._answer.propensity

    @property
    def trace(self) -> dict[str, Any]:
        """How the slate came about: candidates looked at, and what kept items out of it."""
        return {
            "candidates": self._answer.pool_size,
            "kept_out": self._answer.dropped,
            "from_fallback": sum(self._answer.is_fallback(i) for i in range(len(self))),
        }

    def sentences(
        self,
        locale: str | None = None,
        *,
        texts: Sentences | None = None,
        escape: Callable[[str], str] = str,
    ) -> list[str]:
        """Why each item is here, in a sentence that a shopper can read.

        Parameters
        ----------
        locale
            ``"en"``, ``"de"``, ``"fr"``, ``"es"``, or what ``texts`` has; ``"de-AT"`` is German
            where there is no Austrian. None: the default of ``texts``.
        texts
            The shop's own, see :class:`aisle.Sentences`; None: the built-in ones.
        escape
            What makes the names of items safe where the sentences go, as ``html.escape``. The
            sentences are plain text: a page of HTML must escape them, or at least the names.

        Returns
        -------
        list of str
            One for each item.

        Raises
        ------
        ConfigError
            Without ``explain=True`` in the request, or for a locale that is none.

        Examples
        --------
        >>> import aisle
        >>> log = aisle.Events.from_columns(visitor=["a", "a", "b", "b"],
        ...                                 item=["tea", "pot", "tea", "cup"],
        ...                                 time=["2024-05-01 10:00", "2024-05-01 10:01"] * 2)
        >>> engine = aisle.Engine(aisle.fit(log))
        >>> slate = engine.recommend(session=["tea"], k=2, explain=True)
        >>> slate.sentences("de")[0] in ("Weil Sie sich tea angesehen haben",
        ...                              "Oft angesehen nach tea",
        ...                              "Oft zusammen angesehen mit tea")
        True
        """
        from aisle.sentences import Sentences

        chosen = Sentences() if texts is None else texts
        return [chosen.sentence(_told(one.explanation), locale, escape=escape) for one in self]

    def why_not(self, item: str | int) -> str:
        """Why an item is not here, in words: the first step that kept it out, or its place.

        The request is asked again, at its own time. One with ``explain=True`` is asked with the
        events, the model and the strategy that it had; else what was observed since counts.

        Examples
        --------
        >>> import aisle
        >>> log = aisle.Events.from_columns(visitor=["a", "a"], item=["tea", "pot"],
        ...                                 time=["2024-05-01 10:00", "2024-05-01 10:01"])
        >>> engine = aisle.Engine(aisle.fit(log))
        >>> engine.recommend("v", k=1, where="id != 'tea'").why_not("tea")
        "the request's filter does not let it through"
        >>> engine.recommend("v", k=1).why_not("kettle")
        'the shop has no such item'
        """
        for place, there in enumerate(self.items, 1):
            if str(there) == str(item):
                return f"it is here, in place {place}"
        if self._judge is None:
            raise ConfigError("a slate that was made without its engine can't ask again")
        return in_words(self._judge(item))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON: the id, the places with their reasons, the trace."""
        return {"id": self.id, "items": [one.to_dict() for one in self], "trace": self.trace}

    def to_pandas(self) -> Any:
        """A table with the columns place, item, score, and the attributes that were asked for."""
        import pandas as pd

        rows = [
            {"place": one.place, "item": one.item, "score": one.score, **one.attributes}
            for one in self
        ]
        names = ["place", "item", "score", *(self._attributes[0] if self._attributes else ())]
        return pd.DataFrame(rows, columns=names)

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
            self._explanations[at] if self._is_explained else None,
            dict(self._attributes[at]) if self._attributes else {},
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
            f"<td>{html.escape(title)}</td><td>{one.score:.3f}</td>"
            f"<td style='text-align:left'>{html.escape('; '.join(one.reasons[:2]))}</td></tr>"
            for one, title in zip(self, self._titles(), strict=True)
        )
        head = "<tr><th></th><th>item</th><th>title</th><th>score</th><th>why</th></tr>"
        return f"<table>{head}{rows}</table>"

    def _titles(self) -> list[str]:
        try:
            return [str(one["title"] or "") for one in self._answer.attributes(["title"])]
        except UnknownNameError:
            return [""] * len(self)


def _told(explanation: Explanation | None) -> Explanation:
    if explanation is None:
        raise ConfigError("sentences need the reasons: engine.recommend(..., explain=True)")
    return explanation
