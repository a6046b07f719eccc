"""Strategies: how slates are made, as data that one can read, check and change without a deploy."""

from aisle.strategy.exploring import Explore, Fatigue, Rotation
from aisle.strategy.exposure import Exposure
from aisle.strategy.market import Market
from aisle.strategy.model import FEATURES, SOURCES, Strategy
from aisle.strategy.parts import Diversity, Exclude, Source, Sources
from aisle.strategy.placements import Strategies, StrategyLike, read_strategies
from aisle.strategy.rule import Rule
from aisle.strategy.value import Objective, Objectives, Offer

__all__ = [
    "FEATURES",
    "SOURCES",
    "Diversity",
    "Exclude",
    "Explore",
    "Exposure",
    "Fatigue",
    "Market",
    "Objective",
    "Objectives",
    "Offer",
    "Rotation",
    "Rule",
    "Source",
    "Sources",
    "Strategies",
    "Strategy",
    "StrategyLike",
    "read_strategies",
]
