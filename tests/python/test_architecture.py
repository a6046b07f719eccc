"""The plan of the rooms, as a test: who may know whom, and who may see which third party."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CPP = ROOT / "cpp"
PYTHON = ROOT / "python" / "aisle"

# Room -> rooms it may include. The middle rooms never meet; `live`, `slate` and `engine` know all.
MIDDLE = {
    "person",
    "session",
    "retrieve",
    "vectors",
    "features",
    "score",
    "rerank",
    "explore",
    "shown",
    "value",
}
MAY_INCLUDE: dict[str, set[str]] = {
    "base": set(),
    "catalog": {"base"},
    "journal": {"base"},
    "session": {"base", "catalog"},
    "person": {"base"},
    "retrieve": {"base", "catalog"},
    "models": {"base", "catalog", "retrieve"},
    "vectors": {"base", "catalog"},
    "features": {"base", "catalog"},
    "score": {"base", "catalog"},
    "rerank": {"base", "catalog"},
    "explore": {"base"},
    "value": {"base", "catalog"},
    "shown": {"base"},
    "expression": {"base", "catalog"},
    "rules": {"base", "catalog", "expression"},
    "live": {"base", "catalog", *MIDDLE, "expression", "rules"},
    "slate": {"base", "catalog", *MIDDLE, "expression", "rules", "live"},
    "engine": {"base", "catalog", "journal", *MIDDLE, "expression", "rules", "live", "slate"},
    "bindings": {
        "base",
        "catalog",
        "journal",
        *MIDDLE,
        "expression",
        "rules",
        "live",
        "slate",
        "engine",
        "models",
    },
}
# Third party -> the rooms, or the single files, that may see it. Nobody prints.
MAY_SEE: dict[str, tuple[str, ...]] = {
    "pybind11": ("bindings/",),
    "Python.h": ("bindings/",),
    "faiss": ("aisle/vectors/faiss_",),
    "Eigen": ("aisle/score/", "aisle/vectors/svd"),
    "nlohmann": ("aisle/catalog/",),
    "sqlite3.h": ("aisle/journal/database",),
    "iostream": (),
    "regex": (),
}
INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', re.MULTILINE)
CPP_FILES = sorted(path for path in CPP.rglob("*") if path.suffix in {".h", ".cpp"})

# Package or module of aisle -> what it may never import, anywhere in it.
NEVER: dict[str, set[str]] = {
    "events": {"models", "engine", "evaluate", "experiments", "serve", "cli", "tuning"},
    "content": {"engine", "fitting", "evaluate", "experiments", "serve", "cli", "tuning"},
    "features": {"engine", "evaluate", "experiments", "serve", "cli", "tuning"},
    "hygiene": {"engine", "experiments", "serve", "cli", "tuning"},
    "models": {"engine", "evaluate", "experiments", "serve", "cli", "tuning"},
    "strategy": {"models", "engine", "evaluate", "experiments", "serve", "cli", "tuning"},
    "fitting": {"evaluate", "experiments", "serve", "cli", "tuning"},
    "bundle": {"models", "engine", "evaluate", "experiments", "serve", "cli", "tuning"},
    "engine": {"evaluate", "experiments", "serve", "cli", "tuning"},
    "keyed": {"evaluate", "experiments", "serve", "cli", "tuning"},
    "evaluate": {"cli", "tuning", "serve", "experiments"},
    "experiments": {"cli", "serve", "models", "engine"},
    "privacy": {"engine", "keyed", "evaluate", "experiments", "serve", "cli"},
    "simulate": {"models", "engine", "evaluate", "experiments", "serve", "cli", "tuning"},
    "tuning": {"experiments", "serve", "cli"},
    "export": {"cli", "serve"},
    "serve": {"cli"},
}
# What may be imported inside a function only: measures take anyone's recommender.
NOT_AT_IMPORT: dict[str, set[str]] = {
    "evaluate": {"models", "engine"},
    "hygiene": {"models"},  # to measure an effect a model is fitted
}
# Heavy parties: never when `import aisle` runs; a function that needs one imports it.
LAZY = {"duckdb", "pydantic", "pandas", "polars", "pyarrow", "matplotlib", "torch", "scipy"}
LAZY |= {"opendp", "implicit", "threadpoolctl", "optuna", "sqlalchemy"}
PYTHON_FILES = sorted(PYTHON.rglob("*.py"))


def room_of(path: str) -> str | None:
    match = re.match(r"(?:aisle/(\w+)|(bindings))/", path)
    return (match[1] or match[2]) if match else None


@pytest.mark.parametrize("file", CPP_FILES, ids=lambda path: str(path.relative_to(CPP)))
def test_includes_follow_the_plan(file: Path) -> None:
    here = str(file.relative_to(CPP))
    room = room_of(here)
    assert room in MAY_INCLUDE, f"{here}: no such room in the plan"
    for include in INCLUDE.findall(file.read_text()):
        other = room_of(include)
        if other and other != room:
            assert other in MAY_INCLUDE[room], f"{here} may not include {include}"
        party = include.split("/")[0]
        if party in MAY_SEE:
            assert here.startswith(MAY_SEE[party]), f"{here} may not see <{include}>"


@pytest.mark.parametrize("file", CPP_FILES, ids=lambda path: str(path.relative_to(CPP)))
def test_sources_open_with_their_own_header_and_headers_with_their_four_lines(file: Path) -> None:
    text = file.read_text()
    own = file.with_suffix(".h")
    if file.suffix == ".cpp" and own.exists():
        # The bindings are no room: their headers are found beside them.
        name = own.name if own.parent.name == "bindings" else str(own.relative_to(CPP))
        assert INCLUDE.findall(text)[0] == name, "own header first"
    if file.suffix == ".h" and room_of(str(file.relative_to(CPP))) != "bindings":
        assert text.startswith("#pragma once\n\n/// "), "opens with what it is"
        for word in ("Data path", "Threads", "Ownership", "Cost"):
            assert re.search(rf"^/// {word}\b", text, re.MULTILINE), f"header does not say: {word}"


def imports(tree: ast.AST, module: str, is_package: bool) -> Iterator[str]:
    """Every module that the tree names in an import, absolute."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = module.split(".")
            up = node.level - (1 if is_package else 0)
            prefix = ".".join(base[: len(base) - up]) + "." if node.level else ""
            source = (prefix + (node.module or "")).rstrip(".")
            yield source
            # `from aisle import models` names a module too.
            yield from (f"{source}.{alias.name}" for alias in node.names)


def outside_functions(tree: ast.Module) -> ast.Module:
    """The tree without function bodies and without `if TYPE_CHECKING:` blocks."""

    class Prune(ast.NodeTransformer):
        def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
            return None

        def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
            return None

        def visit_If(self, node: ast.If) -> ast.AST | None:
            if "TYPE_CHECKING" in ast.unparse(node.test):
                return None
            return self.generic_visit(node)

    return Prune().visit(tree)


def without_type_checking(tree: ast.Module) -> ast.Module:
    class Prune(ast.NodeTransformer):
        def visit_If(self, node: ast.If) -> ast.AST | None:
            if "TYPE_CHECKING" in ast.unparse(node.test):
                return None
            return self.generic_visit(node)

    return Prune().visit(tree)


def module_of(file: Path) -> tuple[str, bool]:
    parts = ["aisle", *file.relative_to(PYTHON).with_suffix("").parts]
    is_package = parts[-1] == "__init__"
    return ".".join(parts[:-1] if is_package else parts), is_package


@pytest.mark.parametrize("file", PYTHON_FILES, ids=lambda path: str(path.relative_to(PYTHON)))
def test_python_imports_follow_the_plan(file: Path) -> None:
    module, is_package = module_of(file)
    parts = module.split(".")
    if len(parts) < 2:
        return  # aisle/__init__.py gathers the public names of all
    room = parts[1]
    anywhere = set(imports(without_type_checking(ast.parse(file.read_text())), module, is_package))
    at_import = set(imports(outside_functions(ast.parse(file.read_text())), module, is_package))
    for never, names in ((NEVER, anywhere), (NOT_AT_IMPORT, at_import)):
        for name in names:
            tops = name.split(".")
            if tops[0] == "aisle" and len(tops) > 1 and tops[1] != room:
                assert tops[1] not in never.get(room, set()), f"{module} may not import {name}"


@pytest.mark.parametrize("file", PYTHON_FILES, ids=lambda path: str(path.relative_to(PYTHON)))
def test_heavy_parties_are_imported_when_used(file: Path) -> None:
    module, is_package = module_of(file)
    if module in EAGER:
        pytest.skip(EAGER[module])
    at_import = imports(outside_functions(ast.parse(file.read_text())), module, is_package)
    heavy = {name.split(".")[0] for name in at_import} & LAZY
    assert not heavy, f"{module} imports {sorted(heavy)} when it is imported"


# Modules that are themselves imported only when used, and are all about one heavy party.
PYDANTIC = "a strategy is what pydantic validates; `import aisle` leaves it alone (test_import.py)"
EAGER: dict[str, str] = {
    f"aisle.strategy.{name}": PYDANTIC
    for name in (
        "exploring",
        "exposure",
        "market",
        "model",
        "part",
        "parts",
        "placements",
        "problems",
        "rule",
        "value",
    )
}


def test_the_checks_notice_a_planted_fault() -> None:
    """The helpers above are code too: each kind of import is seen, and only where it counts."""
    tree = ast.parse(
        "import duckdb\nfrom aisle import models\nfrom . import x\ndef f():\n    import torch\n"
        "if TYPE_CHECKING:\n    import pandas\n"
    )
    found = set(imports(outside_functions(tree), "aisle.evaluate.report", False))
    assert {"duckdb", "aisle.models", "aisle.evaluate.x"} <= found
    assert "torch" not in found
    assert "pandas" not in found
    assert room_of("aisle/session/event.h") == "session"
    assert INCLUDE.findall("  # include <faiss/Index.h>") == ["faiss/Index.h"]
