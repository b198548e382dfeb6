"""The lenses on the shipped figures."""

from __future__ import annotations

import numpy as np
import pytest

from atlas.results.hotspots import (
    contiguity_of,
    lens_table,
    scan_table,
)
from atlas.view import DEPARTMENTS
from data.geography import load_provinces
from data.periods import Period, parse_period
from data.reports import load_region_counts
from geo.excess import benjamini_hochberg
from geo.interrupt import watched

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
        ("2023", ["09"], 0.207, 0.016),
        ("2019+2021+2023", ["18", "21", "23"], 0.067, 0.010),
    ],
)
def test_scan_with_waves_from_the_tables(
    period: str, departments: list[str], p_value: float, error: float
) -> None:
    """Loreto, Huancavelica and the south: p of 99,999 maps, four standard errors of 9,999."""
    table = scan_table(parse_period(period), seed=1, replicas=9_999)
    cluster = next(row for row in table.itertuples() if row.departments == departments)
    assert cluster.p_value == pytest.approx(p_value, abs=error)


def test_lima_is_left_out_of_2022() -> None:
    """25 rows in the order of the codes, p never below what the draws allow; Lima has no number."""
    table = lens_table(parse_period("2022"), "gistar", seed=1, replicas=999)
    assert table["department_ubigeo"].tolist() == list(DEPARTMENTS)
    tested = table[table["department"] != "Lima"]
    assert (tested["p_value"] >= tested["smallest_p"]).all()
    assert (tested["q_value"].dropna() >= tested["p_value"][tested["q_value"].notna()]).all()
    lima = table.set_index("department").loc["Lima"]
    assert lima["hotspot"] == "untestable"
    assert lima[["statistic", "p_value", "q_value"]].isna().all()
    assert "not_ranked" in lima["flags"]
    clusters = scan_table(parse_period("2022"), seed=1, replicas=999)
    assert "15" not in {code for codes in clusters["departments"] for code in codes}


def provinces_in(code: str) -> Period:
    """A period of the registry that counts by province."""
    return parse_period(code, "police", "provinces")


@pytest.mark.parametrize(
    ("level", "codes", "neighbours"),
    [
        ("departments", DEPARTMENTS, {"17": {"08", "21", "25"}, "07": {"15"}}),
        (
            "provinces",
            tuple(load_provinces()["province_ubigeo"]),
            {"1608": {"1601", "1604"}, "0701": {"1501"}},
        ),
    ],
)
def test_neighbours_are_those_of_the_map(level: str, codes, neighbours) -> None:
    """Callao touches only Lima, and nobody where Lima is not ranked; nobody else is an island."""
    table = contiguity_of(list(codes), level)
    assert (table != table.T).nnz == 0
    around = {code: {codes[at] for at in table[[row]].indices} for row, code in enumerate(codes)}
    assert all(around.values())
    assert neighbours.items() <= around.items()
    (lima,), callao = around[min(neighbours)], min(neighbours)
    without = [code for code in codes if code != lima]
    assert contiguity_of(without, level)[[without.index(callao)]].nnz == 0


def test_neighbours_are_tested_at_provinces() -> None:
    """196 rows; Lima is not ranked and Callao has no neighbour: untestable, in no q."""
    table = lens_table(provinces_in("2022"), "gistar", seed=1, replicas=999).set_index(
        "province_ubigeo"
    )
    assert len(table) == 196
    untestable = table.index[table["hotspot"] == "untestable"].tolist()
    assert untestable == ["0701", "1501"]
    assert np.isnan(table.loc["1501", "z_score"])
    assert table.loc["0701", "smallest_p"] == 1
    tested = table.drop(untestable)
    assert (tested["p_value"] >= tested["smallest_p"] - 1e-12).all()
    expected = benjamini_hochberg(tested["p_value"].to_numpy())
    np.testing.assert_allclose(tested["q_value"], expected)


def test_scan_finds_espinar_and_can_be_stopped() -> None:
    """34 of 2022's complaints where 0.6 are expected; the sum of others' is without Lima's."""
    progress: list[float] = []
    with watched(None, progress.append):
        table = scan_table(provinces_in("2022"), seed=3, replicas=199)  # nobody else asks
    first = table.iloc[0]
    assert (first["provinces"], first["observed"]) == (["0808"], 34)
    counts = load_region_counts("2022", "police", "provinces").set_index("province_ubigeo")
    others = counts.drop(index="1501")
    share = others.loc["0808", "person_years"] / others["person_years"].sum()
    assert first["expected"] == pytest.approx(share * others["reported_count"].sum())
    assert first["p_value"] < 0.05
    assert sorted(progress) == progress
    assert progress[0] == 0
    assert progress[-1] < 1

    class EnoughError(Exception):
        pass

    def stop() -> None:
        raise EnoughError

    with pytest.raises(EnoughError), watched(stop):
        scan_table(provinces_in("2022"), seed=2, replicas=199)
