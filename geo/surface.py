"""Counts of departments spread over places: the modelled surface under every density map.

Published figures are areal; nobody publishes points. A map with a density therefore rests on a
rule that says where inside a department its count is put. The rule has a name (``spreading``), it
travels with the result, and it is what makes the surface MODELLED: the total of each department
is a fact, the position inside it is an assumption.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from geo.errors import GeoError, ParameterError

Spreading = Literal["population"]
"""Names of the spreading rules."""

_PLACE_COLUMNS = ("district_ubigeo", "department_ubigeo", "longitude", "latitude")


@dataclass(frozen=True, slots=True)
class Surface:
    """Weighted places whose weights add up to the count of each department."""

    longitude: np.ndarray
    """shape (n,), WGS84 degrees."""
    latitude: np.ndarray
    """shape (n,), WGS84 degrees."""
    weight: np.ndarray
    """shape (n,), cases placed there, in the unit of the counts (complaints or offences)."""
    department_ubigeo: np.ndarray
    """shape (n,), str, the department whose count the weight is part of."""
    spreading: str
    """the rule that chose the positions; "population" = in proportion to residents."""

    @property
    def total(self) -> float:
        """Sum of the weights: the sum of the counts that were spread."""
        return float(self.weight.sum())


def placed_population(
    places: pd.DataFrame, *, population_column: str = "population_2022"
) -> pd.DataFrame:
    """Give every resident a coordinate, conserving the population of each province.

    A district stands at its capital. The people of a district whose capital has no coordinate are
    placed at their province's capital: the district whose code ends in "01".

    Parameters
    ----------
    places : DataFrame
        One row per district: district_ubigeo, department_ubigeo (str), longitude, latitude
        (degrees, NaN where unknown) and the population column (NaN where unknown).
    population_column : str
        Column that holds the residents.

    Returns
    -------
    DataFrame
        district_ubigeo, department_ubigeo, longitude, latitude, population; sorted by code, only
        places with a coordinate and people.

    Raises
    ------
    GeoError
        A column is missing, a population is negative, a code is not text, or people have neither
        a coordinate of their own nor one of their province's capital.

    Examples
    --------
    >>> frame = pd.DataFrame({
    ...     "district_ubigeo": ["170101", "170102"], "department_ubigeo": ["17", "17"],
    ...     "longitude": [-69.19, np.nan], "latitude": [-12.59, np.nan],
    ...     "population_2022": [90_000, 10_000]})
    >>> placed_population(frame)[["district_ubigeo", "population"]].values.tolist()
    [['170101', 100000.0]]
    """
    needed = (*_PLACE_COLUMNS, population_column)
    missing = [name for name in needed if name not in places.columns]
    if missing:
        raise GeoError(f"places lack the columns {missing}; needed are {list(needed)}")
    frame = places[list(needed)].rename(columns={population_column: "population"})
    for name in ("longitude", "latitude", "population"):
        frame[name] = pd.to_numeric(frame[name]).astype(float)
    _require_codes(frame["district_ubigeo"], digits=6)
    _require_codes(frame["department_ubigeo"], digits=2)
    if (frame["population"] < 0).any():
        code = frame.loc[frame["population"] < 0, "district_ubigeo"].iloc[0]
        raise GeoError(f"district {code} has a negative {population_column}")
    if frame["district_ubigeo"].duplicated().any():
        code = frame.loc[frame["district_ubigeo"].duplicated(), "district_ubigeo"].iloc[0]
        raise GeoError(f"district {code} appears twice; places hold one row per district")

    has_place = frame["longitude"].notna() & frame["latitude"].notna()
    peopled = frame["population"] > 0  # NaN compares false: an unknown population adds nothing
    own = frame["district_ubigeo"]
    stand_in = own.where(has_place, own.str[:4] + "01")
    moved = frame.assign(at=stand_in).loc[peopled]
    by_place = moved.groupby("at", sort=True)["population"].sum()
    located = frame.loc[has_place].set_index("district_ubigeo")
    lost = by_place.index.difference(located.index)
    if len(lost):
        raise GeoError(
            f"{by_place[lost].sum():,.0f} people cannot be placed: neither their district nor the "
            f"province capital {list(lost)} has a coordinate; add one or leave the district out"
        )
    out = located.loc[by_place.index, ["department_ubigeo", "longitude", "latitude"]]
    out = out.assign(population=by_place)
    return out.rename_axis("district_ubigeo").reset_index()


def spread_counts(
    counts: Mapping[str, float] | pd.Series,
    places: pd.DataFrame,
    *,
    population_column: str = "population_2022",
) -> Surface:
    """Spread each department's count over its districts' capitals, by population.

    The weight of place i of department d is ``count_d * population_i / population_d``, so that
    the weights of a department add up to its count.

    Parameters
    ----------
    counts : mapping or Series
        department_ubigeo (two digits, str) -> count.
    places : DataFrame
        As in :func:`placed_population`.
    population_column : str
        Column that holds the residents.

    Returns
    -------
    Surface
        One entry per place with people in a department that `counts` names.

    Raises
    ------
    GeoError
        A count is negative or not finite, a code is not two-digit text, a department has a count
        and no place with people, or `places` is unusable.

    Examples
    --------
    >>> frame = pd.DataFrame({
    ...     "district_ubigeo": ["170101", "170102"], "department_ubigeo": ["17", "17"],
    ...     "longitude": [-69.19, -69.6], "latitude": [-12.59, -12.8],
    ...     "population_2022": [90_000, 10_000]})
    >>> surface = spread_counts({"17": 178}, frame)
    >>> surface.weight.round(6).tolist(), surface.spreading
    ([160.2, 17.8], 'population')
    """
    series = pd.Series(counts, dtype=float)
    if series.empty:
        raise ParameterError("no counts came; at least one department is needed")
    _require_codes(pd.Series(series.index), digits=2)
    if series.index.has_duplicates:
        twice = series.index[series.index.duplicated()].tolist()
        raise GeoError(f"departments {twice} have two counts; sum them before spreading")
    bad = series[~np.isfinite(series) | (series < 0)]
    if len(bad):
        raise GeoError(
            f"counts must be finite and not negative; came {bad.to_dict()}: leave a department "
            "without a figure out instead of giving it NaN"
        )
    people = placed_population(places, population_column=population_column)
    people = people[people["department_ubigeo"].isin(series.index)]
    residents = people.groupby("department_ubigeo")["population"].sum()
    for code, count in series.items():
        if count > 0 and code not in residents.index:
            raise GeoError(
                f"department {code} has a count of {count:g} and no place with people to carry "
                "it; add places for it or leave the department out"
            )
    code_of_place = people["department_ubigeo"]
    share = people["population"] / code_of_place.map(residents)
    return Surface(
        longitude=people["longitude"].to_numpy(),
        latitude=people["latitude"].to_numpy(),
        weight=(share * code_of_place.map(series)).to_numpy(),
        department_ubigeo=code_of_place.to_numpy(dtype=str),
        spreading="population",
    )


def _require_codes(codes: pd.Series, *, digits: int) -> None:
    wrong = [c for c in codes if not (isinstance(c, str) and len(c) == digits and c.isdigit())]
    if wrong:
        raise GeoError(
            f"codes must be text of {digits} digits such as {'17' + '01' * (digits // 2 - 1)!r}; "
            f"came {wrong[0]!r}: read code columns as str, or a leading zero is lost"
        )
