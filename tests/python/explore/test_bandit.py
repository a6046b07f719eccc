"""Bandits against other libraries' numbers, frequencies and short references."""

import csv
import json
import threading
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aisle._core as core
from aisle._core import Bandit, BanditPolicy

Values = npt.NDArray[np.float64]
ARMS = np.arange(5, dtype=np.uint64)
LINEAR = {BanditPolicy.LIN_UCB, BanditPolicy.LIN_TS}
POLICIES = list(BanditPolicy)


def make(policy: BanditPolicy, **options: float) -> Bandit:
    return Bandit(policy, **({"dim": 3} if policy in LINEAR else {}), **options)  # type: ignore[arg-type]


def context_of(policy: BanditPolicy, rng: np.random.Generator) -> Values | None:
    return rng.normal(size=3) if policy in LINEAR else None


def taught(policy: BanditPolicy, rounds: int, seed: int = 0, **options: float) -> Bandit:
    bandit, rng = make(policy, **options), np.random.default_rng(seed)
    for _ in range(rounds):
        arm = int(rng.integers(len(ARMS)))
        bandit.update(arm, float(rng.random() < (arm + 1) / 8), context_of(policy, rng))
    return bandit


@pytest.fixture(scope="module")
def log(golden: Path) -> list[dict[str, str]]:
    """The first 400 rounds of the log that MABWiser was given."""
    with (golden / "ope_golden.csv").open() as file:
        return list(csv.DictReader(file))[:400]


@pytest.fixture(scope="module")
def known(golden: Path) -> dict[str, list[list[float]]]:
    found: dict[str, list[list[float]]] = json.loads((golden / "b_bandit.json").read_text())
    return found


def test_lin_ucb_is_mabwisers(
    log: list[dict[str, str]], known: dict[str, list[list[float]]]
) -> None:
    bandit = Bandit(BanditPolicy.LIN_UCB, dim=4, alpha=1.25, ridge=1.0)
    contexts = np.eye(4)
    contexts[:, 0] = 1.0
    for row in log:
        bandit.update(int(row["action"]), float(row["reward"]), contexts[int(row["ctx"])])
    for context, expected in zip(contexts, known["linucb_1.25"], strict=True):
        np.testing.assert_allclose(bandit.expectations(ARMS, context), expected, atol=1e-12)


def test_thompson_and_ucb1_are_those_of_the_log(
    log: list[dict[str, str]], known: dict[str, list[list[float]]]
) -> None:
    thompson, ucb1 = Bandit(BanditPolicy.THOMPSON_BETA), Bandit(BanditPolicy.UCB1, alpha=1.25)
    for row in log:
        thompson.update(int(row["action"]), float(row["reward"]))
        ucb1.update(int(row["action"]), float(row["reward"]))
    np.testing.assert_allclose(thompson.probabilities(ARMS), known["thompson_pbest"], atol=1e-8)
    bounds = dict(known["ucb1_1.25"])  # type: ignore[arg-type]
    expected = [bounds[str(arm)] for arm in range(5)]
    np.testing.assert_allclose(ucb1.expectations(ARMS), expected, atol=1e-12)


@settings(max_examples=30)
@given(
    counts=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=2, max_size=6),
    gaussian=st.booleans(),
)
def test_thompson_propensities_are_the_integral(
    counts: list[tuple[int, int]], gaussian: bool
) -> None:
    bandit = Bandit(
        BanditPolicy.THOMPSON_GAUSSIAN if gaussian else BanditPolicy.THOMPSON_BETA, noise=0.4
    )
    for arm, (hits, misses) in enumerate(counts):
        for reward in [1.0] * hits + [0.0] * misses:
            bandit.update(arm, reward)
    arms = np.arange(len(counts), dtype=np.uint64)
    x = np.linspace(-6.0, 6.0, 40_001) if gaussian else np.linspace(0.0, 1.0, 40_001)[1:-1]
    step = x[1] - x[0]
    density = []
    for hits, misses in counts:
        if gaussian:
            precision = 1 + (hits + misses) / 0.16
            log = -0.5 * precision * (x - hits / 0.16 / precision) ** 2
        else:
            log = hits * np.log(x) + misses * np.log1p(-x)
        top = np.exp(log - log.max())
        density.append(top / top.sum())
    below = [np.cumsum(d) - d / 2 for d in density]
    expected = [
        np.sum(d * np.prod([b for j, b in enumerate(below) if j != i], axis=0))
        for i, d in enumerate(density)
    ]
    np.testing.assert_allclose(bandit.probabilities(arms), expected, atol=20 * step)


@pytest.mark.parametrize("policy", POLICIES)
def test_probabilities_are_how_often(policy: BanditPolicy) -> None:
    bandit, rng = taught(policy, 40), np.random.default_rng(1)
    context = context_of(policy, rng)
    expected = 4000 * bandit.probabilities(ARMS, context)
    seen = np.zeros(5)
    for seed in range(4000):
        arms, propensities = bandit.choose(ARMS, 1, seed, context)
        seen[arms[0]] += 1
        assert propensities[0] == pytest.approx(expected[arms[0]] / 4000, abs=1e-9)
    often = expected >= 5
    assert np.all(seen[~often] < 25)
    chi_square = float(np.sum((seen[often] - expected[often]) ** 2 / expected[often]))
    assert chi_square < 18.5, (seen, expected)  # four degrees of freedom: once in a thousand


@pytest.mark.parametrize("policy", POLICIES)
def test_save_and_restore_choose_the_same(policy: BanditPolicy) -> None:
    bandit, rng = taught(policy, 60, half_life=20.0), np.random.default_rng(2)
    twin = Bandit.restore(bandit.save())
    assert (twin.policy, twin.updates, len(twin)) == (policy, 60, len(bandit))
    for seed in range(20):
        context = context_of(policy, rng)
        for ours, theirs in zip(
            bandit.choose(ARMS, 3, seed, context), twin.choose(ARMS, 3, seed, context), strict=True
        ):
            assert ours.tolist() == theirs.tolist()
        bandit.update(1, 1.0, context)
        twin.update(1, 1.0, context)


@given(st.binary(max_size=300))
def test_restore_refuses_what_save_never_wrote(data: bytes) -> None:
    with pytest.raises(core.BundleError, match="saved bandit"):
        Bandit.restore(data)


def test_a_late_click_corrects_what_was_shown() -> None:
    bandit = Bandit(BanditPolicy.THOMPSON_BETA)
    bandit.update(7, 0.0)
    assert bandit.correct(7, 1.0)
    assert not bandit.correct(8, 1.0)
    assert bandit.expectations(np.array([7, 8], np.uint64)).tolist() == [2 / 3, 1 / 2]


def test_refuses_what_cannot_be_meant() -> None:
    with pytest.raises(core.ConfigError, match=r"epsilon must be within \[0, 1\], got 2"):
        Bandit(BanditPolicy.EPSILON_GREEDY, epsilon=2.0)
    with pytest.raises(core.ConfigError, match=r"dim must be within \[1, 64\], got 0"):
        Bandit(BanditPolicy.LIN_TS)
    bandit = make(BanditPolicy.LIN_UCB)
    with pytest.raises(core.DataError, match="context must have 3 values"):
        bandit.choose(ARMS, 1, 0)
    with pytest.raises(core.DataError, match=r"reward must be within \[0, 1\], got 3"):
        Bandit(BanditPolicy.THOMPSON_BETA).update(1, 3.0)
    with pytest.raises(core.DataError, match="got 4 twice"):
        Bandit(BanditPolicy.UCB1).choose(np.array([4, 2, 4], np.uint64), 1, 0)


def test_threads_lose_no_update() -> None:
    bandit = Bandit(BanditPolicy.THOMPSON_BETA)

    def work(seed: int) -> None:
        for i in range(300):
            bandit.update(i % 5, 1.0)
            bandit.choose(ARMS, 2, seed + i)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bandit.updates == 1200
    np.testing.assert_allclose(bandit.expectations(ARMS), 241 / 242, atol=1e-12)
