"""What sites reach: areas by hand, residents inside and shared by brute force."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.planner.demand import places
from atlas.planner.reach import Areas, Reach, reach_in_km, reach_in_time
from geo.crs import to_analysis

LIMA, HUANCAYO, PURUS = (-77.03, -12.05), (-75.2, -12.07), (-70.71, -9.77)
EVERYWHERE = np.ones((len(places().ubigeo), 1), bool)


def ring(place, km, has_way=EVERYWHERE):
    """What a site at a place reaches in straight kilometres."""
    return reach_in_km(*np.array(place)[:, None], np.array([km]), has_way)


def test_a_ring_inland_is_a_circle_and_on_the_coast_land_alone():
    """pi r2 in the projection, by shapely and as told; of Lima's ring the sea is no part."""
    inland, coast = ring(HUANCAYO, 60.0), ring(LIMA, 60.0)
    xy = np.column_stack(to_analysis(*shapely.get_coordinates(inland.shape[0]).T))
    for km2 in (shapely.Polygon(xy).area / 1e6, inland.km2[0]):
        assert km2 == pytest.approx(np.pi * 60**2, rel=1e-3)
    assert coast.km2[0] < 0.75 * np.pi * 60**2
    assert not shapely.intersects_xy(coast.shape[0], -77.3, -12.2)
    assert shapely.intersects_xy(coast.shape[0], *LIMA)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, len(places().ubigeo) - 1), st.floats(5, 300))
def test_who_lives_in_a_ring_is_who_is_so_near(at, km):
    """Against distances in the projection, place by place; who has no way is not inside."""
    towns = places()
    x, y = to_analysis(towns.longitude, towns.latitude)
    away = np.hypot(x - x[at], y - y[at]) / 1000
    reach = ring((towns.longitude[at], towns.latitude[at]), km)
    assert set(np.flatnonzero(away < 0.998 * km)) <= set(np.flatnonzero(reach.inside[:, 0]))
    assert not reach.inside[away > km, 0].any()
    lost = ring((towns.longitude[at], towns.latitude[at]), km, ~EVERYWHERE)
    assert lost.people()[0] == 0


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_shared_residents_are_those_of_two_areas_or_more(seed, sites):
    drawn = np.random.default_rng(seed).random((len(places().ubigeo), sites)) < 0.2
    reach = Reach((None,) * sites, np.full(sites, np.nan), drawn)
    held = [set(np.flatnonzero(one)) for one in drawn.T]
    either = set().union(*held)
    twice = {i for i in either if sum(i in one for one in held) >= 2}

    def people(of):
        return sum(places().population[i] for i in of)

    assert reach.people_of_all() == pytest.approx(people(either))
    assert reach.people_of_all(least=2) == pytest.approx(people(twice))
    assert reach.people() == pytest.approx([people(one) for one in held])
    assert reach.people(least=2) == pytest.approx([people(one & twice) for one in held])


def test_in_time_an_area_is_of_a_file_or_there_is_none():
    """Where a file has one its places count; else those that are reached, and no area is made."""
    is_reached = np.zeros((len(places().ubigeo), 2), bool)
    is_reached[:3] = True
    square = shapely.box(-75.5, -12.3, -75.0, -11.9)
    both = reach_in_time(["A", "B"], is_reached, Areas({"A": square}, ("C",), "dry", 2.0))
    inside = shapely.contains_xy(square, places().longitude, places().latitude)
    assert (both.inside[:, 0] == inside).all()
    assert inside.any()
    assert (both.inside[:, 1] == is_reached[:, 1]).all()
    assert both.shape == (square, None)
    assert (both.has_areas, both.areas.season, both.areas.idle) == (False, "dry", ("C",))
    side = 54.4 * 44.25  # km of half a degree there: longitude by latitude
    assert both.km2[0] == pytest.approx(side, rel=0.01)
    assert np.isnan(both.km2[1])
    none = reach_in_time(["A", "B"], is_reached, None)
    assert none.shape == (None, None)
    assert (none.inside == is_reached).all()
