"""Next-item evaluation: after every click, the rank of the item that came next."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from aisle._core import ConfigError
from aisle.evaluate.log import Log, as_log
from aisle.evaluate.metrics import rank_in_list
from aisle.evaluate.progress import Progress
from aisle.evaluate.protocol import Ranked
from aisle.evaluate.report import Report

Ints = npt.NDArray[np.int64]


def cuts(k: int | Sequence[int]) -> tuple[int, ...]:
    """`k` as a sorted tuple of positive integers."""
    found: list[Any] = list(k) if isinstance(k, list | tuple | range | np.ndarray) else [k]
    whole = [isinstance(cut, int | np.integer) and not isinstance(cut, bool) for cut in found]
    values = tuple(sorted({int(cut) for cut in found})) if all(whole) else ()
    if not values or values[0] < 1 or values[-1] > 1_000_000:
        raise ConfigError(f"k must be an integer from 1 to 1,000,000, or several, got {k!r}")
    return values


def next_item(
    model: Any,
    test: Any,
    *,
    k: int | Sequence[int] = (10, 20),
    threads: int = 1,
    unknown: str = "drop",
    items: Iterable[Any] | None = None,
    max_events: int | None = None,
    progress: bool = False,
) -> Report:
    """Rank all items after every click of each test session; the target is the next one.

    Repeated clicks are kept and items of the session stay eligible: whether to show them is the
    model's business. Ties count against the model. Targets are views and clicks; in a log without
    any, all events that show interest.

    Parameters
    ----------
    model
        Anything with ``recommend(session, k) -> (items, scores)``; models of `aisle.models` are
        ranked in the core, many at a time.
    test : aisle.Events
        Sessions the model has not seen.
    k
        Cut or cuts.
    threads
        For models that rank in the core; any other model is asked one session at a time.
    unknown
        Test events whose item the model never saw: "drop" takes them out, and then the sessions
        shorter than two (the report says how many); "miss" keeps them, as misses.
    items
        Ids the model knows, when it does not say so itself (`items_`).
    max_events
        Stop after so many targets.
    progress
        Show how far it is, on stderr.

    Returns
    -------
    Report

    Raises
    ------
    ConfigError
        When an option is outside its domain.

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
    where = cuts(k)
    if unknown not in ("drop", "miss"):
        raise ConfigError(f'unknown must be "drop" or "miss", got {unknown!r}')
    if max_events is not None and max_events < 1:
        raise ConfigError(f"max_events must be positive or None, got {max_events}")
    if hasattr(model, "_rank_events") and not isinstance(test, dict):
        ranked = model._rank_events(
            _only_targets(test),
            k=where[-1],
            threads=threads,
            max_events=max_events,
            unknown=unknown,
        )
    else:
        ranked = _ask(model, as_log(test), where[-1], items, unknown, max_events, progress)
    return Report.of_ranked(ranked, k=where, model=name_of(model))


def name_of(model: Any) -> str:
    """What to call a model in a report: its repr when it has one of its own, else its class."""
    shown = repr(model)
    return type(model).__name__ if shown.startswith("<") else shown


def _only_targets(events: Any) -> Any:
    """The events worth predicting, as Events."""
    wanted = as_log(events).targets()
    return events if wanted.all() else events._take(wanted)


def _ask(
    model: Any,
    log: Log,
    k: int,
    items: Iterable[Any] | None,
    unknown: str,
    max_events: int | None,
    progress: bool,
) -> Ranked:
    """Ask a model that has only `recommend`, one click at a time."""
    catalogue = getattr(model, "items_", None) if items is None else list(items)
    code = {str(item): n for n, item in enumerate(log.items if catalogue is None else catalogue)}
    mine = np.array([code.get(str(item), -1) for item in log.items], np.int64)
    rows = log.by_session(np.flatnonzero(log.targets()))
    known = mine[log.item[rows]] >= 0
    kept = rows[known] if unknown == "drop" else rows
    begin, length = _runs(log.session[kept])
    query, number = _queries(begin, length, max_events)
    codes = mine[log.item[kept]]
    listed = np.zeros(len(code), np.int64)
    ranks, taken = np.zeros(len(query), np.int64), np.zeros(len(query), np.float32)
    ids = [log.items[n] for n in log.item[kept].tolist()]
    with Progress(len(query), "next item", show=progress) as bar:
        for n, (at, start) in enumerate(zip(query.tolist(), begin[number].tolist(), strict=True)):
            clock = time.perf_counter_ns()
            answer = model.recommend(ids[start:at], k + 1)
            taken[n] = (time.perf_counter_ns() - clock) / 1e3
            found, scores = _answer(answer, code)
            shown = found[:k]
            listed[shown[shown >= 0]] += 1
            ranks[n] = _rank(found, scores, int(codes[at]))
            bar.advance(1)
    counts = getattr(model, "counts_", None)
    return Ranked(
        ranks=ranks,
        sessions=number,
        positions=query - begin[number],
        targets=codes[query],
        repeats=seen_before(log.session[kept], log.item[kept])[query],
        latency_us=taken,
        listed=listed,
        popularity=None if counts is None else np.asarray(counts, np.float64),
        dropped_rows=int((~known).sum()) if unknown == "drop" else 0,
        dropped_sessions=int((length < 2).sum()) + len(np.unique(log.session[rows])) - len(length),
    )


def _runs(session: Ints) -> tuple[Ints, Ints]:
    """Begin and length of each session in rows ordered by session."""
    new = np.ones(len(session), bool)
    new[1:] = np.diff(session) != 0
    begin = np.flatnonzero(new)
    return begin, np.diff(np.append(begin, len(session)))


def _queries(begin: Ints, length: Ints, max_events: int | None) -> tuple[Ints, Ints]:
    """Row of each target, and the number of its session."""
    number = np.repeat(np.arange(len(begin)), length - 1)
    first = np.cumsum(length - 1) - (length - 1)
    query = begin[number] + 1 + np.arange(len(number)) - first[number]
    return query[:max_events], number[:max_events]


def seen_before(session: Ints, item: Ints) -> npt.NDArray[np.bool_]:
    """Whether the item was in the session before; rows ordered by session and time."""
    order = np.lexsort((np.arange(len(item)), item, session))
    again = np.zeros(len(item), bool)
    again[order[1:]] = (np.diff(session[order]) == 0) & (np.diff(item[order]) == 0)
    return again


def _answer(answer: Any, code: dict[str, int]) -> tuple[Ints, npt.NDArray[np.float64] | None]:
    items, scores = answer if isinstance(answer, tuple) and len(answer) == 2 else (answer, None)
    found = np.array([code.get(str(item), -1) for item in items], np.int64)
    return found, None if scores is None else np.asarray(scores, np.float64)


def _rank(found: Ints, scores: npt.NDArray[np.float64] | None, target: int) -> int:
    """Rank of the target in the list, ties against it; 0 when it is not in it.

    The list is one longer than the largest k. A tie that runs over its end therefore gives a rank
    above every k, which is a miss however far the tie goes on.
    """
    places = np.flatnonzero(found == target) if target >= 0 else np.empty(0, np.int64)
    if not len(places):
        return 0
    return int(places[0]) + 1 if scores is None else rank_in_list(scores, int(places[0]))
