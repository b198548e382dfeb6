"""The template and the sample as CSV and XLSX, both made from the schema."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Literal

from exports.spreadsheet import csv_text, formula_safe
from records.schema import fields
from records.workbook import OWN_SHEETS

Form = Literal["csv", "xlsx"]
_TITLES = {
    "es": ("Registros", "Códigos", ("Columna", "Código", "Palabra", "Concepto IC-TIP", "Qué va")),
    "en": ("Records", "Codes", ("Column", "Code", "Word", "IC-TIP concept", "What belongs in it")),
}
_MARK = {"es": "datos inventados", "en": "invented data"}
_LIST_ROWS = 5000
"""Rows of the sheet that offer the codes as a list."""


def template_bytes(form: Form, *, lang: str = "es", rows: Sequence[dict[str, str]] = ()) -> bytes:
    """Write the template, empty or with rows.

    Parameters
    ----------
    form : {"csv", "xlsx"}
    lang : {"es", "en"}
        Language of the headings.
    rows : sequence of dict
        Cells by column; none for the empty template.

    Returns
    -------
    bytes

    Examples
    --------
    >>> template_bytes("csv", lang="en").decode("utf-8-sig").strip().split(",")[:3]
    ['record_id', 'date', 'district_ubigeo']
    """
    headings = [column.titles[lang] for column in fields()]
    cells = [[row.get(column.name, "") for column in fields()] for row in rows]
    if form == "csv":
        # the mark tells spreadsheets that it is UTF-8
        return b"\xef\xbb\xbf" + csv_text(headings, cells).encode("utf-8")
    return _workbook(headings, cells, lang, is_invented=bool(rows))


def sample_bytes(form: Form, *, lang: str = "es") -> bytes:
    """Write the sample of 300 invented records."""
    from records.sample import sample_rows

    return template_bytes(form, lang=lang, rows=sample_rows(lang))


def _workbook(
    headings: list[str], cells: list[list[str]], lang: str, *, is_invented: bool
) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    first, second, titles = _TITLES[lang]
    book = Workbook()
    sheet: Any = book.active
    sheet.title = f"{first} ({_MARK[lang]})" if is_invented else first
    for row in (headings, *cells):
        sheet.append([formula_safe(cell) for cell in row])
    sheet.freeze_panes = "A2"
    codes: Any = book.create_sheet(second)
    assert second in OWN_SHEETS
    codes.append(titles)
    for at, column in enumerate(fields(), 1):
        letter = get_column_letter(at)
        sheet.cell(1, at).font = Font(bold=True)
        sheet.column_dimensions[letter].width = max(12, len(headings[at - 1]) + 2)
        if column.type == "string" and not column.codes:
            # text, or a spreadsheet eats the zero of 010101
            for line in range(2, max(len(cells), 1000) + 2):
                sheet.cell(line, at).number_format = "@"
        start = codes.max_row + 1
        what = (column.ic_tip, column.descriptions[lang])
        codes.append((column.titles[lang], "", "", *what))
        for code in column.codes:
            codes.append((column.titles[lang], code["code"], code[lang], code["ic_tip"], ""))
        if column.codes:
            listed = f"'{second}'!$C${start + 1}:$C${codes.max_row}"
            rule = DataValidation(type="list", formula1=listed, allow_blank=True)
            sheet.add_data_validation(rule)
            rule.add(f"{letter}2:{letter}{_LIST_ROWS}")
    for letter, width in zip("ABCDE", (22, 24, 30, 46, 70), strict=True):
        codes.column_dimensions[letter].width = width
    codes.freeze_panes = "A2"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
