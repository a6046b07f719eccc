"""What the live stream looks like: the counters of `aisle.check`, while an engine serves."""

from __future__ import annotations

from typing import Any

from aisle import _core
from aisle.events.types import TYPE_NAMES


class Signals(_core.Engine):
    """The part of an engine that watches its signals."""

    def hygiene(self) -> dict[str, Any]:
        """Count what `aisle.check` would find in the stream that was observed so far.

        Returns
        -------
        dict
            ``events`` taken in and ``types`` of them; ``duplicates``, ``reordered``, ``late``,
            ``future``, ``no_consent`` as `observe` answered; ``sessions`` and, of these,
            ``one_event_sessions``; ``unknown_items``, ids that an event named first; ``bots``:
            events of sessions whose newest eleven no person makes, with the rule that told
            (``burst``, ``no_dwell``, ``regular``).

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
        return {
            "events": stats["events"],
            "types": {n: int(c) for n, c in zip(TYPE_NAMES, counts["types"], strict=True) if c},
            "duplicates": stats["duplicate"],
            "reordered": stats["reordered"],
            "late": stats["late"],
            "future": stats["future"],
            "no_consent": stats["no_consent"],
            "unknown_items": counts["unknown_items"],
            "sessions": counts["sessions"],
            "one_event_sessions": counts["one_event_sessions"],
            "bots": {
                "events": counts["bot_events"],
                **{rule: counts[rule] for rule in ("burst", "no_dwell", "regular")},
            },
        }
