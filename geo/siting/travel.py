"""How far it is between two places: great circles stretched by a factor of the land between them.

No road network is shipped, and no router can be asked with the network closed. So a distance is a
great circle times a detour factor, each factor an assumption that a planner sees and edits; the few
roads that are known shorten it (``over_road``). Whoever has travel times, of a network
(:mod:`geo.siting.network`) or any router, hands them in instead (``travel_time_matrix``).

Altitude decides the land, with the limits of Pulgar Vidal (1941, Las ocho regiones naturales
del Perú): west of the continental divide the coast (Chala) ends at 500 m, east of it the jungle
(Omagua and Rupa-Rupa) ends at 1,000 m; everything higher is highland.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

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
    """Travelled kilometres per kilometre of great circle; assumptions of a planner, not measured:
    straight roads on the coast, switchbacks in the Andes, few roads in the jungle, meanders."""

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

    def of(self, land: ArrayLike) -> np.ndarray:
        """Factor of each place, shape (n,), from its land."""
        return np.array([getattr(self, name) for name in np.asarray(land)], float)


def land_of(
    longitude: ArrayLike,
    latitude: ArrayLike,
    altitude_m: ArrayLike,
    district_ubigeo: ArrayLike,
    *,
    river_codes: tuple[str, ...] = ("16",),
) -> np.ndarray:
    """Coast, highland, jungle or river for each place, shape (n,).

    Metres above the sea (NaN counts as 0), INEI codes or "" of the districts. ``river_codes`` are
    departments (2 digits), provinces (4) or districts (6): the first two count for their jungle
    places, a district whatever its land. ParameterError: a river code that is none.
    """
    east, north = np.asarray(longitude, float), np.asarray(latitude, float)
    height = np.nan_to_num(np.asarray(altitude_m, float), nan=0.0)
    codes = np.asarray(district_ubigeo, dtype=str)
    wrong = [code for code in river_codes if not (code.isdigit() and len(code) in (2, 4, 6))]
    if wrong:
        raise ParameterError(
            "the river code {code!r} is none: give INEI codes of 2, 4 or 6 digits", code=wrong[0]
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
    """Great circles from each of n places to each of m, shape (n, m), kilometres."""
    start = unit_vectors(longitude, latitude)
    there = unit_vectors(to_longitude, to_latitude)
    # chords, not cosines: the arc cosine of a product is off by metres for neighbours
    squared = np.zeros((start.shape[1], there.shape[1]))
    for side, other in zip(start, there, strict=True):
        squared += (side[:, None] - other[None, :]) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(np.sqrt(squared) / 2, 1.0))


def travel_cost(
    longitude: ArrayLike,
    latitude: ArrayLike,
    land: ArrayLike,
    to_longitude: ArrayLike,
    to_latitude: ArrayLike,
    to_land: ArrayLike,
    *,
    factors: DetourFactors,
    kmh: Mapping[str, float] | None = None,
) -> np.ndarray:
    """Travelled kilometres, shape (n, m); estimated minutes where ``kmh`` has the speed of each of
    LANDS. Half of the great circle counts with the factor, and speed, of the land of either end.

    Examples
    --------
    >>> there = [[-75.0], [-9.0], ["coast"]], [[-75.0], [-10.0], ["river"]]
    >>> speeds = {"coast": 60.0, "highland": 40.0, "jungle": 60.0, "river": 12.0}
    >>> travel_cost(*there[0], *there[1], factors=DetourFactors(), kmh=speeds).round(1)
    array([[625.5]])
    """
    per_km = asdict(factors)
    if kmh is not None:
        per_km = {name: 60 * factor / kmh[name] for name, factor in per_km.items()}
    start, end = (np.array([per_km[name] for name in np.asarray(side)]) for side in (land, to_land))
    straight = great_circle_km(longitude, latitude, to_longitude, to_latitude)
    return straight * ((start[:, None] + end[None, :]) / 2)


def over_road(
    km: ArrayLike,
    to_one: ArrayLike,
    to_other: ArrayLike,
    *,
    road_km: float,
    from_one: ArrayLike,
    from_other: ArrayLike,
) -> np.ndarray:
    """Kilometres of ways, shape (n, m), shortened where they may lead over a road that is known.

    ``to_one`` and ``to_other`` lead from the n places to the two ends of the road, ``from_one``
    and ``from_other`` from there to the m places.

    Examples
    --------
    >>> over_road([[180.0]], [0.0], [180.0], road_km=95, from_one=[180.0], from_other=[0.0])
    array([[95.]])
    """
    start = [np.asarray(side, float)[:, None] + road_km for side in (to_one, to_other)]
    end = [np.asarray(side, float)[None, :] for side in (from_other, from_one)]
    return np.minimum(np.asarray(km, float), np.minimum(start[0] + end[0], start[1] + end[1]))


def travel_time_matrix(
    table: pd.DataFrame,
    origins: list[str],
    destinations: list[str],
    aliases: Mapping[str, str] | None = None,
) -> tuple[np.ndarray, int, bool]:
    """Minutes from each origin to each destination out of a long table of any router.

    ``table`` has from, to (str) and minutes, one row per pair that can be travelled; a place
    reaches itself in 0 minutes unless the table says otherwise. ``aliases`` are other texts of the
    table for a destination. Whether from or to names the destinations is read off the rows: the
    reading with more rows that are ours holds; on a tie the destinations are on the side with fewer
    different places, and if that is equal too, in from (a team travels to the people). Returns
    shape (n, m), infinite where there is no row; the number of rows that are none of ours; whether
    from names the destinations. ParameterError: a pair given twice, or none.
    """
    start, end = (pd.factorize(table[name].astype(str)) for name in ("from", "to"))
    named = aliases or {}

    def positions(sites: tuple, places: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        codes = [named.get(text, text) for text in sites[1]]
        columns = pd.Index(destinations).get_indexer(pd.Index(codes, dtype=object))[sites[0]]
        rows = pd.Index(origins).get_indexer(places[1])[places[0]]
        return rows, columns, (rows >= 0) & (columns >= 0)

    outward, inward = positions(start, end), positions(end, start)
    is_known, other = outward[2], inward[2]
    is_outward = is_known.sum() > other.sum()
    if is_known.sum() == other.sum():
        starts, ends = (len(np.unique(side[0][is_known | other])) for side in (start, end))
        is_outward = starts <= ends
    rows, columns, is_known = outward if is_outward else inward
    if not is_known.any():
        raise ParameterError(
            "no travel time joins our places: give district codes (UBIGEO) or the names of the "
            "candidates in from and to"
        )
    pair = pd.Series(rows[is_known] * len(destinations) + columns[is_known])
    if pair.duplicated().any():
        twice = table[is_known][pair.duplicated().to_numpy()].iloc[0]
        raise ParameterError(
            "the travel time from {start} to {end} is given twice: give one",
            start=twice["from"],
            end=twice["to"],
        )
    matrix = np.full((len(origins), len(destinations)), np.inf)
    same = pd.Index(origins).get_indexer(pd.Index(destinations))
    matrix[same[same >= 0], np.flatnonzero(same >= 0)] = 0.0
    matrix[rows[is_known], columns[is_known]] = table["minutes"].to_numpy(float)[is_known]
    return matrix, int((~is_known).sum()), bool(is_outward)


def unit_vectors(longitude: ArrayLike, latitude: ArrayLike) -> np.ndarray:
    """Points on the unit sphere, shape (3, n), from degrees."""
    lam, phi = np.radians(np.asarray(longitude, float)), np.radians(np.asarray(latitude, float))
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])
