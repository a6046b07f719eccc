"""The engine's recipe as parameters: sources, quotas, weights, returns, the scorer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aisle import _core
from aisle._core import ConfigError
from aisle.strategy import FEATURES, SOURCES, Source, Strategy
from aisle.tuning.space import Choice, Domain, Range

NAMES: list[str] = [
    *SOURCES,
    *(f"{name}.{what}" for name in SOURCES for what in ("quota", "weight")),
    "quota",
    "return_below",
    "scorer",
]
# Sessions and pairs are what answers rest on: they stay on, the others have to earn their place.
SPACE: dict[str, Domain] = {
    "quota": Range(30, 300, log=True),
    "knn.weight": Range(0.25, 4.0, log=True),
    "co_visitation.weight": Range(0.25, 4.0, log=True),
    "rules.weight": Range(0.25, 4.0, log=True),
    **{name: Choice([True, False]) for name in ("rules", "vectors", "trending", "trending_alike")},
    "return_below": Choice([0.005, 0.0, 0.001, 0.02, 0.05]),
    "scorer": Choice(["auto", "fixed"]),
}


@dataclass(frozen=True)
class Recipe:
    """A strategy and the scorer that it is fitted with."""

    strategy: Strategy
    scorer: str = "auto"


def params_of(base: Strategy) -> dict[str, Any]:
    """What a strategy says of each parameter; one quota only where all sources have the same."""
    sources = {
        name: Source() if base.sources is None else getattr(base.sources, name) for name in SOURCES
    }
    found: dict[str, Any] = {name: source is not None for name, source in sources.items()}
    for name, source in sources.items():
        one = source or Source()
        found |= {f"{name}.quota": one.quota, f"{name}.weight": one.weight}
    quotas = {source.quota for source in sources.values() if source is not None}
    if len(quotas) == 1:
        found["quota"] = quotas.pop()
    return found | {"return_below": base.exclude.return_below, "scorer": "auto"}


def recipe_of(base: Strategy, params: Mapping[str, Any]) -> Recipe:
    """The base with these parameters.

    Raises
    ------
    ConfigError
        For a scorer that there is not, or a recipe without a source.
    """
    scorer = params.get("scorer", "auto")
    if scorer not in ("auto", "fixed", "trees"):
        raise ConfigError(f"scorer must be 'auto', 'trees' or 'fixed', got {scorer!r}")
    plain = base.to_dict()
    known = params_of(base)
    sources = {}
    for name in SOURCES:
        if params.get(name, known[name]):
            quota = params.get(f"{name}.quota", params.get("quota", known[f"{name}.quota"]))
            weight = params.get(f"{name}.weight", known[f"{name}.weight"])
            sources[name] = {"quota": quota, "weight": round(weight, 4)}
    if not sources:
        raise ConfigError("no source is on: a recipe needs at least one")
    as_before = {"quota": Source().quota, "weight": Source().weight}
    untouched = all(sources.get(name) == as_before for name in SOURCES)
    if base.sources is not None or not untouched:
        plain["sources"] = sources
    if "return_below" in params:
        plain["exclude"] = {**plain.get("exclude", {}), "return_below": params["return_below"]}
    if scorer == "fixed" and base.weights is None:
        # A strategy with weights of its own is not learned for: so the file says it all.
        built_in = zip(FEATURES, _core.Strategy().weights, strict=True)
        plain["weights"] = {name: round(value, 6) for name, value in built_in if value}
    return Recipe(Strategy.from_dict(plain), "trees" if scorer == "trees" else "auto")
