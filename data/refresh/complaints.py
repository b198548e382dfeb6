"""From a file of reported offences to new tables of complaints and of all offences."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import pandas as pd

from data.catalogue import ROOT, descriptor_of, load_table, read_resource
from data.periods import OPEN_DATA, period_code
from data.population import population_of_year
from data.refresh.download import Fetched
from data.refresh.folder import RefreshError
from data.refresh.mpfn_file import AGGRAVATED, BASIC, Cell, Reading, plain_text
from data.refresh.store import Card, Replacement, table_bytes
from data.refreshed import refreshed_cards
from geo.errors import ParameterError

ALL = "(all)"
"""in the place of an offence: all of them"""

UNIT = "reported offence"
"""what one count of this registry is"""
Table = Literal["complaints", "all_offences"]
"""the two tables that come from one file, as the catalogue names them"""
_TITLES = {
    "complaints": (
        "Reported trafficking by fiscal district, 2007-01/2014-04 and {years}",
        "Trata denunciada por distrito fiscal, 2007-01/2014-04 y {years}",
    ),
    "all_offences": (
        "All reported offences by fiscal district, {years}",
        "Todos los delitos denunciados por distrito fiscal, {years}",
    ),
}
_SOURCE = "MPFN - Delitos denunciados {code}"
_PUBLISHER = "Ministerio Público - Fiscalía de la Nación (MPFN), open data"
_TOTALS = {
    "complaints": (
        'MPFN open data, delitos denunciados {code}: rows "Trata de personas" and '
        '"Formas agravadas de la Trata de Personas" added'
    ),
    "all_offences": "MPFN open data, delitos denunciados {code}: all rows added",
}
Row = dict[str, str]
"""One row of a table, by column."""
MANY = 30
"""a district is compared with the year before from this many reports on"""
FACTOR = 3.0
"""and named when it has three times more or less: as Lima Centro in 2022, 19 after 106"""
_MONTHS = 12
FIRST_YEAR = 2019
"""first year of this registry in the atlas; before, other offices counted another unit"""


@dataclass(frozen=True, slots=True)
class PeriodChange:
    """What a refresh does to one period of a table."""

    resource: Table
    period: str
    replaces: tuple[str, ...]
    """codes of the periods of the same year that it takes the place of."""
    before: int | None
    """reports in use until now; None for a year that is new."""
    after: int
    rows: tuple[tuple[str, str, int | None, int | None], ...]
    """fiscal district, offence (ALL for all of them), reports before and after: only those that
    differ."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would change."""

    changes: tuple[PeriodChange, ...]
    """by period, complaints before all offences; empty rows everywhere: the figures are those in
    use."""
    replacements: dict[str, Replacement]
    """both new tables, to be written together; empty when nothing changes."""
    notes: tuple[str, ...]
    """what a reader of the figures should look at."""


def plan_complaints(reading: Reading, fetched: Fetched, *, today: str) -> Plan:
    """Work out the new tables and how they differ from those in use; ``today`` is YYYY-MM-DD.

    RefreshError for districts that the atlas does not know or that are missing, a year without
    population, a period not over or shorter than the one in use, sums that do not agree.
    """
    if not reading.totals or not sum(reading.totals.values()):
        raise RefreshError(
            f"{fetched.source}: none of its {reading.rows_read:,} rows is of the offences "
            f"{BASIC!r} or {AGGRAVATED!r}; the old figures hold"
        )
    if reading.sha256 != fetched.sha256:
        raise RefreshError(f"{fetched.source} changed while it was read; start again")
    crosswalk = load_table("crosswalk")
    seats = dict(zip(crosswalk["fiscal_district"], crosswalk["department_ubigeo"], strict=True))
    known = {plain_text(name): name for name in seats}
    _refuse_districts(reading, known, fetched.source)
    codes = {year: _code(year, reading, today) for year in sorted(reading.totals)}
    notes = _notes(
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
        name: _new_table(name, table, codes, reading, fetched, today=today, notes=notes)
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
        for offence in (BASIC, AGGRAVATED):
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


def _change(name: Table, code: str, old: list[Row], new: list[Row]) -> PeriodChange:
    before, after = (
        {(r["fiscal_district"], r.get("offence", ALL)): int(r["reported_count"]) for r in rows}
        for rows in (old, new)
    )
    differ = [key for key in dict.fromkeys([*before, *after]) if before.get(key) != after.get(key)]
    return PeriodChange(
        resource=name,
        period=code,
        replaces=tuple(sorted({row["period"] for row in old})),
        before=sum(before.values()) if old else None,
        after=sum(after.values()),
        rows=tuple((*key, before.get(key), after.get(key)) for key in differ) if old else (),
    )


def _rows(content: bytes) -> Iterable[Row]:
    return csv.DictReader(io.StringIO(content.decode(), newline=""))


def _new_table(
    name: Table,
    table: list[Row],
    codes: Mapping[int, str],
    reading: Reading,
    fetched: Fetched,
    *,
    today: str,
    notes: tuple[str, ...],
) -> Replacement:
    """Return a table with its card; the rows of sources come with the complaints, for both."""
    in_use = descriptor_of(name)
    columns = [field["name"] for field in in_use["schema"]["fields"]]
    added = _sources(table, codes, reading, fetched)
    totals = {item["period"]: item for item in in_use["expected_totals"]}
    for code in {row["period"] for row in table} - set(totals) | set(codes.values()):
        count = sum(int(row["reported_count"]) for row in table if row["period"] == code)
        totals[code] = {
            "period": code,
            "reported_count": count,
            "unit": UNIT,
            "source": _TOTALS[name].format(code=code),
        }
    present = {row["period"] for row in table}
    listed = [
        {
            "title": row["source_title"],
            "publisher": row["publisher"],
            "published": row["published"],
            **({"path": row["source_url"]} if row["source_url"] else {}),
        }
        for row in added
    ]
    title, title_es = (text.format(years=_years(present)) for text in _TITLES[name])
    described: dict[str, Any] = {
        "title": title,
        "title_es": title_es,
        "expected_totals": [item for code, item in totals.items() if code in present],
        "sources": [*descriptor_of(name, ROOT)["sources"], *listed],
    }
    card = Card(
        source=fetched.source,
        date=max(reading.cut.values(), default=""),
        accessed=today,
        sha256=fetched.sha256,
        bytes=fetched.bytes,
        rows_read=reading.rows_read,
        rows_used=reading.rows_used if name == "complaints" else reading.rows_of_all,
        notes=notes,
        covers=tuple(codes.values()),
        earlier=_earlier(name, {row["source_id"] for row in added}, codes),
    )
    brought = added if name == "complaints" else ()
    return Replacement(table_bytes(columns, table), card, described, tuple(brought))


def _earlier(name: Table, used: set[str], codes: Mapping[int, str]) -> tuple[dict[str, Any], ...]:
    """Cards of files whose periods are still in the table, each without those replaced."""
    card = refreshed_cards().get(name, {})
    kept = []
    for one in (*card.get("earlier", ()), {**card, "earlier": []}):
        covers = [
            code
            for code in one.get("covers", ())
            if f"R-complaints-{code}" in used and code not in codes.values()
        ]
        if covers:
            kept.append({**one, "covers": covers})
    return tuple(kept)


def _sources(
    table: list[Row], codes: Mapping[int, str], reading: Reading, fetched: Fetched
) -> list[dict[str, str]]:
    """Rows for the table of sources: those of years refreshed earlier, and of this file."""
    used = {row["source_id"] for row in table}
    made = {f"R-complaints-{code}" for code in codes.values()}
    known = load_table("sources")
    earlier = known[known["source_id"].isin(used - made)]
    rows = [
        {column: value or "" for column, value in row.items()}
        for row in earlier.to_dict("records")
        if row["source_id"].startswith("R-complaints-")
    ]
    for year, code in codes.items():
        rows.append(
            {
                "source_id": f"R-complaints-{code}",
                "source_title": _SOURCE.format(code=code),
                "publisher": _PUBLISHER,
                "published": reading.cut.get(year, ""),
                "source_url": fetched.source if "://" in fetched.source else "",
            }
        )
    return rows


def _years(periods: set[str]) -> str:
    """The years of the open data, a gap as a gap: 2019-2024, 2026-01/2026-07."""
    spans: list[list[int]] = []
    for year in sorted(int(code) for code in periods if len(code) == 4):
        if spans and year == spans[-1][-1] + 1:
            spans[-1].append(year)
        else:
            spans.append([year])
    texts = [f"{span[0]}-{span[-1]}" if len(span) > 1 else str(span[0]) for span in spans]
    parts = sorted(code for code in periods if "/" in code and code[:4] == code[8:12])
    return ", ".join([*texts, *parts])


def _notes(
    reading: Reading,
    codes: Mapping[int, str],
    known: Mapping[str, str],
    crosswalk: pd.DataFrame,
    current: Sequence[Mapping[str, str]],
) -> tuple[str, ...]:
    """What a person should look at."""
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
            before[plain_text(row["fiscal_district"])] += int(row["reported_count"])
    if not before:
        return []
    months = int(code[-2:]) - int(code[5:7]) + 1 if "/" in code else _MONTHS
    now = Counter[str]()
    for (of, name, _), count in reading.counts.items():
        if of == year:
            now[name] += count
    notes = []
    for name in sorted(set(before) | set(now)):
        expected, found = before[name] * (months / _MONTHS), now[name]
        if max(expected, found) < MANY:
            continue
        if found > FACTOR * expected or found * FACTOR < expected:
            notes.append(
                f"{known.get(name, name)}: {found} reports in {code}, {before[name]} in {year - 1}:"
                " ask the publisher whether a part is missing or was moved"
            )
    return notes
