"""The map's density under both spreading rules: no report is lost."""

from __future__ import annotations

import pytest

from atlas.results.density import density_for, spread_unit, surface_for
from data.geography import load_places
from data.periods import parse_period
from data.population import residents
from data.reports import counts_without_province, load_region_counts
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


def test_counts_of_provinces_are_spread_where_there_are_any():
    """Each province holds its own count, what has none its department's people; then departments.

    3,506 police complaints of 2017 to 2022 but for Cusco's 163, of which a year is missing; 36
    have no province. Later years have no provinces.
    """
    span = parse_period("2017/2022", "police")
    assert (spread_unit(span), spread_unit(parse_period("2023"))) == ("provinces", "departments")
    assert spread_unit(parse_period("2024", "police")) == "departments"
    surface = surface_for(span)
    assert surface.weight.sum() == pytest.approx(3_343)
    frame = load_region_counts("2017/2022", "police", "provinces").set_index("province_ubigeo")
    living = load_places()
    living["living"] = living["district_ubigeo"].map(residents("2017/2022", "districts"))
    placed = placed_population(living, "living")
    placed = placed[placed["department_ubigeo"] != "08"]
    huamanga = placed["district_ubigeo"].str.startswith("0501").to_numpy()
    share = (
        placed["population"][huamanga].sum()
        / placed["population"][placed["department_ubigeo"] == "05"].sum()
    )
    unplaced = counts_without_province(span).get("05", 0)
    spread = frame.loc["0501", "reported_count"] + unplaced * share
    assert surface.weight[huamanga].sum() == pytest.approx(spread)
    by_evidence = surface_for(span, 0.5)
    madre_de_dios = by_evidence.department_ubigeo == "17"
    assert by_evidence.weight.sum() == pytest.approx(3_343)
    assert madre_de_dios.sum() > (surface.department_ubigeo == "17").sum()
