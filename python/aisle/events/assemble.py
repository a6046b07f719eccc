"""Puts the parts of a source together: one table, sorted where the format says so."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from aisle._core import Dictionary
from aisle.events import columns as col
from aisle.events.layouts import CORE
from aisle.events.screen import Reading
from aisle.events.sessions import fill_sessions
from aisle.events.table import Events
from aisle.events.times import utc

Array = np.ndarray[Any, Any]
_SEQUENCE_START: Final = 946_684_800_000_000  # 2000-01-01: sequences have an order, but no time


def assembled(reading: Reading, *, sort: bool, first: int = 0) -> Events:
    """Put the parts together, sort where the format says so, and make the table.

    `first` rows were handed out before: where a log has an order but no times, it goes on.
    """
    names = list(dict.fromkeys(name for part in reading.parts for name in part))
    whole = {name: _joined(reading.parts, name, reading.words) for name in names}
    rows = len(whole["visitor"])
    if "time" not in whole:
        if not reading.format.lines:
            reading.report.note("there are no times: the rows are one second apart from 2000 on")
        order = np.arange(first, first + rows, dtype=np.int64)
        whole["time"] = _SEQUENCE_START + 1_000_000 * order
    for name, dictionary in (
        ("visitor", reading.visitors),
        ("item", reading.items),
        ("session", reading.sessions),
    ):
        if dictionary is not None and not reading.ids_are_text.get(name, name == "session"):
            dictionary.integer_ids = dictionary.all_integers()
    session = whole.get("session")
    if session is not None and reading.sessions is not None and session is not whole["visitor"]:
        holes = int((session == col.NONE).sum())
        if holes:
            reading.report.note(f"{holes:,} rows without a session: one session for each visitor")
            session = fill_sessions(session, reading.sessions, whole["visitor"], reading.visitors)
    if reading.report.rows == 0:
        reading.report.note("there is not one row: a header alone, or an empty table")
    _note_times(reading, whole["time"])
    events = Events(
        time=whole["time"],
        visitor=whole["visitor"],
        visitors=reading.visitors,
        item=whole["item"],
        items=reading.items,
        type=whole.get("type", np.zeros(rows, np.uint8)),
        session=session,
        sessions=reading.sessions,
        value=whole.get("value"),
        extra={n: a for n, a in whole.items() if n not in CORE and not n.startswith(" ")},
        attributes={n[1:]: a for n, a in whole.items() if n.startswith(" ")},
        words=reading.words,
        report=reading.report,
    )
    if reading.report.rows_skipped or reading.report.unmapped_events:
        events = events._take(np.arange(rows))  # forget the ids of the rows that were left out
    return _sorted(events) if sort else events


def _joined(parts: list[dict[str, Array]], name: str, words: dict[str, Dictionary]) -> Array:
    """Return one column of all parts; a part without it counts as nothing."""
    if len(parts) == 1:
        return parts[0][name]
    if name == "session" and all(part.get(name) is part["visitor"] for part in parts):
        return _joined(parts, "visitor", words)
    arrays = []
    for part in parts:
        if name in part:
            arrays.append(part[name])
        elif name == "session" or name[1:] in words:
            arrays.append(np.full(len(part["visitor"]), col.NONE, np.uint32))
        elif name == "type":
            arrays.append(np.zeros(len(part["visitor"]), np.uint8))
        else:
            arrays.append(np.full(len(part["visitor"]), np.nan))
    if len({array.dtype for array in arrays}) > 1 and any(a.dtype == object for a in arrays):
        arrays = [array.astype(object) for array in arrays]
    return np.concatenate(arrays)


def _note_times(reading: Reading, time: Array) -> None:
    if len(time) and 0 <= int(time.max()) < 31_536_000_000_000:
        reading.report.note(
            f"all times lie before 1971 (the last is {utc(int(time.max()))}): is the unit right?"
        )


def _sorted(events: Events) -> Events:
    """Sort stably by session (by number where session ids are integers) and time."""
    assert events.session is not None
    assert events._sessions is not None
    names = events._sessions.names()
    if names.dtype == object:
        names = names.astype(str)
    rank = np.empty(len(names), np.int64)
    rank[np.argsort(names, kind="stable")] = np.arange(len(names))
    order = np.lexsort((events.time, rank[events.session]))
    if (order[1:] > order[:-1]).all():
        return events
    same = events.session is events.visitor
    for name in ("time", "visitor", "item", "type"):
        setattr(events, name, getattr(events, name)[order])
    events.session = events.visitor if same else events.session[order]
    events.value = None if events.value is None else events.value[order]
    events.extra = {name: array[order] for name, array in events.extra.items()}
    events._attributes = {name: array[order] for name, array in events._attributes.items()}
    return events
