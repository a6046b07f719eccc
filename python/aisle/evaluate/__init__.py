"""How good a model or an engine is: protocols that do not flatter, metrics, reports."""

from aisle.evaluate import metrics
from aisle.evaluate.baskets import baskets
from aisle.evaluate.compare import Comparison, compare
from aisle.evaluate.doubts import EvaluationWarning
from aisle.evaluate.holdout import TimeSplit, global_split, last_out, time_split
from aisle.evaluate.page import Section, demo_page, html_page
from aisle.evaluate.ranking import next_item
from aisle.evaluate.report import Report
from aisle.evaluate.significance import PairedTest, paired_tests
from aisle.evaluate.strategies import StrategyDiff, compare_strategies
from aisle.evaluate.streaming import ReplayReport, replay
from aisle.evaluate.windows import sliding

__all__ = [
    "Comparison",
    "EvaluationWarning",
    "PairedTest",
    "ReplayReport",
    "Report",
    "Section",
    "StrategyDiff",
    "TimeSplit",
    "baskets",
    "compare",
    "compare_strategies",
    "demo_page",
    "global_split",
    "html_page",
    "last_out",
    "metrics",
    "next_item",
    "paired_tests",
    "replay",
    "sliding",
    "time_split",
]
