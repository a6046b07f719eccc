"""The session models: to fit, to rank a whole test set, to answer one request; memory and quality.

    python benchmarks/python/bench_models.py [--models VSKNN STAN] [--questions 4000] [--no-peers]

yoochoose1_64: each model is fitted on the training sessions and ranks all items after each of the
55,898 clicks of the test (`evaluate.next_item`, two threads), each in a process of its own, whose
peak memory is told. The latency is that inside the core, of one request. Beside them, in the same
run and one thread each, V-SKNN written straight in Python and NumPy and implicit's cosine
neighbours, on the first `--questions` of the same questions (`peers.py`).

globo: co-visitation fitted on all 3 million clicks.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import common
import peers

import aisle

MODELS: dict[str, Callable[[], aisle.models.Model]] = {
    "VSKNN": lambda: aisle.models.VSKNN(),
    "VSKNN, tuned": lambda: aisle.models.VSKNN(
        k=500, sample_size=5000, weighting_score="div", idf_weighting=5
    ),
    "SKNN": lambda: aisle.models.SKNN(),
    "VMISKNN": lambda: aisle.models.VMISKNN(),
    "STAN": lambda: aisle.models.STAN(lambda_snh=None),
    "STAN, tuned": lambda: aisle.models.STAN(lambda_snh=None, lambda_inh=2, idf_weighting=1),
    "VSTAN": lambda: aisle.models.VSTAN(lambda_snh=None),
    "SequentialRules": lambda: aisle.models.SequentialRules(),
    "AssociationRules": lambda: aisle.models.AssociationRules(),
    "Markov": lambda: aisle.models.Markov(),
    "ContextTree": lambda: aisle.models.ContextTree(),
    "CoVisitation": lambda: aisle.models.CoVisitation(),
    "Popularity": lambda: aisle.models.Popularity(),
}


def yoochoose(data: Path) -> tuple[aisle.Events, aisle.Events]:
    """The training sessions and those of the test."""
    folder = data / "sessions_yoochoose1_64"
    train, test = (
        aisle.read_events(folder / f"{name}_sessions.txt.zst", format="sequences")
        for name in ("train", "test")
    )
    return train, test


def peak_mb() -> float:
    """The most memory this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(name: str, data: Path) -> dict[str, Any]:
    """One model, in this process."""
    train, test = yoochoose(data)
    before = peak_mb()
    begin = time.perf_counter()
    model = MODELS[name]().fit(train)
    fitted = time.perf_counter()
    report = aisle.evaluate.next_item(model, test, k=20, threads=2)
    ranked = time.perf_counter()
    return {
        "fit_s": fitted - begin,
        "next_item_s": ranked - fitted,
        "events": report.n_events,
        "p50_us": report.latency["p50"],
        "p99_us": report.latency["p99"],
        "peak_mb": peak_mb(),
        "log_mb": before,
        "HR@20": report["HR@20"],
        "MRR@20": report["MRR@20"],
    }


def measure_globo(data: Path) -> dict[str, Any]:
    """Co-visitation of a news portal's clicks."""
    log = aisle.read_events(data / "globo_clicks" / "globo_clicks.csv.zst", format="globo")
    before = peak_mb()
    begin = time.perf_counter()
    aisle.models.CoVisitation().fit(log)
    return {
        "events": len(log),
        "fit_s": time.perf_counter() - begin,
        "peak_mb": peak_mb(),
        "log_mb": before,
    }


def in_a_process(name: str) -> dict[str, Any]:
    """The figures of one worker."""
    done = subprocess.run(
        [sys.executable, __file__, "--worker", name], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(f"{name}: {done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measure_peers(data: Path, questions: int) -> list[dict[str, Any]]:
    """The others, on the first questions of the same test."""
    is_here = importlib.util.find_spec("implicit") is not None
    python = sys.executable if is_here else peers.python_of_peers()
    if python is None:
        return []
    train, test = yoochoose(data)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "questions.npz"
        peers.save_questions(path, train, test, questions)
        found = [peers.run(python, worker, path, 1) for worker in peers.WORKERS]
    return [one for one in found if one is not None]


def table(result: dict[str, Any]) -> str:
    """A row a model, then the others."""
    rows = [
        [
            name,
            f"{one['fit_s']:.2f}",
            f"{one['next_item_s']:.2f}",
            f"{one['p50_us']:.0f}",
            f"{one['p99_us']:.0f}",
            f"{one['peak_mb']:.0f}",
            f"{one['HR@20']:.4f}",
            f"{one['MRR@20']:.4f}",
        ]
        for name, one in result["models"].items()
    ]
    rows += [
        [
            f"{one['name']}, first {result['questions']:,}",
            f"{one['fit_s']:.2f}",
            "",
            f"{one['p50']:.0f}",
            f"{one['p99']:.0f}",
            "",
            f"{one['HR@20']:.4f}",
            "",
        ]
        for one in result["peers"]
    ]
    head = ["yoochoose1_64", "fit, s", "next_item, s", "p50, µs", "p99, µs", "peak, MB"]
    return common.markdown([*head, "HR@20", "MRR@20"], rows)


def main() -> None:
    """Measure the models that are asked for, then the others."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--questions", type=int, default=4000, help="of the peers")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--output", type=Path, help="JSON file; default: results/models.json")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    options = parser.parse_args()
    data = common.data_folder()
    if data is None:
        sys.exit("the public logs are not here: set AISLE_DATA to their folder")
    if options.worker:
        figures = (
            measure_globo(data) if options.worker == "globo" else measure(options.worker, data)
        )
        print(json.dumps(figures, default=float))
        return
    result: dict[str, Any] = {"machine": common.machine(), "questions": options.questions}
    result["models"] = {}
    for name in options.models:
        print(f"{name} …", file=sys.stderr, flush=True)
        result["models"][name] = in_a_process(name)
    result["globo"] = in_a_process("globo")
    result["peers"] = [] if options.no_peers else measure_peers(data, options.questions)
    print(table(result))
    globo = result["globo"]
    print(
        f"co-visitation of globo ({globo['events']:,} clicks): fit {globo['fit_s']:.1f} s, "
        f"peak {globo['peak_mb']:.0f} MB, of these {globo['log_mb']:.0f} before the fit"
    )
    print(f"written to {common.save('models', result, options.output)}")


if __name__ == "__main__":
    main()
