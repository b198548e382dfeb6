"""From a file of reported offences to new tables of complaints and of all offences."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from data.catalogue import load_table, read_resource
from data.periods import OPEN_DATA, period_code
from data.population import population_of_year
from data.refresh import mpfn_words as says
from data.refresh.complaints_table import UNIT, Row, Table, new_table
from data.refresh.download import Fetched
from data.refresh.errors import RefreshError
from data.refresh.mpfn_file import Cell, Reading
from data.refresh.mpfn_notes import FIRST_YEAR, notes_on
from data.refresh.store import Replacement
from geo.errors import ParameterError

ALL = "(all)"
"""in the place of an offence: all of them"""


@dataclass(frozen=True, slots=True)
class Change:
    """What a refresh does to one period of a table."""

    resource: Table
    """the table."""
    period: str
    """code of the period."""
    replaces: tuple[str, ...]
    """codes of the periods of the same year that it takes the place of."""
    before: int | None
    """reports in use until now; None for a year that is new."""
    after: int
    """reports of the file."""
    rows: tuple[tuple[str, str, int | None, int | None], ...]
    """fiscal district, offence (ALL for all of them), reports before and after: only those that
    differ."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would change."""

    changes: tuple[Change, ...]
    """by period, complaints before all offences; empty rows everywhere: the figures are those in
    use."""
    replacements: dict[str, Replacement]
    """both new tables, to be written together; empty when nothing changes."""
    notes: tuple[str, ...]
    """what a reader of the figures should look at."""


def plan_complaints(reading: Reading, fetched: Fetched, *, today: str) -> Plan:
    """Work out the new tables and how they differ from those in use.

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
    seats = dict(zip(crosswalk["fiscal_district"], crosswalk["department_ubigeo"], strict=True))
    known = {says.plain(name): name for name in seats}
    _refuse_districts(reading, known, fetched.source)
    codes = {year: _code(year, reading, today) for year in sorted(reading.totals)}
    notes = notes_on(
        reading, codes, known, crosswalk, list(_rows(read_resource("complaints").content))
    )
    changes, tables = [], {}
    made: tuple[tuple[Table, Callable[..., list[Row]], Counter[int]], ...] = (
        ("complaints", _complaint_rows, reading.totals),
        ("all_offences", _offence_rows, reading.offence_totals),
    )
    for name, make, totals in made:
        table = list(_rows(read_resource(name).content))
        for year, code in codes.items():
            old = [row for row in table if row["period"][:4] == str(year) and row["unit"] == UNIT]
            _refuse_shorter(code, old)
            rows = make(year, code, reading, known)
            _refuse_sums(code, rows, totals[year], seats)
            changes.append(_change(name, code, old, rows))
            table = [row for row in table if row not in old] + rows
        tables[name] = sorted(table, key=lambda row: (row["period_start"], row["period_end"]))
    if not any(change.rows or change.replaces != (change.period,) for change in changes):
        return Plan(tuple(changes), {}, notes)
    replacements: dict[str, Replacement] = {
        name: new_table(name, table, codes, reading, fetched, today=today, notes=notes)
        for name, table in tables.items()
    }
    return Plan(tuple(changes), replacements, notes)


def _refuse_districts(reading: Reading, known: Mapping[str, str], source: str) -> None:
    unknown = sorted(set(reading.districts) - set(known))
    if unknown:
        names = ", ".join(reading.districts[name] for name in unknown)
        raise RefreshError(
            f"{source}: the fiscal districts {names} are unknown to the atlas "
            "(data/tables/crosswalk.csv says in which department each has its seat): ask its "
            "maintainers to add them; the old figures hold"
        )
    for year in sorted(reading.totals):
        missing = [known[name] for name in sorted(known) if (year, name) not in reading.offences]
        if missing:
            raise RefreshError(
                f"{source}: no row of {', '.join(missing)} in {year}; the national file has all "
                f"{len(known)} fiscal districts, so this one is cut or of a part of the country; "
                "the old figures hold"
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


def _complaint_rows(year: int, code: str, reading: Reading, known: Mapping[str, str]) -> list[Row]:
    """Rows of a period as the table of complaints has them: district, then basic, aggravated."""
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
                    **_common_cells(year, code, reading),
                    "fiscal_district": known[name],
                    "offence": offence,
                    "penal_code_article": article,
                    "reported_count": str(count),
                    "source_rows_summed": str(reading.rows[cell]),
                    "quote": f"{year}, {known[name]}, {article}, {offence}: {count}",
                }
            )
    return rows


def _offence_rows(year: int, code: str, reading: Reading, known: Mapping[str, str]) -> list[Row]:
    """Rows of a period as the table of all offences has them: one a district."""
    return [
        {
            **_common_cells(year, code, reading),
            "fiscal_district": district,
            "reported_count": str(reading.offences[year, name]),
            "quote": f"{year}, {district}, DENUNCIA, cantidad: {reading.offences[year, name]}",
        }
        for name, district in known.items()
    ]


def _common_cells(year: int, code: str, reading: Reading) -> Row:
    start, end = code.split("/") if "/" in code else (f"{year}-01", f"{year}-12")
    return {
        "period": code,
        "period_start": start,
        "period_end": end,
        "unit": UNIT,
        "registry": OPEN_DATA,
        "dataset_cut_date": reading.cut.get(year, ""),
        "source_id": f"R-complaints-{code}",
    }


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


def _change(name: Table, code: str, old: list[Row], new: list[Row]) -> Change:
    before, after = (
        {(r["fiscal_district"], r.get("offence", ALL)): int(r["reported_count"]) for r in rows}
        for rows in (old, new)
    )
    differ = [key for key in dict.fromkeys([*before, *after]) if before.get(key) != after.get(key)]
    return Change(
        resource=name,
        period=code,
        replaces=tuple(sorted({row["period"] for row in old})),
        before=sum(before.values()) if old else None,
        after=sum(after.values()),
        rows=tuple((*key, before.get(key), after.get(key)) for key in differ) if old else (),
    )


def _rows(content: bytes) -> Iterable[Row]:
    return csv.DictReader(io.StringIO(content.decode(), newline=""))
