"""A strategy file with the line and column of everything in it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aisle._core import ConfigError
from aisle.strategy.model import MOST_RULES
from aisle.strategy.problems import Place, Problem

MOST_BYTES = 16 << 20
MOST_DEPTH = 32
MOST_FIELDS = 200_000
TOO_MUCH = "deeper than {} or more than {:,} fields"
# What stands for one letter in single and in double quotes.
PAIR = re.compile(r"''|.")
ESCAPE = re.compile(r"\\x..|\\u.{4}|\\U.{8}|\\.|.")


@dataclass(frozen=True)
class Mark:
    """Where a field stands, and where its value's text begins; lines and columns from 1.

    ``written`` is the text as the file has it, where it is more than the value: quoted, with
    escapes, or over several lines.
    """

    line: int
    column: int
    text_line: int
    text_column: int
    written: str = ""
    style: str | None = None

    def place(self, line: int, column: int) -> tuple[int, int]:
        """Line and column in the file of a place in the text, both from 0."""
        if self.style == "|":  # a line is a line, behind the same indent as the first
            lines = self.written.split("\n")[1:]
            first = next((one for one in lines if one.strip()), "")
            return self.text_line + 1 + line, 1 + len(first) - len(first.lstrip(" ")) + column
        if "\n" in self.written:  # folded: the lines of the file are not those of the text
            return self.text_line, self.text_column
        pattern = {"'": PAIR, '"': ESCAPE}.get(self.style or "")
        if pattern is not None:
            pieces = pattern.findall(self.written[1:])
            column = sum(len(piece) for piece in pieces[:column])
        return self.text_line, self.text_column + column


class Document:
    """Plain values, and where each of them stands in the file."""

    def __init__(self, path: Path, data: Any, marks: dict[Place, Mark]) -> None:
        self.path, self.data, self.marks = path, data, marks

    @classmethod
    def read(cls, path: Path) -> Document:
        """Read YAML or JSON.

        Raises
        ------
        ConfigError
            When the file is missing, too large, no YAML, or holds what a strategy can't.
        """
        try:
            size = path.stat().st_size
            if size > MOST_BYTES:
                raise ConfigError(
                    f"{path}: {size:,} bytes; a strategy file has at most {MOST_BYTES:,}"
                )
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"{path}: {error.strerror or error}") from None
        except UnicodeDecodeError as error:
            raise ConfigError(f"{path}: byte {error.start} is not UTF-8") from None
        return cls.parse(text, path)

    @classmethod
    def parse(cls, text: str, path: Path) -> Document:
        """The document of a text; ``path`` is for messages."""
        try:
            import yaml
        except ImportError:
            if path.suffix == ".json":
                return cls(path, _json(text, path), {})
            raise ConfigError(f"{path}: YAML needs PyYAML: pip install 'aisle[yaml]'") from None
        marks: dict[Place, Mark] = {}
        try:
            loader = _loader(text)
            node = loader.get_single_node()
            data = None if node is None else _plain(loader, node, (), marks, path)
        except yaml.MarkedYAMLError as error:
            at = error.problem_mark
            where = f"{at.line + 1}:{at.column + 1}" if at else "1:1"
            raise ConfigError(f"{path}:{where}: {error.problem or error.context}") from None
        except yaml.YAMLError as error:
            raise ConfigError(f"{path}: {error}") from None
        if data is None:
            raise ConfigError(f"{path}: the file is empty; write at least exclude: {{}}")
        return cls(path, data, marks)

    def locate(self, problem: Problem) -> str:
        """The problem as editors link it: ``file:line:column: field: text``."""
        place = problem.place
        while place not in self.marks and place:
            place = place[:-1]
        mark = self.marks.get(place)
        if mark is None:
            return f"{self.path}: {problem}"
        if problem.column is None:
            return f"{self.path}:{mark.line}:{mark.column}: {problem}"
        line, column = mark.place(problem.line, problem.column)
        return f"{self.path}:{line}:{column}: {problem}"


def _loader(text: str) -> Any:
    """A loader that stops at the first thing too many, before it has read the rest."""
    import yaml

    class Limited(yaml.SafeLoader):
        nodes = depth = 0

        def compose_node(self, parent: Any, index: Any) -> Any:
            self.nodes, self.depth = self.nodes + 1, self.depth + 1
            if self.depth > MOST_DEPTH + 2 or self.nodes > 2 * MOST_FIELDS:
                self.refuse(TOO_MUCH.format(MOST_DEPTH, MOST_FIELDS), parent)
            node: Any = super().compose_node(parent, index)
            self.depth -= 1
            is_rule = isinstance(index, int) and isinstance(node, yaml.MappingNode)
            if is_rule and index >= MOST_RULES:
                much = f"more than {MOST_RULES:,} rules; a strategy takes {MOST_RULES:,}"
                self.refuse(much, node)
            return node

        def refuse(self, problem: str, node: Any) -> None:
            raise yaml.composer.ComposerError(None, None, problem, node.start_mark)

    return Limited(text)


def _json(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError(f"{path}:{error.lineno}:{error.colno}: {error.msg}") from None
    except RecursionError:
        raise ConfigError(f"{path}: nested deeper than {MOST_DEPTH}") from None


def _plain(loader: Any, node: Any, place: Place, marks: dict[Place, Mark], path: Path) -> Any:
    """The node's plain value. Keys must be texts and come once; aliases are spelt out."""
    import yaml

    at = node.start_mark
    quoted = isinstance(node, yaml.ScalarNode) and node.style in ("'", '"')
    field = marks.get(place, Mark(at.line + 1, at.column + 1, 0, 0))
    written, style = "", getattr(node, "style", None)
    if isinstance(node, yaml.ScalarNode) and (style or node.end_mark.line > at.line):
        written = at.buffer[at.pointer : node.end_mark.pointer]
    marks[place] = replace(
        field, text_line=at.line + 1, text_column=at.column + 1 + quoted, written=written,
        style=style,
    )  # fmt: skip
    here = f"{path}:{at.line + 1}:{at.column + 1}"
    if len(place) > MOST_DEPTH or len(marks) > MOST_FIELDS:
        raise ConfigError(f"{here}: {TOO_MUCH.format(MOST_DEPTH, MOST_FIELDS)}")
    if isinstance(node, yaml.SequenceNode):
        return [_plain(loader, one, (*place, n), marks, path) for n, one in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(loader, node, place, marks, path)
    try:
        return loader.construct_object(node)
    except ValueError as error:  # 2026-13-01 looks like a date
        raise ConfigError(f"{here}: {node.value!r}: {error}") from None


def _mapping(
    loader: Any, node: Any, place: Place, marks: dict[Place, Mark], path: Path
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in node.value:
        line, column = key.start_mark.line + 1, key.start_mark.column + 1
        name = loader.construct_object(key) if hasattr(key, "style") else None
        if not isinstance(name, str):
            raise ConfigError(
                f"{path}:{line}:{column}: a field's name must be text; quote it: "
                "YAML takes on, off, yes and no for true and false"
            )
        if name in found:
            raise ConfigError(f"{path}:{line}:{column}: {name!r} stands here twice")
        marks[*place, name] = Mark(line, column, 0, 0)
        found[name] = _plain(loader, value, (*place, name), marks, path)
    return found
