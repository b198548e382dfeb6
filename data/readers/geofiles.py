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
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from data.readers.gdal_drivers import ALLOWED_DRIVERS, GDAL_SETTINGS
from data.readers.geojson import EPSG_CODES, epsg_of, point_table, require_bare, require_same
from data.readers.geopackage import opened, quoted, require_standard, selected
from data.readers.kinds import RawTable, cell_text, require_few
from data.readers.limits import FEATURES
from data.readers.privacy import PLAN_EDITION
from data.readers.refusal import Refusal

_PARTS = (".shp", ".shx", ".dbf", ".prj")
_ASSIGNED = (*("fid", "geom", "place", "place_name", "site", "site_name", "share", "amount"),)
"""columns of the lines of a plan, which lie beside its sites and are no list"""
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
_NO_SHAPES = ("attributes", "tiles")
"""contents of a GeoPackage, as the standard spells them, that are no shapes"""
_GEOMETRY = re.compile(
    r"(?:(?:multi)?(?:point|linestring|polygon|curve|surface)|geometry(?:collection)?|curvepolygon"
    r"|circularstring|compoundcurve|polyhedralsurface|tin|triangle) ?z?m?",
    re.IGNORECASE,
)
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
        if len(shapes) != info["features"]:
            raise Refusal("geodata_damaged")
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


def _rebuilt(content: bytes, *, is_of_points: bool) -> bytes:
    """The one layer of a GeoPackage as the layer "upload" of a new one: only that reaches GDAL. Of
    a plan's own, where points are asked for, it is the sites.

    Triggers and indexes are left behind; which of them are a reason to refuse is
    :func:`data.readers.geopackage.require_standard`'s to say.
    """
    with opened(content) as source, closing(sqlite3.connect(":memory:")) as copy:
        tables = require_standard(source)
        listed = source.execute("SELECT table_name, data_type FROM gpkg_contents").fetchall()
        shapes = source.execute(
            "SELECT table_name, column_name, geometry_type_name, srs_id, z, m "
            "FROM gpkg_geometry_columns"
        ).fetchall()
        if is_of_points and tuple(tables.get("assigned", {})) == _ASSIGNED and "sites" in tables:
            del tables["assigned"]
            listed = [row for row in listed if row[0] != "assigned"]
            shapes = [row for row in shapes if row[0] != "assigned"]
        name, shape = _layer(tables, listed, shapes)
        columns = tables[name]
        if "gpkg_spatial_ref_sys" not in tables:
            raise Refusal("geodata_damaged")
        system = source.execute(
            "SELECT srs_name, srs_id, organization, organization_coordsys_id, definition "
            "FROM gpkg_spatial_ref_sys WHERE srs_id = ?",
            (shape[3],),
        ).fetchall()
        for _, _, organization, code, definition in system:
            if str(organization).upper() == "EPSG" and code in EPSG_CODES:
                require_same(str(definition), code)
        typed = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns.items())
        copy.executescript(_EMPTY_GEOPACKAGE + f"CREATE TABLE upload ({typed});")
        copy.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, NULL)", system)
        copy.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, srs_id) "
            "VALUES ('upload', 'features', ?)",
            (shape[3],),
        )
        copy.execute(
            "INSERT INTO gpkg_geometry_columns VALUES ('upload', ?, ?, ?, ?, ?)", shape[1:]
        )
        rows = _of_system(source.execute(selected(name, columns, FEATURES + 1)), columns, shape)
        copy.executemany(f"INSERT INTO upload VALUES ({', '.join('?' * len(columns))})", rows)  # noqa: S608 - marks only
        copy.commit()
        return copy.serialize()


def _of_system(
    rows: Iterable[tuple[Any, ...]], columns: Iterable[str], shape: tuple[Any, ...]
) -> Iterator[tuple[Any, ...]]:
    """The rows, none of whose shapes names another system than the layer, which GDAL goes by."""
    places = [at for at, name in enumerate(columns) if name.lower() == str(shape[1]).lower()]
    for row in rows:
        for blob in (row[at] for at in places if row[at] is not None):
            if not isinstance(blob, bytes) or blob[:2] != b"GP" or len(blob) < 8:
                raise Refusal("geodata_damaged")
            if struct.unpack_from("<i" if blob[3] & 1 else ">i", blob, 4)[0] != shape[3]:
                raise Refusal("crs_mixed")
        yield row


def _layer(
    tables: Mapping[str, Mapping[str, str]],
    listed: list[tuple[Any, Any]],
    shapes: list[tuple[Any, ...]],
) -> tuple[str, tuple[Any, ...]]:
    """The one table of shapes, and what the file says of their column.

    A table counts that the file lists as one, in any spelling, or that has a column of that type:
    where several do, the others would be read by nobody.
    """
    names = {str(table).lower() for table, kind in listed if kind not in _NO_SHAPES}
    columns = {(str(one[0]).lower(), str(one[1]).lower()) for one in shapes}
    columns |= {
        (table, column.lower())
        for table, kinds in tables.items()
        if not table.startswith("gpkg_")
        for column, kind in kinds.items()
        if _GEOMETRY.fullmatch(kind)
    }
    if len(names | {table for table, _ in columns}) != 1 or len(columns) > 1:
        raise Refusal("geopackage_layers")
    if not shapes or not names <= set(tables):
        raise Refusal("geodata_damaged")
    return names.pop(), shapes[0]
