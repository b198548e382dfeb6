"""Who the victims of the police registry are: counts by department and year."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.catalogue import descriptor_of, load_table, once, table_loader
from data.periods import REGISTRIES, parse_period, span_months
from geo.errors import DataError, UserError

TABLE = "police_profile"
TOTAL = "F1_TOTAL"
"""Indicator of the victims of a department and year: the one the source keeps right every year."""
_YEARS = re.compile(r"(\d{4})(?:/(\d{4}))?")


@dataclass(frozen=True, slots=True)
class YearRange:
    """Consecutive years of the profile."""

    code: str
    """e.g. "2024", "2017/2025-09"; the year that is not over stands with its last month."""
    first: int
    """position of the first year, 0 on."""
    last: int
    """position after the last year."""


load_police_profile = table_loader(TABLE)
"""The indicators of the police registry by department and year, in the words of the source. Zeros
have no row; NaN: the source left it empty. The counts of a small place are single people: no outlet
shows this table, see geo.privacy.ranges."""


@once
def load_profile_categories() -> pd.DataFrame:
    """Return what the indicators stand for, in the order in which they are shown.

    group, category (codes), label_es, label, indicators (tuple of str, added up).
    """
    frame = load_table("profile_categories")
    frame["indicators"] = [tuple(text.split(";")) for text in frame["indicators"]]
    return frame


def profile_years() -> tuple[str, ...]:
    """Codes of the years of the profile in order: the last one may be a part of a year."""
    return tuple(sorted(set(load_police_profile()["period"])))


@once
def load_profile_counts() -> pd.DataFrame:
    """Return the exact counts by area, year and category, for geo.privacy.ranges and nobody else.

    Rows: every category of :func:`load_profile_categories` and the total (group "", category
    "total"), in columns a pair (year position, department code); zeros filled in.
    """
    frame, categories = load_police_profile(), load_profile_categories()
    years = profile_years()
    codes = list(load_table("departments")["department_ubigeo"])
    wide = frame.pivot_table(
        index="indicator", columns=["period", "department_ubigeo"], values="reported_count"
    )
    wide = wide.reindex(columns=pd.MultiIndex.from_product([years, codes])).fillna(0.0)
    missing = {indicator for row in categories["indicators"] for indicator in row} - set(wide.index)
    if missing:
        came = f"no row of {', '.join(sorted(missing))}"
        expected = "the indicators that profile_categories names"
        raise DataError(descriptor_of(TABLE)["path"], came=came, expected=expected)
    sums = [wide.loc[list(row)].sum() for row in categories["indicators"]]
    counts = pd.DataFrame([*sums, wide.loc[TOTAL]]).astype(np.int64)
    keys = [*zip(categories["group"], categories["category"], strict=True), ("", "total")]
    counts.index = pd.MultiIndex.from_tuples(keys, names=["group", "category"])
    return counts


def parse_years(text: str, registry: str) -> YearRange:
    """Return the years that a text names: "2024", "2017/2025-09"; "2025" is what there is of it.

    ParameterError for another registry and for what is not whole years of the profile.

    Examples
    --------
    >>> parse_years("2019/2025", "police")
    YearRange(code='2019/2025-09', first=2, last=9)
    >>> parse_years("2024-03", "police")
    Traceback (most recent call last):
    geo.errors.UserError: profile.refusal.months
    """
    if registry not in REGISTRIES:
        parse_period("", registry)  # refuses and lists them
    if REGISTRIES[registry].tables.get("departments") != "police_complaints":
        raise UserError("profile.refusal.registry", registry=registry)
    years = profile_years()
    spans = [span_months(code) for code in years]
    values = {"period": text, "has": range_code(years, 0, len(years))}
    code = text.strip()
    try:
        begin, end = span_months(code)
    except ValueError:
        raise UserError("profile.refusal.form", **values) from None
    if _YEARS.fullmatch(code) and end // 12 == spans[-1][1] // 12:
        end = spans[-1][1]  # the year that is not over
    inside = [place for place, (start, stop) in enumerate(spans) if begin <= start and stop <= end]
    if begin > end or begin < spans[0][0] or end > spans[-1][1]:
        raise UserError("profile.refusal.period", **values)
    if not inside or (spans[inside[0]][0], spans[inside[-1]][1]) != (begin, end):
        raise UserError("profile.refusal.months", **values)
    return YearRange(range_code(years, inside[0], inside[-1] + 1), inside[0], inside[-1] + 1)


def range_code(years: tuple[str, ...], first: int, last: int) -> str:
    """Code of the years at these positions: the first year, and the end of the last one.

    >>> range_code(("2023", "2024", "2025-01/2025-09"), 1, 3)
    '2024/2025-09'
    """
    if last - first == 1:
        return years[first]
    return f"{years[first][:4]}/{years[last - 1].rpartition('/')[2]}"
