"""KML and KMZ as Google Earth and My Maps write them: every placemark is a feature.

Nothing outside the file is asked for: network links, pictures, models and styles are counted, and
a shape that stands in no placemark refuses the file.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser, fromstring

import shapely

from data.readers.geojson import Layer
from data.readers.limits import UPLOAD, Profile
from data.readers.raw_table import cell_text, require_few
from geo.errors import UserError

_SHAPES = ("Point", "LineString", "LinearRing", "Polygon", "MultiGeometry", "Track", "MultiTrack")
_GROUPS = ("MultiGeometry", "MultiTrack")
_SIDES = ("outerBoundaryIs", "innerBoundaryIs")
_OUTSIDE = ("NetworkLink", "GroundOverlay", "PhotoOverlay", "ScreenOverlay", "Model")
"""what stands for something that lies elsewhere"""
_BOXES = ("LatLonBox", "LatLonQuad")
"""extents of a picture on the ground"""
_DRAWN = ("Style", "StyleMap", "styleUrl", "visibility", "open", "LookAt", "Camera", "Region")
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".webp", ".svg")
_TAG = re.compile(r"<[^<>]*>")


def kml_layer(content: bytes, profile: Profile = UPLOAD, *, is_of_zones: bool = False) -> Layer:
    """The placemarks of a KML, with name, description and extended data as columns; a shape is
    None where a placemark has none, an empty one where it is broken. ``is_of_zones``: no picture
    is laid over a box, which may be a zone."""
    try:
        return _layer(_tree(content), profile, is_of_zones=is_of_zones)
    except RecursionError:  # no program nests folders or shapes as deep as that
        raise UserError("records.refusal.kml_damaged") from None


def _layer(root: Element, profile: Profile, *, is_of_zones: bool) -> Layer:
    if is_of_zones and any(_name(element) in _BOXES for element in root.iter()):
        raise UserError("records.refusal.kml_overlay")
    shapes, properties, read = [], [], 0
    for placemark, folder in _placemarks(root, ()):
        own = [child for child in placemark if _name(child) in _SHAPES]
        parts = [_shape(child) for child in own]
        read += sum(map(_count_read, own))
        shapes.append(parts[0] if len(parts) == 1 else shapely.GeometryCollection(parts))
        if not parts:
            shapes[-1] = None
        properties.append({**_properties(placemark), "folder": folder})
        require_few("records.refusal.too_many_rows", len(shapes), profile.rows)
    counts = Counter(map(_name, root.iter()))
    if read != sum(counts[name] for name in _SHAPES):
        raise UserError("records.refusal.kml_damaged")
    names = list(dict.fromkeys(name for values in properties for name in values))
    require_few("records.refusal.too_many_columns", len(names), profile.columns)
    rows = [[cell_text(values.get(name)) for name in names] for values in properties]
    ignored = {
        "kml_links": sum(counts[name] for name in _OUTSIDE),
        "kml_styles": counts["Style"] + counts["StyleMap"],
    }
    notices = [(code, f"{count:,}") for code, count in ignored.items() if count]
    return Layer("kml", shapes, names, rows, 4326, notices)


def kml_of_kmz(content: bytes) -> bytes:
    """The one KML of an archive that was judged; pictures may lie beside it."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
            documents = [name for name in names if name.lower().endswith(".kml")]
            others = {PurePosixPath(name.lower()).suffix for name in names} - {".kml"}
            if len(documents) != 1 or not others <= {*_PICTURES}:
                raise UserError("records.refusal.zip_content")
            return archive.read(documents[0])
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError):
        raise UserError("records.refusal.zip_damaged") from None


class _PlainBuilder(TreeBuilder):
    """Refuses a document with a type, which may define entities, before any of it is built."""

    def doctype(self, *_: Any) -> None:
        raise UserError("records.refusal.markup")


def _tree(content: bytes) -> Element:
    """The elements of a KML without a document type."""
    try:
        root: Element = fromstring(content, XMLParser(target=_PlainBuilder()))
    except (ParseError, ValueError, LookupError):
        raise UserError("records.refusal.kml_damaged") from None
    if _name(root) != "kml":
        raise UserError("records.refusal.markup")
    return root


def _name(element: Element) -> str:
    """The name of an element without its namespace, of which files have many."""
    return element.tag.rpartition("}")[2]


def _text(element: Element) -> str:
    return " ".join(_TAG.sub(" ", "".join(element.itertext())).split())


def _placemarks(element: Element, above: tuple[str, ...]) -> Iterator[tuple[Element, str]]:
    """Placemarks in their order, with the names and descriptions of the folders around each."""
    if _name(element) == "Placemark":
        yield element, " / ".join(above)
        return
    own = [_text(child) for child in element if _name(child) in ("name", "description")]
    for child in element:
        yield from _placemarks(child, (*above, *filter(None, own)))


def _properties(placemark: Element) -> dict[str, str]:
    """All texts of a placemark: its extended data by name, the others by their element."""
    values: dict[str, str] = {}

    def put(name: str, text: str) -> None:
        if not text:
            return
        if name in values:
            raise UserError("records.refusal.duplicate_column", column=name)
        values[name] = text

    for child in placemark:
        name = _name(child)
        if name == "ExtendedData":
            for data in child.iter():
                if _name(data) in ("Data", "SimpleData"):
                    put(data.get("name", ""), _text(data))
        elif name not in (*_SHAPES, *_OUTSIDE, *_DRAWN):
            put(name, _text(child))
    return values


def _count_read(element: Element) -> int:
    """How many elements of shapes are read of an element, itself among them."""
    inner = [element] if _name(element) in _GROUPS else []
    if _name(element) == "Polygon":
        inner = [child for child in element if _name(child) in _SIDES]
    return 1 + sum(
        _count_read(child) for part in inner for child in part if _name(child) in _SHAPES
    )


def _shape(element: Element) -> Any:
    """The shape of an element; an empty collection where it is broken."""
    kind, inner = _name(element), [_name(child) for child in element]
    try:
        if kind in _GROUPS:
            shapes = [_shape(child) for child in element if _name(child) in _SHAPES]
            return shapely.GeometryCollection(shapes)
        if kind == "Polygon":
            (outer,), holes = (_rings(element, side) for side in _SIDES)
            return shapely.Polygon(outer, holes)
        if kind == "Track":
            spots = [_text(child) for child in element if _name(child) == "coord"]
            return shapely.LineString([_spot(spot.split()) for spot in spots])
        if inner.count("coordinates") != 1:
            return shapely.GeometryCollection()
        spots = _spots(element)
        if kind == "Point":
            return shapely.Point(spots[0]) if len(spots) == 1 else shapely.GeometryCollection()
        return shapely.LineString(spots)
    except (ValueError, IndexError, shapely.errors.ShapelyError):
        return shapely.GeometryCollection()


def _rings(polygon: Element, side: str) -> list[list[tuple[float, ...]]]:
    rings = [ring for child in polygon if _name(child) == side for ring in child]
    if any(_name(ring) != "LinearRing" for ring in rings):
        raise ValueError
    return [_spots(ring) for ring in rings]


def _spots(element: Element) -> list[tuple[float, ...]]:
    """The corners of an element: "longitude,latitude[,height]" between blanks."""
    (coordinates,) = (child for child in element if _name(child) == "coordinates")
    return [_spot(spot.split(",")) for spot in "".join(coordinates.itertext()).split()]


def _spot(parts: list[str]) -> tuple[float, ...]:
    numbers = tuple(map(float, parts))
    if len(numbers) not in (2, 3) or not all(map(math.isfinite, numbers)):
        raise ValueError
    return numbers[:2]
