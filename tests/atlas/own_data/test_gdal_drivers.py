"""GDAL's drivers are chosen before it is loaded in the server; those of a child: test_reading."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from atlas.own_files.isolation import _ROOT
from data.readers.gdal_drivers import SERVER_DRIVERS

SERVER = """
import json, os, sys
os.environ["ATLAS_TIER"] = "ngo"
import app  # sees to the drivers, and that no core is written
import resource
import numpy as np
import pyogrio, rasterio
from geo.density.engine import Density
from geo.density.rasters import geotiff_bytes, palette_png
own = Density(values=np.ones((4, 4), np.float32), transform=(5000, 0, 0, 0, -5000, 0),
    cell_size_m=5000.0, bandwidth_m=10000.0, kernel="gaussian", edge_correction="none",
    total=16.0, snapped_count=0, snapped_max_distance_m=0.0)
with rasterio.MemoryFile(geotiff_bytes(own, {})) as memory, memory.open() as raster:
    assert raster.read(1).sum() == 16
assert palette_png(own.values, own.transform, [0.5, 1.5], ["#112233"])[0].startswith(b"\\x89PNG")
import io, geopandas, shapely
plan = geopandas.GeoDataFrame({"name": ["A"]}, geometry=[shapely.Point(-75, -9)], crs=4326)
plan.to_file(io.BytesIO(), driver="GPKG")
faults = []
for content in (sys.argv[1], '{"type": "FeatureCollection", "features": []}'):
    for open_it in (lambda: pyogrio.read_info(content.encode()), lambda: rasterio.open(content)):
        try:
            open_it()
        except Exception as fault:
            faults.append(type(fault).__name__)
from atlas.web.uploads import guard_process
try:
    guard_process()
except RuntimeError as fault:
    late = str(fault)
with rasterio.Env() as env:
    print(json.dumps({
        "vector": sorted(pyogrio.list_drivers()), "raster": sorted(env.drivers()),
        "faults": faults, "late": late,
        "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
    }))
"""
VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>{}</SrcDataSource></OGRVRTLayer>'
    "</OGRVRTDataSource>"
)


def test_the_server_of_an_organisation_does_its_work_and_follows_nothing(trap):
    """Pictures and plans need only the permitted drivers; a VRT is opened by neither wheel."""
    done = subprocess.run(
        [sys.executable, "-c", SERVER, VRT.format(f"{trap.address}/x.geojson")],
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    reply = json.loads(done.stdout.splitlines()[-1])
    assert set(reply["vector"]) | set(reply["raster"]) <= SERVER_DRIVERS
    assert reply["faults"] == ["DataSourceError", "RasterioIOError"] * 2
    assert "pyogrio and rasterio came before" in reply["late"]
    assert reply["core"] == 0
    assert "Unable to find driver" not in done.stderr
