"""`Slate`: the ordered answer to one request."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from aisle import _core
from aisle._core import ConfigError, UnknownNameError
from aisle.explanation import Explanation
from aisle.offers import Offered
from aisle.slate_item import SlateItem, told
from aisle.verdicts import in_words

if TYPE_CHECKING:
    from aisle.sentences import Sentences


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
        found = self._answer.explanations()
        return [
            Explanation.of(one, at + 1, self._answer.sources(at)) for at, one in enumerate(found)
        ]

    @property
    def placement(self) -> str:
        """Whose strategy made it: the one asked for, one chosen among several, or a fallback."""
        return self._answer.placement

    @property
    def market(self) -> str | None:
        """Where it was asked for; None: the shop as a whole."""
        return self._answer.market or None

    @property
    def currency(self) -> str | None:
        """Of its prices and offers; None: the shop's own."""
        return self._answer.currency or None

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
        return [chosen.sentence(told(one.explanation), locale, escape=escape) for one in self]

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
        where = {"market": self.market, "currency": self.currency} if self.market else {}
        items = [one.to_dict() for one in self]
        return {"id": self.id, **where, "items": items, "trace": self.trace}

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
