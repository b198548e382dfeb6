"""The map's density under both spreading rules: no report is lost."""

from __future__ import annotations

import numpy as np
import pytest

from atlas.results.density import density_for, difference_for, grid_for, spread_unit, surface_for
from data.geography import load_places
from data.periods import parse_period
from data.population import residents
from data.reports import counts_without_province, load_region_counts
from geo.crs import to_analysis
from geo.density.surface import placed_population
from tests.refusing import refused

EARLY = "2007-01/2014-04"


def test_population_stays_the_default():
    """Without a share nothing changes, and the name of the rule says which one it was."""
    assert surface_for(parse_period(EARLY)).spreading == "population"
    density = density_for(parse_period(EARLY), bandwidth_km=40, evidence_share=0.5)
    assert density.spreading == "population and mining evidence, share 0.50"
    assert density.mass == pytest.approx(1_976, rel=1e-3)
    with refused("evidence_share is 2"):
        density_for(parse_period(EARLY), bandwidth_km=40, evidence_share=2.0)


def test_difference_gains_most_in_the_mining_zones():
    """At 20 km the top within 40 km of La Pampa lies at it; the capital loses.

    Camanti, 83 km on, gains more: there Cusco's count meets its 1,062 hectares.
    """
    difference = difference_for(parse_period(EARLY), 20, 0.5)
    grid = grid_for(4.0)
    cells = {
        name: tuple(int(i[0]) for i in grid.cell_of(*to_analysis([x], [y])))
        for name, x, y in (("la_pampa", -70.01764, -12.96), ("capital", -69.19, -12.59))
    }
    assert difference.values[cells["la_pampa"]] > 0 > difference.values[cells["capital"]]
    row, column = cells["la_pampa"]
    nearby = difference.values[row - 10 : row + 11, column - 10 : column + 11]
    top = np.unravel_index(np.nanargmax(nearby), nearby.shape)
    assert np.hypot(top[0] - 10, top[1] - 10) * 4 < 5
    assert 0.05 < difference.moved_share < 0.5
    assert float(np.nansum(difference.values)) * 16 == pytest.approx(0, abs=0.5)


def test_counts_of_provinces_are_spread_where_there_are_any():
    """Each province holds its own count, what has none its department's people; then departments.

    3,506 police complaints of 2017 to 2022, 36 of them without a province; later years have none.
    """
    span = parse_period("2017/2022", "police")
    assert (spread_unit(span), spread_unit(parse_period("2023"))) == ("provinces", "departments")
    assert spread_unit(parse_period("2024", "police")) == "departments"
    surface = surface_for(span)
    assert surface.weight.sum() == pytest.approx(3_506)
    frame = load_region_counts("2017/2022", "police", "provinces").set_index("province_ubigeo")
    living = load_places()
    living["living"] = living["district_ubigeo"].map(residents("2017/2022", "districts"))
    placed = placed_population(living, "living")
    huamanga = placed["district_ubigeo"].str.startswith("0501").to_numpy()
    share = (
        placed["population"][huamanga].sum()
        / placed["population"][placed["department_ubigeo"] == "05"].sum()
    )
    unplaced = counts_without_province(span).get("05", 0)
    held = frame.loc["0501", "reported_count"] + unplaced * share
    assert surface.weight[huamanga].sum() == pytest.approx(held)
    by_evidence = surface_for(span, 0.5)
    madre_de_dios = by_evidence.department_ubigeo == "17"
    assert by_evidence.weight.sum() == pytest.approx(3_506)
    assert madre_de_dios.sum() > (surface.department_ubigeo == "17").sum()
