"""The density in a GeoTIFF, read back."""

from dataclasses import dataclass

import numpy as np
import rasterio


@dataclass(frozen=True)
class Raster:
    values: np.ndarray
    tags: dict[str, str]

    @property
    def mass(self) -> float:
        """Cases: sum of the values times the cells' area."""
        area_km2 = float(self.tags["cell_size_m"]) ** 2 / 1e6
        return float(np.nansum(self.values, dtype=float)) * area_km2


def read_geotiff(content: bytes) -> Raster:
    with rasterio.MemoryFile(content) as memory, memory.open() as raster:
        return Raster(raster.read(1), raster.tags())
