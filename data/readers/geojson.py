"""GeoJSON, and the coordinate systems in which Peruvian files come, with their way to degrees."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from data.readers.beside import WHOLE_FILE, Beside
from data.readers.limits import REFRESH, UPLOAD, Profile
from data.readers.raw_table import RawTable, cell_text, require_few
from data.readers.schema import field_of_heading
from geo.errors import UserError

EPSG_CODES = (
    *(4326, 4979, 3857),  # WGS84, with height, web Mercator
    *(32717, 32718, 32719),  # WGS84 / UTM 17S to 19S
    *(5373, 5387, 5388, 5389),  # Peru96 and its UTM 18S, 17S, 19S
    *(4248, 24877, 24878, 24879, 24891, 24892, 24893),  # PSAD56, its UTM, Peru's old zones
    *(4674, 31977, 31978, 31979),  # SIRGAS 2000
)
"""Nothing else is transformed: a system from a file may name grids and addresses."""


def epsg_of(text: str) -> int:
    """Return the EPSG code of a system given as WKT or "EPSG:n", whose numbers must agree."""
    try:
        system = CRS.from_user_input(text)
        code = system.to_epsg(min_confidence=25)
    except CRSError:
        code = None
    if code not in EPSG_CODES:
        raise UserError("records.refusal.crs_unknown")
    require_same_crs(text, code)
    return int(code)


def require_same_crs(definition: str, epsg: int) -> None:
    """Refuse a coordinate system with the name of an EPSG code and other numbers."""
    try:
        system, named = CRS.from_user_input(definition), CRS.from_epsg(epsg)
    except CRSError:
        raise UserError("records.refusal.crs_unknown") from None
    if system.is_bound and system.source_crs:  # with the shift to WGS84 that GDAL used to add
        system = system.source_crs
    if not system.equals(named, ignore_axis_order=True) and _numbers(system) != _numbers(named):
        raise UserError("records.refusal.crs_changed")


def _numbers(system: CRS) -> tuple[Any, ...]:
    """Datum, projection, ellipsoid, prime meridian and units, as files round them."""
    ellipsoid, meridian, degrees = system.ellipsoid, system.prime_meridian, system.geodetic_crs
    projection = system.coordinate_operation
    return (
        degrees and degrees.to_epsg(min_confidence=25),
        *((projection.method_code, projection.method_name) if projection else ()),
        *(
            (
                parameter.code or parameter.name,
                round(float(parameter.value) * float(parameter.unit_conversion_factor), 9),
            )
            for parameter in (projection.params if projection else ())
        ),
        ellipsoid and (ellipsoid.semi_major_metre, round(ellipsoid.inverse_flattening, 6)),
        meridian and round(meridian.longitude * float(meridian.unit_conversion_factor), 9),
        *(round(axis.unit_conversion_factor, 9) for axis in system.axis_info[:2]),
    )


def to_degrees(points: np.ndarray, epsg: int) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude of points, shape (n, 2), easting or longitude first."""
    if epsg not in EPSG_CODES:
        raise UserError("records.refusal.crs_unknown")
    if epsg == 4326:
        return points[:, 0], points[:, 1]
    transformer = Transformer.from_crs(epsg, 4326, always_xy=True)
    longitude, latitude = transformer.transform(points[:, 0], points[:, 1])
    return np.asarray(longitude), np.asarray(latitude)


_KINDS = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}
)


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Shapes of a file, with their columns and the rest of its content."""

    kind: str
    shapes: list[Any]
    """None where a feature has none, an empty one where it is broken."""
    names: list[str]
    """of the columns."""
    rows: list[list[str]]
    epsg: int
    notices: list[tuple[str, str]] = field(default_factory=list)
    """code and detail of what was noticed about the file as a whole."""
    beside: Beside = field(default_factory=Beside)
    """of a list of zones all that the file holds beside the shapes and the columns."""

    @property
    def table(self) -> RawTable:
        """The columns and rows beside the shapes."""
        lines = list(range(1, len(self.rows) + 1))
        return RawTable(
            self.kind, self.names, self.rows, lines, [*self.notices], beside=self.beside
        )


def geojson_layer(content: bytes, *, profile: Profile = UPLOAD, is_of_zones: bool = False) -> Layer:
    """Read the features of a collection.

    ``is_of_zones``: accept a single feature or geometry too, and refuse shapes that would be
    ignored.
    """
    features, epsg, document = _features(content, is_bare_taken=is_of_zones, most=profile.rows)
    beside = Beside()
    if is_of_zones:
        for feature in features:
            _require_read(feature, "geometry")
            _require_geometry(feature.get("geometry"))
        beside = _members(document, features)
    return Layer("geojson", _shapes(features), *_property_table(features), epsg, beside=beside)


def _members(document: dict[str, Any], features: list[dict[str, Any]]) -> Beside:
    """All members of the collection, of its features and of their geometries that are not read."""
    beside = Beside()

    def add(item: dict[str, Any], read: tuple[str, ...], where: str, row: int) -> None:
        for name, value in item.items():
            if name == "crs" and isinstance(value, dict):
                inner = value.get("properties")
                if isinstance(inner, dict):
                    add(inner, ("name",), "crs.", row)
                add(value, ("type", "properties"), "crs.", row)
            elif name not in read:
                beside.add_value(f"{where}{name}", value, row)

    add(document, ("type", "features"), "", WHOLE_FILE)
    for row, feature in enumerate(features):
        add(feature, ("type", "geometry", "properties"), "feature.", row)
        geometries = [feature.get("geometry")]
        while geometries:
            geometry = geometries.pop()
            if isinstance(geometry, dict):
                add(geometry, ("type", "coordinates", "geometries"), "geometry.", row)
                inner = geometry.get("geometries")
                geometries += inner if isinstance(inner, list) else ()
    return beside


_OF_SHAPES = ("features", "geometry", "geometries", "coordinates")


def _require_geometry(geometry: Any) -> None:
    """Refuse a geometry with shapes in it that its type does not have."""
    if not isinstance(geometry, dict):
        return
    inner = geometry.get("geometries") if "coordinates" not in geometry else None
    _require_read(geometry, "coordinates" if inner is None else "geometries")
    for part in inner if isinstance(inner, list) else ():
        _require_geometry(part)


def _require_read(item: dict[str, Any], name: str) -> None:
    """Refuse shapes in any member but ``name`` and the properties: they would be ignored."""
    others = {key: value for key, value in item.items() if key not in (name, "properties")}
    if _has_shapes(others):
        raise UserError("records.refusal.not_geojson")


def _has_shapes(value: Any) -> bool:
    if isinstance(value, dict):
        return any(key in _OF_SHAPES or _has_shapes(member) for key, member in value.items())
    return isinstance(value, list) and any(map(_has_shapes, value))


def _shapes(features: list[dict[str, Any]]) -> list[Any]:
    """Return the shape of each feature: None without a geometry, empty if it is broken."""
    shapes = []
    for feature in features:
        geometry = feature.get("geometry")
        shape = None
        if isinstance(geometry, dict):
            try:
                shape = shapely.geometry.shape(geometry)
            except Exception:  # shapely raises whatever the broken nesting happens to hit
                is_point = geometry.get("type") == "Point"
                shape = shapely.Point() if is_point else shapely.GeometryCollection()
        elif geometry is not None:
            raise UserError("records.refusal.not_geojson")
        shapes.append(shape)
    return shapes


def official_features(content: bytes) -> tuple[list[dict[str, Any]], list[Any], int]:
    """Return properties and shapes of an official file, and the EPSG code.

    A shape is None for a feature without a geometry, and an empty collection for a broken one.
    """
    features, epsg, _ = _features(content, most=REFRESH.rows)
    shapes = _shapes(features)
    require_few_vertices(shapes, REFRESH)
    return [feature.get("properties") or {} for feature in features], shapes, epsg


def _features(
    content: bytes, *, is_bare_taken: bool = False, most: int = UPLOAD.rows
) -> tuple[list[dict[str, Any]], int, dict[str, Any]]:
    """Return the features of a collection, the EPSG code of their coordinates, and the document.

    ``is_bare_taken``: accept a single feature or geometry too.
    """
    document = read_json(content)
    if is_bare_taken and isinstance(document, dict):
        if document.get("type") in (*_KINDS, "GeometryCollection"):
            document = {"type": "Feature", "geometry": document}
        if document.get("type") == "Feature":
            document = {"type": "FeatureCollection", "features": [document]}
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise UserError("records.refusal.not_geojson")
    if is_bare_taken:
        _require_read(document, "features")
    if not isinstance(features, list) or not all(_is_feature(feature) for feature in features):
        raise UserError("records.refusal.not_geojson")
    require_few("records.refusal.too_many_rows", len(features), most)
    epsg = _crs(document.get("crs"))
    for feature in features:
        _require_system(feature, epsg)
        _require_system(feature.get("geometry"), epsg)
    return features, epsg, document


def _require_system(item: Any, epsg: int) -> None:
    """Refuse a feature or geometry that names another system than the file."""
    if isinstance(item, dict):
        if item.get("crs") is not None and _crs(item["crs"]) != epsg:
            raise UserError("records.refusal.crs_mixed")
        inner = item.get("geometries")
        for part in inner if isinstance(inner, list) else ():
            _require_system(part, epsg)


def _property_table(features: list[dict[str, Any]]) -> tuple[list[str], list[list[str]]]:
    headings: dict[str, None] = {}
    for feature in features:
        headings.update(dict.fromkeys(feature.get("properties") or {}))
        require_few("records.refusal.too_many_columns", len(headings), UPLOAD.columns)
    names = list(headings)
    properties = (feature.get("properties") or {} for feature in features)
    return names, [[cell_text(values.get(name)) for name in names] for values in properties]


def require_few_vertices(shapes: Any, profile: Profile) -> None:
    """Refuse shapes of more corners than a file may have."""
    count = int(shapely.get_num_coordinates(shapes).sum())
    require_few("records.refusal.too_many_vertices", count, profile.vertices)


def point_table(layer: Layer) -> RawTable:
    """The table of a layer with the places of its single points as two columns of degrees.

    Features without any geometry keep the columns of coordinates that they bring.
    """
    table, shapes, names = layer.table, layer.shapes, layer.names
    if all(shape is None for shape in shapes):
        return table
    flaws, points, notices = {}, np.full((len(shapes), 2), np.nan), [*layer.notices]
    for line, shape in zip(table.lines, shapes, strict=True):
        if shape is None:
            continue
        is_single = shape.geom_type == "MultiPoint" and len(shape.geoms) == 1
        point = shape.geoms[0] if is_single else shape
        if point.geom_type != "Point":
            flaws[line] = "geometry_kind"
        elif point.is_empty or not np.isfinite([point.x, point.y]).all():
            flaws[line] = "geometry_empty"
        else:
            points[line - 1] = point.x, point.y
    if any(shape is not None and shape.has_z for shape in shapes):
        notices.append(("third_coordinate", ""))
    columns = [column for column, name in enumerate(names) if not _is_coordinate(name)]
    degrees = zip(*to_degrees(points, layer.epsg), strict=True)
    rows = [
        [
            *(row[column] for column in columns),
            *(f"{x:.7g}" if math.isfinite(x) else "" for x in xy),
        ]
        for row, xy in zip(layer.rows, degrees, strict=True)
    ]
    headings = [*(names[column] for column in columns), "longitude", "latitude"]
    if len(columns) < len(names):
        notices.append(("geometry_wins", ""))
    if layer.epsg != 4326:
        notices.append(("reprojected", f"EPSG:{layer.epsg}"))
    return replace(table, headings=headings, rows=rows, notices=notices, flaws=flaws)


def _is_coordinate(heading: str) -> bool:
    field = field_of_heading(heading)
    return field is not None and field.name in ("longitude", "latitude")


def read_json(content: bytes) -> Any:
    """Parse a JSON text, of UTF-8 with or without a byte order mark.

    UserError if it is damaged, too deep for the parser, names a member twice, or has a number that
    is not finite.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError("records.refusal.encoding") from None
    try:
        value = json.loads(
            text,
            object_pairs_hook=_pairs,
            parse_constant=_finite,
            parse_float=_finite,
        )
        if "\\ud" in text.lower():  # half of a sign is no text that can be written again
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise UserError("records.refusal.json_damaged") from None
    return value


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError
    return dict(pairs)


def _finite(text: str) -> float:
    """Return a finite number; refuse JSON's "NaN" and "Infinity"."""
    if not math.isfinite(value := float(text)):
        raise ValueError
    return value


def _is_feature(value: Any) -> bool:
    if not isinstance(value, dict) or value.get("type") != "Feature":
        return False
    properties = value.get("properties")
    return properties is None or isinstance(properties, dict)


def _crs(member: Any) -> int:
    """The member of the older GeoJSON; without it the standard says WGS84."""
    if member is None:
        return 4326
    try:
        name = str(member["properties"]["name"])
    except (TypeError, KeyError):
        raise UserError("records.refusal.crs_unknown") from None
    if re.fullmatch(r"urn:ogc:def:crs:OGC:1\.3:CRS84|OGC:CRS84", name):
        return 4326
    match = re.fullmatch(r"(?:urn:ogc:def:crs:EPSG:[\d.]*:|EPSG:)(\d{4,5})", name, re.ASCII)
    if match is None or int(match[1]) not in EPSG_CODES:
        raise UserError("records.refusal.crs_unknown")
    return int(match[1])
