"""last_out, time_split, global_split, sliding: who is asked, what is learned, what is said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import aisle
from aisle import evaluate

DAY = 86_400_000_000
START = 20_000 * DAY


class Remembers:
    """Learns which items there are and remembers what it was fitted on and asked."""

    def __init__(self, made: list[Any] | None = None) -> None:
        self.made: list[Any] = [] if made is None else made
        self.made.append(self)
        self.asked: list[list[Any]] = []

    def get_params(self) -> dict[str, Any]:
        return {"made": self.made}

    def fit(self, events: Any) -> Remembers:
        columns = events if isinstance(events, dict) else events.to_numpy()
        self.learned = [str(item) for item in np.asarray(columns["item"]).tolist()]
        self.items_, self.n_events_ = sorted(set(self.learned)), len(self.learned)
        return self

    def recommend(self, session: Sequence[Any], k: int) -> Any:
        self.asked.append(list(session))
        return self.items_[:k], [-float(n) for n in range(min(k, len(self.items_)))]


def events(rows: list[tuple[str, str, float]], **more: Any) -> dict[str, Any]:
    """Visitor, item, day."""
    visitor, item, day = zip(*rows, strict=True)
    return {
        "visitor": list(visitor),
        "item": list(item),
        "time": [START + round(d * DAY) for d in day],
        **more,
    }


LOG = events(
    [("v", "a", 0), ("v", "b", 1), ("v", "c", 2), ("w", "b", 0), ("w", "a", 3), ("x", "c", 1)]
)


def test_the_last_item_of_each_visitor_is_held_out_of_the_fit() -> None:
    model = Remembers()
    report = evaluate.last_out(model, LOG, k=1)
    fitted = model.made[-1]
    assert fitted is not model
    assert sorted(fitted.learned) == ["a", "b", "b", "c"]
    assert fitted.asked == [["a", "b"], ["b"]]
    assert report.rows.tolist() == [2, 4]
    assert report.ranks.tolist() == [0, 1]
    assert report.protocol["model"] == "a clone, fitted on 4 events"


def test_what_a_visitor_did_after_the_target_is_held_out_too() -> None:
    log = events([("v", "a", 0), ("v", "b", 1), ("v", "z", 2), ("w", "b", 0), ("w", "a", 1)])
    log["type"] = ["view", "view", "cart", "view", "view"]
    model = Remembers()
    evaluate.last_out(model, log, k=1)
    assert sorted(model.made[-1].learned) == ["a", "b"]


def test_the_validation_item_is_known_to_the_test_and_not_to_the_fit() -> None:
    model = Remembers()
    report = evaluate.last_out(model, LOG, k=1, validation=True)
    fitted = model.made[-1]
    assert fitted.learned == ["a", "b", "a", "c"]  # of w and x, who have fewer than three, all
    assert fitted.asked == [["a", "b"], ["a"]]
    assert report.n_events == report.parts["validation"].n_events == 1
    assert "validation: 1 targets" in str(report)


def test_a_fitted_model_is_taken_as_it_is_unless_it_has_seen_the_answers() -> None:
    rest = {name: np.array(column)[[0, 1, 3, 5]] for name, column in LOG.items()}
    honest = Remembers().fit(rest)
    evaluate.last_out(honest, LOG, k=1)
    assert len(honest.asked) == 2
    leaky = Remembers().fit(LOG)
    report = evaluate.last_out(leaky, LOG, k=1)
    assert leaky.asked == []
    assert "again" in report.protocol["model"]
    with pytest.warns(evaluate.EvaluationWarning, match="too high; take fit=True"):
        evaluate.last_out(leaky, LOG, k=1, fit=False)
    assert len(leaky.asked) == 2


@pytest.mark.filterwarnings("ignore:scores are tied")
def test_a_model_of_the_core_that_has_seen_the_answers_is_fitted_again() -> None:
    log = aisle.simulate.Shop(items=60, visitors=200, days=3, seed=4).events()
    model = aisle.models.VSKNN(k=50)
    clean = evaluate.last_out(model, log, k=10)
    again = evaluate.last_out(aisle.models.VSKNN(k=50).fit(log), log, k=10)
    assert dict(clean) == dict(again)
    with pytest.warns(evaluate.EvaluationWarning, match="answers among them"):
        leaky = evaluate.last_out(aisle.models.VSKNN(k=50).fit(log), log, k=10, fit=False)
    assert leaky["HR@10"] > clean["HR@10"] + 0.1


def test_a_split_takes_sessions_whole_cut_or_not_at_all() -> None:
    log = events([("v", "a", 0), ("v", "b", 2), ("w", "c", 0), ("x", "d", 3)], session=[1, 1, 2, 3])
    sizes = {}
    for straddle in ("start", "cut", "drop"):
        split = evaluate.time_split(log, at=START + DAY, straddle=straddle)
        sizes[straddle] = (list(split.train["item"]), list(split.test["item"]))
        assert split.straddling == 1
    assert sizes == {
        "start": (["a", "b", "c"], ["d"]),
        "cut": (["a", "c"], ["b", "d"]),
        "drop": (["c"], ["d"]),
    }
    assert len(evaluate.time_split(log, share=0.5).train["item"]) == 3


@pytest.mark.parametrize(
    "wrong", [{}, {"at": 1, "share": 0.5}, {"share": 1.5}, {"share": 0.5, "straddle": "no"}]
)
def test_a_split_without_a_moment_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"at=|share|straddle"):
        evaluate.time_split(LOG, **wrong)


@pytest.mark.parametrize(
    ("holdout", "asked"),
    [("successive", [["a"], ["a", "b"], ["b"]]), ("last", [["a", "b"], ["b"]])],
)
def test_a_global_split_asks_for_what_comes_after_and_knows_what_came_before(
    holdout: str, asked: list[list[str]]
) -> None:
    model = Remembers()
    report = evaluate.global_split(model, LOG, at=START + DAY, k=1, holdout=holdout, unknown="miss")
    assert model.made[-1].asked == asked
    assert model.made[-1].learned == ["a", "b"]
    assert "2024-10-05" in report.protocol["protocol"]


def test_sliding_windows_refit_and_count_equally() -> None:
    rows = [("a" + str(n), item, n / 10) for n in range(40) for item in "pq"]
    rows += [("b" + str(n), item, 3 + n / 50) for n in range(40) for item in "qp"]
    log = events(rows)
    log["time"] = [t + n % 2 for n, t in enumerate(log["time"])]
    model = Remembers()
    report = evaluate.sliding(model, log, train_days=2, test_days=1, k=1)
    assert len(report.parts) == 2
    assert [len(made.learned) for made in model.made[1:]] == [40, 40]
    each = [part["HR@1"] for part in report.parts.values()]
    assert len(set(each)) == 2
    assert report["HR@1"] == pytest.approx(np.mean(each))
    assert report.each("HR@1").mean() == pytest.approx(report["HR@1"])
    low, high = report.ci["HR@1"]
    assert low <= report["HR@1"] <= high
    assert report.n_events == sum(part.n_events for part in report.parts.values())
    assert len(np.unique(report.rows)) == report.n_events
    assert evaluate.sliding(model, log, train_days=2, windows=1, k=1)["HR@1"] == each[-1]
    first = evaluate.sliding(model, log, train_days=2, until=START + 3 * DAY, k=1)
    assert list(first.parts) == list(report.parts)[:1]
    assert first["HR@1"] == each[0]
    growing = evaluate.sliding(model, log, k=1)
    assert [made.n_events_ for made in model.made[-3:]] == [60, 40, 20]  # the newest window first
    assert len(growing.parts) == 3


def test_windows_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"no window fits: the log has 3\.0 days"):
        evaluate.sliding(Remembers(), LOG, train_days=30, k=1)
    with pytest.raises(ValueError, match="test_days"):
        evaluate.sliding(Remembers(), LOG, test_days=0, k=1)


def test_options_are_those_of_next_item() -> None:
    with pytest.raises(KeyError, match="exclude_seen"):
        evaluate.last_out(Remembers(), LOG, exclude_sen=True)
    report = evaluate.last_out(Remembers(), LOG, k=1, exclude_seen=True, ties="standard")
    assert report.protocol["seen items"] == "not recommended"
    with pytest.raises(ValueError, match=r"no fit\(events\)"):
        evaluate.last_out(object(), LOG, fit=True)
    with pytest.raises(ValueError, match='by must be "visitor"'):
        evaluate.last_out(Remembers(), LOG, by="user")
