"""What is told beside the log: attributes, vectors, prices, segments, the training log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from aisle._core import ConfigError, UnknownNameError
from aisle.evaluate import beyond
from aisle.evaluate.log import Log, as_log
from aisle.evaluate.protocol import Ranked
from aisle.evaluate.questions import Questions
from aisle.names import unknown

Floats = npt.NDArray[np.float64]
NO_LABEL: Final = 0xFFFFFFFF


@dataclass
class Beside:
    """In the model's item numbers.

    Attributes
    ----------
    labels : float64[items, labels] or None
        How much of each label an item has.
    label : int64[items] or None
        The one label of an item, -1 for none, where it has at most one.
    vectors : float[items, d] or None
    prices : float64[items] or None
    visitors : float64[items] or None
        Visitors of the training log that turned to each item, of `all_visitors`.
    words
        What was told, for the report; and what was wrong with it, for a warning.
    """

    labels: npt.NDArray[Any] | None = None
    label: npt.NDArray[np.int64] | None = None
    vectors: npt.NDArray[Any] | None = None
    prices: Floats | None = None
    visitors: Floats | None = None
    all_visitors: int = 0
    words: dict[str, str] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)

    def add_items(
        self, table: Any, ids: Sequence[Any], label: str | None, price: str | None
    ) -> None:
        """Take labels and prices of an `aisle.Items`."""
        row = _rows({str(name): n for n, name in enumerate(table.ids.tolist())}, ids)
        kinds = {name: one.kind for name, one in table.attributes.items()}
        for name in filter(None, (label, price)):
            if name not in kinds:
                raise UnknownNameError(unknown("attribute", name, kinds))
        named = [name for name, kind in kinds.items() if kind in ("category", "labels")]
        label = label or next(iter(named), None)
        if label is not None:
            self._take_labels(table[label], row, label)
        if price is None and kinds.get("price") == "number":
            price = "price"
        if price is not None:
            values = np.asarray(table[price], np.float64)
            self.prices = np.where(row >= 0, values[np.maximum(row, 0)], np.nan)
            self.words["revenue"] = f"attribute {price!r} of the target"
            missing = int(np.isnan(self.prices).sum())
            if missing:
                self.doubts.append(
                    f"{missing:,} of the model's {len(row):,} items have no {price!r}: their "
                    "targets are left out of the revenue, which would be nan with them"
                )

    def _take_labels(self, values: Any, row: npt.NDArray[np.int64], name: str) -> None:
        told = np.asarray(values, object)
        sets = [_as_set(told[at]) if at >= 0 else () for at in row.tolist()]
        code: dict[str, int] = {}
        pairs = [
            (n, code.setdefault(str(word), len(code))) for n, one in enumerate(sets) for word in one
        ]
        self.labels = np.zeros((len(row), max(len(code), 1)))
        for n, column in pairs:
            self.labels[n, column] = 1.0
        if max((len(one) for one in sets), default=0) <= 1:
            self.label = np.where(self.labels.any(axis=1), self.labels.argmax(axis=1), -1)
        self.words["labels"] = f"attribute {name!r}, {len(code):,} values"

    def add_vectors(self, vectors: Any, ids: Sequence[Any]) -> None:
        """Take a mapping of id to vector, or a pair of ids and a matrix."""
        names, rows = (
            (list(vectors), list(vectors.values())) if isinstance(vectors, Mapping) else vectors
        )
        matrix = np.asarray(rows, np.float64)
        if matrix.ndim != 2 or len(matrix) != len(names):
            raise ConfigError(
                f"vectors= wants one row for each of {len(names):,} ids, got shape {matrix.shape}"
            )
        bad = ~np.isfinite(matrix).all(axis=1)
        if bad.any():
            first = names[int(np.argmax(bad))]
            self.doubts.append(
                f"{int(bad.sum()):,} of {len(matrix):,} vectors hold nan or infinity, the first of "
                f"item {first!r}: diversity would be nan in every list with one; such items are "
                "left out of it"
            )
        row = _rows({str(name): n for n, name in enumerate(np.asarray(names).tolist())}, ids)
        self.vectors = np.where((row >= 0)[:, None], matrix[np.maximum(row, 0)], 0.0)
        self.words["vectors"] = f"{matrix.shape[1]} numbers for each of {len(matrix):,} items"

    def add_train(self, train: Any, ids: Sequence[Any]) -> Log:
        """Count visitors of items in the training log."""
        log = as_log(train)
        code = {str(name): n for n, name in enumerate(ids)}
        of_item = np.array([code.get(str(name), -1) for name in log.items], np.int64)
        there = log.item >= 0
        item = of_item[log.item[there]]
        pairs = np.unique(log.visitor[there][item >= 0] * len(code) + item[item >= 0])
        self.visitors = np.bincount(pairs % max(len(code), 1), minlength=len(code)).astype(float)
        self.all_visitors = len(np.unique(log.visitor[there]))
        return log

    def measure(
        self, ranked: Ranked, asked: Questions, items: int, k: tuple[int, ...]
    ) -> tuple[dict[str, Floats], dict[str, float]]:
        """Values of each list, and of all together: "novelty@20" -> float64[n], or a number."""
        each: dict[str, Floats] = {}
        whole: dict[str, float] = {}
        if ranked.lists is None:
            return each, whole
        counts = ranked.popularity
        for cut in k:
            lists = ranked.lists[:, :cut]
            listed = beyond.exposure(lists, items)
            whole[f"coverage@{cut}"] = float((listed > 0).mean()) if items else float("nan")
            whole[f"gini@{cut}"] = beyond.gini(listed)
            if counts is not None and len(counts) and counts.sum():
                each[f"popularity@{cut}"] = beyond.popularity(lists, counts)
                hits = self._hits(ranked, lists, cut)
                each[f"serendipity@{cut}"] = beyond.serendipity(lists, hits, counts, items)
            if self.visitors is not None:
                each[f"novelty@{cut}"] = beyond.novelty(lists, self.visitors, self.all_visitors)
            elif counts is not None and len(counts) and counts.sum():
                each[f"novelty@{cut}"] = beyond.novelty(lists, counts, float(counts.sum()))
            self._by_items(each, lists, asked, cut)
            self._revenue(each, whole, ranked, cut)
        return each, whole

    def _hits(self, ranked: Ranked, lists: Any, cut: int) -> npt.NDArray[np.bool_]:
        if ranked.found is not None:
            inside: npt.NDArray[np.bool_] = np.isfinite(ranked.found[:, : lists.shape[1]])
            return inside
        same: npt.NDArray[np.bool_] = (lists == ranked.targets[:, None]) & (lists >= 0)
        return same

    def _by_items(self, each: dict[str, Floats], lists: Any, asked: Questions, cut: int) -> None:
        """Diversity and calibration, where labels or vectors were told."""
        if self.vectors is not None:
            each[f"diversity@{cut}"] = beyond.diversity(lists, self.vectors)
        if self.labels is None:
            return
        name = "diversity" if self.vectors is None else "label diversity"
        each[f"{name}@{cut}"] = (
            beyond.diversity(lists, self.labels)
            if self.label is None
            else beyond.label_diversity(lists, self.label)
        )
        each[f"calibration@{cut}"] = beyond.calibration(
            lists, asked.begin, asked.at, asked.item, self.labels
        )

    def _revenue(
        self, each: dict[str, Floats], whole: dict[str, float], ranked: Ranked, cut: int
    ) -> None:
        """Price of the targets that were among the first k: for each target, and as a share."""
        if self.prices is None or ranked.found is not None:
            return
        item = np.maximum(ranked.targets, 0)
        price = np.where(ranked.targets >= 0, self.prices[item], np.nan)
        hit = (ranked.ranks > 0) & (ranked.ranks <= cut)
        each[f"revenue@{cut}"] = np.where(np.isnan(price), np.nan, price * hit)
        total = float(np.nansum(price))
        share = float(np.nansum(price * hit)) / total if total else float("nan")
        whole[f"revenue-weighted HR@{cut}"] = share


def segment_names(segments: Any, log: Log, rows: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    """Segment of each row: from a mapping by visitor, or a column of the test log."""
    if isinstance(segments, Mapping):
        by_name = {str(visitor): str(name) for visitor, name in segments.items()}
        of_visitor = np.array([by_name.get(str(v), "none") for v in log.visitors], object)
        return of_visitor[log.visitor[rows]].astype(str)
    column = np.asarray(segments)
    if column.shape != (len(log),):
        raise ConfigError(
            f"segments= wants a mapping of visitor to segment, or one name for each of the "
            f"{len(log):,} test events; got shape {column.shape}"
        )
    return column[rows].astype(str)


def _rows(place: Mapping[str, int], ids: Sequence[Any]) -> npt.NDArray[np.int64]:
    return np.array([place.get(str(name), -1) for name in ids], np.int64)


def _as_set(value: Any) -> tuple[Any, ...]:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ()
    return tuple(value) if isinstance(value, list | tuple | set | np.ndarray) else (value,)
