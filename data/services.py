"""Services and help lines; shelters never carry a place."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.catalogue import load_table


def load_services(*, root: Path | None = None) -> pd.DataFrame:
    """Return public services for victims.

    Columns service_id, name, name_es, type, type_es, type_en, city, department_ubigeo, department
    (None = national), scope, longitude, latitude (degrees, of the city's centre; NaN = none),
    year (text), count, count_es, contact, confidence, note and source columns.

    Examples
    --------
    >>> services = load_services()
    >>> services.loc[services["type"] == "Hotline", "contact"].tolist()
    ['1818', '100', '0800-15170']
    """
    return load_table("services", root)
