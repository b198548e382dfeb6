"""What is odd in a file of reported offences without being wrong: for a person to look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd

from data.refresh import mpfn_words as says
from data.refresh.mpfn_file import Reading

MANY = 30
"""a district is compared with the year before from this many reports on"""
FACTOR = 3.0
"""and named when it has three times more or less: as Lima Centro in 2022, 19 after 106"""
_MONTHS = 12
FIRST_YEAR = 2019
"""first year of this registry in the atlas; before, other offices counted another unit"""


def notes_on(
    reading: Reading,
    codes: Mapping[int, str],
    known: Mapping[str, str],
    crosswalk: pd.DataFrame,
    current: Sequence[Mapping[str, str]],
) -> tuple[str, ...]:
    """Return sentences about a file.

    Parameters
    ----------
    reading : Reading
        What the file holds.
    codes : mapping of int to str
        Code of the period of each of its years.
    known : mapping of str to str
        Fiscal districts of the atlas, plain name to spelling.
    crosswalk : DataFrame
        fiscal_district, seat_ubigeo.
    current : sequence of mapping
        Rows of the table of complaints in use.
    """
    notes = []
    if reading.extra:
        notes.append(f"columns that are not read: {', '.join(reading.extra)}")
    for kind, rows in reading.left_out.items():
        notes.append(f"{rows} rows of trafficking are no complaint but {kind!r}: left out")
    notes += _moved_seats(reading, known, crosswalk)
    notes += _gaps({*codes, *(int(row["period_start"][:4]) for row in current)})
    for year, code in codes.items():
        notes += _jumps(reading, year, code, known, current)
    return tuple(notes)


def _gaps(years: set[int]) -> list[str]:
    """Years that lie between those of this registry and are not there."""
    own = {year for year in years if year >= FIRST_YEAR}
    missing = [str(year) for year in range(min(own), max(own)) if year not in own]
    return [f"no figures of {', '.join(missing)}: bring that file too"] if missing else []


def _moved_seats(reading: Reading, known: Mapping[str, str], crosswalk: pd.DataFrame) -> list[str]:
    seats = dict(zip(crosswalk["fiscal_district"], crosswalk["seat_ubigeo"], strict=True))
    notes = []
    for name, codes in sorted(reading.seats.items()):
        seat = seats.get(known.get(name, ""))
        strange = sorted(code for code in codes if seat and code[:2] != seat[:2])
        if strange:
            notes.append(
                f"{known[name]}: seat {', '.join(strange)} in the file, {seat} in the atlas: "
                "another department; its reports stay where the atlas has the seat"
            )
    return notes


def _jumps(
    reading: Reading,
    year: int,
    code: str,
    known: Mapping[str, str],
    current: Sequence[Mapping[str, str]],
) -> list[str]:
    """Districts whose reports of a year differ by a factor from those of the year before."""
    before = Counter[str]()
    for row in current:
        if row["period"] == str(year - 1):
            before[says.plain(row["fiscal_district"])] += int(row["reported_count"])
    if not before:
        return []
    share = _part_of_year(code)
    now = Counter[str]()
    for (of, name, _), count in reading.counts.items():
        if of == year:
            now[name] += count
    notes = []
    for name in sorted(set(before) | set(now)):
        expected, found = before[name] * share, now[name]
        if max(expected, found) < MANY:
            continue
        if found > FACTOR * expected or found * FACTOR < expected:
            notes.append(
                f"{known.get(name, name)}: {found} reports in {code}, {before[name]} in {year - 1}:"
                " ask the publisher whether a part is missing or was moved"
            )
    return notes


def _part_of_year(code: str) -> float:
    if "/" not in code:
        return 1.0
    start, end = code.split("/")
    return (int(end[5:]) - int(start[5:]) + 1) / _MONTHS
