"""The atlas starts, opens its pages and answers commands, here and as if on Windows."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from atlas.own_files import isolation
from atlas.settings import PAGES, SettingError
from geo.errors import UserError
from studies.benchmarks.browser import ROOT, free_port, wait_for
from tests.other_process import work_in

SYSTEMS = ("windows",) if sys.platform == "linux" else ("as it is",)
"""Linux plays Windows: as it is, every other test sees it"""
COMMANDS = (
    "map --out {out}/map.html",
    "density --cell-km 20 --out {out}/density.tif",
    "picture --out {out}/map.png",
    "brief --department 17 --out {out}/brief.pdf",
    "sites --sites 1 --departments 17 --resamples 0",
    "travel-times --help",
    "records sample --out {out}/sample.csv",
    "records check {out}/sample.csv",
    "refresh --help",
)
"""One of each kind: page, raster, picture, document, a solver's process, the reader's child,
optional libraries. All commands are imported with the first."""


@pytest.fixture(params=SYSTEMS)
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "windows":
        monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "windows"))
    return request.param


# that of analysts is that of organisations without one page, and tests/atlas/web asks the public
@pytest.mark.parametrize(
    "tier",
    [
        *(pytest.param(tier_name, marks=pytest.mark.slow) for tier_name in ("public", "analyst")),
        "ngo",
    ],
)
def test_servers_start_and_answer(system: str, tier: str, tmp_path: Path) -> None:
    port = free_port()
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "start.py", "--installed", "--no-browser"],
            cwd=ROOT,
            env={**os.environ, "ATLAS_TIER": tier, "PORT": str(port)},
            stdout=log,
            stderr=log,
        )
        try:
            wait_for(f"http://127.0.0.1:{port}")
            paths = ["public/es", "public/en", "api/v1/regions.json"]
            offered = [path for path in PAGES.values() if path != PAGES["own_data"]]
            paths += {"public": [], "analyst": offered, "ngo": [*PAGES.values()]}[tier]
            for path in paths:
                address = f"http://127.0.0.1:{port}/{path}"
                answer = httpx.get(address, trust_env=False, timeout=300, follow_redirects=True)
                assert answer.status_code == 200, path
        finally:
            server.terminate()
            server.wait(timeout=300)
    log_text = (tmp_path / "log").read_text("utf-8", "replace")
    assert "Traceback" not in log_text
    is_warned = "has not been tried on Windows" in log_text
    assert is_warned == (tier == "ngo" and (system == "windows" or os.name == "nt"))


def test_pages_open_and_commands_answer(
    system: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATLAS_TIER", "ngo")
    pages = [(path, {"lang": "en"}) for path in PAGES.values()]
    lines = [asked.replace("{out}", str(tmp_path)).split() for asked in COMMANDS]
    done = work_in(ROOT / "data", pages=pages, commands=lines)
    for name, text in zip(PAGES, done["pages"], strict=True):
        assert text.strip(), name
    for line, (code, out, err) in zip(lines, done["commands"], strict=True):
        assert code < 2, (line, err)
        assert out or any(tmp_path.iterdir()), line
        assert "Traceback" not in err, line
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "brief.pdf").read_bytes().startswith(b"%PDF")


def test_own_files_need_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system limits no process, the tier for own records does not start."""

    def refuse(*_: object, **__: object) -> None:
        raise UserError("records.refusal.reader_failed")

    monkeypatch.setattr(isolation, "run_in_subprocess", refuse)
    with pytest.raises(SettingError, match="no limit"):
        isolation.require_limits()
