"""A plan's own GeoJSON or GeoPackage, as the plain values that it holds; nothing of it is judged.

A page lets the child read a stranger's file, a command reads the planner's own.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any
from xml.etree import ElementTree

from data.readers.limits import UPLOAD_BYTES

_LEFT_OUT = ("departments", "assigned", "assumptions")
"""members of a plan that are long, and that a plan made again has anew"""


def plan_values(content: bytes) -> dict[str, Any]:
    """``plan``, the plan's member, and ``sites``, the properties of its sites; ValueError,
    KeyError or TypeError where the file is no plan's."""
    if len(content) > UPLOAD_BYTES:
        raise ValueError("too large")
    plan, sites = _geopackage(content) if content[:6] == b"SQLite" else _geojson(content)
    return {
        "plan": {name: value for name, value in plan.items() if name not in _LEFT_OUT},
        "sites": sites,
    }


def _geojson(content: bytes) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    found = json.loads(content)
    return found["plan"], [dict(one["properties"]) for one in found["features"]]


def _geopackage(content: bytes) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The metadata item ``plan`` and the sites, by SQLite alone and in memory."""
    with sqlite3.connect(":memory:") as base:
        try:
            base.deserialize(content)
            base.execute("PRAGMA query_only = 1")
            if base.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise ValueError("damaged")
            base.row_factory = sqlite3.Row
            (text,) = base.execute("SELECT metadata FROM gpkg_metadata").fetchone()
            found = base.execute('SELECT * FROM "sites"').fetchall()
        except sqlite3.Error:
            raise ValueError("no GeoPackage") from None
    rows = [dict(row) for row in found]
    for row in rows:
        row.pop("geom", None)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("entities")
    try:
        items = ElementTree.fromstring(text).iter()
    except ElementTree.ParseError:
        raise ValueError("no metadata") from None
    plan = next((one.text for one in items if one.get("key") == "plan"), None)
    return json.loads(plan or ""), rows
