"""Read the single layer of a file of shapes.

GeoJSON and KML are read as text, GeoPackage as a table, and Shapefile through GDAL, with one driver
and no access to files or addresses.

Only the child calls this: GDAL is told its drivers before it is loaded.
"""

from __future__ import annotations

import io
import os
import re
import struct
import zipfile
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from data.readers.beside import (
    Beside,
    beside_members,
    is_identifier,
    is_text,
    markup_texts,
    text_lines,
)
from data.readers.gdal_drivers import ALLOWED_DRIVERS, GDAL_SETTINGS
from data.readers.geojson import (
    Layer,
    epsg_of,
    geojson_layer,
    require_few_vertices,
    to_degrees,
)
from data.readers.geopackage import geopackage_layer
from data.readers.kml import kml_layer, kml_of_kmz
from data.readers.limits import REFRESH, UPLOAD, Profile
from data.readers.raw_table import cell_text, require_few
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
    """Return the layer of a "gpkg", of a checked zip ("shapefile", "kmz"), a "geojson" or "kml".

    ``is_of_zones``: refuse other shapes that would have to be obeyed too, and put all else that the
    file holds in the layer's ``beside``.
    """
    if kind == "geojson":
        layer = geojson_layer(content, profile=profile, is_of_zones=is_of_zones)
    elif kind in ("kml", "kmz"):
        document, packed = (content, Beside()) if kind == "kml" else kml_of_kmz(content)
        layer = kml_layer(document, profile, is_of_zones=is_of_zones)
        layer.beside.update(packed)
    elif kind == "gpkg":
        layer = geopackage_layer(content, profile, is_of_zones=is_of_zones)
    else:
        layer = _shapefile_layer(content, profile, is_of_zones=is_of_zones)
    require_few_vertices(layer.shapes, profile)
    return layer


def official_layer(kind: str, content: bytes) -> dict[str, Any]:
    """Return the layer of an official "gpkg", "shapefile" or "geojson" as plain lists.

    ``names`` of its columns, ``rows`` of texts, and ``shapes`` in degrees and two dimensions as WKB
    in hexadecimal, None for a row without a shape.
    """
    import shapely

    if kind not in ("gpkg", "shapefile", "geojson"):
        raise UserError("records.refusal.unknown_format")
    layer = read_layer(kind, content, REFRESH)
    flat = shapely.force_2d(np.array(layer.shapes, dtype=object))
    degrees = shapely.transform(flat, lambda xy: np.column_stack(to_degrees(xy, layer.epsg)))
    shapes = list(shapely.to_wkb(degrees, hex=True))
    return {"names": layer.names, "rows": layer.rows, "shapes": shapes}


def _shapefile_layer(content: bytes, profile: Profile, *, is_of_zones: bool) -> Layer:
    import shapely

    beside = _beside_shapefile(content) if is_of_zones else Beside()
    content, epsg = _repacked(content)
    pyogrio = gdal()
    from pyogrio import raw

    try:
        info = pyogrio.read_info(content)
        count = int(info["features"])
        require_few("records.refusal.too_many_rows", count, profile.rows)
        require_few("records.refusal.too_many_columns", len(info["fields"]), profile.columns)
        meta, _, geometry, columns = raw.read(content, max_features=profile.rows + 1)
        shapes = shapely.from_wkb(geometry, on_invalid="ignore")
        if len(shapes) != count:
            raise UserError("records.refusal.geodata_damaged")
    except (UserError, MemoryError):
        raise
    except Exception:  # whatever GDAL found, its text may name what is in the file
        raise UserError("records.refusal.geodata_damaged") from None
    names = [str(name) for name in meta["fields"]]
    rows = [[_text(cell) for cell in row] for row in zip(*columns, strict=True)]
    rows = rows or [[] for _ in shapes]
    return Layer("shapefile", list(shapes), names, rows, epsg, beside=beside)


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


def _beside_shapefile(content: bytes) -> Beside:
    """Return a zip's notes, styles, metadata, pictures and names beside its Shapefile."""
    beside = Beside()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {member.filename: archive.read(member) for member in archive.infolist()}
            beside_members(content, archive, beside)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError):
        raise UserError("records.refusal.zip_damaged") from None
    for name, inside in members.items():
        ending = PurePosixPath(name.lower()).suffix
        if ending in (".prj", ".qpj"):
            quoted = _QUOTED.findall(inside.decode("utf-8", "replace"))
            texts = [text for text in quoted if not is_identifier(text.replace(" ", "_"))]
        elif ending == ".cpg":
            texts = [] if _CODEPAGE.fullmatch(inside) else [*text_lines(inside)]
        elif ending in _MARKUP:
            texts = [text for text in markup_texts(inside) if text.strip() != "dataset"]
        elif ending in _TEXTS:
            texts = [*text_lines(inside)]
        elif ending in _SIDECARS:
            is_read = ending in (".shp", ".shx", ".dbf")
            texts = [] if is_read or not is_text(inside) else [*text_lines(inside)]
        else:
            texts = [f"{len(inside):,} bytes"] if inside else []
        for text in texts:
            beside.add(name, text)
    return beside


_QUOTED = re.compile(r'"([^"]*)"')
_CODEPAGE = re.compile(
    rb"\s*(?:UTF[- ]?(?:8|16)|(?:ISO[- _]?8859[- _]?|CP|WINDOWS[- ]|ANSI |LATIN[- ]?)?\d{1,5})\s*"
    rb"|\s*(?:SYSTEM|LATIN|ASCII|OEM|LDID/\d{1,3})\s*",
    re.IGNORECASE,
)
_MARKUP = (".xml", ".qml", ".qmd", ".sld", ".lyr", ".html", ".htm")


def _is_unexpected_member(name: str, stem: str) -> bool:
    """Return whether a zip member is no part or note of the Shapefile: it may hold shapes."""
    ending = PurePosixPath(name).suffix
    is_part = name.startswith(stem + ".") and ending in _SIDECARS
    return not (is_part or name.endswith("/") or ending in _NOTES)


def _require_same_records(shapes: bytes, index: bytes, table: bytes) -> None:
    """Refuse a Shapefile whose .shp, .shx and .dbf differ in records or have a deleted one.

    GDAL reads what one of the files says and ignores the others.
    """
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
