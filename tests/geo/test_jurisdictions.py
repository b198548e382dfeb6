"""People of the area that an office serves."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.rates import Move, jurisdiction_people

PEOPLE = {"06": 1_400.0, "13": 2_000.0, "14": 1_200.0}
PARTS = {"0608": 190.0, "1303": 15.0}


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
    ("times", "parts", "moves", "expected"),
    [
        pytest.param(
            *(1, PARTS, [Move("0608", "06", "14"), Move("1303", "13", "06")]),
            {"06": 1_225, "13": 1_985, "14": 1_390},
            id="the province's own people where both years are one",
        ),
        pytest.param(
            *(2, PARTS, [Move("0608", "06", "14")]),
            {"06": 2_420, "13": 4_000, "14": 2_780},
            id="in another year the share",
        ),
        pytest.param(
            *(1, {**PARTS, "0606": 140.0}, [Move("0608", "06", "14"), Move("0606", "06", "14")]),
            {"06": 1_070, "13": 2_000, "14": 1_530},
            id="the second takes its share of all, not of those who are left",
        ),
        pytest.param(
            *(1, PARTS, [Move("0608", "06", None)]),
            {"06": 1_210, "13": 2_000, "14": 1_200},
            id="left out without a receiver",
        ),
    ],
)
def test_people_by_hand(times, parts, moves, expected) -> None:
    """Who is counted where once provinces have moved."""
    people = {code: times * number for code, number in PEOPLE.items()}
    assert jurisdiction_people(people, parts, PEOPLE, moves) == pytest.approx(expected)
