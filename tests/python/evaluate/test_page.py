"""The page: one file, safe, whole or not there."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aisle import evaluate
from aisle.evaluate.page import document, svg

NASTY = '<script>alert("x")</script> & Söhne'


class Follows:
    items_ = ("a", "b", "c")

    def recommend(self, session: Any, k: int) -> tuple[list[str], list[float]]:
        return ["b", "c", "a"][:k], [3.0, 2.0, 1.0][:k]


@pytest.fixture
def result() -> dict[str, Any]:
    log = {"session": [1, 1, 1, 2, 2], "item": list("abcab"), "time": [0, 1, 2, 3, 4]}
    report = evaluate.next_item(Follows(), log, k=2)
    step = {"item": NASTY, "type": "view", "time": 0, "recommended": ["mug", NASTY], "place": 2}
    hit, miss = {**step, "next": NASTY}, {**step, "place": 0, "next": "cup"}
    return {
        "title": NASTY,
        "subtitle": "two models",
        "facts": [("events", "5"), (NASTY, NASTY)],
        "reports": {"engine": report, NASTY: report},
        "over_time": {"engine": (np.arange(5) * 10**12, np.linspace(0, 1, 5)), NASTY: ([0], [0.5])},
        "latency": {"recommend": np.geomspace(1, 1000, 50), "observe": np.zeros(3)},
        "popularity": np.array([5, 0, 100, 3]),
        "sessions": [{"visitor": NASTY, "steps": [hit, miss]}],
        "notes": [NASTY],
    }  # fmt: skip


def test_the_page_loads_nothing_from_elsewhere(result: dict[str, Any], tmp_path: Path) -> None:
    page = evaluate.demo_page(result, tmp_path / "demo.html").read_text()
    assert not re.search(r"(src|href)\s*=|@import|url\(|https?://", page)
    assert "prefers-color-scheme:dark" in page
    assert 'name="viewport"' in page


def test_what_a_shop_calls_its_things_is_text_and_never_code(
    result: dict[str, Any], tmp_path: Path
) -> None:
    page = evaluate.demo_page(result, tmp_path / "demo.html").read_text()
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 8
    body = page[page.index("<main>") : page.index("</main>") + len("</main>")]
    ET.fromstring(body.replace("class=best", 'class="best"'))


def test_a_hit_is_marked_and_a_miss_is_said(result: dict[str, Any], tmp_path: Path) -> None:
    page = evaluate.demo_page(result, tmp_path / "demo.html").read_text()
    assert page.count('<li class="hit">') == 1
    assert "recommended at place 2" in page
    assert "next: cup, which was not recommended" in page


def test_the_best_of_a_column_is_marked(tmp_path: Path) -> None:
    rows = [{"": "one", "HR@20": 0.25}, {"": "two", "HR@20": 0.5}, {"": "three"}]
    page = evaluate.demo_page({"methods": rows}, tmp_path / "demo.html").read_text()
    assert "<td class=best>0.5000</td>" in page
    assert "<td>0.2500</td>" in page
    assert "<td>–</td>" in page


def test_an_empty_result_is_an_empty_page(tmp_path: Path) -> None:
    page = evaluate.demo_page({}, tmp_path / "demo.html").read_text()
    assert "<h1>aisle demo</h1>" in page
    assert "<section>" not in page


def test_a_page_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    target = tmp_path / "demo.html"
    target.mkdir()
    (target / "kept").write_text("")
    with pytest.raises(OSError, match=r"demo\.html"):
        evaluate.html_page([evaluate.Section("One", "<p>1</p>")], target)
    assert [path.name for path in tmp_path.iterdir()] == ["demo.html"]


def test_an_older_page_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "demo.html"
    target.write_text("old")
    evaluate.html_page([evaluate.Section("New", "<p>1</p>", "a & b")], target, title="T")
    assert "a &amp; b" in target.read_text()
    assert "old" not in target.read_text()


@pytest.mark.parametrize(
    "plot",
    [
        svg.line_plot("t", {}),
        svg.line_plot("t", {"a": ([1.0, 2.0], [math.nan, math.nan])}),
        svg.line_plot("t", {"a": ([5], [0.0])}),
        svg.histogram("t", {"a": [0.0]}, unit="µs"),
        svg.histogram("t", {"a": [3.0]}, unit="µs"),
        svg.bar_plot("t", {"HR": {"1": math.nan}}),
        svg.bar_plot("t", {"HR": {"1": 0.0, "2": 0.3}, "MRR": {"1": 0.1}}),
        svg.rank_plot("t", []),
        svg.rank_plot("t", [1]),
    ],
)
def test_plots_of_little_or_nothing_are_still_plots(plot: str) -> None:
    ET.fromstring(plot)
    assert "nan" not in plot
    assert "inf" not in plot


def test_a_line_goes_from_the_left_edge_to_the_right_and_up() -> None:
    plot = svg.line_plot("t", {"a": ([0, 10], [0.0, 1.0])})
    left, right = re.search(r'points="([\d.,]+) ([\d.,]+)"', plot).groups()  # type: ignore[union-attr]
    assert [float(value) for value in left.split(",")] == [svg.LEFT, svg.HEIGHT - svg.BOTTOM]
    assert [float(value) for value in right.split(",")] == [svg.WIDTH - svg.RIGHT, svg.TOP]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.12345, "0.1235"),
        (None, "–"),
        (math.nan, "–"),
        (12_345, "12,345"),
        (12_345.6, "12,346"),
        ("x", "x"),
    ],
)
def test_cells_are_printed_for_people(value: Any, text: str) -> None:
    assert document.shown(value) == text
