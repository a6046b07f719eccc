"""Drift: how far the newest events, or another log, are from an earlier period."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from aisle.events.types import TYPE_NAMES
from aisle.hygiene.finding import Finding, Level
from aisle.hygiene.shop_log import SECOND, Array, Flags, Ints, ShopLog

_HOUR = 3600 * SECOND
_MOST_VALUES = 200
_LEAST_EVENTS = 200


def psi(expected: npt.ArrayLike, actual: npt.ArrayLike) -> float:
    """Return the population stability index of two histograms over the same bins.

    Parameters
    ----------
    expected, actual : array of float, shape (bins,)
        Counts or shares, of the earlier and the later period. Empty bins count as half an event.

    Returns
    -------
    float
        0 for equal shares; .1 is usually taken for a small shift, .25 for a large one.

    Notes
    -----
    Sum of (a - e) ln(a / e), the symmetrised Kullback-Leibler divergence (Jeffreys 1946).

    Examples
    --------
    >>> round(psi([100, 200, 400, 200, 100], [120, 180, 350, 230, 120]), 10)
    0.0202695005
    """
    shares = []
    for counts in (np.asarray(expected, np.float64), np.asarray(actual, np.float64)):
        filled = np.where(counts > 0, counts, 0.5 if counts.sum() > 1.5 else 1e-6)
        shares.append(filled / filled.sum())
    before, after = shares
    return float(((after - before) * np.log(after / before)).sum())


def ks(expected: npt.ArrayLike, actual: npt.ArrayLike) -> tuple[float, float]:
    """Return statistic and p-value of the two-sample Kolmogorov-Smirnov test.

    Parameters
    ----------
    expected, actual : array of float
        Samples, in any order.

    Returns
    -------
    statistic, p_value : float
        The largest distance of the two distribution functions, and how probable one as large is
        without any shift (asymptotic).

    Notes
    -----
    Smirnov's limit with Stephens' correction for the sample size (J. Roy. Stat. Soc. B, 1970).

    Examples
    --------
    >>> statistic, p = ks([1, 2, 3, 4], [3, 4, 5, 6])
    >>> statistic, p > 0.05
    (0.5, True)
    """
    a, b = np.sort(np.asarray(expected, np.float64)), np.sort(np.asarray(actual, np.float64))
    if not len(a) or not len(b):
        return math.nan, math.nan
    both = np.concatenate([a, b])
    above = np.searchsorted(a, both, "right") / len(a) - np.searchsorted(b, both, "right") / len(b)
    statistic = float(np.abs(above).max())
    root = math.sqrt(len(a) * len(b) / (len(a) + len(b)))
    reach = (root + 0.12 + 0.11 / root) * statistic
    p = 2 * sum((-1) ** (n - 1) * math.exp(-2 * (n * reach) ** 2) for n in range(1, 101))
    return statistic, min(max(p, 0.0), 1.0) if reach > 0.2 else 1.0


def drift(log: ShopLog, reference: ShopLog | None) -> Iterator[Finding]:
    """Return how each column shifted against `reference`, or the last quarter against the rest."""
    if reference is None:
        cut = float(np.quantile(log.events.time, 0.75))
        later = log.events.time > cut
        before, after, what = _Period(log, ~later), _Period(log, later), "the first three quarters"
        if int(log.events.time.max()) - int(log.events.time.min()) < 48 * _HOUR:
            return  # within two days the hour alone would pass for a shift
    else:
        before, after = (_Period(one, np.ones(len(one), bool)) for one in (reference, log))
        what = "the reference"
    if min(len(before.time), len(after.time)) < _LEAST_EVENTS:
        return
    shifts = _shifts(before, after)
    seen = {*before.items}
    known = sum(n for name, n in after.items.items() if name in seen)
    total = sum(after.items.values())
    fresh = 1.0 - known / total if total else 0.0
    limit = log.limits.drift
    large = {name: value for name, value in shifts.items() if value["psi"] >= limit}
    told = [
        f"{name}: PSI {value['psi']:.3f}"
        + (f", KS {value['ks']:.3f}" if "ks" in value else "")
        + (f", new {value['new'][:3]}" if value.get("new") else "")
        + (f", gone {value['vanished'][:3]}" if value.get("vanished") else "")
        for name, value in sorted(shifts.items(), key=lambda pair: -pair[1]["psi"])
    ]
    yield Finding(
        "drift",
        Level.HURTS if large else Level.NOTE,
        f"{', '.join(large)} shifted against {what}" if large else f"no drift against {what}",
        len(large),
        len(shifts),
        "columns",
        f"population stability index of {limit:g} or more; numbers in tenths of the earlier period",
        "fit on the newer part, or find what changed in the export" if large else "",
        told,
        details=shifts,
    )
    if fresh > 0:
        yield Finding(
            "new_items",
            Level.HURTS if fresh > 0.3 else Level.NOTE,
            f"{fresh:.1%} of the newer events are on items that {what} did not have",
            total - known,
            total,
            "events",
            f"the item has no event in {what}",
            "give items= with attributes, and explore: a model of the past does not know them",
        )


class _Period:
    """Some rows of a log: the columns that are compared."""

    def __init__(self, log: ShopLog, rows: Flags) -> None:
        self.log, self.rows = log, rows
        self.time: Ints = log.events.time[rows]
        counts = np.bincount(log.events.item[rows & log.has_item])
        there = np.flatnonzero(counts).astype(np.uint32)
        names = map(str, log.events._items.names(there).tolist())
        self.items = dict(zip(names, counts[there].tolist(), strict=True))
        lengths = np.bincount(log.session[rows])
        self.lengths = lengths[lengths > 0]

    def types(self) -> dict[str, int]:
        """Events of each type."""
        counts = np.bincount(self.log.events.type[self.rows], minlength=len(TYPE_NAMES))
        return {name: int(n) for name, n in zip(TYPE_NAMES, counts, strict=True) if n}

    def columns(self) -> list[str]:
        """Further columns and attributes of items, ids and texts of people left out."""
        skip = {"event_id", "list_id", "query", "user_agent", "order_id", "anonymous"}
        return [
            name for name in (*self.log.events.extra, *self.log.events._attributes)
            if name not in skip
        ]  # fmt: skip

    def numbers(self, name: str) -> Array | None:
        """The reals of a column, or None where it holds something else."""
        events = self.log.events
        column = events.value if name == "value" else events.extra.get(name)
        if column is None or column.dtype.kind != "f":
            return None
        values = column[self.rows].astype(np.float64)
        return values[np.isfinite(values)]

    def values(self, name: str) -> dict[str, int] | None:
        """Events of each value of a column, or None where they are too many to be categories."""
        found = self.log.codes(name)
        if found is None or len(found[1]) > _MOST_VALUES:
            return None
        codes, names = found
        chosen = codes[self.rows]
        counts = np.bincount(chosen[chosen < len(names)], minlength=len(names))
        return {str(n): int(c) for n, c in zip(names.tolist(), counts, strict=True) if c}


def _shifts(before: _Period, after: _Period) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {"type": _of_counts(before.types(), after.types())}
    spans = [int(one.time.max() - one.time.min()) for one in (before, after)]
    if not before.log.is_only_an_order and min(spans) >= 48 * _HOUR:
        hours = [np.bincount(one.time // _HOUR % 24, minlength=24) for one in (before, after)]
        found["hour of day"] = {"psi": psi(*hours)}
    found["events a session"] = _of_numbers(before.lengths, after.lengths)
    for name in ["value", *before.columns()]:
        numbers = before.numbers(name), after.numbers(name)
        if numbers[0] is not None and numbers[1] is not None:
            if min(len(numbers[0]), len(numbers[1])) >= _LEAST_EVENTS:
                found[name] = _of_numbers(numbers[0], numbers[1])
            continue
        values = before.values(name), after.values(name)
        if values[0] and values[1]:
            found[name] = _of_counts(values[0], values[1])
    return found


def _of_counts(before: dict[str, int], after: dict[str, int]) -> dict[str, Any]:
    names = list(dict.fromkeys([*before, *after]))
    index = psi([before.get(n, 0) for n in names], [after.get(n, 0) for n in names])
    return {
        "psi": index,
        "new": [n for n in sorted(after, key=lambda n: -after[n]) if n not in before][:10],
        "vanished": [n for n in sorted(before, key=lambda n: -before[n]) if n not in after][:10],
    }


def _of_numbers(before: Array, after: Array) -> dict[str, Any]:
    edges = np.unique(np.quantile(before, np.linspace(0.1, 0.9, 9)))
    bins = [np.bincount(np.searchsorted(edges, one), minlength=len(edges) + 1)
            for one in (before, after)]  # fmt: skip
    statistic, p = ks(before, after)
    return {"psi": psi(*bins), "ks": statistic, "ks_p": p}
