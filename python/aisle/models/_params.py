"""Parameters in scikit-learn's manners."""

from __future__ import annotations

import inspect
from typing import Any, Self

from aisle._core import ConfigError
from aisle.names import unknown


class Parameters:
    """Stores its keyword parameters under their names: read, set and shown from there."""

    def get_params(self) -> dict[str, Any]:
        """The parameters as they were given."""
        names = [n for n in inspect.signature(type(self).__init__).parameters if n != "self"]
        return {name: getattr(self, name) for name in names}

    def set_params(self, **params: Any) -> Self:
        """Changes parameters; a model that was fitted with others must be fitted again.

        Raises
        ------
        ConfigError
            For a name the model does not have.
        """
        known = self.get_params()
        for name, value in params.items():
            if name not in known:
                raise ConfigError(unknown("parameter", name, known, of=type(self).__name__))
            if value is not known[name] and value != known[name]:
                self.__dict__.pop("_core", None)  # it answers for the old ones
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        params = ", ".join(f"{k}={v!r}" for k, v in self.get_params().items())
        return f"{type(self).__name__}({params})"
