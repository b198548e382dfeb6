"""Sentences about a row of results: when they are said, and in which language."""

from __future__ import annotations

import pytest

from atlas.results.regions import results_for
from atlas.results.sentences import flag_lines, verdict_text
from atlas.words import words
from data.periods import PERIODS, parse_period, province_periods
from geo.excess import LEVEL


def test_as_expected_says_why_where_nobody_would_believe_it():
    """A margin without 1, where p alone is below the level; twice the expected, and half of it."""
    say, said = words("en"), dict.fromkeys(("by chance", "too few reports", "year to year"), 0)
    for period in (*PERIODS, *province_periods()[:2]):
        for _, row in results_for(period).iterrows():
            text, verdict = verdict_text(row, say), say(f"verdict.{row['verdict']}")
            is_expected = row["verdict"] == "unremarkable"
            is_near = is_expected and row["p_value"] < LEVEL
            is_far = is_expected and (row["smr"] >= 2 or row["smr"] <= 0.5)
            assert text.startswith(verdict)
            assert (text != verdict) == (is_near or is_far), (period.code, row.iloc[1])
            assert ("by chance" in text) == is_near
            assert is_near or not is_far or ("few" in text) == ("few_reports" in row["flags"])
            for part in said:
                said[part] += part in text
    assert min(said.values()) > 5


def test_a_province_is_one_of_196():
    """Tambopata 2022: 6.0 times, 1.1 to 145, as expected."""
    results = results_for(parse_period("2022", "police", "provinces")).set_index(
        "province_ubigeo", drop=False
    )
    said = verdict_text(results.loc["1701"], words("es"))
    assert said == "como lo esperado (entre 196 provincias, alguna sale así por azar)"


@pytest.mark.parametrize("code", ["2020", "2022"])
def test_the_notes_on_a_period_are_in_the_language_asked_for(code):
    """Each note of the table by its two columns; none in the other language."""
    period = parse_period(code, "mpfn")
    english, spanish = (flag_lines(period, period.flags, words(lang)) for lang in ("en", "es"))
    assert english
    assert not set(english) & set(spanish)
    assert not any(sign in line for line in english for sign in "áéíóúñ¿¡")
