"""The vector index and the item vectors against NumPy."""

import threading

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

import aisle._core as core
from aisle._core import SvdWeighting, VectorIndex, VectorKind

Floats = npt.NDArray[np.float32]
KINDS = [VectorKind.EXACT, VectorKind.IVF, VectorKind.HNSW]


def random_rows(count: int, dim: int, seed: int) -> Floats:
    return np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)


def reference(rows: Floats, query: Floats, allowed: npt.NDArray[np.bool_]) -> dict[int, float]:
    """Cosine of the query with every allowed row."""
    cosines = rows @ query / np.linalg.norm(rows, axis=1) / np.linalg.norm(query)
    return {int(i): float(cosines[i]) for i in np.flatnonzero(allowed)}


@given(
    count=st.integers(1, 60),
    dim=st.integers(1, 20),
    seed=st.integers(0, 1000),
    k=st.integers(1, 70),
    share=st.floats(0, 1),
    added=st.integers(0, 20),
)
def test_exact_search_is_a_sorted_cosine(
    count: int, dim: int, seed: int, k: int, share: float, added: int
) -> None:
    rng = np.random.default_rng(seed)
    rows = random_rows(count + added, dim, seed)
    index = VectorIndex(np.arange(count, dtype=np.uint32), rows[:count].copy(), side_rows=7)
    for item in range(count, count + added):
        index.add(item, rows[item].copy())
    allowed = rng.random(count + added) <= share
    query = rng.normal(size=dim).astype(np.float32)
    expected = reference(rows, query, allowed)

    items, scores = index.search(query, k, allowed)

    assert len(items) == min(k, len(expected))
    assert len(set(items.tolist())) == len(items)
    np.testing.assert_allclose(scores, [expected[i] for i in items.tolist()], atol=1e-5)
    best = sorted(expected.values(), reverse=True)[: len(items)]
    np.testing.assert_allclose(scores, best, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_batch_equals_single_on_any_number_of_threads(kind: VectorKind) -> None:
    rows = random_rows(2000, 16, 3)
    index = VectorIndex(np.arange(2000, dtype=np.uint32), rows, kind=kind)
    queries = random_rows(50, 16, 4)
    items, scores, _ = index.search_batch(queries, 10)
    for other in (2, 5):
        np.testing.assert_array_equal(items, index.search_batch(queries, 10, threads=other)[0])
    for row, query in enumerate(queries):
        single = index.search(query.copy(), 10)
        np.testing.assert_array_equal(items[row], single[0])
        np.testing.assert_array_equal(scores[row], single[1])


@pytest.mark.parametrize("kind", KINDS)
def test_bytes_bring_back_the_same_answers(kind: VectorKind) -> None:
    rows = random_rows(1000, 8, 5)
    index = VectorIndex(np.arange(1000, dtype=np.uint32), rows, kind=kind)
    data = index.serialize()
    copy = VectorIndex.deserialize(data)
    assert (copy.kind, copy.recall, copy.effort) == (kind, index.recall, index.effort)
    assert len(copy) == len(index) == 1000
    query = random_rows(1, 8, 6)[0].copy()
    np.testing.assert_array_equal(copy.search(query, 50)[0], index.search(query, 50)[0])
    with pytest.raises(OSError, match="checksum"):
        VectorIndex.deserialize(data[:-1] + bytes([data[-1] ^ 1]))


@pytest.mark.parametrize("kind", KINDS)
def test_searches_beside_adds_see_no_halves(kind: VectorKind) -> None:
    rows = random_rows(500, 8, 7)
    index = VectorIndex(np.arange(500, dtype=np.uint32), rows, kind=kind, side_rows=32)
    fresh = random_rows(300, 8, 8)

    def grow() -> None:
        for i, row in enumerate(fresh):
            index.add(450 + i % 100, row.copy())

    writer = threading.Thread(target=grow)
    writer.start()
    while writer.is_alive():
        items, scores, _ = index.search_batch(fresh, 20)
        assert np.all(np.abs(scores) <= 1.0001)
        assert all(len(set(row)) == 20 for row in items.tolist())
    writer.join()
    assert len(index) == 550


@pytest.mark.parametrize("every", [1, 4])
def test_cells_find_what_numpy_finds_on_any_page(every: int) -> None:
    rng = np.random.default_rng(11)
    centres = np.repeat(rng.normal(size=(120, 12)), 100, axis=0)
    rows = (centres + 0.5 * rng.normal(size=(12_000, 12))).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    index = VectorIndex(np.arange(12_000, dtype=np.uint32), rows, kind=VectorKind.IVF)
    group = np.arange(12_000) // 100
    found = 0
    for item in range(0, 12_000, 240):
        allowed = (group != group[item]) & (group % every == 0)
        scores = np.where(allowed, rows @ rows[item], -2.0)
        best = set(np.argsort(-scores)[:20].tolist())
        found += len(best & set(index.search(rows[item].copy(), 20, allowed)[0].tolist()))
    assert found >= 0.95 * 20 * 50


def test_wrong_shapes_and_dtypes_are_refused() -> None:
    rows = random_rows(10, 4, 9)
    items = np.arange(10, dtype=np.uint32)
    with pytest.raises(TypeError):
        VectorIndex(items, rows.astype(np.float64))
    with pytest.raises(ValueError, match="need 36 values"):
        VectorIndex(items[:9].copy(), rows)
    index = VectorIndex(items, rows)
    with pytest.raises(ValueError, match="4 values, got 3"):
        index.search(rows[0, :3].copy(), 5)
    with pytest.raises(ValueError, match="zero or not finite"):
        index.add(3, np.zeros(4, dtype=np.float32))


def test_item_vectors_span_what_numpys_svd_spans() -> None:
    rng = np.random.default_rng(10)
    factors = rng.random((60, 4)).astype(np.float32)
    dense = factors @ factors.T
    offsets = np.arange(61, dtype=np.uint64) * np.uint64(60)
    columns = np.tile(np.arange(60, dtype=np.uint32), 60)
    seen: list[float] = []
    found = core.item_vectors(
        offsets, columns, dense.ravel(), dim=4, weighting=SvdWeighting.NONE, progress=seen.append
    )
    left, singular, _ = np.linalg.svd(dense)
    expected = left[:, :4] * np.sqrt(singular[:4])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, atol=5e-3)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_an_error_in_the_progress_ends_the_factorisation() -> None:
    def stop(done: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        core.item_vectors(
            np.array([0, 1, 2], dtype=np.uint64),
            np.array([1, 0], dtype=np.uint32),
            np.ones(2, dtype=np.float32),
            dim=2,
            progress=stop,
        )
