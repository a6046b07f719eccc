"""From a strategy as people write it to the one that the core runs."""

from __future__ import annotations

from typing import Any

from aisle import _core
from aisle.strategy.exposure import set_exposure
from aisle.strategy.model import FEATURES, SOURCES, Strategy
from aisle.strategy.part import window_of
from aisle.strategy.placements import DEFAULT, Strategies
from aisle.strategy.rule import Rule
from aisle.strategy.value import set_values


def placements_of(strategies: Strategies) -> list[tuple[str, _core.Strategy]]:
    """Each placement with its strategy, in the shop as a whole and in each of its markets.

    The first of a market answers requests that name none.
    """
    names = sorted(strategies.placements, key=lambda name: name != DEFAULT)
    plain = [name for name in names if strategies.market_of(name) is None]
    found = [(name, to_core(strategies.placements[name])) for name in plain]
    for market in strategies.markets:
        own = [name for name in names if strategies.market_of(name) == market]
        own += [f"{name}@{market}" for name in plain if f"{name}@{market}" not in own]
        own.sort(key=lambda name: name != f"{DEFAULT}@{market}")
        found += [(name, _in_market(strategies, name, market)) for name in own]
    return found


def _in_market(strategies: Strategies, placement: str, market: str) -> _core.Strategy:
    """What answers there: the other placements that it names are those of the market."""
    there = strategies.markets[market]
    strategy = strategies.placements.get(placement)
    strategy = strategy or strategies.placements[placement.removesuffix(f"@{market}")]

    def here(name: str) -> str:
        return name if strategies.market_of(name) else f"{name}@{market}"

    changed: dict[str, Any] = {"fallback": [here(name) for name in strategy.fallback]}
    if strategy.explore is not None and strategy.explore.among:
        among = [here(name) for name in strategy.explore.among]
        changed["explore"] = strategy.explore.model_copy(update={"among": among})
    core = to_core(strategy.model_copy(update=changed), there.currency)
    core.set_market(market, there.currency or "", list(there.columns.items()))
    if there.filter is not None:
        _add(core, Rule(include=there.filter), f"filter of {market}")
    for rule, name in zip(there.rules, there.names(market), strict=True):
        if rule.enabled:
            _add(core, rule, name)
    return core


def to_core(strategy: Strategy, currency: str | None = None) -> _core.Strategy:
    """What the core takes, of the offers those in that currency.

    Raises
    ------
    ConfigError
        For a value outside its domain.
    """
    core = _core.Strategy()
    weights = list(core.weights)
    if strategy.weights is not None:
        weights = [strategy.weights.get(name, 0.0) for name in FEATURES]
        core.weights = weights
    if strategy.sources is not None:
        for name in SOURCES:
            source = getattr(strategy.sources, name)
            core.set_source(name, source is not None, source.quota if source else 0)
            core.set_source_weight(name, source.weight if source else 1.0)
    for name, value in strategy.exclude:
        setattr(core.exclude, name, value)
    core.filter = strategy.filter or ""
    core.takes_largest_boost = strategy.boosts == "max"
    core.diversity = strategy.diversity.strength
    core.diversity_pool = strategy.diversity.pool
    core.diversity_on = strategy.diversity.on or ""
    core.set_diversity_method(strategy.diversity.method)
    core.novelty = strategy.novelty
    core.minimum = strategy.minimum
    core.fallback = strategy.fallback
    fatigue, rotation = strategy.fatigue, strategy.rotation
    core.set_fatigue(fatigue.strength, fatigue.after, round(fatigue.within * 1e6))
    core.set_rotation(rotation.rate, round(rotation.time * 1e6))
    core.seed = strategy.seed
    if strategy.explore is not None:
        core.explore = strategy.explore.to_core()
    core.set_at_most(dict(strategy.at_most))
    set_values(core, strategy, currency)
    set_exposure(core, strategy)
    for rule, name in zip(strategy.rules, strategy.names, strict=True):
        if rule.enabled:
            _add(core, rule, name)
    core.validate()
    return core


def _add(core: _core.Strategy, rule: Rule, name: str) -> None:
    action = rule.action
    amount = getattr(rule, action)
    items: list[str] = []
    where, text, number, count, share = rule.where or "", "", 1.0, 0, 0.0
    if action in ("include", "exclude"):
        where = amount
    elif action in ("at_most", "at_least"):
        count, share = (0, float(amount[:-1]) / 100) if isinstance(amount, str) else (amount, 0.0)
    elif action in ("pin", "hide"):
        items = [str(one) for one in (amount if isinstance(amount, list) else [amount])]
        count = rule.slot or 0
    elif isinstance(amount, str):
        text = amount
    else:
        number = 1.0 / amount if action == "bury" else float(amount)
    core.add_rule(
        name, "boost" if action == "bury" else action, rule.when or "",
        *window_of(rule.from_, rule.until),
        where, text, number, items, rule.per or "", count, share,
    )  # fmt: skip
