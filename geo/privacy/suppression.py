"""The fixed tables of an organisation's records: the cube of every province and year, and two
profiles of the whole file, sex by age band and purpose, one count a cell.

They are the only tables of records that may ever be protected and shown. A query on records,
however well its answer is hidden, can be subtracted from another query; tables that share nothing
but their total cannot.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

import numpy as np
import pandas as pd

from geo.errors import DisclosureError, ParameterError
from geo.privacy.minimum_count import (
    ROUNDING_BASE,
    hidden_label,
    require_k,
    shown_from,
    smallest_shown,
)
from geo.privacy.provenance import derive

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
    records: pd.DataFrame, *, provinces: Iterable[str], years: Iterable[int]
) -> pd.DataFrame:
    """Count records by province and year, zeros included, as the gate takes it.

    A row is one record and counts 1. Weights, numbers of victims, coordinates and every other
    column are not looked at, so a record moved inside its province changes nothing, and one record
    with forty victims cannot lift a cell over the threshold.

    ``records`` are T2 with province_ubigeo and year; ``attrs["card"]["row_count"]`` is how many
    were read: a frame filtered since is refused, or the cubes of "women" and of "all" could be
    subtracted from each other. ``provinces`` are all 196, never taken from the records; ``years``
    are chosen once for all releases. Returns province_ubigeo, year, reported_count (exact: not to
    be shown), sorted. DisclosureError or ParameterError for anything else; values are never
    repeated.
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


def count_profile(records: pd.DataFrame, key: tuple[str, ...]) -> pd.DataFrame:
    """Count records by the columns of one of PROFILES, zeros included, as the gate takes it.

    All records read, a row each, as for :func:`count_cube`; nothing else of them is looked at.
    DisclosureError for records that are not T2 or were filtered, ParameterError for another key.
    """
    if key not in PROFILES:
        raise ParameterError(f"a profile is counted by {' or '.join(map(' and '.join, PROFILES))}")
    if records.attrs.get("tier") != "T2":
        raise DisclosureError("records to count have another tier than T2")
    _require_unfiltered(records)
    axes = pd.MultiIndex.from_product(PROFILES[key], names=list(key))
    found = axes.get_indexer(pd.MultiIndex.from_frame(records[list(key)])) if len(records) else []
    if np.any(np.asarray(found) < 0):
        raise ParameterError("the records hold other codes than those of the profile")
    counts = np.bincount(np.asarray(found, dtype=int), minlength=len(axes))
    frame = axes.to_frame(index=False).assign(reported_count=counts)
    return derive(frame, records, name="record_profile")


def _profile_of(frame: pd.DataFrame) -> tuple[str, ...] | None:
    """The key of a whole profile and nothing else; None where a frame is none."""
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


MIN_WIDTH = 4
"""A hidden count must stay possible over more than this: never known to within 2."""
_SLACK = ROUNDING_BASE // 2


def protect(cube: pd.DataFrame, *, k: int) -> pd.DataFrame:
    """Hide and round the counts of a cube; protecting twice changes nothing more.

    Returns province_ubigeo, year, reported_count (Int64: a multiple of 5, missing where hidden) and
    is_suppressed, sorted; ``attrs["grand_total"]`` is the rounded sum or None,
    ``attrs["hidden_as"]`` what to print for a hidden count. DisclosureError: not a whole cube,
    counts that are none, a hidden cell with a value; ParameterError: a k below 11.

    Examples
    --------
    >>> codes = [f"{d:02d}{p:02d}" for d in range(1, 26) for p in range(1, 9)][:196]
    >>> cube = pd.DataFrame({"province_ubigeo": codes, "year": 2023, "reported_count": 0})
    >>> cube.loc[:3, "reported_count"] = [178, 18, 13, 12]
    >>> out = protect(cube, k=11)
    >>> out["reported_count"].head(5).tolist(), out.attrs["grand_total"], out.attrs["hidden_as"]
    ([180, 20, 15, <NA>, <NA>], 220, '<13')
    """
    require_k(k)
    profile = _profile_of(cube)
    if profile is None:
        require_cube(cube)
    key = list(profile or CUBE_KEY)
    frame = (cube if profile else cube.sort_values(key)).reset_index(drop=True)
    was_hidden = _already_hidden(frame)
    counts = _whole_counts(frame, was_hidden)
    hidden = was_hidden | (counts < shown_from(k))
    if profile and "is_suppressed" not in frame.columns:
        hidden = _hide_beside(counts, hidden, k)
    rounded = (counts + _SLACK) // ROUNDING_BASE * ROUNDING_BASE
    shown = pd.arrays.IntegerArray(np.where(hidden, 0, rounded), hidden.copy())
    out = frame[key].assign(reported_count=shown, is_suppressed=hidden)
    if profile:  # how many records there are stands beside it, exactly
        out.attrs = {"grand_total": None, "hidden_as": hidden_label(k)}
        return out
    if "is_suppressed" in frame.columns:
        before = cube.attrs.get("grand_total")
        total = None if before is None else _known_total(before)
    else:
        total = int(counts.sum())
    out.attrs = {
        "grand_total": _shown_total(total, rounded[~hidden], int(hidden.sum()), k),
        "hidden_as": hidden_label(k),
    }
    return out


def printed_counts(protected: pd.DataFrame) -> list[str]:
    """Counts as text, hidden ones as "<13"."""
    hidden_as = protected.attrs["hidden_as"]
    return [hidden_as if pd.isna(count) else str(count) for count in protected["reported_count"]]


def hidden_interval(
    shown: np.ndarray, hidden_count: int, *, grand_total: int | None, k: int
) -> tuple[int, int]:
    """Bounds of each hidden count for whoever knows every published number and the rule.

    With one total the linear programme has this solution in closed form: a cell is smallest when
    all others are largest, and the reverse. Shown counts and the total are true to 2.
    """
    most = shown_from(k) - 1
    if grand_total is None:
        return 0, most
    low = grand_total - _SLACK - int((shown + _SLACK).sum()) - most * (hidden_count - 1)
    high = grand_total + _SLACK - int((shown - _SLACK).sum())
    return max(0, low), min(most, high)


def _hide_beside(counts: np.ndarray, hidden: np.ndarray, k: int) -> np.ndarray:
    """Hide more of a profile, the smallest first, until no small count follows from its total.

    Whoever knows the total exactly, every shown number to within 2, and this rule, knows that the
    cells hidden here hold ``shown_from`` at least and no more than the smallest shown one may.
    """
    hidden, least = hidden.copy(), shown_from(k)
    small, beside, most = int(hidden.sum()), 0, least - 1
    while small and not hidden.all():
        rounded = (counts[~hidden] + _SLACK) // ROUNDING_BASE * ROUNDING_BASE
        rest = int(counts.sum() - rounded.sum())
        slack = _SLACK * len(rounded)
        high = min(most, rest + slack - least * beside)
        largest = int(rounded.min()) + _SLACK
        low = max(0, rest - slack - most * (small - 1) - largest * beside)
        if high - low > MIN_WIDTH:
            break
        hidden[np.flatnonzero(~hidden)[np.argmin(counts[~hidden])]] = True
        beside += 1
    return hidden


def _shown_total(total: int | None, shown: np.ndarray, hidden_count: int, k: int) -> int | None:
    if total is None:
        return None
    rounded = (total + _SLACK) // ROUNDING_BASE * ROUNDING_BASE
    if rounded < smallest_shown(k):
        return None
    if hidden_count:
        low, high = hidden_interval(shown, hidden_count, grand_total=rounded, k=k)
        if high - low <= MIN_WIDTH:
            return None
    return rounded


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


def _known_total(value: object) -> int:
    if not isinstance(value, int | np.integer) or value < 0 or value % ROUNDING_BASE:
        raise DisclosureError("the total that came with the cube is not a rounded one")
    return int(value)
