"""People of the area that an office serves."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.rates import Move, jurisdiction_people

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


def test_two_provinces_of_one_region_move_their_own_people() -> None:
    """The second takes its share of all who live there, not of whom the first has left."""
    moves = [Move("0608", "06", "14"), Move("0606", "06", "14")]
    moved = jurisdiction_people(PEOPLE, {**PARTS, "0606": 140.0}, TOTALS, moves)
    assert moved["14"] == pytest.approx(1_200 + 190 + 140)


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
