"""The fixed cube of an organisation's records: every province, every year, one count each.

It is the only table of records that may ever be protected and shown. A query on records, however
well its answer is hidden, can be subtracted from another query; one table cannot.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from geo.derivation import derive
from geo.errors import DisclosureError, ParameterError

PROVINCE_COUNT = 196
"""provinces of Peru; a cube without all of them would tell where the records are."""
CUBE_KEY = ("province_ubigeo", "year")
CUBE_COLUMNS = (*CUBE_KEY, "reported_count", "is_suppressed", "population", "rate_per_100k")
"""All that a cube may have; the last three are optional."""
YEARS = (1990, 2100)
MAX_YEARS = 30
_PROVINCE = r"(?:0[1-9]|1\d|2[0-5])(?:0[1-9]|[12]\d)"


def count_cube(
    records: pd.DataFrame, *, provinces: Iterable[str], years: Iterable[int]
) -> pd.DataFrame:
    """Count records by province and year, zeros included: what :func:`geo.disclosure.gate` takes.

    A row is one record and counts 1. Weights, numbers of victims, coordinates and every other
    column are not looked at, so a record moved inside its province changes nothing, and one record
    with forty victims cannot lift a cell over the threshold.

    Parameters
    ----------
    records : DataFrame
        ``province_ubigeo`` (four digits, INEI) and ``year``, one row a record; tier T2 and a card
        in ``attrs``. ``attrs["card"]["row_count"]`` is the number of records that were read: a
        frame that was filtered since is refused, because the cubes of "women" and of "all" could
        be subtracted from each other.
    provinces : iterable of str
        Codes of all 196 provinces, from the shipped table of populations and never from the
        records.
    years : iterable of int
        Years of the cube, chosen once for all releases; records of other years are refused.

    Returns
    -------
    DataFrame, 196 x years rows
        province_ubigeo, year, reported_count (exact: not to be shown), sorted; tier T2.

    Raises
    ------
    DisclosureError
        Records without a tier or card, of another tier than T2, or filtered after reading.
    ParameterError
        Not 196 provinces, no or strange years, or records outside both; lines are counted, values
        are never repeated.

    Examples
    --------
    >>> codes = [f"{d:02d}{p:02d}" for d in range(1, 26) for p in range(1, 9)][:196]
    >>> records = pd.DataFrame({"province_ubigeo": ["0101"] * 14, "year": 2023})
    >>> records.attrs.update(tier="T2", card={
    ...     "name": "own records", "sources": [{"title": "own"}], "licence": "own",
    ...     "row_count": 14})
    >>> cube = count_cube(records, provinces=codes, years=[2022, 2023])
    >>> len(cube), int(cube["reported_count"].sum()), cube.attrs["tier"]
    (392, 14, 'T2')
    """
    codes, span = sorted(set(provinces)), sorted({int(year) for year in years})
    _require_axes(codes, span)
    if records.attrs.get("tier") != "T2":
        raise DisclosureError(
            f"records to count have tier {records.attrs.get('tier')!r}: an organisation's records "
            "are T2; their loader says so in attrs['tier']"
        )
    _require_unfiltered(records)
    missing = [name for name in CUBE_KEY if name not in records.columns]
    if missing:
        raise ParameterError(f"the records lack {' and '.join(missing)}: a cube needs both columns")
    place, year = records["province_ubigeo"], pd.to_numeric(records["year"], errors="coerce")
    outside = int((~(place.isin(codes) & year.isin(span))).sum())
    if outside:
        raise ParameterError(
            f"{outside} of {len(records)} records have a province or a year outside the cube "
            f"({len(codes)} provinces, {span[0]} to {span[-1]}): report them to whoever holds the "
            "records and leave them out before reading, or choose other years"
        )
    axes = pd.MultiIndex.from_product([codes, span], names=list(CUBE_KEY))
    found = pd.MultiIndex.from_arrays([place, year.astype(int)]) if len(records) else axes[:0]
    counts = np.bincount(axes.get_indexer(found), minlength=len(axes))
    frame = axes.to_frame(index=False).assign(reported_count=counts)
    return derive(frame, records, name="record_cube")


def require_cube(frame: pd.DataFrame) -> None:
    """Raise DisclosureError unless the frame is a whole cube and nothing else.

    Parameters
    ----------
    frame : DataFrame
        ``CUBE_COLUMNS`` only; each of 196 provinces once in each year.
    """
    # counted and not named: in a file without a header a column's name is somebody's record
    extra = len([name for name in frame.columns if name not in CUBE_COLUMNS])
    if extra:
        raise DisclosureError(
            f"the frame is T2, records of an organisation, with {extra} columns beside province, "
            "year and count: no points, no finer unit and no other crossing leave; count it with "
            "geo.cube.count_cube"
        )
    missing = [name for name in (*CUBE_KEY, "reported_count") if name not in frame.columns]
    if missing:
        raise DisclosureError(
            f"the frame is T2, records of an organisation, without {', '.join(missing)}: only "
            "counts by province and year leave; make them with geo.cube.count_cube"
        )
    code = frame["province_ubigeo"]
    if (
        not code.map(lambda one: isinstance(one, str)).all()
        or not code.str.fullmatch(_PROVINCE).all()
    ):
        raise DisclosureError(
            "province_ubigeo holds something else than four-digit codes of provinces: a finer unit "
            "than the province does not leave"
        )
    year = frame["year"]
    if not pd.api.types.is_integer_dtype(year) or not year.between(*YEARS).all():
        raise DisclosureError(
            f"year holds something else than whole years, {YEARS[0]} to {YEARS[1]}: a finer time "
            "than the year does not leave"
        )
    sizes = code.nunique(), year.nunique()
    whole = not frame.duplicated(list(CUBE_KEY)).any() and len(frame) == sizes[0] * sizes[1]
    if sizes[0] != PROVINCE_COUNT or not 1 <= sizes[1] <= MAX_YEARS or not whole:
        raise DisclosureError(
            f"the cube has {len(frame)} rows, {sizes[0]} provinces and {sizes[1]} years: it must "
            f"have all {PROVINCE_COUNT} provinces in every year, up to {MAX_YEARS} years, once "
            "each. Choose rows after the gate, never before"
        )


def _require_axes(codes: list[str], span: list[int]) -> None:
    if len(codes) != PROVINCE_COUNT:
        raise ParameterError(
            f"{len(codes)} provinces: give the codes of all {PROVINCE_COUNT}, from the table of "
            "populations"
        )
    if not 1 <= len(span) <= MAX_YEARS or span[0] < YEARS[0] or span[-1] > YEARS[1]:
        raise ParameterError(
            f"{len(span)} years: give 1 to {MAX_YEARS} years between {YEARS[0]} and {YEARS[1]}"
        )


def _require_unfiltered(records: pd.DataFrame) -> None:
    card = records.attrs.get("card")
    read = card.get("row_count") if isinstance(card, dict) else None
    if read is None:
        raise DisclosureError(
            "the card of the records lacks row_count, the number of records read: their loader "
            "sets it, so that a filtered frame is noticed"
        )
    if read != len(records):
        raise DisclosureError(
            f"{len(records)} of {read} records were handed in: a cube holds all of them, or two "
            "cubes could be subtracted from each other. Choose rows after the gate"
        )
