"""Where the rules draw their lines; each can be given another value."""

from __future__ import annotations

from dataclasses import dataclass, fields

from aisle._core import ConfigError

LIVE_PAUSES = 10
"""Pauses of a session that an engine judges at once."""
RANGES: dict[str, tuple[float, float]] = {
    "session_events": (2, 1_000_000),
    "bot_burst": (2, 1_000_000),
    "bot_events": (2, 1_000_000),
    "bot_sweep": (0.0, 1.0),
    "price_factor": (1.0, 1e10),
}
"""Field -> its range; all others lie above 0."""


@dataclass(frozen=True)
class Limits:
    """The limits of `aisle.check` and of an engine's `hygiene()`; any of them may be set.

    While an engine serves, those marked † hold; it has its own ``idle_gap`` and ``max_lateness``.

    Attributes
    ----------
    session_gap : float
        Seconds without an event that end a session, where the log has no sessions of its own.
    lateness : float
        Seconds behind the newest event so far from which an event is late.
    session_events : int
        † A session with as many events is no person's.
    session_hours : float
        A session that lasts as long is an id used again.
    bot_burst : int
        † Events within `bot_burst_seconds` that no person makes.
    bot_burst_seconds : float
        † The length of such a burst.
    bot_dwell : float
        † Median seconds between events below which nobody reads.
    bot_events : int
        Events that a visitor needs before dwell, regularity or sweeps are judged.
    bot_regularity : float
        † Deviation of the pauses over their mean below which a machine makes them.
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
        If one lies outside its range; it names the field, the value and the range.

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
            low, high = RANGES.get(one.name, (0.0, 1e10))
            value = getattr(self, one.name)
            is_whole = one.type == "int"
            holds = isinstance(value, (int, float)) and not isinstance(value, bool)
            if holds and is_whole:
                holds = low <= value <= high and value == int(value)
            elif holds:
                holds = low < value <= high
            if not holds:
                kind = "a whole number of at least" if is_whole else "a number above"
                raise ConfigError(
                    f"{one.name} must be {kind} {low:g} and at most {high:,.0f}, got {value!r}"
                )

    def live(self) -> tuple[int, int, float, int]:
        """Return what an engine takes: burst, dwell, regularity and acts of a session.

        An engine judges the newest eleven events of a session: ten pauses at the rate of
        `bot_burst`. Times are in microseconds.

        Examples
        --------
        >>> Limits(bot_burst=20, session_events=1000).live()
        (5000000, 1000000, 0.1, 1000)
        """
        burst = self.bot_burst_seconds * LIVE_PAUSES / self.bot_burst
        dwell = self.bot_dwell
        return (
            max(int(burst * 1e6), 1),
            max(int(dwell * 1e6), 1),
            float(self.bot_regularity),
            int(self.session_events),
        )
