"""A plan as values for programs, and as GeoJSON, GPX, CSV and GeoPackage."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import numpy as np
import shapely

from atlas.own_files.records import MARK
from atlas.planner import sentences
from atlas.planner.demand import places
from atlas.planner.document import PlanDocument
from atlas.planner.question import MEASURED, land_speeds
from atlas.tables import csv_text, json_value, opened_csv
from atlas.words import Words
from geo.privacy.public_lists import require_properties

if TYPE_CHECKING:
    import geopandas as gpd

_DEGREES = ("longitude", "latitude")
_FIXED_DATE = "2000-01-01T00:00:00.000Z"
"""GeoPackage wants a date of last change; a plan has none: the same plan, the same file."""
_PER_ROW = (
    *("demand", "coverage_share", "unreachable_share", "gap", "seed", "figures", "lists"),
    *("assumptions", "notice"),
)
"""values of the plan that every site of a GeoPackage repeats, for programs without metadata."""
_CSV_COLUMNS = (
    *("order", "code", "name", "kind", "district", "province", "department", "department_ubigeo"),
    *("longitude", "latitude", "population", "town_population", "is_must_have"),
)
_LINE_TYPES = {
    **dict.fromkeys(("place", "place_name", "site", "site_name"), "TEXT"),
    **dict.fromkeys(("share", "amount"), "REAL"),
}
_REACH_TYPES = {
    "order": "INTEGER",
    **dict.fromkeys(("code", "name", "kind"), "TEXT"),
    "radius": "REAL",
    **dict.fromkeys(("radius_unit", "season"), "TEXT"),
    "estimate": "BOOLEAN",
    **dict.fromkeys(("area_km2", "people", "people_shared"), "REAL"),
}
"""columns of a GeoPackage's layers beside the sites"""
REACH_SUFFIXES = (".geojson", ".json")
_PROOF = ("objective", "bound", "gap", "is_stopped", "method", "seed")
_SURE = ("resamples", "coverage_low", "coverage_high", "regret_mean", "heuristic_gap")


def plan_values(document: PlanDocument, say: Words) -> dict[str, Any]:
    """Return what holds for a plan as a whole, by the names that programs read."""
    plan, request, sure = document.plan, document.request, document.plan.stability
    seen, unit, is_mclp = plan.evaluation, plan.unit, plan.model == "mclp"
    covered_twice = document.total * seen.twice_share
    values = {
        "invented": MARK if document.is_invented else None,
        "is_searching": document.is_searching or None,
        "model": plan.model,
        "demand": document.demand,
        "demand_unit": document.demand_unit,
        "demand_total": document.total,
        "sites": len(document.sites),
        "radius": plan.radius,
        "radius_unit": unit,
        "coverage_share": seen.coverage_share,
        "coverage_share_of_services": seen.existing_share,
        "missed": document.missed,
        f"mean_{unit}": seen.mean_cost,
        f"worst_{unit}": seen.worst_cost,
        "unreachable_share": seen.unreachable_share,
        "zone_people": request.zone_people,
        "demand_in_zones": document.demand_in_zones,
        "zones": document.zones,
        "coverage_share_if_they_stay": document.share_if_they_stay,
        "worst_department": document.worst.name,
        "worst_department_share": document.worst.share,
        **{name: getattr(plan, name) for name in _PROOF},
        "stability": sure
        and {
            **{name: getattr(sure, name) for name in _SURE},
            "exact_checks": sure.exact_checks,
            "rivals": [
                {"code": code, "name": name, "share": share}
                for code, name, share in document.rivals
            ],
        },
        "question": request.model_dump(),
        "lang": say.lang,
        "figures": document.figures,
        "second": request.second if is_mclp else None,
        "loss": request.loss if is_mclp else None,
        "capacity": request.capacity,
        "cost": _cost(document),
        "lists": [asdict(source) | {"file": source.digest} for source in document.lists] or None,
        "assumptions": document.assumption_texts(say),
        "estimate": {"kmh": land_speeds(), "measured_in": "17", **MEASURED}
        if request.estimate
        else None,
        "demand_covered_once": document.total * seen.coverage_share - covered_twice,
        "demand_covered_twice": covered_twice,
    }
    return {name: value for name, value in values.items() if value is not None}


def _cost(document: PlanDocument) -> dict[str, float] | None:
    """Return cost and prices in soles, what was travelled, and what is left of a budget."""
    cost, request = document.cost, document.request
    if cost is None:
        return None
    values = {"team_cost": request.team_cost, "way_cost": request.way_cost}
    if request.way_cost:
        values[f"travelled_{document.travel_unit}"] = cost.travelled
    values |= {"teams": cost.teams, "ways": cost.ways, "total": cost.total}
    if request.budget is not None:
        values |= {"budget": request.budget, "left": request.budget - cost.total}
    return values


def _departments(document: PlanDocument) -> list[dict[str, Any]]:
    """Return the departments by the names that programs read; in_zones where there are zones."""
    return [
        {
            "department_ubigeo": department.code,
            "department": department.name,
            **{name: getattr(department, name) for name in ("demand", "covered", "missed")},
            **({} if document.zones is None else {"in_zones": department.in_zones}),
            "share": department.share,
            f"mean_{document.plan.unit}": department.mean_cost,
            "unreachable": department.unreachable,
        }
        for department in document.departments
    ]


def plan_members(document: PlanDocument, say: Words) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a plan and its sites as JSON values, for GeoJSON, GeoPackage and stdout."""
    plan = {
        **plan_values(document, say),
        "departments": _departments(document),
        "assigned": [pair._asdict() for pair in document.served],
        "reach": reach_values(document),
        "notice": sentences.notice(document, say),
    }
    return _value(plan), [_value(document.site_values(site)) for site in document.sites]


def reach_values(document: PlanDocument) -> dict[str, Any]:
    """Return residents and areas within reach, of all sites and of each: ``area``, or ``places``
    where no area is known."""
    reach, plan = document.reach, document.plan
    held = zip(reach.shape, reach.km2, reach.people(), reach.people(least=2), strict=True)
    areas = reach.areas
    of_file = {"season": areas.season, "widened_km": areas.widened_km} if areas else {}
    of_file |= {"estimate": True} if document.request.estimate else {}
    return {
        "radius": plan.radius,
        "radius_unit": plan.unit,
        **of_file,
        "people": reach.people_of_all(),
        "people_shared": reach.people_of_all(least=2),
        "sites": [
            {
                "order": site.order,
                "code": site.code,
                "name": site.name,
                "kind": "places" if shape is None else "area",
                "area_km2": None if shape is None else km2,
                "people": people,
                "people_shared": shared,
            }
            for site, (shape, km2, people, shared) in zip(document.sites, held, strict=True)
        ],
    }


def _reached(document: PlanDocument) -> list[tuple[dict[str, Any], shapely.Geometry]]:
    """Return properties and shape of what each site reaches: its area, else its places."""
    about = _value(reach_values(document))
    towns, rows = places(), []
    for number, site in enumerate(about["sites"]):
        inside, shape = document.reach.inside[:, number], document.reach.shape[number]
        marks = np.column_stack([towns.longitude, towns.latitude])[inside]
        whole = shapely.multipoints(marks) if shape is None else shape
        rounded = shapely.transform(whole, lambda degrees: np.round(degrees, 6))
        values = {**about, **site}
        rows.append(({name: values.get(name) for name in _REACH_TYPES}, rounded))
    return rows


def reach_bytes(document: PlanDocument, say: Words) -> bytes:
    """Write what each site reaches as GeoJSON, in opening order; ``reach`` has the sums."""
    features = [
        _feature(json.loads(shapely.to_geojson(shape)), values)
        for values, shape in _reached(document)
    ]
    about = {**_value(reach_values(document)), "notice": sentences.notice(document, say)}
    return _collection(features, reach=about)


def _geojson(document: PlanDocument, say: Words) -> bytes:
    """GeoJSON (RFC 7946): one Point a site in opening order, the plan in the member ``plan``."""
    plan, sites = plan_members(document, say)
    features = []
    for site in sites:
        degrees = [site.pop(name) for name in _DEGREES]
        geometry = {"type": "Point", "coordinates": degrees}
        features.append(_feature(geometry, site, id=site["order"]))
    return _collection(features, indent=2, plan=plan)


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
        about = say(
            "plan.gpx.site",
            where=sentences.site_place(site),
            load=sentences.amount(site.load, say),
            unit=document.unit.text(say),
            share=sentences.share_text(site.load / document.total, say),
            of=sentences.territory(document, say),
        )
        title = f"{site.order} {site.name}"
        points.append(
            f'  <wpt lat="{site.latitude:.6f}" lon="{site.longitude:.6f}">\n'
            f"    <name>{_xml(title)}</name>\n"
            f"    <desc>{_xml(about)}</desc>\n"
            "  </wpt>\n"
        )
    lines = [f"{name}: {text}" for name, text in _about(document, say)]
    about = "\n".join([sentences.notice(document, say), *lines])
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx version="1.1" creator="Atlas Trata Perú" '
        'xmlns="http://www.topografix.com/GPX/1/1">\n'
        f"  <metadata>\n    <desc>{_xml(about)}</desc>\n  </metadata>\n"
        f"{''.join(points)}</gpx>\n"
    ).encode()


def _about(document: PlanDocument, say: Words) -> list[tuple[str, str]]:
    """Return what holds for the plan as a whole, name and value, in words."""
    covered = sentences.wording(document, say)("plan.figure.covered")
    seen = document.plan.evaluation
    shares = [(f"{covered[0].upper()}{covered[1:]}", seen.coverage_share)]
    if document.request.capacity is not None:
        shares.append((say("plan.figure.reach"), document.share_within_reach))
    return [
        *sentences.question_rows(document, say),
        *([(say("plan.cost"), sentences.cost_of_plan(document, say))] if document.cost else []),
        *((name, sentences.share_text(share, say)) for name, share in shares),
        (say("plan.figure.twice"), sentences.share_text(seen.twice_share, say)),
        (say("plan.figure.no_way"), sentences.share_text(seen.unreachable_share, say)),
        (say("plan.front.gap"), sentences.proof_text(document, say)),
        (say("plan.assumptions"), " | ".join(document.assumption_texts(say))),
    ]


def _worded_csv(document: PlanDocument, say: Words) -> bytes:
    """CSV for people: one row a site in the reader's words, shares in per cent."""
    of_reach = "" if document.request.capacity is None else "_reach"
    shares = {
        "within_reach_added_share": f"plan.col.added{of_reach}",
        "within_reach_share": f"plan.col.total{of_reach}",
        "chosen_share": "plan.col.stability",
        "chosen_near_share": "plan.col.near",
    }
    heads = {name: f"{say(key)} (%)" for name, key in shares.items()}
    heads |= {
        **{name: say(f"column.{name}") for name in _CSV_COLUMNS},
        "load": f"{say('plan.col.load')} ({document.unit.text(say)})",
        **{
            f"travelled_{unit}": sentences.estimating(document, say)(f"plan.col.travelled_{unit}")
            for unit in ("km", "hours")
        },
    }
    about = [*_about(document, say), (say("column.caveat"), sentences.notice(document, say))]
    names, rows = _columns(document), []
    for site in document.sites:
        values = document.site_values(site)
        cells = {name: _value(value) for name, value in values.items()}
        given = (name for name in shares if values.get(name) is not None)
        cells |= {name: round(100 * values[name], 4) for name in given}
        cells["population"] = int(site.population)
        cells["is_must_have"] = say("plan.csv.yes" if site.is_must_have else "plan.csv.no")
        rows.append([*(cells[name] for name in names), *(text for _, text in about)])
    return opened_csv([*(heads[name] for name in names), *(name for name, _ in about)], rows)


def _columns(document: PlanDocument) -> list[str]:
    return list(document.site_values(document.sites[0])) if document.sites else []


def _csv(document: PlanDocument, say: Words) -> bytes:
    """CSV for programs (UTF-8, CRLF): one row a site, each with the values of the plan."""
    plan = {f"plan_{name}": _text(value) for name, value in plan_values(document, say).items()}
    plan["notice"] = sentences.notice(document, say)
    sites = (_value(document.site_values(site)).values() for site in document.sites)
    rows = ([*site, *plan.values()] for site in sites)
    return csv_text([*_columns(document), *plan], rows).encode("utf-8")


def _gpkg(document: PlanDocument, say: Words) -> bytes:
    """GeoPackage of the layers ``sites``, ``assigned`` (lines) and ``reach``; the metadata item
    ``plan`` is as in the GeoJSON."""
    import geopandas  # slow to import, and few ask for this file

    plan, rows = plan_members(document, say)
    spots = [[row.pop(name) for name in _DEGREES] for row in rows]
    sites = geopandas.GeoDataFrame(
        rows,
        geometry=geopandas.points_from_xy([spot[0] for spot in spots], [spot[1] for spot in spots]),
        crs="EPSG:4326",
    )
    for name in _PER_ROW:
        value = plan.get(name)
        sites[f"plan_{name}"] = _text(value) if isinstance(value, list) else value
    metadata = {"plan": json.dumps(plan, ensure_ascii=False)}
    content = layer_bytes(sites, "sites", layer_metadata=metadata)
    place_of = {site.code: _place(site) for site in document.sites}
    lines = [
        ({name: _value(getattr(pair, name)) for name in _LINE_TYPES},
         shapely.LineString([_place(pair), place_of[pair.site]]))
        for pair in document.served
    ]  # fmt: skip
    content = _with_layer(content, "assigned", _LINE_TYPES, lines)
    return _with_layer(content, "reach", _REACH_TYPES, _reached(document))


def layer_bytes(frame: gpd.GeoDataFrame, layer: str, **options: Any) -> bytes:
    """Write a frame as a GeoPackage of one layer; the same frame gives the same bytes."""
    import pyogrio

    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _FIXED_DATE})
    try:
        out = io.BytesIO()
        pyogrio.write_dataframe(frame, out, driver="GPKG", layer=layer, **options)
        return out.getvalue()
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _with_layer(
    content: bytes,
    layer: str,
    types: Mapping[str, str],
    rows: Sequence[tuple[Mapping[str, Any], shapely.Geometry]],
) -> bytes:
    """Add a layer of values, by their SQLite ``types``, and shapes to a GeoPackage.

    By SQLite in memory: GDAL adds a layer to files only, and own lists touch no disk.
    """
    kinds = {shape.geom_type.upper() for _, shape in rows}
    kind = kinds.pop() if len(kinds) == 1 else "GEOMETRY"
    bounds = shapely.total_bounds([shape for _, shape in rows]).tolist()
    columns = "".join(f', "{name}" {sql}' for name, sql in types.items())
    # the header of GeoPackage: little endian, no envelope, WGS 84
    head = b"GP\x00\x01" + (4326).to_bytes(4, "little")
    with closing(sqlite3.connect(":memory:")) as base:
        base.deserialize(content)
        base.execute(
            f'CREATE TABLE "{layer}" (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, '
            f"geom {kind}{columns})"
        )
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, "
            "last_change, min_x, min_y, max_x, max_y, srs_id) "
            "VALUES (?, 'features', ?, '', ?, ?, ?, ?, ?, 4326)",
            (layer, layer, _FIXED_DATE, *bounds),
        )
        base.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, 4326, 0, 0)", (layer, kind)
        )
        names, marks = "".join(f', "{name}"' for name in types), ", ?" * len(types)
        base.executemany(
            f'INSERT INTO "{layer}" (geom{names}) VALUES (?{marks})',  # noqa: S608 - names of ours
            [(head + shape.wkb, *(values[name] for name in types)) for values, shape in rows],
        )
        base.commit()
        return base.serialize()


def _place(place: Any) -> tuple[float, float]:
    return round(place.longitude, 6), round(place.latitude, 6)


def _value(value: Any) -> Any:
    return json_value(value, decimals=6)


def _text(value: Any) -> str:
    """Write a value in one line: lists by bars, named values by commas."""
    plain = _value(value)
    if isinstance(plain, list):
        return " | ".join(map(_text, plain))
    if isinstance(plain, dict):
        return ", ".join(f"{name} {_text(item)}" for name, item in plain.items())
    return "" if plain is None else str(plain)


def _xml(text: str) -> str:
    """Escape a text without the control characters that XML 1.0 lacks."""
    return escape("".join(sign for sign in text if sign >= " " or sign in "\t\n"))


_WRITERS = {".geojson": _geojson, ".json": _geojson, ".gpx": _gpx, ".csv": _csv, ".gpkg": _gpkg}
SUFFIXES = tuple(_WRITERS)


def plan_bytes(
    document: PlanDocument, suffix: str, say: Words, *, is_worded: bool = False
) -> bytes:
    """Write a plan as the file that a suffix of SUFFIXES names, in a language.

    The columns of a CSV have the names of programs, or, where ``is_worded``, the reader's words.
    """
    if suffix == ".csv" and is_worded:
        return _worded_csv(document, say)
    return _WRITERS[suffix](document, say)


def most_missed_first(departments: Iterable[Any]) -> list[Any]:
    """Sort departments by missed demand, then by code."""
    return sorted(departments, key=lambda area: (-round(area.missed, 6), area.code))
