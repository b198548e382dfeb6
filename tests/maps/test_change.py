"""Change between two periods of one unit, on the shipped figures."""

from __future__ import annotations

import numpy as np
import pytest

from data import load_region_counts
from geo.errors import ParameterError
from maps.change import change_for, comparable_with


def test_ratio_is_rate_over_rate() -> None:
    """Puno 2019 to 2023: 156 and 51 reported offences; the ratio of the two rates."""
    table = change_for("2019", "2023").set_index("department")
    old, new = (load_region_counts(code).set_index("department") for code in ("2019", "2023"))
    rate = new["reported_count"] / new["person_years"]
    base = old["reported_count"] / old["person_years"]
    np.testing.assert_allclose(table["rate_ratio"], rate / base)
    assert table.loc["Puno", "reported_count_before"] == 156
    assert table.loc["Puno", "verdict"] == "decrease"
    assert table.loc["Arequipa", "verdict"] == "increase_poisson_only"
    national = new["reported_count"].sum() / new["person_years"].sum()
    national /= old["reported_count"].sum() / old["person_years"].sum()
    assert table.attrs["national"] == {"rate_ratio": pytest.approx(national), "departments": 25}


def test_thin_baselines_have_no_percentage() -> None:
    """Fewer than 13 reports before: the ratio stays, the percentage goes."""
    table = change_for("2021", "2023")
    thin = table["reported_count_before"] < 13
    assert thin.any()
    assert (table["percent_change"].isna() == thin).all()
    assert (table["is_low_baseline"] == thin).all()


def test_lima_2022_is_not_compared() -> None:
    """A department that is not ranked in either has no numbers and is not in the national ratio."""
    table = change_for("2021", "2022").set_index("department")
    assert table.loc["Lima", "verdict"] == "untestable"
    assert np.isnan(table.loc["Lima", "rate_ratio"])
    assert table.attrs["national"]["departments"] == 24
    assert "year_flagged" in table.loc["Cusco", "flags"]


def test_population_series_are_told() -> None:
    """2019 and 2021 share a projection, 2023 comes from the next census."""
    assert change_for("2019", "2021").attrs["is_one_population_series"]
    assert not change_for("2019", "2023").attrs["is_one_population_series"]


@pytest.mark.parametrize(
    ("before", "after", "match"),
    [
        ("2007-01/2014-04", "2019", "complaints .* reported offences .* no change is read"),
        ("2023", "2019", "the earlier one first"),
        ("2019", "2019+2021+2023", "do not overlap"),
        ("2009/2014", "2019", "incomplete"),
    ],
)
def test_refusals(before: str, after: str, match: str) -> None:
    """Two units, a wrong order, an overlap, an incomplete table."""
    with pytest.raises(ParameterError, match=match):
        change_for(before, after)


def test_a_page_can_offer_what_is_comparable() -> None:
    """Every offered pair is answered; the window and the pooled years have no partner."""
    assert comparable_with("2019") == ("2020", "2021", "2022", "2023")
    assert comparable_with("2007-01/2014-04") == comparable_with("2019+2021+2023") == ()
    for other in comparable_with("2021"):
        assert len(change_for(*sorted(["2021", other]))) == 25
