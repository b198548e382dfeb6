"""The command `density` on points of one's own: classes by default, one line when refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from cli import app
from tests.geotiffs import read_geotiff

CANARY = (-69.184321, -12.593217)
"""A lone record; its coordinates must not appear in any answer."""


@pytest.fixture
def points(tmp_path: Path) -> Path:
    """200 records around Lima, one far away, two rows with faults."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"lon": rng.normal(-76.9, 0.05, 200), "lat": rng.normal(-12.0, 0.05, 200), "w": 1.0}
    )
    frame.loc[200] = [*CANARY, 7.0]
    path = tmp_path / "own.csv"
    frame.to_csv(path, index=False)
    path.write_text(path.read_text() + "-12.0,-76.9,1\n-76.9,-12.0,-4\n")
    return path


def run(*options: object, code: int = 0) -> str:
    """What the command says on stderr; stdout stays empty."""
    result = CliRunner().invoke(app, ["density", *map(str, options)])
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    return result.stderr


def columns(path: Path) -> list[object]:
    return ["--points", path, "--longitude", "lon", "--latitude", "lat", "--weight", "w"]


def test_classes_by_default(points, tmp_path):
    """The file of the brief: uint8 classes, Lima shown, the lone record's pixel 0."""
    import rasterio
    from pyproj import Transformer

    out = tmp_path / "d.tif"
    answer = run(*columns(points), "--bandwidth-km", 30, "--cell-km", 15, "--out", out)
    assert answer.splitlines()[0] == (
        "2 of 203 rows left out: 1 longitude and latitude swapped (line 203); 1 negative weight "
        "(line 204)"
    )
    assert "201 of 203 rows used; bandwidth 30.0 km, cells of 15.0 km" in answer
    assert "1 records on pixels that are not shown" in answer
    with rasterio.open(out) as raster:
        classes = raster.read(1)
        assert raster.dtypes == ("uint8",)
        project = Transformer.from_crs("EPSG:4326", raster.crs, always_xy=True).transform
        assert classes[raster.index(*project(-76.9, -12.0))] == 5
        assert classes[raster.index(*project(*CANARY))] == 0
        assert raster.tags()["tier"] == "T2"
    assert set(np.unique(classes)) <= set(range(6))
    for secret in ("69.184", "12.593", "-76.9"):
        assert secret not in answer
        assert secret.encode() not in out.read_bytes()


def test_refuses_records_without_support_or_use(tmp_path):
    """Ten records cannot be shown; a file of faults has no usable row; both leave no file."""
    path, out = tmp_path / "own.csv", tmp_path / "d.tif"
    path.write_text("lon,lat,w\n" + "".join(f"-76.9{n},-12.0{n},1\n" for n in range(10)))
    assert "no pixel can be shown" in run(*columns(path), "--out", out, code=2)
    path.write_text("lon,lat,w\n-12.0,-76.9,1\n")
    answer = run(*columns(path), "--out", out, code=2)
    assert "1 of 1 rows left out: 1 longitude and latitude swapped (line 2)" in answer
    path.write_text("lon,lat,w\n")
    for option in ([], ["--ungated"], ["--ungated", "--bandwidth-km", "auto"]):
        answer = run(*columns(path), "--out", out, *option, code=2)
        assert answer == (
            "own.csv: found no rows; expected at least one row with a place in Peru and a weight\n"
        )
    assert not out.exists()


@pytest.fixture
def metres(points, tmp_path) -> Path:
    """The records of ``points`` without the faults, in UTM 18S."""
    from pyproj import Transformer

    frame = pd.read_csv(points).iloc[:201]
    turn = Transformer.from_crs("EPSG:4326", "EPSG:32718", always_xy=True)
    frame["lon"], frame["lat"] = turn.transform(frame["lon"], frame["lat"])
    path = tmp_path / "utm.csv"
    frame.to_csv(path, index=False)
    return path


def test_rows_of_weight_zero_are_said_apart(points, tmp_path):
    """They are neither used nor left out; alone they are no data."""
    out = tmp_path / "d.tif"
    points.write_text(points.read_text() + "-76.9,-12.0,0\n-76.9,-12.0,0\n")
    run_result = run(*columns(points), "--out", out)
    assert "201 of 205 rows used, 2 of weight 0 add nothing; bandwidth" in run_result
    points.write_text("lon,lat,w\n-76.9,-12.0,0\n")
    answer = run(*columns(points), "--out", tmp_path / "none.tif", "--ungated", code=2)
    assert answer.startswith("own.csv: found 1 of weight 0 add nothing; expected at least one row")


def test_ungated_is_the_density_and_says_so(points, tmp_path):
    """The ungated raster sums to all cases and carries a warning; counts go by department."""
    import rasterio

    out = tmp_path / "d.tif"
    options = ("--ungated", "--by-department", "--bandwidth-km", "auto")
    notes = run(*columns(points), *options, "--out", out)
    assert "ungated, for local use only. This file gives the places of lone records away" in notes
    assert read_geotiff(out.read_bytes()).mass == pytest.approx(207, rel=1e-3)
    with rasterio.open(out) as raster:
        assert raster.tags()["DISCLOSURE"] == "ungated, for local use only"
    line = next(line for line in notes.splitlines() if line.startswith("records by department"))
    assert "(a point belongs to the first region that holds it, border included)" in line
    assert "Madre de Dios 1" in line
    assert "Lima" in line
    answer = run(*columns(points), "--by-department", "--out", out, code=2)
    assert answer == "--by-department needs --ungated, because it gives exact counts\n"
    answer = run("--by-department", "--out", out, code=2)
    assert answer == "--by-department without --points has no use. Name the file of points\n"


def test_a_share_of_evidence_names_its_rule(tmp_path):
    """Without points the modelled density of a year names its rule; other shares are refused."""
    out, coarse = tmp_path / "d.tif", ("--period", "2023")
    notes = run("--out", out, *coarse)
    assert notes.startswith("2023: 1,076 x reported offence, the grid holds 1,076.00; bandwidth 40")
    density = read_geotiff(out.read_bytes())
    assert density.tags["spreading"] == "population"
    assert float(density.tags["cell_size_m"]) == 5_000
    assert density.mass == pytest.approx(1_076, rel=1e-3)
    assert (density.tags["PERIOD"], density.tags["COUNTED"]) == ("2023", "reported offence")
    assert "not for operations" in density.tags["CAVEAT"]
    assert density.tags["SOURCE"]
    rule = "population and mining evidence, share 0.50"
    assert f"spread by {rule}" in run("--out", out, *coarse, "--evidence-share", "0.5")
    assert read_geotiff(out.read_bytes()).tags["spreading"] == rule
    assert "evidence_share is 2.0" in run("--out", out, "--evidence-share", "2", code=2)
    assert "Give a number of 0 to 1" in run("--out", out, "--evidence-share", "half", code=2)


def test_metres_give_the_classes_of_degrees(points, metres, tmp_path):
    """Metres with --crs give the same raster as degrees; without it all rows lie outside Peru."""
    first, second = tmp_path / "one.tif", tmp_path / "two.tif"
    run(*columns(points), "--out", first)
    notes = run(*columns(metres), "--crs", "EPSG:32718", "--out", second)
    assert notes.startswith("own points: 201 of 201 rows used; ")
    assert first.read_bytes() == second.read_bytes()
    out, hint = tmp_path / "d.tif", "Coordinates are read as degrees (WGS84). Name another CRS"
    answer = run(*columns(metres), "--out", out, code=2)
    assert "201 of 201 rows left out: 201 outside Peru" in answer
    assert f"{hint} with --crs" in answer
    wrong = run(*columns(metres), "--crs", "EPSG:4326", "--out", out, code=2)
    assert "201 outside Peru" in wrong
    assert hint not in wrong
    assert not out.exists()


@pytest.mark.parametrize("option", [[], ["--ungated"]])
def test_several_files_are_one(points, tmp_path, option):
    """A pattern of files and a name give the raster of the whole, with faults by file and line."""
    frame = pd.read_csv(points)
    frame.iloc[:90].to_parquet(tmp_path / "cases-1.parquet")
    frame.iloc[90:150].to_parquet(tmp_path / "cases-2.parquet")
    frame.iloc[150:].to_csv(tmp_path / "late.csv", index=False)
    first, second = tmp_path / "one.tif", tmp_path / "two.tif"
    run(*columns(points), "--out", first, *option)
    pattern = tmp_path / "cases-*.parquet"
    notes = run(*columns(pattern), "--points", tmp_path / "late.csv", "--out", second, *option)
    assert "201 of 203 rows used; bandwidth 40.0 km, cells of 20.0 km" in notes
    assert "1 longitude and latitude swapped (line late.csv:53)" in notes
    whole, parts = (path.read_bytes() for path in (first, second))
    if option:
        a, b = read_geotiff(whole).values, read_geotiff(parts).values
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6 * np.nanmax(a))
    else:
        assert whole == parts
