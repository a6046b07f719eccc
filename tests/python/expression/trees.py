"""Random expressions of every type, and how they are written."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st
from interpreter import DURATIONS, TIMES, Tree  # type: ignore[import-not-found]

TEXTS = ["acme", "bolt", "ac", "", "Größe", "it's", "GRÖßE", "AC"]
LABELS = ["red", "summer", "acme"]
# Attributes by type; the names are odd on purpose.
COLUMNS = {
    "number": ["price", "odd name", "or"],
    "text": ["brand", "title", "id"],
    "bool": ["sale"],
    "time": ["added"],
    "set": ["tags"],
}
CONTEXT = ["flag", "number", "text", "words", "time", "duration", "nothing", "absent"]
EVENTS = ["view", "cart", "remove_from_cart", "purchase", "search", "like", "*"]
DAY = 86_400e6


def literal(value: object, text: str) -> Tree:
    return ("literal", value, text)


NULL = literal(None, "null")


@cache
def numbers_written() -> st.SearchStrategy[Tree]:
    values = st.one_of(
        st.integers(0, 4).map(float),
        st.sampled_from([0.5, 0.1, 2.5, 1e308, 1e-9]),
    )
    return values.map(lambda value: literal(value, repr(value)))


@cache
def durations_written() -> st.SearchStrategy[Tree]:
    units = st.sampled_from([("s", 1e6), ("m", 60e6), ("h", 3_600e6), ("d", DAY), ("w", 7 * DAY)])
    return st.builds(
        lambda count, unit: literal(count * unit[1], f"{count}{unit[0]}"), st.integers(0, 40), units
    )


def quoted(text: str) -> str:
    mark = '"' if "'" in text else "'"
    return mark + text + mark


def texts_written(among: list[str]) -> st.SearchStrategy[Tree]:
    return st.sampled_from(among).map(lambda text: literal(text, quoted(text)))


def coerced(table: dict[str, float]) -> st.SearchStrategy[Tree]:
    """A text that becomes a time or a duration beside one."""
    return st.sampled_from(sorted(table)).map(lambda text: literal(table[text], quoted(text)))


@cache
def names(kind: str) -> st.SearchStrategy[Tree]:
    """Attributes of the item and of the anchor, whose type is known."""
    columns = st.sampled_from(COLUMNS[kind])
    return st.one_of(
        columns.map(lambda name: ("column", name)), columns.map(lambda name: ("anchor", name))
    )


@cache
def open_values(kind: str) -> st.SearchStrategy[Tree]:
    """What takes the type that its surroundings want."""
    return st.one_of(
        st.just(NULL),
        st.sampled_from(CONTEXT).map(lambda name: ("context", name, kind)),
        st.just(("parameter", kind, kind)),
    )


@cache
def open_choices(kind: str) -> st.SearchStrategy[Tree]:
    """Choices whose parts all take the type that their surroundings want."""
    written_too = {"time": TIMES, "duration": DURATIONS}
    parts = open_values(kind)
    if kind in written_too:
        parts = st.one_of(parts, coerced(written_too[kind]))
    if kind == "text":
        parts = st.one_of(parts, texts_written(TEXTS))
    return st.one_of(
        st.tuples(st.just("choice"), names("bool"), parts, parts),
        st.tuples(st.just("coalesce"), parts, parts),
        st.tuples(st.just("coalesce"), parts, st.tuples(st.just("coalesce"), parts, parts)),
    )


@cache
def items_of_visitor() -> st.SearchStrategy[Tree]:
    which = [("session", "cart"), ("session", "seen"), ("history", "seen")]
    return st.sampled_from(which).map(lambda one: ("items", *one))


@cache
def sets() -> st.SearchStrategy[Tree]:
    return st.one_of(names("set"), st.just(("context", "words", "set")), items_of_visitor())


@cache
def seen() -> st.SearchStrategy[Tree]:
    return st.sampled_from([("seen", "session"), ("seen", "history")])


@cache
def prices() -> st.SearchStrategy[Tree]:
    return st.tuples(
        st.just("price"),
        st.sampled_from(["session", "history"]),
        st.sampled_from([0.0, 0.25, 0.5, 0.9, 1.0]),
    )


@cache
def event_query(function: str) -> st.SearchStrategy[Tree]:
    return st.tuples(
        st.just(function),
        st.sampled_from(["session", "history"]) if function != "last" else st.just("history"),
        st.sampled_from(EVENTS),
        st.sampled_from([None, *COLUMNS["text"]]),
        st.sampled_from([None, 1.0, 3.0, 30.0]).map(lambda days: days and days * DAY),
    )


@cache
def number(depth: int) -> st.SearchStrategy[Tree]:
    """A number whose type is known without its surroundings."""
    if depth == 0:
        leaves = [numbers_written(), names("number"), st.just(("length",))]
        return st.one_of(*leaves, st.just(("cart_value",)), prices(), event_query("count"))
    known, any_number = number(depth - 1), loose("number", depth - 1)
    some = st.lists(any_number, min_size=1, max_size=2)
    one = ["abs", "round", "floor", "ceil", "sqrt", "log", "exp"]
    return st.one_of(
        known,
        st.tuples(st.just("negate"), known),
        st.tuples(st.just("operation"), st.sampled_from("+-*/%"), known, any_number),
        st.tuples(st.just("operation"), st.sampled_from("+-*/%"), any_number, known),
        st.tuples(st.just("operation"), st.just("/"), duration(depth - 1), duration(depth - 1)),
        st.tuples(st.just("call"), st.sampled_from(one), any_number),
        st.builds(
            lambda name, a, rest: ("call", name, a, *rest),
            st.sampled_from(["min", "max"]),
            known,
            some,
        ),
        st.tuples(st.just("call"), st.just("size"), sets()),
        st.tuples(st.just("call"), st.just("geo_distance"), *[any_number] * 4),
        choices("number", depth),
    )


@cache
def time(depth: int) -> st.SearchStrategy[Tree]:
    leaves = st.one_of(names("time"), st.just(("now",)), event_query("last"))
    if depth == 0:
        return leaves
    return st.one_of(
        leaves,
        st.tuples(
            st.just("operation"), st.sampled_from("+-"), time(depth - 1), duration(depth - 1)
        ),
        choices("time", depth),
    )


@cache
def duration(depth: int) -> st.SearchStrategy[Tree]:
    if depth == 0:
        return durations_written()
    short = duration(depth - 1)
    return st.one_of(
        durations_written(),
        st.tuples(st.just("age"), loose("time", depth - 1)),
        st.tuples(st.just("operation"), st.just("-"), time(depth - 1), time(depth - 1)),
        st.tuples(st.just("operation"), st.sampled_from("+-"), short, short),
        st.tuples(st.just("operation"), st.just("*"), short, number(depth - 1)),
        st.tuples(st.just("operation"), st.just("*"), number(depth - 1), short),
        st.tuples(st.just("operation"), st.just("/"), short, number(depth - 1)),
        st.tuples(st.just("call"), st.just("abs"), short),
        st.tuples(st.just("negate"), short),
        choices("duration", depth),
    )


@cache
def text(depth: int = 0) -> st.SearchStrategy[Tree]:
    leaves = st.one_of(names("text"), texts_written(TEXTS))
    if depth == 0:
        return leaves
    return st.one_of(
        leaves,
        st.tuples(st.just("call"), st.just("lower"), loose("text", depth - 1)),
        choices("text", depth),
    )


@cache
def loose_text(depth: int = 0) -> st.SearchStrategy[Tree]:
    """In lists: what a request gives as a list would be taken for its values."""
    given_texts = st.sampled_from(["text", "number", "nothing", "absent"])
    return st.one_of(
        text(depth),
        given_texts.map(lambda name: ("context", name, "text")),
        st.just(("parameter", "text", "text")),
    )


@cache
def known(kind: str, depth: int) -> st.SearchStrategy[Tree]:
    made = {"number": number, "time": time, "duration": duration, "bool": condition,
            "text": text}  # fmt: skip
    return made[kind](depth)


@cache
def loose(kind: str, depth: int) -> st.SearchStrategy[Tree]:
    sure = known(kind, depth)
    return st.one_of(sure, sure, sure, open_values(kind), open_choices(kind))


@cache
def choices(kind: str, depth: int) -> st.SearchStrategy[Tree]:
    first, second = known(kind, depth - 1), loose(kind, depth - 1)
    return st.one_of(
        st.tuples(st.just("choice"), loose("bool", depth - 1), first, second),
        st.tuples(st.just("choice"), loose("bool", depth - 1), second, first),
        st.tuples(st.just("coalesce"), first, second),
        st.tuples(st.just("coalesce"), second, first, second),
        st.tuples(st.just("parentheses"), first),
    )


@cache
def comparisons(depth: int) -> st.SearchStrategy[Tree]:
    signs = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    equality = st.sampled_from(["==", "!="])
    both = []
    for kind, sign in (("number", signs), ("time", signs), ("duration", signs), ("bool", equality)):
        a, b = known(kind, depth), loose(kind, depth)
        both += [st.tuples(st.just("comparison"), sign, *pair) for pair in ((a, b), (b, a))]
    both.append(st.tuples(st.just("comparison"), signs, time(depth), coerced(TIMES)))
    both.append(st.tuples(st.just("comparison"), signs, coerced(DURATIONS), duration(depth)))
    texts = loose("text", depth)
    both.append(st.tuples(st.just("comparison"), signs, text(depth), texts))
    both.append(st.tuples(st.just("comparison"), signs, texts, text(depth)))
    return st.one_of(*both)


@cache
def memberships(depth: int) -> st.SearchStrategy[Tree]:
    negated = st.booleans()
    plain = st.lists(numbers_written(), max_size=4)
    mixed = st.lists(number(depth), max_size=3)
    spans = st.lists(durations_written(), max_size=3)
    texts = st.lists(loose_text(depth), max_size=4)
    asked = st.sampled_from(["any", "all", "none"])
    one = st.one_of(text(depth), texts_written(LABELS))
    return st.one_of(
        st.tuples(st.just("membership"), negated, number(depth), st.one_of(plain, mixed)),
        st.tuples(st.just("membership"), negated, duration(depth), spans),
        st.tuples(st.just("membership"), negated, text(depth), texts),
        st.tuples(st.just("label"), negated, one, sets()),
        st.tuples(
            st.just("labels"),
            asked,
            st.one_of(sets(), text(depth)),
            st.lists(st.one_of(loose_text(depth), texts_written(LABELS)), max_size=4),
        ),
        st.tuples(st.just("labels_of"), asked, st.one_of(sets(), text(depth)), sets()),
        *(
            st.tuples(st.just("between"), negated, known(kind, depth), *[loose(kind, depth)] * 2)
            for kind in ("number", "time", "duration")
        ),
    )


@cache
def null_tests(depth: int) -> st.SearchStrategy[Tree]:
    given_anything = st.sampled_from(CONTEXT).map(lambda name: ("context", name, "anything"))
    asked = st.one_of(
        number(depth),
        time(depth),
        condition(depth),
        text(depth),
        sets(),
        given_anything,
        st.tuples(st.just("choice"), names("bool"), given_anything, given_anything),
        st.tuples(st.just("coalesce"), given_anything, given_anything),
    )
    return st.tuples(st.just("null_test"), st.booleans(), asked)


@cache
def condition(depth: int) -> st.SearchStrategy[Tree]:
    leaves = st.one_of(
        names("bool"),
        st.sampled_from([literal(True, "true"), literal(False, "FALSE")]),
        seen(),
        event_query("happened"),
    )
    if depth == 0:
        return leaves
    parts = st.lists(loose("bool", depth - 1), min_size=2, max_size=4)
    searches = st.sampled_from(["contains", "starts_with", "ends_with"])
    return st.one_of(
        leaves,
        comparisons(depth - 1),
        memberships(depth - 1),
        null_tests(depth - 1),
        st.builds(lambda kind, of: (kind, *of), st.sampled_from(["both", "either"]), parts),
        st.tuples(st.just("negation"), loose("bool", depth - 1)),
        st.tuples(st.just("call"), searches, text(depth - 1), loose("text", depth - 1)),
        choices("bool", depth),
    )


def small_events() -> st.SearchStrategy[Tree]:
    """Counts and times of events, beside values that they often have."""
    counts = st.tuples(
        st.just("comparison"),
        st.sampled_from(["==", ">="]),
        st.one_of(event_query("count"), st.just(("length",)), st.just(("cart_value",)), prices()),
        st.integers(0, 3).map(lambda count: literal(float(count), str(count))),
    )
    spans = st.integers(0, 8).map(lambda half: literal(half * DAY / 2, f"{half * 12}h"))
    ages = st.tuples(
        st.just("comparison"),
        st.sampled_from(["==", "<="]),
        event_query("last").map(lambda last: ("age", last)),
        spans,
    )
    sizes = items_of_visitor().map(
        lambda items: ("comparison", "==", ("call", "size", items), literal(2.0, "2"))
    )
    return st.one_of(event_query("happened"), seen(), counts, ages, sizes)


# One construct around leaves, so that each is met with every kind of leaf.
SMALL = {
    "comparisons": comparisons(0),
    "memberships": memberships(0),
    "null tests": null_tests(0),
    "events": small_events(),
    "arithmetic": st.tuples(
        st.just("comparison"), st.sampled_from(["==", "<"]), number(1), numbers_written()
    ),
    "texts": st.one_of(
        st.tuples(st.just("comparison"), st.sampled_from(["==", "!=", "<"]), text(1), text(1)),
        st.tuples(st.just("membership"), st.booleans(), text(2), st.lists(text(1), max_size=3)),
        st.tuples(st.just("null_test"), st.booleans(), text(2)),
    ),
    "clauses": st.lists(comparisons(0), min_size=2, max_size=3).map(lambda some: ("both", *some)),
}

# --- how it is written ----------------------------------------------------------------------------

OR, AND, NOT, PREDICATE, SUM, PRODUCT, SIGN, PRIMARY = range(8)


def name_written(name: str) -> str:
    plain = name.isidentifier() and name not in ("or",)
    return name if plain else f"`{name}`"


def call(name: str, *arguments: str) -> str:
    return f"{name}({', '.join(arguments)})"


def query_written(tree: Tree) -> str:
    function, where, event_type, column, within = tree
    arguments = [quoted(event_type)]
    if column is not None:
        arguments.append(name_written(column))
    if within is not None:
        arguments.append(f"within={within / DAY:g}d")
    return call(f"{where}.{'any' if function == 'happened' else function}", *arguments)


def list_written(values: list[Tree]) -> str:
    return f"[{', '.join(written(one, SUM) for one in values)}]"


def operator_written(tree: Tree) -> tuple[str, int]:
    kind = tree[0]
    if kind == "operation":
        level = SUM if tree[1] in "+-" else PRODUCT
        return f"{written(tree[2], level)} {tree[1]} {written(tree[3], level + 1)}", level
    if kind == "comparison":
        return f"{written(tree[2], SUM)} {tree[1]} {written(tree[3], SUM)}", PREDICATE
    if kind in ("both", "either"):
        level, word = (AND, " and ") if kind == "both" else (OR, " OR ")
        return word.join(written(part, level + 1) for part in tree[1:]), level
    if kind == "negation":
        return f"not {written(tree[1], NOT)}", NOT
    if kind == "negate":
        return f"-{written(tree[1], SIGN)}", SIGN
    no = "not " if tree[1] is True else ""
    if kind == "membership":
        return f"{written(tree[2], SUM)} {no}in {list_written(tree[3])}", PREDICATE
    if kind == "label":
        return f"{written(tree[2], SUM)} {no}in {written(tree[3], SUM)}", PREDICATE
    if kind == "labels_of":
        return f"{written(tree[2], SUM)} {tree[1]} of {written(tree[3], SUM)}", PREDICATE
    if kind == "labels":
        return f"{written(tree[2], SUM)} {tree[1]} of {list_written(tree[3])}", PREDICATE
    if kind == "between":
        value, low, high = (written(part, SUM) for part in tree[2:])
        return f"{value} {no}between {low} and {high}", PREDICATE
    return f"{written(tree[2], SUM)} is {no}null", PREDICATE  # null_test


def primary_written(tree: Tree) -> str | None:
    kind = tree[0]
    if kind == "literal":
        return str(tree[2])
    if kind == "parentheses":
        return f"({written(tree[1])})"
    if kind == "column":
        return name_written(tree[1])
    if kind in ("anchor", "context"):
        return f"{kind}.{name_written(tree[1])}"
    if kind == "parameter":
        return f"${tree[1]}"
    if kind in ("length", "cart_value"):
        return f"session.{kind}"
    if kind == "items":
        return f"{tree[1]}.{tree[2]}"
    if kind == "seen":
        return f"{tree[1]}.seen"
    if kind == "price":
        return f"{tree[1]}.price({tree[2]})"
    if kind in ("count", "happened", "last"):
        return query_written(tree)
    if kind == "call":
        return call(tree[1], *map(written, tree[2:]))
    names = {"choice": "if", "coalesce": "coalesce", "age": "age"}
    if kind in names:
        return call(names[kind], *map(written, tree[1:]))
    return "now" if kind == "now" else None


def written(tree: Tree, level: int = OR) -> str:
    """The tree as text, in parentheses where it binds looser than its place wants."""
    found = primary_written(tree)
    if found is not None:
        return found
    found, own = operator_written(tree)
    return found if own >= level else f"({found})"
