"""Small counts hidden, the others rounded: the rule for an organisation's records.

A count below 13 (K = 11, zero included) is hidden; the others are rounded to 5, so the smallest
shown is 15. One total is shown, that of the whole cube, rounded on its own and only while no
hidden cell can be bounded by it. The policy was measured by linear programming
(tests/geo/test_disclosure_audit.py); any other set of totals has to be measured before it is used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.cube import CUBE_KEY, require_cube
from geo.errors import DisclosureError
from geo.threshold import ROUNDING_BASE, hidden_label, require_k, shown_from, smallest_shown

MIN_WIDTH = 4
"""A hidden count must stay possible over more than this: never known to within 2."""
_SLACK = ROUNDING_BASE // 2


@dataclass(frozen=True, slots=True)
class Interval:
    """What can be said about every hidden cell: they differ in nothing that is published."""

    low: int
    high: int

    @property
    def width(self) -> int:
        """Difference of the bounds."""
        return self.high - self.low


def protect(cube: pd.DataFrame, *, k: int) -> pd.DataFrame:
    """Hide and round the counts of a cube; protecting twice changes nothing more.

    Parameters
    ----------
    cube : DataFrame
        As :func:`geo.cube.count_cube` returns it, or with ``is_suppressed`` after this function.
        ``population`` (persons, optional) brings rates.
    k : int
        Fewest records behind a shown number, 11 or more.

    Returns
    -------
    DataFrame
        province_ubigeo, year, reported_count (Int64: a multiple of 5, missing where hidden),
        is_suppressed; with populations also rate_per_100k, from the rounded count and missing with
        it. Sorted by province and year. ``attrs["grand_total"]`` is the rounded sum or None,
        ``attrs["hidden_as"]`` what to print for a hidden count; other attributes are dropped.

    Raises
    ------
    DisclosureError
        Not a whole cube; counts that are negative, fractional or missing without being marked as
        hidden; a rate without a population to compute it from; a hidden cell with a value.
    ParameterError
        A k below 11.

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
    require_cube(cube)
    frame = cube.sort_values(list(CUBE_KEY)).reset_index(drop=True)
    was_hidden = _already_hidden(frame)
    counts = _whole_counts(frame, was_hidden)
    hidden = was_hidden | (counts < shown_from(k))
    rounded = (counts + _SLACK) // ROUNDING_BASE * ROUNDING_BASE
    shown = pd.arrays.IntegerArray(np.where(hidden, 0, rounded), hidden.copy())
    out = frame[list(CUBE_KEY)].assign(reported_count=shown, is_suppressed=hidden)
    if "population" in frame.columns:
        out["population"] = frame["population"]
        people = pd.to_numeric(frame["population"], errors="coerce").to_numpy(dtype=float)
        if not (people > 0).all():
            raise DisclosureError("population holds something else than persons: no rate of it")
        out["rate_per_100k"] = np.where(hidden, np.nan, rounded / people * 1e5)
    elif "rate_per_100k" in frame.columns:
        raise DisclosureError(
            "the cube has rates and no population: rates are computed from the rounded counts; "
            "give population instead"
        )
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
    """Counts as text, hidden ones as "<13".

    Examples
    --------
    >>> frame = pd.DataFrame({"reported_count": pd.array([15, None], dtype="Int64")})
    >>> frame.attrs["hidden_as"] = "<13"
    >>> printed_counts(frame)
    ['15', '<13']
    """
    hidden_as = protected.attrs["hidden_as"]
    return [hidden_as if pd.isna(count) else str(count) for count in protected["reported_count"]]


def hidden_interval(
    shown: np.ndarray, hidden_count: int, *, grand_total: int | None, k: int
) -> Interval:
    """Bounds of each hidden count for whoever knows every published number and the rule.

    With one total the linear programme has this solution in closed form: a cell is smallest when
    all others are largest, and the reverse.

    Parameters
    ----------
    shown : ndarray of int
        Shown counts, each true to 2.
    hidden_count : int
        Number of hidden cells, at least 1.
    grand_total : int or None
        As published, true to 2.
    k : int

    Examples
    --------
    >>> hidden_interval(np.array([180, 20, 15]), 193, grand_total=220, k=11)
    Interval(low=0, high=12)
    >>> hidden_interval(np.array([100]), 5, grand_total=100, k=11)
    Interval(low=0, high=4)
    """
    most = shown_from(k) - 1
    if grand_total is None:
        return Interval(0, most)
    low = grand_total - _SLACK - int((shown + _SLACK).sum()) - most * (hidden_count - 1)
    high = grand_total + _SLACK - int((shown - _SLACK).sum())
    return Interval(max(0, low), min(most, high))


def _shown_total(total: int | None, shown: np.ndarray, hidden_count: int, k: int) -> int | None:
    if total is None:
        return None
    rounded = (total + _SLACK) // ROUNDING_BASE * ROUNDING_BASE
    if rounded < smallest_shown(k):
        return None
    if hidden_count:
        bounds = hidden_interval(shown, hidden_count, grand_total=rounded, k=k)
        if bounds.width <= MIN_WIDTH:
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
