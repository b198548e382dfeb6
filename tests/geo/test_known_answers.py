"""The shipped figures, from the published tables to the verdicts.

Each number here was computed apart from this code, from the source tables with scipy.stats.
"""

import pytest

from data.reports import load_region_counts, load_yearly_counts
from geo.regions import region_results, yearly_overdispersion
from tests.published import REPORTS

WINDOW, POOLED = "2007-01/2014-04", "2019+2021+2023"
PERIODS = (WINDOW, "2019", "2020", "2021", "2022", "2023", POOLED)


@pytest.fixture(scope="module")
def waves():
    """Kappa of the registry on both bases."""
    yearly = load_yearly_counts()
    return {base: yearly_overdispersion(yearly, base=base) for base in ("people", "offences")}


@pytest.fixture(scope="module")
def results(waves):
    """Result tables by period, indexed by department code."""
    return {
        period: region_results(load_region_counts(period), waves["people"]).set_index(
            "department_ubigeo"
        )
        for period in PERIODS
    }


def named(table, verdict):
    return dict(table.loc[table["verdict"] == verdict, "smr"].round(2))


def test_kappa_of_the_shipped_years(waves):
    """Variance mu + 0.11 mu^2 over 24 departments and four years."""
    fit = waves["people"]
    assert fit.degrees_of_freedom == 69
    assert fit.kappa == pytest.approx(0.1099, abs=5e-5)
    assert fit.kappas[[0, -1]] == pytest.approx([0.0704, 0.1793], abs=5e-5)
    assert waves["offences"].kappa == pytest.approx(0.1134, abs=5e-5)


@pytest.mark.parametrize(
    ("period", "total"),
    [(period, sum(REPORTS[part] for part in period.split("+"))) for period in PERIODS],
)
def test_totals(results, period, total):
    """No report is lost on the way, and expected counts share out those that are ranked."""
    table = results[period]
    assert len(table) == 25
    assert table["reported_count"].sum() == total
    ranked = table["expected"].notna()
    assert table["expected"].sum() == pytest.approx(table.loc[ranked, "reported_count"].sum())


@pytest.mark.parametrize(
    ("period", "above", "below", "beyond_holm"),
    [
        (
            "2019",
            {"17", "23", "24", "21"},
            {"06", "19", "11", "13"},
            {"17", "23", "24", "21", "06"},
        ),
        ("2023", {"17", "09", "16", "10", "24"}, {"14"}, {"17", "09", "16", "10", "24"}),
        (POOLED, {"17", "23", "24", "16", "21", "09"}, {"06"}, {"17", "23", "24"}),
        (WINDOW, {"01", "16", "17", "18"}, {"06", "09", "13", "14"}, {"16", "17", "18", "06"}),
    ],
)
def test_verdicts(results, period, above, below, beyond_holm):
    """Who is above and below, and who by Holm too."""
    table = results[period]
    assert set(named(table, "above")) == above
    assert set(named(table, "below")) == below
    assert set(table.index[table["holm_p_value"] < 0.05]) == beyond_holm


def test_by_offences(waves):
    """2023 by all offences of the same offices: less Madre de Dios, more Huancavelica."""
    counts = load_region_counts("2023")
    table = region_results(counts, waves["offences"], base="offences")
    table = table.set_index("department_ubigeo")
    assert named(table, "above") == {
        "09": 8.94, "17": 5.92, "16": 5.51, "24": 2.93, "21": 2.44, "10": 2.31,
    }  # fmt: skip
    assert named(table, "below") == {"14": 0.14, "07": 0.26}


def test_2022_without_lima(results):
    """2022: Lima's record has a gap, so it is not ranked and the other 24 share their 798."""
    table = results["2022"]
    assert table.loc["15", "verdict"] == "untestable"
    assert "not_ranked" in table.loc["15", "flags"]
    assert table["expected"].count() == 24
    assert table["expected"].sum() == pytest.approx(798)
    above = {"17": 12.26, "24": 3.25, "23": 3.22, "09": 3.20, "10": 3.20}
    assert named(table, "above") == above
