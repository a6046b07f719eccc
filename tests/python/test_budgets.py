"""No file outgrows one sitting: the house's budgets in lines."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Folder, suffix -> most lines. The first that fits counts.
BUDGETS = [
    ("cpp/bindings", ".cpp", 250),
    ("cpp", ".h", 200),
    ("cpp", ".cpp", 300),
    ("python/aisle", ".py", 350),
    ("tests", ".py", 500),
    ("tests", ".cpp", 500),
    ("scripts", ".py", 150),
    ("benchmarks", ".py", 350),
    ("benchmarks", ".cpp", 300),
]
LONGEST_FUNCTION = 60  # statements read as a page; the aim is 10 lines, docstrings not counted


def budget_of(path: Path) -> int | None:
    name = path.relative_to(ROOT).as_posix()
    for folder, suffix, lines in BUDGETS:
        if name.startswith(folder + "/") and path.suffix == suffix:
            return lines
    return None


def sources() -> list[Path]:
    folders = ["cpp", "python", "tests", "scripts", "benchmarks"]
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.*"))


def test_every_file_is_within_its_budget() -> None:
    over = []
    for path in sources():
        budget = budget_of(path)
        if budget is not None:
            lines = path.read_text().count("\n")
            if lines > budget:
                over.append(f"{path.relative_to(ROOT)}: {lines} lines, {budget} allowed")
    assert not over, "\n".join(["cut these:", *over])


def test_every_folder_of_the_core_is_one_room() -> None:
    """About ten headers: a folder with more is two rooms."""
    rooms = [room for room in (ROOT / "cpp/aisle").iterdir() if room.is_dir()]
    big = {room.name: n for room in rooms if (n := len(list(room.glob("*.h")))) > 16}
    assert not big


def function_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body, docstring not counted."""
    body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
    return (node.end_lineno or 0) - body[0].lineno + 1


def test_no_python_function_is_longer_than_a_screen() -> None:
    over = []
    for path in sorted((ROOT / "python").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = function_lines(node)
                if lines > LONGEST_FUNCTION:
                    over.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {lines}")
    assert not over, "\n".join(["cut these functions:", *over])


@pytest.mark.parametrize(("name", "budget"), [("cpp/aisle/base/ids.h", 200), ("README.md", None)])
def test_budgets_go_by_folder_and_suffix(name: str, budget: int | None) -> None:
    assert budget_of(ROOT / name) == budget
