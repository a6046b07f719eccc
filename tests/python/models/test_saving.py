"""A model in a file: what comes back is the same, what is no model is refused by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import aisle

MODELS = list(aisle.models.all_models().values())
every_model = pytest.mark.parametrize("kind", MODELS, ids=lambda kind: kind.__name__)
SESSIONS = [["i1"], ["i1", "i2", "i1"], ["nothing"], [], ["i31", "nothing", "i3"], ["i5"] * 40]


def log(seed: int = 0, *, integers: bool = False, sessions: int = 120) -> aisle.Events:
    rng = np.random.default_rng(seed)
    session = np.sort(rng.integers(0, sessions, 5 * sessions))
    number = session % 4 * 10 + rng.integers(0, 10, len(session))
    return aisle.Events.from_columns(
        visitor=session,
        session=session + 1000 * seed,
        item=number if integers else [f"i{n}" for n in number],
        type=rng.choice(["view", "cart"], len(session)),
        time=np.arange(len(session)) * 1_000_000 + 1_700_000_000_000_000,
        time_unit="us",
    )


def assert_equal(one: aisle.models.Model, other: aisle.models.Model) -> None:
    for session in SESSIONS:
        mine, theirs = one.recommend(session, k=40), other.recommend(session, k=40)
        assert mine[0].tolist() == theirs[0].tolist()
        assert mine[0].dtype == theirs[0].dtype
        np.testing.assert_array_equal(mine[1], theirs[1])


@every_model
def test_answers_bit_for_bit_as_before(kind: type[aisle.models.Model], tmp_path: Path) -> None:
    model = kind().fit(log())
    model.save(tmp_path / "a.model")
    loaded = aisle.models.load(tmp_path / "a.model")
    assert type(loaded) is kind
    assert loaded.get_params() == model.get_params()
    assert (loaded.n_items_, loaded.n_events_) == (model.n_items_, model.n_events_)
    assert_equal(model, loaded)


@every_model
def test_learns_on_where_it_was_left(kind: type[aisle.models.Model], tmp_path: Path) -> None:
    model = kind().fit(log())
    model.save(tmp_path / "a.model")
    loaded = aisle.models.load(tmp_path / "a.model")
    try:
        model.update(log(1))
    except aisle.ConfigError:
        pytest.skip(f"{kind.__name__} does not learn on")
    assert_equal(model, loaded.update(log(1)))
    loaded.save(tmp_path / "b.model")
    assert_equal(model, aisle.models.load(tmp_path / "b.model"))


@every_model
def test_the_same_model_is_the_same_file(kind: type[aisle.models.Model], tmp_path: Path) -> None:
    for name in "ab":
        kind().fit(log()).save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_keeps_parameters_that_are_not_the_default(tmp_path: Path) -> None:
    params: dict[str, Any] = {
        "lambda_snh": None,
        "lambda_inh": np.float64(2.0),
        "k": np.int64(7),
        "type_weights": {"cart": 3},
        "step_half_life": 60.0,
    }
    model = aisle.models.STAN(**params).fit(log())
    model.save(tmp_path / "stan.model")
    loaded = aisle.models.load(tmp_path / "stan.model")
    assert loaded.get_params() == model.get_params()
    assert_equal(model, loaded)


def test_integer_ids_come_back_as_integers(tmp_path: Path) -> None:
    aisle.models.Markov().fit(log(integers=True)).save(tmp_path / "m")
    items, _ = aisle.models.load(tmp_path / "m").recommend([1, 2])
    assert items.dtype.kind == "i"


def test_ids_of_any_letters_come_back(tmp_path: Path) -> None:
    names = ["ä", "日本", "a b", "42"]
    events = aisle.Events.from_columns(
        visitor="v", item=[*names, "ä"], time=np.arange(5), time_unit="s", session=1
    )
    model = aisle.models.Popularity().fit(events)
    model.save(tmp_path / "m")
    found, _ = aisle.models.load(tmp_path / "m").recommend([])
    assert found.tolist() == model.recommend([])[0].tolist()


def test_a_model_that_is_not_fitted_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(aisle.ConfigError, match="not fitted"):
        aisle.models.SKNN().save(tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


def test_says_where_there_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(aisle.DataError, match="no folder"):
        aisle.models.Popularity().fit(log()).save(tmp_path / "nowhere" / "m")


# What is no model ----------------------------------------------------------------------------


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "rules.model"
    aisle.models.SequentialRules().fit(log()).save(path)
    return path


def header_of(path: Path) -> dict[str, Any]:
    raw = path.read_bytes()
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    found: dict[str, Any] = json.loads(header["__metadata__"]["aisle"])
    return found


def rewritten(path: Path, about: dict[str, Any] | None = None, **arrays: Any) -> None:
    """The file with other fields and arrays, and a checksum that holds."""
    from aisle.models._saving import _checksum

    tensors = load_file(path) | {name.replace("__", "."): a for name, a in arrays.items()}
    tensors = {name: array for name, array in tensors.items() if array is not None}
    fields = header_of(path) | {"checksum": _checksum(tensors)} | (about or {})
    save_file(tensors, path, metadata={"aisle": json.dumps(fields)})


def refused(path: Path) -> str:
    with pytest.raises(aisle.BundleError) as caught:
        aisle.models.load(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_what_is_no_file_and_what_is_no_model_is_told(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "none")
    other = tmp_path / "other"
    for content in (b"", b"GIF89a", b"\x10\0\0\0\0\0\0\0{}" + bytes(40), bytes(4096)):
        other.write_bytes(content)
        assert "no model" in refused(other)
    save_file({"a": np.zeros(3)}, other)
    assert "no model" in refused(other)
    save_file({"a": np.zeros(3)}, other, metadata={"aisle": "[1]"})
    assert "no model" in refused(other)


def test_every_damaged_byte_is_found(saved: Path) -> None:
    whole = saved.read_bytes()
    rng = np.random.default_rng(0)
    for at in rng.integers(0, len(whole), 60):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << int(rng.integers(8))
        saved.write_bytes(bytes(damaged))
        refused(saved)
    for length in rng.integers(0, len(whole), 20):
        saved.write_bytes(whole[:length])
        refused(saved)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("version", 2, "version is 2"),
        ("format", "pickle", "no model"),
        ("kind", "SequentialRule", "did you mean 'SequentialRules'"),
        ("kind", ["SKNN"], "no model"),
        ("params", {"step": 8}, "did you mean 'steps'"),
        ("params", [1], "params is"),
        ("params", {"steps": 0}, "steps must be a positive integer, got 0"),
        ("events", "many", "many"),
        ("checksum", "0", "checksum"),
    ],
)
def test_a_field_that_does_not_hold_is_named(
    saved: Path, field: str, value: Any, message: str
) -> None:
    rewritten(saved, {field: value})
    assert message in refused(saved)


SAME_LENGTH = "numbers out of range, as many as there were"


def offsets_of(length: int) -> Any:
    return np.zeros(length, dtype=np.uint32)


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("model.rules.offsets", None),
        ("model.rules.offsets", offsets_of(3)),
        ("model.rules.offsets", offsets_of(41).astype(np.int64)),
        ("model.rules.items", SAME_LENGTH),
        ("model.rules.weights", np.ones((20, 20))),
        ("model.sessions.offsets", offsets_of(4)),
        ("model.sessions.items", np.full(600, 77, dtype=np.uint32)),
        ("model.sessions.last_time", np.zeros(3, dtype=np.int64)),
        ("model.sessions.order", offsets_of(3)),
        ("model.sessions.types", np.full(600, 99, dtype=np.uint8)),
        ("model.sessions.seconds", np.full(600, -1.0, dtype=np.float32)),
        ("popularity", np.zeros(3)),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_an_array_that_does_not_hold_is_named(saved: Path, name: str, array: Any) -> None:
    if array is SAME_LENGTH:
        array = np.full(len(load_file(saved)[name]), 41, dtype=np.uint32)
    rewritten(saved, None, **{name.replace(".", "__"): array})
    assert name.removeprefix("model.").rpartition(".")[2] in refused(saved)


@every_model
def test_no_array_of_any_model_may_be_absent_or_end_early(
    kind: type[aisle.models.Model], tmp_path: Path
) -> None:
    path = tmp_path / "m"
    kind().fit(log()).save(path)
    whole = path.read_bytes()
    for name, array in load_file(path).items():
        for other in (None, array[:-1], array.astype(bool)):
            if other is not None and other.dtype == array.dtype and len(other) == len(array):
                continue
            rewritten(path, None, **{name.replace(".", "__"): other})
            refused(path)
            path.write_bytes(whole)
