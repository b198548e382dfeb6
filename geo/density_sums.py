"""Where the points of a density are gathered: settings checked, the way chosen by them."""

from __future__ import annotations

from typing import Literal, get_args

from geo import binning as bins
from geo.compiled import CompiledGathered, require_installed
from geo.errors import ParameterError
from geo.gathering import Sums
from geo.grid import Grid, require_positive
from geo.kernels import Kernel, require_kernel
from geo.lattice import LARGEST, Gathered, lattice_for
from geo.nodes import Binned, Nodes

Edge = Literal["diggle", "uniform", "none"]
"""Edge corrections: see :func:`geo.density.kernel_density`."""

LARGEST_BANDWIDTH_M = 500_000
"""metres; Peru is 1,300 km wide: a wider kernel shows nothing and its padded grid fills memory."""


def sums_for(
    *,
    grid: Grid,
    bandwidth_m: float,
    kernel: Kernel = "gaussian",
    edge: Edge = "diggle",
    binning: bins.Binning | None = None,
    compiled: bool = False,
) -> Sums:
    """Empty sums that gather points for a density of these settings, here or on another machine.

    Sums of the same settings are merged; :func:`geo.density.density_of` makes a density of them.

    Raises
    ------
    ParameterError
        As :func:`geo.density.kernel_density`.
    """
    require_kernel(kernel)
    if binning is not None:
        bins.require_binning(binning)
    if edge not in get_args(Edge):
        raise ParameterError(f"edge is {edge!r}; it must be one of {list(get_args(Edge))}")
    require_bandwidth(bandwidth_m, grid.cell_size_m)
    if compiled:
        require_installed()
    lattice = lattice_for(grid, bandwidth_m)
    # Below 10 km a lattice over Peru in step with 1 km cells would fill memory; an FFT does not.
    if kernel == "gaussian" and binning is None and lattice.shape[0] * lattice.shape[1] <= LARGEST:
        return (CompiledGathered if compiled else Gathered)(grid, lattice)
    return Binned(Nodes(grid, float(bandwidth_m), kernel, binning or "quadratic"), edge)


def require_bandwidth(bandwidth_m: float, cell_size_m: float) -> None:
    """Raise ParameterError unless the bandwidth is positive, no less than the cell and no wider
    than the map."""
    require_positive("bandwidth_m", bandwidth_m)
    if bandwidth_m > LARGEST_BANDWIDTH_M:
        raise ParameterError(
            f"bandwidth_m of {bandwidth_m:g} is wider than the map: give at most "
            f"{LARGEST_BANDWIDTH_M:,} m ({LARGEST_BANDWIDTH_M // 1000} km)"
        )
    if cell_size_m > bandwidth_m:
        raise ParameterError(
            f"cell_size_m of {cell_size_m:g} is larger than bandwidth_m of {bandwidth_m:g}: cells "
            "would step over the bumps and lose cases; use a cell of at most "
            f"{bandwidth_m:g} m, better {bandwidth_m / 10:g} m"
        )
