"""A clone of a model, fitted on what a protocol leaves for training."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from aisle._core import ConfigError, UnknownNameError
from aisle.evaluate.choices import Choices, cuts
from aisle.evaluate.log import as_log
from aisle.evaluate.ranking import Told
from aisle.names import unknown

TOLD = ("train", "items", "label", "price", "vectors", "segments")


def options_of(k: Any, options: dict[str, Any]) -> tuple[Choices, Told]:
    """The options of `next_item` that a protocol hands on."""
    names = [one.name for one in dataclasses.fields(Choices) if one.name != "k"]
    for name in options:
        if name not in names and name not in TOLD:
            raise UnknownNameError(unknown("option", name, [*names, *TOLD]))
    chosen = {name: value for name, value in options.items() if name in names}
    told = {name: value for name, value in options.items() if name in TOLD}
    return Choices(cuts(k), **chosen), Told(**told)


def take(events: Any, rows: npt.NDArray[Any]) -> Any:
    """Some rows (a mask) of `aisle.Events` or of a dict of columns."""
    if isinstance(events, dict):
        size = len(as_log(events))
        return {
            name: np.asarray(column)[rows]
            if not isinstance(column, str) and np.shape(column) == (size,)
            else column
            for name, column in events.items()
        }
    return events._take(rows)


def is_fitted(model: Any) -> bool:
    """Whether a model can recommend; one without `fit` always can."""
    if not hasattr(model, "fit"):
        return True
    return any(hasattr(model, name) for name in ("_core", "n_events_", "n_items_", "items_"))


def clone(model: Any) -> Any:
    """An unfitted model with the same parameters."""
    if hasattr(model, "get_params"):
        return type(model)(**model.get_params())
    return copy.deepcopy(model)


def fitted(
    model: Any, events: Any, rest: npt.NDArray[np.bool_], fit: bool | None
) -> tuple[Any, str]:
    """The model to ask, and in words what it learned from.

    Parameters
    ----------
    rest : bool[events]
        What a model may know.
    fit
        True: a clone is fitted on the rest; False: the model is taken as it is; None: it is taken
        as it is when it is fitted and has not seen more events than the rest.
    """
    known = int(rest.sum())
    saw = getattr(model, "n_events_", None)
    too_much = saw is not None and saw > known
    if fit is False or (fit is None and is_fitted(model) and not too_much):
        if not is_fitted(model):
            raise ConfigError(f"this {type(model).__name__} is not fitted: leave fit= at None")
        return model, "as it was given" + (
            f": fitted on {saw:,} events, the answers among them" if too_much else ""
        )
    if not hasattr(model, "fit"):
        raise ConfigError(f"{type(model).__name__} has no fit(events): take fit=False")
    if not known:
        raise ConfigError("nothing is left to fit on: the protocol holds out every event")
    why = " again, since it had seen the answers" if fit is None and too_much else ""
    return clone(model).fit(take(events, rest)), f"a clone, fitted{why} on {known:,} events"
