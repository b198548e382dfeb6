"""What one cell of a population table says: a code, a year, a number of people."""

from __future__ import annotations

import re

from data.refresh.sheets import Cell

NATIONAL = "00"
"""the row of the whole country"""
FIRST_YEAR, LAST_YEAR = 1990, 2100
_GROUPED = re.compile(r"\d{1,3}(?:([,. \u00a0\u202f'])\d{3})(?:\1\d{3})*")
_WHOLE = re.compile(r"(\d+)(?:\.0+)?")
_NOTE = r"(?:\s*\(?(?:\d|[ap])/\)?|\s*\([ap\d]\)|\s*\*)"
"""marks of a footnote, of preliminary (p) and adjusted (a) figures"""
_YEAR = re.compile(rf"(?:A[NÑ]O\s*)?((?:19|20)\d\d)(?:\.0+)?{_NOTE}?", re.IGNORECASE)
_NOTHING = {"", "-", "–", "—", "...", "…", "NA", "N.A.", "ND", "S/D"}


def code_of(cell: Cell) -> str | None:
    """Return a code of 2, 4 or 6 digits, or "00" for the country; None for anything else.

    A number has lost its first zero; pairs of zeros at the end only fill up a higher level.

    Examples
    --------
    >>> [code_of(cell) for cell in ("010000", 10000, "0101", 101, "010101", "000000", 17, "Lima")]
    ['01', '01', '0101', '0101', '010101', '00', '17', None]
    """
    if isinstance(cell, float):
        cell = int(cell) if cell.is_integer() else None
    text = "" if cell is None else str(cell).strip().lstrip("'")
    if not re.fullmatch(r"\d{1,6}", text):
        return None
    code = text.zfill(len(text) + len(text) % 2)
    while len(code) > 2 and code.endswith("00"):
        code = code[:-2]
    return code if code == NATIONAL or "01" <= code[:2] <= "25" else None


def year_of(cell: Cell) -> int | None:
    """Return the year that a heading names, footnote marks aside.

    Examples
    --------
    >>> [year_of(cell) for cell in (2023, "2024 1/", "Año 2025", "2026 P/", 1204, "2018-2022")]
    [2023, 2024, 2025, 2026, None, None]
    """
    if isinstance(cell, float) and not cell.is_integer():
        return None
    text = str(int(cell)) if isinstance(cell, int | float) else (cell or "")
    found = _YEAR.fullmatch(text.strip())
    year = int(found[1]) if found else 0
    return year if FIRST_YEAR <= year <= LAST_YEAR else None


def people_of(cell: Cell) -> int | None:
    """Return a whole number of people; None where the cell is empty.

    Raises
    ------
    ValueError
        For text, a fraction (thousands of people?) or a negative number.

    Examples
    --------
    >>> [people_of(cell) for cell in ("1,234,567", "1 234 567", "419833.0", 419833.0, "…", None)]
    [1234567, 1234567, 419833, 419833, None, None]
    """
    if cell is None:
        return None
    if isinstance(cell, int | float):
        if cell != cell or cell < 0 or cell != int(cell):
            raise ValueError(f"{cell}")
        return int(cell)
    text = cell.strip()
    if text.upper() in _NOTHING:
        return None
    if _GROUPED.fullmatch(text):
        return int(re.sub(r"\D", "", text))
    whole = _WHOLE.fullmatch(text)
    if whole is None:
        raise ValueError(repr(text[:20]))
    return int(whole[1])
