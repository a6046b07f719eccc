"""Conditions on attributes: from a dict to the language of filters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from aisle._core import ConfigError
from aisle.events.times import micros_of
from aisle.names import unknown

if TYPE_CHECKING:
    from aisle import _core

PLAIN = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
WORDS = frozenset(
    (
        *("and", "or", "not", "in", "between", "is", "null", "true", "false"),
        *("any", "all", "none", "of", "if", "now"),
    )
)


def as_text(catalog: _core.Catalog, where: Mapping[str, Any]) -> str:
    """The filter that a dict of conditions stands for, checked against the catalogue's columns.

    Raises
    ------
    ConfigError
        For an attribute there is not, or a condition that does not fit its kind.
    """
    if not isinstance(where, Mapping):
        raise ConfigError(f"where is a text or a dict of conditions, got {where!r}")
    kinds = catalog.columns()
    if where and not kinds:
        raise ConfigError(
            f"where asks for {next(iter(where))!r}, but the items have no attributes: give them "
            "to fit (items=) or to update_items"
        )
    parts = []
    for name, wanted in where.items():
        if name not in kinds:
            raise ConfigError(unknown("attribute", name, kinds, of="the catalogue"))
        parts.append(_condition(name, kinds[name], wanted))
    return " and ".join(parts) or "true"


def quoted(text: str) -> str:
    """A text as the language writes it: in double quotes, with a backslash before what ends it.

    >>> quoted("green tea")
    '"green tea"'
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _condition(name: str, kind: str, wanted: Any) -> str:
    plain = PLAIN.fullmatch(name) and name.lower() not in WORDS
    column = name if plain else "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
    if wanted is None:
        return f"{column} is null"
    if kind == "flag" and isinstance(wanted, bool):
        return column if wanted else f"not {column}"
    if kind in ("number", "time") and isinstance(wanted, tuple) and len(wanted) == 2:
        low, high = (None if bound is None else _literal(name, kind, bound) for bound in wanted)
        if None not in wanted and _as_number(kind, wanted[0]) > _as_number(kind, wanted[1]):
            raise ConfigError(f"{name}: the lower bound comes first, got {wanted!r}")
        bounds = [f"{column} >= {low}"] * (low is not None)
        bounds += [f"{column} <= {high}"] * (high is not None)
        return f"({' and '.join(bounds) or f'{column} is not null'})"
    if kind == "labels":
        values = wanted if isinstance(wanted, list | set | frozenset | tuple) else [wanted]
        return f"{column} any of [{_listed(name, kind, values)}]"
    if isinstance(wanted, list | set | frozenset):
        return f"{column} in [{_listed(name, kind, wanted)}]" if wanted else "false"
    return f"{column} == {_literal(name, kind, wanted)}"


def _as_number(kind: str, bound: Any) -> float:
    is_written = kind == "time" and isinstance(bound, str | date)
    return float(micros_of(bound)) if is_written else float(bound)


def _listed(name: str, kind: str, values: Iterable[Any]) -> str:
    return ", ".join(_literal(name, kind, value) for value in values)


def _literal(name: str, kind: str, value: Any) -> str:
    if kind in ("category", "text", "labels"):
        return quoted(str(value))
    if kind == "time" and isinstance(value, str | date):
        return quoted(value if isinstance(value, str) else value.isoformat())
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ConfigError(f"{name} is a {kind}: {value!r} is no condition on it") from None
    if number != number or number in (float("inf"), float("-inf")):
        raise ConfigError(f"{name} is a {kind}: {value!r} is no bound; leave it open with None")
    return repr(number)
