"""A fitted model as one file: safetensors, parameters as JSON, a checksum; no pickle."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from aisle._core import (
    AisleError,
    BundleError,
    ConfigError,
    Dictionary,
    LogColumns,
    SavedModel,
    SessionModel,
)
from aisle.models._params import Parameters

if TYPE_CHECKING:
    from aisle.models._base import Model

Tensors = dict[str, npt.NDArray[Any]]
FORMAT = "aisle-model"
VERSION = 1


class Saveable(Parameters):
    """What a fitted model knows, and how it comes into a file and back."""

    _core: SessionModel
    _items: Dictionary
    _popularity: npt.NDArray[np.float64]
    n_items_: int
    n_events_: int

    def _fitted(self) -> SessionModel:
        if not hasattr(self, "_core"):
            raise ConfigError(
                f"this {type(self).__name__} is not fitted yet: call fit(events) first"
            )
        return self._core

    def _make(self, source: LogColumns | SavedModel) -> SessionModel:
        raise TypeError(f"{type(self).__name__} has no way to fit: subclasses define _make(source)")

    def _state(self) -> Tensors:
        """What was learned, as arrays; ``_restore`` takes them back."""
        return self._core.arrays()

    def _restore(self, arrays: Tensors) -> None:
        self._core = self._make(SavedModel(arrays, len(self._items)))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the fitted model into one file; :func:`aisle.models.load` reads it.

        The file is safetensors: parameters as JSON, arrays, a checksum. It is written aside,
        brought to disk and renamed: a reader finds the old file or the new one. Models that learn
        on keep the sessions of the log, without visitors, and so does their file.

        Raises
        ------
        ConfigError
            When the model is not fitted, or is of a kind that cannot be saved.
        DataError
            When the folder is not there, or the file is write-protected.
        """
        from safetensors.numpy import save_file

        from aisle.aside import beside

        self._fitted()
        kind, params = type(self).__name__, self.get_params()
        tensors = {f"model.{name}": np.ascontiguousarray(a) for name, a in self._state().items()}
        tensors |= _of_items(self._items)
        tensors["popularity"] = self._popularity
        about = {
            "format": FORMAT,
            "version": VERSION,
            "kind": kind,
            "params": params,
            "events": self.n_events_,
            "checksum": _checksum(tensors),
        }
        try:
            text = json.dumps(about, default=_plain, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise ConfigError(
                f"{kind} cannot be saved: its parameters {params!r} are no JSON: {error}"
            ) from None
        with beside(Path(path)) as aside:
            save_file(tensors, aside, metadata={"aisle": text})


def load(path: str | os.PathLike[str]) -> Model:
    """Read a model that :meth:`Model.save` wrote; it answers exactly as the one that was saved.

    Raises
    ------
    BundleError
        When there is no such file, or it is no model, damaged, or of a newer version. The message
        names the file and the field.

    Examples
    --------
    >>> import aisle, pathlib, tempfile
    >>> log = aisle.Events.from_columns(visitor="v", item=["x", "y", "x"], time=[1, 2, 3],
    ...                                 time_unit="s")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "popular.model"
    ...     aisle.models.Popularity().fit(log).save(file)
    ...     aisle.models.load(file).recommend([], k=1)[0].tolist()
    ['x']
    """
    file = Path(path)
    about, tensors = _read(file)
    try:
        return _model_of(about, tensors)
    except (AisleError, KeyError, TypeError, ValueError, OverflowError) as error:
        told = f"{error.args[0]} is missing" if isinstance(error, KeyError) else error
        raise BundleError(f"{file}: this is no model that can be used: {told}") from None


def _read(file: Path) -> tuple[dict[str, Any], Tensors]:
    from safetensors import SafetensorError, safe_open

    if not file.is_file():
        raise BundleError(f"{file}: there is no such file")
    try:
        with safe_open(file, framework="numpy") as opened:
            text = (opened.metadata() or {}).get("aisle")
            about = json.loads(text) if text is not None else None
            if not isinstance(about, dict) or about.get("format") != FORMAT:
                raise BundleError(f"{file}: this is no model: Model.save(…) writes one")
            if about.get("version") != VERSION:
                raise BundleError(
                    f"{file}: version is {about.get('version')!r}, this aisle reads {VERSION}: "
                    "install the aisle that wrote it, or fit and save again"
                )
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    except (SafetensorError, json.JSONDecodeError, UnicodeDecodeError, OSError, TypeError) as error:
        if isinstance(error, BundleError):
            raise
        raise BundleError(f"{file}: this is no model: {error}") from None
    if about.get("checksum") != _checksum(tensors):
        raise BundleError(f"{file}: checksum does not hold: the file is damaged, save again")
    return about, tensors


def _model_of(about: dict[str, Any], tensors: Tensors) -> Model:
    from aisle.models import all_models
    from aisle.names import unknown

    kinds = all_models()
    if about["kind"] not in kinds:
        raise ConfigError(unknown("kind", about["kind"], kinds))
    params = about["params"]
    if not isinstance(params, dict):
        raise ConfigError(f"params is {params!r}")
    model = kinds[about["kind"]]().set_params(**params)
    model._items = _items_of(tensors)
    model.n_items_ = len(model._items)
    model.n_events_ = int(about["events"])
    model._popularity = tensors["popularity"]
    if model._popularity.shape != (model.n_items_,) or model._popularity.dtype != np.float64:
        raise ValueError("array popularity does not hold")
    model._restore(
        {
            name.removeprefix("model."): array
            for name, array in tensors.items()
            if name.startswith("model.")
        }
    )
    return model


def _of_items(items: Dictionary) -> Tensors:
    names = items.names()
    if names.dtype.kind == "i":
        return {"items.numbers": np.ascontiguousarray(names, dtype=np.int64)}
    letters = [str(name).encode("utf-8", "surrogatepass") for name in names.tolist()]
    offsets = np.zeros(len(letters) + 1, dtype=np.int64)
    np.cumsum([len(one) for one in letters], out=offsets[1:])
    return {
        "items.text": np.frombuffer(b"".join(letters), dtype=np.uint8),
        "items.offsets": offsets,
    }


def _items_of(tensors: Tensors) -> Dictionary:
    items = Dictionary()
    if "items.numbers" in tensors:
        names: list[Any] = tensors["items.numbers"].tolist()
    else:
        text, offsets = tensors["items.text"].tobytes(), tensors["items.offsets"]
        if offsets.dtype != np.int64 or offsets.ndim != 1 or len(offsets) == 0:
            raise ValueError("array items.offsets does not hold")
        if offsets[0] != 0 or offsets[-1] != len(text) or (np.diff(offsets) < 0).any():
            raise ValueError("array items.offsets does not hold")
        cuts = offsets.tolist()
        names = [
            text[begin:end].decode("utf-8", "surrogatepass")
            for begin, end in itertools.pairwise(cuts)
        ]
    items.encode(names)
    if len(items) != len(names):
        raise ValueError("two items have one id")
    return items


def _checksum(tensors: Tensors) -> str:
    digest = hashlib.sha256()
    for name in sorted(tensors):
        array = tensors[name]
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data.cast("B") if array.size else b"")
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    """NumPy's numbers as Python's."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} is no parameter that can be written down")
