"""Names do not collide, stay inside, and give way in the right order."""

from __future__ import annotations

import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from exports.labels import Wish, place

FRAME = shapely.box(0, 0, 300, 200)


def test_first_come_first_served() -> None:
    """Two names for one spot: the first gets it, the second the other side of the mark."""
    wish = Wish(("Iquitos",), 150, 100, 10, clearance=3)
    first, second = place([wish, wish], frame=FRAME)
    assert first is not None
    assert second is not None
    assert first.left > 150
    assert second.left + second.width < 150


def test_no_room_is_none() -> None:
    """A name that fits nowhere is left out, never squeezed in."""
    room = shapely.box(10, 10, 20, 14)
    wish = Wish(("Madre de Dios",), 15, 12, 12, inside=room)
    assert place([wish], frame=FRAME) == [None]


def test_second_line_goes_before_the_name() -> None:
    """Where two lines do not fit, the figure is dropped and the name stays."""
    wish = Wish(("Ica", "0.5×"), 30, 17, 10, inside=shapely.box(10, 10, 50, 24))
    (found,) = place([wish], frame=FRAME)
    assert found is not None
    assert found.lines == ("Ica",)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 300), st.floats(0, 200), st.sampled_from(["Lima", "Puno", "Ñ"])),
        max_size=25,
    )
)
def test_names_never_overlap(spots: list[tuple[float, float, str]]) -> None:
    """Whatever is asked, no two names touch, none leaves the frame or covers what is taken."""
    taken = shapely.box(0, 150, 100, 200)
    wishes = [Wish((name,), x, y, 10, clearance=2) for x, y, name in spots]
    found = [one.area for one in place(wishes, frame=FRAME, taken=[taken]) if one]
    assert all(FRAME.contains(area) and not area.intersects(taken) for area in found)
    assert not any(a.intersects(b) for n, a in enumerate(found) for b in found[:n])
