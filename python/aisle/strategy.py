"""`Strategy`: the recipe of a slate, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from aisle import _core
from aisle._core import ConfigError
from aisle.names import unknown

SOURCES: tuple[str, ...] = tuple(_core.source_names())
FEATURES: tuple[str, ...] = tuple(_core.feature_names())
EXCLUDE = {
    "anchor": True,
    "bought": True,
    "in_cart": True,
    "seen": False,
    "unavailable": True,
    "return_below": 0.005,
}


@dataclass
class Strategy:
    """How a slate is made: sources, weights, exclusions, diversity.

    Attributes
    ----------
    sources
        The candidate sources that take part, and the most candidates each may bring:
        ``{"knn": 100, "trending": 20}``. None: all of them, as many as the default recipe says
        (session kNN 100, pairs 60, the others 10 to 30).
    weights
        Weights of the scorer by feature name (see :data:`FEATURES`): ``"knn.place"`` weighs the
        place in a source's list (weighted reciprocal rank fusion), ``"knn.share"`` its normalised
        score, ``"return_rate"`` and others the session. What is not named weighs nothing. None:
        the weights that ``fit`` learned, or the built-in ones.
    exclude
        What must not come back: ``anchor``, ``bought``, ``in_cart``, ``seen``, ``unavailable``
        (booleans), and ``return_below``: session items that visitors of this shop come back to
        more rarely than this rate are left out. What is not named keeps its default.
    diversity
        Strength of MMR from 0 (relevance alone) to 1 (nothing but difference), on the items'
        vectors, or on their category where there are none.
    diversity_pool
        The best so many candidates that MMR chooses from.
    at_most
        At most n items of one value of a category column: ``{"brand": 2}``.

    Notes
    -----
    MMR: Carbonell and Goldstein, SIGIR 1998. Fusion: Cormack et al., SIGIR 2009.

    Examples
    --------
    >>> Strategy(sources={"knn": 50, "trending": 50}, at_most={"brand": 2}).diversity
    0.0
    """

    sources: dict[str, int] | None = None
    weights: dict[str, float] | None = None
    exclude: dict[str, bool | float] = field(default_factory=dict)
    diversity: float = 0.0
    diversity_pool: int = 100
    at_most: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.to_core()

    @classmethod
    def only(cls, source: str, *, quota: int = 100) -> Self:
        """One source alone, in its own order.

        Examples
        --------
        >>> Strategy.only("trending").sources
        {'trending': 100}
        """
        return cls(sources={source: quota}, weights={f"{source}.place": 1.0})

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """The strategy of a plain dict, as ``to_dict`` makes it.

        Raises
        ------
        ConfigError
            For a field there is not; names the near one.
        """
        known = [f.name for f in fields(cls)]
        for name in plain:
            if name not in known:
                raise ConfigError(unknown("field", name, known, of="a strategy"))
        return cls(**plain)

    def to_dict(self) -> dict[str, Any]:
        """The strategy as plain values, ready for JSON."""
        return asdict(self)

    def to_core(self) -> _core.Strategy:
        """What the core takes.

        Raises
        ------
        ConfigError
            For a name there is not, or a value outside its domain.
        """
        core = _core.Strategy()
        if self.sources is not None:
            for name in SOURCES:
                core.set_source(name, False, 0)
            for name, quota in self.sources.items():
                core.set_source(name, True, _whole(f"sources[{name!r}]", quota))
        if self.weights is not None:
            weights = [0.0] * len(FEATURES)
            for name, weight in self.weights.items():
                if name not in FEATURES:
                    raise ConfigError(unknown("feature", name, FEATURES))
                weights[FEATURES.index(name)] = float(weight)
            core.weights = weights
        exclude = core.exclude
        for name, value in self.exclude.items():
            if name not in EXCLUDE:
                raise ConfigError(unknown("exclusion", name, EXCLUDE))
            setattr(exclude, name, float(value) if name == "return_below" else bool(value))
        core.diversity = float(self.diversity)
        core.diversity_pool = _whole("diversity_pool", self.diversity_pool)
        core.set_at_most(
            {name: _whole(f"at_most[{name!r}]", n) for name, n in self.at_most.items()}
        )
        core.validate()
        return core


def _whole(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ConfigError(f"{name} must be a whole number, got {value!r}")
    return value
