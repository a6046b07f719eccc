"""What a check found: one finding for each rule that something broke."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
MAX_EXAMPLES = 3


class Level(StrEnum):
    """How much a finding matters."""

    BLOCKS = "blocks"
    """What is learned from this log is wrong, or nothing is."""
    HURTS = "hurts"
    """Recommendations get worse by it."""
    NOTE = "note"
    """Worth knowing; nothing needs to be done."""


ORDER = {level: place for place, level in enumerate(Level)}


@dataclass(frozen=True)
class Effect:
    """What leaving a finding's events out of training does to an offline metric.

    Attributes
    ----------
    metric : str
        "HR@20", of targets that both models rank.
    before, after : float
        With all events, and without those of the finding.
    low, high : float
        95 % interval of the difference, sessions drawn with replacement.
    """

    metric: str
    before: float
    after: float
    low: float
    high: float

    @property
    def difference(self) -> float:
        """`after` minus `before`: above 0 the events are better left out."""
        return self.after - self.before

    def __str__(self) -> str:
        return f"{self.difference:+.4f} [{self.low:+.4f}, {self.high:+.4f}]"


@dataclass(frozen=True, eq=False, repr=False)
class Finding:
    """Something a rule found.

    Attributes
    ----------
    rule : str
        Name of the rule, as `CheckReport.clean` takes it.
    level : Level
    title : str
        One line for a person.
    count, of : int
        How many, and out of how many.
    unit : str
        What was counted: "events", "visitors", "sessions", "items".
    why : str
        The rule with its limits.
    way_out : str
        What to do about it.
    examples : list of str
        The first few.
    rows : ndarray of int64, shape (m,), or None
        Places of the events that `clean` leaves out, ascending; None where there is nothing to
        leave out.
    is_default : bool
        Whether `clean()` without names leaves them out.
    details : dict
        Further numbers, ready for JSON.
    effect : Effect or None
        The measured effect of leaving `rows` out of training.
    """

    rule: str
    level: Level
    title: str
    count: int
    of: int
    unit: str
    why: str
    way_out: str = ""
    examples: Sequence[str] = ()
    rows: Rows | None = None
    is_default: bool = False
    details: dict[str, Any] = field(default_factory=dict)
    effect: Effect | None = None

    def __repr__(self) -> str:
        return f"Finding({self.rule!r}, {self.level!s}, {self.title!r})"

    @property
    def share(self) -> float:
        """`count` out of `of`, from 0 to 1."""
        return self.count / self.of if self.of else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the rows, ready for JSON."""
        told: dict[str, Any] = {
            "rule": self.rule,
            "level": str(self.level),
            "title": self.title,
            "count": self.count,
            "of": self.of,
            "unit": self.unit,
            "share": self.share,
            "why": self.why,
            "way_out": self.way_out,
            "examples": list(self.examples),
            "removable": 0 if self.rows is None else len(self.rows),
            "details": self.details,
            "effect": None,
        }
        if self.effect is not None:
            told["effect"] = {
                "metric": self.effect.metric,
                "before": self.effect.before,
                "after": self.effect.after,
                "difference": self.effect.difference,
                "ci": [self.effect.low, self.effect.high],
            }
        return told


def level_of(share: float, *, hurts: float, blocks: float = 2.0) -> Level:
    """Return the level of a share of events, visitors or items.

    Examples
    --------
    >>> level_of(0.02, hurts=0.01), level_of(0.6, hurts=0.01, blocks=0.5)
    (<Level.HURTS: 'hurts'>, <Level.BLOCKS: 'blocks'>)
    """
    if share >= blocks:
        return Level.BLOCKS
    return Level.HURTS if share >= hurts else Level.NOTE
