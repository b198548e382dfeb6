"""The container file read closely, and what it copies served alone; it is not built here."""

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from studies.benchmarks.browser import ROOT, free_port, wait_for

FILE = ROOT / "deploy" / "Containerfile"
NOT_SERVED = {"tests", "studies", "docs"}
"""folders of ours that a server does not run"""


def _lines() -> list[str]:
    """Instructions, continued lines joined, comments left out."""
    text = FILE.read_text(encoding="utf-8").replace("\\\n", " ")
    return [" ".join(line.split()) for line in text.splitlines() if line and line[0] != "#"]


def _said(word: str) -> list[str]:
    return [line.removeprefix(word).strip() for line in _lines() if line.startswith(word + " ")]


def _copied() -> list[str]:
    """What the last stage takes from the project."""
    last = "\n".join(_lines()).rpartition("\nFROM ")[2]
    taken = re.findall(r"^COPY (?!--from)(.+) \S+$", last, flags=re.MULTILINE)
    return [name for line in taken for name in line.split()]


def _imports(path: Path) -> set[str]:
    modules = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules.add(node.module.split(".")[0])
    return modules


def test_it_runs_without_rights_what_the_lock_names():
    (user,) = _said("USER")
    assert int(user.partition(":")[0]) > 0
    assert "RUN" not in "\n".join(_lines()).partition(f"USER {user}")[2]
    (installed,) = (line for line in _said("RUN") if "pip install" in line)
    assert "--require-hashes" in installed
    assert "--only-binary :all:" in installed
    (base,) = _said("ARG")
    assert re.search(r"@sha256:[0-9a-f]{64}$", base)
    assert not [line for line in _lines() if re.search(r"\bcurl\b|\bwget\b|^ADD\b|sudo", line)]
    (check,) = _said("HEALTHCHECK")
    compile(json.loads(check.partition("CMD ")[2])[-1], "healthcheck", "exec")


def test_everything_that_is_imported_is_copied():
    copied = _copied()
    assert len(copied) == len(set(copied))
    ours = {path.stem for path in ROOT.glob("*.py")}
    ours |= {path.parent.name for path in ROOT.glob("*/__init__.py")} - NOT_SERVED
    files = [path for name in copied for path in [ROOT / name, *(ROOT / name).rglob("*.py")]]
    used = {name for path in files if path.suffix == ".py" for name in _imports(path)} & ours
    assert used <= {Path(name).stem for name in copied}
    assert not set(copied) & NOT_SERVED


@pytest.mark.slow  # what is imported is copied: above
def test_what_is_copied_serves(tmp_path):
    """The files that the container would hold, alone in a folder, started as it starts them."""
    for name in _copied():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, tmp_path / name)
    port = free_port()
    settings = {
        "ATLAS_TIER": "analyst",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "HOME": str(tmp_path / "none"),
        "PATH": "/usr/bin:/bin",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    before = sorted(tmp_path.rglob("*"))
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "start.py"), "--installed", "--no-browser"],
        cwd="/",
        env=settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(address)
        for asked in ("/healthz", "/public/es", "/"):
            assert httpx.get(address + asked, trust_env=False, timeout=300).status_code == 200
    finally:
        process.terminate()
        process.wait(timeout=300)
    # nothing was written beside the program: its file system may be read-only
    assert [path for path in sorted(tmp_path.rglob("*")) if "__pycache__" not in path.parts] == [
        path for path in before if "__pycache__" not in path.parts
    ]
