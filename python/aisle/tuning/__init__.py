"""Searching the parameters of models and recipes, on sessions held out inside the log."""

from aisle.tuning.result import Trials, Tuning
from aisle.tuning.run import tune
from aisle.tuning.space import Choice, Range
from aisle.tuning.spaces import default_space

__all__ = ["Choice", "Range", "Trials", "Tuning", "default_space", "tune"]
