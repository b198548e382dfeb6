"""An organisation's records in memory, and the three things of them that may be shown."""

from __future__ import annotations

import pickle
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from threading import Lock

import pandas as pd

from data import load_province_population
from geo.crs import to_analysis
from geo.cube import count_cube
from geo.disclosure import gate
from geo.protected_density import ProtectedDensity, protected_density
from geo.support import Support
from maps.density import grid_for
from records.reading import Checked

CUBE_YEARS = 10
"""Years of the cube, up to the present one: chosen once, never read from the records."""
MARK = "datos inventados / invented data"
_POSITIONED = ("given", "capital")
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
    """whether any row is made up: then views and exports say so."""
    other_years: int
    """records of years outside the cube."""
    no_year: int
    """records without a known year: in no cell of the cube."""
    no_position: int
    """records of a province only: in no density."""
    densities: dict[int, ProtectedDensity] = field(default_factory=dict, repr=False)
    """classes by bandwidth in km, once computed: every run of the page draws them again."""

    @property
    def support(self) -> Support:
        """Records per half kilometre, for the densities; unpacked at every asking."""
        support: Support = pickle.loads(self.squares)
        return support


def cube_years(today: date) -> range:
    """The ten years that end with the present one.

    Examples
    --------
    >>> list(cube_years(date(2026, 3, 1)))[::9]
    [2017, 2026]
    """
    return range(today.year - CUBE_YEARS + 1, today.year + 1)


def hold(checked: Checked, *, today: date) -> OwnRecords:
    """Turn checked records into what may be shown of them.

    Parameters
    ----------
    checked : Checked
        An accepted file (``checked.report.is_accepted``).
    today : date
        Decides the years of the cube.

    Returns
    -------
    OwnRecords
    """
    years = cube_years(today)
    dated = [record for record in checked.records if record["year"] in years]
    told = Counter(record["year"] is None for record in checked.records)
    frame = pd.DataFrame(
        {
            "province_ubigeo": [record["province_ubigeo"] for record in dated],
            "year": pd.array([record["year"] for record in dated], dtype="int64"),
        }
    )
    title = "registros propios de la organización / the organisation's own records"
    frame.attrs.update(
        tier="T2",
        card={
            "name": "own_records",
            "sources": [{"title": f"{MARK}: {title}" if checked.is_invented else title}],
            "licence": "de la organización / the organisation's",
            "row_count": len(frame),
        },
    )
    provinces = load_province_population()["province_ubigeo"]
    counts = gate(count_cube(frame, provinces=provinces, years=years), "T2")
    placed = [record for record in checked.records if record["position"] in _POSITIONED]
    support = Support()
    if placed:
        easting, northing = to_analysis(
            [record["longitude"] for record in placed], [record["latitude"] for record in placed]
        )
        support.add(easting, northing, pd.Series(1.0, index=range(len(placed))).to_numpy())
    return OwnRecords(
        counts=counts,
        squares=pickle.dumps(support),
        is_invented=checked.is_invented,
        other_years=len(checked.records) - len(dated) - told[True],
        no_year=told[True],
        no_position=len(checked.records) - len(placed),
    )


def shown_by_province(own: OwnRecords, year: int | None) -> pd.Series:
    """Rounded counts of a year by province_ubigeo, or what is shown of all years added up.

    A sum of shown cells says nothing that the cells do not; hidden ones are not in it. Provinces
    without a shown cell are missing.
    """
    cells = own.counts[~own.counts["is_suppressed"]]
    if year is not None:
        cells = cells[cells["year"] == year]
    return cells.groupby("province_ubigeo")["reported_count"].sum().astype(int)


def density_of(own: OwnRecords, bandwidth_km: int) -> ProtectedDensity:
    """Five classes of the pixels with enough support; cells of half a bandwidth.

    Raises
    ------
    DisclosureError
        No pixel has enough records from enough places.
    """
    if bandwidth_km not in own.densities:
        with _ONE_AT_A_TIME:  # or as many tables as sessions that ask
            own.densities[bandwidth_km] = protected_density(
                own.support, grid=grid_for(bandwidth_km / 2), bandwidth_m=bandwidth_km * 1000
            )
    return own.densities[bandwidth_km]
