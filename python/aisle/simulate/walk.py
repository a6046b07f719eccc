"""Sessions through the simulated catalogue, all sessions one step at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from aisle.simulate.catalogue import DAY_US, SUCCESSORS, Catalogue, Floats, Ints
from aisle.simulate.visitors import FAVOURITES, TASTE, Visitors, likes_price

# What a visitor does next, after each view (the shares sum to 1).
FOLLOW: Final = 0.36  # turns to a successor of the last item
RETURN: Final = 0.12  # goes back to an earlier item of the session
STYLE: Final = 0.30  # takes another item of the same style cluster, by popularity and price
WANDER: Final = 0.22  # starts again, as if the session began
BACK = np.array([0.15, 0.40, 0.27, 0.18])  # how far back a return goes: 1 (the same item) to 4
LONGEST: Final = 60


@dataclass(frozen=True)
class Sessions:
    """Sessions in CSR form: the views of session s are `offsets[s]:offsets[s + 1]`.

    Attributes
    ----------
    visitor : int64[sessions]
    offsets : int64[sessions + 1]
    time : int64[views]
        Microseconds UTC.
    item : int64[views]
        Item in catalogue order.
    end : int64[sessions]
        Time of the last view.
    """

    visitor: Ints
    offsets: Ints
    time: Ints
    item: Ints

    @property
    def end(self) -> Ints:
        """Time of the last view of each session."""
        last: Ints = self.time[self.offsets[1:] - 1]
        return last

    @property
    def owner(self) -> Ints:
        """Session of each view."""
        return np.repeat(np.arange(len(self.visitor)), np.diff(self.offsets))


@dataclass(frozen=True)
class World:
    """What a session walks through."""

    catalogue: Catalogue
    visitors: Visitors
    season: Floats
    start: int

    @property
    def season_edges(self) -> Floats:
        """Running sums of the season's rows, row d shifted by d: one sorted array for all days."""
        edges: Floats = np.cumsum(self.season, axis=1)
        edges /= edges[:, -1:]
        edges += np.arange(len(edges))[:, None]
        return edges.ravel()


def plan_sessions(
    visitor: Ints, begin: Ints, *, stop: int, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """Lengths and view times of sessions; one visitor's sessions never overlap.

    Returns
    -------
    visitor : int64[sessions]
        Sessions that begin before `stop`, by start time.
    offsets : int64[sessions + 1]
    time : int64[views]
    """
    length = np.minimum(1 + rng.lognormal(0.95, 0.8, len(visitor)).astype(np.int64), LONGEST)
    order = np.lexsort((begin, visitor))
    visitor, begin, length = visitor[order], begin[order], length[order]
    offsets = np.concatenate([[0], np.cumsum(length)])
    dwell = np.clip(rng.lognormal(3.5, 1.0, offsets[-1]), 1.0, 1500.0) * 1e3
    dwell_ms = dwell.astype(np.int64)
    dwell_ms[offsets[:-1]] = 0
    since = np.cumsum(dwell_ms)
    since -= np.repeat(since[offsets[:-1]], length)
    begin_ms = _without_overlap(visitor, begin // 1000, since[offsets[1:] - 1])
    time = (np.repeat(begin_ms, length) + since) * 1000
    keep = begin_ms * 1000 < stop
    by_start = np.flatnonzero(keep)[np.argsort(begin_ms[keep], kind="stable")]
    rows = ranges(offsets[by_start], length[by_start])
    starts = np.concatenate([[0], np.cumsum(length[by_start])])
    return visitor[by_start], starts, time[rows]


def _without_overlap(visitor: Ints, begin: Ints, duration: Ints) -> Ints:
    """Push a session back until 40 minutes after its visitor's one before it (ms)."""
    if not len(visitor):
        return begin
    first = np.concatenate([[True], visitor[1:] != visitor[:-1]])
    need = np.concatenate([[0], duration[:-1] + 2_400_000])
    need[first] = 0
    ahead = np.cumsum(need)
    ahead -= np.repeat(ahead[first], np.diff(np.append(np.flatnonzero(first), len(visitor))))
    group = np.cumsum(first)
    slack = begin - begin.min() - ahead
    span = int(slack.max() - slack.min()) + 1
    pushed = np.maximum.accumulate(slack + group * span) - group * span
    moved: Ints = pushed + ahead + begin.min()
    return moved


def ranges(begin: Ints, length: Ints) -> Ints:
    """`begin[0], begin[0]+1, …` for each range, one after the other."""
    ends = np.cumsum(length)
    within: Ints = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - length, length)
    return np.repeat(begin, length) + within


def walk(world: World, visitor: Ints, offsets: Ints, time: Ints, rng: np.random.Generator) -> Ints:
    """Item of each view."""
    item = np.zeros(len(time), np.int64)
    if not len(visitor):
        return item
    edges = world.season_edges
    length = np.diff(offsets)
    order = np.argsort(-length, kind="stable")
    offsets, visitor, length = offsets[:-1][order], visitor[order], length[order]
    item[offsets] = _begin(world, edges, visitor, time[offsets], rng)
    for step in range(1, int(length[0])):
        active = int(np.searchsorted(-length, -step, "left"))
        at = offsets[:active] + step
        item[at] = _step(world, edges, visitor[:active], item, at, step, time[at], rng)
    return item


def _step(
    world: World,
    edges: Floats,
    visitor: Ints,
    item: Ints,
    at: Ints,
    step: int,
    time: Ints,
    rng: np.random.Generator,
) -> Ints:
    catalogue = world.catalogue
    move = rng.random(len(at))
    last = item[at - 1]
    column = np.searchsorted(np.cumsum(SUCCESSORS), rng.random(len(at)), "right")
    chosen = catalogue.follow[last, np.minimum(column, len(SUCCESSORS) - 1)]
    back = 1 + np.minimum(
        np.searchsorted(np.cumsum(BACK), rng.random(len(at)), "right"), len(BACK) - 1
    )
    returns = (move >= FOLLOW) & (move < FOLLOW + RETURN) & (back <= step)
    chosen[returns] = item[at[returns] - back[returns]]
    wander = np.flatnonzero(move >= FOLLOW + RETURN + STYLE)
    chosen[wander] = _begin(world, edges, visitor[wander], time[wander], rng)
    style = (move >= FOLLOW) & (move < FOLLOW + RETURN + STYLE) & ~returns
    style |= (move < FOLLOW) & (catalogue.available_from[chosen] > time)
    rows = np.flatnonzero(style)
    chosen[rows] = _pick(world, catalogue.cluster[last[rows]], visitor[rows], time[rows], rng)
    return chosen


def _begin(
    world: World, edges: Floats, visitor: Ints, time: Ints, rng: np.random.Generator
) -> Ints:
    """First item of a session: of a favourite cluster, or of one in season."""
    which = np.minimum(np.searchsorted(np.cumsum(FAVOURITES), rng.random(len(visitor)), "right"), 2)
    cluster = world.visitors.favourites[visitor, which]
    day = np.clip((time - world.start) // DAY_US, 0, len(world.season) - 1)
    other = np.flatnonzero(rng.random(len(visitor)) >= TASTE)
    found = np.searchsorted(edges, day[other] + rng.random(len(other)), "right")
    clusters = world.season.shape[1]
    cluster[other] = np.clip(found - day[other] * clusters, 0, clusters - 1)
    return _pick(world, cluster, visitor, time, rng)


def _pick(world: World, cluster: Ints, visitor: Ints, time: Ints, rng: np.random.Generator) -> Ints:
    """An item of the cluster, by popularity; a price that does not fit is drawn once more."""
    catalogue = world.catalogue
    chosen = catalogue.draw(cluster, rng)
    fit = likes_price(catalogue.level[chosen], world.visitors.level[visitor])
    again = np.flatnonzero(
        (catalogue.available_from[chosen] > time) | (rng.random(len(chosen)) > fit)
    )
    second = catalogue.draw(cluster[again], rng)
    missing = catalogue.available_from[second] > time[again]
    chosen[again] = np.where(missing, catalogue.anchor[cluster[again]], second)
    return chosen


def pick_chances(world: World, cluster_chance: Floats, level: float, time: int) -> Floats:
    """What `_pick` draws from, float64[items], given the chance of each cluster."""
    catalogue = world.catalogue
    inside = (
        catalogue.weight
        / np.add.reduceat(catalogue.weight, catalogue.starts[:-1])[catalogue.cluster]
    )
    there = catalogue.available_from <= time
    first = inside * there * likes_price(catalogue.level, np.full(len(inside), level))
    redrawn = 1.0 - np.add.reduceat(first, catalogue.starts[:-1])
    second = inside * there
    second[catalogue.anchor] += np.add.reduceat(inside * ~there, catalogue.starts[:-1])
    both: Floats = (first + redrawn[catalogue.cluster] * second) * cluster_chance[catalogue.cluster]
    return both
