"""What diversity costs: relevance against intra-list diversity, at all strengths.

    python benchmarks/python/bench_diversity.py [--questions 1500]

Candidates and their relevance are those of a fitted V-SKNN (`aisle.models.VSKNN`, its defaults):
the best 100 items for a session so far, of which ten are picked. Two logs:

uci_eshop_clickstream  sessions of a clothes shop, fitted on those before 15 July 2008; of each
                       later session the items before one step are asked with, the next is the
                       target
ml-latest-small        ratings of films, a visitor a session, five folds of visitors; the first four
                       fifths of what a visitor rated are asked with, the films liked later (4 stars
                       or more) are the targets, what was rated before is left out

MMR and the DPP go by vectors: of category, colour and price band, or of genres (0 or 1 each, then
brought to length 1); xQuAD and calibration by the aspects (category and colour, or genres) and by
those of the session. Measured are HR@10 and NDCG@10, the mean unlikeness of two items of a list
(ILD; two clothes are as like as the share of the three in which they are equal, two films as the
Jaccard index of their genres), the number of distinct aspects in it, and its calibration (KL from
the session's aspects to the list's, with Steck's smoothing of .01).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import common
import numpy as np
import numpy.typing as npt

import aisle
from aisle import _core

K = 10
POOL = 100
STRENGTHS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
MEASURES = ("hr", "ndcg", "ild", "aspects", "kl")
Floats = npt.NDArray[np.float64]


@dataclass
class Shop:
    """Of each item its aspects as small numbers, and a vector of length 1."""

    aspects: dict[Any, list[int]]
    vectors: dict[Any, npt.NDArray[np.float32]]
    aspect_count: int


@dataclass
class Question:
    """One list to make: candidates best first, what was asked with, what would have been right."""

    items: list[Any]
    relevance: npt.NDArray[np.float32]
    before: list[Any]
    targets: set[Any]


def codes_of(values: Sequence[Any]) -> npt.NDArray[np.int64]:
    return np.unique(np.asarray(values), return_inverse=True)[1]


def unit(rows: Floats) -> npt.NDArray[np.float32]:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(length > 0, length, 1)).astype(np.float32)


def eshop_shop(path: Path) -> Shop:
    """Category, colour and price band of each model: the product is the share of equals."""
    import duckdb

    rows = duckdb.sql(
        'select "page 2 (clothing model)", any_value("page 1 (main category)"), mode(colour), '
        f"any_value(price) from read_csv('{path}', delim=';') group by 1 order by 1"
    ).fetchall()
    names, category, colour, price = zip(*rows, strict=True)
    band = np.searchsorted(np.quantile(price, [0.2, 0.4, 0.6, 0.8]), price)
    columns = [codes_of(category), codes_of(colour), band]
    blocks = [np.eye(int(column.max()) + 1)[column] for column in columns]
    vectors = unit(np.hstack(blocks))
    first = int(columns[0].max()) + 1
    aspects = {n: [int(columns[0][i]), first + int(columns[1][i])] for i, n in enumerate(names)}
    return Shop(aspects, dict(zip(names, vectors, strict=True)), first + int(columns[1].max()) + 1)


def candidates(model: Any, before: list[Any], targets: set[Any], **options: Any) -> Question | None:
    items, scores = model.recommend(before, POOL, **options)
    if len(items) < K:
        return None
    return Question(items.tolist(), scores.astype(np.float32), before, targets)


def eshop(data: Path, most: int) -> tuple[Shop, list[Question]]:
    """One random step of each session after the fit."""
    path = data / "uci_eshop_clickstream" / "e-shop clothing 2008.csv.zst"
    train, test = aisle.read_events(path, format="uci-eshop").split(at="2008-07-15")
    model = aisle.models.VSKNN().fit(train)
    order = np.lexsort((np.arange(len(test)), test.time, test.session))
    items, sessions = test.items[test.item[order]], test.session[order]
    rng = np.random.default_rng(7)
    parts = np.split(items, np.flatnonzero(np.diff(sessions)) + 1)
    parts = [part.tolist() for part in parts if len(part) > 1]
    questions = []
    for at in rng.permutation(len(parts))[:most]:
        step = int(rng.integers(1, len(parts[at])))
        asked = candidates(model, parts[at][:step], {parts[at][step]})
        questions += [asked] if asked else []
    return eshop_shop(path), questions


def films(data: Path, most: int) -> tuple[Shop, list[Question]]:
    """The later likes of every visitor, from a model of the other visitors."""
    import duckdb

    folder = data / "ml-latest-small"
    movies = duckdb.sql(f"select movieId, genres from '{folder}/movies.csv.zst'").fetchall()
    names = sorted({genre for _, genres in movies for genre in genres.split("|")})
    aspects = {movie: [names.index(g) for g in genres.split("|")] for movie, genres in movies}
    hot = np.array([[g in aspects[movie] for g in range(len(names))] for movie, _ in movies])
    vectors = dict(zip(aspects, unit(hot.astype(np.float64)), strict=True))
    rated = duckdb.sql(
        'select userId as visitor, userId as session, movieId as item, "timestamp" as "time", '
        f"rating from '{folder}/ratings.csv.zst' order by visitor, time, item"
    ).df()
    rated["time"] = rated["time"].astype("datetime64[s]")
    questions = []
    for fold in range(5):
        of_others = rated[rated.visitor % 5 != fold].drop(columns="rating")
        model = aisle.models.VSKNN().fit(aisle.read_events(of_others))
        for _, mine in rated[rated.visitor % 5 == fold].groupby("visitor"):
            cut = len(mine) * 4 // 5
            later = mine[cut:]
            targets = set(later[later.rating >= 4].item.tolist())
            before = mine[:cut].item.tolist()
            asked = candidates(model, before, targets, exclude_seen=True) if targets else None
            questions += [asked] if asked else []
    return Shop(aspects, vectors, len(names)), questions[:most]


def likeness(shop: Shop, items: list[Any], by_genre: bool) -> Floats:
    """Of each two: equal attributes of three, or the Jaccard index of genres."""
    rows = np.stack([shop.vectors[item] for item in items]).astype(np.float64)
    if not by_genre:
        return rows @ rows.T
    has = (rows > 0).astype(np.float64)
    shared, count = has @ has.T, has.sum(axis=1)
    return shared / (count[:, None] + count[None, :] - shared)


def session_aspects(shop: Shop, before: list[Any]) -> npt.NDArray[np.float32]:
    weights = np.zeros(shop.aspect_count, np.float32)
    for item in before:
        for aspect in shop.aspects.get(item, []):
            weights[aspect] += 1 / len(shop.aspects[item])
    return weights


def measure(shop: Shop, question: Question, places: Sequence[int], by_genre: bool) -> list[float]:
    """One list: a number for each of MEASURES."""
    picked = [question.items[place] for place in places]
    hits = np.array([item in question.targets for item in picked], float)
    discount = 1 / np.log2(np.arange(2, K + 2))
    ideal = discount[: min(K, len(question.targets))].sum()
    like = likeness(shop, picked, by_genre)
    apart = 1 - like[np.triu_indices(len(picked), 1)].mean()
    wanted, got = session_aspects(shop, question.before), session_aspects(shop, picked)
    p, q = wanted / max(wanted.sum(), 1e-9), got / max(got.sum(), 1e-9)
    there = p > 0
    kl = float(np.sum(p[there] * np.log(p[there] / (0.99 * q[there] + 0.01 * p[there]))))
    distinct = len({aspect for item in picked for aspect in shop.aspects[item]})
    return [float(hits.any()), float(hits @ discount[: len(hits)] / ideal), apart, distinct, kl]


Rerank = Callable[[Question, float], npt.NDArray[np.uint32]]


def rerankers(shop: Shop) -> dict[str, Rerank]:
    def rows(question: Question) -> npt.NDArray[np.float32]:
        return np.stack([shop.vectors[item] for item in question.items])

    def lists(question: Question) -> list[list[int]]:
        return [shop.aspects[item] for item in question.items]

    return {
        "MMR": lambda q, s: _core.rerank_mmr(q.relevance, K, vectors=rows(q), lambda_=1 - s),
        "DPP": lambda q, s: _core.rerank_dpp(q.relevance, K, vectors=rows(q), strength=s),
        "xQuAD": lambda q, s: _core.rerank_xquad(
            q.relevance, K, lists(q), interest=session_aspects(shop, q.before), strength=s
        ),
        "calibration": lambda q, s: _core.rerank_calibrated(
            q.relevance, K, lists(q), session_aspects(shop, q.before), strength=s
        ),
    }


def trace(shop: Shop, questions: list[Question], by_genre: bool) -> dict[str, list[dict[str, Any]]]:
    """The means of every measure for each reranker and strength."""
    curves: dict[str, list[dict[str, Any]]] = {}
    for name, rerank in rerankers(shop).items():
        curves[name] = []
        for strength in STRENGTHS:
            rows = [measure(shop, q, rerank(q, strength).tolist(), by_genre) for q in questions]
            means = dict(zip(MEASURES, np.mean(rows, axis=0).round(4).tolist(), strict=True))
            curves[name].append({"strength": strength} | means)
    return curves


def plot(sets: dict[str, Any], path: Path) -> None:
    """NDCG against diversity, and against calibration; a curve begins where strength is 0."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "aisle"
    from matplotlib import pyplot

    marks = {"MMR": "o", "DPP": "s", "xQuAD": "^", "calibration": "D"}
    axes_of = (("ild", "intra-list diversity →"), ("kl", "← miscalibration (KL)"))
    figure, axes = pyplot.subplots(len(sets), 2, figsize=(10, 4 * len(sets)), squeeze=False)
    for row, (name, found) in zip(axes, sets.items(), strict=True):
        for axis, (measured, label) in zip(row, axes_of, strict=True):
            for reranker, points in found["curves"].items():
                x, y = [p[measured] for p in points], [p["ndcg"] for p in points]
                axis.plot(x, y, marker=marks[reranker], markersize=4, linewidth=1, label=reranker)
            start = found["curves"]["MMR"][0]
            axis.plot(start[measured], start["ndcg"], "k*", markersize=12, label="strength 0")
            axis.set(xlabel=label, ylabel=f"NDCG@{K}", title=name)
            axis.grid(alpha=0.3)
            if measured == "kl":
                axis.invert_xaxis()
    axes[0][0].legend(loc="lower left", fontsize=8)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=120)


def table(curves: dict[str, list[dict[str, Any]]]) -> str:
    rows = [
        [name, point["strength"], *(f"{point[measure]:.3f}" for measure in MEASURES)]
        for name, points in curves.items()
        for point in points
    ]
    return common.markdown(["", "strength", *MEASURES], rows)


def main() -> None:
    """Trace the curves of both logs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--questions", type=int, default=1500)
    parser.add_argument("--plot", type=Path, default=common.ROOT / "docs/images/diversity.svg")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    data = common.data_folder()
    if data is None:
        sys.exit("the public logs are not here: set AISLE_DATA to their folder")
    sets: dict[str, Any] = {}
    for name, load in {"uci_eshop_clickstream": eshop, "ml-latest-small": films}.items():
        if not (data / name).is_dir():
            print(f"{name}: not in {data}", file=sys.stderr)
            continue
        begin = time.perf_counter()
        shop, questions = load(data, options.questions)
        curves = trace(shop, questions, by_genre=load is films)
        sets[name] = {"questions": len(questions), "curves": curves}
        print(f"\n{name}: {len(questions)} lists, {time.perf_counter() - begin:.0f} s")
        print(table(curves))
    common.save("diversity", {"machine": common.machine(), "sets": sets}, options.output)
    plot(sets, options.plot)


if __name__ == "__main__":
    main()
