"""The simulated shop that the benchmarks share."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

import aisle

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
DAYS = 28
EVENTS_A_SESSION = 4.4  # of the simulator: views, carts and purchases
Say = Callable[[str], None]


@dataclass(frozen=True)
class Sizes:
    """How large the shop is and how often things are measured.

    Attributes
    ----------
    items, events, sessions
        Of the catalogue, of the past, and live.
    requests, repeats
        Requests a measurement, measurements a row.
    """

    items: int = 20_000
    events: int = 500_000
    sessions: int = 100_000
    requests: int = 2_000
    repeats: int = 5


FULL = Sizes(items=100_000, events=5_000_000, sessions=1_000_000, requests=5_000)


class World:
    """The simulated shop, made once for all rows: its past, its bundle, its live stream."""

    def __init__(self, sizes: Sizes, say: Say) -> None:
        self.sizes, self.say = sizes, say
        self.rng = np.random.default_rng(7)

    @cached_property
    def shop(self) -> aisle.simulate.Shop:
        """A shop whose log ends yesterday: the live stream can come again, a day later."""
        sessions = round(self.sizes.events / EVENTS_A_SESSION) + self.sizes.sessions
        midnight = time.time_ns() // 1000 // DAY_US * DAY_US
        return aisle.simulate.Shop(
            items=self.sizes.items,
            visitors=max(2, sessions // 2),
            days=DAYS,
            sessions_per_day=sessions / DAYS,
            seed=7,
            start=midnight - (DAYS + 1) * DAY_US,
        )

    @cached_property
    def _log(self) -> dict[str, npt.NDArray[Any]]:
        self.say("simulating a shop")
        return self.shop.columns()

    @cached_property
    def items(self) -> aisle.Items:
        """The catalogue."""
        table = dict(self.shop.items())
        table["id"] = names("sku", table["id"])
        return aisle.read_items(table, id="id")

    @cached_property
    def past(self) -> aisle.Events:
        """What the bundle is fitted on; item ids are strings."""
        part = {name: column[: self.sizes.events] for name, column in self._log.items()}
        part["item"] = names("sku", part["item"])
        columns: dict[str, Any] = part
        return aisle.Events.from_columns(**columns)

    @cached_property
    def live(self) -> aisle.Events:
        """The stream that follows: string ids, one visitor for each session."""
        part = {name: column[self.sizes.events :] for name, column in self._log.items()}
        visitor = names("visitor", part.pop("session"))
        columns: dict[str, Any] = part | {"visitor": visitor, "item": names("sku", part["item"])}
        return aisle.Events.from_columns(**columns)

    @cached_property
    def vectors(self) -> npt.NDArray[np.float32]:
        """The shop's own vectors, a row for each of ``past.items``."""
        row = {int(item): at for at, item in enumerate(self.shop.items()["id"])}
        order = [row[int(str(name).partition("-")[2])] for name in self.past.items]
        return self.shop.vectors(64)[order]

    @cached_property
    def bundle(self) -> aisle.Bundle:
        """The default recipe, with the shop's own vectors."""
        past, vectors = self.past, self.vectors
        self.say(f"fitting on {len(past):,} events")
        return aisle.fit(past, items=self.items, vectors=vectors)

    @cached_property
    def engine(self) -> aisle.Engine:
        """Four sources and MMR, with the live stream inside."""
        sources = {"knn": 100, "co_visitation": 60, "vectors": 20, "trending": 30}  # as by default
        strategy = aisle.Strategy(sources=sources, diversity=0.3)
        engine = aisle.Engine(self.bundle, strategy=strategy)
        self.say(f"observing {len(self.live):,} live events")
        engine.observe_many(self.live)
        return engine

    def live_again(self, hours: int) -> aisle.Events:
        """The live stream once more, so many hours later; up to 24."""
        log = copy.copy(self.live)
        log.time = self.live.time + hours * HOUR_US
        return log

    def live_now(self, count: int) -> aisle.Events:
        """A stretch of the live stream, squeezed into this very moment."""
        begin = int(self.rng.integers(0, max(1, len(self.live) - count)))
        log = self.live._take(np.arange(begin, begin + count) % len(self.live))
        log.time = time.time_ns() // 1000 + np.arange(count)
        return log

    def texts(self, log: aisle.Events) -> tuple[list[str], list[str]]:
        """Visitor and item of each event, as text."""
        visitors = log.visitors[log.visitor].astype(str).tolist()
        items = log.items[log.item].astype(str).tolist()
        return visitors, items

    def visitors(self, count: int) -> list[str]:
        """Visitors drawn by their events: who clicks more asks more often."""
        rows = self.rng.integers(0, len(self.live), count)
        return [str(name) for name in self.live.visitors[self.live.visitor[rows]]]

    def filters(self, count: int) -> list[dict[str, Any]]:
        """Conditions as of category pages: one of 32, some of them much more often than others."""
        table = self.shop.items()
        categories = np.unique(table["category"])
        some = max(1, len(categories) // 3)
        pages: list[dict[str, Any]] = []
        for share in np.linspace(0.5, 0.95, 32):
            chosen = self.rng.choice(categories, some, replace=False).tolist()
            most = float(np.quantile(table["price"], share))
            pages.append({"category": chosen, "price": (None, most)})
        return [pages[min(31, int(self.rng.exponential(6)))] for _ in range(count)]

    @cached_property
    def questions(self) -> aisle.Events:
        """Some live sessions, whole: what sources that are measured alone are asked."""
        count = max(50, self.sizes.requests // 3)
        chosen = np.zeros(len(self.live.visitors), bool)
        chosen[self.rng.choice(len(chosen), min(count, len(chosen)), replace=False)] = True
        return self.live._take(chosen[self.live.visitor])


def names(prefix: str, numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """``sku-17`` for 17, each different one made once."""
    distinct, place = np.unique(numbers, return_inverse=True)
    return np.array([f"{prefix}-{number}" for number in distinct.tolist()])[place]
