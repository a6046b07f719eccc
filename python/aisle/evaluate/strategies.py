"""How slates move when a strategy changes, before anyone sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from aisle._core import DataError
from aisle.events.times import named

if TYPE_CHECKING:
    from aisle.bundle import Bundle
    from aisle.engine import Engine
    from aisle.events import Events
    from aisle.strategy import StrategyLike

Floats = npt.NDArray[np.float64]
MONEY = ("price", "margin")
NO_VALUE = 0xFFFFFFFF  # the code of an item that has none


@dataclass(frozen=True)
class StrategyDiff:
    """Two strategies on the same requests.

    Attributes
    ----------
    requests
        How many were asked.
    changed
        Share of slates that differ in any place.
    overlap
        Mean share of items that both slates have (Jaccard).
    measures
        By name: (first strategy, second strategy, difference, its 95 % interval).
    """

    requests: int
    changed: float
    overlap: float
    measures: dict[str, tuple[float, float, float, tuple[float, float]]]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        rows = {
            name: {"first": a, "second": b, "difference": d, "interval": list(interval)}
            for name, (a, b, d, interval) in self.measures.items()
        }
        return {
            "requests": self.requests,
            "changed": self.changed,
            "overlap": self.overlap,
            "measures": rows,
        }

    def __str__(self) -> str:
        lines = [
            f"{self.requests:,} requests: {self.changed:.1%} of the slates change; "
            f"they share {self.overlap:.1%} of their items",
            f"{'a slate':18} {'first':>10} {'second':>10} {'difference':>11}   95 % interval",
        ]
        for name, (a, b, d, (low, high)) in self.measures.items():
            sure = "" if low <= 0 <= high else "  *"
            lines.append(
                f"{name:18} {a:10.4f} {b:10.4f} {d:+11.4f}   {low:+.4f} to {high:+.4f}{sure}"
            )
        return "\n".join(lines)


def compare_strategies(
    bundle: Bundle,
    log: Events,
    first: StrategyLike,
    second: StrategyLike,
    *,
    placement: str | None = None,
    market: str | None = None,
    k: int = 12,
    max_requests: int = 5000,
    seed: int = 0,
) -> StrategyDiff:
    """Replay a log's sessions through two strategies and compare slate by slate.

    Each strategy has an engine of its own, since what one shows is no business of the other's.
    Where a session goes on with another item, both are asked first. Measures: HR and MRR of the
    next item, distinct categories, intra-list distance (share of pairs of another category), mean
    price and margin where the catalogue has them, novelty (-log2 of an item's share of the
    events), length. Intervals: bootstrap over requests.

    Raises
    ------
    DataError
        When no session of the log goes on.

    Examples
    --------
    >>> import aisle
    >>> shop = aisle.simulate.Shop(items=60, visitors=200, days=3, seed=1)
    >>> bundle = aisle.fit(shop.events(), items=shop.items())
    >>> diff = compare_strategies(bundle, shop.events(), aisle.Strategy(),
    ...                           aisle.Strategy(at_most={"category": 1}), max_requests=200)
    >>> diff.requests
    200
    """
    from aisle.engine import Engine
    from aisle.evaluate.log import as_log
    from aisle.evaluate.streaming import followers

    engines = [Engine(bundle, strategy=one) for one in (first, second)]
    table = as_log(log)
    rows = np.flatnonzero(table.item >= 0)
    rows = rows[np.argsort(table.time[rows], kind="stable")]
    following = followers(table, rows)
    asked = np.flatnonzero(following >= 0)[:max_requests]
    if not len(asked):
        raise DataError("no session of the log goes on with another item: nothing to compare")
    measures = [
        _Measures(engine, k, market or engine.strategies.market_of(placement or ""))
        for engine in engines
    ]
    found: dict[str, list[list[float]]] = {"first": [], "second": []}
    same, shared = [], []
    begin = 0
    for at in asked.tolist():
        news = log._take(rows[begin : at + 1])
        begin = at + 1
        row, wanted = int(rows[at]), str(table.items[table.item[following[at]]])
        visitor, now = table.visitors[table.visitor[row]], named(int(table.time[row]))
        slates = []
        for engine, measure, name in zip(engines, measures, found, strict=True):
            engine.observe_many(news)
            slate = engine.recommend(visitor, k, placement=placement, market=market, time=now)
            slates.append(slate.items)
            found[name].append(measure(slates[-1], wanted))
        same.append(slates[0] == slates[1])
        both, either = set(slates[0]) & set(slates[1]), set(slates[0]) | set(slates[1])
        shared.append(len(both) / max(1, len(either)))
    a, b = (np.array(found[name]) for name in found)
    rows_of = {
        name: _row(a[:, at], b[:, at], seed)
        for at, name in enumerate(_Measures.names)
        if not np.isnan(b[:, at] - a[:, at]).all()
    }
    return StrategyDiff(len(asked), 1 - float(np.mean(same)), float(np.mean(shared)), rows_of)


def _row(a: Floats, b: Floats, seed: int) -> tuple[float, float, float, tuple[float, float]]:
    difference = b - a
    known = difference[~np.isnan(difference)]
    draws = np.random.default_rng(seed).integers(0, len(known), (400, len(known)))
    low, high = np.quantile(known[draws].mean(axis=1), (0.025, 0.975))
    return (
        float(np.nanmean(a)),
        float(np.nanmean(b)),
        float(known.mean()),
        (float(low), float(high)),
    )


class _Measures:
    """What is measured of one slate; what the catalogue can't say is nan."""

    names = ("HR", "MRR", "categories", "distance", "price", "margin", "novelty", "length")

    def __init__(self, engine: Engine, k: int, market: str | None) -> None:
        self.k, self.catalog = k, engine.catalog()
        kinds = self.catalog.columns()
        own = {} if market is None else engine.strategies.markets[market].columns
        meant = [own.get(name, name) for name in MONEY]
        self.money = [
            self.catalog.column(name) if kinds.get(name) == "number" else None for name in meant
        ]
        self.category = self.catalog.codes("category") if "category" in kinds else None
        counts = np.asarray(engine.bundle.array("sessions.item_rows"), dtype=np.float64)
        self.novelty = -np.log2((counts + 1.0) / (counts.sum() + len(counts)))

    def __call__(self, items: list[Any], wanted: str) -> list[float]:
        place = next((at for at, item in enumerate(items, 1) if str(item) == wanted), 0)
        hits = [float(place > 0), 1.0 / place if place else 0.0]
        if not items:
            return [*hits, 0.0, *[np.nan] * 4, 0.0]
        numbers = np.asarray(self.catalog.items.lookup(items))
        return [
            *hits,
            *self._kinds(numbers),
            *self._money(numbers),
            self._novelty(numbers),
            len(items),
        ]

    def _kinds(self, numbers: npt.NDArray[np.uint32]) -> list[float]:
        if self.category is None:
            return [np.nan, np.nan]
        codes = _cells(self.category, numbers, NO_VALUE)
        counts = np.unique(codes, return_counts=True)[1].astype(np.float64)
        pairs = len(codes) * (len(codes) - 1)
        alike = float((counts * (counts - 1)).sum())
        return [float(len(counts)), 1.0 - alike / pairs if pairs else np.nan]

    def _money(self, numbers: npt.NDArray[np.uint32]) -> list[float]:
        found = []
        for column in self.money:
            cells = np.array([np.nan]) if column is None else _cells(column, numbers, np.nan)
            found.append(float(np.nanmean(cells)) if not np.isnan(cells).all() else np.nan)
        return found

    def _novelty(self, numbers: npt.NDArray[np.uint32]) -> float:
        return float(_cells(self.novelty, numbers, self.novelty.max(initial=0.0)).mean())


def _cells(column: Any, numbers: npt.NDArray[np.uint32], missing: Any) -> Any:
    """The items' cells; items newer than the column are ``missing``."""
    there = numbers < len(column)
    return np.where(there, np.asarray(column)[np.where(there, numbers, 0)], missing)
