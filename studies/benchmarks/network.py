"""Hours over a network of a million junctions: reading, joining, searching, and other engines.

No extract of Peru is at hand, so one of its size is made: a jittered grid of junctions over the
country with three bends between two of them, a quarter of the roads left out. ``make
bench-network``; engines that are not installed are left out.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from atlas.results.places import places
from atlas.travel_times.minutes import network_of, speeds_for
from data.readers.osm import Ways, read_ways
from geo.siting.network import Joined, join_places, shortest_minutes, travel_graph
from studies.benchmarks.machine import described

SIDE = 1_000
BENDS = 3
KEPT = 0.75
CODES = ("primary", "secondary", "tertiary", "unclassified")
STARTS = 100
BOX = (-81.0, -18.0, -69.0, -1.0)


def write_extract(path: Path, side: int = SIDE) -> None:
    """Write a made country as .osm.pbf."""
    import osmium
    from osmium.osm import mutable

    rng = np.random.default_rng(1)
    west, south, east, north = BOX
    step = np.array([(east - west) / side, (north - south) / side])
    at = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1) + rng.uniform(
        -0.3, 0.3, (side, side, 2)
    )
    spot = np.array([west, south]) + at * step
    name = np.arange(side * side).reshape(side, side)
    pairs = np.concatenate(
        [
            np.stack([name[:, :-1], name[:, 1:]], axis=-1).reshape(-1, 2),
            np.stack([name[:-1], name[1:]], axis=-1).reshape(-1, 2),
        ]
    )
    pairs = pairs[rng.random(len(pairs)) < KEPT]
    flat = spot.reshape(-1, 2)
    share = np.linspace(0, 1, BENDS + 2)[1:-1, None, None]
    bends = flat[pairs[:, 0]] * (1 - share) + flat[pairs[:, 1]] * share
    bends = (bends + rng.normal(0, 0.05, bends.shape) * step).swapaxes(0, 1)
    with osmium.SimpleWriter(str(path), overwrite=True) as out:
        for number, place in enumerate(np.concatenate([flat, bends.reshape(-1, 2)]), start=1):
            out.add_node(mutable.Node(id=number, location=(float(place[0]), float(place[1]))))
        first = len(flat) + 1
        for number, (one, other) in enumerate(pairs):
            inner = range(first + number * BENDS, first + (number + 1) * BENDS)
            tags = {"highway": CODES[int(rng.integers(len(CODES)))]}
            nodes = [int(one) + 1, *inner, int(other) + 1]
            out.add_way(mutable.Way(id=number + 1, nodes=nodes, tags=tags))


def _engines(joined: Joined, starts: np.ndarray, ends: np.ndarray) -> None:
    """The same search by other libraries, over the same contracted graph."""
    graph, place = travel_graph(joined, 4.0)
    rows = graph.tocoo()
    sources, targets = place[starts], place[ends]
    if find_spec("igraph"):
        import igraph

        began = _now()
        edges = np.column_stack([rows.row, rows.col])
        other = igraph.Graph(n=graph.shape[0], edges=edges, directed=True)
        _tell("igraph, graph", began)
        began = _now()
        other.distances(
            source=sources.tolist(), target=np.unique(targets).tolist(), weights=rows.data.tolist()
        )
        _tell("igraph, search", began)
    if find_spec("pandana"):
        import pandana
        import pandas as pd

        began = _now()
        spot = pd.Series(np.zeros(graph.shape[0]))
        minutes = pd.DataFrame({"minutes": rows.data})
        made = pandana.Network(
            spot, spot, pd.Series(rows.row), pd.Series(rows.col), minutes, twoway=False
        )
        _tell("pandana, contraction", began)
        began = _now()
        made.shortest_path_lengths(np.repeat(sources, len(targets)), np.tile(targets, len(sources)))
        _tell("pandana, search", began)


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _tell(what: str, began: tuple[float, float]) -> None:
    wall, processor = (now - then for now, then in zip(_now(), began, strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"| {what} | {wall:.1f} ({processor:.1f}) | {peak:,.0f} |", flush=True)


def _read(path: Path) -> Ways:
    kinds = speeds_for(None).groupby("kind").groups
    names = {name: frozenset(codes) for name, codes in kinds.items()}
    return read_ways(
        path, roads=names["road"], paths=names["foot"] - {"walk"}, surfaces=names["surface"]
    )


def main(side: int = SIDE) -> None:
    """Print a row a step: seconds (of processor), and the most MB that were taken so far."""
    print(described("osmium", "igraph", "pandana"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.osm.pbf"
        write_extract(path, side)
        print(f"extract: {path.stat().st_size / 1e6:.0f} MB")
        began = _now()
        ways = _read(path)
        _tell(f"reading {len(ways.code):,} ways, {len(ways.longitude):,} points", began)
    began = _now()
    network = network_of(ways, speeds_for(None), "dry")
    _tell("speeds", began)
    here = places()
    began = _now()
    joined = join_places(network, here.longitude, here.latitude, within_km=5.0)
    _tell(f"joining {len(here.ubigeo):,} places", began)
    starts, ends = np.arange(STARTS), np.arange(len(here.ubigeo))
    began = _now()
    found = shortest_minutes(joined, starts, ends, walking_kmh=4.0)
    size = travel_graph(joined, 4.0)[0].shape[0]
    _tell(f"scipy, {STARTS} x {len(ends):,} places over {size:,} junctions", began)
    print(f"{np.isfinite(found).mean():.1%} of the pairs can be travelled")
    _engines(joined, starts, ends)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIDE)
