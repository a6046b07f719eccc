"""`check`: every rule over one log."""

from __future__ import annotations

import sys
import time as clock
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from aisle._core import ConfigError, DataError
from aisle.events.times import micros_of
from aisle.hygiene import (
    assignment,
    bots,
    catalogue,
    clocks,
    drift,
    duplicates,
    enough,
    lists,
    prices,
    returns,
    sessions,
    visitors,
)
from aisle.hygiene.finding import Finding, Level, level_of
from aisle.hygiene.limits import Limits
from aisle.hygiene.report import CheckReport
from aisle.hygiene.shop_log import ShopLog

if TYPE_CHECKING:
    from aisle.events import Events, Items
    from aisle.events.report import ReadReport

Rule = Callable[[ShopLog], Iterator[Finding]]

RULES: Final[Mapping[str, Rule]] = {
    "duplicates": duplicates.duplicates,
    "clocks": clocks.clocks,
    "visitors": visitors.visitors,
    "bots": bots.bots,
    "sessions": sessions.sessions,
    "prices": prices.prices,
    "catalogue": catalogue.catalogue,
    "lists": lists.lists,
    "returns": returns.returns,
    "enough data": enough.enough,
}
"""Group of rules -> what runs it; drift and assignment have arguments of their own."""


def check(
    events: Any,
    items: Any = None,
    *,
    format: str = "aisle",  # noqa: A002 - the word that read_events has
    reference: Events | None = None,
    variant: str | None = None,
    shown: str | None = None,
    measure: bool = True,
    limits: Limits | None = None,
    now: Any = None,
    progress: bool = False,
    **options: Any,
) -> CheckReport:
    """Report what is wrong with a log, how much it matters, and how to leave it out.

    Parameters
    ----------
    events : Events, or a source that `read_events` takes
        A source is read with ``on_error="skip"``: rows that cannot be read become a finding.
    items : Items, or a source that `read_items` takes, optional
        The catalogue: unknown items, missing prices and titles, items never seen.
    format : str
        Of a source.
    reference : Events, optional
        An earlier period for drift. None: the first three quarters of the log's events.
    variant, shown : str, optional
        Columns of an experiment in this log: the arm, and what was shown; "item" is the item.
    measure : bool
        Measure what leaving each finding's events out does to HR@20 of a model fitted on the older
        four fifths of the sessions. Of long logs a sample of visitors is measured.
    limits : Limits, optional
        Where the rules draw their lines.
    now : time, optional
        The clock that future events are judged by; None: that of this machine.
    progress : bool
        Tell each step on stderr.
    **options
        Of `read_events`, where a source is given.

    Returns
    -------
    CheckReport

    Raises
    ------
    DataError
        If the source cannot be read, or holds no event.
    ConfigError, UnknownNameError
        If an option is outside its domain, or a column is not there.

    Examples
    --------
    >>> import aisle
    >>> shop = aisle.simulate.Shop(items=2000, visitors=3000, days=14, seed=1)
    >>> report = aisle.check(shop.events(), measure=False)
    >>> report.ok, report["bots"].count == len(shop.bots)
    (True, True)
    """
    from aisle.events import Events, read_events

    if limits is not None and not isinstance(limits, Limits):
        raise ConfigError(f"limits is {limits!r}; it is aisle.hygiene.Limits(...)")
    if shown is not None and variant is None:
        raise ConfigError("shown is what an arm was shown: name the arm's column, variant=")
    tell = _Teller(progress)
    if isinstance(events, Events):
        if options:
            raise ConfigError(f"{', '.join(options)}: options of reading; the events are read")
        log, source = events, events.report.source
    else:
        with tell("reading"):
            options.setdefault("on_error", "skip")
            log = read_events(events, format, **options)
        source = log.report.source
    if not len(log):
        raise DataError(f"{source}: there is not one event to check")
    chosen = limits or Limits()
    told = ShopLog(log, _catalogue(items), chosen, _now(now))
    found = list(_unread(log.report))
    for name, rule in RULES.items():
        with tell(name):
            found += rule(told)
    with tell("drift"):
        earlier = None if reference is None else ShopLog(reference, None, chosen, told.now)
        found += drift.drift(told, earlier)
    if variant is not None:
        found += assignment.assignment(told, variant, shown)
    if measure:
        found = _measured(told, found, tell)
    tell.done()
    return CheckReport(log, found, source, told.items)


def _catalogue(items: Any) -> Items | None:
    from aisle.events import Items, read_items

    return items if items is None or isinstance(items, Items) else read_items(items)


def _now(now: Any) -> int:
    return int(clock.time() * 1e6) if now is None else micros_of(now)


def _unread(report: ReadReport) -> Iterator[Finding]:
    """What the reader left out, and what it had no place for."""
    if report.rows_skipped:
        yield Finding(
            "unreadable_rows",
            level_of(report.rows_skipped / max(report.rows, 1), hurts=1e-9, blocks=0.05),
            f"{report.rows_skipped:,} of {report.rows:,} rows cannot be read",
            report.rows_skipped,
            report.rows,
            "rows",
            "a row needs a visitor, an item and a time",
            'read_events(..., on_error="skip") leaves them out as well',
            [f"{one.reason}: {text}" for one in report.skipped for text in one.examples[:1]][:3],
            details={one.reason: one.rows for one in report.skipped},
        )
    if report.unmapped:
        yield Finding(
            "unmapped_columns", Level.NOTE,
            f"{len(report.unmapped)} columns of the source have no place: "
            + ", ".join(report.unmapped[:8]),
            len(report.unmapped), len(report.unmapped), "columns",
            "the format does not know them", "columns= names what they are",
        )  # fmt: skip


def _measured(log: ShopLog, found: Sequence[Finding], tell: _Teller) -> list[Finding]:
    from aisle.hygiene.effect import Meter

    wrong = [one.rows for one in found if one.is_default and one.rows is not None]
    with tell("effects"):
        meter = Meter(log, np.unique(np.concatenate([np.zeros(0, np.int64), *wrong])))
        measured = []
        for one in found:
            effect = meter.effect(one)
            measured.append(one if effect is None else replace(one, effect=effect))
    return measured


class _Teller:
    """Tells each step on stderr as it begins, and how long it took when it is over."""

    def __init__(self, is_on: bool) -> None:
        self._is_on = is_on
        self._begun = 0.0
        self._name = ""

    def __call__(self, name: str) -> _Teller:
        self._name = name
        return self

    def __enter__(self) -> None:
        self._begun = clock.perf_counter()
        self._write(f"\rchecking: {self._name:<40}")

    def __exit__(self, *_: object) -> None:
        spent = clock.perf_counter() - self._begun
        self._write(f"\rchecking: {self._name}, {spent:.1f} s{'':<30}")

    def done(self) -> None:
        """End the line."""
        self._write("\r" + " " * 60 + "\r")

    def _write(self, text: str) -> None:
        if self._is_on:
            sys.stderr.write(text)
            sys.stderr.flush()
