"""Which files a source names, and whether each can be a log at all."""

from __future__ import annotations

import glob
import gzip
import mmap
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, cast

from aisle._core import DataError
from aisle.events.layouts import near

COMPRESSED: Final = (".gz", ".zst")
EMPTY: Final = "is empty: there is neither a header nor a row; was it written to its end?"
NO_UTF8: Final = "is not UTF-8: convert the file first, iconv -f LATIN1 -t UTF-8 old > new"
UTF16: Final = "is UTF-16: convert it first, iconv -f UTF-16 -t UTF-8 old > new"
_DAMAGED: Final = (OSError, EOFError, zlib.error)
_ZSTD_MAGIC: Final = 0xFD2FB528


def is_path(source: object) -> bool:
    """Whether a source is a path or a glob."""
    return isinstance(source, (str, os.PathLike))


def expand(source: Any) -> list[Path]:
    """Return the files of a path, a glob or several of them, in order.

    Raises
    ------
    DataError
        If one is missing, empty or a folder.
    """
    entries: Iterable[Any] = [source] if is_path(source) else source
    files: list[Path] = []
    for entry in entries:
        path = Path(os.fspath(entry)).expanduser()
        if not glob.has_magic(str(path)) or _exists(path):
            files.append(path)
            continue
        found = [Path(hit) for hit in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207
        if not found:
            raise DataError(f"{str(path)[:200]}: no file matches")
        files.extend(hit for hit in found if not hit.is_dir())
    for path in files:
        check_file(path)
    if not files:
        raise DataError("no files were given")
    return files


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long, or a null byte: said by check_file
        return False


def check_file(path: Path) -> None:
    """Raise DataError if a file is missing, a folder, unreadable, empty or a cut .zst."""
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise DataError(f"{path} is a folder; give files or a glob such as {path / '*.csv'}")
        if size == 0:
            raise DataError(f"{path} {EMPTY}")
        if path.suffix == ".zst":
            _check_zstd(path)
        elif kind_of(path) != "parquet" and first_bytes(path).startswith(
            (b"\xff\xfe", b"\xfe\xff")
        ):
            raise DataError(f"{path} {UTF16}")
    except FileNotFoundError:
        beside = path.parent if path.parent.is_dir() else None
        names = sorted(hit.name for hit in beside.iterdir())[:200] if beside else []
        hint = near(path.name, names) if names else f"there is no folder {path.parent}"
        hint = hint if hint.startswith(("did", "there is no")) else "check the path"
        raise DataError(f"{path} does not exist; {hint}") from None
    except (OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{str(path)[:200]!r} cannot be read: {str(error)[:200]}") from None


def _check_zstd(path: Path) -> None:
    """Walk the block headers of every frame: a truncated file would be read as a short one."""
    cut = DataError(f"{path} is truncated: its last zstd frame is not complete; fetch it again")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = 0
        while at < len(data):
            if at + 8 > len(data):
                raise cut
            magic = int.from_bytes(data[at : at + 4], "little")
            if magic & 0xFFFFFFF0 == 0x184D2A50:  # a skippable frame
                at += 8 + int.from_bytes(data[at + 4 : at + 8], "little")
                if at > len(data):
                    raise cut
                continue
            if magic != _ZSTD_MAGIC:
                raise DataError(f"{path} is no zstd file (at byte {at}); rename or fetch it again")
            flags = data[at + 4]
            single = flags >> 5 & 1
            at += 5 + (1 - single) + (0, 1, 2, 4)[flags & 3] + (single, 2, 4, 8)[flags >> 6]
            last = 0
            while not last:
                if at + 3 > len(data):
                    raise cut
                block = int.from_bytes(data[at : at + 3], "little")
                last = block & 1
                at += 3 + (1 if block >> 1 & 3 == 1 else block >> 3)
            at += 4 * (flags >> 2 & 1)
            if at > len(data):
                raise cut


def kind_of(path: Path) -> str:
    """Return "csv", "json" or "parquet" by the suffix under a compression's."""
    name = path.name.lower()
    for suffix in COMPRESSED:
        name = name.removesuffix(suffix)
    suffix = Path(name).suffix
    if suffix in (".jsonl", ".ndjson", ".json"):
        return "json"
    return "parquet" if suffix in (".parquet", ".pq") else "csv"


@contextmanager
def _unpacked(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        if path.suffix != ".gz":
            yield file
            return
        with gzip.open(file) as inner:
            yield cast("IO[bytes]", inner)


def first_bytes(path: Path) -> bytes:
    """Return the first line, or the beginning of a long one; nothing of a damaged file."""
    try:
        with _unpacked(path) as file:
            return file.readline(1 << 18)
    except _DAMAGED:  # said by who reads it whole
        return b""


def check_header(path: Path) -> None:
    """Raise DataError for a header that is not UTF-8: its columns would not be found."""
    first = b"" if path.suffix == ".zst" else first_bytes(path)
    if b"\0" in first:
        raise DataError(f"{path} {UTF16}")
    try:
        first.decode()
    except UnicodeDecodeError as error:
        if error.end < len(first):
            raise DataError(f"{path}, line 1: {first[:60]!r} {NO_UTF8}") from None


def first_undecodable(path: Path) -> tuple[int, bytes]:
    """Return number and bytes of the first line that is not UTF-8; (0, b"") where none is seen."""
    if path.suffix == ".zst":
        return 0, b""
    try:
        with _unpacked(path) as file:
            for number, line in enumerate(file, 1):
                try:
                    line.decode()
                except UnicodeDecodeError:
                    return number, line.rstrip(b"\r\n")
    except _DAMAGED:
        pass
    return 0, b""
