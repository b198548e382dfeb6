"""The modelled density of a period as a surface, isopleths and a GeoTIFF."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from atlas.results.regions import outlines_credit
from atlas.words import Words, words
from data.cache import cached
from data.catalogue import load_table
from data.context import load_mining_cells, load_named_places
from data.geography import load_departments, load_places
from data.periods import REGISTRIES, Period
from data.population import residents
from data.reports import AREA_COLUMNS, counts_without_province, load_region_counts
from geo.crs import to_analysis
from geo.density.engine import Density, kernel_density
from geo.density.grid import Grid, country_grid, project_geometry
from geo.density.isopleths import Isopleth, isopleths
from geo.density.rasters import density_breaks, geotiff_bytes
from geo.density.surface import (
    Surface,
    placed_population,
    spread_counts,
    spread_with_evidence,
    stated_evidence,
)
from geo.errors import ParameterError, UserError
from layers.palette import DENSITY, GLOW_STEPS

KERNELS = ("gaussian", "quartic")
WEB_CELL_KM = 4.0
"""side of a cell of the map's overlay, km: a fifth of the smallest bandwidth offered."""


@cached
def grid_for(cell_km: float) -> Grid:
    """Return the country's grid at one cell size."""
    return country_grid(load_departments().geometry, cell_size_m=cell_km * 1000)


def spread_unit(period: Period) -> str:
    """Return the smallest level with published counts: "provinces" or "departments"."""
    try:
        return period.at("provinces").level
    except (ParameterError, UserError):
        return period.level


def modelled_text(period: Period, say: Words) -> str:
    """Say that the density is modelled, and which counts were spread."""
    if spread_unit(period) == "departments":
        return say("density.modelled")
    unplaced = counts_without_province(period).sum()
    return say("density.modelled.provinces", count=say.number(unplaced))


@cached
def surface_for(period: Period, evidence_share: float | None = None) -> Surface:
    """Spread a period's counts over the districts' capitals by their residents of the period.

    The counts are those of provinces where the registry has them: what it recorded without a
    province is spread over its department. A count that is unknown is nowhere. With a share (0 to
    1), that part of each department's count goes to its mining cells and to its places with
    published victims.
    """
    unit = spread_unit(period)
    table = load_region_counts(period.at(unit))
    counts = table.set_index(AREA_COLUMNS[unit])["reported_count"].dropna()
    if unit == "provinces":
        counts = pd.concat([counts, counts_without_province(period)])
    places = _peopled(period.code)
    if evidence_share is None:
        return spread_counts(counts, places, "living")
    evidence = stated_evidence(load_mining_cells(), load_named_places())
    return spread_with_evidence(counts, places, "living", evidence, evidence_share=evidence_share)


@cached
def density_for(
    period: Period,
    *,
    bandwidth_km: float | None,
    cell_km: float = WEB_CELL_KM,
    kernel: str = "gaussian",
    evidence_share: float | None = None,
) -> Density:
    """Estimate the density of a period in cases per km2.

    ``bandwidth_km`` is the standard deviation of the kernel (None measures the spacing of the
    towns), ``kernel`` gaussian or quartic; ``evidence_share`` (0 to 1) puts that part of each
    department's count on mining evidence, None spreads by population alone. Raises ParameterError
    for a bandwidth below the cell, a cell too small for memory or a share out of bounds.
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
        kernel=kernel,  # pyrefly: ignore[bad-argument-type]
        spreading=surface.spreading,
    )


def breaks_for(density: Density) -> list[float]:
    """Return the edges of the classes on the pages, cases per km2."""
    return density_breaks(density.values, classes=len(DENSITY), ratio=100)


def glow_edges(edges: Sequence[float]) -> list[float]:
    """Return the edges with GLOW_STEPS steps in each class, on the same scale."""
    inner = [
        np.geomspace(low, high, GLOW_STEPS, endpoint=False).tolist()
        for low, high in pairwise(edges)
    ]
    return [*(edge for part in inner for edge in part), edges[-1]]


def density_ticks(edges: Sequence[float], say: Words) -> tuple[str, ...]:
    """Write the inner edges per 1,000 km2."""
    per_area = [edge * 1000 for edge in edges[1:-1]]
    return tuple(say.number(edge, 0 if edge >= 10 else 1 if edge >= 1 else 2) for edge in per_area)


@cached
def _country() -> BaseGeometry:
    return project_geometry(shapely.union_all(load_departments().geometry.to_numpy()))


def _peopled(period: str) -> pd.DataFrame:
    """The districts with their residents of a period (living)."""
    places = load_places()
    return places.assign(living=places["district_ubigeo"].map(residents(period, "districts")))


@cached
def _people(period: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    placed = placed_population(_peopled(period), "living")
    easting, northing = to_analysis(placed["longitude"], placed["latitude"])
    return easting, northing, placed["population"].to_numpy()


@cached
def isopleths_for(period: Period, bandwidth_km: float) -> tuple[Isopleth, ...]:
    """Return the smallest areas that hold 25, 50, 75 and 90 % of the modelled reports."""
    density = density_for(period, bandwidth_km=bandwidth_km)
    return tuple(isopleths(density, country=_country(), places=_people(period.code)))


def half_text(period: Period, bandwidth_km: float, say: Words) -> str:
    """Say in what share of the country, and of its people, half of the reports are."""
    half = next(item for item in isopleths_for(period, bandwidth_km) if item.share == 0.5)
    area, people = say.percent(half.area_share, 1), say.percent(half.people_share)
    return say("density.half", area=area, people=people)


def density_geotiff(
    period: Period,
    *,
    bandwidth_km: float | None,
    cell_km: float,
    kernel: str,
    evidence_share: float | None = None,
    lang: str = "en",
) -> tuple[bytes, str]:
    """Return the density as a GeoTIFF with units and source in its tags, and a line about it."""
    say, unit = words(lang), spread_unit(period)
    density = density_for(
        period,
        bandwidth_km=bandwidth_km,
        cell_km=cell_km,
        kernel=kernel,
        evidence_share=evidence_share,
    )
    table = REGISTRIES[period.registry_code].tables[unit]
    rows = load_table(table)
    rows = rows[rows["period"].isin(period.parts)]
    where = unit.removesuffix("s")
    if "fiscal_district" in rows:
        where += "'s prosecutors' districts"
    titles = [
        *dict.fromkeys(rows["source_title"]),
        "INEI: population",
        f"{outlines_credit(words('en'))}: borders",
    ]
    tags = {
        "PERIOD": period.code,
        "COUNTED": period.unit,
        "REGISTRY": period.registry,
        "SOURCE": "; ".join(titles),
        "CAVEAT": f"Modelled: reports of a {where} spread over its towns by {density.spreading}, "
        "then smoothed. Reports, not prevalence; not for operations.",
    }
    spread = "people" if evidence_share is None else "evidence"
    note = say(
        "command.density.line",
        period=period.code,
        total=f"{density.total:,.0f}",
        unit=say(f"unit.{period.unit}.one"),
        mass=f"{density.mass:,.2f}",
        bandwidth=f"{density.bandwidth_m / 1000:.1f}",
        how=say(f"command.density.{'spacing' if bandwidth_km is None else 'given'}"),
        spread=say(f"command.density.{spread}", share=f"{evidence_share or 0:.2f}"),
        count=density.snapped_count,
        far=f"{density.snapped_max_distance_m / 1000:.1f}",
    )
    counts = load_region_counts(period)
    unknown = counts.loc[counts["reported_count"].isna(), "department"]
    if len(unknown):
        note += say("command.density.unknown", names=", ".join(unknown))
    return geotiff_bytes(density, tags), note
