"""The simulated visitors: taste, price level, activity, and who of them is a bot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from aisle.simulate.catalogue import DAY_US, Catalogue, Floats, Ints

FAVOURITES = np.array([0.6, 0.25, 0.15])
TASTE: Final = 0.65  # share of sessions that start in one of the visitor's favourite clusters
PRICE_WIDTH: Final = 0.3
BOT_KINDS = ("human", "fast", "regular", "sweep")


@dataclass(frozen=True)
class Visitors:
    """Visitors by number.

    Attributes
    ----------
    favourites : int64[visitors, 3]
        Clusters the visitor likes, with the weights `FAVOURITES`.
    level : float64[visitors]
        Price level the visitor likes (0 cheapest of a category, 1 dearest).
    activity : float64[visitors]
        Share of the sessions.
    bot : int8[visitors]
        Index into `BOT_KINDS`; 0 is a person.
    """

    favourites: Ints
    level: Floats
    activity: Floats
    bot: npt.NDArray[np.int8]


def make_visitors(
    visitors: int, *, bots: int, catalogue: Catalogue, rng: np.random.Generator
) -> Visitors:
    """Draw `visitors`, of whom `bots` are bots."""
    popularity = np.add.reduceat(catalogue.weight, catalogue.starts[:-1])
    edges = np.cumsum(popularity / popularity.sum())
    drawn = np.searchsorted(edges, rng.random((visitors, len(FAVOURITES))), "right")
    activity = rng.lognormal(0.0, 1.0, size=visitors)
    bot = np.zeros(visitors, np.int8)
    machines = rng.choice(visitors, size=bots, replace=False)
    bot[machines] = 1 + np.arange(bots) % 3
    activity[machines] = 0.0
    return Visitors(
        favourites=np.minimum(drawn, len(edges) - 1),
        level=rng.beta(2.0, 2.0, size=visitors),
        activity=activity / max(activity.sum(), 1e-300),
        bot=bot,
    )


def season_weights(catalogue: Catalogue, days: int, rng: np.random.Generator) -> Floats:
    """Chance of each cluster on each day, float64[days, clusters]; rows sum to 1.

    Each cluster has its own high season: a wave of 56 days with its own phase and height.
    """
    popularity = np.add.reduceat(catalogue.weight, catalogue.starts[:-1])
    phase, height = rng.random(len(popularity)), rng.random(len(popularity))
    wave = 1.0 + height * np.cos(2 * np.pi * (np.arange(days)[:, None] / 56.0 - phase))
    chance = popularity * wave
    rows: Floats = chance / chance.sum(axis=1, keepdims=True)
    return rows


def start_times(sessions: int, *, start: int, days: int, rng: np.random.Generator) -> Ints:
    """Start of each session: quiet nights, full evenings, busier weekends, slow growth."""
    hour = np.arange(days * 24)
    first_weekday = (start // DAY_US + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
    weekday = (hour // 24 + first_weekday) % 7
    daily = (
        0.25
        + np.exp(-(((hour % 24) - 20.0) ** 2) / 18)
        + 0.6 * np.exp(-(((hour % 24) - 12.0) ** 2) / 12)
    )
    chance = np.where(hour % 24 < 6, 0.12, daily) * np.where(weekday >= 5, 1.3, 1.0)
    edges = np.cumsum(chance * (1.0 + 0.2 * hour / len(hour)))
    at = np.searchsorted(edges / edges[-1], rng.random(sessions), "right")
    times: Ints = start + ((np.minimum(at, len(hour) - 1) + rng.random(sessions)) * 3.6e9).astype(
        np.int64
    )
    return times


def likes_price(level: Floats, wanted: Floats) -> Floats:
    """How readily a visitor who likes the level `wanted` takes an item of `level`, 0 to 1."""
    fit: Floats = np.exp(-((level - wanted) ** 2) / (2 * PRICE_WIDTH**2))
    return fit
