"""A plan as values for programs, and as GeoJSON, GPX, CSV and a workbook."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape

from atlas.own_files.records import MARK
from atlas.planner import sentences
from atlas.planner.document import PlanDocument, Site
from atlas.planner.left_out import missed
from atlas.results.places import places
from atlas.tables import csv_text, formula_safe, json_value
from atlas.words import Words
from geo.privacy.public_lists import require_properties

_DEGREES = ("longitude", "latitude")
_OF_PROPERTIES = (
    *("alternatives", "backs_up", "served", "says", "area", "nearest_cem"),
    *_DEGREES,
)
"""what a site of a GeoJSON or a row of a CSV has elsewhere, or not at all"""
_FIXED_TIME = "2000-01-01T00:00:00Z"
"""of a workbook, which wants one; a plan has none: the same plan, the same file."""
_WIDEST = 60
"""characters of a column of a workbook"""
REACH_SUFFIXES = (".geojson", ".json")


def plan_values(document: PlanDocument, say: Words) -> dict[str, Any]:
    """Return a plan by the names that programs read; sentences in a language."""
    values = document.model_dump(mode="json", exclude={"places", "services", "own_notes"})
    values["question"], unit = values.pop("request"), document.radius_unit
    values["sites"] = [_site_values(site, document, say) for site in document.sites]
    for department in values["left_out"]:
        reached = document.reached_from(department["department_ubigeo"])
        department["missed"] = document.missed_of(department["department_ubigeo"])
        department["reached_from"] = [{"name": name, "amount": amount} for name, amount in reached]
    for of in (values, *values["departments"], *values["left_out"]):
        of[f"mean_{unit}"] = of.pop("mean_cost")
    values |= {
        f"worst_{unit}": values.pop("worst_cost"),
        "model": document.request.model,
        "lang": say.lang,
        "headline": sentences.headline(document, say),
        "notes": document.texts(document.notes, say),
        "confidence_why": document.confidence_why.text(say),
        "assumptions": document.texts(document.assumptions, say),
        "notice": sentences.notice(document, say),
    }
    values |= {"invented": MARK} if document.is_invented else {}
    values |= {"is_searching": True} if document.is_searching else {}
    return _value(values)


def _site_values(site: Site, document: PlanDocument, say: Words) -> dict[str, Any]:
    values = site.model_dump(mode="json", exclude={"area"})
    return {**values, "says": sentences.site_text(site, document, say)}


def _properties(site: Site) -> dict[str, Any]:
    """Return the plain fields of a site, without those that the plan lacks."""
    values = site.model_dump(mode="json", exclude={*_OF_PROPERTIES})
    optional = ("kind", "cost")
    return _value({k: v for k, v in values.items() if v is not None or k not in optional})


def reach_bytes(document: PlanDocument, say: Words) -> bytes:
    """Write what each site reaches as GeoJSON, in opening order: its area, else its places."""
    towns = places()
    spot = dict(zip(towns.ubigeo, zip(towns.longitude, towns.latitude, strict=True), strict=True))
    fields = {"radius": document.radius, "radius_unit": document.radius_unit}
    fields |= {"season": document.areas_season} if document.areas_season else {}
    features = []
    for site in document.sites:
        if site.area is None:
            marks = [
                spot[place.ubigeo]
                for place in document.places
                if any(order == site.order for order, _ in place.sites)
            ]
            geometry: dict[str, Any] = {
                "type": "MultiPoint",
                "coordinates": [[round(east, 6), round(north, 6)] for east, north in marks],
            }
        else:
            geometry = {"type": "MultiPolygon", "coordinates": site.area}
        kind = "places" if site.area is None else "area"
        names = ("order", "code", "name", "area_km2", "people", "people_shared")
        values = {"kind": kind, **fields, **{name: getattr(site, name) for name in names}}
        features.append(_feature(geometry, _value(values)))
    sums = {"people": document.people, "people_shared": document.people_shared}
    fields |= {**sums, "notice": sentences.notice(document, say)}
    return _collection(features, reach=_value(fields))


def _geojson(document: PlanDocument, say: Words) -> bytes:
    """GeoJSON (RFC 7946): one Point a site in opening order, the plan in the member ``plan``."""
    features = [
        _feature(
            {"type": "Point", "coordinates": _value([site.longitude, site.latitude])},
            _properties(site),
            id=site.order,
        )
        for site in document.sites
    ]
    return _collection(features, indent=2, plan=plan_values(document, say))


def _feature(geometry: object, values: dict[str, Any], **id: int) -> dict[str, Any]:
    require_properties(set(values))
    return {"type": "Feature", **id, "geometry": geometry, "properties": values}


def _collection(features: Sequence[object], indent: int | None = None, **members: object) -> bytes:
    content = {"type": "FeatureCollection", **members, "features": features}
    text = json.dumps(content, ensure_ascii=False, indent=indent, allow_nan=False)
    return (text + "\n").encode("utf-8")


def _gpx(document: PlanDocument, say: Words) -> bytes:
    """GPX 1.1 for a navigator, in the plan's language: a waypoint a site, the plan in metadata."""
    points = []
    for site in document.sites:
        description = f"{sentences.site_place(site)}. {sentences.site_text(site, document, say)}"
        title = f"{site.order} {site.name}"
        points.append(
            f'  <wpt lat="{site.latitude:.6f}" lon="{site.longitude:.6f}">\n'
            f"    <name>{_xml(title)}</name>\n"
            f"    <desc>{_xml(description)}</desc>\n"
            "  </wpt>\n"
        )
    lines = [f"{name}: {text}" for name, text in _about(document, say)]
    description = "\n".join([sentences.notice(document, say), *lines])
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx version="1.1" creator="Atlas Trata Perú" '
        'xmlns="http://www.topografix.com/GPX/1/1">\n'
        f"  <metadata>\n    <desc>{_xml(description)}</desc>\n  </metadata>\n"
        f"{''.join(points)}</gpx>\n"
    ).encode()


def _about(document: PlanDocument, say: Words) -> list[tuple[str, str]]:
    """Return what holds for the plan as a whole, name and value, in words."""
    head, (word, why) = sentences.answer_head(document, say), sentences.confidence(document, say)
    return [
        (say("plan.files.plan"), f"{head['headline']}. {head['notes']}".strip()),
        (say("plan.confidence"), f"{word}. {why}" if word else why),
        *sentences.question_rows(document, say),
        *([(say("plan.cost"), sentences.cost_text(document, say))] if document.cost else []),
        (say("plan.gap"), sentences.gap_text(document.gap, say)),
    ]


def _csv(document: PlanDocument, say: Words) -> bytes:
    """CSV for programs (UTF-8, CRLF): one row a site, with the edition of the plan's figures."""
    rows = []
    for site in document.sites:
        values = _value(site.model_dump(mode="json", exclude={*_OF_PROPERTIES} - {*_DEGREES}))
        values |= {"plan_figures": document.figures, "notice": sentences.notice(document, say)}
        rows.append(values)
    return csv_text(list(rows[0]) if rows else [], (row.values() for row in rows)).encode("utf-8")


def _xlsx(document: PlanDocument, say: Words) -> bytes:
    """Write a workbook for people: sites, departments left out, assumptions."""
    names = ("order", "name", "district", "province", "department", *_DEGREES)
    sites: list[list[object]] = [
        [
            *(say(f"column.{name}") for name in names),
            say("plan.col.load"),
            f"{say('plan.col.stability')} (%)",
            *([say("plan.cost")] if document.cost and document.cost.places else []),
            say("plan.files.why"),
            *([say("plan.note.own")] if document.own_notes else []),
        ]
    ]
    for site in document.sites:
        kept_percent = None if site.kept_share is None else round(100 * site.kept_share)
        places_cost = [site.cost] if document.cost and document.cost.places else []
        row = [getattr(site, name) for name in names]
        why = sentences.site_text(site, document, say)
        notes = [document.own_notes.get(site.code, "")] if document.own_notes else []
        sites.append([*row, round(site.load), kept_percent, *places_cost, why, *notes])
    left: list[list[object]] = [
        [
            say("column.department"),
            *(say(f"plan.departments.{name}") for name in ("missed", "covered", "share")),
            say("column.caveat"),
        ]
    ]
    why_of = dict(
        zip(
            (department.department_ubigeo for department in document.left_out),
            sentences.left_out_text(document, say),
            strict=True,
        )
    )
    for area in missed(document.departments):
        numbers = round(area.missed), round(area.covered), round(100 * area.share)
        code = area.department_ubigeo
        left.append(
            [area.name, *numbers, why_of.get(code) or sentences.missed_text(area, document, say)]
        )
    assumptions = [
        *_about(document, say),
        (say("column.caveat"), sentences.notice(document, say)),
        *((say("plan.assumptions"), text) for text in document.texts(document.assumptions, say)),
    ]
    titles = (say("plan.sheet.sites"), say("plan.sheet.left_out"), say("plan.assumptions"))
    return _workbook(dict(zip(titles, (sites, left, assumptions), strict=True)))


def _workbook(sheets: dict[str, Iterable[Sequence[object]]]) -> bytes:
    """Write sheets, headings in bold; the same cells give the same bytes."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet: Any = book.create_sheet(title[:31])
        for row in rows:
            sheet.append([formula_safe(cell) for cell in row])
        for number, column in enumerate(sheet.columns, 1):
            widest = max(len(str(cell.value or "")) for cell in column)
            sheet.column_dimensions[get_column_letter(number)].width = min(widest, _WIDEST) + 2
            for cell in column:
                cell.alignment = Alignment(wrap_text=True, vertical="top")
                cell.font = Font(bold=cell.row == 1)
        sheet.freeze_panes = "A2"
    written, out = io.BytesIO(), io.BytesIO()
    book.save(written)
    with zipfile.ZipFile(written) as before, zipfile.ZipFile(out, "w") as after:
        for name in sorted(before.namelist()):
            content = before.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z", _FIXED_TIME.encode(), content)
            after.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _value(value: Any) -> Any:
    return json_value(value, decimals=6)


def _xml(text: str) -> str:
    """Escape a text without the control characters that XML 1.0 lacks."""
    return escape("".join(sign for sign in text if sign >= " " or sign in "\t\n"))


_WRITERS = {".geojson": _geojson, ".json": _geojson, ".gpx": _gpx, ".csv": _csv, ".xlsx": _xlsx}
SUFFIXES = tuple(_WRITERS)


def plan_bytes(document: PlanDocument, suffix: str, say: Words) -> bytes:
    """Write a plan as the file of a suffix (SUFFIXES); only a workbook has translated columns."""
    return _WRITERS[suffix](document, say)
