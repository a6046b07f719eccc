"""A search from end to end, on a tiny shop."""

import itertools
import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest

import aisle
from aisle import cli
from aisle.tuning import Trials, Tuning
from aisle.tuning.record import Trial, importance
from aisle.tuning.spaces import read_space

SPACE = {"SKNN": {"k": (5, 300), "sample_size": [100, 500]}}


@pytest.fixture(scope="module")
def log() -> aisle.Events:
    return aisle.simulate.Shop(items=400, visitors=300, days=7, seed=3).events()


@pytest.fixture(scope="module")
def found(log: aisle.Events) -> Tuning:
    return aisle.tune(log, {**SPACE, "Popularity": {"half_life": [None, 1.0]}}, budget=14)


def tried(tuning: Tuning) -> list:
    return [tuning.trials["value"], tuning.trials["model"], tuning.best_params]


def test_the_best_is_the_best_of_the_trials_and_the_defaults_came_first(found: Tuning) -> None:
    trials = found.trials
    assert len(trials) == 14
    assert found.best_value == max(trials["value"])
    assert trials["model"][:2] == ["SKNN", "Popularity"]
    assert (trials["SKNN.k"][0], trials["SKNN.sample_size"][0]) == (100, 500)
    assert trials["Popularity.half_life"][1] is None
    assert found.default_value == max(trials["value"][:2]) <= found.best_value
    assert found.best_name == "SKNN"
    assert isinstance(found.best, aisle.models.SKNN)
    assert found.best.get_params().items() >= found.best_params.items()


def test_a_value_is_what_evaluation_says_of_the_newest_sessions(
    log: aisle.Events, found: Tuning
) -> None:
    split = aisle.evaluate.time_split(log, share=0.8)
    report = aisle.evaluate.next_item(found.best.fit(split.train), split.test, k=20)
    assert found.best_value == report["MRR@20"]
    assert found.interval == report.ci["MRR@20"]
    assert found.validation["train_events"] == len(split.train)
    assert found.validation["events"] == len(split.test)


def test_the_newest_sessions_are_capped_and_all_before_them_is_learned(log: aisle.Events) -> None:
    held = aisle.tune(log, SPACE, budget=1, max_sessions=25).validation
    assert held["sessions"] == 25
    assert held["train_events"] + held["events"] == len(log)


def test_the_same_seed_gives_the_same_trials(log: aisle.Events) -> None:
    first, second = (aisle.tune(log, SPACE, budget=12, threads=n, seed=4) for n in (1, 2))
    assert tried(first) == tried(second)
    assert tried(first) != tried(aisle.tune(log, SPACE, budget=12, seed=5))


class Stops(aisle.models.SKNN):
    """One on whose third fit somebody presses Ctrl-C."""

    fits = itertools.count(1)
    at = 3

    def fit(self, events: aisle.Events) -> "Stops":
        if next(Stops.fits) == Stops.at:
            raise KeyboardInterrupt
        return super().fit(events)


def test_ctrl_c_keeps_what_was_done_and_the_same_call_goes_on_as_if_it_had_not_been(
    log: aisle.Events, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stops, "fits", itertools.count(1))
    space, store = {Stops: SPACE["SKNN"]}, tmp_path / "tune % ä.db"
    broken = aisle.tune(log, space, budget=14, storage=store)
    assert broken.interrupted
    assert len(broken.trials) == 2
    whole = aisle.tune(log, space, budget=14, storage=store)
    assert not whole.interrupted
    assert tried(whole) == tried(aisle.tune(log, space, budget=14))
    before = next(Stops.fits)
    assert tried(aisle.tune(log, space, budget=14, storage=store)) == tried(whole)
    assert next(Stops.fits) == before + 1, "a spent budget fits nothing"
    monkeypatch.setattr(Stops, "fits", itertools.count(3))
    with pytest.raises(KeyboardInterrupt):
        aisle.tune(log, space, budget=14)


def test_a_store_of_another_search_is_refused(log: aisle.Events, tmp_path: Path) -> None:
    store = tmp_path / "tune.db"
    aisle.tune(log, SPACE, budget=1, storage=store)
    with pytest.raises(aisle.ConfigError, match=r"its metric was MRR@20, is HR@20; name another"):
        aisle.tune(log, SPACE, budget=2, storage=store, metric="HR@20")
    with pytest.raises(aisle.ConfigError, match="its log was"):
        aisle.tune(log._take(np.arange(len(log) - 1)), SPACE, budget=2, storage=store)
    with pytest.raises(aisle.ConfigError, match="its space"):
        aisle.tune(log, "SKNN", budget=2, storage=store)
    with pytest.raises(aisle.ConfigError, match="its held-out part"):
        aisle.tune(log, SPACE, budget=2, storage=store, split=0.5)
    with pytest.raises(aisle.DataError, match="there is no folder"):
        aisle.tune(log, SPACE, budget=2, storage=tmp_path / "no" / "tune.db")
    (tmp_path / "text.db").write_text("no trials, but a text that is long enough to be read\n" * 9)
    with pytest.raises(aisle.DataError, match="holds no trials"):
        aisle.tune(log, SPACE, budget=2, storage=tmp_path / "text.db")


def test_seconds_are_spent_by_one_trial_more_at_most(log: aisle.Events) -> None:
    for budget in (1e-6, "0.00001s"):
        assert len(aisle.tune(log, SPACE, budget=budget).trials) == 1


def test_a_search_ends_when_all_there_is_was_tried(log: aisle.Events) -> None:
    found = aisle.tune(log, {"SKNN": {"k": [10, 100], "sample_size": [100, 500]}}, budget="1h")
    pairs = list(zip(found.trials["k"], found.trials["sample_size"], strict=True))
    assert set(pairs) == {(10, 100), (10, 500), (100, 100), (100, 500)}


def test_a_value_that_a_model_refuses_is_a_failed_trial(log: aisle.Events) -> None:
    found = aisle.tune(log, {"SKNN": {"k": [100, -1]}}, budget=20)
    errors = dict(zip(found.trials["k"], found.trials["error"], strict=True))
    assert errors[100] == ""
    assert "k must be a positive integer, got -1" in errors[-1]
    assert errors[-1] in str(found.trials)
    assert found.best_params == {"k": 100}
    assert math.isnan(found.trials["value"][found.trials.best_first()[-1]])
    with pytest.raises(aisle.DataError, match="every trial failed; the first: k must be"):
        aisle.tune(log, {"SKNN": {"k": -1}}, budget=2)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"metric": "MRR"}, "did you mean 'MRR@20'"),
        ({"metric": "novelty@20"}, "unknown metric 'novelty@20'"),
        ({"metric": "HR@0"}, "unknown metric 'HR@0'"),
        ({"budget": 0}, "budget is a number of trials .* got 0"),
        ({"budget": "ten"}, "got 'ten'"),
        ({"budget": True}, "got True"),
        ({"budget": math.inf}, "got inf"),
        ({"split": 1.5}, "split is the share"),
        ({"max_sessions": 0}, "max_sessions must be a positive"),
        ({"seed": -1}, "seed must be"),
    ],
)
def test_wrong_options_are_refused(log: aisle.Events, options: dict, words: str) -> None:
    with pytest.raises(aisle.ConfigError, match=words):
        aisle.tune(log, **{"space": SPACE, "budget": 1, **options})


def test_too_few_sessions_are_refused(log: aisle.Events) -> None:
    with pytest.raises(aisle.DataError, match="tuning needs 20 sessions"):
        aisle.tune(log._take(np.arange(30)), SPACE, budget=1)
    with pytest.raises(aisle.DataError, match="0 events lie before"):
        aisle.tune(log, SPACE, budget=1, split="2001-01-01")


def test_the_table_prints_and_pandas_takes_it(found: Tuning) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(found.trials)
    assert frame.shape == (14, 10)
    assert frame["value"].max() == found.best_value
    assert str(found.trials).splitlines()[1].split()[1] == f"{found.best_value:.4f}"
    assert isinstance(found.trials, Trials)
    assert found.trials._repr_html_().count("<tr>") == 15
    assert "Tuning(MRR@20=" in repr(found)
    assert f"the defaults have {found.default_value:.4f}" in str(found)
    assert str(found.validation["sessions"]) in found._repr_html_()
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert plain["params"] == found.best_params
    assert len(plain["trials"]) == 14


def test_importances_are_shares_of_the_best_models_parameters(found: Tuning) -> None:
    shares = found.importance()
    assert set(shares) == {"k", "sample_size"}
    assert sum(shares.values()) == pytest.approx(1)
    assert list(shares.values()) == sorted(shares.values(), reverse=True)


def test_importance_finds_what_decides() -> None:
    optuna = pytest.importorskip("optuna")
    candidate = read_space({"STAN": {"k": (1, 100), "sample_size": (1, 100)}})["STAN"]
    drawn = np.random.default_rng(0).integers(1, 101, (80, 2)).tolist()
    either = optuna.distributions.IntDistribution(1, 100)
    trials = [
        Trial(
            at, "STAN", {"k": k, "sample_size": m}, k / 100, 0.0, 1.0, 0.1,
            frozen=optuna.trial.create_trial(
                params={"STAN.k": k, "STAN.sample_size": m}, value=k / 100,
                distributions={"STAN.k": either, "STAN.sample_size": either},
            ),
        )
        for at, (k, m) in enumerate(drawn)
    ]  # fmt: skip
    shares = importance(trials, candidate)
    assert list(shares) == ["k", "sample_size"]
    assert shares["k"] > 0.8


def test_the_plot_has_the_trials_and_the_importances(found: Tuning, log: aisle.Events) -> None:
    pytest.importorskip("matplotlib")
    trials, shares = found.plot().axes
    assert max(trials.lines[-2].get_ydata()) == found.best_value
    assert len(shares.patches) == 2
    assert aisle.tune(log, SPACE, budget=1).plot().axes[1].texts[0].get_text() == (
        "too few trials to say"
    )


def test_a_model_is_saved_by_name_and_made_again(found: Tuning, tmp_path: Path) -> None:
    path = found.save(tmp_path / "best.json")
    made = aisle.models.from_json(path)
    assert type(made) is aisle.models.SKNN
    assert made.get_params() == found.best.get_params()
    with pytest.raises(aisle.ConfigError, match=r"must end in \.json"):
        found.save(tmp_path / "best.yaml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"model": "SKN"}', "bad.json: unknown model 'SKN'"),
        ('{"model": "SKNN", "params": {"q": 1}}', "bad.json: unknown parameter 'q'"),
        ("[1]", "bad.json names no model"),
        ("{", "bad.json cannot be read as JSON"),
    ],
)
def test_a_file_without_a_model_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises((aisle.ConfigError, aisle.DataError), match=words):
        aisle.models.from_json(path)


@pytest.mark.parametrize("name", ["best.yaml", "best.json"])
def test_a_recipe_is_saved_as_a_strategy_file(log: aisle.Events, tmp_path: Path, name: str) -> None:
    domains = {"knn.weight": [3.0], "trending": [False], "scorer": ["fixed"]}
    found = aisle.tune(log, {"recipe": domains}, budget=1)
    path = found.save(tmp_path / name)
    assert aisle.read_strategies(path)["default"] == found.best
    bundle = aisle.fit(log, strategy=path)
    with aisle.Engine(bundle, strategy=path) as engine:
        assert len(engine.recommend(session=[log.items[0]], k=5))
    assert found.best.sources.knn.weight == 3.0
    assert found.best.sources.trending is None
    assert found.scorer == "auto"


def test_a_recipes_value_is_what_replay_says(log: aisle.Events) -> None:
    base = aisle.Strategy(sources={"knn": 60, "co_visitation": 60})
    found = aisle.tune(log, base, budget=2, metric="HR@10")
    split = aisle.evaluate.time_split(log, share=0.8)
    with aisle.Engine(found.fit(split.train)) as engine:
        assert found.best_value == aisle.evaluate.replay(engine, split.test, k=10)["HR@10"]


def test_the_command_line_tunes_and_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], log: aisle.Events
) -> None:
    path, out = tmp_path / "log.csv", tmp_path / "best.json"
    aisle.write_events(log, path)
    words = ["tune", str(path), "--model", "SKNN", "--trials", "3", "--out", str(out), "--json"]
    assert cli.main(words) == 0
    printed = capsys.readouterr().out
    told = json.loads(printed)
    assert printed.count("\n") == 1
    assert len(told["trials"]) == 3
    assert aisle.models.from_json(out).get_params().items() >= told["params"].items()
    assert cli.main([*words[:-1], "--budget", "1s"]) == 2
    assert "not both" in capsys.readouterr().err
    assert cli.main(["tune", str(path), "--model", "SKN"]) == 2
    assert "did you mean 'SKNN'" in capsys.readouterr().err
    assert cli.main(["tune", str(path), "--out", str(tmp_path / "best.yaml")]) == 2
    assert "must end in .json" in capsys.readouterr().err


def test_without_optuna_the_message_names_the_extra(
    log: aisle.Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ImportError, match=r"pip install 'aisle\[tune\]'"):
        aisle.tune(log, SPACE, budget=1)
