"""What a file is, by its content, and what every reader hands on."""

from __future__ import annotations

import io
import json
import re
import stat
import zipfile
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Any, Literal
from zipfile import ZipInfo

from data.readers import limits
from data.readers.refusal import Refusal
from data.readers.schema import fold_heading


@dataclass(frozen=True, slots=True)
class RawTable:
    """Rows as they came, before any is judged."""

    kind: str
    headings: list[str]
    rows: list[list[str]]
    """cells as text, "" for an empty one; a row may be shorter or longer than the headings."""
    lines: list[int]
    """line of the file, row of the sheet, or number of the feature, from 1."""
    notices: list[tuple[str, str]] = field(default_factory=list)
    """code and detail of what was noticed about the file as a whole."""
    flaws: dict[int, str] = field(default_factory=dict)
    """line to the code of a fault of its geometry."""
    header_line: int = 1
    sheet: str = ""
    """name of the sheet that was read, of a workbook."""
    sheets: tuple[str, ...] = ()
    """all its sheets that hold a table by their headings, in the workbook's order."""


_NUMBER = r"[-+]?\d++(?:\.\d*+)?"
_PAIRS = (
    rf"(?:{_NUMBER},\s?{_NUMBER}(?:,{_NUMBER})?(?:\s*[;|/]\s*|\s+|\Z)){{2,}}+"
    rf"|(?:{_NUMBER}[ \t]+{_NUMBER}(?:[ \t]+{_NUMBER})?(?:\s*[,;|/]\s*|\s*\n\s*|\Z)){{2,}}+"
)
SHAPE_TEXT = re.compile(
    r"\s*(?:SRID=\d+;)?(?:(?:MULTI)?(?:POINT|LINESTRING|POLYGON|CURVE|SURFACE)"
    r"|GEOMETRYCOLLECTION|CURVEPOLYGON)\b.*\("
    r"|\s*\{.*\"coordinates\""
    r"|\s*(?=[\[{]).*\[\s*\[\s*\"?-?\d"  # a list of pairs, alone or in a member
    r"|\s*(?=[\[{]).*\[\s*\{[^{}]*\"(?:lat|latitude|latitud|y)\"\s*:"  # a list of points
    rf"|\s*(?=.*(?:[-.]|\d{{5}}))(?:{_PAIRS})\s*\Z",  # as KML and WKT write them
    re.IGNORECASE | re.DOTALL,
)
"""A cell that holds a shape as text: WKT, GeoJSON, or lists of coordinates in JSON."""
_MOST = {
    "too_many_columns": limits.COLUMNS,
    "too_many_rows": limits.FEATURES,
    "too_many_vertices": limits.VERTICES,
}
_PACKED = (".zip", ".gz", ".7z", ".rar", ".tar", ".tgz", ".bz2", ".xz", ".kmz", ".jar", ".zst")
_LARGE = 1 << 20
"""Small members of repeated text pack better than any ratio and harm nobody."""
Kind = Literal["csv", "xlsx", "geojson", "gpkg", "shapefile"]
_SQLITE = b"SQLite format 3\x00"
_GEOPACKAGE_IDS = (b"GPKG", b"GP10", b"GP11")
_RASTERS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
_OTHERS = (b"%PDF", b"PAR1", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"\x7fELF", b"MZ\x90")
_BLANKS = b" \t\r\n\xef\xbb\xbf\x00\xff\xfe"


def kind_of(content: bytes, *, largest: int = limits.UPLOAD_BYTES) -> Kind:
    """Name the kind of a file of so many bytes at most; a Refusal says why it is not read."""
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
        _require_safe_zip(members, is_workbook=True)
        return "xlsx"
    _require_safe_zip(members, is_workbook=False)
    if sum(name.lower().endswith(".shp") for name in names) != 1:
        raise Refusal("zip_content")
    return "shapefile"


def _require_safe_zip(members: list[ZipInfo], *, is_workbook: bool) -> None:
    """Refuse bombs, ways out of the folder, links, zips in zips, passwords."""
    if len(members) > (limits.WORKBOOK_MEMBERS if is_workbook else limits.ZIP_MEMBERS):
        raise Refusal("zip_bomb")
    if sum(member.file_size for member in members) > limits.UNPACKED_BYTES:
        raise Refusal("zip_bomb")
    seen: set[str] = set()
    for member in members:
        if member.file_size > max(_LARGE, limits.ZIP_RATIO * max(1, member.compress_size)):
            raise Refusal("zip_bomb")
        name = member.filename
        path = PurePosixPath(name.replace("\\", "/"))
        is_link = stat.S_ISLNK(member.external_attr >> 16)
        is_outside = path.is_absolute() or ".." in path.parts or ":" in name or "\x00" in name
        is_locked = member.flag_bits & 0x1
        is_packed = name.lower().endswith(_PACKED)
        if is_link or is_outside or is_locked or is_packed or name in seen:
            raise Refusal("zip_unsafe")
        seen.add(name)


def read_table(content: bytes, known: Container[str] = (), *, sheet: str = "") -> RawTable:
    """Rows of a file of any kind that is taken; a Refusal says why another is not.

    ``known`` are folded headings: the row of headings is the one that has most of them, among the
    first HEADER_ROWS, and whatever stands above it is not read. ``sheet`` is the one to read of a
    workbook; without it, or where it is not there, the first that holds such a table.
    """
    kind = kind_of(content)
    if kind == "csv":
        from data.readers.text import read_text

        return read_text(content, known)
    if kind == "xlsx":
        from data.readers.workbook import read_workbook

        return read_workbook(content, known, sheet=sheet)
    if kind == "geojson":
        from data.readers.geojson import read_geojson

        return read_geojson(content)
    from data.readers.geofiles import read_points

    return read_points(kind, content)


HEADER_ROWS = 30
"""Rows of a sheet in which its headings are looked for: above them stand titles and dates."""
SURE_HEADINGS = 2
"""Known headings in a row below the first that make it the row of headings."""


def header_row(rows: Sequence[Sequence[str]], known: Container[str]) -> int:
    """Place of the row of headings; the first with anything in it where none is surer.

    Examples
    --------
    >>> header_row([["Casos"], [], ["Fecha del caso", "Distrito"]], {"distrito", "fecha caso"})
    2
    """
    first = next((at for at, row in enumerate(rows) if any(row)), 0)
    counts = [known_headings(row, known) for row in rows[:HEADER_ROWS]]
    most = max(counts, default=0)
    return counts.index(most) if most >= SURE_HEADINGS and most > counts[first] else first


def known_headings(row: Sequence[str], known: Container[str]) -> int:
    """How many different known headings a row has."""
    return len({folded for cell in row if cell and (folded := fold_heading(cell)) in known})


def cell_text(value: Any) -> str:
    """A cell of a workbook, a property or an attribute as text: whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return f"{value.year:04d}-{value.month:02d}-{value.day:02d}"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
    if len(text.strip()) > limits.CELL_CHARACTERS:
        raise Refusal("cell_too_long", limit=f"{limits.CELL_CHARACTERS:,}")
    return text.strip()


def require_few(code: str, count: int, most: int | None = None) -> None:
    """Refuse more rows, columns or vertices than there may be, by the code of the refusal."""
    most = most or _MOST[code]
    if count > most:
        raise Refusal(code, limit=f"{most:,}")
