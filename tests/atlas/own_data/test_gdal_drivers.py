"""GDAL's drivers are chosen before it is loaded, in the child and in the server."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from atlas.own_files.isolation import _ROOT
from data.readers.gdal_drivers import ALLOWED_DRIVERS, SERVER_DRIVERS

LIST = """
import json, os, sys
from data.readers import gdal_drivers
os.environ.update(getattr(gdal_drivers, sys.argv[1]))
import pyogrio, rasterio
with rasterio.Env() as env:
    raster = sorted(env.drivers())
print(json.dumps([sorted(pyogrio.list_drivers()), raster]))
"""
WORK = """
import io, sys
from atlas.web.uploads import guard_process
guard_process()
import numpy as np
import rasterio
from geo.density.engine import Density
from geo.density.rasters import geotiff_bytes, palette_png
own = Density(values=np.ones((4, 4), np.float32), transform=(5000, 0, 0, 0, -5000, 0),
    cell_size_m=5000.0, bandwidth_m=10000.0, kernel="gaussian", edge_correction="none",
    total=16.0, snapped_count=0, snapped_max_distance_m=0.0)
with rasterio.MemoryFile(geotiff_bytes(own, {})) as memory, memory.open() as raster:
    assert raster.read(1).sum() == 16
assert palette_png(own.values, own.transform, [0.5, 1.5], ["#112233"])[0].startswith(b"\\x89PNG")
from atlas.planner.model import plan_for
from atlas.planner.plan_question import PlanQuestion
from atlas.planner.document import document_of
from atlas.planner.files import plan_bytes
from atlas.words import words
document = document_of(*plan_for(PlanQuestion(sites=1, min_population=100_000), replicas=0))
assert plan_bytes(document, ".gpkg", words("en")).startswith(b"SQLite")
for content in (sys.argv[1], '{"type": "FeatureCollection", "features": []}'):
    import pyogrio
    try:
        pyogrio.read_info(content.encode())
    except Exception as fault:
        print(type(fault).__name__)
    try:
        rasterio.open(content)
    except Exception as fault:
        print(type(fault).__name__)
"""
VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>{}</SrcDataSource></OGRVRTLayer>'
    "</OGRVRTDataSource>"
)


def run(code: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A fresh process, as the drivers are chosen once in each."""
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )


@pytest.mark.parametrize(
    ("settings", "allowed"),
    [("SERVER_SETTINGS", SERVER_DRIVERS), ("GDAL_SETTINGS", ALLOWED_DRIVERS)],
)
def test_no_other_driver_is_there(settings, allowed):
    """Both wheels in the server, the vector wheel in the child: a new GDAL is noticed here."""
    vector, raster = json.loads(run(LIST, settings).stdout)
    assert set(vector) <= allowed
    if settings == "SERVER_SETTINGS":
        assert set(raster) <= allowed


def test_the_server_does_its_work_and_follows_nothing(trap):
    """Pictures and plans come out with the few drivers; a VRT is opened by neither wheel."""
    done = run(WORK, VRT.format(f"{trap.address}/x.geojson"))
    assert done.stdout.split() == ["DataSourceError", "RasterioIOError"] * 2
    assert "Unable to find driver" not in done.stderr


def test_too_late_is_a_fault():
    """Once GDAL is loaded its drivers cannot be chosen: the server does not start."""
    code = (
        "import pyogrio, atlas.web.uploads\n"
        "try: atlas.web.uploads.guard_process()\n"
        "except RuntimeError as fault: print(fault)"
    )
    assert "pyogrio came before" in run(code).stdout


def test_the_server_of_an_organisation_is_guarded():
    """With ATLAS_TIER=ngo no core is written and the drivers are few; app.py sees to it."""
    code = (
        "import os; os.environ['ATLAS_TIER'] = 'ngo'\n"
        "import resource, app\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE)[0], 'WFS' in os.environ['GDAL_SKIP'])"
    )
    assert run(code).stdout.split() == ["0", "True"]
