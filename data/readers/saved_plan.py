"""Read the file of a plan as plain values, without judging them.

Only the child reads it: a plan comes from whoever sent it. Our file is a zip of two members, the
plan and, if its owner says so, the lists that it obeys.
"""

from __future__ import annotations

import io
import zipfile
from typing import Any

import shapely

from data.readers.geojson import read_json
from data.readers.kinds import require_safe_zip
from data.readers.limits import UPLOAD
from geo.errors import UserError

PLAN_MEMBER, LISTS_MEMBER = "plan.json", "lists.json"


def plan_values(content: bytes) -> dict[str, Any]:
    """Return ``plan`` and ``lists`` of our file; UserError for any other file."""
    try:
        if content[:2] != b"PK":
            third = isinstance(read_json(content)["plan"]["question"], dict)
            raise UserError("records.refusal.plan_third" if third else "records.refusal.no_plan")
        return _snapshot(content)
    except UserError as refusal:
        if refusal.key.endswith(("zip_bomb", "plan_version", "plan_third")):
            raise
        raise UserError("records.refusal.no_plan") from None
    except (KeyError, TypeError, ValueError, AttributeError, zipfile.BadZipFile, OSError):
        raise UserError("records.refusal.no_plan") from None


def _snapshot(content: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        names = {member.filename for member in members}
        if not {PLAN_MEMBER} <= names <= {PLAN_MEMBER, LISTS_MEMBER}:
            raise UserError("records.refusal.no_plan")
        require_safe_zip(members, 2, UPLOAD)
        documents = {name: read_json(archive.read(name)) for name in sorted(names)}
    plan = documents[PLAN_MEMBER]
    if not isinstance(plan, dict) or not isinstance(documents.get(LISTS_MEMBER, {}), dict):
        raise UserError("records.refusal.no_plan")
    version = plan.get("plan_version")
    if isinstance(version, int) and version > 4:
        raise UserError("records.refusal.plan_version")
    lists = documents.get(LISTS_MEMBER, {})
    if lists.get("zones") is not None:
        lists["zones"]["wkb"] = _outlines(lists["zones"]["wkb"])
    return {"plan": plan, "lists": lists}


def _outlines(wkb: str) -> str:
    """Read and rewrite the outlines of zones, so that no raw bytes of a file are passed on."""
    try:
        parts = shapely.get_parts(shapely.from_wkb(wkb))
    except shapely.errors.ShapelyError:
        raise UserError("records.refusal.no_plan") from None
    # a reduced zone keeps lines of what has no width
    if not len(parts) or not (shapely.get_dimensions(parts) >= 1).all():
        raise UserError("records.refusal.no_plan")
    return str(shapely.geometrycollections(parts).wkb_hex)
