"""The department of each of many points; the raster of labels is built once and kept on disk."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike
from platformdirs import user_cache_path
from shapely.geometry.base import BaseGeometry

from data import load_departments
from geo.crs import to_analysis
from geo.errors import GeoError
from geo.grid import project_geometry
from geo.joins import (
    NO_REGION,
    RegionLabels,
    fingerprint_of,
    label_regions,
    labels_from_bytes,
    labels_to_bytes,
    region_of,
)

CELL_M = 1_000.0


def cache_folder() -> Path:
    """Return the folder of what can be built again: ATLAS_CACHE, else the platform's."""
    named = os.environ.get("ATLAS_CACHE", "").strip()
    return Path(named).expanduser() if named else user_cache_path("atlas-trata-peru", False)


def department_of(longitude: ArrayLike, latitude: ArrayLike) -> np.ndarray:
    """Department whose outline holds each point; of several that share a border, the first code.

    The shipped outlines are off by up to 10 km: where a code is known, the code decides.

    Parameters
    ----------
    longitude, latitude : array_like, shape (n,)
        WGS84 degrees.

    Returns
    -------
    ndarray of str, shape (n,)
        department_ubigeo; empty where no department holds the point.

    Raises
    ------
    GeoError
        Shapes differ, or a coordinate is not finite.

    Examples
    --------
    >>> department_of([-77.03, -69.19, -85.0], [-12.05, -12.59, -12.0]).tolist()
    ['15', '17', '']
    """
    codes, shapes, labels = _departments()
    found = region_of(*to_analysis(longitude, latitude), shapes, labels)
    return np.where(found == NO_REGION, "", codes[found])


class DepartmentCount:
    """Records by department, counted while chunks pass by."""

    def __init__(self) -> None:
        self._codes, self._shapes, self._labels = _departments()
        self._counts = np.zeros(len(self._codes) + 1, dtype=np.int64)

    def add(self, easting: np.ndarray, northing: np.ndarray) -> None:
        """Count points, metres in the analysis CRS."""
        found = region_of(easting, northing, self._shapes, self._labels)
        self._counts += np.bincount(found - NO_REGION, minlength=len(self._counts))

    def merge(self, other: DepartmentCount) -> None:
        """Add records that were counted elsewhere, by the same outlines."""
        self._counts += other._counts

    def __reduce__(self) -> tuple[object, ...]:
        # outlines stay where they are; every machine has its own
        return _counted, (self._counts,)

    @property
    def counts(self) -> dict[str, int]:
        """Code to records, in the order of the codes; "" for those outside every outline."""
        return dict(zip(["", *self._codes.tolist()], self._counts.tolist(), strict=True))


def _counted(counts: np.ndarray) -> DepartmentCount:
    found = DepartmentCount()
    found._counts += counts
    return found


@lru_cache(maxsize=1)
def _departments() -> tuple[np.ndarray, tuple[BaseGeometry, ...], RegionLabels]:
    frame = load_departments().sort_values("department_ubigeo")
    shapes = tuple(project_geometry(shape) for shape in frame.geometry)
    return frame["department_ubigeo"].to_numpy(dtype=str), shapes, kept_labels(shapes, CELL_M)


def kept_labels(shapes: tuple[BaseGeometry, ...], cell_size_m: float) -> RegionLabels:
    """Labels from the cache if they fit these regions, else built and, if possible, kept."""
    fingerprint = fingerprint_of(shapes, cell_size_m=cell_size_m)
    path = cache_folder() / f"labels-{fingerprint[:16]}.npz"
    with suppress(OSError, GeoError):  # none, unreadable or damaged: build them
        return labels_from_bytes(path.read_bytes(), fingerprint=fingerprint)
    labels = label_regions(shapes, cell_size_m=cell_size_m)
    with suppress(OSError):  # a disk that is full or read-only costs a second, no answer
        _write_whole(path, labels_to_bytes(labels))
    return labels


def _write_whole(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.replace(name, path)
    except OSError:
        os.unlink(name)
        raise
