"""`ContentModel`: what items are, as vectors: texts, attributes, prices, vectors of an encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from aisle._core import Catalog, ConfigError, DataError
from aisle.attributes import add_items, as_items
from aisle.content.columns import Numbers, Use, uses_of
from aisle.content.encoder import Encoder, Weights
from aisle.content.sparse import Floats, right_vectors, unit
from aisle.models._base import check_k, check_number
from aisle.models._params import Parameters

if TYPE_CHECKING:
    from aisle.events import Items

LEARNED_FROM = 20_000  # items for the SVD; more change its directions little
Vectors = tuple[Sequence[Any], npt.NDArray[Any]]


class ContentModel(Parameters):
    """Items as vectors of what they are, so that alike items lie near: nothing is downloaded.

    Texts are cut into words, pairs of neighbouring words, and n-grams of 3 to 5 characters inside
    words, in any script, accents and case folded; attributes are their values; a price is shared
    out between quantiles of its logarithm. Each feature has a hash of 32 bits, a weight of TF-IDF
    (G. Salton, C. Buckley 1988), and a truncated SVD of all rows gives short vectors (S. Deerwester
    et al. 1990). The same items, parameters and seed give the same vectors.

    Parameters
    ----------
    columns
        The columns to read, or a dict of column and ``"text"``, ``"attribute"`` or ``"number"``.
        None: texts, categories, labels and the price.
    dim
        Length of the vectors of the SVD, 1 to 1,024.
    words, characters, attributes, numbers
        Weights of the four blocks; 0 leaves one out.
    vectors
        Vectors that the shop brings, of any text or image encoder: a pair of ids and an array of
        shape (ids, any). They stand beside the others with the weight ``brought``.
    brought
        Weight of those beside the SVD's.
    features
        The most frequent features that are kept: ``dim`` bytes each.
    seed
        Of the SVD.

    Attributes
    ----------
    columns_ : dict
        What each column was read as.
    dim_ : int
        Length of the vectors: that of the SVD and that of the vectors that were brought.

    Examples
    --------
    >>> import aisle
    >>> model = aisle.content.ContentModel().fit({
    ...     "id": ["a", "b", "c"], "title": ["Red tea pot", "Blue teapot", "Garden chair"]})
    >>> model.similar("a", k=1)[0].tolist()
    ['b']
    """

    def __init__(
        self,
        columns: Sequence[str] | Mapping[str, Use] | None = None,
        dim: int = 128,
        *,
        words: float = 1.0,
        characters: float = 0.5,
        attributes: float = 1.0,
        numbers: float = 0.3,
        vectors: Vectors | None = None,
        brought: float = 1.0,
        features: int = 16_384,
        seed: int = 0,
    ) -> None:
        self.columns, self.dim = columns, dim
        self.words, self.characters = words, characters
        self.attributes, self.numbers = attributes, numbers
        self.vectors, self.brought = vectors, brought
        self.features, self.seed = features, seed

    def __repr__(self) -> str:
        shown = {k: v for k, v in self.get_params().items() if k != "vectors"}
        if self.vectors is not None:
            shown["vectors"] = "…"
        return f"ContentModel({', '.join(f'{k}={v!r}' for k, v in shown.items())})"

    def fit(self, items: Items | Any) -> Self:
        """Learn from items: an :class:`aisle.Items`, or what :func:`aisle.read_items` takes.

        Raises
        ------
        ConfigError
            For a parameter outside its domain, or a column that there is not.
        DataError
            For vectors that are not finite or do not fit their ids; for items without content.
        """
        catalog = _catalog(items)
        self._fit(catalog)
        if not self._known.any():
            raise DataError(
                "no item has a text, a category, labels, a price or a vector to learn from; "
                "name the columns by columns=[…]"
            )
        return self

    def transform(self, items: Items | Any) -> Floats:
        """The vectors of items, known or new: float32 of shape (items, `dim_`), of length 1.

        Items without content, or with none that is known, have rows of zeros.
        """
        catalog = _catalog(items)
        self._fitted()
        return self._transform(catalog, np.arange(len(catalog), dtype=np.uint32))

    def similar(self, item: Any, k: int = 10) -> tuple[npt.NDArray[Any], Floats]:
        """The fitted items most like one of them, best first: ids, and cosines of the vectors.

        Raises
        ------
        DataError
            For an item that was not fitted, or has no content.
        """
        check_k(k)
        self._fitted()
        place = self._ids.find(item)
        if place is None or not self._known[place]:
            why = "was not fitted" if place is None else "has no content"
            raise DataError(f"item {item!r} {why}: it is like no other")
        scores = self._rows @ self._rows[place]
        scores[place] = -np.inf
        scores[~self._known] = -np.inf
        order = np.argsort(-scores, kind="stable")[:k]
        order = order[np.isfinite(scores[order])]
        return self._ids.names(order.astype(np.uint32)), scores[order]

    def _fitted(self) -> None:
        if not hasattr(self, "_encoder"):
            raise ConfigError("this ContentModel is not fitted yet: call fit(items) first")

    def _fit(self, catalog: Catalog) -> Floats:
        """Learns from a catalogue and returns the rows of its items."""
        self._check()
        uses = uses_of(catalog, self.columns)
        items = np.arange(len(catalog), dtype=np.uint32)
        weights = Weights(self.words, self.characters, self.attributes, self.numbers)
        self._encoder = Encoder.fit(catalog, items, uses, weights, self.features)
        self.columns_, self._brought = uses, self._own(catalog)
        sparse = self._encoder.transform(catalog, items)
        some = sparse
        if sparse.rows > LEARNED_FROM:
            drawn = np.random.default_rng(self.seed).permutation(sparse.rows)[:LEARNED_FROM]
            some = sparse.take(np.sort(drawn))
        self._axes = right_vectors(some, self.dim, self.seed)
        self._axes = self._axes[:, np.abs(self._axes).max(axis=0, initial=0) > 0]
        self._bytes, self._scale = in_bytes(self._axes)
        self._axes = self._bytes * self._scale[:, None]  # as a bundle has them
        self.dim_ = self._axes.shape[1] + self._brought.shape[1]
        self._rows = self._joined(sparse.dot(self._axes), self._brought)
        self._known = np.abs(self._rows).max(axis=1, initial=0) > 0
        self._ids = catalog.items
        return self._rows

    def _transform(self, catalog: Catalog, items: Numbers, own: Floats | None = None) -> Floats:
        if own is None and self.vectors is not None:
            own = self._own(catalog)[items]
        elif own is None:
            own = np.zeros((len(items), self._brought.shape[1]), np.float32)
        return self._joined(self._encoder.transform(catalog, items).dot(self._axes), own)

    def _joined(self, read: Floats, own: Floats) -> Floats:
        if own.shape[1] == 0:
            return unit(read)
        return unit(np.concatenate([unit(read), np.float32(self.brought) * own], axis=1))

    def _own(self, catalog: Catalog) -> Floats:
        """The vectors that were brought as rows of the catalogue, of length 1; zeros elsewhere."""
        if self.vectors is None:
            return np.zeros((len(catalog), 0), np.float32)
        ids, rows = check_vectors(self.vectors)
        places = catalog.items.lookup(ids)
        found = np.zeros((len(catalog), rows.shape[1]), np.float32)
        there = places < len(catalog)
        found[places[there]] = unit(rows)[there]
        return found

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What a bundle keeps."""
        return {"features": self._encoder.features, "rarity": self._encoder.rarity,
                "axes": self._bytes, "scale": self._scale}  # fmt: skip

    @classmethod
    def _of(cls, told: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        """A model out of a bundle: it reads items, and knows none."""
        model = cls(brought=told["brought"])
        encoder = told["encoder"]
        model._encoder = Encoder.from_dict(encoder, arrays["features"], arrays["rarity"])
        model.columns_ = encoder["columns"]
        model._axes = arrays["axes"] * arrays["scale"][:, None]
        model._brought = np.zeros((0, told["width"]), np.float32)
        model.dim_ = model._axes.shape[1] + told["width"]
        return model

    def _check(self) -> None:
        for name, most in (("dim", 1024), ("features", 1 << 24)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
                raise ConfigError(
                    f"{name} must be a whole number between 1 and {most:,}, got {value!r}"
                )
        for name in ("words", "characters", "attributes", "numbers", "brought"):
            check_number(name, getattr(self, name))


def in_bytes(axes: Floats) -> tuple[npt.NDArray[np.int8], Floats]:
    """Each row in steps of its largest entry / 127: a quarter of the memory."""
    scale = np.abs(axes).max(axis=1, initial=0) / np.float32(127)
    whole = np.rint(axes / np.maximum(scale, 1e-30)[:, None])
    return whole.astype(np.int8), scale.astype(np.float32)


def check_vectors(vectors: Any) -> tuple[list[Any], npt.NDArray[np.float32]]:
    """Ids and their rows.

    Raises
    ------
    ConfigError
        For what is no pair of ids and rows, or of other lengths.
    DataError
        For a value that is not finite; names the item.
    """
    if not isinstance(vectors, tuple) or len(vectors) != 2:
        raise ConfigError("vectors is a pair of ids and an array of shape (ids, any)")
    ids, rows = list(vectors[0]), np.asarray(vectors[1], np.float32)
    if rows.ndim != 2 or len(rows) != len(ids) or rows.shape[1] == 0:
        raise ConfigError(
            f"vectors must have one row for each of {len(ids):,} ids, got the shape {rows.shape}"
        )
    bad = ~np.isfinite(rows).all(axis=1)
    if bad.any():
        row = int(bad.argmax())
        raise DataError(
            f"vectors, row {row + 1} (item {ids[row]!r}) has a value that is not finite; "
            "leave the item out, or give it a row of zeros"
        )
    return ids, rows


def _catalog(items: Any) -> Catalog:
    read = as_items(items)
    catalog = Catalog(read._ids)
    add_items(catalog, read)
    return catalog
