"""The simulated catalogue: style clusters, popularity, prices, stock, arrival of new items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aisle.simulate.words import BRANDS, CATEGORIES, GOODS

DAY_US = 86_400_000_000
NEVER = np.iinfo(np.int64).max
SUCCESSORS = np.array([0.32, 0.20, 0.13, 0.10, 0.09, 0.06, 0.05, 0.05])

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Catalogue:
    """Items in style order: those of one cluster lie side by side, neighbours are alike.

    Attributes
    ----------
    ids : int64[items]
        The shop's item numbers, shuffled, so that a number tells nothing about the style.
    cluster, place : int64[items]
        Style cluster and place in it.
    starts : int64[clusters + 1]
        Where each cluster begins.
    category : int64[clusters]
        Index into `aisle.simulate.words.CATEGORIES`.
    weight : float64[items]
        Popularity, sums to 1. `edges` : float64[items + 1] is its running sum.
    anchor : int64[clusters]
        The most popular item of each cluster; always available.
    follow : int64[items, 8]
        What a visitor turns to after each item, most likely first (`SUCCESSORS`).
    price, level : float64[items]
        Price, and its place among the prices of the category (0 cheapest, 1 dearest).
    brand, stock : int64[items]
    available_from, out_from, out_to : int64[items]
        Microseconds UTC: first day in the shop; begin and end of the one stock-out (`NEVER`: none).
    """

    ids: Ints
    cluster: Ints
    place: Ints
    starts: Ints
    category: Ints
    weight: Floats
    edges: Floats
    anchor: Ints
    follow: Ints
    price: Floats
    level: Floats
    brand: Ints
    stock: Ints
    available_from: Ints
    out_from: Ints
    out_to: Ints

    @property
    def clusters(self) -> int:
        """Number of style clusters."""
        return len(self.category)

    def draw(self, cluster: Ints, rng: np.random.Generator) -> Ints:
        """An item of each cluster, by popularity within it."""
        low, high = self.edges[self.starts[cluster]], self.edges[self.starts[cluster + 1]]
        found = np.searchsorted(self.edges, low + (high - low) * rng.random(len(cluster)), "right")
        limited: Ints = np.clip(found - 1, self.starts[cluster], self.starts[cluster + 1] - 1)
        return limited


def make_catalogue(
    items: int,
    *,
    start: int,
    days: int,
    new_items: float,
    stock_outs: float,
    rng: np.random.Generator,
) -> Catalogue:
    """Draw a catalogue; `new_items` and `stock_outs` are shares of the items."""
    clusters = max(1, items // 60)
    sizes = np.full(clusters, items // (2 * clusters))
    sizes += rng.multinomial(items - sizes.sum(), rng.dirichlet(np.full(clusters, 2.0)))
    starts = np.concatenate([[0], np.cumsum(sizes)])
    cluster = np.repeat(np.arange(clusters), sizes)
    place = np.arange(items) - starts[cluster]
    category = rng.integers(len(CATEGORIES), size=clusters)
    weight = _popularity(cluster, starts, rng)
    anchor = _best_of_each(cluster, weight, starts)
    available_from = start - DAY_US * rng.integers(1, 400, size=items)
    fresh = rng.random(items) < new_items
    fresh[anchor] = False
    available_from[fresh] = start + (rng.random(int(fresh.sum())) * days * DAY_US).astype(np.int64)
    out_from = np.full(items, NEVER)
    out = rng.random(items) < stock_outs
    out_from[out] = start + (rng.random(int(out.sum())) * days * DAY_US).astype(np.int64)
    out_from[out & (rng.random(items) < 0.25)] = start
    out_to = np.where(
        out, out_from + np.where(out, rng.integers(1, 5, size=items) * DAY_US, 0), NEVER
    )
    brand = rng.integers(len(BRANDS), size=items)
    price, level = _prices(category[cluster], brand, rng)
    stock = 1 + rng.lognormal(3.0, 0.8, size=items).astype(np.int64)
    edges = np.concatenate([[0.0], np.cumsum(weight)])
    return Catalogue(
        ids=1000 + rng.permutation(items),
        cluster=cluster, place=place, starts=starts, category=category,
        weight=weight, edges=edges, anchor=anchor,
        follow=_successors(cluster, place, starts, edges, anchor, rng),
        price=price, level=level, brand=brand,
        stock=np.where(out_from <= start, 0, stock),
        available_from=available_from, out_from=out_from, out_to=out_to,
    )  # fmt: skip


def _popularity(cluster: Ints, starts: Ints, rng: np.random.Generator) -> Floats:
    """Zipf over clusters, and over the items of each; the order of both is drawn."""
    clusters = len(starts) - 1
    by_chance = np.lexsort((rng.random(len(cluster)), cluster))
    rank = np.empty(len(cluster))
    rank[by_chance] = np.arange(len(cluster)) - starts[cluster[by_chance]]
    weight = (1.0 + rank) ** -0.8 * (1.0 + rng.permutation(clusters)[cluster]) ** -0.5
    total: Floats = weight / weight.sum()
    return total


def _best_of_each(cluster: Ints, weight: Floats, starts: Ints) -> Ints:
    best: Ints = np.lexsort((-weight, cluster))[starts[:-1]]
    return best


def _successors(
    cluster: Ints, place: Ints, starts: Ints, edges: Floats, anchor: Ints, rng: np.random.Generator
) -> Ints:
    """Neighbours in style (forward before back), favourites of the cluster, one of another."""
    low, size = starts[cluster], np.diff(starts)[cluster]
    columns = [low + (place + step) % size for step in (1, 2, -1, 3)]
    for _ in range(3):
        at = edges[low] + (edges[low + size] - edges[low]) * rng.random(len(cluster))
        columns.append(np.clip(np.searchsorted(edges, at, "right") - 1, low, low + size - 1))
    partner = rng.permutation(len(starts) - 1)
    columns.append(anchor[partner[cluster]])
    return np.stack(columns, axis=1)


def _prices(category: Ints, brand: Ints, rng: np.random.Generator) -> tuple[Floats, Floats]:
    middle = np.array([GOODS[name][3] for name in CATEGORIES])
    tier = rng.uniform(0.6, 1.7, size=len(BRANDS))
    raw = middle[category] * tier[brand] * rng.lognormal(0.0, 0.35, size=len(category))
    price: Floats = np.maximum(np.floor(raw), 1.0) + 0.99
    order = np.lexsort((price, category))
    counts = np.bincount(category, minlength=len(CATEGORIES))
    begin = np.cumsum(counts) - counts
    level = np.empty(len(price))
    level[order] = (np.arange(len(price)) - begin[category[order]]) / np.maximum(
        counts[category[order]] - 1, 1
    )
    return price, level
