"""A plan as the values that leave, and as GeoJSON, GPX, CSV and GeoPackage."""

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
from atlas.planner.demand import places
from atlas.planner.document import Department, PlanDocument, Served, Site
from atlas.planner.question import MEASURED, land_speeds
from atlas.planner.words import (
    amount,
    asked,
    cost_of_plan,
    estimating,
    notice,
    proof_text,
    share_text,
    territory,
    where,
    wording,
)
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
    """What holds for a plan as a whole, by the names that programs read."""
    plan, request, sure = document.plan, document.request, document.plan.stability
    seen, unit, is_mclp = plan.evaluation, plan.unit, plan.model == "mclp"
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
        "lists": [asdict(one) for one in document.lists] or None,
        "assumptions": [one.text(say) for one in document.assumptions],
        "estimate": _estimate(document),
        "demand_covered_once": document.covered_once,
        "demand_covered_twice": document.covered_twice,
    }
    return {name: value for name, value in values.items() if value is not None}


def _estimate(document: PlanDocument) -> dict[str, Any] | None:
    """Of estimated minutes the speeds, and how many times as long ways over a network were."""
    if not document.request.estimate:
        return None
    return {"kmh": land_speeds(), "measured_in": "17", **MEASURED}


def _cost(document: PlanDocument) -> dict[str, float] | None:
    """In soles, with the prices and what was travelled; what is left where there is a budget."""
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
    """The departments by the names that programs read; people in zones where there are any."""
    return [
        {
            "department_ubigeo": one.code,
            "department": one.name,
            **{name: getattr(one, name) for name in ("demand", "covered", "missed")},
            **({} if document.zones is None else {"in_zones": one.in_zones}),
            "share": one.share,
            f"mean_{document.plan.unit}": one.mean_cost,
            "unreachable": one.unreachable,
        }
        for one in document.departments
    ]


def plan_members(document: PlanDocument, say: Words) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A plan and its sites as JSON knows them, what a GeoJSON, a GeoPackage and stdout hold."""
    plan = {
        **plan_values(document, say),
        "departments": _departments(document),
        "assigned": [asdict(one) for one in document.served],
        "reach": reach_values(document),
        "notice": notice(document, say),
    }
    return _value(plan), [_value(document.site_values(one)) for one in document.sites]


def reach_values(document: PlanDocument) -> dict[str, Any]:
    """What the sites reach: residents inside any area and inside two or more, of what roads a file
    of areas is, and the same of each site; a site is of ``areas`` or, where no area is known, of
    the ``places`` that it reaches."""
    reach, plan = document.reach, document.plan
    held = zip(reach.shape, reach.km2, reach.people(), reach.people(least=2), strict=True)
    of_file = {"season": reach.season, "widened_km": reach.widened_km} if reach.season else {}
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
    """Properties and shape of what each site reaches: polygons, or the places where no area is
    known."""
    about = _value(reach_values(document))
    here, rows = places(), []
    for at, site in enumerate(about["sites"]):
        inside, shape = document.reach.inside[:, at], document.reach.shape[at]
        marks = np.column_stack([here.longitude, here.latitude])[inside]
        whole = shapely.multipoints(marks) if shape is None else shape
        rounded = shapely.transform(whole, lambda degrees: np.round(degrees, 6))
        values = {**about, **site}
        rows.append(({name: values.get(name) for name in _REACH_TYPES}, rounded))
    return rows


def reach_bytes(document: PlanDocument, say: Words) -> bytes:
    """What each site reaches as GeoJSON, in opening order; the member ``reach`` has the sums."""
    features = []
    for values, shape in _reached(document):
        require_properties(set(values))
        geometry = json.loads(shapely.to_geojson(shape))
        features.append({"type": "Feature", "geometry": geometry, "properties": values})
    about = {**_value(reach_values(document)), "notice": notice(document, say)}
    content = {"type": "FeatureCollection", "reach": about, "features": features}
    return (json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")


def _geojson(document: PlanDocument, say: Words) -> bytes:
    """GeoJSON (RFC 7946): one Point a site in opening order, the plan in the member ``plan``."""
    plan, sites = plan_members(document, say)
    features = []
    for site in sites:
        place = [site.pop(name) for name in _DEGREES]
        require_properties(set(site))
        features.append(
            {
                "type": "Feature",
                "id": site["order"],
                "geometry": {"type": "Point", "coordinates": place},
                "properties": site,
            }
        )
    content = {"type": "FeatureCollection", "plan": plan, "features": features}
    text = json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False)
    return (text + "\n").encode("utf-8")


def _gpx(document: PlanDocument, say: Words) -> bytes:
    """GPX 1.1 for a navigator, in the plan's language: a short waypoint a site, the rest above."""
    points = []
    for site in document.sites:
        about = say(
            "plan.gpx.site",
            where=where(site),
            load=amount(site.load, say),
            unit=document.unit.text(say),
            share=share_text(site.load / document.total, say),
            of=territory(document, say),
        )
        title = f"{site.order} {site.name}"
        points.append(
            f'  <wpt lat="{site.latitude:.6f}" lon="{site.longitude:.6f}">\n'
            f"    <name>{_xml(title)}</name>\n"
            f"    <desc>{_xml(about)}</desc>\n"
            "  </wpt>\n"
        )
    lines = [f"{name}: {text}" for name, text in _about(document, say)]
    about = "\n".join([notice(document, say), *lines])
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx version="1.1" creator="Atlas Trata Perú" '
        'xmlns="http://www.topografix.com/GPX/1/1">\n'
        f"  <metadata>\n    <desc>{_xml(about)}</desc>\n  </metadata>\n"
        f"{''.join(points)}</gpx>\n"
    ).encode()


def _about(document: PlanDocument, say: Words) -> list[tuple[str, str]]:
    """What holds for the plan as a whole, name and value, in words."""
    covered, seen = wording(document, say)("plan.figure.covered"), document.plan.evaluation
    shares = [(f"{covered[0].upper()}{covered[1:]}", seen.coverage_share)]
    if document.request.capacity is not None:
        shares.append((say("plan.figure.reach"), document.share_within_reach))
    return [
        *asked(document, say),
        *([(say("plan.cost"), cost_of_plan(document, say))] if document.cost else []),
        *((name, share_text(share, say)) for name, share in shares),
        (say("plan.figure.twice"), share_text(seen.twice_share, say)),
        (say("plan.figure.no_way"), share_text(seen.unreachable_share, say)),
        (say("plan.front.gap"), proof_text(document, say)),
        (say("plan.assumptions"), " | ".join(one.text(say) for one in document.assumptions)),
    ]


def _worded_csv(document: PlanDocument, say: Words) -> bytes:
    """CSV that a person opens: one row a site in the reader's words, shares in per cent."""
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
            f"travelled_{unit}": estimating(document, say)(f"plan.col.travelled_{unit}")
            for unit in ("km", "hours")
        },
    }
    about = [*_about(document, say), (say("column.caveat"), notice(document, say))]
    names, rows = _columns(document), []
    for site in document.sites:
        values = document.site_values(site)
        shown = {name: _value(value) for name, value in values.items()}
        known = (name for name in shares if values.get(name) is not None)
        shown |= {name: round(100 * values[name], 4) for name in known}
        shown["population"] = int(site.population)
        shown["is_must_have"] = say("plan.csv.yes" if site.is_must_have else "plan.csv.no")
        rows.append([*(shown[name] for name in names), *(text for _, text in about)])
    return opened_csv([*(heads[name] for name in names), *(name for name, _ in about)], rows)


def _columns(document: PlanDocument) -> list[str]:
    return list(document.site_values(document.sites[0])) if document.sites else []


def _csv(document: PlanDocument, say: Words) -> bytes:
    """CSV (UTF-8, CRLF): one row a site; every row carries seed, gap and assumptions."""
    plan = {f"plan_{name}": _text(one) for name, one in plan_values(document, say).items()}
    plan["notice"] = notice(document, say)
    sites = (_value(document.site_values(one)).values() for one in document.sites)
    rows = ([*site, *plan.values()] for site in sites)
    return csv_text([*_columns(document), *plan], rows).encode("utf-8")


def _gpkg(document: PlanDocument, say: Words) -> bytes:
    """GeoPackage with the layer ``sites``, whose metadata item ``plan`` is as in the GeoJSON, the
    lines of ``assigned`` and what each site reaches in ``reach``."""
    import geopandas  # dear to import, and few ask for this file

    plan, rows = plan_members(document, say)
    spots = [[row.pop(name) for name in _DEGREES] for row in rows]
    sites = geopandas.GeoDataFrame(
        rows,
        geometry=geopandas.points_from_xy([at[0] for at in spots], [at[1] for at in spots]),
        crs="EPSG:4326",
    )
    for name in _PER_ROW:
        value = plan.get(name)
        sites[f"plan_{name}"] = _text(value) if isinstance(value, list) else value
    metadata = {"plan": json.dumps(plan, ensure_ascii=False)}
    content = layer_bytes(sites, "sites", layer_metadata=metadata)
    at = {site.code: _place(site) for site in document.sites}
    lines = [
        ({name: _value(getattr(one, name)) for name in _LINE_TYPES},
         shapely.LineString([_place(one), at[one.site]]))
        for one in document.served
    ]  # fmt: skip
    content = _with_layer(content, "assigned", _LINE_TYPES, lines)
    return _with_layer(content, "reach", _REACH_TYPES, _reached(document))


def layer_bytes(frame: gpd.GeoDataFrame, layer: str, **options: Any) -> bytes:
    """A frame as a GeoPackage of one layer; the same frame, the same bytes."""
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
    """A GeoPackage with one layer more, of values by their SQLite ``types``, and shapes.

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


def _place(one: Site | Served) -> tuple[float, float]:
    return round(one.longitude, 6), round(one.latitude, 6)


def _value(value: Any) -> Any:
    return json_value(value, decimals=6)


def _text(value: Any) -> str:
    """A value of a plan in one line: lists by bars, what has names by commas."""
    plain = _value(value)
    if isinstance(plain, list):
        return " | ".join(map(_text, plain))
    if isinstance(plain, dict):
        return ", ".join(f"{name} {_text(one)}" for name, one in plain.items())
    return "" if plain is None else str(plain)


def _xml(text: str) -> str:
    """Escaped, and without the control characters that XML 1.0 does not know."""
    return escape("".join(one for one in text if one >= " " or one in "\t\n"))


_WRITERS = {".geojson": _geojson, ".json": _geojson, ".gpx": _gpx, ".csv": _csv, ".gpkg": _gpkg}
SUFFIXES = tuple(_WRITERS)


def plan_bytes(
    document: PlanDocument, suffix: str, say: Words, *, is_worded: bool = False
) -> bytes:
    """A plan as the file that a suffix names, one of SUFFIXES, in a language.

    The columns of a CSV have the names of programs, or, where ``is_worded``, a reader's words.
    """
    if suffix == ".csv" and is_worded:
        return _worded_csv(document, say)
    return _WRITERS[suffix](document, say)


def most_missed_first(departments: Iterable[Department]) -> list[Department]:
    """The departments of a plan, most missed demand first; what is equal by code."""
    return sorted(departments, key=lambda one: (-round(one.missed, 6), one.code))
