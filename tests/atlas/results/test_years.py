"""Change and level of the departments over the years, on the figures in use."""

from __future__ import annotations

import numpy as np
import pytest

from atlas.results.history import not_compared_note
from atlas.results.regions import results_for
from atlas.results.years import change_for, level_for, middle, years_table
from atlas.words import words
from data.comparing import comparable_with
from data.periods import parse_period
from data.reports import load_region_counts
from geo.level import fit_level
from tests.refusing import refused


def test_ratio_is_against_the_country() -> None:
    """Puno 2019 to 2023: 156 and 51 of 1,365 and 1,076 reports, each over its share of people."""
    table = change_for(parse_period("2019"), parse_period("2023")).set_index("department")
    old, new = (load_region_counts(code).set_index("department") for code in ("2019", "2023"))
    smr = [
        one["reported_count"]
        / one["reported_count"].sum()
        / (one["person_years"] / one["person_years"].sum())
        for one in (old, new)
    ]
    np.testing.assert_allclose(table["ratio"], smr[1] / smr[0])
    assert (table.loc["Puno", ["reported_count_before", "reported_count_after"]] == [156, 51]).all()
    rates = [one["reported_count"].sum() / one["person_years"].sum() for one in (old, new)]
    assert table.attrs["country"] == pytest.approx(rates[1] / rates[0])


@pytest.mark.parametrize(("first", "second"), [("2021", "2022"), ("2022", "2023")])
def test_who_is_not_ranked_in_either_period_has_no_change(first, second):
    """Lima of 2022, as the earlier and as the later period, alone; the country's rate is without
    it."""
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
    assert table.attrs["country"] == pytest.approx(rates[1] / rates[0])


@pytest.mark.parametrize(
    ("registry", "before", "after", "match"),
    [
        (None, "2007-01/2014-04", "2019", "complaints .* reported offences .* no change is read"),
        (None, "2023", "2019", "the earlier one first"),
        (None, "2019", "2019+2021+2023", "do not overlap"),
        ("police", "2019", "2024-01/2024-07", "same months of a year"),
        # with the rate, the police's months, and full years in their place
        ("mpfn", "2021", "2025-01/2025-11", r"yearly rate of the part.*police.*2019"),
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
    ("registry", "said"),
    [
        ("mpfn", "Police has the same months of two years, up to 2024"),
        ("police", "recorded late"),
        ("observatory", ""),
    ],
)
def test_a_part_of_a_year_that_is_not_compared_is_named_with_what_can_be(registry, said):
    """The newest figures are no silent gap: why they are not among the periods, and what is."""
    note = not_compared_note(registry, words("en"))
    assert said in note
    assert bool(note) == ("2025" in note)


REFERENCE = {
    "Madre de Dios": 1.00,
    "Tacna": 0.96,
    "Tumbes": 0.95,
    "Loreto": 0.91,
    "Huancavelica": 0.84,
    "Puno": 0.80,
}
"""P(level > 1) by a Gaussian approximation with the one best law, without Lima."""


def test_probabilities_beside_another_fit() -> None:
    """24 departments, five years: the variances and P(level > 1) of another approximation."""
    table = years_table("mpfn", full_years=True)
    whole = ~np.isnan(table.reported_count).any(axis=1)
    found = fit_level(table.reported_count[whole], table.person_years[whole], table.years)
    names = table.tables[0]["department"][whole]
    above = dict(zip(names, found.probability_above, strict=True))
    assert len(above) == 24
    for department, probability in REFERENCE.items():
        assert above[department] == pytest.approx(probability, abs=0.055), department
    assert found.lasting_variance == pytest.approx(0.52, abs=0.12)
    assert found.wave_variance == pytest.approx(0.33, abs=0.05)
    assert found.wave_correlation == pytest.approx(0.84, abs=0.08)


def test_lima_counts_without_its_year_of_the_gap() -> None:
    """With Lima's four known years the others' levels stay; its 2022 is not taken for a fall."""
    table = level_for().set_index("department")
    codes = ["2019", "2020", "2021", "2022", "2023", "2025-01/2025-11"]
    assert [period.code for period in table.attrs["periods"]] == codes
    assert len(table) == 25
    assert table.loc["Lima", "level"] == pytest.approx(0.85, abs=0.02)
    assert table.loc["Madre de Dios", "level"] == pytest.approx(4.4, abs=0.2)
    ends = table[["low", "level", "high"]].to_numpy()
    assert (np.diff(ends, axis=1) > 0).all()
    assert (table["next_low"] <= table["next_high"]).all()


def test_nine_years_of_the_police_narrow_the_level() -> None:
    """Fitted to its own registry: Lima is ranked in no year and has none, the others are surer."""
    levels = {code: level_for(code).set_index("department_ubigeo") for code in ("mpfn", "police")}
    assert np.isnan(levels["police"].loc["15", "level"])
    widths = {
        code: np.log(table["high"] / table["low"]).dropna().median()
        for code, table in levels.items()
    }
    assert widths["police"] < widths["mpfn"]
    assert levels["police"].loc["17", "low"] > 1
    # the window of 2007 to 2014 is one sum of 88 months
    with refused("at least two of each"):
        level_for("observatory")
