"""Public data by list: files, columns, properties of a map, telephone lines."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pandas as pd
from shapely.geometry.base import BaseGeometry

from geo.errors import DisclosureError
from geo.privacy.minimum_count import SMALLEST_SHOWN
from geo.privacy.provenance import Tiered, derive, roots_of

PUBLIC_FILES = frozenset(
    (
        *("all_offences", "article_figures", "article_regions", "breakdowns", "census_2025"),
        *("census_2025_ages", "complaints", "mining_illegality"),
        *("complaints_incomplete", "crosswalk", "denominator_mismatch", "department_figures"),
        *("departments", "departments_full", "departments_simplified", "districts_2025"),
        "jurisdiction_moves",
        *("lakes", "mining_by_department", "mining_cells", "mining_illegality", "national_figures"),
        *("neighbours", "official_files", "police_complaints", "police_provinces", "population"),
        *("population_national", "population_provinces", "provinces_simplified", "registries"),
        *("related_offences", "rivers", "sources", "towns", "trust_in_police"),
    )
)
"""Files that may be published, and with them what is computed from them alone."""
POSITIONED = frozenset({"mining_cells", "towns", "departments"})
"""Files whose positions may be published: squares seen by satellite, towns, capitals."""
PUBLIC_PRODUCTS: dict[str, tuple[str, ...]] = {
    "areas": (
        *("ubigeo", "department", "province", "reported_count", "smr", "verdict", "residents"),
        *("mined_ha", "likely_illegal_ha", "mined_km_to_cem", "people_over_30km", "trust_pct"),
        "routes",
    ),
    "department_corridors": (
        *("origin_ubigeo", "origin", "destination_ubigeo", "destination"),
        *("route_count", "source_count", "confidence", "mode", "source_ids"),
    ),
    "help_lines": (
        *("type", "name", "name_es", "contact", "year", "source_id", "source_title"),
        *("publisher", "published", "source_url"),
    ),
    "service_places": (
        *("service_type", "name", "district_ubigeo", "latitude", "longitude", "address"),
        "is_approximate",
    ),
    "victim_profile": (
        *("group", "category", "share", "count", "base"),
        *("rate_per_100k", "rate_low", "rate_high", "rate_margin", "population", "rate_period"),
    ),
}
"""What may be published of files that may not: exactly these columns."""
_OF_COUNT = ("share", "rate_per_100k", "rate_low", "rate_high")
"""columns that tell the count"""
_POSITION = re.compile(
    r"(?:.*_)?(?:lon|lng|longitude|longitud|lat|latitude|latitud|latlon|latlng|easting|northing|utm"
    r"|coord|coords|coordinate|coordinates|coordenada|coordenadas|gps|geohash|h3|wkt|wkb"
    r"|address|direccion|waypoint|x|y)(?:_.*)?"
)
_SITE = re.compile(
    r".*(?:native|indigen|nativa|comunidad|shelter|albergue|refugio|outreach|staff).*"
)
_AREAS = frozenset({"Polygon", "MultiPolygon", "LineString", "MultiLineString"})
_DEPARTMENT = r"0[1-9]|1\d|2[0-5]"
_OFFICE_NAME = {"CEM": r"Cem\b.*", "SAR": r".*", "SAU": r"SAU\b.*"}
"""the types of places that help whose address anybody may have, and how their names read"""
_NO_OFFICE = {
    "a refuge": r"\b(?:refugio|hogar|albergue|acogida|hrt|cai|car)s?\b",
    "a person": r"\b(?:lic|psic|abog|dra?|sra?|srta|ing|mg)\."
    r"|\b(?:responsable|coordinador|director)a?\b",
}
_TELEPHONE = r"\d{6,}|9\d\d[ .-]\d{3}[ .-]\d{3}|\d{3}[ .-]\d{4}(?!\d)|\b(?:tel|cel)[a-zé]*[.: ]*\d"


def require_public(frame: pd.DataFrame, card: dict[str, Any]) -> None:
    """Raise DisclosureError for a frame that is not public."""
    name = str(card["name"])
    columns = [str(column) for column in frame.columns]
    if name in PUBLIC_PRODUCTS:
        _require_product(frame, name, columns)
        return
    closed = [root for root in roots_of(card) if root not in PUBLIC_FILES]
    if closed:
        raise DisclosureError(
            f"'{name}' rests on {', '.join(closed)}, which no public outlet may have: show "
            f"{' or '.join(PUBLIC_PRODUCTS)}, or list the file in geo/privacy/public_lists.py "
            "after asking whom it could hurt."
        )
    sites = [column for column in columns if _SITE.fullmatch(column.casefold())]
    placed = [column for column in columns if _POSITION.fullmatch(column.casefold())]
    if sites or (placed and name not in POSITIONED):
        raise DisclosureError(
            f"'{name}' has {', '.join(sites or placed)}: no public outlet shows where somebody is; "
            "leave the column out before the gate."
        )
    kinds = _kinds(frame)
    if kinds - _AREAS and name not in POSITIONED:
        raise DisclosureError(
            f"'{name}' has {', '.join(sorted(kinds - _AREAS))} geometry: no public outlet shows "
            "points."
        )


def require_no_small_counts(frame: pd.DataFrame, card: dict[str, Any]) -> None:
    """Raise DisclosureError for a profile with small or few counts, or counts others reveal.

    Its base is a total, which is shown whatever it is.
    """
    if str(card["name"]) != "victim_profile":
        return
    shown = frame["count"].notna()
    small = (frame["count"] < SMALLEST_SHOWN).fillna(value=False)
    small |= shown & (frame["base"] < SMALLEST_SHOWN).fillna(value=False)
    columns = [name for name in _OF_COUNT if name in frame.columns]
    if small.any() or frame.loc[~shown, columns].notna().any(axis=None):
        raise DisclosureError(
            f"'{card['name']}' has counts below {SMALLEST_SHOWN}, or a share of a hidden one: hide "
            "them with geo.privacy.ranges."
        )


def _kinds(frame: pd.DataFrame) -> set[str]:
    """Kinds of geometry in any column, whatever it is called and however it is held."""
    return {
        str(cell.geom_type)
        for place, kind in enumerate(frame.dtypes)
        if pd.api.types.is_object_dtype(kind) or str(kind) == "geometry"
        for cell in frame.iloc[:, place]
        if isinstance(cell, BaseGeometry)
    }


def _require_product(frame: pd.DataFrame, name: str, columns: list[str]) -> None:
    extra = sorted(set(columns) - set(PUBLIC_PRODUCTS[name]))
    if extra:
        raise DisclosureError(
            f"'{name}' has {', '.join(extra)} as well: a public outlet gets "
            f"{', '.join(PUBLIC_PRODUCTS[name])} and nothing else of it."
        )
    if name == "service_places":
        _require_offices(frame)
        return
    codes = [column for column in columns if column.endswith("_ubigeo")]
    if any(not frame[column].astype(str).str.fullmatch(_DEPARTMENT).all() for column in codes):
        raise DisclosureError(f"'{name}' has a unit finer than the department.")
    if "type" in columns and not (frame["type"] == HELP_LINE).all():
        raise DisclosureError(f"'{name}' holds services that are no help lines.")


def _require_offices(frame: pd.DataFrame) -> None:
    """Raise DisclosureError for a refuge, a person or a telephone in any row."""
    strange = sorted(set(frame["service_type"]) - _OFFICE_NAME.keys())
    if strange:
        raise DisclosureError(
            f"'service_places' holds {', '.join(map(str, strange))}: a public outlet gets "
            f"{', '.join(_OFFICE_NAME)} and no other place, refuges never."
        )
    for what, pattern in _NO_OFFICE.items():
        if frame["name"].str.contains(pattern, case=False, regex=True).any():
            raise DisclosureError(f"'service_places' names {what}: no public outlet does.")
    named = zip(frame["service_type"], frame["name"], strict=True)
    if not all(re.fullmatch(_OFFICE_NAME[kind], name) for kind, name in named):
        raise DisclosureError("'service_places' has a name that is no office's: a person's, maybe.")
    if any(frame[text].str.contains(_TELEPHONE, case=False).any() for text in ("name", "address")):
        raise DisclosureError("'service_places' has a telephone: the lines to call are help_lines.")


HELP_LINE = "Hotline"
"""the ``type`` of services that anybody may see: a telephone number without a place."""


RESULT_PROPERTIES = (
    *("department_ubigeo", "department", "period", "reported_count", "unit"),
    *("registry", "population", "person_years", "rate_per_100k", "base", "exposure"),
    *("expected", "smr", "smr_low", "smr_high", "p_value", "q_value", "holm_p_value"),
    *("p_value_chance", "verdict", "flags"),
)
"""results by department, as a file"""
PROVINCE_PROPERTIES = ("province_ubigeo", "province")
"""before them, of a province"""
PLAN_PROPERTIES = (
    *("order", "code", "name", "kind", "district", "province", "department"),
    "department_ubigeo",
    *("population", "town_population", "is_must_have", "within_reach_added_share", "load"),
    *("within_reach_share", "kept_share", "near_share", "cost", "people", "people_shared"),
    "area_km2",
)
"""sites of an outreach plan, in a file that stays inside the organisation"""
REACH_PROPERTIES = (
    *("order", "code", "name", "kind", "radius", "radius_unit", "season"),
    *("area_km2", "people", "people_shared"),
)
"""what each of its sites reaches, in a file that stays inside too"""
DRAWING_PROPERTIES = (
    *("code", "color", "count", "departments", "estimate", "figure", "first", "half", "inks"),
    *("kind", "name", "note", "outline", "priority", "radius_km", "routes", "spots", "style"),
    *("text", "tip", "told"),
)
"""what the map's script draws with: finished words, colours and sizes, never a record's field"""
_ALL = frozenset(
    {
        *PROVINCE_PROPERTIES,
        *RESULT_PROPERTIES,
        *PLAN_PROPERTIES,
        *REACH_PROPERTIES,
        *DRAWING_PROPERTIES,
    }
)


def require_properties(names: Iterable[str]) -> None:
    """Raise DisclosureError for a property that is not on the list."""
    strange = sorted(set(names) - _ALL)
    if strange:
        raise DisclosureError(
            f"GeoJSON properties {', '.join(strange)} are not on the list of "
            "geo/privacy/public_lists.py: leave them out, or list them after asking what they tell."
        )


def help_lines(services: Tiered[pd.DataFrame]) -> Tiered[pd.DataFrame]:
    """The national help lines: the only rows of services that pass ``gate(..., outlet="public")``.

    Columns are those of ``PUBLIC_PRODUCTS["help_lines"]`` that the services have.
    """
    table = services.frame
    is_line = (table["type"] == HELP_LINE) & (table["scope"] == "national")
    is_line &= table["contact"].notna()
    columns = [name for name in PUBLIC_PRODUCTS["help_lines"] if name in table.columns]
    lines = table.loc[is_line, columns].reset_index(drop=True)
    return derive(lines, services, name="help_lines")
