"""People served by prosecutors in periods of any length."""

from __future__ import annotations

import pytest

from atlas.results.jurisdiction import served_results
from data.periods import PERIODS


@pytest.mark.parametrize("period", [one for one in PERIODS if one.is_by_prosecutors])
def test_rates_of_the_people_served_are_per_year(period):
    """Reports over the person-years served, computed apart, in periods of 11 and of 88 months."""
    table = served_results(period).set_index("department_ubigeo")
    ranked = table[table["smr"].notna()]
    years = period.months / 12
    assert (table["person_years"] / table["population"]).dropna().to_numpy() == pytest.approx(years)
    rates = 1e5 * ranked["reported_count"] / ranked["person_years"]
    assert ranked["rate_per_100k"].to_numpy() == pytest.approx(rates.to_numpy())
