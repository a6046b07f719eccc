"""When visitors bought the same item again: counts, gaps and what is usual for an item."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from aisle.models._base import Codes
from aisle.models._groups import baskets_of

if TYPE_CHECKING:
    from aisle.events import Events

DAY = 86_400e6
LEAST_DAYS = 30.0
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Purchases:
    """Each visitor's purchases of each item, in order of visitor, item, time; each basket once."""

    visitor: Ints
    item: Ints
    time: Ints

    def until(self, at: int) -> Purchases:
        """Without what came later."""
        known = self.time <= at
        return Purchases(self.visitor[known], self.item[known], self.time[known])

    def of(self, visitor: int) -> Purchases:
        """One visitor's."""
        begin, end = np.searchsorted(self.visitor, [visitor, visitor + 1])
        return Purchases(self.visitor[begin:end], self.item[begin:end], self.time[begin:end])


def purchases_of(events: Events) -> Purchases:
    """The purchases of a log, one for each basket that has the item."""
    baskets = baskets_of(events)
    item: Codes = events.item[baskets.rows]
    order = np.lexsort((baskets.time, item, baskets.visitor))
    visitor, times = baskets.visitor[order], baskets.time[order]
    items, basket = item[order].astype(np.int64), baskets.basket[order]
    again = (visitor[1:] == visitor[:-1]) & (items[1:] == items[:-1]) & (basket[1:] == basket[:-1])
    first = np.r_[True, ~again]
    return Purchases(visitor[first], items[first], times[first])


@dataclass(frozen=True)
class Pairs:
    """One row for each visitor and item; times in days."""

    visitor: Ints
    item: Ints
    count: Ints
    first: Ints
    last: Ints
    mean_gap: Floats  # nan where there is one purchase

    @classmethod
    def of(cls, bought: Purchases) -> Pairs:
        """From single purchases."""
        n = len(bought.time)
        new = np.ones(n, dtype=bool)
        new[1:] = (bought.visitor[1:] != bought.visitor[:-1]) | (
            bought.item[1:] != bought.item[:-1]
        )
        starts = np.flatnonzero(new)
        ends = np.r_[starts[1:], n] - 1 if n else starts
        count = ends - starts + 1
        first, last = bought.time[starts], bought.time[ends]
        with np.errstate(invalid="ignore", divide="ignore"):
            gap = np.where(count > 1, (last - first) / DAY / np.maximum(count - 1, 1), np.nan)
        return cls(bought.visitor[starts], bought.item[starts], count, first, last, gap)


@dataclass(frozen=True)
class ItemHabits:
    """What is usual for each item, drawn to what is usual for all where few have bought it twice.

    The logarithms of the gaps in days have mean ``mu`` and deviation ``sigma``; the rates a day at
    which buyers buy again are Gamma(``shape``, ``rate``); ``repeat`` is the share of buyers that
    bought again.
    """

    repeat: Floats
    mu: Floats
    sigma: Floats
    shape: Floats
    rate: Floats


def habits_of(bought: Purchases, items: int, at: int, prior: float) -> ItemHabits:
    """Of every item, from what was bought until ``at``; ``prior``: visitors of prior belief."""
    pairs = Pairs.of(bought)
    buyers = np.bincount(pairs.item, minlength=items)
    again = np.bincount(pairs.item[pairs.count > 1], minlength=items)
    overall = again.sum() / max(1, buyers.sum())
    same = (bought.visitor[1:] == bought.visitor[:-1]) & (bought.item[1:] == bought.item[:-1])
    # Two baskets of one day are one need: gaps are at least an hour.
    gaps = np.log(np.maximum(np.diff(bought.time)[same] / DAY, 1 / 24))
    mu, variance = _drawn_moments(bought.item[1:][same], gaps, items, prior)
    # What came after the first purchase, a day; a week's customer says little about a rate.
    days = np.maximum((at - pairs.first) / DAY, LEAST_DAYS)
    mean, spread = _drawn_moments(pairs.item, (pairs.count - 1) / days, items, prior)
    mean, spread = np.maximum(mean, 1e-6), np.maximum(spread, 1e-12)
    # Visitors that are all alike would make a rate of infinity: the shape stays below 100.
    shape = np.minimum(mean**2 / spread, 100.0)
    # Without a prior, an item that nobody bought has no share: it is 0.
    with np.errstate(invalid="ignore"):
        repeat = np.nan_to_num((again + prior * overall) / (buyers + prior))
    return ItemHabits(repeat, mu, np.sqrt(np.maximum(variance, 0.01)), shape, shape / mean)


def _drawn_moments(item: Ints, values: Floats, items: int, prior: float) -> tuple[Floats, Floats]:
    """Mean and variance by item, each with ``prior`` values of the mean and variance of all."""
    if len(values) == 0:
        return np.full(items, math.log(30.0)), np.ones(items)
    prior = max(prior, 1e-9)  # items without a value have the mean of all
    n = np.bincount(item, minlength=items)
    mean = (np.bincount(item, values, items) + prior * values.mean()) / (n + prior)
    squares = np.bincount(item, (values - mean[item]) ** 2, items)
    return mean, (squares + prior * values.var()) / (n + prior)


def normal_cdf(z: Floats) -> Floats:
    """The standard normal distribution function."""
    # Abramowitz, Stegun 7.1.26, to 1.5e-7.
    x = np.abs(z) / math.sqrt(2.0)
    t = 1.0 / (1.0 + 0.3275911 * x)
    powers = (((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t
    tail: Floats = 0.5 * (powers + 0.254829592) * t * np.exp(-x * x)
    return np.where(z > 0, 1.0 - tail, tail)
