"""Sessions of one event or of a thousand, and those that never end."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aisle.hygiene.finding import Finding, level_of
from aisle.hygiene.shop_log import SECOND, Ints, ShopLog


def sessions(log: ShopLog) -> Iterator[Finding]:
    """Sessions that nothing can be learned from, or that no person has."""
    counts = log.session_counts
    there = int((counts > 0).sum())
    single = counts == 1
    if single.any():
        rows = log.rows_of_sessions(single)
        share = len(rows) / there
        yield Finding(
            "one_event_sessions",
            level_of(share, hurts=0.8, blocks=0.999),
            f"{len(rows):,} of {there:,} sessions have one event",
            len(rows),
            there,
            "sessions",
            "a session of one event shows no pair and no order"
            + ("" if log.has_sessions else f"; a pause of {log.limits.session_gap:g} s ends one"),
            "if nearly all are so, the session id changes with each page: mend it",
            log.shown(rows),
            rows,
        )
    acts = np.bincount(log.session[log.order[log.is_act]], minlength=len(counts))
    huge = acts >= log.limits.session_events
    if huge.any():
        rows, numbers = log.rows_of_sessions(huge), np.flatnonzero(huge)
        yield Finding(
            "huge_sessions",
            level_of(len(rows) / len(log), hurts=1e-9, blocks=0.5),
            f"{len(numbers):,} sessions have {log.limits.session_events:,} events or more",
            len(numbers),
            there,
            "sessions",
            f"{log.limits.session_events:,} events or more in one session; the lines of an order"
            " are one",
            "machines, or an id used again: leave them out",
            _shown(log, numbers),
            rows,
            is_default=log.events.session is not log.events.visitor,  # a visitor may stay for years
            details={"events": len(rows), "longest": int(counts.max())},
        )
    if log.events.session is not None and not log.is_only_an_order:
        yield from _long(log, there)


def _long(log: ShopLog, there: int) -> Iterator[Finding]:
    """Sessions by the shop's own ids that last longer than a day."""
    order = np.lexsort((log.events.time, log.session))
    session, time = log.session[order], log.events.time[order]
    begins = np.flatnonzero(np.r_[True, session[1:] != session[:-1]])
    ends = np.r_[begins[1:], len(session)] - 1
    lasting = time[ends] - time[begins]
    is_long = lasting > log.limits.session_hours * 3600 * SECOND
    if not is_long.any():
        return
    chosen = np.zeros(len(log.session_counts), bool)
    chosen[session[begins[is_long]]] = True
    rows, numbers = log.rows_of_sessions(chosen), np.flatnonzero(chosen)
    if log.events.session is log.events.visitor and len(numbers) > 0.2 * there:
        return  # the session is the visitor, and visitors may come back
    yield Finding(
        "endless_sessions",
        level_of(len(numbers) / there, hurts=0.01),
        f"{len(numbers):,} sessions last longer than {log.limits.session_hours:g} h",
        len(numbers),
        there,
        "sessions",
        f"more than {log.limits.session_hours:g} h between first and last event of a session id",
        "a session id that is never renewed: end sessions after 30 minutes without an event",
        _shown(log, numbers),
        rows,
        details={"events": len(rows), "longest_hours": float(lasting.max() / SECOND / 3600)},
    )


def _shown(log: ShopLog, numbers: Ints) -> list[str]:
    names = None if log.events._sessions is None else log.events._sessions
    found = []
    for number in numbers[:3].tolist():
        name = f"session {number + 1}" if names is None else str(names.name(number))
        found.append(f"{name}: {int(log.session_counts[number]):,} events")
    return found
