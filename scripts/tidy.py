"""clang-tidy over the core, one process a core, quiet where nothing changed.

    python scripts/tidy.py --build build/tidy --jobs 2 [FILE ...]

A source that passed is not looked at again until it, a header of the core, the compile command or
the configuration changes.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CORE = ROOT / "cpp" / "aisle"


def shared_state(build: Path) -> bytes:
    """What a verdict depends on besides the source itself."""
    state = hashlib.sha256()
    state.update((ROOT / ".clang-tidy").read_bytes())
    for header in sorted(CORE.rglob("*.h")):
        state.update(header.read_bytes())
    commands = json.loads((build / "compile_commands.json").read_text())
    state.update(commands[0]["command"].split(" -o ")[0].encode())
    return state.digest()


def borrow_omp(build: Path) -> list[str]:
    """Flags that let clang see GCC's omp.h, which FAISS includes, and nothing else of GCC's."""
    found = subprocess.run(
        ["g++", "-print-file-name=include/omp.h"], capture_output=True, text=True, check=True
    ).stdout.strip()
    folder = build / "omp"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "omp.h").write_bytes(Path(found).read_bytes())
    # libstdc++ itself uses what it deprecates.
    flags = [f"-isystem{folder.resolve()}", "-Wno-deprecated-declarations"]
    return [f"--extra-arg={flag}" for flag in flags]


def look_at(source: Path, build: Path, flags: list[str]) -> tuple[Path, float, str]:
    start = time.monotonic()
    done = subprocess.run(
        ["clang-tidy", "--quiet", "--warnings-as-errors=*", "-p", build, *flags, source],
        capture_output=True,
        text=True,
        check=False,
    )
    problems = "" if done.returncode == 0 else done.stdout + done.stderr
    return source, time.monotonic() - start, problems


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--build", type=Path, required=True, help="where compile_commands.json lies"
    )
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("files", nargs="*", type=Path, help="default: every source of the core")
    args = parser.parse_args()

    state = shared_state(args.build)
    passed = args.build / "tidy-passed"
    passed.mkdir(parents=True, exist_ok=True)
    sources = [path.resolve() for path in args.files] or sorted(CORE.rglob("*.cpp"))
    stamps = {s: passed / hashlib.sha256(state + s.read_bytes()).hexdigest() for s in sources}
    todo = [source for source in sources if not stamps[source].exists()]

    flags = borrow_omp(args.build)
    failed = 0
    with ThreadPoolExecutor(args.jobs) as pool:
        for source, seconds, problems in pool.map(lambda s: look_at(s, args.build, flags), todo):
            name = source.relative_to(ROOT)
            if problems:
                failed += 1
                print(f"{name}: {seconds:.1f} s\n{problems}", flush=True)
            else:
                stamps[source].touch()
    print(
        f"clang-tidy: {len(todo)} sources looked at, {len(sources) - len(todo)} unchanged, "
        f"{failed} with findings"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
