"""Next-item evaluation: after every click, the rank of the item that came next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from aisle.evaluate import doubts
from aisle.evaluate.asking import Core, OneByOne, check_model
from aisle.evaluate.beside import Beside, segment_names
from aisle.evaluate.choices import Choices, cuts
from aisle.evaluate.log import Log, as_log
from aisle.evaluate.measure import report_of
from aisle.evaluate.questions import ask
from aisle.evaluate.report import Report
from aisle.evaluate.slices import warmth


def next_item(
    model: Any,
    test: Any,
    *,
    k: int | Sequence[int] = (10, 20),
    ties: str = "conservative",
    repeats: str = "keep",
    exclude_seen: bool = False,
    request_time: str | float = "last",
    targets: str = "next",
    negatives: int | None = None,
    unknown: str = "drop",
    train: Any = None,
    items: Any = None,
    label: str | None = None,
    price: str | None = None,
    vectors: Any = None,
    segments: Any = None,
    max_events: int | None = None,
    threads: int = 1,
    progress: bool = False,
) -> Report:
    """Rank all items after every click of each test session; the target is the next one.

    Targets are views and clicks; in a log without any, all events that show interest. What is
    chosen here stands in ``report.protocol``; input that would bend the numbers is warned of.

    Parameters
    ----------
    model
        Anything with ``recommend(session, k) -> (items, scores)``; models of `aisle.models` are
        ranked in the core, many at a time.
    test : aisle.Events
        Sessions the model has not seen.
    k
        Cut or cuts.
    ties
        "conservative": behind all items with the target's score; "standard": before them; "mean":
        in the middle.
    repeats
        "keep"; "drop": a click on the item of the click before is taken out of the log; "drop_any":
        every click on an item that was in the session is.
    exclude_seen
        Items of the session so far are not recommended; a target among them is a miss.
    request_time
        When the model is asked: "last" (a microsecond after the last event), seconds after the last
        event, or "target" (the time of the target's event, which a server cannot know).
    targets
        "next"; "all": every item that follows in the session, with recall, precision and MAP.
    negatives
        So many uniform negatives: further metrics that say so in their names. None: none.
    unknown
        Test events whose item the model never saw: "drop" takes them out, and then the sessions
        shorter than two (the report says how many); "miss" keeps them, as misses.
    train : aisle.Events, optional
        The log the model was fitted on: tells leaks, counts visitors for novelty, and gives cold
        items a slice.
    items
        An `aisle.Items`: its attributes give diversity, calibration and revenue. Or ids the model
        knows, when it does not say so itself (`items_`).
    label, price
        Attributes for diversity and calibration (the first category or labels) and for revenue
        ("price").
    vectors
        Vectors for diversity: a mapping of id to vector, or a pair of ids and a matrix.
    segments
        A mapping of visitor to segment, or a name for each event of the test: a slice.
    max_events
        Stop after so many targets.
    threads
        For models that rank in the core; any other model is asked one session at a time.
    progress
        Show how far it is, on stderr.

    Returns
    -------
    Report

    Raises
    ------
    ConfigError
        When an option is outside its domain, or the model is not fitted.

    Warns
    -----
    EvaluationWarning
        When the test shares sessions or time with `train`, times go backwards, k is above the
        catalogue, ties decide, scores or vectors are nan: with what that does to the numbers.

    Examples
    --------
    >>> class Always:
    ...     items_ = ["a", "b", "c"]
    ...     def recommend(self, session, k):
    ...         return ["b", "a"][:k], [0.9, 0.1][:k]
    >>> log = {"session": [1, 1, 1], "item": ["a", "b", "c"], "time": [0, 1, 2]}
    >>> report = next_item(Always(), log, k=1)
    >>> report["HR@1"], report.n_events
    (0.5, 2)
    """
    choices = Choices(
        cuts(k), ties, repeats, exclude_seen, request_time, targets, negatives, unknown,
        max_events, threads,
    )  # fmt: skip
    beside = Told(train, items, label, price, vectors, segments)
    words = {"protocol": "next item: after every click of a session, the one that follows"}
    report = rank(model, test, choices, beside, words, progress=progress)
    doubts.warn(list(report.notes))
    return report


class Told:
    """What the caller tells beside the log; read when the model's items are known."""

    def __init__(
        self,
        train: Any = None,
        items: Any = None,
        label: str | None = None,
        price: str | None = None,
        vectors: Any = None,
        segments: Any = None,
    ) -> None:
        self.train, self.segments, self._vectors = train, segments, vectors
        self._label, self._price = label, price
        self._table = items if hasattr(items, "attributes") else None
        self.ids: Iterable[Any] | None = items if self._table is None else None

    def read(self, ids: Sequence[Any]) -> tuple[Beside, Log | None]:
        """In the numbers of a model, and the training log."""
        beside = Beside()
        if self._table is not None:
            beside.add_items(self._table, ids, self._label, self._price)
        if self._vectors is not None:
            beside.add_vectors(self._vectors, ids)
        return beside, None if self.train is None else beside.add_train(self.train, ids)


def rank(
    model: Any,
    test: Any,
    choices: Choices,
    told: Told,
    words: Mapping[str, str],
    *,
    log: Log | None = None,
    asked: npt.NDArray[np.bool_] | None = None,
    progress: bool = False,
) -> Report:
    """Ask a model all questions of a log and measure the answers; warns of nothing yet.

    Parameters
    ----------
    log
        The test with other sessions than its own, where the protocol has it so.
    asked : bool[rows of the test], optional
        Which rows may be targets.
    """
    check_model(model)
    log = as_log(test) if log is None else log
    core = hasattr(model, "_rank_queries") and not isinstance(test, dict)
    source = Core(model, test) if core else OneByOne(model, log, told.ids)
    questions = ask(log, source.mine, choices, asked=asked)
    ranked = source.rank(questions, choices, progress=progress)
    beside, train = told.read(source.ids[: source.items])
    labels: dict[str, npt.NDArray[Any]] = {}
    rows = questions.rows[questions.at]
    if told.segments is not None:
        labels["segment"] = segment_names(told.segments, log, rows)
    if train is not None and ranked.popularity is not None:
        labels["training events"] = warmth(ranked.popularity, ranked.targets)
    found = beside.doubts + doubts.of_input(questions, choices, source.items, train, ranked)
    return report_of(
        ranked, questions, choices,
        model=name_of(model), items=source.items, protocol=words,
        beside=beside, labels=labels, notes=found,
    )  # fmt: skip


def name_of(model: Any) -> str:
    """What to call a model in a report: its repr when it has one of its own, else its class."""
    shown = repr(model)
    return type(model).__name__ if shown.startswith("<") else shown


def _only_targets(events: Any) -> Any:
    """The events worth predicting, as Events."""
    wanted = as_log(events).targets()
    return events if wanted.all() else events._take(wanted)
