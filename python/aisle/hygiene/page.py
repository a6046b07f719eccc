"""The report as a page: what blocks, what hurts, what to note."""

from __future__ import annotations

import html
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aisle.evaluate.page.document import Section, facts, html_page
from aisle.hygiene.finding import Finding, Level

if TYPE_CHECKING:
    from aisle.hygiene.report import CheckReport

_TITLES = {
    Level.BLOCKS: ("What blocks", "Mend these first: what is learned from this log is wrong."),
    Level.HURTS: (
        "What hurts",
        "Prices, counts or recommendations are worse for it; measured effects stand beside.",
    ),
    Level.NOTE: ("To note", "Worth knowing; decide for yourself."),
}
_STYLE = (
    "<style>.finding{margin:0 0 14px}.finding h3{font-size:1rem;margin:0}"
    ".finding .rule{float:right;color:var(--soft);font:.8rem ui-monospace,monospace}"
    ".bar{height:6px;border-radius:3px;background:var(--line);margin:10px 0;overflow:hidden}"
    ".bar i{display:block;height:100%;background:var(--s1)}"
    ".finding.blocks{border-left:4px solid var(--s2)}"
    ".finding.hurts{border-left:4px solid var(--s5)}"
    ".finding.note{border-left:4px solid var(--s6)}.finding p{margin:.2em 0;max-width:90ch}"
    ".finding ul{margin:.4em 0 0;padding-left:1.2em;color:var(--soft);font-size:.85rem;"
    "overflow-wrap:anywhere}"
    ".scroll td{white-space:normal;text-align:left}</style>"
)


def check_page(report: CheckReport, path: str | os.PathLike[str]) -> Path:
    """Write the page of a report: one HTML file that needs no other."""
    seen = report.events.describe()
    left = len(report.rows())
    head = facts(
        [
            ("events", f"{seen['events']:,}"),
            ("visitors", f"{seen['visitors']:,}"),
            ("items", f"{seen['items']:,}"),
            ("block", str(len(report.at("blocks")))),
            ("hurt", str(len(report.at("hurts")))),
            ("to note", str(len(report.at("note")))),
            ("clean() leaves out", f"{left:,}"),
        ]
    )
    types = ", ".join(f"{name} {count:,}" for name, count in seen["types"].items())
    sections = [
        Section("", _STYLE + head, f"{seen['first']} to {seen['last']} UTC; {types}"),
    ]
    for level, (title, text) in _TITLES.items():
        found = report.at(level)
        if found:
            sections.append(Section(title, "".join(map(_card, found)), text))
    return html_page(sections, path, title="aisle check", subtitle=report.source)


def _card(one: Finding) -> str:
    parts = [
        f'<div class="card finding {one.level}"><span class="rule">{html.escape(one.rule)}</span>'
        f"<h3>{html.escape(one.title)}</h3>"
    ]
    if one.of and one.count:
        share = min(max(one.share, 0.0), 1.0)
        parts.append(
            f'<div class="bar" title="{one.count:,} of {one.of:,} {html.escape(one.unit)}">'
            f'<i style="width:{100 * share:.2f}%"></i></div>'
            f'<p class="soft">{one.count:,} of {one.of:,} {html.escape(one.unit)}'
            f" ({share:.2%}). Rule: {html.escape(one.why)}.</p>"
        )
    elif one.why:
        parts.append(f'<p class="soft">Rule: {html.escape(one.why)}.</p>')
    if one.way_out:
        parts.append(f"<p>{html.escape(_sentence(one.way_out))}</p>")
    if one.effect is not None:
        parts.append(
            f"<p>Fitted without these events {html.escape(one.effect.metric)} is"
            f" {one.effect.after:.4f} in place of {one.effect.before:.4f}:"
            f" <b>{one.effect.difference:+.4f}</b>, 95 % interval {one.effect.low:+.4f} to"
            f" {one.effect.high:+.4f}.</p>"
        )
    if one.examples:
        shown = "".join(f"<li>{html.escape(text)}</li>" for text in one.examples)
        parts.append(f"<ul>{shown}</ul>")
    return "".join([*parts, _needs(one.details) if one.rule == "enough_data" else "", "</div>"])


def _needs(details: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{html.escape(kind)}</td><td>"
        + "; ".join(
            f"{'✓' if m['has'] >= m['needs'] else '✗'} {m['has']:,} {html.escape(name)}"
            f" (of {m['needs']:,})"
            for name, m in measures.items()
        )
        + "</td></tr>"
        for kind, measures in details.items()
    )
    return (
        '<div class="scroll"><table><thead><tr><th>kind of model</th><th>has, and needs</th></tr>'
        f"</thead><tbody>{rows}</tbody></table></div>"
    )


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + ("" if text.endswith(".") else ".")
