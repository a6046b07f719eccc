"""The regret of our bandits beside MABWiser's, on simulated rewards, and what a decision costs.

    python benchmarks/python/bench_bandits.py             20 seeds of 10,000 steps; half an hour
    python benchmarks/python/bench_bandits.py --quick     3 seeds of 1,000 steps, no file

Ten arms, four settings; every bandit of a seed meets the same rewards (common random numbers):

stationary   clicks (0 or 1), each arm with a rate of its own between .02 and .3
drifting     clicks whose logits walk at random, .02 a step
delayed      as stationary, a reward is known 200 steps after its decision
contextual   rewards linear in 8 numbers of the context, with noise of .5

Regret is what the best arm of the step was expected to bring more than the one shown, summed up.
Both get the same parameters and each arm once at first, with its reward at once; MABWiser can't
choose before. It has no Gaussian Thompson sampling for arms without context: its LinTS, given the
constant 1, is the same posterior (in the first setting alone, it is slow). Its Softmax draws from a
Dirichlet distribution and takes the greatest, which is not Boltzmann's. A decision of ours carries
its propensity, MABWiser has none.

The chi-square asks whether arms were shown as often as the propensities said: at each step, given
the past, an arm is drawn from the logged probabilities, so the sum of (shown - probability) has the
covariance sum(diag(p) - p p'). One test over all seeds and every fourth step, arms by rank of their
rates.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read when NumPy is imported

import common
import numpy as np
import numpy.typing as npt
from bandit_players import (
    ARMS,
    DIM,
    Floats,
    Ours,
    Player,
    Theirs,
    World,
    contextual,
    delayed,
    drifting,
    stationary,
)

from aisle._core import BanditPolicy

HALF_LIFE = 1000.0
POINTS = 50  # of a curve
CHECK_EVERY = 4  # steps: of a Thompson policy all propensities cost ten decisions


@dataclass
class Check:
    """Sums for the chi-square of shown against propensities."""

    shown: Floats = field(default_factory=lambda: np.zeros(ARMS))
    expected: Floats = field(default_factory=lambda: np.zeros(ARMS))
    covariance: Floats = field(default_factory=lambda: np.zeros((ARMS, ARMS)))
    steps: int = 0
    largest_error: float = 0.0  # of the logged propensity against the arm's probability

    def add(self, arm: int, logged: float, p: Floats, by_rate: npt.NDArray[np.int64]) -> None:
        """`by_rate`: the arms, the best first."""
        self.largest_error = max(self.largest_error, abs(logged - float(p[arm])))
        self.shown[by_rate == arm] += 1
        p = p[by_rate]
        self.expected += p
        self.covariance += np.diag(p) - np.outer(p, p)
        self.steps += 1

    @property
    def result(self) -> dict[str, Any]:
        """Arms with a variance below 5 are left out; a policy without chance has no test."""
        from scipy.stats import chi2

        there = np.flatnonzero(np.diag(self.covariance) > 5)
        found: dict[str, Any] = {"decisions": self.steps, "largest_error": self.largest_error}
        if len(there) < 2:
            return found | {"p_value": None}
        if len(there) == ARMS:
            there = there[:-1]  # the sum over all arms is 0
        off = (self.shown - self.expected)[there]
        square = float(off @ np.linalg.solve(self.covariance[np.ix_(there, there)], off))
        p = float(chi2.sf(square, len(there)))
        return found | {"chi_square": square, "freedom": len(there), "p_value": p}


@dataclass
class Played:
    """What one bandit did in one world: the regret at POINTS steps, nanoseconds of each call."""

    regret: Floats
    decide_ns: npt.NDArray[np.int64]
    learn_ns: npt.NDArray[np.int64]


def play(player: Player, world: World, check: Check | None) -> Played:
    """The first ARMS steps show each arm once."""
    steps, clock = len(world.rewards), time.perf_counter_ns
    decide, learn = np.zeros(steps, np.int64), np.zeros(steps, np.int64)
    chosen = np.empty(steps, np.int64)
    waiting: deque[tuple[int, int]] = deque()
    by_rate = np.argsort(-world.expected.mean(axis=0))
    for step in range(steps):
        context = None if world.contexts is None else world.contexts[step]
        if step < ARMS:
            arm = step
        else:
            begin = clock()
            arm = player.choose(context)
            decide[step] = clock() - begin
            if check and isinstance(player, Ours) and step % CHECK_EVERY == 0:
                check.add(arm, player.propensity, player.probabilities(context), by_rate)
        chosen[step] = arm
        begin = clock()
        player.shown(arm, context)
        waiting.append((step, arm))
        while waiting and (step < ARMS or waiting[0][0] <= step - world.delay):
            then, known = waiting.popleft()
            context = None if world.contexts is None else world.contexts[then]
            player.learn(known, float(world.rewards[then, known]), context)
        learn[step] = clock() - begin
    lost = world.expected.max(axis=1) - world.expected[np.arange(steps), chosen]
    points = np.linspace(0, steps - 1, POINTS).astype(int)
    return Played(np.cumsum(lost)[points], decide[ARMS:], learn[ARMS:])


@dataclass(frozen=True)
class Contest:
    """One row: our policy, with its options, against the same of MABWiser's, if there is one."""

    name: str
    policy: BanditPolicy
    options: dict[str, Any] = field(default_factory=dict)
    theirs: Callable[[Any], Any] | None = None
    constant: bool = False


def contests() -> list[Contest]:
    """The policies; MABWiser's with the same parameters."""
    return [
        Contest("epsilon-greedy", BanditPolicy.EPSILON_GREEDY, {"epsilon": 0.1},
                lambda lp: lp.EpsilonGreedy(0.1)),
        Contest("softmax", BanditPolicy.SOFTMAX, {"temperature": 0.05},
                lambda lp: lp.Softmax(0.05)),
        Contest("UCB1", BanditPolicy.UCB1, {"alpha": 0.5}, lambda lp: lp.UCB1(0.5)),
        Contest("Thompson, Beta", BanditPolicy.THOMPSON_BETA, {}, lambda lp: lp.ThompsonSampling()),
        Contest("Thompson, Gaussian", BanditPolicy.THOMPSON_GAUSSIAN,
                {"noise": 0.4, "prior_deviation": 0.4}, lambda lp: lp.LinTS(0.4, 1.0), True),
    ]  # fmt: skip


def linear_contests() -> list[Contest]:
    return [
        Contest("LinUCB", BanditPolicy.LIN_UCB, {"alpha": 1.0, "dim": DIM},
                lambda lp: lp.LinUCB(1.0, 1.0)),
        Contest("LinTS", BanditPolicy.LIN_TS, {"alpha": 0.5, "dim": DIM},
                lambda lp: lp.LinTS(0.5, 1.0)),
    ]  # fmt: skip


Settings = dict[str, tuple[Callable[[int, int], World], list[Contest], dict[str, dict[str, Any]]]]


def settings() -> Settings:
    """Of each setting its worlds, its contests, and variants that only ours has."""
    plain = contests()
    return {
        "stationary": (stationary, plain, {}),
        "drifting": (drifting, plain, {f"half-life {HALF_LIFE:,.0f}": {"half_life": HALF_LIFE}}),
        "delayed": (delayed, plain, {"0 at once": {"at_once": True}}),
        "contextual": (contextual, linear_contests(), {}),
    }


def summary(played: list[Played]) -> dict[str, Any]:
    """Medians and spread over seeds; times are medians over all steps."""
    last = np.array([one.regret[-1] for one in played])
    curves = np.array([one.regret for one in played])
    decide = np.concatenate([one.decide_ns for one in played]) / 1e3
    learn = np.concatenate([one.learn_ns for one in played]) / 1e3
    return {
        "regret": float(np.median(last)),
        "spread": np.percentile(last, [10, 90]).round(2).tolist(),
        "decide_us": float(np.median(decide)),
        "decide_p99_us": float(np.percentile(decide, 99)),
        "learn_us": float(np.median(learn)),
        "curve": np.median(curves, axis=0).round(2).tolist(),
    }


def difference(ours: list[Played], theirs: list[Played]) -> dict[str, Any]:
    """Of the regret on the same rewards: the mean and its interval of 95 %."""
    from scipy.stats import t

    off = np.array([a.regret[-1] - b.regret[-1] for a, b in zip(ours, theirs, strict=True)])
    half = t.ppf(0.975, len(off) - 1) * off.std(ddof=1) / np.sqrt(len(off))
    return {"mean": float(off.mean()), "low": float(off.mean() - half),
            "high": float(off.mean() + half)}  # fmt: skip


def contest_rows(
    setting: str, seeds: int, steps: int, say: Callable[[str], None]
) -> list[dict[str, Any]]:
    """Ours and theirs take turns, seed by seed, so that both have the machine as it is."""
    from mabwiser.mab import LearningPolicy

    make, listed, extras = settings()[setting]
    listed = [
        replace(one, theirs=None) if one.constant and setting != "stationary" else one
        for one in listed
    ]
    worlds = [make(seed, steps) for seed in range(seeds)]
    has_check = setting in ("stationary", "contextual")
    rows = []
    for contest in listed:
        check = Check() if has_check else None
        ours, theirs = [], []
        variants: dict[str, list[Played]] = {name: [] for name in extras}
        for seed, world in enumerate(worlds):
            ours.append(play(Ours(contest.policy, seed, **contest.options), world, check))
            if contest.theirs:
                player = Theirs(contest.theirs(LearningPolicy), seed, contest.constant)
                theirs.append(play(player, world, None))
            for name, options in extras.items():
                bandit = Ours(contest.policy, seed, **contest.options, **options)
                variants[name].append(play(bandit, world, None))
        row: dict[str, Any] = {"setting": setting, "policy": contest.name, "ours": summary(ours)}
        row["parameters"] = {key: value for key, value in contest.options.items() if key != "dim"}
        if theirs:
            row |= {"mabwiser": summary(theirs), "difference": difference(ours, theirs)}
            row["time_ratio"] = row["ours"]["decide_us"] / row["mabwiser"]["decide_us"]
        row["variants"] = {
            name: summary(found) | {"difference": difference(found, ours)}
            for name, found in variants.items()
        }
        row |= {"propensities": check.result} if check else {}
        rows.append(row)
        say(f"{setting}: {contest.name} {row['ours']['regret']:.0f}")
    return rows


def cells(row: dict[str, Any]) -> list[list[str]]:
    """A line for the policy, and one for each variant."""

    def regret(found: dict[str, Any]) -> str:
        return f"{found['regret']:,.0f} ({found['spread'][0]:,.0f}–{found['spread'][1]:,.0f})"

    def times(found: dict[str, Any], theirs: dict[str, Any] | None) -> list[str]:
        own = [f"{found['decide_us']:.1f}", f"{found['learn_us']:.1f}"]
        if theirs is None:
            return [own[0], "", "", own[1], ""]
        ratio = found["decide_us"] / theirs["decide_us"]
        others = [f"{theirs['decide_us']:.1f}", f"{theirs['learn_us']:.1f}"]
        return [own[0], others[0], f"{ratio:.2f}", own[1], others[1]]

    theirs, off = row.get("mabwiser"), row.get("difference")
    p = row.get("propensities", {}).get("p_value")
    chance = "none" if "propensities" in row and p is None else "" if p is None else f"{p:.2f}"
    lines = [
        [
            f"{row['setting']}, {row['policy']}",
            regret(row["ours"]),
            regret(theirs) if theirs else "",
            f"{off['mean']:+,.1f} ({off['low']:+,.1f}…{off['high']:+,.1f})" if off else "",
            *times(row["ours"], theirs),
            chance,
        ]
    ]
    for name, found in row["variants"].items():
        title = f"{row['setting']}, {row['policy']}, {name}"
        lines.append([title, regret(found), "", "", *times(found, None), ""])
    return lines


HEAD = [
    "", "regret", "MABWiser", "mean difference (95 %)", "µs a decision", "MABWiser", "ratio",
    "µs a reward", "MABWiser", "p",
]  # fmt: skip


def plot(rows: list[dict[str, Any]], steps: int, path: Path) -> None:
    """Regret by step, a panel a setting: ours whole, MABWiser's dashed, variants dotted."""
    pyplot, colours = common.pyplot()
    named = [*(one.name for one in contests()), *(one.name for one in linear_contests())]
    colour_of = {name: colours[at % 5] for at, name in enumerate(named)}
    figure, axes = pyplot.subplots(2, 2, figsize=(9.5, 7), sharex=True)
    at = np.linspace(0, steps - 1, POINTS)
    for axis, setting in zip(axes.flat, settings(), strict=True):
        for row in (one for one in rows if one["setting"] == setting):
            colour = colour_of[row["policy"]]
            axis.plot(at, row["ours"]["curve"], color=colour, label=row["policy"])
            if "mabwiser" in row:
                axis.plot(at, row["mabwiser"]["curve"], color=colour, linestyle="--", linewidth=1.2)
            for found in row["variants"].values():
                axis.plot(at, found["curve"], color=colour, linestyle=":", linewidth=1.4)
        dotted = "".join(f"; dotted: {name}" for name in settings()[setting][2])
        axis.set_title(setting + dotted)
        axis.legend(fontsize=8)
        axis.set_ylim(bottom=0)
        axis.locator_params(nbins=5)
    for axis in axes[1]:
        axis.set_xlabel("step")
    for axis in axes[:, 0]:
        axis.set_ylabel("regret, median of the seeds")
    figure.tight_layout()
    common.save_picture(figure, path)


def main() -> None:
    """Play, print the table, write results/bandits.json and the picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="3 seeds of 1,000 steps, no file")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--only", nargs="+", choices=list(settings()), default=list(settings()))
    parser.add_argument("--output", type=Path, help="JSON file; default: results/bandits.json")
    parser.add_argument("--plot", type=Path, default=common.ROOT / "docs/images/bandits.svg")
    options = parser.parse_args()
    seeds, steps = (3, 1_000) if options.quick else (options.seeds, options.steps)
    result: dict[str, Any] = {"machine": common.machine(), "seeds": seeds, "steps": steps}
    result["mabwiser"] = common.version("mabwiser")
    rows: list[dict[str, Any]] = []
    for setting in options.only:
        rows += contest_rows(setting, seeds, steps, lambda text: print(text, file=sys.stderr))
    result["rows"] = rows
    print(common.markdown(HEAD, [line for row in rows for line in cells(row)]))
    if not options.quick:
        print(f"written to {common.save('bandits', result, options.output)}")
        plot(rows, steps, options.plot)


if __name__ == "__main__":
    main()
