"""Many files as one stream: which files, which lines, how far."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.point_files import PointColumns, named_files, read_point_files
from data.point_report import PointReport
from data.reading_ahead import ahead
from geo.errors import DataError

COLUMNS = PointColumns("longitude", "latitude", None)


def write(path: Path, longitudes: list[float]) -> Path:
    frame = pd.DataFrame({"longitude": longitudes, "latitude": [-12.0] * len(longitudes)})
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path)
    return path


def test_names_and_patterns(tmp_path):
    """In the order given, a pattern's files by name, none twice, brackets in a real name kept."""
    b, a = (write(tmp_path / f"cases-{n}.csv", [-76.0]) for n in "ba")
    odd = write(tmp_path / "cases-[1].csv", [-76.0])
    found = named_files([str(odd), str(tmp_path / "cases-?.csv"), str(a), "missing.csv"])
    assert found == [odd, a, b, Path("missing.csv")]
    with pytest.raises(DataError, match=r"none-\*\.csv: found no file that fits"):
        named_files([str(tmp_path / "none-*.csv")])


def test_one_report_over_all_files(tmp_path):
    """Rows add up, lines carry the file's name, progress ends at 1 and never falls."""
    paths = [
        write(tmp_path / "one.csv", [-76.0, 5.0, -77.0]),
        write(tmp_path / "two.parquet", [5.0, -75.0]),
    ]
    report, seen = PointReport(), []
    chunks = list(read_point_files(paths, COLUMNS, report=report, progress=seen.append))
    assert np.concatenate([c.longitude for c in chunks]).tolist() == [-76.0, -77.0, -75.0]
    assert report.fault_lines["outside Peru"] == ["one.csv:3", "two.parquet:1"]
    assert (report.row_count, report.used_count) == (5, 3)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1)


def test_a_missing_file_among_others_is_named(tmp_path):
    """The first file is read, the second refused by its name."""
    paths = [write(tmp_path / "one.csv", [-76.0]), tmp_path / "two.csv"]
    with pytest.raises(DataError, match=r"two\.csv: found no file that can be read"):
        list(read_point_files(paths, COLUMNS))


def test_reading_ahead_keeps_order_and_errors():
    """What came before the error arrives, then the error itself."""

    def items():
        yield from range(5)
        raise DataError("x.csv", came="a fault", expected="none")

    stream = ahead(items())
    assert [next(stream) for _ in range(5)] == list(range(5))
    with pytest.raises(DataError, match="found a fault"):
        next(stream)


def test_a_consumer_that_stops_leaves_no_thread():
    """Only a bounded number is fetched, and the thread ends with the loop."""
    fetched = []

    def items():
        for number in range(10_000):
            fetched.append(number)
            yield number

    stream = ahead(items(), depth=2)
    assert next(stream) == 0
    stream.close()
    assert len(fetched) < 10
    assert not [thread for thread in threading.enumerate() if thread.name == "reading ahead"]
