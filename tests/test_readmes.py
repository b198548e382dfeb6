"""Papers: examples run, the architecture is the code's, guides name what is there."""

from __future__ import annotations

import ast
import doctest
import re
from pathlib import Path

import pytest

from atlas.results.regions import result_of
from atlas.words import words
from data.periods import parse_period
from studies.screenshots import pictures
from tests.test_house import BELOW, FLOORS

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("geo", "data", "layers", "atlas", "tests", "studies")


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_explains_itself(room):
    """A page at most, an example that runs, files that are there."""
    path = ROOT / room / "README.md"
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 45
    result = doctest.testfile(str(path), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert (result.failed, result.attempted > 0) == (0, True)
    rows = "\n".join(line for line in text.splitlines() if line.startswith("| `"))
    named = re.findall(r"`([\w/]+(?:\.py|/))`", rows)
    assert named
    assert [name for name in named if not (ROOT / room / name).exists()] == []


ARCHITECTURE = (ROOT / "docs" / "ARCHITECTURE.md").read_text("utf-8")
GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))


def test_the_walks_name_functions_that_are_there():
    """Each name after a file is defined in that file."""
    steps = re.findall(r"^\d\. .*(?:\n   .*)*", ARCHITECTURE, flags=re.MULTILINE)
    named: list[tuple[str, str]] = []
    for step in steps:
        file = ""
        for name in re.findall(r"`([\w/.]+)`", step):
            file = name if name.endswith(".py") else file
            named += [] if name == file or not name.isidentifier() else [(file, name)]
    named = [(file, name) for file, name in named if name not in ("PlanQuestion", "PlanDocument")]
    assert len(steps) == 16
    assert len(named) > 25
    gone = []
    for file, name in named:
        nodes = ast.walk(ast.parse((ROOT / file).read_text("utf-8")))
        if name not in [node.name for node in nodes if isinstance(node, ast.FunctionDef)]:
            gone.append((file, name))
    assert gone == []


def test_the_drawing_has_the_arrows_that_the_house_allows():
    drawing = ARCHITECTURE.partition("```mermaid")[2].partition("```")[0]
    label = dict(re.findall(r'^    (\w+)\["([^":]*)', drawing, flags=re.MULTILINE))
    floors = ("ground", "results", "drawing", "paper", "web", "features")
    assert [set(re.findall(r"\w+", label[floor])) for floor in floors] == [*map(set, FLOORS)]
    arrows = set()
    for line in drawing.splitlines():
        start, arrow, ends = re.sub(r'\[".*?"\]|\|.*?\|', "", line).partition("-->")
        if arrow:
            arrows |= {(start.strip(), end.strip()) for end in ends.split("&")}
    climbs = set(zip(floors[1:], floors, strict=False))
    rooms = {
        (room, other.partition(".")[0])
        for room, others in BELOW.items()
        for other in others
        if room != "studies" and other.partition(".")[0] != room
    }
    assert arrows == climbs | rooms


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.name)
def test_a_guide_shows_and_names_what_is_there(path: Path):
    """Its pictures are made, its links lead to files, words in italics are the atlas's own."""
    text, lang = path.read_text("utf-8"), path.name.split(".")[1]
    assert len(text.split()) <= 700
    shown = re.findall(r"!\[[^]]+\]\(\.\./images/([^)]+)\)", text)
    assert shown
    assert set(shown) <= pictures().keys()
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if "images/" not in link]
    assert [link for link in links if not (path.parent / link).exists()] == []
    texts = "\n".join(words(lang).catalogue.values()).casefold()
    italics = re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", re.sub(r"\*\*", "\n", text))
    assert italics
    assert [word for word in italics if word.casefold() not in texts] == []


def test_the_papers_have_the_figures_of_the_tables():
    row = result_of("17", parse_period("2023"))
    ratio, low, high = (f"{row[name]:.1f}" for name in ("smr", "smr_low", "smr_high"))
    count = int(row["reported_count"])
    for path, lang in (("policymaker.en.md", "en"), ("politicas.es.md", "es")):
        text = " ".join((ROOT / "docs" / "guides" / path).read_text("utf-8").split())
        between = {"en": f"between {low} and {high}", "es": f"entre {low} y {high}"}[lang]
        times = {"en": f"{ratio} times the expected", "es": f"{ratio} veces lo esperado"}[lang]
        assert f"{times}, {between}" in text
        assert f" {count} " in text
    walk = " ".join(ARCHITECTURE.split())
    assert f"has {count} reported offences, {ratio} times the expected" in walk
    assert f"the expected, {row['expected']:.1f}, and the ratio, {ratio}" in walk
    assert f"the margin, {low} to {high}" in walk
