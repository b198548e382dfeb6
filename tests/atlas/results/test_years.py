"""Change and level of the departments over the years, on the figures in use."""

from __future__ import annotations

import re

import numpy as np
import pytest

from atlas.results.history import change_example, not_compared_note
from atlas.results.regions import results_for
from atlas.results.years import change_for, middle
from atlas.words import words
from data.comparing import comparable_with
from data.periods import parse_period
from data.reports import load_region_counts
from tests.refusing import refused


def test_ratio_is_against_the_country() -> None:
    """Puno 2019 to 2023: 156 and 51 of 1,365 and 1,076 reports, each over its share of people."""
    table = change_for(parse_period("2019"), parse_period("2023")).set_index("department")
    old, new = (load_region_counts(code).set_index("department") for code in ("2019", "2023"))
    smr = [
        year["reported_count"]
        / year["reported_count"].sum()
        / (year["person_years"] / year["person_years"].sum())
        for year in (old, new)
    ]
    np.testing.assert_allclose(table["ratio"], smr[1] / smr[0])
    assert (table.loc["Puno", ["reported_count_before", "reported_count_after"]] == [156, 51]).all()
    rates = [year["reported_count"].sum() / year["person_years"].sum() for year in (old, new)]
    assert table["country"].iloc[0] == pytest.approx(rates[1] / rates[0])


@pytest.mark.parametrize(("department", "figures"), [("16", "92 115 1.23 0.75 1.6"), ("14", "")])
@pytest.mark.parametrize("lang", ["es", "en"])
def test_an_example_divides_the_change_of_a_department_by_the_countrys(lang, department, figures):
    """Loreto: 92 and 115 reports are 1.23 times per resident, 1.6 times the country's 0.75."""
    table = change_for(parse_period("2019"), parse_period("2023"))
    text = change_example(table, department, words(lang))
    numbers = re.findall(r"\d[\d.]*\d|\d", text)[1:]
    first, last, own, country, _, _, ratio = map(float, numbers)
    people = [
        load_region_counts(code).set_index("department_ubigeo").loc[department, "person_years"]
        for code in ("2019", "2023")
    ]
    assert own == pytest.approx((last / people[1]) / (first / people[0]), abs=0.005)
    assert ratio == pytest.approx(own / country, abs=0.06)
    assert set(figures.split()) <= set(numbers)


@pytest.mark.parametrize(("first", "second"), [("2021", "2022"), ("2022", "2023")])
def test_who_is_not_ranked_in_either_period_has_no_change(first, second):
    """Lima of 2022 has no change as either period, and is not in the country's rate."""
    before, after = parse_period(first, "mpfn"), parse_period(second, "mpfn")
    table = change_for(before, after).set_index("department_ubigeo")
    assert table.index[table["verdict"] == "untestable"].tolist() == ["15"]
    assert table.loc["15", ["ratio", "low", "high", "p_value", "q_value"]].isna().all()
    assert "year_flagged" in table.loc["08", "flags"]
    rates = [
        rows["reported_count"].sum() / rows["person_years"].sum()
        for rows in (
            results_for(period).query("department_ubigeo != '15'") for period in (before, after)
        )
    ]
    assert table["country"].iloc[0] == pytest.approx(rates[1] / rates[0])


@pytest.mark.parametrize(
    ("registry", "before", "after", "match"),
    [
        (
            None,
            "2007-01/2014-04",
            "2019",
            "complaints .* reported offences .* do not measure change",
        ),
        (None, "2023", "2019", "the earlier one first"),
        (None, "2019", "2019+2021+2023", "do not overlap"),
        ("police", "2019", "2024-01/2024-07", "same months of a year"),
        # with the rate, the police's months, and full years in their place
        ("mpfn", "2021", "2025-01/2025-11", r"choose two of 2019.*yearly rate of the part.*police"),
    ],
)
def test_two_periods_that_cannot_be_compared(registry, before, after, match) -> None:
    with refused(match):
        change_for(*(parse_period(code, registry) for code in (before, after)))


def test_the_middle_of_a_part_of_a_year_is_its_own() -> None:
    assert middle(parse_period("2023")) == 2023.5
    assert middle(parse_period("2024-01/2024-07", "police")) == pytest.approx(2024 + 3.5 / 12)


def test_a_page_can_offer_what_is_comparable() -> None:
    offered = comparable_with(parse_period("2019"))
    assert [period.code for period in offered] == ["2020", "2021", "2022", "2023"]
    for code in ("2007-01/2014-04", "2019+2021+2023"):
        assert comparable_with(parse_period(code)) == ()
    year = parse_period("2021")
    for other in comparable_with(year):
        pair = sorted([year, other], key=lambda period: period.start)
        assert len(change_for(*pair)) == 25


@pytest.mark.parametrize(
    ("registry", "phrase"),
    [
        ("mpfn", "Police has the same months of two years, up to 2024"),
        ("police", "recorded late"),
        ("observatory", ""),
    ],
)
def test_a_part_of_a_year_that_is_not_compared_is_named_with_what_can_be(registry, phrase):
    """The newest figures are no silent gap: why they are not among the periods, and what is."""
    note = not_compared_note(registry, words("en"))
    assert phrase in note
    assert bool(note) == ("2025" in note)
