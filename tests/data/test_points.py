"""Own points: every row is used or accounted for with its line."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.points import FAULTS, PointFiles, PointReport, named_files, read_points
from geo.errors import DataError
from tests.refusing import refused

FAULTY = """id,lon,lat,victims
1,-77.03,-12.05,2
2,-12.59,-69.19,1
3,abc,-12.05,1
4,-77.03,,1
5,2.35,48.86,1
6,-77.03,-12.05,-3
7,-77.03,-12.05,1e12

"8
two lines",-71.97,-13.53,4
9,-77.03,-12.05
10,279000,8667000,1
11,-73.25,-3.75,inf
"""


def everything(
    *paths: Path, batch_rows: int = 1000, progress=None, **names: str
) -> tuple[np.ndarray, PointReport]:
    """All sound rows as (longitude, latitude, weight), and the report."""
    report = PointReport()
    files = PointFiles(paths, **names)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("data.points.BATCH_ROWS", batch_rows)
        arrays = [
            np.column_stack(columns) for columns in read_points(files, report, progress=progress)
        ]
    return np.vstack(arrays) if arrays else np.empty((0, 3)), report


COLUMNS = {"longitude": "lon", "latitude": "lat", "weight": "victims"}


@pytest.mark.parametrize("batch_rows", [1, 3, 1000])
def test_each_fault_is_named_with_its_line(tmp_path, batch_rows):
    path = tmp_path / "own.csv"
    path.write_text(FAULTY, encoding="utf-8")
    rows, report = everything(path, batch_rows=batch_rows, **COLUMNS)
    assert rows.tolist() == [[-77.03, -12.05, 2.0], [-71.97, -13.53, 4.0]]
    assert report.fault_lines == {
        "wrong number of cells": [12],
        "not a number": [4, 5, 14],
        "longitude and latitude swapped": [3],
        "outside Peru": [6, 13],
        "negative weight": [7],
        "weight too large": [8],
    }
    assert (report.row_count, report.used_count, report.left_out_count) == (11, 2, 9)


def test_summary_holds_lines_and_no_value(tmp_path, monkeypatch):
    path = tmp_path / "own.csv"
    path.write_text(FAULTY, encoding="utf-8")
    _, report = everything(path, **COLUMNS)
    monkeypatch.setattr("data.points._SUMMARY_LINES", 2)
    text = report.summary()
    assert text.startswith(
        "9 of 11 rows left out: 1 wrong number of cells (line 12); 3 not a number"
    )
    assert "(lines 4, 5, ...)" in text
    assert not any(value in text for value in ("abc", "48.86", "-77", "279000", "69.19"))
    assert PointReport(row_count=3, used_count=3).summary() == ""


def test_parquet_reads_as_csv(tmp_path):
    frame = pd.DataFrame(
        {
            "lon": [-77.03, -12.59, np.nan, 2.35],
            "lat": ["-12.05", "-69.19", "-12.05", "48.86"],
            "victims": pd.array([2, 1, 1, None], dtype="Int64"),
        }
    )
    path = tmp_path / "own.parquet"
    frame.to_parquet(path, row_group_size=2)
    rows, report = everything(path, batch_rows=3, **COLUMNS)
    assert rows.tolist() == [[-77.03, -12.05, 2.0]]
    assert report.fault_lines["longitude and latitude swapped"] == [2]
    assert report.fault_lines["not a number"] == [3, 4]


def test_without_weights_each_record_is_one(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("latitude,longitude\n-12.05,-77.03\n", encoding="utf-8-sig")
    rows, _ = everything(path)
    assert rows.tolist() == [[-77.03, -12.05, 1.0]]


@given(
    cells=st.lists(
        st.tuples(
            st.one_of(st.floats(-180, 180), st.sampled_from(["", "x", "nan", "1e999", "-75"])),
            st.one_of(st.floats(-90, 90), st.sampled_from(["", "-9", "--", "9,5"])),
            st.one_of(st.floats(-5, 2e9), st.sampled_from(["", "1"])),
        ),
        max_size=30,
    ),
    batch_rows=st.integers(1, 40),
)
@settings(max_examples=40)
def test_every_row_is_used_or_counted(tmp_path_factory, cells, batch_rows):
    path = tmp_path_factory.mktemp("points") / "own.csv"
    pd.DataFrame(cells, columns=["lon", "lat", "victims"]).to_csv(path, index=False)
    rows, report = everything(path, batch_rows=batch_rows, **COLUMNS)
    lines = [line for kind in FAULTS for line in report.fault_lines[kind]]
    assert report.row_count == len(cells) == len(rows) + len(lines)
    assert len(set(lines)) == len(lines) == sum(report.fault_counts.values())
    assert set(lines) <= set(range(2, len(cells) + 2))
    assert (rows[:, 2] >= 0).all()
    assert ((rows[:, 0] >= -81.4) & (rows[:, 0] <= -68.6)).all()


def test_lists_of_lines_end_and_counts_do_not(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("longitude,latitude\n" + "0,0.5\n" * 3000, encoding="utf-8")
    _, report = everything(path, batch_rows=700)
    assert report.fault_counts["outside Peru"] == 3000
    assert report.fault_lines["outside Peru"] == list(range(2, 1002))


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("own.csv", b"", "own.csv: found an empty file"),
        ("own.csv", b"lon;lat;victims\n-77;-12;1\n", "line 1: found 0 columns named 'lon' among 1"),
        ("own.csv", b"Ana P\xc3\xa9rez,-77.03,-12.05\n", "found 0 columns named 'lon' among 3"),
        ("own.csv", b"lon,lon,lat,victims\n", "found 2 columns named 'lon'"),
        ("own.csv", b"lon,lat,victims\n-77,-12,1\xe9\n", "text that is not UTF-8"),
        ("own.csv", b"lon,lat,victims\n-77,-12," + b"1" * 200_000, "no CSV"),
        ("none.csv", None, "No such file"),
        ("none.parquet", None, r"none\.parquet: found no file"),
        ("", None, "Is a directory"),
        ("own.parquet", b"longitude,latitude\n", "bytes that are no Parquet"),
    ],
)
def test_refuses_files_that_are_no_table(tmp_path, name, content, match):
    """Each kind of unreadable file is refused by name, without repeating its content."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=match) as caught:
        everything(path, **COLUMNS)
    assert "Ana" not in str(caught.value)
    if content is not None:
        assert str(tmp_path) not in str(caught.value)


def test_places_are_judged_in_degrees(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("lon,lat,victims\n500000,8983000,1\n,120,1\n0,0.5,1\n1e30,1e30,1\n")
    rows, report = everything(path, crs="EPSG:32718", **COLUMNS)
    assert rows.round(2).tolist() == [[-75.0, -9.2, 1.0]]
    assert report.fault_lines["not a number"] == [3]
    assert report.fault_lines["outside Peru"] == [4, 5]


@pytest.mark.parametrize(
    ("crs", "match"),
    [
        ("EPSG:1", "crs is 'EPSG:1'. Give one"),
        ("EPSG:4978", "no places on the ground"),
    ],
)
def test_refuses_a_crs_before_any_file(tmp_path, crs, match):
    with refused(match):
        everything(tmp_path / "none.csv", crs=crs)


def write(path: Path, longitudes: list[float]) -> Path:
    frame = pd.DataFrame({"longitude": longitudes, "latitude": [-12.0] * len(longitudes)})
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path)
    return path


def test_names_and_patterns(tmp_path):
    b, a = (write(tmp_path / f"cases-{n}.csv", [-76.0]) for n in "ba")
    odd = write(tmp_path / "cases-[1].csv", [-76.0])
    paths = named_files([str(odd), str(tmp_path / "cases-?.csv"), str(a), "missing.csv"])
    assert paths == (odd, a, b, Path("missing.csv"))
    with pytest.raises(DataError, match=r"none-\*\.csv: found no file that fits"):
        named_files([str(tmp_path / "none-*.csv")])


def test_one_report_over_all_files(tmp_path):
    first = write(tmp_path / "one.csv", [-76.0, 5.0, -77.0])
    second = write(tmp_path / "two.parquet", [5.0, -75.0])
    seen: list[float] = []
    rows, report = everything(first, second, progress=seen.append)
    assert rows[:, 0].tolist() == [-76.0, -77.0, -75.0]
    assert report.fault_lines["outside Peru"] == ["one.csv:3", "two.parquet:1"]
    assert (report.row_count, report.used_count) == (5, 3)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1)
    with pytest.raises(DataError, match=r"three\.csv: found no file that can be read"):
        everything(first, tmp_path / "three.csv")
