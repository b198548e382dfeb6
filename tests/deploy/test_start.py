"""start.py: the environment it makes, the port it takes, what it says when something is amiss."""

import importlib.util
import re
import socket
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from studies.benchmarks.browser import ROOT


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """start.py as if it stood in a folder of its own, with nothing to install."""
    spec = importlib.util.spec_from_file_location("start", ROOT / "start.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = tmp_path / "José Pérez" / "Mis documentos" / "atlas trata"
    folder.mkdir(parents=True)
    (folder / "requirements.lock").write_text("a==1\n")
    (folder / "requirements-dev.lock").write_text("a==1\nb==2\n")
    module.ROOT, module.installed = folder, []
    run = subprocess.run

    def run_without_pip(line: list[str], **options: object) -> object:
        """What is installed is not asked here, and pip would take the time of all these tests."""
        return run([*line, "--without-pip"] if "venv" in line else line, **options)

    monkeypatch.setattr(module.subprocess, "run", run_without_pip)
    monkeypatch.setattr(module, "install_lock", lambda _, lock: module.installed.append(lock.name))
    return module


def test_a_packed_atlas_installs_without_the_lock_for_development(start):
    (start.ROOT / "requirements-dev.lock").unlink()
    start.install()
    start.install()
    assert start.installed == ["requirements.lock"]


def test_libraries_are_installed_once(start, capsys):
    python = start.install()
    assert python.is_relative_to(start.ROOT / ".venv")
    assert start.answers(python)
    start.install()
    assert start.installed == ["requirements.lock"]
    start.install(dev=True)
    start.install()  # the lock for development holds all of the other
    assert start.installed == ["requirements.lock", "requirements-dev.lock"]
    (start.ROOT / "requirements.lock").write_text("a==2\n")
    start.install()
    assert start.installed[2:] == ["requirements.lock"]
    assert "made anew" not in capsys.readouterr().err


@pytest.mark.parametrize("damage", ["half", "broken"])
def test_an_environment_that_is_not_whole_is_made_anew(start, capsys, damage):
    python = start.install()
    if damage == "half":  # killed before it ended
        (start.ROOT / ".venv" / "installed-run").unlink()
    else:
        python.unlink()
    start.install()
    assert "is made anew" in capsys.readouterr().err
    assert start.answers(python)
    assert len(start.installed) == 2


def test_a_folder_that_cannot_be_written_gets_its_environment_elsewhere(
    start, tmp_path, monkeypatch
):
    monkeypatch.setattr(start.os, "access", lambda *_: False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert start.environment_folder().is_relative_to(tmp_path / "cache")


def test_without_a_fitting_python_it_says_what_to_install(start, monkeypatch):
    monkeypatch.setattr(start, "answers", lambda _: False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RuntimeError, match=r"3\.11, 3\.12 or 3\.13"):
        start.find_python()


def test_a_taken_port_names_the_next(start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(RuntimeError, match=f"Port {port} is taken") as refused:
            start.free_port("127.0.0.1", port)
        named = re.search(r"(\d+) is free", str(refused.value))
        assert named
        assert start.free_port("127.0.0.1", int(named[1])) == int(named[1])
