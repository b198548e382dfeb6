"""Reads zones without sites, in the child.

A list of zones is polygons, centres with a radius, or districts, provinces and departments by
name. Whatever else could be one is refused, and whatever else the file says is asked about: nobody
is sent into what was not understood.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from atlas.own_files.checking import NAME_CHARACTERS
from atlas.own_files.report import Entry, Report
from atlas.own_files.zone_columns import (
    CENTRE_COLUMNS,
    LARGEST_RADIUS_KM,
    LEAST_RADIUS_KM,
    refuse_extents,
)
from atlas.own_files.zone_content import POINTS, Content, contents_of, require_harmless
from atlas.own_files.zone_provinces import names_touched, provinces_of, zone_row
from atlas.own_files.zone_shapes import in_degrees, shape_faults
from atlas.own_files.zone_tables import KNOWN_HEADINGS, read_zone_table
from atlas.own_files.zone_where import Where
from data.names import normalise_name
from data.readers.geofiles import SHAPE_KINDS, read_layer
from data.readers.geojson import Layer, point_table
from data.readers.kinds import kind_of, read_table
from data.readers.limits import COMMAND
from data.readers.privacy import require_no_personal_data, shown
from data.readers.raw_table import RawTable
from data.readers.schema import fold_heading
from geo.crs import coordinate_fault
from geo.errors import UserError
from geo.siting.zones import circles, reduced


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
        return read_zone_table(read_table(content, KNOWN_HEADINGS, is_of_zones=True), confirmed)
    layer = read_layer(kind, content, is_of_zones=True)
    _tell_third_coordinates(layer)
    if layer.shapes and all(getattr(shape, "geom_type", "") == "Point" for shape in layer.shapes):
        return read_zone_table(point_table(layer), confirmed)
    table = layer.table
    require_no_personal_data(table, _measured(table), is_list_of_places=True)
    refuse_extents(table, [""] * len(layer.names), is_of_shapes=True)
    shapes, notices = in_degrees(layer)
    centres = [at for at, shape in enumerate(shapes) if _is_centre(shape)]
    radius = confirmed.get("points_km")
    if centres:
        spots = [shapes[at] for at in centres]
        km = np.full(len(spots), LEAST_RADIUS_KM if radius is None else _radius_given(radius))
        for at, circle in zip(
            centres, circles(shapely.get_x(spots), shapely.get_y(spots), km), strict=True
        ):
            shapes[at] = circle
    faults = shape_faults(shapes)
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
    provinces = provinces_of(zones, len(used))
    return zone_row(zones, names_touched(provinces, labels), report), report, provinces
