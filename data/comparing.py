"""Which periods may be compared with each other, and why others may not."""

from __future__ import annotations

from data.catalogue import once
from data.periods import MAIN, REGISTRIES, Period, periods_of


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


@once
def first_periods(registry: str = MAIN) -> tuple[Period, ...]:
    """The periods that may be the first one of a comparison."""
    return tuple(period for period in periods_of(REGISTRIES[registry]) if later_than(period))


def compared_registry(registry: str) -> str:
    """The registry whose periods are compared: a window has nothing beside it."""
    return registry if first_periods(registry) else MAIN
