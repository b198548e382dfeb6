"""Shapefiles and GeoPackages: checked before GDAL sees them, read with two drivers only."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from data.catalogue import ROOT
from data.refresh import source_files
from data.refresh.source_files import as_geojson
from geo.errors import DataError

SQUARE = shapely.box(-75, -10, -74, -9)


def _frame() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"IDDIST": ["010101"], "NOMBDIST": ["Ñaña"]}, geometry=[SQUARE], crs="EPSG:4326"
    )


def _zipped(tmp_path: Path, frame: gpd.GeoDataFrame, *, without: str = "none") -> bytes:
    frame.to_file(tmp_path / "LIMITE.shp", engine="pyogrio")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(tmp_path.glob("LIMITE.*")):
            if path.suffix != without:
                archive.write(path, f"carpeta/../{path.name}")
    return packed.getvalue()


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32718"])
def test_a_zipped_shapefile_becomes_degrees(tmp_path: Path, crs: str) -> None:
    """Names that climb out of the archive are not followed; metres are brought to degrees."""
    found = json.loads(as_geojson("a.zip", _zipped(tmp_path, _frame().to_crs(crs))))
    (feature,) = found["features"]
    assert feature["properties"] == {"IDDIST": "010101", "NOMBDIST": "Ñaña"}
    shape = shapely.geometry.shape(feature["geometry"])
    assert shapely.hausdorff_distance(shape, SQUARE) < 1e-6
    assert [path.name for path in tmp_path.parent.glob("LIMITE*")] == []


def test_a_geopackage_is_read(tmp_path: Path) -> None:
    """One layer, its properties and its outline."""
    _frame().to_file(tmp_path / "a.gpkg", engine="pyogrio")
    found = json.loads(as_geojson("a.gpkg", (tmp_path / "a.gpkg").read_bytes()))
    assert found["features"][0]["properties"]["IDDIST"] == "010101"


def test_the_child_knows_two_drivers_only(tmp_path: Path) -> None:
    """What this process can open, a GeoJSON here, the child cannot: its driver is switched off."""
    path = tmp_path / "a.geojson"
    _frame().to_file(path, engine="pyogrio")
    assert len(gpd.read_file(path)) == 1
    done = subprocess.run(
        [sys.executable, "-m", source_files.__name__, str(path), str(tmp_path / "out")],
        cwd=ROOT.parent,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (done.returncode, done.stdout) == (2, "a layer that cannot be read (DataSourceError)\n")


@pytest.mark.parametrize("part", [".prj", ".dbf"])
def test_a_shapefile_in_parts_is_refused(tmp_path: Path, part: str) -> None:
    """Without its reference system nobody knows where it is."""
    with pytest.raises(DataError, match=f"a Shapefile without its {part}"):
        as_geojson("a.zip", _zipped(tmp_path, _frame(), without=part))


def _archive(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


SHP = {"a.shp": b"GIF89a", "a.dbf": b"", "a.prj": b""}


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"PK\x03\x04 and then nothing", "a ZIP that cannot be read"),
        (b"Rar!\x1a\x07", "an archive that is no ZIP"),
        (_archive(**{"readme.txt": b"hello"}), "0 layers in the ZIP; expected one"),
        (_archive(**{"a.shp": b"", "b.shp": b""}), "2 layers in the ZIP"),
        (_archive(**SHP), "a .shp that is no Shapefile"),
        (_archive(**SHP | {"a.shp": b"\x00\x00\x27\x0a" + b"\x00" * 30}), "cannot be read"),
        (_archive(**{f"{n}.txt": b"" for n in range(201)}), "201 files in the ZIP"),
        (b"SQLite format 3\x00" + b"\x00" * 100, "cannot be read"),
    ],
)
def test_archives_that_are_no_layer_are_refused(content: bytes, match: str) -> None:
    """Before GDAL or by it, each with a reason and no traceback."""
    with pytest.raises(DataError, match=match):
        as_geojson("a.zip", content)


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the directory promises is compared with the limit first."""
    monkeypatch.setattr(source_files, "MAX_UNPACKED_BYTES", 1_000)
    content = _archive(**SHP | {"a.dbf": b"\x00" * 100_000})
    assert len(content) < 1_000
    with pytest.raises(DataError, match="too large once unpacked"):
        as_geojson("a.zip", content)
