"""Which periods may be compared with each other, and why others may not."""

from __future__ import annotations

from data.cache import cached
from data.periods import (
    MAIN,
    MONTHS_PER_YEAR,
    REGISTRIES,
    Period,
    find_period,
    periods_of,
    span_code,
    span_months,
)


def change_obstacle(first: Period, second: Period) -> str:
    """Return why no change is read between two periods: registry, overlap, late or months.

    Empty where one is. A part of a year stands beside the same months alone: raids and reports have
    their seasons.
    """
    if (first.unit, first.registry) != (second.unit, second.registry):
        return "registry"
    if second.start <= first.end:
        return "overlap"
    if not (first.bears_a_trend and second.bears_a_trend):
        return "late"
    months = {(period.start[5:], period.end[5:]) for period in (first, second)}
    is_part = first.is_part_year or second.is_part_year
    return "months" if is_part and len(months) > 1 else ""


def own_obstacle(first: Period, second: Period) -> str:
    """Return :func:`change_obstacle` for own counts of a department or the country, per month.

    A registry that counts by year has no months to put beside each other: there a part of a year
    stands beside a full one by its length.
    """
    obstacle = change_obstacle(first, second)
    has_months = REGISTRIES[first.registry_code].step == "month"
    return "" if obstacle == "months" and not has_months else obstacle


@cached(most=512)
def newest_pair(registry: str) -> tuple[Period, Period] | None:
    """The newest period of a registry that bears a trend, and the newest full year before it.

    Of a part of a year in a registry that has months, the same months of the year before. None for
    a registry with nothing to put beside its newest period.

    >>> [period.code for period in newest_pair("mpfn")]
    ['2023', '2025-01/2025-11']
    >>> [period.code for period in newest_pair("police")], newest_pair("observatory")
    (['2023', '2024'], None)
    """
    counted_by = REGISTRIES[registry]
    known = [
        period for period in periods_of(counted_by) if period.bears_a_trend and not period.is_pooled
    ]
    newest = known[-1]
    if newest.is_part_year and counted_by.step == "month":
        first, last = (month - MONTHS_PER_YEAR for month in span_months(newest.code))
        earlier = find_period(counted_by, span_code(first, last))
        return (earlier, newest) if earlier else None
    full = [
        period for period in known if not period.is_part_year and not own_obstacle(period, newest)
    ]
    return (full[-1], newest) if full else None


def comparable_with(period: Period) -> tuple[Period, ...]:
    """The periods of its registry that a period can be compared with."""
    return tuple(
        other
        for other in periods_of(REGISTRIES[period.registry_code])
        if not change_obstacle(*sorted((period, other), key=lambda span: span.start))
    )


def later_than(period: Period) -> tuple[Period, ...]:
    """The periods that may be the second one of a comparison."""
    return tuple(other for other in comparable_with(period) if other.start > period.start)


@cached(most=512)
def first_periods(registry: str = MAIN) -> tuple[Period, ...]:
    """The periods that may be the first one of a comparison."""
    return tuple(period for period in periods_of(REGISTRIES[registry]) if later_than(period))


def compared_registry(registry: str) -> str:
    """Return the registry whose periods are compared; a registry of one window cannot be."""
    return registry if first_periods(registry) else MAIN
