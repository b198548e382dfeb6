"""A period's counts on a surface: none is lost."""

from __future__ import annotations

import pytest

from atlas.results.density import surface_for
from atlas.results.regions import results_for
from data.periods import parse_period


@pytest.mark.parametrize("code", ["2017", "2022", "2017/2022"])
def test_reports_without_a_province_are_spread_over_their_department(code):
    """36 of the police's reports have no province: each department's total is that of its table."""
    period = parse_period(code, "police")
    surface = surface_for(period)
    counts = results_for(period).set_index("department_ubigeo")["reported_count"]
    assert surface.weight.sum() == pytest.approx(counts.sum())
    for department in counts.index:
        own = surface.weight[surface.department_ubigeo == department]
        assert own.sum() == pytest.approx(counts[department])
