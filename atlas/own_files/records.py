"""An organisation's records in memory, and the things of them that may be shown."""

from __future__ import annotations

import base64
import math
import pickle
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from threading import Lock

import numpy as np
import pandas as pd

from atlas.drawing.small_maps import Box, rim_paths, small_box, small_view
from atlas.own_files.isolation import Checked
from atlas.results.density import grid_for
from atlas.view import areas_for, available_levels
from data.geography import load_places
from data.population import load_province_population
from geo.crs import to_analysis
from geo.density.rasters import palette_png
from geo.privacy.disclosure import gate
from geo.privacy.support import CLASSES, ProtectedDensity, Support, protected_density
from geo.privacy.suppression import PROFILES, count_cube, count_profile
from layers.palette import DENSITY

CUBE_YEARS = 10
"""Years of the cube, up to the present one: chosen once, never read from the records."""
MARK = "datos inventados / invented data"
_ONE_AT_A_TIME = Lock()


@dataclass(frozen=True, slots=True, eq=False)
class OwnRecords:
    """What a session holds: nothing of it is in a file, a cache or another session."""

    counts: pd.DataFrame = field(repr=False)
    """the cube of provinces and years after the gate: hidden and rounded, tier T2."""
    squares: bytes = field(repr=False)
    """the support packed: its occupied half kilometres alone. The tables over the whole country,
    up to 230 MB, live no longer than a density is computed."""
    is_invented: bool
    other_years: int
    no_year: int
    profiles: tuple[pd.DataFrame, ...] = field(default=(), repr=False)
    """counts of the whole file by sex and age, and by purpose, of the columns that it has; as the
    cube after the gate."""
    densities: dict[int, ProtectedDensity] = field(default_factory=dict, repr=False)
    """classes by bandwidth in km, once computed: every run of the page draws them again."""

    @property
    def support(self) -> Support:
        """Records per half kilometre, for the densities; unpacked at every asking."""
        support: Support = pickle.loads(self.squares)
        return support


def hold(checked: Checked, *, today: date) -> OwnRecords:
    """Turn an accepted file of records into what may be shown of it, in the ten years up to
    ``today``."""
    years = range(today.year - CUBE_YEARS + 1, today.year + 1)
    records = checked.rows
    # any made-up row marks everything that is drawn from them
    is_invented = any(record["invented"] for record in records)
    dated = [record for record in records if record["year"] in years]
    no_year = sum(record["year"] is None for record in records)
    frame = pd.DataFrame(
        {
            "province_ubigeo": [record["province_ubigeo"] for record in dated],
            "year": pd.array([record["year"] for record in dated], dtype="int64"),
        }
    )
    title = _title(is_invented)
    placed = [record for record in records if record["position"] in ("given", "capital")]
    support = Support()
    if placed:
        easting, northing = to_analysis(
            [record["longitude"] for record in placed], [record["latitude"] for record in placed]
        )
        support.add(easting, northing, np.ones(len(placed)))
    return OwnRecords(
        counts=gated_cube(frame, years, name="own_records", title=title),
        squares=pickle.dumps(support),
        is_invented=is_invented,
        other_years=len(records) - len(dated) - no_year,
        no_year=no_year,
        profiles=gated_profiles(checked),
    )


def _title(is_invented: bool) -> str:
    title = "registros propios de la organización / the organisation's own records"
    return f"{MARK}: {title}" if is_invented else title


def gated_profiles(checked: Checked) -> tuple[pd.DataFrame, ...]:
    """Counts of all records by sex and age band, and by purpose, as the gate lets them out; those
    of which the file has no column are left out."""
    given = set(checked.report.columns.values())
    frame = pd.DataFrame(checked.rows)
    title = _title(any(record["invented"] for record in checked.rows))
    frame.attrs.update(tier="T2", card=_card("own_profile", title, len(frame)))
    keys = [key for key in PROFILES if given & set(key)] if len(frame) else []
    return tuple(gate(count_profile(frame, key), "T2") for key in keys)


def _card(name: str, title: str, count: int) -> dict[str, object]:
    return {
        "name": name,
        "sources": [{"title": title}],
        "licence": "de la organización / the organisation's",
        "row_count": count,
    }


def gated_cube(frame: pd.DataFrame, years: Sequence[int], *, name: str, title: str) -> pd.DataFrame:
    """Counts of rows (province_ubigeo, year) by province and year, as the gate lets them out."""
    frame.attrs.update(tier="T2", card=_card(name, title, len(frame)))
    provinces = load_province_population()["province_ubigeo"]
    return gate(count_cube(frame, provinces=provinces, years=years), "T2")


def shown_by_province(own: OwnRecords, year: int | None) -> pd.Series:
    """Rounded counts of a year, or what is shown of all years added up, by province_ubigeo."""
    cells = own.counts[~own.counts["is_suppressed"]]
    if year is not None:
        cells = cells[cells["year"] == year]
    return cells.groupby("province_ubigeo")["reported_count"].sum().astype(int)


def density_of(own: OwnRecords, bandwidth_km: int) -> ProtectedDensity:
    """Five classes of the pixels with enough support; cells of half a bandwidth."""
    if bandwidth_km not in own.densities:
        with _ONE_AT_A_TIME:  # or as many tables as sessions that ask
            own.densities[bandwidth_km] = protected_density(
                own.support, grid=grid_for(bandwidth_km / 2), bandwidth_m=bandwidth_km * 1000
            )
    return own.densities[bandwidth_km]


LARGEST_RADIUS = 18.0
SMALLEST_RADIUS = 7.5
"""so that the number in it can be read; below it areas no longer compare."""


@lru_cache(maxsize=1)
def province_names() -> dict[str, tuple[str, str]]:
    """Province and department by province_ubigeo."""
    places = load_places().drop_duplicates("province_ubigeo")
    pairs = zip(places["province"], places["department"], strict=True)
    return dict(zip(places["province_ubigeo"], pairs, strict=True))


@lru_cache(maxsize=1)
def _capitals() -> dict[str, tuple[float, float]]:
    """View position of each province's capital: a public place, whatever the records say."""
    places = load_places().dropna(subset=["longitude"])
    first = places.sort_values("district_ubigeo").drop_duplicates("province_ubigeo")
    return {
        str(row.province_ubigeo): small_view().at(float(row.longitude), float(row.latitude))
        for row in first.itertuples()
    }


def circles(counts: pd.Series) -> list[tuple[str, float, float, float]]:
    """Province, x, y and radius in view units: its area as the count, the largest first."""
    capitals, found = _capitals(), []
    for code, count in counts.sort_values(ascending=False).items():
        radius = max(SMALLEST_RADIUS, LARGEST_RADIUS * math.sqrt(count / counts.max()))
        found.append((str(code), *capitals[str(code)], round(radius, 2)))
    return found


def province_rims(codes: Iterable[str]) -> list[str]:
    """Outlines of provinces where a refresh brought borders; one made since they were drawn has
    none."""
    if "provinces" not in available_levels():
        return []
    outlines = areas_for("provinces").set_index("area_ubigeo")["geometry"]
    return rim_paths([outlines[code] for code in codes if code in outlines.index])


def class_picture(protected: ProtectedDensity) -> tuple[str, Box]:
    """The five classes as a data: address and its box in view units."""
    values = protected.classes.astype(np.float32)
    values[protected.classes == 0] = np.nan
    edges = [step + 0.5 for step in range(CLASSES + 1)]
    png, bounds = palette_png(values, protected.transform, edges, DENSITY)
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii"), small_box(bounds)
