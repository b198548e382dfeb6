"""Load the context of the reports: mining, routes, services, named places, speeds.

The columns of each table are described in datapackage.json; every loader adds ``department`` and
the columns of its source (source_title, publisher, published, source_url).
"""

from __future__ import annotations

import pandas as pd

from data.catalogue import descriptor_of, load_table, table_loader

load_mining_cells = table_loader("mining_cells")
"""One cumulative footprint, never a yearly trend, of the Amazon basin only: elsewhere is "not
monitored". A cell's department and province are those of the district that holds its centre."""
load_mining_by_department = table_loader("mining_by_department")
"""Each detection counts where its publisher's district puts it, which the cells' positions cannot
tell near a border; 43 suspect detections (362 ha of 93,306) are in, which the cells leave out."""
load_mining_by_district = table_loader("mining_by_district")
"""A district without a row: none detected, or not monitored. Suspect detections are in."""
load_mining_illegality = table_loader("mining_illegality")
"""By province, period and the publisher's own class of likely illegality; its criteria are not
published with it. Sums of an area: :func:`data.geography.mining_illegality_by_area`."""
load_mining_suspects = table_loader("mining_suspects")
"""Departments (2 digits) and districts (6) whose detections the cells leave out."""
load_routes = table_loader("routes")
"""The routes that a source documents and that may be shown; no source gives victims per route."""
load_route_waypoints = table_loader("route_waypoints")
"""Their points in order; a leg is solid only where the source names both its ends (is_stated)."""
load_named_places = table_loader("named_places")
"""The position (NaN: none) is the place's, never a venue's; is_context: counts bars, not people."""
load_services = table_loader("services")
"""department_ubigeo None = national; the position is the centre of the city, NaN = none."""
load_travel_speeds = table_loader("travel_speeds")
"""By code of road class, path, surface (speed_kmh is its limit, NaN for none) and waterway."""
load_trust_in_police = table_loader("trust_in_police")
"""Percentage of people of 15 and over by area and year; area_code 00 is the country, department 15
has two parts and no value of its own. A survey without a margin: no rank, no test, no colour."""
load_known_connections = table_loader("known_connections")
"""Over land or water, known to exist or not to; to_ubigeo None: every other district."""


def mining_span() -> tuple[str, str]:
    """Return the first and the last period of the detections.

    Examples
    --------
    >>> mining_span()
    ('2018', '2025Q4')
    """
    coverage = descriptor_of("mining_cells")["coverage"]
    return str(coverage["start"]), str(coverage["end"])


def load_mining_zones() -> pd.DataFrame:
    """Return the named mining zones that may be shown.

    longitude, latitude are NaN where no place is known; extent_kind is "radius", "length" (of river
    or road) or "" (a point); is_corridor is the legal corridor, never painted as illegal;
    link_to_trafficking None: no source seen, not "no link". Zones overlap: never add hectares.
    """
    frame = load_table("mining_zones")
    frame["extent_kind"] = frame["extent_kind"].map(lambda kind: kind or "").astype(object)
    return frame
