"""The program in this process, with an empty folder of refreshed figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import cli
from data.refresh.folder import forget


@pytest.fixture(scope="module", autouse=True)
def _without_a_child(read_here: object) -> None:
    """Lists are read in this process, unless a test starts the program in another."""


@pytest.fixture
def figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that ATLAS_DATA names; it is not there yet. The temporary one is of the test."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    monkeypatch.setenv("ATLAS_DATA", str(tmp_path / "figures"))
    forget()
    yield tmp_path / "figures"
    forget()


@pytest.fixture
def run(
    figures: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Return a function that runs the program: exit code, stdout, stderr."""

    def start(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["cli.py", *arguments])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        out, err = capsys.readouterr()
        assert isinstance(stopped.value.code, int)
        return stopped.value.code, out, err

    return start
