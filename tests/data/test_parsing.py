"""Cells become typed columns by the schema alone."""

import pytest

from data.parsing import check_totals, parse_table
from geo.errors import DataError

SCHEMA = {
    "fields": [
        {"name": "code", "type": "string", "constraints": {"required": True, "unique": True}},
        {"name": "n", "type": "integer", "constraints": {"minimum": 0}},
        {"name": "x", "type": "number"},
        {"name": "flag", "type": "boolean"},
        {"name": "kind", "type": "string", "constraints": {"enum": ["a", "b"]}},
    ]
}
HEADER = "code,n,x,flag,kind\n"


def _parse(rows):
    return parse_table("t.csv", (HEADER + rows).encode(), SCHEMA)


def test_types_of_columns():
    frame = _parse("01,7,1.5,true,a\n02,,,false,\n")
    assert frame["code"].tolist() == ["01", "02"]
    assert frame["n"].isna().tolist() == [False, True]
    assert frame["flag"].tolist() == [True, False]
    assert frame["kind"].tolist() == ["a", None]
    assert _parse("01,7,1.5,true,a\n")["n"].dtype == "int64"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (",1,1,true,a\n", "line 2: found '' in column 'code'; expected a value"),
        ("1,1,1,true,a\n1,1,1,true,a\n", "line 3: found '1' in column 'code'; expected a code"),
        ("1,1.5,1,true,a\n", "line 2: found '1.5' in column 'n'; expected a whole number"),
        ("1,-1,1,true,a\n", "line 2: found '-1' in column 'n'; expected at least 0"),
        ("1,1,inf,true,a\n", "line 2: found 'inf' in column 'x'; expected a number"),
        ("1,1,1,yes,a\n", "line 2: found 'yes' in column 'flag'; expected true or false"),
        ("1,1,1,true,c\n", "line 2: found 'c' in column 'kind'; expected one of a, b"),
        ("1,1,1,true\n", "line 2: found 4 cells; expected 5 cells"),
    ],
)
def test_a_bad_cell_is_named_with_its_line(rows, message):
    with pytest.raises(DataError, match=message):
        _parse(rows)


@pytest.mark.parametrize(
    ("total", "tolerance", "is_refused"),
    [(12, 0, False), (11, 0, True), (13, 0, True), (13, 1, False), (11, 1, False), (14, 1, True)],
)
def test_a_total_tells_lost_rows_and_added_ones(total, tolerance, is_refused):
    item = {"column": "n", "total": total, "tolerance": tolerance, "source": "the publisher"}
    card = {"path": "t.csv", "expected_totals": [item]}
    frame = _parse("01,7,1,true,a\n02,5,1,true,a\n")
    if not is_refused:
        check_totals(frame, card)
        return
    with pytest.raises(DataError, match=rf"n sums to 12.*expected {total} \(the publisher\)"):
        check_totals(frame, card)


def test_other_encodings_are_refused():
    """Latin-1 would turn Áncash into rubbish."""
    with pytest.raises(DataError, match="not UTF-8"):
        parse_table("t.csv", HEADER.encode() + "Á".encode("latin-1"), SCHEMA)
