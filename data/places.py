"""Districts and towns: where people live, by code."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.catalogue import load_table


def load_places(*, root: Path | None = None) -> pd.DataFrame:
    """Return the districts with the position of their capital.

    Returns
    -------
    DataFrame, 1,893 rows sorted by code
        district_ubigeo, province_ubigeo, department_ubigeo, department, province, district,
        capital, longitude, latitude (degrees; NaN for 19), altitude_m, area_km2,
        population_2018 ... population_2022 (residents; NaN where the annex has none),
        poverty_pct_2018, hdi_2019, source columns. 37 capitals lie outside their department's
        outline: the code counts, not the position.

    Examples
    --------
    >>> places = load_places()
    >>> len(places), int(places["longitude"].isna().sum())
    (1893, 19)
    """
    return load_table("places", root)


def load_towns(*, root: Path | None = None) -> pd.DataFrame:
    """Return 2,296 towns: town_id, name, population (NaN where GeoNames has none), codes, position.

    Columns department_ubigeo, department, province_ubigeo, longitude, latitude (degrees).
    """
    return load_table("towns", root)
