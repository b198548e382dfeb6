"""What happened to every row of a file: used, put right, or left out with the reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from typing import Any

PROBLEMS: dict[str, str] = {
    # rows left out
    "cells": "the row has another number of cells than the heading; check quotes and separators",
    "missing": "nothing came; a value is needed",
    "date_format": "no date; write 2023-05, 05/2023, 17/05/2023, 2023 or desconocido",
    "date_range": "there is no such month or day",
    "date_year": "years from 1990 to now are taken, and no date in the future",
    "code_format": "no UBIGEO; write the 6 digits of the district or the 4 of the province as text",
    "code_unknown": "INEI has no such code",
    "reniec_code": "the number is RENIEC's for the department that is named; INEI's differs",
    "code_and_names": "the code means another place than the names; correct one of them",
    "place_missing": "no place; give the code, the names or the coordinates",
    "place_coarse": "a department alone is too coarse; add the province",
    "department_unknown": "no such department",
    "province_unknown": "no province of this name",
    "district_unknown": "no district of this name",
    "names_disagree": "the name lies in another department or province than the one told",
    "name_shared": "several places have this name; add province and department",
    "not_a_number": "no number; write degrees such as -12.046",
    "half_coordinate": "only one coordinate came; give both or none",
    "swapped": "longitude and latitude stand in each other's column",
    "sign_lost": "the minus is missing; in Peru both coordinates are negative",
    "utm_metres": "metres of UTM, not degrees; convert to WGS84 degrees or send a Shapefile with "
    "its .prj",
    "not_degrees": "no place on earth has these degrees",
    "outside_peru": "the place lies outside Peru",
    "not_whole": "no whole number",
    "below_minimum": "below the least that is allowed",
    "above_maximum": "above the most that is allowed",
    "not_boolean": "neither sí nor no",
    "repeated_id": "the same record number came before",
    "place_unlocated": "the capital of this place has no known position; give the coordinates",
    "repeated_place": "the same place or pair came before; it counts once",
    "repeated_name": "the same name or number came before; give each place one of its own",
    "not_minutes": "no number of minutes; leave the row out where one cannot travel",
    "zone_shape": "no shape that can be used; draw a polygon, a line or a point",
    "geometry_kind": "the shape is no point; records are points",
    "geometry_empty": "the point is empty or has no finite place",
    # rows used, with something put right
    "lost_zero": "the leading zero was missing",
    "misspelt": "the name is written otherwise",
    "capital": "the name is that of the district's capital",
    "code_unlisted": "not one of the codes; taken as unknown",
    "count_unknown": "the number of victims is not known; counted as one",
    "far_from_code": "the coordinates lie more than 100 km from the place of the code",
    "same_row": "all cells are those of an earlier row; counted, delete it if it is a copy",
}
OUTSIDE = frozenset({"swapped", "sign_lost", "utm_metres", "not_degrees", "outside_peru"})
"""One such row and the file is not imported: its coordinates mean something else."""
LISTED_ENTRIES = 20_000
"""Entries that a report lists one by one; more are counted by their code."""
NOTICES: dict[str, str] = {
    "encoding": "the text was read as {detail}",
    "empty_rows": "empty rows passed over: {detail}",
    "other_sheets": "other sheets, not read since only the first is: {detail}",
    "third_coordinate": "heights were dropped",
    "reprojected": "coordinates were converted from {detail} to WGS84 degrees",
    "geometry_wins": "columns of coordinates were dropped: each feature's shape says the place",
    "unknown_column": "the column '{detail}' is not in the template and was dropped",
    "unnamed_column": "column {detail} has no heading and was dropped",
    "days_dropped": "rows whose day was dropped, since only the month is kept: {detail}",
    "ages_banded": "rows whose age in years became a band: {detail}",
    "dates_unknown": "rows without a known date, in no count by year: {detail}",
    "place_nearest": "rows with coordinates only, in the district of the nearest capital: {detail}",
    "place_of_capital": "rows without coordinates, at their district's capital on maps: {detail}",
    "invented": "invented rows (datos inventados): {detail}",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to look at in one cell."""

    line: int
    column: str
    """column of the template, or "" for the row as a whole."""
    code: str
    """one of PROBLEMS."""
    is_fault: bool
    """whether the row was left out for it; else it was used, put right."""
    came: str = ""
    """what stood in the cell, cut; for the owner's terminal, never for a page."""
    allowed: str = ""
    suggestion: str = ""
    """a code and a name of the gazetteer, or what to do: never what came."""
    confidence: float | None = None
    """how alike a name is, 0 to 1; None where nothing was compared."""
    earlier_line: int | None = None
    """the line that this one repeats, where it repeats one."""


@dataclass(slots=True)
class Report:
    """The whole file."""

    kind: str = ""
    """"csv", "xlsx", "geojson", "gpkg" or "shapefile"."""
    row_count: int = 0
    used_count: int = 0
    columns: dict[str, str] = field(default_factory=dict)
    """heading as it came to column of the template."""
    notices: list[tuple[str, str]] = field(default_factory=list)
    """code of NOTICES and its detail."""
    entries: list[Entry] = field(default_factory=list)
    isolation: str = ""
    """how the reading was kept off the network."""
    unlisted: dict[str, int] = field(default_factory=dict)
    """entries beyond LISTED_ENTRIES, counted by code and not listed."""
    has_outside: bool = False
    """whether a row lies outside Peru, listed or not."""

    @property
    def left_out_count(self) -> int:
        """Rows left out, each with an entry."""
        return self.row_count - self.used_count

    @property
    def entry_count(self) -> int:
        """Entries, listed or only counted."""
        return len(self.entries) + sum(self.unlisted.values())

    @property
    def is_clean(self) -> bool:
        """Whether no row has anything to look at."""
        return not self.entries

    @property
    def is_accepted(self) -> bool:
        """Whether the used rows may be imported: none lies outside Peru, and there are some."""
        return self.used_count > 0 and not self.has_outside

    def counts(self) -> dict[str, int]:
        """Entries by code, most frequent first."""
        listed = Counter(one.code for one in self.entries)
        return dict((listed + Counter(self.unlisted)).most_common())

    def take(self, entries: list[Entry]) -> None:
        """List the entries, rows left out first where there are more than LISTED_ENTRIES."""
        self.has_outside = any(one.code in OUTSIDE for one in entries)
        if len(entries) > LISTED_ENTRIES:
            # stable: by line within both
            entries = sorted(entries, key=lambda one: not one.is_fault)
            self.unlisted = dict(Counter(one.code for one in entries[LISTED_ENTRIES:]))
        self.entries = entries[:LISTED_ENTRIES]

    def without_values(self) -> Report:
        """The same without what stood in the cells: what a session keeps."""
        return replace(self, entries=[replace(one, came="") for one in self.entries])

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "kind": self.kind,
            "rows": self.row_count,
            "used": self.used_count,
            "left_out": self.left_out_count,
            "accepted": self.is_accepted,
            "columns": self.columns,
            "notices": [{"code": code, "detail": detail} for code, detail in self.notices],
            "entries": [asdict(one) for one in self.entries],
            "unlisted": self.unlisted,
            "outside": self.has_outside,
            "isolation": self.isolation,
        }


def report_from(plain: dict[str, Any]) -> Report:
    """Inverse of :meth:`Report.as_dict`."""
    return Report(
        kind=plain["kind"],
        row_count=plain["rows"],
        used_count=plain["used"],
        columns=plain["columns"],
        notices=[(one["code"], one["detail"]) for one in plain["notices"]],
        entries=[Entry(**one) for one in plain["entries"]],
        isolation=plain["isolation"],
        unlisted=plain["unlisted"],
        has_outside=plain["outside"],
    )
