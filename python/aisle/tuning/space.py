"""What a parameter may be: ranges and choices, and how one writes them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aisle._core import ConfigError


@dataclass(frozen=True)
class Range:
    """Numbers from ``low`` to ``high``, both in; whole where both are whole.

    Parameters
    ----------
    low, high
        The ends.
    log
        Search by factors, not by differences: 10 to 100 gets as many trials as 100 to 1,000.

    Raises
    ------
    ConfigError
        For ends that are no finite numbers or the wrong way round, or a log scale from 0.

    Examples
    --------
    >>> Range(50, 1500, log=True).whole, Range(0.5, 2).whole
    (True, False)
    """

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        for name in ("low", "high"):
            value = getattr(self, name)
            if not _is_number(value) or not math.isfinite(value):
                raise ConfigError(f"{name} of a range must be a finite number, got {value!r}")
        if not self.low < self.high:
            raise ConfigError(f"a range goes from low to high, got {self.low!r} to {self.high!r}")
        if self.log and self.low <= 0:
            raise ConfigError(
                f"a log scale begins above 0, got {self.low!r}; take a low of .01 or log=False"
            )

    @property
    def whole(self) -> bool:
        """Whether only whole numbers are drawn."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    @property
    def size(self) -> float:
        """How many values there are."""
        return self.high - self.low + 1 if self.whole else math.inf

    def __contains__(self, value: object) -> bool:
        if not _is_number(value) or (self.whole and value != int(value)):  # type: ignore[call-overload]
            return False
        return self.low <= value <= self.high  # type: ignore[operator]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {"low": self.low, "high": self.high, "log": self.log}


@dataclass(frozen=True, init=False)
class Choice:
    """One of some values, whatever they are.

    Raises
    ------
    ConfigError
        For no value, or one that JSON cannot say.

    Examples
    --------
    >>> Choice([None, {"cart": 3}]).values
    (None, {'cart': 3})
    """

    values: tuple[Any, ...]
    labels: tuple[str, ...] = field(repr=False)

    def __init__(self, values: Sequence[Any]) -> None:
        if isinstance(values, str) or not values:
            raise ConfigError(f"a choice is a list of at least one value, got {values!r}")
        try:
            labels = tuple(json.dumps(value, sort_keys=True) for value in values)
        except (TypeError, ValueError):
            raise ConfigError(
                f"choices are texts, numbers, None or dicts and lists of them, got {values!r}"
            ) from None
        object.__setattr__(self, "values", tuple(values))
        object.__setattr__(self, "labels", labels)

    @property
    def size(self) -> float:
        """How many values there are."""
        return len(set(self.labels))

    def __contains__(self, value: object) -> bool:
        return any(type(one) is type(value) and one == value for one in self.values)

    def like(self, plain: object) -> Any:
        """The value that JSON says so: a list may have been a tuple."""
        return self.values[self.labels.index(json.dumps(plain, sort_keys=True))]

    def label_of(self, value: object) -> str:
        """What stands for the value in the store."""
        return next(
            label for label, one in zip(self.labels, self.values, strict=True) if one == value
            and type(one) is type(value)
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {"values": list(self.values)}


Domain = Range | Choice


def domain_of(name: str, said: Any) -> Domain:
    """What a parameter may be, from what was written: (low, high), [one, of, these] or one value.

    Raises
    ------
    ConfigError
        For a tuple that is no pair of numbers.
    """
    if isinstance(said, Range | Choice):
        return said
    try:
        if isinstance(said, tuple):
            if len(said) != 2 or not all(_is_number(end) for end in said):
                raise ConfigError(
                    f"a tuple is a range (low, high) of numbers, got {said!r}; choices stand in []"
                )
            return Range(*said)
        return Choice(said) if isinstance(said, list) else Choice([said])
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from None


@dataclass(frozen=True)
class Candidate:
    """One model, or the recipe, and what its parameters may be.

    Attributes
    ----------
    name
        "STAN", "recipe".
    make
        From parameters to an unfitted model or a recipe.
    domains
        By parameter.
    start
        The values of the defaults, those that lie within their domain.
    """

    name: str
    make: Callable[[Mapping[str, Any]], Any]
    domains: dict[str, Domain]
    start: dict[str, Any]

    @property
    def size(self) -> float:
        """How many different sets of parameters there are."""
        return math.prod(domain.size for domain in self.domains.values())

    def to_dict(self) -> dict[str, Any]:
        """The domains as plain values."""
        return {name: domain.to_dict() for name, domain in self.domains.items()}


def start_of(defaults: Mapping[str, Any], domains: Mapping[str, Domain]) -> dict[str, Any]:
    """The defaults within their domains; None of a number stands for 0, which switches off too."""
    found = {}
    for name, domain in domains.items():
        value = defaults.get(name)
        if isinstance(domain, Range) and value is None:
            value = 0
        if value in domain:
            found[name] = value
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
