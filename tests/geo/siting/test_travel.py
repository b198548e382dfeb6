"""Distances, travel times from tables, and shortest times over a network."""

from dataclasses import replace
from itertools import pairwise

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.crs import EARTH_RADIUS_KM, great_circle_km
from geo.errors import ParameterError
from geo.siting.network import Network, join_places, reached_pieces, shortest_minutes
from geo.siting.travel import (
    DETOUR,
    land_of,
    travel_cost,
    travel_time_matrix,
)

LONGITUDES, LATITUDES = st.floats(-81.4, -68.6), st.floats(-18.4, 0.0)


@pytest.mark.parametrize(
    ("name", "longitude", "latitude", "altitude", "ubigeo", "land"),
    [
        ("Piura", -80.63, -5.19, 29, "200101", "coast"),
        ("Yonán, on the Jequetepeque", -79.13, -7.25, 453, "060508", "coast"),
        ("Tacna, 562 m: yunga", -70.25, -18.01, 562, "230101", "highland"),
        ("Huancayo", -75.21, -12.07, 3259, "120101", "highland"),
        ("Huánuco, 1,898 m", -76.24, -9.93, 1898, "100101", "highland"),
        ("Jaén", -78.81, -5.71, 728, "060801", "jungle"),
        ("Pucallpa", -74.55, -8.38, 154, "250101", "jungle"),
        ("Iquitos", -73.24, -3.75, 107, "160101", "river"),
    ],
)
def test_land_of_known_towns(name, longitude, latitude, altitude, ubigeo, land):
    assert land_of([longitude], [latitude], [altitude], [ubigeo]).tolist() == [land]


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(LONGITUDES, LATITUDES, st.sampled_from(sorted(DETOUR))), min_size=2, max_size=6
    )
)
def test_a_way_is_the_same_both_ways_and_never_shorter_than_straight(drawn):
    """By the factors of the two ends, and by no other."""
    east, north, land = (np.array(column) for column in zip(*drawn, strict=True))
    ways = travel_cost(east, north, land, east, north, land)
    straight = great_circle_km(east, north, east, north)
    assert ways == pytest.approx(ways.T)
    assert (ways >= straight * (1 - 1e-12)).all()
    assert (ways <= straight * max(DETOUR.values()) * (1 + 1e-12)).all()


def test_missing_pairs_cannot_be_travelled():
    """A table has directions, gaps, and the way to oneself only if it says otherwise."""
    table = pd.DataFrame(
        {"from": ["a", "b", "a", "x"], "to": ["b", "b", "c", "b"], "minutes": [30, 7, 4.5, 1]}
    )
    minutes, has_origin, is_named, idle, is_outward = travel_time_matrix(
        table, ["a", "b", "c", "d"], ["b", "c", "d"]
    )
    no = np.inf
    assert minutes.tolist() == [[30, 4.5, no], [7, no, no], [no, 0, no], [no, no, no]]
    assert (has_origin.tolist(), is_named.tolist()) == ([True] * 3 + [False], [True, True, False])
    assert (idle, is_outward) == (1, False)


def test_a_table_from_the_candidates_to_the_places():
    """As a team travels; names of the candidates that stand for them count in both readings."""
    table = pd.DataFrame({"from": ["x", "X", "y"], "to": ["a", "b", "a"], "minutes": [1, 2, 3]})
    asked = (["a", "b"], ["x", "y"], {"X": "x"})
    minutes, *_, idle, is_outward = travel_time_matrix(table, *asked)
    assert minutes.tolist() == [[1.0, 3.0], [2.0, np.inf]]
    assert (idle, is_outward) == (0, True)
    turned = table.rename(columns={"from": "to", "to": "from"})
    minutes, *_, idle, is_outward = travel_time_matrix(turned, *asked)
    assert minutes.tolist() == [[1.0, 3.0], [2.0, np.inf]]
    assert (idle, is_outward) == (0, False)


def test_a_table_that_can_be_read_both_ways():
    """The side with fewer candidates has them; on a tie it is from."""
    every = ["a", "b", "c"]
    fan = pd.DataFrame({"from": ["a", "a", "x"], "to": ["b", "c", "q"], "minutes": [1, 2, 3]})
    minutes, *_, idle, is_outward = travel_time_matrix(fan, every, every)
    assert minutes.tolist() == [[0, np.inf, np.inf], [1, np.inf, np.inf], [2, np.inf, np.inf]]
    assert (idle, is_outward) == (1, True)
    turned = fan.rename(columns={"from": "to", "to": "from"})
    minutes, *_, is_outward = travel_time_matrix(turned, every, every)
    assert minutes.tolist() == [[0, np.inf, np.inf], [1, np.inf, np.inf], [2, np.inf, np.inf]]
    assert not is_outward
    both = pd.DataFrame({"from": ["a", "b"], "to": ["b", "a"], "minutes": [1, 2]})
    minutes, *_, is_outward = travel_time_matrix(both, every[:2], every[:2])
    assert minutes.tolist() == [[0, 2], [1, 0]]
    assert is_outward


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ({"from": ["a", "a"], "to": ["b", "b"], "minutes": [1, 2]}, "given twice"),
        ({"from": ["q"], "to": ["b"], "minutes": [1]}, "no travel time joins"),
        ({"from": ["b"], "to": ["b"], "minutes": [0]}, "join each place with itself alone"),
    ],
)
def test_faulty_travel_times_are_refused(rows, match):
    with pytest.raises(ParameterError, match=match):
        travel_time_matrix(pd.DataFrame(rows), ["a", "b"], ["b"])


def test_lima_to_cusco():
    """Known answer: 573 km on the ellipsoid between the two main squares, within 0.6 %."""
    distance = great_circle_km([-77.0305], [-12.0460], [-71.9787], [-13.5168])
    assert distance[0, 0] == pytest.approx(573, rel=0.006)


@settings(max_examples=30)
@given(
    starts=st.lists(st.tuples(LONGITUDES, LATITUDES), min_size=1, max_size=6),
    targets=st.lists(st.tuples(LONGITUDES, LATITUDES), min_size=1, max_size=6),
)
def test_same_as_haversine_over_all_pairs(starts, targets):
    """Second way: the haversine of every pair."""
    lon, lat = np.radians(np.array(starts)).T
    target_lon, target_lat = np.radians(np.array(targets)).T
    half = (
        np.sin((lat[:, None] - target_lat) / 2) ** 2
        + np.cos(lat[:, None]) * np.cos(target_lat) * np.sin((lon[:, None] - target_lon) / 2) ** 2
    )
    brute = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(half))
    lengths = great_circle_km(*np.array(starts).T, *np.array(targets).T)
    np.testing.assert_allclose(lengths, brute, rtol=1e-7, atol=1e-6)


WALKING_KMH = 4.0


def network(rng, *, points, ways):
    """Random ways among random points some kilometres apart; some edges closed one way or both."""
    longitude, latitude = rng.uniform(-75.2, -75.0, points), rng.uniform(-9.2, -9.0, points)
    runs = [rng.choice(points, rng.integers(2, 6), replace=False) for _ in range(ways)]
    node = np.concatenate(runs)
    is_last = np.zeros(len(node), bool)
    is_last[np.cumsum([len(run) for run in runs]) - 1] = True
    forward = np.where(is_last, np.inf, rng.uniform(0.0, 30.0, len(node)))
    backward = np.where(is_last, np.inf, rng.uniform(0.0, 30.0, len(node)))
    backward[rng.random(len(node)) < 0.4] = np.inf
    forward[rng.random(len(node)) < 0.2] = np.inf
    kind = np.repeat(rng.integers(3, size=ways), [len(run) for run in runs])
    return Network(longitude, latitude, node, is_last, forward, backward, kind > 0, kind == 2)


def by_networkx(made, longitude, latitude, within_km):
    """The same with every point a node, each place's foot found by brute force along all edges."""
    graph = nx.DiGraph()

    def add(start, end, minutes):
        if np.isfinite(minutes) and minutes < graph.get_edge_data(start, end, {"m": np.inf})["m"]:
            graph.add_edge(start, end, m=minutes)

    edges = [int(at) for at in np.flatnonzero(~made.is_last)]
    feet = {at: [] for at in edges}
    is_first = np.append(True, made.is_last[:-1])
    for place, (east, north) in enumerate(zip(longitude, latitude, strict=True)):
        graph.add_node(("place", place))
        for water in (False, True):
            best = (np.inf, None, None)
            for at in edges:
                is_open = np.isfinite(made.forward[at]) or np.isfinite(made.backward[at])
                if not is_open or made.is_water[at] != water:
                    continue
                shares = np.linspace(0, 1, 4001)
                if made.is_ferry[at]:
                    stops = (is_first[at], made.is_last[at + 1])
                    shares = np.array([0.0, 1.0])[list(stops)]
                start, end = made.node[at], made.node[at + 1]
                ways = [
                    side[start] + shares * (side[end] - side[start])
                    for side in (made.longitude, made.latitude)
                ]
                km = great_circle_km([east], [north], *ways)[0]
                if len(km) and km.min() < best[0]:
                    best = (km.min(), at, shares[km.argmin()])
            km, at, share = best
            if km > within_km:
                continue
            foot, walk = ("foot", place, water), 60 * km / WALKING_KMH
            if share in (0, 1):
                foot = int(made.node[at + int(share)])
            else:
                feet[at].append((share, foot))
            add(("place", place), foot, walk)
            add(foot, ("place", place), walk)
    for at in edges:
        ends = [(0.0, int(made.node[at])), (1.0, int(made.node[at + 1]))]
        along = [ends[0], *sorted(feet[at], key=lambda foot: foot[0]), ends[1]]
        for (low, start), (high, end) in pairwise(along):
            if np.isfinite(made.forward[at]):
                add(start, end, (high - low) * made.forward[at])
            if np.isfinite(made.backward[at]):
                add(end, start, (high - low) * made.backward[at])
    minutes_between = np.full((len(longitude),) * 2, np.inf)
    for place in range(len(longitude)):
        lengths = nx.single_source_dijkstra_path_length(graph, ("place", place), weight="m")
        for name, minutes in lengths.items():
            if isinstance(name, tuple) and name[0] == "place":
                minutes_between[place, name[1]] = minutes
    return minutes_between


def answer(made, longitude, latitude, within_km, starts=None, ends=None):
    joined = join_places(made, longitude, latitude, within_km=within_km)
    every = np.arange(len(longitude))
    starts, ends = every if starts is None else starts, every if ends is None else ends
    return shortest_minutes(joined, starts, ends, walking_kmh=WALKING_KMH)


ROAD = (-72.0, -71.9, -71.8)
"""degrees east of three points in a row, 10 minutes apart by the ways of the next test"""


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("east", "north"), [(0.0, 0.0), (0.0, 0.01), (4e-6, 0.0), (-4e-6, 3e-6), (1e-15, -1e-15)]
)
def test_at_a_node_all_its_ways_are_reached(order, east, north):
    """From the third point the second is reached in 10 minutes, and the first (one-way) is not."""
    ways = [([0, 1], [10.0], [np.inf]), ([1, 2], [10.0], [10.0])][::order]
    node = np.concatenate([way[0] for way in ways])
    forward, backward = (np.concatenate([[*way[n], np.inf] for way in ways]) for n in (1, 2))
    no = np.zeros(4, bool)
    last = np.array([False, True, False, True])
    made = Network(np.array(ROAD), np.full(3, -13.0), node, last, forward, backward, no, no)
    longitude, latitude = np.array(ROAD), np.full(3, -13.0)
    longitude[1] += east
    latitude[1] += north
    walk = 60 * great_circle_km([ROAD[1]], [-13.0], longitude[1:2], latitude[1:2]) / WALKING_KMH
    on_foot = float(walk[0, 0])
    expected = [[0, 10 + on_foot, 20], [np.inf, 0, 10 + on_foot], [np.inf, 10 + on_foot, 0]]
    np.testing.assert_allclose(answer(made, longitude, latitude, 5.0), expected, atol=0.02)


@pytest.mark.parametrize("seed", range(4))
def test_the_same_as_networkx_without_contraction(seed):
    """Second way: every point a node, the foot of each place by brute force along every edge."""
    rng = np.random.default_rng(seed)
    made = network(rng, points=40, ways=16)
    longitude, latitude = rng.uniform(-75.2, -75.0, 5), rng.uniform(-9.2, -9.0, 5)
    ours = answer(made, longitude, latitude, 4.0)
    theirs = by_networkx(made, longitude, latitude, 4.0)
    np.testing.assert_array_equal(np.isfinite(ours), np.isfinite(theirs))
    both = np.isfinite(ours)
    assert both.sum() > len(ours)
    np.testing.assert_allclose(ours[both], theirs[both], rtol=1e-3, atol=0.05)


def test_fewer_ends_than_starts_are_searched_backwards():
    """One-ways keep their direction."""
    rng = np.random.default_rng(3)
    made = network(rng, points=30, ways=14)
    longitude, latitude = rng.uniform(-75.2, -75.0, 7), rng.uniform(-9.2, -9.0, 7)
    whole = answer(made, longitude, latitude, 5.0)
    some = answer(made, longitude, latitude, 5.0, ends=np.array([4, 1]))
    np.testing.assert_allclose(some, whole[:, [4, 1]])
    assert not np.allclose(whole, whole.T, equal_nan=True)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("most", [20.0, 45.0])
def test_pieces_are_reached_where_a_place_on_them_would_be(seed, most):
    """Second way: points along every road, each a place of its own whose minutes are asked."""
    rng = np.random.default_rng(seed)
    made = network(rng, points=30, ways=12)
    no = np.zeros(len(made.node), bool)
    made = replace(made, is_water=no, is_ferry=no)
    is_open = np.isfinite(made.forward) | np.isfinite(made.backward)
    edges = np.flatnonzero(~made.is_last & is_open)
    at = np.column_stack([made.longitude, made.latitude])
    ends = np.stack([at[made.node[edges]], at[made.node[edges + 1]]], axis=1)
    share = rng.uniform(0.05, 0.95, (len(edges), 4, 1))
    spots = (ends[:, None, 0] * (1 - share) + ends[:, None, 1] * share).reshape(-1, 2)
    start = np.array([[-75.1, -9.1]])
    minutes = answer(made, *np.concatenate([start, spots]).T, 20.0, starts=np.array([0]))[0, 1:]
    joined = join_places(made, *start.T, within_km=20.0)
    (pieces,) = reached_pieces(joined, np.array([0]), walking_kmh=WALKING_KMH, most_minutes=most)
    points, lines = shapely.points(spots), shapely.linestrings(ends)
    is_alone = (shapely.distance(points[:, None], lines) < 1e-3).sum(axis=1) == 1
    asked = is_alone & (np.abs(minutes - most) > 0.1)
    is_near = shapely.distance(points, shapely.union_all(shapely.linestrings(pieces))) < 1e-4
    np.testing.assert_array_equal(is_near[asked], minutes[asked] <= most)
    assert 0 < is_near[asked].sum() < asked.sum()
