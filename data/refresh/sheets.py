"""Cells of a CSV or XLSX file from outside, bounded: no formula is run, no link is followed."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import NoReturn

from geo.errors import DataError

MAX_ROWS, MAX_COLUMNS, MAX_SHEETS = 40_000, 120, 40
MAX_UNPACKED_BYTES = 400_000_000
MAX_MEMBERS = 2_000
Cell = str | int | float | None
Sheet = tuple[str, list[list[Cell]]]
"""name and rows; the rows keep their place, so line n of the file is row n - 1."""


def read_sheets(file: str, content: bytes) -> list[Sheet]:
    """Return the sheets of a workbook, or the one table of a CSV.

    Parameters
    ----------
    file : str
        Name for messages.
    content : bytes
        XLSX, or CSV with comma, semicolon, tab or bar, in UTF-8 or Windows-1252.

    Raises
    ------
    DataError
        When it is neither, or larger than a table of population can be.

    Examples
    --------
    >>> read_sheets("p.csv", "UBIGEO;2023\\n010000;433000\\n".encode())
    [('p.csv', [['UBIGEO', '2023'], ['010000', '433000']])]
    """
    start = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"PK"):
        return _workbook(file, content)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        _fail(file, "an old workbook (.xls) or one with a password", "XLSX or CSV")
    if start.startswith(b"%PDF"):
        _fail(file, "a PDF", "XLSX or CSV")
    if start.startswith(b"<"):
        _fail(file, "a web page", "XLSX or CSV")
    if b"\0" in start:
        _fail(file, "bytes that are no text", "XLSX or CSV")
    return [(file, _csv(file, content))]


def _csv(file: str, content: bytes) -> list[list[Cell]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # older files of the state are written by Excel on Windows
        text = content.decode("cp1252", errors="replace")
    lines = text.splitlines()[:200]
    often = {mark: sum(line.count(mark) for line in lines) for mark in ";\t|,"}
    mark = max(often, key=lambda one: often[one])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    try:
        return _bounded(file, (list(row) for row in reader))
    except csv.Error as error:
        _fail(file, f"a line that is no CSV ({error})", "CSV")


def _workbook(file: str, content: bytes) -> list[Sheet]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError):
        _fail(file, "a ZIP that cannot be read", "a complete XLSX")
    if len(members) > MAX_MEMBERS or sum(m.file_size for m in members) > MAX_UNPACKED_BYTES:
        _fail(file, "a workbook too large once unpacked", f"{MAX_UNPACKED_BYTES:,} bytes")
    if not any(member.filename == "xl/workbook.xml" for member in members):
        _fail(file, "a ZIP that is no workbook", "XLSX or CSV")
    import openpyxl  # 0.3 s, only for those who bring a workbook

    try:
        # values as saved, never the formulas; links to other files stay closed
        book = openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=True, keep_links=False
        )
        sheets = []
        for sheet in book.worksheets[:MAX_SHEETS]:
            # a sheet may claim a million rows: the claim is not believed
            sheet.reset_dimensions()
            rows = sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True)
            sheets.append((str(sheet.title), _bounded(file, (_plain(row) for row in rows))))
        book.close()
    except DataError:
        raise
    except Exception as error:  # openpyxl answers a damaged workbook with whatever went wrong
        _fail(file, f"a workbook that cannot be read ({type(error).__name__})", "a sound XLSX")
    return sheets


def _plain(row: tuple[object, ...]) -> list[Cell]:
    """Numbers and text; a date or an error is what it says."""
    return [
        cell
        if isinstance(cell, str | int | float) and not isinstance(cell, bool)
        else (None if cell is None else str(cell))
        for cell in row
    ]


def _bounded(file: str, rows: Iterator[list[Cell]]) -> list[list[Cell]]:
    kept = [row[:MAX_COLUMNS] for row in islice(rows, MAX_ROWS + 1)]
    if len(kept) > MAX_ROWS:
        _fail(file, f"more than {MAX_ROWS:,} rows", "a table of population by place and year")
    return kept


def _fail(file: str, came: str, expected: str) -> NoReturn:
    raise DataError(file, came=came, expected=expected)
