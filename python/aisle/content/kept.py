"""Content in a bundle: put there by `fit`, read by an engine that is told of new items."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt

from aisle import _core
from aisle._core import Bundle, Catalog, ConfigError, VectorIndex
from aisle.content.columns import uses_of
from aisle.content.model import ContentModel
from aisle.content.space import fitted, joined, placed
from aisle.content.sparse import Floats, unit

INDEX = "vectors.index"


def model_for(content: Any, catalog: Catalog) -> ContentModel | None:
    """The model that ``fit(content=)`` means; None: none.

    Raises
    ------
    ConfigError
        For what is no model.
    """
    if content is None or isinstance(content, ContentModel):
        return content
    if content != "auto":
        raise ConfigError(
            f"content is {content!r}; it is 'auto', None or an aisle.content.ContentModel(…)"
        )
    # A price alone says too little of what an item is.
    told = set(uses_of(catalog, None).values()) & {"text", "attribute"}
    return ContentModel() if told else None


def with_content(core: Bundle, model: ContentModel, content: Floats) -> Bundle:
    """The bundle with items in the joined space, and what reads new ones."""
    sessions = np.asarray(core.array("sessions.item_sessions"), np.float64)
    items = np.arange(len(content), dtype=np.uint32)
    behaviour = np.zeros((len(content), 0), np.float32)
    if INDEX in core:
        behaviour = unit(VectorIndex.deserialize(core.array(INDEX).tobytes()).vectors(items))
    rows = fitted(behaviour, sessions, content)
    if not np.abs(rows).max(initial=0) > 0:
        return core
    has = np.abs(behaviour).max(axis=1, initial=0) > 0
    arrays = {name: core.array(name) for name in core.names()}
    arrays[INDEX] = np.frombuffer(VectorIndex(items, rows).serialize(), np.uint8)
    arrays["content.known"] = has.astype(np.uint8)
    arrays |= {f"content.{name}": values for name, values in model._arrays().items()}
    told = {
        "encoder": model._encoder.to_dict(),
        "brought": model.brought,
        "width": model._brought.shape[1],
        "behaviour": behaviour.shape[1],
    }
    manifest = json.dumps({**json.loads(core.manifest), "content": told})
    return _core.make_bundle(manifest, arrays)


class Kept:
    """The content of a bundle as an engine uses it."""

    def __init__(self, core: Bundle, told: dict[str, Any]) -> None:
        names = ("features", "rarity", "axes", "scale")
        arrays = {name: core.array(f"content.{name}") for name in names}
        self.model = ContentModel._of(told, arrays)
        self.columns = frozenset(told["encoder"]["columns"])
        self.width: int = told["behaviour"]
        self.brought: int = told["width"]
        self.has = core.array("content.known").astype(bool)
        self._core = core
        self._index: VectorIndex | None = None

    @classmethod
    def of(cls, core: Bundle) -> Kept | None:
        """None for a bundle without content."""
        told = json.loads(core.manifest).get("content")
        return None if told is None else cls(core, told)

    def is_new(self, items: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
        """Which items have nothing but their content: visitors' behaviour was not fitted."""
        inside = items < len(self.has)
        return ~(inside & self.has[np.where(inside, items, 0)]) if len(self.has) else ~inside

    def content(
        self, catalog: Catalog, items: npt.NDArray[np.uint32], own: Floats | None = None
    ) -> Floats:
        """What items of a live catalogue are; zeros for those that say nothing."""
        return self.model._transform(catalog, items, own)

    def rows(self, content: Floats) -> Floats:
        """Where new items belong."""
        behaviour = np.zeros((len(content), self.width), np.float32)
        if self.width:
            if self._index is None:
                self._index = VectorIndex.deserialize(self._core.array(INDEX).tobytes())
            sessions = np.asarray(self._core.array("sessions.item_sessions"), np.float64)
            behaviour = placed(self._index, self.has, sessions, content, self.width)
        return joined(behaviour, content)
