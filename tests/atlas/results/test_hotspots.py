"""The lenses on the shipped figures, and maps of chance beside them."""

from __future__ import annotations

import numpy as np
import pytest

from atlas.results.hotspots import (
    contiguity_of,
    equal_risk_maps,
    largest_by_chance,
    lens_table,
    scan_table,
)
from atlas.results.regions import overdispersion
from atlas.view import DEPARTMENTS
from data.periods import parse_period
from data.reports import load_region_counts

WINDOW = "2007-01/2014-04"


def test_the_most_likely_cluster_is_madre_de_dios() -> None:
    """178 complaints where 8.25 are expected, alone in its circle; only excess is listed."""
    table = scan_table(parse_period(WINDOW), seed=1, replicas=999)
    first = table.iloc[0]
    assert first["departments"] == ["17"]
    assert first["observed"] == 178
    assert first["expected"] == pytest.approx(8.2498, abs=1e-3)
    assert first["relative_risk"] == pytest.approx((178 / 8.2498) / (1798 / 1967.7502), rel=1e-4)
    ratio = 178 * np.log(178 / 8.2498) + 1798 * np.log(1798 / 1967.7502)
    assert first["llr"] == pytest.approx(ratio, rel=1e-4)
    assert first["p_value"] == 0.001
    assert (table["kind"] == "high").all()
    assert (table["observed"] > table["expected"]).all()


@pytest.mark.parametrize(
    ("period", "departments", "p_value", "error"),
    [
        ("2023", ["16"], 0.024, 0.006),
        ("2023", ["09"], 0.173, 0.015),
        ("2019+2021+2023", ["04", "18", "21", "23"], 0.063, 0.010),
    ],
)
def test_scan_with_waves_from_the_tables(
    period: str, departments: list[str], p_value: float, error: float
) -> None:
    """Loreto, Huancavelica and the south: p of 99,999 maps, four standard errors of 9,999."""
    table = scan_table(parse_period(period), seed=1, replicas=9_999)
    found = next(row for row in table.itertuples() if row.departments == departments)
    assert found.p_value == pytest.approx(p_value, abs=error)


@pytest.mark.parametrize("lens", ["moran", "gistar"])
def test_rows_are_the_departments(lens: str) -> None:
    """25 rows in the order of the codes, p never below what the draws allow."""
    table = lens_table(parse_period(WINDOW), lens, seed=1, replicas=999)
    assert table["department_ubigeo"].tolist() == list(DEPARTMENTS)
    assert (table["p_value"] >= table["smallest_p"]).all()
    assert (table["q_value"].dropna() >= table["p_value"][table["q_value"].notna()]).all()


@pytest.mark.parametrize("lens", ["moran", "gistar"])
def test_lima_is_left_out_of_2022(lens: str) -> None:
    """Its row says so and has no number; nobody's number is computed with it."""
    row = (
        lens_table(parse_period("2022"), lens, seed=1, replicas=999)
        .set_index("department")
        .loc["Lima"]
    )
    assert row["hotspot"] == "untestable"
    assert row[["statistic", "p_value", "q_value"]].isna().all()
    assert "not_ranked" in row["flags"]
    clusters = scan_table(parse_period("2022"), seed=1, replicas=999)
    assert "15" not in {code for codes in clusters["departments"] for code in codes}


def test_neighbours_are_those_of_the_map() -> None:
    """Madre de Dios touches Cusco, Puno and Ucayali; Callao only Lima; nobody is an island."""
    codes = list(DEPARTMENTS)
    near = contiguity_of(codes)

    def around(code: str) -> list[str]:
        return [codes[place] for place in near[[codes.index(code)]].indices]

    assert around("17") == ["08", "21", "25"]
    assert around("07") == ["15"]
    assert near.sum(axis=1).all()


def test_a_seed_gives_the_same_maps_and_the_next_others() -> None:
    """Reproducible, and the button shows something new."""
    assert equal_risk_maps(parse_period("2023"), 5) == equal_risk_maps(parse_period("2023"), 5)
    assert equal_risk_maps(parse_period("2023"), 5) != equal_risk_maps(parse_period("2023"), 6)


def test_a_simulated_map_keeps_the_total() -> None:
    """Ratios times expected add up to the reports of the real map, whole numbers each."""
    counts = load_region_counts("2023").set_index("department_ubigeo")
    expected = (
        counts["person_years"] / counts["person_years"].sum() * counts["reported_count"].sum()
    )
    for twin in equal_risk_maps(parse_period("2023"), 1):
        drawn = expected * np.array([twin[code] for code in expected.index])
        np.testing.assert_allclose(drawn, drawn.round(), atol=1e-6)
        assert round(drawn.sum()) == counts["reported_count"].sum()


def test_who_is_not_ranked_is_in_no_map() -> None:
    """Lima's count of 2022 is a fault of the file."""
    assert "15" not in equal_risk_maps(parse_period("2022"), 1)[0]


def test_chance_reaches_as_far_as_the_spread_of_the_smallest_region() -> None:
    """Second way: normal approximation, one-sided, of the region with the fewest expected."""
    counts = load_region_counts("2023")
    smallest = (
        counts["person_years"] / counts["person_years"].sum() * counts["reported_count"].sum()
    ).min()
    deviation = (1 / smallest + overdispersion().kappa) ** 0.5
    assert 1 + 1.5 * deviation < largest_by_chance(parse_period("2023")) < 1 + 5 * deviation
    assert largest_by_chance(parse_period("2023")) < 11.6  # Madre de Dios in that year
