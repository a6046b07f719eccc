"""What lies between `Engine` and the core's: names, options in its units, a log in arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from aisle import _core
from aisle._core import ConfigError, Dictionary
from aisle.consent import consent_of
from aisle.events.columns import ids
from aisle.models._base import check_events, check_number
from aisle.names import unknown

if TYPE_CHECKING:
    from aisle.events import Events

LONGEST = 1e10  # seconds; some 300 years
OUTCOMES = (
    "accepted",
    "reordered",
    "duplicate",
    "late",
    "future",
    "item_limit",
    "no_consent",
    "no_item",
)
WORK = (
    "observe",
    "observe_many",
    "recommend",
    "recommend_many",
    "recommend_page",
    "recommend_segments",
    "rerank",
    "audience",
    "outcome",
    "settle",
    "save_learned",
    "restore_learned",
    "forget",
    "update_items",
    "update_vectors",
    "swap",
    "redeem",
    "identify",
    "separate",
    "rate",
    "hide",
    "remember",
    "complete",
    "exposure",
    "save_offers",
    "restore_offers",
    "backup",
    "to_parquet",
    "prune",
    "_replay",
    "features",
    "profile",
)
SHARED = ("observe", "forget", "stats", "catalog")  # methods of the core's that are for everyone
SPANS = ("idle_gap", "time_to_live", "max_lateness", "max_future", "watermark")

Columns = tuple[Any, Any, Any, Any, Any, Any, Any, Any, Any, Any, Any, Any]


def options_of(given: Mapping[str, float]) -> _core.EngineOptions:
    """The options of an engine, times in seconds.

    Raises
    ------
    ConfigError
        For a name that there is not, or a value outside its domain.
    """
    options = _core.EngineOptions()
    known = [name for name in dir(options) if not name.startswith("_")]
    for name, value in given.items():
        if name not in known:
            raise ConfigError(unknown("option", name, known, of="an engine"))
        if name.startswith("learn_"):
            setattr(options, name, bool(value))
        elif name in SPANS:
            seconds = check_number(name, value, unit="number of seconds")
            setattr(options, name, int(min(seconds, LONGEST) * 1e6))
        elif not (number := check_number(name, value, unit="whole number")).is_integer():
            raise ConfigError(f"{name} must be a whole number, got {value!r}")
        else:
            setattr(options, name, int(min(number, 2.0**62)))
    return options


def columns_of(events: Events) -> Columns:
    """The columns of a log as the core takes them: visitor, item, time, type, and where it has
    them session, event id, value and consent.
    """
    check_events(events)
    event_ids = Dictionary()
    event_id = events.extra.get("event_id")
    return (
        np.ascontiguousarray(events.visitor, dtype=np.uint32),
        events._visitors,
        np.ascontiguousarray(events.item, dtype=np.uint32),
        events._items,
        np.ascontiguousarray(events.time, dtype=np.int64),
        np.ascontiguousarray(events.type, dtype=np.uint8),
        None if events.session is None else np.ascontiguousarray(events.session, dtype=np.uint32),
        events._sessions,
        None if event_id is None else ids(event_id, event_ids, "event_id"),
        event_ids,
        None if events.value is None else np.ascontiguousarray(events.value, dtype=np.float32),
        consent_of(events),
    )


def closed(*given: object, **named: object) -> NoReturn:
    """Every call of a closed engine."""
    raise ConfigError("this engine is closed: aisle.Engine(bundle) makes another")
