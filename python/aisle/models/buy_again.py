"""What a visitor will buy again, and when it is due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from aisle._core import ConfigError, DataError
from aisle.events.times import micros_of
from aisle.models._base import NONE, ItemKey, check_events, check_k, check_number
from aisle.models._params import Parameters
from aisle.models._purchases import (
    DAY,
    Floats,
    ItemHabits,
    Pairs,
    habits_of,
    normal_cdf,
    purchases_of,
)
from aisle.names import unknown

if TYPE_CHECKING:
    from aisle.events import Events

MODELS = ("mpg", "pg", "atd", "rcp")
LATEST = 2**62


class BuyAgain(Parameters):
    """Repeat purchases with their timing.

    Parameters
    ----------
    model
        ``"rcp"``: the share of an item's buyers that bought it again. ``"atd"``: this times the
        chance that a gap of the item's usual distribution (log-normal, all visitors together) ends
        within the window. ``"pg"``: purchases after the first come at a rate of the visitor's own,
        with a Gamma prior of the item. ``"mpg"``: as ``"pg"``, the rate being low right after a
        purchase and highest when the visitor's usual gap has passed.
    window
        Days ahead that probabilities are about.
    min_repeat_rate
        Items of which a smaller share of buyers bought again are never due.
    prior
        Visitors of prior belief that an item is like all others; 0 takes each item's own figures.

    Attributes
    ----------
    n_items_, n_events_
        Items of the log, and purchases that were learned from.

    Notes
    -----
    Bhagat, Muralidharan, Lobzhanidze, Vishwanath, *Buy it again: modeling repeat purchase
    recommendations*, KDD 2018, with two differences: the rate counts the purchases *after* the
    first, and its prior is fitted on all buyers of the item, not on those who came back. The prior
    then knows how few come back, and the paper's factor (the share that did) is not needed: the
    probabilities are near the truth, and rank better (docs/baskets.md has the figures). Purchases
    are events of type purchase; several of one item in one basket are one. Everything is computed
    from what was bought until ``at``, the items' figures too: asking about the past is a fair test.

    Examples
    --------
    >>> import aisle
    >>> days = ["2024-01-01", "2024-01-11", "2024-01-21", "2024-01-01", "2024-01-11"]
    >>> log = aisle.Events.from_columns(
    ...     visitor=["ann", "ann", "ann", "bob", "bob"], item="milk", time=days, type="purchase")
    >>> model = aisle.models.BuyAgain().fit(log)
    >>> soon = model.due("bob", at="2024-01-20")
    >>> soon["item"].tolist(), soon["purchases"].tolist(), str(soon["due"][0])[:10]
    (['milk'], [2], '2024-01-21')
    >>> model.recommend("bob", k=1, at="2024-01-20")[0].tolist()
    ['milk']
    """

    def __init__(
        self,
        *,
        model: str = "pg",
        window: float = 30.0,
        min_repeat_rate: float = 0.0,
        prior: float = 5.0,
    ) -> None:
        self.model = model
        self.window = window
        self.min_repeat_rate = min_repeat_rate
        self.prior = prior

    def fit(self, events: Events) -> Self:
        """Learns from a log of purchases.

        Raises
        ------
        ConfigError
            When a parameter is outside its domain; names it and its value.
        DataError
            When the log has no purchases.
        """
        check_events(events)
        if self.model not in MODELS:
            raise ConfigError(unknown("model", self.model, MODELS))
        check_number("window", self.window, low_is_out=True, unit="number of days")
        rate = check_number("min_repeat_rate", self.min_repeat_rate)
        if rate > 1:
            raise ConfigError(f"min_repeat_rate must be a share of at most 1, got {rate:g}")
        check_number("prior", self.prior)
        if len(events) == 0:
            raise DataError("BuyAgain cannot be fitted: the log has no events")
        self._items, self._visitors = events._items, events._visitors
        self._bought = purchases_of(events)
        self._newest = int(self._bought.time.max())
        self._habits: tuple[int, ItemHabits] | None = None
        self.n_items_ = len(self._items)
        self.n_events_ = len(self._bought.time)
        return self

    def due(
        self, visitor: ItemKey | None = None, *, at: object = None
    ) -> dict[str, npt.NDArray[Any]]:
        """What is due, the most probable first.

        Parameters
        ----------
        visitor
            Whose; None: everybody's. Of a visitor that never bought the table is empty.
        at
            ISO text, time or microseconds; None: the log's last purchase. What was bought later is
            not looked at.

        Returns
        -------
        dict of str to ndarray, shape (n,)
            ``visitor``, ``item``; ``probability`` of buying it within the window; ``due``, when the
            usual gap has passed since the last purchase (datetime64, UTC: the visitor's own mean
            gap, drawn to the item's where there are few); ``days`` from ``at`` until then, negative
            where it is overdue; ``purchases``, their number; ``last_purchase``. A table for
            ``pandas.DataFrame``.

        Examples
        --------
        >>> import aisle
        >>> log = aisle.Events.from_columns(visitor="v", item=["x", "x"], type="purchase",
        ...                                 time=["2024-01-01", "2024-01-08"])
        >>> sorted(aisle.models.BuyAgain().fit(log).due("v"))
        ['days', 'due', 'item', 'last_purchase', 'probability', 'purchases', 'visitor']
        """
        pairs, habits, now = self._known(visitor, at)
        chance = self._probability(pairs, habits, now)
        usual = _usual_gap(pairs, habits)
        kept = np.flatnonzero(habits.repeat[pairs.item] >= self.min_repeat_rate)
        kept = kept[np.lexsort((pairs.item[kept], -chance[kept], pairs.visitor[kept]))]
        if visitor is not None:
            kept = kept[np.argsort(-chance[kept], kind="stable")]
        due = pairs.last[kept] + (usual[kept] * DAY).astype(np.int64)
        return {
            "visitor": self._visitors.names(pairs.visitor[kept].astype(np.uint32)),
            "item": self._items.names(pairs.item[kept].astype(np.uint32)),
            "probability": chance[kept],
            "due": due.astype("datetime64[us]"),
            "days": (due - now) / DAY,
            "purchases": pairs.count[kept],
            "last_purchase": pairs.last[kept].astype("datetime64[us]"),
        }

    def recommend(
        self, visitor: ItemKey, k: int = 20, *, at: object = None
    ) -> tuple[npt.NDArray[Any], npt.NDArray[np.float64]]:
        """The ``k`` items that a visitor will most probably buy again within the window.

        Returns
        -------
        items, scores
            Two arrays of one length, best first; scores are the probabilities.
        """
        check_k(k)
        table = self.due(visitor, at=at)
        return table["item"][:k], table["probability"][:k]

    def _known(self, visitor: ItemKey | None, at: object) -> tuple[Pairs, ItemHabits, int]:
        if not hasattr(self, "_bought"):
            raise ConfigError("this BuyAgain is not fitted yet: call fit(events) first")
        now = self._newest if at is None else micros_of(at)
        if self._habits is None or self._habits[0] != now:
            prior = float(self.prior)
            self._habits = (now, habits_of(self._bought.until(now), self.n_items_, now, prior))
        bought = self._bought
        if visitor is not None:
            code = int(self._visitors.lookup([visitor])[0])
            bought = bought.of(code if code != NONE else LATEST)
        return Pairs.of(bought.until(now)), self._habits[1], now

    def _probability(self, pairs: Pairs, habits: ItemHabits, now: int) -> Floats:
        window = float(self.window)
        repeat = habits.repeat[pairs.item]
        if self.model == "rcp":
            return repeat
        since = (now - pairs.last) / DAY
        if self.model == "atd":
            return repeat * _gap_ends(since, window, pairs, habits)
        shape, rate = habits.shape[pairs.item], habits.rate[pairs.item]
        whole = (now - pairs.first) / DAY
        exposed = whole
        if self.model == "mpg":
            usual = _usual_gap(pairs, habits)
            bought_in = (pairs.last - pairs.first) / DAY
            exposed = np.where(since < 2 * usual, bought_in + 2 * np.abs(usual - since), whole)
        again = pairs.count - 1
        chance: Floats = -np.expm1(-window * (again + shape) / (exposed + rate))
        return chance


def _usual_gap(pairs: Pairs, habits: ItemHabits) -> Floats:
    """Days between two purchases: the visitor's own mean, the item's median counting as one gap."""
    own = np.nan_to_num(pairs.mean_gap) * (pairs.count - 1)
    usual: Floats = (own + np.exp(habits.mu[pairs.item])) / pairs.count
    return usual


def _gap_ends(since: Floats, window: float, pairs: Pairs, habits: ItemHabits) -> Floats:
    """Chance that a gap of the item's log-normal ends between now and the end of the window."""
    mu, sigma = habits.mu[pairs.item], habits.sigma[pairs.item]

    def passed(days: Floats) -> Floats:
        return normal_cdf((np.log(np.maximum(days, 1e-9)) - mu) / sigma)

    return passed(since + window) - passed(since)
