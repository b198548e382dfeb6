"""Mining polygons of Amazon Mining Watch to hectares per cell, department and district."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.refresh.department_of import Located, locate, projected
from data.refresh.geojson import Features, read_features, require_in_peru
from data.refresh.mining_shares import cell_shares, district_shares, share_inside
from data.refresh.names import codes_by_name, plain_name
from geo.errors import DataError

CELL_DEGREES = 0.05
CELL_COLUMNS = (
    *("longitude", "latitude", "cell_degrees"),
    *("mined_ha_to_2023", "mined_ha_since_2024", "mined_ha"),
    *("department_ubigeo", "department_ubigeo_by_polygon", "is_near_border"),
)
MODEL_CHANGE_YEAR = 2024
"""Until 2023 one generation of the detector, from 2024 another: the step between is no growth."""
AREA_NAMES = ("mined_ha", "Mined area (ha)")
"""the masked estimate; the area of the patches themselves overstates and is never taken"""
_PERIOD = re.compile(r"(20\d\d)(?:-?Q([1-4])|0([0-4]))?(?:\.0)?")


@dataclass(frozen=True, slots=True)
class MiningReading:
    """Hectares of a file, summed three ways, and what was set aside."""

    cells: pd.DataFrame
    """longitude, latitude (cell centres), cell_degrees, mined_ha_to_2023, mined_ha_since_2024,
    mined_ha, department_ubigeo, department_ubigeo_by_polygon, is_near_border; suspects left out."""
    by_period: pd.DataFrame
    """longitude, latitude, period, mined_ha: the same hectares with their period kept."""
    by_department: pd.DataFrame
    """department_ubigeo, mined_ha; suspects included."""
    by_district: pd.DataFrame | None
    """district_ubigeo, mined_ha; suspects included; None without outlines of districts."""
    periods: tuple[str, ...]
    """periods of the file in order, e.g. "2018", "2025Q4"."""
    facts: dict[str, Any] = field(default_factory=dict)
    """polygons and hectares read, outside Peru, suspect, used, outside every district."""


def read_mining(
    file: str,
    content: bytes,
    *,
    outlines: gpd.GeoDataFrame,
    places: pd.DataFrame,
    suspects: pd.DataFrame,
    department_names: dict[str, str],
    districts: gpd.GeoDataFrame | None = None,
    period: str | None = None,
) -> MiningReading:
    """Read detections and sum their mined hectares.

    Each polygon's hectares are shared out over cells (and districts) by area, measured in the
    equal-area projection. A file of the whole basin is cut at the outlines; one whose publisher
    has cut it already (property ``share_in_peru``) is not cut again.

    Parameters
    ----------
    file, content : str, bytes
        GeoJSON of polygons with ``mined_ha`` or ``Mined area (ha)`` and ``period`` or ``year``.
    outlines, places : GeoDataFrame, DataFrame
        ``load_departments()`` and ``load_places()``: for polygons without codes.
    suspects : DataFrame
        ``load_mining_suspects()``: area_ubigeo of departments and districts set aside.
    department_names : dict
        department_ubigeo to name.
    districts : GeoDataFrame, optional
        district_ubigeo and geometry.
    period : str, optional
        The period of a file that does not say it, e.g. "2026Q2".

    Raises
    ------
    DataError
        When the file is no such GeoJSON, lies elsewhere, or lacks mined hectares or periods.
    """
    features = read_features(file, content)
    table = _table(file, features, period)
    geometries = shapely.make_valid(features.geometries)
    read = {"polygons_read": len(table), "mined_ha_read": round(float(table["mined_ha"].sum()), 2)}
    table, geometries, abroad = _in_peru(file, table, geometries, outlines, features)
    located = _located(geometries, outlines, places)
    department, district = _codes(table, located, department_names)
    suspect = np.isin(department, list(suspects["area_ubigeo"])) | np.isin(
        district, list(suspects["area_ubigeo"])
    )
    flat = projected(geometries)
    hectares = table["mined_ha"].to_numpy()
    kept = np.flatnonzero(~suspect)
    pairs = cell_shares(geometries[kept], degrees=CELL_DEGREES)
    shared = pd.DataFrame(
        {
            "longitude": pairs.longitude,
            "latitude": pairs.latitude,
            "period": table["period"].to_numpy()[kept][pairs.polygon],
            "mined_ha": pairs.share * hectares[kept][pairs.polygon],
        }
    )
    by_district, outside = None, None
    if districts is not None:
        by_district, outside = _by_district(flat, hectares, districts)
    summed = float(shared["mined_ha"].sum())
    if abs(summed - hectares[kept].sum()) > 1e-6 * max(summed, 1.0):
        # a polygon without a surface would take its hectares along
        raise DataError(
            file,
            came=f"{summed:,.2f} ha in the cells",
            expected=f"{hectares[kept].sum():,.2f} ha, those of the polygons",
        )
    facts = read | {
        "polygons_outside_peru": abroad,
        "polygons_suspect": int(suspect.sum()),
        "mined_ha_suspect": round(float(hectares[suspect].sum()), 2),
        "polygons_used": len(kept),
        "mined_ha_used": round(float(hectares[kept].sum()), 2),
        "polygons_by_position": int(table["ubigeo"].isna().sum()),
        "mined_ha_outside_districts": outside,
    }
    return MiningReading(
        _cells(shared, outlines, places),
        _rounded(shared.groupby(["latitude", "longitude", "period"], as_index=False).sum())[
            ["longitude", "latitude", "period", "mined_ha"]
        ],
        _summed(department, hectares, "department_ubigeo", decimals=1),
        by_district,
        tuple(sorted(set(table["period"]))),
        facts,
    )


def period_of(text: object) -> str | None:
    """Return "2018" or "2025Q2" for the ways in which the publisher has written periods.

    Examples
    --------
    >>> [period_of(text) for text in (2018, "201800", "202502", "2025Q2", "soon")]
    ['2018', '2018', '2025Q2', '2025Q2', None]
    """
    found = _PERIOD.fullmatch(str(text).strip())
    if found is None:
        return None
    quarter = found[2] or found[3]
    return found[1] + (f"Q{quarter}" if quarter and quarter != "0" else "")


def _table(file: str, features: Features, period: str | None) -> pd.DataFrame:
    """The properties that count, one row per polygon; refuses what cannot be summed."""
    area = next((n for n in AREA_NAMES if any(n in p for p in features.properties)), None)
    if area is None:
        raise DataError(
            file,
            came="no mined hectares (some of the publisher's files for its web map leave them out)",
            expected=f"a property {' or '.join(repr(name) for name in AREA_NAMES)}",
        )
    rows = []
    for number, properties in enumerate(features.properties, start=1):
        hectares = properties.get(area)
        if not isinstance(hectares, int | float) or not 0 <= hectares < 1e7:
            raise DataError(
                file, came=f"{area} of feature {number} is {hectares!r}", expected="hectares"
            )
        said = properties.get("period", properties.get("year"))
        when = period if said is None else period_of(said)
        if when is None:
            raise DataError(
                file,
                came=f"feature {number} with period {said!r}",
                expected='a property "period" or "year" like 2018, 2025Q2 or 202502, '
                "or the option --period",
            )
        code = str(properties.get("ubigeo") or "")
        rows.append(
            {
                "mined_ha": float(hectares),
                "period": when,
                "ubigeo": code if re.fullmatch(r"\d{6}", code) else None,
                "region": properties.get("region"),
                "is_cut": "share_in_peru" in properties,
            }
        )
    return pd.DataFrame(rows)


def _in_peru(
    file: str,
    table: pd.DataFrame,
    geometries: np.ndarray,
    outlines: gpd.GeoDataFrame,
    features: Features,
) -> tuple[pd.DataFrame, np.ndarray, int]:
    """Cut what the publisher has not cut; a basin's file holds six other countries."""
    if table["is_cut"].all():
        require_in_peru(file, features.geometries)
        return table, geometries, 0
    country = shapely.union_all(outlines["geometry"].to_numpy())
    inside, share = share_inside(geometries, country)
    keep = share > 0
    if not keep.any():
        require_in_peru(file, features.geometries)
        raise DataError(file, came="no polygon in Peru", expected="detections in Peru")
    table = table.assign(mined_ha=table["mined_ha"] * share)[keep].reset_index(drop=True)
    return table, inside[keep], int((~keep).sum())


def _located(geometries: np.ndarray, outlines: gpd.GeoDataFrame, places: pd.DataFrame) -> Located:
    points = shapely.point_on_surface(geometries)
    return locate(shapely.get_x(points), shapely.get_y(points), outlines, places)


def _codes(
    table: pd.DataFrame, located: Located, department_names: dict[str, str]
) -> tuple[np.ndarray, np.ndarray]:
    """Department and district: the publisher's code, else its region's name, else the position."""
    by_name = codes_by_name(department_names, aliases=True)
    named = [by_name.get(plain_name(name)) if name else None for name in table["region"]]
    codes = list(table["ubigeo"])
    department = [
        name or (code[:2] if code else found)
        for name, code, found in zip(named, codes, located.department_ubigeo, strict=True)
    ]
    district = [code or found for code, found in zip(codes, located.nearest_district, strict=True)]
    return np.array(department, dtype=object), np.array(district, dtype=object)


def _cells(shared: pd.DataFrame, outlines: gpd.GeoDataFrame, places: pd.DataFrame) -> pd.DataFrame:
    year = shared["period"].str[:4].astype(int)
    split = shared.assign(
        mined_ha_to_2023=shared["mined_ha"].where(year < MODEL_CHANGE_YEAR, 0.0),
        mined_ha_since_2024=shared["mined_ha"].where(year >= MODEL_CHANGE_YEAR, 0.0),
    ).drop(columns="period")
    cells = _rounded(split.groupby(["latitude", "longitude"], as_index=False).sum())
    found = locate(cells["longitude"].to_numpy(), cells["latitude"].to_numpy(), outlines, places)
    cells = cells.assign(
        cell_degrees=CELL_DEGREES,
        department_ubigeo=found.department_ubigeo,
        department_ubigeo_by_polygon=found.by_polygon,
        is_near_border=found.is_near_border,
    )
    return cells[list(CELL_COLUMNS)].sort_values(["longitude", "latitude"], ignore_index=True)


def _by_district(
    flat: np.ndarray, hectares: np.ndarray, districts: gpd.GeoDataFrame
) -> tuple[pd.DataFrame, float]:
    """Cut the polygons at the districts' borders; what no outline holds is told, not given away."""
    pairs = district_shares(flat, projected(districts["geometry"].to_numpy()))
    shared = pairs.share * hectares[pairs.polygon]
    codes = districts["district_ubigeo"].to_numpy()[pairs.district]
    outside = float(hectares.sum() - shared.sum())
    return _summed(codes, shared, "district_ubigeo", decimals=1), round(outside, 2)


def _summed(codes: np.ndarray, hectares: np.ndarray, key: str, *, decimals: int) -> pd.DataFrame:
    frame = pd.DataFrame({key: codes, "mined_ha": hectares})
    summed = frame.groupby(key, as_index=False)["mined_ha"].sum().round({"mined_ha": decimals})
    return summed[summed["mined_ha"] > 0].reset_index(drop=True)


def _rounded(frame: pd.DataFrame) -> pd.DataFrame:
    """Hectares to 2 decimals (100 m2); a cell that a polygon only touches is no cell."""
    columns = [name for name in frame.columns if name.startswith("mined_ha")]
    frame = frame.round(dict.fromkeys(columns, 2))
    return frame[frame["mined_ha"] > 0].reset_index(drop=True)
