"""The one layer of a file of shapes: GeoJSON and KML as text; Shapefile and GeoPackage through
GDAL, with two drivers and no way to a file or an address.

Only the child calls this: GDAL is told its drivers before it is loaded.
"""

from __future__ import annotations

import io
import os
import re
import struct
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from data.readers.gdal_drivers import ALLOWED_DRIVERS, GDAL_SETTINGS
from data.readers.geojson import (
    EPSG_CODES,
    Layer,
    epsg_of,
    geojson_layer,
    require_few_vertices,
    require_same_crs,
    to_degrees,
)
from data.readers.geopackage import (
    opened_base,
    require_not_indexed,
    require_standard,
    select_statement,
)
from data.readers.kml import kml_layer, kml_of_kmz
from data.readers.limits import REFRESH, UPLOAD, Profile
from data.readers.raw_table import SHAPE_TEXT, cell_text, require_few
from geo.errors import UserError

SHAPE_KINDS = ("geojson", "kml", "kmz", "gpkg", "shapefile")
"""kinds of files that hold shapes"""
_PARTS = (".shp", ".shx", ".dbf", ".prj")
_NOTES = (
    *(".txt", ".md", ".pdf", ".html", ".htm", ".xml", ".png", ".jpg", ".jpeg"),
    *(".qml", ".sld", ".lyr"),
)
"""endings of what lies beside a Shapefile and holds no shapes"""
_TEXTS = (".txt", ".md", ".html", ".htm", ".xml", ".qml", ".sld", ".lyr")
_SHAPES_IN_TEXT = re.compile(
    rb"(?i)\b(?:multi)?(?:point|linestring|polygon)\s*(?:z|m|zm)?\s*\(+\s*-?\d"
    rb"|\"coordinates\"|<(?:\w+:)?(?:coordinates|pos|poslist)[\s>]"
    # three lines that begin with two numbers, or a word and two numbers, with decimals
    rb"|(?:^[^\n\d-]{0,40}-?\d{1,8}\.\d++[,;\t ]{1,8}-?\d{1,8}\.\d++[^\n]*+\n?){3}"
    rb"|\b0[01]0[1-7]0{6}[0-9a-f]{34,}",
    re.MULTILINE,
)
"""shapes as text, in a note that nobody would read as a list"""
_SIDECARS = (
    *(*_PARTS, ".cpg", ".qpj", ".qmd", ".qix", ".sbn", ".sbx", ".fbn", ".fbx"),
    *(".ain", ".aih", ".atx", ".ixs", ".mxs", ".idm", ".ind"),
)
"""endings of the files of one Shapefile, its indexes with them"""
_NO_SHAPES = ("attributes", "tiles")
"""contents of a GeoPackage, as the standard spells them, that are no shapes"""
_SHAPE_BLOB = re.compile(rb"GP|\x01[\x01-\x11]\x00\x00[\x00\x20-\xe0]|\x00\x00\x00\x00[\x01-\x11]")
"""how shapes of a GeoPackage, and WKB in either order of bytes, begin"""
_GEOMETRY = re.compile(
    r"(?:(?:multi)?(?:point|linestring|polygon|curve|surface)|geometry(?:collection)?|curvepolygon"
    r"|circularstring|compoundcurve|polyhedralsurface|tin|triangle) ?z?m?",
    re.IGNORECASE,
)


def gdal() -> Any:
    """Import pyogrio with the drivers switched off, and believe it only after looking."""
    os.environ.update(GDAL_SETTINGS)
    import pyogrio

    if not set(pyogrio.list_drivers()) <= ALLOWED_DRIVERS:
        raise UserError("records.refusal.drivers")
    return pyogrio


def read_layer(
    kind: str,
    content: bytes,
    profile: Profile = UPLOAD,
    *,
    is_of_zones: bool = False,
) -> Layer:
    """The one layer of a "gpkg", of a "shapefile" or "kmz" in a zip that was judged, of a "geojson"
    or "kml".

    ``is_of_zones``: nothing stands beside the shapes that would have to be obeyed too.
    """
    if kind == "geojson":
        layer = geojson_layer(content, profile=profile, is_of_zones=is_of_zones)
    elif kind in ("kml", "kmz"):
        document = content if kind == "kml" else kml_of_kmz(content)
        layer = kml_layer(document, profile, is_of_zones=is_of_zones)
    else:
        layer = _read_by_gdal(kind, content, profile, is_of_zones=is_of_zones)
    require_few_vertices(layer.shapes, profile)
    return layer


def official_layer(kind: str, content: bytes) -> dict[str, Any]:
    """The one layer of an official "gpkg", "shapefile" or "geojson": ``names`` of its columns,
    ``rows`` of texts, ``shapes`` in degrees and two dimensions as WKB in hexadecimal, None where
    there is none.
    """
    import shapely

    if kind not in ("gpkg", "shapefile", "geojson"):
        raise UserError("records.refusal.unknown_format")
    layer = read_layer(kind, content, REFRESH)
    flat = shapely.force_2d(np.array(layer.shapes, dtype=object))
    degrees = shapely.transform(flat, lambda xy: np.column_stack(to_degrees(xy, layer.epsg)))
    shapes = list(shapely.to_wkb(degrees, hex=True))
    return {"names": layer.names, "rows": layer.rows, "shapes": shapes}


def _read_by_gdal(kind: str, content: bytes, profile: Profile, *, is_of_zones: bool) -> Layer:
    import shapely

    epsg = layer = count = None
    if kind == "shapefile":
        content, epsg = _repacked(content)
    else:
        layer, count = _safe_layer(content, is_of_zones=is_of_zones)
        require_few("records.refusal.too_many_rows", count, profile.rows)
    pyogrio = gdal()
    from pyogrio import raw

    try:
        info = pyogrio.read_info(content, layer=layer)
        count = int(info["features"]) if count is None else count
        require_few("records.refusal.too_many_rows", count, profile.rows)
        require_few("records.refusal.too_many_columns", len(info["fields"]), profile.columns)
        meta, _, geometry, columns = raw.read(content, layer=layer, max_features=profile.rows + 1)
        shapes = shapely.from_wkb(geometry, on_invalid="ignore")
        if len(shapes) != count:
            raise UserError("records.refusal.geodata_damaged")
    except (UserError, MemoryError):
        raise
    except Exception:  # whatever GDAL found, its text may name what is in the file
        raise UserError("records.refusal.geodata_damaged") from None
    code = epsg_of(str(meta["crs"] or "")) if epsg is None else epsg
    names = [str(name) for name in meta["fields"]]
    rows = [[_text(cell) for cell in row] for row in zip(*columns, strict=True)]
    return Layer(kind, list(shapes), names, rows or [[] for _ in shapes], code)


def _text(value: Any) -> str:
    if isinstance(value, np.datetime64):
        return "" if np.isnat(value) else str(value)[:10]
    plain = value.item() if isinstance(value, np.generic) else value
    return "" if isinstance(plain, float) and np.isnan(plain) else cell_text(plain)


def _repacked(content: bytes) -> tuple[bytes, int]:
    """The Shapefile with fixed member names, and the EPSG code of its system."""
    packed = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = {name.lower(): name for name in archive.namelist()}
            stem = str(PurePosixPath(next(n for n in names if n.endswith(".shp"))).with_suffix(""))
            missing = [part for part in _PARTS if stem + part not in names]
            if missing:
                raise UserError("records.refusal.shapefile_part", column=missing[0])
            if any(_is_unexpected_member(name, stem) for name in names):
                raise UserError("records.refusal.zip_content")
            notes = [name for name in archive.namelist() if name.lower().endswith(_TEXTS)]
            if any(_SHAPES_IN_TEXT.search(archive.read(name)) for name in notes):
                raise UserError("records.refusal.zip_content")
            epsg = epsg_of(archive.read(names[stem + ".prj"]).decode("utf-8", "replace"))
            _require_same_records(*(archive.read(names[stem + part]) for part in _PARTS[:3]))
            with zipfile.ZipFile(packed, "w") as clean:
                # fixed names: no library sees what the file calls itself
                for part in (*_PARTS, ".cpg"):
                    if stem + part in names:
                        clean.writestr("upload" + part, archive.read(names[stem + part]))
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError):
        raise UserError("records.refusal.zip_damaged") from None
    return packed.getvalue(), epsg


def _is_unexpected_member(name: str, stem: str) -> bool:
    """Whether a member of a zip is neither part of the Shapefile nor a note beside it: it could
    hold shapes that are not read."""
    ending = PurePosixPath(name).suffix
    is_part = name.startswith(stem + ".") and ending in _SIDECARS
    return not (is_part or name.endswith("/") or ending in _NOTES)


def _require_same_records(shapes: bytes, index: bytes, table: bytes) -> None:
    """Refuse a Shapefile whose .shp, .shx and .dbf do not tell of the same records, or of which a
    record is flagged as deleted: GDAL reads what one of them says and passes over the rest."""
    try:
        # in words of 16 bits; a record has its number and its length before it
        offsets, lengths = np.frombuffer(index[100:], ">i4").reshape(-1, 2).T.astype(np.int64)
        heads = np.frombuffer(shapes, ">i4")
        stated = [heads[6], *struct.unpack_from(">i", index, 24)]
        count, head, width = struct.unpack_from("<I2H", table, 4)
        is_whole = (
            stated == [len(shapes) // 2, len(index) // 2]
            and (lengths >= 2).all()
            and np.array_equal([50, *(offsets + lengths + 4)], [*offsets, len(shapes) // 2])
            and (heads[offsets // 2 + 1] == lengths).all()
        )
    except (struct.error, ValueError, IndexError):
        raise UserError("records.refusal.shapefile_counts") from None
    rows, end = table[head : head + count * width], table[head + count * width :]
    is_whole &= len(table) >= head and len(rows) == count * width and end in (b"", b"\x1a")
    if not is_whole or not width or len(offsets) != count:
        raise UserError("records.refusal.shapefile_counts")
    flags = rows[::width]
    if flags.strip(b" "):
        raise UserError(
            "records.refusal.shapefile_deleted", line=len(flags) - len(flags.lstrip(b" ")) + 1
        )


def _safe_layer(content: bytes, *, is_of_zones: bool = False) -> tuple[str, int]:
    """The one layer of a GeoPackage that GDAL may open, and its rows, of which none names another
    system than the layer. Beside zones no other table is listed that has rows, but for QGIS's
    styles.

    What a base may hold beside its tables is :func:`data.readers.geopackage.require_standard`'s to
    say; no index has the shapes, or GDAL would read them from it, fewer perhaps.
    """
    with opened_base(content) as base:
        tables = require_standard(base)
        listed = base.execute("SELECT table_name, data_type FROM gpkg_contents").fetchall()
        shapes = base.execute(
            "SELECT table_name, column_name, geometry_type_name, srs_id FROM gpkg_geometry_columns"
        ).fetchall()
        name, (_, column, _, system) = _layer(tables, listed, shapes)
        if "gpkg_spatial_ref_sys" not in tables:
            raise UserError("records.refusal.geodata_damaged")
        systems = base.execute(
            "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys "
            "WHERE srs_id = ?",
            (system,),
        )
        for organization, code, definition in systems.fetchall():
            if str(organization).upper() == "EPSG" and code in EPSG_CODES:
                require_same_crs(str(definition), code)
        require_not_indexed(base, name, column)
        for other, columns in tables.items():
            if other == name:
                columns = {key for key in columns if key.lower() != column.lower()}
            if columns and not other.startswith("gpkg_"):
                _require_no_shapes(base, other, columns, is_layer=other == name)
        for other in {str(table).lower() for table, _ in listed} - {name, "layer_styles"}:
            rows = base.execute(select_statement(other, ["rowid"], 1)) if other in tables else ()
            if is_of_zones and [*rows]:
                raise UserError("records.refusal.geopackage_layers")
        count = 0
        for (blob,) in base.execute(select_statement(name, [column], None)):
            count += 1
            if blob is not None and _system_of(blob) != system:
                raise UserError("records.refusal.crs_mixed")
        return name, count


def _require_no_shapes(base: Any, table: str, columns: Iterable[str], *, is_layer: bool) -> None:
    """Refuse a table in which a cell that is not read holds a shape: texts of the layer are."""
    for row in base.execute(select_statement(table, columns, None)):
        for cell in row:
            is_blob = isinstance(cell, bytes) and bool(_SHAPE_BLOB.match(cell))
            if is_blob or (not is_layer and isinstance(cell, str) and SHAPE_TEXT.match(cell)):
                raise UserError("records.refusal.geopackage_layers")


def _system_of(blob: Any) -> int:
    """The system that a shape names, which GDAL passes over."""
    if not isinstance(blob, bytes) or blob[:2] != b"GP" or len(blob) < 8:
        raise UserError("records.refusal.geodata_damaged")
    return int(struct.unpack_from("<i" if blob[3] & 1 else ">i", blob, 4)[0])


def _layer(
    tables: Mapping[str, Mapping[str, str]],
    listed: list[tuple[Any, Any]],
    shapes: list[tuple[Any, ...]],
) -> tuple[str, tuple[Any, ...]]:
    """The one table of shapes, and what the file says of their column.

    A table counts that the file lists as one, in any spelling, or that has a column of that type:
    where several do, the others would not be read.
    """
    names = {str(table).lower() for table, kind in listed if kind not in _NO_SHAPES}
    columns = {(str(table).lower(), str(column).lower()) for table, column, *_ in shapes}
    columns |= {
        (table, column.lower())
        for table, kinds in tables.items()
        if not table.startswith("gpkg_")
        for column, kind in kinds.items()
        if _GEOMETRY.fullmatch(kind)
    }
    if len(names | {table for table, _ in columns}) != 1 or len(columns) > 1:
        raise UserError("records.refusal.geopackage_layers")
    if not shapes or not names <= set(tables):
        raise UserError("records.refusal.geodata_damaged")
    return names.pop(), shapes[0]
