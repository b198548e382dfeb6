"""Outlines of departments, provinces or districts: repaired, joined, measured, made light."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from data.catalogue import load_table, resource_names
from data.geography import area_names, load_places
from data.names import AREA_COLUMNS
from data.readers.raw_table import refuse
from data.refresh.boundary_codes import LEVELS, Level, code_features
from data.refresh.locate import projected
from data.refresh.source_files import LayerReader, read_features, require_in_peru
from data.refresh.store import Plan, Replacement, Source
from geo.crs import to_wgs84

MIN_SHARE: dict[Level, float] = {"departments": 1.0, "provinces": 0.95, "districts": 0.9}
"""of the known codes that a file must hold: older limits lack what was made since"""
MAX_UNMATCHED = 0.02
"""of the outlines that may have neither a known code nor a known name"""
AREA_TOLERANCE = 0.10
"""of a department; INEI's limits of 2007 differ by 3.7 % at most from the official areas"""
AREA_FLOOR_KM2 = 250.0
"""a smaller difference is never refused: a coarse drawing of Callao lacks half its 147 km2"""
COUNTRY_TOLERANCE = 0.03
FAULT_TOLERANCE = 0.01
"""of the country's area: overlaps or gaps above are no rounding of a drawing"""
BUDGET_BYTES: dict[Level, int] = {"departments": 66_000, "provinces": 230_000, "districts": 640_000}
"""of the light file; gzip sends about a fifth of a district's bytes"""
TOLERANCES_M = (200.0, 300.0, 500.0, 800.0, 1200.0, 2000.0, 3000.0, 5000.0, 8000.0)
FULL_DECIMALS, LIGHT_DECIMALS = 5, 3
"""of degrees: 1 m and 110 m"""
_SNAP_M = 20.0
_SLIVER_M = 100.0
"""gaps narrower than this are faults of drawing; a wider one may be a lake"""
_LISTED, _LISTED_PLACES = 5, 8


def plan_boundaries(
    source: Source,
    *,
    level: Level | None = None,
    publisher: str,
    licence: str,
    read_layer: LayerReader | None = None,
) -> Plan:
    """Read outlines and say what would change; publisher and licence as the user gives them.
    Without ``read_layer`` only GeoJSON is read."""
    reading = read_boundaries(source.file, source.content, level=level, read_layer=read_layer)
    report = reading.report
    rows = [{AREA_COLUMNS[reading.level]: code} for code in reading.codes]
    if reading.level != "departments":
        rows = [{**row, "name": name} for row, name in zip(rows, reading.names, strict=True)]
    full, light = (feature_collection(rows, shapes) for shapes in (reading.full, reading.light))
    was = "replaced" if f"{reading.level}_simplified" in resource_names() else "new here"
    size = (
        f"{reading.level}: {len(reading.codes)} outlines, {was}; full {len(full):,} bytes, light "
        f"{len(light):,} bytes (simplified at {report['tolerance_m']:.0f} m)"
    )
    notes = [f"overlaps {report['overlap_km2']:,.1f} km2, gaps {report['gap_km2']:,.1f} km2"]
    if report["missing"]:
        notes.append(f"{len(report['missing'])} places of the tables have no outline")
    card = source.card(rows_read=report["features"], rows_used=len(reading.codes), notes=notes)
    descriptor: dict[str, Any] = {
        "sources": source.described(f"Outlines of the {reading.level}", publisher),
        "licenses": [],
        "licence_statement": licence,
    }
    return Plan(
        (*_report_lines(report), size),
        {
            f"{reading.level}_full": Replacement(full, card, descriptor),
            f"{reading.level}_simplified": Replacement(light, card, descriptor),
        },
    )


def _report_lines(report: Mapping[str, Any]) -> list[str]:
    lines = [
        f"features {report['features']}, codes from {report['codes_from']}",
        f"repaired: {report['repaired']} outlines ({report['repaired_km2']:,.1f} km2 changed)",
        f"area {report['area_km2']:,.0f} km2; overlaps {report['overlap_km2']:,.1f} km2; "
        f"{report['gaps']} gaps, {report['gap_km2']:,.1f} km2 (lakes among them)",
    ]
    lines += [f"  {a} and {b} overlap by {km2:,.1f} km2" for a, b, km2 in report["overlaps"]]
    joined = [f"{code} ({count} parts)" for code, count in report["joined"][:_LISTED_PLACES]]
    lines += [f"joined by code: {', '.join(joined)}"] if joined else []
    for key, label in (
        ("without_geometry", "without a geometry in the file"),
        ("missing", "in the tables and without an outline"),
        ("unknown", "with an outline and unknown to the tables"),
        ("unmatched", "names that fit no place, left out"),
    ):
        if listed := ", ".join(report[key][:_LISTED_PLACES]):
            beyond = len(report[key]) - _LISTED_PLACES
            lines.append(f"{label}: {listed}" + (f" and {beyond} more" if beyond > 0 else ""))
    off = ", ".join(f"{code} {share:+.1%}" for code, share in report["off"])
    return [
        *lines,
        f"area against the official one, largest differences: {off}; beyond 25 %: "
        f"{report['off_beyond_quarter']}",
    ]


@dataclass(frozen=True, slots=True)
class BoundaryReading:
    """Outlines of one level, repaired, one per code (WGS84): in full, about 1 m, and light,
    simplified together for the web; the report has what join_by_code and measure report too."""

    level: Level
    codes: tuple[str, ...]
    names: tuple[str, ...]
    full: np.ndarray
    light: np.ndarray
    report: dict[str, Any]


def read_boundaries(
    file: str,
    content: bytes,
    *,
    level: Level | None = None,
    read_layer: LayerReader | None = None,
) -> BoundaryReading:
    """Read, repair, join by code and check outlines."""
    names, areas, iso = names_and_areas()
    features = read_features(file, content, read_layer)
    require_in_peru(file, features.geometries)
    coding = code_features(
        file, [*features.properties, *features.empty], names, iso=iso, level=level
    )
    level = coding.level
    count = len(features.properties)
    has_code = np.array([code is not None for code in coding.codes[:count]])
    if (~has_code).sum() > MAX_UNMATCHED * count:
        refuse(
            file,
            "{without} of {count} outlines without a known code or name: {names}",
            "at most {most}%",
            without=(~has_code).sum(),
            count=count,
            names="; ".join(coding.unmatched[:3]),
            most=f"{100 * MAX_UNMATCHED:.0f}",
        )
    codes, flat, joined = join_by_code(
        [code for code in coding.codes[:count] if code], projected(features.geometries[has_code])
    )
    missing = sorted(set(names[level]) - set(codes))
    _require_complete(file, level, codes, missing, len(names[level]))
    measured = measure_coverage(codes, flat, areas[level])
    _require_sound(file, measured, areas[level], each=level == "departments")
    light, tolerance = simplify_to_budget(flat, level)
    own = {code: name for code, name in zip(coding.codes, coding.names, strict=True) if code}
    return BoundaryReading(
        level,
        codes,
        tuple(names[level].get(code) or own[code].title() or code for code in codes),
        _valid_degrees(flat, FULL_DECIMALS),
        light,
        {
            "features": count + len(features.empty),
            "without_geometry": tuple(code for code in coding.codes[count:] if code),
            "codes_from": coding.how,
            "unmatched": coding.unmatched,
            "missing": tuple(missing),
            "unknown": tuple(sorted(set(codes) - set(names[level]))),
            "tolerance_m": tolerance,
            **joined,
            **measured,
        },
    )


def names_and_areas() -> tuple[
    dict[Level, dict[str, str]], dict[Level, dict[str, float]], dict[str, str]
]:
    """Names and official areas (km2) by level and code, and ISO 3166-2 to department."""
    departments = load_table("departments").set_index("department_ubigeo")
    places = load_places()
    districts = places.set_index("district_ubigeo")
    return (
        {level: area_names(level) for level in LEVELS},
        {
            "departments": departments["area_km2"].to_dict(),
            "provinces": places.groupby("province_ubigeo")["area_km2"].sum().to_dict(),
            "districts": districts["area_km2"].dropna().to_dict(),
        },
        dict(zip(departments["iso_3166_2"], departments.index, strict=True)),
    )


def _require_complete(
    file: str, level: Level, codes: tuple[str, ...], missing: list[str], expected: int
) -> None:
    if level == "departments" and (missing or len(codes) != expected):
        refuse(
            file,
            "{count} departments, without {missing}" if missing else "{count} departments",
            "{all}: 24 and Callao",
            count=len(codes),
            missing=", ".join(missing),
            all=expected,
        )
    if (present := expected - len(missing)) < MIN_SHARE[level] * expected:
        refuse(
            file,
            "{present} of {all} known districts"
            if level == "districts"
            else "{present} of {all} known provinces",
            "at least {least}%: the whole country",
            present=present,
            all=expected,
            least=f"{100 * MIN_SHARE[level]:.0f}",
        )


def join_by_code(
    codes: Sequence[str], flat: np.ndarray
) -> tuple[tuple[str, ...], np.ndarray, dict[str, Any]]:
    """Repair outlines (metres) and unite those of one code.

    Returns codes, ascending, their outlines and a report: repaired (outlines that crossed
    themselves), repaired_km2 (by which the repair changed areas), joined (code and parts).
    """
    bad = ~shapely.is_valid(flat)
    sound = flat.copy()
    if bad.any():
        # what the lines enclose stays, whichever way round they were drawn
        sound[bad] = _surfaces(shapely.make_valid(flat[bad]))
    changed = np.abs(shapely.area(sound[bad]) - np.abs(shapely.area(flat[bad]))).sum()
    array = np.array(codes, dtype=object)
    ordered = tuple(sorted(set(codes)))
    parts = {code: sound[array == code] for code in ordered}
    united = [own[0] if len(own) == 1 else shapely.union_all(own) for own in parts.values()]
    report = {
        "repaired": int(bad.sum()),
        "repaired_km2": float(changed) / 1e6,
        "joined": tuple((code, len(own)) for code, own in parts.items() if len(own) > 1),
    }
    return ordered, np.array(united, dtype=object), report


def measure_coverage(
    codes: Sequence[str], shapes: np.ndarray, official_km2: Mapping[str, float]
) -> dict[str, Any]:
    """Measure overlaps (land that two claim), gaps (land that none claims) and areas, in km2."""
    area = shapely.area(shapes) / 1e6
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = first < second
    first, second = first[pairs], second[pairs]
    shared = shapely.area(shapely.intersection(shapes[first], shapes[second])) / 1e6
    holes = [
        float(shapely.area(shapely.polygons(ring))) / 1e6
        for part in shapely.get_parts(shapely.union_all(shapes))
        for ring in part.interiors
    ]
    off = {
        code: float(km2 / official_km2[code] - 1)
        for code, km2 in zip(codes, area, strict=True)
        if official_km2.get(code, 0) > 0
    }
    ranked = sorted(off.items(), key=lambda item: -abs(item[1]))
    return {
        "area_km2": float(area.sum()),
        "overlap_km2": float(shared.sum()),
        "overlaps": tuple(
            (codes[first[i]], codes[second[i]], round(float(shared[i]), 3))
            for i in np.argsort(-shared)[:_LISTED]
            if shared[i] > 0.001
        ),
        "gap_km2": float(sum(holes)),
        "gaps": len(holes),
        "off": tuple((code, round(share, 4)) for code, share in ranked[:_LISTED]),
        "off_beyond_quarter": sum(abs(share) > 0.25 for share in off.values()),
    }


def _require_sound(
    file: str, measured: Mapping[str, Any], official_km2: Mapping[str, float], *, each: bool
) -> None:
    """Refuse outlines that cannot be the country's.

    Departments must `each` have their official area; those of provinces and districts are
    themselves uneven, so they are only reported.
    """
    total = sum(official_km2.values())
    if abs(measured["area_km2"] / total - 1) > COUNTRY_TOLERANCE:
        refuse(
            file,
            "{area:,.0f} km2 in all",
            "{total:,.0f} km2 within {percent}%",
            area=measured["area_km2"],
            total=total,
            percent=f"{100 * COUNTRY_TOLERANCE:.0f}",
        )
    most = f"{100 * FAULT_TOLERANCE:.0f}"
    if (km2 := measured["overlap_km2"]) > FAULT_TOLERANCE * total:
        refuse(file, "overlaps of {area:,.0f} km2", "below {percent}%", area=km2, percent=most)
    if (km2 := measured["gap_km2"]) > FAULT_TOLERANCE * total:
        refuse(file, "gaps of {area:,.0f} km2", "below {percent}%", area=km2, percent=most)
    for code, share in measured["off"] if each else ():
        if abs(share) > AREA_TOLERANCE and abs(share) * official_km2[code] > AREA_FLOOR_KM2:
            refuse(
                file,
                "{code} with an area {off:+.1f}% from the official one",
                "within {percent}%",
                code=code,
                off=100 * share,
                percent=f"{100 * AREA_TOLERANCE:.0f}",
            )


def _surfaces(geometries: np.ndarray) -> np.ndarray:
    surfaces = []
    for geometry in geometries:
        # a collection may hold multipolygons: two steps down to single parts
        parts = shapely.get_parts(shapely.get_parts(geometry))
        # a line or a point is no land
        surfaces.append(shapely.union_all(parts[shapely.get_dimensions(parts) == 2]))
    return np.array(surfaces, dtype=object)


def simplify_to_budget(flat: np.ndarray, level: Level) -> tuple[np.ndarray, float]:
    """Simplify a coverage until it fits its budget.

    Returns outlines in degrees and the tolerance: square root of the area of the smallest triangle
    kept (Visvalingam-Whyatt), metres.
    """
    clean = shapely.coverage_clean(flat, snapping_distance=_SNAP_M, gap_width=_SLIVER_M)
    # an island of a few metres may vanish in a cleaned coverage; then it stays as it was
    clean = np.where(shapely.is_empty(clean), flat, clean)
    degrees, tolerance = clean, 0.0
    for tolerance in TOLERANCES_M:
        degrees = _valid_degrees(shapely.coverage_simplify(clean, tolerance), LIGHT_DECIMALS)
        lost = shapely.is_empty(degrees)
        if lost.any():
            degrees[lost] = _valid_degrees(clean[lost], FULL_DECIMALS)
        if sum(len(text) for text in shapely.to_geojson(degrees)) <= BUDGET_BYTES[level]:
            break
    return degrees, tolerance


def feature_collection(rows: Sequence[Mapping[str, Any]], geometries: np.ndarray) -> bytes:
    """GeoJSON without blanks, one feature a line."""
    lines = []
    for row, geometry in zip(rows, shapely.to_geojson(geometries), strict=True):
        properties = json.dumps(dict(row), ensure_ascii=False, separators=(",", ":"))
        lines.append(f'{{"type":"Feature","properties":{properties},"geometry":{geometry}}}')
    body = ",\n".join(lines)
    return f'{{"type":"FeatureCollection","features":[\n{body}\n]}}\n'.encode()


def _valid_degrees(flat: np.ndarray, decimals: int) -> np.ndarray:
    """Back to degrees and rounded; what the rounding made cross itself is repaired."""
    degrees = shapely.transform(
        flat, lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1])).round(decimals)
    )
    bad = ~shapely.is_valid(degrees)
    if bad.any():
        degrees[bad] = shapely.buffer(shapely.make_valid(degrees[bad]), 0)
    return shapely.remove_repeated_points(degrees)
