"""The densities of a period as pictures for the small maps: one rule, another, the difference."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from geo.rasters import density_breaks, difference_breaks, palette_png
from layers.palette import DENSITY
from maps.density import density_for, difference_for, isopleths_for
from maps.small_maps import Box, rim_paths, small_box

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


@lru_cache(maxsize=16)
def density_picture(period: str, bandwidth_km: int, evidence_share: float | None) -> Picture:
    """The density by population (None) or with a share put on the stated evidence.

    Both rules are cut at the edges of the density by population, so that one colour means one
    density on either map.
    """
    reference = density_for(period, bandwidth_km=bandwidth_km)
    shown = (
        reference
        if evidence_share is None
        else density_for(period, bandwidth_km=bandwidth_km, evidence_share=evidence_share)
    )
    edges = density_breaks(reference, classes=len(DENSITY), ratio=100)
    return _picture(palette_png(shown, edges, DENSITY), edges)


@lru_cache(maxsize=16)
def difference_picture(period: str, bandwidth_km: int, evidence_share: float) -> Picture | None:
    """What the second rule moves; None where it moves nothing."""
    difference = difference_for(period, bandwidth_km=bandwidth_km, evidence_share=evidence_share)
    if not np.nanmax(np.abs(difference.values), initial=0.0) > 0:
        return None
    edges = difference_breaks(difference, side_classes=len(MORE), ratio=60)
    colors = (*reversed(LESS), _UNPAINTED, *MORE)
    return _picture(palette_png(difference, edges, colors), edges)


@lru_cache(maxsize=16)
def half_rims(period: str, bandwidth_km: int) -> tuple[str, ...]:
    """Paths of the smallest areas that hold 50 and 90 % of the reports in the model."""
    kept = [rim for rim in isopleths_for(period, bandwidth_km) if rim.share in (0.5, 0.9)]
    return tuple(rim_paths([rim.geometry_wgs84 for rim in kept]))


def moved_share(period: str, bandwidth_km: int, evidence_share: float) -> float:
    """Share (0 to 1) of the reports that lie elsewhere under the second rule."""
    return difference_for(
        period, bandwidth_km=bandwidth_km, evidence_share=evidence_share
    ).moved_share


def _picture(drawn: tuple[bytes, Box], edges: list[float]) -> Picture:
    png, bounds = drawn
    href = "data:image/png;base64," + base64.b64encode(png).decode("ascii")
    return Picture(href, small_box(bounds), tuple(edges))
