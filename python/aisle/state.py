"""The state of an engine as people use it: flush, backup, prune, and reading it for training."""

from __future__ import annotations

import atexit
import base64
import json
import os
import sqlite3
import weakref
from contextlib import closing, suppress
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aisle import _core
from aisle._core import ConfigError, StateError
from aisle.asking import Time
from aisle.borders import WORK, closed
from aisle.profiles import EngineFeatures
from aisle.strategy import Strategies
from aisle.strategy.core import placements_of

if TYPE_CHECKING:
    from aisle.events import Events

EVENTS = """
SELECT v.name, i.name, type, time, value, session, event_id
FROM events JOIN visitors v ON v.id = visitor JOIN items i ON i.id = item ORDER BY seq
"""


# Engines with a state that nobody closed: what waits is written when the interpreter ends.
_open: weakref.WeakSet[EngineState] = weakref.WeakSet()


def _close_all() -> None:
    for engine in list(_open):
        with suppress(_core.AisleError):
            engine.close()


atexit.register(_close_all)


class EngineState(EngineFeatures):
    """The part of an engine that lasts."""

    _state: str | None
    _facts: dict[str, bytes]
    _has_own: bool
    _key_check = ""
    """What tells the key of the visitors from others; empty without one."""

    def close(self) -> None:
        """Give up the engine; a context manager does it at its end. Later calls are refused."""
        if "observe" in self.__dict__:  # closed before
            return
        self.flush()
        self._close_state()
        self.__dict__.update(dict.fromkeys(WORK, closed))

    def flush(self) -> None:
        """Wait until what was observed is on disk, and what bandits learned and offers spent.

        Without a state there is nothing to do.

        Raises
        ------
        StateError
            When it can't be written. It is kept and tried again.
        """
        self._flush()
        if self._state is None:
            return
        arms = {name: base64.b64encode(data).decode() for name, data in self.save_arms()}
        offers = self.save_offers()
        if arms:
            self._keep("arms", arms)
        if offers["offers"]:
            self._keep("offers", offers)

    def backup(self, path: str | PathLike[str]) -> None:
        """Copy the state into another file while requests run: the whole of one moment.

        Raises
        ------
        ConfigError
            Without a state.
        StateError
            When it can't be written; a file that was there before is still there.
        """
        self.flush()
        target = Path(path)
        aside = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            with closing(_read(self._known())) as database:
                database.execute("VACUUM INTO ?", (str(aside),))
            with aside.open("rb+") as written:
                os.fsync(written.fileno())
            aside.replace(target)
        except (sqlite3.Error, OSError) as error:
            aside.unlink(missing_ok=True)
            raise StateError(f"{path}: the backup could not be written: {error}") from None

    def to_parquet(self, path: str | PathLike[str]) -> Path:
        """Write the events of the state as Parquet, for training; requests go on meanwhile.

        Raises
        ------
        ConfigError
            Without a state, or for another suffix than ``.parquet``.
        DataError
            When it can't be written.
        """
        from aisle.events import write_events

        target = Path(path)
        if target.suffix != ".parquet":
            raise ConfigError(f"{target.name}: the events are written as .parquet")
        self._flush()
        return write_events(read_state(self._known()), target)

    def prune(self, before: Time) -> int:
        """Take the events before that time out of the state: retention.

        What is in memory stays until the engine is opened again. No byte of what was taken out is
        left in the file.

        Returns
        -------
        int
            How many events there were.
        """
        self._known()
        return self._prune_state(_core.microseconds(before))

    def _known(self) -> str:
        if self._state is None:
            raise ConfigError("this engine has no state: Engine(bundle, state='shop.db')")
        return self._state

    def _keep(self, name: str, value: Any) -> None:
        """Keeps a value in the state, where it is another than before."""
        data = json.dumps(value, sort_keys=True).encode()
        if self._facts.get(name) != data:
            self._keep_fact(name, data)
            self._facts[name] = data

    def _keep_strategies(self) -> None:
        if self._state is not None and self._has_own:
            self._keep("strategies", self.strategies.to_dict())

    def _check_key(self) -> None:
        """Refuses a state whose visitors have other names here: all of them would begin anew."""
        kept = json.loads(self._fact("visitor_key") or '""')
        if kept == self._key_check:
            return
        if kept or _has_visitors(self._known()):
            self._close_state()  # for whoever tries again
            how = "under another key" if kept and self._key_check else "under a key"
            raise ConfigError(
                f"{self._state}: its visitors are kept {how if kept else 'under their own ids'}; "
                f"open it {'with that visitor_key=…' if kept else 'without visitor_key'}, or begin "
                "a new state"
            )
        self._keep_fact("visitor_key", json.dumps(self._key_check).encode())

    def _take_facts(self, *, has_strategy: bool) -> None:
        """Goes on from what the state keeps beside events."""
        _open.add(self)
        found = {name: self._fact(name) for name in ("strategies", "arms", "offers")}
        self._facts = {name: data for name, data in found.items() if data}
        told = {name: json.loads(data) for name, data in self._facts.items()}
        if "strategies" in told and not has_strategy:
            try:
                strategies = Strategies(**told["strategies"])
                self.set_strategies(placements_of(strategies))
            except _core.AisleError as error:
                self._close_state()  # for whoever tries again
                problem = f"{self._state}: the strategy that was live does not fit: {error}; "
                raise ConfigError(problem + "give the engine another, strategy=…") from None
            self.strategies, self._has_own = strategies, True
        for name, text in told.get("arms", {}).items():
            try:
                self.restore_arms([(name, base64.b64decode(text))])
            except ConfigError:  # a placement that is gone, or explores with other options now
                continue
        if "offers" in told:
            self.restore_offers(told["offers"])


def read_state(path: str | PathLike[str]) -> Events:
    """The events of a state, in the order in which they were taken in: for training.

    An engine may have it open at the same time.

    Raises
    ------
    StateError
        For a file that is not there, or no state.

    Examples
    --------
    >>> import aisle, pathlib, tempfile
    >>> log = aisle.Events.from_columns(visitor=["a", "a"], item=["tea", "pot"],
    ...                                 time=["2024-05-01 10:00", "2024-05-01 10:01"])
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "shop.db"
    >>> with aisle.Engine(aisle.fit(log), state=path) as engine:
    ...     engine.observe("b", "tea")
    'accepted'
    >>> len(aisle.read_state(path))
    1
    """
    from aisle.events import Events

    try:
        with closing(_read(str(path))) as database:
            rows = database.execute(EVENTS).fetchall()
    except sqlite3.Error as error:
        raise StateError(f"{path}: not to be read as a state: {error}") from None
    names = ("visitor", "item", "type", "time", "value", "session", "event_id")
    columns = dict(zip(names, zip(*rows, strict=True) if rows else [()] * 7, strict=True))
    given: dict[str, Any] = {
        name: list(cells)
        for name, cells in columns.items()
        if name in names[:4] or any(cell is not None for cell in cells)
    }
    return Events.from_columns(time_unit="us", **given)


def _has_visitors(path: str) -> bool:
    with closing(_read(path)) as database:
        return bool(database.execute("SELECT EXISTS (SELECT 1 FROM visitors)").fetchone()[0])


def _read(path: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True, timeout=10)
