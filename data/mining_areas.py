"""Mined hectares by district, and the places whose detections are set aside."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.catalogue import load_table
from data.mining_cells import conserved


def load_mining_by_district(*, root: Path | None = None) -> pd.DataFrame:
    """Return the hectares of the districts in which mining was detected.

    Returns
    -------
    DataFrame
        district_ubigeo, mined_ha and source columns; suspect detections are in. A district
        without a row: none detected, or not monitored. No row at all: a refresh of the mining
        without outlines of districts, so nothing is known by district.

    Examples
    --------
    >>> table = load_mining_by_district().set_index("district_ubigeo")["mined_ha"]
    >>> len(table), float(table.max())
    (61, 34722.6)
    """
    return conserved("mining_by_district", root)


def load_mining_suspects(*, root: Path | None = None) -> pd.DataFrame:
    """Return the places whose detections the cells leave out as doubtful.

    Columns area_ubigeo (department: 2 digits, district: 6), area, reason, reason_es and source.

    Examples
    --------
    >>> load_mining_suspects()["area_ubigeo"].str.len().value_counts().to_dict()
    {2: 16, 6: 1}
    """
    return load_table("mining_suspects", root)
