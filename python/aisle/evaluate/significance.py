"""Is one model better than another on the same targets? Paired tests over sessions."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from aisle._core import ConfigError
from aisle.evaluate.metrics import bootstrap_ci
from aisle.evaluate.report import Report

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
BLOCKS: Final = 5_000
DRAWS: Final = 10_000


@dataclass(frozen=True)
class PairedTest:
    """Two reports on the targets that both have.

    Attributes
    ----------
    a, b
        Names; `difference` is a's mean less b's.
    ci
        95 % interval of the difference, sessions drawn with replacement.
    p_value
        Two-sided, of the permutation test: the models' values swapped at random, session by
        session, so and so often give as large a difference.
    p_adjusted
        After Holm, for all the pairs that were tested together.
    events, sessions
        That both have; `left_out` targets only one has.
    """

    a: str
    b: str
    metric: str
    difference: float
    ci: tuple[float, float]
    p_value: float
    p_adjusted: float
    events: int
    sessions: int
    left_out: int

    def __str__(self) -> str:
        low, high = self.ci
        verdict = "differ" if self.p_adjusted < 0.05 else "cannot be told apart"
        return (
            f"{self.a} − {self.b}: {self.metric} {self.difference:+.4f} "
            f"({low:+.4f} to {high:+.4f}), p {self.p_value:.4f}, "
            f"after Holm {self.p_adjusted:.4f}: {verdict}"
        )


def paired_tests(
    reports: Mapping[str, Report], metric: str, *, baseline: str | None = None, seed: int = 0
) -> list[PairedTest]:
    """Test every pair of reports, or each against a baseline.

    Targets are paired by their row in the test log, so the reports must be of the same log; those
    that only one has (another catalogue dropped them) are left out and counted. Sessions, not
    targets, are swapped and drawn: targets of a session are alike.

    Raises
    ------
    ConfigError
        When the reports are not of one log, or keep no values of single targets.

    Examples
    --------
    >>> from aisle.evaluate import next_item
    >>> class Always:
    ...     def __init__(self, item):
    ...         self.item = item
    ...     def recommend(self, session, k):
    ...         return [self.item], [1.0]
    >>> sessions = [n for n in range(30) for _ in "ab"]
    >>> log = {"session": sessions, "item": list("ab") * 30, "time": list(range(60))}
    >>> both = {name: next_item(Always(name), log, k=1) for name in "ab"}
    >>> test, = paired_tests(both, "HR@1")
    >>> test.difference, test.p_value < 0.001
    (-1.0, True)
    """
    names = list(reports)
    if baseline is not None and baseline not in names:
        raise ConfigError(f"no report {baseline!r} to test against; there are {', '.join(names)}")
    if len(names) < 2:
        raise ConfigError("a paired test needs two reports")
    pairs = (
        list(itertools.combinations(names, 2))
        if baseline is None
        else [(name, baseline) for name in names if name != baseline]
    )
    found = [_test(reports, a, b, metric, seed) for a, b in pairs]
    adjusted = holm([one.p_value for one in found])
    return [
        PairedTest(**{**one.__dict__, "p_adjusted": p})
        for one, p in zip(found, adjusted, strict=True)
    ]


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values (Holm, Scandinavian Journal of Statistics 1979).

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values, kind="stable")
    adjusted, so_far = [0.0] * len(p_values), 0.0
    for place, at in enumerate(order.tolist()):
        so_far = max(so_far, min(1.0, (len(p_values) - place) * p_values[at]))
        adjusted[at] = so_far
    return adjusted


def permutation_p(differences: Floats, sessions: Ints, *, seed: int = 0) -> float:
    """Two-sided p-value of a mean difference of 0, the signs of whole sessions flipped at random.

    More than 5,000 sessions with a difference are first thrown together at random into blocks of
    one sign, which leaves the test valid.

    Parameters
    ----------
    differences, sessions : [n]
    """
    group = np.unique(sessions, return_inverse=True)[1]
    sums = np.bincount(group, differences)
    sums = sums[sums != 0]
    if not len(sums):
        return 1.0
    rng = np.random.default_rng(seed)
    if len(sums) > BLOCKS:
        place = rng.permutation(np.arange(len(sums)) % BLOCKS)
        sums = np.bincount(place, sums, minlength=BLOCKS)
    observed, extreme = abs(float(sums.sum())), 0
    close = observed * (1 - 1e-12)
    step = max(1, 4_000_000 // len(sums))
    for first in range(0, DRAWS, step):
        rows = min(step, DRAWS - first)
        bits = np.unpackbits(
            np.frombuffer(rng.bytes(rows * ((len(sums) + 7) // 8)), np.uint8).reshape(rows, -1),
            axis=1,
            count=len(sums),
        )
        drawn = 2.0 * (bits @ sums) - sums.sum()
        extreme += int((np.abs(drawn) >= close).sum())
    return (1 + extreme) / (1 + DRAWS)


def _test(reports: Mapping[str, Report], a: str, b: str, metric: str, seed: int) -> PairedTest:
    one, other = reports[a], reports[b]
    for name, report in ((a, one), (b, other)):
        if len(report.rows) != report.n_events:
            raise ConfigError(f"report {name!r} does not say which targets it has: evaluate anew")
    rows, of_one, of_other = np.intersect1d(
        one.rows, other.rows, assume_unique=True, return_indices=True
    )
    same = one.sessions[of_one] == other.sessions[of_other]
    if not len(rows) or not same.all():
        raise ConfigError(
            f"{a!r} and {b!r} are not reports of one test log: their targets do not match"
        )
    difference = one.each(metric)[of_one] - other.each(metric)[of_other]
    sessions = one.sessions[of_one]
    known = ~np.isnan(difference)
    return PairedTest(
        a=a,
        b=b,
        metric=metric,
        difference=float(difference[known].mean()),
        ci=bootstrap_ci({"": difference}, sessions, seed=seed)[""],
        p_value=permutation_p(difference[known], sessions[known], seed=seed),
        p_adjusted=float("nan"),
        events=len(rows),
        sessions=len(np.unique(sessions)),
        left_out=one.n_events + other.n_events - 2 * len(rows),
    )
