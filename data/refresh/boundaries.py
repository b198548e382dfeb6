"""Outlines of departments, provinces or districts, as INEI, geoBoundaries and others give them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from data.refresh.boundary_checks import join_by_code, measure, require_sound
from data.refresh.boundary_codes import Level, code_features
from data.refresh.boundary_light import feature_collection, full, lighten
from data.refresh.department_of import projected
from data.refresh.geojson import read_features, require_in_peru
from data.refresh.vector_file import as_geojson
from geo.errors import DataError

KEYS: dict[Level, str] = {
    "departments": "department_ubigeo",
    "provinces": "province_ubigeo",
    "districts": "district_ubigeo",
}
MIN_SHARE: dict[Level, float] = {"departments": 1.0, "provinces": 0.95, "districts": 0.9}
"""of the known codes that a file must hold: older limits lack what was made since"""
MAX_UNMATCHED = 0.02
"""of the outlines that may have neither a known code nor a known name"""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the places of each level."""

    names: Mapping[Level, Mapping[str, str]]
    """code to name."""
    area_km2: Mapping[Level, Mapping[str, float]]
    """code to official area."""
    iso: Mapping[str, str]
    """ISO 3166-2 to department."""


@dataclass(frozen=True, slots=True)
class BoundaryReading:
    """Outlines of one level, repaired, one per code."""

    level: Level
    codes: tuple[str, ...]
    names: tuple[str, ...]
    full: np.ndarray
    """WGS84, about 1 m."""
    light: np.ndarray
    """WGS84, simplified together for the web."""
    report: dict[str, Any] = field(default_factory=dict)
    """what was found: see read_boundaries."""

    def files(self) -> tuple[bytes, bytes]:
        """The full and the light outlines as GeoJSON; departments carry a code only."""
        rows: list[dict[str, str]] = [{KEYS[self.level]: code} for code in self.codes]
        if self.level != "departments":
            rows = [{**row, "name": name} for row, name in zip(rows, self.names, strict=True)]
        return feature_collection(rows, self.full), feature_collection(rows, self.light)


def read_boundaries(
    file: str, content: bytes, known: Known, *, level: Level | None = None
) -> BoundaryReading:
    """Read, repair, join by code and check outlines.

    Parameters
    ----------
    file, content : str, bytes
        GeoJSON in WGS84, a zipped Shapefile or a GeoPackage.
    known : Known
        The places as INEI codes them, with official areas.
    level : str, optional
        What the file holds; read from its properties unless given.

    Returns
    -------
    BoundaryReading
        Its report holds features, without_geometry (codes), codes_from, unmatched, repaired,
        repaired_km2, joined, missing, unknown, area_km2, overlap_km2, overlaps, gap_km2, gaps,
        off, off_beyond_quarter, tolerance_m.

    Raises
    ------
    DataError
        When the file is no such outlines, lies elsewhere, lacks departments, or its areas,
        overlaps or gaps cannot be Peru's.
    """
    features = read_features(file, as_geojson(file, content))
    require_in_peru(file, features.geometries)
    coding = code_features(
        file, [*features.properties, *features.empty], known.names, iso=known.iso, level=level
    )
    count = len(features.properties)
    lacking = tuple(code for code in coding.codes[count:] if code)
    has_code = np.array([code is not None for code in coding.codes[:count]])
    if (~has_code).sum() > MAX_UNMATCHED * count:
        raise DataError(
            file,
            came=f"{(~has_code).sum()} of {count} outlines without a known code or name: "
            + "; ".join(coding.unmatched[:3]),
            expected=f"at most {MAX_UNMATCHED:.0%}",
        )
    codes = [code for code in coding.codes[:count] if code]
    joined = join_by_code(codes, projected(features.geometries[has_code]))
    names, official = known.names[coding.level], known.area_km2[coding.level]
    missing = sorted(set(names) - set(joined.codes))
    _require_complete(file, coding.level, joined.codes, missing, len(names))
    measured = measure(joined, official)
    require_sound(file, measured, official, each=coding.level == "departments")
    light = lighten(joined.geometries, coding.level)
    own = {code: name for code, name in zip(coding.codes, coding.names, strict=True) if code}
    return BoundaryReading(
        coding.level,
        joined.codes,
        tuple(names.get(code) or own[code].title() or code for code in joined.codes),
        full(joined.geometries),
        light.geometries,
        {
            "features": count + len(features.empty),
            "without_geometry": lacking,
            "codes_from": coding.how,
            "unmatched": coding.unmatched,
            "repaired": joined.repaired,
            "repaired_km2": joined.repaired_km2,
            "joined": joined.joined,
            "missing": tuple(missing),
            "unknown": tuple(sorted(set(joined.codes) - set(names))),
            "area_km2": measured.area_km2,
            "overlap_km2": measured.overlap_km2,
            "overlaps": measured.overlaps,
            "gap_km2": measured.gap_km2,
            "gaps": measured.gaps,
            "off": measured.off,
            "off_beyond_quarter": measured.off_beyond_quarter,
            "tolerance_m": light.tolerance_m,
        },
    )


def _require_complete(
    file: str, level: Level, codes: tuple[str, ...], missing: list[str], known: int
) -> None:
    found = known - len(missing)
    if level == "departments" and (missing or len(codes) != known):
        came = f"{len(codes)} departments" + (f", without {', '.join(missing)}" if missing else "")
        raise DataError(file, came=came, expected=f"{known}: 24 and Callao")
    if found < MIN_SHARE[level] * known:
        raise DataError(
            file,
            came=f"{found} of {known} known {level}",
            expected=f"at least {MIN_SHARE[level]:.0%}: the whole country",
        )
