"""Experiments in a log: units in two arms, and arms that were shown something else."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aisle._core import UnknownNameError
from aisle.hygiene.finding import Finding, level_of
from aisle.hygiene.shop_log import Array, Ints, ShopLog
from aisle.names import unknown


def assignment(log: ShopLog, variant: str, shown: str | None) -> Iterator[Finding]:
    """Errors of an experiment's assignment, told by the columns of arm and of what was shown."""
    arms, names = _column(log, variant)
    if not len(names):
        return  # nobody is in an arm
    if shown is not None:
        seen, pages = _column(log, shown)
        table = np.zeros((len(names), len(pages)), np.int64)
        both = (arms < len(names)) & (seen < len(pages))
        np.add.at(table, (arms[both], seen[both]), 1)
        meant = np.argmax(table, axis=1)
        wrong = np.flatnonzero(both & (seen != meant[np.minimum(arms, len(names) - 1)]))
        if len(wrong):
            yield log.finding(
"assignment_mismatch",
wrong,
hurts=1e-9,
blocks=0.05,
title=f"{len(wrong):,} events show another {shown} than their {variant}",
why=", ".join(f"{n} means {pages[m]}" for n, m in zip(names, meant, strict=True)),
way_out="leave them out, and mend what assigns before the next experiment",
is_default=True,
details={str(n): {str(p): int(table[i, j]) for j, p in enumerate(pages)}
                         for i, n in enumerate(names)},
)  # fmt: skip
    yield from _crossed(log, arms, len(names), variant)
    again = _again(log)
    if 0 < len(again) < 0.5 * len(log):  # else it is a log of events, and no table of units
        people = len(np.unique(log.events.visitor[again]))
        yield Finding(
            "repeated_units",
            level_of(len(again) / len(log), hurts=0.001),
            f"{people:,} visitors are in the experiment's table more than once",
            people,
            len(log.visitor_counts),
            "visitors",
            "a table of units has one row a visitor",
            "keep the first row of each, or analyse by visitor",
            log.shown(again),
            again,
            details={"rows": len(again)},
        )


def _crossed(log: ShopLog, arms: Array, wide: int, variant: str) -> Iterator[Finding]:
    known = arms < wide
    visitor = log.events.visitor[known].astype(np.int64)
    pairs = np.unique(visitor * wide + arms[known].astype(np.int64)) // wide
    several = np.bincount(pairs, minlength=len(log.visitor_counts)) > 1
    if several.any():
        rows, numbers = log.rows_of_visitors(several), np.flatnonzero(several)
        yield Finding(
            "crossed_arms",
            level_of(len(numbers) / len(several), hurts=1e-9, blocks=0.05),
            f"{len(numbers):,} visitors are in more than one {variant}",
            len(numbers),
            len(several),
            "visitors",
            "a unit stays in its arm",
            "leave them out; assign by a hash of the visitor, and it cannot happen",
            log.visitors_shown(numbers),
            rows,
            is_default=True,
        )


def _again(log: ShopLog) -> Ints:
    """Rows of a visitor after the first, in the order of time."""
    return np.sort(log.order[~log.is_first])


def _column(log: ShopLog, name: str) -> tuple[Array, Array]:
    if name == "item":
        return log.events.item, log.events.items
    found = log.codes(name)
    if found is None:
        there = ["item", *log.events.extra, *log.events._attributes]
        raise UnknownNameError(unknown("column", name, there, of="the log"))
    return found
