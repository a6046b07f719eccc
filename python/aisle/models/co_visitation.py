"""Items that are met in one session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aisle import _core
from aisle._core import ConfigError, CoVisitationOptions, CoVisitationQuery
from aisle.models._base import Model, check_number, sessions_in_order
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
        Distinct visitors that must have made a pair; None: anybody's pairs count.

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

    def _fit(self, events: Events) -> _core.SessionModel:
        for name in ("neighbours", "sample_size", "distance", "last_items"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ConfigError(f"{name} must be a positive integer, got {value!r}")
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
        session, rank = sessions_in_order(events)
        owners = owners_of(events, session, len(rank) if options.k_anonymity > 1 else 0)
        return _core.fit_co_visitation(
            session, events.item, events.time, rank, len(events._items), options, query, owners
        )
