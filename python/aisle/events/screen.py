"""Which rows are no events: the reader stops at the first, or leaves them out and counts them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from aisle._core import DataError, Dictionary
from aisle.events import columns as col
from aisle.events import sources
from aisle.events.bind import Bound
from aisle.events.layouts import Format
from aisle.events.report import ReadReport
from aisle.events.sources import Part
from aisle.events.times import implausible
from aisle.events.types import NO_ITEM_NEEDED, TYPE_NAMES

Array = np.ndarray[Any, Any]


@dataclass
class Reading:
    """What grows while the parts of a source are read."""

    con: Any
    format: Format
    skip: bool
    tell: Callable[[str], None] | None
    report: ReadReport
    visitors: Dictionary = field(default_factory=Dictionary)
    items: Dictionary = field(default_factory=Dictionary)
    sessions: Dictionary | None = None
    words: dict[str, Dictionary] = field(default_factory=dict)
    """Attribute of items -> its texts."""
    parts: list[dict[str, Array]] = field(default_factory=list)
    ids_are_text: dict[str, bool] = field(default_factory=dict)
    rows: int = 0


def count_rejects(reading: Reading, part: Part) -> None:
    """Report the lines that the CSV reader left out."""
    if not part.rejects:
        return
    found = reading.con.sql(
        "SELECT error_type, count(DISTINCT line), min(line), arg_min(error_message, line)"
        f" FROM {part.rejects} GROUP BY error_type"
    ).fetchall()
    for kind, rows, line, message in found:
        words = str(message).split("\n")[0][:120]
        reading.report.skip(
            str(kind).lower().replace("_", " "), rows, [f"{part.name}, line {line}: {words}"]
        )
        reading.report.rows += rows


def note_bad_ids(
    reading: Reading,
    part: Part,
    arrays: dict[str, Array],
    name: str,
    bad: list[tuple[int, str]],
) -> None:
    """Count ids that are empty, too long or no UTF-8, and mark their rows to be left out."""
    rows = arrays.setdefault("bad id", np.zeros(len(arrays[name]), bool))
    for row, reason in bad:
        if not rows[row]:
            rows[row] = True
            told = reason.split(" (value ")[0].split("; ")[0]
            kind = "an id is too long" if "bytes long" in told else told
            reading.report.skip(f"{name}: {kind}", 1, [f"{part.name}, row {row + 1}: {told}"])


def screened(reading: Reading, part: Part, bound: Bound, arrays: dict[str, Array]) -> Array | None:
    """Return the mask of rows to keep, or None for all; raise at bad rows unless skipping."""
    rows = len(arrays["visitor"])
    types = arrays.get("type")
    needs_item = True if types is None else ~np.isin(types, NO_ITEM_NEEDED)
    problems: list[tuple[str, Array, str]] = []
    if "time" in arrays:
        valid = ~arrays["bad time"]
        problems.append(("time", ~valid, bound.time_hint))
        unit = bound.time_unit
        problems += [("time", mask, why) for mask, why in implausible(arrays["time"], valid, unit)]
    if "bad type" in arrays:
        hint = f"no event type; there are {', '.join(TYPE_NAMES)}"
        problems.append(("type", arrays["bad type"], hint))
    problems.append(("visitor", arrays["visitor"] == col.NONE, "the visitor is missing"))
    problems.append(("item", (arrays["item"] == col.NONE) & needs_item, "the item is missing"))
    for name, array in arrays.items():
        if name.startswith("bad ") and name not in ("bad time", "bad type", "bad id"):
            problems.append((name[4:], array, "not a number"))
    keep = ~arrays["bad id"] if "bad id" in arrays else np.ones(rows, bool)
    for name, mask, reason in problems:
        mask = mask & keep
        if not mask.any():
            continue
        shown = [_shown(reading, part, bound, name, int(row)) for row in np.flatnonzero(mask)[:3]]
        if not reading.skip:
            more = f" ({int(mask.sum()):,} rows like this)" if mask.sum() > 1 else ""
            raise DataError(
                f'{shown[0]}: {reason}{more}; on_error="skip" leaves such rows out and counts them'
            )
        reading.report.skip(f"{name}: {reason}", int(mask.sum()), shown)
        keep &= ~mask
    return None if keep.all() else keep


def _shown(reading: Reading, part: Part, bound: Bound, name: str, row: int) -> str:
    """Return "file, row 7, column "Time": value 'x'" with what the source holds there."""
    raw = bound.raw.get(name, ())
    where = f"{part.name}, row {row + 1}"
    if not raw:
        return f"{where}, {name}"
    wanted = ", ".join(f"CAST({sources.quote(column)} AS VARCHAR)" for column in raw)
    query = f"SELECT {wanted} FROM {part.relation} LIMIT 1 OFFSET {row}"
    try:
        cells = reading.con.sql(query).fetchall()[0]
    except sources.engine_errors(IndexError):
        cells = ("?",) * len(raw)
    told = [
        f'column "{column}": {"nothing" if cell is None else repr(cell[:40])}'
        for column, cell in zip(raw, cells, strict=True)
    ]
    return f"{where}, {', '.join(told)}"
