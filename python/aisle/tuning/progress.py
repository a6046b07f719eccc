"""One line on stderr that says how far a search is."""

from __future__ import annotations

import sys


class Line:
    """Trials and seconds so far, and the best; silent unless `show`."""

    def __init__(self, metric: str, limit: str, *, show: bool) -> None:
        self._metric, self._limit, self._show = metric, limit, show

    def tell(self, trials: int, seconds: float, best: float, first: float) -> None:
        """What stands after a trial."""
        if self._show:
            told = f"{self._metric} {best:.4f}, at first {first:.4f}"
            sys.stderr.write(f"\rtune  {trials} trials of {self._limit}  {seconds:5.0f} s  {told} ")
            sys.stderr.flush()

    def end(self) -> None:
        """Leave the line."""
        if self._show:
            sys.stderr.write("\n")
            sys.stderr.flush()
