"""The expression language once more: a recursive interpreter of trees, None for null.

A tree is a tuple: its kind, then what belongs to it. Every rule stands here in the fewest words
that say it; the core must agree with each.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

Value = bool | float | str | frozenset[str] | None
Given = bool | float | str | list[str] | None
Tree = tuple  # type: ignore[type-arg]
Cells = dict[str, Value]


@dataclass
class Event:
    type: str
    item: int
    time: float  # microseconds, as all times and durations here
    value: float | None = None


@dataclass
class Request:
    """All that an expression can see besides the item."""

    items: list[Cells]  # of each item: its id, and its columns by name
    now: float = 0.0
    anchor: int | None = None
    context: dict[str, Given] = field(default_factory=dict)
    parameters: dict[str, Given] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    session_begin: int = 0


def finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def kleene_not(a: Value) -> Value:
    return None if a is None else not a


def kleene_and(a: Value, b: Value) -> Value:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def kleene_or(a: Value, b: Value) -> Value:
    return kleene_not(kleene_and(kleene_not(a), kleene_not(b)))


def arithmetic(sign: str, a: float, b: float) -> float | None:
    if sign == "+":
        return finite(a + b)
    if sign == "-":
        return finite(a - b)
    if sign == "*":
        return finite(a * b)
    if b == 0:
        return None
    return finite(a / b) if sign == "/" else math.fmod(a, b)


def ordered(value: Value) -> Value | bytes:
    """Texts are compared by their bytes."""
    return value.encode() if isinstance(value, str) else value


def compare(sign: str, a: Value, b: Value) -> bool:
    left, right = ordered(a), ordered(b)
    return {
        "==": lambda: left == right,
        "!=": lambda: left != right,
        "<": lambda: left < right,  # type: ignore[operator]
        "<=": lambda: left <= right,  # type: ignore[operator]
        ">": lambda: left > right,  # type: ignore[operator]
        ">=": lambda: left >= right,  # type: ignore[operator]
    }[sign]()


def is_in(value: Value, values: list[Value]) -> Value:
    """As SQL has it: value == a or value == b or ..."""
    found: Value = False
    for one in values:
        found = kleene_or(found, None if value is None or one is None else value == one)
    return found


def away_from_zero(x: float) -> float:
    whole = math.trunc(x)
    return float(whole + math.copysign(1, x)) if abs(x - whole) >= 0.5 else float(whole)


def kilometres(a_lat: float, a_lon: float, b_lat: float, b_lon: float) -> float:
    """The haversine formula on a sphere of the Earth's mean radius."""
    radian = math.pi / 180.0
    lat = math.sin((b_lat - a_lat) * radian / 2)
    lon = math.sin((b_lon - a_lon) * radian / 2)
    half = lat * lat + math.cos(a_lat * radian) * math.cos(b_lat * radian) * lon * lon
    return 2.0 * 6371.0088 * math.asin(math.sqrt(min(max(half, 0.0), 1.0)))


def logarithm(x: float) -> float | None:
    return math.log(x) if x > 0 else None


def exponential(x: float) -> float | None:
    try:
        return math.exp(x)
    except OverflowError:
        return None


TIMES = {"1970-01-03": 2 * 86_400e6, "1970-01-09T12:30:15.5Z": 8 * 86_400e6 + 45_015.5e6}
DURATIONS = {"36h": 36 * 3_600e6, "9d": 9 * 86_400e6}


def given_as(kind: str, given: Given) -> Value:
    """What a request gives, as the type that its surroundings want; of another type it is null."""
    if kind == "anything" or given is None:
        return frozenset(given) if isinstance(given, list) else given
    if kind == "set":
        if isinstance(given, list):
            return frozenset(given)
        return frozenset([given]) if isinstance(given, str) else None
    if isinstance(given, str):
        texts = {"text": given, "time": TIMES.get(given), "duration": DURATIONS.get(given)}
        return texts.get(kind)
    if isinstance(given, bool):
        return given if kind == "bool" else None
    numeric = kind in ("number", "time", "duration") and isinstance(given, float)
    return given if numeric else None  # type: ignore[return-value]


def lowered(text: str) -> str:
    """Letter for letter, which str.lower() is not: it has rules for İ and for a Σ at the end."""
    return "".join("i" if letter == "İ" else letter.lower() for letter in text)


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "round": away_from_zero,
    "floor": lambda x: float(math.floor(x)),
    "ceil": lambda x: float(math.ceil(x)),
    "sqrt": lambda x: math.sqrt(x) if x >= 0 else None,
    "log": logarithm,
    "exp": exponential,
    "lower": lowered,
    "contains": lambda text, part: part in text,
    "starts_with": lambda text, part: text.startswith(part),
    "ends_with": lambda text, part: text.endswith(part),
    "size": lambda labels: float(len(labels)),
    "geo_distance": kilometres,
}


class Interpreter:
    """Evaluates trees for one item of one request."""

    def __init__(self, request: Request, item: int) -> None:
        self.request = request
        self.item = item

    def value(self, tree: Tree) -> Value:
        return getattr(self, tree[0])(*tree[1:])  # type: ignore[no-any-return]

    def literal(self, value: Value, _text: str) -> Value:
        return value

    def parentheses(self, inner: Tree) -> Value:
        return self.value(inner)

    # --- names

    def column(self, name: str) -> Value:
        return self.request.items[self.item].get(name)

    def anchor(self, name: str) -> Value:
        anchor = self.request.anchor
        return None if anchor is None else self.request.items[anchor].get(name)

    def context(self, name: str, kind: str) -> Value:
        return given_as(kind, self.request.context.get(name))

    def parameter(self, name: str, kind: str) -> Value:
        return given_as(kind, self.request.parameters[name])

    def now(self) -> Value:
        return self.request.now

    # --- operators

    def negate(self, a: Tree) -> Value:
        value = self.value(a)
        return None if value is None else -value  # type: ignore[operator]

    def operation(self, sign: str, a: Tree, b: Tree) -> Value:
        left, right = self.value(a), self.value(b)
        if left is None or right is None:
            return None
        return arithmetic(sign, left, right)  # type: ignore[arg-type]

    def comparison(self, sign: str, a: Tree, b: Tree) -> Value:
        left, right = self.value(a), self.value(b)
        return None if left is None or right is None else compare(sign, left, right)

    def both(self, *parts: Tree) -> Value:
        result: Value = True
        for part in parts:
            result = kleene_and(result, self.value(part))
        return result

    def either(self, *parts: Tree) -> Value:
        result: Value = False
        for part in parts:
            result = kleene_or(result, self.value(part))
        return result

    def negation(self, a: Tree) -> Value:
        return kleene_not(self.value(a))

    def membership(self, negated: bool, a: Tree, values: list[Tree]) -> Value:
        found = is_in(self.value(a), [self.value(one) for one in values])
        return kleene_not(found) if negated else found

    def between(self, negated: bool, a: Tree, low: Tree, high: Tree) -> Value:
        inside = kleene_and(self.comparison(">=", a, low), self.comparison("<=", a, high))
        return kleene_not(inside) if negated else inside

    def null_test(self, negated: bool, a: Tree) -> Value:
        return (self.value(a) is None) != negated

    # --- sets

    def label(self, negated: bool, a: Tree, labels: Tree) -> Value:
        """'x' in tags."""
        one, known = self.value(a), self.value(labels)
        found = None if known is None else self.is_label(one, known)
        return kleene_not(found) if negated else found

    def is_label(self, one: Value, known: Value) -> Value:
        """Nothing is in an empty set, also not what is unknown."""
        if not known:
            return False
        return None if one is None else one in known  # type: ignore[operator]

    def all_labels(self, how: str, labels: Tree, values: list[Value]) -> Value:
        known = self.value(labels)
        known = frozenset([known]) if isinstance(known, str) else known
        result: Value = how == "all"
        for value in values:
            test = None if known is None else self.is_label(value, known)
            result = kleene_and(result, test) if how == "all" else kleene_or(result, test)
        return kleene_not(result) if how == "none" else result

    def labels(self, how: str, labels: Tree, values: list[Tree]) -> Value:
        """Any, all or none of a list, each of which is 'x' in tags. A text is a set of one."""
        return self.all_labels(how, labels, [self.value(value) for value in values])

    def labels_of(self, how: str, labels: Tree, others: Tree) -> Value:
        """The same of a set; one that is not known stands for a text that is not."""
        values = self.value(others)
        return self.all_labels(how, labels, [None] if values is None else sorted(values))  # type: ignore[type-var,arg-type]

    # --- functions

    def call(self, name: str, *arguments: Tree) -> Value:
        values = [self.value(one) for one in arguments]
        return None if None in values else FUNCTIONS[name](*values)

    def age(self, a: Tree) -> Value:
        return self.operation("-", ("now",), a)

    def choice(self, condition: Tree, a: Tree, b: Tree) -> Value:
        return self.value(a) if self.value(condition) is True else self.value(b)

    def coalesce(self, *arguments: Tree) -> Value:
        return next((v for one in arguments if (v := self.value(one)) is not None), None)

    # --- what the visitor did

    def matching(
        self, where: str, event_type: str, column: str | None, within: float | None
    ) -> list[Event]:
        found = [e for e in self.events_of(where) if event_type in ("*", e.type)]
        if within is not None:
            found = [e for e in found if e.time >= self.request.now - within]
        if column is not None:
            mine = self.column(column)
            cells = self.request.items
            found = [e for e in found if mine is not None and cells[e.item].get(column) == mine]
        return found

    def count(self, where: str, event_type: str, column: str | None, within: float | None) -> Value:
        return float(len(self.matching(where, event_type, column, within)))

    def happened(
        self, where: str, event_type: str, column: str | None, within: float | None
    ) -> Value:
        return bool(self.matching(where, event_type, column, within))

    def last(self, where: str, event_type: str, column: str | None, within: float | None) -> Value:
        return max((e.time for e in self.matching(where, event_type, column, within)), default=None)

    def session(self) -> list[Event]:
        return self.request.events[self.request.session_begin :]

    def in_cart(self) -> list[Event]:
        """Put in and neither taken out nor bought later."""
        return [
            event
            for place, event in enumerate(self.session())
            if event.type == "cart"
            and not any(
                later.item == event.item and later.type in ("remove_from_cart", "purchase")
                for later in self.session()[place + 1 :]
            )
        ]

    def cart_value(self) -> Value:
        """As far as values are known."""
        return sum((event.value for event in self.in_cart() if event.value is not None), 0.0)

    def events_of(self, where: str) -> list[Event]:
        return self.session() if where == "session" else self.request.events

    def items(self, where: str, what: str) -> Value:
        """The ids of what lies in the cart or was seen."""
        events = self.in_cart() if what == "cart" else self.events_of(where)
        return frozenset(str(self.request.items[event.item]["id"]) for event in events)

    def turned_to(self, where: str) -> list[Event]:
        turned = ("view", "cart", "purchase", "click", "like")
        return [event for event in self.events_of(where) if event.type in turned]

    def length(self) -> Value:
        return float(len(self.turned_to("session")))

    def seen(self, where: str) -> Value:
        return any(event.item == self.item for event in self.events_of(where))

    def price(self, where: str, quantile: float) -> Value:
        """Between the two nearest prices of different items, in proportion."""
        items = {event.item for event in self.turned_to(where)}
        cells = [self.request.items[item]["price"] for item in items]
        prices = sorted(float(cell) for cell in cells if isinstance(cell, float))
        if not prices:
            return None
        place = quantile * (len(prices) - 1)
        below = math.floor(place)
        above = min(below + 1, len(prices) - 1)
        return prices[below] + (prices[above] - prices[below]) * (place - below)
