"""`html_page`: sections to one file."""

from __future__ import annotations

import html
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aisle.aside import write_aside
from aisle.evaluate.page.style import STYLE


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Attributes
    ----------
    title
        Heading; empty for none.
    body
        HTML, taken as it is: made by this package's plots and tables, which escape what they show.
    text
        A sentence below the heading, plain.
    """

    title: str
    body: str
    text: str = ""


def html_page(
    sections: Iterable[Section],
    path: str | os.PathLike[str],
    *,
    title: str = "aisle",
    subtitle: str = "",
) -> Path:
    """Write one HTML file that needs no other: styles and plots are inside.

    Parameters
    ----------
    sections
        From top to bottom.
    path
        Written aside and then renamed, so that there never is half a page.
    title, subtitle
        Plain text.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OSError
        When it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "page.html"
    >>> "<h2>One</h2>" in html_page([Section("One", "<p>1</p>")], target).read_text()
    True
    """
    parts = []
    for section in sections:
        heading = f"<h2>{html.escape(section.title)}</h2>" if section.title else ""
        text = f'<p class="soft">{html.escape(section.text)}</p>' if section.text else ""
        parts.append(f"<section>{heading}{text}{section.body}</section>")
    below = f'<p class="soft">{html.escape(subtitle)}</p>' if subtitle else ""
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head>\n<body><main>"
        f"<header><h1>{html.escape(title)}</h1>{below}</header>\n" + "\n".join(parts) + "\n"
        "<footer>Made by aisle. This page is one file and loads nothing.</footer>"
        "</main></body></html>\n"
    )
    return write_aside(Path(path), page)


def table(
    rows: Sequence[Mapping[str, Any]], *, best: Mapping[str, Any] | None = None, caption: str = ""
) -> str:
    """An HTML table of dicts; `best` gives the value to mark in a column."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
    body = []
    for row in rows:
        cells = []
        for name in columns:
            value = row.get(name)
            marked = best is not None and value is not None and best.get(name) == value
            cells.append(f"<td{' class=best' if marked else ''}>{html.escape(shown(value))}</td>")
        body.append(f"<tr>{''.join(cells)}</tr>")
    above = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="card scroll"><table>{above}<thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def shown(value: Any) -> str:
    """A cell as text: shares with four digits, counts with commas, nothing as a dash."""
    if value is None or value != value:
        return "–"
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, float):
        return (
            f"{value:.4f}"
            if abs(value) <= 1
            else f"{value:,.4g}"
            if abs(value) < 1000
            else f"{value:,.0f}"
        )
    return f"{value:,}" if isinstance(value, int) else str(value)


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Numbers to see first: name and value."""
    cells = "".join(
        f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd></div>"
        for name, value in pairs
    )
    return f'<dl class="facts">{cells}</dl>'
