"""Excluded zones of a planner: which candidates they rule out, and how they look on the map.

The shapes themselves are never opened here. What is known of them, distances, comes from the child
that reads uploads: a shape may be made to be slow, and no reader of the atlas waits for it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from exports.scene import path_data
from geo.errors import ParameterError
from maps.siting_places import places
from maps.small_maps import small_view
from records.limits import ZONES_BYTES
from records.reading import ask_child

_STEP = 2.0
"""between the points of the map whose distance is asked, in view units; one is some 5 km."""
_AROUND = 12.0
SMALLEST_KM = 9.0
"""Around zones on the map, where the buffer is less: no zone is lost between two points."""
_PROJECTION = 1.01
"""The analysis CRS is off by up to 1 % at the borders of the country: on the safe side."""


@dataclass(frozen=True, slots=True, eq=False)
class Zones:
    """Zones where no site may lie."""

    wkb: str = field(repr=False)
    """as :func:`records.zones.as_rows` tells them; handed on, never read."""
    count: int
    """zones of the file."""
    _known: dict[tuple[float, float], float] = field(default_factory=dict, repr=False)
    _field: list[np.ndarray] = field(default_factory=list, repr=False)

    def measure(self) -> None:
        """Ask for all that a page needs at once: the shipped places and the points of the map.

        Raises
        ------
        Refusal
            That takes more than the child may take.
        """
        here, (x, y) = places(), _points()
        towards = small_view().unproject(
            np.column_stack([one.ravel() for one in np.meshgrid(x, y)])
        )
        longitude = np.concatenate([here.longitude, towards[:, 0]])
        km = self._ask(longitude, np.concatenate([here.latitude, towards[:, 1]]))
        count = len(here.longitude)
        self._known.update(_by_place(here.longitude, here.latitude, km[:count]))
        self._field[:] = [km[count:].reshape(len(y), len(x))]

    def distance_km(self, longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
        """Kilometres from places to the nearest zone, shape (n,); the child is asked once a place.

        Raises
        ------
        Refusal
            That takes more than the child may take.
        """
        asked = list(zip(longitude.tolist(), latitude.tolist(), strict=True))
        lost = np.array([place not in self._known for place in asked], dtype=bool)
        if lost.any():
            km = self._ask(longitude[lost], latitude[lost])
            self._known.update(_by_place(longitude[lost], latitude[lost], km))
        return np.array([self._known[place] for place in asked])

    def path(self, buffer_km: float) -> str:
        """SVG path of the zones with their buffer on the small outlines."""
        from contourpy import FillType, contour_generator

        if not self._field:
            self.measure()
        x, y = _points()
        drawn = contour_generator(x, y, self._field[0], fill_type=FillType.OuterOffset)
        pieces = []
        for points, offsets in zip(
            *drawn.filled(-1.0, max(buffer_km * _PROJECTION, SMALLEST_KM)), strict=True
        ):
            pieces.append(path_data(np.split(points, offsets[1:-1])))
        return "".join(pieces)

    def _ask(self, longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
        places_ = {"longitude": longitude.tolist(), "latitude": latitude.tolist()}
        asked = json.dumps({"wkb": self.wkb, **places_}).encode()
        return np.array(ask_child(asked, "distances", largest=ZONES_BYTES)["km"])


def zones_of(rows: list[dict[str, Any]], count: int) -> Zones:
    """Zones from the rows of a checked list."""
    return Zones(rows[0]["wkb"], count)


def outside_zones(
    longitude: np.ndarray, latitude: np.ndarray, zones: Zones | None, buffer_km: float
) -> np.ndarray:
    """True for candidates farther than the buffer from every excluded zone, shape (n,).

    The buffer is taken 1 % wider, and a zone may be up to 0.5 km larger than it was drawn
    (:mod:`geo.zones`), both on the safe side.

    Raises
    ------
    ParameterError
        A buffer that is negative or no number.
    Refusal
        The child does not bear the zones.
    """
    if not (np.isfinite(buffer_km) and buffer_km >= 0):
        raise ParameterError(f"the buffer is {buffer_km}: give 0 or more kilometres")
    if zones is None:
        return np.ones(len(longitude), dtype=bool)
    return zones.distance_km(longitude, latitude) > buffer_km * _PROJECTION


def _points() -> tuple[np.ndarray, np.ndarray]:
    """Columns and rows of the points of the map, view units."""
    right, low = small_view().width + _AROUND, round(small_view().height, 1) + _AROUND
    return np.arange(-_AROUND, right + _STEP, _STEP), np.arange(-_AROUND, low + _STEP, _STEP)


def _by_place(
    longitude: np.ndarray, latitude: np.ndarray, km: np.ndarray
) -> dict[tuple[float, float], float]:
    parts = (longitude.tolist(), latitude.tolist())
    return dict(zip(zip(*parts, strict=True), km.tolist(), strict=True))
