"""The month of an event, out of the ways in which it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from records.schema import fold, is_unknown

FIRST_YEAR = 1990
_MONTHS = {
    word: number
    for number, names in enumerate(
        (
            *("enero january ene jan", "febrero february feb", "marzo march mar"),
            *("abril april abr apr", "mayo may", "junio june jun", "julio july jul"),
            *("agosto august ago aug", "setiembre septiembre september set sep"),
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
    # Peru writes the day first
    r"(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<y>\d{4})(?: [\d:]*)?",
)
# as spreadsheets write a month: may-23
_SHORT = re.compile(r"(?P<m>[a-z]{3,4})[-/.](?P<yy>\d{2})")
_WORDED = re.compile(r"(?:(?P<d>\d{1,2}) (?:de )?)?(?P<m>[a-z]+) (?:de |del )?(?P<y>\d{4})")


@dataclass(frozen=True, slots=True)
class Month:
    """A month, or a year of which the month is not known; both None if nothing is known."""

    year: int | None
    month: int | None
    had_day: bool = False
    """whether a day came, which is dropped."""


def parse_month(text: str, *, latest: date) -> Month | str:
    """Read a date; a code says why it cannot be used.

    Parameters
    ----------
    text : str
        2023, 2023-05, 2023-05-17, 05/2023, 17/05/2023, "mayo 2023", "may-23", "desconocido".
    latest : date
        Nothing lies after it.

    Returns
    -------
    Month or str
        "date_format", "date_range" (no such month or day) or "date_year" (not 1990 to now).

    Examples
    --------
    >>> now = date(2026, 1, 1)
    >>> parse_month("17/05/2023", latest=now)
    Month(year=2023, month=5, had_day=True)
    >>> parse_month("mayo de 2023", latest=now).month, parse_month("2999", latest=now)
    (5, 'date_year')
    >>> parse_month("may-23", latest=now), parse_month("dic-98", latest=now).year
    (Month(year=2023, month=5, had_day=False), 1998)
    """
    if is_unknown(text):
        return Month(None, None)
    found = next((hit for p in _PATTERNS if (hit := re.fullmatch(p, text, re.ASCII))), None)
    if found is None:
        found = _WORDED.fullmatch(fold(text)) or _SHORT.fullmatch(text.strip().lower())
        if found is None or found["m"] not in _MONTHS:
            return "date_format"
    parts = found.groupdict()
    year = int(parts["y"]) if "y" in parts else _century(int(parts["yy"]), latest)
    month_text = parts.get("m")
    day_text = parts.get("d")
    month = None
    if month_text is not None:
        month = _MONTHS[month_text] if month_text in _MONTHS else int(month_text)
    if not FIRST_YEAR <= year <= latest.year:
        return "date_year"
    try:
        moment = date(year, month or 1, int(day_text) if day_text else 1)
    except ValueError:
        return "date_range"
    return "date_year" if moment > latest else Month(year, month, bool(day_text))


def _century(year: int, latest: date) -> int:
    """Two digits of a year: of this century unless that is yet to come."""
    return 2000 + year if 2000 + year <= latest.year else 1900 + year
