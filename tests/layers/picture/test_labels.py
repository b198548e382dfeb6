"""Names and their lines do not collide, stay inside, and give way in the right order."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.picture.labels import LabelRequest, _Places, _spots, aside_spots, place_labels

FRAME = shapely.box(0, 0, 300, 200)


def test_first_come_first_served() -> None:
    """Two names for one spot: the first gets it, the second the other side of the mark."""
    wish = LabelRequest(("Iquitos",), 150, 100, 10, clearance=3)
    first, second = place_labels([wish, wish], frame=FRAME)
    assert first.left > 150
    assert second.left + second.width < 150


def test_no_room_is_none() -> None:
    room = shapely.box(10, 10, 20, 14)
    wish = LabelRequest(("Madre de Dios",), 15, 12, 12, inside=room)
    assert place_labels([wish], frame=FRAME) == [None]


def test_second_line_goes_before_the_name() -> None:
    wish = LabelRequest(("Ica", "0.5×"), 30, 17, 10, inside=shapely.box(10, 10, 50, 24))
    (label,) = place_labels([wish], frame=FRAME)
    assert label.lines == ("Ica",)


@settings(max_examples=30)
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
    (label,) = place_labels([wish], frame=FRAME, taken=[taken], avoided=[route])
    costs = {}
    for rank, spot in _spots(_Places(wish), lambda areas: np.full(len(areas), fill_value=True)):
        area = spot.area
        if not FRAME.contains(area) or area.intersects(taken):
            continue
        outside = 1 - room.intersection(area).area / area.area if spot.is_over_edge else 0.0
        if outside > 0.22:
            continue
        costs[spot] = rank + 15 * outside + route.intersection(area).length / 12
    assert (label is None) == (not costs)
    if label is not None:
        assert costs[label] <= min(costs.values()) + 1e-8


def test_a_name_whose_room_is_taken_chooses_before_the_one_that_took_it() -> None:
    """The roomy area's name moves aside for the small one's, which would be lost."""
    small = shapely.box(110, 90, 155, 112)
    roomy = LabelRequest(("Lima",), 130, 100, 10, inside=shapely.box(20, 20, 280, 180))
    tight = LabelRequest(("Pasco",), 132, 101, 10, inside=small)
    large, little = place_labels([roomy, tight], frame=FRAME)
    assert large is not None
    assert little is not None
    assert small.contains(little.area)


def test_a_line_goes_over_the_sea_rather_than_over_neighbours() -> None:
    """A name further off is taken when the nearer one's line would cross the land of others."""
    west, east = shapely.box(0, 0, 146, 200), shapely.box(190, 0, 300, 200)
    sea = shapely.union_all([west, east])
    own = shapely.box(147, 97, 153, 103)
    wish = LabelRequest(("Callao",), 150, 100, 10, inside=own, beside=sea, margin=sea)
    (spot,) = place_labels([wish], frame=FRAME, taken=[shapely.box(100, 0, 146, 200)])
    assert west.contains(spot.area)


@settings(max_examples=25)
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
    areas = [label.area for label in place_labels(wishes, frame=FRAME, taken=[taken]) if label]
    assert all(FRAME.contains(area) and not area.intersects(taken) for area in areas)
    assert not any(a.intersects(b) for n, a in enumerate(areas) for b in areas[:n])


SHEET = shapely.box(0, 0, 400, 300)
LAND = shapely.box(150, 0, 300, 300)
SEA = shapely.box(0, 0, 150, 300)
MARGIN = SHEET.difference(LAND)


def _small(x: float, y: float, name: str = "Huancavelica") -> LabelRequest:
    """A region four units wide inside the land."""
    home = shapely.Point(x, y).buffer(2)
    return LabelRequest(
        (name, "13.4"), x, y, 11, "semibold", inside=home, beside=SEA, margin=MARGIN
    )


def test_a_small_region_is_named_with_its_figure() -> None:
    """Both lines stand in the sea, and the line ends at the region's middle."""
    (label,) = place_labels([_small(180, 100)], frame=SHEET)
    assert label.lines == ("Huancavelica", "13.4")
    assert SEA.contains(label.area)
    assert label.leader[2:] == (180, 100)
    assert label.side == "end"
    assert label.leader[0] > label.left + label.width


def test_a_region_with_room_needs_no_line() -> None:
    """The margin is the last resort, never a better place."""
    home = shapely.box(160, 60, 290, 140)
    wish = LabelRequest(("Loreto", "10.9"), 225, 100, 11, inside=home, beside=SEA, margin=MARGIN)
    (label,) = place_labels([wish], frame=SHEET)
    assert label.leader is None
    assert home.contains(label.area)


def test_the_figure_is_not_dropped_where_a_margin_is() -> None:
    """A line would do for the name alone; name and figure go into the sea together."""
    home = shapely.box(158, 90, 225, 104)
    bare = LabelRequest(("La Libertad", "1.7"), 190, 97, 11, "semibold", inside=home)
    (alone,) = place_labels([bare], frame=SHEET)
    assert alone.lines == ("La Libertad",)
    wish = LabelRequest(
        ("La Libertad", "1.7"), 190, 97, 11, "semibold", inside=home, beside=SEA, margin=MARGIN
    )
    (label,) = place_labels([wish], frame=SHEET)
    assert label.lines == ("La Libertad", "1.7")


def test_without_sea_a_neighbours_land_is_the_margin() -> None:
    """The sea is preferred, the land beyond the border is taken when it is full."""
    (label,) = place_labels([_small(280, 100)], frame=SHEET, taken=[SEA])
    assert shapely.box(300, 0, 400, 300).contains(label.area)
    assert label.side == "start"


def test_where_nothing_is_free_no_name_stands_aside() -> None:
    """A brief's map of Chachapoyas has none: neither margin nor sea beside the province."""
    assert aside_spots((15, 12), 60, 24, free=shapely.Polygon(), sea=None).shape == (0, 5)


def test_no_line_is_longer_than_a_quarter_of_the_picture() -> None:
    """What lies too far from every margin stays without a name rather than under a long line."""
    spots = aside_spots((225, 150), 60, 24, free=MARGIN, sea=SEA)
    length = np.hypot(spots[:, 3] - 225, spots[:, 4] - 150)
    assert len(spots)
    assert length.max() <= 100
    far = aside_spots((1000, 150), 60, 24, free=MARGIN, sea=SEA)
    assert len(far) == 0


@settings(max_examples=25)
@given(st.lists(st.tuples(st.floats(155, 295), st.floats(10, 290)), max_size=9))
def test_names_and_lines_never_touch(spots: list[tuple[float, float]]) -> None:
    """No name covers a name or another's line, no two lines cross, none leaves the frame."""
    wishes = [_small(x, y, f"Lugar {n}") for n, (x, y) in enumerate(spots)]
    labels = [label for label in place_labels(wishes, frame=SHEET) if label is not None]
    inked = [shapely.union_all([label.area, label.line or label.area]) for label in labels]
    for number, (label, ink) in enumerate(zip(labels, inked, strict=True)):
        assert SHEET.contains(label.area)
        assert not any(ink.intersects(other) for other in inked[:number])
