"""What every model promises, whatever it learned."""

from __future__ import annotations

import inspect
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import aisle

MODELS = list(aisle.models.all_models().values())
ANSWER_ANYBODY = (aisle.models.Popularity, aisle.models.ContextTree)
# Their vectors are drawn by the numbers of the items: other numbers, other vectors; of either sign.
DRAWN = (aisle.models.ALS, aisle.models.BPR, aisle.models.Item2Vec)
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
    assert (scores > 0).all() or kind in DRAWN


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
def test_fits_the_same_again(kind: type[aisle.models.Model]) -> None:
    one, two = kind().fit(log()), kind().fit(log())
    assert one.n_items_ == two.n_items_ == len(log().items)
    assert one.n_events_ == len(log())
    for session in SESSIONS:
        mine, theirs = one.recommend(session, k=40), two.recommend(session, k=40)
        assert mine[0].tolist() == theirs[0].tolist()
        np.testing.assert_array_equal(mine[1], theirs[1])


@every_model
def test_a_clone_is_unfitted_and_has_the_parameters(kind: type[aisle.models.Model]) -> None:
    model = kind().fit(log())
    clone = kind(**model.get_params())
    assert clone.get_params() == model.get_params()
    assert repr(clone) == repr(model)
    with pytest.raises(aisle.ConfigError, match="not fitted"):
        clone.recommend(["i1"])


@every_model
def test_one_model_answers_on_many_threads_at_once(kind: type[aisle.models.Model]) -> None:
    model = kind().fit(log())
    want = [model.recommend(session, k=9)[0].tolist() for session in SESSIONS]

    def ask(_: int) -> list[list[Any]]:
        return [model.recommend(session, k=9)[0].tolist() for session in SESSIONS]

    with ThreadPoolExecutor(4) as threads:
        assert all(found == want for found in threads.map(ask, range(40)))


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
        assert len(items) == len(scores) == (3 if kind in ANSWER_ANYBODY else 0)


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
def test_a_batch_may_leave_out_what_was_seen(kind: type[aisle.models.Model]) -> None:
    model = kind().fit(log())
    found, _ = model.recommend_batch([["i1", "i2"], ["i31"]], k=5, exclude_seen=True)
    for row, session in zip(found, (["i1", "i2"], ["i31"]), strict=True):
        single, _ = model.recommend(session, k=5, exclude_seen=True)
        assert [i for i in row.tolist() if i is not None] == single.tolist()


@every_model
def test_takes_times_and_types_of_a_session(kind: type[aisle.models.Model]) -> None:
    model = kind().fit(log())
    times = ["2024-05-01", "2024-05-02"]
    single = model.recommend(
        ["i1", "i2"], k=5, times=times, types=["view", "cart"], now="2024-05-03"
    )
    batch = model.recommend_batch(
        [["i1", "i2"], []],
        k=5,
        times=[times, []],
        types=[["view", "cart"], []],
        now="2024-05-03",
    )
    assert [i for i in batch[0][0].tolist() if i is not None] == single[0].tolist()
    np.testing.assert_array_equal(batch[1][0][: len(single[1])], single[1])


@every_model
@pytest.mark.parametrize(
    ("named", "value", "message"),
    [
        ("times", ["2024-05-01"], "times has 1 entries for 2 items"),
        ("times", ["2024-05-01", "soon"], "times, row 2: "),
        ("times", "2024-05-01", "times must have one entry for each of the items"),
        ("types", ["view"], "types has 1 entries for 2 items"),
        ("types", ["view", "vue"], "types, row 2: 'vue' is no event type"),
        ("now", "soon", "now: 'soon' is not a time"),
    ],
)
def test_bad_times_and_types_are_named(
    kind: type[aisle.models.Model], named: str, value: Any, message: str
) -> None:
    model = kind().fit(log())
    with pytest.raises((aisle.ConfigError, aisle.DataError), match=message):
        model.recommend(["i1", "i2"], **{named: value})


@every_model
def test_does_not_depend_on_the_order_of_rows(kind: type[aisle.models.Model]) -> None:
    if kind in DRAWN:
        pytest.skip("its vectors begin at random, by the numbers of the items")
    # SLIM stops when its weights move little; the others only add in another order.
    least = 2e-4 if kind is aisle.models.SLIM else 1e-12
    events = log()
    columns = events.to_numpy()
    order = np.random.default_rng(3).permutation(len(events))
    shuffled = aisle.Events.from_columns(
        **{name: columns[name][order] for name in ("visitor", "session", "item", "time")}
    )
    for session in SESSIONS:
        a = dict(zip(*kind().fit(events).recommend(session, k=40), strict=True))
        b = dict(zip(*kind().fit(shuffled).recommend(session, k=40), strict=True))
        assert a == pytest.approx(b, rel=1e-6, abs=least)


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
        (aisle.models.VSKNN, "type_weights", [3]),
        (aisle.models.VSKNN, "step_half_life", 0.0),
        (aisle.models.STAN, "lambda_spw", 0.0),
        (aisle.models.STAN, "lambda_snh", -1.0),
        (aisle.models.STAN, "lambda_inh", "wide"),
        (aisle.models.STAN, "idf_weighting", -1.0),
        (aisle.models.VSTAN, "lambda_ipw", 0),
        (aisle.models.VSTAN, "lambda_idf", -2.0),
        (aisle.models.VSTAN, "similarity", "jaccard"),
        (aisle.models.SequentialRules, "steps", 0),
        (aisle.models.SequentialRules, "weighting", "cubic"),
        (aisle.models.SequentialRules, "pruning", 0),
        (aisle.models.SequentialRules, "sample_size", 1.5),
        (aisle.models.SequentialRules, "last_items", 0),
        (aisle.models.SequentialRules, "step_decay", -0.5),
        (aisle.models.SequentialRules, "per_session", 1),
        (aisle.models.AssociationRules, "pruning", -1),
        (aisle.models.Markov, "pruning", 0),
        (aisle.models.Markov, "type_weights", "cart"),
        (aisle.models.ContextTree, "depth", 33),
        (aisle.models.ContextTree, "popular", 0),
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


def test_a_type_of_event_that_there_is_not_is_named() -> None:
    with pytest.raises(aisle.ConfigError, match=r"type 'car' of type_weights.*'cart'"):
        aisle.models.VSKNN(type_weights={"car": 3}).fit(log())
    with pytest.raises(aisle.ConfigError, match=r"type_weights\['cart'\] must be .* got -1"):
        aisle.models.STAN(type_weights={"cart": -1}).fit(log())


def test_sessions_are_cut_at_pauses_where_the_log_has_none() -> None:
    minutes = [0, 1, 2, 60, 61]
    events = aisle.Events.from_columns(
        visitor="v",
        item=["a", "b", "c", "d", "e"],
        time=[np.datetime64("2024-05-01") + np.timedelta64(m, "m") for m in minutes],
    )
    items, _ = aisle.models.SKNN().fit(events).recommend(["a"])
    assert set(items) == {"a", "b", "c"}


@every_model
def test_other_parameters_ask_for_another_fit(kind: type[aisle.models.Model]) -> None:
    model = kind().fit(log())
    model.set_params(**model.get_params())
    assert len(model.recommend(["i1"], k=3)[0]) == 3
    numbers = (
        (name, value)
        for name, value in model.get_params().items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    )
    name, value = next(numbers, ("half_life", 1.0))
    model.set_params(**{name: value + 1})
    with pytest.raises(aisle.ConfigError, match="not fitted"):
        model.recommend(["i1"])
