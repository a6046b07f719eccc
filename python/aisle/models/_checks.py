"""Refusals that name the parameter, its value and the way out."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from aisle._core import ConfigError, DataError, EventWeights
from aisle.events.types import EVENT_TYPES, number_of
from aisle.names import unknown

MOST = 2**31 - 1


def check_number(
    name: str, value: object, *, low: float = 0.0, low_is_out: bool = False, unit: str = "number"
) -> float:
    """The value as a float; refuses what is no finite number of at least ``low``."""
    if not isinstance(value, bool) and isinstance(value, (int, float, np.integer, np.floating)):
        number = float(value)
        if math.isfinite(number) and (number > low if low_is_out else number >= low):
            return number
    bound = "above" if low_is_out else "of at least"
    raise ConfigError(f"{name} must be a {unit} {bound} {low:g}, got {value!r}")


def check_events(events: object) -> None:
    """Refuses a table where a log is meant: nobody has said which columns are what."""
    if not hasattr(events, "_items"):
        raise DataError(
            f"expected aisle.Events, got {type(events).__name__}: "
            "aisle.read_events(…) or aisle.Events.from_columns(…) makes one"
        )


def check_session(session: object) -> None:
    """Refuses a text where a sequence of ids is meant: it would be taken letter by letter."""
    if isinstance(session, (str, bytes)):
        raise ConfigError(f"a session is a sequence of item ids, got the text {session!r}")
    if not hasattr(session, "__getitem__") or not hasattr(session, "__len__"):
        raise ConfigError(f"a session is a sequence of item ids, oldest first, got {session!r}")


def check_k(k: int) -> None:
    """Refuses a list length that is no positive integer."""
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)):
        raise ConfigError(f"k must be an integer, got {k!r}")
    if not 1 <= k <= 1_000_000:
        raise ConfigError(f"k must be between 1 and 1,000,000, got {k}")


def check_threads(threads: int) -> int:
    """Refuses a number of threads that cannot be meant."""
    if not 1 <= threads <= 256:
        raise ConfigError(f"threads must be between 1 and 256, got {threads}")
    return int(threads)


def check_count(name: str, value: object) -> int:
    """Refuses what is no positive integer."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ConfigError(f"{name} must be a positive integer, got {value!r}")
    if value > MOST:
        raise ConfigError(f"{name} must be at most {MOST:,}, got {value!r}")
    return int(value)


def check_flag(name: str, value: object) -> bool:
    """Refuses what is neither true nor false."""
    if not isinstance(value, (bool, np.bool_)):
        raise ConfigError(f"{name} must be True or False, got {value!r}")
    return bool(value)


def check_event_weights(type_weights: object, step_half_life: object = None) -> EventWeights:
    """How much events count, by type and by seconds; None for both: all alike.

    Raises
    ------
    ConfigError
        For a type of event that there is not, or a weight below 0.
    """
    weights = EventWeights()
    if type_weights is not None:
        if not isinstance(type_weights, Mapping):
            raise ConfigError(
                f'type_weights must be a dict like {{"cart": 3}} or None, got {type_weights!r}'
            )
        of_type = list(weights.of_type)
        for name, weight in type_weights.items():
            number = number_of(name)
            if number is None:
                raise ConfigError(unknown("event type", name, EVENT_TYPES, of="type_weights"))
            of_type[number] = check_number(f"type_weights[{name!r}]", weight)
        weights.of_type = of_type
    if step_half_life is not None:
        weights.step_half_life = check_number(
            "step_half_life", step_half_life, low_is_out=True, unit="number of seconds"
        )
    return weights
