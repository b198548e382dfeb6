"""Files of a planner: what is read, and that faults are named by line, never by value."""

import pandas as pd
import pytest

from data.context import load_travel_speeds
from data.planning_files import add_travel_times, read_speeds, read_travel_times
from geo.errors import DataError


def put(folder, name, text):
    """A file with this text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_commas_at_the_end_of_rows_do_no_harm(tmp_path, recwarn):
    text = "from,to,minutes\na,b,1,\na,c,2\n"
    table = read_travel_times(put(tmp_path, "t.csv", text))
    assert table["minutes"].tolist() == [1, 2]
    # a file that another test left open may be collected meanwhile
    assert not [one for one in recwarn if not issubclass(one.category, ResourceWarning)]


def test_no_file_and_no_text(tmp_path):
    with pytest.raises(DataError, match="found no file"):
        read_travel_times(tmp_path / "none.csv")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="no UTF-8"):
        read_travel_times(tmp_path / "bytes.csv")


def test_travel_times(tmp_path):
    table = read_travel_times(put(tmp_path, "t.csv", "from,to,minutes\n010101,010102,12.5\n"))
    assert table.to_dict("records") == [{"from": "010101", "to": "010102", "minutes": 12.5}]
    for text, match in (
        ("from,minutes\n", "no column to in from,minutes"),
        ("Desde;Hasta;Leguas\na;b;2\n", "line 1: found no column minutes in Desde,Hasta,Leguas"),
        ("from,to,minutes\n", "found no row with minutes"),
        ("from,to,minutes\na,b,1,2\n", "line 2: found 4 cells under 3 headings; expected one"),
        ("from,to,minutes\na,b,1\na,c,1,2\n", "line 3: found 4 cells under 3 headings"),
        ("from,from,minutes\na,b,1\n", "a column twice"),
        ("from,to,minutes\na,b,\n", "found no row with minutes"),
        ("origen;170101\n010101;x\n", "line 2"),
        ("from,to,minutes\na,b,-4\n", "line 2"),
        ("from,to,minutes\na,b,1\na,c,inf\n", "line 3"),
        ("from,to,minutes\n010101,10101,0\n010101,010102,0\n", "line 3: found 0 minutes betw"),
        ("origen;010102;010101\n010101;;0\n010102;0;0.0\n", "line 3: .* 0 is of a place to it"),
    ):
        with pytest.raises(DataError, match=match):
            read_travel_times(put(tmp_path, "t.csv", text))


LONG = {
    "from": ["010101", "010101", "010102"],
    "to": ["Base", "Río", "Río"],
    "minutes": [12.5, 60, 7],
}


@pytest.mark.parametrize(
    "text",
    [
        "from,to,minutes\n010101,Base,12.5\n010101,Río,60\n010102,Base,\n010102,Río,7\n",
        "Desde;Hasta;Minutos\n010101;Base;12,5\n010101;Río;60\n010102;Río;7\n",
        "origen\tdestino\tminutos\n010101\tBase\t12.5\n010101\tRío\t60\n010102\tRío\t7\n",
        "origen;Base;Río\n010101;12,5;60\n010102;;7\n",
        ",Base,Río\n010101,12.5,60\n010102,,7\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_travel_times_long_square_and_in_spanish(tmp_path, text, encoding):
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode(encoding))
    pd.testing.assert_frame_equal(read_travel_times(path), pd.DataFrame(LONG), check_dtype=False)


def test_tables_of_several_files_add_up():
    later = pd.DataFrame({"from": ["010101", "020101"], "to": ["Río", "Río"], "minutes": [30.0, 9]})
    both = add_travel_times(add_travel_times(None, pd.DataFrame(LONG)), later)
    assert both["minutes"].tolist() == [12.5, 7, 30, 9]


def test_own_speeds_stand_in_for_the_shipped_ones(tmp_path):
    shipped = load_travel_speeds()
    own = read_speeds(
        put(tmp_path, "s.csv", "code;speed_kmh;rainy_factor\ntrack;12,5;0,4\n"), shipped
    )
    assert own[["kind", "code", "speed_kmh", "rainy_factor", "dry_factor"]].values.tolist() == [
        ["road", "track", 12.5, 0.4, 1.0]
    ]
    for text, match in (
        ("code\ntrack\n", "no code and speed_kmh"),
        ("code,speed_kmh\ntrack,-1\n", "line 2: found speed_kmh out of range"),
        ("code,speed_kmh,rainy_factor\ntrack,1,0\n", "rainy_factor out of range"),
        ("code,speed_kmh\ntrack,1\ntrack,2\n", "line 3: found a code twice"),
        ("code,speed_kmh\nraceway,90\n", "line 2: found a row without its kind"),
        ("code,speed_kmh\ntrack,\n", "line 2: found a row without its kind or speed"),
    ):
        with pytest.raises(DataError, match=match):
            read_speeds(put(tmp_path, "s.csv", text), shipped)
