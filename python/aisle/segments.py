"""Segments instead of items, and visitors instead of items: the same sources, other questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aisle.asking import Id, Time, check_who, id_list
from aisle.looks import EngineLooks
from aisle.models._base import check_k


@dataclass(frozen=True)
class Segment:
    """A category, a brand: a value of a column that is recommended.

    Attributes
    ----------
    value
        As the catalogue has it.
    share
        The probability that the visitor's next item has it.
    """

    value: str
    share: float


class EngineSegments(EngineLooks):
    """The part of an engine that answers for categories, brands and audiences."""

    def recommend_segments(
        self,
        by: str,
        visitor: Id | None = None,
        k: int = 5,
        *,
        session: Sequence[Id] | None = None,
        item: Id | None = None,
        placement: str | None = None,
        market: str | None = None,
        where: str | Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        time: Time | None = None,
    ) -> list[Segment]:
        """Categories or brands instead of items, by the same sources and rules.

        Parameters
        ----------
        by
            A column of categories, texts or labels.

        Returns
        -------
        list of Segment
            Best first: the value, and the probability that the visitor's next item has it.

        Raises
        ------
        UnknownNameError
            For a column that there is not, with the near name.
        """
        check_k(k)
        check_who(visitor, session)
        asked = self._asked(
            visitor, k, session=session, item=item, placement=placement, market=market,
            where=where, context=context, params=params, time=time,
        )  # fmt: skip
        return [Segment(value, share) for value, share in self.values(by, asked)]

    def audience(
        self,
        item: Id,
        visitors: Sequence[Id],
        k: int = 100,
        *,
        placement: str | None = None,
        market: str | None = None,
        time: Time | None = None,
    ) -> list[tuple[Id, float]]:
        """Who of these visitors would want the item: the other way round.

        Returns
        -------
        list of (visitor, chance)
            At most ``k``, best first: the probability that the item is the visitor's next. Those
            for whom it may not come (they bought it, a filter keeps it out) are not there.

        Notes
        -----
        Some hundred microseconds a visitor; the engine keeps no ids to list them itself.
        """
        check_k(k)
        self.strategies.check(placement, market)
        visitors = id_list("visitors", visitors)
        chances = self.affinities(item, visitors, time, placement or "", market or "")
        order = np.argsort(-chances, kind="stable")[:k]
        return [(visitors[int(at)], float(chances[at])) for at in order if chances[at] > 0]
