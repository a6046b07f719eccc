"""When and what the events of a session were, as the core takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from aisle._core import ConfigError, DataError

Times = npt.NDArray[np.int64]
Types = npt.NDArray[np.uint8]


def times_of(times: Any, length: int) -> Times | None:
    """The times of one session; refuses another number of them than it has items."""
    if times is None:
        return None
    _check_length("times", times, length, "items")
    return _read_times(times)


def types_of(types: Any, length: int) -> Types | None:
    """The types of one session's events by number; one name stands for all of them."""
    if types is None:
        return None
    if not isinstance(types, (str, int)):
        _check_length("types", types, length, "items")
    return _read_types(types, length)


def now_of(now: Any) -> int:
    """The time of a request in microseconds; 0 where nobody said."""
    from aisle.events.times import micros_of

    if now is None:
        return 0
    try:
        return micros_of(now)
    except DataError as error:
        raise DataError(f"now: {error}") from None


def times_of_all(times: Sequence[Any] | None, offsets: npt.NDArray[np.int64]) -> Times | None:
    """The times of many sessions, one behind the other."""
    if times is None:
        return None
    return _read_times(_flat("times", times, offsets))


def types_of_all(types: Any, offsets: npt.NDArray[np.int64]) -> Types | None:
    """The types of many sessions' events, one behind the other."""
    if types is None:
        return None
    rows = int(offsets[-1])
    if isinstance(types, (str, int)):
        return _read_types(types, rows)
    return _read_types(_flat("types", types, offsets), rows)


def now_of_all(now: Any, sessions: int) -> Times | None:
    """The time of each request: one for all, or one for each."""
    if now is None:
        return None
    if isinstance(now, (str, bytes)) or not hasattr(now, "__len__"):
        return np.full(sessions, now_of(now), dtype=np.int64)
    _check_length("now", now, sessions, "sessions")
    return np.array([now_of(one) for one in now], dtype=np.int64)


def _flat(name: str, lists: Sequence[Any], offsets: npt.NDArray[np.int64]) -> list[Any]:
    _check_length(name, lists, len(offsets) - 1, "sessions")
    found: list[Any] = []
    for number, (one, length) in enumerate(zip(lists, np.diff(offsets), strict=True)):
        if isinstance(one, (str, bytes)) or not hasattr(one, "__len__") or len(one) != length:
            raise ConfigError(
                f"{name}[{number}] must have one entry for each of the session's {length} items, "
                f"got {one!r}"
            )
        found.extend(one)
    return found


def _check_length(name: str, values: Any, length: int, of: str) -> None:
    if isinstance(values, (str, bytes)) or not hasattr(values, "__len__"):
        raise ConfigError(f"{name} must have one entry for each of the {of}, got {values!r}")
    if len(values) != length:
        raise ConfigError(f"{name} has {len(values)} entries for {length} {of}")


def _read_times(times: Any) -> Times:
    from aisle.events.columns import checked_times, opened

    if len(times) == 0:
        return np.zeros(0, dtype=np.int64)
    try:
        return np.ascontiguousarray(checked_times(opened(times, "times"), None), dtype=np.int64)
    except DataError as error:
        raise DataError(f"times{str(error).removeprefix('time')}") from None


def _read_types(types: Any, rows: int) -> Types:
    from aisle.events.columns import opened
    from aisle.events.columns import types as read_types

    if rows == 0:
        return np.zeros(0, dtype=np.uint8)
    try:
        return read_types(opened(types, "types"), rows).astype(np.uint8)
    except (DataError, ConfigError) as error:
        raise type(error)(f"types{str(error).removeprefix('type')}") from None
