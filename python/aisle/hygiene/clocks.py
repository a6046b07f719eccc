"""Times that cannot be right: future, late, one for all, far off, or by whole hours off."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aisle.events.times import EARLIEST, utc
from aisle.hygiene.finding import Finding, Level
from aisle.hygiene.shop_log import SECOND, Ints, ShopLog

HOUR = 3600 * SECOND
DAY = 24 * HOUR
_BLOCKS = (128, 64, 32, 16)
_SLACK = 2 * 60 * SECOND


def clocks(log: ShopLog) -> Iterator[Finding]:
    """What the times of a log tell about its clocks."""
    time = log.events.time
    if len(np.unique(time[:: max(len(time) // 100_000, 1)])) == 1 and (time == time[0]).all():
        yield Finding(
            "one_time",
            Level.BLOCKS,
            f"all events carry one time, {utc(int(time[0]))}",
            len(log),
            len(log),
            "events",
            "without an order in time nothing can be learned of sessions, and nothing be tested",
            "export the time of each event",
        )
        return
    yield from _resolution(log)
    early = np.flatnonzero(time < EARLIEST)
    if len(early):
        yield log.finding(
            "before_1990",
            early,
            hurts=1e-9,
            blocks=0.5,
            title=f"{len(early):,} events lie before 1990, the first at {utc(int(time.min()))}",
            why=(
                "no shop's event is as old: seconds were read as milliseconds, or a"
                " clock stood at 0"
            ),
            way_out="name the unit, time_unit=, or mend the export",
            is_default=len(early) < 0.5 * len(log),
        )
    ahead = np.flatnonzero(time > log.now)
    if len(ahead):
        yield log.finding(
            "future",
            ahead,
            hurts=1e-9,
            blocks=0.5,
            title=f"{len(ahead):,} events lie in the future, the last at {utc(int(time.max()))}",
            why=f"later than the clock of the check, {utc(log.now)}",
            way_out="mend the sender's clock or time zone; now= judges by another clock",
            is_default=True,
        )
    yield from _outlying(log)
    zones = list(_whole_hours(log))
    yield from zones
    late = _late(log)
    if len(late) and not zones:  # beside a clock that is ahead all others are late
        yield _order(log, late)


def _resolution(log: ShopLog) -> Iterator[Finding]:
    time = log.events.time
    if log.is_only_an_order:
        yield Finding(
            "only_an_order",
            Level.NOTE,
            "times are an order and no clock: most steps are equal",
            len(log),
            len(log),
            "events",
            "most visitors have the same pause again and again",
            "pauses, dwell and rates are not judged",
        )
    elif (time % DAY == 0).all():
        yield Finding(
            "only_days",
            Level.HURTS,
            "times are days without an hour: the order within a day is that of the rows",
            len(log),
            len(log),
            "events",
            "every time is midnight",
            "export the time of day; sessions cannot be told apart without it",
        )


def _late(log: ShopLog) -> Ints:
    """Rows that lie further behind the newest event before them than the limit."""
    time = log.events.time
    usual = np.quantile(time, 0.995) + DAY  # one clock that is ahead makes no other one late
    newest = np.maximum.accumulate(np.where((time > log.now) | (time > usual), time.min(), time))
    return np.flatnonzero(time < newest - int(log.limits.lateness * SECOND))


def _order(log: ShopLog, late: Ints) -> Finding:
    """Late events, if the rows come as they arrived; else a word that they do not."""
    if len(late) > 0.2 * len(log):
        return Finding(
            "unsorted",
            Level.NOTE,
            "the rows are not in the order of time",
            len(late),
            len(log),
            "events",
            f"more than {log.limits.lateness:g} s behind the newest event of the rows before",
            "training sorts them; an engine takes them in by time when it observes this log",
        )
    return log.finding(
        "late",
        late,
        hurts=0.01,
        title=f"{len(late):,} events come more than {_hours(log.limits.lateness)} late",
        why=f"more than {log.limits.lateness:g} s behind the newest event of the rows before",
        way_out=(
            "an engine refuses them in a live session; raise its lateness, or send events sooner"
        ),
    )


def _outlying(log: ShopLog) -> Iterator[Finding]:
    """A few events, days away from all others."""
    time = np.sort(log.events.time)
    low, high = time[int(len(time) * 0.005)], time[min(int(len(time) * 0.995), len(time) - 1)]
    far = max(int(high - low), DAY)
    rows = np.flatnonzero((log.events.time < low - far) | (log.events.time > high + far))
    if len(rows):
        yield log.finding(
            "outlying_times",
            rows,
            level=Level.HURTS,
            title=(
                f"{len(rows):,} events lie far from the others ({utc(int(low))} to"
                f" {utc(int(high))})"
            ),
            why="further from the middle 99 % of the events than these last",
            way_out="a broken clock, or the rest of another export: leave them out",
            is_default=True,
        )


def _whole_hours(log: ShopLog) -> Iterator[Finding]:
    """Events that stand whole hours off their neighbours in the file: a time zone got lost."""
    time = log.events.time
    for size in _BLOCKS:  # the largest that is one moment of arrival
        whole = len(time) // size * size
        blocks = time[:whole].reshape(-1, size)
        middle, spread = _middle(blocks)
        calm = spread < HOUR // 6
        if whole and calm.mean() > 0.5:
            break
    else:
        return
    offset = blocks - middle[:, None]
    hours = np.rint(offset / HOUR)
    before = np.maximum.accumulate(offset, axis=1)
    after = np.minimum.accumulate(offset[:, ::-1], axis=1)[:, ::-1]
    # To and fro: a log that only goes on, by an hour at a time too, has no two clocks.
    turns = (offset < before - HOUR // 2) | (offset > after + HOUR // 2)
    astray = calm[:, None] & turns & (np.abs(offset) > HOUR // 2) & (np.abs(hours) <= 14)
    is_off = astray & (np.abs(hours) >= 1)
    is_off &= np.abs(offset - hours * HOUR) <= np.maximum(spread[:, None], _SLACK)
    rows = np.flatnonzero(is_off.reshape(-1))
    if len(rows) < max(20, 0.001 * len(log)) or len(rows) < 0.5 * int(astray.sum()):
        return
    shifts, counts = np.unique(hours.reshape(-1)[rows], return_counts=True)
    top = shifts[np.argmax(counts)]
    if counts.max() < 0.5 * len(rows):  # any hour: late batches, and no zone
        return
    yield Finding(
        "mixed_clocks",
        Level.HURTS,
        f"{len(rows):,} events are whole hours off their neighbours, mostly {top:+.0f} h",
        len(rows),
        len(log),
        "events",
        f"rows that came together (blocks of {size}) differ by whole hours",
        "one sender writes local time: send UTC, or the zone with each time",
        log.shown(rows),
        details={f"{hour:+.0f} h": int(n) for hour, n in zip(shifts, counts, strict=True)},
    )


def _middle(blocks: Ints) -> tuple[Ints, Ints]:
    """Return the median of each block and half the width of its middle half."""
    ordered = np.sort(blocks, axis=1)
    width = blocks.shape[1]
    spread = (ordered[:, width * 5 // 8] - ordered[:, width * 3 // 8]) // 2
    return ordered[:, width // 2], spread


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:g} h" if seconds >= 3600 else f"{seconds:g} s"
