"""Files that are either there or not: written aside, synced, renamed."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from aisle._core import DataError


def check_target(path: Path, sources: Iterable[str | os.PathLike[str]] = ()) -> None:
    """Refuse a place that no file may be put at, before anything is read or made.

    A file that is renamed into its place takes that of another, also of one that is
    write-protected: what is read, and what is protected, is not written over.

    Raises
    ------
    DataError
        For a folder that is not there, a source of this very job, or a protected file.
    """
    if not path.parent.is_dir():
        raise DataError(f"{path}: there is no folder {path.parent}; make it first")
    for source in sources:
        with contextlib.suppress(OSError):
            if path.exists() and path.samefile(source):
                raise DataError(f"{path} is read for this: name another file to write")
    if path.exists() and not path.stat().st_mode & 0o222:
        raise DataError(f"{path} is write-protected: name another file, or take it away first")


def write_aside(path: Path, text: str) -> Path:
    """Write a text file so that a reader never finds half of it."""
    check_target(path)
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
