"""Load the victims of the police registry: counts that may be shown, by area and years."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd

from data.cache import cached
from data.catalogue import descriptor_of, load_table, table_loader
from data.periods import REGISTRIES, parse_period, span_months
from geo.errors import UserError

TABLE, EARLIER = "victims", "victims_earlier"
"""Tables of what may be shown of the victims, and of what earlier editions printed besides."""
NOT_RECORDED, BASE = "not_recorded", "base"
"""Categories of any group: whom the source says nothing of; entries, where they are more than the
victims."""
TOTAL = ("", "total")
"""Group and category of the victims of an area and years."""
PARTS_OF = {"age_band": "age", "sex_age": "age_band"}
"""Group whose categories add up to those of another one."""
BY_SEX = "sex_age"
"""Group of the age bands of each sex: they add up to the age bands, and to the sexes."""
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


load_victims = table_loader(TABLE)
"""What may be shown, a row a count: period, department_ubigeo (None: the country), group (None: the
victims), category, reported_count. What was evaluated stands in the card (:func:`gate_card`): of
that, a count without a row is hidden."""


@cached(most=512)
def victim_counts() -> dict[tuple[str, str], dict[tuple[str, str], int]]:
    """Return the counts of :func:`load_victims` by years and area ("": the country)."""
    victims: dict[tuple[str, str], dict[tuple[str, str], int]] = {}
    for row in load_victims().itertuples():
        counts = victims.setdefault((row.period, row.department_ubigeo or ""), {})
        counts[row.group or "", row.category] = int(row.reported_count)
    return victims


def gate_card() -> dict[str, Any]:
    """Return the gate's notes on the table: years, groups without entries by year ..."""
    return descriptor_of(TABLE)["gate"]


@cached(most=512)
def load_profile_categories() -> pd.DataFrame:
    """Return the categories of the indicators, in the order in which they are shown.

    group, category (codes), label_es, label, indicators (tuple of str, added up).
    """
    frame = load_table("profile_categories")
    frame["indicators"] = [tuple(text.split(";")) for text in frame["indicators"]]
    return frame


def profile_parts() -> dict[str, list[tuple[int, list[int]]]]:
    """Map each group of parts to the numbers of coarser categories and of their parts, from 1."""
    indicators = dict(list(load_profile_categories().groupby("group", sort=False)["indicators"]))
    return {
        group: [
            (
                number,
                [part for part, codes in enumerate(indicators[group], 1) if {*codes} <= {*whole}],
            )
            for number, whole in enumerate(indicators[coarser], 1)
        ]
        for group, coarser in PARTS_OF.items()
    }


def profile_years() -> tuple[str, ...]:
    """Codes of the years of the profile in order: the last one may be a part of a year."""
    return tuple(gate_card()["years"])


def parse_years(text: str, registry: str) -> YearRange:
    """Return the years that a text names: "2024", "2017/2025-09"; "2025" may be a part.

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


def printed_faults(
    rows: Iterable[Mapping[str, str]], earlier: Iterable[Mapping[str, str]] = (), smallest: int = 5
) -> list[str]:
    """Return the faults by which the table of victims reveals a count; empty if it is safe.

    A fault is a count of fewer than ``smallest``, a group beside a smaller base, the difference of
    two ranges of years that begin or end together, of this edition or an earlier one, a base
    without all that is shown of it, the country without its shown departments. ``earlier`` has the
    column edition.
    """
    counts = {_key(row): int(row["reported_count"]) for row in rows}
    faults, left = [], defaultdict(int)
    for (period, area, *key), count in counts.items():
        group, category = key
        if (group, category) == TOTAL:
            continue
        base = counts.get((period, area, group, BASE), counts.get((period, area, *TOTAL), 0))
        if count < smallest or base < smallest:
            faults.append(f"{count} of {base}: {area} {period} {group} {category}")
        if category != BASE:
            left[period, area, group] += count
            if area and (period, "", *key) in counts and category != NOT_RECORDED:
                left[period, "*", *key] += count
    for (period, area, group, *category), shown in left.items():
        if category:
            rest = counts[period, "", group, *category] - shown
        else:
            base = counts.get((period, area, group, BASE))
            rest = (counts[(period, area, *TOTAL)] if base is None else base) - shown
        if 0 < rest < smallest:
            faults.append(f"{rest} follow: {area} {period} {group} {' '.join(category)}".rstrip())
    known = defaultdict(dict)
    revised = {
        (row["edition"], row["department_ubigeo"])
        for row in earlier
        if counts.get(_key(row), int(row["reported_count"])) != int(row["reported_count"])
    }
    unrevised = [
        row for row in earlier if (row["edition"], row["department_ubigeo"]) not in revised
    ]
    for row in (*rows, *unrevised):
        period, *key = _key(row)
        begin, end = span_months(period)
        for side, ends in ((0, (begin, end)), (1, (end, begin))):
            known[(*key, side, ends[0])][ends[1]] = int(row["reported_count"])
    for (area, group, category, *_), ranges in known.items():
        if (group, category) == TOTAL:
            continue
        sums = [count for _, count in sorted(ranges.items())]
        for first, second in pairwise(sums):
            difference = abs(first - second)
            if 0 < difference < smallest:
                faults.append(f"{difference} between two ranges: {area} {group} {category}")
    return faults


def _key(row: Mapping[str, str]) -> tuple[str, str, str, str]:
    return row["period"], row["department_ubigeo"], row["group"], row["category"]
