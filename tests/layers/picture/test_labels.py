"""Names do not collide, stay inside, and give way in the right order."""

from __future__ import annotations

import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.picture.labels import LabelRequest, _spots, place_labels

FRAME = shapely.box(0, 0, 300, 200)


def test_first_come_first_served() -> None:
    """Two names for one spot: the first gets it, the second the other side of the mark."""
    wish = LabelRequest(("Iquitos",), 150, 100, 10, clearance=3)
    first, second = place_labels([wish, wish], frame=FRAME)
    assert first is not None
    assert second is not None
    assert first.left > 150
    assert second.left + second.width < 150


def test_no_room_is_none() -> None:
    """A name that fits nowhere is left out, never squeezed in."""
    room = shapely.box(10, 10, 20, 14)
    wish = LabelRequest(("Madre de Dios",), 15, 12, 12, inside=room)
    assert place_labels([wish], frame=FRAME) == [None]


def test_second_line_goes_before_the_name() -> None:
    """Where two lines do not fit, the figure is dropped and the name stays."""
    wish = LabelRequest(("Ica", "0.5×"), 30, 17, 10, inside=shapely.box(10, 10, 50, 24))
    (found,) = place_labels([wish], frame=FRAME)
    assert found is not None
    assert found.lines == ("Ica",)


@settings(max_examples=30, deadline=None)
@given(
    corners=st.lists(
        st.tuples(st.integers(5, 290), st.integers(5, 190)), min_size=3, max_size=7, unique=True
    ),
    mark=st.tuples(st.floats(20, 280), st.floats(20, 180)),
    height=st.integers(20, 160),
)
def test_the_best_place_is_taken(corners, mark, height) -> None:
    """Looking no further than needed finds what trying every place finds."""
    room = shapely.convex_hull(shapely.MultiPoint(corners)).buffer(6)
    wish = LabelRequest(
        ("Lima", "1.5"), *mark, 11, inside=room, beside=shapely.box(0, 0, 300, 200) - room
    )
    taken, route = shapely.box(0, 0, 90, height), shapely.LineString([(0, 100), (300, 90)])
    (found,) = place_labels([wish], frame=FRAME, taken=[taken], avoided=[route])
    costs = {}
    for rank, spot in _spots(wish):
        area = spot.area
        if not FRAME.contains(area) or area.intersects(taken):
            continue
        if spot.is_over_edge and room.intersection(area).area < 0.78 * area.area:
            continue
        costs[spot] = rank + route.intersection(area).length / 12
    assert (found is None) == (not costs)
    if found is not None:
        assert costs[found] <= min(costs.values()) + 1e-8


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
    wishes = [LabelRequest((name,), x, y, 10, clearance=2) for x, y, name in spots]
    found = [one.area for one in place_labels(wishes, frame=FRAME, taken=[taken]) if one]
    assert all(FRAME.contains(area) and not area.intersects(taken) for area in found)
    assert not any(a.intersects(b) for n, a in enumerate(found) for b in found[:n])
