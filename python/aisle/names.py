"""Messages for names that do not exist: they say which names are near."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def unknown(kind: str, name: object, known: Iterable[str], *, of: str | None = None) -> str:
    """One sentence for a name that does not exist.

    Examples
    --------
    >>> unknown("format", "serenad", ["serenade", "aisle"])
    "unknown format 'serenad'; did you mean 'serenade'? There are: aisle, serenade"
    """
    names = sorted(known)
    if not names:
        return f"unknown {kind} {name!r}: {of or 'here'} has none"
    near = difflib.get_close_matches(str(name), names, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    owner = f" of {of}" if of else ""
    return f"unknown {kind} {name!r}{owner}{hint} There are: {', '.join(names)}"
