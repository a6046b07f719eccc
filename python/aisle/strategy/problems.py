"""What is wrong with a strategy: where, what, and the way out."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from aisle.names import unknown

Place = tuple[str | int, ...]


class PlacedError(ValueError):
    """What a validator found in a part of what it was given."""

    def __init__(self, place: Place, text: str) -> None:
        super().__init__(text)
        self.place = place


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes
    ----------
    place
        The path to the field: ``("rules", 2, "boost")``.
    text
        What is wrong with it, and the way out.
    column
        Where in the field's text the problem begins, from 0; None: the whole field.
    line
        On which line of the text, from 0.
    """

    place: Place
    text: str
    column: int | None = None
    line: int = 0

    @property
    def path(self) -> str:
        """The place as one writes it: ``rules[2].boost``."""
        words = ""
        for step in self.place:
            words += f"[{step}]" if isinstance(step, int) else f".{step}" if words else step
        return words

    def __str__(self) -> str:
        return f"{self.path}: {self.text}" if self.place else self.text


def problems_of(
    error: ValidationError, data: Any, fields_at: Callable[[Place], Sequence[str]]
) -> list[Problem]:
    """Every problem that validation found in ``data``, each field once.

    ``fields_at`` gives the names that a field might have had at a place.
    """
    found: dict[Place, Problem] = {}
    # Of the branches of a union the one that takes such a value says what is wrong with it.
    errors = sorted(error.errors(include_url=False), key=lambda one: one["type"].endswith("_type"))
    for one in errors:
        place = _place_in(data, one["loc"])
        if one["type"] == "missing":
            place = (*place, one["loc"][-1])
        elif isinstance(placed := one.get("ctx", {}).get("error"), PlacedError):
            place = (*place, *placed.place)
        found.setdefault(place, Problem(place, _words(one, place, fields_at)))
    return list(found.values())


def _words(one: Any, place: Place, fields_at: Callable[[Place], Sequence[str]]) -> str:
    if one["type"] == "extra_forbidden":
        return unknown("field", place[-1], fields_at(place))
    if one["type"] == "value_error":
        return str(one["ctx"]["error"])
    if one["type"] == "literal_error":
        return _near(one)
    got = "" if isinstance(one["input"], dict | list) else f", got {one['input']!r}"
    words = one["msg"].replace("Input should be", "must be")
    return f"{words[:1].lower()}{words[1:]}{got}"


def _near(one: Any) -> str:
    """What a value must be one of, and which of them is near."""
    words = one["msg"].replace("Input should be", "must be")
    known = re.findall(r"'([^']*)'", words)
    near = difflib.get_close_matches(str(one["input"]), known, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{words}, got {one['input']!r}{hint}"


def _place_in(data: Any, loc: Sequence[str | int]) -> Place:
    """The path without the steps that are no fields: pydantic names the branches of a union."""
    place: Place = ()
    for step in loc:
        found, inner = _inside(data, step)
        if found:
            data, place = inner, (*place, step)
    return place


def _inside(data: Any, step: Any) -> tuple[bool, Any]:
    if isinstance(data, BaseModel):
        return hasattr(data, str(step)), getattr(data, str(step), None)
    try:
        return True, data[step]
    except (KeyError, IndexError, TypeError):
        return False, None
