"""Shapefiles and GeoPackages of a whole country: judged as an upload is, read in the same child."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pytest
import shapely

from atlas.own_files.isolation import ask_child
from data.readers.geofiles import official_layer
from data.readers.limits import REFRESH
from data.refresh.source_files import Features, read_features
from geo.errors import DataError
from tests.atlas.own_data import attacks
from tests.refusing import refused

SQUARE = shapely.box(-75, -10, -74, -9)


def _read(file: str, content: bytes) -> Features:
    """As the command reads it."""
    return read_features(
        file, content, lambda content: ask_child(content, "layer", largest=REFRESH.bytes)
    )


def _frame(**columns: Any) -> gpd.GeoDataFrame:
    columns = {"IDDIST": ["010101"], "NOMBDIST": ["Ñaña"], **columns}
    return gpd.GeoDataFrame(columns, geometry=[SQUARE], crs="EPSG:4326")


def _zipped(
    tmp_path: Path, frame: gpd.GeoDataFrame, *, without: str = "none", folder: str = "carpeta/"
) -> bytes:
    frame.to_file(tmp_path / "LIMITE.shp", engine="pyogrio")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(tmp_path.glob("LIMITE.*")):
            if path.suffix != without:
                archive.write(path, f"{folder}{path.name}")
    return packed.getvalue()


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32718"])
def test_a_zipped_shapefile_becomes_degrees(tmp_path: Path, crs: str) -> None:
    """Its accents and zeros stay; metres are brought to degrees."""
    frame = _frame(AREA=[1.5], NIVEL=[3]).to_crs(crs)
    features = _read("a.zip", _zipped(tmp_path, frame))
    row = {"IDDIST": "010101", "NOMBDIST": "Ñaña", "AREA": "1.5", "NIVEL": "3"}
    assert features.properties == (row,)
    assert shapely.hausdorff_distance(features.geometries[0], SQUARE) < 1e-6


def test_a_geopackage_is_read(tmp_path: Path) -> None:
    """One layer, its properties and its outline, of a height only its floor; a row without one is
    told apart."""
    high = shapely.force_3d(SQUARE, 7.0)
    frame = gpd.GeoDataFrame({"IDDIST": ["1", "2"]}, geometry=[high, None], crs="EPSG:4326")
    frame.to_file(tmp_path / "a.gpkg", engine="pyogrio", layer="Límites DEPARTAMENTALES")
    features = _read("a.gpkg", (tmp_path / "a.gpkg").read_bytes())
    assert (features.properties, features.empty) == (({"IDDIST": "1"},), ({"IDDIST": "2"},))
    assert features.geometries.tolist() == [SQUARE]


def test_a_country_is_larger_than_an_upload(tmp_path: Path) -> None:
    """More rows than an upload may have are read, with the limits of a refresh."""
    count = 60_000
    frame = gpd.GeoDataFrame({"n": range(count)}, geometry=[SQUARE] * count, crs="EPSG:4326")
    frame.to_file(tmp_path / "a.gpkg", engine="pyogrio")
    assert len(_read("a.gpkg", (tmp_path / "a.gpkg").read_bytes()).properties) == count


@pytest.mark.parametrize("part", [".prj", ".dbf", ".shx"])
def test_a_shapefile_in_parts_is_refused(tmp_path: Path, part: str) -> None:
    """Without its reference system nobody knows where it is."""
    with pytest.raises(DataError, match=f"a Shapefile without its {part}"):
        _read("a.zip", _zipped(tmp_path, _frame(), without=part))


def _archive(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"PK\x03\x04 and then nothing", "a ZIP that cannot be read"),
        (b"Rar!\x1a\x07", "another kind of file"),
        (b"a,b\n1,2\n", "no layer; expected GeoJSON, a zipped Shapefile or a GeoPackage"),
        (_archive(**{"readme.txt": b"hello"}), "other things than one Shapefile"),
        (_archive(**{"a.shp": b"", "b.shp": b""}), "other things than one Shapefile"),
        (_archive(**{"a.shp": b"", "../a.dbf": b""}), "a way out of it"),
        (_archive(**{f"{n}.txt": b"" for n in range(201)}), "too large once unpacked"),
        (_archive(**{"a.shp": b"", "a.dbf": b"\x00" * 20_000_000}), "too large once unpacked"),
        (b"SQLite format 3\x00" + b"\x00" * 100, "another kind of file"),
        (attacks.geopackage("CREATE VIEW v AS SELECT 1"), "views or triggers of its own"),
        (attacks.geopackage()[:-5000], "a layer that cannot be read|no or several layers"),
    ],
)
def test_what_is_no_layer_is_refused(content: bytes, match: str) -> None:
    """Before GDAL or by it, each with a reason and no traceback."""
    with pytest.raises(DataError, match=match):
        _read("a.zip", content)


def test_the_limits_of_a_refresh_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in the child: one row more than there may be."""
    from data.readers import geofiles
    from data.readers.limits import Profile

    frame = _frame().loc[[0, 0]]
    frame.to_file(tmp_path / "a.gpkg", engine="pyogrio")
    content = (tmp_path / "a.gpkg").read_bytes()
    monkeypatch.setattr(geofiles, "gdal", lambda: pyogrio)
    monkeypatch.setattr(geofiles, "REFRESH", Profile(rows=2))
    assert len(official_layer("gpkg", content)["rows"]) == 2
    monkeypatch.setattr(geofiles, "REFRESH", Profile(rows=1))
    with refused("too_many_rows"):
        official_layer("gpkg", content)
