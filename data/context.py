"""What lies next to the reports: mining, routes, services, named places."""

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
