"""Models by name and parameters, as a file has them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from aisle._core import ConfigError, DataError
from aisle.names import unknown

if TYPE_CHECKING:
    from aisle.models._base import Model


def from_json(path: str | os.PathLike[str]) -> Model:
    """The unfitted model that a JSON file names: ``{"model": "STAN", "params": {"k": 200}}``.

    ``Tuning.save`` writes such files; other fields are left alone. A fitted model is another file:
    :func:`aisle.models.load`.

    Raises
    ------
    ConfigError
        For a model or parameter that there is not; names the file.
    DataError
        When the file is not there, or no JSON.

    Examples
    --------
    >>> import aisle, pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "stan.json"
    >>> _ = path.write_text('{"model": "SKNN", "params": {"k": 200}}')
    >>> aisle.models.from_json(path)
    SKNN(k=200, sample_size=500, similarity='cosine')
    """
    from aisle.models import all_models

    try:
        said = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DataError(f"{path} cannot be read as JSON: {error}") from None
    params = said.get("params", {}) if isinstance(said, dict) else None
    if not isinstance(params, dict) or "model" not in said:
        raise ConfigError(f'{path} names no model: it holds {{"model": "STAN", "params": {{…}}}}')
    kinds = all_models()
    if said["model"] not in kinds:
        raise ConfigError(f"{path}: {unknown('model', said['model'], kinds)}")
    try:
        return kinds[said["model"]]().set_params(**params)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
