"""Which questions a log asks: what was known before each target, and which targets count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aisle.evaluate.choices import JUST_AFTER_US, Choices
from aisle.evaluate.log import Ints, Log
from aisle.evaluate.targets import distinct

PREFIX_ROWS = 4_000_000  # of the prefixes that go to a model at once


@dataclass(frozen=True)
class Questions:
    """Rows of a log, ordered by session and time, and the questions they ask.

    Attributes
    ----------
    rows : int64[rows]
        Rows of the log.
    item : int64[rows]
        Item in the model's numbers; -1: the model does not know it.
    begin, at, end : int64[n]
        Question i knows ``rows[begin[i]:at[i]]``; its target is ``rows[at[i]]``, and what else the
        session holds ``rows[at[i] + 1:end[i]]``.
    repeats : bool[n]
        Whether the target is among what is known.
    dropped : dict
        How many events and sessions were left out, by reason.
    """

    log: Log
    rows: Ints
    item: Ints
    begin: Ints
    at: Ints
    end: Ints
    repeats: npt.NDArray[np.bool_]
    dropped: dict[str, int]

    def __len__(self) -> int:
        return len(self.at)

    @property
    def target(self) -> Ints:
        """Item of each target in the model's numbers; int64[n]."""
        return self.item[self.at]

    def request(self, choice: str | float) -> Ints:
        """When each question is asked, microseconds; int64[n]."""
        time = self.log.time[self.rows]
        if choice == "target":
            return time[self.at]
        after = JUST_AFTER_US if isinstance(choice, str) else round(float(choice) * 1e6)
        late: Ints = time[self.at - 1] + after
        return late

    def known(self, part: slice) -> tuple[Ints, Ints]:
        """What the questions of a part know: offsets int64[m + 1], and places in `rows`."""
        begin, length = self.begin[part], (self.at - self.begin)[part]
        return _laid_out(begin, length)

    def remaining(self) -> tuple[Ints, Ints]:
        """Offsets int64[n + 1] and items of all that follow in the session, each item once."""
        offsets, places = _laid_out(self.at, self.end - self.at)
        owner = np.repeat(np.arange(len(self.at)), np.diff(offsets))
        item = self.item[places]
        wide = int(item.max(initial=0)) + 2
        pairs = distinct(owner * wide + item + 1)
        count = np.bincount(pairs // wide, minlength=len(self.at))
        return np.concatenate([[0], np.cumsum(count)]), pairs % wide - 1

    def parts(self) -> Iterator[slice]:
        """Parts whose prefixes together have at most some millions of rows."""
        total, first = np.cumsum(self.at - self.begin), 0
        while first < len(total):
            before = int(total[first - 1]) if first else 0
            last = max(int(np.searchsorted(total, before + PREFIX_ROWS, "right")), first + 1)
            yield slice(first, last)
            first = last


def ask(
    log: Log,
    mine: Ints,
    choices: Choices,
    *,
    asked: npt.NDArray[np.bool_] | None = None,
) -> Questions:
    """The questions of a log.

    Parameters
    ----------
    log
        Its `session` says what belongs together.
    mine : int64[rows of the log]
        Item of each row in the model's numbers; -1: unknown to it.
    asked : bool[rows of the log], optional
        Which rows may be targets; the others are known before, and never asked for.
    """
    rows = log.by_session(np.flatnonzero(log.targets()))
    sessions = len(np.unique(log.session[rows]))
    known = mine[rows] >= 0
    dropped = {"events with an item the model never saw": 0}
    if choices.unknown == "drop":
        dropped["events with an item the model never saw"] = int((~known).sum())
        rows = rows[known]
    if choices.repeats != "keep":
        again = _again(log, rows, choices.repeats)
        dropped["repeated clicks"] = int(again.sum())
        rows = rows[~again]
    begin, length = runs(log.session[rows])
    dropped["sessions shorter than two"] = int((length < 2).sum()) + sessions - len(length)
    number = np.repeat(np.arange(len(begin)), length - 1)
    first = np.cumsum(length - 1) - (length - 1)
    at = begin[number] + 1 + np.arange(len(number)) - first[number]
    if asked is not None:
        wanted = asked[rows[at]]
        at, number = at[wanted], number[wanted]
    at, number = at[: choices.max_events], number[: choices.max_events]
    return Questions(
        log=log,
        rows=rows,
        item=mine[rows],
        begin=begin[number],
        at=at,
        end=(begin + length)[number],
        repeats=seen_before(log.session[rows], log.item[rows])[at],
        dropped=dropped,
    )


def runs(session: Ints) -> tuple[Ints, Ints]:
    """Begin and length of each session in rows ordered by session."""
    new = np.ones(len(session), bool)
    new[1:] = np.diff(session) != 0
    begin = np.flatnonzero(new)
    return begin, np.diff(np.append(begin, len(session)))


def seen_before(session: Ints, item: Ints) -> npt.NDArray[np.bool_]:
    """Whether the item was in the session before; rows ordered by session and time."""
    order = np.lexsort((np.arange(len(item)), item, session))
    again = np.zeros(len(item), bool)
    again[order[1:]] = (np.diff(session[order]) == 0) & (np.diff(item[order]) == 0)
    return again


def _again(log: Log, rows: Ints, repeats: str) -> npt.NDArray[np.bool_]:
    """Rows that the choice of repeats drops."""
    session, item = log.session[rows], log.item[rows]
    if repeats == "drop_any":
        return seen_before(session, item)
    again = np.zeros(len(rows), bool)
    again[1:] = (np.diff(session) == 0) & (np.diff(item) == 0)
    return again


def _laid_out(begin: Ints, length: Ints) -> tuple[Ints, Ints]:
    """Offsets, and the places begin[i], begin[i] + 1, … of each i end to end."""
    offsets = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    inside = np.arange(int(offsets[-1])) - np.repeat(offsets[:-1], length)
    return offsets, inside + np.repeat(begin, length)
