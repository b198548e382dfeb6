"""Shapefile and GeoPackage through GDAL, with two drivers and no way to a file or an address.

Only the child calls this: GDAL is told its drivers before it is loaded.
"""

from __future__ import annotations

import io
import os
import sqlite3
import zipfile
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from records.gdal_drivers import ALLOWED_DRIVERS, GDAL_SETTINGS
from records.geojson import with_points
from records.limits import CELL_CHARACTERS, COLUMNS, FEATURES, VERTICES
from records.privacy import require_no_personal_data
from records.projection import epsg_of
from records.refusal import Refusal
from records.table import RawTable

_PARTS = (".shp", ".shx", ".dbf", ".prj")
_OWN_TABLES = ("gpkg_", "rtree_", "sqlite_")


def gdal() -> Any:
    """Import pyogrio with the drivers switched off, and believe it only after looking.

    Raises
    ------
    Refusal
        A driver is registered that is not allowed: a new GDAL, or one loaded before.
    """
    os.environ.update(GDAL_SETTINGS)
    import pyogrio

    if not set(pyogrio.list_drivers()) <= ALLOWED_DRIVERS:
        raise Refusal("drivers")
    return pyogrio


def read_shapefile(content: bytes) -> RawTable:
    """Read the one Shapefile of a zip whose directory has been judged."""
    return _points("shapefile", *_read(*_repacked(content)))


def read_geopackage(content: bytes) -> RawTable:
    """Read the one layer of a GeoPackage that holds nothing but tables."""
    return _points("gpkg", *_read(content, None, _layer(content)))


def shapefile_shapes(content: bytes) -> tuple[list[Any], int]:
    """Shapes of any kind of a Shapefile and their EPSG code; no personal data beside them."""
    return _bare(*_read(*_repacked(content)))


def geopackage_shapes(content: bytes) -> tuple[list[Any], int]:
    """Shapes of any kind of a GeoPackage and their EPSG code; no personal data beside them."""
    return _bare(*_read(content, None, _layer(content)))


def _repacked(content: bytes) -> tuple[bytes, int, None]:
    """The Shapefile under names of ours, and the EPSG code of its system."""
    packed = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = {name.lower(): name for name in archive.namelist()}
            stem = str(PurePosixPath(next(n for n in names if n.endswith(".shp"))).with_suffix(""))
            missing = [part for part in _PARTS if stem + part not in names]
            if missing:
                raise Refusal("shapefile_part", column=missing[0])
            epsg = epsg_of(archive.read(names[stem + ".prj"]).decode("utf-8", "replace"))
            with zipfile.ZipFile(packed, "w") as clean:
                # names of ours: what the file calls itself reaches no library
                for part in (*_PARTS, ".cpg"):
                    if stem + part in names:
                        clean.writestr("upload" + part, archive.read(names[stem + part]))
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError):
        raise Refusal("zip_damaged") from None
    return packed.getvalue(), epsg, None


def _layer(content: bytes) -> str:
    """Look at the database in memory: no view, no trigger of its own, one layer of features."""
    base = sqlite3.connect(":memory:")
    try:
        base.deserialize(content)
        base.execute("PRAGMA trusted_schema=OFF")
        things = base.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
        for kind, name, sql in things:
            text = str(sql or "").upper()
            is_index = str(name).startswith("rtree_")
            is_standard = "RTREE_" in text or str(name).startswith(("gpkg_", "trigger_"))
            if kind == "view" or (kind == "trigger" and not is_standard):
                raise Refusal("geopackage_unsafe")
            if "VIRTUAL TABLE" in text and not (is_index and "USING RTREE" in text):
                raise Refusal("geopackage_unsafe")
        layers = base.execute(
            "SELECT table_name FROM gpkg_contents WHERE data_type = 'features'"
        ).fetchall()
    except (sqlite3.Error, ValueError, OverflowError):
        raise Refusal("geodata_damaged") from None
    finally:
        base.close()
    if len(layers) != 1:
        raise Refusal("geopackage_layers")
    return str(layers[0][0])


def _read(
    content: bytes, epsg: int | None, layer: str | None
) -> tuple[np.ndarray, list[str], list[list[str]], int]:
    """Shapes, names of the columns, rows as text, EPSG code."""
    import shapely

    pyogrio = gdal()
    from pyogrio import raw

    try:
        info = pyogrio.read_info(content, layer=layer)
        if int(info["features"]) > FEATURES:
            raise Refusal("too_many_rows", limit=f"{FEATURES:,}")
        if len(info["fields"]) > COLUMNS:
            raise Refusal("too_many_columns", limit=str(COLUMNS))
        meta, _, geometry, columns = raw.read(content, layer=layer, max_features=FEATURES + 1)
        shapes = shapely.from_wkb(geometry, on_invalid="ignore")
    except Refusal:
        raise
    except MemoryError:
        raise
    except Exception:  # whatever GDAL found, its text may name what is in the file
        raise Refusal("geodata_damaged") from None
    code = epsg_of(str(meta["crs"] or "")) if epsg is None else epsg
    if int(shapely.get_num_coordinates(shapes).sum()) > VERTICES:
        raise Refusal("too_many_vertices", limit=f"{VERTICES:,}")
    names = [str(name) for name in meta["fields"]]
    rows = [[_text(cell) for cell in row] for row in zip(*columns, strict=True)]
    return shapes, names, rows or [[] for _ in shapes], code


def _bare(
    shapes: np.ndarray, names: list[str], rows: list[list[str]], epsg: int
) -> tuple[list[Any], int]:
    table = RawTable("geofile", names, rows, list(range(1, len(rows) + 1)))
    require_no_personal_data(table, [""] * len(names), is_list_of_places=True)
    return list(shapes), epsg


def _points(
    kind: str, shapes: np.ndarray, names: list[str], rows: list[list[str]], epsg: int
) -> RawTable:
    import shapely

    flaws, points = {}, np.full((len(shapes), 2), np.nan)
    for number, shape in enumerate(shapes, 1):
        one = shape.geoms[0] if shape is not None and _is_single(shape) else shape
        if one is None:
            continue
        if one.geom_type != "Point":
            flaws[number] = "geometry_kind"
        elif one.is_empty or not np.isfinite([one.x, one.y]).all():
            flaws[number] = "geometry_empty"
        else:
            points[number - 1] = one.x, one.y
    is_3d = bool(np.asarray(shapely.has_z(shapes)).any())
    notices = [("third_coordinate", "")] if is_3d else []
    return with_points(kind, names, rows, points, epsg, flaws, notices)


def _is_single(shape: Any) -> bool:
    return shape.geom_type == "MultiPoint" and len(shape.geoms) == 1


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, np.datetime64):
        return "" if np.isnat(value) else str(value)[:10]
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        plain = float(value)
        value = int(plain) if plain.is_integer() and abs(plain) < 1e15 else plain
    text = str(value).strip()
    if len(text) > CELL_CHARACTERS:
        raise Refusal("cell_too_long", limit=f"{CELL_CHARACTERS:,}")
    return text
