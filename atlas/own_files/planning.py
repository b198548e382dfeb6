"""Reads lists for planning in the child and judges them row by row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from atlas.own_files import checking
from atlas.own_files.cells import may_be_thousands
from atlas.own_files.checking import Row, number
from atlas.own_files.places import gazetteer
from atlas.own_files.report import Report
from data.readers.kinds import kind_of, read_table
from data.readers.limits import TIMES_BYTES, TIMES_COLUMNS, TIMES_ROWS, ZONES_BYTES
from data.readers.privacy import shown, shown_heading
from data.readers.raw_table import SHAPE_TEXT, RawTable, require_few
from data.readers.schema import TRAVEL_HEADINGS, fold_heading
from data.readers.schema import field as field_named
from data.readers.text import read_text
from geo.errors import UserError

LARGEST_MINUTES = 100_000
LARGEST_WEIGHT = 1e9
LARGEST_RADIUS_KM = 500.0
NAME_CHARACTERS = 80


def _judge_site(row: Row, task: str) -> None:
    """A candidate, a service or a point of demand: where it lies, what it is called, its weight.
    Of a network, places abroad too."""
    checking.judge_coordinates(row, abroad=task == "places")
    checking.judge_place(row)
    values = row.values
    if row.is_used and values["longitude"] is None:
        row.note("longitude", "place_unlocated")
    names = ("longitude", "latitude", "position")
    site: dict[str, Any] = {"line": row.line, "district_ubigeo": values.get("district_ubigeo", "")}
    site |= {name: values[name] for name in names}
    if task == "points":
        site["province_ubigeo"] = values.get("province_ubigeo", "")
        site["weight"] = _amount(row, "weight", "1", LARGEST_WEIGHT)
    else:
        for name, column in (("site_id", "site_id"), ("name", "label"), ("kind", "kind")):
            site[name] = shown(row.cells.get(column, ""), NAME_CHARACTERS)
    row.values = site


def _judge_zone_point(row: Row) -> None:
    checking.judge_coordinates(row)
    if row.is_used and row.values["longitude"] is None:
        row.note("longitude", "missing", allowed="-81.4 … -68.6")
    allowed = f"0 … {LARGEST_RADIUS_KM:,.0f}"
    text = row.cells.get("radius_km", "0")
    if not text.strip():
        row.note("radius_km", "missing", allowed=allowed)
    if may_be_thousands(text):
        row.note("radius_km", "thousands", allowed=allowed)
    row.values = {
        "line": row.line,
        **{name: row.values[name] for name in ("longitude", "latitude")},
        "radius_km": _amount(row, "radius_km", "0", LARGEST_RADIUS_KM),
    }


def _read_times(content: bytes) -> RawTable:
    """Read travel times, a pair a row; a square of minutes is unrolled, gaps are left out."""
    if kind_of(content, largest=TIMES_BYTES) == "csv":
        table = read_text(content, most_rows=TIMES_ROWS, most_columns=TIMES_COLUMNS)
    else:
        table = read_table(content)
    heads = [fold_heading(heading) for heading in table.headings]
    minutes_at = [column for column, head in enumerate(heads) if head in TRAVEL_HEADINGS["minutes"]]
    has_ends = any(head in TRAVEL_HEADINGS["to"] for head in heads)
    rows, lines, headings = table.rows, table.lines, table.headings
    if not minutes_at and not has_ends and len(heads) > 1:
        require_few("records.refusal.too_many_rows", len(rows) * (len(heads) - 1), TIMES_ROWS)
        pairs = [
            ([row[0], name, minutes], line)
            for row, line in zip(rows, lines, strict=True)
            for name, minutes in zip(headings[1:], row[1:], strict=False)
            if minutes
        ]
        headings = list(TRAVEL_HEADINGS)
    elif len(minutes_at) == 1:
        (column,) = minutes_at
        pairs = [
            (row, line)
            for row, line in zip(rows, lines, strict=True)
            if len(row) <= column or row[column]
        ]
    else:
        pairs = list(zip(rows, lines, strict=True))
    # shapes of the table are not used
    return replace(
        table,
        headings=headings,
        rows=[row for row, _ in pairs],
        lines=[line for _, line in pairs],
        flaws={},
    )


def _judge_travel(row: Row) -> None:
    """Judge the minutes between a district and a candidate, whichever comes first."""
    ends = {name: _code(row.cells[name]) for name in ("from", "to")}
    place, site = "from", "to"
    is_code = len(ends["from"]) == 6 and ends["from"].isdigit()
    if not is_code and ends["to"] in gazetteer().positions:
        place, site = site, place
    code = ends[place]
    if code not in gazetteer().names or len(code) != 6:
        row.note(place, "code_unknown" if code.isdigit() else "code_format", allowed="170101")
    elif code not in gazetteer().positions:
        row.note(place, "place_unlocated")
    ends[site] = shown(ends[site], NAME_CHARACTERS)
    if not ends[site]:
        row.note(site, "missing")
    minutes = _amount(row, "minutes", "", LARGEST_MINUTES, fault="not_minutes")
    if minutes == 0 and code != ends[site] and ends[site] in gazetteer().names:
        row.note("minutes", "zero_minutes", allowed=f"> 0 … {LARGEST_MINUTES:,}")
    row.values = {**ends, "minutes": minutes}


def _note_repeated(rows: list[Row], task: str) -> None:
    seen: dict[tuple[Any, ...], int] = {}
    for row in rows:
        if not row.is_used:
            continue
        for key, column, code in _keys(row.values, task):
            first = seen.setdefault(key, row.line)
            if first != row.line:
                # a service at the same place adds nothing; another candidate of that name would
                is_copy = code == "repeated_place" and task == "services"
                row.note(column, code, is_fault=not is_copy, earlier_line=first)
                row.values["is_copy"] = is_copy
                break


def _keys(values: dict[str, Any], task: str) -> list[tuple[tuple[Any, ...], str, str]]:
    if task == "travel_times":
        pair = ("pair", values["from"], values["to"])
        return [(pair, "to", "repeated_place")]
    if task not in ("candidates", "services", "places"):
        return []
    place = ("place", values["longitude"], values["latitude"])
    keys: list[tuple[tuple[Any, ...], str, str]] = [(place, "", "repeated_place")]
    if task != "services":
        for name, column in (("site_id", "site_id"), ("name", "label")):
            if values[name]:
                keys.append(((name, values[name]), column, "repeated_name"))
    return keys


def _amount(
    row: Row, name: str, usual: str, largest: float, *, fault: str = "not_a_number"
) -> float | None:
    """A number from 0 to ``largest``; ``usual`` stands for an empty cell."""
    value = number(row.cells.get(name) or usual)
    allowed = f"0 … {largest:,.0f}"
    if value is None:
        row.note(name, fault, allowed=allowed)
    elif not 0 <= value <= largest:
        row.note(name, "below_minimum" if value < 0 else "above_maximum", allowed=allowed)
    return value


def _code(text: str) -> str:
    """Restore the zero that a spreadsheet drops from a district code."""
    plain = text.strip()
    is_short = len(plain) == 5 and plain.isascii() and plain.isdigit()
    return plain.zfill(6) if is_short and plain.zfill(6) in gazetteer().names else plain


TASKS = ("candidates", "services", "points", "travel_times", "zones")
LISTS = (*TASKS, "areas")
"""all that a planner brings: tables, shapes, and the areas that cli.py travel-times writes"""
_EXTRA = {"longitude": ("x",), "latitude": ("y",)}
_PLACE = ("district_ubigeo", "department", "province", "district", "longitude", "latitude")
_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "candidates": {
        "site_id": ("site id", "id", "numero", "codigo", "code", "n"),
        "label": ("label", "name", "nombre", "servicio", "sede", "lugar", "site"),
        "kind": ("kind", "tipo", "type", "clase"),
    },
    "points": {"weight": ("weight", "peso", "demand", "demanda", "casos", "cases")},
    "travel_times": {name: tuple(words) for name, words in TRAVEL_HEADINGS.items()},
    "zones": {
        "longitude": ("longitude", "longitud", "lon", "lng", "long", "x"),
        "latitude": ("latitude", "latitud", "lat", "y"),
        "radius_km": ("radius km", "radio km", "radio", "radius"),
    },
}
_WORDS["services"] = _WORDS["places"] = _WORDS["candidates"]
_OTHER_NAMES = ("sitio", "ciudad", "city")
"""folded headings of a place's name, the surest first, in a list that has no other"""
_SHAPES = ("geojson", "gpkg", "shapefile")
_NEEDED = {"travel_times": ("from", "to", "minutes"), "zones": ("longitude", "latitude")}
"""Columns without which a list cannot be read; the others need a place of any kind."""


def columns_of(task: str) -> dict[str, frozenset[str]]:
    """Return the columns of a list and the folded headings of each."""
    headings = {name: frozenset(words) for name, words in _WORDS[task].items()}
    if task not in _NEEDED:
        for name in _PLACE:
            headings[name] = field_named(name).names | frozenset(_EXTRA.get(name, ()))
    return headings


def read_planning(content: bytes, task: str) -> tuple[list[dict[str, Any]], Report]:
    """Read a list in the child; ask for it with :func:`atlas.own_files.isolation.check_file`.

    ``task`` is one of LISTS, or "places": those of a network, read as candidates are.
    """
    if task == "areas":
        from atlas.own_files.zones import read_areas

        return read_areas(content)
    if task == "zones" and kind_of(content, largest=ZONES_BYTES) in _SHAPES:
        from atlas.own_files.zones import read_shapes

        return read_shapes(content)
    table = _read_times(content) if task == "travel_times" else read_table(content)
    is_of_places = task in ("candidates", "services", "places", "zones")
    headings = columns_of(task)
    folded = {fold_heading(heading) for heading in table.headings}
    if "label" in headings and not folded & headings["label"]:
        headings["label"] |= frozenset([word for word in _OTHER_NAMES if word in folded][:1])
    columns, report = checking.columns_and_report(table, headings, is_list_of_places=is_of_places)
    _require_columns(table, task, columns)
    rows = checking.rows_of(table, columns, is_whole=task == "zones")
    for row in rows:
        if not row.entries:
            if task == "travel_times":
                _judge_travel(row)
            elif task == "zones":
                _judge_zone_point(row)
            else:
                _judge_site(row, task)
    if task in ("candidates", "services", "points"):  # a zone may lie across the border
        checking.note_outside([row for row in rows if row.values.get("position") == "given"])
    _note_repeated(rows, task)
    used = checking.used_rows(rows, report)
    records = [row.values for row in used if not row.values.get("is_copy")]
    if task == "zones":
        from atlas.own_files.zones import circle_rows

        records = circle_rows(records)
    return records, report


def _require_columns(table: RawTable, task: str, columns: list[str]) -> None:
    for name in _NEEDED.get(task, ()):
        if name not in columns:
            raise UserError("records.refusal.required_column", column=name)
    if task == "zones":
        unused = [
            (position, cell)
            for row in table.rows
            for position, cell in enumerate(row[: len(columns)])
            if not columns[position]
        ]
        # a number may be a radius, and each zone would shrink to a point
        may_be_radius = any(
            table.headings[position] and cell.strip()[:1].isdigit() for position, cell in unused
        )
        if "radius_km" not in columns and may_be_radius:
            raise UserError(
                "records.refusal.required_column", column="radio_km, radio, radius_km, radius"
            )
        for position, cell in unused:
            if SHAPE_TEXT.match(cell):
                raise UserError(
                    "records.refusal.zone_column", column=shown_heading(table.headings[position])
                )
    if task not in _NEEDED and not checking.has_place(columns, "district_ubigeo", "district"):
        raise UserError("records.refusal.no_place_column")
