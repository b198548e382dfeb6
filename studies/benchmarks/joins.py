"""Points to departments: prepared outlines against geopandas' join: make bench-joins."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import shapely

from atlas.results.points import department_position
from data.geography import load_departments
from geo.density.grid import project_geometry
from studies.benchmarks.machine import described

POINTS = 100_000


def _times(work: Callable[[], object]) -> tuple[float, float]:
    """Medians of wall and processor time over three runs, ms."""
    wall, cpu = [], []
    for _ in range(3):
        begun, spent = time.perf_counter(), time.process_time()
        work()
        wall.append(1000 * (time.perf_counter() - begun))
        cpu.append(1000 * (time.process_time() - spent))
    return statistics.median(wall), statistics.median(cpu)


def main() -> None:
    """Print the table."""
    print(described())
    frame = load_departments().sort_values("department_ubigeo")
    shapes = np.array([project_geometry(shape) for shape in frame.geometry], dtype=object)
    rng = np.random.default_rng(0)
    west, south, east, north = shapely.total_bounds(shapes)
    x, y = rng.uniform(west, east, POINTS), rng.uniform(south, north, POINTS)

    def ours() -> np.ndarray:
        return department_position(x, y)

    def peer() -> gpd.GeoDataFrame:
        points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y))
        return gpd.sjoin(points, gpd.GeoDataFrame(geometry=shapes), predicate="intersects")

    first = peer()["index_right"].groupby(level=0).min().reindex(range(POINTS), fill_value=-1)
    mismatches = int((ours() != first.to_numpy()).sum())
    (mine, mine_cpu), (theirs, theirs_cpu) = _times(ours), _times(peer)
    print(
        f"\n{POINTS:,} points, {len(shapes)} departments, "
        f"{int(shapely.get_num_coordinates(shapes).sum()):,} vertices; medians of 3\n\n"
        "| atlas ms (CPU) | sjoin ms (CPU) | ratio (CPU) | mismatches |\n"
        "| --- | --- | --- | --- |\n"
        f"| {mine:,.0f} ({mine_cpu:,.0f}) | {theirs:,.0f} ({theirs_cpu:,.0f}) "
        f"| {theirs / mine:.1f} ({theirs_cpu / mine_cpu:.1f}) | {mismatches} |"
    )


if __name__ == "__main__":
    main()
