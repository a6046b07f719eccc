"""The default recipe in the replay of five public logs, beside each of its sources alone.

    python benchmarks/python/bench_quality.py [--sets bol globo] [--targets 8000]

For each set: fit on the training part, nothing tuned, then replay the first sessions of the test
part (in the order in which they end) with about `--targets` targets: observe an event, recommend 20
items, look where the next item of the session stands. Test events whose item is unknown in
training are left out, as in the published figures; ties count against us. Rows:

default         aisle.fit(train), the engine learning while it serves
default, frozen the same, only sessions are taken in: the difference is what learning is worth
only …          one source alone (Strategy.only), learning as well
popularity      models.Popularity

"reference" is the row "RRF, one fixed set of weights" of the project's earlier experiments, made in
Python without learning on line.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import common
import numpy as np

import aisle

Parts = tuple[aisle.Events, aisle.Events]
K = 20
SECOND = 1_000_000
SOURCES = ("knn", "co_visitation", "rules", "vectors", "trending", "history")

# HR@20 and MRR@20 of "RRF, one fixed set of weights".
REFERENCE = {
    "yoochoose_100k": (0.699, 0.376),
    "bol": (0.693, 0.380),
    "yoochoose1_64": (0.711, 0.255),
    "diginetica": (0.526, 0.197),
    "globo": (0.582, 0.222),
}


def yoochoose_100k(data: Path) -> Parts:
    """Clicks of a shop; the last days are the test."""
    folder = data / "yoochoose_100k_timestamps"
    names = ("yoochoose-clicks-100k_train_full.txt.zst", "yoochoose-clicks-100k_test.txt.zst")
    train, test = (aisle.read_events(folder / name, format="session-rec") for name in names)
    return train, test


def bol(data: Path) -> Parts:
    """Clicks of bol.com as Serenade ships them: validation and test together."""
    folder = data / "bol_serenade_toy"
    test = [folder / "valid.txt.zst", folder / "test.txt.zst"]
    return (
        aisle.read_events(folder / "train.txt.zst", format="serenade"),
        aisle.read_events(test, format="serenade"),
    )


def sequences(folder: Path) -> Parts:
    """One session a line: time is the order, and the test goes on where training ends."""
    train = aisle.read_events(folder / "train_sessions.txt.zst", format="sequences")
    test = aisle.read_events(folder / "test_sessions.txt.zst", format="sequences")
    test.time = test.time + (train.time.max() - test.time.min() + SECOND)
    return train, test


def globo(data: Path) -> Parts:
    """A week of a news portal, then the next day."""
    log = aisle.read_events(data / "globo_clicks" / "globo_clicks.csv.zst", format="globo")
    week, rest = log.split(at="2017-10-08")
    day, _ = rest.split(at="2017-10-09")
    return week, day


SETS: dict[str, Callable[[Path], Parts]] = {
    "yoochoose_100k": yoochoose_100k,
    "bol": bol,
    "yoochoose1_64": lambda data: sequences(data / "sessions_yoochoose1_64"),
    "diginetica": lambda data: sequences(data / "sessions_diginetica"),
    "globo": globo,
}


def known_in(train: aisle.Events, test: aisle.Events) -> aisle.Events:
    """The test events whose item was there in training."""
    known = np.isin(np.asarray(test.items).astype(str), np.asarray(train.items).astype(str))
    return test._take(known[test.item])


def first_sessions(test: aisle.Events, targets: int) -> aisle.Events:
    """The sessions that end first, as many as have about so many targets."""
    session = test.visitor if test.session is None else test.session
    length = np.bincount(session)
    end = np.full(len(length), -1, np.int64)
    np.maximum.at(end, session, test.time)
    order = np.argsort(end, kind="stable")
    order = order[length[order] > 1]
    enough = int(np.searchsorted(np.cumsum(length[order] - 1), targets)) + 1
    chosen = np.zeros(len(length), bool)
    chosen[order[:enough]] = True
    return test._take(chosen[session])


def replayed(
    bundle: aisle.Bundle, test: aisle.Events, strategy: Any, learn: bool
) -> dict[str, Any]:
    """Quality and speed of one engine on one log."""
    engine = aisle.Engine(bundle, strategy=strategy)
    report = aisle.evaluate.replay(engine, test, k=K, learn=learn)
    return {
        "HR@20": report["HR@20"],
        "MRR@20": report["MRR@20"],
        "HR@20 95%": report.ci["HR@20"],
        "MRR@20 95%": report.ci["MRR@20"],
        "targets": report.n_events,
        "recommend_us": report.recommend_us,
        "observe_us": report.observe_us,
    }


def measure(name: str, data: Path, targets: int) -> dict[str, Any]:
    """All rows of one set."""
    train, test = SETS[name](data)
    test = first_sessions(known_in(train, test), targets)
    begin = time.perf_counter()
    bundle = aisle.fit(train)
    took = time.perf_counter() - begin
    rows = {"default": replayed(bundle, test, None, True)}
    rows["default, frozen"] = replayed(bundle, test, None, False)
    for source in SOURCES:
        strategy = aisle.Strategy.only(source)
        rows[f"only {source}"] = replayed(bundle, test, strategy, True)
        rows[f"only {source}, frozen"] = replayed(bundle, test, strategy, False)
    popular = aisle.evaluate.next_item(aisle.models.Popularity().fit(train), test, k=K)
    rows["popularity"] = {"HR@20": popular["HR@20"], "MRR@20": popular["MRR@20"]}
    hr, mrr = REFERENCE[name]
    rows["reference"] = {"HR@20": hr, "MRR@20": mrr}
    return {"events": len(train), "fit_s": took, "rows": rows} | {
        "scorer": bundle.manifest["scorer"]
    }


def verdict(rows: dict[str, Any]) -> list[str]:
    """What the default recipe does not reach, in words."""
    found = []
    for learning in ("", ", frozen"):
        for metric in ("HR@20", "MRR@20"):
            ours = rows[f"default{learning}"][metric]
            best = max(SOURCES, key=lambda s: rows[f"only {s}{learning}"][metric])
            value = rows[f"only {best}{learning}"][metric]
            if ours < value:
                found.append(f"{metric}{learning} {ours:.4f} is below {best} alone, {value:.4f}")
    for metric in ("HR@20", "MRR@20"):
        if rows["default"][metric] < rows["reference"][metric]:
            found.append(
                f"{metric} {rows['default'][metric]:.4f} is below the reference, "
                f"{rows['reference'][metric]:.3f}"
            )
    return found


def table(result: dict[str, Any]) -> str:
    """HR@20 / MRR@20 by method and set."""
    sets = result["sets"]
    names = list(next(iter(sets.values()))["rows"])
    cells = []
    for name in names:
        row = [name]
        for found in sets.values():
            values = found["rows"][name]
            row.append(f"{values['HR@20']:.4f} / {values['MRR@20']:.4f}")
        cells.append(row)
    gain = ["gain of learning on line"]
    for found in sets.values():
        on, off = found["rows"]["default"], found["rows"]["default, frozen"]
        gain.append(f"{on['HR@20'] - off['HR@20']:+.4f} / {on['MRR@20'] - off['MRR@20']:+.4f}")
    cells.insert(2, gain)
    counts = ["targets"]
    counts += [f"{found['rows']['default']['targets']:,}" for found in sets.values()]
    cells.append(counts)
    speed = ["recommend p50 / p99, µs"]
    for found in sets.values():
        us = found["rows"]["default"]["recommend_us"]
        speed.append(f"{us['p50']:.0f} / {us['p99']:.0f}")
    cells.append(speed)
    return common.markdown(["HR@20 / MRR@20", *sets], cells)


def main() -> None:
    """Measure the sets that are there."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    parser.add_argument("--targets", type=int, default=8000)
    parser.add_argument("--output", type=Path, help="JSON file; default: results/quality.json")
    options = parser.parse_args()
    data = common.data_folder()
    if data is None:
        sys.exit("the public logs are not here: set AISLE_DATA to their folder")
    result: dict[str, Any] = {"machine": common.machine(), "sets": {}}
    for name in options.sets:
        print(f"{name} …", file=sys.stderr, flush=True)
        result["sets"][name] = measure(name, data, options.targets)
    print(table(result))
    for name, found in result["sets"].items():
        for line in verdict(found["rows"]):
            print(f"- {name}: {line}")
    print(f"written to {common.save('quality', result, options.output)}")


if __name__ == "__main__":
    main()
