"""Lists for planning as tests write and read them."""

from __future__ import annotations

import io

import shapely
from openpyxl import Workbook
from pyproj import Geod

from atlas.own_files.planning import read_planning

GEOD = Geod(ellps="WGS84")
SQUARE = {"type": "Polygon", "coordinates": [[[-71, -13], [-70, -13], [-70, -12], [-71, -13]]]}


def group(*geometries):
    """A collection of geometries."""
    return {"type": "GeometryCollection", "geometries": list(geometries)}


def with_corner(x, y):
    """A square whose last corner lies elsewhere."""
    return {"type": "Polygon", "coordinates": [[[-71, -13], [-70, -13], [x, y], [-71, -13]]]}


def parts(rows):
    """What is left of the zones, points and lines first."""
    return shapely.get_parts(shapely.from_wkb(rows[0]["wkb"])).tolist()


def zone(geometry, **properties):
    """A feature of a file of zones."""
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def kml(*elements, head=""):
    """A KML of these elements, as Google Earth and My Maps write it."""
    space = 'xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"'
    text = f"<kml {space}><Document><name>Zonas</name>{''.join(elements)}</Document></kml>"
    return f'<?xml version="1.0" encoding="UTF-8"?>{head}{text}'.encode()


def placemark(*inner, name="VRAEM"):
    """A placemark with its name."""
    return f"<Placemark><name>{name}</name>{''.join(inner)}</Placemark>"


def kml_shape(kind, corners, *holes):
    """A shape of KML from its corners; of a polygon also from those of its holes."""

    def listed(spots):
        return f"<coordinates>{' '.join(','.join(map(str, spot)) for spot in spots)}</coordinates>"

    if kind != "Polygon":
        return f"<{kind}>{listed(corners)}</{kind}>"
    sides = [("outerBoundaryIs", corners), *(("innerBoundaryIs", hole) for hole in holes)]
    rings = [f"<{side}><LinearRing>{listed(ring)}</LinearRing></{side}>" for side, ring in sides]
    return f"<Polygon>{''.join(rings)}</Polygon>"


def sheets(**contents):
    """A workbook of sheets with these rows; one called Oculta is hidden."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in contents.items():
        sheet = book.create_sheet(name)
        sheet.sheet_state = "veryHidden" if name == "Oculta" else "visible"
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def read(text, task):
    """Rows, and what was said of each line, read in this process."""
    rows, report = read_planning(text if isinstance(text, bytes) else text.encode(), task)
    return rows, [
        (entry.line, entry.column, entry.code, entry.is_fault) for entry in report.entries
    ]
