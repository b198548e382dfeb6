"""Counts of departments or provinces spread over places, by people or by stated evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.errors import GeoError, ParameterError

DEFAULT_EVIDENCE_SHARE = 0.5
"""Share of a department's count that goes to its evidence unless the reader says otherwise."""


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


def placed_population(places: pd.DataFrame, residents: str) -> pd.DataFrame:
    """Give every resident a coordinate, conserving the population of each province.

    A district stands at its capital. The people of a district whose capital has no coordinate are
    placed at their province's capital: the district whose code ends in "01".

    Parameters
    ----------
    places : DataFrame
        One row per district: district_ubigeo, department_ubigeo (str), longitude, latitude
        (degrees, NaN where unknown) and the residents (NaN where unknown).
    residents : str
        The column of residents, such as "living".

    Returns
    -------
    DataFrame
        district_ubigeo, department_ubigeo, longitude, latitude, population; sorted by code, only
        places with a coordinate and people.

    Raises
    ------
    GeoError
        People have neither a coordinate of their own nor one of their province's capital.
    """
    has_place = places["longitude"].notna() & places["latitude"].notna()
    own = places["district_ubigeo"]
    place_of = own.where(has_place, own.str[:4] + "01")
    # NaN compares false: an unknown population adds nothing
    peopled = places.loc[places[residents] > 0, residents].astype(float)
    by_place = peopled.groupby(place_of, sort=True).sum()
    located = places.loc[has_place].set_index("district_ubigeo")
    lost = by_place.index.difference(located.index)
    if len(lost):
        raise GeoError(
            f"{by_place[lost].sum():,.0f} people cannot be placed: neither their district nor the "
            f"province capital {list(lost)} has a coordinate; add one or leave the district out"
        )
    out = located.loc[by_place.index, ["department_ubigeo", "longitude", "latitude"]]
    return out.assign(population=by_place).rename_axis("district_ubigeo").reset_index()


def spread_counts(
    counts: Mapping[str, float] | pd.Series, places: pd.DataFrame, residents: str
) -> Surface:
    """Spread each area's count over its districts' capitals, by population.

    The weight of place i of area d is ``count_d * population_i / population_d``, so that the
    weights of an area add up to its count. ``counts`` are by department_ubigeo, by
    province_ubigeo, or by both: a department's own is then what is known of no province.
    ``places`` and ``residents`` as in :func:`placed_population`; the surface has one entry per
    place with people.

    GeoError: a count is negative or not finite, or people cannot be placed.

    Examples
    --------
    >>> frame = pd.DataFrame({
    ...     "district_ubigeo": ["170101", "170102", "170201"], "department_ubigeo": ["17"] * 3,
    ...     "longitude": [-69.19, -69.6, -71.4], "latitude": [-12.59, -12.8, -12.8],
    ...     "population_2022": [90_000, 10_000, 25_000]})
    >>> surface = spread_counts({"17": 125}, frame, "population_2022")
    >>> surface.weight.round(6).tolist(), surface.spreading
    ([90.0, 10.0, 25.0], 'population')
    >>> both = spread_counts({"1701": 178, "17": 25}, frame, "population_2022")
    >>> both.weight.round(6).tolist()
    [178.2, 19.8, 5.0]
    """
    series = pd.Series(counts, dtype=float)
    bad = series[~np.isfinite(series) | (series < 0)]
    if len(bad):
        raise GeoError(
            f"counts must be finite and not negative; came {bad.to_dict()}: leave an area "
            "without a figure out instead of giving it NaN"
        )
    people = placed_population(places, residents)
    people = people[people["department_ubigeo"].isin(series.index.str[:2])]
    weight = np.zeros(len(people))
    for digits in (2, 4):
        area = people["district_ubigeo"].str[:digits]
        share = people["population"] / people.groupby(area)["population"].transform("sum")
        weight += (share * area.map(series).fillna(0)).to_numpy()
    return Surface(
        longitude=people["longitude"].to_numpy(),
        latitude=people["latitude"].to_numpy(),
        weight=weight,
        department_ubigeo=people["department_ubigeo"].to_numpy(dtype=str),
        spreading="population",
    )


def stated_evidence(mining_cells: pd.DataFrame, named_places: pd.DataFrame) -> pd.DataFrame:
    """Collect the evidence of a source: mined hectares, and places with published victims.

    Victims that are an estimate, bars, cases, shares and places without a coordinate are no
    evidence here. Of several figures for one place the largest counts: two raids may have found
    the same people, so they are never added.

    The frames are those of ``load_mining_cells`` and ``load_named_places``; what returns has kind
    ("mining" or "victims"), department_ubigeo, longitude, latitude, amount (hectares or victims,
    above 0), sorted.
    """
    place = ["department_ubigeo", "longitude", "latitude"]
    counted = named_places[
        (named_places["unit"] == "victim")
        & ~named_places["is_estimate"].astype(bool)
        & ~named_places["is_context"].astype(bool)
    ]
    victims = counted.groupby(place, as_index=False)[["value"]].max()
    mined = mining_cells[[*place, "mined_ha"]].rename(columns={"mined_ha": "amount"})
    both = pd.concat(
        [
            mined.assign(kind="mining"),
            victims.rename(columns={"value": "amount"}).assign(kind="victims"),
        ]
    )
    is_usable = both[place].notna().all(axis=1) & (both["amount"] > 0)
    columns = ["kind", *place, "amount"]
    return both.loc[is_usable, columns].sort_values(columns).reset_index(drop=True)


def spread_with_evidence(
    counts: Mapping[str, float] | pd.Series,
    places: pd.DataFrame,
    residents: str,
    evidence: pd.DataFrame,
    *,
    evidence_share: float = DEFAULT_EVIDENCE_SHARE,
) -> Surface:
    """Spread a share of each department's count over its evidence, the rest as by population.

    For department d with count c, evidence share s, and K kinds of evidence that d has, evidence
    item j of kind k carries ``c s / K * amount_j / (sum of the amounts of kind k in d)``, and a
    place (1 - s) of what :func:`spread_counts` gives it; counts by province are first added up by
    department. Hectares and victims are never added: each kind gets the same part. A department
    without evidence goes by population alone; if none has any, or at a share of 0, the result is
    that of the population rule, under its name.

    Errors as :func:`spread_counts`, and ParameterError for a share that is not within 0 and 1.

    Examples
    --------
    >>> places = pd.DataFrame({"district_ubigeo": ["170101"], "department_ubigeo": ["17"],
    ...     "longitude": [-69.19], "latitude": [-12.59], "population_2022": [90_000]})
    >>> evidence = pd.DataFrame({"kind": ["mining", "mining", "victims"],
    ...     "department_ubigeo": "17", "longitude": [-70.0, -70.5, -70.02],
    ...     "latitude": [-12.95, -12.8, -12.96], "amount": [300.0, 100.0, 96.0]})
    >>> surface = spread_with_evidence(
    ...     {"17": 80}, places, "population_2022", evidence, evidence_share=0.5)
    >>> surface.weight.tolist(), surface.spreading
    ([40.0, 15.0, 5.0, 20.0], 'population and mining evidence, share 0.50')
    """
    if not 0 <= evidence_share <= 1:  # NaN fails too
        raise ParameterError(
            f"evidence_share is {evidence_share}; it must be 0 (population alone) to 1 (evidence "
            "alone, where a department has any)"
        )
    by_people = spread_counts(counts, places, residents)
    series = pd.Series(counts, dtype=float)
    count_of = series.groupby(series.index.str[:2]).sum()
    used = evidence[evidence["department_ubigeo"].isin(count_of.index)]
    if evidence_share == 0 or used.empty:
        return by_people
    code = used["department_ubigeo"]
    of_kind = used.groupby(["department_ubigeo", "kind"])["amount"].transform("sum")
    kinds = used.groupby("department_ubigeo")["kind"].transform("nunique")
    by_evidence = code.map(count_of) * evidence_share / kinds * used["amount"] / of_kind
    has_evidence = np.isin(by_people.department_ubigeo, code.to_numpy(dtype=str))
    by_population = by_people.weight * np.where(has_evidence, 1 - evidence_share, 1.0)
    return Surface(
        longitude=np.concatenate([by_people.longitude, used["longitude"].to_numpy(dtype=float)]),
        latitude=np.concatenate([by_people.latitude, used["latitude"].to_numpy(dtype=float)]),
        weight=np.concatenate([by_population, by_evidence.to_numpy(dtype=float)]),
        department_ubigeo=np.concatenate([by_people.department_ubigeo, code.to_numpy(dtype=str)]),
        spreading=f"population and mining evidence, share {evidence_share:.2f}",
    )
