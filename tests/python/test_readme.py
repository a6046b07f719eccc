"""Every block of the README and the guides runs, and prints what it says it prints."""

import doctest
import os
import re
import shlex
from pathlib import Path

import pytest

from aisle import cli

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(python|pycon|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def blocks(text: str) -> list[tuple[str, str, int]]:
    """Kind, source and first line of each block."""
    return [
        (match[1], match[2], text[: match.start(2)].count("\n") + 1)
        for match in BLOCK.finditer(text)
    ]


def run_page(text: str, name: str) -> None:
    """Runs the blocks in order, in one namespace."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    for kind, source, line in blocks(text):
        if kind == "python":
            padded = "\n" * (line - 1) + source  # so that a traceback shows the page's own line
            exec(compile(padded, name, "exec"), namespace)
        elif kind == "sh":
            run_commands(source)
        else:
            case = doctest.DocTestParser().get_doctest(source, namespace, name, name, line - 1)
            failures: list[str] = []
            doctest.DocTestRunner(optionflags=FLAGS).run(
                case, out=failures.append, clear_globs=False
            )
            assert not failures, "".join(failures)
            namespace.update(case.globs)


def run_commands(source: str) -> None:
    """Runs the lines that are commands of aisle's own, one after the other."""
    for line in source.splitlines():
        program, *words = shlex.split(line, comments=True) or [""]
        if program == "aisle":
            assert cli.main(words) == 0, line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    run_page(page.read_text(), page.name)


def test_the_readme_shows_something_that_runs() -> None:
    assert blocks((ROOT / "README.md").read_text())


def test_a_wrong_block_is_noticed() -> None:
    with pytest.raises(AssertionError, match="Expected"):
        run_page("```python\nx = 1\n```\n\n```pycon\n>>> x\n2\n```\n", "page")
    with pytest.raises(AssertionError, match="no-such-file"):
        run_page("```sh\naisle fit no-such-file.csv   # fails\n```\n", "page")
    with pytest.raises(ZeroDivisionError):
        run_page("```python\n1 / 0\n```\n", "page")


LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", [*PAGES, *sorted(ROOT.glob("*.md"))], ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text()):
        if "://" not in target and not target.startswith("mailto:"):
            found = os.path.normpath(page.parent / target)
            assert Path(found).exists(), f"{page.name} links to {target}, which is not there"
