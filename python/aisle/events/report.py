"""What a reader found: rows read, rows left out and why, columns it had no use for."""

from __future__ import annotations

from dataclasses import dataclass, field

from aisle.notebook import facts_table

MAX_EXAMPLES = 3


@dataclass
class Skipped:
    """Rows that were left out for one reason."""

    reason: str
    rows: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, rows: int, examples: list[str]) -> None:
        """Count `rows` more and keep the first few examples."""
        self.rows += rows
        self.examples.extend(examples[: MAX_EXAMPLES - len(self.examples)])


@dataclass
class ReadReport:
    """What `read_events` found in its source.

    Attributes
    ----------
    source : str
        Files or the kind of table.
    format : str
        The format they were read as.
    rows : int
        Rows read, the skipped ones included.
    skipped : list of Skipped
        Reason, number of rows and examples of what was left out (``on_error="skip"``).
    unmapped : list of str
        Columns of the source that have no place among the canonical ones.
    unmapped_events : dict of str to int
        Events of a kind that has no canonical type, left out: name -> how many.
    notes : list of str
        What a person should know: filled sessions, suspicious units.
    """

    source: str = "columns"
    format: str = "aisle"
    rows: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    unmapped: list[str] = field(default_factory=list)
    unmapped_events: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def rows_skipped(self) -> int:
        """Rows that were left out."""
        return sum(reason.rows for reason in self.skipped)

    def skip(self, reason: str, rows: int, examples: list[str]) -> None:
        """Count rows left out for `reason`."""
        for known in self.skipped:
            if known.reason == reason:
                known.add(rows, examples)
                return
        known = Skipped(reason)
        known.add(rows, examples)
        self.skipped.append(known)

    def leave_out(self, name: str, rows: int) -> None:
        """Count `rows` more events of a kind that has no canonical type."""
        self.unmapped_events[name] = self.unmapped_events.get(name, 0) + rows

    def note(self, text: str) -> None:
        """Keep a remark, once."""
        if text not in self.notes:
            self.notes.append(text)

    def _repr_html_(self) -> str:
        facts: dict[str, object] = {"source": self.source, "format": self.format, "rows": self.rows}
        for reason in self.skipped:
            facts[f"skipped: {reason.reason}"] = f"{reason.rows:,}, {'; '.join(reason.examples)}"
        if self.unmapped:
            facts["not mapped"] = ", ".join(self.unmapped)
        if self.unmapped_events:
            facts["events not mapped"] = _counted(self.unmapped_events)
        if self.notes:
            facts["notes"] = "; ".join(self.notes)
        return facts_table("what was read", facts)

    def __str__(self) -> str:
        lines = [f"{self.source} ({self.format}): {self.rows:,} rows read"]
        for reason in self.skipped:
            shown = "; ".join(reason.examples)
            lines.append(f"  skipped {reason.rows:,}: {reason.reason} (e.g. {shown})")
        if self.unmapped:
            lines.append(f"  not mapped: {', '.join(self.unmapped)}")
        if self.unmapped_events:
            lines.append(f"  events not mapped: {_counted(self.unmapped_events)}")
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)


def _counted(events: dict[str, int]) -> str:
    """Return "begin_checkout 12, page_view 3", the most frequent first."""
    often = sorted(events.items(), key=lambda event: -event[1])
    shown = ", ".join(f"{name[:60]} {rows:,}" for name, rows in often[:20])
    return shown + (" ..." if len(often) > 20 else "")
