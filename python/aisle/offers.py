"""Offers: discounts out of declared budgets, shown, held and redeemed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from aisle._core import DataError
from aisle.asking import Id, Time
from aisle.updates import EngineUpdates


@dataclass(frozen=True)
class Offered:
    """A lower price for one item of a slate.

    Attributes
    ----------
    name
        The strategy's offer.
    discount
        Share of the price.
    before
        The catalogue's price.
    price
        The price with the discount: never above the catalogue's.
    """

    name: str
    discount: float
    before: float
    price: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


class EngineOffers(EngineUpdates):
    """The part of an engine that knows its offers."""

    def offers(self, *, time: Time | None = None) -> dict[str, dict[str, Any]]:
        """Every offer that ever was live in this engine, by name.

        Parameters
        ----------
        time
            Holds that end by then have come back; default now.

        Returns
        -------
        dict
            ``budget``, ``reserved`` (shown and held), ``spent`` (redeemed) and ``left`` in the
            catalogue's currency; ``shown`` and ``redeemed`` times; ``live``: a strategy has it.

        Examples
        --------
        >>> import aisle
        >>> log = aisle.Events.from_columns(visitor=["a", "a"], item=["tea", "pot"],
        ...                                 time=["2024-05-01 10:00", "2024-05-01 10:01"])
        >>> items = aisle.read_items({"id": ["tea", "pot"], "price": [5.0, 20.0]})
        >>> recipe = aisle.Strategy(offers=[{"name": "may", "discount": 0.1, "budget": 100}])
        >>> engine = aisle.Engine(aisle.fit(log, items=items), strategy=recipe)
        >>> slate = engine.recommend("v", k=1, where="id == 'pot'")
        >>> slate[0].offer
        Offered(name='may', discount=0.1, before=20.0, price=18.0)
        >>> engine.redeem(slate.id, "pot"), engine.redeem(slate.id, "pot")
        (True, False)
        >>> engine.offers()["may"]["spent"]
        2.0
        """
        told: dict[str, dict[str, Any]] = self.offer_state(time)["offers"]
        return told

    def redeem(self, slate_id: str, item: Id, *, time: Time | None = None) -> bool:
        """Spend what is held for an item of a slate: its buyer paid the offer's price.

        Returns
        -------
        bool
            False where nothing is held: no offer there, its hold ended, or redeemed before.
        """
        return self.redeem_offer(slate_id, item, time)

    def save_offers(self, *, time: Time | None = None) -> dict[str, Any]:
        """Budgets spent and offers held, as plain values for :meth:`restore_offers`."""
        return self.offer_state(time)

    def restore_offers(self, state: Mapping[str, Any]) -> None:
        """Take over what :meth:`save_offers` told, here or in another process.

        Offers that are live keep the budgets that their strategy declares.

        Raises
        ------
        DataError
            For values that do not hold together; nothing changes then.
        """
        try:
            accounts = [
                (name, one["budget"], one["spent"], one["shown"], one["redeemed"])
                for name, one in state["offers"].items()
            ]
            holds = [
                (one["slate"], one["item"], one["offer"], one["amount"], one["expires"])
                for one in state["holds"]
            ]
            self.restore_offer_state(accounts, holds)
        except (KeyError, TypeError, AttributeError) as error:
            raise DataError(
                f"this is no state of offers as save_offers() makes it: {error}"
            ) from None
