"""Rows that every reader returns: cells as text, headings, line numbers, within limits."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

from data.readers import limits
from data.readers.beside import Beside
from data.readers.schema import fold_heading
from geo.errors import DataError, UserError


@dataclass(frozen=True, slots=True)
class RawTable:
    """Rows as they came, before any is judged."""

    kind: str
    headings: list[str]
    rows: list[list[str]]
    """cells as text, "" for an empty one; a row may be shorter or longer than the headings."""
    lines: list[int]
    """line of the file, row of the sheet, or number of the feature, from 1."""
    notices: list[tuple[str, str]] = field(default_factory=list)
    """code and detail of what was noticed about the file as a whole."""
    flaws: dict[int, str] = field(default_factory=dict)
    """line to the code of a fault of its geometry."""
    header_line: int = 1
    sheet: str = ""
    """name of the sheet that was read, of a workbook, or the names of those with its headings."""
    sheets: tuple[str, ...] = ()
    """its tables by their headings, each named as ``sheet`` is, in the workbook's order."""
    above: tuple[tuple[str, int], ...] = ()
    """of sheets that were joined the name of each, and how many lines stand above its first."""
    unread: tuple[str, ...] = ()
    """names of sheets with anything in them that were not read."""
    beside: Beside = field(default_factory=Beside)
    """of a list of zones what the file holds beside the rows."""


_NUMBER = r"[-+]?\d++(?:\.\d*+)?"
_PAIRS = (
    rf"(?:{_NUMBER},\s?{_NUMBER}(?:,{_NUMBER})?(?:\s*[;|/]\s*|\s+|\Z)){{2,}}+"
    rf"|(?:{_NUMBER}[ \t]+{_NUMBER}(?:[ \t]+{_NUMBER})?(?:\s*[,;|/]\s*|\s*\n\s*|\Z)){{2,}}+"
)
SHAPE_TEXT = re.compile(
    r"\s*(?:SRID=\d+;)?(?:(?:MULTI)?(?:POINT|LINESTRING|POLYGON|CURVE|SURFACE)"
    r"|GEOMETRYCOLLECTION|CURVEPOLYGON)\b.*\("
    r"|\s*\{.*\"coordinates\""
    r"|\s*(?=[\[{]).*\[\s*\[\s*\"?-?\d"  # a list of pairs, alone or in a member
    r"|\s*(?=[\[{]).*\[\s*\{[^{}]*\"(?:lat|latitude|latitud|y)\"\s*:"  # a list of points
    rf"|\s*(?=.*(?:[-.]|\d{{5}}))(?:{_PAIRS})\s*\Z",  # as KML and WKT write them
    re.IGNORECASE | re.DOTALL,
)
"""A cell that holds a shape as text: WKT, GeoJSON, or lists of coordinates in JSON."""
HEADER_ROWS = 30
"""Rows of a sheet in which its headings are looked for: above them stand titles and dates."""
SURE_HEADINGS = 2
"""Known headings in a row below the first that make it the row of headings."""


def header_row(rows: Sequence[Sequence[str]], expected: Container[str]) -> int:
    """Return the position of the heading row; by default the first row with any content.

    Below a title, which is alone in its row, one known heading is enough.

    Examples
    --------
    >>> header_row([["Casos"], [], ["Fecha del caso", "Distrito"]], {"distrito", "fecha caso"})
    2
    """
    first = next((number for number, row in enumerate(rows) if any(row)), 0)
    counts = [known_headings(row, expected) for row in rows[:HEADER_ROWS]]
    most = max(counts, default=0)
    least = 1 if rows and sum(map(bool, rows[first])) == 1 else SURE_HEADINGS
    return counts.index(most) if most >= least and most > counts[first] else first


def add_titles(beside: Beside, rows: Iterable[tuple[int, Sequence[str]]]) -> None:
    """Add the cells of rows above the headings, each row by its line."""
    for line, row in rows:
        for cell in filter(None, row):
            beside.add(f"#{line}", cell)


def known_headings(row: Sequence[str], expected: Container[str]) -> int:
    """How many different known headings a row has."""
    return len({folded for cell in row if cell and (folded := fold_heading(cell)) in expected})


def cell_text(value: Any) -> str:
    """A cell of a workbook, a property or an attribute as text: whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return f"{value.year:04d}-{value.month:02d}-{value.day:02d}"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
    if len(text.strip()) > limits.CELL_CHARACTERS:
        raise UserError("records.refusal.cell_too_long", limit=f"{limits.CELL_CHARACTERS:,}")
    return text.strip()


def refuse(
    file: str | Path, came: str, expected: str, row: int | None = None, **values: object
) -> NoReturn:
    """Refuse a file, or a line of it; a path is named without its folder.

    ``came`` and ``expected`` are templates that the Spanish catalogue translates, filled with
    ``values``.
    """
    name = file.name if isinstance(file, Path) else file
    raise DataError(name, came=came, expected=expected, row=row, **values) from None


def require_few(key: str, count: int, most: int) -> None:
    """Refuse more rows, columns or vertices than there may be, by the key of the refusal."""
    if count > most:
        raise UserError(key, limit=f"{most:,}")
