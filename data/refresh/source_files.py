"""Official files from outside: sheets of a workbook or a CSV, outlines of a layer; with reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from data.readers.geojson import official_features
from data.readers.kinds import kind_of
from data.readers.limits import REFRESH
from data.readers.raw_table import refuse
from data.readers.text import official_rows
from data.readers.workbook import Cell, official_sheets
from geo.crs import PERU_BOUNDS
from geo.errors import UserError

MAX_ROWS = 40_000
Sheet = tuple[str, list[list[Cell]]]
"""name and rows; the rows keep their place, so line n of the file is row n - 1."""
LayerReader = Callable[[bytes], dict[str, Any]]
"""reads a Shapefile or a GeoPackage elsewhere, as data.readers.geofiles.official_layer does"""
_MARGIN = 0.5
"""degrees that an outline may lie outside PERU_BOUNDS: other borders, not another country"""
_REASONS = {
    "empty": ("nothing in it", ""),
    "markup": ("a web page or XML", ""),
    "old_workbook": ("an old workbook (.xls) or one with a password", ""),
    "raster": ("a picture", ""),
    "unknown_format": ("a PDF, an archive that is no ZIP, or another kind of file", ""),
    "nul": ("bytes that are no text", ""),
    "encoding": ("bytes that are not UTF-8", "a text in UTF-8"),
    "quotes": ("a line that is no CSV", "CSV"),
    "too_large": ("a file too large", "at most {limit}"),
    "too_many_rows": ("more than {limit} rows", "fewer: this is another file"),
    "too_many_columns": ("too many columns", "at most {limit}"),
    "too_many_vertices": ("more vertices than can be handled", "at most {limit}"),
    "cell_too_long": ("a cell too long", "at most {limit} signs"),
    "zip_damaged": ("a ZIP that cannot be read", "a complete ZIP without a password"),
    "zip_unsafe": ("a ZIP with a link, a password, a ZIP or a way out of it", "a plain ZIP"),
    "zip_bomb": ("a ZIP too large once unpacked", "the publisher's file"),
    "zip_content": ("a ZIP with other things than one Shapefile", "one .shp with its parts"),
    "workbook_damaged": ("a workbook that cannot be read", "a sound XLSX"),
    "not_geojson": ("no list of features that can be read", "a GeoJSON FeatureCollection"),
    "json_damaged": ("text that is no JSON", "a complete GeoJSON file"),
    "json_depth": ("lists inside lists without end", "GeoJSON"),
    "json_keys": ("a member named twice", "GeoJSON"),
    "json_number": ("a number that is none of JSON", "GeoJSON"),
    "crs_unknown": ("a reference system that is not known", "WGS84 or one that Peru uses"),
    "crs_changed": ("a reference system with other numbers than its name has", "WGS84"),
    "crs_mixed": ("shapes of several reference systems", "one reference system"),
    "shapefile_part": ("a Shapefile without its {column}", "all its parts"),
    "shapefile_counts": ("a Shapefile whose parts disagree", "a complete Shapefile"),
    "shapefile_deleted": ("a Shapefile with deleted records", "one that was packed"),
    "geodata_damaged": ("a layer that cannot be read", "a sound Shapefile or GeoPackage"),
    "geopackage_layers": ("no or several layers in the GeoPackage", "one layer"),
    "geopackage_unsafe": ("a GeoPackage with views or triggers of its own", "plain tables"),
    "reader_time": ("a layer not read within {limit} s", "outlines of one country"),
    "reader_wait": ("a layer not read within {limit} s", "outlines of one country"),
}
"""What came and what was expected ("": what is read here), by the code of a refusal."""


@contextmanager
def explained_refusals(file: str, formats: str, sheet: str | None = None) -> Iterator[None]:
    """Say which file it is that a reader refuses, and why; ``formats`` are read here, with a
    ``sheet`` where they name it."""
    try:
        yield
    except UserError as refusal:
        code, values = refusal.key.removeprefix("records.refusal."), refusal.values
        usual = ("a file that was not read ({code})", "the published file")
        came, expected = _REASONS.get(code, usual)
        line = values.get("line")
        row = line if isinstance(line, int) else None
        refuse(file, came, expected or formats, row, **{**values, "code": code, "sheet": sheet})


def read_sheets(
    file: str, content: bytes, *, only: str | None = None, most_rows: int = 0
) -> list[Sheet]:
    """Return the sheets of a workbook, or the one table of a CSV.

    With ``only`` the sheet of that name, of a workbook and without a formula, so that every figure
    is one that the publisher wrote.
    """
    formats, most_rows = (
        "XLSX with a sheet {sheet}" if only else "XLSX or CSV",
        most_rows or MAX_ROWS,
    )
    with explained_refusals(file, formats, only):
        kind = kind_of(content, REFRESH)
        if kind == "csv" and not only:
            return [(file, [list(row) for row in official_rows(content, most_rows=most_rows)])]
        if kind != "xlsx":
            refuse(file, "no workbook", formats, sheet=only)
        try:
            sheets = official_sheets(content, only=only, most_rows=most_rows)
        except UserError as refusal:
            if refusal.key == "records.refusal.workbook_sheets":
                named = str(refusal.values["column"])[:200]
                refuse(file, "the sheets {named}", "a sheet {sheet}", named=named, sheet=only)
            raise
    for _, rows in sheets if only else ():
        for number, row in enumerate(rows, 1):
            if any(str(cell).startswith("=") for cell in row):
                refuse(file, "a formula", "figures as published", number)
    return sheets


@dataclass(frozen=True, slots=True)
class Features:
    """The features of a file: properties and outlines (WGS84, two dimensions) of those that have
    one, and the properties of the others."""

    properties: tuple[dict[str, Any], ...]
    geometries: np.ndarray
    empty: tuple[dict[str, Any], ...] = ()


def read_features(file: str, content: bytes, read_layer: LayerReader | None = None) -> Features:
    """Read the polygons of a GeoJSON, or of another layer with what reads one."""
    layer_formats = "GeoJSON, a zipped Shapefile or a GeoPackage" if read_layer else "GeoJSON"
    with explained_refusals(file, layer_formats):
        kind = kind_of(content, REFRESH)
        if kind in ("gpkg", "shapefile") and read_layer:
            layer = read_layer(content)
            rows = [dict(zip(layer["names"], row, strict=True)) for row in layer["rows"]]
            shapes = list(shapely.from_wkb(layer["shapes"]))
        elif kind == "geojson":
            rows, shapes, epsg = official_features(content)
            if epsg != 4326:
                refuse(
                    file, "reference system EPSG:{epsg}", "WGS84 (CRS84 or EPSG:4326)", epsg=epsg
                )
        else:
            refuse(file, "no layer", layer_formats)
    if not rows:
        refuse(file, "no list of features", "a GeoJSON FeatureCollection")
    for number, shape in enumerate(shapes, 1):
        if shape is not None and shape.geom_type not in ("Polygon", "MultiPolygon"):
            refuse(
                file,
                "a geometry that cannot be read in feature {number}"
                if shape.is_empty
                else "a {kind} in feature {number}",
                "Polygon or MultiPolygon",
                kind=shape.geom_type,
                number=number,
            )
    has_outline = [shape is not None and not shape.is_empty for shape in shapes]
    pairs = list(zip(rows, shapes, has_outline, strict=True))
    return Features(
        tuple(row for row, _, has in pairs if has),
        shapely.force_2d(np.array([shape for _, shape, has in pairs if has], dtype=object)),
        tuple(row for row, _, has in pairs if not has),
    )


def require_in_peru(file: str, geometries: np.ndarray) -> None:
    """Refuse outlines of metres, of swapped coordinates or of elsewhere."""
    if not len(geometries):
        refuse(file, "no feature with a geometry", "polygons in Peru")
    west, south, east, north = (float(edge) for edge in shapely.total_bounds(geometries))
    if not np.isfinite([west, south, east, north]).all():
        refuse(file, "a coordinate that is no number", "degrees")
    corners = {
        "southwest": f"{west:.4g}, {south:.4g}",
        "northeast": f"{east:.4g}, {north:.4g}",
    }
    if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:
        refuse(
            file,
            "coordinates from {southwest} to {northeast} (metres of a projection?)"
            if max(abs(value) for value in (west, south, east, north)) > 360
            else "coordinates from {southwest} to {northeast}",
            "longitude and latitude in degrees (WGS84)",
            **corners,
        )
    if _inside(south, west, north, east):
        refuse(
            file,
            "coordinates from {southwest} to {northeast}: latitude and longitude are swapped",
            "longitude first",
            **corners,
        )
    if not _inside(west, south, east, north):
        refuse(
            file,
            "coordinates from {southwest} to {northeast}",
            "outlines inside Peru, {bounds}",
            bounds=PERU_BOUNDS,
            **corners,
        )


def _inside(west: float, south: float, east: float, north: float) -> bool:
    low_x, low_y, high_x, high_y = PERU_BOUNDS
    return (
        low_x - _MARGIN <= west <= east <= high_x + _MARGIN
        and low_y - _MARGIN <= south <= north <= high_y + _MARGIN
    )
