"""An engine that knows visitors by pseudonyms alone: what `Engine(…, visitor_key=…)` becomes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aisle._core import ConfigError
from aisle.engine import Engine
from aisle.privacy.pseudonyms import Pseudonyms

if TYPE_CHECKING:
    from aisle.asking import Asked, Id, Time
    from aisle.people import Said

HIDDEN = ((0, "visitor"), (5, "event_id"), (6, "session"))  # where observe() has them
INNER = ("affinities", "observe_columns", "read_features", "read_profile", "replay")
COLUMNS = ((0, 1), (6, 7), (8, 9))  # and the columns of a log: codes, and their names


class KeyedEngine(Engine):
    """An engine whose core, and whose state, hold no id of a visitor, session or event.

    Every id is replaced on its way in (:func:`aisle.privacy.pseudonym`); an engine without a key
    does not come by here.
    """

    _pseudonyms: Pseudonyms

    def __init__(self, bundle: Any, **options: Any) -> None:
        if options.get("visitor_key") is None:
            raise ConfigError(f"{type(self).__name__} needs a visitor_key")
        super().__init__(bundle, **options)

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name not in INNER]

    def _hidden(self, id: Any) -> Any:  # noqa: A002
        return self._pseudonyms(id)

    # --- events -----------------------------------------------------------------------------------

    def observe(self, *given: Any, **named: Any) -> str:
        row = list(given)
        for at, name in HIDDEN:
            if at < len(row):
                row[at] = self._hidden(row[at])
            elif name in named:
                named[name] = self._hidden(named[name])
        return super().observe(*row, **named)

    def observe_columns(self, *columns: Any) -> Any:
        return super().observe_columns(*self._hide(columns))

    def replay(self, *columns: Any) -> Any:
        return super().replay(*self._hide(columns))

    def _hide(self, columns: Sequence[Any]) -> list[Any]:
        row = list(columns)
        for codes, names in COLUMNS:
            if row[codes] is not None and row[names] is not None:
                row[codes], row[names] = self._pseudonyms.column(row[codes], row[names])
        return row

    # --- requests ---------------------------------------------------------------------------------

    def _asked(self, visitor: Id | None, k: int, **asked: Any) -> Asked:
        return super()._asked(self._hidden(visitor), k, **asked)

    def affinities(self, item: Any, visitors: Any, *asked: Any) -> Any:
        return super().affinities(item, [self._hidden(one) for one in visitors], *asked)

    def read_features(self, visitor: Any, *asked: Any) -> Any:
        return super().read_features(self._hidden(visitor), *asked)

    def read_profile(self, visitor: Any, *asked: Any) -> Any:
        return super().read_profile(self._hidden(visitor), *asked)

    # --- people -----------------------------------------------------------------------------------

    def identify(self, visitor: Id, user: Id | None, time: Time | None = None) -> None:
        super().identify(self._hidden(visitor), self._hidden(user), time)

    def separate(self, visitor: Id, user: Id) -> int:
        return super().separate(self._hidden(visitor), self._hidden(user))

    def person(self, visitor: Id, time: Time | None = None) -> dict[str, list[tuple[Any, Any]]]:
        return super().person(self._hidden(visitor), time)

    def hide(self, visitor: Id, **values: Any) -> None:
        super().hide(self._hidden(visitor), **values)

    def remember(self, visitor: Id, **answers: Any) -> None:
        super().remember(self._hidden(visitor), **answers)

    def said(self, visitor: Id) -> Said:
        return super().said(self._hidden(visitor))

    def forget(self, visitor: object) -> bool:
        return super().forget(self._hidden(visitor))


def keep_pseudonyms(engine: Engine, key: bytes | str) -> None:
    """Make an engine, before its core is made, one that keeps pseudonyms.

    Raises
    ------
    ConfigError
        For a key that is none, and for a class of the shop's own that would not hide ids.
    """
    pseudonyms = Pseudonyms(key)
    if type(engine) is Engine:
        engine.__class__ = KeyedEngine
    if not isinstance(engine, KeyedEngine):
        raise ConfigError(
            f"{type(engine).__name__} takes no visitor_key: derive it from aisle.keyed.KeyedEngine"
        )
    engine._pseudonyms, engine._key_check = pseudonyms, pseudonyms.check
