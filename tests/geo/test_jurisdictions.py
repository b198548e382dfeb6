"""People of the area that an office serves."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import ParameterError
from geo.jurisdictions import Move, jurisdiction_people

PEOPLE = {"06": 1_400.0, "13": 2_000.0, "14": 1_200.0}
TOTALS = {"06": 1_400.0, "13": 2_000.0, "14": 1_200.0}
PARTS = {"0608": 190.0, "1303": 15.0}


def test_a_province_moves_whole_in_its_own_year() -> None:
    """Where both years are one, the province's own people move."""
    moved = jurisdiction_people(
        PEOPLE, PARTS, TOTALS, [Move("0608", "06", "14"), Move("1303", "13", "06")]
    )
    assert moved == pytest.approx({"06": 1_225, "13": 1_985, "14": 1_390})


def test_another_year_takes_the_share() -> None:
    """Twice the people, the same share."""
    double = {code: 2 * number for code, number in PEOPLE.items()}
    moved = jurisdiction_people(double, PARTS, TOTALS, [Move("0608", "06", "14")])
    assert moved["14"] == pytest.approx(2_400 + 380)


def test_without_a_receiver_people_are_left_out() -> None:
    """Dropped from their own region, added to none."""
    moved = jurisdiction_people(PEOPLE, PARTS, TOTALS, [Move("0608", "06", None)])
    assert moved == pytest.approx({"06": 1_210, "13": 2_000, "14": 1_200})


@given(
    people=st.lists(st.floats(1, 1e7), min_size=3, max_size=3),
    share=st.floats(0, 1),
)
@settings(deadline=None, max_examples=40)
def test_people_are_conserved(people: list[float], share: float) -> None:
    """A move with a receiver changes no sum."""
    moved = jurisdiction_people(
        dict(zip("abc", people, strict=True)),
        {"a1": share * 10},
        {"a": 10.0},
        [Move("a1", "a", "c")],
    )
    assert sum(moved.values()) == pytest.approx(sum(people))
    assert min(moved.values()) >= 0


@pytest.mark.parametrize(
    ("moves", "match"),
    [
        ([Move("0608", "06", "14"), Move("0608", "06", "13")], "twice"),
        ([Move("0608", "06", "99")], "names 99"),
        ([Move("0609", "06", "14")], "names 0609"),
        ([Move("0608", "06", "06")], "to itself"),
    ],
)
def test_refusals(moves: list[Move], match: str) -> None:
    """A move that cannot be meant is refused."""
    with pytest.raises(ParameterError, match=match):
        jurisdiction_people(PEOPLE, PARTS, TOTALS, moves)


def test_a_part_is_no_larger_than_the_whole() -> None:
    """A province of another region, or of another year's count, would show here."""
    with pytest.raises(ParameterError, match="no larger than the whole"):
        jurisdiction_people(PEOPLE, {"0608": 1_500.0}, TOTALS, [Move("0608", "06", "14")])
