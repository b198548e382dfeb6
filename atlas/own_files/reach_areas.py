"""Reads areas within reach of places, in the child."""

from __future__ import annotations

from typing import Any

import shapely

from atlas.own_files.cells import number
from atlas.own_files.checking import LARGEST_MINUTES, NAME_CHARACTERS
from atlas.own_files.report import Entry, Report
from atlas.own_files.zone_shapes import in_degrees, shape_faults
from data.readers.geofiles import read_layer
from data.readers.kinds import kind_of
from data.readers.limits import COMMAND
from data.readers.privacy import require_no_personal_data, shown
from geo.errors import UserError

AREA_COLUMNS = ("place", "minutes", "season", "signs", "widened_km")
"""of a file of areas, as ``cli.py travel-times --areas-out`` writes it; a file has one of each of
them but the first"""
_SEASONS = ("dry", "rainy")
_POLYGONS = ("Polygon", "MultiPolygon")


def read_areas(content: bytes) -> tuple[list[dict[str, Any]], Report]:
    """Read areas within reach of places: a row each with AREA_COLUMNS and polygons as ``wkb``.

    The polygons are valid, in hexadecimal and WGS84 degrees.
    """
    if kind_of(content, COMMAND) != "gpkg":
        raise UserError("records.refusal.areas_format")
    layer = read_layer("gpkg", content)
    require_no_personal_data(layer.table, [""] * len(layer.names), is_list_of_places=True)
    columns = {name: layer.names.index(name) for name in AREA_COLUMNS if name in layer.names}
    if missing := [name for name in AREA_COLUMNS if name not in columns]:
        raise UserError("records.refusal.required_column", column=missing[0])
    cells = {
        name: [row[position].strip() for row in layer.rows] for name, position in columns.items()
    }
    for name in AREA_COLUMNS[1:]:
        if len(set(cells[name])) > 1:
            raise UserError("records.refusal.areas_mixed", column=name)
    shapes, notices = in_degrees(layer)
    faults = ["area_shape" if code.startswith("zone_") else code for code in shape_faults(shapes)]
    seen: set[str] = set()
    entries, rows = [], []
    for position, (shape, fault) in enumerate(zip(shapes, faults, strict=True)):
        area = {name: cells[name][position] for name in AREA_COLUMNS}
        if shape is not None and not fault and shape.geom_type not in _POLYGONS:
            fault = "area_shape"
        column, code = ("geometry", fault) if fault else _area_fault(area, seen)
        seen.add(area["place"])
        if code:
            entries.append(Entry(position + 1, column, code, True))
            continue
        parts = shapely.get_parts(shapely.make_valid(shape, method="structure"))
        whole = shapely.multipolygons(parts[shapely.get_type_id(parts) == 3])
        numbers = {name: number(area[name]) for name in ("minutes", "widened_km")}
        place = shown(area["place"], NAME_CHARACTERS)
        rows.append({**area, **numbers, "place": place, "wkb": whole.wkb_hex})
    report = Report(kind="gpkg", notices=notices, row_count=len(shapes), used_count=len(rows))
    report.take(entries)
    return rows, report


def _area_fault(area: dict[str, str], seen: set[str]) -> tuple[str, str]:
    """Return column and code of a fault in an area's cells; "" for none."""
    if not area["place"] or area["place"] in seen:
        return "place", "repeated_name" if area["place"] else "missing"
    minutes, widened = number(area["minutes"]), number(area["widened_km"])
    if minutes is None or not 0 < minutes <= LARGEST_MINUTES:
        return "minutes", "not_minutes"
    if widened is None or not 0 <= widened <= LARGEST_MINUTES:
        return "widened_km", "not_a_number"
    return "season", "" if area["season"] in _SEASONS else "area_season"
