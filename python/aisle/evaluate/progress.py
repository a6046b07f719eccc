"""One line on stderr that says how far a long run is."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self


class Progress:
    """Counts up to `total` on stderr, five times a second at most; silent unless `show`.

    Examples
    --------
    >>> with Progress(100, "replay", show=False) as bar:
    ...     bar.advance(50)
    """

    def __init__(self, total: int, label: str, *, show: bool) -> None:
        self._total, self._label, self._show = max(total, 1), label, show and total > 0
        self._done, self._shown, self._begun = 0, 0.0, time.monotonic()

    def advance(self, count: int) -> None:
        """`count` more are done."""
        self._done += count
        now = time.monotonic()
        if self._show and now - self._shown > 0.2:
            self._shown = now
            share = self._done / self._total
            left = (now - self._begun) * (1 - share) / max(share, 1e-9)
            bar = "█" * int(24 * share) + "·" * (24 - int(24 * share))
            print(
                f"\r{self._label} {bar} {share:4.0%}  {left:5.0f} s left ",
                end="",
                file=sys.stderr,
                flush=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._show and self._shown:
            print("\r" + " " * 70 + "\r", end="", file=sys.stderr, flush=True)
