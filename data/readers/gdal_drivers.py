"""The drivers of GDAL, set before it is loaded: two in the child, few in the server."""

from __future__ import annotations

import json
import os
from pathlib import Path

ALLOWED_DRIVERS = frozenset({"ESRI Shapefile", "GPKG", "MEM"})
_OTHERS: dict[str, list[str]] = json.loads(
    Path(__file__).with_name("gdal_drivers.json").read_text(encoding="utf-8")
)
"""Drivers of the pinned wheels: "vector" are switched off everywhere, "raster" is what the raster
wheel brings beside them."""
_SKIP = ",".join(_OTHERS["vector"])
GDAL_SETTINGS = {
    "GDAL_SKIP": _SKIP,
    "OGR_SKIP": _SKIP,
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "GML_SKIP_RESOLVE_ELEMS": "ALL",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_NUM_THREADS": "1",
    "CPL_DEBUG": "OFF",
    "PROJ_NETWORK": "OFF",
}
SERVER_DRIVERS = frozenset({"GTiff", "GPKG", "MEM", "Memory", "VRT"})
"""What the pages write, and VRT, through which rasterio asks for a projection's extent. The server
opens no foreign file with GDAL; if it ever does, no driver that requests an address is there."""
_SERVER_SKIP = ",".join(
    sorted({*_OTHERS["vector"], *_OTHERS["raster"], "ESRI Shapefile"} - SERVER_DRIVERS)
)
SERVER_SETTINGS = {
    **{name: value for name, value in GDAL_SETTINGS.items() if name != "GDAL_NUM_THREADS"},
    "GDAL_SKIP": _SERVER_SKIP,
    "OGR_SKIP": _SERVER_SKIP,
    # each of the two wheels warns of the drivers that only the other has
    "CPL_LOG": os.devnull,
}
