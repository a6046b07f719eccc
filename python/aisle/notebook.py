"""How objects show themselves in a notebook: one small table of facts for all of them."""

from __future__ import annotations

import html
from collections.abc import Mapping


def facts_table(caption: str, facts: Mapping[str, object]) -> str:
    """One row a fact; numbers are grouped by thousands.

    Examples
    --------
    >>> facts_table("shop", {"items": 1200})
    "<table><caption>shop</caption><tr><th style='text-align:left'>items</th>\
<td style='text-align:left'>1,200</td></tr></table>"
    """
    rows = "".join(
        f"<tr><th style='text-align:left'>{html.escape(name)}</th>"
        f"<td style='text-align:left'>{html.escape(_shown(value))}</td></tr>"
        for name, value in facts.items()
    )
    return f"<table><caption>{html.escape(caption)}</caption>{rows}</table>"


def _shown(value: object) -> str:
    grouped = isinstance(value, int) and not isinstance(value, bool)
    return f"{value:,}" if grouped else str(value)
