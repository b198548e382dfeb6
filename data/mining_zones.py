"""Named mining zones, without the land of communities."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.catalogue import load_table


def load_mining_zones(*, root: Path | None = None) -> pd.DataFrame:
    """Return the named mining zones that may be shown.

    Returns
    -------
    DataFrame
        zone_id, name, name_es, department_ubigeo, department, province, district, longitude,
        latitude (degrees; NaN = no place known), extent_km, extent_kind ("radius", "length" of
        river or road, "" = a point), river_or_corridor, mineral, hectares, year_of_figure,
        status, status_es, is_corridor (the legal corridor: never painted as illegal),
        link_to_trafficking, link_es (None = no source seen, not "no link"), confidence, mined_ha,
        figure_note, coordinate_from, source2_url and source columns. Zones overlap: never add
        their hectares.

    Examples
    --------
    >>> zones = load_mining_zones()
    >>> zones.loc[zones["is_corridor"], "zone_id"].tolist()
    ['MZ016']
    """
    frame = load_table("mining_zones", root)
    frame["extent_kind"] = frame["extent_kind"].map(lambda kind: kind or "").astype(object)
    return frame
