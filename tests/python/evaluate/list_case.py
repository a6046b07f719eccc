"""A small synthetic case for metrics of lists, and what ranx and RecTools make of it."""

from __future__ import annotations

from typing import Any

import numpy as np

K = (1, 3, 5, 10)
USERS, ITEMS, DEPTH, LABELS = 40, 30, 10, 4


def case() -> dict[str, Any]:
    """Lists without ties, 1 to 6 targets each, a training log, one label for each item."""
    rng = np.random.default_rng(20)
    lists = np.stack([rng.permutation(ITEMS)[:DEPTH] for _ in range(USERS)])
    sizes = rng.integers(1, 7, USERS)
    targets = [np.sort(rng.permutation(ITEMS)[:n]) for n in sizes]
    seen = np.unique(
        np.stack([rng.integers(0, 25, 400), (ITEMS * rng.random(400) ** 2).astype(int)], axis=1),
        axis=0,
    )
    return {
        "lists": lists,
        "targets": np.concatenate(targets),
        "offsets": np.concatenate([[0], np.cumsum(sizes)]),
        "train": seen,
        "label": rng.integers(0, LABELS, ITEMS),
    }


def by_ranx(data: dict[str, Any]) -> dict[str, float]:
    from ranx import Qrels, Run, evaluate

    offsets = data["offsets"]
    qrels = Qrels(
        {
            f"q{n}": {f"i{item}": 1 for item in data["targets"][offsets[n] : offsets[n + 1]]}
            for n in range(USERS)
        }
    )
    run = Run(
        {
            f"q{n}": {f"i{item}": float(DEPTH - place) for place, item in enumerate(row)}
            for n, row in enumerate(data["lists"])
        }
    )
    names = {
        "HR": "hit_rate", "MRR": "mrr", "NDCG": "ndcg",
        "Recall": "recall", "Precision": "precision", "MAP": "map",
    }  # fmt: skip
    asked = {f"{name}@{k}": f"{theirs}@{k}" for name, theirs in names.items() for k in K}
    found = evaluate(qrels, run, list(asked.values()))
    return {name: float(found[theirs]) for name, theirs in asked.items()}


def by_rectools(data: dict[str, Any]) -> dict[str, float]:
    import pandas as pd
    import rectools.metrics as of
    from rectools.metrics.distances import PairwiseHammingDistanceCalculator

    offsets = data["offsets"]
    reco = pd.DataFrame(
        {
            "user_id": np.repeat(np.arange(USERS), DEPTH),
            "item_id": data["lists"].ravel(),
            "rank": np.tile(np.arange(1, DEPTH + 1), USERS),
        }
    )
    wanted = pd.DataFrame(
        {"user_id": np.repeat(np.arange(USERS), np.diff(offsets)), "item_id": data["targets"]}
    )
    before = pd.DataFrame({"user_id": data["train"][:, 0] + 1000, "item_id": data["train"][:, 1]})
    features = pd.DataFrame(np.eye(LABELS, dtype=int)[data["label"]])
    metrics: dict[str, Any] = {}
    for k in K:
        metrics |= {
            f"HR@{k}": of.HitRate(k),
            f"MRR@{k}": of.MRR(k),
            f"NDCG@{k}": of.NDCG(k, divide_by_achievable=True),
            f"Recall@{k}": of.Recall(k),
            f"Precision@{k}": of.Precision(k),
            f"MAP@{k}": of.MAP(k),
            f"coverage@{k}": of.CatalogCoverage(k, normalize=True),
            f"popularity@{k}": of.AvgRecPopularity(k),
            f"novelty@{k}": of.MeanInvUserFreq(k),
            f"serendipity@{k}": of.Serendipity(k),
        }
        if k > 1:
            calculator = PairwiseHammingDistanceCalculator(features)
            metrics[f"diversity@{k}"] = of.IntraListDiversity(k, distance_calculator=calculator)
    found = of.calc_metrics(metrics, reco, wanted, before, list(range(ITEMS)))
    # Two labels that differ are two of the features: Hamming counts each pair twice.
    return {
        name: float(value) / (2.0 if name.startswith("diversity") else 1.0)
        for name, value in found.items()
    }


def by_aisle(data: dict[str, Any]) -> dict[str, float]:
    from aisle.evaluate import beyond, targets

    lists, label = data["lists"], data["label"]
    relevant = np.diff(data["offsets"])
    stands = targets.found(lists, data["targets"], data["offsets"])
    found = {
        name: float(value.mean()) for name, value in targets.per_list(stands, relevant, K).items()
    }
    counts = np.bincount(data["train"][:, 1], minlength=ITEMS)
    visitors = len(np.unique(data["train"][:, 0]))
    for k in K:
        cut = lists[:, :k]
        hits = np.isfinite(stands[:, :k])
        found[f"coverage@{k}"] = float((beyond.exposure(cut, ITEMS) > 0).mean())
        found[f"popularity@{k}"] = float(beyond.popularity(cut, counts).mean())
        found[f"novelty@{k}"] = float(beyond.novelty(cut, counts, visitors).mean())
        found[f"serendipity@{k}"] = float(beyond.serendipity(cut, hits, counts, ITEMS).mean())
        if k > 1:
            found[f"diversity@{k}"] = float(beyond.label_diversity(cut, label).mean())
    return found
