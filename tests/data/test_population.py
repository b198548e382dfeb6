"""One series per year, and the published national totals."""

import pytest

from data.catalogue import descriptor_of, load_table
from data.population import (
    load_population,
    load_province_population,
    population_of_year,
    spread_year,
)
from geo.errors import DataError
from tests.refusing import refused
from tests.spoilt_data import reading


@pytest.mark.parametrize(
    ("year", "total"),
    [(2010, 29461933), (2012, 30135875), (2019, 32131400), (2022, 33396698), (2023, 33725844)],
)
def test_national_totals(year, total):
    """The 25 departments add up to what INEI published."""
    series = population_of_year(year)
    assert len(series) == 25
    assert series.sum() == total


def test_provinces_add_up_to_departments():
    """A second way to the same figure: the annex by province, the directory by district."""
    provinces = load_province_population()
    assert len(provinces) == 196
    for year in (*range(2019, 2023), 2025):
        sums = provinces.groupby("department_ubigeo")[f"population_{year}"].sum()
        assert sums.to_dict() == population_of_year(year).to_dict()


def test_a_changed_district_meets_its_department(folder, edit):
    edit("districts_2025.csv", ",41843,", ",41844,")
    edit("districts_2025.csv", "227.9,3222,", "227.9,3221,")
    with (
        pytest.raises(DataError, match=r"430,252 residents in department 01.*430,251"),
        reading(folder),
    ):
        load_province_population()


@pytest.mark.parametrize(
    ("years", "year"),
    [([2023], 2022), ([2024], 2025), ([2025], 2025), ([2010, 2011, 2012], 2022), ([2022], 2022)],
)
def test_counts_are_spread_by_the_nearer_year(years, year):
    assert spread_year(years) == year


def test_an_unknown_year_or_series_is_refused():
    with refused("no complete population of 2016; there are 2010"):
        population_of_year(2016)
    with refused("annex_2018_2022"):
        load_population(series_code="worldpop")


def test_a_year_without_a_printed_total_has_one_of_its_own():
    items = descriptor_of("population")["expected_totals"]
    national = load_table("population_national")
    frame = load_population()
    guarded = {(item["where"]["series_code"], item["where"]["year"]) for item in items}
    printed = set(zip(national["series_code"], national["year"], strict=True))
    assert set(zip(frame["series_code"], frame["year"], strict=True)) <= guarded | printed
    years = {item["where"]["year"] for item in items}
    assert {2007, 2010, 2011, 2012, 2014, 2017} <= years
