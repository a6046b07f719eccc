"""The core against a short obvious interpreter: the same value of every item, null included."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle import _core

sys.path.insert(0, str(Path(__file__).parent))
import interpreter as ref  # type: ignore[import-not-found]
import trees  # type: ignore[import-not-found]

DAY = int(trees.DAY)
IDS = ["acme", "bolt", "sku-3", "Größe"]
TYPES = ["view", "cart", "remove_from_cart", "purchase", "refund", "search", "impression", "click",
         "like", "dislike"]  # fmt: skip
several = settings(max_examples=250, deadline=None)


def maybe(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.one_of(values, values, st.none())


# Few different values, so that ties and bounds are met often.
numbers = st.one_of(st.integers(-1, 4).map(float), st.sampled_from([0.5, 2.5, -0.5, 1e300]))
items = st.fixed_dictionaries(
    {
        "price": maybe(numbers),
        "odd name": maybe(numbers),
        "or": maybe(numbers),
        "brand": maybe(st.sampled_from(["acme", "bolt", "Größe", "ACME"])),
        "title": maybe(st.sampled_from(["acme", "red", "it's", "GRÖßE"])),
        "sale": maybe(st.booleans()),
        "added": maybe(st.integers(0, 6).map(lambda day: float(day * DAY))),
        "tags": maybe(st.frozensets(st.sampled_from(trees.LABELS))),
    }
)
KINDS = {"price": "number", "odd name": "number", "or": "number", "brand": "category",
         "title": "text", "sale": "flag", "added": "time", "tags": "labels"}  # fmt: skip
events = st.lists(
    st.builds(
        ref.Event,
        type=st.sampled_from(["view", "cart", "remove_from_cart", "purchase", *TYPES]),
        item=st.integers(0, len(IDS) - 1),
        time=st.integers(0, 24).map(lambda half: float(half * DAY // 2)),
        value=st.one_of(st.none(), st.integers(0, 9).map(float)),
    ),
    max_size=8,
).map(lambda some: sorted(some, key=lambda event: event.time))
context = st.fixed_dictionaries(
    {
        "flag": st.booleans(),
        "number": numbers,
        "text": st.sampled_from(trees.TEXTS),
        "words": st.lists(st.sampled_from([*trees.LABELS, "bolt"]), max_size=3),
        "time": st.sampled_from(sorted(ref.TIMES)),
        "duration": st.sampled_from(sorted(ref.DURATIONS)),
        "nothing": st.none(),
    }
)
parameters = st.fixed_dictionaries(
    {
        "bool": st.booleans(),
        "number": numbers,
        "text": st.sampled_from(trees.TEXTS),
        "time": st.sampled_from(sorted(ref.TIMES)),
        "duration": st.sampled_from(sorted(ref.DURATIONS)),
    }
)


@st.composite
def requests(draw: st.DrawFn) -> ref.Request:
    past = draw(events)
    return ref.Request(
        items=[{"id": name} | draw(items) for name in IDS],
        now=float(draw(st.integers(0, 14)) * DAY),
        anchor=draw(st.one_of(st.none(), st.integers(0, len(IDS) - 1))),
        context=draw(context),
        parameters=draw(parameters),
        events=past,
        session_begin=draw(st.integers(0, len(past))),
    )


def catalog_of(request: ref.Request) -> _core.Catalog:
    ids = _core.Dictionary()
    rows = ids.encode(IDS)
    catalog = _core.Catalog(ids)
    for name, kind in KINDS.items():
        catalog.add_column(name, kind)
        cells = [item[name] for item in request.items]
        if kind == "number":
            cells = np.array([math.nan if cell is None else cell for cell in cells])
        elif kind == "flag":
            cells = np.array([2 if cell is None else int(cell) for cell in cells], np.uint8)
        elif kind == "time":
            none = np.iinfo(np.int64).min
            cells = np.array([none if cell is None else int(cell) for cell in cells])
        elif kind == "labels":
            cells = [None if cell is None else sorted(cell) for cell in cells]
        catalog.update(rows, name, cells)
    return catalog


def asked(request: ref.Request) -> tuple[object, ...]:
    """The request as the core takes it."""
    past = request.events
    columns = (
        np.array([TYPES.index(event.type) for event in past], np.uint8),
        np.array([event.item for event in past], np.uint32),
        np.array([int(event.time) for event in past], np.int64),
        np.array([math.nan if e.value is None else e.value for e in past], np.float32),
    )
    given_context = _core.GivenValues(request.context)
    given_parameters = _core.GivenValues(request.parameters)
    now = int(request.now)
    return now, request.anchor, given_context, given_parameters, columns, request.session_begin


def assert_same(tree: ref.Tree, request: ref.Request) -> None:
    text = trees.written(tree)
    expression = _core.Expression(catalog_of(request), text)
    want = [ref.Interpreter(request, item).value(tree) for item in range(len(IDS))]
    got = [{0: False, 1: True, 2: None}[flag] for flag in expression.evaluate(*asked(request))]
    assert got == want, text
    assert expression.matches(*asked(request)).tolist() == [flag is True for flag in want], text


@several
@given(trees.condition(3), requests())
def test_a_condition_is_what_the_interpreter_says(tree: ref.Tree, request: ref.Request) -> None:
    assert_same(tree, request)


@pytest.mark.parametrize("construct", trees.SMALL, ids=str)
def test_each_construct_alone_is_what_the_interpreter_says(construct: str) -> None:
    @several
    @given(trees.SMALL[construct], requests())
    def check(tree: ref.Tree, request: ref.Request) -> None:
        assert_same(tree, request)

    check()


@several
@given(trees.number(3), requests())
def test_a_number_is_what_the_interpreter_says(tree: ref.Tree, request: ref.Request) -> None:
    text = trees.written(tree)
    expression = _core.Expression(catalog_of(request), text, wants_number=True)
    want = [ref.Interpreter(request, item).value(tree) for item in range(len(IDS))]
    got = [None if math.isnan(x) else x for x in expression.evaluate(*asked(request)).tolist()]
    assert got == want, text


@several
@given(st.lists(trees.condition(1), min_size=2, max_size=5), requests())
def test_a_filter_is_the_conjunction_of_its_clauses(
    clauses: list[ref.Tree], request: ref.Request
) -> None:
    catalog = catalog_of(request)
    text = " and ".join(trees.written(clause, trees.NOT) for clause in clauses)
    want = np.ones(len(IDS), bool)
    for clause in clauses:
        alone = _core.Expression(catalog, trees.written(clause))
        want &= alone.matches(*asked(request))
    got = _core.Expression(catalog, text).matches(*asked(request))
    assert got.tolist() == want.tolist(), text


@several
@given(trees.condition(2), requests())
def test_what_a_condition_needs_is_all_that_it_depends_on(
    tree: ref.Tree, request: ref.Request
) -> None:
    """Taking away what it says it does not need changes nothing."""
    expression = _core.Expression(catalog_of(request), trees.written(tree))
    needs = set(expression.needs)
    less = ref.Request(
        items=request.items,
        now=request.now if "now" in needs else request.now + 5 * DAY,
        anchor=request.anchor if "anchor" in needs else None,
        context=request.context if "context" in needs else {},
        parameters=request.parameters if "parameters" in needs else {},
        events=request.events if "events" in needs else [],
        session_begin=request.session_begin if "events" in needs else 0,
    )
    want = expression.evaluate(*asked(request)).tolist()
    assert expression.evaluate(*asked(less)).tolist() == want
    if "item" not in needs:
        assert len(set(want)) == 1
