"""The registry over its years: one table of all periods, and the level of each department."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from data import load_region_counts
from data.periods import LATEST_YEAR, PERIODS, Period, parse_period
from geo.disclosure import derive, gate
from geo.level import fit_level

_COLUMNS = ("level", "low", "high", "probability_above", "next_low", "next_high")


@dataclass(frozen=True, slots=True)
class YearsTable:
    """Counts of a registry, departments by periods, rows in the order of the codes."""

    periods: tuple[Period, ...]
    tables: tuple[pd.DataFrame, ...]
    """data.load_region_counts of each period."""
    reported_count: np.ndarray
    """shape (25, t); NaN where a department is not ranked: its record has a gap."""
    person_years: np.ndarray
    """shape (25, t)."""
    years: np.ndarray
    """shape (t,), middle of each period."""


def years_table(registry: str, *, full_years: bool = False) -> YearsTable:
    """Every single period of a registry in the tables in use, or its full years alone."""
    periods = tuple(
        one
        for one in PERIODS
        if one.registry == registry
        and not one.is_pooled
        and (not full_years or (one.months == 12 and not one.is_part_year))
    )
    tables = tuple(load_region_counts(one) for one in periods)
    return YearsTable(
        periods=periods,
        tables=tables,
        reported_count=np.array(
            [one["reported_count"].where(one["is_ranked"]).to_numpy(float) for one in tables]
        ).T,
        person_years=np.array([one["person_years"].to_numpy(float) for one in tables]).T,
        years=np.array([middle(one) for one in periods]),
    )


def middle(period: Period) -> float:
    """Middle of a period in years: 2019.5 for the year 2019."""
    months = [12 * int(month[:4]) + int(month[5:7]) for month in (period.start, period.end)]
    return (months[0] - 1 + months[1]) / 24


def level_for(registry: str | None = None) -> pd.DataFrame:
    """Level of each department over all years of a registry, waves taken out.

    Parameters
    ----------
    registry : str, optional
        As in data.periods; that of the last full year unless given.

    Returns
    -------
    DataFrame, 25 rows sorted by code
        department_ubigeo, department, unit, registry, level (ratio to the country's rate: 1 = as
        many as its people would give), low, high (90 %), probability_above (that the level is
        above 1), next_low, next_high (90 % interval of the next year's ratio to its expected
        reports). A year in which a department is not ranked is unknown, not zero; a department
        that is ranked in no year has no numbers. ``attrs["periods"]`` holds the codes of the
        periods, ``attrs["law"]`` lasting_variance, wave_variance and wave_correlation.

    Raises
    ------
    ParameterError
        A registry of fewer than two periods.
    """
    table = _level(registry or parse_period(LATEST_YEAR).registry)
    copy = table.copy()
    copy.attrs = dict(table.attrs)
    return copy


@lru_cache(maxsize=4)
def _level(registry: str) -> pd.DataFrame:
    table = years_table(registry)
    found = fit_level(table.reported_count, table.person_years, table.years)
    inputs = [gate(one, "T1") for one in table.tables]
    frame = (
        inputs[-1]
        .loc[:, ["department_ubigeo", "department", "unit", "registry"]]
        .assign(**{name: getattr(found, name) for name in _COLUMNS})
    )
    result = gate(derive(frame, *inputs, name="level"), "T1")
    result.attrs["periods"] = tuple(one.code for one in table.periods)
    result.attrs["law"] = {
        name: getattr(found, name)
        for name in ("lasting_variance", "wave_variance", "wave_correlation")
    }
    return result
