"""A plan that was saved: its question, lists and figures, taken back from its own file.

A plan's GeoJSON and GeoPackage hold the whole question. Asked again of the same figures and lists
it gives the same plan, and the same bytes, on any machine.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any
from xml.etree import ElementTree

from atlas.planner.model import SERVICES, ListSource, PlanRequest
from atlas.words import LANGUAGES, PlanRefusal
from data.readers.limits import UPLOAD_BYTES
from geo.siting.problem import MODELS
from geo.siting.second_objective import SECONDS
from geo.siting.travel import DetourFactors

MOST_TEXT = 200
"""characters of a code or name in a saved question; no real one is longer."""
_CHOICES = {"model": MODELS, "services": SERVICES, "second": SECONDS}


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """What a plan's file says of itself."""

    request: PlanRequest
    lang: str
    figures: str
    """:func:`data.refreshed.figures_edition` when it was made."""
    resamples: int
    lists: tuple[ListSource, ...]
    sites: tuple[Mapping[str, Any], ...]
    """properties of its sites, in the order of opening."""
    coverage_share: float


def read_saved(content: bytes) -> SavedPlan:
    """Read a plan's GeoJSON or GeoPackage; PlanRefusal says that it is none, or an older one."""
    if len(content) > UPLOAD_BYTES:
        raise PlanRefusal("saved_unreadable")
    try:
        plan, sites = _geopackage(content) if content[:6] == b"SQLite" else _geojson(content)
        return SavedPlan(
            request=request_from(plan["question"]),
            lang=_one_of(plan["lang"], LANGUAGES),
            figures=_text(plan["figures"]),
            resamples=int(_number(plan.get("stability", {}).get("resamples", 0))),
            lists=tuple(_list(one) for one in plan.get("lists", [])),
            sites=tuple(sites),
            coverage_share=_number(plan["coverage_share"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise PlanRefusal("saved_unreadable") from None


def request_from(values: Mapping[str, Any]) -> PlanRequest:
    """A question from the values of a file; ValueError where one is none of ours."""
    names = {one.name for one in fields(PlanRequest)}
    if set(values) != names:
        raise ValueError("other fields")
    read: dict[str, Any] = {}
    for name, default in asdict(PlanRequest()).items():
        value = values[name]
        if name in _CHOICES:
            read[name] = _one_of(value, _CHOICES[name])
        elif name == "factors":
            read[name] = DetourFactors(**{land: _number(one) for land, one in value.items()})
        elif name in ("sites", "seed"):
            read[name] = None if value is None and name == "sites" else _whole(value)
        elif isinstance(default, bool):
            read[name] = bool(value)
        elif isinstance(default, str):
            read[name] = _text(value)
        elif isinstance(default, tuple):
            read[name] = tuple(_text(one) for one in value)
        else:
            read[name] = None if value is None else _number(value)
    return PlanRequest(**read)


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
            rows = [dict(row) for row in base.execute('SELECT * FROM "sites"').fetchall()]
        except sqlite3.Error:
            raise ValueError("no GeoPackage") from None
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("entities")
    try:
        items = ElementTree.fromstring(text).iter()
    except ElementTree.ParseError:
        raise ValueError("no metadata") from None
    plan = next(one.text for one in items if one.get("key") == "plan")
    return json.loads(plan or ""), rows


def _list(values: Mapping[str, Any]) -> ListSource:
    return ListSource(
        task=_text(values["task"]),
        file=_text(values["file"]),
        rows=_whole(values["rows"]),
        rows_used=_whole(values["rows_used"]),
        sha256=_text(values["sha256"]),
    )


def _one_of(value: Any, allowed: tuple[str, ...]) -> Any:
    if value not in allowed:
        raise ValueError("none of the choices")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MOST_TEXT:
        raise ValueError("no short text")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("no number")
    return float(value)


def _whole(value: Any) -> int:
    number = _number(value)
    if number != int(number) or not 0 <= number < 1e9:
        raise ValueError("no whole number")
    return int(number)
