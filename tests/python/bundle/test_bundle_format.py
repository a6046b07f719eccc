"""docs/bundle-format.md, followed word for word by another reader."""

import json
import re
from pathlib import Path

import numpy as np

from aisle._core import Bundle, Catalog, make_bundle

ROOT = Path(__file__).resolve().parents[3]
WORD = 2**64


def mix(x: int) -> int:
    x ^= x >> 30
    x = x * 0xBF58476D1CE4E5B9 % WORD
    x ^= x >> 27
    x = x * 0x94D049BB133111EB % WORD
    return x ^ (x >> 31)


def checksum(data: bytes) -> int:
    lanes = [mix(i + 1) for i in range(8)]
    words = [int.from_bytes(data[at : at + 8], "little") for at in range(0, len(data), 8)]
    whole = len(data) // 64 * 8
    for at in range(whole):
        lane = (lanes[at % 8] ^ words[at]) * 0x9E3779B97F4A7C15 % WORD
        lanes[at % 8] = lane ^ (lane >> 32)
    state = mix(len(data))
    for word in words[whole:]:
        state = mix(state ^ word)
    for lane in lanes:
        state = (mix(state ^ lane) + 0xC2B2AE3D27D4EB4F) % WORD
    return state


def test_the_checksum_is_the_documented_one(tmp_path: Path) -> None:
    for size in (0, 1, 7, 63, 64, 200):
        path = tmp_path / f"{size}.aisle"
        make_bundle("{}", {"x": np.arange(size, dtype=np.uint8)}).save(path)
        data = path.read_bytes()
        (found,) = re.finditer(b'"checksum":"([0-9a-f]{16})"', data)
        zeroed = data[: found.start(1)] + b"0" * 16 + data[found.end(1) :]
        assert f"{checksum(zeroed):016x}".encode() == found[1]


def test_tensors_lie_as_documented(tmp_path: Path) -> None:
    path = tmp_path / "shop.aisle"
    arrays = {name: np.arange(size, dtype="u2") for name, size in [("b", 5), ("a", 1), ("c", 0)]}
    make_bundle("{}", arrays).save(path)
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    assert (8 + size) % 64 == 0
    header = json.loads(data[8 : 8 + size])
    assert header.pop("__metadata__").keys() == {"format", "version", "checksum", "manifest"}
    at = 0
    for name, tensor in header.items():
        begin, end = tensor["data_offsets"]
        assert begin == at
        assert name.startswith("__pad") or begin % 64 == 0
        at = end
    assert len(data) == 8 + size + at
    assert [name for name in header if not name.startswith("__pad")] == ["a", "b", "c"]


def test_bundles_of_version_1_can_be_read_for_ever(tmp_path: Path) -> None:
    """The seeds of the fuzzer were written when the format was made (their first byte aside)."""
    path = tmp_path / "shop.aisle"
    path.write_bytes((ROOT / "tests/fuzz/corpus/fuzz_bundle/shop-checked").read_bytes()[1:])
    catalog = Catalog.from_bundle(Bundle.open(path))
    assert catalog.items.names().tolist() == ["42", "sku", "größe"]
    assert catalog.column("brand").tolist() == [None, "b", None]
    assert catalog.column("title").tolist() == ["A title", None, None]
    np.testing.assert_array_equal(catalog.column("price"), [np.nan, np.nan, 9.5])
    assert catalog.column("stock").tolist() == [1, 2, 2]
    assert catalog.column("available_from").view("i8")[0] == 1
