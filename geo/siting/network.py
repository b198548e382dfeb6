"""Shortest times over a network of roads and waterways that a planner brings.

A way is a line of points; between two neighbours lies an edge with minutes in both directions.
Places join the nearest road and the nearest waterway on foot. Points where nothing meets are
contracted into one edge between junctions, which changes no shortest time, and Dijkstra (1959,
Numerische Mathematik 1, 269-271) runs from each place over what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import KDTree

from geo.crs import EARTH_RADIUS_KM, unit_vectors

_PIECE_KM = 1.0
"""Long edges are looked for by pieces: half of one is all that a search has to reach farther."""
_NODE_KM = 0.001
"""A foot as near as this to a point of a way is that point: degrees of five decimals are a metre
off, and on an edge beside a junction only that edge would be reached."""
_AT_ONCE = 8
"""Places whose times to every junction are held at once: 64 MB for a million junctions."""


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Ways, one after the other; each position is a point, and an edge leads to the next one."""

    longitude: np.ndarray
    """shape (n,), degrees, of the points."""
    latitude: np.ndarray
    node: np.ndarray
    """shape (p,), int: the point at each position; ways meet where they have the same one."""
    is_last: np.ndarray
    """shape (p,), True at the last position of a way: no edge leads on."""
    forward: np.ndarray
    """shape (p,), minutes along the edge; infinite where it may not be travelled."""
    backward: np.ndarray
    """shape (p,), minutes against it."""
    is_water: np.ndarray
    """shape (p,), True for edges of rivers and ferries: a place joins them beside the roads."""
    is_ferry: np.ndarray
    """shape (p,), True for edges that are boarded at both ends of their way only."""

    def edge_km(self) -> np.ndarray:
        """Return the length of each edge, shape (p,); 0 if the way ends there."""
        ends = unit_vectors(self.longitude, self.latitude)[:, self.node]
        chord = np.linalg.norm(np.diff(ends, axis=1, append=ends[:, -1:]), axis=0)
        return np.where(self.is_last, 0.0, 2 * EARTH_RADIUS_KM * np.arcsin(chord / 2))


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """A network with places on it, each a point of its own."""

    network: Network
    place: np.ndarray
    """shape (k,), int: the point that a place is."""
    walk: np.ndarray
    """shape (w, 2), int: a place's point and the point of a way that it is joined to."""
    walk_km: np.ndarray
    """shape (w,), kilometres on foot between the two."""
    apart_km: np.ndarray
    """shape (k,), from each place to the nearest way, infinite where none lies near enough."""


def join_places(
    network: Network,
    longitude: np.ndarray,
    latitude: np.ndarray,
    *,
    within_km: float,
    is_walkable: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]
    | None = None,
) -> Joined:
    """Join each place to the nearest road, and to the nearest waterway, at most so far from it.

    The foot of the way lies on an edge, not only at its ends; at an end it is the point where all
    ways of that point meet. A ferry is boarded at its ends.
    ``is_walkable`` says of lines (longitudes and latitudes of both their ends) which may be
    walked. A place may so be where one changes from road to boat.
    """
    joints = [
        _nearest_edges(network, longitude, latitude, water, within_km) for water in (False, True)
    ]
    owner, edge, share, km = map(np.concatenate, zip(*joints, strict=True))
    vectors = unit_vectors(network.longitude, network.latitude)
    feet = _between(vectors[:, network.node[edge]], vectors[:, network.node[edge + 1]], share)
    foot_longitude = np.degrees(np.arctan2(feet[1], feet[0]))
    foot_latitude = np.degrees(np.arcsin(np.clip(feet[2], -1, 1)))
    if is_walkable is not None and len(owner):
        may = is_walkable(longitude[owner], latitude[owner], foot_longitude, foot_latitude)
        owner, edge, share, km = owner[may], edge[may], share[may], km[may]
        foot_longitude, foot_latitude = foot_longitude[may], foot_latitude[may]
    count, end = len(network.longitude), np.rint(share).astype(int)
    is_new = np.abs(share - end) * network.edge_km()[edge] > _NODE_KM
    foot = np.where(is_new, count + np.cumsum(is_new) - 1, network.node[edge + end])
    place = count + is_new.sum() + np.arange(len(longitude))
    apart = np.full(len(longitude), np.inf)
    np.minimum.at(apart, owner, km)
    cut = _cut(network, edge[is_new], share[is_new], foot[is_new])
    return Joined(
        replace(
            cut,
            longitude=np.concatenate([network.longitude, foot_longitude[is_new], longitude]),
            latitude=np.concatenate([network.latitude, foot_latitude[is_new], latitude]),
        ),
        place,
        np.column_stack([place[owner], foot]),
        km,
        apart,
    )


def shortest_minutes(
    joined: Joined,
    starts: np.ndarray,
    ends: np.ndarray,
    *,
    walking_kmh: float,
    most_minutes: float = np.inf,
    progress: Callable[[float], None] | None = None,
) -> np.ndarray:
    """Minutes from each start to each end, both positions among the places, shape (s, e).

    Infinite where no way leads, or none of at most ``most_minutes``. Fewer ends than starts are
    searched from backwards.
    """
    graph, place = travel_graph(joined, walking_kmh)
    is_backward = len(ends) < len(starts)
    sources, targets = (ends, starts) if is_backward else (starts, ends)
    if is_backward:
        graph = graph.T.tocsr()
    minutes = np.empty((len(sources), len(targets)))
    for first in range(0, len(sources), _AT_ONCE):
        some = sources[first : first + _AT_ONCE]
        minutes[first : first + _AT_ONCE] = dijkstra(
            graph, indices=place[some], limit=most_minutes
        )[:, place[targets]]
        if progress is not None:
            progress((first + len(some)) / len(sources))
    return minutes.T if is_backward else minutes


def travel_graph(joined: Joined, walking_kmh: float) -> tuple[csr_array, np.ndarray]:
    """Junctions and places with the minutes between them; the row of each place."""
    network = joined.network
    is_kept = np.bincount(network.node, minlength=len(network.longitude)) != 1
    is_kept[joined.walk[:, 1]] = True
    at_first = np.concatenate([[True], network.is_last[:-1]])
    stops = np.flatnonzero(is_kept[network.node] | network.is_last | at_first)
    start, end = stops[:-1], stops[1:]
    leads_on = ~network.is_last[start]
    minutes = [np.add.reduceat(side, stops)[:-1] for side in (network.forward, network.backward)]
    u, v = network.node[start][leads_on], network.node[end][leads_on]
    forward, backward = (side[leads_on] for side in minutes)
    walk = 60 * joined.walk_km / walking_kmh
    place, foot = joined.walk.T
    tail = np.concatenate([u, v, place, foot])
    head = np.concatenate([v, u, foot, place])
    weight = np.concatenate([forward, backward, walk, walk])
    tail, head, weight = _quickest(tail, head, weight)
    names, row = np.unique(np.concatenate([tail, head, joined.place]), return_inverse=True)
    size, n = len(names), len(tail)
    graph = csr_array((weight, (row[:n], row[n : 2 * n])), shape=(size, size))
    return graph, row[2 * n :]


def reached_pieces(
    joined: Joined, starts: np.ndarray, *, walking_kmh: float, most_minutes: float
) -> Iterator[np.ndarray]:
    """Yield for each start the pieces of ways that it reaches in time, shape (k, 2, 2).

    The last axes are the two ends and longitude, latitude. A start is a position among the places;
    its own walks count as ways. An edge is reached as far as the minutes last, from either end.
    Skip ferries: passengers cannot get off between stops.
    """
    network = joined.network
    edge = np.flatnonzero(~network.is_last)
    ends = np.column_stack([network.node[edge], network.node[edge + 1]])
    sides = np.column_stack([network.forward[edge], network.backward[edge]])
    walks = 60 * joined.walk_km / walking_kmh
    tail, head, weight = _quickest(
        np.concatenate([*ends.T, *joined.walk.T]),
        np.concatenate([*ends.T[::-1], *joined.walk.T[::-1]]),
        np.concatenate([*sides.T, walks, walks]),
    )
    size = len(network.longitude)
    graph = csr_array((weight, (tail, head)), shape=(size, size))
    on_land = ~network.is_ferry[edge]
    edge_ends, minutes = ends[on_land], sides[on_land]
    for start in starts:
        own = joined.walk[:, 0] == joined.place[start]
        if not own.any():
            yield np.empty((0, 2, 2))
            continue
        times = dijkstra(graph, indices=joined.place[start], limit=most_minutes)
        all_ends = np.concatenate([edge_ends, joined.walk[own]])
        needed = np.concatenate(
            [minutes, np.column_stack([walks[own], np.full(own.sum(), np.inf)])]
        )
        left = most_minutes - times[all_ends]
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(left >= 0, np.clip(left / needed, 0, 1), 0)
        share = np.where((left >= 0) & (needed == 0), 1, np.nan_to_num(share))
        yield _parts_of(network, all_ends, share)


def _parts_of(network: Network, ends: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Cut edges at a share from either end, shape (k, 2, 2)."""
    degrees = np.stack([network.longitude[ends], network.latitude[ends]], axis=-1)
    is_whole = share.sum(axis=1) >= 1
    cut = ~is_whole & (share > 0).any(axis=1)
    along = degrees[:, 1] - degrees[:, 0]
    first = np.stack([degrees[:, 0], degrees[:, 0] + share[:, :1] * along], axis=1)
    last = np.stack([degrees[:, 1] - share[:, 1:] * along, degrees[:, 1]], axis=1)
    parts = [degrees[is_whole], first[cut & (share[:, 0] > 0)], last[cut & (share[:, 1] > 0)]]
    return np.concatenate(parts)


def _quickest(
    tail: np.ndarray, head: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the open edges, of parallel ones the quickest; a sparse matrix would add them up."""
    is_open = np.isfinite(weight)
    tail, head, weight = tail[is_open], head[is_open], weight[is_open]
    order = np.lexsort((weight, head, tail))
    tail, head, weight = tail[order], head[order], weight[order]
    is_first = np.concatenate([[True], (np.diff(tail) != 0) | (np.diff(head) != 0)])[: len(tail)]
    return tail[is_first], head[is_first], weight[is_first]


def _nearest_edges(
    network: Network, longitude: np.ndarray, latitude: np.ndarray, water: bool, within_km: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return places near an edge: the place, its edge, the share along the edge, kilometres."""
    is_open = np.isfinite(network.forward) | np.isfinite(network.backward)
    fit = is_open & ~network.is_last & (network.is_water == water)
    free = np.flatnonzero(fit & ~network.is_ferry)
    pieces = np.maximum(np.ceil(network.edge_km()[free] / _PIECE_KM), 1).astype(int)
    edge = np.repeat(free, pieces)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    low = step / np.repeat(pieces, pieces)
    high = (step + 1) / np.repeat(pieces, pieces)
    is_first = np.concatenate([[True], network.is_last[:-1]])
    lands = np.concatenate([network.is_last[1:], [True]])
    ferry = fit & network.is_ferry
    for stops, share in ((ferry & is_first, 0.0), (ferry & lands, 1.0)):
        more = np.flatnonzero(stops)
        edge = np.concatenate([edge, more])
        low, high = (np.concatenate([side, np.full(len(more), share)]) for side in (low, high))
    if not len(edge):
        nothing = np.empty(0)
        return nothing.astype(int), nothing.astype(int), nothing, nothing
    vectors = unit_vectors(network.longitude, network.latitude)
    ends = vectors[:, network.node[edge]], vectors[:, network.node[edge + 1]]
    first, other = (EARTH_RADIUS_KM * _between(*ends, share).T for share in (low, high))
    points = EARTH_RADIUS_KM * unit_vectors(longitude, latitude).T
    tree = KDTree((first + other) / 2)
    reach = tree.query(points)[0] + _PIECE_KM / 2
    asked = np.flatnonzero(reach <= within_km + _PIECE_KM)
    joints = []
    for place, near in zip(asked, tree.query_ball_point(points[asked], reach[asked]), strict=True):
        start, along = first[near], other[near] - first[near]
        length = np.einsum("ij,ij->i", along, along)
        share = np.einsum("ij,ij->i", points[place] - start, along)
        share = np.clip(share / np.where(length > 0, length, 1), 0, 1)
        km = np.linalg.norm(points[place] - start - share[:, None] * along, axis=1)
        best = int(km.argmin())
        if km[best] <= within_km:
            piece = near[best]
            whole = low[piece] + share[best] * (high[piece] - low[piece])
            joints.append((int(place), int(edge[piece]), float(whole), float(km[best])))
    owner, edges, shares, lengths = zip(*joints, strict=True) if joints else ((), (), (), ())
    return np.array(owner, int), np.array(edges, int), np.array(shares), np.array(lengths)


def _cut(network: Network, edge: np.ndarray, share: np.ndarray, point: np.ndarray) -> Network:
    """Set points into the edges of a network, at a share of each."""
    owner = np.concatenate([np.arange(len(network.node)), edge])
    begin = np.concatenate([np.zeros(len(network.node)), share])
    name = np.concatenate([network.node, point])
    order = np.lexsort((np.arange(len(owner)), begin, owner))
    owner, begin, name = owner[order], begin[order], name[order]
    same = np.concatenate([owner[1:] == owner[:-1], [False]])
    part = np.where(same, np.concatenate([begin[1:], [1.0]]), 1.0) - begin

    def minutes(side: np.ndarray) -> np.ndarray:
        # inf * 0 is NaN: set closed edges to infinity after the product
        is_closed = ~np.isfinite(side)
        return np.where(is_closed[owner], np.inf, np.where(is_closed, 0, side)[owner] * part)

    return replace(
        network,
        node=name,
        is_last=network.is_last[owner],
        forward=minutes(network.forward),
        backward=minutes(network.backward),
        is_water=network.is_water[owner],
        is_ferry=network.is_ferry[owner],
    )


def _between(start: np.ndarray, other: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Unit vectors at a share of the way between others, shape (3, n)."""
    points = start + share * (other - start)
    return points / np.linalg.norm(points, axis=0)
