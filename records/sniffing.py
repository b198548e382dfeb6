"""What a file is, by its content: its name is never asked."""

from __future__ import annotations

import io
import zipfile
from typing import Literal

from records.limits import UPLOAD_BYTES, ZIP_MEMBERS
from records.refusal import Refusal
from records.zips import require_safe_zip

Kind = Literal["csv", "xlsx", "geojson", "gpkg", "shapefile"]
_SQLITE = b"SQLite format 3\x00"
_GEOPACKAGE_IDS = (b"GPKG", b"GP10", b"GP11")
_RASTERS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
_OTHERS = (b"%PDF", b"PAR1", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"\x7fELF", b"MZ\x90")
_BLANKS = b" \t\r\n\xef\xbb\xbf\x00\xff\xfe"


def kind_of(content: bytes, *, largest: int = UPLOAD_BYTES) -> Kind:
    """Name the kind of a file of so many bytes at most.

    Raises
    ------
    Refusal
        Too large, empty, of a kind that is not read, or an unsafe zip.

    Examples
    --------
    >>> kind_of(b"fecha,ubigeo\\n2023,150101\\n"), kind_of(b' {"type": "FeatureCollection"}')
    ('csv', 'geojson')
    """
    if len(content) > largest:
        raise Refusal("too_large", limit=f"{largest >> 20} MB")
    start = content[:64].lstrip(_BLANKS)
    if not content.strip(_BLANKS):
        raise Refusal("empty")
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _zipped(content)
    if content.startswith(_SQLITE):
        if content[68:72] in _GEOPACKAGE_IDS:
            return "gpkg"
        raise Refusal("unknown_format")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refusal("old_workbook")
    if content.startswith(_RASTERS):
        raise Refusal("raster")
    if content.startswith(_OTHERS):
        raise Refusal("unknown_format")
    if start.startswith(b"<"):
        raise Refusal("markup")
    return "geojson" if start.startswith((b"{", b"[")) else "csv"


def _zipped(content: bytes) -> Kind:
    """A workbook is a zip with a list of its parts; anything else must be a Shapefile."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            names = [member.filename for member in members]
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise Refusal("zip_damaged") from None
    if "[Content_Types].xml" in names and "xl/workbook.xml" in names:
        require_safe_zip(members, is_workbook=True)
        return "xlsx"
    require_safe_zip(members, is_workbook=False)
    if sum(name.lower().endswith(".shp") for name in names) != 1:
        raise Refusal("zip_content")
    if len(names) > ZIP_MEMBERS:
        raise Refusal("zip_bomb")
    return "shapefile"
