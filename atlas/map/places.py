"""Places that a reader searches: departments, provinces, districts and those the sources name."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from data.cache import cached
from data.context import load_named_places
from data.geography import load_departments, load_places, load_provinces

_AROUND = 0.35
"""degrees shown on each side of a place that is a point"""


@dataclass(frozen=True, slots=True)
class Place:
    """Target of a search."""

    names: tuple[str, str]
    """in Spanish and in English."""
    department: str
    bounds: tuple[float, float, float, float]
    """west, south, east, north, degrees."""
    mark: tuple[float, float] | None = None
    """longitude, latitude of the published point of a district's capital, or of a place that a
    source names; None for what has an outline."""


@cached(most=1)
def places() -> dict[str, Place]:
    """Return every place that can be searched, by code.

    Two, four and six digits are departments, provinces and districts; with a letter among them it
    is a place that a source names. The code begins with that of what a place lies in.

    Examples
    --------
    >>> [(code, place.department) for code, place in places().items() if "Marañón" in place.names]
    [('1007', '10')]
    """
    by_code: dict[str, Place] = {}
    departments, provinces = load_departments(simplified=True), load_provinces()
    for row in departments.itertuples():
        code = row.department_ubigeo
        by_code[code] = Place((row.department,) * 2, code, row.geometry.bounds)
    for row in provinces.itertuples():
        code, shape = row.province_ubigeo, row.geometry
        bounds = _around(row.longitude, row.latitude) if shape is None else shape.bounds
        by_code[code] = Place((row.province,) * 2, code[:2], bounds)
    for row in load_places().itertuples():
        code = row.district_ubigeo
        is_known = not np.isnan(row.longitude) and code[:4] in by_code
        mark = (row.longitude, row.latitude) if is_known else None
        bounds = _around(*mark) if mark else by_code[code[:4]].bounds
        by_code[code] = Place((row.district,) * 2, code[:2], bounds, mark)
    named = load_named_places().dropna(subset=["longitude"]).drop_duplicates("place")
    for number, row in enumerate(named.to_dict("records"), start=1):
        mark = (row["longitude"], row["latitude"])
        department = str(row["department_ubigeo"])
        names = (str(row["place_es"]), str(row["place"]))
        by_code[f"{department}p{number}"] = Place(names, department, _around(*mark), mark)
    return by_code


def _around(longitude: float, latitude: float) -> tuple[float, float, float, float]:
    return (longitude - _AROUND, latitude - _AROUND, longitude + _AROUND, latitude + _AROUND)


def places_json(lang: str) -> bytes:
    """Return code and name of every place, largest areas first, for the search box."""
    order = sorted(places(), key=lambda code: (len(code), code))
    pairs = [[code, places()[code].names[lang == "en"]] for code in order]
    return json.dumps(pairs, ensure_ascii=False, separators=(",", ":")).encode()
