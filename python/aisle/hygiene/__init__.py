"""Signal hygiene: what is wrong with a log, and the log without it."""

from aisle.hygiene.checking import check
from aisle.hygiene.drift import ks, psi
from aisle.hygiene.finding import Effect, Finding, Level
from aisle.hygiene.limits import Limits
from aisle.hygiene.report import CheckReport

__all__ = ["CheckReport", "Effect", "Finding", "Level", "Limits", "check", "ks", "psi"]
