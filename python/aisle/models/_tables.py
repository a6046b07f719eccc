"""Models whose core is a table: how it comes into a file and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from aisle._core import ItemFactorsModel, ItemRowsModel
from aisle.models._base import Model, check_number
from aisle.models._groups import check_count

Tensors = dict[str, npt.NDArray[Any]]
Rows = tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint32], npt.NDArray[np.float32]]


class RowsModel(Model):
    """A row of neighbours for each item, for sessions weighed by the model's parameters."""

    _core: ItemRowsModel

    def _of_rows(self, rows: Rows) -> ItemRowsModel:
        return ItemRowsModel(
            *rows,
            last_items=check_count("last_items", getattr(self, "last_items", None), none_is=0),
            step_decay=check_number("step_decay", getattr(self, "step_decay", 1.0)),
        )

    def _state(self) -> Tensors:
        return dict(zip(("offsets", "items", "weights"), self._core.parts(), strict=True))

    def _restore(self, arrays: Tensors) -> None:
        self._core = self._of_rows((arrays["offsets"], arrays["items"], arrays["weights"]))
        if self._core.item_count != len(self._items):
            raise ValueError(
                f"array offsets is of {self._core.item_count:,} items, the model has "
                f"{len(self._items):,}"
            )


class FactorsModel(Model):
    """A vector for each item."""

    _core: ItemFactorsModel
    _kept: tuple[str, ...] = ("rows",)  # of rows, inputs and bias, in this order

    def _of_factors(
        self,
        rows: npt.NDArray[np.float32],
        inputs: npt.NDArray[np.float32] | None = None,
        bias: npt.NDArray[np.float32] | None = None,
    ) -> ItemFactorsModel:
        raise NotImplementedError

    def _state(self) -> Tensors:
        found = zip(("rows", "inputs", "bias"), self._core.parts(), strict=True)
        return {name: array for name, array in found if array is not None and name in self._kept}

    def _restore(self, arrays: Tensors) -> None:
        for name in self._kept:
            if arrays[name].dtype != np.float32:
                raise ValueError(f"array {name} holds {arrays[name].dtype}, not float32")
        self._core = self._of_factors(*(arrays[name] for name in self._kept))
        if self._core.item_count != len(self._items):
            raise ValueError(
                f"array rows is of {self._core.item_count:,} items, the model has "
                f"{len(self._items):,}"
            )
