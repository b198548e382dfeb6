"""Reads a table of zones: centres with a radius, or districts, provinces and departments by name.

Remarks and totals are left out; what may be the corners of an area is asked about.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from atlas.own_files import checking
from atlas.own_files.cells import may_be_thousands, number
from atlas.own_files.checking import NAME_CHARACTERS, Row
from atlas.own_files.places import (
    ALIKE_IN_CONTEXT,
    ASKED_BELOW,
    LEAD,
    best_match,
    find_place,
    gazetteer,
    places_named,
)
from atlas.own_files.report import Report
from atlas.own_files.zone_columns import (
    ASKED_NAMES,
    CENTRE_COLUMNS,
    LARGEST_RADIUS_KM,
    LEAST_RADIUS_KM,
    PLACE_COLUMNS,
    READ_COLUMNS,
    refuse_extents,
)
from atlas.own_files.zone_content import Content, contents_of, require_harmless
from atlas.own_files.zone_outlines import mother_of, named_outline
from atlas.own_files.zone_provinces import (
    names_touched,
    province_outlines,
    provinces_of,
    zone_row,
)
from atlas.own_files.zone_where import Where
from data.names import normalise_name
from data.readers.privacy import shown
from data.readers.raw_table import RawTable
from data.readers.schema import fold_heading
from geo.errors import UserError
from geo.siting.zones import circles, distance_km, reduced

_SMALL_RADIUS_KM = 1.0
"""Smaller centres may be corners: three of them make an area."""
_LEAST_CORNERS = 3
_CAPITAL_KM = 2.0
"""How far a centre may lie outside the light outline of its province."""
_POINT = {"longitude", "latitude"}
KNOWN_HEADINGS = frozenset().union(*CENTRE_COLUMNS.values(), *PLACE_COLUMNS.values())


def read_zone_table(
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
    if not heads.intersection(KNOWN_HEADINGS):  # the refusal names all that is allowed
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
    return _TOTAL.fullmatch(normalise_name(text)) is not None


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
    remaining, sums = [], [0.0] * len(table.headings)
    for at, texts in enumerate(table.rows):
        filled = {column: text for column, text in enumerate(texts) if text}
        is_alone = len(filled) == 1 and _REMARK.match(next(iter(filled.values())).casefold())
        words = {column for column, text in filled.items() if _is_total(text)}
        place_texts = [
            text
            for column, text in filled.items()
            if column in places and (number(text) is None or places[column] in of_numbers)
        ]
        is_total = bool(words) and all(map(_is_total, place_texts))
        if not is_alone and not is_total:
            remaining.append(at)
            sums = [total + (number(text) or 0.0) for total, text in zip(sums, texts, strict=False)]
            continue
        for column, text in filled.items():
            is_sum = column < len(sums) and number(text) in (float(len(remaining)), sums[column])
            if not (is_total and (column in words or is_sum)):
                table.beside.add(f"#{table.lines[at]}", text)
    return replace(
        table,
        rows=[table.rows[at] for at in remaining],
        lines=[table.lines[at] for at in remaining],
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
    codes, outlines = province_outlines()
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
    provinces = provinces_of(zones, len(used))
    where = Where(shapes, provinces)
    return zone_row(zones, names_touched(provinces, labels), report), report, where


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
    codes, _ = province_outlines()
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
    return zone_row(zones, touched, report, "; ".join(parts), areas), report, where


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
