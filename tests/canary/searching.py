"""Search a file, page, log or picture for the canary, in any form it may take."""

import base64
import gzip
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

from geo.crs import to_analysis

LONGITUDE, LATITUDE, COUNT = -69.184321, -12.593217, 7
TOKEN = "canario-b41f7c"
"""A word beside the coordinate: a record's own text."""
_DEPTH = 4


def _forms() -> dict[str, bytes]:
    """Names of the forms and their bytes: text to 4 decimals and more, and numbers as stored."""
    easting, northing = (float(axis[0]) for axis in to_analysis([LONGITUDE], [LATITUDE]))
    forms: dict[str, bytes] = {}
    for name, number in (("longitude", LONGITUDE), ("latitude", LATITUDE)):
        # one digit less, so that rounding of the last one does not matter
        for mark in (".", ","):
            digits = f"{abs(number):.6f}"[:-2].replace(".", mark)
            forms[f"{name} {digits}"] = digits.encode()
        for form in ("<d", ">d"):
            forms[f"{name} {form}"] = struct.pack(form, number)
    for name, metres in (("easting", easting), ("northing", northing)):
        forms[f"{name} text"] = f"{abs(metres):.1f}".encode()
        forms[f"{name} <d"] = struct.pack("<d", metres)
    forms["token"] = TOKEN.encode()
    forms["token utf-16"] = TOKEN.encode("utf-16-le")
    for shift in range(3):
        # base64 depends on the position modulo 3: the inner part is the same whatever surrounds it
        code = base64.b64encode(b"\0" * shift + TOKEN.encode())
        forms[f"token base64 {shift}"] = code[4 if shift else 0 : len(code) - len(code) % 4 - 4]
    return forms


FORMS = _forms()


def traces(content: bytes) -> set[str]:
    """Names of the canary's forms in the content, in what it packs, and in what that packs."""
    return {
        name
        for layer in _unpacked(content, _DEPTH)
        for name, form in FORMS.items()
        if form in layer
    }


def _unpacked(content: bytes, depth: int) -> Iterator[bytes]:
    yield content
    if depth == 0:
        return
    for inner in _inside(content):
        yield from _unpacked(inner, depth - 1)


def _inside(content: bytes) -> Iterator[bytes]:
    if content[:2] == b"\x1f\x8b":
        yield gzip.decompress(content)
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield "\n".join(archive.namelist()).encode()
            yield from (archive.read(name) for name in archive.namelist())
    if content[:8] == b"\x89PNG\r\n\x1a\n":
        yield from _png(content)
    if content[:4] in (b"II*\0", b"MM\0*"):
        from rasterio.io import MemoryFile

        with MemoryFile(content) as memory, memory.open() as raster:
            yield raster.read().tobytes()
            yield repr((raster.tags(), raster.tags(1), raster.descriptions)).encode()
    if content[:5] == b"%PDF-":
        for part in re.findall(rb"stream\r?\n(.*?)endstream", content, re.S):
            yield from _inflated(part)
    for code in re.findall(rb"base64,([A-Za-z0-9+/=]{16,})", content):
        yield base64.b64decode(code + b"=" * (-len(code) % 4))


def _png(content: bytes) -> Iterator[bytes]:
    at, pixels = 8, b""
    while at + 8 <= len(content):
        size, kind = struct.unpack(">I4s", content[at : at + 8])
        data = content[at + 8 : at + 8 + size]
        pixels += data if kind == b"IDAT" else b""
        if kind in (b"zTXt", b"iTXt", b"iCCP", b"eXIf"):
            yield data
            yield from _inflated(data.split(b"\0", 1)[-1][1:])
        at += 12 + size
    yield from _inflated(pixels)


def _inflated(data: bytes) -> Iterator[bytes]:
    try:
        yield zlib.decompressobj().decompress(data)
    except zlib.error:
        return
