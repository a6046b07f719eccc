"""Files that are either there or not: written aside, synced, renamed."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator
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


@contextlib.contextmanager
def beside(path: Path) -> Iterator[Path]:
    """A file to write in the place of another: brought to disk and renamed, or gone at an error."""
    check_target(path)
    handle, name = tempfile.mkstemp(prefix=path.name + ".", dir=path.parent)
    os.close(handle)
    aside = Path(name)
    try:
        yield aside
        with aside.open("rb") as file:
            os.fsync(file.fileno())
        aside.chmod(0o644)
        aside.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            aside.unlink()
        raise


def write_aside(path: Path, text: str) -> Path:
    """Write a text file so that a reader never finds half of it."""
    with beside(path) as aside:
        aside.write_text(text, encoding="utf-8")
    return path
