"""The result table of one period: one row a department, everything a map or a table shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from geo.disclosure import derive
from geo.dispersion import Dispersion, fit_dispersion
from geo.errors import ParameterError
from geo.excess import (
    LEVEL,
    Excess,
    benjamini_hochberg,
    close_calls,
    exact_excess,
    overdispersed_p_value,
    verdicts,
)
from geo.rates import garwood_interval, overdispersed_interval

LEFT_OUT_OF_DISPERSION = ("15",)
"""Lima: one of its offices reports a fifth of its usual count in 2022, a gap of the record."""

FEW_REPORTS = 13
"""Counts below this get the flag few_reports: at 12 the exact interval runs from 0.52 to 1.75
times the count."""

_COUNT_COLUMNS = (
    "department_ubigeo",
    "department",
    "reported_count",
    "unit",
    "registry",
    "population",
    "person_years",
    "is_ranked",
    "flags",
)
_YEARLY_COLUMNS = ("department_ubigeo", "year", "reported_count", "population", "unit")
RESULT_COLUMNS = (
    "department_ubigeo",
    "department",
    "reported_count",
    "unit",
    "registry",
    "population",
    "person_years",
    "rate_per_100k",
    "expected",
    "smr",
    "smr_low",
    "smr_high",
    "smr_low_overdispersed",
    "smr_high_overdispersed",
    "p_upper",
    "p_lower",
    "p_value",
    "q_value",
    "q_value_overdispersed",
    "verdict",
    "flags",
)


def region_results(
    counts: pd.DataFrame,
    yearly: pd.DataFrame,
    *,
    dispersion: Dispersion | None = None,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Rates, ratios, intervals, tests and verdicts of one period.

    Parameters
    ----------
    counts : DataFrame, one row a department
        department_ubigeo, department, reported_count, unit, registry, population, person_years,
        is_ranked, flags (list of str). Where is_ranked is False the row keeps its count and
        rate, is left out of totals, shares and tests, and gets NaN and ``untestable``.
    yearly : DataFrame, one row a department and year
        department_ubigeo, year, reported_count, population, unit: the table on which the
        dispersion is estimated (see :func:`yearly_dispersion`).
    dispersion : Dispersion, optional
        Already fitted on ``yearly``, so that it is fitted once for many periods.
    level : float
        False discovery rate of the verdicts.

    Returns
    -------
    DataFrame
        One row per row of counts, in the same order; columns ``RESULT_COLUMNS``. ``attrs`` holds
        tier, card and ``dispersion`` (phi, low, high, degrees_of_freedom, is_lent: whether it
        was estimated on reports of another unit than these counts).

    Raises
    ------
    ParameterError
        Missing columns, more than one unit, repeated departments, invalid counts or people,
        fewer than two ranked departments, nothing reported.
    DisclosureError
        An input without a tier or a card.
    """
    _require_columns(counts, _COUNT_COLUMNS, "counts")
    _require_columns(yearly, _YEARLY_COLUMNS, "yearly")
    unit = _single_unit(counts, "counts")
    if counts["department_ubigeo"].duplicated().any():
        raise ParameterError("counts repeats a department: give one row for each.")
    if dispersion is None:
        dispersion = yearly_dispersion(yearly)
    ranked = counts["is_ranked"].to_numpy(dtype=bool)
    reported = counts["reported_count"].to_numpy(dtype=float, na_value=np.nan)
    person_years = counts["person_years"].to_numpy(dtype=float, na_value=np.nan)
    numbers = {column: np.full(len(counts), np.nan) for column in RESULT_COLUMNS[7:19]}
    numbers["rate_per_100k"] = reported / np.where(person_years > 0, person_years, np.nan) * 1e5
    if ranked.sum() < 2:
        raise ParameterError(
            f"{ranked.sum()} departments are ranked: the test needs at least two. Choose a period "
            "with more figures."
        )
    excess = exact_excess(reported[ranked], person_years[ranked])
    for column, values in _tests(reported[ranked], excess, dispersion).items():
        numbers[column][ranked] = values
    close = np.zeros(len(counts), dtype=bool)
    close[ranked] = close_calls(reported[ranked], excess, dispersion, level=level)
    few = reported < FEW_REPORTS
    frame = counts.loc[:, list(RESULT_COLUMNS[:7])].assign(
        **numbers,
        verdict=verdicts(
            reported,
            numbers["expected"],
            numbers["q_value"],
            numbers["q_value_overdispersed"],
            level=level,
        ),
        flags=_flags(
            counts["flags"].tolist(), not_ranked=~ranked, close_call=close, few_reports=few
        ),
    )
    result = derive(frame.loc[:, list(RESULT_COLUMNS)], counts, yearly, name="region_results")
    result.attrs["dispersion"] = {
        "phi": dispersion.phi,
        "low": dispersion.low,
        "high": dispersion.high,
        "degrees_of_freedom": dispersion.degrees_of_freedom,
        "is_lent": unit != _single_unit(yearly, "yearly"),
    }
    return result


def yearly_dispersion(
    yearly: pd.DataFrame, *, leave_out: Sequence[str] = LEFT_OUT_OF_DISPERSION
) -> Dispersion:
    """Dispersion of the department-by-year table.

    Parameters
    ----------
    yearly : DataFrame
        department_ubigeo, year, reported_count, population, unit; every department in every
        year, once.
    leave_out : sequence of str
        Departments whose record is known to have gaps.

    Raises
    ------
    ParameterError
        More than one unit, or a department and year that is missing or repeated.
    """
    _require_columns(yearly, _YEARLY_COLUMNS, "yearly")
    _single_unit(yearly, "yearly")
    kept = yearly[~yearly["department_ubigeo"].isin(list(leave_out))]
    row, departments = pd.factorize(kept["department_ubigeo"], sort=True)
    column, years = pd.factorize(kept["year"], sort=True)
    shape = (len(departments), len(years))
    cell = row * shape[1] + column
    if len(kept) != shape[0] * shape[1] or np.unique(cell).size != len(kept):
        raise ParameterError(
            f"yearly has {len(kept)} rows, {np.unique(cell).size} of them distinct, for "
            f"{shape[0]} departments and {shape[1]} years: give every department once a year."
        )
    tables = []
    for name in ("reported_count", "population"):
        table = np.empty(len(kept))
        table[cell] = kept[name].to_numpy(dtype=float, na_value=np.nan)
        tables.append(table.reshape(shape))
    return fit_dispersion(*tables)


def _tests(reported: np.ndarray, excess: Excess, dispersion: Dispersion) -> dict[str, np.ndarray]:
    """Number columns of the ranked departments, from expected to q_value_overdispersed."""
    phi = max(1.0, dispersion.phi)
    low, high = garwood_interval(reported)
    wide_low, wide_high = overdispersed_interval(reported, phi=phi)
    wide_p = overdispersed_p_value(
        reported,
        excess.expected,
        excess.share,
        phi=phi,
        degrees_of_freedom=dispersion.degrees_of_freedom,
    )
    return {
        "expected": excess.expected,
        "smr": reported / excess.expected,
        "smr_low": low / excess.expected,
        "smr_high": high / excess.expected,
        "smr_low_overdispersed": wide_low / excess.expected,
        "smr_high_overdispersed": wide_high / excess.expected,
        "p_upper": excess.p_upper,
        "p_lower": excess.p_lower,
        "p_value": excess.p_value,
        "q_value": excess.q_value,
        "q_value_overdispersed": benjamini_hochberg(wide_p),
    }


def _flags(given: list[list[str] | None], **own: np.ndarray) -> list[list[str]]:
    """The flags that came, then those found here, none twice."""
    return [
        list(
            dict.fromkeys(
                [*(came or []), *(name for name, holds in own.items() if holds[position])]
            )
        )
        for position, came in enumerate(given)
    ]


def _require_columns(frame: pd.DataFrame, columns: Sequence[str], name: str) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise ParameterError(
            f"{name} lacks {', '.join(missing)}: it needs {', '.join(columns)}. Take it from its "
            "loader."
        )


def _single_unit(frame: pd.DataFrame, name: str) -> str:
    units = sorted(frame["unit"].dropna().unique())
    if len(units) != 1:
        raise ParameterError(
            f"{name} holds the units {units}: counts of different units are never added. Choose "
            "one registry."
        )
    return str(units[0])
