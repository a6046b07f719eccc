"""What diversity costs: relevance against diversity at all strengths, as an engine serves it.

    python benchmarks/python/bench_diversity.py [--requests 4000]

Everything by the public interface: `aisle.fit` on the older part of a log, an engine with one
placement for each method and strength, and the newer part played back: observe an event, ask every
placement for 20 items, look where the visitor's next item stands. Two logs, split by time:

uci_eshop_clickstream  sessions of a clothes shop; asked from 15 July 2008 on. Labels of an item:
                       category, colour, price band (five)
ml-latest-small        ratings of films; asked in the newest fifth of the ratings. A next item is
                       the next film rated, whatever the stars. Labels: genres

MMR and the DPP go by the vectors that `fit` made of the log, and once more by the labels (two items
are alike where the whole sets are equal); xQuAD and calibration by the labels and the visitor's.
All choose from the best 100 of the engine.

Measured are HR@20 and MRR@20; the mean unlikeness of two items of a slate by vectors (1 - cosine)
and by labels (1 - Jaccard index); the share of the items with events in the training log that came
in any slate; novelty (bits: -log2 of an item's share of the training events); and miscalibration
(KL from the labels of the visitor's events so far to the slate's, with Steck's smoothing of .01).
An interval is of the difference to strength 0 in the same requests, visitors taken as clusters.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import common
import numpy as np
import numpy.typing as npt

import aisle
from aisle import _core

K = 20
STRENGTHS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0)
SHOWN = (0.1, 0.3, 0.5, 0.7, 1.0)  # in the table
METHODS = {
    "MMR, vectors": ("mmr", "vectors"),
    "DPP, vectors": ("dpp", "vectors"),
    "MMR, labels": ("mmr", "labels"),
    "DPP, labels": ("dpp", "labels"),
    "xQuAD": ("xquad", "labels"),
    "calibrated": ("calibrated", "labels"),
}
MEASURES = ("hr", "mrr", "ild_vectors", "ild_labels", "coverage", "novelty", "kl")
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass
class Log:
    """A log cut by time, and a table of the items with their labels, joined by "|"."""

    train: aisle.Events
    test: aisle.Events
    items: dict[str, Any]


def eshop(data: Path) -> Log:
    """The labels of all clothes: the shop's catalogue is known before it sells."""
    import duckdb

    path = data / "uci_eshop_clickstream" / "e-shop clothing 2008.csv.zst"
    rows = duckdb.sql(
        'select "page 2 (clothing model)", any_value("page 1 (main category)"), mode(colour), '
        f"any_value(price) from read_csv('{path}', delim=';') group by 1 order by 1"
    ).fetchall()
    names, category, colour, price = zip(*rows, strict=True)
    band = np.searchsorted(np.quantile(price, [0.2, 0.4, 0.6, 0.8]), price)
    labels = [
        f"category {a}|colour {b}|price {c}" for a, b, c in zip(category, colour, band, strict=True)
    ]
    train, test = aisle.read_events(path, format="uci-eshop").split(at="2008-07-15")
    return Log(train, test, {"id": list(names), "labels": labels})


def films(data: Path) -> Log:
    """A rating is a view."""
    import duckdb

    folder = data / "ml-latest-small"
    movies = duckdb.sql(f"select movieId, genres from '{folder}/movies.csv.zst'").fetchall()
    names, genres = zip(*movies, strict=True)
    rated = duckdb.sql(
        'select userId as visitor, movieId as item, "timestamp" as "time" '
        f"from '{folder}/ratings.csv.zst' order by 3, 1, 2"
    ).fetchnumpy()
    cut = int(np.quantile(rated["time"], 0.8)) * 1_000_000
    rated["time"] = rated["time"].astype("datetime64[s]")
    train, test = aisle.Events.from_columns(**rated).split(at=cut)
    return Log(train, test, {"id": list(names), "labels": list(genres)})


def placements() -> dict[str, aisle.Strategy]:
    """`plain`, and each method at each strength."""
    made = {"plain": aisle.Strategy()}
    for name, (method, on) in METHODS.items():
        for strength in STRENGTHS:
            how = {"method": method, "strength": strength, "on": on, "pool": 100}
            made[f"{name} {strength}"] = aisle.Strategy(diversity=how)
    return made


@dataclass
class Answers:
    """Slates by placement as item numbers (-1: none), and who was asked for which next item."""

    slates: dict[str, Ints]
    target: Ints
    visitor: Ints
    before: list[list[int]]


def ask(engine: aisle.Engine, log: Log, names: list[str], requests: int) -> Answers:
    """Play the test log; ask at a random sample of the events that have a known successor."""
    numbers = engine.catalog().items
    order = np.lexsort((np.arange(len(log.test)), log.test.time))
    item_ids, visitor_ids = log.test.items.tolist(), log.test.visitors.tolist()
    item, visitor = log.test.item[order], log.test.visitor[order]
    number = numbers.encode(item_ids).astype(np.int64)[item]
    was_sold = np.isin(np.arange(len(item_ids)), codes_in(item_ids, log.train.items.tolist()))
    following = np.full(len(order), -1, np.int64)
    last_of: dict[int, int] = {}
    for row in range(len(order) - 1, -1, -1):
        following[row] = last_of.get(int(visitor[row]), -1)
        last_of[int(visitor[row])] = int(item[row])
    able = np.flatnonzero((following >= 0) & was_sold[following])
    rng = np.random.default_rng(7)
    asked = set(rng.choice(able, min(requests, len(able)), replace=False).tolist())
    so_far: dict[int, list[int]] = defaultdict(list)
    found: dict[str, list[Ints]] = {name: [] for name in names}
    rows, before = [], []
    for row, at in enumerate(order.tolist()):
        who, when = visitor_ids[visitor[row]], int(log.test.time[at])
        engine.observe(who, item_ids[item[row]], time=when)
        so_far[int(visitor[row])].append(int(number[row]))
        if row not in asked:
            continue
        rows.append(row)
        before.append(list(so_far[int(visitor[row])]))
        for name in names:
            slate = engine.recommend(who, K, placement=name, time=when).items
            codes = np.full(K, -1, np.int64)
            codes[: len(slate)] = numbers.lookup(slate)
            found[name].append(codes)
    target = numbers.encode(item_ids).astype(np.int64)[following[rows]]
    slates = {name: np.array(one) for name, one in found.items()}
    return Answers(slates, target, visitor[rows].astype(np.int64), before)


def codes_in(names: list[Any], known: list[Any]) -> Ints:
    there = set(known)
    return np.array([at for at, name in enumerate(names) if name in there])


@dataclass
class Catalogue:
    """By item number: a vector of length 1 (or 0), labels as 0 and 1, events in training."""

    vectors: Floats
    labels: Floats
    counts: Floats


def catalogue(bundle: aisle.Bundle, engine: aisle.Engine, log: Log) -> Catalogue:
    numbers = engine.catalog().items
    size = len(engine.catalog())
    index = _core.VectorIndex.deserialize(bundle.array("vectors.index").tobytes())
    vectors = index.vectors(np.arange(size, dtype=np.uint32)).astype(np.float64)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    names = sorted({one for text in log.items["labels"] for one in text.split("|")})
    code = {name: at for at, name in enumerate(names)}
    labels = np.zeros((size, len(names)))
    places = numbers.encode(log.items["id"])
    for place, text in zip(places, log.items["labels"], strict=True):
        labels[place, [code[one] for one in text.split("|")]] = 1
    counts = np.zeros(size)
    np.add.at(counts, numbers.encode(log.train.items.tolist())[log.train.item], 1)
    return Catalogue(vectors / np.where(length > 0, length, 1), labels, counts)


def pair_means(likeness: Floats, there: npt.NDArray[np.bool_]) -> Floats:
    """1 - the mean likeness of two different places that are both there, of each slate."""
    pairs = there[:, :, None] & there[:, None, :] & ~np.eye(K, dtype=bool)
    return 1 - (likeness * pairs).sum(axis=(1, 2)) / np.maximum(pairs.sum(axis=(1, 2)), 1)


def miscalibration(wanted: Floats, got: Floats) -> Floats:
    p = wanted / np.maximum(wanted.sum(axis=1, keepdims=True), 1e-12)
    q = got / np.maximum(got.sum(axis=1, keepdims=True), 1e-12)
    ratio = np.where(p > 0, p, 1) / np.where(p > 0, 0.99 * q + 0.01 * p, 1)
    return (p * np.log(ratio)).sum(axis=1)


def by_request(shop: Catalogue, answers: Answers, slates: Ints) -> dict[str, Floats]:
    """What can be said of one slate."""
    there = slates >= 0
    has_vector = there & (np.abs(shop.vectors).sum(axis=1) > 0)[slates]
    rows = shop.vectors[slates]
    flags = shop.labels[slates] * there[:, :, None]
    shared, count = flags @ flags.transpose(0, 2, 1), flags.sum(axis=2)
    union = count[:, :, None] + count[:, None, :] - shared
    shares = shop.labels / np.maximum(shop.labels.sum(axis=1, keepdims=True), 1)
    wanted = np.array([shares[items].sum(axis=0) for items in answers.before])
    hit = slates == answers.target[:, None]
    place = np.where(hit.any(axis=1), hit.argmax(axis=1) + 1, 0)
    bits = -np.log2(np.maximum(shop.counts, 1) / shop.counts.sum())
    return {
        "hr": hit.any(axis=1).astype(float),
        "mrr": np.where(place > 0, 1 / np.maximum(place, 1), 0),
        "ild_vectors": pair_means(rows @ rows.transpose(0, 2, 1), has_vector),
        "ild_labels": pair_means(shared / np.maximum(union, 1), there),
        "novelty": (bits[slates] * there).sum(axis=1) / np.maximum(there.sum(axis=1), 1),
        "kl": miscalibration(wanted, (shares[slates] * there[:, :, None]).sum(axis=1)),
    }


def half_width(difference: Floats, visitor: Ints) -> float:
    """Of the interval of 95 % around a mean, requests of one visitor taken together."""
    code = np.unique(visitor, return_inverse=True)[1]
    sums = np.bincount(code, weights=difference - difference.mean())
    return float(1.96 * np.sqrt((sums**2).sum()) / len(difference))


def trace(shop: Catalogue, answers: Answers) -> dict[str, list[dict[str, Any]]]:
    """The points of each curve; the first, of strength 0, is the same for all."""
    plain = by_request(shop, answers, answers.slates["plain"])
    sold = int((shop.counts > 0).sum())

    def point(name: str, strength: float) -> dict[str, Any]:
        slates = answers.slates[name]
        found = by_request(shop, answers, slates)
        made: dict[str, Any] = {"strength": strength}
        made |= {measure: round(float(values.mean()), 5) for measure, values in found.items()}
        seen = np.unique(slates[slates >= 0])
        made["coverage"] = round(float((shop.counts[seen] > 0).sum()) / sold, 5)
        for measure in ("hr", "mrr"):
            off = found[measure] - plain[measure]
            half = half_width(off, answers.visitor)
            made[f"{measure}_difference"] = [
                round(float(off.mean()) + x * half, 5) for x in (-1, 0, 1)
            ]
        return made

    start = point("plain", 0.0)
    return {
        name: [start, *(point(f"{name} {strength}", strength) for strength in STRENGTHS)]
        for name in METHODS
    }


def plot(sets: dict[str, Any], path: Path) -> None:
    """HR@20 and MRR@20 against both diversities; a curve begins at the ring, strength 0."""
    pyplot, colours = common.pyplot()
    marks = dict(zip(METHODS, "osv^Dx", strict=True))
    columns = [
        (relevance, title, diversity, label)
        for relevance, title in (("hr", "HR@20"), ("mrr", "MRR@20"))
        for diversity, label in (("ild_vectors", "unlike by vectors"), ("ild_labels", "by labels"))
    ]
    figure, axes = pyplot.subplots(len(sets), 4, figsize=(12, 3.4 * len(sets)), squeeze=False)
    for row, (name, found) in zip(axes, sets.items(), strict=True):
        for axis, (relevance, title, diversity, label) in zip(row, columns, strict=True):
            for (method, points), colour in zip(found["curves"].items(), colours, strict=True):
                x, y = [p[diversity] for p in points], [p[relevance] for p in points]
                axis.plot(x, y, marker=marks[method], color=colour, markersize=3.5, linewidth=1,
                          label=method)  # fmt: skip
            start = found["curves"]["xQuAD"][0]
            axis.plot(start[diversity], start[relevance], "o", color="#808080", markersize=11,
                      fillstyle="none")  # fmt: skip
            axis.set(xlabel=f"{label} →", title=f"{name}: {title}")
            axis.set_ylim(bottom=0)
            axis.locator_params(nbins=5)
    axes[0][0].legend(loc="lower left", fontsize=7)
    figure.tight_layout()
    common.save_picture(figure, path)


def table(curves: dict[str, list[dict[str, Any]]]) -> str:
    """For each method: HR@20, and its own diversity, by strength."""
    rows = []
    for name, points in curves.items():
        own = "ild_vectors" if METHODS[name][1] == "vectors" else "ild_labels"
        own = "kl" if name == "calibrated" else own
        shown = [p for p in points if p["strength"] in (0.0, *SHOWN)]
        for measure, title in (("hr", "HR@20"), ("mrr", "MRR@20"), (own, own), ("coverage",) * 2):
            rows.append([f"{name}: {title}", *(f"{p[measure]:.3f}" for p in shown)])
    return common.markdown(["strength", *map(str, (0, *SHOWN))], rows)


def main() -> None:
    """Trace the curves of both logs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--requests", type=int, default=4000)
    parser.add_argument("--plot", type=Path, default=common.ROOT / "docs/images/diversity.svg")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    data = common.data_folder()
    if data is None:
        sys.exit("the public logs are not here: set AISLE_DATA to their folder")
    setting = common.machine()
    sets: dict[str, Any] = {}
    loaders: dict[str, Callable[[Path], Log]] = {
        "uci_eshop_clickstream": eshop,
        "ml-latest-small": films,
    }
    for name, load in loaders.items():
        if not (data / name).is_dir():
            print(f"{name}: not in {data}", file=sys.stderr)
            continue
        begin = time.perf_counter()
        log = load(data)
        items = aisle.read_items(log.items, id="id", labels=["labels"])
        bundle = aisle.fit(log.train, items=items)
        made = placements()
        engine = aisle.Engine(bundle, strategy=made)
        shop = catalogue(bundle, engine, log)
        answers = ask(engine, log, list(made), options.requests)
        curves = trace(shop, answers)
        sets[name] = {
            "requests": len(answers.target),
            "visitors": len(np.unique(answers.visitor)),
            "train": len(log.train),
            "items": int((shop.counts > 0).sum()),
            "curves": curves,
        }
        took = time.perf_counter() - begin
        print(
            f"\n{name}: {len(answers.target)} requests, {took:.0f} s\n{table(curves)}", flush=True
        )
    result = {"machine": setting, "k": K, "sets": sets}
    print(f"written to {common.save('diversity', result, options.output)}")
    plot(sets, options.plot)


if __name__ == "__main__":
    main()
