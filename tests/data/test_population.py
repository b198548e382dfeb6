"""Residents of any period between two counts, and the published national totals."""

import json
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.catalogue import PACKAGE_FILE, load_table
from data.names import AREA_COLUMNS
from data.periods import span_code
from data.population import (
    load_census,
    load_population,
    population_of_year,
    projected,
    residents,
    residents_from,
)
from geo.errors import DataError
from tests.refusing import refused
from tests.spoilt_data import reading

LEVELS = tuple(AREA_COLUMNS)
FIRST, LAST = 12 * 2017, 12 * 2026 + 11


@pytest.mark.parametrize(
    ("year", "total"),
    [(2010, 29461933), (2012, 30135875), (2019, 32131400), (2022, 33396698), (2023, 33725844)],
)
def test_national_totals(year, total):
    """The 25 departments add up to what INEI published."""
    series = population_of_year(year)
    assert len(series) == 25
    assert series.sum() == total


def test_the_census_is_what_inei_printed():
    """Row PERÚ of table 6, and Madre de Dios; men and women, counted and omitted add up."""
    for level, rows in zip(LEVELS, (25, 196, 1892), strict=True):
        census = load_census(level)
        assert len(census) == rows
        assert census[["residents", "counted", "omitted"]].sum().tolist() == [
            34_157_732, 32_706_028, 1_451_704,
        ]  # fmt: skip
        assert (census["men"] + census["women"]).equals(census["residents"])
        assert (census["counted"] + census["omitted"]).equals(census["residents"])
    ages = load_table("census_2025_ages").groupby("department_ubigeo")
    assert ages["counted_women"].sum().tolist() == load_census()["counted_women"].tolist()


@pytest.mark.parametrize("level", LEVELS)
def test_both_ends_are_the_published_counts(level):
    """The year 2018 has its 30 June in the middle, September 2025 the day of the census."""
    table = {"departments": "population", "provinces": "population_provinces"}.get(level, "places")
    before = load_table(table).set_index(AREA_COLUMNS[level])
    if level == "departments":
        before = before[(before["year"] == 2018) & (before["series_code"] == "annex_2018_2022")]
    before = before["population" if level == "departments" else "population_2018"]
    start, census = residents("2018", level), load_census(level).set_index(AREA_COLUMNS[level])
    assert np.allclose(start, before.reindex(start.index).fillna(0), rtol=1e-12)
    assert np.allclose(residents("2025-09", level), census["residents"], rtol=1e-12)


def test_a_department_grows_at_a_constant_rate():
    """A second way, by days: 208,667 people in September 2025, 161,324 in June 2018."""
    start, end = date(2018, 6, 30), date(2025, 9, 15)
    passed = (date(2023, 7, 1) - start).days / (end - start).days
    by_days = 161_324 * (208_667 / 161_324) ** passed
    assert residents("2023")["17"] == pytest.approx(by_days, rel=2e-5)


@given(st.integers(FIRST, LAST), st.integers(1, 60), st.sampled_from(LEVELS))
def test_every_level_adds_up_to_the_one_above(month, length, level):
    code = span_code(month, min(month + length - 1, LAST))
    people, above = residents(code, level), LEVELS[max(LEVELS.index(level) - 1, 0)]
    upper = residents(code, above)
    digits = len(upper.index[0])
    assert (people >= 0).all()
    assert np.allclose(people.groupby(people.index.str[:digits]).sum(), upper, rtol=1e-10)


@given(st.integers(FIRST, LAST - 24), st.integers(2, 24), st.data())
def test_a_period_has_the_person_years_of_its_parts(month, length, data):
    """Within a thousandth: the middle of a growth is a little below its mean."""
    cut = data.draw(st.integers(1, length - 1))
    parts = span_code(month, month + cut - 1), span_code(month + cut, month + length - 1)
    whole = residents(span_code(month, month + length - 1)) * length
    assert np.allclose(
        residents(parts[0]) * cut + residents(parts[1]) * (length - cut), whole, 1e-3
    )


@pytest.mark.parametrize(
    ("code", "origins", "until", "since"),
    [
        ("130112", ["130102"], "2022-11", "2023-01"),
        ("160405", ["160403"], "2025-06", "2025-08"),
        ("090724", ["090707", "090717"], "2020-05", "2020-08"),
    ],
)
def test_a_new_district_is_part_of_those_it_came_from(code, origins, until, since):
    """Nobody until it is made; then its share of 2025, and the sum goes on as before."""
    before, after = residents(until, "districts"), residents(since, "districts")
    assert before[code] == 0 < after[code]
    sums = [people[[code, *origins]].sum() for people in (before, after)]
    assert sums[1] == pytest.approx(sums[0], rel=0.01)
    if len(origins) == 1:
        counted = load_census("districts").set_index("district_ubigeo")["residents"]
        share = counted[code] / counted[[code, *origins]].sum()
        assert after[code] / sums[1] == pytest.approx(share)


def test_before_2017_the_older_series_stays():
    """2007-01/2014-04 has the mean of 2010, 2011 and 2012; below it the shares of 2018."""
    mean = sum(population_of_year(year) for year in (2010, 2011, 2012)) / 3
    assert np.allclose(residents("2007-01/2014-04"), mean)
    assert set(residents_from("2007-01/2014-04")) == {"population"}
    assert np.allclose(residents("2007-01/2014-04", "districts"), residents("2018", "districts"))


def test_the_rows_that_a_period_comes_from_give_its_residents():
    """By the formula of residents(), at the middle of 2023, from the two tables alone."""
    rows = residents_from("2023")
    before = rows["population"].set_index("department_ubigeo")["population"]
    after = rows["census_2025"].set_index("department_ubigeo")["residents"]
    grown = (date(2023, 6, 30) - date(2018, 6, 30)) / (date(2025, 9, 15) - date(2018, 6, 30))
    assert before.size == after.size == 25
    expected = before * (after / before) ** grown
    assert np.allclose(expected, residents("2023")[expected.index], rtol=1e-3)


def test_the_projection_is_the_sensitivity():
    """Of eleven months those of their year; of two years each by its months; 2017 has none."""
    assert projected("2025-01/2025-11").tolist() == population_of_year(2025).tolist()
    both = (population_of_year(2022) * 6 + population_of_year(2023) * 12) / 18
    assert np.allclose(projected("2022-07/2023"), both)
    assert projected("2017/2018") is None
    assert projected("2023", "provinces") is None
    assert projected("2022", "provinces").sum() == population_of_year(2022).sum()


def test_a_changed_district_does_not_meet_its_province(folder, edit):
    edit("census_2025.csv", "010102,district,222,", "010102,district,223,")
    package = json.loads((folder / PACKAGE_FILE).read_text(encoding="utf-8"))
    for card in package["resources"]:
        if card["name"] == "census_2025":
            card["expected_totals"] = []
    (folder / PACKAGE_FILE).write_text(json.dumps(package), encoding="utf-8")
    with pytest.raises(DataError, match="in the areas of 0101"), reading(folder):
        load_census()


def test_a_period_that_no_count_reaches_is_refused():
    for period in ("2016", "2027", "2026-12/2027-01", "2014/2018"):
        with refused("no complete population of 20.*2010, 2011, 2012, 2017, 2018"):
            residents(period)
    with refused("annex_2018_2022"):
        load_population(series_code="worldpop")
