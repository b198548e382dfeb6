"""A hundred million points in files to a density, against the time of decoding: make bench-stream.

Writes some 1.3 GB into a temporary folder and removes it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from studies.benchmarks.machine import described
from studies.benchmarks.rounds import in_turns

FILES = 20
ROWS = 5_000_000
RUNS = 3
NEEDED = 3 << 30
"""Bytes that must be free."""
PARTS = (5, 10, 20)

Prepared = tuple[Callable[[], Any], Callable[[Any], Any]]


def written(folder: Path) -> None:
    """Files of longitude, latitude and weight as float32: 70 % in clusters, 30 % anywhere."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from atlas.results.density import grid_for
    from geo.crs import to_wgs84

    grid = grid_for(5.0)
    on = np.nonzero(grid.mask)
    centres = np.random.default_rng(0).integers(0, len(on[0]), 300)
    for number in range(FILES):
        rng = np.random.default_rng(number + 1)
        at = rng.integers(0, len(on[0]), ROWS)
        is_clustered = rng.random(ROWS) < 0.7
        at[is_clustered] = centres[rng.integers(0, 300, int(is_clustered.sum()))]
        x, y = grid.centre_of(on[0][at], on[1][at])
        spread = np.where(is_clustered, 12_000.0, 1_500.0)
        longitude, latitude = to_wgs84(x + rng.normal(0, spread), y + rng.normal(0, spread))
        columns = {
            "longitude": np.clip(longitude, -81.3, -68.7).astype(np.float32),
            "latitude": np.clip(latitude, -18.3, -0.05).astype(np.float32),
            "weight": rng.gamma(2.0, 1.0, ROWS).astype(np.float32),
        }
        pq.write_table(pa.table(columns), folder / f"cases-{number:02}.parquet")


def decoded(folder: Path, files: int) -> Prepared:
    """The limit: every batch of every file as arrays, nothing done with them."""
    import pyarrow.parquet as pq

    def run() -> int:
        rows = 0
        for path in sorted(folder.glob("*.parquet"))[:files]:
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(batch_size=1 << 18):
                    arrays = [column.to_numpy() for column in batch.columns]
                    rows += len(arrays[0])
        return rows

    return run, lambda rows: rows


def atlas(folder: Path, files: int, is_gated: bool) -> Prepared:
    """What ``density --points`` does, from the files to the bytes of the GeoTIFF."""
    import rasterio.io  # noqa: F401 - imports are not what is timed
    import scipy.ndimage
    import scipy.spatial  # noqa: F401

    from atlas.results.points import protected_geotiff, ungated_geotiff
    from data.points import PointFiles

    paths = tuple(sorted(folder.glob("*.parquet"))[:files])
    own = PointFiles(paths, weight="weight")
    settings: dict[str, Any] = {"bandwidth_km": 25.0, "kernel": "gaussian"}

    def run() -> list[str]:
        if is_gated:
            return protected_geotiff(own, cell_km=None, **settings)[1]
        return ungated_geotiff(own, cell_km=1.0, **settings)[1]

    return run, lambda notes: notes


def main() -> None:
    """Print one row per number of points."""
    print(described())
    print(
        f"\n{FILES} Parquet files of {ROWS:,} rows; medians of {RUNS} in turns, each in a process "
        "of its own; memory above what imports take.\n\n"
        "| points | work | s | CPU s | of decoding | of decoding, CPU | first s | MB |\n"
        + "| --- " * 8
        + "|"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if shutil.disk_usage(folder).free < NEEDED:
            raise SystemExit(f"{NEEDED >> 30} GB must be free where temporary files go")
        written(folder)
        for files in PARTS:
            measured = in_turns(
                {
                    "decoding alone": (decoded, (folder, files)),
                    "**atlas**, density of 1 km": (atlas, (folder, files, False)),
                    "**atlas**, protected classes": (atlas, (folder, files, True)),
                },
                runs=RUNS,
            )
            limit = measured["decoding alone"]
            for work, one in measured.items():
                print(
                    f"| {files * ROWS:,} | {work} | {one.wall_ms / 1000:.2f} "
                    f"| {one.cpu_ms / 1000:.2f} | {one.wall_ms / limit.wall_ms:.1f} "
                    f"| {one.cpu_ms / limit.cpu_ms:.1f} | {one.first_ms / 1000:.2f} "
                    f"| {one.peak_mb:,.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
