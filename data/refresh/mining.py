"""Mining polygons of Amazon Mining Watch to hectares per cell, department and district."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from data.context import load_mining_by_department, load_mining_cells, load_mining_suspects
from data.geography import area_names, districts_at, load_departments, load_districts
from data.names import normalise_name
from data.readers.raw_table import refuse
from data.refresh.folder import Plan, Replacement, Source
from data.refresh.locate import codes_by_name, projected
from data.refresh.source_files import (
    Features,
    read_features,
    refuse_repeats,
    require_in_peru,
)

CELL_DEGREES = 0.05
CELL_COLUMNS = (
    *("longitude", "latitude", "cell_degrees"),
    *("mined_ha_to_2023", "mined_ha_since_2024", "mined_ha"),
    *("department_ubigeo", "province_ubigeo"),
)
MODEL_CHANGE_YEAR = 2024
"""Until 2023 one generation of the detector, from 2024 another: the step between is no growth."""
AREA_NAMES = ("mined_ha", "Mined area (ha)")
"""the masked estimate; the area of the patches themselves overstates and is never taken"""
FEW_CORNERS = 64
"""of an outline that is repaired at once, however often it crosses itself"""
REPAIR_SECONDS = 60
_REPAIR = (
    "import pickle, sys, shapely; outlines = pickle.load(sys.stdin.buffer); "
    "pickle.dump(shapely.make_valid(outlines), sys.stdout.buffer)"
)
MOST_CELLS, MOST_CUTS = 500_000, 500_000_000
"""cells in which the frames of all polygons lie, and those times the corners that are cut there: a
basin of 20,000 detections has a tenth of it"""
_PERIOD = re.compile(r"(20\d\d)(?:-?Q([1-4])|0([0-4]))?(?:\.0)?")

_PUBLISHER = "Earth Genome (Amazon Mining Watch)"
_LICENCE = {
    "name": "CC-BY-4.0",
    "title": "Creative Commons Attribution 4.0",
    "path": "https://creativecommons.org/licenses/by/4.0/",
}
_LISTED_HA = 1.0
"""changes of a department below are rounding"""


@dataclass(frozen=True, slots=True)
class MiningReading:
    """Hectares of a file, summed three ways (suspects only in the sums by place), and the facts."""

    cells: pd.DataFrame
    by_department: pd.DataFrame
    by_district: pd.DataFrame
    periods: tuple[str, ...]
    facts: dict[str, Any]


def plan_mining(source: Source, *, period: str | None = None) -> Plan:
    """Read detections and list the changes; ``period`` for a file that does not state it."""
    reading = read_mining(source.name, source.content, period=period)
    if not len(reading.cells):
        return Plan(("no mining outside the suspect places: nothing to write",))
    facts = reading.facts
    return Plan(
        (*_fact_lines(reading), *_change_lines(reading)),
        _replacements(source, reading),
        rows_read=facts["polygons_read"],
        rows_used=facts["polygons_used"],
    )


def _fact_lines(reading: MiningReading) -> list[str]:
    facts = reading.facts
    abroad, placed = facts["polygons_outside_peru"], facts["polygons_by_position"]
    lines = (
        f"polygons {facts['polygons_read']:,}, {facts['mined_ha_read']:,.2f} ha",
        f"periods {', '.join(reading.periods)}",
        f"suspect, left out of the cells: {facts['polygons_suspect']} polygons, "
        f"{facts['mined_ha_suspect']:,.2f} ha",
        f"used: {facts['polygons_used']:,} polygons, {facts['mined_ha_used']:,.2f} ha in "
        f"{len(reading.cells)} cells",
        abroad and f"outside Peru, left out: {abroad:,} polygons",
        placed and f"{placed:,} polygons without a district's code: placed by their position",
        f"by district: {len(reading.by_district)} districts",
        _trend_note(reading),
    )
    return [line for line in lines if line]


def _trend_note(reading: MiningReading) -> str:
    if reading.periods[0] < str(MODEL_CHANGE_YEAR) <= reading.periods[-1]:
        return (
            f"the detector's model changed in {MODEL_CHANGE_YEAR}: one cumulative footprint, "
            "never a trend across that year"
        )
    return "one cumulative footprint of one generation of the detector, never a trend"


def _change_lines(reading: MiningReading) -> list[str]:
    before, names = load_mining_cells(), area_names("departments")
    was, now = (
        frame.set_index("department_ubigeo")["mined_ha"]
        for frame in (load_mining_by_department(), reading.by_department)
    )
    both = pd.concat([was, now], axis=1, keys=["was", "now"]).fillna(0.0).sort_index()
    return [
        f"cells {len(before)} -> {len(reading.cells)}; hectares "
        f"{before['mined_ha'].sum():,.2f} -> {reading.cells['mined_ha'].sum():,.2f}",
        *(
            f"  {code} {names[code]}: {a:,.1f} -> {b:,.1f} ha"
            for code, a, b in both.itertuples()
            if abs(a - b) >= _LISTED_HA
        ),
    ]


def _replacements(source: Source, reading: MiningReading) -> dict[str, Replacement]:
    span = reading.periods[0], reading.periods[-1]
    title = f"Amazon Mining Watch: mining detections {' to '.join(span)}"
    made = {}
    for name, frame, origin in (
        ("mining_cells", reading.cells, "sum over the polygons less the suspect"),
        ("mining_by_department", reading.by_department, "sum over the polygons"),
        ("mining_by_district", reading.by_district, "sum of the rows as written"),
    ):
        total = {"column": "mined_ha", "total": round(float(frame["mined_ha"].sum()), 2)}
        described = {
            "licenses": [_LICENCE],
            "coverage": dict(zip(("start", "end"), span, strict=True)),
            "expected_totals": [{**total, "tolerance": 1, "source": origin}],
        }
        rows = frame.to_dict("records")
        made[name] = source.table(name, rows, (title, _PUBLISHER), **described)
    return made


def read_mining(file: str, content: bytes, *, period: str | None = None) -> MiningReading:
    """Read detections and sum their mined hectares."""
    features = read_features(file, content)
    drawn = pd.DataFrame({"shape": shapely.to_wkb(features.geometries)}).assign(
        when=[str(row.get("period", row.get("year"))) for row in features.properties]
    )
    repeated = (np.flatnonzero(drawn.duplicated()) + 1).tolist()
    refuse_repeats(file, len(drawn), repeated)
    read = _table(file, features, period)
    table, geometries, abroad = _in_peru(file, read, features.geometries)
    _require_small(file, geometries)
    points = shapely.point_on_surface(geometries)
    held_by = districts_at(shapely.get_x(points), shapely.get_y(points), nearest=True)
    department, district = _codes(table, held_by)
    suspects = list(load_mining_suspects()["area_ubigeo"])
    suspect = np.isin(department, suspects) | np.isin(district, suspects)
    hectares = table["mined_ha"].to_numpy()
    trusted = np.flatnonzero(~suspect)
    used = float(hectares[trusted].sum())
    shares = cell_shares(geometries[trusted], degrees=CELL_DEGREES)
    shared = shares[["longitude", "latitude"]].assign(
        period=table["period"].to_numpy()[trusted][shares["polygon"]],
        mined_ha=shares["share"] * hectares[trusted][shares["polygon"]],
    )
    if abs(shared["mined_ha"].sum() - used) > 1e-6 * max(used, 1.0):
        # a polygon without a surface would take its hectares along
        refuse(
            file,
            "{placed:,.2f} ha in the cells",
            "{used:,.2f} ha, those of the polygons",
            placed=shared["mined_ha"].sum(),
            used=used,
        )
    return MiningReading(
        _cells(shared),
        _summed(department, hectares, "department_ubigeo"),
        _by_district(geometries, hectares, held_by),
        tuple(sorted(set(table["period"]))),
        {
            "polygons_read": len(read),
            "mined_ha_read": round(float(read["mined_ha"].sum()), 2),
            "polygons_outside_peru": abroad,
            "polygons_suspect": int(suspect.sum()),
            "mined_ha_suspect": round(float(hectares[suspect].sum()), 2),
            "polygons_used": len(trusted),
            "mined_ha_used": round(used, 2),
            "polygons_by_position": int((table["ubigeo"] == "").sum()),
        },
    )


def period_of(text: object) -> str | None:
    """Return "2018" or "2025Q2" for the ways in which the publisher has written periods.

    Examples
    --------
    >>> [period_of(text) for text in (2018, "201800", "202502", "2025Q2", "soon")]
    ['2018', '2018', '2025Q2', '2025Q2', None]
    """
    match = _PERIOD.fullmatch(str(text).strip())
    if match is None:
        return None
    quarter = match[2] or match[3]
    return match[1] + (f"Q{quarter}" if quarter and quarter != "0" else "")


def _table(file: str, features: Features, period: str | None) -> pd.DataFrame:
    """The properties that count, one row per polygon; refuses what cannot be summed."""
    area = next((n for n in AREA_NAMES if any(n in p for p in features.properties)), None)
    if area is None:
        refuse(
            file,
            "no mined hectares (some of the publisher's files for its web map leave them out)",
            "a property {first!r} or {second!r}",
            first=AREA_NAMES[0],
            second=AREA_NAMES[1],
        )
    departments, rows = area_names("departments"), []
    for number, properties in enumerate(features.properties, start=1):
        hectares = properties.get(area)
        if not isinstance(hectares, int | float) or not 0 <= hectares < 1e7:
            refuse(
                file,
                "{column} of feature {number} is {value!r}",
                "hectares",
                column=area,
                number=number,
                value=hectares,
            )
        stated = properties.get("period", properties.get("year"))
        when = period if stated is None else period_of(stated)
        if when is None:
            refuse(
                file,
                "feature {number} with period {period!r}",
                'a property "period" or "year" like 2018, 2025Q2 or 202502, or the option --period',
                number=number,
                period=stated,
            )
        code = str(properties.get("ubigeo") or "")
        code = code if re.fullmatch(r"[0-9]{6}", code) else ""
        if code and code[:2] not in departments:
            refuse(
                file,
                "ubigeo {code} of feature {number}",
                "the code of a district of Peru",
                code=code,
                number=number,
            )
        is_cut = "share_in_peru" in properties
        rows.append((float(hectares), when, code, properties.get("region"), is_cut))
    return pd.DataFrame(rows, columns=["mined_ha", "period", "ubigeo", "region", "is_cut"])


def _in_peru(
    file: str, table: pd.DataFrame, drawn: np.ndarray
) -> tuple[pd.DataFrame, np.ndarray, int]:
    """Cut detections at the frontier; a basin's file covers six other countries."""
    geometries = _valid(file, drawn)
    if table["is_cut"].all():
        require_in_peru(file, drawn)
        return table, geometries, 0
    country = shapely.coverage_union_all(load_departments().geometry.to_numpy())
    shapely.prepare(country)
    inside = geometries.copy()
    cut = ~shapely.contains_properly(country, geometries)
    inside[cut] = shapely.intersection(geometries[cut], country)
    share = np.ones(len(table))
    whole = shapely.area(projected(geometries[cut]))
    part = shapely.area(projected(inside[cut]))
    share[cut] = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    keep = share > 0
    if not keep.any():
        require_in_peru(file, drawn)
        refuse(file, "no polygon in Peru", "detections in Peru")
    table = table.assign(mined_ha=table["mined_ha"] * share)[keep].reset_index(drop=True)
    return table, inside[keep], int((~keep).sum())


def _valid(file: str, drawn: np.ndarray) -> np.ndarray:
    """Repair outlines; those with many corners in a separate process.

    GEOS takes hours for ten thousand crossings, and nothing can interrupt it. The process loads
    shapely and nothing of the program: one that multiprocessing starts would run its script again.
    """
    geometries = drawn.copy()
    many = shapely.get_num_coordinates(drawn) > FEW_CORNERS
    geometries[~many] = shapely.make_valid(drawn[~many])
    if many.any():
        try:
            repair = subprocess.run(
                [sys.executable, "-c", _REPAIR],
                input=pickle.dumps(drawn[many]),
                capture_output=True,
                timeout=REPAIR_SECONDS,
                check=True,
            )
        except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
            refuse(
                file,
                "outlines that cannot be repaired in {seconds} s",
                "outlines that do not cross themselves thousands of times",
                seconds=REPAIR_SECONDS,
            )
        geometries[many] = pickle.loads(repair.stdout)
    return geometries


def _require_small(file: str, geometries: np.ndarray) -> None:
    """Refuse polygons that would be cut into far more pieces than detections are."""
    _, size = _cells_of(geometries, CELL_DEGREES)
    cells = size[:, 0] * size[:, 1]
    if cells.sum() > MOST_CELLS or cells @ shapely.get_num_coordinates(geometries) > MOST_CUTS:
        largest = int(np.argmax(cells))
        width, height = (float(number) * CELL_DEGREES for number in size[largest])
        refuse(
            file,
            "polygons that lie in {cells:,} cells, the largest {width:.1f} by {height:.1f} degrees",
            "detections of mines",
            cells=int(cells.sum()),
            width=width,
            height=height,
        )


def _codes(table: pd.DataFrame, held_by: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Department and district: the publisher's code, else its region's name, else the outline."""
    by_name = codes_by_name(area_names("departments"), aliases=True)
    named = [
        by_name.get(normalise_name(name, is_place=True), "") if name else ""
        for name in table["region"]
    ]
    code = table["ubigeo"].to_numpy(dtype=object)
    district = np.where(code != "", code, held_by)
    coded = np.array([text[:2] for text in district], dtype=object)
    return np.where(np.array(named) != "", named, coded), district


def _cells(shared: pd.DataFrame) -> pd.DataFrame:
    year = shared["period"].str[:4].astype(int)
    split = shared.assign(
        mined_ha_to_2023=shared["mined_ha"].where(year < MODEL_CHANGE_YEAR, 0.0),
        mined_ha_since_2024=shared["mined_ha"].where(year >= MODEL_CHANGE_YEAR, 0.0),
    ).drop(columns="period")
    cells = _rounded(split.groupby(["latitude", "longitude"], as_index=False).sum())
    held_by = districts_at(cells["longitude"], cells["latitude"], nearest=True)
    cells = cells.assign(
        cell_degrees=CELL_DEGREES,
        department_ubigeo=[code[:2] for code in held_by],
        province_ubigeo=[code[:4] for code in held_by],
    )
    return cells[list(CELL_COLUMNS)].sort_values(["longitude", "latitude"], ignore_index=True)


def _by_district(geometries: np.ndarray, hectares: np.ndarray, held_by: np.ndarray) -> pd.DataFrame:
    """Return hectares by district, cutting each polygon at district lines.

    Area beyond the frontier counts with the rest of its polygon. ``held_by`` is used if no outline
    contains any of it.
    """
    districts = load_districts()
    flat, lines = projected(geometries), projected(districts["geometry"].to_numpy())
    polygon, district = shapely.STRtree(lines).query(flat, predicate="intersects")
    area = shapely.area(shapely.intersection(flat[polygon], lines[district]))
    total = np.bincount(polygon, area, minlength=len(flat))
    some, none = area > 0, np.flatnonzero(total == 0)
    polygon, district, area = polygon[some], district[some], area[some]
    shared = area / total[polygon] * hectares[polygon]
    codes = np.append(districts["district_ubigeo"].to_numpy()[district], held_by[none])
    return _summed(codes, np.append(shared, hectares[none]), "district_ubigeo")


def _summed(codes: np.ndarray, hectares: np.ndarray, key: str) -> pd.DataFrame:
    frame = pd.DataFrame({key: codes, "mined_ha": hectares})
    summed = frame.groupby(key, as_index=False)["mined_ha"].sum().round({"mined_ha": 1})
    return summed[summed["mined_ha"] > 0].reset_index(drop=True)


def _rounded(frame: pd.DataFrame) -> pd.DataFrame:
    """Round hectares to 2 decimals (100 m2) and drop cells with 0."""
    columns = [name for name in frame.columns if name.startswith("mined_ha")]
    frame = frame.round(dict.fromkeys(columns, 2))
    return frame[frame["mined_ha"] > 0].reset_index(drop=True)


def _cells_of(geometries: np.ndarray, degrees: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the first column and row of the cells under each polygon's bounds, and how many."""
    bounds = shapely.bounds(geometries).reshape(-1, 4) / degrees
    # a border that lies on a grid line, give or take a rounding, does not enter the next cell
    low = np.floor(bounds[:, :2] + 1e-9).astype(np.int64)
    high = np.ceil(bounds[:, 2:] - 1e-9).astype(np.int64)
    return low, np.maximum(high - low, 1)


def cell_shares(geometries: np.ndarray, *, degrees: float) -> pd.DataFrame:
    """Cut polygons at a grid of degrees whose lines are multiples of ``degrees``.

    One row per polygon and cell that share area: polygon (index), longitude and latitude of the
    cell's centre, share (0 to 1, adds up to 1 per polygon).
    """
    low, size = _cells_of(geometries, degrees)
    each = size[:, 0] * size[:, 1]
    polygon = np.repeat(np.arange(len(geometries)), each)
    step = np.arange(each.sum()) - np.repeat(np.cumsum(each) - each, each)
    column = low[polygon, 0] + step % size[polygon, 0]
    row = low[polygon, 1] + step // size[polygon, 0]
    west, south = column * degrees, row * degrees
    cells = shapely.box(west, south, west + degrees, south + degrees)
    area = shapely.area(projected(shapely.intersection(geometries[polygon], cells)))
    total = np.bincount(polygon, area, minlength=len(geometries))
    some = area > 0
    return pd.DataFrame(
        {
            "polygon": polygon[some],
            "longitude": np.round(west[some] + degrees / 2, 6),
            "latitude": np.round(south[some] + degrees / 2, 6),
            "share": area[some] / total[polygon[some]],
        }
    )
