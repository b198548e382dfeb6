"""Outlines of departments, provinces or districts, as INEI, geoBoundaries and others give them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from data.catalogue import load_table, resource_names
from data.geography import load_places
from data.population import load_province_population
from data.refresh.boundary_codes import Level, code_features
from data.refresh.boundary_shapes import (
    feature_collection,
    full,
    join_by_code,
    lighten,
    measure,
    require_sound,
)
from data.refresh.locate import projected
from data.refresh.readers import as_geojson, read_features, require_in_peru
from data.refresh.store import Plan, Replacement, Source
from geo.errors import DataError

_LISTED = 8

KEYS: dict[Level, str] = {
    "departments": "department_ubigeo",
    "provinces": "province_ubigeo",
    "districts": "district_ubigeo",
}
MIN_SHARE: dict[Level, float] = {"departments": 1.0, "provinces": 0.95, "districts": 0.9}
"""of the known codes that a file must hold: older limits lack what was made since"""
MAX_UNMATCHED = 0.02
"""of the outlines that may have neither a known code nor a known name"""


def plan_boundaries(
    source: Source, file: str, *, level: Level | None = None, publisher: str, licence: str
) -> Plan:
    """Read a source and say what would change.

    Parameters
    ----------
    publisher, licence : str
        As the user gives them: outlines do not say their own.

    Raises
    ------
    DataError
        When the source is refused; see :func:`data.refresh.boundaries.read_boundaries`.
    """
    reading = read_boundaries(file, source.content, known_places(), level=level)
    lines = _lines(reading)
    full, light = reading.files()
    was = "replaced" if f"{reading.level}_simplified" in resource_names() else "new here"
    lines.append(
        f"{reading.level}: {len(reading.codes)} outlines, {was}; full {len(full):,} bytes, light "
        f"{len(light):,} bytes (simplified at {reading.report['tolerance_m']:.0f} m)"
    )
    title = f"Outlines of the {reading.level}"
    card = source.card(
        rows_read=reading.report["features"],
        rows_used=len(reading.codes),
        notes=tuple(_notes(reading)),
    )
    descriptor: dict[str, Any] = {
        "sources": source.described(title, publisher),
        "licenses": [],
        "licence_statement": licence,
    }
    return Plan(
        tuple(lines),
        {
            f"{reading.level}_full": Replacement(full, card, descriptor),
            f"{reading.level}_simplified": Replacement(light, card, descriptor),
        },
    )


def _lines(reading: BoundaryReading) -> list[str]:
    found = reading.report
    lines = [
        f"features {found['features']}, codes from {found['codes_from']}",
        f"repaired: {found['repaired']} outlines ({found['repaired_km2']:,.1f} km2 changed)",
        f"area {found['area_km2']:,.0f} km2; overlaps {found['overlap_km2']:,.1f} km2; "
        f"{found['gaps']} gaps, {found['gap_km2']:,.1f} km2 (lakes among them)",
    ]
    lines += [f"  {a} and {b} overlap by {km2:,.1f} km2" for a, b, km2 in found["overlaps"]]
    if found["joined"]:
        parts = ", ".join(f"{code} ({count} parts)" for code, count in found["joined"][:_LISTED])
        lines.append(f"joined by code: {parts}")
    for key, said in (
        ("without_geometry", "without a geometry in the file"),
        ("missing", "in the tables and without an outline"),
        ("unknown", "with an outline and unknown to the tables"),
        ("unmatched", "names that fit no place, left out"),
    ):
        if found[key]:
            more = f" and {len(found[key]) - _LISTED} more" if len(found[key]) > _LISTED else ""
            lines.append(f"{said}: {', '.join(found[key][:_LISTED])}{more}")
    off = ", ".join(f"{code} {share:+.1%}" for code, share in found["off"])
    lines.append(
        f"area against the official one, largest differences: {off}; beyond 25 %: "
        f"{found['off_beyond_quarter']}"
    )
    return lines


def _notes(reading: BoundaryReading) -> list[str]:
    found = reading.report
    notes = [f"overlaps {found['overlap_km2']:,.1f} km2, gaps {found['gap_km2']:,.1f} km2"]
    if found["missing"]:
        notes.append(f"{len(found['missing'])} places of the tables have no outline")
    return notes


def known_places() -> Known:
    """Return departments, provinces and districts as the tables of the atlas have them.

    Examples
    --------
    >>> {level: len(names) for level, names in known_places().names.items()}
    {'departments': 25, 'provinces': 196, 'districts': 1893}
    """
    departments = load_table("departments").set_index("department_ubigeo")
    provinces = load_province_population().set_index("province_ubigeo")["province"]
    places = load_places()
    districts = places.set_index("district_ubigeo")
    return Known(
        {
            "departments": departments["department"].to_dict(),
            "provinces": provinces.to_dict(),
            "districts": districts["district"].to_dict(),
        },
        {
            "departments": departments["area_km2"].to_dict(),
            "provinces": places.groupby("province_ubigeo")["area_km2"].sum().to_dict(),
            "districts": districts["area_km2"].dropna().to_dict(),
        },
        dict(zip(departments["iso_3166_2"], departments.index, strict=True)),
    )


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
    """features, without_geometry (codes), codes_from, unmatched, repaired, repaired_km2, joined,
    missing, unknown, area_km2, overlap_km2, overlaps, gap_km2, gaps, off, off_beyond_quarter,
    tolerance_m."""

    def files(self) -> tuple[bytes, bytes]:
        """The full and the light outlines as GeoJSON; departments carry a code only."""
        rows: list[dict[str, str]] = [{KEYS[self.level]: code} for code in self.codes]
        if self.level != "departments":
            rows = [{**row, "name": name} for row, name in zip(rows, self.names, strict=True)]
        return feature_collection(rows, self.full), feature_collection(rows, self.light)


def read_boundaries(
    file: str, content: bytes, known: Known, *, level: Level | None = None
) -> BoundaryReading:
    """Read, repair, join by code and check outlines."""
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
            **asdict(measured),
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
