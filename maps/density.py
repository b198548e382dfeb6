"""The modelled density of a period: counts spread over places, smoothed, cut into isopleths."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
import shapely

from data import (
    load_complaints,
    load_departments,
    load_mining_cells,
    load_named_places,
    load_places,
)
from data.periods import parse_period
from geo.crs import to_analysis
from geo.density import (
    Density,
    DensityDifference,
    density_difference,
    kernel_density,
)
from geo.evidence import DEFAULT_EVIDENCE_SHARE, spread_with_evidence, stated_evidence
from geo.grid import Grid, country_grid, project_geometry
from geo.isopleths import Isopleth, isopleths
from geo.rasters import geotiff_bytes
from geo.surface import Surface, placed_population, spread_counts
from maps.attribution import borders_source
from maps.results import results_for

Kernel = Literal["gaussian", "quartic"]
KERNELS: tuple[str, ...] = get_args(Kernel)
WEB_CELL_KM = 4.0
"""side of a cell of the map's overlay, km: a fifth of the smallest bandwidth offered."""


@lru_cache(maxsize=4)
def grid_for(cell_km: float) -> Grid:
    """The country's cells at one size, rasterised once."""
    return country_grid(load_departments().geometry, cell_size_m=cell_km * 1000)


@lru_cache(maxsize=8)
def surface_for(period: str, evidence_share: float | None = None) -> Surface:
    """A period's counts spread over the districts' capitals by population.

    With a share (0 to 1), that part of each department's count goes to its mining cells and to
    its places with published victims.
    """
    results = results_for(period)
    counts = dict(zip(results["department_ubigeo"], results["reported_count"], strict=True))
    places = load_places()
    if evidence_share is None:
        return spread_counts(counts, places)
    evidence = stated_evidence(load_mining_cells(), load_named_places())
    return spread_with_evidence(counts, places, evidence, evidence_share=evidence_share)


@lru_cache(maxsize=16)
def density_for(
    period: str,
    *,
    bandwidth_km: float | None,
    cell_km: float = WEB_CELL_KM,
    kernel: str = "gaussian",
    evidence_share: float | None = None,
) -> Density:
    """Density of a period in cases per km2.

    Parameters
    ----------
    period : str
        A period's code.
    bandwidth_km : float or None
        Standard deviation of the kernel, km; None measures the spacing of the towns.
    cell_km : float
        Side of a cell, km.
    kernel : {"gaussian", "quartic"}
    evidence_share : float, optional
        Share (0 to 1) of each department's count that goes to mining evidence; None spreads by
        population alone.

    Raises
    ------
    ParameterError
        A bandwidth below the cell, a cell too small for memory, an unknown period, a share that
        is not within 0 and 1.
    """
    surface = surface_for(period, evidence_share)
    easting, northing = to_analysis(surface.longitude, surface.latitude)
    bandwidth_m = None if bandwidth_km is None else bandwidth_km * 1000
    return kernel_density(
        easting,
        northing,
        surface.weight,
        grid=grid_for(cell_km),
        bandwidth_m=bandwidth_m,
        kernel=kernel,  # type: ignore[arg-type]
        spreading=surface.spreading,
    )


@lru_cache(maxsize=8)
def difference_for(
    period: str,
    *,
    bandwidth_km: float,
    cell_km: float = WEB_CELL_KM,
    kernel: str = "gaussian",
    evidence_share: float = DEFAULT_EVIDENCE_SHARE,
) -> DensityDifference:
    """Density with mining evidence minus density by population alone: what the rule decides.

    Parameters and errors are those of :func:`density_for`; a share of 0 gives 0 everywhere.
    """
    by_people, with_evidence = (
        density_for(
            period,
            bandwidth_km=bandwidth_km,
            cell_km=cell_km,
            kernel=kernel,
            evidence_share=share,
        )
        for share in (None, evidence_share)
    )
    return density_difference(by_people, with_evidence)


@lru_cache(maxsize=1)
def _country() -> shapely.Geometry:
    return project_geometry(shapely.union_all(load_departments().geometry.to_numpy()))


@lru_cache(maxsize=1)
def _people() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    placed = placed_population(load_places())
    easting, northing = to_analysis(placed["longitude"], placed["latitude"])
    return easting, northing, placed["population"].to_numpy()


@lru_cache(maxsize=16)
def isopleths_for(period: str, bandwidth_km: float) -> tuple[Isopleth, ...]:
    """The smallest areas that hold 25, 50, 75 and 90 % of a period's reports in the model."""
    density = density_for(period, bandwidth_km=bandwidth_km)
    return tuple(isopleths(density, country=_country(), places=_people()))


@dataclass(frozen=True, slots=True)
class Half:
    """Where the model places half of the reports."""

    area_share: float
    """share (0 to 1) of the country's area."""
    people_share: float
    """share (0 to 1) of the population that lives there."""


def half_of_reports(period: str, bandwidth_km: float) -> Half:
    """Numbers of the sentence "half of the reports in x % of the country, where y % live"."""
    half = next(item for item in isopleths_for(period, bandwidth_km) if item.share == 0.5)
    return Half(half.area_share, float(half.people_share or 0.0))


def density_geotiff(
    period: str,
    *,
    bandwidth_km: float | None,
    cell_km: float,
    kernel: str,
    evidence_share: float | None = None,
) -> tuple[bytes, str]:
    """The density as a GeoTIFF with its units and source in the tags, and one line about it."""
    chosen = parse_period(period)
    density = density_for(
        chosen.code,
        bandwidth_km=bandwidth_km,
        cell_km=cell_km,
        kernel=kernel,
        evidence_share=evidence_share,
    )
    results = results_for(chosen.code)
    rows = load_complaints()
    rows = rows[rows["period"].isin(chosen.code.split("+"))]
    titles = [
        *dict.fromkeys(rows["source_title"]),
        "INEI: population",
        f"{borders_source()}: borders",
    ]
    tags = {
        "PERIOD": chosen.code,
        "COUNTED": chosen.unit,
        "REGISTRY": str(results["registry"].iloc[0]),
        "SOURCE": "; ".join(titles),
        "CAVEAT": "Modelled: reports of a department's fiscal districts spread over its towns by "
        f"{density.spreading}, then smoothed. Reports, not prevalence; not for operations.",
    }
    how = "read from the spacing of towns" if bandwidth_km is None else "as given"
    note = (
        f"{chosen.code}: {density.total:,.0f} x {chosen.unit}, the grid holds {density.mass:,.2f}; "
        f"bandwidth {density.bandwidth_m / 1000:.1f} km ({how}); modelled, spread by "
        f"{density.spreading}; {density.snapped_count} towns moved onto the grid, "
        f"{density.snapped_max_distance_m / 1000:.1f} km at most"
    )
    return geotiff_bytes(density, tags), note
