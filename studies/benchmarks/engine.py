"""Times of the density and of the lenses on the shipped figures: make bench."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable
from functools import partial

from atlas.results.density import grid_for, surface_for
from atlas.results.hotspots import lens_table, scan_table
from atlas.results.regions import results_for
from geo.density.engine import kernel_density
from geo.density.rasters import geotiff_bytes

RUNS = 5


def _median_ms(work: Callable[[], object]) -> float:
    work()  # imports and caches of the libraries are not what is measured
    times = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - begun))
    return statistics.median(times)


def main() -> None:
    """Print one row per piece of work."""
    from data.periods import parse_period
    from geo.crs import to_analysis

    period = parse_period("2023")
    surface = surface_for(period)
    points = (*to_analysis(surface.longitude, surface.latitude), surface.weight)
    rows = []
    for cell_km in (5.0, 1.0):
        density = partial(kernel_density, *points, grid=grid_for(cell_km), bandwidth_m=40_000)
        rows.append((f"density of {len(points[0]):,} places, {cell_km:g} km", _median_ms(density)))
        tiff = partial(geotiff_bytes, density())
        rows.append((f"the same as a GeoTIFF, {cell_km:g} km", _median_ms(tiff)))

    results_for(period)
    # a seed of its own each time: nothing computed before is of use
    seeds = itertools.count(1)
    rows.append(
        (
            "scan, 25 regions, 9,999 maps",
            _median_ms(lambda: scan_table(period, seed=next(seeds), replicas=9_999)),
        )
    )
    rows.append(
        (
            "gistar, 25 regions, 9,999 draws",
            _median_ms(lambda: lens_table(period, "gistar", seed=next(seeds), replicas=9_999)),
        )
    )
    print(f"medians of {RUNS}\n\n| work | ms |\n| --- | --- |")
    for name, value in rows:
        print(f"| {name} | {value:,.0f} |")


if __name__ == "__main__":
    main()
