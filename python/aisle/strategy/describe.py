"""A strategy in words, in the order in which it applies."""

from __future__ import annotations

from aisle.strategy.market import Market
from aisle.strategy.model import Strategy
from aisle.strategy.rule import Rule
from aisle.strategy.value import offers_in_words, order_in_words, relation_in_words

EXCLUDED = {
    "anchor": "the item of the page",
    "bought": "what the visitor bought",
    "in_cart": "what is in the cart",
    "seen": "what the session has seen",
    "unavailable": "what can't be bought now",
}


def describe(strategy: Strategy) -> list[str]:
    """One line for each thing that it does.

    Examples
    --------
    >>> recipe = Strategy(filter="price < 50", rules=[Rule(pin="sku-1", slot=1)])
    >>> for line in describe(recipe):
    ...     print(line)
    left out: the item of the page, what the visitor bought, what is in the cart,
    what can't be bought now
    only items with price < 50
    candidates from all sources
    sku-1 stands in slot 1 (pin 1)
    """
    lines = [_left_out(strategy), *relation_in_words(strategy)]
    if strategy.filter:
        lines.append(f"only items with {strategy.filter}")
    named = list(zip(strategy.rules, strategy.names, strict=True))
    lines += [_rule(*one) for one in named if one[0].action in ("include", "exclude", "hide")]
    lines.append(_sources(strategy))
    lines += [_rule(*one) for one in named if one[0].action in ("boost", "bury", "add")]
    objectives, dearer = order_in_words(strategy)
    lines += objectives
    if strategy.fatigue.strength > 0:
        lines.append(strategy.fatigue.in_words())
    if strategy.rotation.rate > 0:
        lines.append(strategy.rotation.in_words())
    lines += [one.in_words() for one in strategy.exposure]
    lines += dearer
    if strategy.novelty > 0:
        lines.append(f"the rare before the common, with strength {strategy.novelty:g}")
    if strategy.diversity.strength > 0:
        lines.append(
            f"diversity by {strategy.diversity.method.upper()} with strength "
            f"{strategy.diversity.strength:g}, chosen from the best {strategy.diversity.pool}"
        )
    lines += [_rule(*one) for one in named if one[0].action in ("pin", "at_most", "at_least")]
    lines += [f"at most {n} of one {column}" for column, n in strategy.at_most.items()]
    if strategy.explore is not None:
        lines.append(strategy.explore.in_words())
    if strategy.minimum:
        lines.append(f"nothing at all when there would be fewer than {strategy.minimum}")
    if strategy.fallback:
        lines.append(f"when there is nothing: as {', then '.join(strategy.fallback)}")
    lines += offers_in_words(strategy)
    return lines


def describe_market(market: Market, name: str) -> list[str]:
    """What differs there, a line each."""
    lines = [f"{own} means {column}" for own, column in market.columns.items()]
    lines += [f"prices in {market.currency}"] if market.currency else []
    lines += [f"only items with {market.filter}"] if market.filter else []
    return lines + [_rule(*one) for one in zip(market.rules, market.names(name), strict=True)]


def _left_out(strategy: Strategy) -> str:
    kept = [words for name, words in EXCLUDED.items() if getattr(strategy.exclude, name)]
    return f"left out: {', '.join(kept) or 'nothing'}"


def _sources(strategy: Strategy) -> str:
    if strategy.sources is None:
        return "candidates from all sources"
    parts = []
    for name, source in strategy.sources:
        if source is not None:
            say = "" if source.weight == 1 else f", weight {source.weight:g}"
            parts.append(f"{name} (up to {source.quota}{say})")
    return f"candidates from {', '.join(parts) or 'no source: the fallback chain alone'}"


def _rule(rule: Rule, name: str) -> str:
    items = f"items with {rule.where}" if rule.where else "all items"
    amount = getattr(rule, rule.action)
    what = {
        "include": f"only items with {amount}",
        "exclude": f"no items with {amount}",
        "hide": f"never {', '.join(str(one) for one in rule.hide or [])}",
        "boost": f"{items}: odds times {amount}",
        "bury": f"{items}: odds divided by {amount}",
        "add": f"{items}: {amount} added to the relevance",
        "pin": f"{rule.pin} stands in slot {rule.slot}",
        "at_most": f"at most {amount} of one {rule.per}"
        if rule.per
        else f"at most {amount} {items}",
        "at_least": f"at least {amount} {items}",
    }[rule.action]
    when = [f"while {rule.when}"] if rule.when else []
    when += [f"from {rule.from_:%Y-%m-%d %H:%M}"] if rule.from_ else []
    when += [f"until {rule.until:%Y-%m-%d %H:%M}"] if rule.until else []
    when += [] if rule.enabled else ["switched off"]
    return f"{what}{', ' if when else ''}{', '.join(when)} ({name})"
