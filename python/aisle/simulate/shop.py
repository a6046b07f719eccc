"""`Shop`: a shop of any size whose visitors' taste is known."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from aisle._core import ConfigError
from aisle.simulate.bots import bot_sessions
from aisle.simulate.catalogue import DAY_US, NEVER, SUCCESSORS, Floats, make_catalogue
from aisle.simulate.log import assemble
from aisle.simulate.visitors import (
    BOT_KINDS,
    FAVOURITES,
    TASTE,
    likes_price,
    make_visitors,
    season_weights,
    start_times,
)
from aisle.simulate.walk import (
    BACK,
    FOLLOW,
    RETURN,
    STYLE,
    WANDER,
    Sessions,
    World,
    pick_chances,
    plan_sessions,
    walk,
)
from aisle.simulate.words import BRANDS, CATEGORIES, titles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aisle.events import Events

START = 1_772_409_600_000_000  # Monday 2026-03-02 00:00 UTC


class Shop:
    """A simulated shop: catalogue, visitors with a known taste, and the events they leave.

    Items lie in latent style clusters; a visitor likes a few clusters and a price level. A session
    walks through a cluster: the next item mostly depends on the last, sometimes the visitor goes
    back, takes something popular of the same style, or starts anew. There are hours, weekdays and
    seasons, items that arrive while the log runs, stock-outs, carts, purchases and bots.

    Parameters
    ----------
    items, visitors, days
        Size of the catalogue, number of visitors, length of the log.
    sessions_per_day
        Sessions of people; by default each comes twice. A session has four views on average.
    seed
        What `numpy.random.default_rng` takes; the same seed gives the same shop.
    start
        First microsecond (UTC) of the log, a midnight.
    new_items
        Share of the items that arrive while the log runs.
    stock_outs
        Share of the items that are out of stock for some days: viewed, but not bought.
    bots
        Views of bots, as a share of the views of people.

    Examples
    --------
    >>> shop = Shop(items=200, visitors=500, days=7, seed=1)
    >>> columns = shop.columns()
    >>> sorted(columns)
    ['item', 'session', 'time', 'type', 'value', 'visitor']
    >>> bool((columns["time"][1:] >= columns["time"][:-1]).all())
    True
    """

    def __init__(
        self,
        items: int = 5_000,
        visitors: int = 20_000,
        days: int = 28,
        sessions_per_day: float | None = None,
        seed: int | np.random.SeedSequence | np.random.Generator = 0,
        *,
        start: int = START,
        new_items: float = 0.12,
        stock_outs: float = 0.04,
        bots: float = 0.02,
    ) -> None:
        for name, value in (("items", items), ("visitors", visitors), ("days", days)):
            if value < 1:
                raise ConfigError(f"{name} must be at least 1, got {value}")
        for name, share in (("new_items", new_items), ("stock_outs", stock_outs), ("bots", bots)):
            if not 0 <= share < 1:
                raise ConfigError(f"{name} is a share from 0 to below 1, got {share}")
        if sessions_per_day is not None and sessions_per_day < 0:
            raise ConfigError(f"sessions_per_day must not be negative, got {sessions_per_day}")
        self.days, self.start, self.stop = days, start, start + days * DAY_US
        daily = 2 * visitors / days if sessions_per_day is None else sessions_per_day
        self._sessions, self._bot_share = round(daily * days), bots
        self._rng = np.random.default_rng(seed).spawn(5)
        self._catalogue = make_catalogue(
            items,
            start=start,
            days=days,
            new_items=new_items,
            stock_outs=stock_outs,
            rng=self._rng[0],
        )
        machines = min(max(3, round(visitors * 5e-4)), visitors // 4) if bots else 0
        people = make_visitors(visitors, bots=machines, catalogue=self._catalogue, rng=self._rng[1])
        season = season_weights(self._catalogue, days, self._rng[1])
        self._world = World(self._catalogue, people, season, start)
        self._vector_seed = int(self._rng[4].integers(2**63))

    def __repr__(self) -> str:
        return (
            f"Shop(items={len(self._catalogue.ids):,}, visitors={len(self._world.visitors.bot):,}, "
            f"days={self.days}, clusters={self._catalogue.clusters:,})"
        )

    # What a shop has -------------------------------------------------------------------------

    def events(self) -> Events:
        """The log as `aisle.Events`, sorted by time."""
        from aisle.events import Events

        columns: dict[str, Any] = self.columns()
        return Events.from_columns(**columns)

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """The log as arrays, sorted by time.

        Returns
        -------
        dict
            ``visitor, item, session`` int64 · ``time`` int64 microseconds UTC · ``type`` uint8
            (view 0, cart 1, purchase 3) · ``value`` float32, the price (nan for views).
        """
        return dict(self._log)

    def items(self) -> dict[str, npt.NDArray[Any]]:
        """The catalogue as columns, by id.

        Returns
        -------
        dict
            ``id`` int64 · ``title, category, brand`` str · ``price`` float64 · ``stock`` int64 (at
            the start) · ``available_from`` datetime64[us], UTC.
        """
        shop = self._catalogue
        rows = np.argsort(shop.ids)
        category = shop.category[shop.cluster]
        return {
            "id": shop.ids[rows],
            "title": np.array(titles(category[rows], shop.cluster[rows], shop.place[rows])),
            "category": np.array(CATEGORIES)[category[rows]],
            "brand": np.array(BRANDS)[shop.brand[rows]],
            "price": shop.price[rows],
            "stock": shop.stock[rows],
            "available_from": shop.available_from[rows].astype("datetime64[us]"),
        }

    def vectors(self, dim: int = 64, noise: float = 0.6) -> npt.NDArray[np.float32]:
        """Item vectors of length 1, float32[items, dim], rows as in `items()`.

        The centre of the item's cluster, a slow turn along the style order, and noise.
        """
        if dim < 1:
            raise ConfigError(f"dim must be at least 1, got {dim}")
        shop, rng = self._catalogue, np.random.default_rng(self._vector_seed)
        scale = np.float32(1 / np.sqrt(dim))
        centre = rng.standard_normal((shop.clusters, dim), dtype=np.float32) * scale
        turn = rng.standard_normal((2, shop.clusters, dim), dtype=np.float32) * scale
        angle = (2 * np.pi * shop.place / np.diff(shop.starts)[shop.cluster])[:, None].astype(
            np.float32
        )
        found = (
            rng.standard_normal((len(shop.ids), dim), dtype=np.float32) * scale * np.float32(noise)
        )
        found += centre[shop.cluster]
        found += np.float32(0.7) * np.cos(angle) * turn[0][shop.cluster]
        found += np.float32(0.7) * np.sin(angle) * turn[1][shop.cluster]
        found /= np.linalg.norm(found, axis=1, keepdims=True)
        return found[np.argsort(shop.ids)]

    # What only the simulator knows -----------------------------------------------------------

    @property
    def bots(self) -> dict[int, str]:
        """Visitors that are bots: id -> "fast", "regular" or "sweep"."""
        bot = self._world.visitors.bot
        return {int(visitor): BOT_KINDS[bot[visitor]] for visitor in np.flatnonzero(bot)}

    @property
    def stock_outs(self) -> dict[str, npt.NDArray[np.int64]]:
        """Stock-outs as columns ``item``, ``start``, ``end`` (microseconds UTC)."""
        shop = self._catalogue
        out = np.flatnonzero(shop.out_from != NEVER)
        return {"item": shop.ids[out], "start": shop.out_from[out], "end": shop.out_to[out]}

    @property
    def clusters(self) -> npt.NDArray[np.int64]:
        """Style cluster of each item, int64[items], rows as in `items()`."""
        return self._by_id(self._catalogue.cluster)

    def affinity(self, visitor: int) -> Floats:
        """How well each item suits a visitor, 0 to 1: taste times price.

        float64[items], rows as in `items()`.
        """
        people, shop = self._world.visitors, self._catalogue
        liked = np.bincount(people.favourites[visitor], FAVOURITES, minlength=shop.clusters)
        price = likes_price(shop.level, np.full(len(shop.ids), people.level[visitor]))
        return self._by_id(liked[shop.cluster] * price)

    def taste(self, visitor: int, time: int | None = None) -> Floats:
        """Chance of each item to open the visitor's next session.

        float64[items], rows as in `items()`.

        Parameters
        ----------
        visitor
            Its number.
        time
            Microseconds UTC; by default the end of the log.
        """
        return self._by_id(self._taste(visitor, self.stop - 1 if time is None else time))

    def next_item(self, session: Sequence[int], visitor: int, time: int | None = None) -> Floats:
        """Chance of each item to be viewed next: what the best possible model would say.

        Parameters
        ----------
        session
            Ids viewed so far, oldest first; empty: as `taste`.
        visitor, time
            As in `taste`.
        """
        time = self.stop - 1 if time is None else time
        start = self._taste(visitor, time)
        if not len(session):
            return self._by_id(start)
        shop = self._catalogue
        rows = np.argsort(shop.ids)[np.asarray(session, np.int64) - shop.ids.min()]
        step = len(rows)
        here = np.zeros(shop.clusters)
        here[shop.cluster[rows[-1]]] = 1.0
        after = np.bincount(shop.follow[rows[-1]], SUCCESSORS, minlength=len(start)) * FOLLOW
        there = shop.available_from <= time
        back = BACK[: min(step, len(BACK))]
        style = STYLE + RETURN * (1 - back.sum()) + after[~there].sum()
        chance = WANDER * start + after * there
        chance += style * pick_chances(self._world, here, self._world.visitors.level[visitor], time)
        np.add.at(chance, rows[::-1][: len(back)], RETURN * back)
        return self._by_id(chance)

    def _taste(self, visitor: int, time: int) -> Floats:
        people, season = self._world.visitors, self._world.season
        day = int(np.clip((time - self.start) // DAY_US, 0, self.days - 1))
        chance = (
            np.bincount(people.favourites[visitor], FAVOURITES, minlength=season.shape[1]) * TASTE
        )
        return pick_chances(
            self._world, chance + (1 - TASTE) * season[day], people.level[visitor], time
        )

    def _by_id(self, column: npt.NDArray[Any]) -> npt.NDArray[Any]:
        found: npt.NDArray[Any] = column[np.argsort(self._catalogue.ids)]
        return found

    # The log -----------------------------------------------------------------------------------

    @cached_property
    def _log(self) -> dict[str, npt.NDArray[Any]]:
        world, rng = self._world, self._rng[2]
        edges = np.cumsum(world.visitors.activity)
        visitor = np.searchsorted(
            edges / max(edges[-1], 1e-300), rng.random(self._sessions), "right"
        )
        begin = start_times(self._sessions, start=self.start, days=self.days, rng=rng)
        visitor = np.minimum(visitor, len(edges) - 1)
        visitor, offsets, time = plan_sessions(visitor, begin, stop=self.stop, rng=rng)
        people = Sessions(visitor, offsets, time, walk(world, visitor, offsets, time, rng))
        bots = bot_sessions(
            world.visitors, world.catalogue, views=round(self._bot_share * len(time)),
            start=self.start, stop=self.stop, rng=self._rng[3],
        )  # fmt: skip
        return assemble(world, people, bots, rng)
