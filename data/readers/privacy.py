"""Refuse personal data by the name of its column, without repeating any value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import lru_cache

from data.names import normalise_name, without_marks
from data.readers.raw_table import RawTable
from data.readers.schema import field_of_heading, fold_heading, personal_headings
from geo.errors import UserError

_SIGNS = r"[\s._/-]"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<!\d)\d{8}(?!\d)",  # a DNI, with its check digit or without
        rf"(?<!\d)\d{{2}}{_SIGNS}{{1,3}}\d{{3}}{_SIGNS}{{1,3}}\d{{3}}(?!\d)",  # as millions
        # after its name, whatever follows
        rf"(?i)d\.?n\.?i[\s:.#°no-]{{0,8}}(?:\d{_SIGNS}{{0,3}}){{7}}\d(?!\d)",
        r"(?<!\d)(?:\+?51[\s-]?)?9\d{2}[\s-]?\d{3}[\s-]?\d{3}(?!\d)",  # a mobile phone
        r"[^\s@]@[^\s@]+\.[^\s@]",  # an address of mail, from the sign before its @
    )
)
"""Each looks at a sign a bounded number of times: a cell costs its length, whatever is in it."""
# a full stop with a blank after it ends a sentence
_CHAIN = re.compile(rf"\d++(?:(?!\.\s){_SIGNS}{{1,3}}\d++)*+")
_DIGITS = re.compile(r"\d+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_PROVINCE = re.compile(r"(?:0[1-9]|1\d|2[0-5])(?:0[1-9]|1\d|20)")
_MONTH, _DAY_OF_MONTH = r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_HOUR = r"(?:[01]?\d|2[0-3])\.[0-5]\d"
_NUMBER_OR_TIME = re.compile(
    r"(?!\d{4}\.\d{4}$)\d+\.\d+"
    rf"|{_DAY_OF_MONTH}([-/._]){_MONTH}\1(?:{_YEAR.pattern}|\d\d)"
    rf"|{_YEAR.pattern}([-/._]){_MONTH}\2{_DAY_OF_MONTH}"
    rf"|{_HOUR}-{_HOUR}"
)
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_HALVES = re.compile(r"[+-]?\d{4}\.\d{4}")
_MEASURES = frozenset({"longitude", "latitude", "weight", "minutes", "radius_km"})
_ALIKE = str.maketrans("‐‑‒–—―⁃−·•‧∙", "-" * 12)
_SHORTEST = len("a@b.c")
_DECIMAL = re.compile(r"[+-]?\d{1,7}[.,]\d+(?:[eE][+-]?\d+)?")
AMOUNT_HEADINGS = frozenset(
    {"people", "people shared", "population", "town population", "residents", "inhabitants"}
    | {"poblacion", "habitantes", "residentes", "cost", "costo", "precio", "price", "budget"}
    | {"load", "demand", "area km2", "presupuesto", "demanda"}
)
"""Folded headings of populations, prices and amounts, in a list of places and in a plan of ours."""
_AMOUNT = re.compile(r"(?:S/\.?\s*)?(\d{1,8})(?:[.,]\d{1,6})?")
_MOST_AMOUNT = 35_000_000
"""above the residents of the country, and below most of the identity numbers given since 2000"""
_FIGURES = ("plan figures", re.compile("[0-9a-f]{12}"))
"""of a plan of ours the edition of its figures, which may have eight digits in a row"""
_DAY = re.compile(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")


def is_personal_heading(heading: str, *, is_list_of_places: bool = False) -> bool:
    """Whether a column of this name would hold personal data."""
    rules = personal_headings()
    folded = normalise_name(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading))
    if field_of_heading(heading) is not None:
        return False
    if is_list_of_places and folded in rules["institution_headings"]:
        return False
    words = folded.split()
    personal = set(words) & rules["words"]
    if set(words) & rules["place_words"] and personal <= {"nombre", "nombres", "name"}:
        return False
    joined = "".join(words)
    return bool(personal) or any(stem in joined for stem in rules["stems"])


def looks_personal(cell: str, *, column: str = "") -> bool:
    """Return whether a cell holds an identity number, a phone number or an email address."""
    text = _plain(cell)
    if column in _MEASURES and _DECIMAL.fullmatch(text):
        return False
    if column == "date" and _DAY.fullmatch(text):
        return False
    return any(pattern.search(text) for pattern in _PATTERNS) or _holds_pieces(text)


def _plain(cell: str) -> str:
    """A cell without accents and signs of no width, its digits and dashes those of ASCII."""
    text = without_marks(cell)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_ALIKE)
    return text.strip()


def _holds_pieces(text: str) -> bool:
    """Return whether a text has an identity number in pieces, split by blanks or within a chain."""
    for chain in _CHAIN.finditer(text):
        is_code = text[chain.start() - 1 : chain.start()].isalpha()
        near: list[str] = []
        for piece in chain[0].split():
            digits = _DIGITS.findall(piece)
            if _NUMBER_OR_TIME.fullmatch(piece.strip("-._/")):
                if _is_identity(near, is_code):
                    return True
                near = []
            elif _is_identity(digits, is_code):
                return True
            else:
                near += digits
        if _is_identity(near, is_code):
            return True
    return False


def _is_identity(pieces: list[str], is_code: bool) -> bool:
    """Return whether pieces make a DNI, with or without its check digit, and nothing else.

    ``is_code``: a letter precedes them, as in A9-170101-0; then only two halves count.
    """
    count = sum(map(len, pieces))
    if count == 9 and len(pieces[-1]) == 1:
        pieces, count = pieces[:-1], 8
    if count != 8 or any(_YEAR.fullmatch(piece) for piece in pieces[1:]):  # 0015-2023, 2019-2023
        return False
    if [len(piece) for piece in pieces] != [4, 4]:
        return not is_code
    is_case = _YEAR.fullmatch(pieces[0]) and pieces[1].startswith("0")  # 2023-0015
    return not (is_case or all(_PROVINCE.fullmatch(piece) for piece in pieces))


def _is_amount(heading: str, cell: str) -> bool:
    """Return whether a cell is an amount under its heading: 11373859.0 people are no DNI."""
    folded, text = fold_heading(heading), cell.strip()
    is_figures = folded == _FIGURES[0] and _FIGURES[1].fullmatch(text)
    amount = _AMOUNT.fullmatch(text) if folded in AMOUNT_HEADINGS else None
    return bool(is_figures) or (amount is not None and int(amount[1]) < _MOST_AMOUNT)


def _is_measured(table: RawTable, column: int) -> bool:
    """Return whether a column has only numbers, less than half of them of four and four digits."""
    cells = [cell for row in table.rows if column < len(row) and (cell := row[column].strip())]
    if not all(_NUMBER.fullmatch(cell) for cell in cells):
        return False
    return 2 * sum(bool(_HALVES.fullmatch(cell)) for cell in cells) < len(cells)


_CASE = re.compile(r"((?:19|20)\d\d)[\s_/-]{0,3}\d{4}(?:\.0+)?", re.ASCII)
_FIRST_CASE_YEAR = 1990


def require_no_personal_data(
    table: RawTable,
    columns: Sequence[str],
    *,
    is_list_of_places: bool = False,
    last_case_year: int = 0,
) -> set[int]:
    """Refuse a table with personal data in its headings or cells.

    ``columns`` has the column of the template for each heading, "" for none. In a list of places
    "name" is the name of an institution. The UserError names all such columns at once, by heading
    or number (``columns``): whoever holds the file may have them left out (``without_columns``).

    Returns the places of columns whose eight digits all begin with a year up to ``last_case_year``
    (20230015, 2023-1001) and that hold case numbers by their heading, or nothing else: of 10,000
    ways in which a DNI begins some 37 are such years, so a column of DNI is none. Whoever holds the
    file has to say that they are case numbers.
    """
    case_columns: set[int] = set()
    is_personal = lru_cache(maxsize=50_000)(looks_personal)  # cells repeat
    for number, heading in enumerate(table.headings, 1):
        if looks_personal(heading):
            raise UserError("records.refusal.personal_header", column=str(number))
    personal = {
        number
        for number, heading in enumerate(table.headings)
        if is_personal_heading(heading, is_list_of_places=is_list_of_places)
    }
    key, first_line = "records.refusal.personal_column" if personal else "", 0
    measured: dict[int, bool] = {}
    for line, row in zip(table.lines, table.rows, strict=True):
        for number, cell in enumerate(row):
            column = columns[number] if number < len(columns) else ""
            if number in personal or len(cell) < _SHORTEST:
                continue
            if not is_personal(cell, column=column):
                continue
            if (
                is_list_of_places
                and number < len(columns)
                and _is_amount(table.headings[number], cell)
            ):
                continue
            if _HALVES.fullmatch(cell.strip()):  # 1234.5678: a measure, if its column is one
                if number not in measured:
                    measured[number] = _is_measured(table, number)
                if measured[number]:
                    continue
            if _is_case(cell, last_case_year) and (
                column == "record_id"
                or number in case_columns
                or _holds_cases(table, number, last_case_year)
            ):
                case_columns.add(number)
                continue
            personal.add(number)
            key, first_line = key or "records.refusal.personal_value", first_line or line
    if personal:
        named = [_column_name(table, number) for number in sorted(personal)]
        raise UserError(key, column=", ".join(named), line=first_line, columns=named)
    return case_columns


def _column_name(table: RawTable, number: int) -> str:
    """Return a column's heading as it may be shown, or its number without one."""
    heading = table.headings[number] if number < len(table.headings) else ""
    return shown_heading(heading) or f"{number + 1}"


def without_columns(table: RawTable, names: Collection[str]) -> RawTable:
    """Leave columns out, by their headings as they are shown, or their numbers."""
    folded = {fold_heading(name) for name in names}
    width = max([len(table.headings), *map(len, table.rows)])
    out = {at for at in range(width) if fold_heading(_column_name(table, at)) in folded}

    def remaining(row: Sequence[str]) -> list[str]:
        return [cell for at, cell in enumerate(row) if at not in out]

    return replace(table, headings=remaining(table.headings), rows=list(map(remaining, table.rows)))


def _is_case(cell: str, last_year: int) -> bool:
    """Whether a cell is eight digits that begin with a year, which a sign may follow."""
    case = _CASE.fullmatch(_plain(cell))
    return case is not None and _FIRST_CASE_YEAR <= int(case[1]) <= last_year


def _holds_cases(table: RawTable, column: int, last_year: int) -> bool:
    """Whether every filled cell of a column under a heading is a case number by its form."""
    cells = [row[column] for row in table.rows if column < len(row) and row[column]]
    return column < len(table.headings) and all(_is_case(cell, last_year) for cell in cells)


def shown_heading(heading: str) -> str:
    """A heading as it may be repeated: one line, 40 characters, no controls."""
    return shown(heading, 40)


def shown(text: str, length: int = 60) -> str:
    r"""Text for a terminal: no control or direction signs, one line, cut.

    Examples
    --------
    >>> shown("a\x1b[31m\nb\u202e")
    'a[31m b'
    """
    printable = (sign if sign.isprintable() else " " if sign.isspace() else "" for sign in text)
    line = " ".join("".join(printable).split())
    return line if len(line) <= length else line[: length - 1] + "…"
