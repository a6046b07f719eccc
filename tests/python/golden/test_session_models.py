"""Session models against lists that session-rec made of the real logs.

What an implementation must imitate is written beside the lists. ``.dettie`` lists have a
written choice at the cuts (the more recent session wins), so all rows must agree but a counted few
whose similarities are equal in mathematics and differ in the last bit.
"""

from __future__ import annotations

import csv
import functools
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import zstandard

import aisle

KNN: dict[str, Callable[[float | None], aisle.models.Model]] = {
    "sknn": lambda _: aisle.models.SKNN(k=100, sample_size=500),
    "vsknn_k100": lambda _: aisle.models.VSKNN(k=100, sample_size=1000),
    "vsknn_k1500": lambda _: aisle.models.VSKNN(
        k=1500,
        sample_size=2500,
        weighting="same",
        weighting_score="linear",
        idf_weighting=10,
    ),
    "stan": lambda days: aisle.models.STAN(
        k=500, sample_size=1000, lambda_spw=1.81, lambda_snh=days, lambda_inh=0.4525
    ),
    "vstan": lambda days: _vstan("cosine", days),
    "vstan_vec": lambda days: _vstan("vec", days),
}
RULES: dict[str, Callable[[float | None], aisle.models.Model]] = {
    "sr": lambda _: aisle.models.SequentialRules(steps=8, weighting="div", pruning=20),
    "ar": lambda _: aisle.models.AssociationRules(pruning=20),
}
MODELS = KNN | RULES


def _vstan(similarity: str, days: float | None) -> aisle.models.Model:
    return aisle.models.VSTAN(
        k=1000,
        sample_size=2500,
        similarity=similarity,
        lambda_spw=3.62,
        lambda_snh=days,
        lambda_inh=0.4525,
        lambda_ipw=3.62,
        lambda_idf=1,
    )


SETS = {
    "yoochoose_100k_timestamps": (
        "session-rec",
        "yoochoose-clicks-100k_train_full.txt.zst",
        "yoochoose-clicks-100k_test.txt.zst",
    ),
    "bol_serenade_toy": ("serenade", "train.txt.zst", "test.txt.zst"),
    "sessions_diginetica": ("sequences", "train_sessions.txt.zst", "test_sessions.txt.zst"),
    "sessions_yoochoose1_64": ("sequences", "train_sessions.txt.zst", "test_sessions.txt.zst"),
}
# Rows that hang on the last bit of a similarity, as the lists' own description counts them.
LAST_BIT = {
    ("yoochoose_100k_timestamps", "vsknn_k100"): 1,
    ("sessions_diginetica", "sknn"): 5,
    ("sessions_diginetica", "vsknn_k100"): 7,
    ("sessions_yoochoose1_64", "sknn"): 7,
    ("sessions_yoochoose1_64", "vsknn_k100"): 4,
}
# One target of 931 has, in mathematics, the score of another item: sums in another order differ.
TIED_TARGETS = {("bol_serenade_toy", "vsknn_k100"): 2e-4}
EVERY_KNN = [(name, method) for name in SETS for method in KNN]
EVERY_RULES = [(name, method) for name in SETS for method in RULES]
EVERY = EVERY_KNN + EVERY_RULES
WITH_TIMES = ("yoochoose_100k_timestamps", "bol_serenade_toy")


@functools.cache
def train(data: Path, name: str) -> aisle.Events:
    return aisle.read_events(data / name / SETS[name][1], format=SETS[name][0])


@functools.cache
def fitted(data: Path, name: str, method: str) -> aisle.models.Model:
    days = 100.0 if name in WITH_TIMES else None  # a log of sequences alone has no days
    return MODELS[method](days).fit(train(data, name))


def rows_of(path: Path, delimiter: str = ",") -> Iterator[dict[str, str]]:
    with zstandard.open(path, "rt") as text:
        yield from csv.DictReader(io.StringIO(text.read()), delimiter=delimiter)


def agrees(got: dict[str, float], want: dict[str, float], k: int = 20) -> bool:
    """The same scores; items may be permuted inside equal scores, at the cut also exchanged."""
    if len(got) != len(want):
        return False
    mine, theirs = sorted(got.values()), sorted(want.values())
    if not np.allclose(mine, theirs, rtol=0, atol=1e-9):
        return False
    cut = theirs[0] + 1e-9 if len(want) == k else -1.0
    return all(abs(got.get(item, -1) - s) <= 1e-9 for item, s in want.items() if s > cut)


def faults(model: aisle.models.Model, rows: list[dict[str, str]]) -> list[str]:
    """The rows whose list is another."""
    prefixes = [row["prefix"].split() for row in rows]
    items, scores = model.recommend_batch(prefixes, k=20, threads=2)
    wrong = []
    for row, found, score in zip(rows, items, scores, strict=True):
        there = ~np.isnan(score)
        top = score[0] if there.any() else 1.0
        got = {str(i): s / top for i, s in zip(found[there], score[there], strict=True)}
        values = [float(value) for value in row["scores"].split()]
        want = dict(zip(row["items"].split(), [v / values[0] for v in values], strict=True))
        if not agrees(got, want):
            wrong.append(f"session {row['session']} position {row['position']}")
    return wrong


@pytest.mark.parametrize(("name", "method"), EVERY_KNN)
def test_lists_agree_on_all_rows_when_the_newer_session_wins_at_the_cuts(
    data: Path, golden: Path, name: str, method: str
) -> None:
    rows = list(rows_of(golden / "session_models" / name / f"{method}.dettie.csv.zst"))
    assert len(rows) > 400
    wrong = faults(fitted(data, name, method), rows)
    assert len(wrong) <= LAST_BIT.get((name, method), 0), wrong


@pytest.mark.parametrize(("name", "method"), EVERY_KNN)
def test_lists_agree_on_rows_without_ties_at_the_cuts(
    data: Path, golden: Path, name: str, method: str
) -> None:
    rows = [
        row
        for row in rows_of(golden / "session_models" / name / f"{method}.csv.zst")
        if row["m_tie"] == row["k_tie"] == "0"
    ]
    assert len(rows) > 70
    assert faults(fitted(data, name, method), rows) == []


@pytest.mark.parametrize(("name", "method"), EVERY_RULES)
def test_lists_of_rules_agree_on_all_rows(data: Path, golden: Path, name: str, method: str) -> None:
    rows = list(rows_of(golden / "session_models" / name / f"{method}.csv.zst"))
    assert len(rows) > 400
    assert faults(fitted(data, name, method), rows) == []


@pytest.mark.parametrize("name", WITH_TIMES)
@pytest.mark.parametrize("method", ["stan", "vstan"])
def test_scores_are_told_from_the_time_of_the_request(
    data: Path, golden: Path, name: str, method: str
) -> None:
    rows = list(rows_of(golden / "session_models" / name / f"{method}.dettie.csv.zst"))
    items, scores = fitted(data, name, method).recommend_batch(
        [row["prefix"].split() for row in rows],
        k=20,
        threads=2,
        now=[int(float(row["timestamp"]) * 1e6) for row in rows],
    )
    wrong = 0
    for row, found, score in zip(rows, items, scores, strict=True):
        want = dict(zip(row["items"].split(), map(float, row["scores"].split()), strict=True))
        got = {str(i): s for i, s in zip(found, score, strict=True) if i is not None}
        wrong += not agrees(got, want)
    assert wrong == 0


@pytest.mark.parametrize(("name", "method"), [e for e in EVERY if e[1] != "vstan_vec"])
def test_metrics_are_those_of_the_reference(
    data: Path, golden: Path, name: str, method: str
) -> None:
    wanted = method if method in RULES else f"{method}_dettie"
    with (golden / "session_models" / "results.csv").open() as lines:
        want = next(
            row
            for row in csv.DictReader(lines)
            if (row["dataset"], row["method"]) == (name, wanted)
        )
    test = aisle.read_events(data / name / SETS[name][2], format=SETS[name][0])
    report = aisle.evaluate.next_item(
        fitted(data, name, method), test, k=20, threads=2, max_events=int(want["n_events"])
    )
    assert report.n_events == int(want["n_events"])
    assert report["HR@20"] == pytest.approx(float(want["HR@20_conservative"]), abs=1e-4)
    near = TIED_TARGETS.get((name, method), 1e-4)
    assert report["MRR@20"] == pytest.approx(float(want["MRR@20_conservative"]), abs=near)


def test_the_committed_dump_agrees_on_its_rows_without_ties(data: Path, golden: Path) -> None:
    model = aisle.models.VSKNN(
        k=500, sample_size=5000, weighting="quadratic", weighting_score="div", idf_weighting=5
    ).fit(train(data, "yoochoose_100k_timestamps"))
    about = golden / "session_models" / "yoochoose_100k_timestamps" / "dump_rows.csv"
    with about.open() as lines:
        flags = list(csv.DictReader(lines))
    dump = data / "yoochoose_100k_timestamps" / "golden" / "recoms_vsknn.csv.zst"
    exact = free = 0
    for flag, row in zip(flags, rows_of(dump, ";"), strict=True):
        assert (flag["SessionId"], flag["Position"]) == (row["SessionId"], row["Position"])
        names, values = row["Recommendations"].split(","), row["Scores"].split(",")
        want = {i: float(s) for i, s in zip(names, values, strict=True) if float(s) > 0}
        items, scores = model.recommend(flag["prefix"].split(), k=50)
        got = {str(i): s / scores[0] for i, s in zip(items, scores, strict=True)}
        is_free = flag["vsknn_k_tie"] == "0"
        free += is_free
        exact += is_free and agrees(got, want, k=50)
    assert (exact, free) == (280, 280)


def in_file_order(path: Path) -> aisle.Events:
    """The dump's loader did not sort: sessions in the order of the file."""
    rows = list(rows_of(path, "\t"))
    return aisle.Events.from_columns(
        visitor=[row["SessionId"] for row in rows],
        session=[row["SessionId"] for row in rows],
        item=[row["ItemId"] for row in rows],
        time=np.array([float(row["Time"]) for row in rows]),
        time_unit="s",
    )


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("ar", aisle.models.AssociationRules()),
        ("sr", aisle.models.SequentialRules(steps=20, weighting="quadratic")),
    ],
)
def test_the_committed_dumps_of_rules_agree_on_all_rows(
    data: Path, golden: Path, name: str, model: aisle.models.Model
) -> None:
    folder = data / "yoochoose_100k_timestamps"
    model.fit(in_file_order(folder / SETS["yoochoose_100k_timestamps"][1]))
    about = golden / "session_models" / "yoochoose_100k_timestamps" / "dump_rows.csv"
    with about.open() as lines:
        prefixes = [row["prefix"].split() for row in csv.DictReader(lines)]
    wrong = 0
    dump = rows_of(folder / "golden" / f"recoms_{name}.csv.zst", ";")
    for prefix, row in zip(prefixes, dump, strict=True):
        names, values = row["Recommendations"].split(","), row["Scores"].split(",")
        want = {i: float(s) for i, s in zip(names, values, strict=True) if float(s) > 0}
        items, scores = model.recommend(prefix, k=50)
        got = {str(i): s / scores[0] for i, s in zip(items, scores, strict=True)}
        wrong += not agrees(got, want, k=50)
    assert (wrong, len(prefixes)) == (0, 387)


def test_vmis_knn_has_serenades_figures(data: Path) -> None:
    model = aisle.models.VMISKNN(k=50, sample_size=500, max_items=2, idf_weighting=1)
    test = aisle.read_events(data / "bol_serenade_toy" / "test.txt.zst", format="serenade")
    report = aisle.evaluate.next_item(model.fit(train(data, "bol_serenade_toy")), test, k=20)
    assert report["MRR@20"] == pytest.approx(0.3276, abs=0.005)
    assert report["HR@20"] == pytest.approx(0.6423, abs=0.005)
