"""Lists for planning as tests write and read them."""

from __future__ import annotations

import io

import numpy as np
import shapely
from openpyxl import Workbook
from pyproj import Geod

from atlas.own_files.planning import read_planning

GEOD = Geod(ellps="WGS84")
SQUARE = {"type": "Polygon", "coordinates": [[[-71, -13], [-70, -13], [-70, -12], [-71, -13]]]}
SIDES = np.array([[0, 0], [0.001, 0], [0.001, 0.001], [0, 0.001], [0, 0]])


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
