"""Departments against each other: who is compared, what is said."""

from __future__ import annotations

import numpy as np
import pytest

from atlas.results.compare import CHOSEN, NEIGHBOUR, compare_blocks, compared_pairs, neighbours_of
from atlas.results.pairs import NO_REPORT, pair_rows, pair_sentences, pairs_table
from atlas.results.regions import overdispersion, results_for
from atlas.view import View
from atlas.words import words
from data.periods import parse_period
from geo.two_counts import compare_counts


def test_each_pair_has_both_rates_and_one_test():
    """Cusco, Puno and Arequipa, 2023: 26, 51 and 96 reports; a pair alone has the same p."""
    period = parse_period("2023")
    table = pairs_table(("08", "21", "04"), period)
    rates = results_for(period).set_index("department_ubigeo")
    assert list(zip(table["department"], table["other_department"], strict=True)) == [
        ("Puno", "Cusco"), ("Arequipa", "Cusco"), ("Arequipa", "Puno"),
    ]  # fmt: skip
    for row in table.to_dict("records"):
        higher, lower = (rates.loc[row[key]] for key in ("department_ubigeo", "other_ubigeo"))
        assert row["ratio"] == pytest.approx(higher["rate_per_100k"] / lower["rate_per_100k"])
        counts = np.array([[lower["reported_count"]], [higher["reported_count"]]], float)
        odds = np.array([higher["person_years"] / lower["person_years"]])
        alone = compare_counts(*counts, odds, overdispersion(period).kappas)
        assert row["p_value"] == pytest.approx(alone.p_value[0])
        assert row["low"] < alone.low[0], "one margin for three pairs is wider"
    # by itself Arequipa against Cusco is below 0.05; over three pairs it is not clear
    assert table["p_value"][1] < 0.05 < table["holm_p_value"][1]
    assert set(table["verdict"]) == {"unclear"}
    for lang, phrase in (
        ("es", "No hay diferencia clara entre ninguno de estos: Puno, Cusco y Areq"),
        ("en", "We see no clear difference between any two of Puno, Cusco and Arequipa"),
    ):
        (sentence,) = pair_sentences(table, period, words(lang))
        assert sentence.startswith(phrase)
    (sentence,) = pair_sentences(table[:2], period, words("en"))
    assert sentence.startswith("We see no clear difference between Cusco and each of Puno and Are")


def test_a_clear_pair_says_how_many_times():
    table = pairs_table(("17", "08"), parse_period("2023"))
    (sentence,) = pair_sentences(table, parse_period("2023"), words("en"))
    assert sentence == (
        "With 71 reports, the rate of Madre de Dios is 19.3 times that of Cusco, which has 26 "
        "(margin 6.5 to 57.1). The difference is clear."
    )


@pytest.mark.parametrize(("registry", "period", "codes", "notes", "reason"), [
    ("police", "2024", ("15", "17"), ["not_ranked"], "Lima is not compared. The national police"),
    ("police", "2024", ("07", "09"), [NO_REPORT], "Callao and Huancavelica have no report, so"),
    ("mpfn", "2025-01/2025-11", ("17", "20"), ["incomplete"], "We do not compare Piura. "),
    ("mpfn", "2025-01/2025-11", ("17", "19"), ["unknown"], "We do not compare Pasco. "),
    ("mpfn", "2022", ("15", "17"), ["not_ranked"], "Lima is not compared. In 2022 the record"),
])  # fmt: skip
def test_who_may_not_be_compared_says_why(registry, period, codes, notes, reason):
    span = parse_period(period, registry)
    table = pairs_table(codes, span)
    assert list(table["note"]) == notes
    assert table[["ratio", "low", "high", "p_value", "holm_p_value"]].isna().all(axis=None)
    (sentence,) = pair_sentences(table, span, words("en"))
    assert sentence.startswith(reason)
    assert pair_rows(table, words("es"))[0].conclusion == "no se comparan"


def test_of_neighbours_the_department_stands_against_each():
    """Six borders make six pairs, not twenty-one; four chosen ones make six."""
    period, around = parse_period("2023"), neighbours_of("21")
    places = [("21", CHOSEN), *((code, NEIGHBOUR) for code in around)]
    table = compared_pairs(places, period)
    assert len(table) == len(around)
    assert all("21" in pair for pair in zip(table["department_ubigeo"], table["other_ubigeo"],
                                            strict=True))  # fmt: skip
    assert len(compared_pairs([(code, CHOSEN) for code in ("17", "08", "21", "04")], period)) == 6


def test_the_answer_names_both_sides_of_every_conclusion():
    """A registry a paragraph, in the map's period: the pairs, then each against the country."""
    places = [(code, CHOSEN) for code in ("17", "08")]
    view = View(lang="en", period=parse_period("2023"))
    prosecutors, police = compare_blocks(places, view, words("en"))
    assert (prosecutors.head, police.head) == (
        "Prosecutors, 2023, like the map.",
        "Police, 2024 (last full year).",
    )
    assert prosecutors.answer == (
        "With 71 reports, the rate of Madre de Dios is 19.3 times that of Cusco, which has 26 "
        "(margin 6.5 to 57.1). The difference is clear. Against the country's rate the conclusion "
        "is “more than expected” in Madre de Dios and “no clear difference” in Cusco."
    )
