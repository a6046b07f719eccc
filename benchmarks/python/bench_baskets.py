"""Next baskets, repeat purchases and what is bought together, on public shops.

    python benchmarks/python/bench_baskets.py [--parts tafeng buy_again together]

tafeng      the last basket of each of 13,858 visitors, from the ones before: recall@10 and ndcg@10
            over all items, and for the items bought before (repeat) and the others (explore). The
            split into visitors of the published tables is not used: nobody's last basket is
            trained on, everybody's history is.
buy_again   UCI online retail: what a customer bought before and buys again in the 30 days after
            each of three days, by the log up to that day. Average precision over all pairs of
            customer and item, and the share of hits among each customer's first ten.
together    UCI online retail: the orders of the last tenth of time; each item of an order asks for
            the other items of it. HR@10: any of them among ten; recall@10: their share.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import common
import numpy as np

import aisle

M = aisle.models
K = 10
Table = dict[str, dict[str, float]]
Histories = list[list[list[int]]]
DAY = 86_400_000_000


def ta_feng(data: Path) -> tuple[aisle.Events, Histories, list[list[int]]]:
    """The log without last baskets, histories, last baskets."""
    path = data / "tafeng_baskets" / "tafeng_merged.json.zst"
    text = subprocess.run(["zstd", "-dc", str(path)], capture_output=True, check=True).stdout
    users: Histories = [user for user in json.loads(text).values() if len(user) > 1]
    rows = [
        (number, place, item)
        for number, user in enumerate(users)
        for place, basket in enumerate(user[:-1])
        for item in basket
    ]
    visitor, place, item = np.array(rows).T
    events = aisle.Events.from_columns(
        visitor=visitor, item=item, time=1_500_000_000 + place, time_unit="s", type="purchase"
    )
    return events, [user[:-1] for user in users], [user[-1] for user in users]


def basket_metrics(lists: list[list[int]], wanted: list[set[int]]) -> dict[str, float]:
    """Mean recall and ndcg of those visitors that have something to find."""
    recall, ndcg = [], []
    discounts = 1 / np.log2(np.arange(2, K + 2))
    for ranked, target in zip(lists, wanted, strict=True):
        if not target:
            continue
        hits = np.array([item in target for item in ranked[:K]] + [False] * (K - len(ranked)))
        recall.append(hits.sum() / len(target))
        ndcg.append((hits @ discounts) / discounts[: min(K, len(target))].sum())
    return {"recall": float(np.mean(recall)), "ndcg": float(np.mean(ndcg))}


def top_popular(histories: Histories) -> list[list[int]]:
    counts = Counter(item for user in histories for basket in user for item in basket)
    best = [item for item, _ in counts.most_common(K)]
    return [best] * len(histories)


def top_personal(histories: Histories) -> list[list[int]]:
    """Own frequency, then popularity."""
    counts = Counter(item for user in histories for basket in user for item in basket)
    popular = [item for item, _ in counts.most_common(2 * K + 50)]
    lists = []
    for user in histories:
        own = Counter(item for basket in user for item in basket)
        mine = sorted(own, key=lambda item: (-own[item], -counts[item], item))[:K]
        lists.append((mine + [item for item in popular if item not in own])[:K])
    return lists


def tafeng(data: Path, threads: int) -> Table:
    """Recall and ndcg of the last basket."""
    events, histories, lasts = ta_feng(data)
    owned = [{item for basket in user for item in basket} for user in histories]
    targets = [set(last) for last in lasts]
    wanted = {
        "": targets,
        " repeat": [t & o for t, o in zip(targets, owned, strict=True)],
        " explore": [t - o for t, o in zip(targets, owned, strict=True)],
    }
    models: dict[str, Any] = {
        "TIFUKNN": M.TIFUKNN(),
        "TIFUKNN code": M.TIFUKNN(variant="code"),
        "UPCF": M.UPCF(),
    }
    plain = {"TopPopular": top_popular, "TopPersonal": top_personal}
    found: Table = {}
    for name in [*plain, *models]:
        print(f"tafeng: {name} …", file=sys.stderr, flush=True)
        begin = time.perf_counter()
        fit = query = 0.0
        if name in plain:
            lists = plain[name](histories)
        else:
            model = models[name].fit(events)
            fit = time.perf_counter() - begin
            items, _ = model.recommend_basket_batch(histories, K, threads=threads)
            query = time.perf_counter() - begin - fit
            lists = [[item for item in row if item is not None] for row in items.tolist()]
        row = {"fit_s": fit, "all_queries_s": query}
        for part, target in wanted.items():
            row |= {f"{k}@10{part}": v for k, v in basket_metrics(lists, target).items()}
        found[name] = row
    return found


def retail(data: Path) -> aisle.Events:
    """Purchases of customers that are known."""
    path = data / "uci_online_retail" / "online_retail.csv.zst"
    log = aisle.read_events(path, format="uci-online-retail")
    return log._take(log.type == 3)


def average_precision(scores: np.ndarray[Any, Any], hits: np.ndarray[Any, Any]) -> float:
    """Area under precision and recall; ties in the worst order."""
    order = np.lexsort((hits, -scores))
    found = hits[order]
    precision = np.cumsum(found) / np.arange(1, len(found) + 1)
    return float((precision * found).sum() / max(1, found.sum()))


def first_ten(visitor: Any, scores: Any, hits: Any) -> float:
    """Mean share of hits among each visitor's first ten, of visitors that have a hit at all."""
    order = np.lexsort((hits, -scores, visitor))
    who, found = visitor[order], hits[order]
    starts = np.flatnonzero(np.r_[True, who[1:] != who[:-1]])
    place = np.arange(len(who)) - np.repeat(starts, np.diff(np.r_[starts, len(who)]))
    total = np.add.reduceat(found.astype(float), starts)
    top = np.add.reduceat((found & (place < K)).astype(float), starts)
    return float((top[total > 0] / np.minimum(total[total > 0], K)).mean())


def buy_again(data: Path, threads: int) -> Table:
    """The next 30 days of what was bought before."""
    log = retail(data)
    names = np.asarray(log.visitors).astype(str)
    log = log._take(~np.isin(log.visitor, np.flatnonzero(np.char.startswith(names, "?"))))
    scores: dict[str, list[Any]] = {}
    truth, who = [], []
    for number, at in enumerate(("2011-07-01", "2011-09-01", "2011-11-01")):
        now = int(np.datetime64(at, "us").astype(np.int64))
        past, rest = log.split(at=at)
        soon, _ = rest.split(at=now + 30 * DAY)
        later = set(zip(soon.visitors[soon.visitor], soon.items[soon.item], strict=True))
        table = M.BuyAgain(model="rcp").fit(past).due(at=at)
        pairs = list(zip(table["visitor"].tolist(), table["item"].tolist(), strict=True))
        truth.append(np.array([pair in later for pair in pairs]))
        codes = np.unique(table["visitor"].astype(str), return_inverse=True)[1]
        who.append(codes + 10_000_000 * number)
        last = table["last_purchase"].astype(np.int64).astype(float)
        methods = {"recency": last, "frequency": table["purchases"] + last / 1e18}
        for model in ("rcp", "atd", "pg", "mpg"):
            begin = time.perf_counter()
            due = M.BuyAgain(model=model).fit(past).due(at=at)
            took = time.perf_counter() - begin
            print(f"buy_again {at} {model}: {took:.1f} s", file=sys.stderr, flush=True)
            by_pair = dict(
                zip(
                    zip(due["visitor"].tolist(), due["item"].tolist(), strict=True),
                    due["probability"].tolist(),
                    strict=True,
                )
            )
            methods[f"BuyAgain {model}"] = np.array([by_pair[pair] for pair in pairs])
        for name, values in methods.items():
            scores.setdefault(name, []).append(values)
    hits, visitors = np.concatenate(truth), np.concatenate(who)
    found: Table = {"base rate": {"average precision": float(hits.mean())}}
    for name, parts in scores.items():
        values = np.concatenate(parts)
        found[name] = {
            "average precision": average_precision(values, hits),
            "hits in first ten": first_ten(visitors, values, hits),
        }
        if name.startswith("BuyAgain"):
            found[name]["mean probability"] = float(values.mean())
    return found


def together(data: Path, threads: int) -> Table:
    """Held-out orders: one item asks for the others."""
    log = retail(data)
    cut = np.quantile(log.time, 0.9)
    train, test = log._take(log.time < cut), log._take(log.time >= cut)
    orders: dict[int, set[Any]] = {}
    known = set(train.items.tolist())
    order_of = test.session if test.session is not None else test.visitor
    for order, item in zip(order_of.tolist(), test.items[test.item].tolist(), strict=True):
        if item in known:
            orders.setdefault(order, set()).add(item)
    queries = [
        (x, order - {x})
        for order in orders.values()
        if len(order) > 1
        for x in sorted(order, key=str)
    ]
    rng = np.random.default_rng(0)
    queries = [queries[i] for i in rng.permutation(len(queries))[:20_000]]
    models: dict[str, Any] = {
        "Popularity": M.Popularity(),
        "P(y|x)": M.BoughtTogether(measure="conditional", smoothing=0.0, threads=threads),
    }
    for measure in ("conditional", "lift", "llr", "cosine", "amazon"):
        models[measure] = M.BoughtTogether(measure=measure, threads=threads)
    models["lift, shrink 10"] = M.BoughtTogether(measure="lift", shrink=10, threads=threads)
    models["cosine, shrink 10"] = M.BoughtTogether(measure="cosine", shrink=10, threads=threads)
    found: Table = {}
    for name, model in models.items():
        print(f"together: {name} …", file=sys.stderr, flush=True)
        begin = time.perf_counter()
        model.fit(train)
        fit = time.perf_counter() - begin
        # One more than ten: popularity lists the item that asks.
        items, _ = model.recommend_batch([[x] for x, _ in queries], K + 1, threads=threads)
        hits, share, answered, listed = [], [], 0, set()
        for (x, others), row in zip(queries, items.tolist(), strict=True):
            best = [item for item in row if item is not None and item != x][:K]
            hits.append(any(item in others for item in best))
            share.append(sum(item in others for item in best) / min(K, len(others)))
            answered += bool(best)
            listed.update(best)
        found[name] = {
            "HR@10": float(np.mean(hits)),
            "recall@10": float(np.mean(share)),
            "answered": answered / len(queries),
            "coverage": len(listed) / len(known),
            "fit_s": fit,
        }
    return found


PARTS: dict[str, Callable[[Path, int], Table]] = {
    "tafeng": tafeng,
    "buy_again": buy_again,
    "together": together,
}


def main() -> None:
    """Measure the parts that are asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=list(PARTS))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--output", type=Path, help="JSON file; default: results/baskets.json")
    options = parser.parse_args()
    data = common.data_folder()
    if data is None:
        sys.exit("the public logs are not here: set AISLE_DATA to their folder")
    result: dict[str, Any] = {"machine": common.machine()}
    for part in options.parts:
        table = result[part] = PARTS[part](data, options.threads)
        head = max(table.values(), key=len)
        cells = [
            [name, *(f"{row[key]:.4f}" if key in row else "" for key in head)]
            for name, row in table.items()
        ]
        print(common.markdown([part, *head], cells), end="\n\n")
    print(f"written to {common.save('baskets', result, options.output)}")


if __name__ == "__main__":
    main()
