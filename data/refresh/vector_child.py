"""The child of vector_file: opens one layer with two drivers and writes it as GeoJSON.

Run as a script in the folder of the layer; imports nothing of the atlas. What it prints is the
reason of a refusal.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import Any

ALLOWED = {"ESRI Shapefile", "GPKG"}
MEMORY_BYTES = 3_000_000_000
CPU_S = 120
_AGAIN = "ATLAS_VECTOR_CHILD"


def main() -> int:
    """Restart with the other drivers switched off, then read."""
    for unneeded in ("geopandas", "pandas", "pyarrow"):
        # pyogrio imports these if it can: seconds each time, for two starts
        sys.modules[unneeded] = None  # type: ignore[assignment]
    import pyogrio

    others = set(pyogrio.list_drivers()) - ALLOWED
    if others and os.environ.get(_AGAIN):
        return _refused("the other drivers cannot be switched off")
    if others:
        # drivers are registered once, at the first import: only a new process has fewer
        listed = ",".join(sorted(others))
        environment = {**os.environ, _AGAIN: "1", "GDAL_SKIP": listed}
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
    import numpy as np
    import shapely
    from pyogrio.raw import read
    from pyproj import CRS, Transformer

    try:
        meta, _, outlines, columns = read(source)
        shapes = shapely.from_wkb(outlines)
    except Exception as error:  # GDAL answers a damaged file with whatever went wrong
        return _refused(f"a layer that cannot be read ({type(error).__name__})")
    if not meta["crs"]:
        return _refused("a layer without a reference system")
    to_degrees = Transformer.from_crs(CRS.from_user_input(meta["crs"]), "EPSG:4326", always_xy=True)
    shapes = shapely.transform(
        shapely.force_2d(shapes), lambda xy: np.column_stack(to_degrees.transform(*xy.T))
    )
    names = [str(name) for name in meta["fields"]]
    with open(target, "w", encoding="utf-8") as stream:
        stream.write('{"type":"FeatureCollection","features":[')
        for number, geometry in enumerate(shapely.to_geojson(shapes)):
            row = {
                name: _plain(column[number]) for name, column in zip(names, columns, strict=True)
            }
            properties = json.dumps(row, ensure_ascii=False)
            stream.write("," if number else "")
            stream.write(f'{{"type":"Feature","properties":{properties},')
            stream.write(f'"geometry":{geometry or "null"}}}')
        stream.write("]}")
    return 0


def _plain(value: Any) -> str | int | float | None:
    """A number or text as JSON knows it; a date is what it says."""
    if hasattr(value, "item"):
        value = value.item()
    if value is None or value != value:
        return None
    return value if isinstance(value, str | int | float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
