"""How the Public Ministry's files write columns, months, dates, names and offences."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache

BASIC = "Trata de personas"
AGGRAVATED = "Formas agravadas de la Trata de Personas"
"""The two offences as the atlas names them, in the words of the files."""
_OFFENCES = {
    "trata de personas": BASIC,
    "formas agravadas de la trata de personas": AGGRAVATED,
    "formas agravadas de trata de personas": AGGRAVATED,
    "trata de personas agravada": AGGRAVATED,
}
_MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "set", "oct", "nov", "dic")
# the same few words stand in every row of a file: remembered, a row costs a third
_DATES = (
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T].*)?"), (0, 1, 2)),
    (re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?: .*)?"), (2, 1, 0)),
    (re.compile(r"(\d{4})(\d{2})(\d{2})"), (0, 1, 2)),
    (re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})(?: .*)?"), (0, 1, 2)),
)


@lru_cache(maxsize=8_192)
def plain(text: str) -> str:
    """Small letters without accents, single spaces, no full stop at the end.

    Examples
    --------
    >>> plain("  CAÑETE  "), plain("Formas agravadas de la  Trata de Personas.")
    ('canete', 'formas agravadas de la trata de personas')
    """
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join(bare.split()).casefold().rstrip(" .;,")


def column(text: str) -> str:
    """Name of a column: as plain, with underscores; "año" is what others write "anio".

    Examples
    --------
    >>> column("Año_Denuncia"), column(" Fecha descarga")
    ('anio_denuncia', 'fecha_descarga')
    """
    name = re.sub(r"[^a-z0-9]+", "_", plain(text)).strip("_")
    return re.sub(r"(^|_)ano(_|$)", r"\1anio\2", name)


def offence(text: str) -> str | None:
    """Return the trafficking offence that a text names, or None.

    Raises
    ------
    ValueError
        When the text speaks of trafficking in persons in words that are not known: to leave it
        out could be to leave reports out.

    Examples
    --------
    >>> offence("TRATA DE PERSONAS "), offence("Explotación sexual")
    ('Trata de personas', None)
    """
    name = plain(text)
    if name in _OFFENCES:
        return _OFFENCES[name]
    if "trata" in name.split() and "personas" in name.split():
        raise ValueError(text)
    return None


@lru_cache(maxsize=8_192)
def months(text: str) -> tuple[int, int] | None:
    """Return first and last month of a period, or None when the text names none.

    Examples
    --------
    >>> months("ENERO - DICIEMBRE"), months("Enero a Setiembre 2024"), months("01-07"), months("7")
    ((1, 12), (1, 9), (1, 7), (7, 7))
    """
    found = [_month(word) for word in re.findall(r"[a-z]+|\d+", plain(text))]
    named = [month for month in found if month]
    if not named or len(named) > 2 or named[0] > named[-1]:
        return None
    return named[0], named[-1]


def _month(word: str) -> int | None:
    if word.isdigit():
        return int(word) if len(word) <= 2 and 1 <= int(word) <= 12 else None
    start = "set" if word.startswith("sep") else word[:3]
    return _MONTHS.index(start) + 1 if start in _MONTHS and len(word) >= 3 else None


@lru_cache(maxsize=8_192)
def day(text: str) -> str:
    """Return a date as YYYY-MM-DD, day before month as Peru writes it; empty if it is none.

    Examples
    --------
    >>> day("24/01/2024"), day("20240124"), day("2024-01-24 00:00:00"), day("mañana")
    ('2024-01-24', '2024-01-24', '2024-01-24', '')
    """
    for pattern, order in _DATES:
        found = pattern.fullmatch(text.strip())
        if found:
            year, month, number = (int(found[place + 1]) for place in order)
            try:
                return date(year, month, number).isoformat()
            except ValueError:
                return ""
    return ""


def whole(text: str) -> int | None:
    """Return a whole number of zero or more, also written 12.0, or None.

    Examples
    --------
    >>> whole(" 12 "), whole("12.0"), whole("1,200"), whole("-1"), whole("")
    (12, 12, None, None, None)
    """
    found = re.fullmatch(r"\s*(\d{1,9})(?:\.0+)?\s*", text)
    return int(found[1]) if found else None
