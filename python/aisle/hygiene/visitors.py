"""Who the events are of: nobody, everybody, or people who did not agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from aisle.consent import consent_of
from aisle.hygiene.finding import Finding, Level, level_of
from aisle.hygiene.shop_log import ShopLog

PLACEHOLDERS: Final = frozenset(
    {
        *(
            "0",
            "-1",
            "null",
            "none",
            "nil",
            "nan",
            "na",
            "n/a",
            "undefined",
            "unknown",
            "(not set)",
        ),
        *("anonymous", "anon", "guest", "test", "default", "user", "visitor", "empty", "-"),
        "00000000-0000-0000-0000-000000000000",
    }
)
"""What programs write where they have no id, in lower case."""


def visitors(log: ShopLog) -> Iterator[Finding]:
    """Visitors without an id, ids that stand for many people, and consent."""
    yield from _anonymous(log)
    yield from _placeholders(log)
    yield from _shared(log)
    agreed = consent_of(log.events)
    if agreed is not None and (refused := np.flatnonzero(agreed == 0)).size:
        yield log.finding(
            "no_consent",
            refused,
            level=Level.NOTE,
            title=f"{len(refused):,} events without consent: nothing is learned from them",
            why="consent is 0, false or missing",
            way_out="leave them out of what is stored",
        )


def _anonymous(log: ShopLog) -> Iterator[Finding]:
    flag = log.events.extra.get("anonymous")
    if flag is None:
        return
    rows = np.flatnonzero(np.asarray(flag) == 1)
    if len(rows):
        yield log.finding(
            "anonymous",
            rows,
            hurts=0.05,
            title=(
                f"{len(rows):,} events have no visitor of their own; what they belong to stands in"
            ),
            why="the source's visitor id is missing; its session or order is taken for one",
            way_out="nothing is known of these visitors later: send a lasting id",
        )


def _placeholders(log: ShopLog) -> Iterator[Finding]:
    names = log.events.visitors
    chosen = np.zeros(len(names), bool)
    is_counted = {0, 1, 2} <= set(names.tolist())  # ids that count up: 0 is one of them
    for number, name in enumerate(names.tolist()):
        chosen[number] = (
            name == -1
            or (name == 0 and not is_counted)
            or (isinstance(name, str) and name.strip().lower() in PLACEHOLDERS)
        )
    several = chosen & (log.visitor_counts > max(10, 10 * float(np.median(log.visitor_counts))))
    if several.any():
        rows = log.rows_of_visitors(several)
        numbers = np.flatnonzero(several)
        yield log.finding(
            "placeholder_ids",
            rows,
            hurts=1e-9,
            blocks=0.3,
            examples=log.visitors_shown(numbers),
            title=f"{len(rows):,} events belong to {len(numbers):,} ids that stand for nobody",
            why="ids such as null, 0, guest with more than ten times the events of most",
            way_out="give such visitors a random id each; all of them are one person now",
            is_default=True,
        )


def _shared(log: ShopLog) -> Iterator[Finding]:
    """Ids in two sessions at once, again and again: one id, many people."""
    if log.events.session is None or log.events.session is log.events.visitor:
        return
    if log.is_only_an_order:
        return
    session = log.session[log.order]
    switches = np.zeros(len(log), bool)
    switches[1:] = (session[1:] != session[:-1]) & ~log.is_first[1:]
    # A session that was left and comes back: its runs in a visitor's row of events are several.
    runs = np.flatnonzero(switches | log.is_first)
    owner, of_run = log.visitor_in_order[runs].astype(np.int64), session[runs]
    order = np.lexsort((of_run, owner))
    back = (owner[order][1:] == owner[order][:-1]) & (of_run[order][1:] == of_run[order][:-1])
    returns = np.bincount(owner[order][1:][back], minlength=len(log.visitor_counts))
    shared = (returns >= 5) & (returns >= 0.05 * log.visitor_counts)
    if shared.any():
        rows, numbers = log.rows_of_visitors(shared), np.flatnonzero(shared)
        numbers = numbers[np.argsort(-returns[numbers], kind="stable")]
        yield Finding(
            "shared_ids",
            level_of(len(rows) / len(log), hurts=0.01, blocks=0.5),
            f"{len(numbers):,} visitor ids are in several sessions at the same time",
            len(numbers),
            len(log.visitor_counts),
            "visitors",
            "sessions of one visitor take turns, five times or more",
            "one id for many people (a proxy, a shop's tablet, a constant): find who sends it",
            log.visitors_shown(numbers),
            rows,
            details={"events": len(rows)},
        )
