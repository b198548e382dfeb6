"""Counts beside their denominators."""

import json

import numpy as np
import pytest

from data import periods
from data.geography import load_denominator_mismatch
from data.periods import PERIOD_CODES, parse_period
from data.population import residents
from data.reports import (
    counts_without_province,
    load_complaints,
    load_region_counts,
    load_series,
    total_count,
    window_counts,
)
from data.sealing import seal
from tests.published import ALL_OFFENCES, POLICE, REPORTS
from tests.spoilt_data import reading

PART = "2025-01/2025-11"


@pytest.mark.parametrize(
    ("period", "registry", "person_years"),
    [("2018", "police", 31562130), ("2007-01/2014-04", "observatory", 218522338.22)],
)
def test_person_years_of_the_country(period, registry, person_years):
    frame = load_region_counts(period, registry)
    assert round(frame["person_years"].sum(), 2) == person_years


def test_the_pool_is_the_sum_of_its_years():
    pool = load_region_counts("2019+2021+2023")
    years = [load_region_counts(year) for year in ("2019", "2021", "2023")]
    for column, totals in (("reported_count", REPORTS), ("offences", ALL_OFFENCES)):
        assert (pool[column] == sum(year[column] for year in years)).all()
        assert pool[column].sum() == sum(totals[year] for year in ("2019", "2021", "2023"))
    total = sum(year["person_years"] for year in years)
    assert (pool["person_years"] - total).abs().max() < 1e-6
    assert (pool["population"] - total / 3).abs().max() < 1e-6
    assert load_region_counts("2007-01/2014-04")["offences"].isna().all()


@pytest.mark.parametrize(("months", "code"), [(1, "2025-09"), (12, "2024-10/2025-09")])
def test_the_newest_window_is_the_loader_s_own_period(months, code):
    windows = window_counts("police", "departments", months)
    newest = windows[windows["begin"] == windows["begin"].max()]
    assert set(newest["period"]) == {code}
    counts = load_region_counts(code, "police")["reported_count"]
    assert newest["reported_count"].tolist() == counts.tolist()


@pytest.mark.parametrize("period", PERIOD_CODES)
def test_shape_and_company_of_every_period(period):
    frame = load_region_counts(period)
    assert frame["department_ubigeo"].tolist() == [f"{code:02d}" for code in range(1, 26)]
    assert frame["unit"].isin({"complaint", "reported offence"}).all()
    assert frame["registry"].nunique() == 1
    assert (frame["population"] > 0).all()
    assert load_region_counts.tiered(period).tier == "T1"
    assert set(load_complaints()["registry"]) >= set(frame["registry"])
    assert all(("lockdown" in flags) == (period == "2020") for flags in frame["flags"])
    assert frame["is_ranked"].all() == (period not in ("2022", PART))


def test_lima_2022_is_not_ranked_and_the_year_is_flagged():
    """Lima Centro's 19 of 2022 must not move the others."""
    frame = load_region_counts("2022").set_index("department_ubigeo")
    assert frame.index[~frame["is_ranked"]].tolist() == ["15"]
    assert "not_ranked" in frame.loc["15", "flags"]
    assert all("year_flagged" in flags for flags in frame["flags"])


def test_what_2025_lacks_is_unknown_and_not_zero():
    frame = load_region_counts(PART).set_index("department_ubigeo")
    assert frame.index[~frame["is_ranked"]].tolist() == ["19", "20"]
    assert np.isnan(frame.loc["19", "reported_count"])
    assert frame.loc["20", "reported_count"] == 41
    assert "unknown" in frame.loc["19", "flags"]
    assert "incomplete" in frame.loc["20", "flags"]
    assert frame["reported_count"].sum() == REPORTS[PART]
    assert frame["offences"].sum() == ALL_OFFENCES[PART]


def test_the_police_registry_adds_up_and_does_not_rank_lima():
    years = [str(year) for year in range(2017, 2025)] + ["2025-01/2025-09"]
    frames = {year: load_region_counts(year, "police") for year in years}
    sums = [int(frame["reported_count"].sum()) for frame in frames.values()]
    assert sums == list(POLICE.values())
    assert [total_count(parse_period(year, "police")) for year in years] == sums
    whole = load_region_counts("2017/2025-09", "police").set_index("department_ubigeo")
    # Cusco has no figure over years of which one is missing; the country keeps what it reported
    assert (whole["reported_count"].sum(), total_count(parse_period("2017/2025-09", "police"))) == (
        5142 - 219,
        5142,
    )
    assert whole.loc["15", "reported_count"] == 2769
    assert whole.index[~whole["is_ranked"]].tolist() == ["08", "15"]
    people = sum(frame["person_years"].sum() for frame in frames.values())
    assert whole["person_years"].sum() == pytest.approx(people, rel=1e-3)
    last = frames["2025-01/2025-09"]
    assert (last["person_years"] == last["population"] * 9 / 12).all()


def test_provinces_add_up_with_those_that_have_none():
    frame = load_region_counts("2017/2022", "police", "provinces")
    assert (len(frame), int(frame["reported_count"].sum())) == (196, 3470 - 163)
    assert counts_without_province(parse_period("2017/2022", "police")).sum() == 36
    assert total_count(parse_period("2017/2022", "police")) == 3506
    first = load_region_counts("2017", "police", "provinces")["population"]
    assert first.sum() == pytest.approx(residents("2017").sum())


def test_a_series_has_its_gaps():
    months = load_series("police", "month", "17")
    assert len(months) == 105
    assert months.loc[months["reported_count"].isna(), "period"].str[:4].unique().tolist() == [
        "2023"
    ]
    years = load_series("mpfn", "year")
    assert years.loc[years["reported_count"].isna(), "period"].tolist() == ["2024"]
    assert load_series("mpfn", "year", "19")["reported_count"].isna().sum() == 2
    for step in ("month", "quarter", "half"):
        total = load_series("police", step)["reported_count"].sum()
        assert total == 5142 - 583


def test_a_denominator_that_does_not_match_is_flagged_with_its_reason():
    frame = load_region_counts("2023")
    is_flagged = ["denominator_mismatch" in flags for flags in frame["flags"]]
    reasons = load_denominator_mismatch()
    assert set(frame["department_ubigeo"][is_flagged]) == set(reasons["department_ubigeo"])
    assert reasons[["reason", "reason_es", "source_title", "quote"]].notna().all(axis=None)


def test_a_year_without_offences_takes_them_from_its_pool(folder):
    """A sum over two of three years would be a third too small."""
    path = folder / "tables" / "all_offences.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("2021,")), "utf-8")
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        if resource["name"] == "all_offences":
            totals = resource["expected_totals"]
            resource["expected_totals"] = [item for item in totals if item["period"] != "2021"]
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    seal(folder)
    with reading(folder):
        known = {
            period: load_region_counts(period)["offences"].notna().sum()
            for period in ("2019", "2021", "2019+2021+2023")
        }
    assert known == {"2019": 25, "2021": 0, "2019+2021+2023": 0}


@pytest.mark.parametrize("code", ["2019", "2017/2022", "2019-05", "2018-07/2019-01"])
@pytest.mark.parametrize("level", ["departments", "provinces"])
def test_a_zero_that_is_none_is_no_figure_in_any_period_that_holds_it(code, level):
    """Cusco's 2019 of the police: after 46, before 21."""
    if level == "provinces" and "-" in code:
        return
    counts = load_region_counts(code, "police", level)
    cusco = counts[counts["department_ubigeo"] == "08"]
    assert len(cusco) == (1 if level == "departments" else 13)
    assert cusco["reported_count"].isna().all()
    assert not cusco["is_ranked"].any()
    assert cusco["flags"].map(lambda flags: "unknown" in flags).all()
    assert counts.loc[counts["department_ubigeo"] != "08", "reported_count"].notna().all()


def test_a_zero_that_is_none_is_a_gap_in_the_series_and_the_country_is_partial():
    months = load_series("police", "month", "08").set_index("period")["reported_count"]
    inside = [code for code in months.index if code.startswith("2019")]
    assert len(inside) == 12
    assert months[inside].isna().all()
    assert months["2018-05"] == 6
    country = load_series("police").set_index("period")
    assert country.loc["2019", ["reported_count", "is_partial"]].tolist() == [509, True]
    assert counts_without_province(parse_period("2017/2022", "police")).get("08") is None


def test_a_figure_that_a_refresh_brings_is_no_longer_missing(monkeypatch):
    """Rows win over what the card names."""
    rows = periods._rows
    cell = {"period": "2019-03", "department_ubigeo": "08", "reported_count": "4"}
    monkeypatch.setattr(
        periods,
        "_rows",
        lambda name: [*rows(name), *([cell] if name == "police_complaints" else [])],
    )
    assert not list(periods._missing("police", "police_complaints"))
    monkeypatch.undo()
    (note,) = periods._missing("police", "police_complaints")
    assert (note["area_ubigeo"], note["period_start"], note["period_end"]) == (
        "08", "2019-01", "2019-12",
    )  # fmt: skip
