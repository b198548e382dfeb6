"""Fixed tables of an organisation's records: provinces by year, sex by age band, and purpose.

The cube of provinces and years has the total of each province over all years. The two profiles
count the whole file.

These are the only tables of records that may ever be protected and shown. A query on records,
however well its answer is hidden, can be subtracted from another query; tables that share nothing
but their total cannot.

The attacker is assumed to know exactly how many records a table has. A table is *plain* if every
count is hidden below a threshold or rounded. Many tables of the same size give the same plain
table. A table is *safe* if, over all of those, every hidden count ranges over more than MIN_WIDTH.
A safe table is shown as it is. In any other table the largest count is printed a step of 5 lower or
higher, or hidden, until some plain table gives the same print. So nobody can see, or use, that a
table was changed and why.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from geo.errors import DisclosureError, ParameterError
from geo.privacy.minimum_count import (
    ROUNDING_BASE,
    hidden_label,
    shown_from,
    smallest_shown,
    validate_k,
)
from geo.privacy.provenance import Tier, Tiered, derive, require_tiered

PROVINCE_COUNT = 196
"""provinces of Peru; a cube without all of them would tell where the records are."""
CUBE_KEY = ("province_ubigeo", "year")
CUBE_COLUMNS = (*CUBE_KEY, "reported_count", "is_suppressed")
"""All that a cube may have; the last is there once it is protected."""
_SEXES = ("female", "male", "other", "unknown")
_BANDS = ("0_11", "12_17", "18_29", "30_59", "60_plus", "minor", "adult", "unknown")
_PURPOSES = (
    *("sexual_exploitation", "forced_labour", "slavery_or_servitude", "forced_marriage"),
    *("forced_begging", "forced_crime", "organ_removal", "sale_of_children", "other", "unknown"),
)
PROFILES: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = {
    ("sex", "age_band"): (_SEXES, _BANDS),
    ("exploitation_purpose",): (_PURPOSES,),
}
"""Columns of each profile and all their codes: no other crossing, and no place or year in one."""
YEARS = (1990, 2100)
MAX_YEARS = 30
_PROVINCE = r"(?:0[1-9]|1\d|2[0-5])(?:0[1-9]|[12]\d)"


def count_cube(
    records: Tiered[pd.DataFrame], *, provinces: Iterable[str], years: Iterable[int]
) -> Tiered[pd.DataFrame]:
    """Count records by province and year, zeros included, as the gate takes it.

    A row is one record and counts 1. Weights, numbers of victims, coordinates and every other
    column are not looked at, so a record moved inside its province changes nothing, and one record
    with forty victims cannot lift a cell over the threshold.

    ``records`` are T2 with province_ubigeo and year; ``row_count`` of their card is how
    many were read: a frame filtered since is refused, or the cubes of "women" and of "all" could be
    subtracted from each other. ``provinces`` are all 196, never taken from the records; ``years``
    are chosen once for all releases. Returns province_ubigeo, year, reported_count (exact: not to
    be shown), sorted. DisclosureError or ParameterError for anything else; values are never
    repeated.
    """
    codes, span = sorted(set(provinces)), sorted({int(year) for year in years})
    _require_axes(codes, span)
    require_tiered(records, "the frame of records to count")
    if records.tier is not Tier.T2:
        raise DisclosureError(
            f"records to count have tier {records.tier}: an organisation's records are T2; their "
            "loader says so"
        )
    _require_unfiltered(records)
    rows = records.frame
    missing = [name for name in CUBE_KEY if name not in rows.columns]
    if missing:
        raise ParameterError(f"the records lack {' and '.join(missing)}: a cube needs both columns")
    place, year = rows["province_ubigeo"], pd.to_numeric(rows["year"], errors="coerce")
    outside = int((~(place.isin(codes) & year.isin(span))).sum())
    if outside:
        raise ParameterError(
            f"{outside} of {len(rows)} records have a province or a year outside the cube "
            f"({len(codes)} provinces, {span[0]} to {span[-1]}): report them to whoever holds the "
            "records and leave them out before reading, or choose other years"
        )
    axes = pd.MultiIndex.from_product([codes, span], names=list(CUBE_KEY))
    cells = pd.MultiIndex.from_arrays([place, year.astype(int)]) if len(rows) else axes[:0]
    counts = np.bincount(axes.get_indexer(cells), minlength=len(axes))
    frame = axes.to_frame(index=False).assign(reported_count=counts)
    return derive(frame, records, name="record_cube")


def count_profile(records: Tiered[pd.DataFrame], key: tuple[str, ...]) -> Tiered[pd.DataFrame]:
    """Count records by the columns of one of PROFILES, zeros included, as the gate takes it.

    All records read, a row each, as for :func:`count_cube`; nothing else of them is looked at.
    DisclosureError for records that are not T2 or were filtered, ParameterError for another key.
    """
    if key not in PROFILES:
        raise ParameterError(f"a profile is counted by {' or '.join(map(' and '.join, PROFILES))}")
    require_tiered(records, "the frame of records to count")
    if records.tier is not Tier.T2:
        raise DisclosureError("records to count have another tier than T2")
    _require_unfiltered(records)
    rows = records.frame
    axes = pd.MultiIndex.from_product(PROFILES[key], names=list(key))
    cells = axes.get_indexer(pd.MultiIndex.from_frame(rows[list(key)])) if len(rows) else []
    if np.any(np.asarray(cells) < 0):
        raise ParameterError("the records hold other codes than those of the profile")
    counts = np.bincount(np.asarray(cells, dtype=int), minlength=len(axes))
    frame = axes.to_frame(index=False).assign(reported_count=counts)
    return derive(frame, records, name="record_profile")


def _profile_of(frame: pd.DataFrame) -> tuple[str, ...] | None:
    """Return the key of a frame that is exactly one whole profile, else None."""
    names = [name for name in frame.columns if name not in ("reported_count", "is_suppressed")]
    key = tuple(names)
    if key not in PROFILES or "reported_count" not in frame.columns:
        return None
    cells = set(frame[names].itertuples(index=False, name=None))
    whole = set(product(*PROFILES[key]))
    return key if cells == whole and len(frame) == len(whole) else None


def require_cube(frame: pd.DataFrame) -> None:
    """Raise DisclosureError unless the frame is a whole cube and nothing else."""
    # counted and not named: in a file without a header a column's name is somebody's record
    extra = len([name for name in frame.columns if name not in CUBE_COLUMNS])
    if extra:
        raise DisclosureError(
            f"the frame is T2, records of an organisation, with {extra} columns beside province, "
            "year and count: no points, no finer unit and no other crossing leave; count it with "
            "geo.privacy.suppression.count_cube"
        )
    missing = [name for name in (*CUBE_KEY, "reported_count") if name not in frame.columns]
    if missing:
        raise DisclosureError(
            f"the frame is T2, records of an organisation, without {', '.join(missing)}: only "
            "counts by province and year leave; make them with geo.privacy.suppression.count_cube"
        )
    code = frame["province_ubigeo"]
    if (
        not code.map(lambda value: isinstance(value, str)).all()
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


def _require_unfiltered(records: Tiered[pd.DataFrame]) -> None:
    read = records.card.get("row_count")
    if read is None:
        raise DisclosureError(
            "the card of the records lacks row_count, the number of records read: their loader "
            "sets it, so that a filtered frame is noticed"
        )
    if read != len(records.frame):
        raise DisclosureError(
            f"{len(records.frame)} of {read} records were handed in: a cube holds all of them, or "
            "two cubes could be subtracted from each other. Choose rows after the gate"
        )


MIN_WIDTH = 4
"""A hidden count must stay possible over more than this: never known to within 2."""
_SLACK = ROUNDING_BASE // 2
REST_BASE = 10
"""To what the other years are rounded beside one shown year: 0 to 5 are 0, 6 to 15 are 10."""
_REST_BELOW = REST_BASE - 1 - MIN_WIDTH - 1


@dataclass(frozen=True, slots=True, eq=False)
class Protected(Tiered[pd.DataFrame]):
    """A cube or a profile whose counts may be shown, with what stands beside it."""

    hidden_as: str = ""
    """what to print for a hidden count."""
    period_totals: dict[str, int] = field(default_factory=dict)
    """of a cube: the shown totals of provinces over all years, judged by themselves, by code."""
    grand_total: int | None = None
    """of a cube: the rounded sum, None below what is shown."""


def protect(cube: Tiered[pd.DataFrame], *, k: int) -> Protected:
    """Hide and round the counts of a cube or a profile; protecting twice changes nothing more.

    The frame has the key, reported_count (Int64: a multiple of 5, missing where hidden) and
    is_suppressed; a cube sorted by province and year. DisclosureError: not a whole table, counts
    that are none, a hidden cell with a value; ParameterError: a k below 11.

    Examples
    --------
    >>> codes = [f"{d:02d}{p:02d}" for d in range(1, 26) for p in range(1, 9)][:196]
    >>> frame = pd.DataFrame({"province_ubigeo": codes, "year": 2023, "reported_count": 0})
    >>> frame.loc[:3, "reported_count"] = [178, 18, 13, 12]
    >>> out = protect(Tiered(frame, Tier.T2, {"name": "cube"}), k=11)
    >>> out.frame["reported_count"].head(5).tolist(), out.grand_total, out.hidden_as
    ([180, 20, 15, <NA>, <NA>], 220, '<13')
    >>> out.period_totals
    {'0101': 180, '0102': 20, '0103': 15}
    """
    validate_k(k)
    given = cube.frame
    profile = _profile_of(given)
    if profile is None:
        require_cube(given)
    key = list(profile or CUBE_KEY)
    frame = (given if profile else given.sort_values(key)).reset_index(drop=True)
    was_hidden = _already_hidden(frame)
    counts = _whole_counts(frame, was_hidden)
    every, totals = int(counts.sum()), np.zeros(0, dtype=int)
    codes = [] if profile else frame["province_ubigeo"].unique().tolist()
    if "is_suppressed" in frame.columns:
        printed = counts
        every, totals = _as_before(cube, codes, k)
        small = ~was_hidden & (counts < smallest_shown(k))
        if small.any() or (counts % ROUNDING_BASE).any():
            raise DisclosureError("the frame says that it is protected, and holds exact counts")
    elif profile:
        printed = print_counts(counts, least=every, most=every, k=k)
    else:
        totals, printed = _print_cube(counts.reshape(len(codes), -1), k)
    hidden = printed.ravel() == 0
    visible = pd.arrays.IntegerArray(printed.ravel(), hidden.copy())
    out = frame[key].assign(reported_count=visible, is_suppressed=hidden)
    total = _rounded(every)
    named = zip(codes, totals.tolist(), strict=bool(codes))
    return Protected(
        out,
        cube.tier,
        cube.card,
        hidden_as=hidden_label(k),
        period_totals={code: count for code, count in named if count},
        grand_total=total if codes and total >= smallest_shown(k) else None,
    )


def printed_counts(protected: Protected) -> list[str]:
    """Counts as text, hidden ones as "<13"."""
    counts, hidden_as = protected.frame["reported_count"], protected.hidden_as
    return [hidden_as if pd.isna(count) else str(count) for count in counts]


def print_counts(counts: np.ndarray, *, least: int, most: int, k: int) -> np.ndarray:
    """Hide and round the counts of a table whose sum is known to lie between two numbers.

    Returns what is printed, 0 for a hidden count. As in :func:`hidden_bounds`, whoever knows the
    sum, all that is printed and this rule finds every hidden count possible over more than
    MIN_WIDTH, or over all that a sum of MIN_WIDTH or less allows.

    Examples
    --------
    >>> print_counts(np.array([40, 25, 18, 13, 7, 0]), least=103, most=103, k=11).tolist()
    [40, 25, 20, 15, 0, 0]
    >>> print_counts(np.array([38, 23, 18, 13, 0, 0]), least=92, most=92, k=11).tolist()
    [35, 25, 20, 15, 0, 0]
    """
    printed = np.where(counts < shown_from(k), 0, _rounded(counts))
    for _ in range(4 * len(counts)):
        step = _step_to_safety(printed, least, most, k)
        largest = int(np.argmax(printed if printed.any() else counts))
        if step > 0 and not printed.any() and counts[largest] >= k:
            printed[largest] = smallest_shown(k)  # all are next to the threshold
        elif step == 0 or not printed.any():
            return printed
        else:
            printed[largest] += step
            printed[printed < smallest_shown(k)] = 0
    return np.zeros_like(printed)


def hidden_bounds(printed: np.ndarray, *, least: int, most: int, k: int) -> tuple[int, int]:
    """Smallest and largest value of each hidden count in the plain tables that look like this one.

    ``printed`` has 0 for a hidden count; the sum of all lies between ``least`` and ``most``. A cell
    is smallest when all others are largest, and the reverse.
    """
    visible = printed[printed > 0]
    most_each, others = shown_from(k) - 1, len(printed) - len(visible) - 1
    low = least - int((visible + _SLACK).sum()) - most_each * others
    return max(0, low), min(most_each, most - int((visible - _SLACK).sum()))


def _step_to_safety(printed: np.ndarray, least: int, most: int, k: int) -> int:
    """Whether the largest count has to be printed lower or higher, by how much; 0 where not."""
    visible, limit = printed[printed > 0], shown_from(k) - 1
    hidden_count = len(printed) - len(visible)
    # counts that leave out part of what the sum may be would tell it more exactly
    if int((visible - _SLACK).sum()) > least:
        return -ROUNDING_BASE
    if int((visible + _SLACK).sum()) + limit * hidden_count < most:
        return ROUNDING_BASE
    low, high = hidden_bounds(printed, least=least, most=most, k=k)
    if not hidden_count or high - low > MIN_WIDTH:
        return 0
    return -ROUNDING_BASE if high < limit else ROUNDING_BASE


def _print_cube(counts: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the printed totals of provinces, shape (provinces,), and of their years; 0 is hidden.

    The years have shape (provinces, years).

    Without a shown year the total stands alone. Beside one shown year the others together are
    rounded to REST_BASE, and the total is the sum of both. Of two shown years and more the total is
    rounded by itself, and the years are a table whose sum it bounds.
    """
    limit = shown_from(k) - 1
    plain = np.where(counts > limit, _rounded(counts), 0)
    shown_years = (plain > 0).sum(axis=1)
    is_one, hidden_years = shown_years == 1, counts.shape[1] - shown_years
    rest = np.where(plain > 0, 0, counts).sum(axis=1)
    last = np.maximum(limit * hidden_years - 1, 0)  # the last step is as wide as the others
    rest = np.minimum(rest + _REST_BELOW, last) // REST_BASE * REST_BASE * is_one
    heads = np.where(is_one, np.where(plain > 0, counts, 0).sum(axis=1), counts.sum(axis=1))
    # a total alone must not say that all its years are next to the threshold
    alone = (limit * hidden_years - 3) // ROUNDING_BASE * ROUNDING_BASE
    heads = np.where(shown_years == 0, np.minimum(heads, np.maximum(alone, limit)), heads)
    every = int(counts.sum()) - int(np.maximum(rest - _REST_BELOW, 0).sum())
    totals = print_counts(heads, least=every, most=every, k=k)
    cells = np.zeros_like(counts)
    for province in np.flatnonzero(totals):
        if is_one[province]:
            cells[province, np.argmax(plain[province])] = totals[province]
            totals[province] += rest[province]
        elif shown_years[province]:
            least, greatest = int(totals[province]) - _SLACK, int(totals[province]) + _SLACK
            cells[province] = print_counts(counts[province], least=least, most=greatest, k=k)
            if (cells[province] > 0).sum() == 1:  # one shown year has another kind of total
                cells[province] = 0
    return totals, cells


def _rounded(counts: Any) -> Any:
    return (counts + _SLACK) // ROUNDING_BASE * ROUNDING_BASE


def _already_hidden(frame: pd.DataFrame) -> np.ndarray:
    if "is_suppressed" not in frame.columns:
        return np.zeros(len(frame), dtype=bool)
    mark = frame["is_suppressed"]
    if not pd.api.types.is_bool_dtype(mark) or mark.isna().any():
        raise DisclosureError("is_suppressed holds something else than true and false")
    hidden = mark.to_numpy(dtype=bool)
    if frame.loc[hidden, "reported_count"].notna().any():
        raise DisclosureError(
            f"{int(frame.loc[hidden, 'reported_count'].notna().sum())} cells are marked as hidden "
            "and still carry a count: a hidden cell is empty"
        )
    return hidden


def _whole_counts(frame: pd.DataFrame, hidden: np.ndarray) -> np.ndarray:
    counts = pd.to_numeric(frame["reported_count"], errors="coerce")
    numbers = counts.to_numpy(dtype=float, na_value=np.nan)
    numbers = np.where(hidden, 0.0, numbers)
    sound = np.isfinite(numbers) & (numbers >= 0) & (numbers < 1e12) & (numbers % 1 == 0)
    if not sound.all():
        raise DisclosureError(
            f"{int((~sound).sum())} cells have no whole count of 0 or more: a cube has a number "
            "in every cell, zero included"
        )
    return np.asarray(numbers, dtype=np.int64)


def _as_before(cube: Tiered[pd.DataFrame], codes: list[str], k: int) -> tuple[int, np.ndarray]:
    """The sum and the totals, 0 for a hidden one, that came with a cube protected already."""
    if not isinstance(cube, Protected):
        return 0, np.zeros(len(codes), dtype=int)
    every, totals = cube.grand_total or 0, cube.period_totals
    for total in (every, *totals.values()):
        if not isinstance(total, int | np.integer) or total % ROUNDING_BASE:
            raise DisclosureError("a total that came with the cube is not a rounded one")
    if any(total < smallest_shown(k) for total in totals.values()) or every < 0:
        raise DisclosureError(f"a total that came with the cube is below {smallest_shown(k)}")
    return int(every), np.array([totals.get(code, 0) for code in codes])
