"""Conditions on attributes: from a dict to what the core takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aisle._core import ConfigError
from aisle.names import unknown

if TYPE_CHECKING:
    from aisle import _core

Condition = tuple[str, str, list[str], float, float, bool]
INF = float("inf")


def conditions(catalog: _core.Catalog, where: Mapping[str, Any] | str) -> list[Condition]:
    """What ``Engine.recommend(where=…)`` describes, checked against the catalogue's columns.

    Raises
    ------
    ConfigError
        For an attribute there is not, or a condition that does not fit its kind.
    """
    if not isinstance(where, Mapping):
        raise ConfigError(
            "where is a dict of conditions in this version, "
            f'for example {{"price": (None, 50), "brand": ["a", "b"]}}, got {where!r}'
        )
    kinds = catalog.columns()
    found = []
    for name, wanted in where.items():
        if name not in kinds:
            raise ConfigError(unknown("attribute", name, kinds, of="the catalogue"))
        found.append(_condition(name, kinds[name], wanted))
    return found


def _condition(name: str, kind: str, wanted: Any) -> Condition:
    if wanted is None:
        return ("null", name, [], -INF, INF, True)
    if kind == "flag" and isinstance(wanted, bool):
        return ("flag", name, [], -INF, INF, wanted)
    if kind == "number":
        low, high = wanted if isinstance(wanted, tuple) and len(wanted) == 2 else (wanted, wanted)
        try:
            return (
                "between", name, [],
                -INF if low is None else float(low), INF if high is None else float(high), True,
            )  # fmt: skip
        except (TypeError, ValueError):
            pass
    if kind in ("category", "text"):
        values = wanted if isinstance(wanted, (list, set, frozenset)) else [wanted]
        return ("in", name, [str(value) for value in values], -INF, INF, True)
    raise ConfigError(f"{name} is a {kind}: {wanted!r} is no condition on it")
