"""`CheckReport`: the findings as a table, a page and JSON, and the log without them."""

from __future__ import annotations

import html
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from aisle._core import ConfigError, UnknownNameError
from aisle.hygiene.finding import ORDER, Finding, Level, Rows
from aisle.names import unknown

if TYPE_CHECKING:
    from aisle.events import Events, Items

CLEANABLE = frozenset(
    (
        *("exact_duplicates", "repeated_event_ids", "same_instant", "future", "late"),
        *("before_1990", "outlying_times", "no_consent", "anonymous", "placeholder_ids"),
        *("shared_ids", "bots", "one_event_sessions", "huge_sessions", "endless_sessions"),
        *("worthless_prices", "currencies", "price_outliers", "negative_quantities"),
        *("huge_quantities", "cancellations", "refunds", "refunds_without_purchase"),
        *("clicks_without_impressions", "impressions_without_clicks", "unknown_items"),
        *("assignment_mismatch", "repeated_units", "crossed_arms"),
    )
)
"""Rules whose events `clean` can leave out, whether they found any or not."""
_MARKS = {Level.BLOCKS: "BLOCKS", Level.HURTS: "hurts", Level.NOTE: "note"}


class CheckReport(Mapping[str, Finding]):
    """What `aisle.check` found, by the name of the rule.

    Attributes
    ----------
    events : Events
        The log that was checked.
    findings : tuple of Finding
        The gravest first.
    source : str
        What was read.

    Examples
    --------
    >>> import aisle
    >>> log = aisle.Events.from_columns(visitor=["a", "a", "b"], item=["x", "x", "y"],
    ...     time=["2024-05-01 10:00", "2024-05-01 10:00", "2024-05-01 11:00"])
    >>> report = aisle.check(log, measure=False)
    >>> report["exact_duplicates"].count, len(report.clean(["exact_duplicates"]))
    (1, 2)
    """

    def __init__(
        self, events: Events, findings: Sequence[Finding], source: str, items: Items | None = None
    ) -> None:
        self.events, self.source, self._items = events, source, items
        self.findings = tuple(sorted(findings, key=lambda one: (ORDER[one.level], -one.share)))
        self._by_rule = {one.rule: one for one in self.findings}

    def __getitem__(self, rule: str) -> Finding:
        try:
            return self._by_rule[rule]
        except KeyError:
            raise UnknownNameError(unknown("finding", rule, self._by_rule)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_rule)

    def __len__(self) -> int:
        return len(self._by_rule)

    def at(self, level: str) -> tuple[Finding, ...]:
        """Return the findings of a level: "blocks", "hurts" or "note".

        Raises
        ------
        UnknownNameError
            If there is no such level.
        """
        if level not in set(Level):
            raise UnknownNameError(unknown("level", level, list(Level)))
        return tuple(one for one in self.findings if one.level == level)

    @property
    def ok(self) -> bool:
        """Whether nothing blocks."""
        return not self.at("blocks")

    def rows(self, rules: Sequence[str] | None = None) -> Rows:
        """Return the places of the events that `clean` leaves out, ascending."""
        found = [one.rows for one in self._chosen(rules) if one.rows is not None]
        return np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)

    def clean(self, rules: Sequence[str] | None = None) -> Events:
        """Return the log without the events of some findings.

        Parameters
        ----------
        rules : list of str, optional
            Names of findings. None: those that are wrong beyond doubt (`Finding.is_default`):
            copies, machines, broken clocks, ids of nobody.

        Returns
        -------
        Events
            In the same order; what was found in the rows that stay is not judged again.

        Raises
        ------
        UnknownNameError
            If there is no such finding; it lists those there are.
        ConfigError
            If a finding is not about events that can be left out.
        """
        keep = np.ones(len(self.events), bool)
        keep[self.rows(rules)] = False
        return self.events if keep.all() else self.events._take(np.flatnonzero(keep))

    def _chosen(self, rules: Sequence[str] | None) -> list[Finding]:
        if rules is None:
            return [one for one in self.findings if one.is_default]
        if isinstance(rules, str):
            rules = [rules]
        chosen = []
        for rule in rules:
            if rule in CLEANABLE and rule not in self._by_rule:
                continue  # it found nothing
            one = self[rule]
            if one.rows is None:
                can = [name for name, other in self._by_rule.items() if other.rows is not None]
                raise ConfigError(
                    f"{rule} is not about events that can be left out; {', '.join(can)} are"
                )
            chosen.append(one)
        return chosen

    def rejoin(self, items: Items) -> tuple[Events, Events]:
        """Return (events whose items a catalogue has, events that still wait for theirs).

        Parameters
        ----------
        items : Items
            The catalogue that has arrived.

        Returns
        -------
        joined, waiting : Events
            Of the events that ``unknown_items`` set aside; both empty where it found none.
        """
        from aisle.events.columns import NONE

        found = self._by_rule.get("unknown_items")
        rows = np.zeros(0, np.int64) if found is None or found.rows is None else found.rows
        known = self.events._items.translate(items._ids) != NONE
        joins = known[self.events.item[rows]] if len(rows) else np.zeros(0, bool)
        return self.events._take(rows[joins]), self.events._take(rows[~joins])

    def to_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        seen = self.events.describe()
        return {
            "source": self.source,
            "log": seen,
            "ok": self.ok,
            "levels": {str(level): len(self.at(level)) for level in Level},
            "findings": [one.to_dict() for one in self.findings],
            "clean_events": len(self.events) - len(self.rows()),
        }

    def save_html(self, path: str | os.PathLike[str]) -> Path:
        """Write the report as one HTML file that needs no other.

        Returns
        -------
        Path
            The file, written aside and then renamed.
        """
        from aisle.hygiene.page import check_page

        return check_page(self, path)

    def summary(self) -> str:
        """Return one line: how many findings there are of each level."""
        counts = [f"{len(self.at(level))} {word}" for level, word in _WORDS.items()]
        return ", ".join(counts)

    def __str__(self) -> str:
        seen = self.events.describe()
        types = ", ".join(f"{n:,} {name}" for name, n in seen["types"].items())
        lines = [
            f"{self.source}: {len(self.events):,} events ({types}), {seen['visitors']:,} visitors,"
            f" {seen['items']:,} items, {seen['first']} to {seen['last']}",
            self.summary(),
            "",
        ]
        width = max((len(one.rule) for one in self.findings), default=0)
        for one in self.findings:
            effect = f"; without them {one.effect.metric} {one.effect}" if one.effect else ""
            lines.append(f"{_MARKS[one.level]:<7}{one.rule:<{width}}  {one.title}{effect}")
            shown = one.examples[:1] if one.level != Level.NOTE else ()
            lines += [f"{'':7}{'':{width}}    e.g. {text}" for text in shown]
            if one.way_out and one.level != Level.NOTE:
                lines.append(f"{'':7}{'':{width}}    {one.way_out}")
        left = len(self.rows())
        lines += ["", f"clean() leaves out {left:,} events ({left / max(len(self.events), 1):.1%})"]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"CheckReport({len(self.events):,} events, {self.summary()})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td style='text-align:left'>{_MARKS[one.level]}</td>"
            f"<td style='text-align:left'><code>{html.escape(one.rule)}</code></td>"
            f"<td style='text-align:left'>{html.escape(one.title)}</td>"
            f"<td>{one.share:.1%}</td><td>{html.escape(str(one.effect or ''))}</td></tr>"
            for one in self.findings
        )
        return (
            f"<table><caption>{html.escape(self.source)}: {self.summary()}</caption>"
            "<tr><th>level</th><th>rule</th><th>finding</th><th>share</th>"
            f"<th>effect of removal</th></tr>{rows}</table>"
        )


_WORDS = {Level.BLOCKS: "block", Level.HURTS: "hurt", Level.NOTE: "to note"}
