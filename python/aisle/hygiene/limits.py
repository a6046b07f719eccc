"""Where the rules draw their lines; each can be given another value."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from aisle._core import ConfigError


@dataclass(frozen=True)
class Limits:
    """The limits of `aisle.check`; any of them may be set.

    Attributes
    ----------
    session_gap : float
        Seconds without an event that end a session, where the log has no sessions of its own.
    lateness : float
        Seconds behind the newest event so far from which an event is late.
    session_events : int
        A session with as many events is no person's.
    session_hours : float
        A session that lasts as long is an id used again.
    bot_burst : int
        Events within `bot_burst_seconds` that no person makes.
    bot_burst_seconds : float
        The length of such a burst.
    bot_dwell : float
        Median seconds between events below which nobody reads.
    bot_events : int
        Events that a visitor needs before dwell, regularity or sweeps are judged.
    bot_regularity : float
        Deviation of the pauses over their mean below which a machine makes them.
    bot_sweep : float
        Share of the catalogue that one visitor walks through, hardly twice the same item.
    bot_hours : float
        Hours without a pause of one.
    price_factor : float
        An item's price this many times above or below its own median is an outlier.
    drift : float
        Population stability index from which a column counts as shifted; .1 is small, .25 large.

    Raises
    ------
    ConfigError
        If one is no number above 0.

    Examples
    --------
    >>> Limits(session_events=500).session_events
    500
    """

    session_gap: float = 1800.0
    lateness: float = 3600.0
    session_events: int = 500
    session_hours: float = 24.0
    bot_burst: int = 40
    bot_burst_seconds: float = 10.0
    bot_dwell: float = 1.0
    bot_events: int = 30
    bot_regularity: float = 0.1
    bot_sweep: float = 0.2
    bot_hours: float = 24.0
    price_factor: float = 10.0
    drift: float = 0.25

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not is_number or not math.isfinite(value) or value <= 0:
                raise ConfigError(f"{one.name} is {value!r}; give a number above 0")
