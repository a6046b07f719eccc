"""Trees equal LightGBM's, and what is no model is refused."""

from pathlib import Path

import lightgbm
import numpy as np
import pytest

from aisle import ConfigError
from aisle.trees import Trees


def table(rows=3000, columns=6, seed=0, *, holes=True):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, columns)).astype(np.float32)
    x[:, 0] = np.round(x[:, 0])
    if holes:
        x[rng.random(x.shape) < 0.1] = np.nan
        x[rng.random(x.shape) < 0.1] = 0.0
    y = (np.nan_to_num(x[:, 0] * x[:, 1]) + np.nan_to_num(x[:, 2]) > 0.3).astype(np.int32)
    return x, y


def grown(x, y, rounds=40, **options):
    told = {"verbose": -1, "num_threads": 1, "seed": 1, "min_data_in_leaf": 5, **options}
    data = lightgbm.Dataset(x, label=y, group=[10] * (len(x) // 10))
    return lightgbm.train(told, data, rounds)


@pytest.mark.parametrize("objective", ["lambdarank", "binary", "regression", "rank_xendcg"])
@pytest.mark.parametrize("leaves", [2, 15, 31, 64, 128])
def test_scores_equal_those_of_lightgbm(objective, leaves):
    x, y = table()
    booster = grown(x, y, objective=objective, num_leaves=leaves)
    fresh, _ = table(700, seed=5)
    ours = Trees.from_lightgbm(booster).score(fresh)
    assert np.abs(ours - booster.predict(fresh, raw_score=True)).max() <= 1e-6


@pytest.mark.parametrize(
    "missing", [{"use_missing": False}, {"zero_as_missing": True}, {"max_bin": 16}]
)
def test_scores_equal_however_missing_values_are_taken(missing):
    x, y = table()
    booster = grown(x, y, objective="binary", **missing)
    fresh, _ = table(500, seed=6)
    ours = Trees.from_lightgbm(booster).score(fresh)
    assert np.abs(ours - booster.predict(fresh, raw_score=True)).max() <= 1e-6


def test_scores_equal_with_five_hundred_trees_of_thirty_features():
    x, y = table(4000, 30, holes=False)
    booster = grown(x, y, 500, objective="lambdarank", num_leaves=15)
    ours = Trees.from_lightgbm(booster)
    assert len(ours) == 500
    assert np.abs(ours.score(x[:200]) - booster.predict(x[:200], raw_score=True)).max() <= 1e-6


def test_parts_and_constant_add_up_to_the_score():
    x, y = table()
    trees = Trees.from_lightgbm(grown(x, y, objective="binary"))
    for row in x[:20]:
        rest, parts = trees.explain(row)
        assert rest + sum(parts.values()) == pytest.approx(
            float(trees.score(row[None])[0]), abs=1e-5
        )


def test_a_model_comes_from_a_file_as_well(tmp_path):
    x, y = table()
    booster = grown(x, y, objective="binary")
    booster.save_model(tmp_path / "model.txt")
    assert (
        Trees.from_lightgbm(tmp_path / "model.txt").score(x).tolist()
        == Trees.from_lightgbm(booster).score(x).tolist()
    )


def test_scaled_trees_score_the_same_times_the_factor():
    x, y = table()
    trees = Trees.from_lightgbm(grown(x, y, objective="binary"))
    np.testing.assert_allclose(trees.scaled(0.5).score(x), 0.5 * trees.score(x), atol=1e-6)
    with pytest.raises(ConfigError, match="factor"):
        trees.scaled(0.0)


def model_text(tmp_path, **options):
    x, y = table(holes=False)
    path = tmp_path / "model.txt"
    grown(x, y, 5, **{"objective": "binary", **options}).save_model(path)
    return path, path.read_text()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("version=v4", "version=v2", "version is v2"),
        ("objective=binary", "objective=multiclass", "objective is 'multiclass'"),
        ("num_tree_per_iteration=1", "num_tree_per_iteration=3", "3 classes"),
        ("num_cat=0", "num_cat=1", "categorical"),
        ("is_linear=0", "is_linear=1", "linear_tree=False"),
        ("threshold=", "threshold=x", "threshold"),
        ("left_child=", "left_child=99", "left"),
        ("split_feature=", "no_feature=", "no split_feature"),
    ],
)
def test_a_file_of_another_kind_is_refused_by_name(tmp_path, old, new, told):
    path, text = model_text(tmp_path)
    assert old in text
    path.write_text(text.replace(old, new + (" " if new.endswith("99") else ""), 1))
    with pytest.raises(ConfigError, match=told) as error:
        Trees.from_lightgbm(path)
    assert str(path) in str(error.value)


def test_a_file_that_was_cut_off_is_refused(tmp_path):
    path, text = model_text(tmp_path)
    path.write_text(text[: text.index("Tree=3")])
    with pytest.raises(ConfigError, match="cut off"):
        Trees.from_lightgbm(path)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"some other file\n"])
def test_what_is_no_model_is_refused(tmp_path, content):
    path = Path(tmp_path / "no.txt")
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"no\.txt"):
        Trees.from_lightgbm(path)


def test_a_missing_file_and_another_object_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        Trees.from_lightgbm(tmp_path / "nowhere.txt")
    with pytest.raises(ConfigError, match="int"):
        Trees.from_lightgbm(3)


def test_more_leaves_than_a_byte_can_hold_are_refused():
    x, y = table(6000, holes=False)
    booster = grown(x, y, 2, objective="binary", num_leaves=200)
    with pytest.raises(ConfigError, match="num_leaves"):
        Trees.from_lightgbm(booster)
