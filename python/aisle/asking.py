"""What requests say, as the core takes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from aisle import _core
from aisle._core import ConfigError
from aisle.attributes import check_names
from aisle.filters import as_text
from aisle.models._base import check_session
from aisle.names import unknown

if TYPE_CHECKING:
    from aisle.strategy import Strategies

Id = str | int
Time = int | str | datetime | np.datetime64
Where = str | Mapping[str, Any] | None


class Asked(NamedTuple):
    """One request, in the order in which the core reads it."""

    visitor: Id | None
    k: int
    item: Id | None
    session: Sequence[Id] | None
    time: Time | None
    where: str | None
    placement: str
    market: str
    context: _core.GivenValues | None
    params: _core.GivenValues | None
    extras: _core.Extras | None


class Asks(_core.Engine):
    """What every request of an engine goes through on its way to the core."""

    strategies: Strategies
    _said: dict[str, dict[str, Any]]
    """Visitor -> what they hide and answered, and when they said so."""

    def _asked(
        self,
        visitor: Id | None,
        k: int,
        *,
        session: Sequence[Id] | None = None,
        item: Id | None = None,
        placement: str | None = None,
        market: str | None = None,
        where: str | Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        time: Time | None = None,
        extras: _core.Extras | None = None,
    ) -> Asked:
        self.strategies.check(placement, market)
        if self._said and visitor is not None and (str(visitor) in self._said or self._has_links()):
            where, context = self._with_said(visitor, where, context, time)
        text = where if where is None or isinstance(where, str) else as_text(self.catalog(), where)
        return Asked(
            visitor, k, item, session, time, text, placement or "", market or "",
            given(context), given(params), extras,
        )  # fmt: skip

    def _with_said(
        self, visitor: Id, where: Where, context: Mapping[str, Any] | None, time: Time | None
    ) -> tuple[Where, Mapping[str, Any] | None]:
        """The request with what the person said; here nobody said anything (people.py)."""
        return where, context

    def _attributes(self, names: Sequence[str], asked: Asked) -> list[str]:
        """The attributes that a slate shall bring; asked before it is made and counted."""
        wanted = check_names(names)
        if not wanted:
            return wanted
        market = asked.market or self.strategies.market_of(asked.placement) or ""
        there = self.strategies.markets.get(market)
        kinds = [*self.catalog().columns(), *(there.columns if there else ())]
        for name in wanted:
            if name not in kinds:
                raise ConfigError(unknown("attribute", name, kinds, of="the catalogue"))
        return wanted


def slate_number(slate_id: str, engine_id: str) -> int | None:
    """The number of a slate of that engine; None for another engine's.

    Raises
    ------
    ConfigError
        For anything but a ``slate.id``.
    """
    if not isinstance(slate_id, str):
        raise ConfigError(f"a slate is named by its id, slate.id; got {slate_id!r}")
    own, _, number = slate_id.rpartition("-")
    try:
        return int(number, 16) if own == engine_id else None
    except ValueError:
        return None


def check_who(
    visitor: Id | None, session: Sequence[Id] | None, *, may_be_nobody: bool = False
) -> None:
    """Refuse a request of nobody, or of two."""
    nobody = visitor is None and session is None
    if (visitor is not None and session is not None) or (nobody and not may_be_nobody):
        raise ConfigError("a request needs a visitor or session=[…], one of them")
    if session is not None:
        check_session(session)


def extras_of(
    *, after: int = 0, exclude: Sequence[Id] | None = None, explain: bool = False
) -> _core.Extras | None:
    """What few requests say; None for the others."""
    if after == 0 and exclude is None and not explain:
        return None
    left_out = None if exclude is None else id_list("exclude", exclude)
    return _core.Extras(after=after, exclude=left_out, explain=explain)


def id_list(name: str, ids: Iterable[Id]) -> list[Id]:
    """Ids as a list.

    Raises
    ------
    ConfigError
        For a single text, which has letters and no ids, and what is no list at all.
    """
    if isinstance(ids, str | bytes) or not isinstance(ids, Iterable):
        raise ConfigError(f"{name} is a list of ids, got {ids!r}")
    return list(ids)


def given(values: Mapping[str, Any] | None) -> _core.GivenValues | None:
    """A context or parameters as the core takes them."""
    if values is None:
        return None
    if not isinstance(values, Mapping):
        raise ConfigError(f"context and params are dicts of names and values, got {values!r}")
    return _core.GivenValues(dict(values))
