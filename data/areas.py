"""Provinces and districts with outlines, where a refresh brought them: joined by code alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from data.catalogue import card_of, descriptor_of, load_table, resource_names
from data.geometry import load_features
from data.mining_areas import load_mining_by_district, load_mining_suspects
from data.places import load_places
from data.population import load_province_population

if TYPE_CHECKING:
    import geopandas as gpd

AreaLevel = Literal["provinces", "districts"]
_KEYS: dict[AreaLevel, str] = {"provinces": "province_ubigeo", "districts": "district_ubigeo"}
_DIGITS: dict[AreaLevel, int] = {"provinces": 4, "districts": 6}
_SHIPPED_YEAR = 2022
"""the last year of the shipped annex by province and district"""
_ENOUGH = 0.9
"""share of the shipped places that a refreshed table must have to be used for a level"""


def area_levels(*, root: Path | None = None) -> tuple[AreaLevel, ...]:
    """Return the levels below the department whose outlines are present.

    Examples
    --------
    >>> area_levels()
    ()
    """
    names = set(resource_names(root))
    return tuple(level for level in _KEYS if f"{level}_simplified" in names)


def load_areas(level: AreaLevel, *, root: Path | None = None) -> gpd.GeoDataFrame:
    """Return the provinces or districts that have an outline, with what is known of them.

    Parameters
    ----------
    level : {"provinces", "districts"}
    root : Path, optional
        Data folder.

    Returns
    -------
    GeoDataFrame
        area_ubigeo, area, department_ubigeo, department, population (residents; NaN where the
        tables have none), people_per_km2 (of the official area; NaN without one), mined_ha
        (detections that are not suspect; 0 where none was detected or nobody looks; NaN where
        nothing is known by district), doubtful_ha, geometry (EPSG:4326, light). ``attrs`` holds
        ``population_year``, ``without_outline`` (codes that have figures and no outline) and the
        card. No reports: they are published by fiscal district, never by province or district.

    Raises
    ------
    ParameterError
        When the outlines are not there.
    DataError
        When a file is not what its card says.
    """
    key = _KEYS[level]
    outlines = load_features(f"{level}_simplified", root)
    names = load_table("departments", root).set_index("department_ubigeo")["department"]
    codes = outlines[key].astype(str)
    known = _names(level, root)
    people, year = _population(level, root)
    area_km2 = load_places(root=root).groupby(key)["area_km2"].sum(min_count=1)
    shown, doubtful = _mining(level, root)
    population = people.reindex(codes).to_numpy(dtype=float)
    # half a province's area would double its density: all its districts must have theirs
    sizes = area_km2.where(~_without_area(key, root)).reindex(codes).to_numpy(dtype=float)
    frame = outlines[["geometry"]].assign(
        area_ubigeo=codes.to_numpy(),
        area=[known.get(code) or name for code, name in zip(codes, outlines["name"], strict=True)],
        department_ubigeo=[code[:2] for code in codes],
        department=[names[code[:2]] for code in codes],
        population=population,
        people_per_km2=np.where(sizes > 0, population / np.where(sizes > 0, sizes, 1.0), np.nan),
        mined_ha=np.nan if shown is None else shown.reindex(codes, fill_value=0.0).to_numpy(),
        doubtful_ha=doubtful.reindex(codes, fill_value=0.0).to_numpy(),
    )
    frame.attrs["tier"] = "T1"
    frame.attrs["card"] = _card(level, root)
    frame.attrs["population_year"] = year
    frame.attrs["without_outline"] = sorted(set(people.index) - set(codes))
    return frame


def _names(level: AreaLevel, root: Path | None) -> dict[str, str]:
    if level == "provinces":
        table = load_province_population(root=root)
        return dict(zip(table["province_ubigeo"], table["province"], strict=True))
    table = load_places(root=root)
    return dict(zip(table["district_ubigeo"], table["district"], strict=True))


def _population(level: AreaLevel, root: Path | None) -> tuple[pd.Series, int]:
    """Residents by code in the last year of the table in use."""
    if level == "provinces":
        table = load_province_population(root=root).set_index("province_ubigeo")
    else:
        table = load_places(root=root).set_index("district_ubigeo")
    shipped = table[f"population_{_SHIPPED_YEAR}"].astype(float)
    if "population_areas" in resource_names(root):
        newer = load_table("population_areas", root)
        newer = newer[newer["area_ubigeo"].str.len() == _DIGITS[level]]
        if len(newer):
            # the file may reach decades ahead: the year in which it was fetched is the present
            present = int(descriptor_of("population_areas", root)["accessed"][:4])
            reached = newer["year"][newer["year"] <= present]
            year = int(reached.max() if len(reached) else newer["year"].min())
            found = newer[newer["year"] == year].set_index("area_ubigeo")["population"]
            if year > _SHIPPED_YEAR and len(found) >= _ENOUGH * len(shipped):
                return found.astype(float), year
    return shipped, _SHIPPED_YEAR


def _without_area(key: str, root: Path | None) -> pd.Series:
    places = load_places(root=root)
    return places["area_km2"].isna().groupby(places[key]).any()


def _mining(level: AreaLevel, root: Path | None) -> tuple[pd.Series | None, pd.Series]:
    """Hectares by code, those of suspect places apart; None where nothing is known by district."""
    table = load_mining_by_district(root=root)
    suspects = set(load_mining_suspects(root=root)["area_ubigeo"])
    district = table["district_ubigeo"]
    suspect = district.isin(suspects) | district.str[:2].isin(suspects)
    codes = district.str[: _DIGITS[level]]
    doubtful = table["mined_ha"].where(suspect, 0.0).groupby(codes).sum()
    if not len(table):
        return None, doubtful
    return table["mined_ha"].where(~suspect, 0.0).groupby(codes).sum(), doubtful


def _card(level: AreaLevel, root: Path | None) -> dict[str, Any]:
    """The card of the outlines with the sources of the figures added."""
    card = card_of(descriptor_of(f"{level}_simplified", root))
    people = "population_provinces" if level == "provinces" else "places"
    if "population_areas" in resource_names(root):
        people = "population_areas"
    for name in (people, "mining_by_district"):
        other = card_of(descriptor_of(name, root))
        card["sources"] = [*card["sources"], *other["sources"]]
        card["licence"] = "; ".join(dict.fromkeys([card["licence"], other["licence"]]))
    return card
