"""KML and KMZ as Google Earth and My Maps write them: every placemark is a feature.

Nothing outside the file is asked for: pictures, models and styles are counted. Of a list of zones a
link to other shapes refuses the file, and what no placemark's columns have is handed on
(:mod:`data.readers.kml_texts`); a shape that stands in no placemark refuses any file.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser, fromstring

import shapely

from data.readers.beside import Beside, beside_members, is_picture
from data.readers.geojson import Layer
from data.readers.kml_texts import beside_placemarks, local_name, plain_text
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
_TIMES = ("TimeSpan", "TimeStamp")


def kml_layer(content: bytes, profile: Profile = UPLOAD, *, is_of_zones: bool = False) -> Layer:
    """Read the placemarks of a KML, with name, description and extended data as columns.

    A shape is None if a placemark has none, and empty if it is broken. ``is_of_zones``: refuse a
    picture laid over a box, and links to other shapes, which may be zones.
    """
    try:
        root, remarks = _tree(content)
        layer = _layer(root, profile, is_of_zones=is_of_zones)
        return replace(layer, beside=beside_placemarks(root, remarks)) if is_of_zones else layer
    except RecursionError:  # no program nests folders or shapes as deep as that
        raise UserError("records.refusal.kml_damaged") from None


def _layer(root: Element, profile: Profile, *, is_of_zones: bool) -> Layer:
    for code, kinds in (("kml_overlay", _BOXES), ("kml_link", ("NetworkLink",))):
        if is_of_zones and any(_name(element) in kinds for element in root.iter()):
            raise UserError(f"records.refusal.{code}")
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


def kml_of_kmz(content: bytes) -> tuple[bytes, Beside]:
    """Return the KML of a checked archive, and what lies beside it except the pictures it draws.

    Members are judged by their content: shapes under another name would be lost.
    """
    beside = Beside()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {member: archive.read(member) for member in archive.infolist()}
            beside_members(content, archive, beside)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError):
        raise UserError("records.refusal.zip_damaged") from None
    documents, pictures = [], []
    for member, inside in members.items():
        is_named_kml = member.filename.rstrip("/").lower().endswith(".kml")
        if is_named_kml and not member.is_dir():
            documents.append(inside)
        elif is_picture(inside) and not member.is_dir():
            pictures.append(member.filename)
        elif is_named_kml or inside:
            raise UserError("records.refusal.zip_content")
    if len(documents) != 1:
        raise UserError("records.refusal.zip_content")
    for name in pictures:
        if name.encode() not in documents[0]:
            beside.add("zip", name)
    return documents[0], beside


class _PlainBuilder(TreeBuilder):
    """Refuse a document with a DOCTYPE, which may define entities, and collect comments."""

    def __init__(self) -> None:
        super().__init__()
        self.remarks = Beside()

    def doctype(self, *_: Any) -> None:
        raise UserError("records.refusal.markup")

    def comment(self, text: str | None) -> Any:
        self.remarks.add("<!-- -->", text or "")

    def pi(self, target: str, text: str | None = None) -> Any:
        self.remarks.add("<? ?>", f"{target} {text or ''}")

    def start_ns(self, prefix: str, uri: str) -> Any:
        if not _SPACE.fullmatch(uri) or any(sign.isdigit() for sign in prefix):
            self.remarks.add("xmlns", f"{prefix} {uri}")


_SPACE = re.compile(r"(?:https?://(?:www\.|schemas\.|earth\.)?[\w.-]+/[\w./#:-]*|urn:[\w.:-]+)")


def _tree(content: bytes) -> tuple[Element, Beside]:
    """The elements of a KML without a document type, and its comments and instructions."""
    builder = _PlainBuilder()
    try:
        root: Element = fromstring(content, XMLParser(target=builder))
    except (ParseError, ValueError, LookupError):
        raise UserError("records.refusal.kml_damaged") from None
    if _name(root) != "kml":
        raise UserError("records.refusal.markup")
    return root, builder.remarks


_name, _text = local_name, plain_text


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
        if values.get(name):
            raise UserError("records.refusal.duplicate_column", column=name)
        values[name] = text

    for child in placemark:
        name = _name(child)
        if name == "ExtendedData":
            for data in child.iter():
                if _name(data) in ("Data", "SimpleData"):
                    inner = [each for each in data if _name(each) == "value"]
                    put(data.get("name", ""), " ".join(map(_text, inner or [data])))
        elif name not in (*_SHAPES, *_OUTSIDE, *_DRAWN, *_TIMES) and (text := _text(child)):
            put(name, text)
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
    """Return the shape of an element; an empty collection if it is broken."""
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
