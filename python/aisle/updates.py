"""What an engine is told of items beside events: attributes, prices, stock, vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from aisle import _core
from aisle._core import ConfigError
from aisle.asking import Asks, Id
from aisle.attributes import add_items, as_items


class EngineUpdates(Asks):
    """The part of an engine that is told what changed."""

    def update_items(self, table: Any, *, id: str | None = None) -> int:  # noqa: A002
        """Bring price, stock and other attributes up to date; new items are added.

        Parameters
        ----------
        table
            An :class:`aisle.Items`, or what :func:`aisle.read_items` takes. None as ``id``: its
            column ``item`` or ``id``.

        Returns
        -------
        int
            Rows taken over; the next request sees them. A table with a cell or column that does
            not hold is refused whole.
        """
        items = as_items(table, id=id)
        told = _core.Catalog(items._ids)  # all of it is checked here, before a cell is written
        add_items(told, items)
        self.write_items(told)
        return len(items)

    def update_vectors(self, ids: Sequence[Id], vectors: npt.NDArray[np.float32]) -> int:
        """Add the vectors of new items, or replace old ones; the next request sees them.

        Parameters
        ----------
        ids
            The shop's item ids; new ones are added to the catalogue.
        vectors
            float32 of shape (ids, dim), dim as in the bundle.

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
        for number, row in zip(self.catalog().items.encode(list(ids)), rows, strict=True):
            self.add_vector(int(number), row)
        return len(rows)
