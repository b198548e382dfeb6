"""The template and an invented sample as CSV and XLSX, made from the schema."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from atlas.own_files.places import gazetteer
from atlas.tables import formula_safe, opened_csv
from data.readers.schema import UNKNOWN, field, fields
from data.readers.workbook import OWN_SHEETS

_TITLES = {
    "es": ("Registros", "Códigos", ("Columna", "Código", "Palabra", "Concepto IC-TIP", "Qué va")),
    "en": ("Records", "Codes", ("Column", "Code", "Word", "IC-TIP concept", "What belongs in it")),
}
_MARK = {"es": "datos inventados", "en": "invented data"}
_LIST_ROWS = 5000


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


SAMPLE_ROWS = 300
SAMPLE_SEED = 20_230_501
_HUBS = ("150101", "170101", "160101", "080101")
"""Capitals drawn more often, so that some provinces and pixels have enough records to be shown.
They are chosen for their roads and sizes; nothing follows from them."""
_HUB_SHARE = 0.8
_UNKNOWN_SHARE = 0.12
_FIRST_YEAR, _LAST_YEAR = 2021, 2023


def sample_rows(lang: str) -> list[dict[str, str]]:
    """Invent the rows of the sample, the same each time."""
    rng = np.random.default_rng(SAMPLE_SEED)
    book = gazetteer()
    capitals = sorted(book.positions)
    hubs = [code for code in _HUBS if code in book.positions]
    # districts of a hub's province: several places, as the rule of support asks
    near = [[code for code in capitals if code[:4] == hub[:4]] for hub in hubs]
    rows = []
    for number in range(1, SAMPLE_ROWS + 1):
        pool = near[rng.integers(len(near))] if rng.random() < _HUB_SHARE else capitals
        code = str(pool[rng.integers(len(pool))])
        longitude, latitude = book.positions[code]
        year = int(rng.integers(_FIRST_YEAR, _LAST_YEAR + 1))
        row = {
            "record_id": f"EJEMPLO-{number:03d}",
            "date": f"{year}-{int(rng.integers(1, 13)):02d}",
            "district_ubigeo": code,
            "department": book.names[code[:2]],
            "province": book.names[code[:4]],
            "district": book.names[code],
            "longitude": f"{longitude:.5f}",
            "latitude": f"{latitude:.5f}",
            "victim_count": str(int(rng.choice([1, 1, 1, 2, 3]))),
            "invented": "sí" if lang == "es" else "yes",
        }
        for column in fields():
            if column.codes:
                row[column.name] = _word(rng, column.name, lang)
        rows.append(row)
    return rows


def _word(rng: np.random.Generator, name: str, lang: str) -> str:
    words = {code["code"]: code[lang] for code in field(name).codes}
    unknown = words.pop(UNKNOWN)
    drawn = list(words.values())[int(rng.integers(len(words)))]
    return unknown if rng.random() < _UNKNOWN_SHARE else drawn
