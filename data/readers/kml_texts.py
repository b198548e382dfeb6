"""Collect a KML's texts outside the columns of its placemarks, by their path.

Only what draws a map goes unsaid, and only where its value is one: a colour, a width, a camera, a
flag, an icon's address, a balloon made of fields alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from xml.etree.ElementTree import Element

from data.readers.beside import WHOLE_FILE, Beside, is_address, is_identifier

_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]{0,11}\s*/?>")
"""a tag of HTML that has no attribute, whose text would be lost"""
_NUMBER = r"[-+]?\d{1,12}(?:\.\d*)?(?:[eE][-+]?\d+)?"
_STYLED = frozenset({"Style", "StyleMap", "CascadingStyle", "LookAt", "Camera", "Lod"})
"""elements whose numbers are widths, scales, angles and heights of eyes"""
_DRAWN: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for pattern, names in (
        (r"#?[0-9A-Fa-f]{6,8}", "color bgColor textColor"),
        (r"normal|random", "colorMode"),
        (r"-?[01]|true|false", "fill outline visibility open extrude tessellate flyToView"),
        (r"-?[01]|true|false", "balloonVisibility refreshVisibility"),
        (r"default|hide", "displayMode"),
        (r"(?:clampTo|relativeTo)\w{2,12}|absolute", "altitudeMode"),
        (r"normal|highlight", "key"),
        (r"check|checkOffOnly|checkHideChildren|radioFolder", "listItemType"),
        (r"(?:open|closed|error|fetching\d)(?: (?:open|closed|error|fetching\d))*", "state"),
        (r"[^\s#]{0,200}#[^\s#]{1,100}", "styleUrl"),
        (r"-?\d{1,3}", "drawOrder"),
    )
    for name in names.split()
}
_IN_STYLES = re.compile(
    r"scale|width|heading|tilt|roll|range|altitude|longitude|latitude|fovy|horizFov|outerWidth"
    r"|physicalWidth|(?:min|max)(?:LodPixels|FadeExtent)|maxSnippetLines"
)
_ATTRIBUTES = {
    "xunits": re.compile(r"fraction|pixels|insetPixels"),
    "yunits": re.compile(r"fraction|pixels|insetPixels"),
    "x": re.compile(_NUMBER),
    "y": re.compile(_NUMBER),
    "maxLines": re.compile(_NUMBER),
    "schemaLocation": re.compile(r"(?:https?://[\w./-]+\s*)+"),
    "type": re.compile(r"(?:xsd:)?(?:string|u?int|u?short|float|double|bool)"),
    "schemaUrl": re.compile(r"[^\s]{0,100}"),
    "rel": re.compile(r"app|self"),
}
_FIELD = re.compile(r"\$\[[^\]]{0,200}\]")
_SHAPES = frozenset({"coordinates", "coord"})
_HEADINGS = frozenset({"Schema", "SimpleField", "SimpleArrayField", "SimpleArrayData"})
_NOT_IN_COLUMNS = re.compile(
    r"Point|LineString|LinearRing|Polygon|Multi(?:Geometry|Track)|Track|Model|ExtendedData|TimeSpan"
    r"|TimeStamp|Style|StyleMap|styleUrl|visibility|open|LookAt|Camera|Region|NetworkLink"
    r"|(?:Ground|Photo|Screen)Overlay"
)
"""elements of a placemark of whose texts its columns have none, or some"""


def local_name(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def plain_text(element: Element) -> str:
    """All text in an element on one line, without HTML's tags that have no attributes."""
    return " ".join(_TAG.sub(" ", "".join(element.itertext())).split())


def beside_placemarks(root: Element, beside: Beside) -> Beside:
    """Add to a file's remarks all texts outside its placemarks' columns, by path."""
    for element, path, row, is_read in _walk(root):
        name, where = path[-1], ".".join(path[-3:])
        for text in (element.text, *(child.tail for child in element)):
            if text and not is_read and text.strip() and not _is_drawn(path, text.strip()):
                if name == "displayName":
                    beside.add(text, "")
                else:
                    beside.add(where, _TAG.sub(" ", text), row)
        for attribute, value in element.attrib.items():
            key = attribute.rpartition("}")[2]
            if key == "name" and name in _HEADINGS:
                beside.add(value, "")
            elif not _is_known(name, key, value):
                beside.add(f"{where}@{key}", value, row)
        if name == "coordinates":
            for height in _odd_heights("".join(element.itertext())):
                beside.add(f"{where}.z", height, row)
        if any(sign.isdigit() for sign in name):
            beside.add(where, name, row)
    return beside


def _odd_heights(corners: str) -> set[str]:
    """Return third coordinates that are no plausible height in metres."""
    heights = {corner.split(",")[2] for corner in corners.split() if corner.count(",") == 2}
    return {height for height in heights if not _HEIGHT.fullmatch(height)}


_HEIGHT = re.compile(r"-?\d{1,3}(?:\.\d*)?|[1-8]\d{3}(?:\.\d*)?|-?\d(?:\.\d*)?[eE]-\d{1,3}")
"""from -999 to 8,999 metres"""


def _walk(root: Element) -> Iterator[tuple[Element, tuple[str, ...], int, bool]]:
    """Yield each element with its path, its placemark's row, and whether columns hold its texts."""
    above = {child: parent for parent in root.iter() for child in parent}
    folders, rows = set(), -1
    for element in above:
        if local_name(element) == "Placemark":
            folder = above.get(element)
            while folder is not None and folder not in folders:
                folders.add(folder)
                folder = above.get(folder)
    first = (root, (local_name(root),), WHOLE_FILE, False)
    waiting: list[tuple[Element, tuple[str, ...], int, bool]] = [first]
    while waiting:
        element, path, row, is_read = waiting.pop()
        name = path[-1]
        if name == "Placemark":
            rows += 1
            row = rows
        yield element, path, row, is_read
        pairs = {*pairwise(path)}
        values = name == "Data" and any(local_name(child) == "value" for child in element)
        for child in reversed(element):
            inner = local_name(child)
            is_in_column = (
                is_read
                or inner in _SHAPES
                or (name == "Placemark" and not _NOT_IN_COLUMNS.fullmatch(inner))
                or (inner in ("Data", "SimpleData") and ("Placemark", "ExtendedData") in pairs)
                or (element in folders and inner in ("name", "description"))
            )
            if values and inner != "value":
                is_in_column = False
            waiting.append((child, (*path[-6:], inner), row, is_in_column))


def _is_drawn(path: tuple[str, ...], text: str) -> bool:
    """Return whether an element's text only draws the map, or only inserts fields."""
    name, around = path[-1], path[-2] if len(path) > 1 else ""
    if name == "text" and around == "BalloonStyle":
        return not _TAG.sub("", _FIELD.sub("", text)).strip()
    if name == "href":
        return around in ("Icon", "ItemIcon") and is_address(text)
    if _IN_STYLES.fullmatch(name) and _STYLED & {*path}:
        return re.fullmatch(_NUMBER, text) is not None
    return name in _DRAWN and _DRAWN[name].fullmatch(text) is not None


def _is_known(name: str, key: str, value: str) -> bool:
    """Whether an attribute is the format's own: a number of an element, a type, a heading."""
    if key in ("id", "targetId"):
        return is_identifier(value)
    if key == "name" and name in ("Data", "SimpleData"):
        return True  # the heading of a column
    if name == "link" and key in ("href", "title"):
        return bool(_PROGRAM.fullmatch(value))
    known = _ATTRIBUTES.get(key)
    return known is not None and known.fullmatch(value) is not None


_PROGRAM = re.compile(r"https://www\.google\.com/[\w./#-]*|Google Earth(?: Pro)?(?: [\d.]+)?")
