"""What all models share: parameters, the border between the shop's ids and the core's numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from aisle._core import DataError, LogColumns, SessionModel
from aisle.models import _asking
from aisle.models._checks import (
    check_events,
    check_k,
    check_number,
    check_session,
    check_threads,
)
from aisle.models._log import IDLE_GAP, NONE, Codes, grown, renumber, sessions_in_order
from aisle.models._ranking import RankResult, rank_log
from aisle.models._saving import Saveable

if TYPE_CHECKING:
    from aisle.events import Events

__all__ = ["IDLE_GAP", "NONE", "Codes", "Model", "RankResult", "check_events", "check_k"]
__all__ += ["check_number", "check_session", "check_threads", "rank_log", "renumber"]
__all__ += ["sessions_in_order"]
ItemKey = str | int


class Model(Saveable):
    """Base of the models: stores its parameters, fits, learns on, recommends, is saved.

    A subclass has keyword parameters in ``__init__`` (stored under their names) and ``_make``,
    which gives a core model made of a log or of what was saved.
    """

    def _fit(self, events: Events) -> SessionModel:
        return self._make(self._columns(events, events.item, len(events._items)))

    def _columns(self, events: Events, item: Codes, item_count: int) -> LogColumns:
        """The log as the core takes it; with its types where the model weighs them."""
        session, rank = sessions_in_order(events)
        typed = getattr(self, "type_weights", None) is not None
        types = np.ascontiguousarray(events.type, dtype=np.uint8) if typed else None
        return LogColumns(session, item, events.time, rank, item_count, types)

    def fit(self, events: Events) -> Self:
        """Learns from a log.

        Parameters
        ----------
        events
            The log; views and other signs of interest, in any order of rows.

        Raises
        ------
        ConfigError
            When a parameter is outside its domain; names it and its value.
        DataError
            When the log has no events with items.
        """
        check_events(events)
        if len(events) == 0:
            raise DataError(f"{type(self).__name__} cannot be fitted: the log has no events")
        self._items = events._items
        self._core = self._fit(events)
        self._popularity = np.bincount(
            events.item[events.item != NONE], minlength=len(self._items)
        ).astype(np.float64)
        self.n_items_ = len(self._items)
        self.n_events_ = len(events)
        return self

    def update(self, events: Events) -> Self:
        """Learns on: then the model answers as one that was fitted on both logs.

        Requests on other threads get an answer of before or of after it. Items that were not known
        are from now on. A session that goes on in the new log counts as two, and of two sessions
        that ended at one time the one learned later is the newer. The docstring of each model
        tells what it costs where that is more than to read the new events.

        Parameters
        ----------
        events
            What happened since ``fit``; its own log, with ids of its own.

        Raises
        ------
        ConfigError
            When the model is not fitted, or is of a kind that does not learn on.
        DataError
            When that is no log.
        """
        self._fitted()
        check_events(events)
        if len(events) == 0:
            return self
        items, item = grown(self._items, events)
        core = self._core.learn(self._columns(events, item, len(items)))
        counts = np.bincount(item[item != NONE], minlength=len(items)).astype(np.float64)
        counts[: len(self._popularity)] += self._popularity
        # The items first: they hold all that the model of before can answer, by the same numbers.
        self._items, self._core, self._popularity = items, core, counts
        self.n_items_ = len(items)
        self.n_events_ += len(events)
        return self

    def recommend(
        self,
        session: Sequence[ItemKey],
        k: int = 20,
        *,
        times: Any = None,
        types: Any = None,
        now: Any = None,
        exclude_seen: bool = False,
    ) -> tuple[npt.NDArray[Any], npt.NDArray[np.float64]]:
        """The best ``k`` items for a session so far.

        Parameters
        ----------
        session
            The shop's item ids, oldest first. Unknown ids count in the session's length.
        k
            How many; fewer come back when fewer have a positive score.
        times
            When each of them was: texts, datetimes or microseconds. Without, only the order counts.
        types
            What each was: ``"view"``, ``"cart"``, …, or one for all. Without, all count alike.
        now
            When the question is asked; STAN's scores are told from then.
        exclude_seen
            Leave the session's own items out.

        Returns
        -------
        items, scores
            Two arrays of one length, best first; ids in the type that was read.
        """
        check_k(k)
        check_session(session)
        model = self._fitted()
        codes = self._items.lookup(list(session))
        if times is None and types is None and now is None:
            items, scores = model.recommend(codes, k, exclude_seen=exclude_seen)
        else:
            items, scores = model.recommend(
                codes,
                k,
                _asking.times_of(times, len(codes)),
                _asking.types_of(types, len(codes)),
                _asking.now_of(now),
                exclude_seen=exclude_seen,
            )
        return self._items.names(items), scores

    def recommend_batch(
        self,
        sessions: Sequence[Sequence[ItemKey]],
        k: int = 20,
        *,
        threads: int = 1,
        times: Sequence[Any] | None = None,
        types: Any = None,
        now: Any = None,
        exclude_seen: bool = False,
    ) -> tuple[npt.NDArray[Any], npt.NDArray[np.float64]]:
        """The same answers for many sessions at once.

        ``times`` and ``types`` have an entry for each session, ``types`` may also be one for all;
        ``now`` is one time, or one for each session.

        Returns
        -------
        items, scores
            Arrays of shape (sessions, k); missing places are ``None`` and ``nan``.
        """
        check_k(k)
        for session in sessions:
            check_session(session)
        model = self._fitted()
        offsets, codes = self._encode(sessions)
        items, scores = model.recommend_batch(
            offsets,
            codes,
            k,
            check_threads(threads),
            _asking.times_of_all(times, offsets),
            _asking.types_of_all(types, offsets),
            _asking.now_of_all(now, len(sessions)),
            exclude_seen=exclude_seen,
        )
        found = np.full(items.shape, None, dtype=object)
        there = items != NONE
        found[there] = self._items.names(items[there]).tolist()
        return found, scores

    def _encode(self, sessions: Sequence[Sequence[ItemKey]]) -> tuple[npt.NDArray[np.int64], Codes]:
        offsets = np.zeros(len(sessions) + 1, dtype=np.int64)
        np.cumsum([len(s) for s in sessions], out=offsets[1:])
        return offsets, self._items.lookup([item for session in sessions for item in session])

    def _rank_events(
        self,
        events: Events,
        *,
        k: int = 20,
        threads: int = 1,
        max_events: int | None = None,
        unknown: str = "drop",
    ) -> RankResult:
        """Ranks the next item after every click of a log, inside the core."""
        model = self._fitted()
        codes, _ = sessions_in_order(events)
        # The test log has numbers of its own: bring them to the model's.
        item = renumber(events, self._items)
        return rank_log(
            model,
            codes,
            item,
            events.time,
            self._popularity,
            k=k,
            threads=threads,
            max_events=max_events,
            unknown=unknown,
        )

    def _numbers_of(self, events: Events) -> Codes:
        """The items of another log in this model's numbers; 0xffffffff: unknown."""
        self._fitted()
        return renumber(events, self._items)

    def _rank_queries(
        self,
        offsets: npt.NDArray[np.int64],
        items: Codes,
        targets: Codes,
        *,
        k: int,
        threads: int,
        times: npt.NDArray[np.int64],
        types: npt.NDArray[np.uint8],
        request: npt.NDArray[np.int64],
        exclude_seen: bool,
        scores: bool,
    ) -> tuple[Any, Any, Any, Any, Any]:
        """Conservative ranks, ties, nanoseconds and the best k; their scores where asked for."""
        model, threads = self._fitted(), check_threads(threads)
        ranks, ties, nanoseconds, lists = model.rank_batch(
            offsets, items, targets, k, threads, times, types, request, exclude_seen
        )
        if not scores:
            return ranks, ties, nanoseconds, lists, None
        lists, values = model.recommend_batch(
            offsets, items, k, threads, times, types, request, exclude_seen
        )
        return ranks, ties, nanoseconds, lists, values
