"""Hot spots at provinces, and the courses of departments over half-years."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kendalltau

from atlas.results.cache import cached
from atlas.results.hotspots import contiguity_of, lens_table, scan_table
from atlas.results.years import courses_for
from data.geography import load_provinces
from data.periods import Period, parse_period
from data.reports import load_region_counts
from geo.excess import benjamini_hochberg
from geo.interrupt import watched
from tests.refusing import refused

ALL_YEARS = "2017/2022"


def provinces_in(code: str) -> Period:
    """A period of the registry that counts by province."""
    return parse_period(code, "police", "provinces")


def test_neighbours_of_provinces() -> None:
    """No island; Putumayo touches Maynas and Mariscal Ramón Castilla; Callao touches Lima."""
    codes = load_provinces()["province_ubigeo"].tolist()
    table = contiguity_of(codes, "provinces")
    assert table.shape == (196, 196)
    assert (table != table.T).nnz == 0
    around = {
        code: {codes[at] for at in table[[place]].indices} for place, code in enumerate(codes)
    }
    assert all(around.values())
    assert around["1608"] == {"1601", "1604"}
    assert around["0701"] == {"1501"}
    assert {"1702", "1703"} < around["1701"]
    # without Lima, which is not ranked, Callao has no neighbour left
    without = [code for code in codes if code != "1501"]
    assert contiguity_of(without, "provinces")[[without.index("0701")]].nnz == 0


@pytest.mark.parametrize("lens", ["moran", "gistar"])
def test_neighbours_are_tested_at_provinces(lens: str) -> None:
    """196 rows; Lima is not ranked and Callao has no neighbour: untestable, in no q."""
    table = lens_table(provinces_in("2022"), lens, seed=1, replicas=999).set_index(
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
    cached.forget()  # another test may have asked for the same scan
    told: list[float] = []
    with watched(None, told.append):
        table = scan_table(provinces_in("2022"), seed=1, replicas=999)
    first = table.iloc[0]
    assert (first["provinces"], first["observed"]) == (["0808"], 34)
    counts = load_region_counts("2022", "police", "provinces").set_index("province_ubigeo")
    others = counts.drop(index="1501")
    share = others.loc["0808", "person_years"] / others["person_years"].sum()
    assert first["expected"] == pytest.approx(share * others["reported_count"].sum())
    assert first["p_value"] < 0.05
    assert sorted(told) == told
    assert told[0] == 0
    assert told[-1] < 1

    class EnoughError(Exception):
        pass

    def stop() -> None:
        raise EnoughError

    with pytest.raises(EnoughError), watched(stop):
        scan_table(provinces_in("2022"), seed=2, replicas=999)


def test_courses_of_the_police_registry() -> None:
    """Fifteen known half-years: Huánuco's share rises, Loreto's falls, others have no course."""
    table = courses_for("police").set_index("department_ubigeo")
    steps, known = table.attrs["steps"], table.attrs["known"]
    assert (len(steps), len(known), known[-1]) == (17, 15, "2025-01/2025-06")
    assert [one[:4] for one in steps if one not in known] == ["2023", "2023"]
    found = table["course"]
    assert found[found == "rising"].index.tolist() == ["10"]
    assert found[found == "falling"].index.tolist() == ["16"]
    assert found["15"] == "not_ranked"
    assert found[found == "not_enough"].index.tolist() == ["01", "03", "07", "09", "11", "18", "25"]
    assert table.loc["17", "hot"].count(True) == 4
    by_scipy = kendalltau(range(15), table.loc["10", "shares"], method="exact")
    assert table.loc["10", "p_value"] == pytest.approx(by_scipy.pvalue)
    shares = np.array([row for row in table["shares"] if row])
    np.testing.assert_allclose(shares.sum(axis=0), 1)
    with refused("mpfn registry has no half-years: choose police"):
        courses_for("mpfn")
