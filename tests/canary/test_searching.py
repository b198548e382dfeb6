"""The search has teeth: it finds the canary wherever a leak could put it."""

import base64
import gzip
import io
import struct
import zipfile
import zlib

import numpy as np
import pandas as pd
import pytest

from geo.privacy.provenance import Tier, Tiered
from tests.canary.searching import COUNT, FORMS, LATITUDE, LONGITUDE, TOKEN, traces

TEXT = f"<li>{TOKEN}: {COUNT} at {LATITUDE}, {LONGITUDE}</li>".encode()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _zip(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.csv", content)
    return out.getvalue()


def _tiff() -> bytes:
    from rasterio import Affine
    from rasterio.io import MemoryFile

    with MemoryFile() as memory:
        with memory.open(driver="GTiff", width=2, height=1, count=1, dtype="float64",
                         compress="deflate", transform=Affine.scale(0.1)) as raster:  # fmt: skip
            raster.write(np.array([[LONGITUDE, LATITUDE]]), 1)
        return memory.read()


PNG = b"\x89PNG\r\n\x1a\n"
HIDDEN = {
    "html": TEXT,
    "gzip": gzip.compress(TEXT),
    "zip": _zip(TEXT),
    "zip in zip": _zip(_zip(TEXT)),
    "data uri": b'<img src="data:text/plain;base64,' + base64.b64encode(b"xy" + TEXT) + b'">',
    "page in a data uri": b"base64," + base64.b64encode(gzip.compress(TEXT)),
    "bare base64": base64.b64encode(b"x" + TOKEN.encode() + b"yz"),
    "utf-16": TOKEN.encode("utf-16-le"),
    "numbers": struct.pack("<2d", LONGITUDE, LATITUDE),
    "png pixels": PNG + _chunk(b"IDAT", zlib.compress(TEXT)),
    "png text": PNG + _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(TEXT)),
    "pdf": b"%PDF-1.4\nstream\n" + zlib.compress(TEXT) + b"\nendstream",
    "geotiff": _tiff(),
    "comma": b"-12,593217;-69,184321",
    "five decimals": b"[-69.18432, -12.59322]",
    "four decimals": b"[-69.1843, -12.5932]",
}


@pytest.mark.parametrize("content", HIDDEN.values(), ids=HIDDEN)
def test_it_is_found(content):
    assert traces(content)


def test_nothing_is_found_where_nothing_is():
    assert traces(b"[-69.1768, -12.59367] Tambopata 7") == set()
    assert traces(np.random.default_rng(1).bytes(1 << 20)) == set()
    assert all(len(form) >= 7 for form in FORMS.values())


def test_a_frame_that_slips_past_the_gate_is_found(monkeypatch):
    import atlas.tables

    frame = pd.DataFrame({"name": [TOKEN], "longitude": LONGITUDE, "latitude": LATITUDE})
    card = {"name": "own", "sources": [{"title": "own"}], "licence": "own"}
    slipped = Tiered(frame, Tier.T1, card)
    assert {"token", "longitude 69.1843"} <= traces(atlas.tables.csv_bytes(slipped, "T1"))
