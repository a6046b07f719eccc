"""`Rule`: one thing that merchandisers say."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from aisle.strategy.part import Expression, Id, Moment, Part, Slots

ACTIONS = (
    "include", "exclude", "boost", "bury", "add", "pin", "hide", "at_most", "at_least",
)  # fmt: skip


class Rule(Part):
    """One rule: an action, for which items (`where`), and when it holds.

    Exactly one of include, exclude, boost, bury, add, pin, hide, at_most and at_least.

    Examples
    --------
    >>> Rule(boost=1.5, where="brand == 'own'", until="2026-12-24").action
    'boost'
    """

    name: str = ""
    """What the trace calls it; default: its action and place."""
    enabled: bool = True
    """A rule that is switched off is still checked."""
    when: Expression | None = None
    """A condition on the request: anchor, context, session, history. Not so, no rule."""
    from_: Annotated[Moment | None, Field(alias="from")] = None
    """Holds from then on; without a zone: UTC."""
    until: Moment | None = None
    """Holds before then."""
    where: Expression | None = None
    """The items it is about; default: all."""

    include: Expression | None = None
    """Only these items are allowed."""
    exclude: Expression | None = None
    """These items are not allowed."""
    boost: Annotated[float, Field(gt=0, le=1000)] | Expression | None = None
    """Multiplies an item's odds of being chosen; a number, or an expression of the item."""
    bury: Annotated[float, Field(gt=0, le=1000)] | None = None
    """Divides them."""
    add: Annotated[float, Field(ge=-1000, le=1000)] | Expression | None = None
    """Adds to an item's relevance, whose largest in the pool is 1."""
    pin: Id | None = None
    """This item stands in `slot`, where it is allowed at all."""
    slot: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Of a pin; 1 is the first."""
    hide: list[Id] | None = None
    """These items never come."""
    at_most: Slots | None = None
    """Slots for the items of `where`, or for each value of `per`."""
    at_least: Slots | None = None
    """Slots for the items of `where`, as far as there are such candidates."""
    per: str | None = None
    """Of at_most: a column; each of its values has its own count."""

    @property
    def action(self) -> str:
        """Which of the actions it is."""
        return next(name for name in ACTIONS if getattr(self, name) is not None)

    @model_validator(mode="after")
    def _has_one_action(self) -> Self:
        given = [name for name in ACTIONS if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) if given else "none"
            raise ValueError(f"a rule has exactly one of {', '.join(ACTIONS)}; here is {found}")
        action = given[0]
        if (self.slot is not None) != (action == "pin"):
            raise ValueError("pin and slot go together: pin: sku-1, slot: 1")
        if self.per is not None and action != "at_most":
            raise ValueError(f"per belongs to at_most, not to {action}")
        if action == "at_most" and self.at_most == 0 and self.per is not None:
            raise ValueError(f"at_most: 0 of each {self.per} leaves nothing; exclude says what not")
        if self.where is not None and action in ("include", "exclude", "pin", "hide"):
            raise ValueError(f"{action} names its items itself: it takes no where")
        if self.where is None and action == "at_least":
            raise ValueError("at_least needs where: the items that the slots are for")
        if self.where is None and self.per is None and action == "at_most":
            raise ValueError("at_most needs where (the items it counts) or per (a column)")
        if self.from_ and self.until and self.from_ >= self.until:
            raise ValueError(
                f"from ({self.from_:%Y-%m-%d}) is not before until ({self.until:%Y-%m-%d})"
            )
        return self
