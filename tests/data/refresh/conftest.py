"""An empty folder of refreshed figures that this process uses until the test ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from data.refresh.folder import forget


@pytest.fixture
def store_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """ATLAS_DATA points here; the system's temporary folder is another of the test."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    folder = tmp_path / "user data"
    monkeypatch.setenv("ATLAS_DATA", str(folder))
    forget()
    yield folder
    forget()
