"""What may be shown of the victims in the police registry, over all ranges of years at once.

Areas are the departments in the order of their codes, and the country last. Of a group the base is
the first category and what the source has no entry for the last one: they and the others add up. A
department with more entries than victims has its entries as the base.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from atlas.results.cache import cached
from atlas.view import DEPARTMENTS
from data.catalogue import load_table
from data.periods import span_months
from data.police import (
    TABLE,
    load_profile_categories,
    load_profile_counts,
    profile_years,
    range_code,
)
from data.refresh.folder import Plan, Replacement, rows_in_use, table_bytes
from geo.privacy.ranges import SMALLEST_SHOWN, Earlier, cut_points, cut_table, is_shown

EARLIER = "victims_earlier"
"""Table of what editions printed before this one."""
NOT_RECORDED = "not_recorded"
TOTAL, BASE = ("", "total"), "base"
"""group and category of the victims; category of a base that is more than these"""
PARTS_OF = {"age_band": "age", "sex_age": "age_band"}
"""group whose categories add up to those of another one"""
BY_SEX = "sex_age"
"""group of the age bands of each sex: they add up to the age bands, and to the sexes"""


@cached
def counts() -> dict[str, np.ndarray]:
    """Return exact counts by group (areas, years, categories): nothing of them is to be shown."""
    table = load_profile_counts()
    shape = (len(table.columns.levels[0]), len(table.columns.levels[1]))
    cubes = {}
    for group, rows in table.groupby(level="group", sort=False):
        cube = rows.to_numpy().reshape(len(rows), *shape).transpose(2, 1, 0)
        cubes[str(group)] = np.concatenate([cube, cube.sum(axis=0, keepdims=True)])
    victims = cubes.pop("")
    for group, cube in cubes.items():
        base = np.maximum(victims, entries := cube.sum(axis=-1, keepdims=True))
        cubes[group] = np.concatenate([base, cube, base - entries], axis=-1)
    return cubes


def cuts(group: str) -> np.ndarray:
    """Return where years of a group may be cut (areas, categories, ends), as :func:`counts`."""
    return _cuts(group)[..., _axis()[1]]


def printed() -> pd.DataFrame:
    """Return every count that may be shown: period, department_ubigeo ("": the country), group,
    category, count; the victims as the group "", a base that is more than these by its group."""
    years, rows = profile_years(), []
    areas = (*DEPARTMENTS, "")
    for group, table in load_profile_categories().groupby("group", sort=False):
        names = [BASE, *table["category"], NOT_RECORDED]
        own, may_cut = counts()[str(group)], cuts(str(group))
        victims = counts()["sex"]
        for first, last in combinations(range(len(years) + 1), 2):
            code, sums = range_code(years, first, last), own[:, first:last].sum(axis=1)
            may = is_shown(may_cut, first, last)
            may[:, 1:] &= sums[:, 1:] >= SMALLEST_SHOWN
            may[:, 0] |= sums[:, 0] == 0
            is_total = sums[:, 0] == victims[:, first:last, 0].sum(axis=1)
            for area, kind in np.argwhere(may).tolist():
                key = str(group), names[kind]
                if not kind and is_total[area]:
                    key = TOTAL
                rows.append((code, areas[area], *key, int(sums[area, kind])))
    columns = ["period", "department_ubigeo", "group", "category", "count"]
    return pd.DataFrame(rows, columns=columns).drop_duplicates(ignore_index=True)


def with_editions(plan: Plan) -> Plan:
    """Add to new figures of the police what the edition in use prints: it is known for good."""
    if not plan.replacements:
        return plan
    rows = rows_in_use(EARLIER)
    already = {tuple(row[name] for name in row if name != "edition") for row in rows}
    card = load_table(TABLE).attrs["card"]
    source = rows_in_use(TABLE)[0]["source_id"]
    for code, *place, count in printed().itertuples(index=False):
        if (*(code, *place), str(count), source) not in already:
            key = ("edition", "period", "department_ubigeo", "group", "category")
            rows.append(
                dict(zip(key, (card["accessed"], code, *place), strict=True))
                | {"reported_count": str(count), "source_id": source}
            )
    kept = Replacement(table_bytes(EARLIER, rows), {})
    replacements = {**plan.replacements, EARLIER: kept}
    return Plan(plan.lines, replacements, plan.changes, plan.notes, plan.rows_read, plan.rows_used)


@cached
def _axis() -> tuple[np.ndarray, np.ndarray]:
    """The ends of years of all editions as months, and which of them are this edition's."""
    spans = [span_months(code) for code in profile_years()]
    own = [begin for begin, _ in spans] + [spans[-1][1] + 1]
    earlier = {end for code in load_table(EARLIER)["period"] for end in _ends(code)}
    ends = np.array(sorted(earlier.union(own)))
    return ends, np.isin(ends, own)


def _ends(code: str) -> tuple[int, int]:
    begin, last = span_months(code)
    return begin, last + 1


@cached
def _known() -> dict[tuple[int, str, str], dict[tuple[int, int], int]]:
    """What earlier editions printed, by area, group and category: counts by the positions on the
    axis at which their years begin and end. That there were none cuts no year from another."""
    ends = _axis()[0].tolist()
    found: dict[tuple[int, str, str], dict[tuple[int, int], int]] = {}
    table = load_table(EARLIER).sort_values("edition", kind="stable")
    for row in table[table["reported_count"] > 0].itertuples():
        area = DEPARTMENTS.index(row.department_ubigeo) if row.department_ubigeo else -1
        begin, end = (ends.index(month) for month in _ends(row.period))
        key = area % (len(DEPARTMENTS) + 1), row.group or "", row.category
        found.setdefault(key, {})[begin, end] = int(row.reported_count)
    return found


def _of_group(group: str) -> list[tuple[int, int, dict[tuple[int, int], int]]]:
    """What is known of a group: area, category as in :func:`counts`, counts by positions.

    The victims are its base only where it has no more entries than victims in any year.
    """
    names = load_profile_categories().groupby("group")["category"].agg(list)[group]
    kinds = {(group, name): kind for kind, name in enumerate([BASE, *names, NOT_RECORDED])}
    has_own = (counts()[group][..., 0] != counts()["sex"][..., 0]).any(axis=1)
    return [
        (area, kinds.get((of, name), 0), known)
        for (area, of, name), known in _known().items()
        if (of, name) in kinds or ((of, name) == TOTAL and not has_own[area])
    ]


@cached
def _pieces(group: str) -> tuple[np.ndarray, Earlier]:
    """Counts by pieces of time between two ends of the axis, and what is known of the group.

    A year that an earlier edition cut is divided by what that edition printed; where it printed
    nothing all stands in the first part.
    """
    cube, (ends, offered) = counts()[group], _axis()
    own = np.flatnonzero(offered)
    zero = np.zeros_like(cube[:, :1])
    prefix = np.concatenate([zero, cube.cumsum(axis=1)], axis=1)
    sums = prefix[:, np.searchsorted(own, np.arange(len(ends)))]
    known = np.zeros((len(cube), cube.shape[2], len(ends)), dtype=bool)
    for area, kind, ranges in _of_group(group):
        for (begin, end), count in ranges.items():
            known[area, kind, [begin, end]] = True
            if not offered[end]:
                before = sums[area, np.flatnonzero(offered[:end])[-1], kind]
                sums[area, end, kind] = np.clip(
                    sums[area, begin, kind] + count, before, sums[area, end, kind]
                )
    return np.diff(sums, axis=1), Earlier(known, offered, _is_revised())


@cached
def _is_revised() -> np.ndarray:
    """Areas of which the publisher has changed a count that an earlier edition printed."""
    own = np.flatnonzero(_axis()[1]).tolist()
    revised = np.zeros(len(DEPARTMENTS) + 1, dtype=bool)
    for group, cube in counts().items():
        for area, kind, ranges in _of_group(group):
            for (begin, end), count in ranges.items():
                if begin in own and end in own:
                    now = cube[area, own.index(begin) : own.index(end), kind].sum()
                    revised[area] |= now != count
    return revised


@cached
def _cuts(group: str) -> np.ndarray:
    """As :func:`cuts`, at all ends of the axis."""
    cube, earlier = _pieces(group)
    own = np.empty((len(cube), cube.shape[2], cube.shape[1] + 1), dtype=bool)
    if group not in PARTS_OF:
        base = earlier.of([0])
        own[:, :1] = cut_points(cube[:, :, :1], zero_shown=[0], earlier=base)
        rest = cube.shape[2] - 2
        own[:, 1:] = cut_points(
            cube[:, :, 1:], within=own[:, 0], zero_shown=[rest], earlier=earlier.of(slice(1, None))
        )
        return own
    whole = _cuts(PARTS_OF[group])
    own[:, [0, -1]] = whole[:, [0, -1]]
    inside = parts(load_profile_categories())[group]
    if group == BY_SEX:
        kinds = np.array([kinds for _, kinds in inside])
        bands = whole[:, [of for of, _ in inside]]
        of_bands = earlier.of(kinds[:, 0].tolist())
        # so few in a year that is not over would hide the country's whole years before it
        full_years = sum("-" not in code for code in profile_years())
        first_part = np.flatnonzero(earlier.offered)[full_years] + 1
        bands[-1, :, first_part:] &= of_bands.given[-1, :, first_part:]
        sexes = np.all(_cuts("sex")[:, 1:-1], axis=1)
        table = cut_table(cube[:, :, kinds], bands, sexes, earlier=of_bands)
        own[:, 1:-1] = False
        own[:, kinds] = table[:, :, None]
        return own
    for of, kinds in inside:
        own[:, kinds] = cut_points(
            cube[:, :, kinds], within=whole[:, of], earlier=earlier.of(kinds)
        )
    return own


def parts(categories: pd.DataFrame) -> dict[str, list[tuple[int, list[int]]]]:
    """Return for each group of parts the categories of the coarser group and of which they consist;
    positions as in :func:`counts`."""
    indicators = dict(list(categories.groupby("group", sort=False)["indicators"]))
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
