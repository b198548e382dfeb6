"""Outlines in a zipped Shapefile or a GeoPackage as GeoJSON, read by a process of its own.

GDAL knows sixty formats, some of which open addresses or run what a file says. So the file is
checked and unpacked here under names of ours, and opened by a child that has registered two
drivers, may not use much memory or time, and hands back GeoJSON.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import NoReturn

from geo.errors import DataError

MAX_UNPACKED_BYTES = 1_000_000_000
MAX_MEMBERS = 200
TIMEOUT_S = 180
_SHAPE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_NEEDED = {".shp", ".dbf", ".prj"}
_SHAPE_MAGIC = b"\x00\x00\x27\x0a"
_SQLITE_MAGIC = b"SQLite format 3\x00"
_CHILD = Path(__file__).with_name("vector_child.py")


def as_geojson(file: str, content: bytes) -> bytes:
    """Return the content as it is, or what it holds as GeoJSON when it is a ZIP or a GeoPackage.

    Raises
    ------
    DataError
        When a ZIP holds no single Shapefile with its reference system, is too large, or the file
        cannot be read.

    Examples
    --------
    >>> as_geojson("a.geojson", b'{"type": "FeatureCollection"}')
    b'{"type": "FeatureCollection"}'
    """
    if content.startswith(_SQLITE_MAGIC):
        return _converted(file, {"layer.gpkg": content})
    if content.startswith((b"Rar!", b"7z\xbc\xaf")):
        _fail(file, "an archive that is no ZIP", "GeoJSON, a zipped Shapefile or a GeoPackage")
    if not content.startswith(b"PK"):
        return content
    return _converted(file, _unzipped(file, content))


def _unzipped(file: str, content: bytes) -> dict[str, bytes]:
    """The parts of the one Shapefile, or the one GeoPackage, of a ZIP; paths are not followed."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) > MAX_MEMBERS:
                _fail(file, f"{len(members)} files in the ZIP", f"at most {MAX_MEMBERS}")
            if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
                _fail(file, "a ZIP too large once unpacked", f"{MAX_UNPACKED_BYTES:,} bytes")
            names = {member.filename: PurePosixPath(member.filename) for member in members}
            whole = [name for name, path in names.items() if path.suffix.lower() == ".gpkg"]
            shapes = [name for name, path in names.items() if path.suffix.lower() == ".shp"]
            if len(whole) + len(shapes) != 1:
                _fail(file, f"{len(whole) + len(shapes)} layers in the ZIP", "one .shp or .gpkg")
            if whole:
                return {"layer.gpkg": _member(file, archive, whole[0])}
            stem = names[shapes[0]].with_suffix("")
            parts = {
                path.suffix.lower(): name
                for name, path in names.items()
                if path.with_suffix("") == stem and path.suffix.lower() in _SHAPE_PARTS
            }
            if missing := sorted(_NEEDED - set(parts)):
                _fail(file, f"a Shapefile without its {', '.join(missing)}", "all its parts")
            unpacked = {f"layer{s}": _member(file, archive, name) for s, name in parts.items()}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        # RuntimeError: a password
        _fail(file, "a ZIP that cannot be read", "a complete ZIP without a password")
    if not unpacked["layer.shp"].startswith(_SHAPE_MAGIC):
        _fail(file, "a .shp that is no Shapefile", "a Shapefile")
    return unpacked


def _member(file: str, archive: zipfile.ZipFile, name: str) -> bytes:
    """Read a member, believing what comes out rather than what the directory says of its size."""
    with archive.open(name) as stream:
        content = stream.read(MAX_UNPACKED_BYTES + 1)
    if len(content) > MAX_UNPACKED_BYTES:
        _fail(file, "a ZIP too large once unpacked", f"{MAX_UNPACKED_BYTES:,} bytes")
    return content


def _converted(file: str, parts: dict[str, bytes]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="atlas-layer-") as name:
        folder = Path(name)
        for part, content in parts.items():
            (folder / part).write_bytes(content)
        layer = "layer.shp" if "layer.shp" in parts else "layer.gpkg"
        try:
            done = subprocess.run(
                [sys.executable, str(_CHILD), layer, "layer.geojson"],
                cwd=folder,
                timeout=TIMEOUT_S,
                capture_output=True,
                check=False,
            )
        except subprocess.TimeoutExpired:
            _fail(file, f"a layer not read within {TIMEOUT_S} s", "outlines of one country")
        result = folder / "layer.geojson"
        if done.returncode or not result.exists():
            said = done.stdout.decode(errors="replace").strip().splitlines()
            _fail(file, said[-1][:200] if said else "a layer that cannot be read", "polygons")
        return result.read_bytes()


def _fail(file: str, came: str, expected: str) -> NoReturn:
    raise DataError(file, came=came, expected=expected)
