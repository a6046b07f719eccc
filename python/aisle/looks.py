"""Looks: a set of items that go with one item, with each other and with a budget."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from aisle._core import ConfigError, UnknownNameError
from aisle.asking import Id, Time
from aisle.offers import EngineOffers

MOST_PARTS = 12


@dataclass(frozen=True)
class Look:
    """A set of parts that complete an item.

    Attributes
    ----------
    item
        What it completes; not one of the parts.
    items
        The parts, best fit with the item first; fewer than asked for, or none, where no more fit.
    fits
        How well each goes with the item and the other parts; 0 is by chance.
    price
        Of the parts together; None where one is unknown.
    """

    item: Id
    items: list[Id]
    fits: list[float]
    price: float | None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Id]:
        return iter(self.items)


class EngineLooks(EngineOffers):
    """The part of an engine that completes looks."""

    def complete(
        self,
        item: Id,
        k: int = 3,
        *,
        budget: float | None = None,
        per: str | None = "category",
        visitor: Id | None = None,
        placement: str | None = None,
        market: str | None = None,
        where: str | Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        time: Time | None = None,
    ) -> Look:
        """The set of ``k`` parts that go best with an item and with each other.

        The candidates are those of the placement for a page about the item, so its filters, rules
        and exclusions hold for every part; docs/strategies.md has the sum that is made greatest.

        Parameters
        ----------
        item
            What is to be completed.
        k
            Parts, 1 to 12.
        budget
            The most that the parts cost together; those without a price are left out then.
        per
            A column whose values differ among the parts and the item, so that a look has one of
            each; items without one are left out. None: no such limit.
        visitor
            Whose exclusions hold (what is bought, in the cart); default: nobody's.
        placement, market, where, context, params, time
            As in :meth:`Engine.recommend`.

        Returns
        -------
        Look
            Of the most parts that fit, up to ``k``; empty where nothing fits.

        Raises
        ------
        ConfigError
            For a ``k`` or budget outside its range, or a column without values to tell apart.
        UnknownNameError
            For an item or a column that there is not.

        Examples
        --------
        >>> import aisle
        >>> log = aisle.Events.from_columns(visitor=["a", "a", "b", "b"],
        ...                                 item=["tea", "pot", "tea", "cup"],
        ...                                 time=["2024-05-01 10:00", "2024-05-01 10:01"] * 2)
        >>> items = aisle.read_items({"id": ["tea", "pot", "cup"], "price": [5.0, 20.0, 4.0],
        ...                           "category": ["drink", "kettle", "dish"]})
        >>> engine = aisle.Engine(aisle.fit(log, items=items))
        >>> sorted(engine.complete("tea", k=2).items)
        ['cup', 'pot']
        >>> engine.complete("tea", k=2, budget=10).items
        ['cup']
        """
        if not _is_count(k):
            raise ConfigError(f"k must be a whole number from 1 to {MOST_PARTS}, got {k!r}")
        if budget is not None and not (_is_number(budget) and 0 <= budget < math.inf):
            raise ConfigError(f"budget must be a number from 0, got {budget!r}")
        asked = self._asked(
            visitor, k, session=None if visitor is not None else [item], item=item,
            placement=placement, market=market, where=where, context=context, params=params,
            time=time,
        )  # fmt: skip
        found = self.find_look(asked, -1.0 if budget is None else float(budget), per or "")
        if found is None:
            raise UnknownNameError(f"the shop has no item {item!r}, so there is no look for it")
        items, fits, price = found
        return Look(item, items, fits, None if math.isnan(price) else price)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_PARTS


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)
