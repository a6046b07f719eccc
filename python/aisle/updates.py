"""What an engine is told of items beside events: attributes, prices, stock, vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from aisle import _core
from aisle._core import ConfigError
from aisle.asking import Asks, Id
from aisle.attributes import add_items, as_items

if TYPE_CHECKING:
    from aisle.bundle import Bundle
    from aisle.content.kept import Kept


class EngineUpdates(Asks):
    """The part of an engine that is told what changed."""

    bundle: Bundle
    _kept: Kept | None = None
    """What reads new items; None where the bundle has no content."""

    def update_items(
        self,
        table: Any,
        *,
        id: str | None = None,  # noqa: A002
        vectors: npt.NDArray[np.float32] | None = None,
    ) -> int:
        """Bring price, stock and other attributes up to date; new items are added.

        Where the bundle has content (docs/content.md), items that no visitor has made known get
        their vector at once, out of all that the catalogue says of them.

        Parameters
        ----------
        table
            An :class:`aisle.Items`, or what :func:`aisle.read_items` takes. None as ``id``: its
            column ``item`` or ``id``.
        vectors
            A row for each row of the table, of the encoder whose vectors the bundle's
            ``ContentModel(vectors=…)`` was given.

        Returns
        -------
        int
            Rows taken over; the next request sees them. A table with a cell or column that does
            not hold is refused whole.

        Raises
        ------
        ConfigError
            For vectors that the bundle's content does not take.
        """
        items = as_items(table, id=id)
        own = None if vectors is None else self._own_vectors(vectors, items.ids.tolist())
        told = _core.Catalog(items._ids)  # all of it is checked here, before a cell is written
        add_items(told, items)
        self.write_items(told)
        if self._kept is not None and (own is not None or self._kept.columns & set(items.columns)):
            self._place(items._ids.translate(self.catalog().items), own)
        return len(items)

    def _own_vectors(self, vectors: Any, ids: list[Any]) -> npt.NDArray[np.float32]:
        from aisle.content.model import check_vectors
        from aisle.content.sparse import unit

        _, rows = check_vectors((ids, vectors))
        width = 0 if self._kept is None else self._kept.brought
        if rows.shape[1] != width:
            raise ConfigError(
                f"vectors have {rows.shape[1]} values an item, the bundle's content takes {width}; "
                "it takes those of the encoder that ContentModel(vectors=…) was fitted with"
            )
        return unit(rows)

    def _place(
        self, items: npt.NDArray[np.uint32], own: npt.NDArray[np.float32] | None = None
    ) -> None:
        """Puts items that visitors did not make known beside their like."""
        kept = self._kept
        new = np.zeros(0, bool) if kept is None else kept.is_new(items)
        if kept is None or not new.any():
            return
        content = kept.content(self.catalog(), items[new], None if own is None else own[new])
        says = np.abs(content).max(axis=1, initial=0) > 0
        for item, row in zip(items[new][says].tolist(), kept.rows(content[says]), strict=True):
            self.add_vector(item, row)

    def _open_content(self) -> None:
        """Reads the bundle's content; items that are newer than the bundle get their vectors."""
        self._kept = None
        if "content" not in self.bundle.manifest:
            return
        from aisle.content.kept import Kept

        self._kept = Kept.of(self.bundle._core)
        if self._kept is not None:
            there = len(self.catalog())
            self._place(np.arange(len(self._kept.has), there, dtype=np.uint32))

    def update_vectors(self, ids: Sequence[Id], vectors: npt.NDArray[np.float32]) -> int:
        """Add the vectors of new items, or replace old ones; the next request sees them.

        Parameters
        ----------
        ids
            The shop's item ids; new ones are added to the catalogue.
        vectors
            float32 of shape (ids, dim), dim as in the bundle, or as ``vector_dim`` said.

        Returns
        -------
        int
            Vectors taken over.

        Raises
        ------
        ConfigError
            When the bundle has no vectors, or the shape does not fit.
        DataError
            For a vector of zeros, or with a value that is not finite.
        """
        rows = np.ascontiguousarray(vectors, dtype=np.float32)
        if rows.ndim != 2 or len(rows) != len(ids):
            raise ConfigError(
                f"vectors must have one row for each of {len(ids):,} ids, got {rows.shape}"
            )
        numbers = self.catalog().items.encode(list(ids))
        if self._kept is not None and rows.shape[1] == self._kept.width > 0:
            from aisle.content.space import joined
            from aisle.content.sparse import unit

            content = self._kept.content(self.catalog(), numbers)
            is_row = np.isfinite(rows).all(axis=1) & (rows != 0).any(axis=1)
            # What is no vector goes on as it is, for the core to refuse.
            rows = np.where(is_row[:, None], joined(unit(rows), content), np.nan)
        for number, row in zip(numbers, rows, strict=True):
            self.add_vector(int(number), row)
        return len(rows)
