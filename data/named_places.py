"""Named places with a figure that somebody published."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.catalogue import load_table


def load_named_places(*, root: Path | None = None) -> pd.DataFrame:
    """Return the named places; the position is the place's, never a venue's.

    Columns place, place_es, place_level, department_ubigeo, department, province, district,
    period_start, period_end, measure, measure_es, unit, unit_es, registry, value, value_type,
    is_estimate (bool), is_context (bool: counts bars, not people), note, longitude, latitude
    (degrees, NaN = none), coordinate_from, quote and source columns.

    Examples
    --------
    >>> places = load_named_places()
    >>> int(places.loc[places["is_estimate"], "value"].max())
    20437
    """
    return load_table("named_places", root)
