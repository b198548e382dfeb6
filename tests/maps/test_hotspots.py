"""The lenses on the shipped figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data import load_region_counts
from geo.clusters import ClusterSettings, hot_spots
from maps.centroids import centroids, contiguity_of
from maps.hotspots import lens_table, scan_table
from maps.results import results_for

WINDOW = "2007-01/2014-04"


@pytest.mark.parametrize("period", [WINDOW, "2022", "2019+2021+2023"])
def test_excess_is_the_table_of_the_map(period: str) -> None:
    """One place per fact."""
    pd.testing.assert_frame_equal(
        lens_table(period, "excess", seed=5, replicas=999), results_for(period)
    )


def test_the_most_likely_cluster_is_madre_de_dios() -> None:
    """178 complaints where 8.25 are expected, alone in its circle, with waves too."""
    first = scan_table(WINDOW, seed=1, replicas=999).iloc[0]
    assert first["departments"] == ["17"]
    assert first["observed"] == 178
    assert first["expected"] == pytest.approx(8.2498, abs=1e-3)
    assert first["relative_risk"] == pytest.approx((178 / 8.2498) / (1798 / 1967.7502), rel=1e-4)
    ratio = 178 * np.log(178 / 8.2498) + 1798 * np.log(1798 / 1967.7502)
    assert first["llr"] == pytest.approx(ratio, rel=1e-4)
    assert first["p_value"] == first["p_value_overdispersed"] == 0.001


def test_waves_only_move_p() -> None:
    """The clusters are those of chance alone; no p shrinks when counts vary more."""
    table = scan_table(WINDOW, seed=1, replicas=999)
    assert (table["p_value_overdispersed"] >= table["p_value"]).all()
    assert table.loc[table["p_value"] <= 0.05, "p_value_overdispersed"].gt(0.05).any()
    assert (table["kind"] == "high").all()


@pytest.mark.parametrize("lens", ["moran", "gistar"])
def test_rows_are_the_departments(lens: str) -> None:
    """25 rows in the order of the codes, p never below what the maps allow."""
    table = lens_table(WINDOW, lens, seed=1, replicas=999)
    assert table["department_ubigeo"].tolist() == sorted(centroids())
    assert (table["p_value"] >= 2 / 1000).all()
    assert (table["q_value"].dropna() >= table["p_value"][table["q_value"].notna()]).all()
    assert {"p_value_overdispersed", "q_value_overdispersed"} <= set(table.columns)


@pytest.mark.parametrize("lens", ["moran", "gistar"])
def test_lima_is_left_out_of_2022(lens: str) -> None:
    """Its row says so and has no number; nobody's number is computed with it."""
    row = lens_table("2022", lens, seed=1, replicas=999).set_index("department").loc["Lima"]
    assert row["hotspot"] == row["hotspot_overdispersed"] == "untestable"
    assert row[["statistic", "p_value", "q_value"]].isna().all()
    assert "not_ranked" in row["flags"]
    clusters = scan_table("2022", seed=1, replicas=999)
    assert "15" not in {code for codes in clusters["departments"] for code in codes}


def test_labels_do_not_decide() -> None:
    """Regions in another order: the same statistic and the same p to within simulation."""
    counts = load_region_counts(WINDOW)
    order = np.random.default_rng(3).permutation(25)
    shuffled = counts.iloc[order]
    settings = ClusterSettings(replicas=4_999)
    found = hot_spots(
        shuffled["reported_count"],
        shuffled["person_years"],
        contiguity_of(shuffled["department_ubigeo"].tolist()),
        settings=settings,
    )
    plain = hot_spots(
        counts["reported_count"],
        counts["person_years"],
        contiguity_of(counts["department_ubigeo"].tolist()),
        settings=settings,
    )
    np.testing.assert_allclose(found.statistic, plain.statistic[order], atol=1e-12)
    np.testing.assert_allclose(found.p_value, plain.p_value[order], atol=0.08)


def test_neighbours_are_those_of_the_map() -> None:
    """Madre de Dios touches Cusco, Puno and Ucayali; Callao only Lima; nobody is an island."""
    codes = sorted(centroids())
    near = contiguity_of(codes)

    def around(code: str) -> list[str]:
        return [codes[place] for place in near.neighbours_of(codes.index(code))]

    assert around("17") == ["08", "21", "25"]
    assert around("07") == ["15"]
    assert near.islands.size == 0
