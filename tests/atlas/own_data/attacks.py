"""Files that mean harm, built in memory: nobody has to keep them on a disk."""

from __future__ import annotations

import io
import json
import sqlite3
import stat
import struct
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from openpyxl import Workbook

HEADINGS = "fecha,ubigeo,longitud,latitud"
POINT = {"type": "Point", "coordinates": [-77.03, -12.05]}


def zipped(members: dict[str, bytes]) -> bytes:
    """A zip of these members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def zip_bomb() -> bytes:
    """4.2 MB that say they unpack to 4 GB: one member, its size as the directory has it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("upload.shp", b"\0" * 4_200_000)
    content = bytearray(stream.getvalue())
    entry = content.rindex(b"PK\x01\x02")
    struct.pack_into("<L", content, entry + 24, 0xFFFFFFFE)
    return bytes(content)


def linked_zip() -> bytes:
    """A zip whose .shp is a symbolic link."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        info = zipfile.ZipInfo("upload.shp")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    return stream.getvalue()


def workbook(
    sheet: str,
    *,
    head: str = "",
    part: str = "worksheets/sheet1.xml",
    others: dict[str, bytes] | None = None,
) -> bytes:
    """A workbook whose one sheet has this XML; head stands before its root, part is its place."""
    stream = io.BytesIO()
    Workbook().save(stream)
    with zipfile.ZipFile(stream) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    del members["xl/worksheets/sheet1.xml"]
    for name in ("[Content_Types].xml", "xl/_rels/workbook.xml.rels"):
        members[name] = members[name].replace(b"worksheets/sheet1.xml", part.encode())
    root = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    text = f'{head}<worksheet xmlns="{root}"><sheetData>{sheet}</sheetData></worksheet>'
    return zipped({**members, f"xl/{part}": text.encode(), **(others or {})})


def sheet_rows(rows: list[list[str]]) -> str:
    """Rows of a sheet with their texts inline."""
    return "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in row) + "</row>"
        for row in rows
    )


def collection(features: list[dict[str, Any]], **members: Any) -> bytes:
    """A FeatureCollection."""
    return json.dumps(
        {"type": "FeatureCollection", "features": features, **members}, allow_nan=True
    ).encode()


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    """A feature of 2023 unless its properties say otherwise."""
    return {
        "type": "Feature",
        "geometry": geometry,
        "properties": {"fecha": "2023-05", **properties},
    }


def huge_tiff() -> bytes:
    """The head of a GeoTIFF of 60,000 by 60,000 cells."""
    tags = [(256, 60_000), (257, 60_000), (258, 8), (259, 1), (262, 1), (273, 8), (278, 60_000)]
    entries = b"".join(struct.pack("<HHLL", tag, 4, 1, value) for tag, value in tags)
    return b"II*\x00" + struct.pack("<LH", 8, len(tags)) + entries + b"\0" * 480_000


def written(
    name: str,
    shapes: Sequence[Any],
    layers: Sequence[str | None] = (None,),
    /,
    *,
    gdal: dict[str, str] | None = None,
    **columns: Any,
) -> dict[str, bytes]:
    """The files, by name, that GDAL writes of shapes in degrees with columns beside them."""
    frame = gpd.GeoDataFrame(columns or {"a": range(len(shapes))}, geometry=[*shapes], crs=4326)
    with tempfile.TemporaryDirectory() as folder:
        for layer in layers:
            frame.to_file(Path(folder) / name, layer=layer, **(gdal or {}))
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


LIMA = [shapely.Point(-77.03, -12.05), shapely.Point(-77.1, -11.9)]
RECORDS = {"fecha": ["2023-05", "2023"], "ubigeo": ["150101", "150102"]}


def shapefile(*, drop: tuple[str, ...] = (), prj: str | None = None) -> bytes:
    """A zipped Shapefile of two points in Lima, one part left out or another system in it."""
    members = written("a.shp", LIMA, **RECORDS)
    if prj is not None:
        members["a.prj"] = prj.encode()
    return zipped({part: content for part, content in members.items() if part[-4:] not in drop})


def geopackage(*scripts: str, **gdal: str) -> bytes:
    """A GeoPackage of two points in Lima, with statements run on it afterwards; options of GDAL."""
    return changed(written("a.gpkg", LIMA, ["layer0"], gdal=gdal, **RECORDS)["a.gpkg"], *scripts)


def changed(content: bytes, *scripts: str, values: Sequence[Any] = ()) -> bytes:
    """A base after statements, those with a question mark with these values."""
    base = sqlite3.connect(":memory:")
    base.deserialize(content)
    for script in scripts:
        base.execute(script, values) if "?" in script else base.executescript(script)
    base.commit()
    content = base.serialize()
    base.close()
    return content


def with_log(content: bytes) -> bytes:
    """A base whose last rows may stand in a log beside it: its head says so in two places."""
    return content[:18] + b"\x02\x02" + content[20:]
