"""Content of items against short references: words, weights, the SVD, and what cannot be read."""

from __future__ import annotations

import itertools
import math
import unicodedata
from collections import Counter
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import aisle
from aisle.content import ContentModel
from aisle.content.encoder import Encoder, Weights
from aisle.content.model import _catalog
from aisle.content.sparse import Csr, right_vectors, unit
from aisle.content.texts import characters_of, hash_of, words_of

TEAS = {
    "id": ["a", "b", "c", "d", "e"],
    "title": ["Red tea pot", "Blue tea pot", "Garden chair", None, "Oak garden chair"],
    "brand": ["x", "x", "y", "y", "z"],
    "tags": [["kitchen"], ["kitchen", "gift"], ["garden"], None, ["garden"]],
    "price": [10.0, 12.0, 90.0, None, 95.0],
}
WORDS = ["tea", "pot", "red", "café", "Über", "x1", "chair", "茶", "壶"]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=6)


def test_words_are_letters_and_digits_of_any_script() -> None:
    assert words_of("T-LIGHT holder (500ml)!") == ["t", "light", "holder", "500ml"]
    assert words_of("Crème Brûlée") == words_of("CREME brulee") == ["creme", "brulee"]
    assert words_of("Straße") == ["strasse"]
    assert words_of("Чёрный чай") == ["черныи", "чаи"]
    assert words_of("हिन्दी") == ["हिन्दी"]  # signs that are part of the word stay
    assert words_of("茶壶 tea") == ["茶", "壶", "tea"]
    assert words_of("🫖 … \0") == []
    assert words_of("x" * 100) == ["x" * 40]


@given(st.text())
def test_any_text_is_read_and_case_and_accents_do_not_count(text: str) -> None:
    words = words_of(text)
    assert all(words)
    assert words == words_of(unicodedata.normalize("NFD", text))
    assert words_of(" ".join(words)) == words
    for word in words:
        assert 0 <= hash_of("w", word) < 2**32


def test_hashes_never_change() -> None:
    """They are written into bundles."""
    assert hash_of("w", "tea") == crc32(b"w\0tea") == 4229416290
    assert characters_of("pot") == ["<po", "pot", "ot>", "<pot", "pot>", "<pot>"]
    assert characters_of("x") == []


@given(st.lists(TEXTS, min_size=1, max_size=8))
def test_weights_of_words_are_those_of_a_short_reference(rows: list[list[str]]) -> None:
    texts = [" ".join(row) for row in rows]
    catalog = _catalog({"id": list(range(len(rows))), "title": [text or None for text in texts]})
    if "title" not in catalog.columns():
        return
    items = np.arange(len(rows), dtype=np.uint32)
    weights = Weights(words=2.0, characters=0.0, attributes=0.0, numbers=0.0)
    encoder = Encoder.fit(catalog, items, {"title": "text"}, weights, 1000)
    sparse = encoder.transform(catalog, items)

    def features(text: str) -> Counter[int]:
        words = words_of(text)
        pairs = [f"{a} {b}" for a, b in itertools.pairwise(words)]
        return Counter([hash_of("w", w) for w in words] + [hash_of("p", p) for p in pairs])

    counted = [features(text) for text in texts]
    everywhere = Counter(one for row in counted for one in row)
    for row, counts in enumerate(counted):
        weight = {
            one: (1 + math.log(tf)) * (math.log((1 + len(rows)) / (1 + everywhere[one])) + 1)
            for one, tf in counts.items()
        }
        length = math.sqrt(sum(value**2 for value in weight.values()))
        at = slice(sparse.offsets[row], sparse.offsets[row + 1])
        found = dict(
            zip(encoder.features[sparse.columns[at]].tolist(), sparse.values[at], strict=True)
        )
        assert found == pytest.approx({one: 2 * w / length for one, w in weight.items()}, rel=1e-5)


@given(st.integers(0, 2**32 - 1))
def test_sparse_products_are_the_dense_ones(seed: int) -> None:
    rng = np.random.default_rng(seed)
    dense = rng.normal(size=(rng.integers(1, 9), rng.integers(1, 9))).astype(np.float32)
    dense *= rng.random(dense.shape) < 0.4
    rows, columns = np.nonzero(dense)
    offsets = np.r_[0, np.cumsum(np.bincount(rows, minlength=len(dense)))]
    sparse = Csr(offsets, columns, dense[rows, columns], dense.shape[1])
    x = rng.normal(size=(dense.shape[1], 3)).astype(np.float32)
    y = rng.normal(size=(len(dense), 3)).astype(np.float32)
    np.testing.assert_allclose(sparse.dot(x), dense @ x, atol=1e-5)
    np.testing.assert_allclose(sparse.transposed().dot(y), dense.T @ y, atol=1e-5)
    some = rng.integers(0, len(dense), 4)
    np.testing.assert_allclose(sparse.take(some).dot(x), dense[some] @ x, atol=1e-5)


def test_right_vectors_are_those_of_the_svd() -> None:
    rng = np.random.default_rng(0)
    dense = (rng.normal(size=(60, 8)) @ rng.normal(size=(8, 40))).astype(np.float32)
    rows, columns = np.nonzero(dense)
    offsets = np.r_[0, np.cumsum(np.bincount(rows, minlength=60))]
    sparse = Csr(offsets, columns, dense[rows, columns], 40)
    found = right_vectors(sparse, 5, seed=1)
    exact = np.linalg.svd(dense)[2][:5].T
    np.testing.assert_allclose(np.abs(found.T @ exact), np.eye(5), atol=1e-3)
    beyond = right_vectors(sparse, 12, seed=1)
    assert np.abs(beyond[:, 8:]).max() < 1e-6  # of rank 8


def test_alike_items_are_near_and_new_words_do_not_matter() -> None:
    model = ContentModel().fit(TEAS)
    assert model.columns_ == {
        "title": "text", "brand": "attribute", "tags": "attribute", "price": "number",
    }  # fmt: skip
    assert model.similar("a", k=1)[0].tolist() == ["b"]
    assert model.similar("e", k=1)[0].tolist() == ["c"]
    ids, cosines = model.similar("a", k=10)
    assert "a" not in ids
    assert np.all(np.diff(cosines) <= 0)
    new = model.transform({"id": ["n", "m"], "title": ["green tea pot xyzzy", "xyzzy"]})
    rows = model.transform(TEAS)
    assert np.argmax(rows @ new[0]) in (0, 1)
    assert not new[1].any()
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_the_same_items_give_the_same_vectors() -> None:
    first, again = ContentModel().fit(TEAS), ContentModel().fit(TEAS)
    np.testing.assert_array_equal(first.transform(TEAS), again.transform(TEAS))
    assert first.get_params() == again.get_params()
    assert repr(first.set_params(dim=3)).startswith("ContentModel(columns=None, dim=3")


def test_vectors_of_an_encoder_stand_beside_the_words() -> None:
    ids = ["a", "c", "nobody"]
    rows = np.array([[1.0, 0], [5, 0], [1, 1]])
    alone = ContentModel().fit(TEAS).similar("a", k=1)[0].tolist()
    brought = ContentModel(vectors=(ids, rows), brought=9.0).fit(TEAS)
    assert alone == ["b"]
    assert brought.similar("a", k=1)[0].tolist() == ["c"]
    only = ContentModel(vectors=(["a", "b", "c"], np.eye(3)[[0, 0, 1]]), columns=[])
    assert only.fit(TEAS).similar("a", k=1)[0].tolist() == ["b"]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"columns": ["titel"]}, aisle.ConfigError, "titel.*title"),
        ({"columns": {"title": "number"}}, aisle.ConfigError, '"title".*read as number'),
        ({"columns": {"title": "words"}}, aisle.ConfigError, "words"),
        ({"columns": "title"}, aisle.ConfigError, "list of names"),
        ({"dim": 0}, aisle.ConfigError, "dim.*0"),
        ({"words": -1}, aisle.ConfigError, "words.*-1"),
        ({"vectors": (["a"], [[np.nan, 1]])}, aisle.DataError, "'a'.*not finite"),
        ({"vectors": (["a", "b"], [[1.0]])}, aisle.ConfigError, "each of 2 ids"),
        ({"vectors": [[1.0]]}, aisle.ConfigError, "pair of ids"),
    ],
)
def test_what_does_not_hold_is_named(options: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ContentModel(**options).fit(TEAS)


def test_what_has_no_content_says_so() -> None:
    with pytest.raises(aisle.DataError, match="no item has a text"):
        ContentModel().fit({"id": ["a", "b"], "stock": [1, 2]})
    with pytest.raises(aisle.ConfigError, match="not fitted"):
        ContentModel().transform(TEAS)
    with pytest.raises(aisle.DataError, match="'zzz' was not fitted"):
        ContentModel().fit(TEAS).similar("zzz")
    model = ContentModel(columns=["title"]).fit(TEAS)
    with pytest.raises(aisle.DataError, match="'d' has no content"):
        model.similar("d")
    with pytest.raises(aisle.ConfigError, match="colums"):
        model.set_params(colums=[])


def test_unit_rows_of_zeros_stay() -> None:
    np.testing.assert_allclose(unit(np.array([[3.0, 4], [0, 0]])), [[0.6, 0.8], [0, 0]])
