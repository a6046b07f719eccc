"""The floor that every other model has to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aisle import _core
from aisle.models._base import Model, check_number

if TYPE_CHECKING:
    from aisle.events import Events


class Popularity(Model):
    """Items by decayed count.

    Parameters
    ----------
    half_life
        Seconds after which an event counts half; None: events never fade.

    Examples
    --------
    >>> import aisle
    >>> log = aisle.Events.from_columns(visitor="v", item=["x", "y", "x"], time=[1, 2, 3],
    ...                                 time_unit="s")
    >>> aisle.models.Popularity().fit(log).recommend([], k=1)[0].tolist()
    ['x']
    """

    def __init__(self, *, half_life: float | None = None) -> None:
        self.half_life = half_life

    def _fit(self, events: Events) -> _core.SessionModel:
        micros = 0
        if self.half_life is not None:
            seconds = check_number(
                "half_life", self.half_life, low_is_out=True, unit="number of seconds"
            )
            micros = max(1, int(min(seconds, 1e11) * 1e6))
        return _core.fit_popularity(events.item, events.time, len(events._items), micros)
