"""Items that are met in one session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from aisle._core import (
    CoVisitationOptions,
    CoVisitationQuery,
    LogColumns,
    SavedModel,
    SessionModel,
    make_co_visitation,
)
from aisle.models._base import Model
from aisle.models._checks import check_count, check_event_weights, check_number
from aisle.models._log import Codes, sessions_in_order
from aisle.models._visitors import check_k_anonymity, owners_of

if TYPE_CHECKING:
    from aisle.events import Events


class CoVisitation(Model):
    """Co-visitation: each of the session's last items brings the items met near it.

    Parameters
    ----------
    neighbours
        Items kept for each item.
    sample_size
        Newest sessions of an item that are counted.
    distance
        Steps within a session that still make a pair, weighed 1 / steps; at most 10.
    half_life
        Days after which a pair counts half; None: for ever.
    last_items, step_decay
        The session's last distinct items that are used; the j-th newest weighs step_decay^j.
    backward
        Weight of "met before" beside 1 for "met after". 0 makes sequential rules of it.
    item_power, popularity_power
        Rows are divided by (events of their item)^item_power, scores by
        (events of the candidate + 1)^popularity_power.
    k_anonymity
        Distinct visitors that must have made a pair; None: anybody's pairs count. A number keeps
        nobody's sessions in the model, which then does not learn on.
    type_weights
        How much a pair counts by the type of the event that is recommended, like ``{"cart": 3}``;
        others count 1.

    Notes
    -----
    ``update`` counts the pairs of the items in the new log anew; with a ``half_life`` those of all.

    Examples
    --------
    >>> import aisle
    >>> log = aisle.Events.from_columns(visitor=["a", "a", "b", "b"], item=["x", "y", "x", "y"],
    ...                                 time=[1, 2, 3, 4], time_unit="s",
    ...                                 session=["s", "s", "t", "t"])
    >>> aisle.models.CoVisitation().fit(log).recommend(["x"], k=1)[0].tolist()
    ['y']
    """

    def __init__(
        self,
        *,
        neighbours: int = 100,
        sample_size: int = 1000,
        distance: int = 10,
        half_life: float | None = None,
        last_items: int = 8,
        step_decay: float = 0.7,
        backward: float = 0.5,
        item_power: float = 0.5,
        popularity_power: float = 0.2,
        k_anonymity: int | None = None,
        type_weights: Mapping[str, float] | None = None,
    ) -> None:
        self.neighbours = neighbours
        self.sample_size = sample_size
        self.distance = distance
        self.half_life = half_life
        self.last_items = last_items
        self.step_decay = step_decay
        self.backward = backward
        self.item_power = item_power
        self.popularity_power = popularity_power
        self.k_anonymity = k_anonymity
        self.type_weights = type_weights

    def _columns(self, events: Events, item: Codes, item_count: int) -> LogColumns:
        if check_k_anonymity(self.k_anonymity) == 1:
            return super()._columns(events, item, item_count)
        session, rank = sessions_in_order(events)
        types = None if self.type_weights is None else np.asarray(events.type, dtype=np.uint8)
        owners = owners_of(events, session, len(rank))
        return LogColumns(session, item, events.time, rank, item_count, types, owners)

    def _make(self, source: LogColumns | SavedModel) -> SessionModel:
        for name in ("neighbours", "sample_size", "distance", "last_items"):
            check_count(name, getattr(self, name))
        options = CoVisitationOptions()
        options.neighbours = self.neighbours
        options.max_sessions = self.sample_size
        options.distance = self.distance
        if self.half_life is not None:
            days = check_number("half_life", self.half_life, low_is_out=True, unit="number of days")
            options.half_life = max(1, int(min(days, 1e6) * 86_400e6))
        else:
            options.half_life = 0
        query = CoVisitationQuery()
        query.last_items = self.last_items
        for name in ("step_decay", "backward", "item_power", "popularity_power"):
            setattr(query, name, check_number(name, getattr(self, name)))
        options.k_anonymity = check_k_anonymity(self.k_anonymity)
        options.type_weight = check_event_weights(self.type_weights).of_type
        return make_co_visitation(source, options, query)
