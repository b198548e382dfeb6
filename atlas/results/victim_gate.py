"""Decide, at each refresh, which counts of the police's victims may be shown.

The gate runs over every range of years and every area that may be asked at once, takes what earlier
editions printed as known, and gives the rows of two tables: what may be shown, and what earlier
editions printed besides. Pages, commands and the API read the first and know no more.

Areas are the departments in the order of their codes, and the country last. Of a group the base is
the first category and what the source has no entry for the last one: they and the others add up. A
department with more entries than victims has its entries as the base.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from atlas.results.victim_attack import attack
from atlas.view import DEPARTMENTS
from data.catalogue import descriptor_of, read_catalogue
from data.parsing import text_rows
from data.periods import span_months
from data.police import (
    BASE,
    BY_SEX,
    EARLIER,
    NOT_RECORDED,
    PARTS_OF,
    TABLE,
    TOTAL,
    load_profile_categories,
    printed_faults,
    profile_parts,
    range_code,
)
from data.refresh.folder import Replacement, Row, Source, table_bytes
from data.refresh.police import COUNT, PoliceReading, cited
from geo.errors import UserError
from geo.privacy.minimum_count import SMALLEST_SHOWN
from geo.privacy.ranges import Earlier, cut_points, cut_table, is_shown

AREAS = (*DEPARTMENTS, "")
KEY = ("period", "department_ubigeo", "group", "category")
RULE = (
    "Totals that a registry publishes are shown. Sex, age and purpose are hidden below 5, and a "
    "whole group where its base is below 5. What an earlier edition printed counts as known."
)
_LISTED = 3
_ROUNDS = 6
"""of hiding more: two of an area, two of the country, none left after that but what was printed"""


def gated(reading: PoliceReading, source: Source, known: list[Row]) -> dict[str, Replacement]:
    """Return the two tables of a workbook, after the attack on them.

    ``known`` are rows that earlier editions printed (:func:`printed_before`).
    """
    gate = VictimGate(reading.profile, known)
    rows, before = gate.after_attack()
    first, end = gate.years[0][:4], gate.years[-1].rpartition("/")[2]
    card = descriptor_of(TABLE)
    described = {
        "title": f"{card['title'].rpartition(',')[0]}, {first} to {end}",
        "title_es": f"{card['title_es'].rpartition(',')[0]}, {first} a {end}",
        "gate": {
            "rule": RULE,
            "smallest_shown": SMALLEST_SHOWN,
            "years": list(gate.years),
            "areas": ["", *DEPARTMENTS],
            **gate.notes(),
            "missing": [
                {"department_ubigeo": code, "period": years} for code, years in gate.missing
            ],
            "workbook_sha256": source.sha256,
        },
    }
    title, publisher = cited(reading, source)
    sources = {"sources": [{"title": title, "publisher": publisher}]}
    return {
        TABLE: Replacement(table_bytes(TABLE, rows), sources | described),
        EARLIER: Replacement(table_bytes(EARLIER, before), sources),
    }


def _key(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in KEY)


def printed_before(folder: Path) -> list[Row]:
    """Return the rows printed by a data folder's edition and by earlier ones."""
    opened = read_catalogue(folder)
    cards = {item["name"]: item for item in opened.package["resources"]}
    if TABLE not in cards or TABLE not in opened.files:
        raise UserError("refresh.refusal.previous", folder=folder)
    rows = text_rows(opened.files[EARLIER])
    edition = cards[TABLE]["accessed"]
    return rows + [{"edition": edition, **row} for row in text_rows(opened.files[TABLE])]


def changed(old: Iterable[Row], new: Iterable[Row]) -> str:
    """Say how many shown counts differ, are new or are no longer shown; "" if none."""
    before, after = ({_key(row): row["reported_count"] for row in rows} for rows in (old, new))
    differ = sum(before[key] != after[key] for key in before.keys() & after.keys())
    appear, gone = len(after.keys() - before.keys()), len(before.keys() - after.keys())
    if not (differ or appear or gone):
        return ""
    return (
        f"victims by sex, age, purpose: {differ:,} shown counts differ, {appear:,} are new, "
        f"{gone:,} are shown no more"
    )


class VictimGate:
    """The gate over one workbook's counts by department and year, with earlier prints."""

    def __init__(self, profile: Iterable[Row], known: Iterable[Row]) -> None:
        """``profile``: period, department_ubigeo, indicator, reported_count as text."""
        self.table = pd.DataFrame(list(profile))
        self.known_rows = sorted(known, key=lambda row: row["edition"])
        self.years = tuple(sorted(set(self.table["period"])))
        self._cuts: dict[str, np.ndarray] = {}
        self._hidden: dict[tuple[str, int], int] = {}

    def after_attack(self, groups: Sequence[str] = ()) -> tuple[list[Row], list[Row]]:
        """Return the rows that the attack finds safe, and rows printed earlier.

        Where it finds something, ranges of that area and these groups are hidden, single years
        first, then the country's. UserError where what was printed before tells it already.
        ``groups`` are those that are attacked, none for all.
        """
        texts: list[str] = []
        for _ in range(_ROUNDS):
            rows = self.printed()
            now = {_key(row): row["reported_count"] for row in rows}
            before = [row for row in self.known_rows if now.get(_key(row)) != row["reported_count"]]
            findings = attack(rows, before, self.notes(), truth=self.counts, groups=groups)
            texts = [text for *_, text in findings] or printed_faults(rows, before)
            if not texts:
                return rows, before
            for group, area in {(group, area) for of, area, _ in findings for group in of}:
                self._hidden[group, area] = self._hidden.get((group, area), 0) + 1
        listed = "; ".join(texts[:_LISTED]) + (" …" if len(texts) > _LISTED else "")
        raise UserError("refresh.refusal.victims", count=len(texts), listed=listed)

    @cached_property
    def missing(self) -> list[tuple[str, str]]:
        """Departments and years that the complaints' card declares missing."""
        named = descriptor_of("police_complaints").get("missing", [])
        return [(item["department_ubigeo"], item["period"]) for item in named]

    @cached_property
    def counts(self) -> dict[str, np.ndarray]:
        """Exact counts by group (areas, years, categories); never to be shown."""
        categories = load_profile_categories()
        frame = self.table.assign(n=pd.to_numeric(self.table["reported_count"], errors="coerce"))
        wide = frame.pivot_table(
            index="indicator", columns=["period", "department_ubigeo"], values="n"
        )
        columns = pd.MultiIndex.from_product([self.years, DEPARTMENTS])
        wanted = sorted({code for row in categories["indicators"] for code in row} | {COUNT})
        wide = wide.reindex(index=wanted, columns=columns).fillna(0).astype(np.int64)
        shape = (len(self.years), len(DEPARTMENTS))

        def cube(rows: Iterable[tuple[str, ...]]) -> np.ndarray:
            own = np.stack([wide.loc[list(row)].sum().to_numpy().reshape(shape) for row in rows])
            return np.concatenate([own, own.sum(axis=2, keepdims=True)], axis=2).transpose(2, 1, 0)

        victims, cubes = cube([(COUNT,)]), {}
        for group, table in categories.groupby("group", sort=False):
            own = cube(table["indicators"])
            base = np.maximum(victims, entries := own.sum(axis=-1, keepdims=True))
            cubes[str(group)] = np.concatenate([base, own, base - entries], axis=-1)
        return cubes

    def notes(self) -> dict[str, dict[str, list[str]]]:
        """Years in which the country has no entry of a group, or another number than victims."""
        noted: dict[str, dict[str, list[str]]] = {"unrecorded": {}, "entries": {}}
        for group, cube in self.counts.items():
            totals, entries = self.counts["sex"][-1, :, 0], cube[-1, :, 1:-1].sum(axis=-1)
            for name, is_noted in (
                ("unrecorded", entries == 0),
                ("entries", (entries != totals) & (entries > 0)),
            ):
                if is_noted.any():
                    noted[name][group] = [self.years[at] for at in np.flatnonzero(is_noted)]
        return noted

    def printed(self) -> list[Row]:
        """Return every count that may be shown: totals, and what the cuts of a group allow.

        In a group the base and the count must be 5 or more.
        """
        rows = []
        total = np.cumsum(np.pad(self.counts["sex"][..., 0], ((0, 0), (1, 0))), axis=1)
        lacking = {(code, years) for code, years in self.missing}
        for first, last in combinations(range(len(self.years) + 1), 2):
            code, victims = range_code(self.years, first, last), total[:, last] - total[:, first]
            is_known = np.array(
                [
                    not any((area, year[:4]) in lacking for year in self.years[first:last])
                    for area in AREAS
                ]
            )
            rows += [(code, AREAS[at], *TOTAL, victims[at]) for at in np.flatnonzero(is_known)]
            for group, cube in self.counts.items():
                names = [BASE, *self._names(group), NOT_RECORDED]
                sums = cube[:, first:last].sum(axis=1)
                may = is_shown(self.cuts(group), first, last) & is_known[:, None]
                may[:, 1:] &= (sums[:, 1:] >= SMALLEST_SHOWN) & (sums[:, :1] >= SMALLEST_SHOWN)
                may[:, 0] &= sums[:, 0] != victims
                rows += [
                    (code, AREAS[area], group, names[kind], sums[area, kind])
                    for area, kind in np.argwhere(may)
                ]
        named = (*KEY, "reported_count")
        return [dict(zip(named, map(str, row), strict=True)) for row in rows]

    def cuts(self, group: str) -> np.ndarray:
        """Return where years of a group may be cut (areas, categories, ends of years)."""
        given, own = self._pieces(group)[1].given, self._all_cuts(group).copy()
        for (of, area), rounds in self._hidden.items():
            if of == group:
                for at, depth in ((area, rounds), (-1, rounds - 2)):
                    inside = slice(1, -1) if depth == 1 else slice(None)
                    if depth > 0:
                        own[at, :, inside] &= given[at, :, inside]
        return own[..., self._axis[1]]

    @cached_property
    def _axis(self) -> tuple[np.ndarray, np.ndarray]:
        """The ends of years of all editions as months, and which of them are this edition's."""
        own = {end for code in self.years for end in _ends(code)}
        ends = np.array(sorted(own.union(*(_ends(row["period"]) for row in self.known_rows))))
        return ends, np.isin(ends, list(own))

    def _names(self, group: str) -> list[str]:
        categories = load_profile_categories()
        return list(categories.loc[categories["group"] == group, "category"])

    @cached_property
    def _known(self) -> dict[tuple[int, str, str], dict[tuple[int, int], int]]:
        """Return the counts of earlier editions by area, group and category.

        The keys of the counts are the positions on the axis at which their years begin and end. A
        printed 0 is left out: it separates no year from another.
        """
        place = {month: at for at, month in enumerate(self._axis[0].tolist())}
        counts: dict[tuple[int, str, str], dict[tuple[int, int], int]] = {}
        for row in self.known_rows:
            begin, end = (place[month] for month in _ends(row["period"]))
            key = AREAS.index(row["department_ubigeo"]), row["group"], row["category"]
            if count := int(row["reported_count"]):
                counts.setdefault(key, {})[begin, end] = count
        return counts

    def _of_group(self, group: str) -> Iterator[tuple[int, int, dict[tuple[int, int], int]]]:
        """Yield area, category as in :attr:`counts`, and known counts by positions, for a group."""
        names = [BASE, *self._names(group), NOT_RECORDED] if group else [TOTAL[1]]
        kinds = {name: kind for kind, name in enumerate(names)}
        for (area, of, name), known in self._known.items():
            if of == group:
                yield area, kinds[name], known

    def _pieces(self, group: str) -> tuple[np.ndarray, Earlier]:
        """Return counts by pieces of time between two ends of the axis, and the group's known cuts.

        A year that an earlier edition cut is divided by what that edition printed; where it printed
        nothing all stands in the first part.
        """
        cube, (ends, offered) = self.counts[group], self._axis
        prefix = np.concatenate([np.zeros_like(cube[:, :1]), cube.cumsum(axis=1)], axis=1)
        sums = prefix[:, np.searchsorted(np.flatnonzero(offered), np.arange(len(ends)))]
        known = np.zeros((len(cube), cube.shape[2], len(ends)), dtype=bool)
        for area, kind, ranges in self._of_group(group):
            for (begin, end), count in ranges.items():
                known[area, kind, [begin, end]] = True
                if not offered[end]:
                    before = sums[area, np.flatnonzero(offered[:end])[-1], kind]
                    sums[area, end, kind] = np.clip(
                        sums[area, begin, kind] + count, before, sums[area, end, kind]
                    )
        return np.diff(sums, axis=1), Earlier(known, offered, self._given_until)

    @cached_property
    def _given_until(self) -> np.ndarray:
        """Return for each area the axis position from which printed counts have changed since.

        It is the start of the years of the first printed count that differs.
        """
        own = {at: year for year, at in enumerate(np.flatnonzero(self._axis[1]).tolist())}
        cubes = [*self.counts.items(), ("", self.counts["sex"][..., :1])]
        differ: dict[int, list[tuple[int, int]]] = {}
        for group, cube in cubes:
            for area, kind, ranges in self._of_group(group):
                for (begin, end), count in ranges.items():
                    if begin in own and end in own:
                        now = cube[area, own[begin] : own[end], kind].sum()
                        if now != count:
                            differ.setdefault(area, []).append((end, -begin))
        until = np.full(len(AREAS), len(self._axis[0]) - 1)
        for area, ranges in differ.items():
            until[area] = -min(ranges)[1]
        return until

    def _all_cuts(self, group: str) -> np.ndarray:
        """Return :meth:`cuts` at all ends of the axis."""
        if group not in self._cuts:
            self._cuts[group] = self._made_cuts(group)
        return self._cuts[group]

    def _made_cuts(self, group: str) -> np.ndarray:
        cube, earlier = self._pieces(group)
        own = np.empty((len(cube), cube.shape[2], cube.shape[1] + 1), dtype=bool)
        if group not in PARTS_OF:
            # a group whose base is known to a cut is known there
            base = replace(earlier, cuts=np.any(earlier.cuts, axis=1)[:, None])
            own[:, :1] = cut_points(cube[:, :, :1], zero_shown=[0], earlier=base)
            own[:, 1:] = cut_points(
                cube[:, :, 1:],
                within=own[:, 0],
                zero_shown=[cube.shape[2] - 2],
                earlier=earlier.of(slice(1, None)),
            )
            return own
        whole = self._all_cuts(PARTS_OF[group])
        own[:, [0, -1]] = whole[:, [0, -1]]
        inside = profile_parts()[group]
        if group == BY_SEX:
            kinds = np.array([kinds for _, kinds in inside])
            bands = whole[:, [of for of, _ in inside]]
            of_bands = earlier.of(kinds[:, 0].tolist())
            # so few in a year that is not over would hide the country's whole years before it
            full_years = sum("-" not in code for code in self.years)
            part = np.flatnonzero(earlier.offered)[full_years] + 1
            bands[-1, :, part:] &= of_bands.given[-1, :, part:]
            sexes = np.all(self._all_cuts("sex")[:, 1:-1], axis=1)
            table = cut_table(cube[:, :, kinds], bands, sexes, earlier=of_bands)
            own[:, 1:-1] = False
            own[:, kinds] = table[:, :, None]
            return own
        for of, kinds in inside:
            own[:, kinds] = cut_points(
                cube[:, :, kinds], within=whole[:, of], earlier=earlier.of(kinds)
            )
        return own


def _ends(code: str) -> tuple[int, int]:
    begin, last = span_months(code)
    return begin, last + 1
