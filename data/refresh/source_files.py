"""Read official files: a sheet of a workbook, or the polygons of a GeoJSON.

Give reasons for what is left out, and refuse what no genuine file has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from data.geography import area_names
from data.population import load_census
from data.readers.geojson import official_features
from data.readers.kinds import kind_of
from data.readers.limits import REFRESH
from data.readers.raw_table import refuse
from data.readers.workbook import Cell, official_sheet
from geo.crs import coordinate_fault
from geo.errors import UserError

REPEATED = 0.05
"""share of the rows of a file that may be the same as an earlier one: genuine files have 1.3 %"""
FEWEST_REPEATED = 20
"""rows of trafficking from which that share is asked of them alone"""
LARGEST_PER_RESIDENT = 0.001
"""reports of a year by resident of a department: the largest genuine one is 0.0006"""
_LISTED = 5


@contextmanager
def explained_refusals(file: str, form: str) -> Iterator[None]:
    """Add the file, the reason and what this publisher's reader needs to a refusal."""
    try:
        yield
    except UserError as refusal:
        raise UserError("refresh.refusal.form", file=file, why=refusal, form=form) from None


def read_sheet(file: str, content: bytes, title: str, *, most_rows: int) -> list[list[Cell]]:
    """Return the rows of a workbook's sheet; line n is row n - 1.

    A formula is refused, so that every figure is one that the publisher wrote.
    """
    with explained_refusals(file, f"XLSX ({title})"):
        if kind_of(content, REFRESH) != "xlsx":
            refuse(file, "no workbook", "XLSX with a sheet {sheet}", sheet=title)
        try:
            rows = official_sheet(content, title, most_rows=most_rows)
        except UserError as refusal:
            if refusal.key == "records.refusal.workbook_sheets":
                named = str(refusal.values["column"])[:200]
                refuse(file, "the sheets {named}", "a sheet {sheet}", named=named, sheet=title)
            raise
    for number, row in enumerate(rows, 1):
        if any(str(cell).startswith("=") for cell in row):
            refuse(file, "a formula", "figures as published", number)
    return rows


@dataclass(frozen=True, slots=True)
class Features:
    """Features with an outline: their properties and polygons (WGS84, two dimensions)."""

    properties: tuple[dict[str, Any], ...]
    geometries: np.ndarray


def read_features(file: str, content: bytes) -> Features:
    """Read the polygons of a GeoJSON."""
    with explained_refusals(file, "GeoJSON"):
        if kind_of(content, REFRESH) != "geojson":
            refuse(file, "no layer", "GeoJSON")
        rows, shapes, epsg = official_features(content)
        if epsg != 4326:
            refuse(file, "reference system EPSG:{epsg}", "WGS84 (CRS84 or EPSG:4326)", epsg=epsg)
    if not rows:
        refuse(file, "no list of features", "a GeoJSON FeatureCollection")
    for number, shape in enumerate(shapes, 1):
        if shape is not None and shape.geom_type not in ("Polygon", "MultiPolygon"):
            refuse(
                file,
                "a geometry that cannot be read in feature {number}"
                if shape.is_empty
                else "a {kind} in feature {number}",
                "Polygon or MultiPolygon",
                kind=shape.geom_type,
                number=number,
            )
    drawn = [
        (row, shape)
        for row, shape in zip(rows, shapes, strict=True)
        if shape is not None and not shape.is_empty
    ]
    outlines = np.array([shape for _, shape in drawn], dtype=object)
    return Features(tuple(row for row, _ in drawn), shapely.force_2d(outlines))


def refuse_repeats(file: str, rows: int, repeated: Sequence[int]) -> None:
    """Refuse a file in which too many rows (lines ``repeated``) are the same as an earlier one."""
    if len(repeated) > REPEATED * rows:
        raise UserError(
            "refresh.refusal.repeated",
            file=file,
            count=f"{len(repeated):,}",
            rows=f"{rows:,}",
            share=f"{REPEATED:.0%}",
            lines=listed_lines(repeated),
        )


def listed_lines(lines: Sequence[int]) -> str:
    """The first of some lines, and how many more there are: "14, 20, 33 ... (+120)"."""
    more = f" ... (+{len(lines) - _LISTED})" if len(lines) > _LISTED else ""
    return ", ".join(map(str, lines[:_LISTED])) + more


def refuse_large_counts(
    file: str, counts: Mapping[tuple[int, str], int], lines: Mapping[tuple[int, str], int]
) -> None:
    """Refuse reports of a year and department above a thousandth of its residents.

    Residents are those of the census; ``lines`` has the line of the largest count.
    """
    residents = load_census().set_index("department_ubigeo")["residents"]
    for (year, department), count in counts.items():
        people = residents[department]
        if count > LARGEST_PER_RESIDENT * people:
            raise UserError(
                "refresh.refusal.too_many",
                file=file,
                line=lines[year, department],
                count=f"{count:,}",
                department=area_names("departments")[department],
                year=year,
                people=f"{people:,.0f}",
            )


def require_in_peru(file: str, geometries: np.ndarray) -> None:
    """Refuse outlines of metres, of swapped coordinates or of elsewhere."""
    if not len(geometries):
        refuse(file, "no feature with a geometry", "polygons in Peru")
    west, south, east, north = (float(edge) for edge in shapely.total_bounds(geometries))
    if fault := coordinate_fault(west, south) or coordinate_fault(east, north):
        why = UserError(f"records.problem.{fault}")
        raise UserError("refresh.refusal.form", file=file, why=why, form="GeoJSON (WGS84)")


def period_code(year: int, first: int = 1, last: int = 12) -> str:
    """Return the code of a year or of some of its months, one month as a span too."""
    if (first, last) == (1, 12):
        return str(year)
    return f"{year}-{first:02d}/{year}-{last:02d}"
