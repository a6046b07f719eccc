"""The simulated bots: fast clickers, metronomes, and sweeps through the catalogue."""

from __future__ import annotations

import numpy as np

from aisle.simulate.catalogue import Catalogue, Ints
from aisle.simulate.visitors import Visitors
from aisle.simulate.walk import Sessions, ranges

LENGTH = 150  # views of a bot's session in the mean


def bot_sessions(
    visitors: Visitors,
    catalogue: Catalogue,
    *,
    views: int,
    start: int,
    stop: int,
    rng: np.random.Generator,
) -> Sessions:
    """About `views` views by bots, in sessions of 50 to 250; one bot's sessions never overlap."""
    machines = np.flatnonzero(visitors.bot)
    count = max(round(views / LENGTH), len(machines)) if len(machines) and views else 0
    visitor = machines[np.arange(count) % max(len(machines), 1)] if count else np.empty(0, np.int64)
    turns = -(
        -count // max(len(machines), 1)
    )  # each bot's sessions take turns in slots of equal time
    slot = (stop - start) / max(turns, 1)
    begin = start + (
        (np.arange(count) // max(len(machines), 1) + 0.5 * rng.random(count)) * slot
    ).astype(np.int64)
    order = np.argsort(begin, kind="stable")
    visitor, begin = visitor[order], begin[order]
    length = rng.integers(50, 2 * LENGTH - 49, size=count)
    kind = np.repeat(visitors.bot[visitor].astype(np.int64), length)
    offsets = np.concatenate([[0], np.cumsum(length)])
    longest = np.repeat(np.full(count, slot * 0.45 / (2 * LENGTH)), length)
    gap = np.select(
        [kind == 1, kind == 2],
        [rng.uniform(0.2e6, 0.6e6, offsets[-1]), np.full(offsets[-1], 15e6)],
        rng.uniform(2e6, 4e6, offsets[-1]),
    )
    step = np.maximum(np.minimum(gap, longest), 1.0).astype(np.int64)
    step[offsets[:-1]] = 0
    since = np.cumsum(step)
    since -= np.repeat(since[offsets[:-1]], length)
    item = _items(catalogue, kind, offsets, length, start, rng)
    return Sessions(visitor, offsets, np.repeat(begin, length) + since, item)


def _items(
    catalogue: Catalogue,
    kind: Ints,
    offsets: Ints,
    length: Ints,
    start: int,
    rng: np.random.Generator,
) -> Ints:
    """Sweeps go through the items by number; the others jump anywhere."""
    old = np.flatnonzero(catalogue.available_from <= start)
    old = old[np.argsort(catalogue.ids[old])]
    at = rng.integers(len(old), size=int(offsets[-1]))
    sweep = ranges(rng.integers(len(old), size=len(length)), length) % len(old)
    items: Ints = old[np.where(kind == 3, sweep, at)]
    return items
