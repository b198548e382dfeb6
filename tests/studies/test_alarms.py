"""What a verdict claims: the figures of the study are those that people read."""

import re
from pathlib import Path

import pytest

from atlas.results.matrix import dark_by_chance
from atlas.results.regions import overdispersion_of
from atlas.words import LANGUAGES, words
from geo.excess import LEVEL
from studies import alarms

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_documents_say_what_the_study_finds():
    calls = alarms.verdict_calls()
    text = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    part = text[text.index("### What a verdict claims") : text.index("The police, by length")]
    rows = re.findall(r"\| (\d+\.\d) % \| (\d+\.\d) % \|", part)
    assert [(f"{100 * either:.1f}", f"{100 * holm:.1f}") for _, either, holm in calls] == rows
    first_cells = [rows[at][0] for at in (0, 1, 2, 4)]  # each world judged by what it would know
    for lang in LANGUAGES:
        page = words(lang)("method.claims.text")
        assert re.findall(r"(\d+\.\d)\s?%", page) == first_cells


def test_false_calls_by_length_are_those_of_the_kappas_in_use_and_few_enough():
    """In 4,000 maps per length, false calls are at most 5 % and two standard errors."""
    text = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| (\d+) \| \d+ \| (\d\.\d\d) \| (\d\.\d) % \| (\d\.\d) % \|", text, re.MULTILINE
    )
    assert [int(months) for months, *_ in rows] == list(alarms.LENGTHS)
    for months, kappa, *calls in rows:
        fit = overdispersion_of("police", "departments", int(months))
        assert f"{fit.kappa:.2f}" == kappa
        assert (
            max(map(float, calls)) / 100
            <= LEVEL + 2 * (LEVEL * (1 - LEVEL) / alarms.LENGTH_MAPS) ** 0.5
        )


def test_focos_says_how_many_countries_the_study_finds_with_a_dark_cell():
    """Second way: the page's formula agrees with 16,000 simulated countries within 1.5 points."""
    text = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    simulated = re.search(r"some dark one by chance in (\d+\.\d) % of countries", text)
    assert simulated
    assert dark_by_chance() == pytest.approx(float(simulated[1]) / 100, abs=0.015)
