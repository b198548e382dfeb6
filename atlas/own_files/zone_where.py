"""The zones of a list, that the texts beside them are held against."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely

from data.readers.beside import WHOLE_FILE

_KM_OF_DEGREE = np.array([111.32, 110.61])
"""of longitude at the equator, and of latitude in Peru"""


@dataclass(slots=True)
class Where:
    """The zones of a list, by their row, that texts are held against."""

    shapes: np.ndarray
    """of each row in degrees; None where it has a fault."""
    codes: Sequence[Collection[str]]
    """of the provinces that each row's zone touches, or where it is whole of all areas in it."""
    is_whole: bool = False
    """the zones are areas by name: the name of another lies in one if all of it does."""
    native: np.ndarray | None = None
    """the shapes in the system of the file, where that is another."""
    _bounds: list[np.ndarray] = field(default_factory=list)

    def places(self, row: int) -> set[str]:
        """Codes of the places of a row's zone, or of all."""
        if row != WHOLE_FILE:
            return {*self.codes[row]}
        return {code for codes in self.codes for code in codes}

    def boxes(self, row: int) -> list[np.ndarray]:
        """Boxes of a row's zone, or of all, in degrees and in the system of the file."""
        if not self._bounds:
            systems = [each for each in (self.shapes, self.native) if each is not None]
            self._bounds += [
                np.vstack([shapely.bounds(each), shapely.total_bounds(each)]) for each in systems
            ]
        return [bounds[row] for bounds in self._bounds]  # the last row is that of all

    def measures(self) -> np.ndarray:
        """Areas and lengths of each zone in all usual units, shape (units, rows)."""
        lines = shapely.force_2d(self.shapes)
        radians = shapely.transform(lines, _equal_area)
        km2 = shapely.area(radians)
        km = _lengths_km(lines)
        own = lines if self.native is None else self.native
        area, length = shapely.area(own), shapely.length(own)
        return np.array(
            [
                km2,
                km2 * 100,
                km2 * 1e6,
                km,
                km * 1e3,
                area,
                area / 1e4,
                area / 1e6,
                length,
                length / 1e3,
            ]
        )


def _equal_area(degrees: np.ndarray) -> np.ndarray:
    north = np.degrees(np.sin(np.radians(degrees[:, 1])))
    return np.column_stack([degrees[:, 0], north]) * _KM_OF_DEGREE


def _lengths_km(shapes: np.ndarray) -> np.ndarray:
    """Lengths of all rings of each shape, kilometres."""
    rings, ring_of = shapely.get_parts(shapely.boundary(shapes), return_index=True)
    points, of = shapely.get_coordinates(rings, return_index=True)
    if len(points) < 2:
        return np.zeros(len(shapes))
    steps = np.diff(points, axis=0) * _KM_OF_DEGREE
    steps[:, 0] *= np.cos(np.radians((points[1:, 1] + points[:-1, 1]) / 2))
    km = np.where(np.diff(of) == 0, np.hypot(*steps.T), 0.0)
    return np.bincount(ring_of[of[1:]], km, len(shapes))
