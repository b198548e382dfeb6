"""The reports, and the way from a fiscal district to the department of its seat."""

import pytest

from data.reports import load_all_offences, load_complaints, load_crosswalk
from tests.published import ALL_OFFENCES, REPORTS


@pytest.mark.parametrize(
    ("load", "totals"), [(load_complaints, REPORTS), (load_all_offences, ALL_OFFENCES)]
)
def test_published_totals_hold_before_and_after_the_crosswalk(load, totals):
    frame = load()
    assert frame.groupby("period")["reported_count"].sum().to_dict() == totals
    mapped = frame.dropna(subset=["department_ubigeo"])
    assert mapped.groupby("period")["reported_count"].sum().to_dict() == totals


@pytest.mark.parametrize(
    ("period", "code", "count"),
    [
        ("2007-01/2014-04", "17", 178),
        ("2007-01/2014-04", "15", 455),
        ("2007-01/2014-04", "02", 29),
        ("2007-01/2014-04", "20", 150),
        ("2019", "17", 101),
        ("2023", "17", 71),
    ],
)
def test_known_counts_of_departments(period, code, count):
    frame = load_complaints()
    rows = frame[(frame["period"] == period) & (frame["department_ubigeo"] == code)]
    assert rows["reported_count"].sum() == count


def test_the_two_spans_never_share_a_unit():
    """Complaints before, reported offences since: no ratio may cross."""
    units = load_complaints().groupby("period")["unit"].unique().map(list).to_dict()
    assert units.pop("2007-01/2014-04") == ["complaint"]
    assert set(map(tuple, units.values())) == {("reported offence",)}


def test_the_crosswalk_follows_the_seat():
    crosswalk = load_crosswalk().set_index("fiscal_district")["department_ubigeo"]
    assert len(crosswalk) == 34
    assert crosswalk[["SELVA CENTRAL", "LIMA NOROESTE", "SANTA", "SULLANA"]].tolist() == [
        "12", "07", "02", "20",
    ]  # fmt: skip
