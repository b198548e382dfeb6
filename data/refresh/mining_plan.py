"""Refreshed mining: four tables written together, and what they change."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from data.catalogue import load_table, resource_names
from data.departments import load_departments
from data.geometry import load_features
from data.mining_areas import load_mining_suspects
from data.mining_cells import load_mining_by_department, load_mining_cells
from data.places import load_places
from data.refresh.mining import CELL_COLUMNS, MODEL_CHANGE_YEAR, MiningReading, read_mining
from data.refresh.plan import Plan, Source, table_bytes
from data.refresh.store import Replacement

_SOURCE_ID = "R-mining"
_PUBLISHER = "Earth Genome (Amazon Mining Watch)"
_LICENCE = {
    "name": "CC-BY-4.0",
    "title": "Creative Commons Attribution 4.0",
    "path": "https://creativecommons.org/licenses/by/4.0/",
}
_LISTED_HA = 1.0
"""changes of a department below are rounding"""


def plan_mining(source: Source, file: str, *, period: str | None = None) -> Plan:
    """Read a source and say what would change.

    Raises
    ------
    DataError
        When the source is refused; see :func:`data.refresh.mining.read_mining`.
    """
    names = load_table("departments").set_index("department_ubigeo")["department"].to_dict()
    suspects = load_mining_suspects()
    with_districts = "districts_full" in resource_names()
    reading = read_mining(
        file,
        source.content,
        outlines=load_departments(),
        places=load_places(),
        suspects=suspects,
        department_names=names,
        districts=load_features("districts_full") if with_districts else None,
        period=period,
    )
    if not len(reading.cells):
        return Plan(("no mining outside the suspect places: nothing to write",))
    lines = [*_found(reading), *_changes(reading, names)]
    return Plan(tuple(lines), _replacements(source, reading))


def _found(reading: MiningReading) -> list[str]:
    facts = reading.facts
    lines = [
        f"polygons {facts['polygons_read']:,}, {facts['mined_ha_read']:,.2f} ha",
        f"periods {', '.join(reading.periods)}",
        f"suspect, left out of the cells: {facts['polygons_suspect']} polygons, "
        f"{facts['mined_ha_suspect']:,.2f} ha",
        f"used: {facts['polygons_used']:,} polygons, {facts['mined_ha_used']:,.2f} ha in "
        f"{len(reading.cells)} cells",
    ]
    if facts["polygons_outside_peru"]:
        lines.append(f"outside Peru, left out: {facts['polygons_outside_peru']:,} polygons")
    if facts["polygons_by_position"]:
        lines.append(
            f"{facts['polygons_by_position']:,} polygons without a district's code: placed by "
            "their position"
        )
    if reading.by_district is None:
        lines.append(
            "no outlines of districts here: hectares by district will be unknown; refresh the "
            "boundaries with districts first to have them"
        )
    else:
        lines.append(
            f"by district: {len(reading.by_district)} districts, "
            f"{facts['mined_ha_outside_districts']:,.2f} ha in none"
        )
    return [*lines, *_notes(reading)]


def _notes(reading: MiningReading) -> tuple[str, ...]:
    years = {int(period[:4]) for period in reading.periods}
    if min(years) < MODEL_CHANGE_YEAR <= max(years):
        return (
            f"the detector's model changed in {MODEL_CHANGE_YEAR}: one cumulative footprint, "
            "never a trend across that year",
        )
    return ("one cumulative footprint of one generation of the detector, never a trend",)


def _changes(reading: MiningReading, names: Mapping[str, str]) -> list[str]:
    before = load_mining_cells()
    old, new = float(before["mined_ha"].sum()), float(reading.cells["mined_ha"].sum())
    lines = [f"cells {len(before)} -> {len(reading.cells)}; hectares {old:,.2f} -> {new:,.2f}"]
    was = load_mining_by_department().set_index("department_ubigeo")["mined_ha"]
    now = reading.by_department.set_index("department_ubigeo")["mined_ha"]
    for code in sorted(set(was.index) | set(now.index)):
        a, b = float(was.get(code, 0.0)), float(now.get(code, 0.0))
        if abs(a - b) >= _LISTED_HA:
            lines.append(f"  {code} {names[code]}: {a:,.1f} -> {b:,.1f} ha")
    return lines


def _replacements(source: Source, reading: MiningReading) -> dict[str, Replacement]:
    facts, span = reading.facts, f"{reading.periods[0]} to {reading.periods[-1]}"
    title = f"Amazon Mining Watch: mining detections {span}"
    card = source.card(
        rows_read=facts["polygons_read"],
        rows_used=facts["polygons_used"],
        notes=(
            *_notes(reading),
            f"{facts['polygons_suspect']} suspect polygons ({facts['mined_ha_suspect']:,.1f} ha) "
            "are not in the cells",
        ),
    )
    by_district = reading.by_district
    if by_district is None:
        by_district = pd.DataFrame({"district_ubigeo": [], "mined_ha": []})
    tables = {
        "mining_cells": (reading.cells, CELL_COLUMNS, "sum over the polygons less the suspect"),
        "mining_by_department": (
            reading.by_department,
            ("department_ubigeo", "mined_ha"),
            "sum over the polygons",
        ),
        "mining_by_district": (
            by_district,
            ("district_ubigeo", "mined_ha"),
            "sum of the rows as written",
        ),
        "mining_cells_by_period": (
            reading.by_period,
            ("longitude", "latitude", "period", "mined_ha"),
            "sum of the rows as written",
        ),
    }
    made = {}
    for name, (frame, columns, said) in tables.items():
        total = float(frame["mined_ha"].sum())
        rows = frame.assign(source_id=_SOURCE_ID).to_dict("records")
        made[name] = Replacement(
            table_bytes([*columns, "source_id"], rows),
            card,
            {
                "sources": source.described(title, _PUBLISHER),
                "licenses": [_LICENCE],
                "coverage": {"start": reading.periods[0], "end": reading.periods[-1]},
                "expected_totals": [
                    {
                        "column": "mined_ha",
                        "total": round(total, 2),
                        "tolerance": 1,
                        "source": said,
                    }
                ],
            },
            # the row of the source comes once for the four tables
            (source.row(_SOURCE_ID, title, _PUBLISHER),) if name == "mining_cells" else (),
        )
    return made
