"""Exposure: shares of what is shown, over many slates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from aisle.strategy.part import Expression, Part

if TYPE_CHECKING:
    from aisle import _core
    from aisle.strategy.model import Strategy


def _as_share(value: Any) -> Any:
    """A text like 25% as the number 0.25."""
    if not isinstance(value, str):
        return value
    try:
        return float(value.removesuffix("%")) / 100 if value.endswith("%") else float(value)
    except ValueError:
        raise ValueError(f"{value!r} is no share; write 25% or 0.25") from None


Share = Annotated[
    float, Field(ge=0, le=1), BeforeValidator(_as_share, json_schema_input_type=float | str)
]


class Exposure(Part):
    """A floor, a cap or both for a group's share of what is shown: a supplier, the long tail.

    Where ``at_most`` and ``at_least`` among the rules hold in every slate, this holds over many of
    them: the candidates of a group that is owed attention rise, those of one that had too much
    sink, until the share fits. Place i counts 1 / log2(1 + i).

    Notes
    -----
    A virtual queue for each group, whose length over ``lag`` is added to the log odds of the
    group's items (drift plus penalty: Neely 2010, Stochastic Network Optimization, ch. 4).

    Examples
    --------
    >>> Exposure(per="supplier", at_most="30%").at_most
    0.3
    """

    name: str | None = None
    """What explanations call it."""
    per: str | None = None
    """A column: each of its values has its own share."""
    where: Expression | None = None
    """Or the items for which this is true; about the item alone."""
    tail: (
        Annotated[
            float,
            Field(gt=0, lt=1),
            BeforeValidator(_as_share, json_schema_input_type=float | str),
        ]
        | None
    ) = None
    """Or the items beyond this share of all, the most popular first: "20%"."""
    at_least: Share = 0.0
    """Of all attention, as far as there are candidates."""
    at_most: Share = 1.0
    """Of all attention, as far as there are other items."""
    lag: Annotated[float, Field(gt=0, le=1e6)] = 20.0
    """So many first places owed make the odds e times as high: small follows at once."""

    @model_validator(mode="after")
    def _has_one_group(self) -> Self:
        groups = [self.per, self.where, self.tail]
        if sum(group is not None for group in groups) != 1:
            raise ValueError("an exposure is of one of per (a column), where or tail")
        if self.at_least == 0 and self.at_most == 1:
            raise ValueError("an exposure needs at_least or at_most")
        if self.at_least > self.at_most:
            raise ValueError(f"at_least ({self.at_least}) is above at_most ({self.at_most})")
        return self

    @property
    def called(self) -> str:
        """Its name, or what it is about: by that its counts go on when a strategy changes."""
        tail = "" if self.tail is None else f"beyond the most popular {100 * self.tail:g}%"
        return self.name or f"exposure of {self.per or self.where or tail}"

    def in_words(self) -> str:
        """One line for `aisle strategy explain`."""
        group = f"each {self.per}" if self.per else f"items with {self.where}"
        group = (
            group if self.tail is None else f"items beyond the most popular {100 * self.tail:g}%"
        )
        bounds = [f"at least {100 * self.at_least:g}%"] if self.at_least else []
        bounds += [f"at most {100 * self.at_most:g}%"] if self.at_most < 1 else []
        return f"over many slates {group}: {' and '.join(bounds)} of what is shown"


def set_exposure(core: _core.Strategy, strategy: Strategy) -> None:
    """Writes it to the strategy that the core runs."""
    for one in strategy.exposure:
        core.add_exposure(
            one.called, one.where or "", one.per or "", one.tail or 0.0,
            one.at_least, one.at_most, one.lag,
        )  # fmt: skip
