"""What this build of aisle is: the facts that a report of a problem needs."""

from __future__ import annotations

import platform

import numpy as np

from aisle import _core


def build_info() -> dict[str, str]:
    """Versions, compiler, and the processor instructions that were chosen.

    Returns
    -------
    dict[str, str]
        `version`, `compiler`, `simd` ("baseline", "avx2", "avx512" …), `python`, `numpy`,
        `platform`.

    Examples
    --------
    >>> import aisle
    >>> aisle.build_info()["version"] == aisle.__version__
    True
    """
    return {
        "version": _core.__version__,
        "compiler": _core.__compiler__,
        "simd": _core.simd_level(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "platform": platform.platform(),
    }
