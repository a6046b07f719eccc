"""The rerankers against their textbook definitions."""

import itertools
import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

import aisle._core as core

Floats = npt.NDArray[np.float32]
Mark = Callable[[list[int], int], float]
TOLERANCE = 2e-5  # the core adds floats in another order

strengths = st.sampled_from([0.0, 0.1, 0.35, 0.7, 1.0])
seeds = st.integers(0, 10_000)


def scaled(relevance: Floats) -> npt.NDArray[np.float64]:
    """Within [0, 1]; all 1 where all are equal."""
    values = relevance.astype(np.float64)
    low, span = values.min(), np.ptp(values)
    return (values - low) / span if span > 0 else np.ones(len(values))


def assert_greedy(picked: list[int], pool: int, k: int, mark: Mark) -> None:
    """Each pick has the best mark of those that were left, the earliest where marks are equal."""
    assert len(picked) == min(k, pool)
    assert len(set(picked)) == len(picked)
    for at, place in enumerate(picked):
        before = picked[:at]
        marks = {p: mark(before, p) for p in range(pool) if p not in before}
        assert marks[place] >= max(marks.values()) - TOLERANCE


def make_relevance(rng: np.random.Generator, pool: int) -> Floats:
    """Some distinct, some equal, in no order."""
    return rng.integers(0, 8, pool).astype(np.float32)


def make_vectors(rng: np.random.Generator, pool: int, dim: int) -> Floats:
    rows = rng.normal(size=(pool, dim)).astype(np.float32)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def share_of_columns(columns: list[npt.NDArray[np.uint32]], a: int, b: int) -> float:
    same = [c[a] == c[b] and c[a] != core.NO_VALUE for c in columns]
    return sum(same) / len(columns)


@given(seed=seeds, pool=st.integers(1, 14), k=st.integers(0, 16), strength=strengths)
def test_mmr_is_its_formula(seed: int, pool: int, k: int, strength: float) -> None:
    rng = np.random.default_rng(seed)
    relevance, rows = make_relevance(rng, pool), make_vectors(rng, pool, 4)
    own, similar = scaled(relevance), rows.astype(np.float64) @ rows.T

    def mark(before: list[int], p: int) -> float:
        closest = max((similar[p, j] for j in before), default=0.0)
        return (1 - strength) * own[p] - strength * closest

    picked = core.rerank_mmr(relevance, k, vectors=rows, lambda_=1 - strength)
    assert_greedy(picked.tolist(), pool, k, mark)


def dpp_mark(kernel: npt.NDArray[np.float64], own: npt.NDArray[np.float64], s: float) -> Mark:
    """Log of the ratio of determinants; what spans nothing new is left out of the minor."""

    def mark(before: list[int], p: int) -> float:
        spanning: list[int] = []
        for j in before:
            minor = kernel[np.ix_([*spanning, j], [*spanning, j])]
            if np.linalg.det(minor) > 2e-6 * np.linalg.det(kernel[np.ix_(spanning, spanning)]):
                spanning.append(j)
        volume = np.linalg.det(kernel[np.ix_(spanning, spanning)])
        grown = np.linalg.det(kernel[np.ix_([*spanning, p], [*spanning, p])])
        return (1 - s) * own[p] + s * math.log(max(grown / volume, 1e-6))

    return mark


@given(seed=seeds, pool=st.integers(1, 12), k=st.integers(0, 8), strength=strengths)
def test_dpp_is_the_greatest_determinant(seed: int, pool: int, k: int, strength: float) -> None:
    rng = np.random.default_rng(seed)
    relevance, rows = make_relevance(rng, pool), make_vectors(rng, pool, 10)
    kernel = 0.5 + 0.5 * (rows.astype(np.float64) @ rows.T.astype(np.float64))
    np.fill_diagonal(kernel, 1.0)

    picked = core.rerank_dpp(relevance, k, vectors=rows, strength=strength)

    assert_greedy(picked.tolist(), pool, k, dpp_mark(kernel, scaled(relevance), strength))


@given(seed=seeds, pool=st.integers(1, 10), k=st.integers(0, 10), strength=strengths)
def test_dpp_of_attributes_is_too(seed: int, pool: int, k: int, strength: float) -> None:
    rng = np.random.default_rng(seed)
    relevance = make_relevance(rng, pool)
    columns = [rng.integers(0, 3, pool).astype(np.uint32) for _ in range(3)]
    columns[0][rng.random(pool) < 0.3] = core.NO_VALUE
    kernel = np.array([[share_of_columns(columns, a, b) for b in range(pool)] for a in range(pool)])
    np.fill_diagonal(kernel, 1.0)

    picked = core.rerank_dpp(relevance, k, attributes=columns, strength=strength)

    assert_greedy(picked.tolist(), pool, k, dpp_mark(kernel, scaled(relevance), strength))


aspects = st.lists(st.sets(st.integers(0, 5), max_size=3).map(sorted), min_size=1, max_size=14)


@given(seed=seeds, lists=aspects, k=st.integers(0, 16), strength=strengths, uniform=st.booleans())
def test_xquad_is_its_formula(
    seed: int, lists: list[list[int]], k: int, strength: float, uniform: bool
) -> None:
    rng = np.random.default_rng(seed)
    relevance = make_relevance(rng, len(lists))
    own = scaled(relevance)
    weights = rng.integers(0, 3, 5).astype(np.float32)
    used = sorted(set(itertools.chain(*lists)))
    share = dict(enumerate(weights / weights.sum())) if weights.sum() else {}
    if uniform:
        share = {a: 1 / len(used) for a in used}

    def mark(before: list[int], p: int) -> float:
        open_ = sum(
            share.get(a, 0.0) * own[p] * math.prod(1 - own[j] for j in before if a in lists[j])
            for a in lists[p]
        )
        return (1 - strength) * own[p] + strength * open_

    interest = None if uniform else weights
    picked = core.rerank_xquad(relevance, k, lists, interest=interest, strength=strength)
    assert_greedy(picked.tolist(), len(lists), k, mark)


@given(seed=seeds, lists=aspects, k=st.integers(0, 16), strength=strengths)
def test_calibration_is_its_formula(
    seed: int, lists: list[list[int]], k: int, strength: float
) -> None:
    rng = np.random.default_rng(seed)
    relevance = make_relevance(rng, len(lists))
    own = scaled(relevance)
    weights = rng.integers(0, 3, 5).astype(np.float32)
    target = {a: w / weights.sum() for a, w in enumerate(weights) if w > 0}

    def mark(before: list[int], p: int) -> float:
        slate = [*before, p]
        divergence = 0.0
        for a, wanted in target.items():
            got = sum(1 / len(lists[i]) for i in slate if a in lists[i]) / len(slate)
            divergence += wanted * math.log(wanted / (0.99 * got + 0.01 * wanted))
        return float((1 - strength) * own[p] - strength * divergence)

    picked = core.rerank_calibrated(relevance, k, lists, weights, strength=strength)
    assert_greedy(picked.tolist(), len(lists), k, mark)


@given(seed=seeds, pool=st.integers(1, 14), k=st.integers(0, 16), strength=strengths)
def test_novelty_adds_self_information(seed: int, pool: int, k: int, strength: float) -> None:
    rng = np.random.default_rng(seed)
    relevance = make_relevance(rng, pool)
    counts = rng.integers(0, 50, pool).astype(np.float32)
    total = 500.0
    new = np.log((total + 1) / (counts + 1)) / np.log(total + 1)
    marks = (1 - strength) * scaled(relevance) + strength * new

    picked = core.rerank_novelty(relevance, k, counts, total, strength=strength)

    assert_greedy(picked.tolist(), pool, k, lambda _, p: float(marks[p]))


@given(
    groups=st.lists(st.integers(0, 3), min_size=1, max_size=8),
    limits=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=3, max_size=3),
    k=st.integers(1, 6),
)
def test_exposure_is_the_first_slate_within_its_limits(
    groups: list[int], limits: list[tuple[int, int]], k: int
) -> None:
    limits = [(min(low, high), high) for low, high in limits]
    if sum(low for low, _ in limits) > k:
        return
    masks = np.array([1 << g if g < 3 else 0 for g in groups], dtype=np.uint64)
    pool = len(groups)

    def value(slate: tuple[int, ...]) -> tuple[int, int, list[int]] | None:
        counts = [sum(groups[p] == g for p in slate) for g in range(3)]
        if any(n > high for n, (_, high) in zip(counts, limits, strict=True)):
            return None
        served = sum(min(n, low) for n, (low, _) in zip(counts, limits, strict=True))
        return served, len(slate), [-p for p in slate]

    slates = [s for n in range(k + 1) for s in itertools.combinations(range(pool), n)]
    best = max((s for s in slates if value(s) is not None), key=lambda s: value(s) or (0, 0, []))

    picked = core.rerank_exposed(np.arange(pool, dtype=np.uint32), masks, k, limits)

    assert tuple(picked.tolist()) == best


@given(seed=seeds, pool=st.integers(0, 20), k=st.integers(0, 25))
def test_strength_zero_is_the_order_that_came(seed: int, pool: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    relevance = np.sort(make_relevance(rng, pool))[::-1].copy()
    rows = make_vectors(rng, pool, 3)
    lists = [[int(code)] for code in rng.integers(0, 3, pool)]
    ones = np.ones(3, np.float32)
    counts = rng.integers(0, 9, pool).astype(np.float32)
    as_it_came = list(range(min(k, pool)))
    for picked in (
        core.rerank_mmr(relevance, k, vectors=rows, lambda_=1.0),
        core.rerank_dpp(relevance, k, vectors=rows, strength=0.0),
        core.rerank_xquad(relevance, k, lists, strength=0.0),
        core.rerank_calibrated(relevance, k, lists, ones, strength=0.0),
        core.rerank_novelty(relevance, k, counts, 100.0, strength=0.0),
        core.rerank_exposed(
            np.arange(pool, dtype=np.uint32), np.zeros(pool, dtype=np.uint64), k, []
        ),
    ):
        assert picked.tolist() == as_it_came


ONE = np.ones(1, np.float32)
ROW = np.ones((1, 2), np.float32)
PLACE = np.zeros(1, np.uint32)
GROUP = np.zeros(1, np.uint64)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: core.rerank_dpp(ONE, 1, vectors=ROW, strength=1.5), "strength .* 1.5"),
        (lambda: core.rerank_mmr(ONE, 1, vectors=ROW, lambda_=-1.0), "lambda .* -1"),
        (lambda: core.rerank_dpp(ONE, 1), "either vectors or attributes"),
        (lambda: core.rerank_dpp(ONE, 1, vectors=np.ones((2, 2), np.float32)), "vectors .* 2"),
        (lambda: core.rerank_dpp(ONE * np.nan, 1, vectors=ROW), "relevance must be finite"),
        (lambda: core.rerank_mmr(ONE, 1, attributes=[PLACE, PLACE[:0]]), "attributes .* 0"),
        (lambda: core.rerank_xquad(ONE, 1, []), "aspects .* 0"),
        (lambda: core.rerank_xquad(ONE, 1, [[1 << 31]]), "aspects must be below"),
        (lambda: core.rerank_xquad(ONE, 1, [[0]], interest=-ONE), "interest .* not negative"),
        (lambda: core.rerank_calibrated(ONE, 1, [[0]], ONE, smoothing=0.0), "smoothing .* 0"),
        (lambda: core.rerank_novelty(ONE, 1, ONE, 0.0), "total must be above 0"),
        (lambda: core.rerank_exposed(PLACE, GROUP, 1, [(2, 1)]), "at_least .* 2 and 1"),
        (lambda: core.rerank_exposed(PLACE, GROUP[:0], 1, []), "order .* below 0, got 0"),
        (lambda: core.rerank_exposed(PLACE, GROUP, 1, [(0, None)] * 65), "limits .* 64"),
    ],
)
def test_refuses_what_cannot_be_meant(call: Callable[[], object], message: str) -> None:
    with pytest.raises(core.ConfigError, match=message):
        call()
