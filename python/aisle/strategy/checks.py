"""What a strategy says and can't mean: texts that are no expressions, rules that contradict."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from aisle import _core
from aisle.filters import quoted
from aisle.strategy.model import Strategy
from aisle.strategy.placements import Strategies
from aisle.strategy.problems import Place, Problem
from aisle.strategy.rule import Rule

TEXTS = ("include", "exclude", "boost", "add", "when", "where")
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
    for place, text, wants_number in _texts_of(strategies):
        try:
            if catalog is None:
                _core.parse_expression(text)
            else:
                _core.Expression(catalog, text, wants_number)
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
    for name, strategy in strategies.placements.items():
        for moment in _moments(strategy):
            holds = [(at, rule) for at, rule in enumerate(strategy.rules) if _holds(rule, moment)]
            for problem in [*_too_many_kept(holds, length), *_pins_that_meet(holds)]:
                place: Place = ("placements", name, "rules", *problem.place)
                found.setdefault(place, Problem(place, problem.text))
    return list(found.values())


def rules_for_nobody(
    strategies: Strategies, catalog: _core.Catalog, now: datetime | None = None
) -> list[Problem]:
    """Filters that let no item of the catalogue through, and slots kept for items that they stop.

    Only expressions that the catalogue alone decides are asked, of rules that hold ``now``.
    """
    moment = now or datetime.now(UTC)
    found = []
    for name, strategy in strategies.placements.items():
        here: Place = ("placements", name)
        allowed = _allowed(strategy, catalog, moment)
        if len(catalog) and not allowed.any():
            which = "filter" if strategy.filter else "rules"
            text = "the filter and the rules that always hold let none of the "
            found.append(Problem((*here, which), f"{text}{len(catalog):,} items through"))
            continue
        for at, rule in enumerate(strategy.rules):
            if rule.at_least is None or not rule.enabled or rule.where is None:
                continue
            wanted = _items(rule.where, catalog, moment)
            if wanted is None or (wanted & allowed).any():
                continue
            text = "at_least keeps slots for items that no filter lets through; it is about "
            text += f"{int(wanted.sum()):,} of {len(catalog):,} items"
            found.append(Problem((*here, "rules", at, "where"), text))
    return found


def _texts_of(strategies: Strategies) -> Iterator[tuple[Place, str, bool]]:
    """Each expression, where it stands, and whether it gives a number."""
    for name, strategy in strategies.placements.items():
        here: Place = ("placements", name)
        if strategy.filter:
            yield (*here, "filter"), strategy.filter, False
        for at, rule in enumerate(strategy.rules):
            for field in TEXTS:
                text = getattr(rule, field)
                if isinstance(text, str):
                    yield (*here, "rules", at, field), text, field in ("boost", "add")


def _moments(strategy: Strategy) -> list[datetime]:
    """Times between which no rule begins: what holds together does so at one of them."""
    starts = {rule.from_ for rule in strategy.rules if rule.from_ is not None}
    return [datetime.min.replace(tzinfo=UTC), *sorted(starts)]


def _holds(rule: Rule, moment: datetime) -> bool:
    """Whether it holds then for every request."""
    if not rule.enabled or rule.when is not None:
        return False
    return (rule.from_ is None or rule.from_ <= moment) and (
        rule.until is None or moment < rule.until
    )


def _too_many_kept(holds: list[tuple[int, Rule]], length: int) -> Iterator[Problem]:
    kept = [(at, _slots(rule.at_least, length)) for at, rule in holds if rule.at_least is not None]
    total = sum(slots for _, slots in kept)
    if total > length:
        parts = " + ".join(str(slots) for _, slots in kept)
        sums = f"{parts} = {total}" if len(kept) > 1 else parts
        text = f"at_least keeps {sums} slots"
        yield Problem((kept[-1][0], "at_least"), f"{text}, a slate has {length} (--k)")


def _slots(count: int | str, length: int) -> int:
    """As the core counts a share: rounded up."""
    return math.ceil(float(count[:-1]) / 100 * length - 1e-9) if isinstance(count, str) else count


def _pins_that_meet(holds: list[tuple[int, Rule]]) -> Iterator[Problem]:
    taken: dict[int, Rule] = {}
    for at, rule in holds:
        if rule.slot is None:
            continue
        other = taken.setdefault(rule.slot, rule)
        if other is not rule:
            text = f"two pins on slot {rule.slot} at one time: {other.pin!r} and {rule.pin!r}; "
            yield Problem((at, "slot"), text + "give one of them another slot or window")


def _allowed(strategy: Strategy, catalog: _core.Catalog, moment: datetime) -> Items:
    """The items that everything lets through which the catalogue alone decides."""
    allowed = np.ones(len(catalog), bool)
    texts = [(strategy.filter, True)]
    for rule in strategy.rules:
        if not _holds(rule, moment):
            continue
        texts += [(rule.include, True), (rule.exclude, False)]
        if rule.hide:
            listed = ", ".join(quoted(str(one)) for one in rule.hide)
            texts.append((f"id in [{listed}]", False))
    for text, is_wanted in texts:
        found = None if text is None else _items(text, catalog, moment)
        if found is not None:
            allowed &= found if is_wanted else ~found
    return allowed


def _items(text: str, catalog: _core.Catalog, moment: datetime) -> Items | None:
    """For which items a condition is true; None where requests decide."""
    condition = _core.Expression(catalog, text)
    if not set(condition.needs) <= {"item", "now"}:
        return None
    nothing = _core.GivenValues({})
    now = round(moment.timestamp() * 1_000_000)
    return condition.matches(now, None, nothing, nothing, None, 0)
