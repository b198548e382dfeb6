"""Departments: code, capital, official area, outline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from data.catalogue import load_table
from data.geometry import attach, load_features

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


def load_departments(*, simplified: bool = False, root: Path | None = None) -> gpd.GeoDataFrame:
    """Return the 24 departments and Callao, sorted by code.

    Parameters
    ----------
    simplified : bool
        The light outlines for the web (52 kB) instead of the full ones (190 kB).
    root : Path, optional
        Data folder.

    Returns
    -------
    GeoDataFrame, 25 rows
        department_ubigeo, department, iso_3166_2, capital, capital_longitude, capital_latitude
        (degrees), area_km2 (official: use it for densities), source columns, geometry (EPSG:4326).
        The outlines are off by up to 10 km: assign records by code.

    Raises
    ------
    DataError
        When a file is not what its card says or an outline is missing.

    Examples
    --------
    >>> frame = load_departments(simplified=True)
    >>> len(frame), round(float(frame["area_km2"].sum()))
    (25, 1280172)
    """
    table = load_table("departments", root)
    outlines = load_features("departments_simplified" if simplified else "departments_full", root)
    return attach(table, outlines, key="department_ubigeo")


def load_denominator_mismatch(*, root: Path | None = None) -> pd.DataFrame:
    """Return the departments whose residents are not the people that their prosecutors serve.

    Columns department_ubigeo, department, reason, reason_es, fiscal_district, quote and source.
    """
    return load_table("denominator_mismatch", root)


def load_jurisdiction_moves(*, root: Path | None = None) -> pd.DataFrame:
    """Return the provinces whose reports are counted in another department's fiscal district.

    Columns province_ubigeo, province, department_ubigeo (where it lies),
    counted_in_department_ubigeo (None: the source does not say), basis ("stated",
    "by elimination", "receiver not stated"), fiscal_district, quote and source.
    """
    return load_table("jurisdiction_moves", root)
