"""Read XLSX: check the limits of each part before any cell is interpreted."""

from __future__ import annotations

import contextlib
import io
import os
import re
import zipfile
from collections.abc import Container, Iterator
from itertools import islice
from typing import Any, NamedTuple
from xml.parsers import expat

from data.readers.beside import Beside
from data.readers.limits import UPLOAD
from data.readers.privacy import looks_personal, shown
from data.readers.raw_table import (
    HEADER_ROWS,
    SURE_HEADINGS,
    RawTable,
    add_titles,
    cell_text,
    header_row,
    known_headings,
    require_few,
)
from data.readers.schema import fold_heading
from data.readers.workbook_texts import beside_cells
from geo.errors import UserError

OWN_SHEETS = frozenset({"Códigos", "Codes"})
"""Sheets that the template adds; they hold no records."""
Cell = str | int | float | None
_MOST_COLUMNS = 120
"""of an official workbook"""
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_SHEET, _ROW, _COLUMN = (
    f"http://schemas.openxmlformats.org/spreadsheetml/2006/main {name}"
    for name in ("sheetData", "row", "c")
)


def read_workbook(
    content: bytes, expected: Container[str] = (), *, sheet: str = "", is_of_zones: bool = False
) -> RawTable:
    """Read the sheets of a workbook that have the same headings as one list.

    Formulas are never computed. ``expected`` and ``sheet`` as in
    :func:`data.readers.kinds.read_table`. Lines count on from sheet to sheet; the table says where
    each begins. Without known headings, and for zones, nobody can say which sheet is meant, so a
    sheet with other headings is refused by name.
    """
    os.environ["OPENPYXL_LXML"] = "False"  # another parser could see what the walk does not
    from openpyxl import load_workbook

    _require_plain(content)
    beside = beside_cells(content) if is_of_zones else Beside()
    try:
        book = load_workbook(
            io.BytesIO(content), read_only=True, data_only=True, keep_links=False, keep_vba=False
        )
        sheets = {
            _label(worksheet.title, number): worksheet
            for number, worksheet in enumerate(book.worksheets, 1)
            if is_of_zones or not (expected and worksheet.title in OWN_SHEETS)
        }
        heads = {
            label: head
            for label, worksheet in sheets.items()
            if (head := _head(worksheet, expected)) is not None
        }
        if not heads:
            raise UserError("records.refusal.empty")
        groups = _groups(heads, expected)
        likely = max(groups, key=lambda label: heads[groups[label][0]].known)
        name = sheet if sheet in groups or sheet in heads else likely
        labels = groups.get(name, [name])
        others = [label for label in heads if label not in labels]
        if others and (is_of_zones or not expected):
            raise UserError("records.refusal.workbook_sheets", column=others[0])
        rows: list[tuple[int, list[str]]] = []
        starts, above = [], 0
        for label in labels:
            numbered = enumerate(_rows_of(sheets[label], UPLOAD.rows + 2), 1)
            filled = [(at, row) for at, row in numbered if at > heads[label].line and any(row)]
            last = filled[-1][0] if filled else heads[label].line
            rows += [(above + at, row) for at, row in filled]
            add_titles(beside, _titles(sheets[label], heads[label].line, above))
            starts.append((label, above))
            above += last
            require_few("records.refusal.too_many_rows", len(rows), UPLOAD.rows)
    except UserError:
        raise
    except Exception:  # the library raises whatever its parsers raise
        raise UserError("records.refusal.workbook_damaged") from None
    unread = [label for label in heads if label not in labels]
    notices = [("sheets_joined", ", ".join(labels))] if len(labels) > 1 else []
    notices += [("other_sheets", ", ".join(unread))] if unread else []
    head = heads[labels[0]]
    width = len(head.headings)
    return RawTable(
        "xlsx",
        head.headings,
        # a sheet has no short rows: what lies beyond the headings counts, blanks do not
        [(row + [""] * width)[: max(width, len(_without_tail(row)))] for _, row in rows],
        [number for number, _ in rows],
        notices,
        header_line=head.line,
        sheet=name,
        sheets=tuple(groups),
        above=tuple(starts) if len(labels) > 1 else (),
        unread=tuple(unread),
        beside=beside,
    )


def _titles(sheet: Any, line: int, above: int) -> Iterator[tuple[int, list[str]]]:
    """Rows above the headings with their lines."""
    return ((above + at, row) for at, row in enumerate(_rows_of(sheet, line - 1), 1) if line > 1)


class _Head(NamedTuple):
    """The row of headings of a sheet."""

    line: int
    headings: list[str]
    known: int
    """how many known headings are in one of its first rows."""


def _head(sheet: Any, expected: Container[str]) -> _Head | None:
    """Return the headings of a sheet; None if it is empty."""
    numbered = enumerate(_rows_of(sheet, UPLOAD.rows + 2), 1)
    filled = list(islice(((at, row) for at, row in numbered if any(row)), HEADER_ROWS + 1))
    if not filled:
        return None
    line, row = filled[header_row([row for _, row in filled], expected)]
    known = [known_headings(row, expected) for at, row in filled if at <= HEADER_ROWS]
    return _Head(line, _without_tail(row), max(known, default=0))


def _groups(heads: dict[str, _Head], expected: Container[str]) -> dict[str, list[str]]:
    """Group the sheets with the same headings, by their names together.

    Use the sheets with known headings, else the first; without ``expected`` every sheet with
    content.
    """
    tables = [label for label, head in heads.items() if head.known > SURE_HEADINGS]
    alike: dict[tuple[str, ...], list[str]] = {}
    for label in (tables or [*heads][:1]) if expected else heads:
        alike.setdefault(tuple(map(fold_heading, heads[label].headings)), []).append(label)
    return {" + ".join(labels): labels for labels in alike.values()}


def official_sheet(content: bytes, title: str, *, most_rows: int) -> list[list[Cell]]:
    """Return the rows of an official workbook's sheet, numbers and texts as saved.

    Formulas are text; a row keeps its position. UserError for more rows, or if there is no sheet
    with this title.
    """
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        if title not in book.sheetnames:
            raise UserError("records.refusal.workbook_sheets", column=", ".join(book.sheetnames))
        sheet = book[title]
        # a sheet may declare a million rows that it does not have
        sheet.reset_dimensions()
        rows = sheet.iter_rows(max_col=_MOST_COLUMNS, values_only=True)
        cells = [[_plain(cell) for cell in row] for row in islice(rows, most_rows + 1)]
        require_few("records.refusal.too_many_rows", len(cells), most_rows)
        book.close()
    except UserError:
        raise
    except Exception:  # the library raises whatever its parsers raise
        raise UserError("records.refusal.workbook_damaged") from None
    return cells


def _plain(cell: Any) -> Cell:
    """Return a number or a text; dates and errors as text, an array formula as "="."""
    if cell is None or (isinstance(cell, str | int | float) and not isinstance(cell, bool)):
        return cell
    return "=" if type(cell).__module__.startswith("openpyxl") else str(cell)


def _label(title: str, number: int) -> str:
    """Return the name of a sheet as it may be shown; its number if it looks personal."""
    label = shown(title)
    return f"{number}" if looks_personal(label) else label


def _rows_of(sheet: Any, most: int) -> Iterator[list[str]]:
    for row in sheet.iter_rows(max_row=most, max_col=UPLOAD.columns + 1, values_only=True):
        yield [cell_text(cell) for cell in row]


def _without_tail(row: list[str]) -> list[str]:
    return row[: max((end for end, cell in enumerate(row, 1) if cell), default=0)]


def _require_plain(content: bytes) -> None:
    """Walk every part, since a workbook may name any part a sheet: no DOCTYPE, no cell over limits.

    A part that is no XML ends its walk at once, as it would end the library's, which has the same
    parser.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                with archive.open(member) as stream, contextlib.suppress(expat.ExpatError):
                    _require_limits(stream)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError):
        raise UserError("records.refusal.zip_damaged") from None


def _require_limits(stream: Any) -> None:
    from openpyxl.utils import column_index_from_string

    # with names as the library reads them: other vocabularies have rows and cells of their own
    parser = expat.ParserCreate(namespace_separator=" ")

    def refuse_doctype(*_: Any) -> None:
        raise UserError("records.refusal.workbook_damaged")

    row = column = sheets = 0
    is_of_sheet = False

    def require_order(is_next: bool) -> None:
        # a library reads the last of two, or none of what comes late
        if is_of_sheet and not is_next:
            raise UserError("records.refusal.workbook_cells", line=row)

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, sheets, is_of_sheet
        if name == _SHEET:
            is_of_sheet, sheets = True, sheets + 1
            require_order(sheets == 1)
        elif name == _ROW:
            before = row
            row = int(attributes["r"]) if attributes.get("r", "").isdigit() else row + 1
            column = 0
            require_few("records.refusal.too_many_rows", row - 1, UPLOAD.rows)
            require_order(row > before)
        elif name == _COLUMN:
            before = column
            place = _CELL.fullmatch(attributes.get("r", ""))
            column = column_index_from_string(place[1]) if place else column + 1
            require_few("records.refusal.too_many_columns", column, UPLOAD.columns)
            if place:
                require_few("records.refusal.too_many_rows", int(place[2]) - 1, UPLOAD.rows)
            require_order(column > before and (not place or int(place[2]) == row))

    def end(name: str) -> None:
        nonlocal is_of_sheet
        if name == _SHEET:
            is_of_sheet = False

    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = refuse_doctype
    parser.EntityDeclHandler = refuse_doctype
    parser.StartElementHandler = start
    parser.ParseFile(stream)
