"""Documented routes and the points they pass."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.catalogue import load_table


def load_routes(*, root: Path | None = None) -> pd.DataFrame:
    """Return the routes that a source documents and that may be shown.

    Returns
    -------
    DataFrame
        route_id, name, name_es, kind ("internal", "cross-border"), purpose, purpose_es, origin,
        transit, destination (semicolons), mode, confidence, geometry_class ("path",
        "od_stated", "od_proxy"), is_default (bool), period, volume_or_share, volume_es,
        source2_url, note and source columns. No source gives victims per route.

    Examples
    --------
    >>> routes = load_routes()
    >>> len(routes), int(routes["is_default"].sum())
    (47, 30)
    """
    return load_table("routes", root)


def load_route_waypoints(*, root: Path | None = None) -> pd.DataFrame:
    """Return the points of the routes in order.

    Columns route_id, branch (int), sequence (int), place, country, longitude, latitude (degrees),
    leg_mode, basis, is_stated (bool: the source names this place), department_ubigeo and
    department (None abroad), coordinate_from. A leg is a solid line only where both its ends are
    stated.
    """
    return load_table("route_waypoints", root)
