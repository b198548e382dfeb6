"""Times of the density and of the lenses on the shipped figures: make bench."""

from __future__ import annotations

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
    from atlas.results import hotspots as model
    from geo.crs import to_analysis

    surface = surface_for("2023")
    points = (*to_analysis(surface.longitude, surface.latitude), surface.weight)
    rows = []
    for cell_km in (5.0, 1.0):
        density = partial(kernel_density, *points, grid=grid_for(cell_km), bandwidth_m=40_000)
        rows.append((f"density of {len(points[0]):,} places, {cell_km:g} km", _median_ms(density)))
        tiff = partial(geotiff_bytes, density())
        rows.append((f"the same as a GeoTIFF, {cell_km:g} km", _median_ms(tiff)))

    def fresh(work: Callable[[], object]) -> Callable[[], object]:
        def run() -> object:
            for cached in vars(model).values():
                if hasattr(cached, "cache_clear"):
                    cached.cache_clear()
            return work()

        return run

    results_for("2023")
    scan = fresh(lambda: scan_table("2023", seed=1, replicas=9_999))
    rows.append(("scan, 25 regions, 9,999 maps", _median_ms(scan)))
    for lens in ("gistar", "moran"):
        work = fresh(partial(lens_table, "2023", lens, seed=1, replicas=9_999))
        rows.append((f"{lens}, 25 regions, 9,999 draws", _median_ms(work)))
    print(f"medians of {RUNS}\n\n| work | ms |\n| --- | --- |")
    for name, value in rows:
        print(f"| {name} | {value:,.0f} |")


if __name__ == "__main__":
    main()
