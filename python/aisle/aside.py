"""Files that are either there or not: written aside, synced, renamed."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def write_aside(path: Path, text: str) -> Path:
    """Write a text file so that a reader never finds half of it."""
    handle, aside = tempfile.mkstemp(prefix=path.name + ".", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(aside).chmod(0o644)
        Path(aside).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(aside).unlink()
        raise
    return path
