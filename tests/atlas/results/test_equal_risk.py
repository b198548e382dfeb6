"""Maps of chance for the shipped periods."""

from __future__ import annotations

import numpy as np

from atlas.results.hotspots import equal_risk_maps, largest_by_chance
from atlas.results.regions import overdispersion
from data.periods import parse_period
from data.reports import load_region_counts


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
