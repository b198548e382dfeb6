"""Points to regions: kept labels against geopandas' join: make bench-joins."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import shapely

from benchmarks.machine import described
from data import load_departments, load_places
from geo.crs import to_analysis
from geo.grid import project_geometry
from geo.joins import label_regions, labels_from_bytes, labels_to_bytes, region_of

POINTS = 1_000_000
DISTRICTS = 1_874
VERTEX_M = 700.0
"""A vertex this often: some 485 a polygon, as published outlines of districts have."""


def district_cells(count: int = DISTRICTS) -> list[shapely.Geometry]:
    """As many polygons as districts: Voronoi cells of the towns, clipped to departments.

    The published data hold no outlines of districts; these have their number, and at the coast and
    along departments outlines as fine as the departments' own.
    """
    places = load_places().dropna(subset=["longitude", "latitude"])
    departments = load_departments()
    cells: list[shapely.Geometry] = []
    for code, shape in zip(departments["department_ubigeo"], departments.geometry, strict=True):
        own = places[places["department_ubigeo"] == code]
        towns = shapely.multipoints(np.column_stack(to_analysis(own["longitude"], own["latitude"])))
        outline = project_geometry(shape)
        parts = shapely.get_parts(shapely.voronoi_polygons(towns, extend_to=outline))
        clipped = [_polygonal(part) for part in shapely.intersection(parts, outline)]
        cells += [cell for cell in clipped if not cell.is_empty]
    return list(shapely.segmentize(np.array(cells[:count], dtype=object), VERTEX_M))


def _polygonal(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shape)
    return shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon"])


def _times(work: Callable[[], object], runs: int) -> tuple[float, float]:
    """Medians of wall and processor time, ms."""
    wall, cpu = [], []
    for _ in range(runs):
        begun, spent = time.perf_counter(), time.process_time()
        work()
        wall.append(1000 * (time.perf_counter() - begun))
        cpu.append(1000 * (time.process_time() - spent))
    return statistics.median(wall), statistics.median(cpu)


def main() -> None:
    """Print one row per set of regions."""
    print(described())
    print(
        f"\n{POINTS:,} points, medians of 5 (labels) and 3 (join); labels of 500 m kept on disk\n\n"
        "| regions | vertices | labels ms (CPU) | sjoin ms (CPU) | ratio (CPU) | mismatches "
        "| asked exactly | build s, read ms, MB |\n" + "| --- " * 8 + "|"
    )
    for name, shapes in (
        ("departments", [project_geometry(shape) for shape in load_departments().geometry]),
        ("districts' number", district_cells()),
    ):
        begun = time.perf_counter()
        labels = label_regions(shapes, cell_size_m=500)
        build_s = time.perf_counter() - begun
        kept = labels_to_bytes(labels)

        def read(kept: bytes = kept, fingerprint: str = labels.fingerprint) -> object:
            return labels_from_bytes(kept, fingerprint=fingerprint)

        rng = np.random.default_rng(0)
        west, south, east, north = shapely.total_bounds(np.array(shapes))
        x, y = rng.uniform(west, east, POINTS), rng.uniform(south, north, POINTS)

        def ours(x=x, y=y, shapes=shapes, labels=labels) -> np.ndarray:
            return region_of(x, y, shapes, labels)

        def peer(x=x, y=y, shapes=shapes) -> gpd.GeoDataFrame:
            points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y))
            regions = gpd.GeoDataFrame(geometry=shapes)
            return gpd.sjoin(points, regions, predicate="intersects", how="left")

        joined = peer()["index_right"]
        first = joined.groupby(level=0).min().fillna(-1).to_numpy().astype(int)
        found = ours()
        row = np.floor((y - labels.south_m) / 500).astype(int)
        column = np.floor((x - labels.west_m) / 500).astype(int)
        asked = float(np.mean(labels.labels[row, column] < -1))
        (mine, mine_cpu), (theirs, theirs_cpu) = _times(ours, 5), _times(peer, 3)
        print(
            f"| {len(shapes):,} ({name}) | {int(shapely.get_num_coordinates(shapes).sum()):,} "
            f"| {mine:,.0f} ({mine_cpu:,.0f}) | {theirs:,.0f} ({theirs_cpu:,.0f}) "
            f"| {theirs / mine:.0f} ({theirs_cpu / mine_cpu:.0f}) | {int((found != first).sum())} "
            f"| {asked:.1%} | {build_s:.1f}, {_times(read, 5)[0]:.0f}, {len(kept) / 1e6:.1f} |"
        )


if __name__ == "__main__":
    main()
