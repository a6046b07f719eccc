"""The stub says what the compiled module is."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import aisle._core as core

ROOT = Path(__file__).resolve().parents[2]


def test_the_stub_agrees_with_the_module() -> None:
    command = [sys.executable, "-m", "mypy.stubtest", "aisle._core", "--ignore-disjoint-bases"]
    command += ["--allowlist", "scripts/stubtest.allow", "--ignore-unused-allowlist"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def docstrings(owner: object, name: str) -> Iterator[tuple[str, str]]:
    for key, value in vars(owner).items():
        if key.startswith("__") and key != "__init__":
            continue
        if callable(value) or isinstance(value, property):
            yield f"{name}.{key}", value.__doc__ or ""
        if isinstance(value, type) and value.__module__.startswith("aisle"):
            yield from docstrings(value, f"{name}.{key}")


def test_no_cpp_type_shows_through_a_signature() -> None:
    """`aisle::Foo` in a signature means that a class is bound after its first use."""
    leaks = [name for name, text in docstrings(core, "_core") if "::" in text]
    assert not leaks, f"C++ names in the docstrings of {leaks}"
