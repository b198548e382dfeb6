"""Lists for planning, read in the child: candidates, services, travel times, demand, zones."""

from __future__ import annotations

from typing import Any, Literal, get_args

from records.checking import note_outside
from records.limits import ZONES_BYTES
from records.planning_rows import judge_travel, place_rows, require_unique
from records.privacy import require_no_personal_data, shown_heading
from records.refusal import Refusal
from records.report import Entry, Report
from records.schema import field as field_named
from records.schema import fold
from records.table import RawTable

Task = Literal["candidates", "services", "points", "travel_times", "zones"]
TASKS: tuple[str, ...] = get_args(Task)
_EXTRA = {"longitude": ("x",), "latitude": ("y",)}
_PLACE = ("district_ubigeo", "department", "province", "district", "longitude", "latitude")
_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "candidates": {
        "site_id": ("site id", "id", "numero", "codigo", "code", "n"),
        "label": ("label", "name", "nombre", "servicio", "sede", "lugar", "site"),
    },
    "points": {"weight": ("weight", "peso", "demand", "demanda", "casos", "cases")},
    "travel_times": {
        "from": ("from", "origin", "origen", "demand id", "desde"),
        "to": ("to", "destination", "destino", "candidate id", "hasta"),
        "minutes": ("minutes", "minutos", "min", "travel time min", "tiempo min"),
    },
    "zones": {
        "longitude": ("longitude", "longitud", "lon", "lng", "long", "x"),
        "latitude": ("latitude", "latitud", "lat", "y"),
        "radius_km": ("radius km", "radio km", "radio", "radius"),
    },
}
_WORDS["services"] = _WORDS["candidates"]
_SHAPES = ("geojson", "gpkg", "shapefile")
_NEEDED = {"travel_times": ("from", "to", "minutes"), "zones": ("longitude", "latitude")}
"""Columns without which a list cannot be read; the others need a place of any kind."""


def columns_of(task: str) -> dict[str, frozenset[str]]:
    """Columns of a list, and the folded headings that stand for each."""
    known = {name: frozenset(words) for name, words in _WORDS[task].items()}
    if task not in _NEEDED:
        for name in _PLACE:
            known[name] = field_named(name).names | frozenset(_EXTRA.get(name, ()))
    return known


def read_planning(content: bytes, task: str) -> dict[str, Any]:
    """Read a list in the child; ask for it with :func:`records.reading.check_list`.

    Parameters
    ----------
    content : bytes
        Any kind of file that records may be.
    task : {"candidates", "services", "points", "travel_times", "zones"}
        candidates, services: a place by ubigeo, names or coordinates; id and name optional.
        points: the same with weight (1 if not told). travel_times: from (ubigeo of a district),
        to (id, ubigeo or name of a candidate), minutes; a pair that is not listed cannot be
        travelled. zones: see :mod:`records.zones`.

    Returns
    -------
    dict
        ``rows``, a list of dict of the sound rows (zones: one row for all of them), and
        ``report``.

    Raises
    ------
    Refusal
        The file is not taken, a column is missing or doubled, personal data.
    """
    from records.formats import read_table
    from records.sniffing import kind_of

    if task not in TASKS:
        raise ValueError(f"task is one of {', '.join(TASKS)}")
    if task == "zones" and kind_of(content, largest=ZONES_BYTES) in _SHAPES:
        from records.zones import read_shapes

        return read_shapes(content)
    table = read_table(content)
    columns = _columns(table, task)
    report = Report(kind=table.kind, notices=list(table.notices), row_count=len(table.rows))
    for heading, column in zip(table.headings, columns, strict=True):
        if column:
            report.columns[shown_heading(heading)] = column
        elif heading:
            report.notices.append(("unknown_column", shown_heading(heading)))
    rows = place_rows(table, columns)
    if task == "travel_times":
        for row in rows:
            if not row.entries:
                judge_travel(row)
    else:
        _judge_places(rows, task, table.flaws)
    require_unique(rows, task)
    used = [row for row in rows if row.is_used]
    report.take([entry for row in rows for entry in row.entries])
    report.used_count = len(used)
    kept = [row.values for row in used if not row.values.get("is_copy")]
    if task == "zones":
        from records.zones import circle_rows

        kept = circle_rows(kept)
    return {"rows": kept, "report": report.as_dict()}


def _judge_places(rows: list[Any], task: str, flaws: dict[int, str]) -> None:
    from records.planning_rows import judge_site, judge_zone_point

    for row in rows:
        if row.line in flaws:
            row.entries.append(Entry(row.line, "geometry", flaws[row.line], True))
        elif not row.entries:
            (judge_zone_point if task == "zones" else judge_site)(row, task)
    if task != "zones":  # a zone may lie across the border
        note_outside([row for row in rows if row.values.get("position") == "given"])


def _columns(table: RawTable, task: str) -> list[str]:
    known = columns_of(task)
    columns = []
    for heading in table.headings:
        folded = fold(heading).replace(" de ", " ")
        columns.append(next((name for name, words in known.items() if folded in words), ""))
    is_list_of_places = task in ("candidates", "services")
    require_no_personal_data(table, columns, is_list_of_places=is_list_of_places)
    if not any(columns):
        raise Refusal("no_header")
    for name in known:
        if columns.count(name) > 1:
            raise Refusal("duplicate_column", column=name)
    for name in _NEEDED.get(task, ()):
        if name not in columns:
            raise Refusal("required_column", column=name)
    strange = {at for at, name in enumerate(columns) if table.headings[at] and not name}
    has_numbers = any(
        cell.strip()[:1].isdigit()
        for row in table.rows
        for at, cell in enumerate(row)
        if at in strange
    )
    if task == "zones" and "radius_km" not in columns and has_numbers:
        # numbers under another heading may be a radius, and each zone would shrink to a point
        raise Refusal("required_column", column="radio_km, radio, radius_km, radius")
    has_point = "longitude" in columns and "latitude" in columns
    if task not in _NEEDED and not has_point and not set(columns) & {"district_ubigeo", "district"}:
        raise Refusal("no_place_column")
    return columns
