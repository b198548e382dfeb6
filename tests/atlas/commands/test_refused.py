"""What commands refuse: the table `refused.csv` (command, pattern of its line), public folders."""

from __future__ import annotations

import csv
import os
import re
import shlex
from pathlib import Path

import pytest

from atlas.commands import PUBLIC_NAMES, require_private
from geo.errors import DisclosureError
from tests.other_process import run

TABLE = Path(__file__).with_name("refused.csv")
ROWS = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))
POINTS = "lon,lat,w\n" + "".join(f"-76.{n},-12.{n},1\n" for n in range(10, 60))
FOREIGN = re.compile(
    "[\u2500\u2502\u256d\u2570\u256e\u256f\u250c\u2514]"
    "|pydantic|validation error|Input should|input_value|Traceback"
)
"""frames and words of libraries that would speak for themselves"""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["command"])
def test_a_refusal_is_one_line(
    row: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_here: object
) -> None:
    """Exit code 2, nothing on stdout, one plain line that says what is allowed; nothing is written,
    and what was there stays."""
    (tmp_path / "own.csv").write_text(POINTS)
    (tmp_path / "kept.bin").write_bytes(b"old")
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*shlex.split(row["command"]))
    assert (code, out) == (2, ""), err
    (line,) = err.splitlines()
    assert err.endswith("\n")
    assert len(line) > 20
    assert re.search(row["told"], line), line
    assert not FOREIGN.search(err)
    assert sorted(os.listdir()) == ["kept.bin", "own.csv"]
    assert (tmp_path / "kept.bin").read_bytes() == b"old"


ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("name", sorted(PUBLIC_NAMES))
def test_refuses_folders_that_are_served(tmp_path, name):
    """By name, at any depth, whatever the capitals; a name that only contains it is no match."""
    for folder in (tmp_path / name, tmp_path / name.upper() / "maps" / "2023"):
        with pytest.raises(DisclosureError, match="which is published"):
            require_private(folder / "density.tif")
    require_private(tmp_path / f"{name}-notes" / "density.tif")
    require_private(tmp_path / f"{name}.tif")


@pytest.mark.parametrize(
    "page", ["index.html", "index.xhtml", "index.php", "default.htm", "public.json"]
)
def test_refuses_folders_with_a_page(tmp_path, page):
    """A folder that holds a page is a web page's, and so is what lies below it."""
    (tmp_path / page).write_text("<html>")
    with pytest.raises(DisclosureError, match=f"a folder that holds {page}"):
        require_private(tmp_path / "es" / "density.tif")


def test_links_do_not_help(tmp_path):
    """A link from a private folder into a served one is followed."""
    (tmp_path / "www").mkdir()
    (tmp_path / "mine").symlink_to(tmp_path / "www")
    with pytest.raises(DisclosureError, match="'www'"):
        require_private(tmp_path / "mine" / "density.tif")


@pytest.mark.parametrize("place", ["layers/static", "atlas/web/static", "."])
def test_refuses_the_programs_own_folder(place):
    with pytest.raises(DisclosureError, match=r"own folder|is published"):
        require_private(ROOT / place / "density.tif")
