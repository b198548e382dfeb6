"""Outlines repaired, joined by code, measured against official areas, made light for the web."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from data.refresh.boundary_codes import Level
from geo.crs import to_wgs84
from geo.errors import DataError

AREA_TOLERANCE = 0.10
"""of a department; INEI's limits of 2007 differ by 3.7 % at most from the official areas"""
AREA_FLOOR_KM2 = 250.0
"""difference that is never held against one: a coarse drawing of Callao lacks half its 147 km2"""
COUNTRY_TOLERANCE = 0.03
FAULT_TOLERANCE = 0.01
"""of the country's area: overlaps or gaps above are no rounding of a drawing"""
_LISTED = 5

BUDGET_BYTES: dict[Level, int] = {"departments": 66_000, "provinces": 230_000, "districts": 640_000}
"""of the light file; gzip sends about a fifth of a district's bytes"""
TOLERANCES_M = (200.0, 300.0, 500.0, 800.0, 1200.0, 2000.0, 3000.0, 5000.0, 8000.0)
FULL_DECIMALS, LIGHT_DECIMALS = 5, 3
"""of degrees: 1 m and 110 m"""
_SNAP_M = 20.0
_SLIVER_M = 100.0
"""gaps narrower than this are faults of drawing; a wider one may be a lake"""


@dataclass(frozen=True, slots=True)
class Joined:
    """One outline per code, in the equal-area projection."""

    codes: tuple[str, ...]
    """ascending."""
    geometries: np.ndarray
    """shape (n,), valid polygons and multipolygons, metres."""
    repaired: int
    """outlines that crossed themselves."""
    repaired_km2: float
    """how much the repair changed their areas in sum."""
    joined: tuple[tuple[str, int], ...]
    """codes that the file had in several features, and in how many."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Faults of a set of outlines, in km2."""

    area_km2: float
    overlap_km2: float
    """land that two outlines claim."""
    overlaps: tuple[tuple[str, str, float], ...]
    """the largest: code, code, km2."""
    gap_km2: float
    """land inside the country that none claims (lakes among it)."""
    gaps: int
    off: tuple[tuple[str, float], ...]
    """the codes whose area differs most from the official one, and by which share."""
    off_beyond_quarter: int
    """how many differ by more than a quarter."""


def join_by_code(codes: Sequence[str], flat: np.ndarray) -> Joined:
    """Repair outlines and unite those of one code.

    Examples
    --------
    >>> bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    >>> found = join_by_code(["01", "02", "01"], np.array([shapely.box(0, 0, 1, 1), bow,
    ...                                                    shapely.box(1, 0, 2, 1)]))
    >>> found.codes, found.joined, found.repaired, shapely.area(found.geometries).tolist()
    (('01', '02'), (('01', 2),), 1, [2.0, 2.0])
    """
    bad = ~shapely.is_valid(flat)
    sound = flat.copy()
    if bad.any():
        # what the lines enclose stays, whichever way round they were drawn
        sound[bad] = _polygons(shapely.make_valid(flat[bad]))
    changed = np.abs(shapely.area(sound[bad]) - np.abs(shapely.area(flat[bad]))).sum()
    array = np.array(codes, dtype=object)
    ordered = sorted(set(codes))
    parts = [sound[array == code] for code in ordered]
    united = [one[0] if len(one) == 1 else shapely.union_all(one) for one in parts]
    return Joined(
        tuple(ordered),
        np.array(united, dtype=object),
        int(bad.sum()),
        float(changed) / 1e6,
        tuple((c, len(one)) for c, one in zip(ordered, parts, strict=True) if len(one) > 1),
    )


def measure(joined: Joined, official_km2: Mapping[str, float]) -> Measured:
    """Measure overlaps, gaps and differences of area."""
    shapes = joined.geometries
    area = shapely.area(shapes) / 1e6
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = first < second
    first, second = first[pairs], second[pairs]
    shared = shapely.area(shapely.intersection(shapes[first], shapes[second])) / 1e6
    order = np.argsort(-shared)[:_LISTED]
    worst = [
        (joined.codes[first[i]], joined.codes[second[i]], round(float(shared[i]), 3))
        for i in order
        if shared[i] > 0.001
    ]
    country = shapely.union_all(shapes)
    holes = [
        float(shapely.area(shapely.polygons(ring))) / 1e6
        for part in shapely.get_parts(country)
        for ring in part.interiors
    ]
    off = {
        code: float(km2 / official_km2[code] - 1)
        for code, km2 in zip(joined.codes, area, strict=True)
        if official_km2.get(code, 0) > 0
    }
    ranked = sorted(off.items(), key=lambda item: -abs(item[1]))
    return Measured(
        float(area.sum()),
        float(shared.sum()),
        tuple(worst),
        float(sum(holes)),
        len(holes),
        tuple((code, round(share, 4)) for code, share in ranked[:_LISTED]),
        sum(abs(share) > 0.25 for share in off.values()),
    )


def require_sound(
    file: str, measured: Measured, official_km2: Mapping[str, float], *, each: bool
) -> None:
    """Refuse outlines that cannot be the country's.

    With `each`, every area must be within AREA_TOLERANCE (departments): the official areas of
    provinces and districts are themselves uneven, so these are only reported.
    """
    total = sum(official_km2.values())
    if abs(measured.area_km2 / total - 1) > COUNTRY_TOLERANCE:
        raise DataError(
            file,
            came=f"{measured.area_km2:,.0f} km2 in all",
            expected=f"{total:,.0f} km2 within {COUNTRY_TOLERANCE:.0%}",
        )
    for what, km2 in (("overlap", measured.overlap_km2), ("gap", measured.gap_km2)):
        if km2 > FAULT_TOLERANCE * total:
            raise DataError(
                file, came=f"{what}s of {km2:,.0f} km2", expected=f"below {FAULT_TOLERANCE:.0%}"
            )
    far = [
        (code, share)
        for code, share in measured.off
        if abs(share) > AREA_TOLERANCE and abs(share) * official_km2[code] > AREA_FLOOR_KM2
    ]
    if each and far:
        code, share = far[0]
        raise DataError(
            file,
            came=f"{code} with an area {share:+.1%} from the official one",
            expected=f"within {AREA_TOLERANCE:.0%}",
        )


def _polygons(geometries: np.ndarray) -> np.ndarray:
    """Only the surfaces of repaired outlines: a line or a point is no land."""
    kept = []
    for geometry in geometries:
        parts = shapely.get_parts(np.array([geometry]))
        parts = shapely.get_parts(parts)
        kept.append(shapely.union_all(parts[shapely.get_dimensions(parts) == 2]))
    return np.array(kept, dtype=object)


@dataclass(frozen=True, slots=True)
class Light:
    """Simplified outlines that fit a budget."""

    geometries: np.ndarray
    """WGS84, shape (n,)."""
    tolerance_m: float
    """square root of the area of the smallest triangle kept (Visvalingam-Whyatt)."""


def lighten(flat: np.ndarray, level: Level) -> Light:
    """Simplify a coverage until it fits its budget.

    Notes
    -----
    Slivers are closed first (``coverage_clean``); ``coverage_simplify`` then moves a border once
    for both its sides. Rounding keeps that: equal coordinates round equally.
    """
    clean = shapely.coverage_clean(flat, snapping_distance=_SNAP_M, gap_width=_SLIVER_M)
    # an island of a few metres may vanish in a cleaned coverage; then it stays as it was
    clean = np.where(shapely.is_empty(clean), flat, clean)
    degrees, tolerance = clean, 0.0
    for tolerance in TOLERANCES_M:
        simple = shapely.coverage_simplify(clean, tolerance)
        degrees = _degrees(simple, LIGHT_DECIMALS)
        lost = shapely.is_empty(degrees)
        if lost.any():
            degrees[lost] = _degrees(clean[lost], FULL_DECIMALS)
        if sum(len(text) for text in shapely.to_geojson(degrees)) <= BUDGET_BYTES[level]:
            break
    return Light(degrees, tolerance)


def full(flat: np.ndarray) -> np.ndarray:
    """Outlines in degrees, rounded to about one metre."""
    return _degrees(flat, FULL_DECIMALS)


def feature_collection(rows: Sequence[Mapping[str, Any]], geometries: np.ndarray) -> bytes:
    """GeoJSON without blanks, one feature a line.

    Examples
    --------
    >>> feature_collection([{"a": "1"}], np.array([shapely.Point(1, 2)])).decode().splitlines()[1]
    '{"type":"Feature","properties":{"a":"1"},"geometry":{"type":"Point","coordinates":[1.0,2.0]}}'
    """
    lines = []
    for row, geometry in zip(rows, shapely.to_geojson(geometries), strict=True):
        properties = json.dumps(dict(row), ensure_ascii=False, separators=(",", ":"))
        lines.append(f'{{"type":"Feature","properties":{properties},"geometry":{geometry}}}')
    body = ",\n".join(lines)
    return f'{{"type":"FeatureCollection","features":[\n{body}\n]}}\n'.encode()


def _degrees(flat: np.ndarray, decimals: int) -> np.ndarray:
    """Back to degrees and rounded; what the rounding made cross itself is repaired."""
    degrees = shapely.transform(
        flat, lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1])).round(decimals)
    )
    bad = ~shapely.is_valid(degrees)
    if bad.any():
        degrees[bad] = shapely.buffer(shapely.make_valid(degrees[bad]), 0)
    return shapely.remove_repeated_points(degrees)
