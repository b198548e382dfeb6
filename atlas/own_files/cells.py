"""What a cell says: a month, a number of victims, an age, one letter for a sex.

What a cell alone leaves open (05-10-22, M) its column decides where it can; else somebody is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

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
"""A day, a month and a year in an order that the column tells."""
# as spreadsheets write a month: may-23, 17-may-23
_SHORT = re.compile(r"(?:(?P<d>\d{1,2})[-/. ])?(?P<m>[a-z]{3,10})\.?[-/. ](?P<yy>\d{4}|\d{2})")
_WORDED = re.compile(r"(?:(?P<d>\d{1,2}) (?:de )?)?(?P<m>[a-z]+) (?:de |del )?(?P<y>\d{4})")
_SERIAL = re.compile(r"([1-9]\d{4})(?:\.\d+)?", re.ASCII)
_SERIAL_ZERO = date(1899, 12, 30)

DAY_FIRST, MONTH_FIRST, YEAR_FIRST = "day_first", "month_first", "year_first"
_ORDERS = {DAY_FIRST: "dmy", MONTH_FIRST: "mdy", YEAR_FIRST: "ymd"}


def date_order(texts: Iterable[str]) -> tuple[str, bool]:
    """The order of day, month and year in a column, and whether somebody has to say it.

    "" and no question where no date is written in three numbers. A day above 12 decides. Peru
    writes the day first: that needs no proof where the year has four digits, and is asked where it
    has two or where the days point to the month first.

    Examples
    --------
    >>> date_order(["05-10-22", "17-10-22"]), date_order(["05-10-22"]), date_order(["05/10/2022"])
    (('day_first', False), ('', True), ('day_first', False))
    >>> date_order(["05/10/2022", "05/17/2022"])
    ('', True)
    """
    dates = [match.groups() for text in set(texts) if (match := _THREE.fullmatch(text.strip()))]
    if not dates:
        return "", False
    if any(12 < int(first) <= 31 and len(year) == 4 for first, _, year in dates):
        return DAY_FIRST, False
    short = [(int(a), int(b), int(c)) for a, b, c in dates if len(c) == 2]
    is_year = any(a > 31 or a == 0 for a, _, _ in short)
    if not is_year and any(12 < a <= 31 and b <= 12 for a, b, _ in short):
        # 22-10-05 alone could be of 2005 or of 2022: days take more values than years
        is_last_year = len({a for a, _, _ in short}) >= len({c for _, _, c in short})
        return (DAY_FIRST, False) if is_last_year else ("", True)
    is_month_first = any(12 < int(b) <= 31 for _, b, _ in dates)
    return ("", True) if short or is_month_first else (DAY_FIRST, False)


class Month(NamedTuple):
    """What a cell says of the time of a case."""

    year: int | None
    month: int | None
    """1 to 12; None where only the year is known, or nothing."""
    notices: tuple[str, ...] = ()
    """codes of what the report counts of the way in which it was read."""


@lru_cache(maxsize=_CELLS)
def read_month(text: str, latest: date, order: str = DAY_FIRST) -> Month | str:
    """Read a date up to ``latest``; or return the code of a fault.

    ``order`` is that of the column; without one a date that depends on it is "date_order".
    """
    text = text.strip()
    if is_unknown(text):
        return Month(None, None, ("dates_unknown",))
    if three := _THREE.fullmatch(text):
        parts = three.groups()
        if len(parts[2]) == 4 and order in ("", YEAR_FIRST):
            order = DAY_FIRST  # a year of four digits stands last
        if not order:
            return "date_order"
        named = dict(zip(_ORDERS[order], parts, strict=True))
        return _month(named["y"], int(named["m"]), named["d"], latest)
    if serial := _SERIAL.fullmatch(text):
        day = _SERIAL_ZERO + timedelta(days=int(serial[1]))
        if day.year < FIRST_YEAR or day > latest:
            return "date_format"
        return Month(day.year, day.month, ("days_dropped", "serial_dates"))
    match = next((hit for p in _PATTERNS if (hit := re.fullmatch(p, text, re.ASCII))), None)
    if match is None:
        match = _WORDED.fullmatch(normalise_name(text)) or _SHORT.fullmatch(text.lower())
        if match is None or match["m"] not in _MONTHS:
            return "date_format"
    parts_by_name = match.groupdict()
    month = parts_by_name.get("m")
    if month is not None:
        month = _MONTHS.get(month) or int(month)
    year = parts_by_name.get("y") or parts_by_name["yy"]
    return _month(year, month, parts_by_name.get("d"), latest)


def _month(year_text: str, month: int | None, day: str | None, latest: date) -> Month | str:
    year = int(year_text)
    if len(year_text) < 4:
        year += 2000 if 2000 + year <= latest.year else 1900
    if not FIRST_YEAR <= year <= latest.year:
        return "date_year"
    try:
        moment = date(year, 1 if month is None else month, int(day or 1))
    except ValueError:
        return "date_range"
    if moment > latest:
        return "date_year"
    return Month(year, month, ("days_dropped",) if day else ())


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
    """Whether the point or comma of a number may stand for thousands as well as for decimals.

    Examples
    --------
    >>> [may_be_thousands(text) for text in ("1.000", "12,500", "0.500", "1.00", "1000")]
    [True, True, False, False, False]
    """
    return _GROUPED.fullmatch(text) is not None


_NUMERALS = {
    word: number
    for number, words in enumerate(
        (
            *("un una uno one", "dos two", "tres three", "cuatro four", "cinco five", "seis six"),
            *("siete seven", "ocho eight", "nueve nine", "diez ten", "once eleven", "doce twelve"),
        ),
        start=1,
    )
    for word in words.split()
}
_COUNT = re.compile(r"(\d{1,4})?\s*(?:\(?\s*([a-z]+)\s*\)?)?\s*(?:victimas?|personas?|victims?)?")


@lru_cache(maxsize=_CELLS)
def read_count(text: str) -> float | None:
    """A number of victims as people write it; None if it is none, or if word and digits differ.

    Examples
    --------
    >>> read_count("1 (una)"), read_count("2 víctimas"), read_count("tres"), read_count("2 (tres)")
    (1.0, 2.0, 3.0, None)
    """
    try:
        return float(text.replace(",", "."))
    except ValueError:
        pass
    lower = "".join(normalise_name(sign) or sign for sign in text[:60])  # its signs stay
    plain = " ".join(re.sub(r"[^0-9a-z()]+", " ", lower).split())
    match = _COUNT.fullmatch(plain) if len(plain) < 40 else None
    if match is None:
        return None
    digits, word = match.groups()
    numeral = _NUMERALS.get(word or "")
    if word and numeral is None and not word.startswith(("victim", "person")):
        return None
    if digits is None:
        return None if numeral is None else float(numeral)
    return float(digits) if numeral in (None, int(digits)) else None


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
    """The sex of each letter of a column, and whether somebody has to say which M is.

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
