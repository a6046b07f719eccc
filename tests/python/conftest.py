"""Where the real data is: $AISLE_DATA, or shared/data beside the clone."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# No test depends on time: a busy machine is no failure.
settings.register_profile("aisle", deadline=None)
settings.load_profile("aisle")

ROOT = Path(__file__).resolve().parents[2]


def find_data() -> Path | None:
    """The folder of public logs, or None."""
    given = os.environ.get("AISLE_DATA")
    folder = Path(given) if given else ROOT.parent / "shared" / "data"
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real logs; the test is skipped where it is missing."""
    folder = find_data()
    if folder is None:
        pytest.skip("the public logs are not here: set AISLE_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def golden(data: Path) -> Path:
    """The folder of lists that other implementations made of the real logs."""
    folder = data.parent / "golden"
    if not folder.is_dir():
        pytest.skip(f"there are no golden lists beside {data.name}")
    return folder
