"""Times of any kind as int64 microseconds UTC, and the checks that they are sane."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, Literal

import numpy as np

from aisle._core import ConfigError, DataError

TimeUnit = Literal["s", "ms", "us"]
MICROS: Final[dict[str, int]] = {"s": 1_000_000, "ms": 1_000, "us": 1}
LATEST: Final = 7_258_118_400_000_000
"""2200-01-01: a later time is a wrong unit, not an event."""
EARLIEST: Final = 631_152_000_000_000
"""1990-01-01: a number without a named unit that lies before it is no number of microseconds."""
_MIXED_FACTOR: Final = 300


def check_unit(unit: str | None) -> None:
    """Raise ConfigError unless `unit` is None or a known time unit."""
    if unit is not None and unit not in MICROS:
        raise ConfigError(f'time_unit is {unit!r}; it is "s", "ms" or "us"')


def micros_of(when: object) -> int:
    """Return one time as microseconds UTC.

    Parameters
    ----------
    when : str, datetime, date, numpy.datetime64, pandas.Timestamp or int
        An ISO text, a time (without a zone: UTC), or microseconds.

    Raises
    ------
    DataError
        If it is none of these.

    Examples
    --------
    >>> micros_of("1970-01-02"), micros_of("1970-01-01T01:00:00+01:00"), micros_of(7)
    (86400000000, 0, 7)
    """
    if isinstance(when, (int, np.integer)) and not isinstance(when, bool):
        return int(when)
    if type(when).__name__ == "NaTType":  # pandas': a datetime that computes to no number
        raise DataError(f"{when!r} is not a time: the value is missing")
    if isinstance(when, str):
        try:
            when = dt.datetime.fromisoformat(when.strip().removesuffix(" UTC"))
        except ValueError:
            raise DataError(f'{when!r} is not a time; write it as "2014-04-07T12:00:00Z"') from None
    if isinstance(when, dt.datetime):
        zoned = when if when.tzinfo is not None else when.replace(tzinfo=dt.UTC)
        return (zoned - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)
    if isinstance(when, dt.date):
        return (when - dt.date(1970, 1, 1)) // dt.timedelta(days=1) * 86_400_000_000
    if isinstance(when, np.datetime64) and not np.isnat(when):
        return int(when.astype("datetime64[us]").astype(np.int64))
    raise DataError(f"{when!r} is not a time: give an ISO text, a datetime or microseconds")


def named(micros: int) -> int | np.datetime64:
    """Microseconds as an engine takes them, also before 1990, where a bare number is refused."""
    return micros if micros >= EARLIEST else np.datetime64(micros, "us")


def from_numbers(values: np.ndarray[Any, Any], unit: str) -> tuple[np.ndarray, np.ndarray]:
    """Return (microseconds, valid) of numbers in `unit`; NaN and what does not fit are invalid."""
    if values.dtype.kind in "iu":
        limit = np.iinfo(np.int64).max // MICROS[unit]
        valid = (values >= -limit) if values.dtype.kind == "i" else np.ones(len(values), bool)
        valid &= values <= limit
        micros = np.where(valid, values, 0).astype(np.int64) * MICROS[unit]
        return micros, valid
    scaled = np.round(values.astype(np.float64) * MICROS[unit])
    valid = np.isfinite(scaled) & (np.abs(scaled) < 9e18)
    return np.where(valid, scaled, 0).astype(np.int64), valid


def utc(micros: int) -> str:
    """Return a time for people: ``2014-04-07 12:00:00``.

    Examples
    --------
    >>> utc(0)
    '1970-01-01 00:00:00'
    """
    try:
        when = dt.datetime.fromtimestamp(micros // 1_000_000, tz=dt.UTC)
    except (OverflowError, ValueError, OSError):
        return f"{micros} us"
    return when.strftime("%Y-%m-%d %H:%M:%S")


def not_microseconds(micros: int, *, is_column: bool = True) -> str:
    """Say what a number that lies before 1990 in microseconds looks like, and what to write.

    Examples
    --------
    >>> not_microseconds(1772445600)
    '1772445600 is 1970-01-01 00:29:32 in microseconds, 2026-03-02 10:00:00 in seconds: \
say time_unit="s"'
    """
    read = f"{micros} is {utc(micros)} in microseconds"
    for unit, word in (("s", "seconds"), ("ms", "milliseconds")):
        if EARLIEST <= micros * MICROS[unit] <= LATEST:
            told = f"{read}, {utc(micros * MICROS[unit])} in {word}"
            scaled = f"give time * {MICROS[unit]:_}, or a datetime"
            return f'{told}: say time_unit="{unit}"' if is_column else f"{told}: {scaled}"
    if not is_column:
        return f"the time {read}: give microseconds since 1970, or a datetime"
    return f'{read}: name its unit, time_unit="s", "ms", or "us" where it is only an order'


def implausible(
    micros: np.ndarray[Any, Any], valid: np.ndarray[Any, Any], unit: str | None
) -> list[tuple[np.ndarray[Any, Any], str]]:
    """Return [(mask of rows, reason)] of times that cannot be; the masks do not overlap."""
    found: list[tuple[np.ndarray[Any, Any], str]] = []
    negative = valid & (micros < 0)
    late = valid & (micros > LATEST)
    if negative.any():
        found.append((negative, "the time is before 1970"))
    if late.any():
        read_as = f" when read in {unit!r}" if unit else ""
        found.append((late, f"the time is after the year 2200{read_as}: another or a mixed unit?"))
    sane = valid & ~negative & ~late
    if unit is not None and sane.any() and (last := int(micros[sane].max())) >= EARLIEST:
        small = sane & (micros < last // _MIXED_FACTOR)
        large = sane & ~small
        if small.sum() > large.sum():
            found.append((large, "the time is 1000 times greater than most: mixed units?"))
        elif small.any():
            found.append((small, "the time is 1000 times smaller than most: mixed units?"))
    return found
