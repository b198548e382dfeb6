"""Codes of periods, and the table that is none."""

import subprocess
import sys

import pytest

from data.catalogue import ROOT
from data.periods import parse_period
from tests.refusing import refused


@pytest.mark.parametrize("text", ["", "2018", "2019+2020", "2007-01/2013-08"])
def test_an_unknown_period_lists_the_allowed(text):
    """The refusal says what may be asked for."""
    with refused(r"choose one of 2007-01/2014-04, 2019"):
        parse_period(text)


@pytest.mark.parametrize(
    ("text", "is_extrapolated"), [("2017", True), ("2017/2019", True), ("2018/2019", False)]
)
def test_a_year_beyond_the_two_counts_says_so(text, is_extrapolated):
    period = parse_period(text, "police")
    assert ("extrapolated_population" in period.flags) == is_extrapolated


def test_nothing_is_read_when_modules_are_imported():
    """The data folder is opened by app.py and cli.py, so that what is wrong with it is one line."""
    pages = ("map", "hotspots", "figures", "planner", "own_data", "public", "method")
    rooms = ["cli", "atlas.public.api", *(f"atlas.{page}.page" for page in pages)]
    script = (
        "import data.catalogue\n"
        "def read(*_): raise SystemExit('read at import')\n"
        f"data.catalogue.open_catalogue = read\nimport {', '.join(rooms)}"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT.parent, check=False
    )
    assert done.returncode == 0, done.stderr
