"""`Requests`: what an engine answers beside single slates, and what it is told of them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aisle import _core
from aisle._core import BundleError, ConfigError
from aisle.aside import write_aside
from aisle.asking import Asked, Id, Time, check_who, extras_of, id_list, slate_number
from aisle.attributes import cells_of
from aisle.explanation import check_explained
from aisle.models._base import check_k
from aisle.pages import Page, Widget
from aisle.segments import EngineSegments
from aisle.slate import Slate


@dataclass(frozen=True)
class Exposed:
    """A group's share of what was shown.

    Attributes
    ----------
    name
        Of the strategy's exposure.
    value
        Of its column; None for a condition or the long tail.
    share
        Of all attention: place i counts 1 / log2(1 + i).
    lift
        Added to the log odds of its items now.
    """

    name: str
    value: str | None
    share: float
    lift: float


LEARNED = "aisle-learned-arms"


class Requests(EngineSegments):
    """The other half of :class:`aisle.Engine`: pages, lists of the caller's own, outcomes."""

    _id: str

    def recommend_page(
        self,
        visitor: Id | None,
        widgets: Mapping[str, int | Widget],
        *,
        session: Sequence[Id] | None = None,
        item: Id | None = None,
        exclude: Sequence[Id] | None = None,
        market: str | None = None,
        context: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        time: Time | None = None,
        explain: bool = False,
        attributes: Sequence[str] = (),
    ) -> Page:
        """Several placements of one page at once, no item twice.

        The placement from which most is expected is filled first and stands first: its value times
        the probability that the visitor's next item is among its items and seen (the scorer is a
        conditional logit; place i is seen with probability 1 / log2(1 + i)). Then the one from
        which most is expected without those items, and so on (greedy; Minoux 1978). A placement
        that would stay below its ``minimum`` is left out.

        Parameters
        ----------
        widgets
            By placement: how many items, or an :class:`aisle.Widget` with a value.
        session, item, exclude, market, context, params, time, explain, attributes
            As in :meth:`Engine.recommend`, for every placement.

        Raises
        ------
        ConfigError
            For no placement, an unknown one, or a ``k`` outside its range.

        Examples
        --------
        >>> import aisle
        >>> log = aisle.Events.from_columns(visitor=["a", "a", "b", "b"],
        ...                                 item=["tea", "pot", "tea", "cup"],
        ...                                 time=["2024-05-01 10:00", "2024-05-01 10:01"] * 2)
        >>> engine = aisle.Engine(aisle.fit(log), strategy={"top": aisle.Strategy(),
        ...                                                 "more": aisle.Strategy()})
        >>> page = engine.recommend_page("v", {"top": 2, "more": 2})
        >>> sum(len(slate) for slate in page.values())
        3
        """
        if not isinstance(widgets, Mapping):
            raise ConfigError(f'a page is a dict of placements, {{"home": 6}}; got {widgets!r}')
        named = {name: Widget.of(widget) for name, widget in widgets.items()}
        for widget in named.values():
            check_k(widget.k)
            check_explained(explain, widget.k)
        check_who(visitor, session)
        extras = extras_of(exclude=exclude, explain=explain)
        asked = [
            self._asked(
                visitor, widget.k, session=session, item=item, placement=name, market=market,
                where=widget.where, context=context, params=params, time=time, extras=extras,
            )
            for name, widget in named.items()
        ]  # fmt: skip
        wanted = self._attributes(attributes, asked[0]) if asked else []
        placed = self.page(asked, [widget.value for widget in named.values()], self._id)
        names = list(named)
        slates = {
            names[number]: self._slate_of(answer, asked[number], wanted)
            for number, _, answer in placed
        }
        values = {names[number]: float(value) for number, value, _ in placed}
        return Page(slates, values, [name for name in names if name not in slates])

    def rerank(
        self,
        items: Sequence[Id],
        scores: Sequence[float] | npt.NDArray[Any] | None = None,
        *,
        visitor: Id | None = None,
        session: Sequence[Id] | None = None,
        k: int | None = None,
        trust: float = 1.0,
        query: str | None = None,
        item: Id | None = None,
        placement: str | None = None,
        market: str | None = None,
        where: str | Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        time: Time | None = None,
        explain: bool = False,
        attributes: Sequence[str] = (),
    ) -> Slate:
        """A list that the caller has, search results for example, in the order for this visitor.

        The placement's strategy applies as ever: filters, boosts, diversity, limits, exploration;
        no other items come, and what may not come is left out, as are ids that the catalogue does
        not know.

        Parameters
        ----------
        items
            Best first, or in any order with ``scores``.
        scores
            One for each item, none below 0: what the search thought of it.
        trust
            The power of the caller's list: an item's odds are multiplied by (its score / the best
            one) ** trust, without scores by (1 / place) ** trust. 0: none; large: its order stays.
        query
            For rules and filters: ``context.query``.
        k
            How many; default: all that may come.
        session, item, placement, market, where, context, params, time, explain, attributes
            As in :meth:`Engine.recommend`.

        Raises
        ------
        ConfigError
            For an empty list, scores of another length or below 0, or a trust below 0.
        """
        items = id_list("items", items)
        if not items:
            raise ConfigError("rerank needs items, got an empty list")
        try:
            numbers = np.asarray([] if scores is None else scores, dtype=np.float32)
        except (TypeError, ValueError):
            raise ConfigError(f"scores must be numbers, got {scores!r}") from None
        if scores is not None and len(numbers) != len(items):
            raise ConfigError(f"{len(items)} items have {len(numbers)} scores; give one for each")
        if not (np.isfinite(numbers).all() and (numbers >= 0).all()):
            raise ConfigError("scores must be finite and not negative")
        if not 0 <= trust <= 1000:
            raise ConfigError(f"trust must be between 0 and 1000, got {trust!r}")
        check_who(visitor, session, may_be_nobody=True)
        wanted = len(items) if k is None else k
        check_k(wanted)
        check_explained(explain, wanted)
        asked = self._asked(
            visitor, wanted, session=[] if visitor is None and session is None else session,
            item=item, placement=placement, market=market, where=where,
            context=dict(context or {}) | ({} if query is None else {"query": query}),
            params=params, time=time,
            extras=_core.Extras(
                items=items, scores=numbers.tolist(), trust=trust, explain=explain
            ),
        )  # fmt: skip
        told = self._attributes(attributes, asked)
        return self._slate_of(self.answer(asked, self._id), asked, told)

    def outcome(self, slate_id: str, item: Id, type: str = "click") -> str:  # noqa: A002
        """Tell what happened to an item of a slate; the arms that were chosen for it learn.

        Parameters
        ----------
        slate_id
            ``slate.id``.
        type
            ``click``, ``cart``, ``purchase``, ``refund``, ``impression`` (it was seen), … What it
            is worth the strategy says: ``explore: {rewards: …}``. A better outcome later adds what
            is missing; a refund leaves what a click was worth.

        Returns
        -------
        str
            ``learned``; ``noted`` (no arm hangs on it); ``not_in_slate``; ``unknown_slate``: not
            kept any more (``Engine(…, slates=…)`` says how many are), or of another engine.

        Notes
        -----
        Who clicked the third place saw the two above (the cascade model, Craswell et al. 2008):
        they count as ignored. A slate of which nothing was told counts as ignored when its
        ``horizon`` is over. A purchase redeems the offer that the item carried. The visitor's
        session learns of it by :meth:`observe`, not by this.
        """
        number = slate_number(slate_id, self._id)
        if not isinstance(type, str):
            raise ConfigError(f"the type of an outcome is a text like 'click', got {type!r}")
        if number is None:
            return "unknown_slate"
        if type == "purchase":
            self.redeem_offer(slate_id, item, None)
        return self.join(number, item, type)

    def exposure(self, *, placement: str | None = None, market: str | None = None) -> list[Exposed]:
        """What every group of a placement's ``exposure`` had of what was shown since it is live.

        Returns
        -------
        list of Exposed
            Largest share first, by exposure: its name, the value of the column, the share of all
            attention, and the lift: what the group's log odds gain now.
        """
        self.strategies.check(placement, market)
        found = [Exposed(*one) for one in self.exposures(placement or "", market or "")]
        return sorted(found, key=lambda one: (one.name, -one.share))

    def settle(self, time: Time | None = None) -> None:
        """Count slates whose ``horizon`` is over as ignored; requests do it a few at a time."""
        self.settle_until(_core.microseconds(time))

    def save_learned(self, path: str | PathLike[str]) -> None:
        """Write what the bandits of all placements learned: JSON, versioned and checked."""
        arms = {name: base64.b64encode(data).decode() for name, data in self.save_arms()}
        text = json.dumps({"format": LEARNED, "version": 1, "placements": arms}, indent=1)
        write_aside(Path(path), text + "\n")

    def restore_learned(self, path: str | PathLike[str]) -> None:
        """Go on from what :meth:`save_learned` wrote.

        Raises
        ------
        BundleError
            For a file that is none of those, or damaged.
        ConfigError
            For a placement that explores nothing now, or with other options; nothing is taken over.
        """
        try:
            told = json.loads(Path(path).read_text(encoding="utf-8"))
            if told["format"] != LEARNED or told["version"] != 1:
                raise ValueError
            arms = [(name, base64.b64decode(text)) for name, text in told["placements"].items()]
        except OSError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise BundleError(
                f"{path}: not a file of save_learned, or one of a newer version"
            ) from None
        try:
            self.restore_arms(arms)
        except BundleError as error:
            raise BundleError(f"{path}: {error}") from None

    def _slate_of(self, answer: _core.Answer, asked: Asked, wanted: Sequence[str] = ()) -> Slate:
        return Slate(
            answer,
            f"{self._id}-{answer.number:x}",
            lambda other: self.judge(other, answer, asked),
            attributes=cells_of(answer, wanted, self.catalog()) if wanted else None,
        )

    def _number_of(self, slate_id: str) -> int:
        number = slate_number(slate_id, self._id)
        if number is None:
            raise ConfigError(f"after names the slate {slate_id!r}, which is of another engine")
        return number
