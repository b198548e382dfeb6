"""Sentences about a row of results: when they are said, and in which language."""

from __future__ import annotations

import pytest

from atlas.results.regions import results_for
from atlas.results.sentences import flag_lines, one_of_many
from atlas.words import words
from data.periods import PERIODS, parse_period
from geo.excess import LEVEL


def test_a_margin_without_one_beside_as_expected_is_explained():
    """Where p alone is below the level and the verdict, over all areas, is not."""
    said, say = 0, words("en")
    for period in PERIODS:
        for _, row in results_for(period).iterrows():
            is_near = row["verdict"] == "unremarkable" and row["p_value"] < LEVEL
            assert bool(one_of_many(row, say)) == is_near, (period.code, row["department"])
            said += is_near
    assert said > 5


@pytest.mark.parametrize("code", ["2020", "2022"])
def test_the_notes_on_a_period_are_in_the_language_asked_for(code):
    """Each note of the table by its two columns; none in the other language."""
    period = parse_period(code, "mpfn")
    english, spanish = (flag_lines(period, period.flags, words(lang)) for lang in ("en", "es"))
    assert english
    assert not set(english) & set(spanish)
    assert not any(sign in line for line in english for sign in "áéíóúñ¿¡")
