"""What every model promises, whatever it learned."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import aisle

MODELS = [
    aisle.models.Popularity,
    aisle.models.CoVisitation,
    aisle.models.SKNN,
    aisle.models.VSKNN,
    aisle.models.VMISKNN,
]
every_model = pytest.mark.parametrize("kind", MODELS, ids=lambda kind: kind.__name__)


def log(seed: int = 0, *, integers: bool = False, rows: int = 600) -> aisle.Events:
    rng = np.random.default_rng(seed)
    session = np.sort(rng.integers(0, 120, rows))
    group = session % 4
    number = group * 10 + rng.integers(0, 10, rows)
    return aisle.Events.from_columns(
        visitor=session,
        session=session,
        item=number if integers else [f"i{n}" for n in number],
        time=np.arange(rows) * 1_000_000 + 1_700_000_000_000_000,
        time_unit="us",
    )


SESSIONS = [["i1"], ["i1", "i2", "i1"], ["nothing"], [], ["i31", "nothing", "i3"], ["i5"] * 40]


@every_model
def test_answers_best_first_without_repeats(kind: type[aisle.models.Model]) -> None:
    items, scores = kind().fit(log()).recommend(["i1", "i2"], k=5)
    assert len(items) == len(scores) == 5
    assert len(set(items)) == 5
    assert (np.diff(scores) <= 0).all()
    assert (scores > 0).all()


@every_model
def test_a_batch_is_the_same_answers_one_by_one(kind: type[aisle.models.Model]) -> None:
    model = kind().fit(log())
    items, scores = model.recommend_batch(SESSIONS, k=7)
    assert items.shape == scores.shape == (len(SESSIONS), 7)
    for row, session in enumerate(SESSIONS):
        single, values = model.recommend(session, k=7)
        padding = [None] * (7 - len(single))
        assert items[row].tolist() == [*single.tolist(), *padding]
        np.testing.assert_array_equal(scores[row], [*values, *[np.nan] * len(padding)])


@every_model
def test_threads_change_nothing(kind: type[aisle.models.Model]) -> None:
    model = kind().fit(log())
    many = SESSIONS * 50
    one, two = model.recommend_batch(many, threads=1), model.recommend_batch(many, threads=3)
    assert one[0].tolist() == two[0].tolist()
    np.testing.assert_array_equal(one[1], two[1])


@every_model
def test_asks_for_more_than_the_catalogue_has(kind: type[aisle.models.Model]) -> None:
    items, scores = kind().fit(log()).recommend(["i1"], k=10_000)
    assert 1 <= len(items) == len(scores) <= 40


@every_model
def test_an_empty_or_unknown_session_is_no_error(kind: type[aisle.models.Model]) -> None:
    model = kind().fit(log())
    for session in ([], ["nothing"], ["nothing", "at all"]):
        items, scores = model.recommend(session, k=3)
        assert len(items) == len(scores) == (3 if kind is aisle.models.Popularity else 0)


@every_model
def test_ids_come_back_as_they_were_read(kind: type[aisle.models.Model]) -> None:
    model = kind().fit(log(integers=True))
    items, _ = model.recommend([1, 2], k=3)
    assert items.dtype.kind == "i"
    as_text, _ = model.recommend(["1", "2"], k=3)
    assert items.tolist() == as_text.tolist()
    assert isinstance(model.recommend_batch([[1]], k=1)[0][0, 0], int)


@every_model
def test_may_leave_out_what_was_seen(kind: type[aisle.models.Model]) -> None:
    model = kind().fit(log())
    session = ["i1", "i2", "i3"]
    everything, _ = model.recommend(session, k=40)
    rest, _ = model.recommend(session, k=5, exclude_seen=True)
    assert rest.tolist() == [i for i in everything if i not in session][:5]


@every_model
def test_does_not_depend_on_the_order_of_rows(kind: type[aisle.models.Model]) -> None:
    events = log()
    columns = events.to_numpy()
    order = np.random.default_rng(3).permutation(len(events))
    shuffled = aisle.Events.from_columns(
        **{name: columns[name][order] for name in ("visitor", "session", "item", "time")}
    )
    for session in SESSIONS:
        a = dict(zip(*kind().fit(events).recommend(session, k=40), strict=True))
        b = dict(zip(*kind().fit(shuffled).recommend(session, k=40), strict=True))
        assert a == pytest.approx(b, rel=1e-6)


@every_model
def test_parameters_are_read_and_set_as_in_scikit_learn(kind: type[aisle.models.Model]) -> None:
    model = kind()
    params = model.get_params()
    assert set(params) == set(inspect.signature(kind).parameters)
    assert kind(**params).get_params() == params
    assert model.set_params(**params) is model
    with pytest.raises(aisle.ConfigError, match=kind.__name__):
        model.set_params(no_such_parameter=1)
    assert repr(model).startswith(kind.__name__ + "(")


@every_model
def test_says_that_it_is_not_fitted(kind: type[aisle.models.Model]) -> None:
    with pytest.raises(aisle.ConfigError, match="not fitted"):
        kind().recommend(["i1"])


@every_model
def test_refuses_a_log_without_events(kind: type[aisle.models.Model]) -> None:
    empty = log()._take(np.array([], dtype=np.int64))
    with pytest.raises(aisle.DataError, match="no events"):
        kind().fit(empty)


@every_model
@pytest.mark.parametrize("k", [0, -1, 1_000_001, True, 2.5, "3", None])
def test_refuses_a_k_that_cannot_be_meant(kind: type[aisle.models.Model], k: Any) -> None:
    model = kind().fit(log())
    with pytest.raises(aisle.ConfigError, match="k must be"):
        model.recommend(["i1"], k=k)
    with pytest.raises(aisle.ConfigError, match="k must be"):
        model.recommend_batch([["i1"]], k=k)


@every_model
@pytest.mark.parametrize("threads", [0, -1, 257])
def test_refuses_threads_that_cannot_be_meant(kind: type[aisle.models.Model], threads: int) -> None:
    with pytest.raises(aisle.ConfigError, match=f"threads must be .* got {threads}"):
        kind().fit(log()).recommend_batch([["i1"]], threads=threads)


@every_model
def test_takes_a_text_for_no_session(kind: type[aisle.models.Model]) -> None:
    """A text is a sequence of letters, which nobody means."""
    model = kind().fit(log())
    with pytest.raises(aisle.ConfigError, match="session"):
        model.recommend("i1", k=3)
    with pytest.raises(aisle.ConfigError, match="session"):
        model.recommend_batch(["i1"], k=3)


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        (aisle.models.SKNN, "k", 0),
        (aisle.models.SKNN, "sample_size", -5),
        (aisle.models.SKNN, "similarity", "cosin"),
        (aisle.models.VSKNN, "k", 1.5),
        (aisle.models.VSKNN, "similarity", "jaccard"),
        (aisle.models.VSKNN, "weighting", "quadratik"),
        (aisle.models.VSKNN, "weighting_score", "cubic"),
        (aisle.models.VSKNN, "idf_weighting", -1.0),
        (aisle.models.VSKNN, "idf_weighting", float("nan")),
        (aisle.models.VMISKNN, "max_items", 0),
        (aisle.models.VMISKNN, "k", True),
        (aisle.models.VMISKNN, "idf_weighting", "much"),
        (aisle.models.CoVisitation, "distance", 11),
        (aisle.models.CoVisitation, "neighbours", 0),
        (aisle.models.CoVisitation, "half_life", -2.0),
        (aisle.models.CoVisitation, "step_decay", float("nan")),
        (aisle.models.CoVisitation, "backward", "no"),
        (aisle.models.Popularity, "half_life", 0),
        (aisle.models.Popularity, "half_life", float("nan")),
        (aisle.models.Popularity, "half_life", "day"),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_bad_parameter_is_named_with_its_value(
    kind: type[aisle.models.Model], field: str, value: Any
) -> None:
    with pytest.raises(aisle.ConfigError) as caught:
        kind(**{field: value}).fit(log())
    message = str(caught.value)
    assert field in message
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    assert shown in message


def test_sessions_are_cut_at_pauses_where_the_log_has_none() -> None:
    minutes = [0, 1, 2, 60, 61]
    events = aisle.Events.from_columns(
        visitor="v",
        item=["a", "b", "c", "d", "e"],
        time=[np.datetime64("2024-05-01") + np.timedelta64(m, "m") for m in minutes],
    )
    items, _ = aisle.models.SKNN().fit(events).recommend(["a"])
    assert set(items) == {"a", "b", "c"}
