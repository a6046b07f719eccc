"""aisle: a real-time recommendation engine for shops, inside a Python process."""

from typing import TYPE_CHECKING, Any

from aisle._core import (
    AisleError,
    BundleError,
    ConfigError,
    DataError,
    ExpressionError,
    StateError,
    UnknownNameError,
    __version__,
)

if TYPE_CHECKING:
    from aisle import (
        content,
        evaluate,
        features,
        hygiene,
        models,
        privacy,
        ranker,
        simulate,
        trees,
        tuning,
    )
    from aisle.bundle import Bundle, load
    from aisle.engine import Engine
    from aisle.events import (
        Events,
        Items,
        read_batches,
        read_events,
        read_items,
        write_events,
    )
    from aisle.explanation import Explanation
    from aisle.fitting import fit
    from aisle.hygiene import check
    from aisle.info import build_info
    from aisle.pages import Page, Widget
    from aisle.sentences import Sentences
    from aisle.slate import Slate
    from aisle.slate_item import SlateItem
    from aisle.state import read_state
    from aisle.strategy import Market, Rule, Strategies, Strategy, read_strategies
    from aisle.tuning import Tuning, tune

__all__ = [
    "AisleError",
    "Bundle",
    "BundleError",
    "ConfigError",
    "DataError",
    "Engine",
    "Events",
    "Explanation",
    "ExpressionError",
    "Items",
    "Market",
    "Page",
    "Rule",
    "Sentences",
    "Slate",
    "SlateItem",
    "StateError",
    "Strategies",
    "Strategy",
    "Tuning",
    "UnknownNameError",
    "Widget",
    "__version__",
    "build_info",
    "check",
    "content",
    "evaluate",
    "features",
    "fit",
    "hygiene",
    "load",
    "models",
    "privacy",
    "ranker",
    "read_batches",
    "read_events",
    "read_items",
    "read_state",
    "read_strategies",
    "simulate",
    "trees",
    "tune",
    "tuning",
    "write_events",
]

# Where each name lives: a service pays for what it uses, when it uses it (PEP 562).
_HOME = {
    "Bundle": "bundle",
    "Engine": "engine",
    "Events": "events",
    "Explanation": "explanation",
    "Items": "events",
    "Page": "pages",
    "Widget": "pages",
    "Sentences": "sentences",
    "Slate": "slate",
    "SlateItem": "slate_item",
    "Market": "strategy",
    "Rule": "strategy",
    "Strategies": "strategy",
    "Strategy": "strategy",
    "read_strategies": "strategy",
    "build_info": "info",
    "check": "hygiene",
    "fit": "fitting",
    "load": "bundle",
    "read_batches": "events",
    "read_events": "events",
    "read_items": "events",
    "read_state": "state",
    "Tuning": "tuning",
    "tune": "tuning",
    "write_events": "events",
}
_SUBPACKAGES = (
    "content",
    "evaluate",
    "features",
    "hygiene",
    "models",
    "privacy",
    "ranker",
    "simulate",
    "trees",
    "tuning",
)


def __getattr__(name: str) -> Any:
    import importlib

    if name in _SUBPACKAGES:
        return importlib.import_module(f"aisle.{name}")
    if name in _HOME:
        found = getattr(importlib.import_module(f"aisle.{_HOME[name]}"), name)
        globals()[name] = found
        return found
    from aisle.names import unknown

    raise AttributeError(unknown("name", name, __all__, of="aisle"))


def __dir__() -> list[str]:
    return __all__
