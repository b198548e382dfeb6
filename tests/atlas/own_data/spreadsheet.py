"""A workbook as an organisation keeps it: 800 cases that were never meant for this atlas."""

from __future__ import annotations

import io
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np

from atlas.own_files.places import gazetteer

HEADINGS = (
    *("N° de expediente", "Fecha del caso", "Ubigeo", "Departamento", "Provincia", "Distrito"),
    *("N° de víctimas", "Sexo", "Edad", "Finalidad de la explotación", "Observaciones"),
)
CASES = 800
HOPELESS = 20
"""Rows that nobody can read: no date, no place, a count that is none."""
FIRST_LINE = 6
ANSWERS = {"case_number": "yes", "repeated": "count"}


@cache
def organisation_workbook(*, decides: bool = True, second_year: bool = False) -> bytes:
    """The workbook. ``decides``: some days are above 12; ``second_year``: a second sheet holds
    such a table as well."""
    from openpyxl import Workbook

    book = Workbook()
    sheet: Any = book.active
    sheet.title = "Casos 2021-2023"
    sheet.append(["REGISTRO DE CASOS ATENDIDOS"])
    sheet.merge_cells("A1:K1")
    sheet.append(["Actualizado en enero"])
    sheet.append([])
    sheet.append([])
    sheet.append(list(HEADINGS))
    for row in _cases(decides):
        sheet.append(row)
    sheet.append(["TOTAL", "", "", "", "", "", 1043])
    sheet.append([])
    sheet.append(["Fuente: registro interno"])
    lists: Any = book.create_sheet("Listas")
    for word in ("Explotación sexual", "Explotación laboral", "Mendicidad"):
        lists.append([word])
    if second_year:
        other: Any = book.create_sheet("Casos 2020")
        other.append(list(HEADINGS))
        other.append(_cases(decides)[0])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _cases(decides: bool) -> list[list[Any]]:
    rng = np.random.default_rng(800)
    book = gazetteer()
    codes = [code for code in sorted(book.positions) if code[:4] in ("1501", "1701", "0801")]
    purposes = [
        "Explotación laboral",
        "explotación sexual",
        "EXPLOTACIÓN LABORAL",
        "Mendicidad",
        "",
    ]
    rows: list[list[Any]] = []
    for at in range(CASES):
        code = str(codes[rng.integers(len(codes))])
        day = date(2021, 1, 1) + timedelta(days=int(rng.integers(1000)))
        if not decides:
            day = day.replace(day=day.day % 12 + 1)
        written: Any = f"{day:%d-%m-%y}"
        if at % 25 == 3:  # as a number: the cell lost its form
            written = (day - date(1899, 12, 30)).days
        ubigeo: Any = {0: f"{code}.0", 1: int(code), 2: ""}[at % 3]
        victims = "2 (dos)" if rng.random() < 0.2 else "1 (una)"
        age = int(rng.integers(12, 40))
        rows.append(
            [
                # an expediente of several victims has a row for each
                int(f"{day.year}{at // 2 if at % 10 == 1 else at:04d}"),
                *(written, ubigeo),
                *(book.names[code[:2]], book.names[code[:4]].upper(), book.names[code]),
                *(victims, "F" if rng.random() < 0.7 else "M"),
                f"{age} años" if at % 2 else age,
                purposes[rng.integers(len(purposes))],
                "caso derivado" if at % 7 == 0 else "",
            ]
        )
    for at in range(HOPELESS):
        row = rows[at * 39 + 5]
        if at % 3 == 0:
            row[1] = "en el verano"
        elif at % 3 == 1:
            row[2:6] = ["", "", "", ""]
        else:
            row[6] = "varias"
    return rows
