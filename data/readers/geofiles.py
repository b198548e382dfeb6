"""Shapefile and GeoPackage through GDAL, with two drivers and no way to a file or an address.

Only the child calls this: GDAL is told its drivers before it is loaded.
"""

from __future__ import annotations

import io
import os
import re
import sqlite3
import struct
import zipfile
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from data.readers.gdal_drivers import ALLOWED_DRIVERS, GDAL_SETTINGS
from data.readers.geojson import epsg_of, point_table, require_bare
from data.readers.kinds import RawTable, cell_text, require_few
from data.readers.limits import FEATURES
from data.readers.refusal import Refusal

_PARTS = (".shp", ".shx", ".dbf", ".prj")
_NOTES = (
    *(".txt", ".md", ".pdf", ".html", ".htm", ".xml", ".png", ".jpg", ".jpeg"),
    *(".qml", ".sld", ".lyr"),
)
"""endings of what lies beside a Shapefile and holds no shapes"""
_SIDECARS = (
    *(*_PARTS, ".cpg", ".qpj", ".qmd", ".qix", ".sbn", ".sbx", ".fbn", ".fbx"),
    *(".ain", ".aih", ".atx", ".ixs", ".mxs", ".idm", ".ind"),
)
"""endings of the files of one Shapefile, its indexes with them"""
_KINDS = ("TABLE", "INDEX", "UNIQUE INDEX", "TRIGGER", "VIRTUAL TABLE")
_INDEX = "CREATE VIRTUAL TABLE {} USING rtree(id,minx,maxx,miny,maxy)"
_OWN_TRIGGER = re.compile(
    r"gpkg_(?:tile_matrix_(?:zoom_level|matrix_width|matrix_height|pixel_x_size|pixel_y_size)"
    r"|metadata_md_scope"
    r"|metadata_reference_(?:reference_scope|column_name|row_id_value|timestamp))_(?:insert|update)"
)
"""Triggers of the standard on its own tables (GeoPackage 1.0 to 1.2; GDAL still writes some)."""
_NO_SHAPES = ("attributes", "tiles")
"""contents of a GeoPackage, as the standard spells them, that are no shapes"""
_GEOMETRY = re.compile(
    r"(?:(?:multi)?(?:point|linestring|polygon|curve|surface)|geometry(?:collection)?|curvepolygon"
    r"|circularstring|compoundcurve|polyhedralsurface|tin|triangle) ?z?m?",
    re.IGNORECASE,
)
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
    return point_table(kind, *_read(kind, content))


def read_shapes(kind: str, content: bytes) -> tuple[list[Any], int]:
    """Shapes of any kind in the one layer and their EPSG code; no personal data beside them."""
    shapes, names, rows, epsg = _read(kind, content)
    require_bare(names, rows)
    return shapes, epsg


def _read(kind: str, content: bytes) -> tuple[list[Any], list[str], list[list[str]], int]:
    """Shapes, names of the columns, rows as text, EPSG code."""
    import shapely

    epsg, layer = None, None
    if kind == "shapefile":
        clean, epsg = _repacked(content)
    else:
        clean, layer = _rebuilt(content), "upload"
    pyogrio = gdal()
    from pyogrio import raw

    try:
        info = pyogrio.read_info(clean, layer=layer)
        require_few("too_many_rows", int(info["features"]))
        require_few("too_many_columns", len(info["fields"]))
        meta, _, geometry, columns = raw.read(clean, layer=layer, max_features=FEATURES + 1)
        shapes = shapely.from_wkb(geometry, on_invalid="ignore")
        if len(shapes) != info["features"]:
            raise Refusal("geodata_damaged")
    except (Refusal, MemoryError):
        raise
    except Exception:  # whatever GDAL found, its text may name what is in the file
        raise Refusal("geodata_damaged") from None
    code = epsg_of(str(meta["crs"] or "")) if epsg is None else epsg
    names = [str(name) for name in meta["fields"]]
    rows = [[_text(cell) for cell in row] for row in zip(*columns, strict=True)]
    return list(shapes), names, rows or [[] for _ in shapes], code


def _text(value: Any) -> str:
    if isinstance(value, np.datetime64):
        return "" if np.isnat(value) else str(value)[:10]
    plain = value.item() if isinstance(value, np.generic) else value
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
            if any(_is_strange(name, stem) for name in names):
                raise Refusal("zip_content")
            epsg = epsg_of(archive.read(names[stem + ".prj"]).decode("utf-8", "replace"))
            _require_whole(*(archive.read(names[stem + part]) for part in _PARTS[:3]))
            with zipfile.ZipFile(packed, "w") as clean:
                # names of ours: what the file calls itself reaches no library
                for part in (*_PARTS, ".cpg"):
                    if stem + part in names:
                        clean.writestr("upload" + part, archive.read(names[stem + part]))
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError):
        raise Refusal("zip_damaged") from None
    return packed.getvalue(), epsg


def _is_strange(name: str, stem: str) -> bool:
    """Whether a member of a zip is neither part of the Shapefile nor a note beside it: it could
    hold shapes that nobody reads."""
    ending = PurePosixPath(name).suffix
    is_part = name.startswith(stem + ".") and ending in _SIDECARS
    return not (is_part or name.endswith("/") or ending in _NOTES)


def _require_whole(shapes: bytes, index: bytes, table: bytes) -> None:
    """Refuse a Shapefile whose .shp, .shx and .dbf do not tell of the same records, or of which a
    record is flagged as deleted: GDAL reads what one of them says and passes over the rest."""
    try:
        found = _records(shapes)
        entries = [struct.unpack_from(">2i", index, at) for at in range(100, len(index), 8)]
        count, head, width = struct.unpack_from("<I2H", table, 4)
        lengths = [len(one) == 2 * struct.unpack_from(">i", one, 24)[0] for one in (shapes, index)]
    except struct.error:
        raise Refusal("shapefile_counts") from None
    has_end = len(table) - head - count * width == 1 and table[-1:] == b"\x1a"
    is_whole = len(table) == head + count * width or has_end
    if not (all(lengths) and found == entries and len(found) == count and width and is_whole):
        raise Refusal("shapefile_counts")
    flags = table[head : head + count * width : width]
    if flags.strip(b" "):
        raise Refusal("shapefile_deleted", line=len(flags) - len(flags.lstrip(b" ")) + 1)


def _records(shapes: bytes) -> list[tuple[int, ...]]:
    """Offset and length of each record of a .shp, in words of 16 bits, one after the other."""
    found: list[tuple[int, ...]] = []
    at = 100
    while at < len(shapes):
        (words,) = struct.unpack_from(">i", shapes, at + 4)
        if words < 2 or at + 8 + 2 * words > len(shapes):
            raise Refusal("shapefile_counts")
        found.append((at // 2, words))
        at += 8 + 2 * words
    return found


def _rebuilt(content: bytes) -> bytes:
    """The one layer of a GeoPackage as the layer "upload" of a new one: only that reaches GDAL.

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
        listed = source.execute("SELECT table_name, data_type FROM gpkg_contents").fetchall()
        _columns(source, "gpkg_geometry_columns", created)
        shapes = source.execute(
            "SELECT table_name, column_name, geometry_type_name, srs_id, z, m "
            "FROM gpkg_geometry_columns"
        ).fetchall()
        _require_standard(created, [(str(one[0]), str(one[1])) for one in shapes])
        name, shape = _layer(source, created, listed, shapes)
        columns = _columns(source, name, created)
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


def _layer(
    source: sqlite3.Connection,
    created: dict[str, list[tuple[str, str]]],
    listed: list[tuple[Any, Any]],
    shapes: list[tuple[Any, ...]],
) -> tuple[str, tuple[Any, ...]]:
    """The one table of shapes, and what the file says of their column.

    A table counts that the file lists as one, in any spelling, or that has a column of that type:
    where several do, the others would be read by nobody.
    """
    tables = [name for name, _ in created["TABLE"] if not name.lower().startswith("gpkg_")]
    names = {str(table).lower() for table, kind in listed if kind not in _NO_SHAPES}
    found = {(str(one[0]).lower(), str(one[1]).lower()) for one in shapes}
    found |= {
        (table.lower(), column.lower())
        for table in tables
        for column, kind in _columns(source, table, created).items()
        if _GEOMETRY.fullmatch(kind)
    }
    if len(names | {table for table, _ in found}) != 1 or len(found) > 1:
        raise Refusal("geopackage_layers")
    (shape,) = shapes
    return next(table for table in tables if table.lower() in names), shape


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
