"""How good a model or an engine is: protocols that do not flatter, metrics, reports."""

from aisle.evaluate import metrics
from aisle.evaluate.compare import Comparison, compare
from aisle.evaluate.page import Section, demo_page, html_page
from aisle.evaluate.ranking import next_item
from aisle.evaluate.report import Report
from aisle.evaluate.strategies import StrategyDiff, compare_strategies
from aisle.evaluate.streaming import ReplayReport, replay

__all__ = [
    "Comparison",
    "ReplayReport",
    "Report",
    "Section",
    "StrategyDiff",
    "compare",
    "compare_strategies",
    "demo_page",
    "html_page",
    "metrics",
    "next_item",
    "replay",
]
