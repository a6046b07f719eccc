"""What the live stream looks like: the counters of `aisle.check`, while an engine serves."""

from __future__ import annotations

from typing import Any

from aisle import _core
from aisle._core import ConfigError
from aisle.events.types import TYPE_NAMES


class Signals(_core.Engine):
    """The part of an engine that watches its signals."""

    def hygiene(self) -> dict[str, Any]:
        """Count what `aisle.check` would find in the stream that was observed so far.

        Returns
        -------
        dict
            ``events`` taken in and ``types`` of them; ``duplicates``, ``reordered``, ``late``,
            ``future``, ``no_consent`` as `observe` answered; ``unknown_items``, ids that an event
            named first; ``sessions`` and, of these, ``one_event_sessions``, those without a second
            event so far, and ``huge_sessions``, with ``session_events`` acts or more; ``bots``:
            events of sessions whose newest eleven no person makes, with the rule that told
            (``burst``, ``no_dwell``, ``regular``); ``impressions``, ``clicks``, ``slates`` and
            ``outcomes``, each with those that lack the other side and their ``share``, from 0 to 1.

        Notes
        -----
        A click is joined to an impression by visitor and item, among the newest ``max_events`` of
        the visitor and this engine's newest 64 slates for them. docs/hygiene.md says what that
        does not see. Events that are observed with ``learn=False`` are not counted.

        Examples
        --------
        >>> import aisle
        >>> log = aisle.Events.from_columns(visitor=["a", "a"], item=["tea", "pot"],
        ...                                 time=["2024-05-01 10:00", "2024-05-01 10:01"])
        >>> engine = aisle.Engine(aisle.fit(log))
        >>> for second in range(12):
        ...     _ = engine.observe("robot", f"item-{second}", time=1_714_600_000_000_000 + second)
        >>> seen = engine.hygiene()
        >>> seen["events"], seen["unknown_items"], seen["bots"]
        (12, 12, {'events': 2, 'burst': 2, 'no_dwell': 2, 'regular': 0})
        """
        counts, stats = super().hygiene(), self.stats()
        types = {n: int(c) for n, c in zip(TYPE_NAMES, counts["types"], strict=True) if c}
        shown, clicks = types.get("impression", 0), types.get("click", 0)
        return {
            "events": stats["events"],
            "types": types,
            "duplicates": stats["duplicate"],
            "reordered": stats["reordered"],
            "late": stats["late"],
            "future": stats["future"],
            "no_consent": stats["no_consent"],
            "unknown_items": counts["unknown_items"],
            "sessions": counts["sessions"],
            "one_event_sessions": counts["one_event_sessions"],
            "huge_sessions": counts["huge_sessions"],
            "bots": {
                "events": counts["bot_events"],
                **{rule: counts[rule] for rule in ("burst", "no_dwell", "regular")},
            },
            "impressions": _of(shown, "without_clicks", shown - counts["clicked_impressions"]),
            "clicks": _of(clicks, "without_impressions", counts["clicks_without_impressions"]),
            "slates": _of(
                counts["slates"], "without_clicks", counts["slates"] - counts["clicked_slates"]
            ),
            "outcomes": _of(
                counts["outcomes"], "without_slates", counts["outcomes_without_slates"]
            ),
        }


def _of(count: int, lacking: str, lack: int) -> dict[str, Any]:
    """Return how many lack something, and which share; threads may count meanwhile."""
    lack = min(max(lack, 0), count)
    return {"count": count, lacking: lack, "share": lack / count if count else 0.0}


def keep_limits(options: _core.EngineOptions, limits: object) -> None:
    """Set the limits of an engine to be.

    Raises
    ------
    ConfigError
        If they are none.
    """
    from aisle.hygiene.limits import Limits

    if not isinstance(limits, Limits):
        raise ConfigError(f"hygiene is {limits!r}; it is aisle.hygiene.Limits(...)")
    options._set_hygiene(*limits.live())
