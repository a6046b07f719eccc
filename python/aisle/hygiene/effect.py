"""What a finding costs: the offline metric of a model fitted with its events and without them."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from aisle.evaluate.metrics import bootstrap_ci
from aisle.hygiene.finding import Effect, Finding, Rows
from aisle.hygiene.shop_log import Flags, ShopLog

MOST_EVENTS: Final = 300_000
"""Events of the sample of visitors that effects are measured on."""
MOST_TARGETS: Final = 10_000
_K: Final = 20
_LEAST_TARGETS: Final = 200


class Meter:
    """Measures effects on one log: the newest fifth of the sessions is the test.

    The test is free of what `aisle.check` would leave out, so that every model is asked for what
    people did; only training differs.
    """

    def __init__(self, log: ShopLog, dirty: Rows) -> None:
        self._log = log
        sample = _sample(log)
        last = np.zeros(len(log.session_counts), np.int64)
        np.maximum.at(last, log.session, log.events.time)
        newest = last[log.session]
        there = newest[sample]
        cut = int(np.quantile(there, 0.8)) if len(there) else 0
        is_test = sample & (newest > cut)
        self._train: Flags = sample & (newest <= cut)
        is_test[dirty] = False
        self._test = log.events._take(np.flatnonzero(is_test))
        self._base: npt.NDArray[np.bool_] | None = None

    def effect(self, finding: Finding) -> Effect | None:
        """Return the effect, or None where there is too little to measure it on."""
        if finding.rows is None:
            return None
        keep = self._train.copy()
        keep[finding.rows] = False
        left, whole = int(keep.sum()), int(self._train.sum())
        if left == whole or left < 0.1 * whole:
            return None
        if self._base is None:
            self._base = self._hits(self._train)
        if len(self._base) < _LEAST_TARGETS:
            return None
        after = self._hits(keep)
        gained = after.astype(np.float64) - self._base
        low, high = bootstrap_ci({"gained": gained}, self._sessions)["gained"]
        return Effect(f"HR@{_K}", float(self._base.mean()), float(after.mean()), low, high)

    def _hits(self, rows: Flags) -> npt.NDArray[np.bool_]:
        """Whether each target of the test is among the first k of a model fitted on `rows`."""
        from aisle import models
        from aisle.evaluate.ranking import _only_targets

        model = models.VMISKNN().fit(self._log.events._take(np.flatnonzero(rows)))
        ranked = model._rank_events(
            _only_targets(self._test), k=_K, unknown="miss", max_events=MOST_TARGETS, threads=2
        )
        self._sessions = np.asarray(ranked.sessions)
        ranks = np.asarray(ranked.ranks)
        hits: npt.NDArray[np.bool_] = (ranks > 0) & (ranks <= _K)
        return hits


def _sample(log: ShopLog) -> Flags:
    """Return the rows of so many visitors that they make `MOST_EVENTS` events at most."""
    if len(log) <= MOST_EVENTS:
        return np.ones(len(log), bool)
    order = np.random.default_rng(0).permutation(len(log.visitor_counts))
    small = order[log.visitor_counts[order] <= MOST_EVENTS // 10]
    chosen = np.zeros(len(order), bool)
    chosen[small[np.cumsum(log.visitor_counts[small]) <= MOST_EVENTS]] = True
    sample = chosen[log.events.visitor]
    # Of visitors with more than a tenth of the sample, as large a share of their events as of all.
    giants = log.visitor_counts > MOST_EVENTS // 10
    share = sample.sum() / max(int(log.visitor_counts[small].sum()), 1)
    taken = np.random.default_rng(1).random(len(log)) < min(share, 1.0)
    found: Flags = sample | (giants[log.events.visitor] & taken)
    return found
