"""Small frames with the columns of the loaders: 25 square regions, one of them without figures."""

import math

import geopandas
import pandas as pd
import pytest
import shapely

from layers.palette import Look
from layers.shapes import Shape


@pytest.fixture
def regions() -> geopandas.GeoDataFrame:
    """25 squares of 2 by 3 degrees; region 05 has no figure, region 06 has zero, region 21 few."""
    rows = []
    for number in range(25):
        west, north = -80 + 2 * (number % 5), -1 - 3 * (number // 5)
        rows.append(
            {
                "department_ubigeo": f"{number + 1:02d}",
                "department": f"Region {number + 1}",
                "capital": f"Capital {number + 1}",
                "capital_longitude": west + 0.5,
                "capital_latitude": north - 0.5,
                "smr": 0.4 + number / 3,
                "verdict": "unremarkable",
                "flags": [],
                "figure": f"{0.4 + number / 3:.1f}×",
                "told": number in (5, 16, 17),
                "rank": 24 - number,
                "geometry": shapely.box(west, north - 3, west + 2, north),
            }
        )
    rows[4] |= {"smr": math.nan, "verdict": "untestable"}
    rows[5] |= {"smr": 0.0, "verdict": "below"}
    rows[16] |= {"verdict": "above"}
    rows[20] |= {"flags": ["few_reports"]}
    rows[17] |= {"verdict": "below"}
    return geopandas.GeoDataFrame(rows, crs="EPSG:4326")


@pytest.fixture
def cells() -> pd.DataFrame:
    """Four cells, one of them without a figure."""
    return pd.DataFrame(
        {
            "longitude": [-70.025, -70.075, -70.125, -70.175],
            "latitude": [-12.925] * 4,
            "cell_degrees": 0.05,
            "mined_ha": [5.0, 120.0, math.nan, 900.0],
        }
    )


@pytest.fixture
def shapes() -> list[Shape]:
    """A point, a circle, one with a broken line, a line, an area."""
    whole, broken = Look("whole", "#0c6b63"), Look("broken", "#0c6b63", (3.0, 2.0))
    return [
        Shape(shapely.Point(-77.4, -4.6), whole, "Marañón", ("100 km of river",)),
        Shape(shapely.Point(-70.5, -13.0), whole, "Huepetuhe", radius_km=14.0),
        Shape(shapely.Point(-70.2, -12.8), broken, "Corridor", radius_km=37.6),
        Shape(shapely.LineString([(-75, -9), (-74, -8)]), whole, "Way"),
        Shape(shapely.box(-73, -13, -72, -12), whole, "Park"),
    ]


@pytest.fixture
def routes() -> pd.DataFrame:
    """Two paths that share a leg, one with only its ends stated, one of proxies."""
    return pd.DataFrame(
        {
            "route_id": ["R1", "R2", "R3", "R4"],
            "geometry_class": ["path", "path", "od_stated", "od_proxy"],
            "is_default": True,
        }
    )


@pytest.fixture
def waypoints() -> pd.DataFrame:
    """R1: A B c D with c a helper; R2: x A B with x a proxy; R3: A D; R4: A B."""
    at = {"A": (-76.0, -6.0), "B": (-74.0, -8.0), "c": (-73.0, -9.0), "D": (-72.0, -12.0)}
    at["x"] = (-78.0, -1.0)
    courses = {"R1": "ABcD", "R2": "xAB", "R3": "AD", "R4": "AB"}
    return pd.DataFrame(
        [
            {
                "route_id": route,
                "branch": 1,
                "sequence": number,
                "place": place,
                "longitude": at[place][0],
                "latitude": at[place][1],
                "is_stated": place.isupper(),
                "department_ubigeo": {"A": "16", "B": "22", "D": "17"}.get(place),
            }
            for route, course in courses.items()
            for number, place in enumerate(course, start=1)
        ]
    )


@pytest.fixture
def places() -> pd.DataFrame:
    """Two rows at one place, an estimate alone, a row without a place."""
    return pd.DataFrame(
        {
            "place": ["La Pampa (km 98)", "La Pampa (km 98)", "La Rinconada", "Itaya"],
            "longitude": [-70.01764, -70.01764, -69.44638, math.nan],
            "latitude": [-12.96, -12.96, -14.63126, math.nan],
            "is_estimate": [False, True, True, False],
            "line": ["96 victims", "200 bars", "4500 persons", "15 victims"],
        }
    )


@pytest.fixture
def services() -> pd.DataFrame:
    """An office, and a service at the centre of its city."""
    return pd.DataFrame(
        {
            "name": ["CEM Puno", "FISTRAP Puno"],
            "longitude": [-70.02, -70.03],
            "latitude": [-15.85, -15.84],
            "is_approximate": [False, True],
            "lines": [["Jr. Lima 120"], ["approximate"]],
        }
    )
