"""Put the questions of a log to a model: many at a time in the core, or one after the other."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from aisle._core import ConfigError
from aisle.evaluate import targets as several
from aisle.evaluate.choices import Choices
from aisle.evaluate.log import NO_ITEM, Ints, Log
from aisle.evaluate.metrics import rank_in_list
from aisle.evaluate.progress import Progress
from aisle.evaluate.protocol import Ranked
from aisle.evaluate.questions import Questions

Floats = npt.NDArray[np.float64]
MOST_LISTED: Final = 1_000_000


def check_model(model: Any) -> None:
    """Refuse what cannot be asked."""
    if isinstance(model, type):
        raise ConfigError(f"{model.__name__} is a class: fit one, {model.__name__}().fit(events)")
    if not hasattr(model, "recommend") and not hasattr(model, "_rank_queries"):
        raise ConfigError(
            f"expected a model with recommend(session, k), got {type(model).__name__}: a function "
            "becomes one as the method of a class"
        )


class Core:
    """A model that ranks many sessions at once (`protocol.RanksQueries`)."""

    def __init__(self, model: Any, events: Any) -> None:
        numbers = np.asarray(model._numbers_of(events)).astype(np.int64)
        self.mine = np.where(numbers == NO_ITEM, -1, numbers)
        self.ids: Sequence[Any] = model._items.names()
        self.items = int(model.n_items_)
        self.popularity: Floats | None = model._popularity
        self._model = model

    def rank(self, asked: Questions, choices: Choices, *, progress: bool) -> Ranked:
        """Ranks, lists and latencies of all questions."""
        every = choices.targets == "all"
        n, k = len(asked), min(choices.k[-1] + every, self.items)
        request = asked.request(choices.request_time)
        ranks, ties = np.zeros(n, np.int64), np.zeros(n, np.int64)
        taken, lists = np.zeros(n, np.float32), np.full((n, k), -1, np.int32)
        scores = np.full((n, k if every else 0), np.nan)
        with Progress(n, "next item", show=progress) as bar:
            for part in asked.parts():
                offsets, places = asked.known(part)
                rows = asked.rows[places]
                found = self._model._rank_queries(
                    offsets,
                    _codes(asked.item[places]),
                    _codes(asked.target[part]),
                    k=k,
                    threads=choices.threads,
                    times=asked.log.time[rows],
                    types=asked.log.type[rows],
                    request=request[part],
                    exclude_seen=choices.exclude_seen,
                    scores=every,
                )
                ranks[part], ties[part], taken[part] = found[0], found[1], found[2] / 1e3
                lists[part] = np.asarray(found[3]).astype(np.int64).astype(np.int32)
                if every:
                    scores[part] = found[4]
                bar.advance(part.stop - part.start)
        return self.ranked(asked, choices, ranks, ties, taken, lists, scores if every else None)

    def ranked(
        self,
        asked: Questions,
        choices: Choices,
        ranks: Ints,
        ties: Ints,
        taken: npt.NDArray[np.float32],
        lists: npt.NDArray[Any],
        scores: Floats | None,
        nan_scores: int = 0,
    ) -> Ranked:
        """What the answers say under the rule for ties."""
        placed: npt.NDArray[Any] = ranks
        if choices.ties != "conservative":
            placed = np.where(
                ranks > 0, ranks - ties * (1 if choices.ties == "standard" else 0.5), 0
            )
            placed = placed.astype(np.int64) if choices.ties == "standard" else placed
        found = relevant = None
        if scores is not None:
            offsets, wanted = asked.remaining()
            relevant = np.diff(offsets)
            at = several.places(scores, choices.ties, whole=scores.shape[1] >= self.items)
            found = several.found(lists, wanted, offsets, at)
        shown = lists[:, : choices.k[-1]]
        return Ranked(
            ranks=placed,
            sessions=asked.log.session[asked.rows[asked.at]],
            positions=asked.at - asked.begin,
            targets=asked.target,
            repeats=asked.repeats,
            latency_us=taken,
            listed=np.bincount(shown[shown >= 0], minlength=self.items),
            popularity=self.popularity,
            dropped_rows=asked.dropped["events with an item the model never saw"],
            dropped_sessions=asked.dropped["sessions shorter than two"],
            ties=ties,
            lists=shown,
            found=found,
            relevant=relevant,
            nan_scores=nan_scores,
        )


class OneByOne(Core):
    """Any object with ``recommend(session, k)``."""

    def __init__(self, model: Any, log: Log, items: Iterable[Any] | None) -> None:
        catalogue = getattr(model, "items_", None) if items is None else list(items)
        self.ids = list(log.items if catalogue is None else catalogue)
        self.code = {str(item): n for n, item in enumerate(self.ids)}
        of_item = np.array([self.code.get(str(item), -1) for item in log.items], np.int64)
        there = log.item >= 0
        self.mine = np.full(len(log), -1, np.int64)
        self.mine[there] = of_item[log.item[there]]
        self.items = len(self.code)
        counts = getattr(model, "counts_", None)
        self.popularity = None if counts is None else np.asarray(counts, np.float64)
        self._model = model

    def rank(self, asked: Questions, choices: Choices, *, progress: bool) -> Ranked:
        """Ranks, lists and latencies of all questions."""
        k, log = choices.k[-1], asked.log
        # One more than the largest k: a tie that runs over the end of the list is seen.
        depth = k + 1 if choices.negatives is None else max(self.items, k + 1)
        ranks, ties = np.zeros(len(asked), np.int64), np.zeros(len(asked), np.int64)
        taken, nans = np.zeros(len(asked), np.float32), 0
        wide = min(k + 1, max(self.items, 1))
        lists, scores = (
            np.full((len(asked), wide), -1, np.int32),
            np.full((len(asked), wide), np.nan),
        )
        ids = [log.items[n] for n in log.item[asked.rows].tolist()]
        target = asked.target.tolist()
        with Progress(len(asked), "next item", show=progress) as bar:
            for n, (first, at) in enumerate(
                zip(asked.begin.tolist(), asked.at.tolist(), strict=True)
            ):
                session = ids[first:at]
                without = set(map(str, session)) if choices.exclude_seen else set()
                clock = time.perf_counter_ns()
                answer = self._model.recommend(session, depth + len(without))
                taken[n] = (time.perf_counter_ns() - clock) / 1e3
                codes, values = self._read(answer, without)
                if choices.ties != "conservative" and values is not None:
                    codes, values = self._whole_tie(session, codes, values, target[n], without)
                nans += values is not None and bool(np.isnan(values).any())
                ranks[n], ties[n] = _rank(codes, values, target[n])
                size = min(len(codes), wide)
                lists[n, :size] = codes[:size]
                scores[n, :size] = -np.arange(size) if values is None else values[:size]
                bar.advance(1)
        every = scores if choices.targets == "all" else None
        return self.ranked(asked, choices, ranks, ties, taken, lists, every, nans)

    def _read(self, answer: Any, without: set[str]) -> tuple[Ints, Floats | None]:
        """Codes and scores of an answer, without the items that may not be in it."""
        items, scores = answer if isinstance(answer, tuple) and len(answer) == 2 else (answer, None)
        one_by_one = isinstance(items, list | tuple | np.ndarray) or hasattr(items, "tolist")
        pairs = one_by_one and len(items) > 0 and isinstance(next(iter(items)), list | tuple)
        if not one_by_one or pairs or getattr(items, "ndim", 1) != 1:
            shape = "pairs" if pairs else type(items).__name__
            raise ConfigError(
                f"{type(self._model).__name__}.recommend gave {shape}: ids, best first, and their "
                "scores are expected, as in (ids, scores)"
            )
        names = [str(item) for item in items]
        codes = np.array([self.code.get(name, -1) for name in names], np.int64)
        values = None if scores is None else np.asarray(scores, np.float64)
        if values is not None and len(values) != len(codes):
            raise ConfigError(
                f"{type(self._model).__name__}.recommend gave {len(codes)} items and "
                f"{len(values)} scores: one score for each item"
            )
        if without:
            kept = np.array([name not in without for name in names], bool)
            codes, values = codes[kept], None if values is None else values[kept]
        return codes, values

    def _whole_tie(
        self, session: list[Any], codes: Ints, values: Floats, target: int, without: set[str]
    ) -> tuple[Ints, Floats]:
        """A list long enough to see all items with the target's score, were it tied at the end."""
        asked = len(codes)
        while len(codes) > 1 and values[-1] == values[-2]:
            own = values[codes == target]
            if len(own) and own[0] != values[-1]:
                break
            asked *= 2
            longer, scores = self._read(
                self._model.recommend(session, asked + len(without)), without
            )
            if len(longer) == len(codes) or scores is None or asked > MOST_LISTED:
                break
            codes, values = longer, scores
        return codes, values


def _codes(items: Ints) -> npt.NDArray[np.uint32]:
    """Item numbers as the core has them: 0xFFFFFFFF for what is unknown."""
    return np.where(items < 0, NO_ITEM, items).astype(np.uint32)


def _rank(found: Ints, scores: Floats | None, target: int) -> tuple[int, int]:
    """Conservative rank of the target in the list, 0 when it is not in it; and its ties.

    The list is one longer than the largest k. A tie that runs over its end therefore gives a rank
    above every k, which is a miss however far the tie goes on.
    """
    places = np.flatnonzero(found == target) if target >= 0 else np.empty(0, np.int64)
    if not len(places):
        return 0, 0
    place = int(places[0])
    if scores is None:
        return place + 1, 0
    rank = rank_in_list(scores, place)
    return rank, max(int((scores == scores[place]).sum()) - 1, 0)
