"""Reads the prosecutors' file of reported offences row by row, in bounded memory.

What is known of these files: some begin with a byte-order mark, some lost the leading zeros of
their codes, in 2021 and 2022 one count may stand in several rows, dates come in several forms, and
in 2023 the two trafficking offences moved from articles 153 and 153-A to 129-A and 129-B, where
other offences stand under the same title. So the offence is found by its text.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from data.names import normalise_name
from geo.errors import UserError, system_reason

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
_DATE = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T].*)?"
    r"|(\d{4})(\d{2})(\d{2})"
    r"|(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?: .*)?"
)

NEEDED = ("periodo_denuncia", "anio_denuncia", "distrito_fiscal", "des_articulo", "cantidad")
_SEPARATORS = (",", ";", "\t", "|")
_CASE = "denuncia"
_TAKEN, _CUT = "fecha_descarga", "fecha_corte"
_HEAD = 65_536
_LONGEST_ROW = 1_000_000
"""characters of a row: genuine ones have some 300"""
Cell = tuple[int, str, str]
"""Year, prosecutors' district (plain), offence."""
_KNOWN = frozenset(
    f"{' '.join(NEEDED)} {_TAKEN} {_CUT} especialidad tipo_caso generico subgenerico articulo "
    "ubigeo_pjfs dpto_pjfs prov_pjfs dist_pjfs ubigeo dpto prov dist".split()
)


_normalised = lru_cache(maxsize=8_192)(normalise_name)
"""cached: the same few words stand in every row of a file, and a row costs a third"""


def column_name(text: str) -> str:
    """Return a column's plain name with underscores; "año" becomes "anio", as others write it."""
    name = _normalised(text).replace(" ", "_")
    return re.sub(r"(^|_)ano(_|$)", r"\1anio\2", name)


def offence_of(text: str) -> str | None:
    """Return the trafficking offence that a text names, or None."""
    name = _normalised(text)
    if name in _OFFENCES:
        return _OFFENCES[name]
    if "trata" in name.split() and "personas" in name.split():
        raise ValueError(text)
    return None


@lru_cache(maxsize=8_192)
def months_of(text: str) -> tuple[int, int] | None:
    """Return first and last month of a period, or None when the text names none."""
    words = re.findall(r"[a-z]+|\d+", _normalised(text))
    named = [month for month in map(_month, words) if month]
    if not named or len(named) > 2 or named[0] > named[-1]:
        return None
    return named[0], named[-1]


def _month(word: str) -> int | None:
    if word.isdigit():
        return int(word) if len(word) <= 2 and 1 <= int(word) <= 12 else None
    start = "set" if word.startswith("sep") else word[:3]
    return _MONTHS.index(start) + 1 if start in _MONTHS and len(word) >= 3 else None


@lru_cache(maxsize=8_192)
def day_of(text: str) -> str:
    """Return a date as YYYY-MM-DD, day before month as in Peru; empty if invalid."""
    match = _DATE.fullmatch(text.strip())
    numbers = [int(number) for number in match.groups() if number] if match else [0, 0, 0]
    try:
        return date(*(reversed(numbers) if match and match[7] else numbers)).isoformat()
    except ValueError:
        return ""


def whole_number(text: str) -> int | None:
    """Return a whole number of zero or more, also written 12.0, or None."""
    match = re.fullmatch(r"\s*(\d{1,9})(?:\.0+)?\s*", text)
    return int(match[1]) if match else None


@dataclass(slots=True)
class Reading:
    """Counts of a file for trafficking and for all offences, with its dates and places."""

    rows_read: int = 0
    rows_used: int = 0
    """of the two trafficking offences"""
    counts: Counter[Cell] = field(default_factory=Counter)
    rows: Counter[Cell] = field(default_factory=Counter)
    """rows added in each count"""
    articles: dict[Cell, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    offences: Counter[tuple[int, str]] = field(default_factory=Counter)
    """all offences by year and prosecutors' district (plain)"""
    spans: dict[int, Counter[tuple[int, int]]] = field(default_factory=lambda: defaultdict(Counter))
    """first and last month as the rows of each year say, with the number of rows"""
    districts: dict[str, str] = field(default_factory=dict)
    """all prosecutors' districts: plain name to the spelling met first"""
    seats: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """codes of the seats by district, six digits, with their rows"""
    taken: dict[int, str] = field(default_factory=dict)
    """earliest day on which the rows of a year were taken from the system; "" not said"""
    cut: dict[int, str] = field(default_factory=dict)
    """latest day of the data set of a year; "" not said"""
    left_out: Counter[str] = field(default_factory=Counter)
    """trafficking rows of cases that are no complaint, by kind"""
    extra: tuple[str, ...] = ()
    """columns that are not read and not known"""
    repeated: list[int] = field(default_factory=list)
    """lines of the rows that are the same as an earlier one"""
    repeated_cases: list[int] = field(default_factory=list)
    """those of them that are of trafficking"""
    largest: dict[tuple[int, str], tuple[int, int]] = field(default_factory=dict)
    """largest count of trafficking in one row of a year and district (plain), and its line"""

    @property
    def years(self) -> list[int]:
        """Years with a row of trafficking, ascending."""
        return sorted({year for year, _, _ in self.counts})


def read_mpfn(path: Path, name: str) -> Reading:
    """Read a file of reported offences, which messages call ``name``.

    UserError when a needed column is missing, a row is cut, or a count, a year, a period or the
    text of an offence cannot be understood; with the line.
    """
    try:
        reading = Reading()
        with path.open("rb") as stream:
            _read(stream, _encoding_of(path), name, reading)
    except OSError as error:
        raise UserError("refresh.refusal.read", file=name, why=system_reason(error)) from None
    except (csv.Error, UnicodeError) as error:
        raise UserError("refresh.refusal.no_csv", file=name, why=error) from None
    return reading


def _encoding_of(path: Path) -> str:
    """UTF-8 if all of the file is, else the one of old Windows; UTF-16 by its mark."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        if stream.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        stream.seek(0)
        try:
            while chunk := stream.read(1 << 20):
                decoder.decode(chunk)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def _read(stream: BinaryIO, encoding: str, name: str, reading: Reading) -> None:
    text = io.TextIOWrapper(stream, encoding=encoding, newline="")
    first = text.readline(_HEAD)
    separator = max(_SEPARATORS, key=first.count)
    header = [column_name(cell) for cell in next(csv.reader([first], delimiter=separator), [])]
    places = {column: place for place, column in reversed(list(enumerate(header)))}
    missing = [column for column in NEEDED if column not in places]
    if missing:
        raise UserError("refresh.refusal.columns", file=name, columns=", ".join(missing))
    reading.extra = tuple(column for column in header if column and column not in _KNOWN)
    lines = _Lines(text, name)
    rows = csv.reader(lines, delimiter=separator, strict=True)
    before, last, seen = "", "", set[int]()
    for row in rows:
        lines.in_row = 0
        # spreadsheets leave rows of separators at the end
        if not any(map(str.strip, row)):
            continue
        line, width = rows.line_num + 1, len(header)
        if len(row) != width:
            values = {"file": name, "line": line, "count": len(row), "width": width}
            raise UserError("refresh.refusal.cells", **values)
        reading.rows_read += 1
        before, last = last, row[-1]
        is_used = _add_row(row, places, name, line, reading)
        if (digest := hash(tuple(row))) in seen:
            reading.repeated.append(line)
            reading.repeated_cases += [line] if is_used else []
        seen.add(digest)
    if len(last) < len(before) and before.startswith(last):
        # the last column is the same day in all rows; a shorter one at the end was cut off
        raise UserError("refresh.refusal.cut", file=name)


class _Lines:
    """Lines of a file, each line and each row limited so that memory can hold them."""

    def __init__(self, text: io.TextIOWrapper, name: str) -> None:
        self._text, self._name, self._line = text, name, 1
        self.in_row = 0
        """characters of the row that is being read"""

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(_LONGEST_ROW + 1):
            self._line += 1
            self.in_row += len(line)
            if self.in_row > _LONGEST_ROW:
                limit = f"{_LONGEST_ROW:,}"
                values = {"file": self._name, "line": self._line, "limit": limit}
                raise UserError("refresh.refusal.long_row", **values)
            yield line


def _add_row(
    row: list[str], places: dict[str, int], name: str, line: int, reading: Reading
) -> bool:
    """Add one row's district, dates, count and offence; return whether it is of trafficking."""
    where = UserError("refresh.row", file=name, line=line)
    year = whole_number(row[places["anio_denuncia"]])
    if year is None or not 1900 < year < 2200:
        raise UserError("refresh.refusal.anio_denuncia", where=where)
    span = months_of(row[places["periodo_denuncia"]])
    if span is None:
        raise UserError("refresh.refusal.periodo_denuncia", where=where)
    reading.spans[year][span] += 1
    district = _normalised(row[places["distrito_fiscal"]])
    if not district:
        raise UserError("refresh.refusal.distrito_fiscal", where=where)
    reading.districts.setdefault(district, " ".join(row[places["distrito_fiscal"]].split()))
    taken = day_of(row[places[_TAKEN]]) if _TAKEN in places else ""
    if taken:
        reading.taken[year] = min(reading.taken.get(year) or taken, taken)
    if _CUT in places:
        reading.cut[year] = max(reading.cut.get(year, ""), day_of(row[places[_CUT]]))
    for column in ("ubigeo_pjfs", "ubigeo"):
        code = whole_number(row[places[column]]) if column in places else None
        if code is not None:
            # 010101 lost its first zero in the files of some years
            reading.seats[district][f"{code:06d}"] += 1
            break
    try:
        offence = offence_of(row[places["des_articulo"]])
    except ValueError as error:
        values = {"offence": error, "basic": BASIC, "aggravated": AGGRAVATED}
        raise UserError("refresh.refusal.offence", where=where, **values) from None
    count = whole_number(row[places["cantidad"]])
    if count is None:
        raise UserError("refresh.refusal.cantidad", where=where)
    kind = _normalised(row[places["tipo_caso"]]) if "tipo_caso" in places else _CASE
    if kind != _CASE:
        if offence is not None:
            reading.left_out[kind] += 1
        return False
    reading.offences[year, district] += count
    if offence is None:
        return False
    cell = (year, district, offence)
    reading.rows_used += 1
    reading.counts[cell] += count
    reading.rows[cell] += 1
    if "articulo" in places:
        reading.articles[cell][row[places["articulo"]].strip().upper()] += 1
    if count > reading.largest.get((year, district), (-1, 0))[0]:
        reading.largest[year, district] = count, line
    return True
