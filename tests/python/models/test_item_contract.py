"""What item and basket models promise, whatever they learned."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import aisle

M = aisle.models
MODELS = [
    M.ItemKNN,
    M.EASE,
    M.SLIM,
    M.Item2Vec,
    M.ALS,
    M.BPR,
    M.BoughtTogether,
    M.CoVisitationMatrix,
    M.TIFUKNN,
    M.UPCF,
]
EXTRA = (M.ALS, M.BPR)
every_model = pytest.mark.parametrize("kind", MODELS, ids=lambda kind: kind.__name__)
SESSIONS = [["i1"], ["i1", "i2", "i1"], ["nothing"], [], ["i31", "nothing", "i3"], ["i5"] * 40]


@pytest.fixture(autouse=True)
def _extra(request: pytest.FixtureRequest) -> None:
    if request.node.callspec.params.get("kind") in EXTRA:
        pytest.importorskip("implicit")


def log(rows: int = 600, order: Any = None) -> aisle.Events:
    rng = np.random.default_rng(0)
    session = np.sort(rng.integers(0, 120, rows))
    number = session % 4 * 10 + rng.integers(0, 10, rows)
    order = np.arange(rows) if order is None else order
    return aisle.Events.from_columns(
        visitor=session[order],
        session=session[order],
        item=[f"i{n}" for n in number[order]],
        time=order * 1_000_000 + 1_700_000_000_000_000,
        time_unit="us",
    )


@every_model
def test_an_empty_or_unknown_session_gets_nothing(kind: Any) -> None:
    model = kind().fit(log())
    for session in ([], ["nothing"], ["nothing", "at all"]):
        assert [len(part) for part in model.recommend(session, k=3)] == [0, 0]


@every_model
def test_finds_items_of_the_sessions_own_kind(kind: Any) -> None:
    """Sessions of the log stay within a group of ten items."""
    model = kind(neighbours=9) if kind is M.TIFUKNN else kind()
    items, _ = model.fit(log(3000)).recommend(["i11", "i12", "i13"], k=5)
    assert all(11 <= int(item[1:]) + 1 <= 20 for item in items)


@every_model
def test_threads_of_the_fit_change_nothing(kind: Any) -> None:
    if "threads" not in inspect.signature(kind).parameters or kind is M.BPR:
        pytest.skip("it has no such parameter, or says that they do")
    one, other = (kind(threads=n).fit(log()).recommend_batch(SESSIONS, k=9) for n in (1, 3))
    assert one[0].tolist() == other[0].tolist()
    np.testing.assert_array_equal(one[1], other[1])


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        (M.ItemKNN, "similarity", "cosin"),
        (M.ItemKNN, "neighbours", 0),
        (M.ItemKNN, "shrink", -1.0),
        (M.ItemKNN, "by", "shop"),
        (M.ItemKNN, "last_items", 0),
        (M.ItemKNN, "step_decay", 1.5),
        (M.ItemKNN, "threads", 0),
        (M.EASE, "l2", 0),
        (M.EASE, "neighbours", -3),
        (M.EASE, "max_memory", "much"),
        (M.SLIM, "l1", -1.0),
        (M.SLIM, "neighbours", 100_000),
        (M.Item2Vec, "negatives", 0.5),
        (M.Item2Vec, "smoothing", 2.0),
        (M.Item2Vec, "dim", 0),
        (M.ALS, "alpha", 0),
        (M.ALS, "factors", 1.5),
        (M.BPR, "learning_rate", float("nan")),
        (M.BoughtTogether, "measure", "lifft"),
        (M.BoughtTogether, "smoothing", -2.0),
        (M.CoVisitationMatrix, "window", 0),
        (M.CoVisitationMatrix, "type_weights", {"cart": -6.0}),
        (M.CoVisitationMatrix, "types", ("shop",)),
        (M.UPCF, "locality", -1.0),
        (M.UPCF, "recency", 0),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_bad_parameter_is_named_with_its_value(kind: Any, field: str, value: Any) -> None:
    with pytest.raises(aisle.ConfigError) as caught:
        kind(**{field: value}).fit(log())
    message = str(caught.value)
    assert ("type of event" if field == "types" else field) in message
    plain = value[0] if isinstance(value, tuple) else value
    shown = next(iter(plain.values())) if isinstance(plain, dict) else plain
    assert (f"{shown:g}" if isinstance(shown, float) else str(shown)) in message
