"""Cases over people: where points of one's own are denser than the population explains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.density import Density
from geo.errors import GeoError, ParameterError

DEFAULT_MINIMUM_EXPECTED = 5.0
"""Cases expected under the kernel; below, the ratio's relative standard error exceeds 45 %."""
_EFFECTIVE_AREA = {"gaussian": 4 * np.pi, "quartic": 40 * np.pi / 9}
"""1 / (integral of the squared kernel), in squared bandwidths."""


@dataclass(frozen=True, slots=True)
class RelativeRisk:
    """Ratio of the share of cases to the share of people, cell by cell; row 0 is north."""

    values: np.ndarray
    """shape (rows, cols), float32; 1 = as many cases as people explain; NaN outside the country
    and where the denominator is too thin."""
    transform: tuple[float, float, float, float, float, float]
    """affine coefficients of the grid, as in Density."""
    cell_size_m: float
    """side of a cell, metres."""
    bandwidth_m: float
    """standard deviation of both kernels, metres."""
    minimum_expected: float
    """cases expected under the kernel below which a cell is masked."""
    masked_share: float
    """share (0 to 1) of the country's cells that are masked."""


def relative_risk(
    cases: Density, population: Density, *, minimum_expected: float = DEFAULT_MINIMUM_EXPECTED
) -> RelativeRisk:
    """Divide a density of one's own points by the density of the population.

    r = (f / sum of cases) / (p / sum of people), both with the same kernel (Bithell 1990,
    Statistics in Medicine 9, 691-701; Kelsall and Diggle 1995, Bernoulli 1, 3-16).

    The cases expected under the kernel at a cell are E = p (cases / people) A, with
    A = 1 / integral of K^2: 4 pi h^2 for the Gaussian, 40 pi h^2 / 9 for the quartic. Where cases
    follow the people, r has the relative standard error 1 / sqrt(E); cells with E below the
    minimum are masked, because there one case makes a hot spot.

    Parameters
    ----------
    cases : Density
        Of real points; its weights are cases.
    population : Density
        Of residents, same grid, kernel, bandwidth and edge correction.
    minimum_expected : float
        Above 0.

    Returns
    -------
    RelativeRisk

    Raises
    ------
    GeoError
        The cases were placed by a rule, the two densities do not match, or one is empty.
    ParameterError
        The minimum is not above 0.

    Examples
    --------
    >>> from geo.density import kernel_density
    >>> from geo.grid import Grid
    >>> grid = Grid(0.0, 400_000.0, 5_000.0, np.ones((80, 80), dtype=bool))
    >>> x, y = [100_000.0, 300_000.0], [200_000.0, 200_000.0]
    >>> cases, people = (
    ...     kernel_density(x, y, weight, grid=grid, bandwidth_m=15_000)
    ...     for weight in ([60, 20], [5_000, 5_000]))
    >>> risk = relative_risk(cases, people)
    >>> [round(float(risk.values[39, column]), 2) for column in (20, 60)]
    [1.5, 0.5]
    """
    if cases.spreading:
        raise GeoError(
            f"the cases were placed by the rule {cases.spreading!r}: inside a department their "
            "density over that of people only redraws the rule. Use the rates by department, or "
            "points of your own"
        )
    if not (np.isfinite(minimum_expected) and minimum_expected > 0):
        raise ParameterError(f"minimum_expected is {minimum_expected}; it must be above 0")
    for name in ("transform", "kernel", "bandwidth_m", "bandwidth_range_m", "edge_correction"):
        came = getattr(cases, name), getattr(population, name)
        if came[0] != came[1]:
            raise GeoError(
                f"cases and population differ in {name}: {came[0]} and {came[1]}; smooth both "
                "alike, or the ratio shows the smoothing"
            )
    if cases.values.shape != population.values.shape:
        raise GeoError("cases and population lie on different cells; compute both on one grid")
    if cases.bandwidth_range_m is not None:
        raise GeoError(
            "the bandwidths adapt to the points: numerator and denominator would be smoothed "
            "unlike each other; use fixed bandwidths"
        )
    for name, density in (("cases", cases), ("population", population)):
        if density.total == 0:
            raise GeoError(f"{name} sum to 0; there is no ratio")
    per_person = cases.total / population.total
    area_km2 = _EFFECTIVE_AREA[cases.kernel] * (cases.bandwidth_m / 1000) ** 2
    explained = population.values.astype(float) * per_person
    inside = np.isfinite(cases.values)
    thick = inside & (np.nan_to_num(explained) * area_km2 >= minimum_expected)
    values = np.full(cases.values.shape, np.nan, dtype=np.float32)
    values[thick] = cases.values[thick] / explained[thick]
    return RelativeRisk(
        values=values,
        transform=cases.transform,
        cell_size_m=cases.cell_size_m,
        bandwidth_m=cases.bandwidth_m,
        minimum_expected=float(minimum_expected),
        masked_share=float(1 - thick.sum() / inside.sum()),
    )
