"""Reads zones without sites, and areas within reach of places, in the child.

A list of zones is polygons, centres with a radius, or districts, provinces and departments by
name. Whatever else could be one is refused, and whatever else the file says is asked about: nobody
is sent into what was not understood.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
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
    LARGEST_RADIUS_KM,
    LEAST_RADIUS_KM,
    PLACE_COLUMNS,
    READ_COLUMNS,
    refuse_extents,
)
from atlas.own_files.zone_content import (
    POINTS,
    Content,
    Where,
    contents_of,
    require_harmless,
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
from geo.siting.zones import (
    ReducedZones,
    circles,
    distance_km,
    is_surrounded,
    parts_of,
    reduced,
)

MOST_BEYOND = 10.0
"""degrees that a zone may reach over Peru's box: farther, a corner of it is a slip of the hand."""
_LONGEST_METRES = 10_000.0
"""A longer edge of a projected file is cut before it is turned to degrees, where it is no straight
line: 600 km of UTM lie up to 1.7 km beside it, 10 km less than a metre."""
_LARGEST_METRES = 2e7
_POLYGONS = ("Polygon", "MultiPolygon")
_SMALL_RADIUS_KM = 1.0
"""Smaller centres may be corners: three of them make an area."""
_LEAST_CORNERS = 3
_CAPITAL_KM = 2.0
"""How far a centre may lie outside the light outline of its province."""
_NAMED_ZONES, _NAMED_PROVINCES = 20, 30
_POINT = {"longitude", "latitude"}


def read_zones(
    content: bytes, confirmed: Mapping[str, Any] | None = None
) -> tuple[list[dict[str, Any]], Report]:
    """Read a list of zones as one row, or none.

    The row has ``wkb`` (hexadecimal, WGS84 degrees), the zones after
    :func:`geo.siting.zones.reduced`; ``holes_km``, how wide a buffer leaves each hole open;
    ``touched``, the provinces of each zone, and ``provinces``, those of all; ``areas``, the code of
    each zone that is an area by name; and ``widened``, the districts younger than the outlines,
    whose zone is their mother district, by these mothers.

    ``confirmed`` holds what a person has confirmed: ``drop`` and ``drop_members``, names of content
    that says nothing of any zone (:func:`atlas.own_files.zone_content.require_harmless`);
    ``points_km``, how far the zones of points beside polygons reach; and ``names``, that names of
    places are meant as suggested. A UserError says why the whole file is refused, or asks about
    content that is not read. The report has the rows that are wrong; with any of them the list is
    unusable.
    """
    confirmed = confirmed or {}
    kind = kind_of(content, COMMAND)
    if kind not in SHAPE_KINDS:
        return _read_table(read_table(content, _KNOWN_HEADINGS, is_of_zones=True), confirmed)
    layer = read_layer(kind, content, is_of_zones=True)
    _tell_third_coordinates(layer)
    if layer.shapes and all(getattr(shape, "geom_type", "") == "Point" for shape in layer.shapes):
        return _read_table(point_table(layer), confirmed)
    table = layer.table
    require_no_personal_data(table, _measured(table), is_list_of_places=True)
    refuse_extents(table, [""] * len(layer.names), is_of_shapes=True)
    shapes, notices = _in_degrees(layer)
    centres = [at for at, shape in enumerate(shapes) if _is_centre(shape)]
    radius = confirmed.get("points_km")
    if centres:
        spots = [shapes[at] for at in centres]
        km = np.full(len(spots), LEAST_RADIUS_KM if radius is None else _radius_given(radius))
        for at, circle in zip(
            centres, circles(shapely.get_x(spots), shapely.get_y(spots), km), strict=True
        ):
            shapes[at] = circle
    faults = _faults(shapes)
    report = Report(kind=kind, notices=[*layer.notices, *notices], row_count=len(shapes))
    called = _name_column(table)
    names = [
        shown(row[called], NAME_CHARACTERS) if called is not None else "" for row in table.rows
    ]
    for at in _of_one_name(centres, names):
        faults[at] = faults[at] or "zone_corners"
    rows, report, provinces = _zones_of(shapes, faults, names, report)
    if not report.left_out_count:
        native = None if layer.epsg == 4326 else np.asarray(layer.shapes, object)
        where = Where(np.asarray(shapes, object), provinces, native=native)
        contents = contents_of(table, (), called)
        if centres and radius is None:
            cells = [(at, names[at] or f"#{at + 1}") for at in centres]
            contents.append(Content("Point", cells, is_column=False, why=POINTS))
        require_harmless(contents, where, confirmed)
    return rows, report


def _radius_given(radius: Any) -> float:
    """The radius that a person gives to the points of a file, if it is one."""
    if not LEAST_RADIUS_KM <= (km := float(radius)) <= LARGEST_RADIUS_KM:
        limits = {"least": f"{LEAST_RADIUS_KM:g}", "most": f"{LARGEST_RADIUS_KM:g}"}
        raise UserError("records.refusal.zone_points_km", **limits)
    return km


def _is_centre(shape: Any) -> bool:
    """Whether a shape is one point in Peru, which with a radius is a zone."""
    if getattr(shape, "geom_type", "") != "Point" or shape.is_empty:
        return False
    return bool(np.isfinite([shape.x, shape.y]).all()) and not coordinate_fault(shape.x, shape.y)


def _of_one_name(centres: Sequence[int], names: Sequence[str]) -> list[int]:
    """Return points with the name of an earlier one, as the corners of an area have."""
    first: dict[str, int] = {}
    named = [(normalise_name(names[at]), at) for at in centres]
    return [at for name, at in named if name and first.setdefault(name, at) != at]


_KNOWN_HEADINGS = frozenset().union(*CENTRE_COLUMNS.values(), *PLACE_COLUMNS.values())
_LEAST_HEIGHT, _MOST_HEIGHT = -500.0, 9_000.0
"""metres: a third coordinate beyond is no height of a place in Peru"""


def _tell_third_coordinates(layer: Layer) -> None:
    """Add third coordinates that are no height, and fourth ones, to the content to check."""
    shapes = np.asarray(layer.shapes, object)
    for name, has in (("z", shapely.has_z(shapes)), ("m", shapely.has_m(shapes))):
        option = {f"include_{name}": True, "return_index": True}
        points, owner = shapely.get_coordinates(shapes[has], **option)
        values, rows = points[:, 2], np.flatnonzero(has)[owner]
        is_plain = ~np.isfinite(values) | (values < -1e38)  # less is none, in a Shapefile
        if name == "z":
            is_plain |= (values >= _LEAST_HEIGHT) & (values <= _MOST_HEIGHT)
        for row, value in sorted(
            {*zip(rows[~is_plain].tolist(), values[~is_plain].tolist(), strict=True)}
        ):
            layer.beside.add(name, f"{value:.10g}", row)


_DECIMAL = re.compile(r"\d{1,12}\.\d{3,}")


def _measured(table: RawTable) -> list[str]:
    """Return "weight" for each column of decimal numbers only, as programs write areas, else "".

    Eight decimals of such a number are no identity number.
    """
    cells = ({row[at] for row in table.rows} - {""} for at in range(len(table.headings)))
    return ["weight" if all(map(_DECIMAL.fullmatch, each)) else "" for each in cells]


def _name_column(table: RawTable) -> int | None:
    """The place of the column that calls each row's zone by a name."""
    heads = [fold_heading(heading) for heading in table.headings]
    return next((heads.index(word) for word in CENTRE_COLUMNS["label"] if word in heads), None)


def _zones_of(
    shapes: list[Any], faults: list[str], names: list[str], report: Report
) -> tuple[list[dict[str, Any]], Report, list[set[str]]]:
    """Return the zones of valid shapes, a report on the others, and the provinces of each zone."""
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
    provinces = _provinces_of(zones, len(used))
    return _rows_of(zones, _touched(provinces, labels), report), report, provinces


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


def _provinces_of(zones: ReducedZones, count: int) -> list[set[str]]:
    """Codes of the provinces that each of so many zones touches."""
    touched: list[set[str]] = [set() for _ in range(count)]
    if not len(zones.parts):
        return touched
    codes, outlines = _provinces()
    parts = zones.parts.copy()
    is_bad = ~shapely.is_valid(parts)
    parts[is_bad] = shapely.make_valid(parts[is_bad])
    province, part = shapely.STRtree(parts).query(outlines, predicate="intersects")
    for of_province, of_zone in zip(province, zones.zone[part], strict=True):
        touched[of_zone].add(codes[of_province])
    return touched


def _touched(provinces: Sequence[set[str]], labels: Sequence[str]) -> dict[str, list[str]]:
    """Names of the provinces that the zones of each label touch, in their order by code."""
    touched: dict[str, set[str]] = {label: set() for label in labels}
    for label, codes in zip(labels, provinces, strict=True):
        touched[label] |= codes
    names = gazetteer().names
    return {label: [names[code] for code in sorted(there)] for label, there in touched.items()}


def _touched_text(touched: Mapping[str, list[str]]) -> str:
    """Write the provinces of each zone as one line; many zones are put together at the end."""
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
    if not heads.intersection(_KNOWN_HEADINGS):  # the refusal names all that is allowed
        headings |= {name: frozenset(words) for name, words in PLACE_COLUMNS.items()}
    table = _without_remarks(table, headings)
    columns, report = checking.columns_and_report(table, headings, is_list_of_places=True)
    if not is_of_places and not _POINT & {*columns}:
        raise UserError("records.refusal.zone_nowhere")
    for name in () if is_of_places else ("longitude", "latitude"):
        if name not in columns:
            raise UserError("records.refusal.required_column", column=name)
    refuse_extents(table, columns, is_of_shapes=False)
    if not is_of_places and not has_radius:
        raise UserError("records.refusal.zone_points")
    rows = checking.rows_of(table, columns, is_whole=True)
    read_rows = _places_as_zones if is_of_places else _centres_as_zones
    zones, report, where = read_rows(rows, report, is_confirmed=bool(confirmed.get("names")))
    if not report.left_out_count:
        doubts: dict[str, str] = {}
        if is_of_places:
            doubts = _doubtful_points(rows, where) if {*columns} >= _POINT else {}
        elif _may_be_corners(rows):
            doubts = {"radius_km": "corners"}
        contents = _unread(table, columns, is_of_places=is_of_places, doubts=doubts)
        require_harmless(contents, where, confirmed)
    return zones, report


_REMARK = re.compile(
    r"(?:fuentes?|notas?|obs|observaci\w+|elabora\w+|source|notes?|actualiza\w+|updated)\b|[*(\u00b9]"
)
"""how a line under a table begins"""


_TOTAL = re.compile(r"(?:sub ?)?total(?:es)?(?: general)?|suma")


def _is_total(text: str) -> bool:
    """Return whether a cell is only the word for a sum: "Total Tambopata" may name a zone."""
    return (
        re.fullmatch(r"(?:sub ?)?total(?:es)?(?: general)?|suma", normalise_name(text)) is not None
    )


def _without_remarks(table: RawTable, headings: Mapping[str, frozenset[str]]) -> RawTable:
    """Remove rows of totals and lines below a table; the report mentions what they say.

    A row of a place or a point is never one of these.
    """
    places = {
        at: name
        for at, heading in enumerate(table.headings)
        for name, words in headings.items()
        if name not in ("label", "radius_km") and fold_heading(heading) in words
    }
    of_numbers = (*_POINT, "district_ubigeo")
    kept, sums = [], [0.0] * len(table.headings)
    for at, texts in enumerate(table.rows):
        filled = {column: text for column, text in enumerate(texts) if text}
        is_alone = len(filled) == 1 and _REMARK.match(next(iter(filled.values())).casefold())
        words = {column for column, text in filled.items() if _is_total(text)}
        said = [
            text
            for column, text in filled.items()
            if column in places and (number(text) is None or places[column] in of_numbers)
        ]
        is_total = bool(words) and all(map(_is_total, said))
        if not is_alone and not is_total:
            kept.append(at)
            sums = [total + (number(text) or 0.0) for total, text in zip(sums, texts, strict=False)]
            continue
        for column, text in filled.items():
            is_sum = column < len(sums) and number(text) in (float(len(kept)), sums[column])
            if not (is_total and (column in words or is_sum)):
                table.beside.add(f"#{table.lines[at]}", text)
    return replace(
        table, rows=[table.rows[at] for at in kept], lines=[table.lines[at] for at in kept]
    )


def _unread(
    table: RawTable, columns: Sequence[str], *, is_of_places: bool, doubts: Mapping[str, str]
) -> list[Content]:
    """Return a table's content in columns that are not read or are doubtful."""
    read = {at for at, name in enumerate(columns) if name in READ_COLUMNS}
    called = [*columns].index("label") if "label" in columns else None
    if is_of_places and not {*columns} >= _POINT:
        read -= {at for at, name in enumerate(columns) if name in _POINT}
    contents = contents_of(table, read, called)
    for at, name in enumerate(columns):
        if name in doubts:
            cells = [(row, texts[at]) for row, texts in enumerate(table.rows) if texts[at].strip()]
            contents.append(Content(table.headings[at], cells, why=doubts[name]))
    return contents


def _doubtful_points(rows: list[Row], where: Where) -> dict[str, str]:
    """Return coordinate columns beside names of places if they may describe an area.

    They may if several are under one name, one is outside its row's place, or one is invalid.
    """
    both, named = ("longitude", "latitude"), set()
    capitals = gazetteer().positions
    for at, row in enumerate(rows):
        texts = [row.cells.get(name, "").strip() for name in both]
        if not any(texts):
            continue
        x, y = (number(text) if text else None for text in texts)
        name = normalise_name(row.cells.get("label", "")) or " ".join(
            row.cells.get(place, "") for place in PLACE_COLUMNS
        )
        if x is None or y is None or name in named:
            return dict.fromkeys(both, "corners")
        named.add(name)
        spots = [spot for code, spot in capitals.items() if code in where.codes[at]]
        near = any(np.hypot(x - east, y - north) < _CAPITAL_KM / 111 for east, north in spots)
        if not (near or shapely.contains_xy(where.shapes[at], x, y)):
            return dict.fromkeys(both, "corners")
    return {}


def _may_be_corners(rows: list[Row]) -> bool:
    """Return whether small centres may be the corners of an area.

    They may be if three or more differ only in numbers in their name, or if all lie on one outline.
    """
    of_name: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        if row.values["radius_km"] < _SMALL_RADIUS_KM:
            stem = re.sub(r"\W*(?:\d+|\b\w)\W*$", "", normalise_name(row.cells.get("label", "")))
            spot = row.values["longitude"], row.values["latitude"]
            of_name.setdefault(stem, []).append(spot)
    every = [spot for spots in of_name.values() for spot in spots]
    if any(len({*spots}) >= _LEAST_CORNERS for spots in of_name.values()):
        return True
    hull = shapely.convex_hull(shapely.multipoints(every)) if every else shapely.Point()
    corners = len(hull.exterior.coords) - 1 if hull.geom_type == "Polygon" else 0
    return len({*every}) >= _LEAST_CORNERS and corners == len({*every})


def _centres_as_zones(
    rows: list[Row], report: Report, *, is_confirmed: bool
) -> tuple[list[dict[str, Any]], Report, Where]:
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
    shapes = circles(*values) if used else np.empty(0, object)
    zones = reduced(shapes)
    labels = [shown(row.cells.get("label", ""), NAME_CHARACTERS) or f"#{row.line}" for row in used]
    provinces = _provinces_of(zones, len(used))
    where = Where(shapes, provinces)
    return _rows_of(zones, _touched(provinces, labels), report), report, where


def _radius(row: Row) -> float | None:
    """The radius of a centre, at least the least one; or None and a fault."""
    text, allowed = (
        row.cells.get("radius_km", ""),
        f"{LEAST_RADIUS_KM} … {LARGEST_RADIUS_KM:,.0f}",
    )
    value = number(text) if text.strip() else None
    if not text.strip() or value == 0:
        problem = "zone_point"
    elif may_be_thousands(text):
        problem = "thousands"
    elif value is None:
        problem = "not_kilometres"
    elif not LEAST_RADIUS_KM <= value <= LARGEST_RADIUS_KM:
        problem = "below_minimum" if value < LEAST_RADIUS_KM else "above_maximum"
    else:
        return value
    row.note("radius_km", problem, allowed=allowed)
    return None


def _places_as_zones(
    rows: list[Row], report: Report, *, is_confirmed: bool
) -> tuple[list[dict[str, Any]], Report, Where]:
    """Return the outlines of the places that rows name.

    A district younger than the outlines has that of its mother district.
    """
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
    districts = [{code for code in book.names if code.startswith(area)} for area in areas]
    where = Where(np.asarray(shapes, object), districts, is_whole=True)
    return _rows_of(zones, touched, report, "; ".join(parts), areas), report, where


def _area_named(row: Row, *, is_confirmed: bool) -> str:
    """Return the code of the department, province or district that a row names.

    "" and a fault if it names none, several, or a name that nobody has confirmed.
    """
    book, cells = gazetteer(), [row.cells.get(name, "").strip() for name in PLACE_COLUMNS]
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
    for name in ("province", "district"):
        if _WIDER_NAME.search(normalise_name(row.cells.get(name, ""))):
            suggestion = book.label(area)
            row.note(name, "wider_name", is_fault=not is_confirmed, suggestion=suggestion)
    if place.remark:
        row.note(
            place.column,
            place.remark,
            is_fault=place.remark in ASKED_NAMES and not is_confirmed,
            suggestion=place.suggestion,
            confidence=place.confidence if 0 < place.confidence < 1 else None,
        )
    return area if row.is_used else ""


_WIDER_NAME = re.compile(r"\b(?:provincias|region|departamento|dpto|gobierno regional)\b")
"""in the name of a province: it may mean more than the province of that name"""


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
    """Return all places with a row's name, within its department if it names one."""
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
    """Return column and code of a fault in an area's cells; "" for none."""
    if not area["place"] or area["place"] in seen:
        return "place", "repeated_name" if area["place"] else "missing"
    minutes, widened = number(area["minutes"]), number(area["widened_km"])
    if minutes is None or not 0 < minutes <= LARGEST_MINUTES:
        return "minutes", "not_minutes"
    if widened is None or not 0 <= widened <= LARGEST_MINUTES:
        return "widened_km", "not_a_number"
    return "season", "" if area["season"] in _SEASONS else "area_season"


def distances(content: bytes) -> dict[str, Any]:
    """Return kilometres from places to the zones, and which places a zone surrounds."""
    request = json.loads(content)
    parts = shapely.get_parts(shapely.from_wkb(request["wkb"]))
    spots = request["longitude"], request["latitude"]
    surrounded = np.flatnonzero(is_surrounded(parts, *spots))
    return {"km": distance_km(parts, *spots).tolist(), "surrounded": surrounded.tolist()}


def _faults(shapes: list[Any]) -> list[str]:
    """Return for each shape in degrees the code of its fault or that of a part, "" for none."""
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
