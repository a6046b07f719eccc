"""The logs that `read_events` knows by name: each is a mapping, and so one SELECT."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from aisle._core import UnknownNameError
from aisle.events.layouts import Format, near
from aisle.events.logs import LOGS
from aisle.events.services import SERVICES
from aisle.events.trackers import TRACKERS

_ALL: Final = (*LOGS, *TRACKERS, *SERVICES)

FORMATS: Final[Mapping[str, Format]] = MappingProxyType({known.name: known for known in _ALL})
"""Name -> format."""


def format_named(name: str) -> Format:
    """Return the format of that name.

    Raises
    ------
    UnknownNameError
        If there is none; it lists the nearest names.
    """
    known = FORMATS.get(name)
    if known is None:
        raise UnknownNameError(f"there is no format {name!r}: {near(str(name), list(FORMATS))}")
    return known
