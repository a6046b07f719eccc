"""Bandits for `bench_bandits.py`: the simulated rewards, and both libraries as players."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from aisle._core import Bandit, BanditPolicy

ARMS = 10
DIM = 8
DELAY = 200
Floats = npt.NDArray[np.float64]


@dataclass
class World:
    """The rewards of one seed: of each step and arm what it would bring, and what is expected."""

    rewards: Floats
    expected: Floats
    contexts: Floats | None = None
    delay: int = 0


def stationary(seed: int, steps: int, delay: int = 0) -> World:
    rng = np.random.default_rng([seed, 1])
    rates = rng.uniform(0.02, 0.3, ARMS)
    expected = np.broadcast_to(rates, (steps, ARMS))
    return World((rng.random((steps, ARMS)) < expected).astype(float), expected, delay=delay)


def drifting(seed: int, steps: int) -> World:
    """Reflected at logits of -4 and 1."""
    rng = np.random.default_rng([seed, 2])
    walk = rng.normal(-1.5, 0.7, ARMS) + np.cumsum(rng.normal(0, 0.02, (steps, ARMS)), axis=0)
    folded = np.abs((walk + 4) % 10 - 5)  # a triangle wave of height 5: 0 at the upper end
    expected = 1 / (1 + np.exp(-(1 - folded)))
    return World((rng.random((steps, ARMS)) < expected).astype(float), expected)


def delayed(seed: int, steps: int) -> World:
    return stationary(seed, steps, DELAY)


def contextual(seed: int, steps: int) -> World:
    rng = np.random.default_rng([seed, 3])
    contexts = np.c_[np.ones(steps), rng.normal(0, 1, (steps, DIM - 1)) / np.sqrt(DIM - 1)]
    expected = contexts @ rng.normal(0, 1, (DIM, ARMS))
    return World(expected + rng.normal(0, 0.5, (steps, 1)), expected, contexts)


class Player(Protocol):
    """What both libraries are to the game."""

    def choose(self, context: Floats | None) -> int: ...

    def learn(self, arm: int, reward: float, context: Floats | None) -> None: ...

    def shown(self, arm: int, context: Floats | None) -> None: ...


class Ours:
    """A `Bandit`; with `at_once` what is shown counts 0 until its reward is known."""

    def __init__(self, policy: BanditPolicy, seed: int, at_once: bool = False, **options: Any):
        self.bandit = Bandit(policy, **options)
        self.arms = np.arange(ARMS, dtype=np.uint64)
        self.seed, self.at_once = seed << 32, at_once
        self.propensity = 1.0

    def choose(self, context: Floats | None) -> int:
        self.seed += 1
        chosen, propensity = self.bandit.choose(self.arms, 1, self.seed, context)
        self.propensity = float(propensity[0])
        return int(chosen[0])

    def probabilities(self, context: Floats | None) -> Floats:
        return self.bandit.probabilities(self.arms, context)

    def shown(self, arm: int, context: Floats | None) -> None:
        if self.at_once:
            self.bandit.update(arm, 0.0, context)

    def learn(self, arm: int, reward: float, context: Floats | None) -> None:
        if self.at_once:
            self.bandit.correct(arm, reward, context)
        else:
            self.bandit.update(arm, reward, context)


class Theirs:
    """A `MAB`, made and fitted with the first rewards by `begin`; `constant` is LinTS' context."""

    def __init__(self, policy: Any, seed: int, constant: bool = False):
        from mabwiser.mab import MAB

        self.mab = MAB(list(range(ARMS)), policy, seed=seed)
        self.constant = np.ones((1, 1)) if constant else None
        self.is_fitted = False

    def choose(self, context: Floats | None) -> int:
        given = self.constant if context is None else context[None]
        return int(self.mab.predict() if given is None else self.mab.predict(given))

    def shown(self, arm: int, context: Floats | None) -> None:
        pass

    def learn(self, arm: int, reward: float, context: Floats | None) -> None:
        given = self.constant if context is None else context[None]
        learn = self.mab.partial_fit if self.is_fitted else self.mab.fit
        self.is_fitted = True
        learn([arm], [reward]) if given is None else learn([arm], [reward], given)
