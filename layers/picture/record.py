"""Record of a map picture: finished numbers, colours and words, nothing to compute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from shapely.geometry.base import BaseGeometry

from layers.legend import LegendSpec
from layers.shapes import Shape

Outline = Literal["above", "below", "none"]


@dataclass(frozen=True, slots=True)
class Ground:
    """The ground around and under the regions, EPSG:4326."""

    neighbours: tuple[BaseGeometry, ...]
    rivers: tuple[BaseGeometry, ...]
    lakes: tuple[BaseGeometry, ...]


@dataclass(frozen=True, slots=True)
class Region:
    """One department."""

    code: str
    name: str
    """with the marks of its cautions."""
    value: str
    """its figure as it is written on the map, or nothing."""
    geometry: BaseGeometry
    """EPSG:4326."""
    fill: str | None
    """colour as #rrggbb; None is hatched: no figure."""
    outline: Outline
    is_marked: bool = False
    """the department that the picture is about."""
    rank: int = 0
    """whose name chooses its place first: 0 before 1."""
    is_few: bool = False
    """hatched over its colour: the figure rests on few reports."""


@dataclass(frozen=True, slots=True)
class RouteLine:
    """One leg between two stated towns."""

    start: tuple[float, float]
    """longitude, latitude, degrees."""
    end: tuple[float, float]
    is_known: bool
    """solid line if true, dashed arc if not."""
    color: str
    width: float
    """units of the picture."""
    is_pale: bool = False
    """one route alone: a line without rim, its head small."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A name at a position; a ring has none if the map already has it."""

    name: str
    longitude: float
    latitude: float
    kind: Literal["place", "estimate", "capital", "country", "ocean", "isopleth"]
    count: int = 1
    """places that its ring stands for."""


@dataclass(frozen=True, slots=True)
class MapPicture:
    """One static map."""

    lang: str
    title: str
    subtitle: str
    ground: Ground
    regions: tuple[Region, ...]
    cells: tuple[tuple[float, float, float], ...]
    """longitude, latitude, mined hectares."""
    routes: tuple[RouteLine, ...]
    marks: tuple[Mark, ...]
    isopleths: tuple[tuple[int, BaseGeometry], ...]
    """percent of the modelled reports, and the lines around the area that holds them."""
    legend: LegendSpec
    """one scale."""
    source: tuple[str, ...]
    """source, period, what the figures are not: printed inside the picture."""
    cell_degrees: float = 0.05
    """side of the squares that the cells stand for."""
    density: tuple[bytes, tuple[float, float, float, float]] | None = None
    """a PNG in Web Mercator, and its west, south, east and north in degrees."""
    shapes: tuple[Shape, ...] = ()
    services: tuple[tuple[float, float, bool], ...] = ()
    """longitude, latitude, whether that is approximate."""
