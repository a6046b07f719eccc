"""Cumulative regret of the bandits, beside MABWiser's same algorithms with the same parameters.

    python benchmarks/python/bench_bandits.py [--peers <python with mabwiser>] [--seeds 7]

Ten arms, each shown once first. Rewards are 0 or 1 with a rate of each arm between .02 and .3, for
the policies with a context a product with eight numbers, plus noise of .1. Three worlds:

stationary  the rates stay
drifting    the rates are drawn anew every 1,000 rounds
delayed     they stay, but a reward comes after 0 to 200 rounds

The regret of a round is the best arm's rate less that of the arm shown; the table has the medians
over the seeds of its sum over all rounds. Both libraries meet the same rates and the same luck.
"half-life" is ours with half_life=300; MABWiser forgets nothing. "at once" is ours with an update
of 0 when an arm is shown and a correction when its reward comes. The last columns are the
microseconds of one round from Python: a choice and what came of it. Ours include the propensity.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

ARMS = 10
DIM = 8
ALPHA = {"ucb1": 0.5, "lin_ucb": 0.3, "lin_ts": 0.1}
EPSILON = 0.1
TEMPERATURE = 0.05
HALF_LIFE = 300.0
POLICIES = (
    "epsilon_greedy", "softmax", "ucb1", "thompson_beta", "thompson_gaussian", "lin_ucb", "lin_ts",
)  # fmt: skip
WORLDS = ("stationary", "drifting", "delayed")
Floats = npt.NDArray[np.float64]


class World:
    """Rates and rewards of every arm in every round, and when a reward comes."""

    def __init__(self, kind: str, linear: bool, rounds: int, seed: int) -> None:
        rng = np.random.default_rng([seed, WORLDS.index(kind), int(linear)])
        length = 1000 if kind == "drifting" else rounds
        parts = -(-rounds // length)
        part = np.arange(rounds) // length
        self.contexts: Floats | None = None
        if linear:
            contexts = rng.normal(size=(rounds, DIM))
            self.contexts = contexts / np.linalg.norm(contexts, axis=1, keepdims=True)
            weights = rng.normal(size=(parts, ARMS, DIM))
            self.rates = np.einsum("td,tad->ta", self.contexts, weights[part])
            self.rewards = self.rates + 0.1 * rng.normal(size=(rounds, ARMS))
        else:
            self.rates = rng.uniform(0.02, 0.3, size=(parts, ARMS))[part]
            self.rewards = (rng.random((rounds, ARMS)) < self.rates).astype(float)
        delays = rng.integers(0, 201, rounds) if kind == "delayed" else np.zeros(rounds, int)
        self.due = np.arange(rounds) + delays


class Player(Protocol):
    """A policy of one library. The rewards of a round come as (arm, reward, context)."""

    def choose(self, context: Floats | None, seed: int) -> int:
        """The arm to show."""

    def shown(self, arm: int, context: Floats | None) -> None:
        """Hears of an arm whose reward is not known yet."""

    def learn(self, arm: int, reward: float, context: Floats | None) -> None:
        """Hears of a reward."""


class Ours:
    """`aisle._core.Bandit`."""

    def __init__(self, policy: str, half_life: float, at_once: bool) -> None:
        from aisle._core import Bandit, BanditPolicy

        self.at_once = at_once
        self.arms = np.arange(ARMS, dtype=np.uint64)
        self.bandit = Bandit(
            BanditPolicy[policy.upper()],
            epsilon=EPSILON,
            temperature=TEMPERATURE,
            alpha=ALPHA.get(policy, 1.0),
            prior_mean=0.15,
            prior_deviation=0.1,
            noise=0.35,
            dim=DIM if policy.startswith("lin_") else 0,
            half_life=half_life,
        )

    def choose(self, context: Floats | None, seed: int) -> int:
        return int(self.bandit.choose(self.arms, 1, seed, context)[0][0])

    def shown(self, arm: int, context: Floats | None) -> None:
        if self.at_once:
            self.bandit.update(arm, 0.0, context)

    def learn(self, arm: int, reward: float, context: Floats | None) -> None:
        if self.at_once:
            self.bandit.correct(arm, reward, context)
        else:
            self.bandit.update(arm, reward, context)


class MabWiser:
    """MABWiser's `MAB`, one partial_fit a reward."""

    def __init__(self, policy: str, seed: int) -> None:
        from mabwiser.mab import (  # type: ignore[import-not-found,unused-ignore]
            MAB,
            LearningPolicy,
        )

        learning = {
            "epsilon_greedy": lambda: LearningPolicy.EpsilonGreedy(EPSILON),
            "softmax": lambda: LearningPolicy.Softmax(TEMPERATURE),
            "ucb1": lambda: LearningPolicy.UCB1(ALPHA["ucb1"]),
            "thompson_beta": lambda: LearningPolicy.ThompsonSampling(),
            "lin_ucb": lambda: LearningPolicy.LinUCB(ALPHA["lin_ucb"], l2_lambda=1.0),
            "lin_ts": lambda: LearningPolicy.LinTS(ALPHA["lin_ts"], l2_lambda=1.0),
        }[policy]()
        self.mab = MAB(list(range(ARMS)), learning, seed=seed)
        self.is_fitted = False

    def choose(self, context: Floats | None, seed: int) -> int:
        contexts = None if context is None else context.reshape(1, -1)
        return int(self.mab.predict(contexts) if contexts is not None else self.mab.predict())

    def shown(self, arm: int, context: Floats | None) -> None:
        """It learns from rewards alone."""

    def learn(self, arm: int, reward: float, context: Floats | None) -> None:
        fit = self.mab.partial_fit if self.is_fitted else self.mab.fit
        fit([arm], [reward], None if context is None else context.reshape(1, -1))
        self.is_fitted = True


def play(world: World, player: Player, seed: int) -> tuple[float, float]:
    """The sum of regrets, and the microseconds a round took. The first rewards come at once."""
    rounds = len(world.rates)
    waiting: dict[int, list[tuple[int, int]]] = {}
    regret = 0.0
    begin = time.perf_counter()
    for now in range(rounds):
        context = None if world.contexts is None else world.contexts[now]
        arm = now if now < ARMS else player.choose(context, seed * rounds + now)
        player.shown(arm, context)
        waiting.setdefault(now if now < ARMS else int(world.due[now]), []).append((now, arm))
        for then, due in waiting.pop(now, []):
            before = None if world.contexts is None else world.contexts[then]
            player.learn(due, float(world.rewards[then, due]), before)
        regret += float(world.rates[now].max() - world.rates[now, arm])
    return regret, (time.perf_counter() - begin) * 1e6 / rounds


Make = Callable[[str, int], Player]
CONTENDERS: dict[str, Make] = {
    "aisle": lambda policy, seed: Ours(policy, 0.0, False),
    "half-life": lambda policy, seed: Ours(policy, HALF_LIFE, False),
    "at once": lambda policy, seed: Ours(policy, 0.0, True),
    "MABWiser": lambda policy, seed: MabWiser(policy, seed),
}
COLUMNS = [
    ("stationary", "aisle"), ("stationary", "MABWiser"),
    ("drifting", "aisle"), ("drifting", "half-life"), ("drifting", "MABWiser"),
    ("delayed", "aisle"), ("delayed", "at once"), ("delayed", "MABWiser"),
]  # fmt: skip


def measure(policy: str, world: str, contender: str, seeds: int, rounds: int) -> dict[str, Any]:
    """The medians over the seeds."""
    found = []
    for seed in range(seeds):
        player = CONTENDERS[contender](policy, seed)
        found.append(play(World(world, policy.startswith("lin_"), rounds, seed), player, seed))
    regrets, times = zip(*found, strict=True)
    return {
        "policy": policy, "world": world, "contender": contender,
        "regret": statistics.median(regrets), "spread": [min(regrets), max(regrets)],
        "us": statistics.median(times),
    }  # fmt: skip


def work(contenders: set[str], seeds: int, rounds: int) -> list[dict[str, Any]]:
    """All rows of some contenders."""
    rows = []
    for policy in POLICIES:
        for world, contender in COLUMNS:
            if contender not in contenders:
                continue
            if contender == "MABWiser" and policy == "thompson_gaussian":
                continue  # it has none
            rows.append(measure(policy, world, contender, seeds, rounds))
            print(policy, world, contender, round(rows[-1]["regret"], 1), file=sys.stderr)
    return rows


def of_peers(python: str, seeds: int, rounds: int) -> list[dict[str, Any]]:
    """MABWiser's rows, from a process of their own; none, with a message, where it is missing."""
    command = [python, __file__, "--worker", "--seeds", str(seeds), "--rounds", str(rounds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        print(f"no MABWiser in {python}: pip install --group bench", file=sys.stderr)
        return []
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """A row for each policy."""
    import common

    found = {(row["policy"], row["world"], row["contender"]): row for row in rows}

    def cell(policy: str, world: str, contender: str, field: str) -> str:
        row = found.get((policy, world, contender))
        return "–" if row is None else f"{row[field]:.0f}"

    head = ["", *(f"{world}: {contender}" for world, contender in COLUMNS), "µs aisle", "µs MABW."]
    lines = [
        [
            policy,
            *(cell(policy, world, contender, "regret") for world, contender in COLUMNS),
            cell(policy, "stationary", "aisle", "us"),
            cell(policy, "stationary", "MABWiser", "us"),
        ]
        for policy in POLICIES
    ]
    return common.markdown(head, lines)


def main() -> None:
    """Play all games."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=7)
    parser.add_argument("--rounds", type=int, default=3000)
    parser.add_argument("--peers", default=sys.executable, help="a Python with mabwiser")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        print(json.dumps(work({"MABWiser"}, options.seeds, options.rounds)))
        return
    import common

    rows = work(set(CONTENDERS) - {"MABWiser"}, options.seeds, options.rounds)
    rows += of_peers(options.peers, options.seeds, options.rounds)
    print(table(rows))
    settings = {"seeds": options.seeds, "rounds": options.rounds, "arms": ARMS, "dim": DIM}
    common.save("bandits", {"machine": common.machine(), "settings": settings, "rows": rows})


if __name__ == "__main__":
    main()
