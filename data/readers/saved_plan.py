"""A plan's own GeoJSON or GeoPackage, as the plain values that it holds; none of them is judged.

Only the child reads it: a plan comes from whoever sent it.
"""

from __future__ import annotations

import math
from typing import Any
from xml.etree import ElementTree

from data.readers.geojson import read_json
from data.readers.geopackage import opened_base, require_standard, select_statement
from data.readers.limits import UPLOAD
from geo.errors import UserError

_LEFT_OUT = ("departments", "assigned", "reach")
"""members of a plan that are long, and that a plan made again has anew"""
_OF_SITES = ("order", "code", "name", "department", "within_reach_added_share")
"""what is shown of a site where its plan cannot be made again"""


def plan_values(content: bytes) -> dict[str, Any]:
    """Return ``plan``, the plan's member, and ``sites``, the values _OF_SITES of each; UserError
    where the file is no plan's, or its base holds what could be run."""
    read = _geopackage if content[:6] == b"SQLite" else _geojson
    try:
        plan, sites = read(content)
        plan = {name: value for name, value in plan.items() if name not in _LEFT_OUT}
        sites = [{name: _text_or_number(site[name]) for name in _OF_SITES} for site in sites]
    except UserError as refusal:
        if refusal.key == "records.refusal.geopackage_unsafe":
            raise
        raise UserError("records.refusal.no_plan") from None
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UserError("records.refusal.no_plan") from None
    return {"plan": plan, "sites": sites}


def _geojson(content: bytes) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    members = read_json(content)
    return members["plan"], [feature["properties"] for feature in members["features"]]


def _geopackage(content: bytes) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The metadata item ``plan`` and the sites, by SQLite alone and in memory."""
    with opened_base(content) as base:
        if not {"gpkg_metadata", "sites"} <= set(require_standard(base)):
            raise UserError("records.refusal.no_plan")
        for table in ("gpkg_metadata", "sites"):  # a check of the whole would open the index
            if base.execute(f'PRAGMA quick_check("{table}")').fetchone() != ("ok",):
                raise UserError("records.refusal.no_plan")
        (text,) = base.execute(select_statement("gpkg_metadata", ["metadata"], 1)).fetchone()
        rows = base.execute(select_statement("sites", _OF_SITES, UPLOAD.rows + 1)).fetchall()
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise UserError("records.refusal.no_plan")
    try:
        items = ElementTree.fromstring(text).iter()
    except ElementTree.ParseError:
        raise UserError("records.refusal.no_plan") from None
    plan = next((item.text for item in items if item.get("key") == "plan"), None)
    return read_json((plan or "").encode()), [
        dict(zip(_OF_SITES, row, strict=True)) for row in rows
    ]


def _text_or_number(value: Any) -> Any:
    """A text or a finite number, which every site has."""
    if isinstance(value, str) or (isinstance(value, int | float) and math.isfinite(value)):
        return value
    raise TypeError(type(value).__name__)
