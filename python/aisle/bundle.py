"""`Bundle`: what was learned, as one file."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from aisle import _core
from aisle._core import BundleError, ConfigError
from aisle.notebook import facts_table
from aisle.strategy import Strategies

if TYPE_CHECKING:
    from aisle.events import Events
    from aisle.features import FeatureSet
    from aisle.trees import Trees


class Bundle:
    """Everything an engine needs, learned from a log: one safetensors file, memory-mapped.

    Made by :func:`aisle.fit`, opened by :func:`aisle.load`.

    Attributes
    ----------
    manifest : dict
        What it was made from and how: counts, times, versions, the strategy, the scorer.
    strategies : Strategies
        The recipes that engines use unless they are given others: one for each placement.
    """

    def __init__(self, core: _core.Bundle) -> None:
        self._core = core
        try:
            self.manifest: dict[str, Any] = json.loads(core.manifest)
            self.strategies = Strategies(**self.manifest["strategies"])
        except (ValueError, KeyError, TypeError) as error:
            raise BundleError(
                f"{core.path or 'the bundle'}: the manifest holds no strategies ({error}); "
                "is it a bundle of aisle.fit?"
            ) from None

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the bundle: aside, synced, then renamed, so that a reader never meets half a file.

        Raises
        ------
        BundleError
            When it cannot be written; names the path and what the system said.
        """
        self._core.save(os.fspath(path))

    def _catalog(self) -> _core.Catalog:
        return _core.Catalog.from_bundle(self._core)

    @property
    def features(self) -> FeatureSet | None:
        """The features that engines of this bundle count; None where it was fitted without."""
        from aisle.features import FeatureSet

        told = self.manifest.get("features")
        return None if told is None else FeatureSet.from_dict(told)

    def with_trees(self, trees: Trees) -> Bundle:
        """The same with trees that correct the scorer's sum; engines of it score with both.

        Parameters
        ----------
        trees
            Trained on the features of the scorer (``aisle.strategy.FEATURES``), with the weighted
            sum as the score that they start from: :func:`aisle.ranker.train`.

        Raises
        ------
        ConfigError
            When they ask for features that the scorer does not have.
        """
        from aisle.strategy import FEATURES

        if not hasattr(trees, "features_asked"):
            raise ConfigError(f"expected aisle.trees.Trees, got {type(trees).__name__}")
        if trees.features != list(FEATURES):
            strange = [name for name in trees.features if name not in FEATURES]
            first = f"{strange[0]!r} is none of them" if strange else "here they are others"
            raise ConfigError(
                f"the scorer's features are the {len(FEATURES)} of aisle.strategy.FEATURES, in "
                f"that order, and {first}: train on the columns of aisle.ranker.candidates(…)"
            )
        scorer = {**self.manifest.get("scorer", {}), "kind": "trees", "trees": len(trees)}
        manifest = json.dumps({**self.manifest, "scorer": scorer})
        return Bundle(_core.add_trees(self._core, manifest, trees.arrays))

    def _with_features(self, events: Events, features: FeatureSet) -> Bundle:
        """The same with a definition and the counts of items and values after these events."""
        from aisle.features.table import log_columns

        catalog = self._catalog()
        manifest = json.dumps({**self.manifest, "features": features.to_dict()})
        log = log_columns(events, catalog)
        return Bundle(_core.add_features(self._core, manifest, features._core, catalog, *log))

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return self._core.nbytes

    def names(self) -> list[str]:
        """The names of the arrays."""
        return self._core.names()

    def array(self, name: str) -> Any:
        """An array by its name, read-only, without a copy."""
        return self._core.array(name)

    def _facts(self) -> dict[str, str]:
        about = self.manifest.get("log", {})
        return {
            "events": f"{about.get('events', 0):,}",
            "sessions": f"{about.get('sessions', 0):,}",
            "items": f"{about.get('items', 0):,}",
            "until": str(about.get("until", "?")),
            "scorer": str(self.manifest.get("scorer", {}).get("kind", "?")),
            "size": f"{self.nbytes / 1e6:,.1f} MB",
        }

    def __repr__(self) -> str:
        facts = self._facts()
        return (
            f"Bundle({facts['events']} events, {facts['items']} items, until {facts['until']}, "
            f"{facts['size']})"
        )

    def _repr_html_(self) -> str:
        return facts_table("Bundle", self._facts())


def load(path: str | os.PathLike[str]) -> Bundle:
    """Open a bundle by memory map.

    Raises
    ------
    BundleError
        When the file is missing, damaged, of a newer version, or no bundle; names the file and what
        is wrong with it.
    """
    return Bundle(_core.Bundle.open(os.fspath(path)))
