"""The bundle's file: what comes back, who else can read it, and what is refused."""

import gc
import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors import safe_open

from aisle._core import AisleError, Bundle, BundleError, make_bundle

DTYPES = ["i1", "u1", "u2", "i4", "u4", "i8", "u8", "f4", "f8"]

names = st.text(min_size=1, max_size=12).filter(
    lambda name: not name.startswith("__pad") and name != "__metadata__"
)
arrays = st.dictionaries(
    names,
    st.sampled_from(DTYPES).flatmap(
        lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0))
    ),
    max_size=5,
)
manifests = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def small(folder: Path) -> Path:
    path = folder / "shop.aisle"
    make_bundle('{"a": 1}', {"x": np.arange(6.0).reshape(2, 3), "y": np.array([7], "u1")}).save(
        path
    )
    return path


@given(arrays, manifests)
@settings(max_examples=50, deadline=None)
def test_what_is_saved_comes_back_and_safetensors_reads_it_too(
    tmp_path_factory: pytest.TempPathFactory,
    given_arrays: dict[str, np.ndarray],
    manifest: object,
) -> None:
    path = tmp_path_factory.mktemp("bundle") / "shop.aisle"
    make_bundle(json.dumps(manifest), given_arrays).save(path)
    bundle = Bundle.open(path)
    assert json.loads(bundle.manifest) == manifest
    assert bundle.names() == sorted(given_arrays, key=lambda name: name.encode())
    with safe_open(path, framework="np") as other:
        assert json.loads(other.metadata()["manifest"]) == manifest
        assert {name for name in other.keys() if not name.startswith("__pad")} == set(given_arrays)  # noqa: SIM118
        for name, array in given_arrays.items():
            for read in (bundle.array(name), other.get_tensor(name)):
                assert read.dtype == array.dtype
                assert read.shape == array.shape
                assert read.tobytes() == array.tobytes()


def test_an_array_is_a_read_only_view_that_keeps_the_bundle(tmp_path: Path) -> None:
    bundle = Bundle.open(small(tmp_path))
    array = bundle.array("x")
    assert array.base is bundle
    assert array.ctypes.data % 64 == 0
    assert array.ctypes.data == bundle.array("x").ctypes.data
    with pytest.raises(ValueError, match="read-only"):
        array[0, 0] = 1
    with pytest.raises(ValueError, match="WRITEABLE"):
        array.setflags(write=True)
    (tmp_path / "shop.aisle").unlink()
    del bundle
    gc.collect()
    assert array.sum() == 15


def test_arrays_are_copied_in_whatever_their_strides() -> None:
    array = np.arange(12).reshape(3, 4)
    bundle = make_bundle("{}", {"t": array.T, "every": array[:, ::2], "read": array})
    array[:] = 0
    assert bundle.array("t").tolist() == [[0, 4, 8], [1, 5, 9], [2, 6, 10], [3, 7, 11]]
    assert bundle.array("every").tolist() == [[0, 2], [4, 6], [8, 10]]
    assert bundle.nbytes == (12 + 6 + 12) * 8
    assert bundle.path is None
    assert "t" in bundle
    assert "u" not in bundle
    assert len(bundle) == 3


def test_saving_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first = small(tmp_path)
    second = tmp_path / "again.aisle"
    Bundle.open(first).save(str(second))
    assert first.read_bytes() == second.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.aisle", "shop.aisle"]


@pytest.mark.parametrize(
    ("dtype", "of"), [("O", "object"), ("?", "bool"), ("f2", "float16"), ("M8[us]", "datetime64")]
)
def test_a_dtype_that_the_format_has_not_is_named(dtype: str, of: str) -> None:
    with pytest.raises(TypeError, match=f'array "x" is {of}'):
        make_bundle("{}", {"x": np.zeros(3, dtype)})


def test_a_manifest_is_json() -> None:
    for bad in ("", "{", "nan", "[" * 1000 + "]" * 1000):
        with pytest.raises(BundleError, match="manifest"):
            make_bundle(bad, {})


def test_every_flipped_byte_is_refused(tmp_path: Path) -> None:
    path = small(tmp_path)
    good = path.read_bytes()
    for place in range(len(good)):
        path.write_bytes(good[:place] + bytes([good[place] ^ 0x10]) + good[place + 1 :])
        with pytest.raises(BundleError, match=r"shop\.aisle"):
            Bundle.open(path)


def test_the_error_names_the_file_and_what_is_wrong_with_it(tmp_path: Path) -> None:
    path = small(tmp_path)
    good = path.read_bytes()
    for bad, because in [
        (good[:-1], "must begin at|the data has"),
        (good[:100], "the file is cut: its header ends at byte"),
        (good[:-1] + b"\1", "the file is damaged: its checksum says"),
        (b"PK\3\4" + good, "does not begin as a safetensors file"),
        (good.replace(b'"version":"1"', b'"version":"7"'), "version 7, this aisle reads up to 1"),
        (b"", "the file is empty"),
        (b"\xff" * 100, "does not begin as a safetensors file"),
    ]:
        path.write_bytes(bad)
        with pytest.raises(BundleError, match=f"shop.aisle: .*({because})") as caught:
            Bundle.open(path)
        assert isinstance(caught.value, OSError)
        assert isinstance(caught.value, AisleError)


def test_a_path_that_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="there is no such file"):
        Bundle.open(tmp_path / "absent")
    with pytest.raises(BundleError, match="this is a folder"):
        Bundle.open(tmp_path)
    with pytest.raises(BundleError, match="no path of a file"):
        Bundle.open("a\0b")
    with pytest.raises(TypeError):
        Bundle.open(3)
    with pytest.raises(BundleError, match="cannot be written"):
        make_bundle("{}", {}).save(tmp_path / "no" / "such" / "folder")
    with pytest.raises(BundleError):
        make_bundle("{}", {}).save(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_path_may_be_no_text(tmp_path: Path) -> None:
    path = bytes(tmp_path) + b"/\xff.aisle"
    make_bundle("{}", {}).save(path)
    assert Path(Bundle.open(path).path).exists()
    Path(Bundle.open(path).path).write_bytes(b"x" * 20)
    with pytest.raises(BundleError, match=r"xff\.aisle: no bundle of aisle"):
        Bundle.open(path)


def test_a_missing_array_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match='there is no tensor "z" among its 2'):
        Bundle.open(small(tmp_path)).array("z")


def test_nothing_but_a_file_is_written_over(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    link = tmp_path / "link"
    link.symlink_to(pipe)
    for path in (pipe, link):
        before = path.lstat().st_mode
        with pytest.raises(BundleError, match="no regular file; give another path"):
            make_bundle("{}", {}).save(path)
        assert path.lstat().st_mode == before


def test_a_link_goes_on_pointing_to_what_was_written(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for name in ("old.aisle", "new.aisle"):
        target = tmp_path / "folder" / name
        if name == "old.aisle":
            target.write_bytes(b"old")
        link = tmp_path / f"link-{name}"
        link.symlink_to(Path("folder") / name)
        make_bundle('{"a": 1}', {}).save(link)
        assert link.is_symlink()
        assert json.loads(Bundle.open(target).manifest) == {"a": 1}


def test_what_is_no_bundle_is_said_in_our_words(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="there is no such file; check the path"):
        Bundle.open(tmp_path / "shop.aisle")
    path = tmp_path / "shop.aisle"
    path.write_bytes((16).to_bytes(8, "little") + b'{"a": nonsense  ')
    with pytest.raises(BundleError, match=r"not JSON, at byte \d+") as caught:
        Bundle.open(path)
    assert "exception" not in str(caught.value)
