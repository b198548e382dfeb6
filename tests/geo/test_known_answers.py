"""The shipped figures, from the published tables to the verdicts.

Each number here was computed apart from this code, from the source tables with scipy.stats.
"""

import pytest

import data
from geo.regions import region_results, yearly_dispersion

WINDOW, POOLED = "2007-01/2014-04", "2019+2021+2023"


@pytest.fixture(scope="module")
def yearly():
    return data.load_yearly_counts()


@pytest.fixture(scope="module")
def results(yearly):
    """Result tables by period, indexed by department code."""
    dispersion = yearly_dispersion(yearly)
    return {
        period: region_results(
            data.load_region_counts(period), yearly, dispersion=dispersion
        ).set_index("department_ubigeo")
        for period in (WINDOW, "2019", "2020", "2021", "2022", "2023", POOLED)
    }


def named(table, verdict):
    return dict(table.loc[table["verdict"] == verdict, "smr"].round(2))


def test_dispersion_of_the_shipped_years(yearly):
    """Yearly reports vary 5.3 times more than Poisson, Lima left out."""
    fit = yearly_dispersion(yearly)
    assert fit.phi == pytest.approx(5.3391, abs=5e-5)
    assert fit.low == pytest.approx(3.925, abs=5e-4)
    assert fit.high == pytest.approx(7.687, abs=5e-4)
    assert fit.degrees_of_freedom == 69


@pytest.mark.parametrize(
    ("period", "total"),
    [
        (WINDOW, 1976),
        ("2019", 1365),
        ("2020", 692),
        ("2021", 917),
        ("2022", 897),
        ("2023", 1076),
        (POOLED, 3358),
    ],
)
def test_totals(results, period, total):
    """No report is lost on the way, and expected counts share out those that are ranked."""
    table = results[period]
    assert len(table) == 25
    assert table["reported_count"].sum() == total
    ranked = table["expected"].notna()
    assert table["expected"].sum() == pytest.approx(table.loc[ranked, "reported_count"].sum())


def test_window(results):
    """2007 to 2014: nine of 25 hold with dispersion, 17 under Poisson."""
    table = results[WINDOW]
    assert table.loc["17", "reported_count"] == 178
    assert table.loc["17", "expected"] == pytest.approx(8.25, abs=0.005)
    assert named(table, "above") == {"01": 2.65, "08": 1.96, "16": 3.20, "17": 21.58, "18": 3.92}
    assert set(named(table, "below")) == {"06", "13", "14", "15"}
    assert named(table, "above_poisson_only") == {"20": 1.27, "22": 1.75, "24": 1.88}
    assert (table["q_value"] < 0.05).sum() == 17
    close = {code for code, flags in table["flags"].items() if "close_call" in flags}
    assert close == {"02", "09", "14", "22"}


@pytest.mark.parametrize(
    ("code", "column", "value"),
    [
        ("24", "q_value", 0.0047),
        ("20", "q_value", 0.0063),
        ("23", "q_value", 0.0551),
        ("22", "q_value_overdispersed", 0.0508),
        ("02", "q_value_overdispersed", 0.0524),
        ("14", "q_value_overdispersed", 0.0188),
        ("09", "q_value_overdispersed", 0.0872),
    ],
)
def test_window_q_values(results, code, column, value):
    """Those near the line, to four places."""
    assert results[WINDOW].loc[code, column] == pytest.approx(value, abs=5.1e-5)


def test_2023(results):
    """2023: six above and Lima below."""
    table = results["2023"]
    assert named(table, "above") == {
        "17": 11.64, "09": 4.20, "16": 3.43, "24": 3.22, "10": 2.92, "04": 1.90,
    }  # fmt: skip
    assert set(named(table, "below")) == {"15"}


def test_pooled(results):
    """2019, 2021 and 2023 together: eight above."""
    assert named(results[POOLED], "above") == {
        "17": 12.14, "23": 3.72, "24": 2.92, "16": 2.51, "09": 2.31, "21": 2.25, "10": 1.79,
        "04": 1.48,
    }  # fmt: skip


def test_2022_without_lima(results):
    """2022: Lima's record has a gap, so it is not ranked and the other 24 share their 798."""
    table = results["2022"]
    assert table.loc["15", "verdict"] == "untestable"
    assert "not_ranked" in table.loc["15", "flags"]
    assert table["expected"].count() == 24
    assert table["expected"].sum() == pytest.approx(798)
    above = {"17": 12.26, "24": 3.25, "23": 3.22, "09": 3.20, "10": 3.20}
    assert named(table, "above") == above


def test_tier_and_loan(results):
    """Results are derived; the dispersion is lent only to the window of another unit."""
    assert {table.attrs["tier"] for table in results.values()} == {"T1"}
    lent = {period: table.attrs["dispersion"]["is_lent"] for period, table in results.items()}
    assert lent == {period: period == WINDOW for period in results}
