"""How far it is between two places: great circles stretched by a factor of the land between them.

No road network is shipped, and no router can be asked with the network closed. So a distance is a
great circle times a detour factor of the land, an assumption that a plan states; the few roads that
are known shorten it (``over_road``). Whoever has travel times, of a network
(:mod:`geo.siting.network`) or any router, hands them in instead (``travel_time_matrix``).

Altitude decides the land, with the limits of Pulgar Vidal (1941, Las ocho regiones naturales
del Perú): west of the continental divide the coast (Chala) ends at 500 m, east of it the jungle
(Omagua and Rupa-Rupa) ends at 1,000 m; everything higher is highland.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from geo.crs import great_circle_km
from geo.errors import ParameterError

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

DETOUR = {"coast": 1.25, "highland": 1.7, "jungle": 1.5, "river": 2.0}
"""Travelled kilometres per kilometre of great circle on each land; assumptions, not measured:
straight roads on the coast, switchbacks in the Andes, few roads in the jungle, meanders."""
RIVER_DEPARTMENTS = ("16",)
"""Loreto: its jungle places travel by river"""


def land_of(
    longitude: ArrayLike, latitude: ArrayLike, altitude_m: ArrayLike, district_ubigeo: ArrayLike
) -> np.ndarray:
    """Coast, highland, jungle or river for each place, shape (n,).

    Metres above the sea (NaN counts as 0), INEI codes or "" of the districts.
    """
    east, north = np.asarray(longitude, float), np.asarray(latitude, float)
    height = np.nan_to_num(np.asarray(altitude_m, float), nan=0.0)
    codes = np.asarray(district_ubigeo, dtype=str)
    latitudes, longitudes = np.array(sorted(DIVIDE)).T
    is_west = east < np.interp(north, latitudes, longitudes)
    land = np.full(east.shape, "highland", dtype="U8")
    land[is_west & (height < COAST_BELOW_M)] = "coast"
    land[~is_west & (height < JUNGLE_BELOW_M)] = "jungle"
    by_river = np.array([code.startswith(RIVER_DEPARTMENTS) for code in codes.ravel()], bool)
    land[by_river & (land == "jungle")] = "river"
    return land


def travel_cost(
    longitude: ArrayLike,
    latitude: ArrayLike,
    land: ArrayLike,
    to_longitude: ArrayLike,
    to_latitude: ArrayLike,
    to_land: ArrayLike,
) -> np.ndarray:
    """Return travelled km, shape (n, m): the great circle times the mean factor of both ends.

    Examples
    --------
    >>> travel_cost([-75.0], [-9.0], ["coast"], [-75.0], [-10.0], ["river"]).round(1)
    array([[180.7]])
    """
    start, end = (np.array([DETOUR[name] for name in np.asarray(side)]) for side in (land, to_land))
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
    """Return kilometres of ways, shape (n, m), shortened if they may use a known road.

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
    towns: Mapping[str, str] | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int, bool]:
    """Minutes from each origin to each destination out of a long table of any router.

    ``table`` has from, to (str) and minutes, one row per pair that can be travelled. A destination
    in the table is reached from its own place in 0 minutes unless the table says otherwise.
    ``aliases`` are other texts of the table for a destination, ``towns`` those for an origin, which
    serve for a destination too if ``aliases`` has none.

    The rows decide whether from or to names the destinations: the reading that matches more rows
    is used. On a tie the destinations are on the side with fewer different places, and if that is
    equal too, in from (a team travels to the people).

    Returns minutes, shape (n, m), infinite without a row; which origins, shape (n,), and which
    destinations, shape (m,), the table has times for (the others are unknown); the number of rows
    that match no place; whether column "from" holds the destinations. ParameterError: a pair given
    twice, no pair, or no pair between two places.
    """
    start, end = (pd.factorize(table[name].astype(str)) for name in ("from", "to"))
    towns = towns or {}
    named = {**towns, **(aliases or {})}

    def positions(sites: tuple, places: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        codes = [named.get(text, text) for text in sites[1]]
        columns = pd.Index(destinations).get_indexer(pd.Index(codes, dtype=object))[sites[0]]
        where = [towns.get(text, text) for text in places[1]]
        rows = pd.Index(origins).get_indexer(pd.Index(where, dtype=object))[places[0]]
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
            "no travel time joins our places. Give district codes (UBIGEO) or the names of the "
            "candidates in from and to"
        )
    pair = pd.Series(rows[is_known] * len(destinations) + columns[is_known])
    if pair.duplicated().any():
        twice = table[is_known][pair.duplicated().to_numpy()].iloc[0]
        raise ParameterError(
            "the travel time from {start} to {end} is given twice. Give one",
            start=twice["from"],
            end=twice["to"],
        )
    given = table["minutes"].to_numpy(float)[is_known]
    row, column = rows[is_known], columns[is_known]
    has_origin = np.bincount(row, minlength=len(origins)) > 0
    at_home = np.array(origins, object)[row] == np.array(destinations, object)[column]
    has_destination = np.bincount(column[~at_home], minlength=len(destinations)) > 0
    if at_home.all():
        raise ParameterError(
            "the travel times join each place with itself alone: give those between places"
        )
    matrix = np.full((len(origins), len(destinations)), np.inf)
    same = pd.Index(origins).get_indexer(pd.Index(destinations))
    home = (same >= 0) & has_destination
    matrix[same[home], np.flatnonzero(home)] = 0.0
    has_origin[same[home]] = True
    matrix[row, column] = given
    return matrix, has_origin, has_destination, int((~is_known).sum()), bool(is_outward)
