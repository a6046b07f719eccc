"""Ranks of the next items of a log, for those who measure models themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from aisle._core import SessionModel
from aisle.models._log import NONE, Codes


class RankResult:
    """Ranks of the next items of a log under a model; what :mod:`aisle.evaluate` measures.

    Attributes
    ----------
    ranks
        uint32[n], conservative, 1-based; 0 where the target has no score.
    ties
        uint32[n], other items with the target's score.
    sessions
        int64[n], number of the session each query belongs to.
    positions
        int64[n], how many clicks of the session were known (1, 2, ...).
    targets
        uint32[n], numbers of the targets in ``ids``.
    repeats
        bool[n], whether the target is among the clicks before it.
    latency_us
        float32[n], microseconds of each query.
    listed
        bool[items], which items stood in some top list.
    popularity
        float64[items], events of each item in training.
    """

    ranks: npt.NDArray[np.uint32]
    sessions: npt.NDArray[np.int64]

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)


def rank_log(
    model: SessionModel,
    session: Codes,
    item: Codes,
    time: npt.NDArray[np.int64],
    popularity: npt.NDArray[np.float64],
    *,
    k: int,
    threads: int,
    max_events: int | None,
    unknown: str,
) -> RankResult:
    """Every prefix of every session against the item that followed it."""
    order = np.lexsort((np.arange(len(session)), time, session))
    session, item = session[order], item[order]
    known = item != NONE
    dropped_rows = 0
    if unknown == "drop":
        dropped_rows = int((~known).sum())
        session, item = session[known], item[known]
    starts = (
        np.flatnonzero(np.r_[True, session[1:] != session[:-1]])
        if len(session)
        else np.array([], dtype=np.int64)
    )
    lengths = np.diff(np.r_[starts, len(session)])
    query_counts = np.maximum(lengths - 1, 0)
    total = int(query_counts.sum())
    numbers = np.repeat(np.arange(len(starts)), query_counts)
    first_query = np.r_[0, np.cumsum(query_counts)]
    positions = np.arange(total) - first_query[numbers] + 1
    if max_events is not None and total > max_events:
        numbers, positions, total = numbers[:max_events], positions[:max_events], max_events
    begin = starts[numbers] if total else np.array([], dtype=np.int64)
    offsets = np.r_[0, np.cumsum(positions)].astype(np.int64)
    inside = (
        np.arange(int(offsets[-1]))
        - np.repeat(offsets[:-1], positions)
        + np.repeat(begin, positions)
    )
    prefixes = np.ascontiguousarray(item[inside], dtype=np.uint32)
    targets = (
        np.ascontiguousarray(item[begin + positions], dtype=np.uint32)
        if total
        else np.array([], dtype=np.uint32)
    )
    ranks, ties, nanoseconds, lists = model.rank_batch(
        offsets, prefixes, targets, min(k, model.item_count), threads
    )
    listed = np.zeros(model.item_count, dtype=bool)
    listed[lists[lists != NONE]] = True
    repeats = np.zeros(total, dtype=bool)
    if total:
        np.logical_or.at(
            repeats,
            np.repeat(np.arange(total), positions),
            prefixes == np.repeat(targets, positions),
        )
    return RankResult(
        ranks=ranks,
        ties=ties,
        sessions=numbers,
        positions=positions,
        targets=targets,
        repeats=repeats,
        latency_us=nanoseconds / 1000.0,
        listed=listed,
        popularity=popularity,
        dropped_rows=dropped_rows,
        dropped_sessions=int((lengths < 2).sum()),
    )
