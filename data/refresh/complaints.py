"""From a file of reported offences to a new table of complaints, with all that changes in it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from data.catalogue import load_table, read_resource
from data.periods import OPEN_DATA, period_code
from data.population import population_of_year
from data.refresh import mpfn_words as says
from data.refresh.complaints_table import UNIT, Row, new_table
from data.refresh.download import Fetched
from data.refresh.errors import RefreshError
from data.refresh.mpfn_file import Cell, Reading
from data.refresh.mpfn_notes import FIRST_YEAR, notes_on
from data.refresh.store import Replacement
from geo.errors import ParameterError


@dataclass(frozen=True, slots=True)
class Change:
    """What a refresh does to one period."""

    period: str
    """code of the period."""
    replaces: tuple[str, ...]
    """codes of the periods of the same year that it takes the place of."""
    before: int | None
    """reports in use until now; None for a year that is new."""
    after: int
    """reports of the file."""
    rows: tuple[tuple[str, str, int | None, int | None], ...]
    """fiscal district, offence, reports before and after: only those that differ."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would change."""

    changes: tuple[Change, ...]
    """by period; empty rows everywhere: the figures are those in use."""
    replacement: Replacement | None
    """the new table; None when nothing changes."""
    notes: tuple[str, ...]
    """what a reader of the figures should look at."""


def plan_complaints(reading: Reading, fetched: Fetched, *, today: str) -> Plan:
    """Work out the new table of complaints and how it differs from the one in use.

    Parameters
    ----------
    reading : Reading
        What the file holds.
    fetched : Fetched
        Where the file came from.
    today : str
        Day of the refresh, YYYY-MM-DD.

    Raises
    ------
    RefreshError
        Districts that the atlas does not know or that are missing, a year without population, a
        period that is not over, a shorter period than the one in use, sums that do not agree.
    """
    if not reading.totals or not sum(reading.totals.values()):
        raise RefreshError(
            f"{fetched.source}: none of its {reading.rows_read:,} rows is of the offences "
            f"{says.BASIC!r} or {says.AGGRAVATED!r}; the old figures hold"
        )
    if reading.sha256 != fetched.sha256:
        raise RefreshError(f"{fetched.source} changed while it was read; start again")
    crosswalk = load_table("crosswalk")
    known = {says.plain(name): name for name in crosswalk["fiscal_district"]}
    _refuse_districts(reading, known, fetched.source)
    codes = {year: _code(year, reading, today) for year in sorted(reading.totals)}
    current = list(_rows(read_resource("complaints").content))
    kept, new = current, []
    changes = []
    for year, code in codes.items():
        old = [row for row in kept if row["period"][:4] == str(year) and row["unit"] == UNIT]
        _refuse_shorter(code, old)
        rows = _table_rows(year, code, reading, known)
        _refuse_sums(code, rows, reading.totals[year], dict(_seats(crosswalk)))
        changes.append(_change(code, old, rows))
        kept = [row for row in kept if row not in old]
        new += rows
    notes = notes_on(reading, codes, known, crosswalk, current)
    if not any(change.rows or change.replaces != (change.period,) for change in changes):
        return Plan(tuple(changes), None, notes)
    table = sorted([*kept, *new], key=lambda row: (row["period_start"], row["period_end"]))
    return Plan(
        tuple(changes), new_table(table, codes, reading, fetched, today=today, notes=notes), notes
    )


def _refuse_districts(reading: Reading, known: Mapping[str, str], source: str) -> None:
    unknown = sorted({cell[1] for cell in reading.counts} - set(known))
    if unknown:
        names = ", ".join(reading.districts[name] for name in unknown)
        raise RefreshError(
            f"{source}: the fiscal districts {names} have reports and are unknown to the atlas "
            "(data/tables/crosswalk.csv says in which department each has its seat): ask its "
            "maintainers to add them; the old figures hold"
        )
    missing = [known[name] for name in sorted(set(known) - set(reading.districts))]
    if missing:
        raise RefreshError(
            f"{source}: no row of {', '.join(missing)}; the national file has all "
            f"{len(known)} fiscal districts, so this one is cut or of a part of the country; the "
            "old figures hold"
        )


def _code(year: int, reading: Reading, today: str) -> str:
    """Code of the period of a year, from the months that its rows name."""
    if not FIRST_YEAR <= year <= int(today[:4]):
        raise RefreshError(
            f"the file has reports of {year}; the atlas takes {FIRST_YEAR} to {today[:4]} from it; "
            "the old figures hold"
        )
    spans = sorted(reading.spans[year])
    for (_, end), (begin, _) in pairwise(spans):
        if begin != end + 1:
            raise RefreshError(
                f"the rows of {year} name periods that overlap or leave a gap (months "
                f"{', '.join(f'{a}-{b}' for a, b in spans)}); the old figures hold"
            )
    first, last = spans[0][0], spans[-1][1]
    taken = reading.taken.get(year) or reading.cut.get(year, "")
    if taken and taken[:7] < f"{year}-{last:02d}":
        raise RefreshError(
            f"the file says that it holds {year} to month {last}, but it was taken from the system "
            f"on {taken}: the period was not over; the old figures hold"
        )
    try:
        population_of_year(year)
    except ParameterError as error:
        raise RefreshError(
            f"{error}: bring the population of {year} first (refresh population); the old figures "
            "hold"
        ) from None
    return period_code(year, first, last)


def _refuse_shorter(code: str, old: Iterable[Row]) -> None:
    reach = max(((row["period_end"], row["period"]) for row in old), default=("", ""))
    end = code[-7:] if "/" in code else f"{code}-12"
    if reach[0] > end:
        raise RefreshError(
            f"the file holds {code}; in use is {reach[1]}, which reaches further; the old figures "
            "hold"
        )


def _table_rows(year: int, code: str, reading: Reading, known: Mapping[str, str]) -> list[Row]:
    """Rows of a period as the table of complaints has them: district, then basic, aggravated."""
    start, end = code.split("/") if "/" in code else (f"{year}-01", f"{year}-12")
    names = [name for name in known if any(cell[:2] == (year, name) for cell in reading.counts)]
    rows = []
    for name in names:
        for offence in (says.BASIC, says.AGGRAVATED):
            cell: Cell = (year, name, offence)
            if not reading.rows[cell]:
                continue
            count = reading.counts[cell]
            article = "; ".join(sorted(filter(None, reading.articles[cell])))
            rows.append(
                {
                    "period": code,
                    "period_start": start,
                    "period_end": end,
                    "fiscal_district": known[name],
                    "offence": offence,
                    "penal_code_article": article,
                    "reported_count": str(count),
                    "unit": UNIT,
                    "registry": OPEN_DATA,
                    "source_rows_summed": str(reading.rows[cell]),
                    "dataset_cut_date": reading.cut.get(year, ""),
                    "source_id": f"R-complaints-{code}",
                    "quote": f"{year}, {known[name]}, {article}, {offence}: {count}",
                }
            )
    return rows


def _refuse_sums(code: str, rows: Iterable[Row], total: int, seats: Mapping[str, str]) -> None:
    """The sum while reading, that of the table and that by department are one figure."""
    before = sum(int(row["reported_count"]) for row in rows)
    after = Counter[str]()
    for row in rows:
        after[seats[row["fiscal_district"]]] += int(row["reported_count"])
    if not total == before == sum(after.values()):
        raise RefreshError(
            f"{code}: {total:,} reports read, {before:,} in the table, {sum(after.values()):,} by "
            "department; the old figures hold"
        )


def _change(code: str, old: list[Row], new: list[Row]) -> Change:
    before, after = (
        {(r["fiscal_district"], r["offence"]): int(r["reported_count"]) for r in rows}
        for rows in (old, new)
    )
    differ = [key for key in dict.fromkeys([*before, *after]) if before.get(key) != after.get(key)]
    return Change(
        period=code,
        replaces=tuple(sorted({row["period"] for row in old})),
        before=sum(before.values()) if old else None,
        after=sum(after.values()),
        rows=tuple((*key, before.get(key), after.get(key)) for key in differ) if old else (),
    )


def _seats(crosswalk: Any) -> Iterable[tuple[str, str]]:
    return zip(crosswalk["fiscal_district"], crosswalk["department_ubigeo"], strict=True)


def _rows(content: bytes) -> Iterable[Row]:
    return csv.DictReader(io.StringIO(content.decode(), newline=""))
