"""Read a cell: a year, an age, an amount, one letter for a sex.

If a cell is ambiguous (M), use the rest of its column. If that does not decide, ask the user.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

from data.names import normalise_name
from data.readers.schema import is_unknown

FIRST_YEAR = 1990
_CELLS = 20_000
"""Cells repeat. Only the child asks, and its caches die with it."""
_MONTHS = {
    word: number
    for number, names in enumerate(
        (
            *("enero january ene jan", "febrero february feb", "marzo march mar"),
            *("abril april abr apr", "mayo may", "junio june jun", "julio july jul"),
            *("agosto august ago aug", "setiembre septiembre september set sep sept"),
            *("octubre october oct", "noviembre november nov", "diciembre december dic dec"),
        ),
        start=1,
    )
    for word in names.split()
}
_PATTERNS = (
    r"(?P<y>\d{4})",
    r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})",
    r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?:[T ][\d:.Z+-]*)?",
    r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
    r"(?P<m>\d{1,2})[-/.](?P<y>\d{4})",
)
_THREE = re.compile(r"(\d{1,2})[-/. ]+(\d{1,2})[-/. ]+(\d{4}|\d{2})(?: [\d:.apm ]*)?", re.ASCII)
"""A day, a month and a year: of two digits the year is last where the column tells nothing else."""
# as spreadsheets write a month: may-23, 17-may-23
_SHORT = re.compile(r"(?:(?P<d>\d{1,2})[-/. ])?(?P<m>[a-z]{3,10})\.?[-/. ](?P<yy>\d{4}|\d{2})")
_WORDED = re.compile(r"(?:(?P<d>\d{1,2}) (?:de )?)?(?P<m>[a-z]+) (?:de |del )?(?P<y>\d{4})")
_SERIAL = re.compile(r"([1-9]\d{4})(?:\.\d+)?", re.ASCII)
_SERIAL_ZERO = date(1899, 12, 30)

_FEW_DATES = 6


def are_years_last(texts: Iterable[str]) -> bool:
    """Return whether dates with two-digit years end with the year, as Peru writes them.

    Days take more values than years. With few dates the year is read as the last part.

    Examples
    --------
    >>> dates = [f"{day:02}-10-22" for day in range(1, 9)]
    >>> are_years_last(dates), are_years_last([date[::-1] for date in dates])
    (True, False)
    """
    dates = [match.groups() for text in set(texts) if (match := _THREE.fullmatch(text.strip()))]
    short = [parts for parts in dates if len(parts[2]) == 2]
    return len(short) < _FEW_DATES or len({a for a, *_ in short}) >= len({c for *_, c in short})


@lru_cache(maxsize=_CELLS)
def read_year(text: str, latest: date, *, is_year_last: bool = True) -> int | str | None:
    """Read the year of a date up to ``latest``; None if unknown, or the code of a fault.

    ``is_year_last`` is the answer of :func:`are_years_last` for the column.
    """
    text = text.strip()
    if is_unknown(text):
        return None
    if three := _THREE.fullmatch(text):
        first, second, year = three.groups()
        if len(year) == 2 and not is_year_last:
            return "date_order"
        read = _year(year, int(second), first, latest)
        # the day and the month change places without another year
        return _year(year, int(first), second, latest) if read == "date_range" else read
    if serial := _SERIAL.fullmatch(text):
        day = _SERIAL_ZERO + timedelta(days=int(serial[1]))
        return day.year if day.year >= FIRST_YEAR and day <= latest else "date_format"
    match = next((hit for p in _PATTERNS if (hit := re.fullmatch(p, text, re.ASCII))), None)
    if match is None:
        match = _WORDED.fullmatch(normalise_name(text)) or _SHORT.fullmatch(text.lower())
        if match is None or match["m"] not in _MONTHS:
            return "date_format"
    parts = match.groupdict()
    month = parts.get("m") or "1"
    number = _MONTHS.get(month) or int(month)
    return _year(parts.get("y") or parts["yy"], number, parts.get("d"), latest)


def _year(year_text: str, month: int, day: str | None, latest: date) -> int | str:
    year = int(year_text)
    if len(year_text) < 4:
        year += 2000 if 2000 + year <= latest.year else 1900
    if not FIRST_YEAR <= year <= latest.year:
        return "date_year"
    try:
        moment = date(year, month, int(day or 1))
    except ValueError:
        return "date_range"
    return year if moment <= latest else "date_year"


_NUMBER = re.compile(r"[+-]?\d{1,15}(?:[.,]\d{1,20})?", re.ASCII)


def number(text: str) -> float | None:
    """Read a number with a decimal point or comma; None for any other text."""
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


_MONEY = re.compile(r"(?:s/\.?|pen|soles)?\s*([\d.,\s]+?)\s*(?:soles|pen)?", re.IGNORECASE)
_THOUSANDS = re.compile(r"\s|[.,](?=\d{3}(?!\d))")
"""of soles: a comma or a point before three digits"""


def money(text: str) -> float | None:
    """Read an amount of soles; None for any other text.

    Examples
    --------
    >>> [money(text) for text in ("S/ 240,000", "240.000", "1 500.50 soles", "abc")]
    [240000.0, 240000.0, 1500.5, None]
    """
    amount = _MONEY.fullmatch(text.strip())
    return number(_THOUSANDS.sub("", amount[1])) if amount else None


_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)


def may_be_thousands(text: str) -> bool:
    """Return whether the point or comma of a number may mean thousands or decimals.

    Examples
    --------
    >>> [may_be_thousands(text) for text in ("1.000", "12,500", "0.500", "1.00", "1000")]
    [True, True, False, False, False]
    """
    return _GROUPED.fullmatch(text) is not None


_BANDS = ((11, "0_11"), (17, "12_17"), (29, "18_29"), (59, "30_59"), (120, "60_plus"))
_AGE = re.compile(
    r"(?:(?:de |aprox(?:imadamente)? )?(\d{1,3})(?: 0+)?)"
    r"(?: (?:a|y|to) (\d{1,3})| (\d{1,3}))?"
    r"(?: (?:anos?|a|years?)(?: old| edad)?)?(?: (?:y |con )?\d{1,2} (?:mes|meses|m))?"
    r"(?: aprox(?:imadamente)?)?"
)
_MONTHS_OLD = re.compile(r"\d{1,2} (?:mes|meses|months?)")


@lru_cache(maxsize=_CELLS)
def age_band(text: str) -> str | None:
    """Return the band of an age in years, of a span within one band, or of months of life.

    Examples
    --------
    >>> [age_band(text) for text in ("14 años", "14.0", "15-17", "17 a 19", "8 meses", "joven")]
    ['12_17', '12_17', '12_17', None, '0_11', None]
    """
    plain = re.sub(r"(?<=\d)(?=[a-z])", " ", normalise_name(text))
    if _MONTHS_OLD.fullmatch(plain):
        return "0_11"
    match = _AGE.fullmatch(plain)
    if match is None:
        return None
    ages = [int(age) for age in match.groups() if age]
    bands = {next((band for top, band in _BANDS if age <= top), None) for age in ages}
    return bands.pop() if len(bands) == 1 else None


LETTERS = {"f": "female", "h": "male", "v": "male", "m": ""}
"""One letter for a sex: M is mujer beside H, masculino beside F, and neither alone."""


def sex_letters(texts: Iterable[str]) -> tuple[dict[str, str], bool]:
    """Return the sex of each letter of a column, and whether M must be asked about.

    Until it is known what M means, no letter is read: F alone would count the women of a column and
    drop the men.

    Examples
    --------
    >>> sex_letters(["F", "M"]), sex_letters(["H", "M"]), sex_letters(["M"])
    (({'f': 'female', 'm': 'male'}, False), ({'h': 'male', 'm': 'female'}, False), ({}, True))
    """
    words = {normalise_name(text) for text in set(texts)}
    letters = words & set(LETTERS)
    sexes = {letter: LETTERS[letter] for letter in sorted(letters)}
    if "m" not in letters:
        return sexes, False
    beside_woman = bool(words & {"f", "fem", "femenino", "femenina", "mujer", "female"})
    beside_man = bool(words & {"h", "v", "hombre", "varon", "masculino", "masc", "male"})
    if beside_woman == beside_man:
        return {}, True
    return sexes | {"m": "male" if beside_woman else "female"}, False


def without_decimals(code: str) -> str:
    """Undo the decimals that a spreadsheet gives a code: 150101.0 is 150101."""
    return re.sub(r"(?<=\d)[.,]0+$", "", code.strip())
