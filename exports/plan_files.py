"""A plan of outreach sites as GeoJSON, GeoPackage, GPX and CSV: the same plan, the same bytes."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from exports.spreadsheet import csv_text, json_value
from geo.errors import ParameterError
from geo.map_properties import require_properties

NOTICE = (
    "For planning, never for operations. Outreach sites are never public: keep this file inside "
    "your organisation."
)
SUFFIXES = (".geojson", ".json", ".gpx", ".csv", ".gpkg")
_FIXED_DATE = "2000-01-01T00:00:00.000Z"
"""GeoPackage wants a date of last change; a plan has none: the same plan, the same file."""
_PER_ROW = ("demand", "coverage_share", "gap", "seed", "lists", "assumptions", "notice")
"""values of the plan that every site of a GeoPackage repeats, for programs without metadata."""


@dataclass(frozen=True, slots=True)
class PlanSheet:
    """Sites in opening order with their values, and what holds for the plan as a whole.

    There is no field for excluded zones: where staff is in danger is nobody's to read in a file.
    """

    sites: tuple[Mapping[str, Any], ...]
    """one per site: order, code, name, department, longitude, latitude and further values."""
    plan: Mapping[str, Any]
    """model, demand, coverage_share, gap, seed, assumptions and further values."""
    departments: tuple[Mapping[str, Any], ...]
    """one per department: demand, covered, missed, share, mean cost."""
    notice: str = NOTICE
    """what every file of it says first."""


def sheet_bytes(sheet: PlanSheet, suffix: str) -> bytes:
    """A plan as the file that a suffix names: .geojson, .json, .gpx, .csv or .gpkg.

    Raises
    ------
    ParameterError
        Another suffix.
    """
    writers = dict.fromkeys((".geojson", ".json"), plan_geojson)
    writers |= {".gpx": plan_gpx, ".csv": plan_csv, ".gpkg": plan_gpkg}
    if suffix not in writers:
        raise ParameterError(f"a plan as {suffix!r} is not offered: use {', '.join(SUFFIXES)}")
    return writers[suffix](sheet)


def plan_geojson(sheet: PlanSheet) -> bytes:
    """GeoJSON (RFC 7946): one Point a site in opening order, the plan in the member ``plan``.

    Examples
    --------
    >>> site = {"order": 1, "name": "Puno", "longitude": -70.03, "latitude": -15.84}
    >>> sheet = PlanSheet((site,), {"seed": 1}, ())
    >>> json.loads(plan_geojson(sheet))["features"][0]["geometry"]["coordinates"]
    [-70.03, -15.84]
    """
    for site in sheet.sites:
        require_properties(set(site) - {"longitude", "latitude"})
    features = [
        {
            "type": "Feature",
            "id": site["order"],
            "geometry": {
                "type": "Point",
                "coordinates": [round(site["longitude"], 6), round(site["latitude"], 6)],
            },
            "properties": {
                name: _value(value)
                for name, value in site.items()
                if name not in ("longitude", "latitude")
            },
        }
        for site in sheet.sites
    ]
    content = {
        "type": "FeatureCollection",
        "plan": {
            **_value(sheet.plan),
            "departments": _value(sheet.departments),
            "notice": sheet.notice,
        },
        "features": features,
    }
    text = json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False)
    return (text + "\n").encode("utf-8")


def plan_gpx(sheet: PlanSheet) -> bytes:
    """GPX 1.1 for a navigator: one waypoint a site; assumptions and seed in the description.

    Examples
    --------
    >>> site = {"order": 1, "name": "Puno <centro>", "longitude": -70.03, "latitude": -15.84}
    >>> "<name>1 Puno &lt;centro&gt;</name>" in plan_gpx(PlanSheet((site,), {}, ())).decode()
    True
    """
    points = []
    for site in sheet.sites:
        said = "; ".join(
            f"{name}: {_text(value)}"
            for name, value in site.items()
            if name not in ("order", "name", "longitude", "latitude")
        )
        title = f"{site['order']} {site['name']}"
        points.append(
            f'  <wpt lat="{site["latitude"]:.6f}" lon="{site["longitude"]:.6f}">\n'
            f"    <name>{_xml(title)}</name>\n"
            f"    <desc>{_xml(said)}</desc>\n"
            "  </wpt>\n"
        )
    about = "\n".join(
        [sheet.notice, *(f"{name}: {_text(value)}" for name, value in sheet.plan.items())]
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx version="1.1" creator="Atlas Trata Perú" '
        'xmlns="http://www.topografix.com/GPX/1/1">\n'
        f"  <metadata>\n    <desc>{_xml(about)}</desc>\n  </metadata>\n"
        f"{''.join(points)}</gpx>\n"
    ).encode()


def plan_csv(sheet: PlanSheet) -> bytes:
    """CSV (UTF-8, CRLF): one row a site; every row carries seed, gap and assumptions.

    Text that a spreadsheet would run as a formula is quoted.

    Examples
    --------
    >>> site = {"order": 1, "name": "=1+1", "longitude": -70.03, "latitude": -15.84}
    >>> plan_csv(PlanSheet((site,), {"seed": 1}, ())).decode().splitlines()[1][:20]
    "1,'=1+1,-70.03,-15.8"
    """
    names = list(sheet.sites[0]) if sheet.sites else []
    heads = [*names, *(f"plan_{name}" for name in sheet.plan), "notice"]
    said = [*(_text(value) for value in sheet.plan.values()), sheet.notice]
    rows = ([*(_value(site[name]) for name in names), *said] for site in sheet.sites)
    return csv_text(heads, rows).encode("utf-8")


def plan_gpkg(sheet: PlanSheet) -> bytes:
    """GeoPackage with the layer ``sites`` (points, EPSG:4326), the whole plan in its metadata.

    Metadata item ``plan``: JSON with assumptions, seed and departments, as in the GeoJSON.
    """
    import geopandas  # both are dear to import, and few ask for this file
    import pyogrio

    content = json.loads(plan_geojson(sheet))
    features, plan = content["features"], content["plan"]
    places = [feature["geometry"]["coordinates"] for feature in features]
    sites = geopandas.GeoDataFrame(
        [feature["properties"] for feature in features],
        geometry=geopandas.points_from_xy([at[0] for at in places], [at[1] for at in places]),
        crs="EPSG:4326",
    )
    for name in _PER_ROW:
        value = plan.get(name)
        sites[f"plan_{name}"] = _text(value) if isinstance(value, list) else value
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _FIXED_DATE})
    try:
        out = io.BytesIO()
        pyogrio.write_dataframe(
            sites,
            out,
            driver="GPKG",
            layer="sites",
            layer_metadata={"plan": json.dumps(plan, ensure_ascii=False)},
        )
        return out.getvalue()
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _value(value: Any) -> Any:
    return json_value(value, decimals=6)


def _text(value: Any) -> str:
    """A value of a plan in one line: lists by bars, what has names by commas."""
    plain = _value(value)
    if isinstance(plain, list):
        return " | ".join(map(_text, plain))
    if isinstance(plain, dict):
        return ", ".join(f"{name} {_text(one)}" for name, one in plain.items())
    return "" if plain is None else str(plain)


def _xml(text: str) -> str:
    """Escaped, and without the control characters that XML 1.0 does not know."""
    return escape("".join(one for one in text if one >= " " or one in "\t\n"))
