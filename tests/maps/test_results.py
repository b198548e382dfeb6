"""The results of a period: one table behind page, terminal and map."""

from __future__ import annotations

import pytest

from data import load_region_counts, load_yearly_counts
from geo.errors import GeoError, ParameterError
from geo.regions import region_results
from maps.results import results_for, touches
from maps.state import DEPARTMENTS, PERIOD_CODES


@pytest.mark.parametrize("period", PERIOD_CODES)
def test_results_are_those_of_the_analysis(period):
    """Computed anew from the loaders, the table is the same."""
    table = results_for(period)
    fresh = region_results(load_region_counts(period), load_yearly_counts())
    assert table.equals(fresh)
    assert table.attrs["tier"] == "T1"
    assert table.attrs["card"]["sources"]


def test_a_caller_gets_a_copy():
    """What one page does to its table no other page sees."""
    spoilt = results_for("2023")
    spoilt["reported_count"] = 0
    spoilt.attrs["tier"] = "T2"
    assert results_for("2023")["reported_count"].sum() > 0
    assert results_for("2023").attrs["tier"] == "T1"


def test_unknown_and_incomplete_periods_are_refused():
    """The message says what is allowed, or how incomplete the window is."""
    with pytest.raises(ParameterError, match="2007-01/2014-04"):
        results_for("1900")
    with pytest.raises(GeoError, match="25 of 32"):
        results_for("2009/2014")


def test_what_touches_a_department():
    """Madre de Dios carries most of the hectares; the shares of all add up to the country's."""
    assert touches("17").mined_share > 0.5
    assert touches("17").mined_share == max(touches(code).mined_share for code in DEPARTMENTS)
    assert 0.95 < sum(touches(code).mined_share for code in DEPARTMENTS) <= 1 + 1e-9
    assert all(touches(code).seats for code in DEPARTMENTS)
