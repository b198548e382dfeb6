"""What anybody may have, by list: which files, which columns, which properties of a map.

A file that is not listed here does not reach a public outlet, nor does anything computed from it.
So shelters, outreach sites, named places, waypoints and native communities stay inside without
anybody having to remember it. Two products of unlisted files pass because they hold less than the
files: corridors between departments, and the help lines.
"""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import shapely

from geo.derivation import roots_of
from geo.errors import DisclosureError

PUBLIC_FILES = frozenset(
    {
        "all_offences",
        "article_figures",
        "article_regions",
        "breakdowns",
        "complaints",
        "complaints_incomplete",
        "crosswalk",
        "denominator_mismatch",
        "department_figures",
        "departments",
        "departments_full",
        "departments_simplified",
        "jurisdiction_moves",
        "lakes",
        "mining_by_department",
        "mining_cells",
        "national_figures",
        "neighbours",
        "official_files",
        "population",
        "population_national",
        "population_provinces",
        "registries",
        "related_offences",
        "rivers",
        "sources",
        "towns",
    }
)
"""Files that may be published, and with them what is computed from them alone."""
POSITIONED = frozenset({"mining_cells", "towns", "departments"})
"""Files whose positions may be published: squares seen by satellite, towns, capitals."""
PUBLIC_PRODUCTS: dict[str, tuple[str, ...]] = {
    "department_corridors": (
        "origin_ubigeo",
        "origin",
        "destination_ubigeo",
        "destination",
        "route_count",
        "source_count",
        "confidence",
        "mode",
        "source_ids",
    ),
    "help_lines": (
        "type",
        "name",
        "name_es",
        "contact",
        "year",
        "source_id",
        "source_title",
        "publisher",
        "published",
        "source_url",
    ),
}
"""What may be published of files that may not: exactly these columns."""
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


def require_public(frame: pd.DataFrame, card: dict[str, Any]) -> None:
    """Raise DisclosureError unless anybody may have the frame.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        T0 or T1.
    card : dict
        Its card, already checked.

    Examples
    --------
    >>> frame = pd.DataFrame({"city": ["Lima"]})
    >>> require_public(frame, {"name": "services"})
    Traceback (most recent call last):
    geo.errors.DisclosureError: 'services' rests on services, which no public outlet may have: ...
    """
    name = str(card["name"])
    columns = [str(column) for column in frame.columns]
    if name in PUBLIC_PRODUCTS:
        _require_product(frame, name, columns)
        return
    closed = [root for root in roots_of(card) if root not in PUBLIC_FILES]
    if closed:
        raise DisclosureError(
            f"'{name}' rests on {', '.join(closed)}, which no public outlet may have: show "
            f"{' or '.join(PUBLIC_PRODUCTS)}, or list the file in geo/public_outlet.py after "
            "asking whom it could hurt."
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


def _kinds(frame: pd.DataFrame) -> set[str]:
    """Kinds of geometry in any column, whatever it is called and however it is held."""
    return {
        str(cell.geom_type)
        for place, kind in enumerate(frame.dtypes)
        if pd.api.types.is_object_dtype(kind) or str(kind) == "geometry"
        for cell in frame.iloc[:, place]
        if isinstance(cell, shapely.Geometry)
    }


def _require_product(frame: pd.DataFrame, name: str, columns: list[str]) -> None:
    extra = sorted(set(columns) - set(PUBLIC_PRODUCTS[name]))
    if extra:
        raise DisclosureError(
            f"'{name}' has {', '.join(extra)} as well: a public outlet gets "
            f"{', '.join(PUBLIC_PRODUCTS[name])} and nothing else of it."
        )
    codes = [column for column in columns if column.endswith("_ubigeo")]
    if any(not frame[column].astype(str).str.fullmatch(_DEPARTMENT).all() for column in codes):
        raise DisclosureError(f"'{name}' has a unit finer than the department.")
    if "type" in columns and not (frame["type"] == HELP_LINE).all():
        raise DisclosureError(f"'{name}' holds services that are no help lines.")


HELP_LINE = "Hotline"
"""the ``type`` of services that anybody may see: a telephone number without a place."""
