"""Judges a table row by row: a row is used, or listed with its fault."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from atlas.own_files import cells
from atlas.own_files.cells import number
from atlas.own_files.places import find_place, find_town, gazetteer
from atlas.own_files.reading import SheetReading, is_of_template, propose
from atlas.own_files.report import Entry, Report, sheet_of
from atlas.words import LANGUAGES, words
from data.cache import cached
from data.names import normalise_name
from data.readers.privacy import require_no_personal_data, shown, shown_heading, without_columns
from data.readers.raw_table import RawTable
from data.readers.schema import UNKNOWN, Field, fields, fold_heading, is_unknown
from data.readers.schema import field as field_named
from geo.crs import coordinate_fault, to_analysis
from geo.errors import UserError

LARGEST_MINUTES = 100_000
NAME_CHARACTERS = 80
"""of a name in a list that a planner brings."""
_BORDER_DEGREES = 0.25
"""Islands are in no outline, and lie up to 25 km off the coast: nobody there is turned away."""


@cached(most=1)
def _country() -> Any:
    import shapely

    from data.geography import load_features

    outlines = load_features("departments_simplified").geometry
    country = shapely.union_all(outlines.to_numpy()).buffer(_BORDER_DEGREES)
    shapely.prepare(country)
    return country


PLACE_COLUMNS = ("district_ubigeo", "department", "province", "district")
CODED = tuple(column.name for column in fields() if column.codes)
FAR_KM = 100.0
_TRUE = frozenset({"true", "si", "yes", "1", "verdadero", "x"})
_FALSE = frozenset({"false", "no", "0", "falso", ""})


@dataclass(slots=True)
class Row:
    """One row: reading fills its cells, checking its values and the entries for the report."""

    line: int
    cells: dict[str, str]
    """texts by the column that they stand for."""
    values: dict[str, Any] = field(default_factory=dict)
    """what leaves the child, if the row is used."""
    entries: list[Entry] = field(default_factory=list)
    notices: set[str] = field(default_factory=set)
    """what the report only counts."""
    sheet: str = ""
    """where several were joined, the one that it stands in."""
    words: dict[str, str] = field(default_factory=dict)
    """by coded column, what its cell says that is no code."""
    takes_meant: bool = False
    """somebody has said that the places are meant that names may mean."""
    meant: str = ""
    """a name that no place has, and the place that it may mean."""

    def note(self, column: str, code: str, *, is_fault: bool = True, **more: Any) -> None:
        text = shown(self.cells.get(column, ""))
        self.entries.append(Entry(self.line, column, code, is_fault, text, **more))

    @property
    def is_used(self) -> bool:
        return not any(entry.is_fault for entry in self.entries)


class Decided(NamedTuple):
    """Decisions of columns or answers about cells."""

    years_last: bool
    """dates of two-digit years end with them."""
    letters: Mapping[str, str]
    """the sex of one letter."""
    words: Mapping[str, Mapping[str, str]]
    """by coded column the codes of words that somebody has explained."""


def judge(row: Row, latest: date, decided: Decided) -> None:
    """Fill the values of a row and note its faults."""
    text = row.cells.get("date", "")
    is_last = decided.years_last
    year = cells.read_year(text, latest, is_year_last=is_last) if text else "missing"
    if isinstance(year, str):
        row.note("date", year, allowed=f"1990 … {latest:%Y-%m}" if text else "2023-05")
    else:
        row.values["year"] = year
        row.notices |= {"dates_unknown"} if year is None else set()
    judge_coordinates(row)
    judge_place(row)
    _judge_count(row)
    for name in CODED:
        _judge_code(row, field_named(name), decided)
    invented = normalise_name(row.cells.get("invented", ""))
    row.values["invented"] = invented in _TRUE
    if invented in _TRUE:
        row.notices.add("invented")
    elif invented not in _FALSE:
        row.note("invented", "not_boolean", allowed="sí, no")


def judge_coordinates(row: Row, *, abroad: bool = False) -> None:
    """Fill longitude, latitude and position, or note the fault; ``abroad``: anywhere."""
    row.values.update(longitude=None, latitude=None, position="none")
    texts = {
        name: text
        for name in ("longitude", "latitude")
        if (text := row.cells.get(name, "")) and not is_unknown(text)
    }
    if len(texts) == 1:
        row.note("latitude" if "longitude" in texts else "longitude", "half_coordinate")
        return
    values = {name: number(text) for name, text in texts.items()}
    for name, value in values.items():
        if value is None:
            row.note(name, "not_a_number", allowed="-77.03" if name == "longitude" else "-12.05")
    x, y = values.get("longitude"), values.get("latitude")
    if x is None or y is None:
        return
    wrong = coordinate_fault(x, y)
    if wrong and not (abroad and wrong == "outside_peru"):
        row.note("longitude", wrong, allowed="-81.4 … -68.6; -18.4 … 0")
        return
    row.values.update(longitude=x, latitude=y, position="given")


def judge_place(row: Row) -> None:
    """Fill the codes of the place; without coordinates also its capital's position."""
    code, *names = (row.cells.get(name, "") for name in PLACE_COLUMNS)
    plain = cells.without_decimals(code)
    town = row.cells.get("town", "")
    place = find_town(names[0], names[1], town) if town else find_place(plain, *names)
    is_named = any(text and not is_unknown(text) for text in (code, *names, town))
    longitude = row.cells.get("longitude", "")
    has_point = row.values["position"] == "given" or not (not longitude or is_unknown(longitude))
    if place.problem and has_point and not is_named:
        return  # the coordinates say it, or are the fault and listed
    if place.meant is not None:
        row.meant = f"{shown(row.cells[place.column], 40)} → {place.meant.suggestion}"
        place = place.meant if row.takes_meant else place
    if place.problem or place.remark:
        row.note(
            place.column,
            place.problem or place.remark,
            is_fault=bool(place.problem),
            suggestion=place.suggestion,
            confidence=place.confidence if 0 < place.confidence < 1 else None,
        )
    if place.problem:
        return
    row.values.update(province_ubigeo=place.province_ubigeo, district_ubigeo=place.district_ubigeo)
    x, y = row.values["longitude"], row.values["latitude"]
    capital = gazetteer().positions.get(place.district_ubigeo)
    if capital is None:
        return
    if x is None:
        row.values.update(longitude=capital[0], latitude=capital[1], position="capital")
        return
    east, north = to_analysis([x, capital[0]], [y, capital[1]])
    if np.hypot(east[0] - east[1], north[0] - north[1]) > 1000 * FAR_KM:
        row.note("longitude", "far_from_code", is_fault=False)


def _judge_count(row: Row) -> None:
    """Note a number of victims that cannot be, "1 (una)" read by its first word."""
    text = row.cells.get("victim_count", "") or "1"
    if is_unknown(text):
        return
    rules = field_named("victim_count").constraints
    least, most = rules["minimum"], rules["maximum"]
    try:
        value = float(text.split()[0].replace(",", "."))
    except ValueError:
        value = math.nan
    if not value.is_integer():
        problem = "not_whole"
    elif least <= value <= most:
        return
    else:
        problem = "below_minimum" if value < least else "above_maximum"
    row.note("victim_count", problem, allowed=f"{least} … {most}")


def _judge_code(row: Row, column: Field, decided: Decided) -> None:
    text = row.cells.get(column.name, "")
    folded = normalise_name(text)
    code = column.code_of(text) if text else UNKNOWN
    if code is None and column.name == "age_band":
        code = cells.age_band(text)
    is_letter = code is None and column.name == "sex" and folded in cells.LETTERS
    if is_letter:
        code = decided.letters.get(folded)
    elif code is None:
        row.words[column.name] = shown(text)
        code = decided.words.get(column.name, {}).get(folded)
    if code is None:
        codes = ", ".join(option["es"] for option in column.codes)
        problem = "sex_letter" if is_letter else "code_unlisted"
        row.note(column.name, problem, is_fault=False, allowed=codes)
    row.values[column.name] = code or UNKNOWN


RECORD_COLUMNS = ("year", "province_ubigeo", *CODED, "invented")
"""What leaves the child of a checked record: no position, month, district or number."""
_COUNTED = ("dates_unknown", "place_inside", "place_nearest", "invented")
"""Notices of rows, in the report's order."""


def check_table(
    table: RawTable, *, latest: date, mapping: Mapping[str, Any] | None = None
) -> tuple[list[dict[str, Any]], Report]:
    """Judge a table of records.

    What nobody has said yet stands in the report's reading, and the rows are judged without it. A
    table that lacks a column has no rows, and a reading that says which.
    """
    mapping = mapping or {}
    answers: Mapping[str, str] = mapping.get("answers", {})
    if dropped := mapping.get("drop"):
        table = without_columns(table, dropped)
    columns, reading = propose(table, mapping)
    reading.dropped = list(dropped or ())
    report = _report_on(table, columns)
    report.reading = reading
    cases = require_no_personal_data(table, columns, last_case_year=latest.year)
    if not any(columns):
        raise UserError("records.refusal.no_header")
    if cases:
        headings = [shown_heading(table.headings[position]) for position in sorted(cases)]
        named = ", ".join(headings)
        if reading.ask("case_number", named, answers) == "no":
            raise UserError("records.refusal.personal_column", column=named, columns=headings)
    if "date" not in columns:
        reading.missing = "date"
    elif not has_place(columns, "district_ubigeo", "province", "district"):
        reading.missing = "place"
    if reading.missing:
        return [], report
    rows = rows_of(table, columns)
    for row, texts in zip(rows, table.rows, strict=True):
        row.cells = {name: "" if _EMPTY.match(text) else text for name, text in row.cells.items()}
        _set_aside(row, texts, table.headings, latest)
    decided = _decide(rows, reading, answers)
    for row in rows:
        row.takes_meant = answers.get("names") == "yes"
        if not row.entries:
            judge(row, latest, decided)
    if names := names_meant(rows):
        reading.ask("names", names, answers)
    note_outside(rows)
    _place_points(rows, reading, answers)
    _repeated(rows, reading, answers)
    used = used_rows(rows, report)
    _ask_words(used, reading)
    counts = Counter(code for row in used for code in row.notices)
    report.notices += [(code, str(counts[code])) for code in _COUNTED if counts[code]]
    return [{"line": row.line} | row.values for row in used], report


def _report_on(table: RawTable, columns: list[str]) -> Report:
    """Begin a report with the columns that are used and those that are dropped."""
    report = Report(kind=table.kind, notices=list(table.notices), row_count=len(table.rows))
    report.sheets = list(table.above)
    for position, (heading, column) in enumerate(zip(table.headings, columns, strict=True)):
        if column:
            report.columns[shown_heading(heading)] = column
        elif heading:
            report.notices.append(("unknown_column", shown_heading(heading)))
        elif any(len(row) > position and row[position] for row in table.rows):
            report.notices.append(("unnamed_column", str(position + 1)))
    return report


_EMPTY = re.compile(r"[\s._/…–—-]+\Z", re.ASCII)
"""Dashes and dots alone: how people fill a cell of which they know nothing."""
_TOTALS = frozenset({"total", "totales", "total general", "suma", "subtotal", "sub total"})
_FEW_HEADINGS = 3
_MOST_HEADINGS, _MOST_NAMES = 12, 30
"""that a refusal, or a question, repeats"""


def is_of_totals(texts: list[str]) -> bool:
    """Whether a row says that it adds up others."""
    names = [normalise_name(text) for text in texts if text]
    return any(name in _TOTALS or name.startswith("total ") for name in names)


def _set_aside(row: Row, texts: list[str], headings: list[str], latest: date) -> None:
    when = row.cells.get("date", "")
    if row.entries or (when and cells.read_year(when, latest) != "date_format"):
        return
    filled = [text for text in texts if text]
    is_note = len(filled) == 1 or texts[: len(headings)] == headings
    if is_of_totals(texts):
        row.entries.append(Entry(row.line, "", "total_row", True))
    elif is_note and len(headings) >= _FEW_HEADINGS:
        row.entries.append(Entry(row.line, "", "note_row", True))


def _decide(rows: list[Row], reading: SheetReading, answers: Mapping[str, str]) -> Decided:
    letters, is_asked = cells.sex_letters(_column_of(rows, "sex"))
    if is_asked or "m" in letters:
        answer = reading.ask("sex_m", reading.heading_of("sex"), answers, letters.get("m", ""))
        letters = cells.LETTERS | {"m": answer} if answer else {}
    years_last = cells.are_years_last(_column_of(rows, "date"))
    return Decided(years_last, letters, {name: reading.explained(name) for name in CODED})


def _ask_words(used: list[Row], reading: SheetReading) -> None:
    for name in CODED:
        words = [row.words[name] for row in used if name in row.words]
        first = {normalise_name(word): word for word in reversed(words)}
        counts = Counter(map(normalise_name, words))
        reading.ask_words(name, {key: first[key] for key, _ in counts.most_common()})


def names_meant(rows: Iterable[Row]) -> str:
    """Names that no place has with the places that they may mean, as one line; "" for none."""
    names = list(dict.fromkeys(row.meant for row in rows if row.meant))
    more = f"; … +{len(names) - _MOST_NAMES}" if len(names) > _MOST_NAMES else ""
    return "; ".join(names[:_MOST_NAMES]) + more


def _column_of(rows: Iterable[Row], name: str) -> list[str]:
    return [text for row in rows if not row.entries and (text := row.cells.get(name, ""))]


def columns_and_report(
    table: RawTable, headings: Mapping[str, frozenset[str]], *, is_list_of_places: bool = False
) -> tuple[list[str], Report]:
    """Return the column of each heading, "" for none, and a new report.

    ``headings`` has the folded headings of each column that a list may have.
    """
    columns = [
        next((name for name, words in headings.items() if fold_heading(heading) in words), "")
        for heading in table.headings
    ]
    report = _report_on(table, columns)
    require_no_personal_data(table, columns, is_list_of_places=is_list_of_places)
    if not any(columns):
        first = ", ".join(map(shown_heading, filter(None, table.headings[:_MOST_HEADINGS])))
        # the child does not know the language of the reader
        names = [
            dict.fromkeys(words(lang)(f"planning.heading.{name}") for lang in LANGUAGES)
            for name in headings
        ]
        allowed = ", ".join(map("/".join, names))
        raise UserError("records.refusal.no_list_header", column=first, limit=allowed)
    for name in headings:
        if columns.count(name) > 1:
            raise UserError("records.refusal.duplicate_column", column=name)
    return columns, report


def has_place(columns: list[str], *names: str) -> bool:
    """Whether there are coordinates or a column that names a place."""
    return {"longitude", "latitude"} <= set(columns) or bool(set(columns) & set(names))


def rows_of(table: RawTable, columns: list[str], *, is_whole: bool = False) -> list[Row]:
    """Return rows by field; rows of another width or with a flawed shape get an entry.

    ``is_whole``: refuse cells beside the table in a sheet, too.
    """
    rows, width = [], len(columns)
    for line, texts in zip(table.lines, table.rows, strict=True):
        row = Row(line, {name: cell for name, cell in zip(columns, texts, strict=False) if name})
        row.sheet = sheet_of(line, table.above)[0] if table.above else ""
        # a sheet's cells stand under their heading whatever is written beside the table
        if len(texts) < width or (len(texts) > width and (is_whole or table.kind != "xlsx")):
            row.entries.append(Entry(line, "", "cells", True, f"{len(texts)}", f"{width}"))
        elif line in table.flaws:
            row.entries.append(Entry(line, "geometry", table.flaws[line], True))
        rows.append(row)
    return rows


def used_rows(rows: list[Row], report: Report) -> list[Row]:
    """Return the rows without a fault, and give the report all entries."""
    used = [row for row in rows if row.is_used]
    report.used_count = len(used)
    report.take([entry for row in rows for entry in row.entries])
    return used


def _place_points(rows: list[Row], reading: SheetReading, answers: Mapping[str, str]) -> None:
    """Assign points without a place to the district that contains them.

    If no district does, ask whether the nearest one is meant.
    """
    located = [row for row in rows if row.values.get("position") == "given"]
    bare = [row for row in located if "province_ubigeo" not in row.values and row.is_used]
    if not bare:
        return
    from data.geography import districts_at

    codes = districts_at(*_degrees(bare))
    nearest = districts_at(*_degrees(bare), nearest=True)
    outside = []
    for row, code, near in zip(bare, codes, nearest, strict=True):
        row.values.update(province_ubigeo=near[:4], district_ubigeo=near)
        row.notices.add("place_inside" if code else "place_nearest")
        outside += [] if code else [row]
    if not outside:
        return
    label = gazetteer().label
    lines = [f"{row.line}: {label(row.values['district_ubigeo'])}" for row in outside]
    more = f"; … +{len(lines) - _MOST_NAMES}" if len(lines) > _MOST_NAMES else ""
    answer = reading.ask("outside", "; ".join(lines[:_MOST_NAMES]) + more, answers)
    for row in outside if answer == "leave_out" else ():
        row.note("longitude", "outside_districts")


def note_outside(rows: list[Row]) -> None:
    """Note the rows with coordinates beyond the border."""
    located = [row for row in rows if row.values.get("position") == "given"]
    if not located:
        return
    import shapely

    for row, is_inside in zip(
        located, shapely.contains_xy(_country(), *_degrees(located)), strict=True
    ):
        if not is_inside:
            row.note("longitude", "outside_peru")


def at_capitals(rows: list[Row], is_meant: bool | None) -> str:
    """List the rows with a valid place and invalid coordinates, in one line.

    Move them to the district capital if the user agreed; otherwise leave them out. None: not asked
    yet.
    """
    asked = []
    for row in rows:
        code = row.values.get("district_ubigeo", "")
        wrong = [entry for entry in row.entries if entry.is_fault]
        is_of_degrees = all(entry.column in ("longitude", "latitude") for entry in wrong)
        if not wrong or not is_of_degrees or code not in gazetteer().positions:
            continue
        label = gazetteer().label(code)
        asked.append(f"{row.line}: {label}")
        others = [entry for entry in row.entries if entry not in wrong]
        if is_meant:
            longitude, latitude = gazetteer().positions[code]
            row.values.update(longitude=longitude, latitude=latitude, position="capital")
            wrong = [replace(wrong[0], code="at_capital", is_fault=False)]
        row.entries = [*others, *(replace(entry, suggestion=label) for entry in wrong)]
    more = f"; … +{len(asked) - _MOST_NAMES}" if len(asked) > _MOST_NAMES else ""
    return "" if is_meant is not None else "; ".join(asked[:_MOST_NAMES]) + more


def _degrees(rows: list[Row]) -> np.ndarray:
    return np.array([[row.values[name] for row in rows] for name in ("longitude", "latitude")])


def _repeated(rows: list[Row], reading: SheetReading, answers: Mapping[str, str]) -> None:
    """Leave out repeated record numbers of a sheet, unless they are cases with several victims.

    Rows without a number that are equal in all cells are shown and counted.
    """
    by_number: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        record_id = row.cells.get("record_id", "")
        by_number["" if is_unknown(record_id) else record_id].append(row)
    for row, first in _first_alike(by_number.pop("", [])):
        if first != row.line:
            row.entries.append(Entry(row.line, "", "same_row", False, earlier_line=first))
    # "registro" numbers rows; an "expediente" may have several victims, a row each
    numbers = [column.heading for column in reading.columns if column.field == "record_id"]
    is_of_case = not all(map(is_of_template, numbers))
    unlike: dict[tuple[str, str], set[tuple[str, ...]]] = defaultdict(set)
    for record_id, same_number in by_number.items():
        for row in same_number:  # each sheet may number its rows anew
            unlike[record_id, row.sheet].add(tuple(row.cells.values()))
    are_different = any(len(cells) > 1 for cells in unlike.values())
    are_victims = False
    if is_of_case and are_different:
        headings = reading.heading_of("record_id")
        are_victims = reading.ask("repeated", headings, answers) == "count"
    for same_number in by_number.values():
        of_sheet: dict[str, int] = {}
        for row, first in _first_alike(same_number):
            earlier = of_sheet.setdefault(row.sheet, row.line)
            if first != row.line or (row.line != earlier and not are_victims):
                row.note("record_id", "repeated_id", earlier_line=min(first, earlier))


def _first_alike(rows: list[Row]) -> list[tuple[Row, int]]:
    """Used rows, and the line of the first that is alike in all cells."""
    lines: dict[tuple[str, ...], int] = {}
    used = [row for row in rows if row.is_used]
    return [(row, lines.setdefault(tuple(row.cells.values()), row.line)) for row in used]
