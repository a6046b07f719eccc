"""From the columns of items to sparse rows: weights of TF-IDF in blocks of a length each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from aisle._core import Catalog
from aisle.content.columns import Numbers, Use, numbers, texts, values
from aisle.content.sparse import Csr, csr_of
from aisle.content.texts import NGrams, hash_of, labels_of

ANCHORS = 8  # of a number: quantiles between which a value is shared out


class Weights(NamedTuple):
    """The length of each block of a row; equal shares of what is there would be all 1."""

    words: float
    characters: float
    attributes: float
    numbers: float


class Block(NamedTuple):
    """Hashed features of items and how much of each there is."""

    offsets: npt.NDArray[np.int64]
    hashes: npt.NDArray[np.uint32]
    amounts: npt.NDArray[np.float32]
    weight: float
    is_counted: bool  # its features have an inverse document frequency


class Encoder:
    """What was learned of the columns: which features count, and how rare each is."""

    def __init__(
        self,
        uses: dict[str, Use],
        weights: Weights,
        anchors: dict[str, list[float]],
        features: npt.NDArray[np.uint32],
        rarity: npt.NDArray[np.float32],
    ) -> None:
        self.uses, self.weights, self.anchors = uses, weights, anchors
        self.features, self.rarity = features, rarity
        self._ngrams = NGrams()

    @classmethod
    def fit(
        cls, catalog: Catalog, items: Numbers, uses: dict[str, Use], weights: Weights, most: int
    ) -> Encoder:
        """The ``most`` most frequent features of these items; of equal ones the smaller hash."""
        anchors = {}
        for name, use in uses.items():
            if use == "number":
                known = numbers(catalog, name, items)
                known = known[~np.isnan(known)]
                if len(known):
                    known = np.unique(np.quantile(known, np.linspace(0, 1, ANCHORS)))
                anchors[name] = [float(one) for one in known]
        empty = np.zeros(0, np.uint32)
        encoder = cls(uses, weights, anchors, empty, np.zeros(0, np.float32))
        found, counts = [], []
        for block in encoder._blocks(catalog, items):
            row = np.repeat(np.arange(len(items), dtype=np.uint64), np.diff(block.offsets))
            pairs = np.unique(row << np.uint64(32) | block.hashes.astype(np.uint64))
            hashes, times = np.unique((pairs & np.uint64(0xFFFFFFFF)), return_counts=True)
            rare = np.log((1 + len(items)) / (1 + times)) + 1 if block.is_counted else 1 + 0 * times
            found.append(hashes.astype(np.uint32))
            counts.append(np.c_[times, rare])
        if not found:
            return encoder
        hashes, first = np.unique(np.concatenate(found), return_index=True)
        told = np.concatenate(counts)[first]
        chosen = np.sort(np.lexsort((hashes, -told[:, 0]))[:most])
        encoder.features = hashes[chosen]
        encoder.rarity = told[chosen, 1].astype(np.float32)
        return encoder

    def transform(self, catalog: Catalog, items: Numbers) -> Csr:
        """A row an item, columns in the order of `features`; each block has its own length."""
        blocks = [self._weighed(block) for block in self._blocks(catalog, items)]
        if not blocks:
            return Csr(np.zeros(len(items) + 1, np.int64), np.zeros(0, np.int64),
                       np.zeros(0, np.float32), len(self.features))  # fmt: skip
        rows = np.concatenate([block.row_numbers() for block in blocks])
        order = np.argsort(rows, kind="stable")
        offsets = np.r_[0, np.cumsum(np.bincount(rows, minlength=len(items)))]
        columns = np.concatenate([block.columns for block in blocks])[order]
        amounts = np.concatenate([block.values for block in blocks])[order]
        return Csr(offsets, columns, amounts, len(self.features))

    def _weighed(self, block: Block) -> Csr:
        """TF-IDF, (1 + log tf) idf, of the known features; a row has the block's length."""
        width, count = len(self.features), len(block.offsets) - 1
        row = np.repeat(np.arange(count), np.diff(block.offsets))
        if width == 0:
            row = row[:0]
            place, known = np.zeros(0, np.int64), np.zeros(len(block.hashes), bool)
        else:
            place = np.minimum(np.searchsorted(self.features, block.hashes), width - 1)
            known = self.features[place] == block.hashes
            row, place = row[known], place[known]
        cells, back = np.unique(row * max(width, 1) + place, return_inverse=True)
        there = np.bincount(back.reshape(-1), block.amounts[known], len(cells))
        row, place = np.divmod(cells, max(width, 1))
        if block.is_counted:
            there = 1 + np.log(np.maximum(there, 1))
        amount = np.asarray(there * self.rarity[place], np.float64)
        length = np.sqrt(np.bincount(row, amount**2, count))
        amount = amount * (block.weight / np.maximum(length, 1e-12)[row])
        offsets = np.r_[0, np.cumsum(np.bincount(row, minlength=count))]
        return Csr(offsets, place, amount.astype(np.float32), width)

    def _blocks(self, catalog: Catalog, items: Numbers) -> list[Block]:
        there = catalog.columns()  # a live one may lack a column that nobody filled yet
        uses = {name: use for name, use in self.uses.items() if name in there}
        of = {use: [n for n, u in uses.items() if u == use] for use in ("text", "attribute")}
        blocks = []
        if of["text"]:
            columns = [texts(catalog, name, items) for name in of["text"]]
            whole = ["\n".join(cells) for cells in zip(*columns, strict=True)]
            for weight, cut in (
                (self.weights.words, self._ngrams.words),
                (self.weights.characters, self._ngrams.characters),
            ):
                if weight > 0:
                    blocks.append(_counted([cut(text) for text in whole], weight))
        if of["attribute"] and self.weights.attributes > 0:
            rows: list[list[int]] = [[] for _ in items]
            for name in of["attribute"]:
                for row, labels in zip(rows, values(catalog, name, items), strict=True):
                    row += labels_of(name, labels)
            blocks.append(_counted(rows, self.weights.attributes))
        for name, anchors in self.anchors.items():
            if anchors and name in uses and self.weights.numbers > 0:
                found = numbers(catalog, name, items)
                blocks.append(_shared(name, found, anchors, self.weights.numbers))
        return blocks

    @classmethod
    def from_dict(
        cls,
        told: dict[str, Any],
        features: npt.NDArray[np.uint32],
        rarity: npt.NDArray[np.float32],
    ) -> Encoder:
        """What `to_dict` told, and the arrays."""
        weights = Weights(**told["weights"])
        return cls(told["columns"], weights, told["anchors"], features, rarity)

    def to_dict(self) -> dict[str, Any]:
        """What is no array."""
        told = {"columns": self.uses, "weights": self.weights._asdict(), "anchors": self.anchors}
        return dict(told)


def _counted(rows: Sequence[Sequence[int]], weight: float) -> Block:
    offsets, hashes = csr_of(rows)
    return Block(offsets, hashes, np.ones(len(hashes), np.float32), weight, True)


def _shared(
    name: str, found: npt.NDArray[np.float64], anchors: list[float], weight: float
) -> Block:
    """Each number shared out to the two anchors beside it: near numbers have near rows."""
    hashes = np.array([hash_of(f"n:{name}", str(i)) for i in range(len(anchors))], np.uint32)
    known = ~np.isnan(found)
    place = np.interp(found[known], anchors, np.arange(len(anchors)))
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, len(anchors) - 1)
    share = place - low
    offsets = np.r_[0, np.cumsum(2 * known)]
    both = hashes[np.stack([low, high], axis=1)].reshape(-1)
    amounts = np.stack([1 - share, share], axis=1).reshape(-1).astype(np.float32)
    return Block(offsets, both, amounts, weight, False)
