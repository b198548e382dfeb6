"""A plan as GeoJSON, GPX and CSV: the same plan gives the same bytes, no clock is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from exports.plan_sheet import PlanSheet
from exports.spreadsheet import csv_text
from geo.map_properties import require_properties

_DECIMALS = 6


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
            **{name: _value(value) for name, value in sheet.plan.items()},
            "departments": [
                {name: _value(value) for name, value in row.items()} for row in sheet.departments
            ],
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
            f"{name}: {as_text(value)}"
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
        [sheet.notice, *(f"{name}: {as_text(value)}" for name, value in sheet.plan.items())]
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
    said = [*(as_text(value) for value in sheet.plan.values()), sheet.notice]
    rows = ([*(_value(site[name]) for name in names), *said] for site in sheet.sites)
    return csv_text(heads, rows).encode("utf-8")


def _value(value: Any) -> Any:
    """As JSON knows it: rounded, and null for what is missing or infinite."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, float):
        return round(value, _DECIMALS) if abs(value) < float("inf") else None
    if isinstance(value, list | tuple):
        return [_value(one) for one in value]
    if isinstance(value, Mapping):
        return {str(name): _value(one) for name, one in value.items()}
    return value if isinstance(value, int) else str(value)


def as_text(value: Any) -> str:
    """A value of a plan in one line: lists by bars, what has names by commas."""
    plain = _value(value)
    if isinstance(plain, list):
        return " | ".join(map(as_text, plain))
    if isinstance(plain, dict):
        return ", ".join(f"{name} {as_text(one)}" for name, one in plain.items())
    return "" if plain is None else str(plain)


def _xml(text: str) -> str:
    """Escaped, and without the control characters that XML 1.0 does not know."""
    return escape("".join(one for one in text if one >= " " or one in "\t\n"))
