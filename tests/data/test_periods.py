"""Codes of periods, and the table that is none."""

import subprocess
import sys

import pytest

from data.catalogue import ROOT
from data.periods import parse_period, span_months
from data.police import parse_years
from geo.errors import UserError
from tests.refusing import refused


@pytest.mark.parametrize("text", ["", "2018", "2019+2020", "2007-01/2013-08"])
def test_an_unknown_period_lists_the_allowed(text):
    """The refusal says what may be asked for."""
    with refused(r"Choose one of 2007-01/2014-04, 2019"):
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


@pytest.mark.parametrize(
    ("registry", "text", "code"),
    [
        ("mpfn", "2025", "2025-01/2025-11"),
        ("police", "2025", "2025-01/2025-09"),
        ("police", "2017/2025", "2017-01/2025-09"),
        ("observatory", "2007/2014", "2007-01/2014-04"),
    ],
)
def test_a_bare_year_that_is_not_over_is_what_there_is_of_it(registry, text, code):
    """One rule for counts and profiles: its code names the months, and it is flagged."""
    period = parse_period(text, registry)
    assert period.code == code
    assert period.is_part_year or registry == "observatory"
    if registry == "police":
        assert span_months(parse_years(text, registry).code) == span_months(code)


def test_a_year_of_which_nothing_is_counted_stays_refused():
    for registry, text in (("mpfn", "2024"), ("mpfn", "2026"), ("police", "2025/2026")):
        with pytest.raises(UserError):
            parse_period(text, registry)
