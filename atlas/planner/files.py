"""A plan as the values that leave, and as GeoJSON, GPX, CSV and GeoPackage."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from typing import Any
from xml.sax.saxutils import escape

import numpy as np

from atlas.own_files.records import MARK
from atlas.planner.demand import department_name, places
from atlas.planner.model import cost_of
from atlas.planner.question import Question
from atlas.planner.words import (
    amount,
    asked,
    cost_of_plan,
    proof_text,
    share_text,
    territory,
    where,
    within_reach,
    wording,
)
from atlas.tables import csv_text, json_value, opened_csv
from atlas.words import Words, words
from data.refreshed import figures_edition
from geo.privacy.public_lists import require_properties
from geo.siting.problem import Plan, plan_of

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
_PROOF = ("objective", "bound", "gap", "is_stopped", "method", "seed")
_SURE = ("resamples", "coverage_low", "coverage_high", "regret_mean", "heuristic_gap")


@dataclass(frozen=True, slots=True)
class PlanSheet:
    """Sites in opening order with their values, and what holds for the plan as a whole."""

    sites: tuple[Mapping[str, Any], ...]
    """one per site: order, code, name, department, longitude, latitude and further values."""
    plan: Mapping[str, Any]
    departments: tuple[Mapping[str, Any], ...]
    """one per department: demand, covered, missed, share, mean cost of those who have a way, and
    the demand without any."""
    assigned: tuple[Mapping[str, Any], ...]
    """one per place and site that serves it: their codes and names, where the place lies, the share
    of its demand that goes there, and how much that is."""
    notice: str


def _geojson(sheet: PlanSheet) -> bytes:
    """GeoJSON (RFC 7946): one Point a site in opening order, the plan in the member ``plan``."""
    features = []
    for site in sheet.sites:
        properties = {name: _value(site[name]) for name in site if name not in _DEGREES}
        require_properties(set(properties))
        place = [round(site[name], 6) for name in _DEGREES]
        features.append(
            {
                "type": "Feature",
                "id": site["order"],
                "geometry": {"type": "Point", "coordinates": place},
                "properties": properties,
            }
        )
    content = {
        "type": "FeatureCollection",
        "plan": {
            **_value(sheet.plan),
            "departments": _value(sheet.departments),
            "assigned": _value(sheet.assigned),
            "notice": sheet.notice,
        },
        "features": features,
    }
    text = json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False)
    return (text + "\n").encode("utf-8")


def _gpx(sheet: PlanSheet) -> bytes:
    """GPX 1.1 for a navigator, in the plan's language: a short waypoint a site, the rest above."""
    say, total = words(sheet.plan["lang"]), float(sheet.plan["demand_total"])
    unit = _unit(sheet, say)
    points = []
    for site in sheet.sites:
        about = say(
            "plan.gpx.site",
            where=where(site),
            load=amount(site["load"], say),
            unit=unit,
            share=share_text(site["load"] / total, say),
            of=territory(sheet.plan, say),
        )
        title = f"{site['order']} {site['name']}"
        points.append(
            f'  <wpt lat="{site["latitude"]:.6f}" lon="{site["longitude"]:.6f}">\n'
            f"    <name>{_xml(title)}</name>\n"
            f"    <desc>{_xml(about)}</desc>\n"
            "  </wpt>\n"
        )
    about = "\n".join([sheet.notice, *(f"{name}: {text}" for name, text in _about(sheet, say))])
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx version="1.1" creator="Atlas Trata Perú" '
        'xmlns="http://www.topografix.com/GPX/1/1">\n'
        f"  <metadata>\n    <desc>{_xml(about)}</desc>\n  </metadata>\n"
        f"{''.join(points)}</gpx>\n"
    ).encode()


def _unit(sheet: PlanSheet, say: Words) -> str:
    return say(f"siting.unit.{sheet.plan['demand'].partition(':')[0]}")


def _about(sheet: PlanSheet, say: Words) -> list[tuple[str, str]]:
    """What holds for the plan as a whole, name and value, in words."""
    plan = sheet.plan
    covered = wording(plan, say)("plan.figure.covered")
    shares = [(f"{covered[0].upper()}{covered[1:]}", plan["coverage_share"])]
    if "capacity" in plan:
        shares.append((say("plan.figure.reach"), within_reach(sheet)))
    return [
        *asked(sheet, say),
        *([(say("plan.cost"), cost_of_plan(plan, say))] if "cost" in plan else []),
        *((name, share_text(share, say)) for name, share in shares),
        (say("plan.figure.no_way"), share_text(plan["unreachable_share"], say)),
        (say("plan.front.gap"), proof_text(plan, say)),
        (say("plan.assumptions"), " | ".join(plan["assumptions"])),
    ]


def _worded_csv(sheet: PlanSheet, say: Words) -> bytes:
    """CSV that a person opens: one row a site in the reader's words, shares in per cent."""
    of_reach = "_reach" if "capacity" in sheet.plan else ""
    shares = {
        "within_reach_added_share": f"plan.col.added{of_reach}",
        "within_reach_share": f"plan.col.total{of_reach}",
        "chosen_share": "plan.col.stability",
        "chosen_near_share": "plan.col.near",
    }
    heads = {name: f"{say(key)} (%)" for name, key in shares.items()}
    heads |= {
        **{name: say(f"column.{name}") for name in _CSV_COLUMNS},
        "load": f"{say('plan.col.load')} ({_unit(sheet, say)})",
        **{f"travelled_{unit}": say(f"plan.col.travelled_{unit}") for unit in ("km", "hours")},
    }
    names = list(sheet.sites[0]) if sheet.sites else []
    about = [*_about(sheet, say), (say("column.caveat"), sheet.notice)]
    rows = []
    for site in sheet.sites:
        values = {name: _value(value) for name, value in site.items()}
        known = (name for name in shares if site.get(name) is not None)
        values |= {name: round(100 * site[name], 4) for name in known}
        values["population"] = int(site["population"])
        values["is_must_have"] = say("plan.csv.yes" if site["is_must_have"] else "plan.csv.no")
        rows.append([*(values[name] for name in names), *(text for _, text in about)])
    return opened_csv([*(heads[name] for name in names), *(name for name, _ in about)], rows)


def _csv(sheet: PlanSheet) -> bytes:
    """CSV (UTF-8, CRLF): one row a site; every row carries seed, gap and assumptions."""
    names = list(sheet.sites[0]) if sheet.sites else []
    heads = [*names, *(f"plan_{name}" for name in sheet.plan), "notice"]
    plan = [*(_text(value) for value in sheet.plan.values()), sheet.notice]
    rows = ([*(_value(site[name]) for name in names), *plan] for site in sheet.sites)
    return csv_text(heads, rows).encode("utf-8")


def _gpkg(sheet: PlanSheet) -> bytes:
    """GeoPackage with the layer ``sites``, whose metadata item ``plan`` is as in the GeoJSON, and
    the lines of ``assigned``."""
    import geopandas  # both are dear to import, and few ask for this file
    import pyogrio

    content = json.loads(_geojson(sheet))
    features, plan = content["features"], content["plan"]
    places = [feature["geometry"]["coordinates"] for feature in features]
    sites = geopandas.GeoDataFrame(
        [feature["properties"] for feature in features],
        geometry=geopandas.points_from_xy([at[0] for at in places], [at[1] for at in places]),
        crs="EPSG:4326",
    )
    for name in _PER_ROW:
        value = plan.get(name)
        sites[f"plan_{name}"] = _text(value) if isinstance(value, list) else value
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _FIXED_DATE})
    try:
        out = io.BytesIO()
        pyogrio.write_dataframe(
            sites,
            out,
            driver="GPKG",
            layer="sites",
            layer_metadata={"plan": json.dumps(plan, ensure_ascii=False)},
        )
        return _with_lines(out.getvalue(), sheet)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _with_lines(content: bytes, sheet: PlanSheet) -> bytes:
    """A GeoPackage with one layer more: a line from each place to each site that serves it.

    By SQLite in memory: GDAL adds a layer to files only, and own lists touch no disk.
    """
    from shapely import LineString

    at = {site["code"]: tuple(round(site[name], 6) for name in _DEGREES) for site in sheet.sites}
    names = ("place", "place_name", "site", "site_name", "share", "amount")
    rows, ends = [], [*at.values()]
    for one in sheet.assigned:
        start = tuple(round(one[name], 6) for name in _DEGREES)
        ends.append(start)
        # the header of GeoPackage: little endian, no envelope, WGS 84
        head = b"GP\x00\x01" + (4326).to_bytes(4, "little")
        line = LineString([start, at[one["site"]]]).wkb
        rows.append((head + line, *(_value(one[name]) for name in names)))
    (west, east), (south, north) = ((min(axis), max(axis)) for axis in zip(*ends, strict=True))
    with closing(sqlite3.connect(":memory:")) as base:
        base.deserialize(content)
        base.execute(
            "CREATE TABLE assigned (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "
            "geom LINESTRING, place TEXT, place_name TEXT, site TEXT, site_name TEXT, "
            "share REAL, amount REAL)"
        )
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, "
            "last_change, min_x, min_y, max_x, max_y, srs_id) "
            "VALUES ('assigned', 'features', 'assigned', '', ?, ?, ?, ?, ?, 4326)",
            (_FIXED_DATE, west, south, east, north),
        )
        base.execute(
            "INSERT INTO gpkg_geometry_columns "
            "VALUES ('assigned', 'geom', 'LINESTRING', 4326, 0, 0)"
        )
        base.executemany(
            "INSERT INTO assigned (geom, place, place_name, site, site_name, share, amount) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        base.commit()
        return base.serialize()


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


def sheet_bytes(sheet: PlanSheet, suffix: str, say: Words | None = None) -> bytes:
    """A plan as the file that a suffix names, one of SUFFIXES.

    The columns of a CSV have the names of programs, or, with ``say``, a reader's words.
    """
    if suffix == ".csv" and say is not None:
        return _worded_csv(sheet, say)
    return _WRITERS[suffix](sheet)


def plan_sheet(
    question: Question, plan: Plan, lang: str, *, is_searching: bool = False
) -> PlanSheet:
    """Sites, plan and departments; no zone, no place of a service.

    ``is_searching``: a better one is still sought while this one is there to read.
    """
    say = words(lang)
    here, candidates = places(), question.candidates
    seen, sure = plan.evaluation, plan.stability
    total = float(question.problem.demand.sum())
    unit = plan.unit
    rows = []
    load = plan.load(question.problem)
    covered = seen.existing_share
    kinds = candidates.kind if candidates.kind is not None and candidates.kind.any() else None
    for order, (site, added) in enumerate(zip(plan.sites, plan.added_share, strict=True), start=1):
        at = int(candidates.near[site])
        covered += added
        row: dict[str, Any] = {
            "order": order,
            "code": str(candidates.code[site]),
            "name": str(candidates.name[site]),
            **({} if kinds is None else {"kind": str(kinds[site])}),
            "district": str(here.district[at]),
            "province": str(here.province[at]),
            "department": str(here.department[at]),
            "department_ubigeo": str(here.department_ubigeo[at]),
            "longitude": float(candidates.longitude[site]),
            "latitude": float(candidates.latitude[site]),
            "population": float(here.population[at]),
            "town_population": _known(here.town_population[at]),
            "is_must_have": site in question.problem.must,
            "within_reach_added_share": added,
            "within_reach_share": covered,
            "load": float(load[order - 1]),
        }
        if question.request.way_cost:
            travelled = plan.travelled(question.problem)[order - 1]
            by_time = {"travelled_hours": float(travelled / 60)}
            row |= by_time if unit == "min" else {"travelled_km": float(travelled)}
        if sure is not None:  # a site that is fixed is in every plan: that says nothing of it
            is_free = site not in question.problem.must
            row["chosen_share"] = sure.chosen_share[order - 1] if is_free else None
            row["chosen_near_share"] = sure.near_share[order - 1] if is_free else None
        rows.append(row)
    request = question.request
    is_invented = question.demand.is_invented
    summary: dict[str, Any] = {
        **({"invented": MARK} if is_invented else {}),
        **({"is_searching": True} if is_searching else {}),
        "model": plan.model,
        "demand": question.demand.code,
        "demand_unit": question.demand.unit,
        "demand_total": total,
        "sites": len(plan.sites),
        "radius": plan.radius,
        "radius_unit": unit,
        "coverage_share": seen.coverage_share,
        "coverage_share_of_services": seen.existing_share,
        "missed": float(seen.groups["missed"].sum()),
        f"mean_{unit}": seen.mean_cost,
        f"worst_{unit}": seen.worst_cost,
        "unreachable_share": seen.unreachable_share,
        "zone_people": request.zone_people,
        "demand_in_zones": question.demand_in_zones,
        **_zones(question, plan),
        "worst_department": department_name(seen.worst_group["group"]),
        "worst_department_share": float(seen.worst_group["share"]),
        **{name: getattr(plan, name) for name in _PROOF},
    }
    if sure is not None:
        summary["stability"] = {
            **{name: getattr(sure, name) for name in _SURE},
            "exact_checks": sure.exact_checks,
            "rivals": [
                {"code": str(candidates.code[j]), "name": str(candidates.name[j]), "share": share}
                for j, share in sure.rivals
            ],
        }
    summary |= {"question": request.model_dump(), "lang": lang, "figures": figures_edition()}
    if plan.model == "mclp":
        summary |= {"second": request.second, "loss": request.loss}
    if request.capacity is not None:
        summary["capacity"] = request.capacity
    if request.team_cost or request.way_cost:
        summary["cost"] = _cost(question, plan)
    if question.lists:
        summary["lists"] = [asdict(one) for one in question.lists]
    summary["assumptions"] = [one.text(say) for one in question.assumptions]
    departments = tuple(
        {
            "department_ubigeo": one.group,
            "department": department_name(one.group),
            **{name: getattr(one, name) for name in ("demand", "covered", "missed")},
            **({} if question.zones is None else {"in_zones": one.in_zones}),
            "share": one.share,
            f"mean_{unit}": one.mean_cost,
            "unreachable": one.unreachable,
        }
        for one in seen.groups.itertuples()
    )
    mark = f"{MARK}. " if is_invented else ""
    assigned = tuple(
        {
            "place": str(here.ubigeo[i]),
            "place_name": str(here.name[i]),
            "longitude": float(here.longitude[i]),
            "latitude": float(here.latitude[i]),
            "site": rows[k]["code"],
            "site_name": rows[k]["name"],
            "share": float(plan.assigned[i, k]),
            "amount": float(question.problem.demand[i] * plan.assigned[i, k]),
        }
        for i, k in np.argwhere(plan.assigned > 1e-9).tolist()
    )
    notice = mark + say("siting.notice")
    return PlanSheet(tuple(rows), summary, departments, assigned, notice)


def _zones(question: Question, plan: Plan) -> dict[str, Any]:
    """Counts of the zones, and what the plan covers if the people whom it lets come out stay."""
    if question.zones is None:
        return {}
    values: dict[str, Any] = {"zones": dict(question.zones)}
    if question.request.zone_people == "come":
        problem = replace(question.problem, in_zone=question.in_zone, min_group_share=0.0)
        proof = {name: getattr(plan, name) for name in ("objective", "bound", "is_stopped", "seed")}
        stay = plan_of(problem, plan.model, list(plan.sites), **proof)
        values["coverage_share_if_they_stay"] = stay.evaluation.coverage_share
    return values


def _cost(question: Question, plan: Plan) -> dict[str, float]:
    """In soles, with the prices and what was travelled; what is left where there is a budget."""
    request = question.request
    cost = cost_of(request, question.problem, plan)
    values = {"team_cost": request.team_cost, "way_cost": request.way_cost}
    if request.way_cost:
        values["travelled_km" if plan.unit == "km" else "travelled_hours"] = cost.travelled
    values |= {"teams": cost.teams, "ways": cost.ways, "total": cost.total}
    if request.budget is not None:
        values |= {"budget": request.budget, "left": request.budget - cost.total}
    return values


def _known(value: float) -> float | None:
    """A number, or nothing where it is not known."""
    return float(value) if np.isfinite(value) else None


def most_missed_first(departments: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The departments of a plan sheet, most missed demand first; what is equal by code."""
    return sorted(departments, key=lambda one: (-round(one["missed"], 6), one["department_ubigeo"]))
