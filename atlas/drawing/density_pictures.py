"""The modelled density as pictures for small maps: surfaces, what a rule moves, isopleths."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import numpy as np

from atlas.drawing.small_maps import Box, rim_paths, small_box
from atlas.results.cache import cached
from atlas.results.density import breaks_for, density_for, difference_for, isopleths_for
from data.periods import Period
from geo.density.rasters import difference_breaks, palette_png
from layers.palette import DENSITY

LESS = ("#c9c4bb", "#a09a90", "#6f6a62")
"""fewer reports than by population alone, from little to much: neutral"""
MORE = ("#b5dcd5", "#5fb0a4", "#0c6b63")
"""more reports there: the colour of the mining evidence that draws them"""
_UNPAINTED = "#00000000"


@dataclass(frozen=True, slots=True)
class Picture:
    """One surface as an image in view coordinates of the small maps."""

    href: str
    """data: address of the PNG."""
    box: Box
    """x, y, width, height in view units."""
    breaks: tuple[float, ...]
    """class edges, cases per km2."""


@cached
def density_picture(period: Period, bandwidth_km: int, evidence_share: float | None) -> Picture:
    """The density by population (None) or with a share put on the stated evidence.

    Both rules are cut at the edges of the density by population, so that one colour means one
    density on either map.
    """
    reference = density = density_for(period, bandwidth_km=bandwidth_km)
    if evidence_share is not None:
        density = density_for(period, bandwidth_km=bandwidth_km, evidence_share=evidence_share)
    edges = breaks_for(reference)
    return _picture(palette_png(density.values, density.transform, edges, DENSITY), edges)


@cached
def difference_picture(period: Period, bandwidth_km: int, evidence_share: float) -> Picture | None:
    """What the second rule moves; None where it moves nothing."""
    difference = difference_for(period, bandwidth_km, evidence_share)
    if not np.nanmax(np.abs(difference.values), initial=0.0) > 0:
        return None
    edges = difference_breaks(difference.values, side_classes=len(MORE), ratio=60)
    colors = (*reversed(LESS), _UNPAINTED, *MORE)
    return _picture(palette_png(difference.values, difference.transform, edges, colors), edges)


@cached
def half_rims(period: Period, bandwidth_km: int) -> tuple[str, ...]:
    """Paths of the smallest areas that hold 50 and 90 % of the reports in the model."""
    rims = [rim for rim in isopleths_for(period, bandwidth_km) if rim.share in (0.5, 0.9)]
    return tuple(rim_paths([rim.geometry_wgs84 for rim in rims]))


def _picture(drawn: tuple[bytes, Box], edges: list[float]) -> Picture:
    png, bounds = drawn
    href = "data:image/png;base64," + base64.b64encode(png).decode("ascii")
    return Picture(href, small_box(bounds), tuple(edges))
