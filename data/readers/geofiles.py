"""Shapefile and GeoPackage through GDAL, with two drivers and no way to a file or an address.

Only the child calls this: GDAL is told its drivers before it is loaded.
"""

from __future__ import annotations

import io
import os
import re
import sqlite3
import zipfile
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from data.readers.gdal_drivers import ALLOWED_DRIVERS, GDAL_SETTINGS
from data.readers.geojson import epsg_of, point_table, require_bare
from data.readers.kinds import RawTable, cell_text, require_few
from data.readers.limits import FEATURES
from data.readers.privacy import PLAN_EDITION
from data.readers.refusal import Refusal

_PARTS = (".shp", ".shx", ".dbf", ".prj")
_KINDS = ("TABLE", "INDEX", "UNIQUE INDEX", "TRIGGER", "VIRTUAL TABLE")
_INDEX = "CREATE VIRTUAL TABLE {} USING rtree(id,minx,maxx,miny,maxy)"
_OWN_TRIGGER = re.compile(
    r"gpkg_(?:tile_matrix_(?:zoom_level|matrix_width|matrix_height|pixel_x_size|pixel_y_size)"
    r"|metadata_md_scope"
    r"|metadata_reference_(?:reference_scope|column_name|row_id_value|timestamp))_(?:insert|update)"
)
"""Triggers of the standard on its own tables (GeoPackage 1.0 to 1.2; GDAL still writes some)."""
_ASSIGNED = (*("fid", "geom", "place", "place_name", "site", "site_name", "share", "amount"),)
"""columns of the lines of a plan, which lie beside its sites and are no list"""
_TYPE = re.compile(r"[A-Za-z]+(?: [A-Za-z]+)*(?:\(\d+\))?")
_EMPTY_GEOPACKAGE = """
PRAGMA application_id = 1196444487;
PRAGMA user_version = 10300;
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT,
  organization_coordsys_id INTEGER, definition TEXT, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT, identifier TEXT,
  description TEXT, last_change DATETIME, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE,
  srs_id INTEGER);
CREATE TABLE gpkg_geometry_columns (table_name TEXT PRIMARY KEY, column_name TEXT,
  geometry_type_name TEXT, srs_id INTEGER, z TINYINT, m TINYINT);
"""


def gdal() -> Any:
    """Import pyogrio with the drivers switched off, and believe it only after looking."""
    os.environ.update(GDAL_SETTINGS)
    import pyogrio

    if not set(pyogrio.list_drivers()) <= ALLOWED_DRIVERS:
        raise Refusal("drivers")
    return pyogrio


def read_points(kind: str, content: bytes) -> RawTable:
    """The one layer of points of a "gpkg" or of a "shapefile" in a zip that was judged."""
    return point_table(kind, *_read(kind, content, is_of_points=True))


def read_shapes(kind: str, content: bytes) -> tuple[list[Any], int]:
    """Shapes of any kind in the one layer and their EPSG code; no personal data beside them."""
    shapes, names, rows, epsg = _read(kind, content)
    require_bare(names, rows)
    return shapes, epsg


def _read(
    kind: str, content: bytes, *, is_of_points: bool = False
) -> tuple[list[Any], list[str], list[list[str]], int]:
    """Shapes, names of the columns, rows as text, EPSG code."""
    import shapely

    epsg, layer = None, None
    if kind == "shapefile":
        clean, epsg = _repacked(content)
    else:
        clean, layer = _rebuilt(content, is_of_points=is_of_points), "upload"
    pyogrio = gdal()
    from pyogrio import raw

    try:
        info = pyogrio.read_info(clean, layer=layer)
        require_few("too_many_rows", int(info["features"]))
        require_few("too_many_columns", len(info["fields"]))
        meta, _, geometry, columns = raw.read(clean, layer=layer, max_features=FEATURES + 1)
        shapes = shapely.from_wkb(geometry, on_invalid="ignore")
    except (Refusal, MemoryError):
        raise
    except Exception:  # whatever GDAL found, its text may name what is in the file
        raise Refusal("geodata_damaged") from None
    code = epsg_of(str(meta["crs"] or "")) if epsg is None else epsg
    names = [str(name) for name in meta["fields"]]
    is_of_plan = PLAN_EDITION in names
    rows = [
        [_text(cell, keeps_point=is_of_plan) for cell in row] for row in zip(*columns, strict=True)
    ]
    return list(shapes), names, rows or [[] for _ in shapes], code


def _text(value: Any, *, keeps_point: bool) -> str:
    """A cell as text; ``keeps_point``: an amount that is whole has a point, as in a plan's CSV."""
    if isinstance(value, np.datetime64):
        return "" if np.isnat(value) else str(value)[:10]
    plain = value.item() if isinstance(value, np.generic) else value
    if keeps_point and isinstance(plain, float) and plain.is_integer():
        return repr(plain)
    return "" if isinstance(plain, float) and np.isnan(plain) else cell_text(plain)


def _repacked(content: bytes) -> tuple[bytes, int]:
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
    return packed.getvalue(), epsg


def _rebuilt(content: bytes, *, is_of_points: bool) -> bytes:
    """The one layer of a GeoPackage as the layer "upload" of a new one: only that reaches GDAL. Of
    a plan's own, where points are asked for, it is the sites.

    Triggers and indexes are left behind with whatever they say; views, generated columns and other
    virtual tables than the standard's index of a layer are a reason to refuse.
    """
    source = sqlite3.connect(":memory:")
    copy = sqlite3.connect(":memory:")
    try:
        source.deserialize(content)
        source.execute("PRAGMA trusted_schema=OFF")
        source.text_factory = lambda text: text.decode("utf-8", "replace")
        source.set_authorizer(_only_reading)
        created = _created(source)
        _columns(source, "gpkg_contents", created)
        layers = source.execute(
            "SELECT table_name FROM gpkg_contents WHERE data_type = 'features'"
        ).fetchall()
        _columns(source, "gpkg_geometry_columns", created)
        shapes = source.execute(
            "SELECT table_name, column_name, geometry_type_name, srs_id, z, m "
            "FROM gpkg_geometry_columns"
        ).fetchall()
        _require_standard(created, [(str(one[0]), str(one[1])) for one in shapes])
        if is_of_points and sorted(str(one[0]) for one in layers) == ["assigned", "sites"]:
            is_of_plan = tuple(_columns(source, "assigned", created)) == _ASSIGNED
            layers = [one for one in layers if one[0] == "sites" or not is_of_plan]
        if len(layers) != 1:
            raise Refusal("geopackage_layers")
        name = str(layers[0][0])
        columns = _columns(source, name, created)
        shape = next(one for one in shapes if str(one[0]).lower() == name.lower())
        _columns(source, "gpkg_spatial_ref_sys", created)
        system = source.execute(
            "SELECT srs_name, srs_id, organization, organization_coordsys_id, definition "
            "FROM gpkg_spatial_ref_sys WHERE srs_id = ?",
            (shape[3],),
        ).fetchall()
        names = ", ".join(_quoted(column) for column in columns)
        told = ", ".join(f"{_quoted(column)} {kind}" for column, kind in columns.items())
        copy.executescript(_EMPTY_GEOPACKAGE + f"CREATE TABLE upload ({told});")
        copy.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, NULL)", system)
        copy.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, srs_id) "
            "VALUES ('upload', 'features', ?)",
            (shape[3],),
        )
        copy.execute(
            "INSERT INTO gpkg_geometry_columns VALUES ('upload', ?, ?, ?, ?, ?)", shape[1:]
        )
        rows = source.execute(f"SELECT {names} FROM {_quoted(name)} LIMIT {FEATURES + 1}")  # noqa: S608 - names are quoted
        copy.executemany(f"INSERT INTO upload VALUES ({', '.join('?' * len(columns))})", rows)  # noqa: S608 - marks only
        copy.commit()
        return copy.serialize()
    except (sqlite3.Error, ValueError, OverflowError, StopIteration):
        raise Refusal("geodata_damaged") from None
    finally:
        source.close()
        copy.close()


def _only_reading(action: int, *_: Any) -> int:
    """No function is called, no file attached, nothing written, whatever the schema asks for."""
    reading = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_PRAGMA)
    return sqlite3.SQLITE_OK if action in reading else sqlite3.SQLITE_DENY


def _created(source: sqlite3.Connection) -> dict[str, list[tuple[str, str]]]:
    """Names and statements by what they create. SQLite goes by the statement, not by the type that
    is noted beside it, and always notes a statement of its own with these first words."""
    created: dict[str, list[tuple[str, str]]] = {kind: [] for kind in _KINDS}
    for name, sql in source.execute("SELECT name, sql FROM sqlite_master"):
        if sql is None:  # the index of a key
            continue
        kind = next((one for one in _KINDS if str(sql).startswith(f"CREATE {one} ")), None)
        if kind is None:
            raise Refusal("geopackage_unsafe")
        created[kind].append((str(name), str(sql)))
    return created


def _require_standard(
    created: dict[str, list[tuple[str, str]]], layers: list[tuple[str, str]]
) -> None:
    """Virtual tables and triggers: those of the standard for these layers and columns, and of GDAL
    for these layers. A virtual table is compared whole, a trigger by name: it is left behind."""
    indexes = {f"rtree_{table}_{column}" for table, column in layers}
    of_indexes = {_INDEX.format(f'"{name.replace(chr(34), chr(34) * 2)}"') for name in indexes}
    of_indexes |= {_INDEX.format(name) for name in indexes if name.isidentifier()}
    for _, sql in created["VIRTUAL TABLE"]:
        if re.sub(r"\s*([(),])\s*", r"\1", sql) not in of_indexes:
            raise Refusal("geopackage_unsafe")
    steps = ("insert", "delete", *(f"update{number}" for number in range(1, 8)))
    names = {f"{index}_{step}" for index in indexes for step in steps}
    names |= {f"trigger_{step}_feature_count_{table}" for table, _ in layers for step in steps[:2]}
    for name, _ in created["TRIGGER"]:
        if name not in names and not _OWN_TRIGGER.fullmatch(name):
            raise Refusal("geopackage_unsafe")


def _columns(
    source: sqlite3.Connection, table: str, created: dict[str, list[tuple[str, str]]]
) -> dict[str, str]:
    """Names and types of the columns of a plain table, none of them generated."""
    if table.lower() not in {name.lower() for name, _ in created["TABLE"]}:
        raise Refusal("geodata_damaged")
    found = {}
    for _, name, kind, _, _, key, hidden in source.execute(f"PRAGMA table_xinfo({_quoted(table)})"):
        if hidden:
            raise Refusal("geopackage_unsafe")
        plain = kind if _TYPE.fullmatch(kind) else "TEXT"
        found[str(name)] = "INTEGER PRIMARY KEY" if key and plain.upper() == "INTEGER" else plain
    if list(found.values()).count("INTEGER PRIMARY KEY") > 1:  # a key of several columns
        found = {name: kind.removesuffix(" PRIMARY KEY") for name, kind in found.items()}
    return found


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
