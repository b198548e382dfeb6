"""Outlines and places: departments, provinces, districts, towns, neighbours, rivers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pandas as pd
import shapely
from shapely import is_valid_reason
from shapely.geometry import shape

from data.cache import cached
from data.catalogue import (
    Resource,
    descriptor_of,
    load_table,
    read_resource,
    resource_names,
    table_loader,
    with_card,
)
from data.context import (
    load_mining_by_district,
    load_mining_illegality,
    load_mining_suspects,
)
from data.names import AREA_COLUMNS, CODE_DIGITS
from data.population import CENSUS, load_census
from geo.crs import WGS84
from geo.errors import DataError
from geo.privacy.provenance import Tiered, framed

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import ArrayLike

AreaLevel = Literal["provinces", "districts"]
_TABLES = {"departments": "departments", "provinces": "population_provinces", "districts": "places"}
"""level to the table that lists all its areas"""


def area_names(level: str) -> dict[str, str]:
    """Return the names of the 25 departments, 196 provinces or 1,895 districts by code.

    Examples
    --------
    >>> area_names("departments")["17"], area_names("districts")["170101"]
    ('Madre de Dios', 'Tambopata')
    """
    table = load_table(_TABLES[level])
    return table.set_index(AREA_COLUMNS[level])[level.removesuffix("s")].to_dict()


@framed
@cached(most=512)
def load_departments(*, simplified: bool = False) -> Tiered[gpd.GeoDataFrame]:
    """Return the 24 departments and Callao, sorted by code: the table and outlines in EPSG:4326.

    ``simplified``: the light outlines for the map of the whole country (70 kB, off by up to 3 km)
    instead of the full ones (375 kB, off by half a kilometre). area_km2 is official: use it for
    densities.

    Examples
    --------
    >>> frame = load_departments(simplified=True)
    >>> len(frame), round(float(frame["area_km2"].sum()))
    (25, 1280172)
    """
    table = load_table.tiered("departments")
    outlines = load_features.tiered("departments_simplified" if simplified else "departments_full")
    return _attach(table, outlines, key="department_ubigeo")


@cached(most=512)
def load_provinces(*, simplified: bool = True) -> gpd.GeoDataFrame:
    """Return the 196 provinces, sorted by code, with outline and centre (EPSG:4326).

    province_ubigeo, province, department_ubigeo, department, longitude, latitude (degrees: where
    its people live, the mean of its districts' capitals by their residents of the census),
    geometry: the light outline, or the full one; None for a province that a file of outlines lacks.

    Examples
    --------
    >>> frame = load_provinces().set_index("province_ubigeo")
    >>> len(frame), int(frame.geometry.isna().sum())
    (196, 0)
    """
    import geopandas as gpd

    listed = load_table("population_provinces")
    columns = ["province_ubigeo", "province", "department_ubigeo", "department"]
    table = listed[columns].sort_values("province_ubigeo", ignore_index=True)
    placed = load_places().dropna(subset=["residents"])
    weight = placed["residents"]
    moments = placed[["longitude", "latitude"]].mul(weight, axis=0)
    by_province = placed["province_ubigeo"]
    centres = moments.groupby(by_province).sum().div(weight.groupby(by_province).sum(), axis=0)
    outlines = load_features("provinces_simplified" if simplified else "provinces_full")
    shapes = outlines.set_index("province_ubigeo")["geometry"].reindex(table["province_ubigeo"])
    placed_table = table.join(centres, on="province_ubigeo")
    return gpd.GeoDataFrame(placed_table, geometry=shapes.to_numpy(), crs=WGS84)


@cached(most=512)
def load_districts() -> gpd.GeoDataFrame:
    """Return the 1,874 districts that have an outline, sorted by code, as a valid coverage.

    district_ubigeo, name, geometry (EPSG:4326, off by half a kilometre). The land of a district
    that is younger than the outlines is in its :func:`mother_districts`.

    Examples
    --------
    >>> len(load_districts())
    1874
    """
    return load_features("districts").sort_values("district_ubigeo", ignore_index=True)


def districts_at(longitude: ArrayLike, latitude: ArrayLike, *, nearest: bool = False) -> np.ndarray:
    """Return the code of the district that contains each position (WGS84 degrees).

    "" where no outline does; with ``nearest`` the code of the nearest outline. On a border it is
    the district with the lowest code. A district younger than the outlines is never returned: its
    mother district is.
    """
    outlines = load_districts()
    spots = shapely.points(np.asarray(longitude, float), np.asarray(latitude, float))
    codes, spot_codes = outlines["district_ubigeo"].to_numpy(), np.full(len(spots), "", object)
    tree = shapely.STRtree(outlines.geometry.to_numpy())
    spot, district = tree.query(spots, "intersects")
    first, position = np.unique(spot, return_index=True)
    spot_codes[first] = codes[np.minimum.reduceat(district, position)] if len(first) else ""
    outside = spot_codes == ""
    if nearest and outside.any():
        spot_codes[outside] = codes[tree.nearest(spots[outside])]
    return spot_codes


@cached(most=512)
def mother_districts() -> dict[str, str]:
    """Map each district without an outline to the district whose outline contains its capital.

    A district without a position is mapped to the outline with its name in its department, if any.

    Examples
    --------
    >>> mother_districts()["130112"], mother_districts()["160109"]
    ('130102', '160801')
    """
    outlines, places = load_districts(), load_places()
    codes = outlines["district_ubigeo"].to_numpy()
    without = places[~places["district_ubigeo"].isin(codes)]
    named = {(code[:2], name): code for code, name in zip(codes, outlines["name"], strict=True)}
    alike = zip(without["department_ubigeo"], without["district"], strict=True)
    mothers = {
        code: named[key]
        for code, key in zip(without["district_ubigeo"], alike, strict=True)
        if key in named
    }
    placed = without.dropna(subset=["longitude", "latitude"])
    spots = shapely.points(placed["longitude"], placed["latitude"])
    district, spot = shapely.STRtree(spots).query(outlines.geometry.to_numpy(), "contains")
    mothers |= dict(zip(placed["district_ubigeo"].to_numpy()[spot], codes[district], strict=True))
    return mothers


@framed
@cached(most=512)
def load_places() -> Tiered[pd.DataFrame]:
    """Return the 1,895 districts with what is known of each; sorted by code.

    The columns of places.csv, of INEI's directory of 2025 category, longitude, latitude (of the
    capital) and altitude_m, and residents of the census of 2025, the omitted included; NaN for the
    three that neither lists. A district that the directory lacks stands where the card of the
    census says. Three capitals lie up to 900 m outside their department's outline: the code counts,
    not the position.

    Examples
    --------
    >>> frame = load_places()
    >>> frame.loc[frame["residents"].isna(), "district_ubigeo"].tolist()
    ['150144', '160109', '160114']
    """
    tables = [load_table.tiered("places"), load_table.tiered("districts_2025")]
    tables.append(load_census.tiered("districts"))
    (frame, directory, census), key = (table.frame for table in tables), "district_ubigeo"
    own = [key, "category", "longitude", "latitude", "altitude_m"]
    joined = frame.merge(directory[own], how="left", on=key, validate="1:1")
    joined = joined.merge(census[[key, "residents"]], how="left", on=key, validate="1:1")
    for item in descriptor_of(CENSUS)["split_districts"]:
        for column in ("longitude", "latitude"):
            if column in item:
                joined.loc[joined[key] == item[key], column] = item[column]
    last = list(frame.columns).index("capital") + 1
    joined = joined[[*frame.columns[:last], *own[1:], "residents", *frame.columns[last:]]]
    cards = [table.card for table in tables]
    sources = {source["url"]: source for card in cards for source in card["sources"]}
    more = {"roots": ["places", "districts_2025", CENSUS], "sources": list(sources.values())}
    return Tiered(joined, tables[0].tier, cards[0] | more)


@framed
@cached(most=512)
def load_service_places() -> Tiered[pd.DataFrame]:
    """Return the places that help: women's centres (CEM), rural (SAR) and urgent care (SAU).

    service_type, name, district_ubigeo, latitude, longitude (degrees), address, is_approximate.
    What has no position that may be trusted stands at its district's capital: is_approximate.

    Examples
    --------
    >>> frame = load_service_places()
    >>> frame["service_type"].value_counts().to_dict(), int(frame["is_approximate"].sum())
    ({'CEM': 436, 'SAR': 68, 'SAU': 8}, 15)
    """
    published = load_table.tiered("service_places")
    table = published.frame
    capitals = load_places().set_index("district_ubigeo").reindex(table["district_ubigeo"])
    is_approximate = table["longitude"].isna() | table["latitude"].isna()
    for axis in ("longitude", "latitude"):
        table[axis] = table[axis].mask(is_approximate, capitals[axis].to_numpy())
    table["is_approximate"] = is_approximate
    columns = ["service_type", "name", "district_ubigeo", "latitude", "longitude", "address"]
    return replace(published, frame=table[[*columns, "is_approximate"]])


load_denominator_mismatch = table_loader("denominator_mismatch")
"""The departments whose residents are not the people that their prosecutors serve."""
load_jurisdiction_moves = table_loader("jurisdiction_moves")
"""The provinces counted in another department's fiscal district; None: the source does not say."""
load_towns = table_loader("towns")
"""2,296 towns; population NaN where GeoNames has none."""


@framed
def load_neighbours() -> Tiered[gpd.GeoDataFrame]:
    """Return the five neighbours, cut at -64 and -23 degrees; the country is drawn over them."""
    return load_features.tiered("neighbours")


def load_rivers() -> gpd.GeoDataFrame:
    """Return the main rivers: name (None for one), scalerank (small = large river), geometry."""
    return load_features("rivers")


@framed
def load_lakes() -> Tiered[gpd.GeoDataFrame]:
    """Return Lake Titicaca: name, geometry."""
    return load_features.tiered("lakes")


def area_levels() -> tuple[AreaLevel, ...]:
    """Return the levels below the department whose outlines are present."""
    names = set(resource_names())
    return tuple(level for level in get_args(AreaLevel) if f"{level}_simplified" in names)


def load_areas(level: AreaLevel) -> gpd.GeoDataFrame:
    """Return the provinces or districts that have an outline, with their attributes.

    area_ubigeo, area, department_ubigeo, department, population (residents of the
    census, the omitted included; NaN where it has none), people_per_km2 (of the official area; NaN
    without one), mined_ha (detections that are not suspect; 0 where none was detected or nobody
    looks), doubtful_ha, geometry (EPSG:4326, light).
    No reports: they are published by fiscal district. ParameterError when
    the outlines are not there.
    """
    key = AREA_COLUMNS[level]
    outlines = load_features(f"{level}_simplified")
    names = area_names("departments")
    codes = outlines[key].astype(str)
    name_of = area_names(level)
    people = load_census(level).set_index(key)["residents"]
    mined, doubtful = mining_by_area(level)
    population = people.reindex(codes).to_numpy(dtype=float)
    # half a province's area would double its density: all its districts must have theirs; the
    # areas are of the districts of 2022, and a later one's land is in that of those it came from
    places = load_places().dropna(subset=["population_2022"])
    area_km2 = places.groupby(key)["area_km2"].sum(skipna=False)
    sizes = area_km2.reindex(codes).to_numpy(dtype=float)
    return outlines[["geometry"]].assign(
        area_ubigeo=codes.to_numpy(),
        area=[
            name_of.get(code) or name for code, name in zip(codes, outlines["name"], strict=True)
        ],
        department_ubigeo=[code[:2] for code in codes],
        department=[names[code[:2]] for code in codes],
        population=population,
        people_per_km2=np.where(sizes > 0, population / np.where(sizes > 0, sizes, 1.0), np.nan),
        mined_ha=mined.reindex(codes, fill_value=0.0).to_numpy(),
        doubtful_ha=doubtful.reindex(codes, fill_value=0.0).to_numpy(),
        # by district nobody gives it
        likely_illegal_ha=np.nan
        if level == "districts"
        else mining_illegality_by_area(level)["likely_illegal_ha"].reindex(codes).to_numpy(),
    )


def areas_without_outline(level: str) -> list[str]:
    """Return the codes of the areas of the census that no outline shows."""
    key = AREA_COLUMNS[level]
    return sorted(set(load_census(level)[key]) - set(load_features(f"{level}_simplified")[key]))


def mining_by_area(level: AreaLevel) -> tuple[pd.Series, pd.Series]:
    """Hectares by code, those of suspect places apart."""
    table = load_mining_by_district()
    suspects = set(load_mining_suspects()["area_ubigeo"])
    district = table["district_ubigeo"]
    suspect = district.isin(suspects) | district.str[:2].isin(suspects)
    codes = district.str[: CODE_DIGITS[level]]
    doubtful = table["mined_ha"].where(suspect, 0.0).groupby(codes).sum()
    return table["mined_ha"].where(~suspect, 0.0).groupby(codes).sum(), doubtful


@framed
@cached(most=512)
def mining_illegality_by_area(level: str) -> Tiered[pd.DataFrame]:
    """Return new mining by code of department or province, and how much is likely illegal.

    Columns mined_ha, likely_illegal_ha (the publisher's classes high and very_high),
    very_likely_illegal_ha (very_high) and includes_suspects: whether suspect detections cannot be
    told from the rest. An area without a row was not seen to be mined, is not monitored, or lies in
    a department whose detections are all suspect and are not judged.
    """
    table = load_mining_illegality()
    suspects = set(load_mining_suspects()["area_ubigeo"])
    table = table[~table["province_ubigeo"].str[:2].isin(suspects)]
    codes = table["province_ubigeo"].str[: CODE_DIGITS[level]].rename("area_ubigeo")
    hectares, illegality = table["mined_ha"], table["illegality"]
    sums = {
        "mined_ha": hectares,
        "likely_illegal_ha": hectares.where(illegality.isin(["high", "very_high"]), 0.0),
        "very_likely_illegal_ha": hectares.where(illegality == "very_high", 0.0),
    }
    frame = pd.DataFrame(
        {name: values.groupby(codes).sum() for name, values in sums.items()}
    ).round(2)
    frame["includes_suspects"] = [
        any(code.startswith(area) for code in suspects) for area in frame.index
    ]
    return with_card(frame, descriptor_of("mining_illegality"))


@framed
@cached(most=512)
def load_mining_areas() -> Tiered[pd.DataFrame]:
    """Return the departments and provinces in which the satellite saw new mining, by code.

    ubigeo, area, level, mined_ha, likely_illegal_ha, very_likely_illegal_ha, share (of mined_ha,
    likely illegal), includes_suspects as in :func:`mining_illegality_by_area`; all of them null in
    an area whose detections are all suspect, which is not judged. An area without detections, or
    that nobody watches, has no row.
    """
    seen = load_mining_illegality()["province_ubigeo"]
    parts = []
    for level in ("departments", "provinces"):
        codes = sorted(set(seen.str[: CODE_DIGITS[level]]))
        part = mining_illegality_by_area(level).reindex(codes).reset_index(names="ubigeo")
        names = area_names(level)
        part.insert(1, "area", [names[code] for code in codes])
        part.insert(2, "level", level)
        parts.append(part)
    frame = pd.concat(parts, ignore_index=True)
    share = frame["likely_illegal_ha"] / frame["mined_ha"]
    frame.insert(len(frame.columns) - 1, "share", share)
    frame["includes_suspects"] = frame["includes_suspects"].where(frame["mined_ha"].notna(), None)
    return with_card(frame, descriptor_of("mining_illegality"))


@framed
@cached(most=512)
def load_features(name: str) -> Tiered[gpd.GeoDataFrame]:
    """Return a GeoJSON file of the catalogue, e.g. "rivers", as a GeoDataFrame (EPSG:4326).

    A CSV gives a point for each row with longitude and latitude, with its other columns.

    DataError if bytes differ from the card, the file is no FeatureCollection, a feature lacks a
    property that the card lists, or a geometry is empty or not valid.
    """
    import geopandas as gpd

    resource = read_resource(name)
    if resource.descriptor["format"] == "csv":
        table = load_table(name).dropna(subset=["longitude", "latitude"])
        points = gpd.points_from_xy(table.pop("longitude"), table.pop("latitude"))
        return with_card(gpd.GeoDataFrame(table, geometry=points, crs=WGS84), resource.descriptor)
    types = {item["name"]: item["type"] for item in resource.descriptor["properties"]}
    features = _features(resource)
    properties = pd.DataFrame(
        {name: [record[name] for record, _ in features] for name in types}
    ).astype({name: object for name, kind in types.items() if kind == "string"})
    frame = gpd.GeoDataFrame(properties, geometry=[item for _, item in features], crs=WGS84)
    return with_card(frame, resource.descriptor)


def _attach(
    listed: Tiered[pd.DataFrame], outlined: Tiered[gpd.GeoDataFrame], *, key: str
) -> Tiered[gpd.GeoDataFrame]:
    """Give each row of a table the geometry of the same code; every code must have one."""
    import geopandas as gpd

    table, geometry = listed.frame, outlined.frame.set_index(key)["geometry"]
    missing = sorted(set(table[key]) - set(geometry.index))
    if missing or len(geometry) != len(table):
        file = outlined.card["name"] + ".geojson"
        came = f"{len(geometry)} features, none for {', '.join(missing) or 'nobody'}"
        raise DataError(file, came=came, expected=f"one per {key} ({len(table)})")
    frame = gpd.GeoDataFrame(table, geometry=geometry.loc[table[key]].to_numpy(), crs=WGS84)
    return Tiered(frame, listed.tier, listed.card)


@cached(most=16)
def _features(resource: Resource) -> tuple[tuple[dict[str, Any], Any], ...]:
    """Parse features; the geometries are immutable, so the cache may hand them out."""
    path = resource.path
    names = [item["name"] for item in resource.descriptor["properties"]]
    try:
        features = json.loads(resource.content.decode("utf-8"))["features"]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(path, came=str(error), expected="a FeatureCollection") from error
    result = []
    for number, feature in enumerate(features, start=1):
        properties = feature.get("properties") or {}
        if missing := [name for name in names if name not in properties]:
            came = f"feature {number} without {', '.join(missing)}"
            expected = f"properties {', '.join(names)}"
            raise DataError(path, row=number + 1, came=came, expected=expected)
        geometry = shape(feature["geometry"])
        if geometry.is_empty or not geometry.is_valid:
            raise DataError(
                path, row=number + 1, came=is_valid_reason(geometry), expected="a valid geometry"
            )
        result.append((properties, geometry))
    return tuple(result)
