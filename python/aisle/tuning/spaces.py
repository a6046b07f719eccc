"""The search space of each model, and how one names what is to be tuned."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from aisle._core import ConfigError
from aisle.names import unknown
from aisle.tuning.space import Candidate, Choice, Domain, Range, domain_of, start_of

RECIPE = "recipe"
FIRST = ("VSKNN", "STAN", "VSTAN")  # where nothing is said
BY_BASKETS = ("BoughtTogether", "BuyAgain", "TIFUKNN", "UPCF")

_K, _SAMPLE = Range(50, 1500, log=True), Range(250, 5000, log=True)
_LAMBDA, _DAYS = Range(0.2, 10.0, log=True), Range(1.0, 365.0, log=True)
_IDF = Range(0.0, 5.0)
_DECAY, _LAST = Range(0.3, 1.0), Choice([1, 2, 4, 8, 16, None])
_BY, _NEAR = Choice(["visitor", "session"]), Range(20, 500, log=True)
_STAN: dict[str, Domain] = {
    "k": _K, "sample_size": _SAMPLE, "lambda_spw": _LAMBDA, "lambda_snh": _DAYS,
    "lambda_inh": _LAMBDA,
}  # fmt: skip
# Wide around what the papers searched and what gave more on public logs.
SPACES: dict[str, dict[str, Domain]] = {
    "SKNN": {"k": _K, "sample_size": _SAMPLE, "similarity": Choice(["cosine", "jaccard"])},
    "VSKNN": {
        "k": _K,
        "sample_size": _SAMPLE,
        "similarity": Choice(["vec", "cosine"]),
        "weighting": Choice(["same", "div", "linear", "log", "quadratic"]),
        "weighting_score": Choice(["same", "div", "linear", "log", "quadratic"]),
        "idf_weighting": _IDF,
    },
    "VMISKNN": {"k": _K, "sample_size": _SAMPLE, "max_items": Range(1, 10), "idf_weighting": _IDF},
    "STAN": {**_STAN, "idf_weighting": _IDF},
    "VSTAN": {
        **_STAN,
        "similarity": Choice(["cosine", "vec"]),
        "lambda_ipw": _LAMBDA,
        "lambda_idf": _IDF,
    },
    "SequentialRules": {
        "steps": Range(2, 20),
        "weighting": Choice(["same", "div", "linear", "log", "quadratic"]),
        "pruning": Choice([20, 50, 200, None]),
        "sample_size": Choice([None, 500, 2000]),
        "last_items": Choice([1, 2, 4, 8]),
        "step_decay": _DECAY,
        "per_session": Choice([False, True]),
    },
    "AssociationRules": {"pruning": Choice([20, 50, 200, None])},
    "Markov": {"pruning": Choice([20, 50, 200, None])},
    "ContextTree": {"depth": Range(1, 8), "popular": Choice([None, 20, 100, 500])},
    "CoVisitation": {
        "sample_size": _SAMPLE,
        "distance": Range(1, 20),
        "last_items": Range(1, 16),
        "step_decay": _DECAY,
        "backward": Range(0.0, 1.0),
        "item_power": Range(0.0, 1.0),
        "popularity_power": Range(0.0, 1.0),
    },
    "Popularity": {"half_life": Choice([None, 0.25, 1.0, 3.0, 7.0, 30.0])},
    "ItemKNN": {
        "similarity": Choice(["cosine", "jaccard"]),
        "neighbours": _NEAR,
        "shrink": Range(0.0, 100.0),
        "by": _BY,
        "last_items": _LAST,
        "step_decay": _DECAY,
    },
    "EASE": {"l2": Range(1.0, 2000.0, log=True), "by": _BY, "step_decay": _DECAY},
    "SLIM": {
        "l1": Range(0.01, 10.0, log=True),
        "l2": Range(0.1, 200.0, log=True),
        "by": _BY,
        "step_decay": _DECAY,
    },
    "CoVisitationMatrix": {
        "window": Choice([1.0, 24.0, 168.0, None]),
        "recency": Range(0.0, 3.0),
        "neighbours": _NEAR,
        "last_items": Choice([1, 4, 16, 30, None]),
        "step_decay": _DECAY,
    },
    "Item2Vec": {
        "dim": Choice([32, 64, 128]),
        "window": Choice([1, 3, 5, None]),
        "negatives": Range(1.0, 15.0),
        "smoothing": Range(0.3, 1.0),
        "step_decay": _DECAY,
    },
    "ALS": {
        "factors": Choice([32, 64, 128]),
        "alpha": Range(1.0, 100.0, log=True),
        "regularization": Range(0.001, 1.0, log=True),
        "iterations": Range(5, 30),
    },
    "BPR": {
        "factors": Choice([32, 64, 128]),
        "learning_rate": Range(0.005, 0.2, log=True),
        "regularization": Range(0.001, 0.1, log=True),
        "iterations": Range(30, 200),
    },
}


def default_space(name: str) -> dict[str, Domain]:
    """The search space of a model, or of the engine's ``"recipe"``, to read and to change.

    Raises
    ------
    ConfigError
        For a name that there is not, or a model without a space of its own.

    Examples
    --------
    >>> default_space("SKNN")["k"]
    Range(low=50, high=1500, log=True)
    """
    from aisle.tuning import recipes

    if name == RECIPE:
        return dict(recipes.SPACE)
    _kind(name)
    if name not in SPACES:
        raise ConfigError(f"{name} has no search space of its own: give {{{name!r}: {{…}}}}")
    return dict(SPACES[name])


def read_space(space: Any) -> dict[str, Candidate]:
    """The candidates by name.

    Raises
    ------
    ConfigError
        For an empty space, a model or parameter that there is not, or recipes beside models.
    """
    from aisle.strategy import Strategy

    said = FIRST if space is None else space
    if isinstance(said, Mapping):
        pairs = list(said.items())
    elif isinstance(said, list | tuple):
        pairs = [(one, None) for one in said]
    else:
        pairs = [(said, None)]
    if not pairs:
        raise ConfigError('the space is empty: name what to tune, like "STAN" or {"STAN": {…}}')
    found: dict[str, Candidate] = {}
    for what, domains in pairs:
        is_recipe = what == RECIPE or isinstance(what, Strategy)
        one = _recipe(what, domains) if is_recipe else _model(what, domains)
        if one.name in found:
            raise ConfigError(f"the space names {one.name} twice: give its ranges once")
        found[one.name] = one
    if RECIPE in found and len(found) > 1:
        raise ConfigError(
            "a recipe is judged by replay, a model by next_item: tune them in two calls"
        )
    return found


def _recipe(what: Any, domains: Any) -> Candidate:
    from aisle.strategy import Strategy
    from aisle.tuning import recipes

    base = what if isinstance(what, Strategy) else Strategy()
    given = _domains(RECIPE, domains, recipes.SPACE, recipes.NAMES)
    defaults = recipes.params_of(base)
    return Candidate(
        RECIPE, lambda params: recipes.recipe_of(base, params), given, start_of(defaults, given)
    )


def _model(what: Any, domains: Any) -> Candidate:
    kind, fixed = _kind(what), {}
    if not isinstance(what, str | type):
        fixed = what.get_params()
    name = kind.__name__
    if name in BY_BASKETS:
        raise ConfigError(
            f"{name} answers for baskets, and tune asks for the next item of a session: "
            "compare its parameters by aisle.evaluate.baskets"
        )
    names = [one for one in inspect.signature(kind).parameters if one != "self"]
    given = _domains(name, domains, SPACES.get(name), names)
    defaults = what.get_params() if fixed else kind().get_params()
    return Candidate(
        name, lambda params: kind(**{**fixed, **params}), given, start_of(defaults, given)
    )


def _domains(
    name: str, said: Any, known: Mapping[str, Domain] | None, names: list[str]
) -> dict[str, Domain]:
    if said is None:
        if known is None:
            raise ConfigError(f"{name} has no search space of its own: give {{{name!r}: {{…}}}}")
        return dict(known)
    if not isinstance(said, Mapping):
        raise ConfigError(f"the space of {name} is a dict of parameters, got {said!r}")
    if not said:
        raise ConfigError(f"the space of {name} is empty: name a parameter, or leave it at None")
    for one in said:
        if one not in names:
            raise ConfigError(unknown("parameter", one, names, of=name))
    return {one: domain_of(f"{name}.{one}", value) for one, value in said.items()}


def _kind(what: Any) -> Any:
    """The class that was meant."""
    if isinstance(what, str):
        from aisle.models import all_models

        kinds = all_models()
        if what not in kinds:
            raise ConfigError(unknown("model", what, [*kinds, RECIPE]))
        return kinds[what]
    kind = what if isinstance(what, type) else type(what)
    if all(hasattr(kind, one) for one in ("fit", "recommend", "get_params")):
        return kind
    raise ConfigError(
        f'a space is a model, its name, "recipe", a Strategy or a dict of them, got {what!r}'
    )
