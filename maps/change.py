"""What changed between two periods of one unit: loaded, computed, gated."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from data import load_region_counts
from data.periods import PERIODS, Period, parse_period
from data.population import series_of_years
from geo.change import PeriodCounts, change_between
from geo.disclosure import derive, gate
from geo.errors import ParameterError
from maps.results import dispersion

_NUMBERS = (
    "rate_ratio",
    "rate_ratio_low",
    "rate_ratio_high",
    "rate_ratio_low_overdispersed",
    "rate_ratio_high_overdispersed",
    "percent_change",
    "p_value",
    "q_value",
    "q_value_overdispersed",
)


def change_for(before: str, after: str) -> pd.DataFrame:
    """Rate of the second period over the rate of the first, department by department.

    Parameters
    ----------
    before, after : str
        Codes of two periods of one unit and one registry, the earlier first.

    Returns
    -------
    DataFrame, 25 rows sorted by code
        department_ubigeo, department, unit, registry, period_before, period_after,
        reported_count_before, reported_count_after, person_years_before, person_years_after,
        rate_ratio (infinite from zero upwards) with its exact interval and the one widened by the
        measured dispersion, percent_change (NaN under 13 reports before), p_value, q_value,
        q_value_overdispersed, is_low_baseline, verdict (geo.change.ChangeVerdict), flags (those of
        both periods). A department that is not ranked in either is untestable and has no numbers.
        ``attrs["national"]`` holds rate_ratio of the departments compared and how many they are;
        ``attrs["dispersion"]`` the dispersion used; ``attrs["is_one_population_series"]`` is False
        where the people of the two periods come from projections of different censuses.

    Raises
    ------
    ParameterError
        An unknown period; periods of two units or registries, that overlap or stand in the wrong
        order.
    """
    table = _change(parse_period(before).code, parse_period(after).code)
    copy = table.copy()
    copy.attrs = dict(table.attrs)
    return copy


def comparable_with(period: str) -> tuple[str, ...]:
    """Codes of the periods that a period can be compared with: same unit, no month in common.

    A part of a year stands beside no full year: raids and reports have their seasons.
    """
    own = parse_period(period)
    return tuple(
        other.code
        for other in PERIODS
        if (other.unit, other.registry) == (own.unit, own.registry)
        and (other.end < own.start or other.start > own.end)
        and _same_months(own, other)
    )


@lru_cache(maxsize=16)
def _change(before: str, after: str) -> pd.DataFrame:
    first, second = parse_period(before), parse_period(after)
    _require_one_unit(first, second)
    _require_same_months(first, second)
    left, right = (gate(load_region_counts(code), "T1") for code in (before, after))
    ranked = (left["is_ranked"] & right["is_ranked"]).to_numpy(dtype=bool)
    phi = max(1.0, dispersion().phi)
    change = change_between(
        _counts(first, left[ranked]), _counts(second, right[ranked]), dispersion=phi
    )
    numbers: dict[str, Any] = {}
    for name in _NUMBERS:
        numbers[name] = np.full(ranked.size, np.nan)
        numbers[name][ranked] = getattr(change, name)
    verdict = np.full(ranked.size, "untestable", dtype=object)
    verdict[ranked] = [str(one) for one in change.verdict]
    is_low = np.zeros(ranked.size, dtype=bool)
    is_low[ranked] = change.is_low_baseline
    flags = [
        list(dict.fromkeys([*old, *new]))
        for old, new in zip(left["flags"], right["flags"], strict=True)
    ]
    frame = left.loc[:, ["department_ubigeo", "department", "unit", "registry"]].assign(
        period_before=before,
        period_after=after,
        reported_count_before=left["reported_count"],
        reported_count_after=right["reported_count"],
        person_years_before=left["person_years"],
        person_years_after=right["person_years"],
        **numbers,
        is_low_baseline=is_low,
        verdict=verdict,
        flags=flags,
    )
    result = gate(derive(frame, left, right, name="change"), "T1")
    old, new = left[ranked].sum(numeric_only=True), right[ranked].sum(numeric_only=True)
    result.attrs["national"] = {
        "rate_ratio": float(
            (new["reported_count"] / new["person_years"])
            / (old["reported_count"] / old["person_years"])
        ),
        "departments": int(ranked.sum()),
    }
    result.attrs["dispersion"] = phi
    chosen = series_of_years()
    series = {chosen[year] for span in (first, second) for year in span.years}
    result.attrs["is_one_population_series"] = len(series) == 1
    return result


def _require_one_unit(first: Period, second: Period) -> None:
    if first.unit == second.unit and first.registry == second.registry:
        return
    raise ParameterError(
        f"{first.code} counts {first.unit}s ({first.registry}) and {second.code} counts "
        f"{second.unit}s ({second.registry}): no change is read across units. Choose two of "
        f"{', '.join(period.code for period in PERIODS if period.unit == 'reported offence')}"
    )


def _same_months(first: Period, second: Period) -> bool:
    if not (first.is_part_year or second.is_part_year):
        return True
    return (first.start[5:], first.end[5:]) == (second.start[5:], second.end[5:])


def _require_same_months(first: Period, second: Period) -> None:
    if not _same_months(first, second):
        raise ParameterError(
            f"{first.code} and {second.code} do not cover the same months of a year: a part of a "
            "year is not compared with a full one. Wait for the full year's file, or choose two "
            f"of {', '.join(one.code for one in PERIODS if not one.is_part_year)}"
        )


def _counts(period: Period, table: pd.DataFrame) -> PeriodCounts:
    return PeriodCounts(
        period=period.code,
        start=period.start,
        end=period.end,
        unit=period.unit,
        registry=period.registry,
        reported_count=table["reported_count"],
        person_years=table["person_years"],
    )
