"""Labels of items through a fit, a file, an update and a swap."""

from __future__ import annotations

from pathlib import Path

import aisle


def log() -> aisle.Events:
    return aisle.Events.from_columns(
        visitor=["a", "a", "b", "b"], item=["tea", "pot", "tea", "cup"],
        time=["2026-03-01 10:00", "2026-03-01 10:01"] * 2,
    )  # fmt: skip


def tags_of(engine: aisle.Engine, *items: str) -> list[list[str] | None]:
    catalog = engine.catalog()
    return [catalog.column("tags")[catalog.items.find(item)] for item in items]


def test_labels_go_on_after_an_update_and_a_swap(tmp_path: Path) -> None:
    items = {"id": ["tea", "pot", "cup"], "tags": [["new", "green"], [], None]}
    aisle.fit(log(), items=items).save(tmp_path / "shop.aisle")
    bundle = aisle.load(tmp_path / "shop.aisle")
    engine = aisle.Engine(bundle)
    assert tags_of(engine, "tea", "pot", "cup") == [["new", "green"], [], None]
    engine.update_items({"id": ["pot", "cup"], "tags": [["blue", "new"], ["new"]]})
    for _ in range(2):
        assert [set(tags or ()) for tags in tags_of(engine, "tea", "pot", "cup")] == [
            {"new", "green"}, {"blue", "new"}, {"new"},
        ]  # fmt: skip
        engine.swap(bundle)
