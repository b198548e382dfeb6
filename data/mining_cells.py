"""Mined hectares per cell, seen by satellite."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.catalogue import descriptor_of, load_table
from geo.errors import DataError


def load_mining_cells(*, root: Path | None = None) -> pd.DataFrame:
    """Return the cells of 0.05 degrees with detected mining.

    Returns
    -------
    DataFrame
        longitude, latitude (of the centre, degrees), cell_degrees, mined_ha_to_2023,
        mined_ha_since_2024, mined_ha (hectares, one cumulative footprint: never a yearly
        trend), department_ubigeo, department, department_ubigeo_by_polygon, is_near_border and
        source columns. Amazon basin only: elsewhere is "not monitored".

    Notes
    -----
    A cell has no code, so its department is a last resort: the outline that holds its centre,
    or, within 10 km of another department (is_near_border), the department of the nearest
    district capital. The outlines alone, off by up to 10 km there, would give Cusco nine times
    the hectares that the detections by district give it.

    Raises
    ------
    DataError
        When the hectares do not add up to the total of the card.

    Examples
    --------
    >>> cells = load_mining_cells()
    >>> len(cells), round(float(cells["mined_ha"].sum()))
    (456, 92943)
    """
    return conserved("mining_cells", root)


def load_mining_by_department(*, root: Path | None = None) -> pd.DataFrame:
    """Return the hectares of the departments in which mining was detected.

    Returns
    -------
    DataFrame
        department_ubigeo, department, mined_ha and source columns. Each detection counts where
        its publisher's district puts it, which the cells' positions cannot tell near a border;
        43 suspect detections (362 ha of 93,306) are in, which the cells leave out.

    Raises
    ------
    DataError
        When the hectares do not add up to the total of the card.

    Examples
    --------
    >>> table = load_mining_by_department().set_index("department_ubigeo")["mined_ha"]
    >>> float(table["17"]), round(float(table["17"] / table.sum()), 2)
    (87647.3, 0.94)
    """
    return conserved("mining_by_department", root)


def mining_span(*, root: Path | None = None) -> tuple[str, str]:
    """Return the first and the last period of the detections.

    Examples
    --------
    >>> mining_span()
    ('2018', '2025Q4')
    """
    coverage = descriptor_of("mining_cells", root)["coverage"]
    return str(coverage["start"]), str(coverage["end"])


def conserved(name: str, root: Path | None) -> pd.DataFrame:
    """Load a table of hectares and compare its sum with the total of its card."""
    frame = load_table(name, root)
    card = descriptor_of(name, root)
    for item in card["expected_totals"]:
        total = float(frame[item["column"]].sum())
        if abs(total - item["total"]) > item["tolerance"]:
            raise DataError(
                card["path"],
                came=f"{total:,.1f} ha in {item['column']}",
                expected=f"{item['total']:,} ha within {item['tolerance']} ({item['source']})",
            )
    return frame
