"""Counts with noise: differential privacy of what leaves the shop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from aisle._core import ConfigError
from aisle.attributes import as_items
from aisle.consent import consent_of
from aisle.events.types import EVENT_TYPES
from aisle.models._base import NONE, check_events, check_number, renumber
from aisle.names import unknown

if TYPE_CHECKING:
    from aisle.events import Events, Items

Counts = npt.NDArray[np.int64]
MOST = 1_000_000_000  # of a bound and a scale: beyond it nothing is left of any count


@dataclass(frozen=True)
class NoisyCounts:
    """Counts that may be published.

    Attributes
    ----------
    keys
        What is counted: every item of the catalogue, or every value of its column.
    counts : ndarray of int64, shape (keys,)
        Events with noise; below zero where noise is larger than the count. Rounding up to zero is
        the reader's choice, and harms nobody.
    by
        "item" or the column.
    epsilon
        What publishing them costs: by any set of answers, the chances of what is published change
        at most by the factor exp(epsilon) when one visitor is added or taken away.
    bound
        Events of one visitor that count.
    scale
        Of the noise, bound / epsilon: its size is `scale` on the average.
    """

    keys: list[Any]
    counts: Counts
    by: str
    epsilon: float
    bound: int
    scale: float

    def to_dict(self) -> dict[Any, int]:
        """Key -> count."""
        return dict(zip(self.keys, self.counts.tolist(), strict=True))

    def __len__(self) -> int:
        return len(self.keys)


def noisy_counts(
    events: Events,
    items: Any,
    by: str = "item",
    *,
    epsilon: float = 1.0,
    bound: int = 1,
    types: Sequence[str] | None = None,
) -> NoisyCounts:
    """Count events by item or by a column of the catalogue, with epsilon-differential privacy.

    Each visitor's first `bound` events count, in the order of time; to each count discrete Laplace
    noise is added (Ghosh, Roughgarden, Sundararajan 2012; by OpenDP, whose randomness has no seed).
    Of a second call on the same visitors the epsilons add up.

    Parameters
    ----------
    events
        The log. Rows without consent, without an item, or with one that `items` does not name are
        left out before they are bounded.
    items
        The catalogue, an :class:`aisle.Items` or a table with the column ``item`` or ``id``. Its
        keys are those of the answer, whoever came: which keys there are tells nothing.
    by
        ``"item"``, or a column of texts.
    epsilon
        Above 0; 1 is common, less is safer and noisier.
    bound
        Events that one visitor adds at most: more keep more of the log, and need more noise.
    types
        Event types that count, ``["purchase"]``; None: all.

    Returns
    -------
    NoisyCounts
        Of int64, shape (keys,).

    Raises
    ------
    ConfigError
        For an epsilon, bound, column or type that there is not; without the extra ``privacy``.

    Examples
    --------
    >>> import aisle
    >>> log = aisle.Events.from_columns(visitor=["a", "a", "b"], item=["tea", "pot", "tea"],
    ...                                 time=[1, 2, 3], time_unit="s")
    >>> told = aisle.privacy.noisy_counts(log, {"id": ["tea", "pot", "cup"]}, epsilon=0.5)
    >>> told.keys, told.scale
    (['tea', 'pot', 'cup'], 2.0)
    """
    check_events(events)
    epsilon = check_number("epsilon", epsilon, low_is_out=True)
    bound = _check_bound(bound)
    if bound / epsilon > MOST:
        raise ConfigError(
            f"epsilon={epsilon!r} with bound={bound} asks for noise of more than {MOST:,}; "
            "give a larger epsilon"
        )
    noise, scale = laplace(epsilon, bound)
    keys, counts = bounded_counts(events, as_items(items), by, bound=bound, types=types)
    told = np.asarray(noise(counts.tolist()), dtype=np.int64)
    return NoisyCounts(keys, told, by, epsilon, bound, scale)


def bounded_counts(
    events: Events, items: Items, by: str, *, bound: int, types: Sequence[str] | None = None
) -> tuple[list[Any], Counts]:
    """Return the keys of the catalogue, and the events of each, `bound` a visitor at most."""
    keys, of_item = _keys(items, by)
    item = renumber(events, items._ids)
    key = np.append(of_item, NONE)[np.minimum(item, len(of_item))]
    counted = key != NONE
    if types is not None:
        counted &= np.isin(events.type, [_type_number(name) for name in types])
    consent = consent_of(events)
    if consent is not None:
        counted &= consent > 0
    rows = np.flatnonzero(counted)
    rows = rows[np.lexsort((rows, events.time[rows], events.visitor[rows]))]
    visitor = events.visitor[rows]
    begins = np.flatnonzero(np.append(True, visitor[1:] != visitor[:-1])) if len(rows) else rows
    place = np.arange(len(rows)) - np.repeat(begins, np.diff(np.append(begins, len(rows))))
    kept = key[rows[place < bound]].astype(np.int64)
    return keys, np.bincount(kept, minlength=len(keys)).astype(np.int64)


def laplace(epsilon: float, bound: int) -> tuple[Callable[[list[int]], list[int]], float]:
    """Return OpenDP's noise for counts of which one visitor changes `bound`, and its scale.

    Raises
    ------
    ConfigError
        Without OpenDP.
    """
    try:
        import opendp.prelude as dp
    except ImportError:
        raise ConfigError(
            "noisy_counts draws its noise with OpenDP, which is not here; "
            "pip install 'aisle[privacy]' brings it"
        ) from None
    dp.enable_features("contrib")
    domain = dp.vector_domain(dp.atom_domain(T="i64"))
    scale = bound / epsilon
    noise: Any = dp.m.make_laplace(domain, dp.l1_distance(T="i64"), scale=scale)
    if noise.map(bound) > epsilon * (1 + 1e-9):
        raise ConfigError(f"epsilon={epsilon!r} is too small to be kept; give a larger one")
    return noise, scale


def _keys(items: Items, by: str) -> tuple[list[Any], npt.NDArray[np.uint32]]:
    """Return what is counted, and the key of each item."""
    if by == "item":
        return items.ids.tolist(), np.arange(len(items), dtype=np.uint32)
    if by not in items.attributes:
        raise ConfigError(unknown("column", by, ["item", *items.attributes], of="the items"))
    column = items.attributes[by]
    if column.kind != "category" or column.words is None:
        raise ConfigError(
            f"by={by!r} counts values of a column of texts; this one is {column.kind}"
        )
    return column.words.names().tolist(), column.values.astype(np.uint32)


def _check_bound(bound: object) -> int:
    if isinstance(bound, int | np.integer) and not isinstance(bound, bool) and 1 <= bound <= MOST:
        return int(bound)
    raise ConfigError(f"bound must be a whole number from 1 to {MOST:,}, got {bound!r}")


def _type_number(name: str) -> int:
    if name not in EVENT_TYPES:
        raise ConfigError(unknown("event type", name, EVENT_TYPES))
    return EVENT_TYPES[name]
