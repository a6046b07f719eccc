"""What a strategy asks of the catalogue: columns that are there, of a kind that serves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from os import PathLike

from aisle import _core
from aisle._core import ConfigError
from aisle.names import unknown
from aisle.strategy.model import Strategy
from aisle.strategy.placements import Strategies, StrategyLike, located, read_document
from aisle.strategy.problems import Place, Problem

ROLES = ("price", "category", "brand", "stock", "available_from", "available_until", "title")
COUNTED = ("category", "text", "labels")
Kinds = dict[str, str]


def of_catalogue(given: StrategyLike, open_catalog: Callable[[], _core.Catalog]) -> Strategies:
    """As :meth:`Strategies.of`; what a file asks and the catalogue has not is told by its place.

    Raises
    ------
    ConfigError
        With every problem: file, line, column, field, and the near name.
    """
    from aisle.strategy.checks import problems_in_texts

    if not isinstance(given, str | PathLike):
        return Strategies.of(given)
    strategies, document = read_document(given)
    catalog = open_catalog()
    found = [*problems_in_columns(strategies, catalog), *problems_in_texts(strategies, catalog)]
    if found:
        raise ConfigError("\n".join(located(found, document)))
    return strategies


def meant_in(strategies: Strategies, market: str | None, kinds: Kinds) -> list[tuple[str, str]]:
    """What names mean in a market, as far as there are such columns."""
    meant = {} if market is None else strategies.markets[market].columns
    return [(name, column) for name, column in meant.items() if column in kinds]


def problems_in_columns(strategies: Strategies, catalog: _core.Catalog) -> list[Problem]:
    """Columns that the catalogue has not, or of another kind than they are asked for."""
    kinds = catalog.columns()
    found = {one.place: one for one in _of_markets(strategies, catalog)}
    for name, strategy, market in strategies.scenes():
        meant = meant_in(strategies, market, kinds)
        there = kinds | {own: kinds[column] for own, column in meant}
        for one in _of_strategy(strategy, there):
            place: Place = ("placements", name, *one.place)
            found.setdefault(place, Problem(place, one.text))
        for place, text, wants_number, why in _of_requests(strategy):
            if _asks_item(text, wants_number, catalog, meant):
                place = ("placements", name, *place)
                found.setdefault(place, Problem(place, why))
    return list(found.values())


def _of_markets(strategies: Strategies, catalog: _core.Catalog) -> Iterator[Problem]:
    kinds = catalog.columns()
    for market, one in strategies.markets.items():
        for name, meant in one.columns.items():
            place: Place = ("markets", market, "columns", name)
            if meant not in kinds:
                yield Problem(place, unknown("attribute", meant, kinds, of="the catalogue"))
            elif name == "id":
                yield Problem(place, "the id is no column, it means itself")
            elif name not in kinds and name not in ROLES:
                known = [*kinds, *(role for role in ROLES if role not in kinds)]
                yield Problem(place, unknown("attribute", name, known, of="the catalogue"))
            else:
                wanted = [kinds[name]] if name in kinds else catalog.kinds(name)
                if kinds[meant] not in wanted:
                    told = f"{meant} is a {kinds[meant]} column, {name} is of {' or '.join(wanted)}"
                    yield Problem(place, told)


def _of_strategy(strategy: Strategy, kinds: Kinds) -> Iterator[Problem]:
    for column in strategy.at_most:
        yield from _counted(("at_most", column), column, kinds)
    for at, rule in enumerate(strategy.rules):
        if rule.per is not None:
            yield from _counted(("rules", at, "per"), rule.per, kinds)
    for at, one in enumerate(strategy.exposure):
        if one.per is not None:
            yield from _counted(("exposure", at, "per"), one.per, kinds)
    on = strategy.diversity.on
    if on not in (None, "vectors", *kinds):
        yield Problem(("diversity", "on"), unknown("attribute", on, ["vectors", *kinds]))
    if strategy.price_reranking > 0 and "price" not in kinds:
        yield Problem(("price_reranking",), "the catalogue has no attribute 'price'")
    yield from _of_objectives(strategy, kinds)


def _of_objectives(strategy: Strategy, kinds: Kinds) -> Iterator[Problem]:
    aims = {"revenue": "price", "margin": "margin", "stock": "stock", "returns": "return_rate"}
    for aim, default in aims.items():
        one = getattr(strategy.objectives, aim)
        if one.weight <= 0:
            continue
        if aim == "margin" and one.column is None and "margin" not in kinds and "cost" in kinds:
            default = "cost"
        column = one.column or default
        if column not in kinds:
            told = unknown("attribute", column, kinds, of="the catalogue")
            yield Problem(("objectives", aim), f"{told}; another: {{weight: …, column: …}}")
        elif kinds[column] != "number":
            told = f"{column} is a {kinds[column]} column; an objective needs a number"
            yield Problem(("objectives", aim), told)


def _counted(place: Place, column: str, kinds: Kinds) -> Iterator[Problem]:
    if column not in kinds:
        yield Problem(place, unknown("attribute", column, kinds, of="the catalogue"))
    elif kinds[column] not in COUNTED:
        told = f"{column} is a {kinds[column]} column; only a category, a text or labels have "
        yield Problem(place, told + "values to count")


def _of_requests(strategy: Strategy) -> Iterator[tuple[Place, str, bool, str]]:
    """Texts that are asked once for a request: where they stand, and why no item may be in them."""
    once = "it is asked once for a request, of no item; what items have goes to where"
    for at, rule in enumerate(strategy.rules):
        if rule.when is not None:
            yield ("rules", at, "when"), rule.when, False, once
    for at, offer in enumerate(strategy.offers):
        if offer.when is not None:
            yield ("offers", at, "when"), offer.when, False, once
    for at, text in enumerate(strategy.explore.context if strategy.explore else []):
        why = "it asks for the item; a decision's context is of the request"
        yield ("explore", "context", at), text, True, why


def _asks_item(
    text: str, wants_number: bool, catalog: _core.Catalog, meant: list[tuple[str, str]]
) -> bool:
    try:
        return "item" in _core.Expression(catalog, text, wants_number, meant).needs
    except _core.ExpressionError:
        return False  # told as such
