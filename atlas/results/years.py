"""Departments over the years: the change between two periods."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from atlas.results.regions import Compared, compared_in, spread
from data.cache import cached
from data.comparing import change_obstacle, comparable_with
from data.periods import (
    PERIODS,
    REGISTRIES,
    UNKNOWN,
    Period,
    find_period,
    periods_of,
    span_code,
    span_months,
)
from data.reports import fitted_lengths, load_region_counts, window_counts
from geo.change import ChangeVerdict, change_between, kappa_at_distance
from geo.errors import UserError
from geo.overdispersion import (
    Overdispersion,
    between,
    fit_overdispersion,
    overdispersion_at,
    widest,
)
from geo.privacy.disclosure import gate
from geo.privacy.provenance import Tiered, derive, framed
from geo.regions import with_kappa


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
    """Return every year of a registry, or only its full years."""
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


_NUMBERS = ("ratio", "low", "high", "p_value", "q_value")


def change_overdispersion(before: Period, after: Period) -> Overdispersion:
    """Return how far counts move between two periods as long and as far apart as these.

    For two periods of different length, the kappa of the shorter length. Beyond the longest length
    and the largest distance that the registry's kappa is fitted to, the kappa of those limits.
    """
    registry, apart = before.registry_code, middle(after) - middle(before)
    lengths, longest = fitted_lengths(registry)
    months = min(before.months, after.months)
    return overdispersion_at(
        months, lengths, longest, lambda length: _kappa_apart(registry, length, apart)
    )


@cached
def _kappa_apart(registry: str, months: int, apart: float) -> Overdispersion:
    """Fit pairs of windows of a registry, over the departments that are ranked in all of them.

    The widest of the pairs of windows that follow each other from the first month on, and, where
    the registry counts by month, of the pairs from every month.
    """
    spans = REGISTRIES[registry].spans["departments"]
    starts = range(spans[0][1], spans[-1][2] - months + 2, months)
    periods = _trendworthy(registry, starts, months)
    table = periods_table(periods)
    counts = table.reported_count
    whole = ~np.isnan(counts).any(axis=1)
    is_by_month = REGISTRIES[registry].step == "month"
    if is_by_month:
        # what is taken as missing counts as it is recorded: without it the rest looks steadier
        ranked = [
            part["is_ranked"] | part["flags"].map(lambda has: UNKNOWN in has)
            for part in table.tables
        ]
        whole = np.array(ranked).all(axis=0)
        wide = window_counts(registry, "departments", months).pivot(
            index="department_ubigeo", columns="period", values="recorded_count"
        )
        counts = wide[[period.code for period in periods]].to_numpy(float)
    fits = [kappa_at_distance(counts[whole], table.person_years[whole], table.years, apart)]
    if is_by_month:
        areas = table.tables[0]["department_ubigeo"].to_numpy()[whole]
        fits += _kappa_of_every_pair(registry, months, apart * 12, list(areas))
    return replace(widest(*fits), months=months)


def _trendworthy(registry: str, starts: Iterable[int], months: int) -> list[Period]:
    """Return the windows of ``months`` with these starts that bear a trend."""
    windows = (
        find_period(REGISTRIES[registry], span_code(start, start + months - 1)) for start in starts
    )
    return [window for window in windows if window is not None and window.bears_a_trend]


def _kappa_of_every_pair(
    registry: str, months: int, distance: float, areas: list[str]
) -> list[Overdispersion]:
    """Return kappa of all pairs of windows ``distance`` months apart; empty without pairs."""
    windows = window_counts(registry, "departments", months)
    windows = windows[windows["department_ubigeo"].isin(areas)]
    counts, recorded, people = (
        windows.pivot(index="department_ubigeo", columns="begin", values=name)
        for name in ("reported_count", "recorded_count", "person_years")
    )
    known = {
        span_months(period.code)[0]
        for period in _trendworthy(registry, windows["begin"].unique(), months)
    }
    ends = []
    for step in (int(np.floor(distance)), int(np.ceil(distance))):
        pairs = [[begin, begin + step] for begin in sorted(known) if begin + step in known]
        if not pairs:
            return []
        fits = []
        for of in (counts, recorded):
            tables = [(of[pair].to_numpy(float), people[pair].to_numpy(float)) for pair in pairs]
            fits.append(fit_overdispersion(*tables[0], *tables[1:]))
        ends.append(widest(*fits))
    return [between(ends[0], ends[1], distance % 1)]


@framed
@cached
def change_for(before: Period, after: Period) -> Tiered[pd.DataFrame]:
    """Second period over first against the rest of the country; 25 rows by code.

    ``ratio`` is 1 where a department moved as the country did and infinite from zero upwards, with
    its 95 % interval ``low`` to ``high``, ``p_value``, ``q_value``, ``verdict``
    (geo.change.ChangeVerdict), ``compared`` (which were tested) and the flags of both periods. A
    department that is not ranked in either, or has no report in both, is untestable and has no
    numbers. kappa, its ends and
    kappa_months are those of periods so long and so far apart; they, ``country`` (the ratio of
    rates that theirs are relative to) and ``years_apart`` are the same in every row.
    Raises ParameterError for two periods of different units or registries, that overlap or stand
    in the wrong order, or of which one is a part of a year.
    """
    require_comparable(before, after, change_obstacle(before, after))
    sides = load_region_counts.tiered(before), load_region_counts.tiered(after)
    left, right = (side.frame for side in sides)
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
        flags=(left["flags"] + right["flags"]).map(dict.fromkeys).map(list),
    )
    frame = with_kappa(frame, overdispersion)
    frame["compared"] = np.full(len(frame), compared_in(frame), dtype=object)
    rates = [side["reported_count"].sum() / side["person_years"].sum() for side in (old, new)]
    frame["country"] = float(rates[1] / rates[0])
    frame["years_apart"] = middle(after) - middle(before)
    return gate(derive(frame, *sides, name="change"), "T1")


@dataclass(frozen=True, slots=True)
class DepartmentChange:
    """One row of :func:`change_for` as values; NaN: nobody knows, or nothing was tested."""

    before: Period
    after: Period
    code: str
    name: str
    count_before: float
    count_after: float
    ratio: float
    """1 where it moved as the rest of the country did"""
    low: float
    high: float
    verdict: ChangeVerdict
    compared: Compared


@cached
def changes_between(before: Period, after: Period) -> dict[str, DepartmentChange]:
    """Return :func:`change_for` each department, by its code."""
    return {
        row["department_ubigeo"]: DepartmentChange(
            before=before,
            after=after,
            code=row["department_ubigeo"],
            name=row["department"],
            count_before=row["reported_count_before"],
            count_after=row["reported_count_after"],
            **{name: row[name] for name in ("ratio", "low", "high", "compared")},
            verdict=ChangeVerdict(row["verdict"]),
        )
        for row in change_for(before, after).to_dict("records")
    }


def require_comparable(first: Period, second: Period, obstacle: str) -> None:
    """Raise UserError if an obstacle (``data.comparing``) forbids a comparison."""
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
