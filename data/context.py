"""What lies next to the reports: mining, routes, services, named places.

The columns of each table are described in datapackage.json; every loader adds ``department`` and
the columns of its source (source_title, publisher, published, source_url).
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.catalogue import descriptor_of, load_table
from geo.errors import DataError


def load_mining_cells(*, root: Path | None = None) -> pd.DataFrame:
    """Return the cells of 0.05 degrees with detected mining.

    longitude, latitude (of the centre, degrees), mined_ha_to_2023, mined_ha_since_2024, mined_ha
    (hectares, one cumulative footprint: never a yearly trend), department_ubigeo. Amazon basin
    only: elsewhere is "not monitored".

    Notes
    -----
    A cell has no code, so its department is a last resort: the outline that holds its centre,
    or, within 10 km of another department (is_near_border), the department of the nearest
    district capital. The outlines alone, off by up to 10 km there, would give Cusco nine times
    the hectares that the detections by district give it.

    Examples
    --------
    >>> cells = load_mining_cells()
    >>> len(cells), round(float(cells["mined_ha"].sum()))
    (456, 92943)
    """
    return _conserved("mining_cells", root)


def load_mining_by_department(*, root: Path | None = None) -> pd.DataFrame:
    """Return mined_ha by department_ubigeo, where mining was detected.

    Each detection counts where its publisher's district puts it, which the cells' positions cannot
    tell near a border; 43 suspect detections (362 ha of 93,306) are in, which the cells leave out.

    Examples
    --------
    >>> table = load_mining_by_department().set_index("department_ubigeo")["mined_ha"]
    >>> float(table["17"]), round(float(table["17"] / table.sum()), 2)
    (87647.3, 0.94)
    """
    return _conserved("mining_by_department", root)


def load_mining_by_district(*, root: Path | None = None) -> pd.DataFrame:
    """Return mined_ha by district_ubigeo; suspect detections are in.

    A district without a row: none detected, or not monitored. No row at all: a refresh of the
    mining without outlines of districts, so nothing is known by district.
    """
    return _conserved("mining_by_district", root)


def _conserved(name: str, root: Path | None) -> pd.DataFrame:
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


def mining_span(*, root: Path | None = None) -> tuple[str, str]:
    """Return the first and the last period of the detections.

    Examples
    --------
    >>> mining_span()
    ('2018', '2025Q4')
    """
    coverage = descriptor_of("mining_cells", root)["coverage"]
    return str(coverage["start"]), str(coverage["end"])


def load_mining_suspects(*, root: Path | None = None) -> pd.DataFrame:
    """Return the departments (2 digits) and districts (6) whose detections the cells leave out."""
    return load_table("mining_suspects", root)


def load_mining_zones(*, root: Path | None = None) -> pd.DataFrame:
    """Return the named mining zones that may be shown.

    longitude, latitude are NaN where no place is known; extent_kind is "radius", "length" (of river
    or road) or "" (a point); is_corridor is the legal corridor, never painted as illegal;
    link_to_trafficking None: no source seen, not "no link". Zones overlap: never add hectares.
    """
    frame = load_table("mining_zones", root)
    frame["extent_kind"] = frame["extent_kind"].map(lambda kind: kind or "").astype(object)
    return frame


def load_routes(*, root: Path | None = None) -> pd.DataFrame:
    """Return the routes that a source documents and that may be shown.

    kind ("internal", "cross-border"), origin, transit, destination (semicolons), geometry_class
    ("path", "od_stated", "od_proxy"), is_default (bool). No source gives victims per route.
    """
    return load_table("routes", root)


def load_route_waypoints(*, root: Path | None = None) -> pd.DataFrame:
    """Return the points of the routes in order: route_id, branch, sequence, longitude, latitude.

    is_stated: the source names this place; a leg is solid only where both its ends are stated.
    """
    return load_table("route_waypoints", root)


def load_named_places(*, root: Path | None = None) -> pd.DataFrame:
    """Return the named places; the position (NaN = none) is the place's, never a venue's.

    is_context: counts bars, not people.
    """
    return load_table("named_places", root)


def load_services(*, root: Path | None = None) -> pd.DataFrame:
    """Return public services for victims.

    department_ubigeo None = national; longitude, latitude of the city's centre, NaN = none.
    """
    return load_table("services", root)


def load_travel_speeds(*, root: Path | None = None) -> pd.DataFrame:
    """Return speeds by code of road class, path, surface and waterway, with season factors.

    kind ("road", "foot", "water", "surface"), speed_kmh (of a surface its limit, NaN for none),
    against_kmh (NaN: the same), assumed_surface, dry_factor, rainy_factor.
    """
    return load_table("travel_speeds", root)


def load_known_connections(*, root: Path | None = None) -> pd.DataFrame:
    """Return the few connections over land or water that are known to exist, or not to.

    from_ubigeo, to_ubigeo (None: every other district), way ("none": only by air), km.

    Examples
    --------
    >>> load_known_connections()["way"].tolist()
    ['paved road', 'none']
    """
    return load_table("known_connections", root)
