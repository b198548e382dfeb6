"""Detect a file's kind by its content and choose its reader."""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections.abc import Container
from pathlib import PurePosixPath
from typing import Literal
from zipfile import ZipInfo

from data.readers.limits import UPLOAD, Profile
from data.readers.raw_table import RawTable
from geo.errors import UserError

_PACKED = (".zip", ".gz", ".7z", ".rar", ".tar", ".tgz", ".bz2", ".xz", ".kmz", ".jar", ".zst")
Kind = Literal["csv", "xlsx", "geojson", "kml", "kmz", "gpkg", "shapefile"]
_SQLITE = b"SQLite format 3\x00"
_GEOPACKAGE_IDS = (b"GPKG", b"GP10", b"GP11")
_RASTERS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
_OTHERS = (b"%PDF", b"PAR1", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"\x7fELF", b"MZ\x90")
_KML = re.compile(rb"(?s)(?:<\?xml.*?\?>)?(?:\s|<!--(?:(?!-->).)*+-->)*+<(?:\w+:)?kml[\s>/]")
_BLANKS = b" \t\r\n\xef\xbb\xbf\x00\xff\xfe"


def kind_of(content: bytes, profile: Profile = UPLOAD) -> Kind:
    """Name the kind of a file within limits; a UserError says why it is not read."""
    if len(content) > profile.bytes:
        raise UserError("records.refusal.too_large", limit=f"{profile.bytes >> 20} MB")
    start = content[:64].lstrip(_BLANKS)
    if not content.strip(_BLANKS):
        raise UserError("records.refusal.empty")
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _kind_of_zip(content, profile)
    if content.startswith(_SQLITE) and content[68:72] in _GEOPACKAGE_IDS:
        return "gpkg"
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise UserError("records.refusal.old_workbook")
    if content.startswith(_RASTERS):
        raise UserError("records.refusal.raster")
    if content.startswith((_SQLITE, *_OTHERS)):
        raise UserError("records.refusal.unknown_format")
    if start.startswith(b"<"):
        if _KML.match(content[:4096].replace(b"\x00", b"").lstrip(_BLANKS)):
            return "kml"
        raise UserError("records.refusal.markup")
    return "geojson" if start.startswith((b"{", b"[")) else "csv"


def _kind_of_zip(content: bytes, profile: Profile) -> Kind:
    """A workbook is a zip with a list of its parts; anything else must be a KMZ or a Shapefile."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            names = [member.filename for member in members]
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise UserError("records.refusal.zip_damaged") from None
    if "[Content_Types].xml" in names and "xl/workbook.xml" in names:
        require_safe_zip(members, profile.workbook_members, profile)
        return "xlsx"
    endings = {name.lower().rpartition(".")[2] for name in names}
    if "kml" in endings and "shp" not in endings:
        require_safe_zip(members, profile.workbook_members, profile)
        return "kmz"
    require_safe_zip(members, profile.zip_members, profile)
    if sum(name.lower().endswith(".shp") for name in names) != 1:
        raise UserError("records.refusal.zip_content")
    return "shapefile"


def require_safe_zip(members: list[ZipInfo], most: int, profile: Profile) -> None:
    """Refuse bombs, ways out of the folder, links, zips in zips, passwords."""
    unpacked = sum(member.file_size for member in members)
    if len(members) > most or unpacked > profile.unpacked_bytes:
        raise UserError("records.refusal.zip_bomb")
    seen: set[str] = set()
    for member in members:
        name = member.filename
        path = PurePosixPath(name.replace("\\", "/"))
        is_link = stat.S_ISLNK(member.external_attr >> 16)
        is_outside = path.is_absolute() or ".." in path.parts or ":" in name or "\x00" in name
        is_locked = member.flag_bits & 0x1
        is_packed = name.lower().endswith(_PACKED)
        if is_link or is_outside or is_locked or is_packed or name in seen:
            raise UserError("records.refusal.zip_unsafe")
        seen.add(name)


def read_table(
    content: bytes, expected: Container[str] = (), *, sheet: str = "", is_of_zones: bool = False
) -> RawTable:
    """Read the rows of a file of an accepted kind (CSV, workbook, points).

    A UserError says why a file is refused. ``expected`` are folded headings: the heading row is the
    one with most of them among the first HEADER_ROWS, and rows above it are not read. ``sheet``
    names the sheet of a workbook to read, or several sheets with the same headings ("2022 + 2023").
    Without it, or if the workbook has no such sheet, the sheets with the most expected headings are
    read. ``is_of_zones``: read every sheet with any content, and pass on what stands beside the
    cells.
    """
    kind = kind_of(content)
    if kind == "csv":
        from data.readers.text import read_text

        return read_text(content, expected)
    if kind == "xlsx":
        from data.readers.workbook import read_workbook

        return read_workbook(content, expected, sheet=sheet, is_of_zones=is_of_zones)
    from data.readers.geofiles import read_layer
    from data.readers.geojson import point_table

    return point_table(read_layer(kind, content))
