"""The others of the table, each in a process of its own with one thread.

implicit    item-item neighbours (cosine), `recommend` of one session
numpy       V-SKNN written straight in Python and NumPy, as a data scientist would: the same
            model as `aisle.models.VSKNN()`, so it must find about the same

Neither knows an event before its next fit; neither has names, filters or a catalogue that grows.

    python benchmarks/python/peers.py --worker numpy --data questions.npz
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Answer = Callable[[Ints], Ints]
K = 20
PACKAGES = ("numpy", "implicit", "faiss-cpu", "hnswlib")
ROOT = Path(__file__).resolve().parents[2]


def python_of_peers(folder: Path = ROOT / "build" / "bench-venv") -> str | None:
    """A Python with the peers' packages, made once; None, with a message, where that fails."""
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if ready.exists():
        return str(python)
    print(f"installing {', '.join(PACKAGES)} into {folder} …", file=sys.stderr, flush=True)
    venv.create(folder, with_pip=True)
    command = [str(python), "-m", "pip", "install", "--quiet", *PACKAGES]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["pip failed"])[-1]
        print(f"no peers: {last}", file=sys.stderr)
        return None
    ready.touch()
    return str(python)


def save_questions(path: Path, past: Any, questions: Any, most: int) -> None:
    """The past as sessions of item numbers, and the questions: prefixes with what came next."""
    from aisle.models._base import renumber, sessions_in_order

    questions = questions._take(questions.type == 0)  # views alone, as evaluate.next_item asks
    session, _ = sessions_in_order(past)
    place = np.lexsort((past.time, session))
    asked_session, _ = sessions_in_order(questions)
    item = renumber(questions, past._items)
    order = np.lexsort((questions.time, asked_session))
    asked_session, item = asked_session[order], item[order]
    known = item != 0xFFFFFFFF
    asked_session, item = asked_session[known], item[known]
    begin = np.flatnonzero(np.r_[True, asked_session[1:] != asked_session[:-1]])
    first = np.repeat(begin, np.diff(np.r_[begin, len(item)]))
    rows = np.flatnonzero(np.arange(len(item)) > first)[:most]
    np.savez(
        path, session=session[place], item=past.item[place], time=past.time[place],
        items=len(past._items), asked=item, begin=first[rows], row=rows,
    )  # fmt: skip


def implicit_answers(data: Any) -> Answer:
    """Cosine neighbours of items; a session is a user who came just now."""
    from implicit.nearest_neighbours import CosineRecommender  # type: ignore[import-not-found,unused-ignore]
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped,unused-ignore]

    items = int(data["items"])
    ones = np.ones(len(data["item"]), np.float32)
    matrix = csr_matrix((ones, (data["session"], data["item"])))
    matrix.resize((matrix.shape[0], items))
    model = CosineRecommender(K=100, num_threads=1)
    model.fit(matrix, show_progress=False)

    def answer(session: Ints) -> Ints:
        distinct, count = np.unique(session, return_counts=True)
        pointer = np.array([0, len(distinct)], np.int32)
        user = csr_matrix((count.astype(np.float32), distinct, pointer), shape=(1, items))
        found = model.recommend(0, user, N=K, filter_already_liked_items=False)
        return np.asarray(found[0])

    return answer


def numpy_answers(data: Any, k: int = 100, sample: int = 1000) -> Answer:
    """V-SKNN with an inverted index in a dict and NumPy where it helps."""
    session, item, time_of = data["session"], data["item"], data["time"]
    begin = np.flatnonzero(np.r_[True, session[1:] != session[:-1]])
    end = np.r_[begin[1:], len(session)]
    newest = np.argsort(time_of[end - 1], kind="stable")
    number = np.empty(len(begin), np.int64)  # greater is newer
    number[newest] = np.arange(len(begin))
    items_of = [np.unique(item[begin[at] : end[at]]) for at in newest]
    row_number = np.repeat(number, end - begin)
    by_item = np.lexsort((row_number, item))
    cuts = np.searchsorted(item[by_item], np.arange(int(data["items"]) + 1))
    sessions_of = [np.unique(row_number[by_item[a:b]]) for a, b in itertools.pairwise(cuts)]

    def answer(prefix: Ints) -> Ints:
        length = len(prefix)
        last = {int(one): at + 1 for at, one in enumerate(prefix)}
        weight = {one: (at / length) ** 2 for one, at in last.items()}
        near = np.unique(np.concatenate([sessions_of[one] for one in last]))[-sample:]
        similarity = {}
        for z in near.tolist():
            shared = [one for one in items_of[z].tolist() if one in weight]
            step = length - max(last[one] for one in shared) + 1
            similarity[z] = (sum(weight[one] for one in shared) / len(last), z, step)
        scores: dict[int, float] = {}
        for value, z, step in sorted(similarity.values(), reverse=True)[:k]:
            for one in items_of[z].tolist():
                scores[one] = scores.get(one, 0.0) + value / step**2
        found = np.fromiter(scores, np.int64, len(scores))
        value_of = np.fromiter(scores.values(), np.float64, len(scores))
        return found[np.argsort(-value_of, kind="stable")[:K]]

    return answer


WORKERS: dict[str, Callable[[Any], Answer]] = {
    "implicit": implicit_answers,
    "numpy": numpy_answers,
}
TITLES = {"implicit": "implicit, item-item recommend", "numpy": "V-SKNN in Python and NumPy"}


def work(worker: str, data: Any, repeats: int) -> dict[str, Any]:
    """Latency and quality of one peer."""
    begin = time.perf_counter()
    answer = WORKERS[worker](data)
    fit_s = time.perf_counter() - begin
    asked = data["asked"].astype(np.int64)
    questions = [asked[a:b] for a, b in zip(data["begin"], data["row"], strict=True)]
    p50s, p99s, hits = [], [], 0
    for again in range(repeats):
        took = np.empty(len(questions))
        for at, question in enumerate(questions):
            clock = time.perf_counter_ns()
            found = answer(question)
            took[at] = (time.perf_counter_ns() - clock) / 1e3
            hits += again == 0 and int(asked[data["row"][at]] in found)
        p50s.append(float(np.percentile(took, 50)))
        p99s.append(float(np.percentile(took, 99)))
    return {
        "name": TITLES[worker],
        "p50": float(np.median(p50s)),
        "p99": float(np.median(p99s)),
        "spread": [min(p50s), max(p50s)],
        "HR@20": hits / len(questions),
        "fit_s": fit_s,
    }


def run(python: str, worker: str, data: Path, repeats: int) -> dict[str, Any] | None:
    """One peer in a process of its own, one thread; None, with a message, where it fails."""
    command = [python, __file__, "--worker", worker, "--data", str(data), "--repeats", str(repeats)]
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | single
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        print(f"{worker}: left out: {last}", file=sys.stderr)
        return None
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def main() -> None:
    """The worker side."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--worker", choices=list(WORKERS), required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    print(json.dumps(work(options.worker, np.load(options.data), options.repeats)))


if __name__ == "__main__":
    main()
