"""What changed between two periods: of whom nothing is said."""

from __future__ import annotations

import numpy as np
import pytest

from atlas.results.regions import results_for
from atlas.results.years import change_for
from data.periods import parse_period


@pytest.mark.parametrize(("first", "second"), [("2021", "2022"), ("2022", "2023")])
def test_who_is_not_ranked_in_either_period_has_no_change(first, second):
    """Lima of 2022, as the earlier and as the later period; the country's rate is without it."""
    before, after = parse_period(first, "mpfn"), parse_period(second, "mpfn")
    table = change_for(before, after)
    lima = table.set_index("department_ubigeo").loc["15"]
    assert lima["verdict"] == "untestable"
    assert np.isnan([lima[name] for name in ("ratio", "low", "high", "p_value")]).all()
    rates = [
        rows["reported_count"].sum() / rows["person_years"].sum()
        for rows in (
            results_for(period).query("department_ubigeo != '15'") for period in (before, after)
        )
    ]
    assert table.attrs["country"] == pytest.approx(rates[1] / rates[0])
