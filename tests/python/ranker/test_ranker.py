"""A ranker that learns: from a log to trees in a bundle, and what engines do with them."""

import sys

import numpy as np
import pytest

import aisle
from aisle import ConfigError, DataError, Strategy, _core
from aisle.ranker import CandidateRows, candidates, train
from aisle.strategy import FEATURES
from aisle.trees import Trees


@pytest.fixture(scope="module")
def log():
    return aisle.simulate.Shop(items=200, visitors=2500, days=8, seed=3).events()


@pytest.fixture(scope="module")
def bundle(log):
    return aisle.fit(log, scorer="trees", vector_dim=16)


def rows_of(requests=300, size=8, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.random((requests * size, 3), dtype=np.float32)
    y = np.zeros(requests * size, np.uint8)
    y[np.arange(requests) * size + x[:, 1].reshape(requests, size).argmax(1)] = 1
    return CandidateRows(x, y, np.arange(0, requests * size + 1, size, dtype=np.uint32))


def test_fit_with_trees_keeps_them_where_they_rank_better(bundle):
    told = bundle.manifest["scorer"]
    assert told["kind"] in ("trees", "learned")
    assert ("scorer.trees.leaf" in bundle.names()) == (told["kind"] == "trees")
    if told["kind"] == "trees":
        assert told["mrr_trees"] > told["mrr_learned"]


def forced(bundle, seed=0):
    """The bundle with trees that surely have a say."""
    rng = np.random.default_rng(seed)
    x = rng.random((4000, len(FEATURES)), dtype=np.float32)
    y = np.zeros(4000, np.uint8)
    y[np.arange(400) * 10 + x[:, FEATURES.index("popularity")].reshape(400, 10).argmin(1)] = 1
    rows = CandidateRows(x, y, np.arange(0, 4001, 10, dtype=np.uint32))
    return bundle.with_trees(train(rows, rounds=60, learning_rate=0.3))


def test_trees_in_a_bundle_change_what_engines_answer_and_survive_a_file(bundle, tmp_path):
    with_trees = forced(bundle)
    with_trees.save(tmp_path / "shop.aisle")
    again = aisle.load(tmp_path / "shop.aisle")
    session = bundle_items(bundle)[:3]
    answers = [
        aisle.Engine(one).recommend(session=session, k=20).items for one in (with_trees, again)
    ]
    assert answers[0] == answers[1]
    plain = aisle.Engine(bundle).recommend(session=session, k=20).items
    assert answers[0] != plain


def bundle_items(bundle):
    return [str(item) for item in bundle._catalog().items.names()]


def test_parts_of_an_explanation_add_up_to_the_score(bundle):
    engine = aisle.Engine(forced(bundle))
    slate = engine.recommend(session=bundle_items(bundle)[:2], k=5, explain=True)
    for place in slate:
        told = place.explanation
        assert sum(one.part for one in told.features) == pytest.approx(told.score, abs=1e-4)


def test_weights_of_ones_own_rule_trees_out(bundle):
    strategy = Strategy(weights={"popularity": 1.0})
    session = bundle_items(bundle)[:2]
    with_trees = aisle.Engine(forced(bundle), strategy=strategy).recommend(session=session, k=9)
    without = aisle.Engine(bundle, strategy=strategy).recommend(session=session, k=9)
    assert with_trees.items == without.items


def test_candidates_have_one_target_each_and_the_features_of_the_scorer(bundle, log):
    rows = candidates(bundle, log.split(at="2026-03-08")[1], others=20)
    rows.check()
    assert rows.features.shape[1] == len(FEATURES)
    assert 0 < len(rows) <= rows.asked
    assert np.diff(rows.begin.astype(int)).max() <= 60


def test_candidates_of_another_shop_are_refused(bundle):
    other = aisle.Events.from_columns(
        visitor=["a"] * 4, item=["n1", "n2", "n3", "n4"], time=[1, 2, 3, 4], time_unit="s"
    )
    with pytest.raises(DataError, match="of this shop"):
        candidates(bundle, other)


def test_training_is_the_same_twice_and_stops_early():
    rows = rows_of()
    first, second = (train(rows, rounds=30, seed=4, threads=1) for _ in range(2))
    np.testing.assert_array_equal(first.score(rows.features), second.score(rows.features))
    noise = rows_of(seed=1)
    noise.is_target[:] = 0
    noise.is_target[noise.begin[:-1]] = 1
    later = rows_of(seed=2)
    later.is_target[:] = 0
    later.is_target[later.begin[1:] - 1] = 1
    assert len(train(noise, valid=later, rounds=200, threads=1)) < 200


def test_weights_of_requests_pull_the_trees():
    rows = rows_of(400)
    half = np.arange(400) < 200
    # The later half wants the opposite of what the first half wants.
    x = rows.features[:, 1].reshape(400, 8)
    rows.is_target = np.zeros_like(rows.is_target)
    rows.is_target[np.arange(400) * 8 + np.where(half, x.argmax(1), x.argmin(1))] = 1
    scores = {}
    for name, weight in (("first", np.where(half, 10, 0.1)), ("later", np.where(half, 0.1, 10))):
        rows.weight = weight.astype(np.float32)
        trees = train(rows, rounds=30, threads=1)
        probe = np.array([[0.5, 0.02, 0.5], [0.5, 0.98, 0.5]], np.float32)
        low, high = trees.score(probe)
        scores[name] = high - low
    assert scores["first"] > 0 > scores["later"]


def test_positions_take_their_share_of_the_clicks():
    rng = np.random.default_rng(0)
    requests, size = 2000, 6
    x = rng.random((requests * size, 2), dtype=np.float32)
    # The first column only told the old ranking where to put an item; the second is its worth.
    order = np.argsort(-x[:, 0].reshape(requests, size), axis=1)
    position = np.empty((requests, size), np.uint32)
    np.put_along_axis(position, order, np.arange(size, dtype=np.uint32)[None, :], axis=1)
    worth = np.log(0.05 + x[:, 1].reshape(requests, size)) - 1.5 * np.log1p(position)
    chosen = (worth + rng.gumbel(size=worth.shape)).argmax(1)
    y = np.zeros(requests * size, np.uint8)
    y[np.arange(requests) * size + chosen] = 1
    begin = np.arange(0, requests * size + 1, size, dtype=np.uint32)
    probe = np.array([[0.1, 0.5], [0.9, 0.5]], np.float32)
    gaps = []
    for told in (None, position.ravel()):
        rows = CandidateRows(x, y, begin, position=told)
        low, high = train(rows, rounds=60, threads=1).score(probe)
        gaps.append(high - low)
    assert gaps[1] < 0.6 * gaps[0]  # less of the old ranking is learned


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda r: r.features.__setitem__((5, 1), np.inf), "feature 1 of row 5 is infinite"),
        (lambda r: r.is_target.__setitem__(slice(0, 8), 0), "request 0 has 0 targets"),
        (lambda r: setattr(r, "begin", r.begin[:-1]), "begin"),
        (lambda r: setattr(r, "weight", np.ones(3, np.float32)), "weight has 3"),
        (lambda r: setattr(r, "is_target", r.is_target[:-1]), "one row each"),
    ],
)
def test_rows_that_cannot_be_trained_on_are_refused(spoil, told):
    rows = rows_of(20)
    spoil(rows)
    with pytest.raises(DataError, match=told):
        train(rows)


def test_features_that_are_nan_are_no_error():
    rows = rows_of()
    rows.features[::7, 2] = np.nan
    assert np.isfinite(train(rows, rounds=5, threads=1).score(rows.features)).all()


def test_options_outside_their_domain_are_refused(log):
    with pytest.raises(ConfigError, match="objective"):
        train(rows_of(20), objective="auc")
    with pytest.raises(ConfigError, match="leaves"):
        train(rows_of(20), leaves=1)
    with pytest.raises(ConfigError, match="'trees'"):
        aisle.fit(log, scorer="forest")


def test_without_lightgbm_the_message_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    with pytest.raises(ImportError, match=r"aisle\[rank\]"):
        train(rows_of(20))


def test_trees_of_other_features_do_not_enter_a_bundle(bundle):
    trees = train(rows_of())
    for names in (["price", "age", "size"], trees.features, list(FEATURES)[::-1]):
        with pytest.raises(ConfigError, match="scorer's features"):
            bundle.with_trees(Trees(trees.arrays, names))
    with pytest.raises(ConfigError, match="NoneType"):
        bundle.with_trees(None)


def test_a_bundle_whose_trees_were_spoiled_is_refused(bundle, tmp_path):
    trees = train(rows_of())
    arrays = dict(trees.arrays)
    arrays["left"] = np.full_like(arrays["left"], 99)
    with pytest.raises(ConfigError, match="left"):
        _core.add_trees(bundle._core, "{}", arrays)
