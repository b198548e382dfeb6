"""An organisation's records in memory, and the protected counts made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from atlas.own_files.isolation import CheckedFile
from data.catalogue import load_table
from geo.privacy.disclosure import gate
from geo.privacy.minimum_count import ROUNDING_BASE, k_anonymity, shown_from
from geo.privacy.provenance import Tier, Tiered
from geo.privacy.suppression import PROFILES, Protected, count_cube, count_profile

CUBE_YEARS = 10
"""Years of the cube, up to the present one: chosen once, never read from the records."""
MARK = "datos inventados / invented data"


@dataclass(frozen=True, slots=True, eq=False)
class OwnRecords:
    """An organisation's records in a session; no file, cache or other session has them."""

    counts: Protected = field(repr=False)
    """the cube of provinces and years after the gate: hidden and rounded, tier T2."""
    is_invented: bool
    outside_years: int
    """records without a year, or of years before the cube: exact, for :func:`outside_count`."""
    profiles: tuple[Protected, ...] = field(default=(), repr=False)
    """counts of the whole file by sex and age, and by purpose, of the columns that it has; as the
    cube after the gate."""


def hold(checked: CheckedFile, *, today: date) -> OwnRecords:
    """Turn an accepted file of records into what may be shown for the last ten years."""
    years = range(today.year - CUBE_YEARS + 1, today.year + 1)
    records = checked.rows
    # any made-up row marks everything that is drawn from them
    is_invented = any(record["invented"] for record in records)
    table = pd.DataFrame(records, columns=["province_ubigeo", "year"])
    dated = table.loc[table["year"].isin(years), ["province_ubigeo", "year"]]
    dated = dated.astype({"year": "int64"}).reset_index(drop=True)
    counts = gated_cube(dated, years, name="own_records", title=_title(is_invented))
    return OwnRecords(
        counts=counts,
        is_invented=is_invented,
        outside_years=len(records) - len(dated),
        profiles=gated_profiles(checked),
    )


def _title(is_invented: bool) -> str:
    title = "registros propios de la organización / the organisation's own records"
    return f"{MARK}: {title}" if is_invented else title


def gated_profiles(checked: CheckedFile) -> tuple[Protected, ...]:
    """Return the gated counts by sex and age band, and by purpose, of the columns the file has."""
    columns = set(checked.report.columns.values())
    frame = pd.DataFrame(checked.rows)
    title = _title(any(record["invented"] for record in checked.rows))
    records = Tiered(frame, Tier.T2, _card("own_profile", title, len(frame)))
    keys = [key for key in PROFILES if columns & set(key)] if len(frame) else []
    return tuple(_protected(count_profile(records, key)) for key in keys)


def _protected(counts: Tiered[pd.DataFrame]) -> Protected:
    """What the gate makes of exact counts of records."""
    protected = gate(counts, "T2")
    assert isinstance(protected, Protected)
    return protected


def _card(name: str, title: str, count: int) -> dict[str, object]:
    return {
        "name": name,
        "sources": [{"title": title}],
        "licence": "de la organización / the organisation's",
        "row_count": count,
    }


def gated_cube(frame: pd.DataFrame, years: Sequence[int], *, name: str, title: str) -> Protected:
    """Count rows (province_ubigeo, year) by province and year, through the gate."""
    records = Tiered(frame, Tier.T2, _card(name, title, len(frame)))
    provinces = load_table("population_provinces")["province_ubigeo"]
    return _protected(count_cube(records, provinces=provinces, years=years))


def shown_totals(records: OwnRecords) -> pd.Series:
    """Return the rounded totals over all years by province_ubigeo, without the hidden ones."""
    return pd.Series(records.counts.period_totals, dtype=int)


def unplaced_count(records: OwnRecords) -> int:
    """Return how many records no shown total includes, rounded to 5; 0 for few."""
    every = (records.counts.grand_total or 0) + records.outside_years
    return _shown_count(every - sum(records.counts.period_totals.values()))


def outside_count(records: OwnRecords) -> int:
    """Return how many records have no year or one before the cube, rounded to 5; 0 for few."""
    return _shown_count(records.outside_years)


def _shown_count(count: int) -> int:
    return ROUNDING_BASE * round(count / ROUNDING_BASE) if count >= shown_from(k_anonymity()) else 0
