"""Counts beside their denominators."""

import pytest

import data
from data.periods import PERIOD_CODES
from geo.errors import ParameterError

MISMATCH = {
    "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "13", "14", "15", "16", "18", "22",
}  # fmt: skip


@pytest.mark.parametrize(
    ("period", "person_years"),
    [("2019", 32131400), ("2023", 33725844), ("2007-01/2014-04", 218522338.22)],
)
def test_person_years_of_the_country(period, person_years):
    """88 months of the mean of 2010 to 2012; one year of each single year."""
    frame = data.load_region_counts(period)
    assert round(frame["person_years"].sum(), 2) == person_years


def test_the_pool_is_the_sum_of_its_years():
    """Counts and person-years add up; the population is the mean."""
    pool = data.load_region_counts("2019+2021+2023")
    years = [data.load_region_counts(year) for year in ("2019", "2021", "2023")]
    assert (pool["reported_count"] == sum(year["reported_count"] for year in years)).all()
    assert pool["reported_count"].sum() == 1365 + 917 + 1076
    total = sum(year["person_years"] for year in years)
    assert (pool["person_years"] - total).abs().max() < 1e-6
    assert (pool["population"] - total / 3).abs().max() < 1e-6


@pytest.mark.parametrize("period", PERIOD_CODES)
def test_shape_and_company_of_every_period(period):
    """25 rows in order, each count with its unit and its registry."""
    frame = data.load_region_counts(period)
    assert frame["department_ubigeo"].tolist() == [f"{code:02d}" for code in range(1, 26)]
    assert frame["unit"].isin({"complaint", "reported offence"}).all()
    assert frame["registry"].nunique() == 1
    assert (frame["population"] > 0).all()
    assert frame.attrs["tier"] == "T1"
    assert set(data.load_complaints()["registry"]) >= set(frame["registry"])


def test_lima_2022_is_not_ranked_and_the_year_is_flagged():
    """Lima Centro's 19 of 2022 must not move the others."""
    frame = data.load_region_counts("2022").set_index("department_ubigeo")
    assert frame.index[~frame["is_ranked"]].tolist() == ["15"]
    assert "not_ranked" in frame.loc["15", "flags"]
    assert all("year_flagged" in flags for flags in frame["flags"])
    for period in set(PERIOD_CODES) - {"2022"}:
        assert data.load_region_counts(period)["is_ranked"].all()


def test_only_2020_is_the_lockdown():
    """The pool leaves 2020 out, so nothing in it is the lockdown's."""
    for period in PERIOD_CODES:
        flags = data.load_region_counts(period)["flags"]
        assert all(("lockdown" in item) == (period == "2020") for item in flags)


def test_denominators_that_do_not_match():
    """The list is data: every flagged department has a reason in both languages."""
    frame = data.load_region_counts("2023")
    flagged = [
        code
        for code, flags in zip(frame["department_ubigeo"], frame["flags"], strict=True)
        if "denominator_mismatch" in flags
    ]
    assert set(flagged) == MISMATCH
    reasons = data.load_denominator_mismatch()
    assert reasons[["reason", "reason_es", "source_title", "quote"]].notna().all(axis=None)


def test_cajamarca_loses_a_third_of_its_people():
    """Jaén, San Ignacio and Cutervo are 33 % of Cajamarca."""
    moves = data.load_jurisdiction_moves()
    out = moves[(moves["department_ubigeo"] == "06")]["province_ubigeo"]
    people = data.load_province_population().set_index("province_ubigeo")["population_2019"]
    share = people[out].sum() / data.population_of_year(2019)["06"]
    assert len(out) == 3
    assert round(share, 2) == 0.33


def test_yearly_counts_of_the_dispersion_fit():
    """25 departments in four years; 2020 is left out."""
    frame = data.load_yearly_counts()
    assert frame.groupby("year")["reported_count"].agg(["size", "sum"]).to_numpy().tolist() == [
        [25, 1365], [25, 917], [25, 897], [25, 1076],
    ]  # fmt: skip
    assert frame["unit"].unique().tolist() == ["reported offence"]


def test_the_incomplete_table_is_no_period():
    """2009 to 2014 may not be mapped."""
    with pytest.raises(ParameterError, match="incomplete"):
        data.load_region_counts("2009/2014")
