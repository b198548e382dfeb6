"""What changed between two periods: of whom nothing is said."""

from __future__ import annotations

import numpy as np
import pytest

from atlas.results.history import not_compared_note
from atlas.results.regions import results_for
from atlas.results.years import change_for
from atlas.words import words
from data.periods import parse_period
from tests.refusing import refused


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


@pytest.mark.parametrize(
    ("registry", "said"),
    [
        ("mpfn", "Police has the same months of two years, up to 2024"),
        ("police", "recorded late"),
        ("observatory", ""),
    ],
)
def test_a_part_of_a_year_that_is_not_compared_is_named_with_what_can_be(registry, said):
    """The newest figures are no silent gap: why they are not among the periods, and what is."""
    note = not_compared_note(registry, words("en"))
    assert said in note
    assert bool(note) == ("2025" in note)


def test_the_command_says_what_can_be_compared_with_a_part_of_a_year():
    """A full year beside eleven months: refused with the rate, the police's months, full years."""
    with refused(r"yearly rate of the part.*police.*2019"):
        change_for(parse_period("2021", "mpfn"), parse_period("2025-01/2025-11", "mpfn"))
