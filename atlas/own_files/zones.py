"""Reads zones without sites, and areas within reach of places, in the child.

A list of zones is polygons, centres with a radius, or districts, provinces and departments by
name. Whatever else could be one is refused: nobody is sent into what was not understood.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from pyproj import CRS

from atlas.own_files import checking
from atlas.own_files.cells import may_be_thousands, number
from atlas.own_files.checking import LARGEST_MINUTES, NAME_CHARACTERS, Row
from atlas.own_files.places import (
    ALIKE_IN_CONTEXT,
    ASKED_BELOW,
    LEAD,
    best_match,
    find_place,
    gazetteer,
    places_named,
)
from atlas.own_files.report import Entry, Report
from atlas.own_files.zone_columns import (
    ASKED_NAMES,
    CENTRE_COLUMNS,
    PLACE_COLUMNS,
    require_no_extent,
)
from atlas.own_files.zone_outlines import mother_of, named_outline
from data.names import normalise_name
from data.readers.geofiles import SHAPE_KINDS, read_layer
from data.readers.geojson import Layer, point_table, to_degrees
from data.readers.kinds import kind_of, read_table
from data.readers.limits import COMMAND
from data.readers.privacy import require_no_personal_data, shown
from data.readers.raw_table import RawTable
from data.readers.schema import fold_heading
from geo.crs import PERU_BOUNDS, coordinate_fault
from geo.errors import UserError
from geo.siting.zones import ReducedZones, circles, distance_km, parts_of, reduced

MOST_BEYOND = 10.0
"""degrees that a zone may reach over Peru's box: farther, a corner of it is a slip of the hand."""
_LONGEST_METRES = 10_000.0
"""A longer edge of a projected file is cut before it is turned to degrees, where it is no straight
line: 600 km of UTM lie up to 1.7 km beside it, 10 km less than a metre."""
_LARGEST_METRES = 2e7
_POLYGONS = ("Polygon", "MultiPolygon")
_LARGEST_RADIUS_KM = 500.0
_CAPITAL_KM = 2.0
"""How far a centre may lie outside the light outline of its province."""
_NAMED_ZONES, _NAMED_PROVINCES = 20, 30


def read_zones(
    content: bytes, confirmed: Mapping[str, Any] | None = None
) -> tuple[list[dict[str, Any]], Report]:
    """Read a list of zones as one row, or none: ``wkb`` (hexadecimal, WGS84 degrees) is what
    :func:`geo.siting.zones.reduced` leaves of them, ``holes_km`` how wide a buffer leaves each of
    their holes open, ``touched`` the provinces of each zone and ``provinces`` those of all,
    ``widened`` the districts younger than the outlines, by their mothers, whose zone is the
    mother's; ``areas`` the code of each zone that is an area by name.

    ``confirmed`` holds what a person has confirmed: ``drop``, headings of columns without an
    extent, and ``names``, that names of places are meant as suggested. A UserError says why
    nothing of a file is taken; the report has the rows that are wrong, and with one of them the
    list is of no use.
    """
    confirmed = confirmed or {}
    kind = kind_of(content, COMMAND)
    if kind not in SHAPE_KINDS:
        return _read_table(read_table(content), confirmed)
    layer = read_layer(kind, content, is_of_zones=True)
    if layer.shapes and all(getattr(shape, "geom_type", "") == "Point" for shape in layer.shapes):
        return _read_table(point_table(layer), confirmed)
    require_no_personal_data(layer.table, [""] * len(layer.names), is_list_of_places=True)
    require_no_extent(layer.table, [""] * len(layer.names), is_of_shapes=True)
    shapes, notices = _in_degrees(layer)
    faults = _faults(shapes)
    report = Report(kind=kind, notices=[*layer.notices, *notices], row_count=len(shapes))
    return _zones_of(shapes, faults, _zone_names(layer.table), report)


def _zone_names(table: RawTable) -> list[str]:
    """What each row calls its zone; "" where it does not."""
    heads = [fold_heading(heading) for heading in table.headings]
    column = next((heads.index(word) for word in CENTRE_COLUMNS["label"] if word in heads), None)
    if column is None:
        return [""] * len(table.rows)
    return [shown(row[column], NAME_CHARACTERS) for row in table.rows]


def _zones_of(
    shapes: list[Any], faults: list[str], names: list[str], report: Report
) -> tuple[list[dict[str, Any]], Report]:
    """The zones of shapes without a fault, and what is said of the others."""
    used = [position for position, fault in enumerate(faults) if not fault]
    zones = reduced([shapes[position] for position in used])
    for code, lost in (
        ("zone_flat", zones.flat),
        ("geometry_empty", np.setdiff1d(np.arange(len(used)), zones.zone)),
    ):
        for index in lost:
            faults[used[index]] = faults[used[index]] or code
    counts = {"zones_holes": len(zones.holes_km), "zones_filled": zones.filled}
    report.notices += [(code, f"{count:,}") for code, count in counts.items() if count]
    report.take(
        [Entry(line, "geometry", fault, True) for line, fault in enumerate(faults, 1) if fault]
    )
    report.used_count = faults.count("")
    labels = [names[position] or f"#{position + 1}" for position in used]
    return _rows_of(zones, _touched(zones, labels), report), report


def _rows_of(
    zones: ReducedZones,
    touched: dict[str, list[str]],
    report: Report,
    widened: str = "",
    areas: Sequence[str] = (),
) -> list[dict[str, Any]]:
    if not len(zones.parts):
        return []
    text = _touched_text({label: names for label, names in touched.items() if names})
    nowhere = [label for label, names in touched.items() if not names]
    for code, detail in (("zones_touch", text), ("zones_nowhere", _listed(nowhere))):
        report.notices += [(code, detail)] if detail else []
    wkb = shapely.geometrycollections(zones.parts).wkb_hex
    provinces = list(dict.fromkeys(name for names in touched.values() for name in names))
    row = {"wkb": wkb, "holes_km": zones.holes_km.tolist(), "touched": text}
    if widened:
        report.notices.append(("zones_widened", widened))
    return [{**row, "provinces": provinces, "widened": widened, "areas": [*areas]}]


def _touched(zones: ReducedZones, labels: Sequence[str]) -> dict[str, list[str]]:
    """Names of the provinces that the zones of each label touch, in their order by code."""
    codes, outlines = _provinces()
    parts = zones.parts.copy()
    is_bad = ~shapely.is_valid(parts)
    parts[is_bad] = shapely.make_valid(parts[is_bad])
    province, part = shapely.STRtree(parts).query(outlines, predicate="intersects")
    touched: dict[str, set[str]] = {label: set() for label in labels}
    for of_province, of_zone in zip(province, zones.zone[part], strict=True):
        touched[labels[of_zone]].add(codes[of_province])
    names = gazetteer().names
    return {label: [names[code] for code in sorted(there)] for label, there in touched.items()}


def _touched_text(touched: Mapping[str, list[str]]) -> str:
    """The provinces of each zone as one line; of many zones the first, and those of the others
    together."""
    first = list(touched)[:_NAMED_ZONES]
    lines = [f"{label}: {_listed(touched[label])}" for label in first]
    if rest := list(touched)[_NAMED_ZONES:]:
        names = dict.fromkeys(name for label in rest for name in touched[label])
        lines.append(f"+{len(rest):,}: {_listed([*names])}")
    return "; ".join(lines)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED_PROVINCES
    text = ", ".join(names[:_NAMED_PROVINCES])
    return f"{text}, +{more}" if more > 0 else text


def _provinces() -> tuple[list[str], np.ndarray]:
    """Codes and light outlines of the provinces, those with one."""
    from data.geography import load_features

    frame = load_features("provinces_simplified")
    return frame["province_ubigeo"].astype(str).tolist(), frame.geometry.to_numpy()


def _read_table(
    table: RawTable, confirmed: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], Report]:
    """Read a table of centres with a radius, or of districts, provinces and departments."""
    heads = {fold_heading(heading) for heading in table.headings}
    has_radius = bool(heads.intersection(CENTRE_COLUMNS["radius_km"]))
    has_place = any(heads.intersection(words) for words in PLACE_COLUMNS.values())
    is_of_places = has_place and not has_radius
    headings = {name: frozenset(words) for name, words in CENTRE_COLUMNS.items()}
    if is_of_places:
        del headings["radius_km"]
    if has_place:
        headings |= {name: frozenset(words) for name, words in PLACE_COLUMNS.items()}
        headings["label"] -= frozenset(set().union(*PLACE_COLUMNS.values()))
    columns, report = checking.columns_and_report(table, headings, is_list_of_places=True)
    for name in () if is_of_places else ("longitude", "latitude"):
        if name not in columns:
            raise UserError("records.refusal.required_column", column=name)
    require_no_extent(table, columns, is_of_shapes=False, dropped=confirmed.get("drop", ()))
    if not is_of_places and not has_radius:
        raise UserError("records.refusal.zone_points")
    rows = checking.rows_of(table, columns, is_whole=True)
    read_rows = _places_as_zones if is_of_places else _centres_as_zones
    return read_rows(rows, report, is_confirmed=bool(confirmed.get("names")))


def _centres_as_zones(
    rows: list[Row], report: Report, *, is_confirmed: bool
) -> tuple[list[dict[str, Any]], Report]:
    codes, outlines = _provinces()
    lines: dict[str, int] = {}
    for row in rows:
        if row.entries:
            continue
        checking.judge_coordinates(row)
        if row.is_used and row.values["longitude"] is None:
            row.note("longitude", "missing", allowed="-81.4 … -68.6")
        row.values["radius_km"] = _radius(row)
        if row.is_used and any(row.cells.get(name, "").strip() for name in PLACE_COLUMNS):
            area = _area_named(row, is_confirmed=is_confirmed)
            inside = outlines[[code.startswith(area[:4]) for code in codes]]
            spot = row.values["longitude"], row.values["latitude"]
            if area and not (distance_km(shapely.get_parts(inside), *spot) <= _CAPITAL_KM).any():
                row.note("longitude", "zone_elsewhere", suggestion=gazetteer().label(area))
        # several centres of one name may be the corners of an area
        name = normalise_name(row.cells.get("label", ""))
        first = lines.setdefault(name, row.line) if name else row.line
        if first != row.line:
            row.note("label", "zone_corners", earlier_line=first)
    used = checking.used_rows(rows, report)
    values = [[row.values[name] for row in used] for name in ("longitude", "latitude", "radius_km")]
    zones = reduced(circles(*values) if used else [])
    labels = [shown(row.cells.get("label", ""), NAME_CHARACTERS) or f"#{row.line}" for row in used]
    return _rows_of(zones, _touched(zones, labels) if used else {}, report), report


def _radius(row: Row) -> float | None:
    """The radius of a centre, above 0; or None and a fault."""
    text, allowed = row.cells.get("radius_km", ""), f"> 0 … {_LARGEST_RADIUS_KM:,.0f}"
    value = number(text) if text.strip() else None
    if not text.strip() or value == 0:
        problem = "zone_point"
    elif may_be_thousands(text):
        problem = "thousands"
    elif value is None:
        problem = "not_kilometres"
    elif not 0 < value <= _LARGEST_RADIUS_KM:
        problem = "below_minimum" if value < 0 else "above_maximum"
    else:
        return value
    row.note("radius_km", problem, allowed=allowed)
    return None


def _places_as_zones(
    rows: list[Row], report: Report, *, is_confirmed: bool
) -> tuple[list[dict[str, Any]], Report]:
    """Return the outlines of the places that rows name; of a district younger than the outlines
    that of its mother."""
    codes, _ = _provinces()
    book = gazetteer()
    shapes, touched, areas = [], {}, []
    widened: dict[str, list[str]] = {}
    for row in rows:
        if row.entries:
            continue
        area = _area_named(row, is_confirmed=is_confirmed)
        inside = [code for code in codes if code.startswith(area[:4])] if area else []
        outline = named_outline(area) if area else None
        if area and outline is None:
            row.note("district" if len(area) == 6 else "province", "zone_no_outline")
        named = frozenset().union(*places_named(row.cells.get("label", "")))
        if (
            area
            and named
            and not any(code.startswith(area) or area.startswith(code) for code in named)
        ):
            row.note("label", "zone_label", suggestion=book.label(area))
        if not row.is_used:
            continue
        shapes.append(outline)
        label = shown(row.cells.get("label", ""), NAME_CHARACTERS) or book.names[area]
        names = [book.names[code] for code in inside]
        touched[label] = list(dict.fromkeys([*touched.get(label, []), *names]))
        areas.append(area)
        if (mother := mother_of(area)) != area:
            widened.setdefault(book.names[mother], []).append(book.names[area])
    checking.used_rows(rows, report)
    zones = reduced(shapes)
    parts = [f"{name}: {', '.join(dict.fromkeys(of))}" for name, of in widened.items()]
    return _rows_of(zones, touched, report, "; ".join(parts), areas), report


def _area_named(row: Row, *, is_confirmed: bool) -> str:
    """The code of the department, province or district that a row names; "" and a fault where it
    names none, several, or one by a name that nobody has confirmed."""
    cells = [row.cells.get(name, "").strip() for name in PLACE_COLUMNS]
    code, department, province, district = cells
    if not (province or district) and len(code) in (0, 1, 2) and (code or department):
        return _department_named(row, code.zfill(2) if code else "", department, is_confirmed)
    place = find_place(*cells)
    place = place.meant or place  # what is only like a name is asked about in any case
    if place.problem:
        is_shared = place.problem == "name_shared"
        suggestion = _namesakes(row, place.column) if is_shared else place.suggestion
        row.note(place.column, place.problem, suggestion=suggestion)
        return ""
    area = place.district_ubigeo or place.province_ubigeo
    if place.remark:
        row.note(
            place.column,
            place.remark,
            is_fault=place.remark in ASKED_NAMES and not is_confirmed,
            suggestion=place.suggestion,
            confidence=place.confidence if 0 < place.confidence < 1 else None,
        )
    return area if row.is_used else ""


def _department_named(row: Row, code: str, name: str, is_confirmed: bool) -> str:
    book = gazetteer()
    match = best_match(normalise_name(name, is_place=True), book.departments) if name else None
    least = ALIKE_IN_CONTEXT - ASKED_BELOW
    if code:
        is_same = not name or (match is not None and match.code == code)
        if code in book.names and is_same:
            return code
        row.note("district_ubigeo", "code_and_names" if code in book.names else "code_unknown")
    elif match is None or match.confidence < 1:
        if match is None or match.confidence < least or match.lead < LEAD:
            row.note("department", "department_unknown")
        else:
            suggestion = book.label(match.code)
            row.note("department", "misspelt", is_fault=not is_confirmed, suggestion=suggestion)
            return match.code if is_confirmed else ""
    else:
        return match.code
    return ""


def _namesakes(row: Row, column: str) -> str:
    """All places that bear the name of a row, in its department where it names one."""
    book = gazetteer()
    of_department = book.departments.get(
        normalise_name(row.cells.get("department", ""), is_place=True), [""]
    )
    levels = book.districts if column == "district" else book.provinces
    name = normalise_name(row.cells[column], is_place=True)
    return "; ".join(map(book.label, levels[of_department[0]].get(name, [])))


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
    kinds = shapely.get_type_id(parts)
    note("zone_point", owners[kinds == 0])
    note("zone_line", owners[(kinds == 1) | (kinds == 2)])
    note("zone_shape", owners[kinds > 3])
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
