"""What an evaluation chose, checked once, and in words for the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from aisle._core import ConfigError

TIES: Final = {
    "conservative": "conservative: behind all items with the target's score",
    "standard": "standard: before all items with the target's score",
    "mean": "mean: in the middle of the items with the target's score",
}
REPEATS: Final = {
    "keep": "kept",
    "drop": "consecutive repeats dropped",
    "drop_any": "all but the first click of a session on an item dropped",
}
TARGETS: Final = {"next": "the next item", "all": "all the items that follow in the session"}
UNKNOWN: Final = {
    "drop": "events with an item the model never saw are left out",
    "miss": "events with an item the model never saw are misses",
}
JUST_AFTER_US: Final = 1  # what "last" adds to the time of the last event


@dataclass(frozen=True)
class Choices:
    """The options of one evaluation; the fields are those of `next_item`."""

    k: tuple[int, ...]
    ties: str = "conservative"
    repeats: str = "keep"
    exclude_seen: bool = False
    request_time: str | float = "last"
    targets: str = "next"
    negatives: int | None = None
    unknown: str = "drop"
    max_events: int | None = None
    threads: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        for name, known in (
            ("ties", TIES),
            ("repeats", REPEATS),
            ("targets", TARGETS),
            ("unknown", UNKNOWN),
        ):
            chosen = getattr(self, name)
            if chosen not in known:
                said = ", ".join(f'"{word}"' for word in known)
                raise ConfigError(f"{name} must be one of {said}, got {chosen!r}")
        for name in ("max_events", "negatives"):
            number = getattr(self, name)
            if number is not None and (isinstance(number, bool) or number < 1):
                raise ConfigError(f"{name} must be positive or None, got {number}")
        seconds = self.request_time
        if isinstance(seconds, str):
            if seconds not in ("last", "target"):
                raise ConfigError(
                    'request_time must be "last", "target" or seconds after the last event, '
                    f"got {seconds!r}"
                )
        elif isinstance(seconds, bool) or not 0 <= float(seconds) <= 1e9:
            raise ConfigError(f"request_time must be 0 to 1e9 seconds, got {seconds!r}")
        if self.targets == "all" and self.ties == "mean":
            raise ConfigError(
                'ties="mean" needs one target: with targets="all" take "conservative" or "standard"'
            )
        if self.negatives is not None and self.targets == "all":
            raise ConfigError('negatives= needs one target: leave targets at "next"')

    def words(self, items: int) -> dict[str, str]:
        """Each choice in words, for `Report.protocol`."""
        negatives = "none: all items are ranked"
        if self.negatives is not None:
            negatives = (
                f"{self.negatives:,} SAMPLED, only in the metrics whose names say so; such values "
                "can reverse the order of two models"
            )
        return {
            "targets": TARGETS[self.targets],
            "candidates": f"all {items:,} items of the model"
            + (" but those of the session" if self.exclude_seen else ""),
            "negatives": negatives,
            "ties": TIES[self.ties],
            "repeats": REPEATS[self.repeats],
            "seen items": "not recommended" if self.exclude_seen else "may be recommended again",
            "unknown items": UNKNOWN[self.unknown],
            "request time": self._time_in_words(),
            "intervals": "95 %, whole sessions drawn 1,000 times",
        }

    def _time_in_words(self) -> str:
        if self.request_time == "last":
            return f"the last event's + {JUST_AFTER_US} µs"
        if self.request_time == "target":
            return "the target's: a server cannot know it, models that use time gain from it"
        return f"the last event's + {self.request_time:g} s"


def cuts(k: int | Sequence[int]) -> tuple[int, ...]:
    """`k` as a sorted tuple of positive integers."""
    found: list[Any] = list(k) if isinstance(k, list | tuple | range | np.ndarray) else [k]
    whole = [isinstance(cut, int | np.integer) and not isinstance(cut, bool) for cut in found]
    values = tuple(sorted({int(cut) for cut in found})) if all(whole) else ()
    if not values or values[0] < 1 or values[-1] > 1_000_000:
        raise ConfigError(f"k must be an integer from 1 to 1,000,000, or several, got {k!r}")
    return values
