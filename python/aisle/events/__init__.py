"""Events and items: from files and tables to columns that the core reads."""

from aisle.events.batches import read_batches
from aisle.events.formats import FORMATS
from aisle.events.items import Attribute, Items, read_items
from aisle.events.reader import read_events
from aisle.events.table import Events
from aisle.events.types import EVENT_TYPES
from aisle.events.writer import write_events

__all__ = [
    "EVENT_TYPES",
    "FORMATS",
    "Attribute",
    "Events",
    "Items",
    "read_batches",
    "read_events",
    "read_items",
    "write_events",
]
