"""How far it is between two places: great circles stretched by a factor of the land between them.

There is no road network in this project, and no router can be asked with the network closed. So
a distance is a great circle times a detour factor, each factor an assumption that a planner sees
and edits; whoever has a router's travel times hands them in instead (``travel_time_matrix``).

The land is told by altitude with the limits of Pulgar Vidal (1941, Las ocho regiones naturales
del Perú): west of the continental divide the coast (Chala) ends at 500 m, east of it the jungle
(Omagua and Rupa-Rupa) ends at 1,000 m; everything higher is highland.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree

from geo.errors import ParameterError

EARTH_RADIUS_KM = 6371.0088
"""Mean radius (Moritz 2000, Journal of Geodesy 74, 128-133). Great circles on this sphere are at
most 0.6 % longer (due north) and 0.2 % shorter (due east) in Peru than on the ellipsoid."""
Land = Literal["coast", "highland", "jungle", "river"]
LANDS: tuple[str, ...] = get_args(Land)

COAST_BELOW_M = 500.0
JUNGLE_BELOW_M = 1000.0
DIVIDE = (
    (-3.4, -79.9),
    (-5.2, -79.55),
    (-7.2, -78.6),
    (-9.0, -77.65),
    (-11.0, -76.5),
    (-13.0, -75.3),
    (-14.5, -73.8),
    (-15.5, -71.8),
    (-16.5, -70.3),
    (-18.4, -69.6),
)
"""(latitude, longitude) of the continental divide, degrees, read off a map; straight between."""


@dataclass(frozen=True, slots=True)
class DetourFactors:
    """Travelled kilometres per kilometre of great circle; assumptions of a planner, not measured.

    The stated values are round numbers: straight roads on the coast, switchbacks in the Andes,
    few roads in the jungle, meanders on a river.
    """

    coast: float = 1.25
    highland: float = 1.7
    jungle: float = 1.5
    river: float = 2.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not (np.isfinite(value) and 1.0 <= value <= 10.0):
                raise ParameterError(
                    f"the detour factor of {name} is {value}: give a number from 1 (straight) to 10"
                )

    def of(self, land: np.ndarray) -> np.ndarray:
        """Factor of each place, shape (n,), from its land."""
        table = asdict(self)
        return np.array([table[str(name)] for name in land], dtype=float)


def land_of(
    longitude: ArrayLike,
    latitude: ArrayLike,
    altitude_m: ArrayLike,
    district_ubigeo: ArrayLike,
    *,
    river_codes: tuple[str, ...] = ("16",),
) -> np.ndarray:
    """Coast, highland, jungle or river for each place, shape (n,).

    West of the continental divide coast below 500 m, east of it jungle below 1,000 m, else
    highland; river where the codes say.

    Parameters
    ----------
    longitude, latitude : array_like, shape (n,)
        WGS84 degrees.
    altitude_m : array_like, shape (n,)
        Metres above the sea; NaN counts as 0.
    district_ubigeo : array_like of str, shape (n,)
        Six-digit INEI codes; the empty string where a place has none.
    river_codes : tuple of str
        Departments (2 digits), provinces (4) or districts (6) that travel by river. A department
        or province counts for its jungle places, a district whatever its land.

    Raises
    ------
    ParameterError
        A river code that is not 2, 4 or 6 digits.

    Examples
    --------
    >>> land_of([-77.04, -71.97, -69.19, -73.24], [-12.05, -13.52, -12.59, -3.75],
    ...         [154, 3399, 186, 107], ["150101", "080101", "170101", "160101"]).tolist()
    ['coast', 'highland', 'jungle', 'river']
    """
    east, north = np.asarray(longitude, float), np.asarray(latitude, float)
    height = np.nan_to_num(np.asarray(altitude_m, float), nan=0.0)
    codes = np.asarray(district_ubigeo, dtype=str)
    wrong = [code for code in river_codes if not (code.isdigit() and len(code) in (2, 4, 6))]
    if wrong:
        raise ParameterError(
            f"the river code {wrong[0]!r} is none: give INEI codes of 2, 4 or 6 digits"
        )
    latitudes, longitudes = np.array(sorted(DIVIDE)).T
    is_west = east < np.interp(north, latitudes, longitudes)
    land = np.full(east.shape, "highland", dtype="U8")
    land[is_west & (height < COAST_BELOW_M)] = "coast"
    land[~is_west & (height < JUNGLE_BELOW_M)] = "jungle"
    areas = tuple(code for code in river_codes if len(code) < 6)
    by_river = np.array([code.startswith(areas) for code in codes.ravel()], bool) & (
        land == "jungle"
    )
    land[by_river | np.isin(codes, [code for code in river_codes if len(code) == 6])] = "river"
    return land


def great_circle_km(
    longitude: ArrayLike, latitude: ArrayLike, to_longitude: ArrayLike, to_latitude: ArrayLike
) -> np.ndarray:
    """Great circles from each of n places to each of m, shape (n, m), kilometres.

    Examples
    --------
    >>> great_circle_km([-77.0428], [-12.0464], [-71.9675], [-13.5320]).round(1)  # Lima, Cusco
    array([[574.6]])
    """
    here = unit_vectors(longitude, latitude)
    there = unit_vectors(to_longitude, to_latitude)
    # chords, not cosines: the arc cosine of a product is off by metres for neighbours
    squared = np.zeros((len(here), len(there)))
    for axis in range(3):
        squared += (here[:, axis, None] - there[None, :, axis]) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(np.sqrt(squared) / 2, 1.0))


def travel_km(
    longitude: ArrayLike,
    latitude: ArrayLike,
    land: ArrayLike,
    to_longitude: ArrayLike,
    to_latitude: ArrayLike,
    to_land: ArrayLike,
    *,
    factors: DetourFactors | None = None,
) -> np.ndarray:
    """Travelled kilometres, shape (n, m): great circle times the mean of the factors at both ends.

    Lands of the n places and m candidates as :func:`land_of` gives them.

    Examples
    --------
    >>> travel_km([-77.0428], [-12.0464], ["coast"], [-71.9675], [-13.5320],
    ...           ["highland"]).round(1)  # 574.6 km times the mean of 1.25 and 1.7
    array([[847.5]])
    """
    chosen = factors or DetourFactors()
    here, there = chosen.of(np.asarray(land)), chosen.of(np.asarray(to_land))
    straight = great_circle_km(longitude, latitude, to_longitude, to_latitude)
    return straight * ((here[:, None] + there[None, :]) / 2)


def travel_time_matrix(
    table: pd.DataFrame, origins: list[str], destinations: list[str]
) -> tuple[np.ndarray, int]:
    """Minutes from each origin to each destination out of a long table of any router.

    Parameters
    ----------
    table : DataFrame
        from, to (str), minutes (0 or more); one row per pair that can be travelled. A pair that
        is missing cannot; a place reaches itself in 0 minutes unless the table says otherwise.
    origins, destinations : list of str
        Codes of the places of demand and of the candidates.

    Returns
    -------
    minutes : ndarray, shape (n, m)
        Infinite where the table has no row.
    idle_rows : int
        Rows whose origin or destination is none of ours.

    Raises
    ------
    ParameterError
        Missing columns, a pair given twice, minutes that are negative or no number, or a table
        that knows none of our pairs.

    Examples
    --------
    >>> rows = pd.DataFrame({"from": ["a", "b"], "to": ["b", "z"], "minutes": [30, 5]})
    >>> minutes, idle = travel_time_matrix(rows, ["a", "b"], ["b"])
    >>> minutes.tolist(), idle
    ([[30.0], [0.0]], 1)
    """
    missing = [name for name in ("from", "to", "minutes") if name not in table.columns]
    if missing:
        raise ParameterError(
            f"the travel times lack {', '.join(missing)}: the columns are from, to, minutes"
        )
    minutes = pd.to_numeric(table["minutes"], errors="coerce").to_numpy(float)
    wrong = np.flatnonzero(~(np.isfinite(minutes) & (minutes >= 0)))
    if len(wrong):
        raise ParameterError(
            f"the travel time in line {wrong[0] + 2} is no number of 0 or more: leave the row out "
            "where one cannot travel"
        )
    rows = pd.Index(origins).get_indexer(pd.Index(table["from"].astype(str)))
    columns = pd.Index(destinations).get_indexer(pd.Index(table["to"].astype(str)))
    known = (rows >= 0) & (columns >= 0)
    if not known.any():
        raise ParameterError(
            "no travel time joins our places: give district codes (UBIGEO) or the names of the "
            "candidates in from and to"
        )
    pair = rows[known] * len(destinations) + columns[known]
    if len(np.unique(pair)) < len(pair):
        values, counts = np.unique(pair, return_counts=True)
        twice = values[counts > 1][0]
        here, there = origins[twice // len(destinations)], destinations[twice % len(destinations)]
        raise ParameterError(f"the travel time from {here} to {there} is given twice: give one")
    matrix = np.full((len(origins), len(destinations)), np.inf)
    same = pd.Index(origins).get_indexer(pd.Index(destinations))
    matrix[same[same >= 0], np.flatnonzero(same >= 0)] = 0.0
    matrix[rows[known], columns[known]] = minutes[known]
    return matrix, int((~known).sum())


def nearest_distance_km(
    longitude: ArrayLike,
    latitude: ArrayLike,
    target_longitude: ArrayLike,
    target_latitude: ArrayLike,
) -> np.ndarray:
    r"""Great-circle distance from each point to its nearest target, shape (n,), kilometres.

    On the unit sphere the nearest by chord is the nearest by arc, so a k-d tree of the targets'
    xyz is exact; a chord l is the arc :math:`2\arcsin(l/2)`. NaN for a point without a place,
    infinite when there is no target; targets with NaN are left out.
    """
    distance = np.full(np.shape(longitude), np.nan)
    here = unit_vectors(longitude, latitude)
    there = unit_vectors(target_longitude, target_latitude)
    there = there[np.isfinite(there).all(axis=1)]
    located = np.isfinite(here).all(axis=1)
    if len(there) == 0:
        distance[located] = np.inf
    elif located.any():
        chord, _ = cKDTree(there).query(here[located])
        distance[located] = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2, 1.0))
    return distance


def unit_vectors(longitude: ArrayLike, latitude: ArrayLike) -> np.ndarray:
    """Points on the unit sphere, shape (n, 3), from degrees; NaN stays NaN."""
    east, north = np.asarray(longitude, dtype=float), np.asarray(latitude, dtype=float)
    if east.shape != north.shape or east.ndim != 1:
        raise ParameterError(
            f"longitude has shape {east.shape} and latitude {north.shape}: give one a point."
        )
    if (np.abs(east) > 180).any() or (np.abs(north) > 90).any():
        raise ParameterError(
            f"coordinates reach longitude {np.nanmax(np.abs(east))} and latitude "
            f"{np.nanmax(np.abs(north))}: degrees end at 180 and 90. Unproject metres."
        )
    lam, phi = np.radians(east), np.radians(north)
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=1)
