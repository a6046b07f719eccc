"""Items that nobody has seen: a tenth of the items held out of training, on two public logs.

    python benchmarks/python/bench_cold.py [--sets uci_online_retail ml-latest-small] [--seeds 3]

The newest tenth of the events, in whole sessions, is the test. Of a random tenth of the items all
training events are taken out; the catalogue still has them. Every test event of such an item that
follows another event of its session, and is no repetition, is a target: where does the item stand
among 20 recommended from the session so far? Nothing is learned while the test is played, so the
items stay unseen. Ranks are among all items, and among the held-out items alone.

default        aisle.fit(train, items), its own recipe
vectors alone  Strategy.only("vectors"): the joined space, nothing else
without content  the default recipe of fit(content=None): what there was before
content kNN    cosine to the mean of the vectors of the session's last five items (ContentModel)
content kNN, decayed  the same with the engine's weights: 0.7 to the power of the steps since
popularity     events in training: held-out items have none, ties count against us

`known items` is the default recipe with and without content on the test events of all other items.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import common
import duckdb
import numpy as np

import aisle
from aisle.evaluate.log import as_log
from aisle.evaluate.streaming import followers

K = 20
LAST = 5
DECAY = 0.7
TARGETS = 3000
KNOWN_TARGETS = 4000


class Shop(NamedTuple):
    """A log and its items."""

    events: aisle.Events
    items: dict[str, list[Any]]


def online_retail(data: Path) -> Shop:
    """Baskets of a wholesaler; items have a line of text and a price."""
    file = data / "uci_online_retail" / "online_retail.csv.zst"
    log = aisle.read_events(file, format="uci-online-retail", on_error="skip")
    log = log._take(log.type == 3)  # purchases; refunds are no interest
    rows = duckdb.execute(
        "SELECT StockCode, Description, median(TRY_CAST(UnitPrice AS DOUBLE)) FROM "
        f"read_csv('{file}', all_varchar=true) WHERE Description IS NOT NULL "
        "GROUP BY 1, 2 ORDER BY 1, count(*) DESC, 2"
    ).fetchall()
    first = {code: (text, price) for code, text, price in reversed(rows)}
    titles, prices = zip(*first.values(), strict=True)
    return Shop(log, {"id": list(first), "title": list(titles), "price": list(prices)})


def movies(data: Path) -> Shop:
    """Ratings of films; items have a title, genres and tags."""
    folder = data / "ml-latest-small"

    def read(name: str, columns: str) -> list[Any]:
        return duckdb.execute(f"SELECT {columns} FROM '{folder / name}.csv.zst'").fetchall()

    ratings = read("ratings", "userId, movieId, timestamp")
    users, films, times = zip(*ratings, strict=True)
    log = aisle.Events.from_columns(visitor=users, item=films, time=times, time_unit="s")
    tags = defaultdict(set)
    for film, tag in read("tags", "movieId, lower(tag)"):
        tags[film].add(tag)
    ids, titles, genres = zip(*read("movies", "movieId, title, genres"), strict=True)
    return Shop(log, {
        "id": list(ids),
        "title": list(titles),
        "genres": [text.split("|") for text in genres],
        "tags": [sorted(tags[film]) or None for film in ids],
    })  # fmt: skip


SETS: dict[str, Callable[[Path], Shop]] = {
    "uci_online_retail": online_retail,
    "ml-latest-small": movies,
}


class Trial(NamedTuple):
    """One draw of held-out items."""

    train: aisle.Events
    test: aisle.Events
    items: dict[str, list[Any]]
    cold: set[str]
    rows: np.ndarray[Any, Any]
    cold_targets: np.ndarray[Any, Any]
    known_targets: np.ndarray[Any, Any]


def drawn(shop: Shop, seed: int) -> Trial:
    """Train and test parts, and the targets of both kinds."""
    log = as_log(shop.events)
    end = np.full(int(log.session.max()) + 1, np.iinfo(np.int64).min)
    np.maximum.at(end, log.session, log.time)
    order = np.argsort(end, kind="stable")
    sizes = np.bincount(log.session, minlength=len(end))[order]
    newest = np.zeros(len(end), bool)
    newest[order[np.searchsorted(np.cumsum(sizes), 0.9 * len(shop.events)) :]] = True
    is_test = newest[log.session]
    rng = np.random.default_rng(seed)
    ids = np.asarray(shop.events.items).astype(str)
    cold = np.zeros(len(ids), bool)
    cold[rng.choice(len(ids), len(ids) // 10, replace=False)] = True
    train = shop.events._take(~is_test & ~cold[log.item])
    test = shop.events._take(is_test)
    table = as_log(test)
    rows = np.argsort(table.time, kind="stable")
    following = followers(table, rows)
    names = np.asarray(test.items).astype(str)
    is_cold = np.isin(names, ids[cold])
    has_text = np.isin(names, np.asarray(shop.items["id"]).astype(str))
    trained = np.isin(names, np.asarray(train.items).astype(str))
    item = table.item[np.maximum(following, 0)]
    seen: dict[int, set[int]] = defaultdict(set)
    fresh = np.zeros(len(rows), bool)
    for n, row in enumerate(rows):
        met = seen[int(table.session[row])]
        met.add(int(table.item[row]))
        fresh[n] = item[n] not in met

    def only(wanted: Any, most: int) -> Any:
        found = np.flatnonzero((following >= 0) & wanted & fresh)
        found = np.sort(rng.permutation(found)[:most])
        chosen = np.full(len(rows), -1, np.int64)
        chosen[found] = following[found]
        return chosen

    return Trial(
        train, test,
        {**shop.items, "cold": np.isin(np.asarray(shop.items["id"]).astype(str), ids[cold])},
        set(ids[cold]), rows, only(is_cold[item] & has_text[item], TARGETS),
        only(trained[item] & ~is_cold[item], KNOWN_TARGETS),
    )  # fmt: skip


def scores(ranks: Any) -> dict[str, float]:
    """HR and MRR of places; 0: not in the list."""
    hit = (ranks > 0) & (ranks <= K)
    return {"HR@20": float(hit.mean()), "MRR@20": float((hit / np.maximum(ranks, 1)).mean())}


def asked(bundle: aisle.Bundle, trial: Trial, following: Any, strategy: Any) -> dict[str, Any]:
    """An engine that learns nothing, at those targets."""
    engine = aisle.Engine(bundle, strategy=strategy)
    ranks, ns, _ = engine._replay(trial.test, trial.rows, following, k=K, learn=False)
    there = following >= 0
    return {**scores(ranks[there]), "us": float(np.median(ns[there]) / 1e3)}


def by_content(
    trial: Trial, model: aisle.content.ContentModel, among: str, decay: float
) -> dict[str, Any]:
    """Cosine to the mean of the last items."""
    ids = np.asarray(trial.items["id"]).astype(str)
    place = {name: n for n, name in enumerate(ids)}
    rows = model.transform({k: v for k, v in trial.items.items() if k != "cold"})
    allowed = np.ones(len(ids), bool) if among == "all" else np.asarray(trial.items["cold"])
    table = as_log(trial.test)
    names = np.asarray(trial.test.items).astype(str)
    sessions: dict[int, list[int]] = defaultdict(list)
    ranks, took = [], []
    for row, target in zip(trial.rows, trial.cold_targets, strict=True):
        session = sessions[int(table.session[row])]
        session.append(place.get(names[table.item[row]], -1))
        if target < 0:
            continue
        clock = time.perf_counter_ns()
        last = [one for one in session[-LAST:] if one >= 0]
        weight = np.float32(decay) ** np.arange(len(last), dtype=np.float32)[::-1]
        near = rows @ (weight @ rows[last]) if last else np.zeros(len(rows), np.float32)
        near[last] = -2
        near[~allowed] = -2
        ranks.append(int((near >= near[place[names[table.item[target]]]]).sum()))
        took.append(time.perf_counter_ns() - clock)
    return {**scores(np.array(ranks)), "us": statistics.median(took) / 1e3}


def measure(shop: Shop, seed: int) -> dict[str, Any]:
    """One draw: every method among all items and among the held-out ones."""
    trial = drawn(shop, seed)
    bundles, fit_s = {}, {}
    items = {name: column for name, column in trial.items.items() if name != "cold"}
    # The flag is for the filter below: no part of what an item is.
    columns = [name for name in items if name != "id"]
    for name, content in (
        ("with", aisle.content.ContentModel(columns=columns)),
        ("without", None),
    ):
        begin = time.perf_counter()
        bundles[name] = aisle.fit(trial.train, trial.items, content=content)
        fit_s[name] = time.perf_counter() - begin
    begin = time.perf_counter()
    model = aisle.content.ContentModel(columns=columns).fit(items)
    fit_s["content model"] = time.perf_counter() - begin
    found: dict[str, Any] = {"fit_s": fit_s, "rows": {}}
    for among, rule in (("all", {}), ("cold", {"filter": "cold"})):
        recipes = {
            "default": (bundles["with"], aisle.Strategy(**rule)),
            "vectors alone": (
                bundles["with"],
                aisle.Strategy(sources={"vectors": 100}, weights={"vectors.place": 1.0}, **rule),
            ),
            "without content": (bundles["without"], aisle.Strategy(**rule)),
        }
        rows = {
            name: asked(bundle, trial, trial.cold_targets, strategy)
            for name, (bundle, strategy) in recipes.items()
        }
        rows["content kNN"] = by_content(trial, model, among, 1.0)
        rows["content kNN, decayed"] = by_content(trial, model, among, DECAY)
        # All held-out items have no event: all of them tie, behind all others.
        rows["popularity"] = {"HR@20": 0.0, "MRR@20": 0.0, "us": 0.0}
        found["rows"][among] = rows
    found["known"] = {
        name: asked(bundle, trial, trial.known_targets, None) for name, bundle in bundles.items()
    }
    found["targets"] = {
        "cold": int((trial.cold_targets >= 0).sum()),
        "known": int((trial.known_targets >= 0).sum()),
        "held out": len(trial.cold),
    }
    found["bundle_mb"] = {name: bundle.nbytes / 1e6 for name, bundle in bundles.items()}
    found["scorer"] = {name: bundle.manifest["scorer"] for name, bundle in bundles.items()}
    return found


def mean(found: list[dict[str, Any]], *path: str) -> str:
    """Mean and range over the seeds."""
    values = []
    for one in found:
        value: Any = one
        for name in path:
            value = value[name]
        values.append(float(value))
    return f"{statistics.mean(values):.4f} ({min(values):.3f}-{max(values):.3f})"


def table(sets: dict[str, list[dict[str, Any]]]) -> str:
    """HR@20 by method, over all items and over the held-out ones."""
    rows = []
    for name, found in sets.items():
        for method in found[0]["rows"]["all"]:
            us = statistics.median(one["rows"]["all"][method]["us"] for one in found)
            cells = [mean(found, "rows", among, method, "HR@20") for among in ("all", "cold")]
            rows.append([name, method, *cells, f"{us:.0f}"])
    head = ["set", "method", "HR@20 among all", "among held out", "µs"]
    return common.markdown(head, rows)


def main() -> None:
    """Measure the sets that are there."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--output", type=Path, help="JSON file; default: results/cold.json")
    options = parser.parse_args()
    data = common.data_folder()
    if data is None:
        sys.exit("the public logs are not here: set AISLE_DATA to their folder")
    result: dict[str, Any] = {"machine": common.machine(), "sets": {}}
    for name in options.sets:
        shop = SETS[name](data)
        result["sets"][name] = []
        for seed in range(options.seeds):
            print(f"{name}, seed {seed} …", file=sys.stderr, flush=True)
            result["sets"][name].append(measure(shop, seed))
    print(table(result["sets"]))
    for name, found in result["sets"].items():
        for which in ("with", "without"):
            told = [f"{m} {mean(found, 'known', which, m)}" for m in ("HR@20", "MRR@20")]
            print(f"- {name}, known items, {which} content: {', '.join(told)}")
    for name, found in result["sets"].items():
        fit_s = {key: round(statistics.median(one["fit_s"][key] for one in found), 1)
                 for key in found[0]["fit_s"]}  # fmt: skip
        print(f"- {name}: targets {found[0]['targets']}, fit in s {fit_s}")
    print(f"written to {common.save('cold', result, options.output)}")


if __name__ == "__main__":
    main()
