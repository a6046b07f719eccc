"""Models and logs that tests of the evaluation share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class Scores:
    """Recommends by a table of scores, whatever the session; remembers what it was asked."""

    def __init__(self, scores: dict[str, float]) -> None:
        self.items_ = list(scores)
        self.best = sorted(scores.items(), key=lambda pair: -pair[1])
        self.asked: list[list[Any]] = []

    def recommend(self, session: Sequence[Any], k: int) -> tuple[list[str], list[float]]:
        self.asked.append(list(session))
        found = self.best[:k]
        return [item for item, _ in found], [score for _, score in found]


def log(*sessions: str) -> dict[str, Any]:
    """Sessions as words: each letter is an item, a second apart."""
    rows = [(n, item, place) for n, word in enumerate(sessions) for place, item in enumerate(word)]
    session, item, time = zip(*rows, strict=True)
    return {"session": list(session), "item": list(item), "time": [t * 1_000_000 for t in time]}
