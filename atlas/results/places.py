"""The places where people live, with the names that people use, and the land around them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from data.cache import cached
from data.geography import load_departments, load_lakes, load_neighbours, load_places, load_towns
from data.names import normalise_name
from geo.crs import great_circle_km, to_analysis
from geo.density.surface import placed_population
from geo.siting.travel import land_of


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """The 1,892 places where people live, capitals of districts: arrays of shape (n,)."""

    ubigeo: np.ndarray
    name: np.ndarray
    district: np.ndarray
    province: np.ndarray
    department: np.ndarray
    department_ubigeo: np.ndarray
    longitude: np.ndarray
    latitude: np.ndarray
    altitude_m: np.ndarray
    population: np.ndarray
    """residents of the census of 2025, the omitted included."""
    town_population: np.ndarray
    """residents of the town itself by GeoNames; NaN where it is not known."""

    @property
    def is_province_capital(self) -> np.ndarray:
        """Shape (n,), bool: INEI gives the district of a province's capital the number 01."""
        return np.char.endswith(self.ubigeo, "01")


@cached(most=1)
def places() -> Places:
    """Return the places, sorted by code."""
    table = load_places()
    placed = placed_population(table, "residents")
    rows = table.set_index("district_ubigeo").loc[placed["district_ubigeo"]]

    def text(column: str) -> np.ndarray:
        return rows[column].to_numpy(dtype=str)

    return Places(
        ubigeo=placed["district_ubigeo"].to_numpy(dtype=str),
        name=_used_names(rows),
        district=text("district"),
        province=text("province"),
        department=text("department"),
        department_ubigeo=placed["department_ubigeo"].to_numpy(dtype=str),
        longitude=placed["longitude"].to_numpy(float),
        latitude=placed["latitude"].to_numpy(float),
        altitude_m=rows["altitude_m"].to_numpy(dtype=float, na_value=np.nan),
        population=placed["population"].to_numpy(float),
        town_population=_town_population(rows, placed["population"].to_numpy(float)),
    )


SAME_TOWN_KM = 10.0


def _town_population(rows: pd.DataFrame, district: np.ndarray) -> np.ndarray:
    """Return the residents of the town of the same name in the same province within 10 km.

    A figure above the whole district's is that of a metropolis, or old: it counts as unknown.
    """
    towns = load_towns()
    towns = towns[towns["population"] > 0]
    # GeoNames has no province for the city of Lima
    of_province = towns["province_ubigeo"].fillna("1501")
    columns = towns["name"], of_province, towns["longitude"], towns["latitude"], towns["population"]
    named: dict[tuple[str, str], list[tuple[float, ...]]] = {}
    for name, province, *values in zip(*(column.tolist() for column in columns), strict=True):
        named.setdefault((normalise_name(name), province), []).append(tuple(values))
    residents = np.full(len(rows), np.nan)
    for number, row in enumerate(rows.to_dict("records")):
        near = named.get((normalise_name(str(row["capital"])), str(row["province_ubigeo"])))
        if near is None:
            continue
        longitude, latitude, people = np.array(near).T
        km = great_circle_km([row["longitude"]], [row["latitude"]], longitude, latitude)[0]
        nearest = int(km.argmin())
        if km[nearest] <= SAME_TOWN_KM and people[nearest] <= district[number]:
            residents[number] = people[nearest]
    return residents


def nearest_place(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Return the position of the place nearest to each point (great circle)."""
    towns = places()
    return great_circle_km(longitude, latitude, towns.longitude, towns.latitude).argmin(axis=1)


def area_name(code: str) -> str:
    """Return the name of a department, province or district with its code; else the code."""
    towns = places()
    of_length = {2: towns.department, 4: towns.province, 6: towns.district}
    inside = np.flatnonzero(np.char.startswith(towns.ubigeo, code))
    if len(code) not in of_length or not len(inside):
        return code
    return f"{of_length[len(code)][inside[0]]} ({code})"


METROPOLIS = ("1501", "0701")
"""provinces of Lima and Callao: people name the district there, not its town"""


def _used_names(rows: pd.DataFrame) -> np.ndarray:
    """Return the names that people use: the town, or the district with its department.

    The district stands for a town with another department's name, and within the metropolis.
    """
    town, district, department = (
        rows[name].to_numpy(dtype=str) for name in ("capital", "district", "department")
    )
    is_other = np.isin(town, np.unique(department)) & (town != department)
    is_part = rows["province_ubigeo"].isin(METROPOLIS).to_numpy() & ~rows.index.str.endswith("01")
    with_department = np.char.add(np.char.add(district, " ("), np.char.add(department, ")"))
    return np.where(is_other | (is_part & (district != department)), with_department, town)


def land_of_places() -> np.ndarray:
    """Return coast, highland, jungle or river of each place."""
    towns = places()
    return land_of(towns.longitude, towns.latitude, towns.altitude_m, towns.ubigeo)


@cached(most=1)
def land() -> BaseGeometry:
    """Return Peru and its neighbours without the sea and Lake Titicaca, in the analysis CRS.

    The neighbours' outlines are coarser: a gap between theirs and Peru's counts as land.
    """
    countries = shapely.union_all([*load_departments().geometry, *load_neighbours().geometry])
    rings = shapely.get_exterior_ring(shapely.get_parts(countries))
    filled = shapely.union_all(shapely.polygons(rings))
    dry = shapely.difference(filled, shapely.union_all(load_lakes().geometry.to_numpy()))
    return projected(np.array([dry], object), to_analysis)[0]


def projected(
    shapes: np.ndarray, project: Callable[..., tuple[np.ndarray, np.ndarray]]
) -> np.ndarray:
    """Project shapes; ``project`` takes and returns both coordinates."""
    return shapely.transform(shapes, lambda xy: np.column_stack(project(*xy.T)))
