"""What all models share: parameters, the border between the shop's ids and the core's numbers."""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from aisle import _core
from aisle._core import ConfigError, DataError, SessionModel
from aisle.models._ranking import RankResult, rank_log
from aisle.names import unknown

if TYPE_CHECKING:
    from aisle.events import Events

ItemKey = str | int
Codes = npt.NDArray[np.uint32]
NONE = 0xFFFFFFFF
IDLE_GAP = 30 * 60 * 1_000_000


def sessions_in_order(events: Events, *, idle_gap: int = IDLE_GAP) -> tuple[Codes, Codes]:
    """Session number of each row, and the rank that settles which of two sessions is newer.

    Without session ids, visits are cut at pauses longer than ``idle_gap`` microseconds. Of two
    sessions that ended at one time the one with the greater id is the newer.
    """
    if events.session is not None and events._sessions is not None:
        names = events._sessions.names()
        order = np.argsort(names if names.dtype.kind == "i" else names.astype(str), kind="stable")
        rank = np.empty(len(order), dtype=np.uint32)
        rank[order] = np.arange(len(order), dtype=np.uint32)
        return np.ascontiguousarray(events.session, dtype=np.uint32), rank
    order = np.lexsort((events.time, events.visitor))
    visitor, time = events.visitor[order], events.time[order]
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (visitor[1:] != visitor[:-1]) | (np.diff(time) > idle_gap)
    codes = np.empty(len(order), dtype=np.uint32)
    codes[order] = np.cumsum(begins) - 1
    return codes, np.arange(int(begins.sum()), dtype=np.uint32)


def renumber(events: Events, items: _core.Dictionary, *, add: bool = False) -> Codes:
    """The items of a log in the numbers of another dictionary; unknown: added, or 0xffffffff."""
    if len(events._items) == 0:
        return np.full(len(events), NONE, dtype=np.uint32)
    mine = events._items.translate(items, add=add)
    return np.where(events.item == NONE, NONE, mine[np.minimum(events.item, len(mine) - 1)]).astype(
        np.uint32
    )


class Model:
    """Base of the models: stores its parameters, fits, recommends.

    A subclass has keyword parameters in ``__init__`` (stored under their names) and ``_fit``.
    """

    _core: SessionModel

    def get_params(self) -> dict[str, Any]:
        """The parameters as they were given."""
        names = [n for n in inspect.signature(type(self).__init__).parameters if n != "self"]
        return {name: getattr(self, name) for name in names}

    def set_params(self, **params: Any) -> Self:
        """Changes parameters; takes effect at the next ``fit``.

        Raises
        ------
        ConfigError
            For a name the model does not have.
        """
        known = self.get_params()
        for name, value in params.items():
            if name not in known:
                raise ConfigError(unknown("parameter", name, known, of=type(self).__name__))
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        params = ", ".join(f"{k}={v!r}" for k, v in self.get_params().items())
        return f"{type(self).__name__}({params})"

    def _fit(self, events: Events) -> SessionModel:
        raise TypeError(f"{type(self).__name__} has no way to fit: subclasses define _fit(events)")

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

    def _fitted(self) -> SessionModel:
        if not hasattr(self, "_core"):
            raise ConfigError(
                f"this {type(self).__name__} is not fitted yet: call fit(events) first"
            )
        return self._core

    def recommend(
        self, session: Sequence[ItemKey], k: int = 20, *, exclude_seen: bool = False
    ) -> tuple[npt.NDArray[Any], npt.NDArray[np.float64]]:
        """The best ``k`` items for a session so far.

        Parameters
        ----------
        session
            The shop's item ids, oldest first. Unknown ids count in the session's length.
        k
            How many; fewer come back when fewer have a positive score.
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
        items, scores = model.recommend(codes, k, exclude_seen=exclude_seen)
        return self._items.names(items), scores

    def recommend_batch(
        self, sessions: Sequence[Sequence[ItemKey]], k: int = 20, *, threads: int = 1
    ) -> tuple[npt.NDArray[Any], npt.NDArray[np.float64]]:
        """The same answers for many sessions at once.

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
        items, scores = model.recommend_batch(offsets, codes, k, check_threads(threads))
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
            threads=check_threads(threads),
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


def check_number(
    name: str, value: object, *, low: float = 0.0, low_is_out: bool = False, unit: str = "number"
) -> float:
    """The value as a float; refuses what is no finite number of at least ``low``."""
    if not isinstance(value, bool) and isinstance(value, (int, float, np.integer, np.floating)):
        number = float(value)
        if math.isfinite(number) and (number > low if low_is_out else number >= low):
            return number
    bound = "above" if low_is_out else "of at least"
    raise ConfigError(f"{name} must be a {unit} {bound} {low:g}, got {value!r}")


def check_events(events: object) -> None:
    """Refuses a table where a log is meant: nobody has said which columns are what."""
    if not hasattr(events, "_items"):
        raise DataError(
            f"expected aisle.Events, got {type(events).__name__}: "
            "aisle.read_events(…) or aisle.Events.from_columns(…) makes one"
        )


def check_session(session: object) -> None:
    """Refuses a text where a sequence of ids is meant: it would be taken letter by letter."""
    if isinstance(session, (str, bytes)):
        raise ConfigError(f"a session is a sequence of item ids, got the text {session!r}")
    if not hasattr(session, "__getitem__") or not hasattr(session, "__len__"):
        raise ConfigError(f"a session is a sequence of item ids, oldest first, got {session!r}")


def check_k(k: int) -> None:
    """Refuses a list length that is no positive integer."""
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)):
        raise ConfigError(f"k must be an integer, got {k!r}")
    if not 1 <= k <= 1_000_000:
        raise ConfigError(f"k must be between 1 and 1,000,000, got {k}")


def check_threads(threads: int) -> int:
    """Refuses a number of threads that cannot be meant."""
    if not 1 <= threads <= 256:
        raise ConfigError(f"threads must be between 1 and 256, got {threads}")
    return int(threads)
