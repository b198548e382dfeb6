"""What changed between two periods of one registry: loaded, tested, gated."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from data import load_region_counts
from data.periods import PERIODS, Period, parse_period
from data.population import series_of_years
from geo.change import ChangeVerdict, change_between, kappa_by_distance
from geo.disclosure import derive, gate
from geo.errors import ParameterError
from maps.level import middle, years_table

_NUMBERS = ("ratio", "low", "high", "p_value", "q_value")


def change_for(before: str, after: str) -> pd.DataFrame:
    """Second period over first against the rest of the country, department by department.

    Parameters
    ----------
    before, after : str
        Codes of two periods of one unit and one registry, the earlier first.

    Returns
    -------
    DataFrame, 25 rows sorted by code
        department_ubigeo, department, unit, registry, reported_count_before,
        reported_count_after, ratio (1 = it moved as the country did; infinite from zero upwards)
        with its 95 % interval low and high, p_value, q_value, verdict (geo.change.ChangeVerdict),
        flags (those of both periods). A department that is not ranked in either, or has no report
        in both, is untestable and has no numbers. In ``attrs``: "country" (ratio of the rates of
        the departments compared, which their ratios are relative to), "years_apart", "kappa" (of
        periods so far apart), "is_one_population_series" (False where the people of the two
        periods come from projections of different censuses).

    Raises
    ------
    ParameterError
        An unknown period; periods of two units or registries, that overlap or stand in the wrong
        order, or of which one is a part of a year.
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


@lru_cache(maxsize=4)
def _kappas(registry: str) -> tuple[np.ndarray, np.ndarray]:
    """Distances in years and kappa of each, over the departments ranked in every full year."""
    table = years_table(registry, full_years=True)
    whole = ~np.isnan(table.reported_count).any(axis=1)
    return kappa_by_distance(table.reported_count[whole], table.person_years[whole], table.years)


@lru_cache(maxsize=16)
def _change(before: str, after: str) -> pd.DataFrame:
    first, second = parse_period(before), parse_period(after)
    _require_comparable(first, second)
    left, right = (load_region_counts(code) for code in (before, after))
    ranked = (left["is_ranked"] & right["is_ranked"]).to_numpy(dtype=bool)
    old, new = left[ranked], right[ranked]
    years_apart = middle(second) - middle(first)
    # beyond the largest distance of the registry: the kappa of the largest
    kappa = float(np.interp(years_apart, *_kappas(first.registry)))
    change = change_between(
        old["reported_count"],
        new["reported_count"],
        old["person_years"],
        new["person_years"],
        kappa,
    )
    numbers: dict[str, Any] = {}
    for name in _NUMBERS:
        numbers[name] = np.full(ranked.size, np.nan)
        numbers[name][ranked] = getattr(change, name)
    verdict = np.full(ranked.size, str(ChangeVerdict.UNTESTABLE), dtype=object)
    verdict[ranked] = [str(one) for one in change.verdict]
    frame = left.loc[:, ["department_ubigeo", "department", "unit", "registry"]].assign(
        reported_count_before=left["reported_count"],
        reported_count_after=right["reported_count"],
        **numbers,
        verdict=verdict,
        flags=[
            list(dict.fromkeys([*one, *other]))
            for one, other in zip(left["flags"], right["flags"], strict=True)
        ],
    )
    result = gate(derive(frame, left, right, name="change"), "T1")
    rates = [one["reported_count"].sum() / one["person_years"].sum() for one in (old, new)]
    series = series_of_years()
    result.attrs["country"] = float(rates[1] / rates[0])
    result.attrs["years_apart"] = years_apart
    result.attrs["kappa"] = kappa
    result.attrs["is_one_population_series"] = (
        len({series[year] for span in (first, second) for year in span.years}) == 1
    )
    return result


def _require_comparable(first: Period, second: Period) -> None:
    if (first.unit, first.registry) != (second.unit, second.registry):
        allowed = [code for code in (one.code for one in PERIODS) if comparable_with(code)]
        raise ParameterError(
            f"{first.code} counts {first.unit}s ({first.registry}) and {second.code} counts "
            f"{second.unit}s ({second.registry}): no change is read across registries or units. "
            f"Choose two of {', '.join(allowed)}"
        )
    if second.start <= first.end:
        raise ParameterError(
            f"{first.code} runs to {first.end} and {second.code} starts in {second.start}: give "
            "two periods that do not overlap, the earlier one first"
        )
    if not _same_months(first, second):
        raise ParameterError(
            f"{first.code} and {second.code} do not cover the same months of a year: a part of a "
            "year is not compared with a full one. Wait for the full year's file, or choose two "
            f"of {', '.join(one.code for one in PERIODS if not one.is_part_year)}"
        )


def _same_months(first: Period, second: Period) -> bool:
    if not (first.is_part_year or second.is_part_year):
        return True
    return (first.start[5:], first.end[5:]) == (second.start[5:], second.end[5:])
