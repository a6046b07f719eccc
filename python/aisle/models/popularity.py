"""The floor that every other model has to beat."""

from __future__ import annotations

from collections.abc import Mapping

from aisle._core import LogColumns, SavedModel, SessionModel, make_popularity
from aisle.models._base import Model
from aisle.models._checks import check_event_weights, check_number


class Popularity(Model):
    """Items by decayed count.

    Parameters
    ----------
    half_life
        Seconds after which an event counts half; None: events never fade.
    type_weights
        How much an event counts by its type, like ``{"cart": 3}``; others count 1.

    Examples
    --------
    >>> import aisle
    >>> log = aisle.Events.from_columns(visitor="v", item=["x", "y", "x"], time=[1, 2, 3],
    ...                                 time_unit="s")
    >>> aisle.models.Popularity().fit(log).recommend([], k=1)[0].tolist()
    ['x']
    """

    def __init__(
        self,
        *,
        half_life: float | None = None,
        type_weights: Mapping[str, float] | None = None,
    ) -> None:
        self.half_life = half_life
        self.type_weights = type_weights

    def _make(self, source: LogColumns | SavedModel) -> SessionModel:
        micros = 0
        if self.half_life is not None:
            seconds = check_number(
                "half_life", self.half_life, low_is_out=True, unit="number of seconds"
            )
            micros = max(1, int(min(seconds, 1e11) * 1e6))
        return make_popularity(source, micros, check_event_weights(self.type_weights))
