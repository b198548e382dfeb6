"""What a change of assumption does to a density: one surface minus another, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.density import Density
from geo.errors import GeoError, ParameterError

SIDE_CLASSES = 4
"""Classes on each side of the unpainted middle."""


@dataclass(frozen=True, slots=True)
class DensityDifference:
    """Second density minus first, on their common grid; row 0 is north."""

    values: np.ndarray
    """shape (rows, cols), float32, cases per km2; above 0 where the second puts more; NaN outside
    the country."""
    transform: tuple[float, float, float, float, float, float]
    """affine coefficients of the grid, as in Density."""
    cell_size_m: float
    """side of a cell, metres."""
    bandwidth_m: float
    """standard deviation of both kernels, metres."""
    first_spreading: str
    """rule of the density that was taken away."""
    second_spreading: str
    """rule of the density that it was taken from."""
    moved_cases: float
    """half of the absolute difference, summed over the country: cases that lie elsewhere."""
    moved_share: float
    """moved_cases over the total, 0 to 1."""


def density_difference(first: Density, second: Density) -> DensityDifference:
    """Subtract the first density from the second.

    Parameters
    ----------
    first, second : Density
        Same grid, kernel, bandwidth and edge correction, and the same total: only where the cases
        were put may differ, so that every difference is the rule's doing.

    Returns
    -------
    DensityDifference
        Its values sum to 0 (up to rounding of float32).

    Raises
    ------
    GeoError
        The two differ in anything but the positions.

    Examples
    --------
    >>> from geo.density import kernel_density
    >>> from geo.grid import Grid
    >>> grid = Grid(0.0, 500_000.0, 5_000.0, np.ones((100, 100), dtype=bool))
    >>> one, two = (
    ...     kernel_density([x], [250_000], [40], grid=grid, bandwidth_m=10_000)
    ...     for x in (150_000, 350_000))
    >>> difference = density_difference(one, two)  # 40 cases, all of them elsewhere
    >>> round(difference.moved_cases, 3), round(difference.moved_share, 3)
    (40.0, 1.0)
    """
    for name in ("transform", "cell_size_m", "kernel", "bandwidth_m", "edge_correction"):
        came = getattr(first, name), getattr(second, name)
        if came[0] != came[1]:
            raise GeoError(
                f"the densities differ in {name}: {came[0]} and {came[1]}; compute both with the "
                "same settings, or the difference shows the settings"
            )
    if first.values.shape != second.values.shape or not np.array_equal(
        np.isnan(first.values), np.isnan(second.values)
    ):
        raise GeoError("the densities lie on different cells; compute both on one grid")
    if not np.isclose(first.total, second.total, rtol=1e-6):
        raise GeoError(
            f"the densities hold {first.total:g} and {second.total:g} cases; spread the same "
            "counts twice, or the difference shows the counts"
        )
    values = second.values - first.values
    moved = float(np.nansum(np.abs(values), dtype=float)) / 2 * first.cell_area_km2
    return DensityDifference(
        values=values,
        transform=first.transform,
        cell_size_m=first.cell_size_m,
        bandwidth_m=first.bandwidth_m,
        first_spreading=first.spreading,
        second_spreading=second.spreading,
        moved_cases=moved,
        moved_share=moved / first.total if first.total else 0.0,
    )


def difference_breaks(
    difference: DensityDifference, *, side_classes: int = SIDE_CLASSES, ratio: float = 100.0
) -> list[float]:
    """Class edges that mirror each other around an unpainted middle.

    Parameters
    ----------
    difference : DensityDifference
    side_classes : int
        Classes below the middle and above it, 1 to 7.
    ratio : float
        Highest over lowest edge on a side, above 1.

    Returns
    -------
    list of float, length 2 * side_classes + 2
        Ascending; the class between the two edges nearest to 0 is the middle, to be painted
        transparent ("#00000000") so that "no change" shows no colour.

    Raises
    ------
    ParameterError
        An option out of range.
    GeoError
        The densities are the same everywhere.

    Examples
    --------
    >>> even = DensityDifference(np.array([[-2.0, 2.0]], dtype=np.float32),
    ...     (1.0, 0.0, 0.0, 0.0, -1.0, 0.0), 1.0, 1.0, "a", "b", 2.0, 0.5)
    >>> difference_breaks(even, side_classes=2)
    [-2.0, -0.2, -0.02, 0.02, 0.2, 2.0]
    """
    if not 1 <= side_classes <= 7:
        raise ParameterError(f"side_classes is {side_classes}; it must be 1 to 7")
    if not ratio > 1:
        raise ParameterError(f"ratio is {ratio}; it must be above 1")
    top = float(np.nanmax(np.abs(difference.values), initial=0.0))
    if top == 0:
        raise GeoError("the two densities are the same everywhere; there is nothing to classify")
    side = [float(f"{edge:.1e}") for edge in np.geomspace(top / ratio, top, side_classes + 1)]
    if side[-1] < top:
        side[-1] = float(f"{side[-1] + 10.0 ** (np.floor(np.log10(top)) - 1):.1e}")
    if len(set(side)) <= side_classes:
        raise ParameterError(
            f"{side_classes} classes over a factor of {ratio:g} share rounded edges; use fewer"
        )
    return [-edge for edge in reversed(side)] + side
