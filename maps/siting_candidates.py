"""Where a team could be put: capitals of districts, or a list of the planner's own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.errors import ParameterError
from geo.travel import great_circle_km, land_of
from maps.said import PlanRefusal, Said, said
from maps.siting_places import places


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Places where a site may be opened."""

    code: np.ndarray
    """shape (m,), str: the UBIGEO, or the name (else line-N) on an own list."""
    name: np.ndarray
    """shape (m,), str."""
    near: np.ndarray
    """shape (m,), int: the place of demand it stands in or nearest to."""
    longitude: np.ndarray
    """shape (m,), degrees."""
    latitude: np.ndarray
    """shape (m,), degrees."""
    population: np.ndarray
    """shape (m,), residents of the district of that place."""
    description: Said
    """where the candidates come from."""

    def land(self, river_codes: tuple[str, ...]) -> np.ndarray:
        """Coast, highland, jungle or river; an own place has the altitude of its nearest town."""
        here = places()
        return land_of(
            self.longitude,
            self.latitude,
            here.altitude_m[self.near],
            here.ubigeo[self.near],
            river_codes=river_codes,
        )


def district_capitals(min_population: float = 0.0) -> Candidates:
    """Capitals of districts with at least so many residents.

    Raises
    ------
    ParameterError
        A population that is negative, or above every district's.
    """
    here = places()
    if not (np.isfinite(min_population) and min_population >= 0):
        raise ParameterError(f"the least population is {min_population}: give 0 or more residents")
    kept = np.flatnonzero(here.population >= min_population)
    if len(kept) == 0:
        raise PlanRefusal(
            "population",
            population=f"{min_population:,.0f}",
            most=f"{here.population.max():,.0f}",
        )
    return Candidates(
        code=here.ubigeo[kept],
        name=here.name[kept],
        near=kept,
        longitude=here.longitude[kept],
        latitude=here.latitude[kept],
        population=here.population[kept],
        description=said(
            "siting.candidates.filtered" if min_population else "siting.candidates.capitals",
            count=f"{len(kept):,}",
            population=f"{min_population:,.0f}",
        ),
    )


def listed_candidates(table: pd.DataFrame) -> Candidates:
    """Candidates of an own list (:func:`data.planning_files.read_place_list`).

    A row with a code alone stands at that district's capital; one with coordinates stands there.

    Raises
    ------
    ParameterError
        A code that no place has.
    """
    here = places()
    codes = table["district_ubigeo"].to_numpy(dtype=str)
    known = pd.Index(here.ubigeo).get_indexer(codes)
    east = table["longitude"].to_numpy(dtype=float, na_value=np.nan)
    north = table["latitude"].to_numpy(dtype=float, na_value=np.nan)
    lost = np.isnan(east) & (known < 0)
    if lost.any():
        line = int(table["line"].to_numpy()[lost][0])
        raise ParameterError(
            f"line {line}: no district with a known place has that ubigeo; INEI codes are meant, "
            "not RENIEC's, or give longitude and latitude"
        )
    east = np.where(np.isnan(east), here.longitude[known], east)
    north = np.where(np.isnan(north), here.latitude[known], north)
    near = great_circle_km(east, north, here.longitude, here.latitude).argmin(axis=1)
    near = np.where(known >= 0, known, near)
    given = table["name"].to_numpy(dtype=str)
    lines = np.array([f"line-{line}" for line in table["line"]])
    code = np.where(codes != "", codes, np.where(given != "", given, lines))
    if len(np.unique(code)) < len(code):
        values, counts = np.unique(code, return_counts=True)
        raise ParameterError(
            f"the list has {values[counts > 1][0]!r} twice: give each place a name of its own"
        )
    return Candidates(
        code=code,
        name=np.where(given != "", given, here.name[near]),
        near=near,
        longitude=east,
        latitude=north,
        population=here.population[near],
        description=said("siting.candidates.own", count=f"{len(code):,}"),
    )
