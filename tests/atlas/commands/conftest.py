"""The program in this process."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import cli


@pytest.fixture(scope="module", autouse=True)
def _without_a_child(read_here: object) -> None:
    """Lists are read in this process, unless a test starts the program in another."""


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
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
