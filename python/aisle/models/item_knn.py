"""Models that count which items are met together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Self

from aisle import _core
from aisle._core import ConfigError, Measure
from aisle.events.types import EVENT_TYPES, number_of
from aisle.models._base import check_number, check_threads
from aisle.models._groups import INTEREST, check_count, groups_of
from aisle.models._tables import RowsModel
from aisle.names import unknown

if TYPE_CHECKING:
    from aisle.events import Events

SIMILARITIES = {"cosine": Measure.COSINE, "jaccard": Measure.JACCARD, "llr": Measure.LLR}
MEASURES = {
    "lift": Measure.LIFT,
    "llr": Measure.LLR,
    "conditional": Measure.CONDITIONAL,
    "cosine": Measure.COSINE,
    "amazon": Measure.AMAZON,
}
HOUR = 3_600_000_000


class ItemKNN(RowsModel):
    """Item kNN: each item of the session votes for the items that the same visitors chose.

    Parameters
    ----------
    similarity
        ``"cosine"`` (co / sqrt(n_x n_y)), ``"jaccard"`` (co / (n_x + n_y - co)) or ``"llr"``
        (Dunning's log-likelihood ratio, 0 for items that avoid each other), of the visitors that
        have both items and those that have each.
    neighbours
        Kept for each item.
    shrink
        Similarities are multiplied by co / (co + shrink): few common visitors prove little.
    by
        ``"visitor"`` or ``"session"``: what has items in common.
    longest
        Newest events of a visitor that count; None: all. A visitor with n of them costs n^2.
    last_items, step_decay
        The session's last distinct items that vote (None: all); the j-th newest weighs
        step_decay^j.
    threads
        Of the fit; they don't change the result.

    Notes
    -----
    Sarwar, Karypis, Konstan, Riedl, *Item-based collaborative filtering recommendation
    algorithms*, WWW 2001. Each visitor counts an item once. The session's own items get a score
    from one another only.

    Examples
    --------
    >>> import aisle
    >>> log = aisle.Events.from_columns(visitor=["a", "a", "b", "b"], item=["x", "y", "x", "y"],
    ...                                 time=[1, 2, 3, 4], time_unit="s")
    >>> items, scores = aisle.models.ItemKNN(shrink=0).fit(log).recommend(["x"], k=1)
    >>> items.tolist(), scores.tolist()
    (['y'], [1.0])
    """

    def __init__(
        self,
        *,
        similarity: str = "cosine",
        neighbours: int = 100,
        shrink: float = 10.0,
        by: str = "visitor",
        longest: int | None = 500,
        last_items: int | None = None,
        step_decay: float = 0.8,
        threads: int = 1,
    ) -> None:
        self.similarity = similarity
        self.neighbours = neighbours
        self.shrink = shrink
        self.by = by
        self.longest = longest
        self.last_items = last_items
        self.step_decay = step_decay
        self.threads = threads

    def _fit(self, events: Events) -> _core.SessionModel:
        if self.similarity not in SIMILARITIES:
            raise ConfigError(unknown("similarity", self.similarity, SIMILARITIES))
        groups = groups_of(events, self.by)
        rows = _core.pair_rows(
            groups.offsets,
            groups.items,
            len(events._items),
            measure=SIMILARITIES[self.similarity],
            neighbours=check_count("neighbours", self.neighbours),
            shrink=check_number("shrink", self.shrink),
            longest=check_count("longest", self.longest, none_is=0),
            threads=check_threads(self.threads),
        )
        return self._of_rows(rows)


class BoughtTogether(RowsModel):
    """Complements: what goes into one basket with an item.

    Parameters
    ----------
    measure
        ``"conditional"``: P(y|x) = (co + smoothing P(y)) / (n_x + smoothing).
        ``"lift"``: P(y|x) / P(y). ``"llr"``: Dunning's log-likelihood ratio.
        ``"cosine"``: co / sqrt(n_x n_y). ``"amazon"``: (co - E) / sqrt(E + smoothing), where E is
        how often y would meet x by chance, given the sizes of x's baskets.
    smoothing
        Baskets of prior belief that x says nothing about y.
    shrink
        Every measure is multiplied by co / (co + shrink).
    min_count
        Pairs that fewer baskets have are none.
    neighbours
        Kept for each item.
    longest
        Rows of a basket that count, the last ones; None: all.
    threads
        Of the fit; they don't change the result.

    Notes
    -----
    A basket is told by events of type purchase: those of one session or order id of one visitor, or
    without ids those of one time. In a log without purchases all events that show interest count.
    Dunning, *Accurate methods for the statistics of surprise and coincidence*, 1993. Smith,
    Linden, *Two decades of recommender systems at Amazon.com*, 2017.

    Examples
    --------
    >>> import aisle
    >>> log = aisle.Events.from_columns(
    ...     visitor="v", item=["pen", "ink", "pen", "ink", "cup"], type="purchase",
    ...     time=[1, 1, 2, 2, 3], time_unit="s")
    >>> aisle.models.BoughtTogether().fit(log).recommend(["pen"], k=3)[0].tolist()
    ['ink']
    """

    def __init__(
        self,
        *,
        measure: str = "llr",
        smoothing: float = 1.0,
        shrink: float = 0.0,
        min_count: int = 1,
        neighbours: int = 100,
        longest: int | None = 500,
        threads: int = 1,
    ) -> None:
        self.measure = measure
        self.smoothing = smoothing
        self.shrink = shrink
        self.min_count = min_count
        self.neighbours = neighbours
        self.longest = longest
        self.threads = threads

    def _fit(self, events: Events) -> _core.SessionModel:
        if self.measure not in MEASURES:
            raise ConfigError(unknown("measure", self.measure, MEASURES))
        groups = groups_of(events, "basket")
        rows = _core.pair_rows(
            groups.offsets,
            groups.items,
            len(events._items),
            measure=MEASURES[self.measure],
            neighbours=check_count("neighbours", self.neighbours),
            smoothing=check_number("smoothing", self.smoothing),
            shrink=check_number("shrink", self.shrink),
            min_count=check_count("min_count", self.min_count),
            longest=check_count("longest", self.longest, none_is=0),
            threads=check_threads(self.threads),
        )
        return self._of_rows(rows)


# The public winners' three matrices; 24 hours, 30 events.
OTTO: dict[str, dict[str, object]] = {
    "clicks": {"recency": 3.0},
    "carts_orders": {"type_weights": {"view": 1.0, "click": 1.0, "cart": 6.0, "purchase": 3.0}},
    "buy2buy": {"types": ("cart", "purchase"), "window": 14 * 24.0},
}


class CoVisitationMatrix(RowsModel):
    """A co-visitation matrix as the public winners of the OTTO contest built them.

    Parameters
    ----------
    window
        Hours that may lie between the two events of a pair; None: any time.
    last_events
        Newest events of a session that count; None: all.
    type_weights
        Weight of a pair by the type of its second event, e.g. ``{"cart": 6.0}``; types that are
        not named weigh nothing. None: all types alike.
    types
        Only events of these types count; None: all that show interest.
    recency
        A pair weighs 1 + recency (t - oldest) / (newest - oldest), t being the time of its first
        event within the log.
    neighbours
        Kept for each item.
    by
        ``"session"`` or ``"visitor"``.
    last_items, step_decay
        The session's last distinct items that vote; the j-th newest weighs step_decay^j.
    threads
        Of the fit; they don't change the result.

    Notes
    -----
    A session counts a pair once for each type of its second event. Unlike in
    :class:`CoVisitation` the distance between the two events does not matter.

    Examples
    --------
    >>> import aisle
    >>> log = aisle.Events.from_columns(visitor="v", item=["x", "y", "z"], time=[1, 2, 3],
    ...                                 type=["view", "cart", "purchase"], time_unit="s")
    >>> model = aisle.models.CoVisitationMatrix.otto("carts_orders").fit(log)
    >>> items, scores = model.recommend(["x"], k=2)
    >>> items.tolist(), scores.tolist()
    (['y', 'z'], [6.0, 3.0])
    """

    def __init__(
        self,
        *,
        window: float | None = 24.0,
        last_events: int | None = 30,
        type_weights: Mapping[str, float] | None = None,
        types: tuple[str, ...] | None = None,
        recency: float = 0.0,
        neighbours: int = 20,
        by: str = "session",
        last_items: int | None = 30,
        step_decay: float = 1.0,
        threads: int = 1,
    ) -> None:
        self.window = window
        self.last_events = last_events
        self.type_weights = type_weights
        self.types = types
        self.recency = recency
        self.neighbours = neighbours
        self.by = by
        self.last_items = last_items
        self.step_decay = step_decay
        self.threads = threads

    @classmethod
    def otto(cls, matrix: str = "carts_orders", **changes: object) -> Self:
        """One of the winners' three matrices.

        Parameters
        ----------
        matrix
            ``"clicks"``: newer pairs weigh up to four times as much. ``"carts_orders"``: clicks 1,
            carts 6, orders 3. ``"buy2buy"``: carts and orders only, within 14 days.
        **changes
            Parameters that differ from the preset.

        Raises
        ------
        ConfigError
            For a matrix that is none of the three.
        """
        if matrix not in OTTO:
            raise ConfigError(unknown("matrix", matrix, OTTO))
        chosen = {**OTTO[matrix], **changes}
        return cls(**chosen)  # type: ignore[arg-type]

    def _fit(self, events: Events) -> _core.SessionModel:
        hours = (
            0.0
            if self.window is None
            else check_number("window", self.window, low_is_out=True, unit="number of hours")
        )
        chosen = INTEREST if self.types is None else tuple(map(_type_number, self.types))
        weights = None
        if self.type_weights is not None:
            weights = [0.0] * len(EVENT_TYPES)
            for name, weight in self.type_weights.items():
                weights[_type_number(name)] = check_number(f"type_weights[{name!r}]", weight)
        groups = groups_of(events, self.by, chosen)
        rows = _core.pair_rows(
            groups.offsets,
            groups.items,
            len(events._items),
            times=groups.times,
            types=None if weights is None else groups.types,
            measure=Measure.COUNT,
            neighbours=check_count("neighbours", self.neighbours),
            min_count=0.0,
            longest=check_count("last_events", self.last_events, none_is=0),
            window=int(min(hours, 1e9) * HOUR),
            type_weight=weights,
            recency=check_number("recency", self.recency),
            threads=check_threads(self.threads),
        )
        return self._of_rows(rows)


def _type_number(name: str) -> int:
    number = number_of(name)
    if number is None:
        raise ConfigError(unknown("type of event", name, EVENT_TYPES))
    return number
