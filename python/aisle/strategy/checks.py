"""What a strategy says and can't mean: texts that are no expressions, rules that contradict."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from aisle import _core
from aisle.filters import quoted
from aisle.strategy.columns import meant_in
from aisle.strategy.exposure import Exposure
from aisle.strategy.market import Market
from aisle.strategy.model import Strategy
from aisle.strategy.placements import Strategies
from aisle.strategy.problems import Place, Problem
from aisle.strategy.rule import Rule

TEXTS = ("include", "exclude", "boost", "add", "when", "where")
NO_ITEM = 0xFFFFFFFF
Items = npt.NDArray[np.bool_]


def problems_in_texts(
    strategies: Strategies, catalog: _core.Catalog | None = None
) -> list[Problem]:
    """Every expression that is none; with a catalogue also names and types that don't hold.

    Examples
    --------
    >>> broken = Strategies(placements={"home": {"filter": "price <"}})
    >>> print(problems_in_texts(broken)[0].text.splitlines()[0])
    the expression ends too early
    """
    found = []
    for place, text, wants_number, market in _texts_of(strategies):
        try:
            if catalog is None:
                _core.parse_expression(text)
            else:
                columns = meant_in(strategies, market, catalog.columns())
                _core.Expression(catalog, text, wants_number, columns)
        except _core.ExpressionError as error:
            told = str(error).removeprefix(f"{error.line}:{error.column}: ")
            line = text.split("\n")[error.line - 1].encode()
            column = len(line[: error.column - 1].decode(errors="ignore"))
            found.append(Problem(place, told, column, error.line - 1))
    return found


def contradictions(strategies: Strategies, length: int) -> list[Problem]:
    """Rules that can't all be kept in a slate of that length, at any time that they name.

    Rules with a ``when`` are left out: whether two of them hold at once, only a request tells.
    """
    found: dict[Place, Problem] = {}
    for scene in strategies.scenes():
        rules = list(_rules_of(strategies, scene))
        for moment in _moments(rules):
            holds = [(place, rule) for place, rule in rules if _holds(rule, moment)]
            for problem in [*_too_many_kept(holds, length), *_pins_that_meet(holds)]:
                found.setdefault(problem.place, problem)
    return list(found.values())


def rules_for_nobody(
    strategies: Strategies, catalog: _core.Catalog, now: datetime | None = None
) -> list[Problem]:
    """Filters that let no item of the catalogue through, and slots kept for items that they stop.

    Only expressions that the catalogue alone decides are asked, of rules that hold ``now``.
    """
    moment = now or datetime.now(UTC)
    found: dict[Place, Problem] = {}
    for market in strategies.markets:
        if len(catalog) and not _market_alone(strategies, market, catalog, moment):
            text = f"the filter and the rules of the market let none of the {len(catalog):,} items "
            found["markets", market] = Problem(("markets", market), text + "through")
    for scene in strategies.scenes():
        name, strategy, where = scene
        if ("markets", where) in found:
            continue  # its placements are as empty
        columns = meant_in(strategies, where, catalog.columns())
        rules = list(_rules_of(strategies, scene))
        filters = [strategy.filter, strategies.markets[where].filter if where else None]
        texts = [(text, True) for text in filters if text is not None]
        allowed = _allowed(texts, [rule for _, rule in rules], catalog, columns, moment)
        if len(catalog) and not allowed.any():
            place: Place = ("placements", name, "filter" if strategy.filter else "rules")
            text = "the filter and the rules that always hold let none of the "
            text += f"{len(catalog):,} items through" + (f" in the market {where}" if where else "")
            found.setdefault(place, Problem(place, text))
            continue
        for at, one in enumerate(strategy.exposure):
            if problem := _owed_in_vain(one, catalog, columns, moment):
                here: Place = ("placements", name, "exposure", at, "at_least")
                found.setdefault(here, Problem(here, problem))
        for place, rule in rules:
            if rule.at_least is None or not rule.enabled or rule.where is None:
                continue
            wanted = _items(rule.where, catalog, columns, moment)
            if wanted is None or (wanted & allowed).any():
                continue
            text = "at_least keeps slots for items that no filter lets through; it is about "
            text += f"{int(wanted.sum()):,} of {len(catalog):,} items"
            found.setdefault(place, Problem((*place, "where"), text))
    return list(found.values())


def _owed_in_vain(
    one: Exposure, catalog: _core.Catalog, columns: list[tuple[str, str]], moment: datetime
) -> str | None:
    """Why the floor of an exposure can't be kept, as far as the catalogue tells."""
    if one.at_least > 0 and one.where is not None:
        items = _items(one.where, catalog, columns, moment)
        if items is not None and not items.any():
            return "at_least of items that there are none of"
    meant = dict(columns).get(one.per or "", one.per)
    kinds = catalog.columns()
    if one.at_least > 0 and meant in kinds and kinds[meant] in ("category", "text"):
        values = len(np.unique(catalog.codes(meant)))
        if values * one.at_least > 1:
            return f"{values:,} values with at least {100 * one.at_least:g}% each are more than all"
    return None


def _market_alone(
    strategies: Strategies, market: str, catalog: _core.Catalog, moment: datetime
) -> bool:
    """Whether a market's own filter and rules let anything through."""
    there = strategies.markets[market]
    texts = [] if there.filter is None else [(there.filter, True)]
    columns = meant_in(strategies, market, catalog.columns())
    return bool(_allowed(texts, there.rules, catalog, columns, moment).any())


def unknown_ids(strategies: Strategies, catalog: _core.Catalog) -> list[Problem]:
    """Items that rules name and that the shop has not: no mistake yet, but worth a word."""
    found: dict[Place, Problem] = {}
    for scene in strategies.scenes():
        for place, rule in _rules_of(strategies, scene):
            named = rule.hide or ([] if rule.pin is None else [rule.pin])
            numbers = catalog.items.lookup([str(one) for one in named]).tolist()
            missing = [one for one, at in zip(named, numbers, strict=True) if at == NO_ITEM]
            if missing:
                few = ", ".join(repr(one) for one in missing[:5])
                more = f" and {len(missing) - 5:,} more" if len(missing) > 5 else ""
                field = "hide" if rule.hide else "pin"
                found.setdefault(
                    place, Problem((*place, field), f"the shop has no item {few}{more}")
                )
    return list(found.values())


def _rules_of(
    strategies: Strategies, scene: tuple[str, Strategy, str | None]
) -> Iterator[tuple[Place, Rule]]:
    """A placement's rules and those of its market, each with where it stands."""
    name, strategy, market = scene
    for at, rule in enumerate(strategy.rules):
        yield ("placements", name, "rules", at), rule
    if market is not None:
        for at, rule in enumerate(strategies.markets[market].rules):
            yield ("markets", market, "rules", at), rule


def _texts_of(strategies: Strategies) -> Iterator[tuple[Place, str, bool, str | None]]:
    """Each expression, where it stands, whether it gives a number, and of which market it is."""
    for name, strategy in strategies.placements.items():
        here: Place = ("placements", name)
        market = strategies.market_of(name)
        yield from _texts_in(strategy, here, market)
        for at, one in enumerate(strategy.exposure):
            if one.where:
                yield (*here, "exposure", at, "where"), one.where, False, market
        for at, text in enumerate(strategy.explore.context if strategy.explore else []):
            yield (*here, "explore", "context", at), text, True, market
        for at, offer in enumerate(strategy.offers):
            for field in ("where", "when"):
                if text := getattr(offer, field):
                    yield (*here, "offers", at, field), text, False, market
    for name, there in strategies.markets.items():
        yield from _texts_in(there, ("markets", name), name)


def _texts_in(
    part: Strategy | Market, here: Place, market: str | None
) -> Iterator[tuple[Place, str, bool, str | None]]:
    if part.filter:
        yield (*here, "filter"), part.filter, False, market
    for at, rule in enumerate(part.rules):
        for field in TEXTS:
            text = getattr(rule, field)
            if isinstance(text, str):
                yield (*here, "rules", at, field), text, field in ("boost", "add"), market


def _moments(rules: list[tuple[Place, Rule]]) -> list[datetime]:
    """Times between which no rule begins: what holds together does so at one of them."""
    starts = {rule.from_ for _, rule in rules if rule.from_ is not None}
    return [datetime.min.replace(tzinfo=UTC), *sorted(starts)]


def _holds(rule: Rule, moment: datetime) -> bool:
    """Whether it holds then for every request."""
    if not rule.enabled or rule.when is not None:
        return False
    return (rule.from_ is None or rule.from_ <= moment) and (
        rule.until is None or moment < rule.until
    )


def _too_many_kept(holds: list[tuple[Place, Rule]], length: int) -> Iterator[Problem]:
    kept = [
        (place, _slots(rule.at_least, length)) for place, rule in holds if rule.at_least is not None
    ]
    total = sum(slots for _, slots in kept)
    if total > length:
        parts = " + ".join(str(slots) for _, slots in kept)
        sums = f"{parts} = {total}" if len(kept) > 1 else parts
        text = f"at_least keeps {sums} slots"
        yield Problem((*kept[-1][0], "at_least"), f"{text}, a slate has {length} (--k)")


def _slots(count: int | str, length: int) -> int:
    """As the core counts a share: rounded up."""
    return math.ceil(float(count[:-1]) / 100 * length - 1e-9) if isinstance(count, str) else count


def _pins_that_meet(holds: list[tuple[Place, Rule]]) -> Iterator[Problem]:
    taken: dict[int, Rule] = {}
    for place, rule in holds:
        if rule.slot is None:
            continue
        other = taken.setdefault(rule.slot, rule)
        if other is not rule:
            text = f"two pins on slot {rule.slot} at one time: {other.pin!r} and {rule.pin!r}; "
            yield Problem((*place, "slot"), text + "give one of them another slot or window")


def _allowed(
    texts: list[tuple[str, bool]],
    rules: list[Rule],
    catalog: _core.Catalog,
    columns: list[tuple[str, str]],
    moment: datetime,
) -> Items:
    """The items that everything lets through which the catalogue alone decides."""
    allowed = np.ones(len(catalog), bool)
    for rule in rules:
        if not _holds(rule, moment):
            continue
        texts += [(rule.include, True)] if rule.include else []
        texts += [(rule.exclude, False)] if rule.exclude else []
        if rule.hide:
            listed = ", ".join(quoted(str(one)) for one in rule.hide)
            texts.append((f"id in [{listed}]", False))
    for text, is_wanted in texts:
        found = _items(text, catalog, columns, moment)
        if found is not None:
            allowed &= found if is_wanted else ~found
    return allowed


def _items(
    text: str, catalog: _core.Catalog, columns: list[tuple[str, str]], moment: datetime
) -> Items | None:
    """For which items a condition is true; None where requests decide."""
    condition = _core.Expression(catalog, text, False, columns)
    if not set(condition.needs) <= {"item", "now"}:
        return None
    nothing = _core.GivenValues({})
    now = round(moment.timestamp() * 1_000_000)
    return condition.matches(now, None, nothing, nothing, None, 0)
