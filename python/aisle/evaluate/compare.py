"""Several reports side by side."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aisle._core import ConfigError
from aisle.evaluate.ranking import next_item
from aisle.evaluate.report import Report
from aisle.evaluate.significance import PairedTest, paired_tests

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SAME = ("targets", "negatives", "ties", "repeats", "seen items", "unknown items", "request time")


class Comparison(Mapping[str, Report]):
    """Reports by name: prints a table, draws a plot.

    Examples
    --------
    >>> from aisle.evaluate import compare, next_item
    >>> class Always:
    ...     def __init__(self, item):
    ...         self.item = item
    ...     def recommend(self, session, k):
    ...         return [self.item], [1.0]
    >>> log = {"session": [1, 1], "item": ["a", "b"], "time": [0, 1]}
    >>> both = compare({name: next_item(Always(name), log, k=1) for name in "ab"})
    >>> both.best("HR@1")
    'b'
    """

    def __init__(self, reports: Mapping[str, Report]) -> None:
        if not reports:
            raise ConfigError("compare needs at least one report")
        self._reports = dict(reports)
        first, *others = (list(report) for report in self._reports.values())
        self.metrics = [name for name in first if all(name in other for other in others)]
        if not self.metrics:
            raise ConfigError("these reports have no metric in common: evaluate with the same k")

    def __getitem__(self, name: str) -> Report:
        return self._reports[name]

    def __iter__(self) -> Any:
        return iter(self._reports)

    def __len__(self) -> int:
        return len(self._reports)

    def best(self, metric: str) -> str:
        """Name of the report with the highest value; the first of equals."""
        return max(self._reports, key=lambda name: self._reports[name][metric])

    def rows(self) -> list[dict[str, Any]]:
        """One dict a report: name, metrics, p50 and p99 in microseconds, targets."""
        return [
            {
                "name": name,
                **{metric: report[metric] for metric in self.metrics},
                "p50 µs": report.latency["p50"],
                "p99 µs": report.latency["p99"],
                "targets": report.n_events,
            }
            for name, report in self._reports.items()
        ]

    def to_dict(self) -> dict[str, Any]:
        """Name -> `Report.to_dict()`."""
        return {name: report.to_dict() for name, report in self._reports.items()}

    def _cells(self) -> tuple[list[str], list[list[str]]]:
        head = ["", *self.metrics, "p50 µs", "p99 µs", "targets"]
        leaders = {metric: self.best(metric) for metric in self.metrics}
        body = []
        for row in self.rows():
            cells = [
                f"{row[m]:.4f}{'*' if leaders[m] == row['name'] else ' '}" for m in self.metrics
            ]
            times = [f"{row[name]:,.3g}" for name in ("p50 µs", "p99 µs")]
            body.append([str(row["name"]), *cells, *times, f"{row['targets']:,}"])
        return head, body

    def __str__(self) -> str:
        head, body = self._cells()
        widths = [max(len(line[n]) for line in [head, *body]) for n in range(len(head))]
        lines = [
            "  ".join(
                cell.ljust(width) if n == 0 else cell.rjust(width)
                for n, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in [head, *body]
        ]
        return "\n".join([*lines, "* best", *self.cautions()])

    def cautions(self) -> list[str]:
        """What makes these reports hard to compare: other targets, other choices."""
        found = []
        reports = list(self._reports.values())
        if len({report.n_events for report in reports}) > 1:
            found.append("not the same targets: compare with care")
        for choice in SAME:
            said = {report.protocol.get(choice) for report in reports} - {None}
            if len(said) > 1:
                found.append(f"not the same {choice}: {' | '.join(sorted(map(str, said)))}")
        return found

    def __repr__(self) -> str:
        return f"Comparison({', '.join(self._reports)})"

    def _repr_html_(self) -> str:
        head, body = self._cells()
        cells = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
        lines = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in line) + "</tr>"
            for line in body
        )
        return f"<table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table>"

    def test(
        self, metric: str | None = None, *, baseline: str | None = None, seed: int = 0
    ) -> list[PairedTest]:
        """Paired tests over sessions, of every pair or of each against a baseline.

        Parameters
        ----------
        metric
            The first that all have, unless named.
        baseline
            Name of the report that the others are tested against.

        Raises
        ------
        ConfigError
            When the reports are not of one test log.
        """
        return paired_tests(self._reports, metric or self.metrics[0], baseline=baseline, seed=seed)

    def plot(self) -> Figure:
        """Metrics with their intervals, accuracy against latency, and over time (extra `plot`)."""
        from aisle.evaluate.plots import plot_comparison

        return plot_comparison(self._reports)


def compare(reports: Mapping[str, Any], test: Any = None, **options: Any) -> Comparison:
    """Reports side by side: a table with the best marked, paired tests, and a plot.

    Parameters
    ----------
    reports
        Name -> report of `next_item`, `replay`, …, made with the same k on the same log; or name
        -> fitted model, which `next_item` then evaluates on `test`.
    test, **options
        For models: the log to rank on, and the options of `next_item`.

    A line below the table says where the reports chose otherwise.

    Examples
    --------
    >>> import aisle
    >>> shop = aisle.simulate.Shop(items=60, visitors=300, days=4, seed=2)
    >>> train, test = shop.events().split(at="2026-03-04")
    >>> both = compare({"popular": aisle.models.Popularity().fit(train),
    ...                 "pairs": aisle.models.CoVisitation().fit(train)}, test, k=10)
    >>> both.best("HR@10")
    'pairs'
    """
    made = {}
    for name, one in reports.items():
        if not isinstance(one, Report):
            if test is None:
                raise ConfigError(
                    f"{name!r} is no report but a {type(one).__name__}: give compare a test log"
                )
            one = next_item(one, test, **options)
        made[name] = one
    return Comparison(made)
