"""Ready recipes for common placements, made of nothing but what strategies have."""

from __future__ import annotations

from typing import Any, Self, TypeVar

from aisle import _core
from aisle._core import ConfigError

Made = TypeVar("Made")


class Presets:
    """What `Strategy` can be made of by name; each takes any other field of a strategy too.

    A preset whose columns the catalogue lacks is refused when it goes live, with their names.
    """

    @classmethod
    def up_sell(cls, *, reach: float = 1.5, same: str = "category", **fields: Any) -> Self:
        """Better and dearer than the anchor, of the same kind, within the visitor's reach.

        That is up to `reach` times its price, or what nine tenths of the items that the visitor
        looked at cost at most, whichever is more. Without an anchor, or where its price is unknown,
        the rules don't hold.

        Parameters
        ----------
        reach
            What an item may always cost, in the anchor's prices; above 1.
        same
            The column that tells kinds apart.

        Examples
        --------
        >>> from aisle import Strategy
        >>> Strategy.up_sell(reach=2, diversity=0.2).rules[0].include
        'price > anchor.price and price <= max(anchor.price * 2, coalesce(history.price(0.9), 0))'
        """
        if not 1 < reach < 1e6:
            raise ConfigError(f"reach must be a number above 1, got {reach!r}")
        most = f"max(anchor.price * {reach:g}, coalesce(history.price(0.9), 0))"
        bounds = f"price > anchor.price and price <= {most}"
        return _made(cls, fields, rules=[
            {"name": "dearer, within reach", "include": bounds, "when": "anchor.price > 0"},
            _same(same),
        ])  # fmt: skip

    @classmethod
    def on_sale(cls, *, where: str = "price < list_price", **fields: Any) -> Self:
        """What is cheaper than it was.

        Parameters
        ----------
        where
            What says so, in the catalogue's columns.

        Examples
        --------
        >>> from aisle import Strategy
        >>> Strategy.on_sale(where="sale").filter
        'sale'
        """
        return _made(cls, fields, filter=where)

    @classmethod
    def new_arrivals(
        cls, *, within: str = "30d", since: str = "available_from", **fields: Any
    ) -> Self:
        """What came into the shop lately.

        Parameters
        ----------
        within
            How lately: ``"30d"``.
        since
            The column of the time since which an item is there.

        Examples
        --------
        >>> from aisle import Strategy
        >>> Strategy.new_arrivals(within="14d").filter
        'age(available_from) <= "14d"'
        """
        return _made(cls, fields, filter=f'age({since}) <= "{within}"')

    @classmethod
    def complements(cls, *, other: str | None = "category", **fields: Any) -> Self:
        """What goes with the anchor: bought with it, and of another kind.

        Parameters
        ----------
        other
            The column that tells kinds apart; None: what is bought together alone decides.

        Examples
        --------
        >>> from aisle import Strategy
        >>> Strategy.complements(other=None).relation
        'complements'
        """
        rules = [] if other is None else [{
            "name": f"another {other}",
            "include": f"{other} != anchor.{other}",
            "when": f"anchor.{other} is not null",
        }]  # fmt: skip
        sources = {"purchase": 100, "cart": 100, "co_visitation": 60, "rules": 60}
        return _made(cls, fields, relation="complements", sources=sources, rules=rules)

    @classmethod
    def substitutes(cls, *, same: str | None = "category", **fields: Any) -> Self:
        """What may be bought in the anchor's place: looked at with it, and of the same kind.

        Parameters
        ----------
        same
            The column that tells kinds apart; None: what is looked at together alone decides.

        Examples
        --------
        >>> from aisle import Strategy
        >>> Strategy.substitutes().rules[0].include
        'category == anchor.category'
        """
        rules = [] if same is None else [_same(same)]
        return _made(cls, fields, relation="substitutes", rules=rules)

    @classmethod
    def bestsellers(cls, **fields: Any) -> Self:
        """What most come for, the same for everybody: the order goes by counted visits.

        Examples
        --------
        >>> from aisle import Strategy
        >>> Strategy.bestsellers(at_most={"category": 2}).weights
        {'popularity': 1.0}
        """
        exclude = {"return_below": 0.0}
        sources = {"trending": 1000}
        return _made(cls, fields, sources=sources, weights={"popularity": 1.0}, exclude=exclude)


def _same(column: str) -> dict[str, str]:
    return {
        "name": f"the same {column}",
        "include": f"{column} == anchor.{column}",
        "when": f"anchor.{column} is not null",
    }


def _made(strategy: type[Made], fields: dict[str, Any], **preset: Any) -> Made:
    """The preset and what the caller says: rules and filters come to it, others replace."""
    made = {**preset, **fields}
    if "rules" in preset:
        made["rules"] = [*preset["rules"], *fields.get("rules", [])]
    if "filter" in preset and fields.get("filter"):
        made["filter"] = f"({preset['filter']}) and ({fields['filter']})"
    for text in [made.get("filter"), *(rule.get(key) for rule in preset.get("rules", [])
                                       for key in ("include", "when"))]:  # fmt: skip
        if text is not None:
            _core.parse_expression(text)  # an odd name or condition is told here, not when live
    return strategy(**made)
