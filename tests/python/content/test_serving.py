"""An item that nobody has seen is found beside its like: in a bundle, an engine, after a swap."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import aisle
from aisle._core import VectorIndex
from aisle.content import ContentModel
from aisle.content.space import SHARPNESS, fitted, joined, placed
from aisle.content.sparse import unit

THINGS = [
    "lamp",
    "chair",
    "kettle",
    "scarf",
    "drill",
    "puzzle",
    "tent",
    "violin",
    "pillow",
    "bicycle",
    "saddle",
    "mirror",
    "spoon",
    "rug",
    "globe",
]
COLOURS = [
    "red",
    "blue",
    "green",
    "black",
    "white",
    "oak",
    "steel",
    "silk",
    "glass",
    "copper",
]
ALONE = aisle.Strategy.only("vectors")


def table(count: int = 150) -> dict[str, list[Any]]:
    """Groups of ten: one thing in ten colours."""
    return {
        "id": [f"i{n}" for n in range(count)],
        "title": [f"{COLOURS[n % 10]} {THINGS[n // 10]}" for n in range(count)],
        "price": [10.0 * (n // 10 + 1) for n in range(count)],
    }


def log(sessions: int = 2500, unseen: int = 1) -> aisle.Events:
    """Sessions stay in a group; of each group the last `unseen` items are never met."""
    rng = np.random.default_rng(0)
    session = np.repeat(np.arange(sessions), 4)
    group = np.repeat(rng.integers(0, len(THINGS), sessions), 4)
    item = group * 10 + rng.integers(0, 10 - unseen, len(session))
    return aisle.Events.from_columns(
        visitor=session, session=session, item=[f"i{n}" for n in item],
        time=1_700_000_000_000_000 + np.arange(len(session)) * 1_000_000,
    )  # fmt: skip


@pytest.fixture(scope="module")
def bundle() -> aisle.Bundle:
    return aisle.fit(log(), items=table(), scorer="fixed")


def group_of(slate: aisle.Slate) -> list[int]:
    return [int(item[1:]) // 10 for item in slate.items if item != "new"]


def test_unseen_items_of_the_catalogue_are_found_beside_their_like(bundle: aisle.Bundle) -> None:
    assert bundle.manifest["content"]["behaviour"] > 0
    engine = aisle.Engine(bundle, strategy=ALONE)
    slate = engine.recommend(session=["i30"], k=9)
    assert "i39" in slate.items  # nobody ever saw it
    asked = engine.recommend(session=[], item="i39", k=5)
    assert group_of(asked) == [3] * 5


def test_a_new_item_is_found_at_once_and_after_a_swap(bundle: aisle.Bundle) -> None:
    engine = aisle.Engine(bundle, strategy=ALONE)
    assert "new" not in engine.recommend(session=["i50"], k=10).items
    assert engine.update_items({"id": ["new"], "title": ["Púrple PUZZLE"], "price": [61.0]}) == 1
    assert "new" in engine.recommend(session=["i50"], k=10).items
    assert group_of(engine.recommend(session=["new"], k=5))[:4] == [5] * 4
    engine.swap(bundle)
    assert "new" in engine.recommend(session=["i50"], k=10).items
    # Its title was wrong: the next request knows.
    engine.update_items({"id": ["new"], "title": ["purple violin"], "price": [80.0]})
    assert "new" not in engine.recommend(session=["i50"], k=10).items
    assert "new" in engine.recommend(session=["i70"], k=10).items


def test_what_visitors_made_known_stays_where_it_is(bundle: aisle.Bundle) -> None:
    engine = aisle.Engine(bundle, strategy=ALONE)
    before = engine.recommend(session=["i50"], k=10)
    engine.update_items({"id": ["i50", "i51"], "title": ["blue tent", "a tent"], "stock": [3, 3]})
    engine.update_items({"id": ["i59"], "stock": [1]})
    after = engine.recommend(session=["i50"], k=10)
    assert list(after.items) == list(before.items)
    assert list(after.scores) == list(before.scores)


def test_a_bundle_that_was_saved_reads_new_items_alike(
    bundle: aisle.Bundle, tmp_path: Path
) -> None:
    bundle.save(tmp_path / "shop.aisle")
    found = []
    for one in (bundle, aisle.load(tmp_path / "shop.aisle")):
        engine = aisle.Engine(one, strategy=ALONE)
        engine.update_items({"id": ["new"], "title": ["steel tent, red"]})
        slate = engine.recommend(session=["i60", "i61"], k=20)
        found.append((list(slate.items), list(slate.scores)))
    assert found[0] == found[1]
    again = aisle.fit(log(), items=table(), scorer="fixed")
    for name in bundle.names():
        np.testing.assert_array_equal(bundle.array(name), again.array(name))


def test_a_shop_without_events_knows_what_is_alike() -> None:
    bundle = aisle.fit(items=table())
    engine = aisle.Engine(bundle)
    assert group_of(engine.recommend(session=[], item="i44", k=5)) == [4] * 5
    engine.update_items({"id": ["new"], "title": ["a kettle of copper"]})
    assert "new" in engine.recommend(session=[], item="i20", k=10).items
    assert engine.observe("v", "i44") == "accepted"
    with pytest.raises(aisle.DataError, match="without events"):
        aisle.fit(items={"id": ["a", "b"], "price": [1.0, 2.0]})
    with pytest.raises(aisle.DataError, match="read_events"):
        aisle.fit()


def test_without_attributes_nothing_changes() -> None:
    plain, off = aisle.fit(log()), aisle.fit(log(), content=None)
    assert plain.names() == off.names()
    assert "content" not in plain.manifest
    for name in off.names():
        np.testing.assert_array_equal(plain.array(name), off.array(name))
    priced = aisle.fit(log(), items={"id": ["i1"], "price": [2.0], "stock": [1]})
    assert "content" not in priced.manifest
    assert "content" not in aisle.fit(log(), items=table(), vector_dim=0).manifest
    own = (["i1", "i2"], np.eye(2, dtype=np.float32))
    assert "content" not in aisle.fit(log(), items=table(), vectors=own).manifest
    for options in ({"vectors": own}, {"vector_dim": 0}):
        with pytest.raises(aisle.ConfigError, match="ContentModel"):
            aisle.fit(log(), items=table(), content=ContentModel(), **options)  # type: ignore[arg-type]
    with pytest.raises(aisle.ConfigError, match="content is 'yes'"):
        aisle.fit(log(), items=table(), content="yes")  # type: ignore[arg-type]


def test_vectors_of_an_encoder_come_with_new_items() -> None:
    rows = np.repeat(np.eye(15, dtype=np.float32), 10, axis=0)
    model = ContentModel(columns=[], vectors=(table()["id"], rows))
    bundle = aisle.fit(log(), items=table(), content=model, scorer="fixed")
    engine = aisle.Engine(bundle, strategy=ALONE)
    engine.update_items({"id": ["new"], "stock": [1]}, vectors=np.eye(15, dtype=np.float32)[[7]])
    assert "new" in engine.recommend(session=["i70"], k=10).items
    for bad, error, message in (
        (np.zeros((1, 3)), aisle.ConfigError, "3 values an item.*takes 15"),
        (np.full((1, 15), np.inf), aisle.DataError, "'other'.*not finite"),
        (np.zeros((2, 15)), aisle.ConfigError, "each of 1 ids"),
    ):
        with pytest.raises(error, match=message):
            engine.update_items({"id": ["other"]}, vectors=bad)  # type: ignore[arg-type]
    assert engine.catalog().items.find("other") is None  # nothing was written


def test_vectors_of_the_behaviour_alone_may_still_be_brought(bundle: aisle.Bundle) -> None:
    engine = aisle.Engine(bundle, strategy=ALONE)
    width = bundle.manifest["content"]["behaviour"]
    index = VectorIndex.deserialize(bundle.array("vectors.index").tobytes())
    place = engine.catalog().items.find("i80")
    row = index.vectors(np.array([place], np.uint32))[:, :width]
    assert engine.update_vectors(["new"], row) == 1
    assert "new" in engine.recommend(session=["i80"], k=10).items
    for bad in (np.zeros((1, width)), np.full((1, width), np.nan)):
        with pytest.raises(aisle.DataError):
            engine.update_vectors(["new"], bad.astype(np.float32))


def test_places_are_those_of_a_short_reference() -> None:
    rng = np.random.default_rng(3)
    content = unit(rng.random((30, 6)))
    behaviour = unit(rng.normal(size=(30, 4)))
    behaviour[20:] = 0
    sessions = rng.integers(1, 40, 30).astype(float)
    rows = fitted(behaviour, sessions, content)
    for new in range(20, 30):
        weight = np.maximum(content[:20] @ content[new], 0) ** SHARPNESS
        weight *= sessions[:20] / (sessions[:20] + 10)
        mean = weight @ behaviour[:20] / weight.sum()
        mean /= np.sqrt(np.linalg.norm(mean))
        lacking = [np.sqrt(1 - mean @ mean)]
        expected = unit(np.r_[mean, 0.7 * content[new], lacking][None])[0]
        np.testing.assert_allclose(rows[new], expected, atol=2e-3)
    index = VectorIndex(np.arange(30, dtype=np.uint32), rows)
    known = np.arange(30) < 20
    place = placed(index, known, sessions, content[20:], 4)
    np.testing.assert_allclose(joined(place, content[20:]), rows[20:], atol=2e-3)
