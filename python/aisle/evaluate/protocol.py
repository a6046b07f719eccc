"""What a model or an engine must offer to be evaluated; any object with these methods will do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt


class Recommends(Protocol):
    """A model: a session so far, oldest first -> ids and scores, best first (scores may be None).

    `items_`, when there, lists the ids the model knows, and `counts_` how often it saw each.
    """

    def recommend(self, session: Sequence[Any], k: int) -> Any:
        """The best k items for a session."""


class RanksQueries(Protocol):
    """A model that ranks many sessions at once, as those of `aisle.models` do in the core.

    Sessions are laid end to end in the model's own item numbers, as `_numbers_of` gives them
    (0xFFFFFFFF: unknown). It answers with, for each session: the target's conservative rank (0: no
    score), how many other items share its score, nanoseconds, the best k items, and their scores
    where those were asked for, else None.
    """

    n_items_: int

    def _numbers_of(self, events: Any) -> npt.NDArray[np.uint32]: ...

    def _rank_queries(
        self,
        offsets: npt.NDArray[np.int64],
        items: npt.NDArray[np.uint32],
        targets: npt.NDArray[np.uint32],
        *,
        k: int,
        threads: int,
        times: npt.NDArray[np.int64],
        types: npt.NDArray[np.uint8],
        request: npt.NDArray[np.int64],
        exclude_seen: bool,
        scores: bool,
    ) -> tuple[Any, Any, Any, Any, Any]: ...


class RecommendsBaskets(Protocol):
    """A model of baskets: those of one visitor so far, oldest first -> ids and scores, best first.

    A model that has only `recommend` is asked with the baskets one after the other as a session.
    """

    def recommend_basket(self, baskets: Sequence[Sequence[Any]], k: int) -> Any:
        """The best k items for the visitor's next basket."""


class Serves(Protocol):
    """An engine: `recommend` answers with an object whose `.items` are ids, best first."""

    def recommend(self, visitor: Any, *, k: int, time: int) -> Any:
        """A slate for the visitor, as of `time` (microseconds UTC)."""

    def observe(
        self,
        visitor: Any,
        item: Any,
        *,
        type: str,  # noqa: A002 - the engine's own keyword
        time: int,
        value: float,
        session: Any,
    ) -> Any:
        """Take an event in."""


class Replays(Protocol):
    """An engine with the replay's loop inside.

    For each `row` of `rows`, in this order: observe event `row` of `events` (with ``learn`` off:
    only its session, nothing of the shop); then, where ``following[n] >= 0``, recommend k items to
    the event's visitor at the event's time, and look where in the slate the item of event
    ``following[n]`` is. It returns, an entry for each of `rows`,

    - ranks int32: place in the slate from 1, 0 when not in it, -1 when nothing was asked,
    - recommend_ns int64 (0 when nothing was asked), observe_ns int64.
    """

    def _replay(
        self,
        events: Any,
        rows: npt.NDArray[np.int64],
        following: npt.NDArray[np.int64],
        *,
        k: int,
        learn: bool,
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64], npt.NDArray[np.int64]]: ...


class RankedLike(Protocol):
    """The attributes of `Ranked`, on any object."""

    ranks: Any
    sessions: Any
    positions: Any
    targets: Any
    repeats: Any
    latency_us: Any
    listed: Any
    popularity: Any
    dropped_rows: int
    dropped_sessions: int


@dataclass
class Ranked:
    """What a ranking pass leaves; arrays have one entry for each query unless said otherwise.

    Attributes
    ----------
    ranks
        Conservative, from 1; 0 where the target has no score.
    sessions
        Number of the session.
    positions
        How many clicks of the session were known: 1, 2, …
    targets
        Code of the target in the model's catalogue; -1 or 0xFFFFFFFF when it is not in it.
    repeats
        Whether the target is among the clicks before it.
    latency_us
        Microseconds.
    listed : [items]
        How often each item was among the first k; or only whether, as bool.
    popularity : [items] or None
        Events of each item in training.
    dropped_rows, dropped_sessions
        Test events whose item the model never saw, and sessions then shorter than two.
    ties
        How many other items share the target's score.
    lists : [n, k] or None
        The lists, as codes; -1 where there is none.
    found : [n, k] or None
        With several targets: the place of each listed target, inf for what is none.
    relevant : [n] or None
        With several targets: how many there are.
    nan_scores
        Answers with a score that is nan.
    """

    ranks: npt.NDArray[Any]
    sessions: npt.NDArray[np.int64]
    positions: npt.NDArray[np.int64]
    targets: npt.NDArray[np.int64]
    repeats: npt.NDArray[np.bool_]
    latency_us: npt.NDArray[np.float32]
    listed: npt.NDArray[np.int64]
    popularity: npt.NDArray[np.float64] | None
    dropped_rows: int
    dropped_sessions: int
    ties: npt.NDArray[np.int64] | None = None
    lists: npt.NDArray[np.int64] | None = None
    found: npt.NDArray[np.float64] | None = None
    relevant: npt.NDArray[np.int64] | None = None
    nan_scores: int = 0
