"""The child of vector_file: opens one layer with two drivers and writes it as GeoJSON.

Run as a script in the folder of the layer; imports nothing of the atlas. What it prints is the
reason of a refusal.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

ALLOWED = {"ESRI Shapefile", "GPKG"}
MEMORY_BYTES = 3_000_000_000
CPU_S = 120
_AGAIN = "ATLAS_VECTOR_CHILD"


def main() -> int:
    """Restart with the other drivers switched off, then read."""
    import pyogrio

    others = set(pyogrio.list_drivers()) - ALLOWED
    if others and os.environ.get(_AGAIN):
        return _refused("the other drivers cannot be switched off")
    if others:
        # drivers are registered once, at the first import: only a new process has fewer
        listed = ",".join(sorted(others))
        environment = {**os.environ, _AGAIN: "1", "GDAL_SKIP": listed, "OGR_SKIP": listed}
        os.execve(sys.executable, [sys.executable, *sys.argv], environment)
    return _read(*sys.argv[1:3])


def _refused(reason: str) -> int:
    sys.stdout.write(f"{reason}\n")
    return 2


def _read(source: str, target: str) -> int:
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    import geopandas

    try:
        frame = geopandas.read_file(source, engine="pyogrio")
    except Exception as error:  # GDAL answers a damaged file with whatever went wrong
        return _refused(f"a layer that cannot be read ({type(error).__name__})")
    if frame.crs is None:
        return _refused("a layer without a reference system")
    frame = frame.to_crs("EPSG:4326")
    for column in frame.columns.drop(frame.geometry.name):
        if frame[column].dtype.kind not in "iufb":
            frame[column] = frame[column].astype(object).where(frame[column].notna(), None)
            frame[column] = frame[column].map(lambda value: None if value is None else str(value))
    with open(target, "w", encoding="utf-8") as stream:
        stream.write(frame.to_json(drop_id=True, na="null"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
