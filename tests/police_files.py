"""Small workbooks in the shape of the police's: all rows of a recording unit in a month together.

Nothing is copied: names of units and districts are made up, so that a test can look for them.
"""

import io
from collections.abc import Iterable, Mapping
from typing import Any

import openpyxl

from data.geography import area_names
from data.refresh import police
from data.refresh.folder import Plan
from data.refresh.police import COLUMNS, COUNT, SHEET, read_police
from tests.brought_files import Brought, source_of

UNIT, DISTRICT = "COMISARIA DE PRUEBA", "DISTRITO DE PRUEBA"
INDICATORS = {"C_TOTAL": "CAPTACIÓN", COUNT: COUNT, "EM_18 A MÁS": "MASCULINO", "D_FISCALÍA": "D"}
NAMES = {code: name.upper() for code, name in area_names("departments").items()}
Counts = Mapping[tuple[int, int, str, str | None], int]
"""Complaints by year, month, department and province."""
BASE: dict[tuple[int, int, str, str | None], int] = {
    **{(2022, month, "15", "LIMA"): 20 + month for month in range(1, 13)},
    (2022, 3, "11", "NAZCA"): 2,
    (2022, 3, "10", "AMARILIS"): 1,
    (2022, 4, "17", "TAMBOPATA"): 6,
    (2023, 1, "15", None): 300,
    (2023, 1, "17", None): 40,
    **{(2024, month, "15", None): 30 for month in range(1, 13)},
    **{(2025, month, "17", None): 5 for month in range(1, 10)},
}
"""Twelve months with provinces, a year without months, a whole year, nine months."""


def police_rows(counts: Counts, *, more: Mapping[str, str] | None = None) -> list[list[Any]]:
    """Rows as published; 2022 and 2023 leave the outcome (D_) empty, zeros are written.

    ``more`` indicators, with their categories, are zero: the gate needs all of them.
    """
    rows = []
    for (year, month, code, province), count in counts.items():
        values: dict[str, int | None] = {"C_TOTAL": count, COUNT: count, "EM_18 A MÁS": count // 2}
        if year not in (2022, 2023):
            values["D_FISCALÍA"] = 0
        unit = f"{UNIT} {province}"
        district = DISTRICT if province else None
        for indicator, category in {**INDICATORS, **(more or {})}.items():
            place = [year, month, int(code), NAMES[code], province, district, unit]
            rows.append(
                [
                    *place,
                    category,
                    indicator,
                    values.get(indicator, 0 if more and indicator in more else None),
                ]
            )
    return rows


def police_workbook(
    rows: Iterable[list[Any]], *, columns: Iterable[str] = COLUMNS, sheet: str = SHEET
) -> bytes:
    """The file as bytes."""
    book = openpyxl.Workbook()
    own = book.active
    own.title = sheet
    own.append(list(columns))
    for row in rows:
        own.append(row)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def use_small(brought: Brought, counts: Counts) -> None:
    """Put a small workbook's tables in use, although they lack what is shipped."""
    source = source_of(police_workbook(police_rows(counts)), "small.xlsx")
    reading = read_police(source.name, source.content, today=source.accessed)
    brought.add("police", source, Plan(replacements=police._replacements(source, reading)))
