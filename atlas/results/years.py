"""Departments over the years: the change between two periods, and the level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from atlas.results.cache import cached
from atlas.results.regions import compared_in, spread
from data.comparing import change_obstacle, comparable_with
from data.periods import MAIN, PERIODS, REGISTRIES, Period, find_period, periods_of, span_code
from data.reports import fitted_lengths, load_region_counts
from geo.change import ChangeVerdict, change_between, kappa_at_distance
from geo.errors import UserError
from geo.level import fit_level
from geo.overdispersion import Overdispersion, overdispersion_at
from geo.privacy.disclosure import gate
from geo.privacy.provenance import derive
from geo.regions import with_kappa

_COLUMNS = ("level", "low", "high", "probability_above", "next_low", "next_high")


@dataclass(frozen=True, slots=True)
class YearsTable:
    """Counts of a registry, departments by periods, in the order of the codes."""

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
    """Return every year of a registry, or its full years alone."""
    periods = tuple(
        period
        for period in periods_of(REGISTRIES[registry])
        if not period.is_pooled
        and (not full_years or (period.months == 12 and not period.is_part_year))
    )
    return periods_table(periods)


def periods_table(periods: Sequence[Period]) -> YearsTable:
    """Return the counts of some periods of one registry, in their order."""
    tables = tuple(map(load_region_counts, periods))
    return YearsTable(
        periods=tuple(periods),
        tables=tables,
        reported_count=np.array(
            [table["reported_count"].where(table["is_ranked"]).to_numpy(float) for table in tables]
        ).T,
        person_years=np.array([table["person_years"].to_numpy(float) for table in tables]).T,
        years=np.array(list(map(middle, periods))),
    )


def middle(period: Period) -> float:
    """Return the middle of a period in years: 2019.5 for the year 2019."""
    months = [12 * int(month[:4]) + int(month[5:7]) for month in (period.start, period.end)]
    return (months[0] - 1 + months[1]) / 24


@cached
def level_for(registry: str = MAIN) -> pd.DataFrame:
    """Level of each department over all years of a registry, waves taken out; 25 rows by code.

    ``level`` is the ratio to the country's rate with its 90 % interval ``low`` to ``high``,
    ``probability_above`` that it is above 1, ``next_low`` to ``next_high`` the 90 % interval of the
    next year's ratio. A year in which a department is not ranked is unknown, not zero; a department
    that is ranked in no year has no numbers. ``attrs["periods"]`` holds the periods,
    ``attrs["law"]`` lasting_variance, wave_variance and wave_correlation. Raises ParameterError for
    a registry of fewer than two periods.
    """
    table = years_table(registry)
    fit = fit_level(table.reported_count, table.person_years, table.years)
    inputs = [gate(counts, "T1") for counts in table.tables]
    frame = (
        inputs[-1]
        .loc[:, ["department_ubigeo", "department", "unit", "registry"]]
        .assign(**{name: getattr(fit, name) for name in _COLUMNS})
    )
    result = gate(derive(frame, *inputs, name="level"), "T1")
    result.attrs["periods"] = table.periods
    result.attrs["law"] = {
        name: getattr(fit, name)
        for name in ("lasting_variance", "wave_variance", "wave_correlation")
    }
    return result


_NUMBERS = ("ratio", "low", "high", "p_value", "q_value")


def change_overdispersion(before: Period, after: Period) -> Overdispersion:
    """Return how far counts move between two periods as long and as far apart as these.

    For two periods of different length, the kappa of the shorter length. Beyond the longest length
    and the largest distance that the registry's kappa is fitted to, the kappa of those limits.
    """
    registry, apart = before.registry_code, middle(after) - middle(before)
    lengths, _ = fitted_lengths(registry)
    months = min(before.months, after.months)
    return overdispersion_at(
        months, lengths, lengths[-1], lambda length: _kappa_apart(registry, length, apart)
    )


@cached
def _kappa_apart(registry: str, months: int, apart: float) -> Overdispersion:
    """Fit pairs of windows of a registry, over the departments that are ranked in all of them."""
    spans = REGISTRIES[registry].spans["departments"]
    starts = range(spans[0][1], spans[-1][2] - months + 2, months)
    windows = (
        find_period(REGISTRIES[registry], span_code(start, start + months - 1)) for start in starts
    )
    known = [window for window in windows if window is not None and window.bears_a_trend]
    table = periods_table(known)
    whole = ~np.isnan(table.reported_count).any(axis=1)
    found = kappa_at_distance(
        table.reported_count[whole], table.person_years[whole], table.years, apart
    )
    return replace(found, months=months)


@cached
def change_for(before: Period, after: Period) -> pd.DataFrame:
    """Second period over first against the rest of the country; 25 rows by code.

    ``ratio`` is 1 where a department moved as the country did and infinite from zero upwards, with
    its 95 % interval ``low`` to ``high``, ``p_value``, ``q_value``, ``verdict``
    (geo.change.ChangeVerdict), ``compared`` (which were tested) and the flags of both periods. A
    department that is not ranked in either, or has no report in both, is untestable and has no
    numbers. kappa, its ends and
    kappa_months are those of periods so long and so far apart, the same in every row. In ``attrs``:
    "country" (the ratio of rates that theirs are relative to), "years_apart" and "kappa".
    Raises ParameterError for two periods of different units or registries, that overlap or stand
    in the wrong order, or of which one is a part of a year.
    """
    _require_comparable(before, after)
    left, right = load_region_counts(before), load_region_counts(after)
    ranked = (left["is_ranked"] & right["is_ranked"]).to_numpy(dtype=bool)
    old, new = left[ranked], right[ranked]
    overdispersion = change_overdispersion(before, after)
    change = change_between(
        old["reported_count"],
        new["reported_count"],
        old["person_years"],
        new["person_years"],
        overdispersion.kappa,
    )
    frame = left.loc[:, ["department_ubigeo", "department", "unit", "registry"]].assign(
        reported_count_before=left["reported_count"],
        reported_count_after=right["reported_count"],
        **{name: spread(getattr(change, name), ranked) for name in _NUMBERS},
        verdict=spread(map(str, change.verdict), ranked, str(ChangeVerdict.UNTESTABLE)),
        flags=[
            list(dict.fromkeys([*flags, *others]))
            for flags, others in zip(left["flags"], right["flags"], strict=True)
        ],
    )
    frame = with_kappa(frame, overdispersion)
    frame["compared"] = [compared_in(frame)] * len(frame)
    result = gate(derive(frame, left, right, name="change"), "T1")
    rates = [side["reported_count"].sum() / side["person_years"].sum() for side in (old, new)]
    result.attrs["country"] = float(rates[1] / rates[0])
    result.attrs["years_apart"] = middle(after) - middle(before)
    result.attrs["kappa"] = overdispersion.kappa
    return result


def _require_comparable(first: Period, second: Period) -> None:
    obstacle = change_obstacle(first, second)
    if not obstacle:
        return
    listed = periods_of(REGISTRIES[first.registry_code])
    late = [period.code for period in (first, second) if not period.bears_a_trend]
    raise UserError(
        f"change.refusal.{obstacle}",
        first=first.code,
        unit=UserError(f"unit.{first.unit}.plural"),
        registry=first.registry,
        end=first.end,
        second=second.code,
        other_unit=UserError(f"unit.{second.unit}.plural"),
        other_registry=second.registry,
        start=second.start,
        late=", ".join(late),
        code=first.registry_code,
        comparable=", ".join(period.code for period in PERIODS if comparable_with(period)),
        whole=", ".join(period.code for period in listed if not period.is_part_year),
    )
