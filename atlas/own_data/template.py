"""The template and an invented sample as CSV and XLSX, made from the schema."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from atlas.own_files.places import gazetteer
from atlas.tables import formula_safe, opened_csv
from data.readers.schema import field, fields
from data.readers.workbook import OWN_SHEETS

_TITLES = {
    "es": ("Registros", "Códigos", ("Columna", "Código", "Palabra", "Concepto IC-TIP", "Qué va")),
    "en": ("Records", "Codes", ("Column", "Code", "Word", "IC-TIP concept", "What belongs in it")),
}
_MARK = {"es": "datos inventados", "en": "invented data"}
_LIST_ROWS = 5000
_SAMPLE = Path(__file__).with_name("invented_sample.csv")


def template_bytes(form: str, *, lang: str = "es", rows: Sequence[dict[str, str]] = ()) -> bytes:
    """Return the template as "csv" or "xlsx", empty or with rows."""
    headings = [column.titles[lang] for column in fields()]
    cells = [[row.get(column.name, "") for column in fields()] for row in rows]
    if form == "csv":
        return opened_csv(headings, cells)
    return _workbook(headings, cells, lang, is_invented=bool(rows))


def sample_bytes(form: str, *, lang: str = "es") -> bytes:
    """Return the sample of 300 invented records as "csv" or "xlsx"."""
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
    for number, column in enumerate(fields(), 1):
        letter = get_column_letter(number)
        sheet.cell(1, number).font = Font(bold=True)
        sheet.column_dimensions[letter].width = max(12, len(headings[number - 1]) + 2)
        if column.type == "string" and not column.codes:
            # as text, or a spreadsheet drops the zero of 010101
            for line in range(2, max(len(cells), 1000) + 2):
                sheet.cell(line, number).number_format = "@"
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


def sample_rows(lang: str) -> list[dict[str, str]]:
    """Return the invented rows of the sample; nothing can be concluded from them.

    They are capitals of districts drawn by chance, four of them and their surroundings more often,
    so that some provinces and pixels have enough records to be shown.
    """
    book, rows = gazetteer(), []
    sample = csv.DictReader(_SAMPLE.read_text(encoding="utf-8").splitlines())
    for number, drawn in enumerate(sample, 1):
        code = drawn["district_ubigeo"]
        longitude, latitude = book.positions[code]
        for name, cell in drawn.items():
            words = {option["code"]: option[lang] for option in field(name).codes}
            drawn[name] = words.get(cell, cell)
        rows.append(
            {
                **drawn,
                "record_id": f"EJEMPLO-{number:03d}",
                "department": book.names[code[:2]],
                "province": book.names[code[:4]],
                "district": book.names[code],
                "longitude": f"{longitude:.5f}",
                "latitude": f"{latitude:.5f}",
                "invented": "sí" if lang == "es" else "yes",
            }
        )
    return rows
