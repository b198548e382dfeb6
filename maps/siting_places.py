"""The places of demand of the planner: where people live, the land around, whom they count for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from data import load_mining_cells, load_places
from geo.surface import placed_population
from geo.travel import nearest_distance_km

MINING_WITHIN_KM = 50.0
"""great-circle distance within which people count as near mining."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """The 1,874 places where people live: capitals of districts."""

    ubigeo: np.ndarray
    """shape (n,), str, six digits."""
    name: np.ndarray
    """shape (n,), str, the capital."""
    district: np.ndarray
    """shape (n,), str."""
    province: np.ndarray
    """shape (n,), str."""
    department: np.ndarray
    """shape (n,), str."""
    department_ubigeo: np.ndarray
    """shape (n,), str, two digits."""
    longitude: np.ndarray
    """shape (n,), degrees."""
    latitude: np.ndarray
    """shape (n,), degrees."""
    altitude_m: np.ndarray
    """shape (n,), metres."""
    population: np.ndarray
    """shape (n,), residents 2022; those of districts without a place stand at their province's."""


@lru_cache(maxsize=1)
def places() -> Places:
    """The places, sorted by code, through the gate."""
    table = load_places()
    placed = placed_population(table)
    rows = table.set_index("district_ubigeo").loc[placed["district_ubigeo"]]

    def text(column: str) -> np.ndarray:
        return rows[column].to_numpy(dtype=str)

    return Places(
        ubigeo=placed["district_ubigeo"].to_numpy(dtype=str),
        name=_told_apart(text("capital"), text("district"), text("department")),
        district=text("district"),
        province=text("province"),
        department=text("department"),
        department_ubigeo=placed["department_ubigeo"].to_numpy(dtype=str),
        longitude=placed["longitude"].to_numpy(float),
        latitude=placed["latitude"].to_numpy(float),
        altitude_m=rows["altitude_m"].to_numpy(dtype=float, na_value=np.nan),
        population=placed["population"].to_numpy(float),
    )


def area_name(code: str) -> str:
    """Department, province or district of a code, with the code; the code where there is none.

    Examples
    --------
    >>> area_name("16"), area_name("1701"), area_name("99")
    ('Loreto (16)', 'Tambopata (1701)', '99')
    """
    here = places()
    of_length = {2: here.department, 4: here.province, 6: here.district}
    at = np.flatnonzero(np.char.startswith(here.ubigeo, code))
    if len(code) not in of_length or not len(at):
        return code
    return f"{of_length[len(code)][at[0]]} ({code})"


def _told_apart(name: np.ndarray, district: np.ndarray, department: np.ndarray) -> np.ndarray:
    """Names of towns; one that bears the name of another department tells its district."""
    other = np.isin(name, np.unique(department)) & (name != department)
    told = np.char.add(np.char.add(name, " ("), np.char.add(district, ")"))
    return np.where(other & (name != district), told, name)


@lru_cache(maxsize=1)
def distance_to_mining_km() -> np.ndarray:
    """Great circle from each place to the nearest cell with mining detected by satellite."""
    here, cells = places(), load_mining_cells()
    return nearest_distance_km(here.longitude, here.latitude, cells["longitude"], cells["latitude"])
