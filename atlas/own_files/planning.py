"""Reads lists for planning in the child and judges them row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from atlas.own_files import checking
from atlas.own_files.cells import money, number
from atlas.own_files.checking import LARGEST_MINUTES, NAME_CHARACTERS, Row
from atlas.own_files.places import gazetteer, town_named
from atlas.own_files.report import Report
from atlas.own_files.zone_columns import CENTRE_COLUMNS
from data.cache import cached
from data.readers.kinds import kind_of, read_table
from data.readers.limits import TIMES
from data.readers.matrix import is_matrix, matrix_table, point_of
from data.readers.privacy import shown, shown_heading, without_columns
from data.readers.raw_table import RawTable, require_few
from data.readers.schema import (
    MINUTES_OF,
    TIME_UNITS,
    TRAVEL_HEADINGS,
    TRAVEL_UNKNOWN,
    ZONES_HEADINGS,
    fold_heading,
)
from data.readers.schema import field as field_named
from data.readers.text import read_text
from geo.errors import UserError

_POINT = ("longitude", "latitude")
_MOST_HEADINGS = 12
"""that a refusal repeats"""


_AMOUNTS = {"minutes": (LARGEST_MINUTES, "not_minutes"), "cost": (1e9, "not_a_number")}
"""Columns of numbers from 0: the largest, and the fault of a text."""


def _amount(row: Row, name: str) -> float | None:
    largest, problem = _AMOUNTS[name]
    text = row.cells.get(name, "")
    value = money(text) if name == "cost" else number(text)
    if value is not None:
        problem = "below_minimum" if value < 0 else "above_maximum" if value > largest else ""
    if problem:
        row.note(name, problem, allowed=f"0 … {largest:,.0f}")
    return value


def _locate(row: Row, *, abroad: bool = False) -> dict[str, Any]:
    """Locate a row; ``abroad`` accepts positions outside Peru."""
    checking.judge_coordinates(row, abroad=abroad)
    checking.judge_place(row)
    if row.is_used and row.values["longitude"] is None:
        row.note("longitude", "place_unlocated")
    names = ("district_ubigeo", *_POINT, "position")
    return {"line": row.line, **{name: row.values.get(name, "") for name in names}}


def _judge_site(row: Row, *, abroad: bool = False) -> dict[str, Any]:
    """Check position and name of a candidate or a service."""
    names = {"site_id": "site_id", "name": "label", "kind": "kind"}
    texts = {name: row.cells.get(column, "") for name, column in names.items()}
    shown_texts = {name: shown(text, NAME_CHARACTERS) for name, text in texts.items()}
    values = _locate(row, abroad=abroad) | shown_texts
    if "cost" in row.cells:
        values["cost"] = _amount(row, "cost") if row.cells["cost"].strip() else None
    return values


def _judge_travel(row: Row) -> dict[str, Any]:
    """Check the minutes between two ends: a district (code or town) and a district or candidate.

    The plan, not this check, knows the candidates.
    """
    ends = {name: _code(row.cells[name]) for name in ("from", "to")}
    if all(map(point_of, ends.values())):  # of a matrix: what stands there is known later
        return {**ends, "minutes": _amount(row, "minutes")}
    book = gazetteer()
    towns = {name: town_named(text) for name, text in ends.items() if text and not text.isdigit()}
    codes = {f"{name}_place": town.district_ubigeo for name, town in towns.items()}
    known = {name: codes.get(f"{name}_place") or text for name, text in ends.items()}
    for name, town in towns.items():
        if town.district_ubigeo and town.remark == "misspelt":
            row.note(name, town.remark, is_fault=False, suggestion=town.suggestion)
    if missing := [name for name, text in ends.items() if not text]:
        row.note(missing[0], "missing")
    elif not book.positions.keys() & known.values():
        name = next((name for name in ends if name not in towns), "from")
        is_place = len(ends[name]) == 6 and ends[name] in book.names
        code = towns[name].problem if name in towns else "code_unknown"
        suggestion = towns[name].suggestion if name in towns else ""
        row.note(name, "place_unlocated" if is_place else code, suggestion=suggestion)
    minutes = _amount(row, "minutes")
    if minutes == 0 and len(book.names.keys() & known.values()) == len(ends):
        row.note("minutes", "zero_minutes", allowed=f"> 0 … {LARGEST_MINUTES:,}")
    zones = {"zones": shown(row.cells["zones"], 20)} if "zones" in row.cells else {}
    return {**ends, "minutes": minutes, **zones, **(codes if any(codes.values()) else {})}


@cached(most=20_000)
def _code(text: str) -> str:
    """Restore the zero that a spreadsheet drops from a district code."""
    plain = shown(text.strip(), NAME_CHARACTERS)
    is_short = len(plain) == 5 and plain.isascii() and plain.isdigit()
    return plain.zfill(6) if is_short and plain.zfill(6) in gazetteer().names else plain


@dataclass(frozen=True, slots=True)
class _List:
    """Rules of a list: its columns, and the check of a row."""

    headings: Mapping[str, tuple[str, ...]]
    """folded headings of each column but those of a place."""
    judge: Callable[[Row], dict[str, Any]]
    """gives the values of a row, and notes its faults."""
    needed: tuple[str, ...] = ()
    """columns without which it cannot be read; where there are none, a place of any kind."""
    unique: tuple[tuple[tuple[str, ...], str, str], ...] = ()
    """values that no two rows may share, the column and the code of the fault."""
    is_of_places: bool = True
    """the name in it is that of an institution or a zone."""


_PLACE = ("district_ubigeo", "department", "province", "district", *_POINT)
_EXTRA = {"longitude": ("x",), "latitude": ("y",)}
_SITE = {
    "site_id": ("site id", "id", "numero", "codigo", "code", "n"),
    "label": ("label", "name", "nombre", "servicio", "sede", "lugar", "site", "local"),
    "kind": ("kind", "tipo", "type", "clase"),
}
_COST = {"cost": ("cost", "costo", "precio")}
_PRICES = ("cost", "costs", "costo", "costos", "precio", "precios", "price", "prices")
"""first words of a heading of costs, in a list that has none of the usual"""
_TOWNS = ("ciudad", "city", "localidad", "town", "capital", "pueblo")
"""folded headings of a town, the surest first, which is a row's place where it has no other"""
_OTHER_NAMES = ("sitio", "ciudad", "city")
"""folded headings of a place's name, the surest first, in a list that has no other"""
_ONE_PLACE = (_POINT, "", "repeated_place")
_ONE_NAME = ((("site_id",), "site_id", "repeated_name"), (("name",), "label", "repeated_name"))
_LISTS = {
    "candidates": _List(_SITE | _COST, _judge_site, unique=(_ONE_PLACE, *_ONE_NAME)),
    "services": _List(_SITE, _judge_site, unique=(_ONE_PLACE,)),
    "travel_times": _List(
        {name: tuple(words) for name, words in TRAVEL_HEADINGS.items()},
        _judge_travel,
        needed=tuple(TRAVEL_HEADINGS),
        unique=((("from", "to"), "to", "repeated_place"),),
        is_of_places=False,
    ),
    "places": _List(_SITE, partial(_judge_site, abroad=True), unique=(_ONE_PLACE, *_ONE_NAME)),
}
TASKS = ("candidates", "services", "travel_times", "zones")
LISTS = (*TASKS, "areas")
"""all that a planner brings: tables, shapes, and the areas that cli.py travel-times writes"""


def columns_of(task: str) -> dict[str, frozenset[str]]:
    """Return the columns of a list (for zones: of centres) with their folded headings."""
    if task == "zones":
        return {name: frozenset(words) for name, words in CENTRE_COLUMNS.items()}
    headings = {name: frozenset(words) for name, words in _LISTS[task].headings.items()}
    if not _LISTS[task].needed:
        for name in _PLACE:
            headings[name] = field_named(name).names | frozenset(_EXTRA.get(name, ()))
    return headings


def read_planning(
    content: bytes, task: str, confirmed: Mapping[str, Any] | None = None
) -> tuple[list[dict[str, Any]], Report]:
    """Read a list in the child; ask for it with :func:`atlas.own_files.isolation.check_file`.

    ``task`` is one of LISTS, or "places": those of a network, read as candidates are.
    ``confirmed`` as :func:`atlas.own_files.zones.read_zones` has it; of a table ``drop`` has the
    columns of personal data that are left out, ``capitals`` whether rows whose coordinates are
    wrong stand at their district's capital; of travel times ``unit`` is that of total_cost.
    """
    if task in ("zones", "areas"):
        from atlas.own_files.reach_areas import read_areas
        from atlas.own_files.zones import read_zones

        return read_areas(content) if task == "areas" else read_zones(content, confirmed)
    rules = _LISTS[task]
    confirmed = confirmed or {}
    unit = str(confirmed.get("unit", ""))
    headings = columns_of(task)
    # above the headings of a sheet stand titles
    known = frozenset(() if rules.needed else _TOWNS).union(*headings.values())
    is_of_times = task == "travel_times"
    table = _read_times(content, unit, known) if is_of_times else read_table(content, known)
    if dropped := confirmed.get("drop"):
        table = without_columns(table, dropped)
    folded = {fold_heading(heading): heading for heading in reversed(table.headings)}
    if task == "travel_times" and folded.keys() & set(ZONES_HEADINGS):
        headings["zones"] = frozenset(ZONES_HEADINGS)
    if not rules.needed:
        _widen(headings, folded)
    columns, report = checking.columns_and_report(
        table, headings, is_list_of_places=rules.is_of_places
    )
    for name in rules.needed:
        if name not in columns:
            raise UserError("records.refusal.required_column", column=name)
    if not rules.needed and not checking.has_place(columns, "district_ubigeo", "district", "town"):
        first = ", ".join(map(shown_heading, filter(None, table.headings[:_MOST_HEADINGS])))
        raise UserError("records.refusal.no_list_place", column=first)
    for heading, name in report.columns.items():
        if name == "cost" and fold_heading(heading) not in _COST["cost"]:
            report.notices.append(("cost_column", heading))
    rows = checking.rows_of(table, columns)
    for row, texts in zip(rows, table.rows, strict=True):
        if not rules.needed and checking.is_of_totals(texts):
            row.note("", "total_row")
        row.takes_meant = bool(confirmed.get("names"))
        if not row.entries:
            row.values = rules.judge(row)
    if (names := checking.names_meant(rows)) and not rows[0].takes_meant:
        report.notices.append(("names_asked", names))
    if task in ("candidates", "services"):
        checking.note_outside(rows)
        if asked := checking.at_capitals(rows, confirmed.get("capitals")):
            report.notices.append(("capitals_asked", asked))
    copies = _note_repeated(rows, rules, is_fault=task != "services")
    used = checking.used_rows(rows, report)
    return [row.values for row in used if row.line not in copies], report


def _widen(headings: dict[str, frozenset[str]], folded: Mapping[str, str]) -> None:
    """Add other headings that a list of places has for district (a town), name or cost."""
    is_located = all(headings[name] & folded.keys() for name in _POINT)
    is_named = any(headings[name] & folded.keys() for name in ("district_ubigeo", "district"))
    town = [word for word in _TOWNS if word in folded and not (is_located or is_named)][:1]
    headings["town"] = frozenset(town)
    if "label" in headings and not headings["label"] & folded.keys():
        names = [word for word in _OTHER_NAMES if word in folded and word not in town]
        headings["label"] |= frozenset(names[:1])
    if "cost" in headings and not headings["cost"] & folded.keys():
        prices = [word for word in reversed([*folded]) if word.partition(" ")[0] in _PRICES]
        headings["cost"] |= frozenset(prices[:1])


def _note_repeated(rows: list[Row], rules: _List, *, is_fault: bool) -> set[int]:
    """Note rows that repeat an earlier row; return the lines of copies that are no fault."""
    seen: dict[tuple[Any, ...], int] = {}
    copies: set[int] = set()
    for row in rows:
        for names, column, code in rules.unique if row.is_used else ():
            values = [row.values[name] for name in names]
            if "" in values:
                continue
            first = seen.setdefault((names, *values), row.line)
            if first != row.line:
                row.note(column, code, is_fault=is_fault, earlier_line=first)
                copies |= set() if is_fault else {row.line}
                break
    return copies


def _read_times(content: bytes, unit: str, expected: frozenset[str]) -> RawTable:
    """Read travel times, a pair per row; a square table is unrolled, and gaps are left out.

    A column total_cost is in ``unit``, one of TIME_UNITS.
    """
    if is_matrix(content):
        table = matrix_table(content)
    elif kind_of(content, TIMES) == "csv":
        table = read_text(content, expected, profile=TIMES)
    else:
        table = read_table(content, expected)
    heads = [fold_heading(heading) for heading in table.headings]
    if unit in TIME_UNITS and TRAVEL_UNKNOWN in heads:
        heads[heads.index(TRAVEL_UNKNOWN)] = unit
        table = replace(table, headings=heads)
    minutes_at = [column for column, head in enumerate(heads) if head in TRAVEL_HEADINGS["minutes"]]
    has_ends = any(head in TRAVEL_HEADINGS["to"] for head in heads)
    headings, pairs = table.headings, list(zip(table.rows, table.lines, strict=True))
    if not minutes_at and not has_ends and len(heads) > 1:
        require_few("records.refusal.too_many_rows", len(pairs) * (len(heads) - 1), TIMES.rows)
        pairs = [
            ([row[0], name, minutes], line)
            for row, line in pairs
            for name, minutes in zip(headings[1:], row[1:], strict=False)
            if minutes
        ]
        headings = list(TRAVEL_HEADINGS)
    elif len(minutes_at) == 1:
        (column,) = minutes_at
        pairs = [(row, line) for row, line in pairs if len(row) <= column or row[column]]
        if (factor := MINUTES_OF.get(heads[column])) is not None:
            for row, _ in pairs:
                if column < len(row) and (amount := number(row[column])) is not None:
                    row[column] = f"{amount * factor:.6f}"
    elif TRAVEL_UNKNOWN in heads:
        raise UserError("records.refusal.times_unit")
    rows, lines = [row for row, _ in pairs], [line for _, line in pairs]
    # shapes of the table are not used
    return replace(table, headings=headings, rows=rows, lines=lines, flaws={})
