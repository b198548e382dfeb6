"""Level of the departments over all years, on the figures in use."""

from __future__ import annotations

import numpy as np
import pytest

from atlas.results.years import level_for, years_table
from geo.level import fit_level
from tests.refusing import refused

REFERENCE = {
    "Madre de Dios": 1.00,
    "Tacna": 0.96,
    "Tumbes": 0.95,
    "Loreto": 0.91,
    "Huancavelica": 0.84,
    "Puno": 0.80,
}
"""P(level > 1) by a Gaussian approximation with the one best law, without Lima."""


def test_probabilities_beside_another_fit() -> None:
    """24 departments, five years: the variances and P(level > 1) of another approximation."""
    table = years_table("mpfn", full_years=True)
    whole = ~np.isnan(table.reported_count).any(axis=1)
    found = fit_level(table.reported_count[whole], table.person_years[whole], table.years)
    names = table.tables[0]["department"][whole]
    above = dict(zip(names, found.probability_above, strict=True))
    assert len(above) == 24
    for department, probability in REFERENCE.items():
        assert above[department] == pytest.approx(probability, abs=0.055), department
    assert found.lasting_variance == pytest.approx(0.52, abs=0.12)
    assert found.wave_variance == pytest.approx(0.33, abs=0.05)
    assert found.wave_correlation == pytest.approx(0.84, abs=0.08)


def test_lima_counts_without_its_year_of_the_gap() -> None:
    """With Lima's four known years the others' levels stay; its 2022 is not taken for a fall."""
    table = level_for().set_index("department")
    codes = ["2019", "2020", "2021", "2022", "2023", "2025-01/2025-11"]
    assert [period.code for period in table.attrs["periods"]] == codes
    assert len(table) == 25
    assert table.loc["Lima", "level"] == pytest.approx(0.85, abs=0.02)
    assert table.loc["Madre de Dios", "level"] == pytest.approx(4.4, abs=0.2)
    ends = table[["low", "level", "high"]].to_numpy()
    assert (np.diff(ends, axis=1) > 0).all()
    assert (table["next_low"] <= table["next_high"]).all()


def test_nine_years_of_the_police_narrow_the_level() -> None:
    """Fitted to its own registry: Lima is ranked in no year and has none, the others are surer."""
    levels = {code: level_for(code).set_index("department_ubigeo") for code in ("mpfn", "police")}
    assert np.isnan(levels["police"].loc["15", "level"])
    widths = {
        code: np.log(table["high"] / table["low"]).dropna().median()
        for code, table in levels.items()
    }
    assert widths["police"] < widths["mpfn"]
    assert levels["police"].loc["17", "low"] > 1


def test_a_registry_of_one_period_has_no_level() -> None:
    """The window of 2007 to 2014 is one sum of 88 months."""
    with refused("at least two of each"):
        level_for("observatory")
