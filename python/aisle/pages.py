"""`Page`: the slates of several placements that stand on one page."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aisle._core import ConfigError
from aisle.slate import Slate


@dataclass(frozen=True)
class Widget:
    """One placement of a page.

    Attributes
    ----------
    k
        How many items.
    value
        What an item taken there is worth, beside the other widgets' 1.
    where
        A filter of its own, in the language of docs/expressions.md.
    """

    k: int = 12
    value: float = 1.0
    where: str | Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if not 0 < self.value <= 1e6:
            raise ConfigError(f"a widget's value must be positive, got {self.value!r}")

    @classmethod
    def of(cls, said: int | Widget) -> Widget:
        """A number alone is ``k``."""
        return said if isinstance(said, Widget) else cls(k=said)


class Page(Mapping[str, Slate]):
    """Slates by placement, in the order in which they should stand; no item is in two of them.

    Attributes
    ----------
    expected : dict
        By placement: its value times the probability that the visitor's next item is there and
        seen, without what stands in the placements before it.
    left_out : list
        Placements that would have stayed below their minimum.
    """

    def __init__(
        self, slates: dict[str, Slate], expected: dict[str, float], left_out: list[str]
    ) -> None:
        self._slates = slates
        self.expected = expected
        self.left_out = left_out

    def __getitem__(self, placement: str) -> Slate:
        return self._slates[placement]

    def __iter__(self) -> Iterator[str]:
        return iter(self._slates)

    def __len__(self) -> int:
        return len(self._slates)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON: the placements in order, each with its slate."""
        placed = [
            {"placement": name, "expected": self.expected[name], "slate": slate.to_dict()}
            for name, slate in self._slates.items()
        ]
        return {"placements": placed, "left_out": self.left_out}

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}: {len(slate)}" for name, slate in self._slates.items())
        return f"Page({shown})"

    def _repr_html_(self) -> str:
        return "".join(
            f"<h4>{html.escape(name)} (expected {self.expected[name]:.3f})</h4>"
            f"{slate._repr_html_()}"
            for name, slate in self._slates.items()
        )
