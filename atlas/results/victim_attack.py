"""The attack on the table of victims: what follows from all counts that any edition printed.

It knows printed values alone: of this edition and those before, for all ranges of years, all
areas, sex, age and their cross at once, the totals, and of which groups a year has no entries.
Shares, rates and their margins are computed from printed counts and tell no more. Every hidden
count below 5 has to stay possible over five values, or over all that its total allows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np

from atlas.view import DEPARTMENTS
from data.periods import span_months
from data.police import (
    BASE,
    BY_SEX,
    NOT_RECORDED,
    PARTS_OF,
    TOTAL,
    load_profile_categories,
    range_code,
)
from geo.errors import ParameterError
from geo.privacy.minimum_count import SMALLEST_SHOWN
from geo.privacy.range_attack import Printed, narrow_sums

_TOGETHER = ("sex", "age", *PARTS_OF)
"""groups of one person's sex and age: attacked together"""
_ALL = "*"
Row = Mapping[str, str]
Notes = Mapping[str, Mapping[str, Sequence[str]]]
Finding = tuple[tuple[str, ...], int, str]
"""Groups that were attacked together, the place of the area (the country last), what is known."""


def attack(
    rows: Sequence[Row],
    earlier: Sequence[Row],
    notes: Notes,
    *,
    truth: Mapping[str, np.ndarray],
    groups: Sequence[str] = (),
) -> list[Finding]:
    """Return each hidden count of 0 to 4 that the printed counts reveal.

    ``truth`` (areas, years, categories by group; the base first, the rest last) says which hidden
    counts are small and how wide "all that its total allows" is; the attacker does not have it.
    ``groups`` are those that are attacked, none for all.
    """
    categories = load_profile_categories()
    names = {
        str(group): list(table["category"])
        for group, table in categories.groupby("group", sort=False)
    }
    systems = [_TOGETHER, *((group,) for group in names if group not in _TOGETHER)]
    findings: list[Finding] = []
    for together in systems:
        if groups and not set(groups) & set(together):
            continue
        try:
            findings += _System(together, names, rows, earlier, notes).narrow(truth)
        except ParameterError:  # revised where nothing printed shows it: old counts say nothing
            findings += _System(together, names, rows, earlier, notes, is_revised=True).narrow(
                truth
            )
    return findings


class _System:
    """The unknown counts of groups that share their people: areas by pieces of time by cells."""

    def __init__(
        self,
        groups: Sequence[str],
        names: Mapping[str, list[str]],
        rows: Sequence[Row],
        earlier: Sequence[Row],
        notes: Notes,
        *,
        is_revised: bool = False,
    ) -> None:
        self.groups, self.names, self.notes = groups, names, notes
        self.years = sorted(
            {row["period"] for row in rows if "/" not in row["period"] or row["period"][4] == "-"}
        )
        self.months = sorted({end for row in (*rows, *earlier) for end in _ends(row["period"])})
        self.cells = self._cells()
        self.count = 1 + max(cell for members in self.cells.values() for cell in members)
        shape = (len(DEPARTMENTS), len(self.months) - 1, self.count)
        self.at = {_ALL: np.arange(np.prod(shape)).reshape(shape)}
        self.printed = Printed(self.at[_ALL].size)
        self._linked: dict[tuple, dict[int, int]] = {}
        self.shown = {_key(row): int(row["reported_count"]) for row in rows}
        self._add(rows, _ALL)
        editions = sorted({row["edition"] for row in earlier})
        for edition in editions:
            own = [row for row in earlier if row["edition"] == edition]
            self._add(own, self._index_of(edition, own, is_revised=is_revised))
        self.printed.is_none = self._never_recorded()

    def _cells(self) -> dict[tuple[str, str], list[int]]:
        """The cells of each category."""
        if self.groups != _TOGETHER:
            (group,) = self.groups
            members = {(group, name): [at] for at, name in enumerate(self.names[group])}
            rest = len(members)
            return {**members, (group, NOT_RECORDED): [rest], TOTAL: [*range(rest + 1)],
                    (group, BASE): [*range(rest + 1)]}  # fmt: skip
        bands = [name.partition(".")[::2] for name in self.names[BY_SEX]]
        rest = {"female": len(bands), "male": len(bands) + 1}
        neither = len(bands) + 2
        cells = {(BY_SEX, ".".join(band)): [at] for at, band in enumerate(bands)}
        for sex, unknown in rest.items():
            cells["sex", sex] = [at for at, band in enumerate(bands) if band[0] == sex] + [unknown]
        for name in self.names["age_band"]:
            cells["age_band", name] = [at for at, band in enumerate(bands) if band[1] == name]
        young = [
            name for name in self.names["age_band"] if int(name.partition("-")[0].rstrip("+")) < 18
        ]
        for group, is_young in (("under_18", True), ("18_and_over", False)):
            cells["age", group] = [at for at, b in enumerate(bands) if (b[1] in young) == is_young]
        cells["sex", NOT_RECORDED] = [neither]
        for group in ("age", "age_band", BY_SEX):
            cells[group, NOT_RECORDED] = [*rest.values(), neither]
        for group in _TOGETHER:
            cells[group, BASE] = [*range(neither + 1)]
        return cells | {TOTAL: [*range(neither + 1)]}

    def _positions(self, row: Row, edition: str) -> np.ndarray:
        begin, end = (self.months.index(month) for month in _ends(row["period"]))
        area = row["department_ubigeo"]
        of = slice(None) if not area else slice(place := DEPARTMENTS.index(area), place + 1)
        cells = self.cells[row["group"], row["category"]]
        return self.at[edition][of, begin:end][..., cells].ravel()

    def _add(self, rows: Iterable[Row], edition: str) -> None:
        """Add the counts of an edition, except those that follow from the others."""
        has_entries = {
            year[:4] for group in self.groups for year in self.notes["entries"].get(group, ())
        }
        based = {
            (row["period"], row["department_ubigeo"]) for row in rows if row["group"] in self.groups
        }
        own = {(r["period"], r["department_ubigeo"]) for r in rows
               if r["group"] in self.groups and r["category"] == BASE}  # fmt: skip
        for row in sorted(rows, key=lambda row: _length(row["period"])):
            key = row["group"], row["category"]
            if key not in self.cells:
                continue
            years = {code[:4] for code in self.years if _is_inside(code, row["period"])}
            place = row["period"], row["department_ubigeo"]
            positions, count = self._positions(row, edition), float(row["reported_count"])
            if not place[1] and years & has_entries and key[1] in (TOTAL[1], BASE, NOT_RECORDED):
                continue  # departments with more entries than victims do not add up to it
            if key == TOTAL and years & has_entries and (place in own or place not in based):
                if _length(row["period"]) <= 12 and place not in own:
                    self.printed.least.append((positions, count))
                continue
            if self._is_new(edition, row):
                self.printed.sums.append((positions, count))

    def _is_new(self, edition: str, row: Row) -> bool:
        """Whether a range joins ends of years that no shorter range has joined."""
        cells = tuple(self.cells[row["group"], row["category"]])
        links = self._linked.setdefault((edition, row["department_ubigeo"], cells), {})

        def root(at: int) -> int:
            while links.get(at, at) != at:
                at = links[at]
            return at

        begin, end = (root(month) for month in _ends(row["period"]))
        links[begin] = end
        return begin != end

    def _index_of(self, edition: str, rows: Sequence[Row], *, is_revised: bool) -> str:
        """Own unknowns for the years of an edition that the publisher has changed since."""
        at, first = self.at[_ALL].copy(), self.at[_ALL].size
        for row in rows:
            now, area = self.shown.get(_key(row)), row["department_ubigeo"]
            is_changed = area and now is not None and now != int(row["reported_count"])
            if is_revised or is_changed:
                begin, end = (self.months.index(month) for month in _ends(row["period"]))
                of = slice(None) if is_revised else DEPARTMENTS.index(area)
                block = at[of, begin:end].copy()
                old = block < first
                block[old] = np.arange(self.printed.size, self.printed.size + old.sum())
                at[of, begin:end] = block
                self.printed.size += int(old.sum())
        if (at < first).all():
            return _ALL
        self.at[edition] = at
        return edition

    def _never_recorded(self) -> np.ndarray:
        none = np.zeros(self.printed.size, dtype=bool)
        for group in self.groups:
            rest = set(self.cells[group, NOT_RECORDED])
            kinds = [
                c for name in self.names[group] for c in self.cells[group, name] if c not in rest
            ]
            for year in self.notes["unrecorded"].get(group, ()):
                begin, end = (self.months.index(month) for month in _ends(year))
                for at in self.at.values():
                    none[at[:, begin:end][..., kinds].ravel()] = True
        if "sex" in self.groups and "sex" not in self.notes["entries"]:
            for at in self.at.values():
                none[at[..., self.cells["sex", NOT_RECORDED]].ravel()] = True
        return none

    def narrow(self, truth: Mapping[str, np.ndarray]) -> list[Finding]:
        """The attack on all hidden counts of 0 to 4 of this edition."""
        asked = []
        for first, last in combinations(range(len(self.years) + 1), 2):
            code = range_code(tuple(self.years), first, last)
            for group in self.groups:
                sums = truth[group][:, first:last].sum(axis=1)
                entries = sums[:, 1:-1].sum(axis=1)
                if not entries[-1]:
                    continue
                for area, place in enumerate((*DEPARTMENTS, "")):
                    if (code, place, *TOTAL) not in self.shown:
                        continue  # years that are missing are no small count
                    for name, count in zip(self.names[group], sums[area, 1:-1], strict=True):
                        key = code, place, group, name
                        if count < SMALLEST_SHOWN and entries[area] and key not in self.shown:
                            row = dict(
                                zip(
                                    ("period", "department_ubigeo", "group", "category"),
                                    key,
                                    strict=True,
                                )
                            )
                            needed = min(SMALLEST_SHOWN - 1, int(entries[area]))
                            asked.append(((area, *key), self._positions(row, _ALL), needed))
        ranges = narrow_sums(self.printed, asked)
        return [
            (
                tuple(self.groups),
                area,
                f"{place or 'country'} {code} {group} {name}: {low:.0f} to {high:.0f}",
            )
            for (area, code, place, group, name), low, high in ranges
        ]


def _key(row: Row) -> tuple[str, str, str, str]:
    return row["period"], row["department_ubigeo"], row["group"], row["category"]


def _ends(code: str) -> tuple[int, int]:
    begin, last = span_months(code)
    return begin, last + 1


def _length(code: str) -> int:
    begin, end = _ends(code)
    return end - begin


def _is_inside(year: str, code: str) -> bool:
    begin, end = _ends(code)
    return begin <= _ends(year)[0] and _ends(year)[1] <= end
