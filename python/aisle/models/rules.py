"""Rules from one item to the next: sequential rules, association rules, Markov."""

from __future__ import annotations

from collections.abc import Mapping

from aisle._core import (
    LogColumns,
    RuleOptions,
    SavedModel,
    SessionModel,
    Weighting,
    make_rules,
)
from aisle.models._base import Model
from aisle.models._checks import check_count, check_event_weights, check_flag, check_number
from aisle.models.knn import weighting_of


class _Rules(Model):
    """Common to the family. ``update`` counts the rules of the items in the new log anew."""

    def _options(self) -> RuleOptions:
        return RuleOptions()

    def _make(self, source: LogColumns | SavedModel) -> SessionModel:
        return make_rules(source, self._options())


class SequentialRules(_Rules):
    """SR: what came within a few steps after the session's last item.

    Parameters
    ----------
    steps
        Steps within a session that still make a rule.
    weighting
        Of a pair by its steps: ``same | div | linear | log | quadratic``; None: same.
    pruning
        Strongest rules kept of each item; None: all. Of equal ones the first in the log stays.
    sample_size
        Newest sessions of an item that make its rules; None: all. Where items age within days, as
        news do, 500 gave 5 points of HR@20 more; in shops nothing.
    last_items, step_decay
        The session's last distinct items whose rules are asked; the j-th newest weighs
        step_decay^j. The paper asks the last one alone.
    per_session
        Divide an item's rules by the sessions it is in, so that of several last items the rare
        ones are heard.
    type_weights
        How much a pair counts by the type of the event that is recommended, like ``{"cart": 3}``,
        and an item of the session that asks by its own (where it tells its types).
    step_half_life
        Seconds between two events after which the pair counts half; None: the steps alone count.

    Notes
    -----
    Ludewig, Jannach, *Evaluation of session-based recommendation algorithms*, UMUAI 2018.

    Examples
    --------
    >>> import aisle
    >>> log = aisle.Events.from_columns(visitor="v", item=["x", "y", "z", "x", "z"], session=1,
    ...                                 time=[1, 2, 3, 4, 5], time_unit="s")
    >>> items, scores = aisle.models.SequentialRules().fit(log).recommend(["x"], k=2)
    >>> items.tolist(), scores.tolist()
    (['z', 'y'], [1.75, 1.0])
    """

    def __init__(
        self,
        *,
        steps: int = 8,
        weighting: str | None = "div",
        pruning: int | None = 20,
        sample_size: int | None = None,
        last_items: int = 1,
        step_decay: float = 0.5,
        per_session: bool = False,
        type_weights: Mapping[str, float] | None = None,
        step_half_life: float | None = None,
    ) -> None:
        self.steps = steps
        self.weighting = weighting
        self.pruning = pruning
        self.sample_size = sample_size
        self.last_items = last_items
        self.step_decay = step_decay
        self.per_session = per_session
        self.type_weights = type_weights
        self.step_half_life = step_half_life

    def _options(self) -> RuleOptions:
        options = RuleOptions()
        options.steps = check_count("steps", self.steps)
        options.weighting = weighting_of(self.weighting, "weighting")
        options.pruning = _most("pruning", self.pruning)
        options.sample_size = _most("sample_size", self.sample_size)
        options.last_items = check_count("last_items", self.last_items)
        options.step_decay = check_number("step_decay", self.step_decay)
        options.per_session = check_flag("per_session", self.per_session)
        options.events = check_event_weights(self.type_weights, self.step_half_life)
        return options


class AssociationRules(_Rules):
    """AR: what was met in one session with the session's last item, before or after it.

    Parameters
    ----------
    pruning
        Strongest rules kept of each item; None: all. Of equal ones the first in the log stays.
    type_weights
        As in :class:`SequentialRules`.

    Notes
    -----
    Ludewig, Jannach, UMUAI 2018. As there, each two events of a session make a rule both ways,
    repeats again.

    Examples
    --------
    >>> import aisle
    >>> log = aisle.Events.from_columns(visitor="v", item=["x", "y", "z"], session=1,
    ...                                 time=[1, 2, 3], time_unit="s")
    >>> aisle.models.AssociationRules().fit(log).recommend(["z"], k=2)[0].tolist()
    ['x', 'y']
    """

    def __init__(
        self, *, pruning: int | None = 20, type_weights: Mapping[str, float] | None = None
    ) -> None:
        self.pruning = pruning
        self.type_weights = type_weights

    def _options(self) -> RuleOptions:
        options = RuleOptions()
        options.both_ways = True
        options.weighting = Weighting.SAME
        options.pruning = _most("pruning", self.pruning)
        options.events = check_event_weights(self.type_weights)
        return options


class Markov(_Rules):
    """A first-order Markov chain: what came next after the session's last item.

    Parameters
    ----------
    pruning
        Strongest transitions kept of each item; None: all. Of equal ones the first in the log
        stays.
    type_weights, step_half_life
        As in :class:`SequentialRules`.

    Notes
    -----
    Scores are counts, not probabilities: the order is the same.

    Examples
    --------
    >>> import aisle
    >>> log = aisle.Events.from_columns(visitor="v", item=["x", "y", "z"], session=1,
    ...                                 time=[1, 2, 3], time_unit="s")
    >>> aisle.models.Markov().fit(log).recommend(["x"])[0].tolist()
    ['y']
    """

    def __init__(
        self,
        *,
        pruning: int | None = 20,
        type_weights: Mapping[str, float] | None = None,
        step_half_life: float | None = None,
    ) -> None:
        self.pruning = pruning
        self.type_weights = type_weights
        self.step_half_life = step_half_life

    def _options(self) -> RuleOptions:
        options = RuleOptions()
        options.steps = 1
        options.weighting = Weighting.SAME
        options.pruning = _most("pruning", self.pruning)
        options.events = check_event_weights(self.type_weights, self.step_half_life)
        return options


def _most(name: str, value: object) -> int:
    """The core's 0 for "all"."""
    return 0 if value is None else check_count(name, value)
