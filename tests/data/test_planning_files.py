"""Files of a planner: what is read, and that faults are named by line, never by value."""

import numpy as np
import pytest

from data.planning_files import read_place_list, read_travel_times
from geo.errors import DataError


def put(folder, name, text):
    """A file with this text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_places_by_coordinates_and_by_code(tmp_path):
    """Both kinds of rows in one list, with a byte order mark and capitals in the header."""
    text = "\ufeffName,Longitude,Latitude,UBIGEO,phone\nCasa,-77.03,-12.05,,9\nPuno,,,210101,9\n"
    table = read_place_list(put(tmp_path, "own.csv", text))
    assert table["name"].tolist() == ["Casa", "Puno"]
    assert table["district_ubigeo"].tolist() == ["", "210101"]
    assert table["longitude"].tolist()[0] == -77.03
    assert np.isnan(table["longitude"].iloc[1])
    assert list(table.columns) == ["name", "district_ubigeo", "longitude", "latitude", "line"]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("name,x\nSECRET,1\n", "line 1: found neither ubigeo"),
        ("longitude,latitude\n", "found no row"),
        ("longitude,latitude\n-77.03,SECRET\n", "line 2: found a place that is no number"),
        ("longitude,latitude\n-12.05,-77.03\n", "line 2: found longitude and latitude swapped"),
        ("longitude,latitude\n2.35,48.85\n", "line 2: found a place outside Peru"),
        ("ubigeo\n21010\n", "line 2: found a ubigeo that is none"),
        ("ubigeo\n210101\n210101\n", "line 3: found a place that an earlier line has"),
        ("ubigeo,ubigeo\n1,1\n", "a column twice"),
        ('ubigeo\n"21', "no table"),
    ],
)
def test_faulty_places_are_refused(tmp_path, text, match):
    """Line and kind of fault; the value stays out of the message."""
    with pytest.raises(DataError, match=match) as caught:
        read_place_list(put(tmp_path, "own.csv", text))
    assert "SECRET" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_no_file_and_no_text(tmp_path):
    """A missing file and bytes that are no text."""
    with pytest.raises(DataError, match="found no file"):
        read_place_list(tmp_path / "none.csv")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="no UTF-8"):
        read_place_list(tmp_path / "bytes.csv")


def test_travel_times(tmp_path):
    """Codes stay text with their zeros; faulty minutes are refused."""
    table = read_travel_times(put(tmp_path, "t.csv", "from,to,minutes\n010101,010102,12.5\n"))
    assert table.to_dict("records") == [{"from": "010101", "to": "010102", "minutes": 12.5}]
    for text, match in (
        ("from,minutes\n", "no column to"),
        ("from,to,minutes\na,b,-4\n", "line 2"),
        ("from,to,minutes\na,b,1\na,c,inf\n", "line 3"),
    ):
        with pytest.raises(DataError, match=match):
            read_travel_times(put(tmp_path, "t.csv", text))
