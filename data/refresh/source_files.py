"""Files from outside, bounded: cells of a CSV or XLSX, features of a GeoJSON, layers through GDAL.

No formula is run, no link is followed. A Shapefile or GeoPackage is unpacked here under names of
ours; this module, run as a program, is the child that opens it with two drivers of GDAL and little
memory and time, and writes GeoJSON.
"""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

import numpy as np
import shapely
from shapely.geometry import shape

from data.readers.geofiles import gdal
from data.readers.refusal import Refusal
from geo.crs import PERU_BOUNDS
from geo.errors import DataError

MAX_ROWS, MAX_COLUMNS, MAX_SHEETS = 40_000, 120, 40
MAX_WORKBOOK_BYTES = 400_000_000
MAX_WORKBOOK_MEMBERS = 2_000
Cell = str | int | float | None
Sheet = tuple[str, list[list[Cell]]]
"""name and rows; the rows keep their place, so line n of the file is row n - 1."""
_BLANKS = b"\xef\xbb\xbf \t\r\n"
_NO_TABLES = (
    (b"\xd0\xcf\x11\xe0", "an old workbook (.xls) or one with a password"),
    (b"%PDF", "a PDF"),
    (b"<", "a web page"),
)

MAX_FEATURES = 200_000
"""a country's districts are 1,900; a basin's mining polygons 20,000"""
MAX_VERTICES = 20_000_000
_WGS84 = re.compile(r"(CRS:?84|EPSG(:|::|/0/)4326)$", re.IGNORECASE)
_MARGIN = 0.5
"""degrees that an outline may lie outside PERU_BOUNDS: other borders, not another country"""
MAX_UNPACKED_BYTES = 1_000_000_000
MAX_MEMBERS = 200
TIMEOUT_S = 180
_CHILD_MEMORY_BYTES, _CHILD_CPU_S = 3_000_000_000, 120
_SHAPE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_SHAPE_MAGIC = b"\x00\x00\x27\x0a"
_SQLITE_MAGIC = b"SQLite format 3\x00"
_ROOT = Path(__file__).resolve().parents[2]


def read_sheets(
    file: str, content: bytes, *, only: str | None = None, most_rows: int = 0
) -> list[Sheet]:
    """Return the sheets of a workbook, or the one table of a CSV.

    With ``only`` the sheet of that name, of a workbook and without a formula, so that every figure
    is one that the publisher wrote.
    """
    start, most_rows = content[:4096].lstrip(_BLANKS), most_rows or MAX_ROWS
    expected = "XLSX" if only else "XLSX or CSV"
    for mark, what in _NO_TABLES:
        if start.startswith(mark):
            refuse(file, what, expected)
    if start.startswith(b"PK"):
        return _workbook(file, content, only, most_rows)
    if b"\0" in start:
        refuse(file, "bytes that are no text", expected)
    if only:
        refuse(file, "no workbook", f"XLSX with a sheet {only}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # older files of the state are written by Excel on Windows
        text = content.decode("cp1252", errors="replace")
    separator = max(";\t|,", key="\n".join(text.splitlines()[:200]).count)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        return [(file, _bounded(file, (list(row) for row in rows), most_rows))]
    except csv.Error as error:
        refuse(file, f"a line that is no CSV ({error})", "CSV")


def _workbook(file: str, content: bytes, only: str | None, most_rows: int) -> list[Sheet]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError):
        refuse(file, "a ZIP that cannot be read", "a complete XLSX")
    size = sum(member.file_size for member in members)
    if len(members) > MAX_WORKBOOK_MEMBERS or size > MAX_WORKBOOK_BYTES:
        refuse(file, "a workbook too large once unpacked", f"{MAX_WORKBOOK_BYTES:,} bytes")
    if not any(member.filename == "xl/workbook.xml" for member in members):
        refuse(file, "a ZIP that is no workbook", "XLSX or CSV")
    import openpyxl  # 0.3 s, only for those who bring a workbook

    try:
        # values as saved, never computed; links to other files stay closed
        book = openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=only is None, keep_links=False
        )
        if only and only not in book.sheetnames:
            refuse(file, f"the sheets {', '.join(book.sheetnames)[:200]}", f"a sheet {only}")
        sheets = []
        for sheet in [book[only]] if only else book.worksheets[:MAX_SHEETS]:
            # a sheet may claim a million rows: the claim is not believed
            sheet.reset_dimensions()
            cells = sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True)
            rows = (_plain_row(file, number, row, only) for number, row in enumerate(cells, 1))
            sheets.append((str(sheet.title), _bounded(file, rows, most_rows)))
        book.close()
    except DataError:
        raise
    except Exception as error:  # openpyxl answers a damaged workbook with whatever went wrong
        refuse(file, f"a workbook that cannot be read ({type(error).__name__})", "a sound XLSX")
    return sheets


def _plain_row(file: str, number: int, row: tuple[Any, ...], only: str | None) -> list[Cell]:
    """Numbers and text; a date or an error is what it says."""
    for cell in row if only else ():
        # formulas of several cells come as objects of the library
        if str(cell).startswith("=") or type(cell).__module__.startswith("openpyxl"):
            refuse(file, "a formula", "figures as published", number)
    return [
        cell
        if cell is None or (isinstance(cell, str | int | float) and not isinstance(cell, bool))
        else str(cell)
        for cell in row
    ]


def _bounded(file: str, rows: Iterator[list[Cell]], most: int) -> list[list[Cell]]:
    kept = [row[:MAX_COLUMNS] for row in islice(rows, most + 1)]
    if len(kept) > most:
        refuse(file, f"more than {most:,} rows", "fewer: this is another file")
    return kept


@dataclass(frozen=True, slots=True)
class Features:
    """The features of a file: properties and outlines (WGS84, two dimensions) of those that have
    one, and the properties of the others."""

    properties: tuple[dict[str, Any], ...]
    geometries: np.ndarray
    empty: tuple[dict[str, Any], ...] = ()


def read_features(file: str, content: bytes) -> Features:
    """Parse a FeatureCollection of polygons."""
    collection = _parsed(file, content)
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list) or not features:
        refuse(file, "no list of features", "a GeoJSON FeatureCollection")
    if len(features) > MAX_FEATURES:
        refuse(file, f"{len(features):,} features", f"at most {MAX_FEATURES:,}")
    _require_wgs84(file, collection.get("crs"))
    kept: list[dict[str, Any]] = []
    empty: list[dict[str, Any]] = []
    geometries = []
    for number, feature in enumerate(features, start=1):
        try:
            properties = dict(feature.get("properties") or {})
            geometry = None if feature.get("geometry") is None else shape(feature["geometry"])
        except (AttributeError, KeyError, TypeError, ValueError, shapely.GEOSException):
            refuse(file, f"feature {number} that cannot be read", "a Feature with a geometry")
        if geometry is None or geometry.is_empty:
            empty.append(properties)
            continue
        if geometry.geom_type not in ("Polygon", "MultiPolygon"):
            refuse(file, f"a {geometry.geom_type} in feature {number}", "Polygon or MultiPolygon")
        kept.append(properties)
        geometries.append(geometry)
    array = shapely.force_2d(np.array(geometries, dtype=object))
    if shapely.count_coordinates(array) > MAX_VERTICES:
        refuse(file, "more vertices than can be handled", f"at most {MAX_VERTICES:,}")
    return Features(tuple(kept), array, tuple(empty))


def require_in_peru(file: str, geometries: np.ndarray) -> None:
    """Refuse outlines of metres, of swapped coordinates or of elsewhere."""
    if not len(geometries):
        refuse(file, "no feature with a geometry", "polygons in Peru")
    west, south, east, north = (float(edge) for edge in shapely.total_bounds(geometries))
    if not np.isfinite([west, south, east, north]).all():
        refuse(file, "a coordinate that is no number", "degrees")
    came = f"coordinates from {west:.4g}, {south:.4g} to {east:.4g}, {north:.4g}"
    if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:
        if max(abs(value) for value in (west, south, east, north)) > 360:
            came += " (metres of a projection?)"
        refuse(file, came, "longitude and latitude in degrees (WGS84)")
    if _inside(south, west, north, east):
        refuse(file, f"{came}: latitude and longitude are swapped", "longitude first")
    if not _inside(west, south, east, north):
        refuse(file, came, f"outlines inside Peru, {PERU_BOUNDS}")


def _inside(west: float, south: float, east: float, north: float) -> bool:
    low_x, low_y, high_x, high_y = PERU_BOUNDS
    return (
        low_x - _MARGIN <= west <= east <= high_x + _MARGIN
        and low_y - _MARGIN <= south <= north <= high_y + _MARGIN
    )


def _parsed(file: str, content: bytes) -> Any:
    if content[:200].lstrip(_BLANKS).startswith(b"<"):
        refuse(file, "a web page or XML", "GeoJSON")
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        refuse(file, f"byte {error.start} that is not UTF-8", "GeoJSON in UTF-8")
    except RecursionError:
        refuse(file, "lists inside lists without end", "GeoJSON")
    except ValueError as error:
        # a download that broke off ends here as well
        where = f" at character {error.pos:,}" if isinstance(error, json.JSONDecodeError) else ""
        refuse(file, f"text that is no JSON{where}", "a complete GeoJSON file")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _require_wgs84(file: str, crs: Any) -> None:
    """GeoJSON is WGS84 unless an old-fashioned ``crs`` member says something else."""
    if crs is None:
        return
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    if not _WGS84.search(name):
        refuse(file, f"reference system {name[:60]!r}", "WGS84 (CRS84 or EPSG:4326)")


def as_geojson(file: str, content: bytes) -> bytes:
    """Return the content as it is, or what it holds as GeoJSON when it is a ZIP or a GeoPackage."""
    if content.startswith(_SQLITE_MAGIC):
        return _converted(file, {"layer.gpkg": content})
    if content.startswith((b"Rar!", b"7z\xbc\xaf")):
        refuse(file, "an archive that is no ZIP", "GeoJSON, a zipped Shapefile or a GeoPackage")
    if not content.startswith(b"PK"):
        return content
    return _converted(file, _unzipped(file, content))


def _unzipped(file: str, content: bytes) -> dict[str, bytes]:
    """The parts of the one Shapefile, or the one GeoPackage, of a ZIP; paths are not followed."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) > MAX_MEMBERS:
                refuse(file, f"{len(members)} files in the ZIP", f"at most {MAX_MEMBERS}")
            names = [PurePosixPath(member.filename) for member in members]
            layers = [name for name in names if name.suffix.lower() in (".gpkg", ".shp")]
            if len(layers) != 1:
                refuse(file, f"{len(layers)} layers in the ZIP", "one .shp or .gpkg")
            suffixes = _SHAPE_PARTS if layers[0].suffix.lower() == ".shp" else (".gpkg",)
            parts: dict[str, bytes] = {}
            left = MAX_UNPACKED_BYTES
            for name, member in zip(names, members, strict=True):
                suffix = name.suffix.lower()
                if name.with_suffix("") == layers[0].with_suffix("") and suffix in suffixes:
                    with archive.open(member) as stream:
                        # what comes out is believed, not what the directory says of its size
                        parts[f"layer{suffix}"] = stream.read(left + 1)
                    left -= len(parts[f"layer{suffix}"])
                if left < 0:
                    refuse(file, "a ZIP too large once unpacked", f"{MAX_UNPACKED_BYTES:,} bytes")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        # RuntimeError: a password
        refuse(file, "a ZIP that cannot be read", "a complete ZIP without a password")
    if "layer.gpkg" not in parts:
        missing = [suffix for suffix in (".dbf", ".prj") if f"layer{suffix}" not in parts]
        if missing:
            refuse(file, f"a Shapefile without its {', '.join(missing)}", "all its parts")
        if not parts["layer.shp"].startswith(_SHAPE_MAGIC):
            refuse(file, "a .shp that is no Shapefile", "a Shapefile")
    return parts


def _converted(file: str, parts: dict[str, bytes]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="atlas-layer-") as made:
        folder = Path(made)
        for part, content in parts.items():
            (folder / part).write_bytes(content)
        layer = "layer.shp" if "layer.shp" in parts else "layer.gpkg"
        result = folder / "layer.geojson"
        try:
            done = subprocess.run(
                [sys.executable, "-m", __name__, str(folder / layer), str(result)],
                cwd=_ROOT,
                timeout=TIMEOUT_S,
                capture_output=True,
                check=False,
            )
        except subprocess.TimeoutExpired:
            refuse(file, f"a layer not read within {TIMEOUT_S} s", "outlines of one country")
        if done.returncode or not result.exists():
            lines = done.stdout.decode(errors="replace").strip().splitlines()
            refuse(file, lines[-1][:200] if lines else "a layer that cannot be read", "polygons")
        return result.read_bytes()


def refuse(file: str, came: str, expected: str, row: int | None = None) -> NoReturn:
    """Refuse a file, or a line of it."""
    raise DataError(file, came=came, expected=expected, row=row)


def write_geojson(source: str, target: str) -> str:
    """Write one layer as GeoJSON in degrees; return the reason of a refusal, "" without one."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_CHILD_MEMORY_BYTES, _CHILD_MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (_CHILD_CPU_S, _CHILD_CPU_S))
    # pyogrio imports geopandas if it can: seconds each time
    sys.modules["geopandas"] = None  # type: ignore[assignment]
    try:
        gdal()
    except Refusal:
        return "the other drivers cannot be switched off"
    from pyogrio.raw import read
    from pyproj import CRS, Transformer

    try:
        meta, _, outlines, columns = read(source)
        shapes = shapely.from_wkb(outlines)
    except Exception as error:  # GDAL answers a damaged file with whatever went wrong
        return f"a layer that cannot be read ({type(error).__name__})"
    if not meta["crs"]:
        return "a layer without a reference system"
    to_degrees = Transformer.from_crs(CRS.from_user_input(meta["crs"]), "EPSG:4326", always_xy=True)
    shapes = shapely.transform(
        shapely.force_2d(shapes), lambda xy: np.column_stack(to_degrees.transform(*xy.T))
    )
    names = [str(name) for name in meta["fields"]]
    features = [
        {
            "type": "Feature",
            "properties": {name: _json_cell(cell) for name, cell in zip(names, cells, strict=True)},
            "geometry": None if geometry is None else json.loads(geometry),
        }
        for geometry, *cells in zip(shapely.to_geojson(shapes), *columns, strict=True)
    ]
    collection = {"type": "FeatureCollection", "features": features}
    Path(target).write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")
    return ""


def _json_cell(value: Any) -> str | int | float | None:
    """A number or text as JSON knows it; a date is what it says."""
    if hasattr(value, "item"):
        value = value.item()
    if value is None or value != value:
        return None
    return value if isinstance(value, str | int | float) else str(value)


if __name__ == "__main__":
    refusal = write_geojson(*sys.argv[1:3])
    sys.stdout.write(f"{refusal}\n")
    sys.exit(2 if refusal else 0)
