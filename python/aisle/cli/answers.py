"""What every command of the command line shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aisle


@dataclass(frozen=True)
class Answer:
    """What a command found out: for machines and for people, and its exit code."""

    data: dict[str, Any]
    text: str
    code: int = 0


class BadArgumentError(Exception):
    """An argument that the parser could not judge alone; exit code 2."""


def read_paths(paths: Sequence[str]) -> None:
    """Refuse a file that is not there before anything is done."""
    for path in paths:
        if not Path(path).exists():
            raise FileNotFoundError(f"{path}: no such file")


def read_log(paths: Sequence[str], format: str) -> aisle.Events:  # noqa: A002
    """The events of one or more files."""
    read_paths(paths)
    return aisle.read_events(paths[0] if len(paths) == 1 else list(paths), format=format)
