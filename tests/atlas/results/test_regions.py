"""What lies in a department besides its reports."""

from __future__ import annotations

from atlas.results.regions import touches
from atlas.view import DEPARTMENTS
from data.context import load_route_waypoints, load_routes


def test_a_route_counts_where_a_source_names_a_stop():
    """Not where a point only helps to draw it; routes that are on the map alone."""
    shown = {row.route_id for row in load_routes().itertuples() if row.is_default}
    stated: dict[str, set[str]] = {code: set() for code in DEPARTMENTS}
    helping: dict[str, set[str]] = {code: set() for code in DEPARTMENTS}
    for stop in load_route_waypoints().dropna(subset="department_ubigeo").itertuples():
        if stop.route_id in shown:
            (stated if stop.is_stated else helping)[stop.department_ubigeo].add(stop.route_id)
    assert any(helping[code] - stated[code] for code in DEPARTMENTS)
    assert {code: set(touches(code).routes) for code in DEPARTMENTS} == stated
