"""All outlines anew from one file of districts, in a new data folder.

Run with ``python -m studies.outlines FILE --code district_ubigeo --title "Limits of 2017"
--publisher INEI --licence "CC BY-SA 4.0" --out FOLDER``. FILE is what geopandas reads, ``--code``
its column of INEI's codes. The folder starts from the one in use (ATLAS_DATA); for a change of the
shipped tables its files and cards are copied into data/ and reviewed there.

Provinces and departments are dissolved from the districts, so their lines are the same lines. The
light copies of both are simplified together, coast and frontier included. The neighbours of before
reach below the country, which is drawn over them; lakes and rivers end where it begins.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.catalogue import Catalogue, catalogue, file_facts
from data.geography import area_names, load_features, load_places
from data.names import AREA_COLUMNS, CODE_DIGITS
from data.refresh.folder import write_folder
from data.refresh.locate import projected
from geo.errors import DataError

FULL_DEGREES, LIGHT_DEGREES = 0.005, 0.02
"""root of the area of the smallest triangle that is kept (Visvalingam-Whyatt)"""
FULL_DECIMALS, LIGHT_DECIMALS = 4, 3
GAP_DEGREES = 0.0005
"""a narrower gap between two districts is none"""
LEAST_DEGREES2 = 1e-6
"""about 1 hectare: a smaller part of a district, or hole in it, is a slip of the grid"""
MOST_OFF, MOST_OFF_COUNTRY = 0.05, 0.01
"""of the official area"""
IN_FULL = "0701"
"""province whose lines stay whole in the light copy: La Punta would be cut off"""
BELOW_DEGREES = 0.25
"""how far neighbours reach below the country: no light line lies as far from the full one"""
COAST_DEGREES = 0.05
"""of the coast, where nothing reaches below: it would be seen"""
SEA_DEGREES2 = 1.0
"""between land of two sources lie gaps that are no sea"""
SHORE_DEGREES = 0.05
"""how far the shore of a lake may move"""
DOUBLE_DEGREES, CROSSING_DEGREES = 0.06, 0.3
"""a river that keeps so near to the frontier for longer is the frontier, and drawn as that"""


def read_districts(file: Path, column: str) -> gpd.GeoDataFrame:
    """Return the districts by code as a valid coverage on a grid of FULL_DECIMALS.

    DataError for a code twice or unknown, or when lines do not meet.
    """
    frame = gpd.read_file(file).dropna(subset=["geometry"]).to_crs(4326)
    codes = frame[column].astype(str).str.removesuffix(".0").str.zfill(CODE_DIGITS["districts"])
    wrong = sorted({*codes[codes.duplicated()], *(set(codes) - set(area_names("districts")))})
    if wrong:
        raise DataError(file.name, came=f"{column} {wrong[:5]}", expected="INEI's codes, once each")
    shapes = shapely.force_2d(frame.sort_values(column).geometry.to_numpy())
    shapes = shapely.coverage_clean(shapely.make_valid(shapes), gap_width=GAP_DEGREES)
    shapes = _rounded(shapely.coverage_simplify(shapes, FULL_DEGREES), FULL_DECIMALS)
    shapes = np.array([_without_slips(shape) for shape in shapes])
    if not shapely.coverage_is_valid(shapes) or shapely.is_empty(shapes).any():
        raise DataError(file.name, came="lines that do not meet", expected="a coverage")
    return gpd.GeoDataFrame({"code": sorted(codes)}, geometry=shapes, crs=4326)


def dissolved(areas: gpd.GeoDataFrame, level: str) -> gpd.GeoDataFrame:
    """Unite areas whose codes begin alike."""
    codes = areas["code"].str[: CODE_DIGITS[level]]
    joined = areas.geometry.groupby(codes).agg(lambda own: shapely.coverage_union_all(own))
    return gpd.GeoDataFrame({"code": joined.index}, geometry=joined.to_numpy(), crs=4326)


def light(provinces: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Simplify provinces together; their surroundings count as a part, so borders stay shared.

    The line of IN_FULL is the edge, which stays.
    """
    is_light = (provinces["code"] != IN_FULL).to_numpy()
    shapes = provinces.geometry.to_numpy().copy()
    window = shapely.box(*np.add(provinces.total_bounds, (-1, -1, 1, 1)))
    around = window - shapely.coverage_union_all(shapes)
    parts = np.append(shapes[is_light], around)
    simple = shapely.coverage_simplify(parts, LIGHT_DEGREES, simplify_boundary=False)
    shapes[is_light] = simple[:-1]
    shapes = _rounded(shapes, LIGHT_DECIMALS)
    if not shapely.coverage_is_valid(shapes) or shapely.is_empty(shapes).any():
        raise DataError("light outlines", came="lines that do not meet", expected="a coverage")
    return provinces.set_geometry(shapes)


def areas_off(areas: gpd.GeoDataFrame) -> pd.Series:
    """Departments whose outline is off by more than MOST_OFF, and by how much."""
    official = load_places().groupby("department_ubigeo")["area_km2"].sum()
    own = pd.Series(shapely.area(projected(areas.geometry.to_numpy())) / 1e6, areas["code"])
    if abs(country := own.sum() / official.sum() - 1) > MOST_OFF_COUNTRY:
        raise DataError("districts", came=f"a country off by {country:+.1%}", expected="1 %")
    off = own / official - 1
    return off[off.abs() > MOST_OFF]


def around(country: Any) -> dict[str, gpd.GeoDataFrame]:
    """Neighbours, lakes and rivers of the tables in use, fitted to the outline of a country."""
    before, lakes, rivers = (load_features(name) for name in ("neighbours", "lakes", "rivers"))
    others, water = (shapely.union_all(frame.geometry.to_numpy()) for frame in (before, lakes))
    old = shapely.union_all(load_features("departments_full").geometry.to_numpy())
    land = shapely.union_all([old, others, water])
    shore = shapely.buffer(water, SHORE_DEGREES) & (land - country)
    lake = shapely.union_all([water, shore]) - country - (others - water)
    sea = shapely.get_parts(shapely.box(*shapely.total_bounds(land)) - land)
    sea = shapely.union_all(sea[shapely.area(sea) > SEA_DEGREES2])
    seen = shapely.union_all([shapely.buffer(sea, COAST_DEGREES), lake])
    reached = []
    for shape in before.geometry:
        below = shapely.simplify(shapely.buffer(shape, BELOW_DEGREES, quad_segs=2), 0.05)
        reached.append(shapely.union_all([shape, below - seen - (others - shape)]))
    courses = []
    for line in rivers.geometry:
        near = shapely.line_merge(shapely.buffer(country.boundary, DOUBLE_DEGREES) & line)
        parts = shapely.get_parts(near)
        double = shapely.union_all(parts[shapely.length(parts) > CROSSING_DEGREES])
        courses.append((line - double) & shapely.union_all([country, others]))
    courses, reached = (shapely.set_precision(shapes, 1e-3) for shapes in (courses, reached))
    return {
        "neighbours": before.set_geometry(reached),
        "lakes": lakes.set_geometry([_without_slips(shapely.set_precision(lake, 1e-4))]),
        "rivers": rivers.set_geometry(courses)[~shapely.is_empty(courses)],
    }


def _without_slips(shape: Any) -> Any:
    parts = [
        shapely.Polygon(part.exterior, [r for r in part.interiors if _area(r) > LEAST_DEGREES2])
        for part in shapely.get_parts(shape)
        if part.geom_type == "Polygon" and part.area > LEAST_DEGREES2
    ]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _area(ring: Any) -> float:
    return shapely.Polygon(ring).area


def _rounded(shapes: Any, decimals: int) -> Any:
    return shapely.transform(shapes, lambda xy: xy.round(decimals))


def collection(frame: gpd.GeoDataFrame) -> bytes:
    """GeoJSON without blanks, one feature a line."""
    named = pd.DataFrame(frame.drop(columns="geometry")).astype(object)
    lines, rows = [], named.where(named.notna(), None).to_dict("records")
    for row, text in zip(rows, shapely.to_geojson(frame.geometry.to_numpy()), strict=True):
        properties = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        lines.append(f'{{"type":"Feature","properties":{properties},"geometry":{text}}}')
    body = ",\n".join(lines)
    return f'{{"type":"FeatureCollection","features":[\n{body}\n]}}\n'.encode()


def main() -> None:
    """Read the file that the command line names and write the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    for option in ("--code", "--title", "--publisher", "--licence"):
        parser.add_argument(option, required=True)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    if not asked.file.is_file():
        parser.error(f"there is no file {str(asked.file)!r}")
    districts = read_districts(asked.file, asked.code)
    provinces = dissolved(districts, "provinces")
    departments, simple = dissolved(provinces, "departments"), light(provinces)
    off = areas_off(departments)
    made = {
        "districts": districts,
        "provinces_full": provinces,
        "provinces_simplified": simple,
        "departments_full": departments,
        "departments_simplified": dissolved(simple, "departments"),
    }
    for name, frame in made.items():
        level = name.partition("_")[0]
        named = frame.assign(name=frame["code"].map(area_names(level)))
        made[name] = named.rename(columns={"code": AREA_COLUMNS[level]})
    before, today = catalogue(), date.today().isoformat()
    digest = hashlib.sha256(asked.file.read_bytes()).hexdigest()
    title = f"{asked.title} ({asked.file.name}, SHA-256 {digest[:12]})"
    cited = {
        "sources": [{"title": title, "publisher": asked.publisher}],
        "licence_statement": asked.licence,
        "accessed": today,
    }
    cards = {item["name"]: item for item in before.package["resources"]}
    files = dict(before.files)
    for name, frame in {**made, **around(shapely.union_all(departments.geometry))}.items():
        files[name] = collection(frame)
        cards[name] |= (cited if name in made else {}) | file_facts("geojson", files[name])
    package = {**before.package, "resources": list(cards.values())}
    content = (json.dumps(package, ensure_ascii=False, indent=1) + "\n").encode()
    write_folder(Catalogue(before.folder, content, package, files), asked.out)
    lacking = sorted(set(area_names("districts")) - set(districts["code"]))
    print(f"{len(districts)} districts in {asked.out}; without one: {', '.join(lacking) or 'none'}")
    for code, share in off.items():
        print(f"{code} {area_names('departments')[code]}: {share:+.1%} of its official area")


if __name__ == "__main__":
    main()
