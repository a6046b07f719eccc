"""`Trees`: boosted trees that LightGBM grew, scored by the core."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from aisle import _core
from aisle._core import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

# What LightGBM's raw score means under these is a score: a higher one is better.
OBJECTIVES = (
    "lambdarank",
    "rank_xendcg",
    "binary",
    "cross_entropy",
    "cross_entropy_lambda",
    "regression",
    "regression_l1",
    "huber",
    "fair",
    "quantile",
    "mape",
)
VERSIONS = ("v3", "v4")
CATEGORICAL, DEFAULT_LEFT = 1, 2


class Trees:
    """An ensemble of regression trees: raw scores of rows of features, in microseconds.

    Made by :meth:`from_lightgbm`; ``bundle.with_trees(trees)`` lets engines score with them.

    Parameters
    ----------
    arrays
        ``split_begin`` uint32[trees + 1], and for each split ``feature`` uint32, ``threshold`` and
        ``value`` float64, ``missing`` and ``default_left`` uint8, ``left`` and ``right`` int32
        (below 0: the leaf ``~child``); ``leaf`` float64, one more than splits for each tree.
    features
        The names of the columns.
    objective
        What they were trained for.

    Raises
    ------
    ConfigError
        For arrays that are no trees; names the array, the tree and the number.

    Notes
    -----
    Scores equal LightGBM's ``predict(…, raw_score=True)`` of float32 features to 1e-6: thresholds
    are rounded down to the next float32, leaves to a common power of two, so that their sum is the
    same on every machine.
    """

    def __init__(
        self,
        arrays: dict[str, npt.NDArray[Any]],
        features: list[str],
        objective: str = "lambdarank",
    ) -> None:
        self.arrays = arrays
        self.features = list(features)
        self.objective = objective
        self._core = _core.TreeEnsemble(arrays)

    @classmethod
    def from_lightgbm(cls, model: Any) -> Self:
        """From a model of LightGBM 3.2 or later, which need not be installed.

        Parameters
        ----------
        model
            A ``Booster`` or a fitted estimator of LightGBM, or the path of a file that
            ``save_model`` wrote, or what ``model_to_string`` gave.

        Raises
        ------
        ConfigError
            For another version, another objective, categorical splits, linear leaves, several
            classes, more than 128 leaves in a tree or 255 thresholds of a feature; names the file
            or the tree, and what to train with.
        """
        booster = getattr(model, "booster_", model)
        if hasattr(booster, "model_to_string"):
            return cls._read(booster.model_to_string(), "the model")
        if isinstance(model, str) and model.startswith("tree\n"):
            return cls._read(model, "the model's text")
        if not isinstance(model, str | os.PathLike):
            raise ConfigError(
                f"expected a LightGBM model or the path of one, got {type(model).__name__}"
            )
        path = Path(model)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: cannot be read as a LightGBM model ({error})") from None
        return cls._read(text, str(path))

    @classmethod
    def _read(cls, text: str, origin: str) -> Self:
        blocks = list(_blocks(text))
        if not blocks or "version" not in blocks[0]:
            raise ConfigError(f"{origin}: no LightGBM model: the first line must be 'tree'")
        head = blocks[0]
        objective = _check_head(head, origin)
        names = head.get("feature_names", "").split()
        trees = [one for one in blocks[1:] if "Tree" in one]
        if "tree_sizes" in head and len(head["tree_sizes"].split()) != len(trees):
            raise ConfigError(
                f"{origin}: the file tells of {len(head['tree_sizes'].split())} trees and holds "
                f"{len(trees)}: is it cut off?"
            )
        try:
            return cls(_arrays(trees, origin), names, objective)
        except ConfigError as error:
            raise ConfigError(f"{origin}: {error}") from None

    def __len__(self) -> int:
        return self._core.tree_count

    @property
    def features_asked(self) -> int:
        """Columns a matrix must have."""
        return self._core.feature_count

    def __repr__(self) -> str:
        return (
            f"Trees({len(self):,} trees, {len(self.arrays['leaf']):,} leaves, {self.objective!r})"
        )

    def score(self, matrix: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Raw scores of the rows of a matrix, float64[rows]."""
        return self._core.score(np.ascontiguousarray(matrix, dtype=np.float32))

    def explain(self, row: npt.NDArray[np.float32]) -> tuple[float, dict[str, float]]:
        """The constant, and what each feature that has a say adds to one row's score.

        Notes
        -----
        The step from a node's mean to its child's belongs to the feature that was asked (Saabas
        2014). The parts and the constant add up to the score.
        """
        rest, parts = self._core.explain(np.ascontiguousarray(row, dtype=np.float32))
        there = np.flatnonzero(parts)
        return rest, {self.features[n]: float(parts[n]) for n in there.tolist()}

    def scaled(self, factor: float) -> Trees:
        """The same order, with scores times a factor: how probabilities are mended."""
        if not (np.isfinite(factor) and factor > 0):
            raise ConfigError(f"factor must be a positive number, got {factor!r}")
        arrays = {
            name: values * factor if name in ("leaf", "value") else values
            for name, values in self.arrays.items()
        }
        return Trees(arrays, self.features, self.objective)


def _blocks(text: str) -> Iterator[dict[str, str]]:
    """Blocks of ``key=value`` lines, up to the end of the trees."""
    block: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("end of trees"):
            break
        if line:
            key, _, value = line.partition("=")
            block[key] = value
        elif block:
            yield block
            block = {}
    if block:
        yield block


def _check_head(head: dict[str, str], origin: str) -> str:
    version = head["version"]
    if version not in VERSIONS:
        raise ConfigError(
            f"{origin}: the model's version is {version}; versions {' and '.join(VERSIONS)} "
            "(LightGBM 3.2 and later) are read: save it again with one of those"
        )
    if int(head.get("num_tree_per_iteration", "1")) != 1:
        raise ConfigError(
            f"{origin}: the model has {head['num_tree_per_iteration']} classes; a scorer has one: "
            "train with lambdarank or binary"
        )
    if "average_output" in head:
        raise ConfigError(f"{origin}: a random forest averages its trees; train with boosting=gbdt")
    objective = head.get("objective", "").split(" ")[0]
    if objective not in OBJECTIVES:
        raise ConfigError(
            f"{origin}: the objective is {objective or 'not told'!r}, whose raw score is no order "
            f"of items; train with one of {', '.join(OBJECTIVES)}"
        )
    return objective


def _arrays(trees: list[dict[str, str]], origin: str) -> dict[str, npt.NDArray[Any]]:
    columns: dict[str, list[npt.NDArray[Any]]] = {
        name: [] for name in ("feature", "threshold", "value", "decision", "left", "right", "leaf")
    }
    splits = []
    for number, tree in enumerate(trees):
        if int(tree.get("num_cat", "0")) > 0:
            raise ConfigError(
                f"tree {number} has categorical splits, which the core does not walk: "
                "train with categorical_feature='' on encoded numbers"
            )
        if int(tree.get("is_linear", "0")) > 0:
            raise ConfigError(f"tree {number} has linear leaves: train with linear_tree=False")
        leaves = _numbers(tree, "leaf_value", np.float64, number)
        columns["leaf"].append(leaves)
        splits.append(len(leaves) - 1)
        for name, key, dtype in (
            ("feature", "split_feature", np.uint32),
            ("threshold", "threshold", np.float64),
            ("value", "internal_value", np.float64),
            ("decision", "decision_type", np.uint8),
            ("left", "left_child", np.int32),
            ("right", "right_child", np.int32),
        ):
            # A tree of one leaf has no splits.
            found = _numbers(tree, key, dtype, number) if len(leaves) > 1 else np.empty(0, dtype)
            columns[name].append(found)
    joined = {name: np.concatenate(parts) for name, parts in columns.items() if parts}
    if not joined:
        raise ConfigError("there are no trees")
    decision = joined.pop("decision")
    joined["missing"] = (decision >> 2) & 3
    joined["default_left"] = (decision & DEFAULT_LEFT) // DEFAULT_LEFT
    joined["split_begin"] = np.r_[0, np.cumsum(splits)].astype(np.uint32)
    return joined


def _numbers(
    tree: dict[str, str], key: str, dtype: type[np.generic], number: int
) -> npt.NDArray[Any]:
    try:
        return np.array(tree[key].split(), dtype=dtype)
    except KeyError:
        raise ConfigError(f"tree {number} has no {key}") from None
    except (ValueError, OverflowError) as error:
        raise ConfigError(f"tree {number}: {key} holds what is no number ({error})") from None
