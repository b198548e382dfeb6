"""What commands refuse: the table `refused.csv` (command, pattern of its line), public folders."""

from __future__ import annotations

import csv
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from atlas.outputs import OUTPUTS, PUBLIC_NAMES, require_private
from cli import app
from geo.errors import DisclosureError, UserError
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
    """A refusal has code 2, one line with what is allowed, no stdout, and writes nothing."""
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


@pytest.mark.parametrize("name", ["public-html", "Público", "GH_Pages", "Public Html"])
def test_names_of_served_folders_are_folded(tmp_path, name):
    with pytest.raises(DisclosureError, match="which is published"):
        require_private(tmp_path / name / "density.tif")


PAGES = ("index.html", "index.xhtml", "index.php", "default.htm", "public.json", "Index.html")
PUBLISHERS = ("index.md", "CNAME", "_config.yml", ".nojekyll", "netlify.toml", "mkdocs.yml")


@pytest.mark.parametrize("page", [*PAGES, *PUBLISHERS])
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


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command with its words."""
    if not hasattr(command, "commands"):
        yield " ".join(path), command
        return
    for name, part in command.commands.items():
        yield from commands(part, (*path, name))


@pytest.mark.parametrize(("name", "command"), [*commands(typer.main.get_command(app))])
def test_every_option_that_names_what_is_written_is_known_as_an_output(name, command):
    """By its help: so no new one can be written over what was given."""
    for param in command.params:
        writes = re.search(
            r"\bto write\b|^Where to|new data folder", getattr(param, "help", "") or ""
        )
        assert bool(writes) == (param.name in OUTPUTS), (name, param.name)


def test_an_output_by_another_name_and_a_link_to_itself_are_refused(tmp_path, monkeypatch):
    """Links of both kinds; a table of the data folder in use; before anything is solved."""
    monkeypatch.chdir(tmp_path)
    Path("own.csv").write_text(POINTS)
    os.link("own.csv", "hard.csv")
    Path("soft.csv").symlink_to("own.csv")
    Path("loop.csv").symlink_to("loop.csv")
    Path("table.csv").symlink_to(ROOT / "data" / "tables" / "departments.csv")
    for out, message in (
        ("hard.csv", "--out is the same file as --candidates"),
        ("soft.csv", "--out is the same file as --candidates"),
        ("loop.csv", "a link that leads to itself"),
        ("table.csv", "lies in the data folder in use"),
    ):
        code, answer, err = run("sites", "--candidates", "own.csv", "--out", out)
        assert (code, answer, err.count("\n")) == (2, "", 1)
        assert message in err
    assert Path("own.csv").read_text() == POINTS


def test_a_full_disk_leaves_no_folder_of_a_page(tmp_path, monkeypatch):
    """Nor those above it that were made for it."""

    def full(*_: object) -> None:
        raise UserError("command.fault.write", file="x", why="No space left on device")

    monkeypatch.setattr("atlas.public.command.write", full)
    code, _, err = run("public", "--out", str(tmp_path / "a" / "site"))
    assert (code, "No space left" in err) == (2, True)
    assert os.listdir(tmp_path) == []
