"""The engine at the size of the goals, on a simulated shop, beside others in the same run.

    python benchmarks/python/bench_engine.py            100,000 items, 5 million events, a million
                                                        live sessions; about ten minutes
    python benchmarks/python/bench_engine.py --quick    a hundredth of it

One thread unless a row says otherwise. Rows come from four places: `aisle.bench` (what
`aisle bench` runs too), the C++ benchmarks (built in build/bench-cpp), `bench_vectors.py`, and
`peers.py`, whose packages go into build/bench-venv. What is missing is left out with a message.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import common
import peers

from aisle import bench

HERE = Path(__file__).resolve().parent
BUILD = common.ROOT / "build" / "bench-cpp"


def cpp_rows(visitors: int, repeats: int) -> list[bench.Row]:
    """SessionStore::append with its memory, from Google Benchmark."""
    configure = ["cmake", "-S", str(common.ROOT), "-B", str(BUILD), "-DCMAKE_BUILD_TYPE=Release"]
    configure += ["-DAISLE_PYTHON=OFF", "-DAISLE_BENCHMARKS=ON"]
    build = ["cmake", "--build", str(BUILD), "--parallel", "1", "--target", "bench_session"]
    for command in (configure, build):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
            print(f"no C++ rows: {lines[-1]}", file=sys.stderr)
            return []
    command = [str(BUILD / "benchmarks" / "cpp" / "bench_session"), "--benchmark_format=json"]
    command += [f"--benchmark_repetitions={repeats}", f"--benchmark_filter=/{visitors}$"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    runs = [run for run in json.loads(done.stdout)["benchmarks"] if run["run_type"] == "iteration"]
    rows = []
    measured = [("append_steady", 0.15), ("append", None), ("append_uniform", None)]
    for name, target in [*measured, ("append_ahead", None), ("memory_read_huge", None)]:
        mine = [run for run in runs if run["name"].startswith(f"{name}/")]
        took = sorted(run["cpu_time"] / 1e3 for run in mine)
        if not took:
            continue
        there = mine[0].get("bytes_of_ten_events")
        compared = {} if there is None else {"bytes of a session": there}
        rows.append(
            bench.Row(
                f"SessionStore::{name}", "µs", took[len(took) // 2], (took[0], took[-1]),
                target=target, compared=compared,
            )
        )  # fmt: skip
    return rows


def vector_rows(items: int, python: str | None, rounds: int) -> list[bench.Row]:
    """Vector search at equal recall, ours and the others', one query a call."""
    command = [sys.executable, str(HERE / "bench_vectors.py"), "--items", str(items)]
    command += ["--sets", "shop", "--rounds", str(rounds)]
    command += ["--peers", python] if python else []
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "vectors.json"
        done = subprocess.run([*command, "--output", str(output)], stdout=sys.stderr, check=False)
        if done.returncode != 0 or not output.exists():
            return []
        found = json.loads(output.read_text())["sets"]["shop"]
    rows = []
    for one in found:
        spread = (one["spread_us"][0], one["spread_us"][1])
        compared = {"recall@20": one["recall"]}
        if "inside_p50_us" in one:
            compared["p50 inside the core"] = one["inside_p50_us"]
        rows.append(
            bench.Row(
                f"vector search from Python, {one['name']}", "µs", one["single_p50_us"], spread,
                one["single_p50_us"], one["single_p99_us"], compared=compared,
            )
        )  # fmt: skip
    return rows


def peer_rows(world: bench.World, python: str | None, repeats: int) -> list[bench.Row]:
    """The others' session recommendation on the questions that ours got."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "questions.npz"
        peers.save_questions(path, world.past, world.questions, min(1000, world.sizes.requests))
        for worker in peers.WORKERS:
            able = sys.executable if worker == "numpy" else python
            found = peers.run(able, worker, path, min(3, repeats)) if able else None
            if found is None:
                continue
            compared = {"HR@20": found["HR@20"], "fit, s": found["fit_s"]}
            low, high = found["spread"]
            rows.append(
                bench.Row(
                    found["name"], "µs", found["p50"], (low, high), found["p50"], found["p99"],
                    compared=compared,
                )
            )  # fmt: skip
    return rows


def table(rows: list[bench.Row]) -> str:
    """Markdown, as benchmarks/README.md shows it."""
    lines = []
    for row in rows:
        sign = "≥" if row.more_is_better else "≤"
        verdict = {None: "", True: "reached", False: "**missed**"}[row.passes]
        low, high = row.spread
        lines.append(
            (
                row.name,
                f"{_short(row.value)} {row.unit}",
                f"{_short(low)}–{_short(high)}",
                "" if row.p99 is None else _short(row.p99),
                "" if row.target is None else f"{sign} {_short(row.target)}",
                verdict,
                ", ".join(f"{name} {_short(value)}" for name, value in row.compared.items()),
            )
        )
    return common.markdown(["", "median", "spread", "p99", "goal", "", "beside"], lines)


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def sizes_of(options: argparse.Namespace) -> bench.Sizes:
    """The sizes asked for."""
    quick = bench.Sizes(items=5_000, events=60_000, sessions=10_000, requests=500, repeats=3)
    sizes = quick if options.quick else bench.FULL
    given = {
        name: getattr(options, name)
        for name in ("items", "events", "sessions", "requests", "repeats")
        if getattr(options, name) is not None
    }
    return replace(sizes, **given)


def main() -> None:
    """Measure, print, and write results/engine.json."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a hundredth of the size")
    for name in ("items", "events", "sessions", "requests", "repeats"):
        parser.add_argument(f"--{name}", type=int)
    parser.add_argument("--only", nargs="+", default=[], choices=list(bench.BENCHMARKS))
    parser.add_argument("--no-peers", action="store_true", help="ours only")
    parser.add_argument("--no-cpp", action="store_true", help="nothing that must be built")
    parser.add_argument("--output", type=Path, help="JSON file; default: results/engine.json")
    options = parser.parse_args()
    sizes = sizes_of(options)
    result: dict[str, Any] = {"machine": common.machine(), "sizes": vars(sizes)}
    rows = [] if options.no_cpp else cpp_rows(10_000 if options.quick else 1_000_000, sizes.repeats)
    world = bench.World(sizes, lambda text: print(f"{text} …", file=sys.stderr, flush=True))
    rows += bench.run(options.only, quiet=False, world=world)
    if not options.no_peers:
        python = peers.python_of_peers()
        rows += vector_rows(sizes.items, python, sizes.repeats)
        rows += peer_rows(world, python, sizes.repeats)
    result["rows"] = [row.data for row in rows]
    print(table(rows))
    print(f"written to {common.save('engine', result, options.output)}")


if __name__ == "__main__":
    main()
