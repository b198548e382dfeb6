"""Reads zones without sites and areas within reach of places, in the child."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import shapely
from pyproj import CRS

from atlas.own_files.checking import coordinate_fault, number
from atlas.own_files.planning import LARGEST_MINUTES, NAME_CHARACTERS
from atlas.own_files.report import Entry, Report
from data.readers.geofiles import read_layer
from data.readers.geojson import Layer, to_degrees
from data.readers.kinds import kind_of
from data.readers.limits import COMMAND
from data.readers.privacy import require_no_personal_data, shown
from geo.crs import PERU_BOUNDS
from geo.errors import UserError
from geo.siting.zones import ReducedZones, distance_km, parts_of, reduced

MOST_BEYOND = 10.0
"""degrees that a zone may reach over Peru's box: farther, a corner of it is a slip of the hand."""
_LONGEST_METRES = 10_000.0
"""A longer edge of a projected file is cut before it is turned to degrees, where it is no straight
line: 600 km of UTM lie up to 1.7 km beside it, 10 km less than a metre."""
_LARGEST_METRES = 2e7
_POLYGONS = ("Polygon", "MultiPolygon")


def read_shapes(content: bytes) -> tuple[list[dict[str, Any]], Report]:
    """Read shapes as zones."""
    kind = kind_of(content, COMMAND)
    shapes, notices = _in_degrees(read_layer(kind, content, is_of_zones=True))
    faults = _faults(shapes)
    used = [position for position, fault in enumerate(faults) if not fault]
    zones = reduced([shapes[position] for position in used])
    for code, lost in (
        ("zone_open", zones.nearly_closed),
        ("zone_flat", zones.flat),
        ("geometry_empty", np.setdiff1d(np.arange(len(used)), zones.zone)),
    ):
        for index in lost:
            faults[used[index]] = faults[used[index]] or code
    counts = {
        "zones_holes": len(zones.holes_km),
        "zones_filled": zones.filled,
        "zones_lines": zones.closed_lines,
    }
    notices += [(code, f"{count:,}") for code, count in counts.items() if count]
    report = Report(kind=kind, notices=notices, row_count=len(shapes))
    report.take(
        [Entry(line, "geometry", fault, True) for line, fault in enumerate(faults, 1) if fault]
    )
    report.used_count = faults.count("")
    return _rows_of(zones), report


def as_rows(shapes: list[Any]) -> list[dict[str, Any]]:
    """All zones as one row, or none: ``wkb`` (hexadecimal, WGS84 degrees) is what
    :func:`geo.siting.zones.reduced` leaves of them, ``holes_km`` how wide a buffer leaves each of
    their holes open."""
    return _rows_of(reduced(shapes))


def _rows_of(zones: ReducedZones) -> list[dict[str, Any]]:
    if not len(zones.parts):
        return []
    wkb = shapely.geometrycollections(zones.parts).wkb_hex
    return [{"wkb": wkb, "holes_km": zones.holes_km.tolist()}]


AREA_COLUMNS = ("place", "minutes", "season", "signs", "widened_km")
"""of a file of areas, as ``cli.py travel-times --areas-out`` writes it; a file has one of each of
them but the first"""
_SEASONS = ("dry", "rainy")


def read_areas(content: bytes) -> tuple[list[dict[str, Any]], Report]:
    """Read areas within reach of places: a row each with AREA_COLUMNS and ``wkb`` (hexadecimal,
    WGS84 degrees), the valid polygons of the area."""
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
    shapes, notices = _in_degrees(layer)
    faults = ["area_shape" if code.startswith("zone_") else code for code in _faults(shapes)]
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
    """Return column and code of a fault beside the shape of an area; "" for none."""
    if not area["place"] or area["place"] in seen:
        return "place", "repeated_name" if area["place"] else "missing"
    minutes, widened = number(area["minutes"]), number(area["widened_km"])
    if minutes is None or not 0 < minutes <= LARGEST_MINUTES:
        return "minutes", "not_minutes"
    if widened is None or not 0 <= widened <= LARGEST_MINUTES:
        return "widened_km", "not_a_number"
    return "season", "" if area["season"] in _SEASONS else "area_season"


def distances(content: bytes) -> dict[str, Any]:
    """Return the kilometres from places to the zones."""
    request = json.loads(content)
    parts = shapely.get_parts(shapely.from_wkb(request["wkb"]))
    return {"km": distance_km(parts, request["longitude"], request["latitude"]).tolist()}


def _faults(shapes: list[Any]) -> list[str]:
    """For each shape in degrees the code of what is wrong with it or with a part of it, "" for
    nothing."""
    faults = np.full(len(shapes), "", object)

    def note(code: Any, positions: Any) -> None:
        faults[positions] = np.where(faults[positions] == "", code, faults[positions])

    parts, owners = parts_of(shapes)
    note("geometry_empty", np.setdiff1d(np.arange(len(shapes)), owners))  # a collection of nothing
    note("geometry_empty", owners[shapely.is_empty(parts) | shapely.is_missing(parts)])
    note("zone_shape", owners[shapely.get_type_id(parts) > 3])
    bounds = shapely.bounds(parts)
    coordinates, owner = shapely.get_coordinates(parts, return_index=True)
    note("geometry_empty", owners[owner[~np.isfinite(coordinates).all(axis=1)]])
    west, south, east, north = bounds.T
    is_wide = (east - west > 180) & (west >= -180) & (east <= 180)
    note("zone_antimeridian", owners[is_wide])
    low, high = (np.array(corner) for corner in (PERU_BOUNDS[:2], PERU_BOUNDS[2:]))
    is_far = (bounds[:, :2] < low - MOST_BEYOND) | (bounds[:, 2:] > high + MOST_BEYOND)
    is_apart = (bounds[:, 2:] < low) | (bounds[:, :2] > high)
    reaches = np.zeros(len(shapes), bool)
    reaches[owners[~is_apart.any(axis=1)]] = True
    for part in np.flatnonzero((faults[owners] == "") & (is_far.any(axis=1) | ~reaches[owners])):
        wrong = {
            coordinate_fault(west[part], south[part]),
            coordinate_fault(east[part], north[part]),
        } - {""}
        note(max(wrong - {"outside_peru"}, default=""), owners[[part]])
        note("zone_far" if reaches[owners[part]] else "outside_peru", owners[[part]])
    return faults.tolist()


def _in_degrees(layer: Layer) -> tuple[list[Any], list[tuple[str, str]]]:
    """Turn shapes into degrees; their edges are straight in the system of the file."""
    epsg = layer.epsg
    flat = shapely.force_2d(np.asarray(layer.shapes, object))
    if epsg == 4326:
        return flat.tolist(), []

    def moved(points: np.ndarray) -> np.ndarray:
        return np.column_stack(to_degrees(points, epsg))

    if CRS.from_epsg(epsg).is_projected:
        bounds = shapely.bounds(flat)
        is_on_earth = (np.abs(bounds) < _LARGEST_METRES).all(axis=1)
        flat[is_on_earth] = shapely.segmentize(flat[is_on_earth], _LONGEST_METRES)
    turned = [None if shape is None else shapely.transform(shape, moved) for shape in flat]
    return turned, [("reprojected", f"EPSG:{epsg}")]
